"""``stratify run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, emit, now, overrides, steps, warn


def run(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="Study file (study.yaml).")],
    out: Annotated[Path | None, typer.Option(help="Write here instead of where the study says.")] = None,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Screen, allocate, analyse and report a study; write results and manifest.

    Example: stratify run study.yaml
    """
    from stratify.report import render_terminal
    from stratify.study.run import run_study

    with steps() as say:
        done = run_study(study, finished=now(), overrides=overrides(set_), output=out, say=say)
    warn(done.release.findings)
    counts = done.release.attrition
    data = {
        "report": str(done.report),
        "folder": str(done.folder),
        "screened": counts.screened,
        "eligible": counts.eligible,
        "undetermined": counts.undetermined,
        "ineligible": counts.ineligible,
    }
    emit(as_json, data, render_terminal(done.release), f"report: {done.report}")
