"""What ``stratify survival`` is asked, and the endpoint and analyses that this becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from stratify.diagnostics import ExitCode, Finding, StratifyError
from stratify.model.dictionary import PATIENTS
from stratify.model.expression import ColumnRef
from stratify.model.study import (
    ARM,
    TESTS,
    AnalysisSpec,
    ByTime,
    CompetingRisksSpec,
    CoxSpec,
    Endpoint,
    Occurrence,
    SurvivalSpec,
    TimeUnit,
    is_test,
)
from stratify.protocol.scalars import ScalarError, parse_comparison

_TEST = re.compile(r"(?P<column>.+?)\s*(?P<test>(?:==|!=|<=|>=|=|<|>|(?<=\s)(?:not\s+)?in(?=[\s{])).*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalQuestion:
    """Survival by the levels of one column; all names are those of columns.

    Parameters
    ----------
    time, entry, unit
        Times from the start of follow-up, when it began where that is later, and their unit.
    event, competing
        A column of 0 and 1 (or true and false), or a column and what it is when the event occurred: ``status=2``.
        Each of ``competing`` is an event that precludes the first.
    by, reference, strata, at, rmst, tests, weights
        As in :class:`~stratify.model.study.SurvivalSpec`.
    covariates, cluster, offset
        Of a Cox model that is fitted besides, with ``by`` as its first covariate.
    ties, conf_type
        Conventions that take the place of the profile's.
    """

    time: str
    event: str
    entry: str | None = None
    unit: TimeUnit = TimeUnit.DAYS
    competing: tuple[str, ...] = ()
    by: str | None = None
    reference: str | None = None
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    weights: str | None = None
    cluster: str | None = None
    offset: str | None = None
    at: tuple[float, ...] = ()
    rmst: float | None = None
    tests: tuple[str, ...] = ()
    ties: str | None = None
    conf_type: str | None = None


@dataclass(frozen=True, slots=True)
class SurvivalPlan:
    """The endpoint, the analyses, and the columns that each option names."""

    endpoint: Endpoint
    specs: tuple[AnalysisSpec, ...]
    columns: Mapping[str, Sequence[str]]


def survival_plan(asked: SurvivalQuestion) -> SurvivalPlan:
    """Turn a question into a plan.

    Raises
    ------
    StratifyError
        The text of an event or a test cannot be read, or an option needs another that was not given (R133).
    """
    _check(asked)
    event = _occurrence(asked.event, "--event")
    competing = {text.strip(): _occurrence(text, "--competing") for text in asked.competing}
    entry = None if asked.entry is None else ColumnRef(PATIENTS, asked.entry)
    source = ByTime(ColumnRef(PATIENTS, asked.time), event, entry, MappingProxyType(competing))
    columns: dict[str, Sequence[str]] = {
        "--time": [asked.time],
        "--event": [event.column.column],
        "--competing": [occurrence.column.column for occurrence in competing.values()],
        "--strata": asked.strata,
        "--covariates": asked.covariates,
    }
    single = {"--entry": asked.entry, "--by": asked.by, "--weights": asked.weights}
    single |= {"--cluster": asked.cluster, "--offset": asked.offset}
    columns |= {option: [] if name is None else [name] for option, name in single.items()}
    return SurvivalPlan(Endpoint(asked.time, source, asked.unit, asked.event.strip()), tuple(_specs(asked)), columns)


def _specs(asked: SurvivalQuestion) -> Iterator[AnalysisSpec]:
    by, reference = asked.by or ARM, asked.reference
    yield SurvivalSpec(
        "survival", asked.time, by, reference, asked.strata, asked.at, asked.rmst, asked.tests, asked.weights
    )
    if asked.covariates:
        covariates = tuple(dict.fromkeys((*((asked.by,) if asked.by else ()), *asked.covariates)))
        references = {asked.by: reference} if asked.by and reference else {}
        yield CoxSpec(
            "cox",
            asked.time,
            covariates,
            MappingProxyType(references),
            asked.strata,
            asked.cluster,
            asked.weights,
            asked.offset,
        )
    if asked.competing:
        yield CompetingRisksSpec("competing_risks", asked.time, by, reference, asked.strata, at=asked.at)


def _check(asked: SurvivalQuestion) -> None:
    needing = {"--reference": asked.reference is not None, "--test": bool(asked.tests)}
    needing |= {"--strata": bool(asked.strata and not asked.covariates)}
    for option, given in needing.items():
        if given and asked.by is None:
            raise _misused(f"{option} needs groups to compare", "name their column with --by")
    for option, name in {"--cluster": asked.cluster, "--offset": asked.offset}.items():
        if name is not None and not asked.covariates:
            raise _misused(f"{option} is of a Cox model", "name its covariates with --covariates")
    for test in asked.tests:
        if not is_test(test):
            raise _misused(f'the test "{test}" is not known', f"tests: {', '.join(TESTS)}")


def _occurrence(text: str, option: str) -> Occurrence:
    """An event: ``status=2``, ``status in {1, 2}``, or a column alone."""
    found = _TEST.fullmatch(text.strip())
    if found is None:
        return Occurrence(ColumnRef(PATIENTS, text.strip()))
    test = found["test"]
    if test.startswith("=") and not test.startswith("=="):
        test = f"={test}"
    try:
        return Occurrence(ColumnRef(PATIENTS, found["column"]), parse_comparison(test))
    except ScalarError as error:
        hint = error.hint or f"write {option} 'status=2'"
        raise _misused(f"{option} cannot be read: {error.message}", hint) from error


def _misused(message: str, hint: str) -> StratifyError:
    return StratifyError([Finding("R133", message, hint=hint)], ExitCode.USAGE)
