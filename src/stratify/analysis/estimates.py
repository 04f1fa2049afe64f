"""From what an estimator answers to what a report shows: a value with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable

from stratify.analysis.results import Estimate, TestResult
from stratify.stats.aft_fit import TimeRatio
from stratify.stats.concordance import Concordance
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio
from stratify.stats.landmarks import Landmark, LandmarkDifference
from stratify.stats.logrank import LogRankTest
from stratify.stats.quantiles import Quantile
from stratify.stats.rmst import Contrast, RestrictedMean


def of_hazard_ratio(found: HazardRatio) -> Estimate:
    """A hazard ratio; its standard error is that of the log hazard ratio."""
    return Estimate(
        known(found.hazard_ratio),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        known(found.p_value),
        found.not_estimable or found.note,
    )


def of_time_ratio(found: TimeRatio) -> Estimate:
    """A time ratio; its standard error is that of the coefficient of log time."""
    return Estimate(
        known(found.time_ratio),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        known(found.p_value),
        found.not_estimable or found.note,
    )


def of_concordance(found: Concordance) -> Estimate:
    """Harrell's or Uno's C."""
    return Estimate(
        known(found.concordance),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        note=found.not_estimable or "",
    )


def of_quantile(found: Quantile) -> Estimate:
    """A time by which a share has had the event."""
    return Estimate(
        known(found.quantile), known(found.ci_lower), known(found.ci_upper), note=join(found.reason, found.note)
    )


def of_landmark(found: Landmark) -> Estimate:
    """Survival at one time."""
    return Estimate(
        known(found.survival),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        note=join(found.reason, found.note),
    )


def of_restricted_mean(found: RestrictedMean) -> Estimate:
    """A restricted mean survival time."""
    return Estimate(
        known(found.rmst),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        note=join(found.reason, found.note),
    )


def of_time_lost(found: RestrictedMean) -> Estimate:
    """A restricted mean time lost; its standard error is that of the restricted mean."""
    return Estimate(
        known(found.rmtl),
        known(found.rmtl_ci_lower),
        known(found.rmtl_ci_upper),
        known(found.standard_error),
        note=join(found.reason, found.note),
    )


def of_difference(found: Contrast, group: str, versus: str) -> Estimate:
    """A difference of ``group`` and ``versus``, which the estimator knows as arm 1 and arm 0."""
    note = join(found.reason, found.note).replace("arm 1", group).replace("arm 0", versus)
    return Estimate(
        known(found.estimate),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        known(found.p_value),
        note,
    )


def of_survival_difference(found: LandmarkDifference, group: str, versus: str) -> Estimate:
    """A difference of survival at one time between ``group`` and ``versus``, arm 1 and arm 0 of the estimator."""
    note = join(found.reason, found.note).replace("arm 1", group).replace("arm 0", versus)
    return Estimate(
        known(found.survival_difference),
        known(found.ci_lower),
        known(found.ci_upper),
        known(found.standard_error),
        known(found.p_value),
        note,
    )


def of_logrank(found: LogRankTest, name: str) -> TestResult:
    """A log-rank test under the name by which the report speaks of it."""
    note = join(found.not_estimable, found.note)
    return TestResult(name, known(found.chi_square), found.df, known(found.p_value), found.method, note)


def of_chi_square(found: ChiSquareTest, name: str, stratum: str | None = None) -> TestResult:
    """A likelihood-ratio, Wald or score test."""
    return TestResult(
        name, known(found.chi_square), found.df, known(found.p_value), found.method, found.not_estimable or "", stratum
    )


def known(value: float | None) -> float | None:
    """The value, or ``None`` for the NaN by which arrays say that there is none."""
    return None if value is None or math.isnan(value) else float(value)


def join(*notes: str | None) -> str:
    """The notes that say something, as one."""
    return "; ".join(note for note in notes if note)


def left_out(counts: Iterable[tuple[int, str]]) -> str:
    """How many patients were left out and why, empty for none: ``left out: 2 without "grade", 1 without time``."""
    parts = [f"{n} without {what}" for n, what in counts if n]
    return f"left out: {', '.join(parts)}" if parts else ""
