"""``stratify survival``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, emit, one_of, warn
from stratify.cli.tables import Key, Where, names, positive


class Unit(StrEnum):
    """Units of time."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class Conventions(StrEnum):
    """Whose conventions numbers follow."""

    R = "r"
    SAS = "sas"


def survival(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="One table: Parquet, Arrow or CSV.")],
    time: Annotated[str, typer.Option(help="Column of times from the start of follow-up.")],
    event: Annotated[str, typer.Option(help="The event: 'status=2', or a column of 0 and 1.")],
    by: Annotated[str | None, typer.Option(help="Column whose levels are compared.")] = None,
    reference: Annotated[str | None, typer.Option(help="The level that the others are compared with.")] = None,
    strata: Annotated[str | None, typer.Option(metavar="A,B", help="Columns to stratify by.")] = None,
    at: Annotated[str | None, typer.Option(metavar="T,U", help="Times to give survival at.")] = None,
    rmst: Annotated[float | None, typer.Option(help="Horizon of restricted mean survival.")] = None,
    unit: Annotated[Unit, typer.Option(parser=one_of(Unit), help="Unit of the times.")] = Unit.DAYS,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Confidence level.")] = 0.95,
    profile: Annotated[
        Conventions, typer.Option(parser=one_of(Conventions), help="Conventions of R or of SAS.")
    ] = Conventions.R,
    where: Where = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Estimate survival in one table: Kaplan-Meier, log-rank, Cox and restricted means, no study needed.

    Example: stratify survival lung.csv --time time --event 'status=2' --by sex --at 365,730
    """
    import json

    from stratify.analysis import results_json
    from stratify.cli.survival_text import survival_text
    from stratify.model.study import Profile, TimeUnit
    from stratify.study.one_table import TableQuestion, ask_survival

    answer = ask_survival(
        TableQuestion(data, key, where, level, Profile(profile.value)),
        time=time,
        event=event,
        unit=TimeUnit(unit.value),
        by=by,
        reference=reference,
        strata=names(strata),
        at=positive(at, "--at"),
        rmst=next(iter(positive(None if rmst is None else str(rmst), "--rmst")), None),
    )
    warn(answer.findings)
    parts = (part for result in answer.analyses.results for part in survival_text(result, grouped=by is not None))
    emit(as_json, {"statistics": json.loads(results_json(answer.analyses))}, *parts)
