"""Cumulative incidence by Aalen-Johansen: how many have had each of several exclusive events by each time.

Aalen & Johansen (1978) Scand J Stat 5:141, for one state that is left and k that are entered. 1 - Kaplan-Meier with
other causes censored overstates a risk, and the k such curves add up to more than 1; these and the event-free survival
add up to 1. Estimates and errors are those of R's ``survfit`` for several states, or of ``cmprsk::cuminc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.competing_risks import CompetingInput, cause_number, competing_input
from stratify.stats.cumulative_incidence_variance import IncidenceTable, aalen_variance, jackknife_variance
from stratify.stats.incidence_curve import IncidenceCurve
from stratify.stats.inputs import checked_level
from stratify.stats.landmarks import checked_times
from stratify.stats.risk_sets import Floats
from stratify.stats.risk_table import RiskTable, risk_table
from stratify.stats.survival import SurvivalCurve, survival_curve
from stratify.stats.survival_intervals import ConfType, confidence_limits
from stratify.stats.ties import tie_width

Variance: TypeAlias = Literal["jackknife", "aalen"]
_VARIANCES = {"jackknife": "infinitesimal-jackknife", "aalen": "Aalen"}


@dataclass(frozen=True, slots=True)
class CauseCounts:
    """Number at risk at a time, and events of each cause and censorings up to and including it (sums of weights)."""

    time: float
    at_risk: float
    events: tuple[float, ...]
    censored: float


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """The cumulative incidence of every declared cause, and the survival free of all of them.

    At each time the incidences and the event-free survival add up to 1.

    Attributes
    ----------
    curves
        One for each cause in the order declared, a cause without events among them.
    event_free
        Kaplan-Meier for the first event of any cause, with the numbers at risk and censored.
    """

    curves: tuple[IncidenceCurve, ...]
    event_free: SurvivalCurve

    def curve(self, cause: str) -> IncidenceCurve:
        """The curve of the cause with this name.

        Raises
        ------
        ValueError
            No such cause was declared.
        """
        return self.curves[cause_number([curve.cause for curve in self.curves], cause) - 1]

    def counts_at(self, times: ArrayLike) -> tuple[CauseCounts, ...]:
        """Number at risk, events by cause and censorings at given times, finite and at least 0."""
        marks = checked_times(times)
        place = np.searchsorted(self.event_free.time, marks + tie_width(self.event_free.time), side="right")
        events = [np.append(0.0, np.cumsum(curve.events))[place] for curve in self.curves]
        return tuple(
            CauseCounts(mark.time, mark.at_risk, tuple(map(float, causes)), mark.censored)
            for mark, causes in zip(self.event_free.counts_at(marks), np.transpose(events), strict=True)
        )


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    causes: Sequence[str],
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    conf_type: ConfType = "log-log",
    variance: Variance = "jackknife",
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of each cause.

    Times that differ by rounding are tied (``ties``). Events of different causes at one time share its risk set;
    censorings leave after them.

    Parameters
    ----------
    time : array_like of shape (n,)
        Exit times, finite and at least 0. NaN is an error: who is left out is decided, and counted, by the caller.
    cause : array_like of shape (n,)
        0 for censoring, 1 to k for the event that came first.
    causes : sequence of str
        Names of the causes 1 to k. Codes are declared, never guessed.
    entry : array_like of shape (n,), optional
        Entry times (left truncation); at risk when ``entry < t <= time``.
    weights : array_like of shape (n,), optional
        Positive weights; each row is one patient to the variance, whatever its weight.
    level : float
        Confidence level of the pointwise limits.
    conf_type : {"log-log", "log", "plain", "logit", "arcsin"}
        Scale of the limits of each probability. R's default is log.
    variance : {"jackknife", "aalen"}
        The infinitesimal jackknife of R's ``survfit``, or Aalen's (1978) as in ``cmprsk::cuminc``, which knows neither
        entry times nor weights; the event-free survival then has Greenwood's.

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    ValueError
        For times, causes, entries or weights out of their range, naming positions (for causes: the codes), and for
        options that do not go together.
    """
    if variance not in _VARIANCES:
        raise ValueError(f"variance must be one of {', '.join(_VARIANCES)}, not {variance!r}")
    if variance == "aalen" and not (entry is None and weights is None):
        raise ValueError('variance "aalen" knows neither entry times nor weights: take "jackknife"')
    data = competing_input(time, cause, causes, entry, weights)
    rows = data.data
    counts = risk_table(rows)
    event_free = survival_curve(
        rows, counts, level=checked_level(level), conf_type=conf_type, jackknife=variance == "jackknife"
    )
    table = _table(data, counts, event_free.survival)
    curves = tuple(_curve(data, table, column, event_free, variance) for column in range(len(data.causes)))
    return CumulativeIncidence(curves, event_free)


def _table(data: CompetingInput, counts: RiskTable, survival: Floats) -> IncidenceTable:
    rows, m, k = data.data, len(counts.time), len(data.causes)
    exit_at = np.searchsorted(counts.time, rows.time, side="right") - 1
    weights = None if rows.weights is None else rows.weights[rows.event]
    cell = exit_at[rows.event] * k + data.cause[rows.event] - 1
    events = np.bincount(cell, weights, m * k).reshape(m, k).astype(np.float64)
    before = np.append(1.0, survival)[:m]
    steps = before[:, None] * events / counts.at_risk[:, None]
    incidence = np.cumsum(steps, axis=0)
    for column in range(k):
        # While all events are of one cause its incidence is 1 - S to the last digit. A sum that ends at 1 - 1e-16
        # would have limits from 0 to 1 on the log-log scale, where 1 itself has none.
        alone = np.cumsum(events.sum(axis=1) - events[:, column]) == 0
        incidence[alone, column] = 1 - survival[alone]
    return IncidenceTable(counts, exit_at, events, before, survival, incidence)


def _curve(
    data: CompetingInput, table: IncidenceTable, column: int, event_free: SurvivalCurve, variance: Variance
) -> IncidenceCurve:
    incidence = table.incidence[:, column]
    squares = aalen_variance(table, column) if variance == "aalen" else jackknife_variance(data, table, column)
    known = (incidence > 0) & (incidence < 1)
    error = np.where(known, np.sqrt(squares), np.nan)
    lower, upper = np.full((2, len(incidence)), np.nan)
    # The limits' formulas are those of a probability that falls: read backwards in time.
    falling = slice(None, None, -1)
    relative = error[known] / incidence[known]
    limits = confidence_limits(incidence[known][falling], relative[falling], event_free.conf_type, event_free.level)
    lower[known], upper[known] = (limit[falling] for limit in limits)
    name, occurs = data.causes[column], bool(table.events[:, column].any())
    notes = [event_free.note] if event_free.note and table.events.any() else []
    if event_free.reason is None and not occurs:
        notes.append(f'no events of "{name}"')
    return IncidenceCurve(
        cause=name, time=event_free.time, at_risk=event_free.at_risk, events=table.events[:, column],
        incidence=incidence, standard_error=error, ci_lower=lower, ci_upper=upper, level=event_free.level,
        conf_type=event_free.conf_type,
        method=f"Aalen-Johansen, {_VARIANCES[variance]} variance, {event_free.conf_type} interval",
        n=event_free.n, reason=event_free.reason, note="; ".join(notes) or None,
    )  # fmt: skip
