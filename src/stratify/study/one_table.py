"""One table, one question: the table becomes a cohort, the question a plan of one analysis, everybody is eligible."""

from __future__ import annotations

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
from stratify.model.study import ARM, AnalysisSpec, Endpoint, EnrichmentSpec, Profile, Study
from stratify.screening import screen
from stratify.study.survival_question import SurvivalQuestion, survival_plan

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


def ask_survival(question: TableQuestion, asked: SurvivalQuestion) -> TableAnswer:
    """Survival in one table: curves and tests, with covariates a Cox model, with competing events their incidence.

    Raises
    ------
    StratifyError
        As :func:`stratify.data.open_one_table` and :func:`stratify.analysis.analyse`; the text of an event cannot be
        read, or an option needs another that was not given (R133).
    """
    plan = survival_plan(asked)
    return _ask(question, plan.columns, plan.specs, {plan.endpoint.id: plan.endpoint}, asked)


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
    return _ask(question, {"--features": features, "--group": [group]}, (spec,), {})


def _ask(
    question: TableQuestion,
    columns: Mapping[str, Sequence[str]],
    specs: tuple[AnalysisSpec, ...],
    endpoints: Mapping[str, Endpoint],
    survival: SurvivalQuestion | None = None,
) -> TableAnswer:
    tables = open_one_table(question.data, columns, key=question.key, where=question.where)
    findings = tuple(map(_for_a_table, conform(tables)))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise StratifyError(findings, ExitCode.BAD_DATA)
    study = Study(
        cohort=question.data.name,
        protocol="",
        endpoints=MappingProxyType(dict(endpoints)),
        analyses=specs,
        profile=question.profile,
        ties=None if survival is None else survival.ties,
        conf_type=None if survival is None else survival.conf_type,
        level=question.level,
    )
    try:
        return TableAnswer(_analyses(study, tables, named=[n for names in columns.values() for n in names]), findings)
    except StratifyError as error:
        raise StratifyError(map(_for_a_table, error.findings), error.exit_code) from error


def _analyses(study: Study, tables: CohortTables, *, named: Sequence[str]) -> Analyses:
    kinds = tables.catalogue[PATIENTS]
    # "arm" names the protocol's arms: a column that is called so has to be them, and stand for nothing unless named.
    arms = ArmColumn(ColumnRef(PATIENTS, ARM)) if ARM in named and ARM in kinds else ()
    protocol = Protocol(Trial(study.cohort), (), arms=arms)
    verdicts = screen(compile_plan(protocol, tables.dictionary, tables.catalogue), tables.frames)
    return analyse(study, protocol, verdicts, allocate(verdicts), tables.patients.collect(), kinds)


def _for_a_table(finding: Finding) -> Finding:
    """The finding with a hint for someone who has no study file."""
    return replace(finding, hint=_HINTS.get(finding.code, finding.hint))
