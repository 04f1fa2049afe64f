"""Kaplan-Meier curves as steps to draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stratify.analysis.cohort import Cohort
from stratify.analysis.conventions import Conventions
from stratify.analysis.estimates import known
from stratify.analysis.results import StepCurve
from stratify.stats.survival import SurvivalCurve, kaplan_meier


def curve_of(cohort: Cohort, rows: NDArray[np.bool_], conventions: Conventions) -> SurvivalCurve:
    """The Kaplan-Meier curve of some of a cohort's patients, with their entry times and weights."""
    return kaplan_meier(
        cohort.time[rows],
        cohort.event[rows],
        entry=None if cohort.entry is None else cohort.entry[rows],
        weights=None if cohort.weights is None else cohort.weights[rows],
        level=conventions.level,
        conf_type=conventions.interval,
    )


def step_curve(group: str, cohort: Cohort, rows: NDArray[np.bool_], conventions: Conventions) -> StepCurve:
    """The curve's steps at events, and a last point at the end of follow-up."""
    curve = curve_of(cohort, rows, conventions)
    kept = curve.events > 0
    if len(kept):
        kept[-1] = True
    return StepCurve(
        group,
        tuple(curve.time[kept].tolist()),
        tuple(curve.survival[kept].tolist()),
        limits(curve.ci_lower[kept]),
        limits(curve.ci_upper[kept]),
    )


def limits(values: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Limits as they exist."""
    return tuple(known(limit) for limit in values.tolist())
