"""``stratify verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, report_findings


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a finished run or screening.")],
    as_json: AsJson = False,
) -> None:
    """Do a run again from its manifest and say whether the bytes are the same.

    Example: stratify verify out/
    """
    from stratify.study.replay import verify_run

    verified = verify_run(folder)
    same = f"{folder}/: the same bytes, {verified.files} file{'' if verified.files == 1 else 's'}"
    raise typer.Exit(report_findings(as_json, verified.findings, same, despite_notes=True))
