"""``stratify demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, emit, note, now, steps


def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Study folder to make and run.")] = Path(
        "stratify-demo"
    ),
    as_json: AsJson = False,
) -> None:
    """Run the whole way on a real trial (GBSG-2, 686 patients) and print where the report is.

    Example: stratify demo
    """
    from stratify.report import render_terminal
    from stratify.study.run import run_study
    from stratify.study.start import start_study

    if not (folder / "study.yaml").exists():
        start_study(folder)
    else:
        note(f"{folder} is there already; running it as it is")
    with steps() as say:
        done = run_study(folder / "study.yaml", finished=now(), overrides={}, say=say)
    emit(
        as_json,
        {"report": str(done.report), "study": str(folder)},
        render_terminal(done.release),
        f"edit {folder}/study.yaml and run it again: stratify run {folder}/study.yaml",
        f"report: {done.report.resolve()}",
    )
