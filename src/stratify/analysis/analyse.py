"""The analysis plan, carried out: study, allocation and data in, results out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import polars as pl

from stratify.allocation import Allocation
from stratify.analysis.baseline import baseline
from stratify.analysis.conventions import Conventions, conventions_of
from stratify.analysis.endpoints import EndpointData, endpoint_data
from stratify.analysis.enrichment import enrichment
from stratify.analysis.factors import factor, variable
from stratify.analysis.family import family
from stratify.analysis.flatten import flatten
from stratify.analysis.groups import groups_by
from stratify.analysis.interaction import interaction
from stratify.analysis.populations import Population, eligible_population
from stratify.analysis.results import Analyses, AnalysisResult, NotDone
from stratify.analysis.subgroups import subgroups
from stratify.analysis.survival import survival
from stratify.diagnostics import ExitCode, Finding, Findings, StratifyError, nearest
from stratify.model.dictionary import ColumnKind
from stratify.model.protocol import Protocol
from stratify.model.study import (
    AnalysisSpec,
    BaselineSpec,
    EnrichmentSpec,
    InteractionSpec,
    Study,
    SubgroupsSpec,
    SurvivalSpec,
)
from stratify.screening import Verdicts

NOBODY = "no eligible patients"


def analyse(
    study: Study,
    protocol: Protocol,
    verdicts: Verdicts,
    allocation: Allocation,
    patients: pl.DataFrame,
    kinds: Mapping[str, ColumnKind],
) -> Analyses:
    """Do every analysis of the study's plan among the eligible patients.

    The answer depends on the patients and their values, not on the order of rows.

    Parameters
    ----------
    study, protocol
        The plan, and the protocol that the verdicts are of.
    verdicts, allocation
        Who is eligible, in which arm and stratum.
    patients
        The patients table in normal form (:mod:`stratify.model.dictionary`), one row per patient.
    kinds
        What each of its columns holds.

    Raises
    ------
    StratifyError
        With every finding at once: names that are not known (A001, A002), columns of the wrong kind (A003, A004,
        A006), times that cannot be (A005), unknown references (A007), horizons beyond follow-up (A008). Whatever is
        only not estimable is a result that says so.
    """
    population = eligible_population(protocol, verdicts, allocation, patients, kinds)
    findings = Findings()
    endpoints = _endpoints(study, population, findings)
    for spec in study.analyses:
        findings.extend(f for f in _name_findings(spec, study, population) if f not in findings.items)
    findings.stop_on_errors(_exit_code(findings))
    conventions = conventions_of(study)
    results: list[AnalysisResult | NotDone] = []
    for spec in study.analyses:
        try:
            results.append(_result(spec, endpoints, population, conventions))
        except StratifyError as error:
            findings.extend(error.findings)
    findings.stop_on_errors()
    adjusted = None if study.multiplicity is None else family(study.multiplicity, results)
    return Analyses(tuple(results), adjusted, flatten(results, adjusted, conventions.profile))


def _endpoints(study: Study, population: Population, findings: Findings) -> dict[str, EndpointData]:
    found = {}
    for name, endpoint in study.endpoints.items():
        try:
            found[name] = endpoint_data(endpoint, population)
        except StratifyError as error:
            findings.extend(error.findings)
    return found


def _exit_code(findings: Findings) -> ExitCode:
    data = {"A003", "A004", "A005"}
    return ExitCode.BAD_DATA if any(f.code in data for f in findings.errors) else ExitCode.FINDINGS


def _result(
    spec: AnalysisSpec, endpoints: Mapping[str, EndpointData], population: Population, conventions: Conventions
) -> AnalysisResult | NotDone:
    if not population.n:
        return NotDone(spec.id, kind_of(spec), NOBODY)
    match spec:
        case BaselineSpec():
            return baseline(spec, population)
        case SurvivalSpec():
            return survival(spec, endpoints[spec.endpoint], population, conventions)
        case InteractionSpec():
            return interaction(spec, endpoints[spec.endpoint], population, conventions)
        case SubgroupsSpec():
            return subgroups(spec, endpoints[spec.endpoint], population, conventions)
        case EnrichmentSpec():
            return enrichment(spec, population, conventions.level)
        case _:
            assert_never(spec)


def kind_of(spec: AnalysisSpec) -> str:
    """The kind of an analysis as the plan writes it."""
    match spec:
        case BaselineSpec():
            return "baseline"
        case SurvivalSpec():
            return "survival"
        case InteractionSpec():
            return "interaction"
        case SubgroupsSpec():
            return "subgroups"
        case EnrichmentSpec():
            return "enrichment"
        case _:
            assert_never(spec)


def _name_findings(spec: AnalysisSpec, study: Study, population: Population) -> list[Finding]:
    """What is wrong with the names of one analysis, all of them and not only the first."""
    by, reference, factors, variables, endpoint = _names(spec)
    found: list[Finding] = []
    if endpoint is not None and endpoint not in study.endpoints:
        hint = nearest(endpoint, study.endpoints)
        found.append(Finding("A001", f'Endpoint "{endpoint}" is not known.', spec.span, hint=hint))
    try:
        groups_by(by, reference, population, spec.span)
    except StratifyError as error:
        found.extend(error.findings)
    for names, read in ((factors, factor), (variables, variable)):
        for name in names:
            try:
                read(name, population, spec.span)
            except StratifyError as error:
                found.extend(error.findings)
    return found


def _names(spec: AnalysisSpec) -> tuple[str, str | None, tuple[str, ...], tuple[str, ...], str | None]:
    """Grouping, its reference, what must be factors, what may be numbers too, and the endpoint."""
    match spec:
        case BaselineSpec():
            return spec.by, None, (), spec.variables, None
        case SurvivalSpec():
            return spec.by, spec.reference, spec.strata, (), spec.endpoint
        case InteractionSpec():
            return spec.by, spec.reference, (spec.biomarker,), (), spec.endpoint
        case SubgroupsSpec():
            return spec.by, spec.reference, spec.factors, (), spec.endpoint
        case EnrichmentSpec():
            return spec.group, spec.reference, (), spec.features, None
        case _:
            assert_never(spec)
