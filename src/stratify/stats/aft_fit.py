"""What an accelerated failure-time model answers with: time ratios, tests, and the curve it predicts for a patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stratify.stats.aft_likelihood import LAWS, AftDistribution
from stratify.stats.design_matrix import Floats
from stratify.stats.hazard_ratio import ChiSquareTest, Setting, exp


@dataclass(frozen=True, slots=True)
class TimeRatio:
    """By what factor one unit of a covariate stretches the time to the event, or the reason why there is none.

    Attributes
    ----------
    term
        The name the caller gave.
    time_ratio, ci_lower, ci_upper
        Estimate and interval, above 1 where time is longer; 0 or infinite where the likelihood is monotone, and then
        only one limit is informative. ``None`` where not estimable.
    coefficient, standard_error, z, p_value
        The coefficient of log time (R's ``survreg``), its standard error (robust where the method says so), their
        ratio, two-sided p. A monotone likelihood leaves no standard error; ``p_value`` is then the
        likelihood-ratio test's.
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
    time_ratio: float | None
    ci_lower: float | None
    ci_upper: float | None
    coefficient: float | None
    standard_error: float | None
    z: float | None
    p_value: float | None
    level: float
    method: str
    n: int
    events: int
    not_estimable: str | None = None
    note: str = ""

    @classmethod
    def wald(cls, term: str, coefficient: float, standard_error: float, setting: Setting, note: str = "") -> TimeRatio:
        """From a coefficient and its standard error, with the interval symmetric on the log scale."""
        half = float(special.ndtri(0.5 + setting.level / 2)) * standard_error
        z = coefficient / standard_error
        return cls(
            term, exp(coefficient), exp(coefficient - half), exp(coefficient + half), coefficient, standard_error, z,
            float(2 * special.ndtr(-abs(z))), setting.level, f"{setting.method}; Wald interval", setting.n,
            setting.events, note=note,
        )  # fmt: skip

    @classmethod
    def infinite(cls, term: str, limit: float, p_value: float, setting: Setting, *, rising: bool) -> TimeRatio:
        """A monotone likelihood: infinity or 0 with the one limit, given as a coefficient, of the near side."""
        lower, upper = (exp(limit), np.inf) if rising else (0.0, exp(limit))
        return cls(
            term, np.inf if rising else 0.0, lower, upper, np.inf if rising else -np.inf, None, None, p_value,
            setting.level, f"{setting.method}; profile-likelihood limit, likelihood-ratio p", setting.n, setting.events,
            note=f"monotone likelihood: estimate {'infinite' if rising else 'zero'}, its one limit by profile "
            "likelihood",
        )  # fmt: skip

    @classmethod
    def absent(cls, term: str, reason: str, setting: Setting) -> TimeRatio:
        """No estimate, for ``reason``."""
        return cls(
            term, None, None, None, None, None, None, None, setting.level, setting.method, setting.n, setting.events,
            not_estimable=reason,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PredictedTime:
    """The time by which a share ``probability`` of patients like one has had the event, with its interval.

    ``standard_error`` is that of the logarithm of the time; the interval is symmetric there.
    """

    probability: float
    time: float
    standard_error: float
    ci_lower: float
    ci_upper: float
    level: float
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class PredictedSurvival:
    """A patient's survival curve at given times, arrays of shape (m,).

    The interval is symmetric for ``(log t - x beta) / scale``, so that it stays between 0 and 1 (delta method).
    """

    time: Floats
    survival: Floats
    ci_lower: Floats
    ci_upper: Floats
    level: float
    method: str


@dataclass(frozen=True, eq=False, slots=True)
class AftFit:
    """A fitted accelerated failure-time model ``log T = x beta + scale * error``, or the reason why there is none.

    Attributes
    ----------
    distribution
        Of time.
    terms
        One time ratio per covariate, in the order given.
    intercept, intercept_standard_error
        As R's ``survreg`` prints them; ``None`` where not estimable or infinite.
    scale, log_scale_standard_error
        The scale (for Weibull 1 / shape) and the standard error of its logarithm; the exponential's is fixed at 1 and
        has no error.
    coefficients, covariance
        Of intercept, covariates and log scale, shapes (p + 2,) and (p + 2, p + 2), robust where asked; NaN for what is
        aliased or infinite and, in the covariance, for a fixed scale.
    n, events, missing
        Rows and events used; rows left out because a covariate or cluster is missing.
    log_likelihood_null, log_likelihood
        With the intercept (and scale) alone, and at the maximum (its supremum where monotone): of time, not log time.
    likelihood_ratio, wald
        Tests of all covariates' coefficients being zero.
    converged
        Whether a maximum was found, at infinity included.
    not_estimable
        Why nothing was fitted, else ``None``.
    """

    distribution: AftDistribution
    terms: tuple[TimeRatio, ...]
    intercept: float | None
    intercept_standard_error: float | None
    scale: float | None
    log_scale_standard_error: float | None
    coefficients: Floats
    covariance: Floats
    n: int
    events: int
    missing: int
    log_likelihood_null: float | None
    log_likelihood: float | None
    likelihood_ratio: ChiSquareTest
    wald: ChiSquareTest
    iterations: int
    converged: bool
    level: float
    method: str
    not_estimable: str | None = None
    notes: tuple[str, ...] = ()

    def term(self, name: str) -> TimeRatio:
        """The time ratio of the covariate with this name.

        Raises
        ------
        KeyError
            No such covariate.
        """
        for term in self.terms:
            if term.term == name:
                return term
        raise KeyError(name)

    def quantile(self, x: ArrayLike, probability: float = 0.5) -> PredictedTime:
        """The time by which a share ``probability`` of patients with covariates ``x`` (p,) has had the event.

        Agrees with R's ``predict(survreg, type = "uquantile", se.fit = TRUE)``.

        Raises
        ------
        ValueError
            No probability strictly between 0 and 1; covariates that do not fit; nothing estimable to predict from.
        """
        if not 0 < probability < 1:
            raise ValueError(f"probability must lie strictly between 0 and 1, not {probability}")
        row = self._row(x)
        height = float(LAWS[self.distribution].quantile(np.array(1 - probability)))
        scale = float(np.exp(self.coefficients[-1]))
        gradient = np.append(row, scale * height)
        log_time, error = float(row @ self._known[:-1] + scale * height), self._error(gradient)
        half = float(special.ndtri(0.5 + self.level / 2)) * error
        return PredictedTime(
            probability, exp(log_time), error, exp(log_time - half), exp(log_time + half), self.level,
            f"{self.method}; delta method on log time",
        )  # fmt: skip

    def survival(self, x: ArrayLike, times: ArrayLike) -> PredictedSurvival:
        """Survival of patients with covariates ``x`` (p,) at ``times`` (m,), each greater than 0.

        Raises
        ------
        ValueError
            Times that are not finite and positive; covariates that do not fit; nothing estimable to predict from.
        """
        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        if t.ndim != 1 or not np.isfinite(t).all() or (t <= 0).any():
            raise ValueError("times must be a one-dimensional array of finite numbers greater than 0")
        row = self._row(x)
        scale = float(np.exp(self.coefficients[-1]))
        z = (np.log(t) - row @ self._known[:-1]) / scale
        errors = np.array([self._error(np.append(-row / scale, -value)) for value in z])
        half = float(special.ndtri(0.5 + self.level / 2)) * errors
        survival, lower, upper = (np.exp(LAWS[self.distribution].survival(v)[0]) for v in (z, z + half, z - half))
        method = f"{self.method}; delta method on the standardised log time"
        return PredictedSurvival(t, survival, lower, upper, self.level, method)

    @property
    def _known(self) -> Floats:
        return np.nan_to_num(self.coefficients)  # aliased terms add nothing, as in R

    def _row(self, x: ArrayLike) -> Floats:
        row = np.asarray(x, dtype=np.float64)
        if row.shape != (len(self.terms),) or not np.all(np.isfinite(row)):
            raise ValueError(f"x must be {len(self.terms)} finite numbers, one per covariate")
        if self.not_estimable is not None:
            raise ValueError(f"nothing to predict from: {self.not_estimable}")
        if self.intercept is None or any(term.time_ratio in {0.0, float("inf")} for term in self.terms):
            raise ValueError("a coefficient is infinite: no prediction")
        return np.concatenate(([1.0], row))

    def _error(self, gradient: Floats) -> float:
        used = np.isfinite(np.diag(self.covariance))
        return float(np.sqrt(gradient[used] @ self.covariance[np.ix_(used, used)] @ gradient[used]))
