"""The names that analyses use, checked before anything is computed: all that is wrong, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import assert_never

from stratify.analysis.factors import case_weights, factor, number, variable
from stratify.analysis.groups import groups_by, with_reference
from stratify.analysis.populations import Population
from stratify.diagnostics import Finding, SourceSpan, StratifyError, nearest
from stratify.model.study import (
    AftSpec,
    AnalysisSpec,
    BaselineSpec,
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
from stratify.stats.variables import Variable

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Names:
    """Grouping and its reference, what must be factors, numbers, or either, the factors' references, the endpoint."""

    endpoint: str | None = None
    by: str | None = None
    reference: str | None = None
    factors: tuple[str, ...] = ()
    weights: str | None = None
    numbers: tuple[str | None, ...] = ()
    variables: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=lambda: _NONE)


def name_findings(spec: AnalysisSpec, study: Study, population: Population) -> list[Finding]:
    """What is wrong with the names of one analysis."""
    names = _names(spec)
    found: list[Finding] = []
    if names.endpoint is not None and names.endpoint not in study.endpoints:
        hint = nearest(names.endpoint, study.endpoints)
        found.append(Finding("A001", f'Endpoint "{names.endpoint}" is not known.', spec.span, hint=hint))
    for read in _reads(names, spec, population):
        try:
            read()
        except StratifyError as error:
            found.extend(error.findings)
    return found


def _reads(names: _Names, spec: AnalysisSpec, population: Population) -> Iterator[Callable[[], object]]:
    span = spec.span
    if names.by is not None:
        yield partial(groups_by, names.by, names.reference, population, span)
    kinds = ((factor, names.factors), (case_weights, (names.weights,)), (number, names.numbers))
    for read, named in kinds:
        yield from (partial(read, name, population, span) for name in named if name is not None)
    for name in names.variables:
        yield partial(_covariate, name, names.references.get(name), population, span)


def _covariate(name: str, reference: str | None, population: Population, span: SourceSpan | None) -> Variable:
    return with_reference(variable(name, population, span), reference, population, span)


def _names(spec: AnalysisSpec) -> _Names:
    match spec:
        case BaselineSpec():
            return _Names(by=spec.by, variables=spec.variables)
        case SurvivalSpec():
            return _Names(spec.endpoint, spec.by, spec.reference, spec.strata, spec.weights)
        case CoxSpec():
            return _Names(
                spec.endpoint,
                factors=spec.strata,
                weights=spec.weights,
                numbers=(spec.offset,),
                variables=(*spec.covariates, *(() if spec.cluster is None else (spec.cluster,))),
                references=spec.references,
            )
        case PhCheckSpec():
            return _Names(spec.endpoint, factors=spec.strata, variables=spec.covariates, references=spec.references)
        case AftSpec():
            return _Names(spec.endpoint, variables=spec.covariates, references=spec.references)
        case CompetingRisksSpec():
            return _Names(
                spec.endpoint,
                spec.by,
                spec.reference,
                spec.strata,
                variables=spec.covariates,
                references=spec.references,
            )
        case RmstSpec():
            return _Names(spec.endpoint, spec.by, spec.reference, variables=spec.covariates, references=spec.references)
        case InteractionSpec():
            return _Names(spec.endpoint, spec.by, spec.reference, (spec.biomarker,))
        case SubgroupsSpec():
            return _Names(spec.endpoint, spec.by, spec.reference, spec.factors)
        case EnrichmentSpec():
            return _Names(by=spec.group, reference=spec.reference, variables=spec.features)
        case _:
            assert_never(spec)
