"""The cumulative incidence of one cause: a rising step function, read at given times or at a given height."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.landmarks import checked_times
from stratify.stats.quantiles import Quantile, QuantileRule, crossing_time, flat_to_the_end, limit_times
from stratify.stats.risk_sets import Floats
from stratify.stats.survival_intervals import ConfType
from stratify.stats.ties import tie_width


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidenceAt:
    """Cumulative incidence of a cause at one time; error and limits are None where undefined, and ``note`` says why.

    ``at_risk`` is the number at risk at that time, ``events`` those of the cause over the whole of follow-up.
    """

    cause: str
    time: float
    at_risk: float
    incidence: float | None = None
    standard_error: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    level: float
    method: str
    n: int
    events: float
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceCurve:
    """The cumulative incidence of one cause: the probability of having had that event, and first, by each time.

    All arrays have one element for each distinct observed time, ascending, times without an event included. Standard
    error and limits are NaN where the incidence is still 0 (R's error of 0 there would claim certainty) and where it
    is 1; the reading at a time says so in its ``note``.

    Attributes
    ----------
    cause : str
        The name given to the cause.
    time, at_risk, events : arrays of shape (m,)
        Distinct times, and at each the number at risk (entry < t <= exit) and having the event of this cause (sums of
        weights where there are weights).
    incidence, standard_error, ci_lower, ci_upper : arrays of shape (m,)
        Estimate, standard error and confidence limits from that time on.
    level, conf_type, method : float, str, str
        Confidence level, its scale and the estimators in words.
    n : int
        Patients (rows).
    reason, note : str or None
        Why there is no curve; what to be careful of.
    """

    cause: str
    time: Floats
    at_risk: Floats
    events: Floats
    incidence: Floats
    standard_error: Floats
    ci_lower: Floats
    ci_upper: Floats
    level: float
    conf_type: ConfType
    method: str
    n: int
    reason: str | None = None
    note: str | None = None

    @property
    def total_events(self) -> float:
        """Number of events of the cause (sum of weights) over the whole of follow-up."""
        return float(self.events.sum())

    def at(self, times: ArrayLike) -> tuple[IncidenceAt, ...]:
        """The cumulative incidence at given times, finite and at least 0.

        A time that equals an observed one up to rounding is that time. Before the first observed time the incidence
        is 0; after the last one it is carried forward and noted.
        """
        return tuple(self._at(t) for t in checked_times(times))

    def time_to(self, probability: float, rule: QuantileRule = "r") -> Quantile:
        """The time by which a share ``probability`` of all patients (strictly between 0 and 1) has had the event.

        Most incidences never reach a half; a height that is not reached has no time, and ``reason`` says so. Limits
        invert those of the curve; ``rule`` decides on a step exactly at the height (see ``crossing_time``).
        """
        if not 0 < probability < 1:
            raise ValueError(f"probability must lie strictly between 0 and 1, not {probability}")
        if rule not in {"r", "sas"}:
            raise ValueError(f"rule must be 'r' or 'sas', not {rule!r}")
        free, target = 1 - self.incidence, 1 - probability
        estimate = crossing_time(self.time, free, target, rule, limit=False)
        lower, upper = limit_times(self.time, 1 - self.ci_upper, 1 - self.ci_lower, target, rule)
        reason = self.reason
        if estimate is None and reason is None:
            reason = f'the cumulative incidence of "{self.cause}" does not reach {probability:g}'
        missing = [name for name, limit in (("lower", lower), ("upper", upper)) if limit is None]
        notes = [f"{' and '.join(missing)} limit not reached"] if missing and estimate is not None else []
        if estimate is not None and flat_to_the_end(free, target):
            notes.append(f"the incidence is {probability:g} to the end of follow-up: midpoint of that step")
        method = f"{self.method}; {rule.upper()} quantile rule"
        return Quantile(
            probability=probability, quantile=estimate, ci_lower=lower, ci_upper=upper, level=self.level, method=method,
            n=self.n, events=self.total_events, reason=reason, note="; ".join(notes) or None,
        )  # fmt: skip

    def _at(self, time: float) -> IncidenceAt:
        width = tie_width(self.time)
        at_risk = np.append(self.at_risk, 0.0)[np.searchsorted(self.time, time - width, side="left")]
        empty = IncidenceAt(
            cause=self.cause, time=float(time), at_risk=float(at_risk), level=self.level, method=self.method, n=self.n,
            events=self.total_events, reason=self.reason,
        )  # fmt: skip
        if not len(self.time):
            return empty
        i = int(np.searchsorted(self.time, time + width, side="right")) - 1
        incidence = 0.0 if i < 0 else float(self.incidence[i])
        beyond = "after the last observed time: carried forward" if time > self.time[-1] + width else None
        values = (None, None, None) if i < 0 else (self.standard_error[i], self.ci_lower[i], self.ci_upper[i])
        error, lower, upper = (None if v is None or np.isnan(v) else float(v) for v in values)
        notes = filter(None, (_no_interval(incidence, error, lower), beyond))
        return replace(
            empty,
            incidence=incidence,
            standard_error=error,
            ci_lower=lower,
            ci_upper=upper,
            note="; ".join(notes) or None,
        )


def _no_interval(incidence: float, error: float | None, lower: float | None) -> str | None:
    if incidence == 0:
        return "no event of this cause yet: no standard error and no interval"
    if error is None or lower is None:
        return "the incidence is 1: no standard error and no interval"
    return None
