"""What an analysis of hazards answers with: an estimate that knows its interval, and a test that knows its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

SMALL_EVENTS = 10
"""Fewer events than this for one coefficient and the large-sample interval is doubtful (Peduzzi 1995 JCE 48:1503)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all estimates of one analysis share: confidence level, method, rows and events."""

    level: float
    method: str
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """A hazard ratio, or the reason why there is none.

    Attributes
    ----------
    term
        What one unit of is compared with none of; the name the caller gave.
    hazard_ratio, ci_lower, ci_upper
        Estimate and interval; 0 or infinite where the likelihood is monotone, and then only one limit is informative.
        ``None`` where not estimable.
    log_hazard_ratio, standard_error, z, p_value
        Coefficient, its standard error (robust where the method says so), their ratio, two-sided p. A monotone
        likelihood leaves no standard error; ``p_value`` is then the likelihood-ratio test's.
    standard_error_model_based
        From the information matrix, also where ``standard_error`` is robust.
    level
        Of the interval, between 0 and 1.
    method
        How estimate and interval were found.
    n, events
        Rows and events behind the estimate.
    not_estimable
        The reason where there is no estimate, else ``None``.
    note
        A warning where the estimate is shaky, else empty.
    """

    term: str
    hazard_ratio: float | None
    ci_lower: float | None
    ci_upper: float | None
    log_hazard_ratio: float | None
    standard_error: float | None
    z: float | None
    p_value: float | None
    standard_error_model_based: float | None
    level: float
    method: str
    n: int
    events: int
    not_estimable: str | None = None
    note: str = ""

    @classmethod
    def wald(
        cls,
        term: str,
        coefficient: float,
        standard_error: float,
        setting: Setting,
        *,
        standard_error_model_based: float | None = None,
        note: str = "",
    ) -> HazardRatio:
        """From a coefficient and its standard error, with the interval symmetric on the log scale."""
        half = float(special.ndtri(0.5 + setting.level / 2)) * standard_error
        z = coefficient / standard_error
        return cls(
            term,
            hazard_ratio=exp(coefficient),
            ci_lower=exp(coefficient - half),
            ci_upper=exp(coefficient + half),
            log_hazard_ratio=coefficient,
            standard_error=standard_error,
            z=z,
            p_value=float(2 * special.ndtr(-abs(z))),
            standard_error_model_based=standard_error_model_based or standard_error,
            level=setting.level,
            method=f"{setting.method}; Wald interval",
            n=setting.n,
            events=setting.events,
            note=note,
        )

    @classmethod
    def absent(cls, term: str, reason: str, setting: Setting) -> HazardRatio:
        """No estimate, for ``reason``."""
        return cls(
            term,
            hazard_ratio=None,
            ci_lower=None,
            ci_upper=None,
            log_hazard_ratio=None,
            standard_error=None,
            z=None,
            p_value=None,
            standard_error_model_based=None,
            level=setting.level,
            method=setting.method,
            n=setting.n,
            events=setting.events,
            not_estimable=reason,
        )


@dataclass(frozen=True, slots=True)
class ChiSquareTest:
    """A test with a chi-square statistic, or the reason why there is none."""

    chi_square: float | None
    df: int
    p_value: float | None
    method: str
    not_estimable: str | None = None

    @classmethod
    def of(cls, chi_square: float, df: int, method: str) -> ChiSquareTest:
        """The upper tail of the chi-square distribution; without degrees of freedom there is nothing to test."""
        if df < 1:
            return cls(None, 0, None, method, "no degree of freedom is left")
        value = max(float(chi_square), 0.0)  # a difference of equal log-likelihoods may come out as -1e-13
        return cls(value, df, float(special.chdtrc(df, value)), method)

    @classmethod
    def absent(cls, reason: str, method: str) -> ChiSquareTest:
        """No test, for ``reason``."""
        return cls(None, 0, None, method, reason)


def few_events(events: int, coefficients: int = 1) -> str:
    """A note where events are few for the number of coefficients, else empty."""
    if events >= SMALL_EVENTS * coefficients:
        return ""
    return f"events are few ({events}, coefficients {coefficients}): large-sample interval and p are doubtful"


def exp(value: float) -> float:
    """The exponential, infinite where a float ends: a limit of exp(800) is reported, not an error."""
    return math.exp(value) if value < 709 else math.inf
