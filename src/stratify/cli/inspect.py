"""``stratify inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, emit, note


def inspect(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A cohort folder, or one data file.")],
    write: Annotated[bool, typer.Option("--write", help="Write dictionary.yaml beside the data.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a dictionary that is already there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at data files, say what is there, and draft a first dictionary.yaml for you to correct.

    Example: stratify inspect data/ --write
    """
    from stratify.study.checks import inspect_data

    text, seen, written = inspect_data(data, write=write, force=force)
    for line in seen:
        note(line)
    if written is not None:
        note(f"wrote {written}: read it, and say for each table what no row means (absence_means)")
    emit(as_json, {"seen": list(seen), "dictionary": text, "written": written and str(written)}, text.rstrip())
