"""Restricted mean survival up to a horizon: by group, compared with the reference, also adjusted for covariates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from stratify.analysis.cohort import Cohort, complete_cases
from stratify.analysis.conventions import Conventions
from stratify.analysis.curves import step_curve
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_difference
from stratify.analysis.factors import variable
from stratify.analysis.groups import Groups, groups_by, with_reference
from stratify.analysis.populations import Population
from stratify.analysis.references import Reference
from stratify.analysis.restricted import RestrictedMeans, restricted_means, within
from stratify.analysis.results import Effect, EffectsResult, EffectTable, RestrictedAreaFigure
from stratify.analysis.results.effects import RMST, RMST_DIFFERENCE, RMST_RATIO, RMTL, RMTL_RATIO
from stratify.model.study import RmstSpec
from stratify.stats.design import design
from stratify.stats.rmst_adjusted import rmst_adjusted
from stratify.stats.variables import Variable

_OF_ADJUSTED = "adjusted"
"""Tells the statistics' rows of adjusted contrasts from those of the plain ones."""


def restricted_mean(
    spec: RmstSpec, data: EndpointData, population: Population, conventions: Conventions
) -> EffectsResult:
    """Restricted means and times lost by group, their differences and ratios to the reference.

    Raises
    ------
    StratifyError
        Names or a reference that are not known, a horizon beyond follow-up (A008).
    """
    groups = groups_by(spec.by, spec.reference, population, spec.span)
    covariates = [
        with_reference(variable(name, population, spec.span), spec.references.get(name), population, spec.span)
        for name in spec.covariates
    ]
    cohort = complete_cases(data, groups.factor, covariates=covariates)
    means = restricted_means(spec, spec.horizon, groups, cohort, conventions.level)
    tables = [_by_group(spec, groups, means)]
    if len(groups.names) > 1:
        tables.insert(0, _contrasts(spec, groups, means))
    if covariates and len(groups.names) > 1:
        tables.insert(0, _adjusted(spec, groups, cohort, covariates, conventions))
    notes = (groups.ungrouped and f"{groups.ungrouped}: all patients together", cohort.note)
    return EffectsResult(
        id=spec.id,
        kind=spec.kind,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        heading=f"{data.label}: restricted means to {spec.horizon:.10g} {data.endpoint.unit.value}",
        unit=data.endpoint.unit.value,
        n=cohort.n,
        events=cohort.events,
        excluded=cohort.excluded,
        tables=tuple(tables),
        tests=(),
        figures=(_figure(spec, groups, cohort, conventions),),
        primary=None,
        level=conventions.level,
        described=tuple(_described(spec)),
        notes=tuple(note for note in notes if note),
    )


def _by_group(spec: RmstSpec, groups: Groups, means: RestrictedMeans) -> EffectTable:
    effects = [
        Effect(measure, estimate, name, means.method, group=name, time=spec.horizon)
        for measure, estimates in ((RMST, means.groups), (RMTL, means.lost))
        for name, estimate in zip(groups.names, estimates, strict=True)
    ]
    return EffectTable(f"Restricted means to {spec.horizon:.10g} by {spec.by}", tuple(effects), means.method)


def _contrasts(spec: RmstSpec, groups: Groups, means: RestrictedMeans) -> EffectTable:
    title = f"Restricted means to {spec.horizon:.10g}, compared"
    return EffectTable(title, tuple(_compared(spec, groups, means)), means.method)


def _compared(spec: RmstSpec, groups: Groups, means: RestrictedMeans) -> Iterator[Effect]:
    versus = groups.names[groups.reference]
    for i, name in enumerate(groups.names):
        if i != groups.reference:
            estimates = (means.differences[i], *means.ratios[i])
            for measure, estimate in zip((RMST_DIFFERENCE, RMST_RATIO, RMTL_RATIO), estimates, strict=True):
                term = f"{name} versus {versus}"
                yield Effect(measure, estimate, term, means.method, name, versus, time=spec.horizon)


def _adjusted(
    spec: RmstSpec, groups: Groups, cohort: Cohort, covariates: Sequence[Variable], conventions: Conventions
) -> EffectTable:
    """Each group against the reference at equal covariates."""
    effects, versus = [], groups.names[groups.reference]
    for i, name in enumerate(groups.names):
        if i == groups.reference:
            continue
        pair = np.isin(cohort.group, (i, groups.reference))
        columns = design([one.taken(cohort.rows).taken(pair) for one in covariates])
        found = rmst_adjusted(
            cohort.time[pair],
            cohort.event[pair],
            (cohort.group[pair] == i).astype(np.int64),
            columns.x,
            names=columns.names,
            tau=within(spec.horizon, cohort, (groups.reference, i)),
            level=conventions.level,
        )
        contrasts = ((RMST_DIFFERENCE, found.difference), (RMST_RATIO, found.ratio), (RMTL_RATIO, found.rmtl_ratio))
        for measure, contrast in contrasts:
            estimate, term = of_difference(contrast, name, versus), f"{name} versus {versus}"
            effects.append(Effect(measure, estimate, term, contrast.method, name, versus, _OF_ADJUSTED, spec.horizon))
    title = f"Restricted means to {spec.horizon:.10g}, compared at equal {', '.join(spec.covariates)}"
    return EffectTable(title, tuple(effects), effects[0].method)


def _described(spec: RmstSpec) -> Iterator[tuple[str, tuple[Reference, ...]]]:
    yield (
        "Restricted mean survival times are areas under the Kaplan-Meier curve up to the horizon named, with "
        "Greenwood's plug-in variance; differences have normal intervals, ratios normal ones on the log scale.",
        (Reference.ROYSTON_PARMAR, Reference.UNO),
    )
    if spec.covariates:
        yield (
            "Adjusted contrasts are from regressions of the restricted time, weighted by the inverse probability of "
            "remaining uncensored.",
            (Reference.TIAN,),
        )


def _figure(spec: RmstSpec, groups: Groups, cohort: Cohort, conventions: Conventions) -> RestrictedAreaFigure:
    curves = (step_curve(name, cohort, cohort.group == i, conventions) for i, name in enumerate(groups.names))
    return RestrictedAreaFigure(tuple(curves), spec.horizon)
