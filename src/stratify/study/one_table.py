"""One table, one question: the table becomes a cohort, the question a plan of one analysis, everybody is eligible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from stratify.allocation import allocate
from stratify.analysis import Analyses, analyse
from stratify.compile import compile_plan
from stratify.data import CohortTables, conform, open_one_table
from stratify.diagnostics import ExitCode, Finding, Severity, StratifyError
from stratify.model.dictionary import PATIENTS
from stratify.model.expression import ColumnRef
from stratify.model.protocol import ArmColumn, Protocol, Trial
from stratify.model.study import (
    ARM,
    AnalysisSpec,
    ByTime,
    Endpoint,
    EnrichmentSpec,
    Occurrence,
    Profile,
    Study,
    SurvivalSpec,
    TimeUnit,
)
from stratify.model.value import Comparison
from stratify.protocol.scalars import ScalarError, parse_comparison
from stratify.screening import screen

_TEST = re.compile(r"(?P<column>.+?)\s*(?P<test>(?:==|!=|<=|>=|=|<|>|(?<=\s)(?:not\s+)?in(?=[\s{])).*)")
_HINTS = {
    "A004": "name the column and the code that is the event: --event 'status=2', --event 'outcome in {dead, relapse}'",
    "D021": "keep one row per patient with --where, or name the column that tells patients apart with --key",
    "A006": "give the table a column with the levels, or make a study, whose protocol can cut it: stratify init DIR",
}


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """Which table and rows are asked, and by which conventions.

    ``key`` names the column of patient ids (:func:`stratify.data.open_one_table`), ``where`` is a condition in SQL.
    """

    data: Path
    key: str | None = None
    where: str | None = None
    level: float = 0.95
    profile: Profile = Profile.R


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """What was found, and findings about the data that did not stop the work."""

    analyses: Analyses
    findings: tuple[Finding, ...]


def ask_survival(
    question: TableQuestion,
    *,
    time: str,
    event: str,
    unit: TimeUnit = TimeUnit.DAYS,
    by: str | None = None,
    reference: str | None = None,
    strata: Sequence[str] = (),
    at: Sequence[float] = (),
    rmst: float | None = None,
) -> TableAnswer:
    """Survival by the levels of one column.

    Parameters
    ----------
    time, unit
        Column of times from the start of follow-up, and their unit.
    event
        A column of 0 and 1 (or true and false), or a column and what it is when the event occurred: ``status=2``.
    by, reference, strata, at, rmst
        As in :class:`~stratify.model.study.SurvivalSpec`, names being those of columns.

    Raises
    ------
    StratifyError
        As :func:`stratify.data.open_one_table` and :func:`stratify.analysis.analyse`; the text of ``event`` cannot be
        read, or an option needs groups and there are none (R133).
    """
    needing = {"--reference": reference is not None, "--strata": bool(strata)}
    if by is None and any(needing.values()):
        option = next(name for name, given in needing.items() if given)
        raise _misused(f"{option} needs groups to compare", "name their column with --by")
    column, occurred = _event(event)
    asked = {"--time": [time], "--event": [column], "--by": [] if by is None else [by], "--strata": strata}
    endpoint = Endpoint(
        time, ByTime(ColumnRef(PATIENTS, time), Occurrence(ColumnRef(PATIENTS, column), occurred)), unit
    )
    spec = SurvivalSpec("survival", time, by or ARM, reference, tuple(strata), tuple(at), rmst)
    return _ask(question, asked, spec, {time: endpoint}, grouped=by is not None)


def ask_enrichment(
    question: TableQuestion, *, features: Sequence[str], group: str, reference: str | None = None, adjust: str = "bh"
) -> TableAnswer:
    """Which columns differ between the levels of one.

    ``features``, ``group``, ``reference`` and ``adjust`` are as in :class:`~stratify.model.study.EnrichmentSpec`,
    names being those of columns.

    Raises
    ------
    StratifyError
        As :func:`stratify.data.open_one_table` and :func:`stratify.analysis.analyse`.
    """
    spec = EnrichmentSpec("enrichment", tuple(features), group, reference, adjust)
    return _ask(question, {"--features": features, "--group": [group]}, spec, {}, grouped=True)


def _ask(
    question: TableQuestion,
    asked: Mapping[str, Sequence[str]],
    spec: AnalysisSpec,
    endpoints: Mapping[str, Endpoint],
    *,
    grouped: bool,
) -> TableAnswer:
    tables = open_one_table(question.data, asked, key=question.key, where=question.where)
    findings = tuple(map(_for_a_table, conform(tables)))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise StratifyError(findings, ExitCode.BAD_DATA)
    study = Study(
        cohort=question.data.name,
        protocol="",
        endpoints=MappingProxyType(dict(endpoints)),
        analyses=(spec,),
        profile=question.profile,
        level=question.level,
    )
    try:
        return TableAnswer(_analyses(study, tables, grouped=grouped), findings)
    except StratifyError as error:
        raise StratifyError(map(_for_a_table, error.findings), error.exit_code) from error


def _analyses(study: Study, tables: CohortTables, *, grouped: bool) -> Analyses:
    kinds = tables.catalogue[PATIENTS]
    # "arm" names the protocol's arms: a column that is called so has to be them, and stand for nothing without --by.
    arms = ArmColumn(ColumnRef(PATIENTS, ARM)) if grouped and ARM in kinds else ()
    protocol = Protocol(Trial(study.cohort), (), arms=arms)
    verdicts = screen(compile_plan(protocol, tables.dictionary, tables.catalogue), tables.frames)
    return analyse(study, protocol, verdicts, allocate(verdicts), tables.patients.collect(), kinds)


def _event(text: str) -> tuple[str, Comparison | None]:
    """The column of an event and what it is compared with: ``status=2``, ``status in {1, 2}``, or a column alone."""
    found = _TEST.fullmatch(text.strip())
    if found is None:
        return text.strip(), None
    test = found["test"]
    if test.startswith("=") and not test.startswith("=="):
        test = f"={test}"
    try:
        return found["column"], parse_comparison(test)
    except ScalarError as error:
        raise _misused(f"--event cannot be read: {error.message}", error.hint or "write --event 'status=2'") from error


def _misused(message: str, hint: str) -> StratifyError:
    return StratifyError([Finding("R133", message, hint=hint)], ExitCode.USAGE)


def _for_a_table(finding: Finding) -> Finding:
    """The finding with a hint for someone who has no study file."""
    return replace(finding, hint=_HINTS.get(finding.code, finding.hint))
