"""A survival analysis: curves, contrasts and tests."""

from __future__ import annotations

from dataclasses import dataclass

from stratify.analysis.results.values import Estimate, TestResult


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve as steps: at ``times[i]`` survival drops to ``survival[i]``; starts at (0, 1)."""

    group: str
    n: int
    events: int
    times: tuple[float, ...]
    survival: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    censor_times: tuple[float, ...]
    at_risk: tuple[int, ...]
    """Number at risk at the result's ``marks``."""
    median: Estimate
    landmarks: tuple[Estimate, ...]
    """Survival at the result's ``at``."""
    restricted_mean: Estimate | None
    median_follow_up: Estimate


@dataclass(frozen=True, slots=True)
class Contrast:
    """A group against the reference."""

    group: str
    versus: str
    hazard_ratio: Estimate
    stratified_hazard_ratio: Estimate | None
    rmst_difference: Estimate | None
    survival_differences: tuple[Estimate, ...] = ()
    """Of survival at the result's ``at``."""


@dataclass(frozen=True, slots=True)
class SurvivalResult:
    """Kaplan-Meier, log-rank, Cox and restricted means by group."""

    id: str
    endpoint: str
    endpoint_label: str
    unit: str
    by: str
    strata: tuple[str, ...]
    n: int
    events: int
    excluded: int
    """Eligible patients left out because group, time, event or a stratum is missing."""
    curves: tuple[Curve, ...]
    marks: tuple[float, ...]
    at: tuple[float, ...]
    rmst_horizon: float | None
    contrasts: tuple[Contrast, ...]
    tests: tuple[TestResult, ...]
    level: float
    km_method: str
    cox_method: str
    rmst_method: str
    notes: tuple[str, ...] = ()
