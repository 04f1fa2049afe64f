"""``stratify fmt``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, emit
from stratify.diagnostics import ExitCode


def fmt(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Protocol, study or dictionary files (YAML).")],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if a file would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lay YAML files out in one canonical way; comments stay, meaning never changes.

    Example: stratify fmt rules/*.yaml
    """
    from stratify.study.checks import format_file

    changed = [str(path) for path in files if format_file(path, write=not check)]
    verb = "would change" if check else "changed"
    lines = [f"{verb} {name}" for name in changed] or ["nothing to change"]
    emit(as_json, {"changed": changed, "written": not check}, "\n".join(lines))
    raise typer.Exit(ExitCode.FINDINGS if check and changed else ExitCode.OK)
