"""A survival analysis as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stratify.analysis.results import Contrast, Curve, Statistic, SurvivalResult
from stratify.analysis.statistic_rows import count, estimate, hazard_ratio, test


def survival_rows(result: SurvivalResult) -> Iterator[Statistic]:
    """Counts, each group's curve, the contrasts, the tests."""
    base = Statistic(result.id, "n", None, endpoint=result.endpoint)
    yield count(base, "n", result.n)
    yield count(base, "events", result.events)
    yield count(base, "excluded", result.excluded)
    for curve in result.curves:
        yield from _curve_rows(replace(base, group=curve.group), curve, result)
    for contrast in result.contrasts:
        yield from _contrast_rows(replace(base, group=contrast.group, versus=contrast.versus), contrast, result)
    for found in result.tests:
        yield from test(base, found)


def _curve_rows(base: Statistic, curve: Curve, result: SurvivalResult) -> Iterator[Statistic]:
    yield count(base, "n", curve.n)
    yield count(base, "events", curve.events)
    yield from estimate(base, "median", curve.median, result.km_method)
    yield from estimate(base, "median_follow_up", curve.median_follow_up, f"reverse {result.km_method}")
    if curve.restricted_mean is not None:
        at_horizon = replace(base, time=result.rmst_horizon)
        yield from estimate(at_horizon, "rmst", curve.restricted_mean, result.rmst_method)
    for mark, n in zip(result.marks, curve.at_risk, strict=True):
        yield count(replace(base, time=mark), "at_risk", n)
    for time, landmark in zip(result.at, curve.landmarks, strict=True):
        yield from estimate(replace(base, time=time), "survival", landmark, f"{result.km_method}, at a landmark")
    yield from _step_rows(replace(base, method=f"{result.km_method}, step of the curve"), curve)


def _step_rows(base: Statistic, curve: Curve) -> Iterator[Statistic]:
    for time, survival, lower, upper in zip(curve.times, curve.survival, curve.lower, curve.upper, strict=True):
        step = replace(base, time=time)
        yield replace(step, statistic="survival", value=survival)
        absent = "" if lower is not None else "no interval exists here"
        yield replace(step, statistic="ci_lower", value=lower, note=absent)
        yield replace(step, statistic="ci_upper", value=upper, note=absent)


def _contrast_rows(base: Statistic, contrast: Contrast, result: SurvivalResult) -> Iterator[Statistic]:
    yield from hazard_ratio(base, contrast.hazard_ratio, result.cox_method)
    if contrast.stratified_hazard_ratio is not None:
        method = f"{result.cox_method}; stratified by {', '.join(result.strata)}"
        yield from hazard_ratio(base, contrast.stratified_hazard_ratio, method)
    for time, difference in zip(result.at, contrast.survival_differences, strict=bool(contrast.survival_differences)):
        method = "difference of Kaplan-Meier estimates, normal interval"
        yield from estimate(replace(base, time=time), "survival_difference", difference, method)
    if contrast.rmst_difference is not None:
        at_horizon = replace(base, time=result.rmst_horizon)
        yield from estimate(at_horizon, "rmst_difference", contrast.rmst_difference, result.rmst_method)
