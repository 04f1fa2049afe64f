"""Kaplan-Meier estimation: the curve, its values at landmarks, its quantiles, follow-up.

Kaplan & Meier (1958); variance by Greenwood (1926), or the infinitesimal jackknife for fractional weights. Values agree
with R's ``survfit`` and ``summary(extend = TRUE)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats.inputs import SurvivalInput, checked_level, survival_input
from stratify.stats.landmarks import Landmark, MarkCount, checked_times, no_interval_note
from stratify.stats.quantiles import Quantile, QuantileRule, crossing_time, flat_to_the_end, limit_times
from stratify.stats.risk_table import RiskTable, risk_table
from stratify.stats.survival_intervals import ConfType, confidence_limits
from stratify.stats.survival_variance import jackknife_error, product_limit
from stratify.stats.ties import fix_ties, tie_width

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """A survival curve, Kaplan-Meier's or a model's: a right-continuous step function with counts and pointwise limits.

    All arrays have one element for each distinct observed time, ascending, times without an event included (as R's
    ``survfit``). ``standard_error`` is that of survival itself. Where survival is 0 the error and the limits are NaN:
    Greenwood's error does not exist there (and R's robust error of 0 for fractional weights would claim certainty);
    where it is 1 the log-log, logit and arcsin limits are NaN.

    Attributes
    ----------
    time, at_risk, events, censored : arrays of shape (m,)
        Distinct times, and at each the number at risk (entry < t <= exit), having the event and censored (sums of
        weights where there are weights).
    survival, standard_error, ci_lower, ci_upper : arrays of shape (m,)
        Estimate, standard error and confidence limits from that time on.
    level, conf_type, method : float, str, str
        Confidence level, its scale and the estimators in words.
    n : int
        Patients (rows).
    reason : str or None
        Why there is no curve: ``no patients``.
    note : str or None
        What to be careful of: no events; rows left out by the start; a risk set that empties under left truncation.
    start : float
        The curve is conditional on survival beyond this time, where it is 1.
    """

    time: _Floats
    at_risk: _Floats
    events: _Floats
    censored: _Floats
    survival: _Floats
    standard_error: _Floats
    ci_lower: _Floats
    ci_upper: _Floats
    level: float
    conf_type: ConfType
    method: str
    n: int
    reason: str | None = None
    note: str | None = None
    start: float = 0.0

    @property
    def total_events(self) -> float:
        """Number of events (sum of weights) over the whole of follow-up."""
        return float(self.events.sum())

    def at(self, times: ArrayLike) -> tuple[Landmark, ...]:
        """Survival at given times, finite and at least ``start``, as R's ``summary(extend = TRUE)``.

        A time that equals an observed one up to rounding (``ties``) is that time: an event at ``0.1 + 0.2`` has
        happened by 0.3.
        Before the first observed time survival is 1 with limits 1 and 1 on every scale; after the last one the
        estimate is carried forward and noted.
        """
        return tuple(self._landmark(t) for t in checked_times(times, self.start))

    def quantile(self, probability: float = 0.5, rule: QuantileRule = "r") -> Quantile:
        """The time by which a share ``probability`` (strictly between 0 and 1) has had the event; 0.5: the median.

        ``rule`` is R's or SAS's convention for a step exactly at the height looked for (see ``crossing_time``).
        """
        if not 0 < probability < 1:
            raise ValueError(f"probability must lie strictly between 0 and 1, not {probability}")
        if rule not in {"r", "sas"}:
            raise ValueError(f"rule must be 'r' or 'sas', not {rule!r}")
        target = 1 - probability
        estimate = crossing_time(self.time, self.survival, target, rule, limit=False)
        lower, upper = limit_times(self.time, self.ci_lower, self.ci_upper, target, rule)
        reason = self.reason
        if estimate is None and reason is None:
            reason = f"the survival curve does not fall below {target:g}"
        missing = [name for name, limit in (("lower", lower), ("upper", upper)) if limit is None]
        notes = [f"{' and '.join(missing)} limit not reached"] if missing and estimate is not None else []
        if estimate is not None and flat_to_the_end(self.survival, target):
            notes.append(f"survival is {target:g} to the end of follow-up: midpoint of that step")
        method = f"{self.method}; {rule.upper()} quantile rule"
        return Quantile(
            probability=probability, quantile=estimate, ci_lower=lower, ci_upper=upper, level=self.level, method=method,
            n=self.n, events=self.total_events, reason=reason, note="; ".join(notes) or None,
        )  # fmt: skip

    def number_at_risk(self, times: ArrayLike) -> NDArray[np.float64]:
        """Number at risk at each time: at the first observed time not before it (0 after the last one).

        Without left truncation that is the count of ``time >= t``. With it, R's convention: at 2.5, between the
        observed times 2 and 3, a patient who enters at 2.5 counts.
        """
        place = np.searchsorted(self.time, checked_times(times, self.start) - tie_width(self.time), side="left")
        return np.append(self.at_risk, 0.0)[place]

    def counts_at(self, times: ArrayLike) -> tuple[MarkCount, ...]:
        """Number at risk, and events and censorings up to and including each time."""
        marks = checked_times(times, self.start)
        place = np.searchsorted(self.time, marks + tie_width(self.time), side="right")
        events = np.concatenate(([0.0], np.cumsum(self.events)))[place]
        censored = np.concatenate(([0.0], np.cumsum(self.censored)))[place]
        rows = zip(marks, self.number_at_risk(marks), events, censored, strict=True)
        return tuple(MarkCount(*map(float, row)) for row in rows)

    def _landmark(self, time: float) -> Landmark:
        empty = Landmark(
            time=time, at_risk=0.0, level=self.level, method=self.method, n=self.n, events=self.total_events,
            reason=self.reason,
        )  # fmt: skip
        if self.reason is not None:
            return empty
        at_risk = float(self.number_at_risk([time])[0])
        width = tie_width(self.time)
        i = int(np.searchsorted(self.time, time + width, side="right")) - 1
        if i < 0:
            return replace(empty, at_risk=at_risk, survival=1.0, standard_error=0.0, ci_lower=1.0, ci_upper=1.0)
        survival = float(self.survival[i])
        beyond = "after the last observed time: carried forward" if time > self.time[-1] + width else None
        interval = no_interval_note(survival, self.conf_type)
        return replace(
            empty,
            at_risk=at_risk,
            survival=survival,
            standard_error=_number(self.standard_error[i]),
            ci_lower=_number(self.ci_lower[i]),
            ci_upper=_number(self.ci_upper[i]),
            note="; ".join(filter(None, (interval, beyond))) or None,
        )


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    conf_type: ConfType = "log",
    start: float | None = None,
) -> SurvivalCurve:
    """Estimate a survival curve by Kaplan-Meier.

    Times that differ by rounding are tied (``ties``). Censorings leave after the events of the same time.

    Parameters
    ----------
    time : array_like of shape (n,)
        Exit times, finite and at least 0. NaN is an error: who is left out is decided, and counted, by the caller.
    event : array_like of shape (n,)
        1 or True for the event, 0 or False for censoring.
    entry : array_like of shape (n,), optional
        Entry times (left truncation); at risk when ``entry < t <= time``.
    weights : array_like of shape (n,), optional
        Positive weights. Whole numbers count as that many patients (Greenwood's variance of the weighted counts); with
        fractional weights each row is one patient and the variance is the infinitesimal jackknife, as in R.
    level : float
        Confidence level of the pointwise limits.
    conf_type : {"log", "log-log", "plain", "logit", "arcsin"}
        Scale of the limits. R's default is log, SAS's log-log.
    start : float, optional
        Estimate survival conditional on survival beyond this time: rows that end by then are left out and counted.
        What to do where few are at risk early under left truncation. R's ``start.time`` conditions on survival up to
        just before it, so that events at that very time count.

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    ValueError
        For times, events, entries or weights out of their range, naming positions (for events: the codes).
    """
    data, ended = _beyond(survival_input(time, event, entry, weights), start)
    fractional = data.weights is not None and bool((data.weights != np.floor(data.weights)).any())
    curve = survival_curve(
        data, risk_table(data), level=checked_level(level), conf_type=conf_type, jackknife=fractional
    )
    if start is None:
        return curve
    left_out = f"rows that end by the start at {start:g} and are left out: {ended}" if ended else None
    nobody = f"no patients followed beyond the start at {start:g}" if ended and curve.reason else curve.reason
    note = "; ".join(filter(None, (left_out, curve.note))) or None
    return replace(curve, reason=nobody, note=note, start=float(start))


def survival_curve(
    data: SurvivalInput, table: RiskTable, *, level: float, conf_type: ConfType, jackknife: bool
) -> SurvivalCurve:
    """The curve of checked data and their counts, with Greenwood's variance or the infinitesimal jackknife."""
    survival, greenwood = product_limit(table)
    if jackknife:
        weights = np.ones(len(data.time)) if data.weights is None else data.weights
        variance, error = "infinitesimal jackknife", jackknife_error(data, weights, table)
    else:
        variance, error = "Greenwood", greenwood
    standard_error, alive = np.full(survival.shape, np.nan), np.count_nonzero(survival)
    np.multiply(survival[:alive], error[:alive], out=standard_error[:alive])
    lower, upper = confidence_limits(survival, error, conf_type, level)
    return SurvivalCurve(
        time=table.time, at_risk=table.at_risk, events=table.events, censored=table.censored, survival=survival,
        standard_error=standard_error, ci_lower=lower, ci_upper=upper, level=level, conf_type=conf_type,
        method=f"Kaplan-Meier, {variance} variance, {conf_type} interval", n=len(data.time),
        reason=None if len(data.time) else "no patients", note=_note(table), start=0.0,
    )  # fmt: skip


def median_follow_up(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    conf_type: ConfType = "log",
    rule: QuantileRule = "r",
) -> Quantile:
    """Median follow-up by the reverse Kaplan-Meier method (Schemper & Smith 1996): censoring is the event.

    Arguments as in ``kaplan_meier``; ``events`` of the result counts the censorings.
    """
    data = survival_input(time, event, entry, weights)
    reverse = kaplan_meier(
        data.time, ~data.event, entry=data.entry, weights=data.weights, level=level, conf_type=conf_type
    )
    return reverse.quantile(0.5, rule)


def _beyond(data: SurvivalInput, start: float | None) -> tuple[SurvivalInput, int]:
    """The rows that end beyond the start, and how many do not."""
    if start is None:
        return data, 0
    if not (np.isfinite(start) and start >= 0):
        raise ValueError(f"start must be finite and not negative, not {start}")
    time, first = fix_ties(data.time, [start])
    kept = time > first[0]
    entry, weights = (None if values is None else values[kept] for values in (data.entry, data.weights))
    return SurvivalInput(data.time[kept], data.event[kept], entry, weights), int(np.count_nonzero(~kept))


def _note(table: RiskTable) -> str | None:
    emptied = np.flatnonzero(table.at_risk == table.events)
    if len(table.time) and not table.events.any():
        return "no events"
    later = emptied[emptied < len(table.time) - 1]
    if not later.size:
        return None
    return (
        "the risk set empties while later patients are still to enter: survival is 0 from there on; "
        f"a curve conditional on survival beyond {table.time[later[-1]]:.10g} (start) does not"
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
