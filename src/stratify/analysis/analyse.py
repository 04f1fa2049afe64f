"""The analysis plan, carried out: study, allocation and data in, results out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

import polars as pl

from stratify.allocation import Allocation
from stratify.analysis.baseline import baseline
from stratify.analysis.competing_risks import competing_risks
from stratify.analysis.conventions import Conventions, conventions_of
from stratify.analysis.cox_model import cox_model
from stratify.analysis.endpoints import EndpointData, endpoint_data
from stratify.analysis.enrichment import enrichment
from stratify.analysis.family import family
from stratify.analysis.flatten import flatten
from stratify.analysis.interaction import interaction
from stratify.analysis.names import name_findings
from stratify.analysis.parametric import parametric
from stratify.analysis.ph_check import ph_check
from stratify.analysis.populations import Population, eligible_population
from stratify.analysis.restricted_mean import restricted_mean
from stratify.analysis.results import Analyses, AnalysisResult, NotDone
from stratify.analysis.subgroups import subgroups
from stratify.analysis.survival import survival
from stratify.diagnostics import ExitCode, Findings, StratifyError
from stratify.model.dictionary import ColumnKind
from stratify.model.protocol import Protocol
from stratify.model.study import (
    AftSpec,
    AnalysisSpec,
    BaselineSpec,
    ByDates,
    ByParameter,
    CompetingRisksSpec,
    CoxSpec,
    EnrichmentSpec,
    InteractionSpec,
    PhCheckSpec,
    RmstSpec,
    Study,
    SubgroupsSpec,
    SurvivalSpec,
)
from stratify.screening import Verdicts

NOBODY = "no eligible patients"
_NO_TABLES: Mapping[str, pl.DataFrame] = MappingProxyType({})


def tables_of(study: Study) -> tuple[str, ...]:
    """The tables of times to event that the endpoints of a study name."""
    sources = (endpoint.source for endpoint in study.endpoints.values())
    return tuple(dict.fromkeys(source.table for source in sources if isinstance(source, ByParameter)))


def anchors_of(study: Study, protocol: Protocol) -> tuple[str, ...]:
    """The anchors of a protocol that the endpoints of a study name."""
    named: list[str] = []
    for endpoint in study.endpoints.values():
        source = endpoint.source
        if isinstance(source, ByDates):
            named += [source.start, *source.to, *source.competing, *source.censor, *source.until]
    return tuple(dict.fromkeys(name for name in named if name in protocol.anchors))


def analyse(
    study: Study,
    protocol: Protocol,
    verdicts: Verdicts,
    allocation: Allocation,
    patients: pl.DataFrame,
    kinds: Mapping[str, ColumnKind],
    tables: Mapping[str, pl.DataFrame] = _NO_TABLES,
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
    tables
        The tables of times to event that endpoints name (:func:`tables_of`), in normal form.

    Raises
    ------
    StratifyError
        With every finding at once: names that are not known (A001, A002), columns of the wrong kind (A003, A004,
        A006), times that cannot be (A005), unknown references (A007), horizons beyond follow-up (A008), endpoints that
        cannot be derived (A010 to A016). Whatever is only not estimable is a result that says so.
    """
    population = eligible_population(protocol, verdicts, allocation, patients, kinds, tables)
    findings = Findings()
    endpoints = _endpoints(study, population, findings)
    for spec in study.analyses:
        findings.extend(f for f in name_findings(spec, study, population) if f not in findings.items)
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
    data = {"A003", "A004", "A005", "A011", "A013", "A014", "A015", "A016"}
    return ExitCode.BAD_DATA if any(f.code in data for f in findings.errors) else ExitCode.FINDINGS


def _result(
    spec: AnalysisSpec, endpoints: Mapping[str, EndpointData], population: Population, conventions: Conventions
) -> AnalysisResult | NotDone:
    if not population.n:
        return NotDone(spec.id, spec.kind, NOBODY)
    match spec:
        case BaselineSpec():
            return baseline(spec, population)
        case SurvivalSpec():
            return survival(spec, endpoints[spec.endpoint], population, conventions)
        case CoxSpec():
            return cox_model(spec, endpoints[spec.endpoint], population, conventions)
        case PhCheckSpec():
            return ph_check(spec, endpoints[spec.endpoint], population, conventions)
        case CompetingRisksSpec():
            return competing_risks(spec, endpoints[spec.endpoint], population, conventions)
        case RmstSpec():
            return restricted_mean(spec, endpoints[spec.endpoint], population, conventions)
        case AftSpec():
            return parametric(spec, endpoints[spec.endpoint], population, conventions)
        case InteractionSpec():
            return interaction(spec, endpoints[spec.endpoint], population, conventions)
        case SubgroupsSpec():
            return subgroups(spec, endpoints[spec.endpoint], population, conventions)
        case EnrichmentSpec():
            return enrichment(spec, population, conventions.level)
        case _:
            assert_never(spec)
