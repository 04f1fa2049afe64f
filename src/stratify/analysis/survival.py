"""Kaplan-Meier, log-rank, Cox and restricted means by group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stratify.analysis.cohort import Cohort, complete_cases
from stratify.analysis.comparisons import comparisons
from stratify.analysis.conventions import Conventions
from stratify.analysis.curves import curve_of, limits
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_landmark, of_quantile, of_survival_difference
from stratify.analysis.factors import case_weights, factor
from stratify.analysis.groups import Groups, groups_by
from stratify.analysis.hazards import ReferenceRatios, cox_method, ratios_to_reference
from stratify.analysis.marks import risk_marks
from stratify.analysis.populations import Population
from stratify.analysis.refusal import refuse_without_robust
from stratify.analysis.restricted import RestrictedMeans, restricted_means
from stratify.analysis.results import Contrast, Curve, Estimate, SurvivalResult
from stratify.model.study import SurvivalSpec
from stratify.stats.landmarks import landmark_difference
from stratify.stats.survival import SurvivalCurve, median_follow_up


def survival(
    spec: SurvivalSpec, data: EndpointData, population: Population, conventions: Conventions
) -> SurvivalResult:
    """Estimate survival by group and compare the groups with the reference.

    Raises
    ------
    StratifyError
        Names or a reference that are not known, strata that are no factors, a horizon beyond follow-up (A008).
    """
    groups = groups_by(spec.by, spec.reference, population, spec.span)
    strata = tuple(factor(name, population, spec.span) for name in spec.strata)
    weights = None if spec.weights is None else case_weights(spec.weights, population, spec.span)
    if weights is not None:
        refuse_without_robust(spec.id, conventions.ties, spec.span)
    cohort = complete_cases(data, groups.factor, strata, weights)
    at = tuple(dict.fromkeys(map(float, spec.at)))
    marks = risk_marks(float(cohort.time.max(initial=0.0)), data.endpoint.unit)
    means = None if spec.rmst is None else restricted_means(spec, spec.rmst, groups, cohort, conventions.level)
    plain = ratios_to_reference(groups, cohort, conventions)
    stratified = ratios_to_reference(groups, cohort, conventions, stratified=True) if strata else None
    curves = tuple(_curve(i, name, cohort, marks, at, conventions, means) for i, name in enumerate(groups.names))
    notes = (groups.ungrouped and f"{groups.ungrouped}: all patients together", cohort.note)
    return SurvivalResult(
        id=spec.id,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        unit=data.endpoint.unit.value,
        by=spec.by,
        strata=spec.strata,
        n=cohort.n,
        events=cohort.events,
        excluded=cohort.excluded,
        curves=curves,
        marks=marks,
        at=at,
        rmst_horizon=spec.rmst,
        contrasts=_contrasts(groups, plain, stratified, means, _differences(groups, cohort, at, conventions)),
        tests=comparisons(spec, groups, cohort),
        level=conventions.level,
        km_method=_km_method(conventions, cohort),
        cox_method=cox_method(conventions, weighted=cohort.weights is not None),
        rmst_method=means.method if means is not None else "",
        notes=tuple(note for note in notes if note),
    )


def _curve(
    position: int,
    name: str,
    cohort: Cohort,
    marks: tuple[float, ...],
    at: tuple[float, ...],
    conventions: Conventions,
    means: RestrictedMeans | None,
) -> Curve:
    here = cohort.group == position
    level, interval, rule = conventions.level, conventions.interval, conventions.quantile
    curve = curve_of(cohort, here, conventions)
    steps = curve.events > 0
    return Curve(
        group=name,
        n=int(here.sum()),
        events=int(cohort.event[here].sum()),
        times=tuple(curve.time[steps].tolist()),
        survival=tuple(curve.survival[steps].tolist()),
        lower=limits(curve.ci_lower[steps]),
        upper=limits(curve.ci_upper[steps]),
        censor_times=tuple(curve.time[curve.censored > 0].tolist()),
        at_risk=tuple(int(n) for n in curve.number_at_risk(marks)),
        median=of_quantile(curve.quantile(0.5, rule)),
        landmarks=_landmarks(curve, at),
        restricted_mean=None if means is None else means.groups[position],
        median_follow_up=of_quantile(
            median_follow_up(
                cohort.time[here],
                cohort.event[here],
                entry=None if cohort.entry is None else cohort.entry[here],
                level=level,
                conf_type=interval,
                rule=rule,
            )
        ),
    )


def _landmarks(curve: SurvivalCurve, at: tuple[float, ...]) -> tuple[Estimate, ...]:
    return tuple(map(of_landmark, curve.at(at))) if at else ()


def _differences(
    groups: Groups, cohort: Cohort, at: tuple[float, ...], conventions: Conventions
) -> dict[int, tuple[Estimate, ...]]:
    """Of each group's survival and the reference's at each time, by the position of the group."""
    if not at or len(groups.names) == 1:
        return {}
    read = [curve_of(cohort, cohort.group == i, conventions).at(at) for i in range(len(groups.names))]
    versus = groups.names[groups.reference]
    return {
        i: tuple(
            of_survival_difference(landmark_difference(mine, other, conventions.level), name, versus)
            for mine, other in zip(read[i], read[groups.reference], strict=True)
        )
        for i, name in enumerate(groups.names)
    }


def _contrasts(
    groups: Groups,
    plain: ReferenceRatios,
    stratified: ReferenceRatios | None,
    means: RestrictedMeans | None,
    differences: Mapping[int, tuple[Estimate, ...]],
) -> tuple[Contrast, ...]:
    versus = groups.names[groups.reference]
    return tuple(
        Contrast(
            name,
            versus,
            plain.estimates[i],
            None if stratified is None else stratified.estimates[i],
            None if means is None else means.differences[i],
            differences.get(i, ()),
        )
        for i, name in enumerate(groups.names)
        if i != groups.reference
    )


def _km_method(conventions: Conventions, cohort: Cohort) -> str:
    estimator = curve_of(cohort, np.ones(cohort.n, np.bool_), conventions).method
    return f"{estimator}, {conventions.quantile.upper()} quantile rule"
