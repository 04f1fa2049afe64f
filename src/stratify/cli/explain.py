"""``stratify explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, emit, overrides


def explain(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Patient id, as in the data.")],
    run: Annotated[Path | None, typer.Option(help="Folder of a finished run or screening.")] = None,
    protocol: Annotated[Path | None, typer.Option(help="Protocol file, with --data, instead of --run.")] = None,
    data: Annotated[Path | None, typer.Option(help="Cohort folder or file.")] = None,
    dictionary: Annotated[Path | None, typer.Option(help="Data dictionary, if it is not beside the data.")] = None,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Explain one patient: rows, values and thresholds of each criterion, and which fact would settle an unknown.

    Shows the patient's values: mind where you print it.

    Example: stratify explain 17 --run out/
    """
    from stratify.study.replay import explain_patient

    found = explain_patient(
        patient, run=run, protocol=protocol, data=data, dictionary=dictionary, overrides=overrides(set_)
    )
    emit(as_json, found.as_dict(), found.text())
