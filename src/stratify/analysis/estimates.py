"""From what an estimator answers to what a report shows: a value with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from stratify.analysis.results import Estimate, TestResult
from stratify.stats.aft_fit import TimeRatio
from stratify.stats.concordance import Concordance
from stratify.stats.hazard_ratio import HazardRatio
from stratify.stats.incidence_curve import IncidenceAt
from stratify.stats.landmarks import Landmark, LandmarkDifference
from stratify.stats.quantiles import Quantile
from stratify.stats.rmst import Contrast, RestrictedMean


class _Found(Protocol):
    """What every estimator answers with beside the estimate itself."""

    @property
    def ci_lower(self) -> float | None: ...
    @property
    def ci_upper(self) -> float | None: ...


class _Tested(Protocol):
    """A chi-square test of any kind."""

    @property
    def chi_square(self) -> float | None: ...
    @property
    def df(self) -> int: ...
    @property
    def p_value(self) -> float | None: ...
    @property
    def method(self) -> str: ...
    @property
    def not_estimable(self) -> str | None: ...


def of_hazard_ratio(found: HazardRatio) -> Estimate:
    """A hazard ratio; its standard error is that of the log hazard ratio."""
    return _estimate(found.hazard_ratio, found, found.not_estimable or found.note)


def of_time_ratio(found: TimeRatio) -> Estimate:
    """A time ratio; its standard error is that of the coefficient of log time."""
    return _estimate(found.time_ratio, found, found.not_estimable or found.note)


def of_concordance(found: Concordance) -> Estimate:
    """Harrell's or Uno's C."""
    return _estimate(found.concordance, found, found.not_estimable or "")


def of_quantile(found: Quantile) -> Estimate:
    """A time by which a share has had the event."""
    return _estimate(found.quantile, found, join(found.reason, found.note))


def of_landmark(found: Landmark) -> Estimate:
    """Survival at one time."""
    return _estimate(found.survival, found, join(found.reason, found.note))


def of_incidence(found: IncidenceAt) -> Estimate:
    """A cumulative incidence at one time."""
    return _estimate(found.incidence, found, join(found.reason, found.note))


def of_restricted_mean(found: RestrictedMean) -> Estimate:
    """A restricted mean survival time."""
    return _estimate(found.rmst, found, join(found.reason, found.note))


def of_time_lost(found: RestrictedMean) -> Estimate:
    """A restricted mean time lost; its standard error is that of the restricted mean."""
    return replace(
        of_restricted_mean(found),
        value=known(found.rmtl),
        lower=known(found.rmtl_ci_lower),
        upper=known(found.rmtl_ci_upper),
    )


def of_difference(found: Contrast, group: str, versus: str) -> Estimate:
    """A difference or ratio of ``group`` and ``versus``, which the estimator knows as arm 1 and arm 0."""
    return _estimate(found.estimate, found, _named(join(found.reason, found.note), group, versus))


def of_survival_difference(found: LandmarkDifference, group: str, versus: str) -> Estimate:
    """A difference of survival at one time between ``group`` and ``versus``, arm 1 and arm 0 of the estimator."""
    return _estimate(found.survival_difference, found, _named(join(found.reason, found.note), group, versus))


def of_test(found: _Tested, name: str, stratum: str | None = None) -> TestResult:
    """A test under the name by which the report speaks of it, with its note where it has one."""
    note = join(found.not_estimable, getattr(found, "note", None))
    return TestResult(name, known(found.chi_square), found.df, known(found.p_value), found.method, note, stratum)


def _estimate(value: float | None, found: _Found, note: str) -> Estimate:
    error, p_value = (known(getattr(found, name, None)) for name in ("standard_error", "p_value"))
    return Estimate(known(value), known(found.ci_lower), known(found.ci_upper), error, p_value, note)


def _named(note: str, group: str, versus: str) -> str:
    return note.replace("arm 1", group).replace("arm 0", versus)


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
