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


class Ties(StrEnum):
    """What a Cox model does with events at one time."""

    EFRON = "efron"
    BRESLOW = "breslow"
    DISCRETE = "discrete"
    MARGINAL = "marginal"


class ConfType(StrEnum):
    """Scales of the limits of a survival curve."""

    LOG = "log"
    LOG_LOG = "log-log"
    PLAIN = "plain"
    LOGIT = "logit"
    ARCSIN = "arcsin"


def survival(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="One table: Parquet, Arrow or CSV.")],
    time: Annotated[str, typer.Option(help="Column of times from the start of follow-up.")],
    event: Annotated[str, typer.Option(help="The event: 'status=2', or a column of 0 and 1.")],
    entry: Annotated[str | None, typer.Option(help="Column of times at which follow-up began.")] = None,
    competing: Annotated[
        list[str] | None, typer.Option(metavar="EVENT", help="An event that precludes it: 'status=1'. Repeatable.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Column whose levels are compared.")] = None,
    reference: Annotated[str | None, typer.Option(help="The level that the others are compared with.")] = None,
    strata: Annotated[str | None, typer.Option(metavar="A,B", help="Columns to stratify by.")] = None,
    covariates: Annotated[str | None, typer.Option(metavar="A,B", help="Columns of a Cox model.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column of weights.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of clusters, for robust variance.")] = None,
    offset: Annotated[str | None, typer.Option(help="Column added to the Cox model's predictor.")] = None,
    at: Annotated[str | None, typer.Option(metavar="T,U", help="Times to give survival at.")] = None,
    rmst: Annotated[float | None, typer.Option(help="Horizon of restricted mean survival.")] = None,
    test: Annotated[
        str | None, typer.Option(metavar="A,B", help="Tests besides log-rank: fh:0:1, gehan, peto, maxcombo.")
    ] = None,
    ties: Annotated[Ties | None, typer.Option(parser=one_of(Ties), help="Ties in Cox models.")] = None,
    conf_type: Annotated[ConfType | None, typer.Option(parser=one_of(ConfType), help="Scale of the limits.")] = None,
    unit: Annotated[Unit, typer.Option(parser=one_of(Unit), help="Unit of the times.")] = Unit.DAYS,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Confidence level.")] = 0.95,
    profile: Annotated[
        Conventions, typer.Option(parser=one_of(Conventions), help="Conventions of R or of SAS.")
    ] = Conventions.R,
    where: Where = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Estimate survival in one table: Kaplan-Meier, log-rank, Cox, competing risks, restricted means; no study needed.

    Example: stratify survival lung.csv --time time --event 'status=2' --by sex --covariates age,ph.ecog --at 365,730
    """
    import json

    from stratify.analysis import results_json
    from stratify.cli.survival_text import survival_text
    from stratify.model.study import Profile, TimeUnit
    from stratify.study.one_table import TableQuestion, ask_survival
    from stratify.study.survival_question import SurvivalQuestion

    answer = ask_survival(
        TableQuestion(data, key, where, level, Profile(profile.value)),
        SurvivalQuestion(
            time=time,
            event=event,
            entry=entry,
            unit=TimeUnit(unit.value),
            competing=tuple(competing or ()),
            by=by,
            reference=reference,
            strata=names(strata),
            covariates=names(covariates),
            weights=weights,
            cluster=cluster,
            offset=offset,
            at=positive(at, "--at"),
            rmst=next(iter(positive(None if rmst is None else str(rmst), "--rmst")), None),
            tests=names(test),
            ties=None if ties is None else ties.value,
            conf_type=None if conf_type is None else conf_type.value,
        ),
    )
    warn(answer.findings)
    parts = (part for result in answer.analyses.results for part in survival_text(result, grouped=by is not None))
    emit(as_json, {"statistics": json.loads(results_json(answer.analyses))}, *parts)
