"""Who is at risk, who has the event and who is censored at each distinct time: the counts under every curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels_counts, kernels_order
from stratify.stats.inputs import SurvivalInput
from stratify.stats.ordering import ascending, tied
from stratify.stats.ties import RELATIVE_GAP

_Floats = NDArray[np.float64]

# Whole times up to here are counted, not sorted; a gap of 1 is then wider than any rounding (``tie_width``).
_MOST_DAYS = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable:
    """Counts (sums of weights, if any) at each distinct exit time, ascending.

    ``at_risk`` at t counts ``entry < t <= exit``; ``censored`` leave after the events of the same time. ``unweighted``
    counts the events as rows where they have weights, and is else None.
    """

    time: _Floats
    at_risk: _Floats
    events: _Floats
    censored: _Floats
    unweighted: NDArray[np.int64] | None

    @property
    def event_rows(self) -> NDArray[np.int64]:
        """The events as rows, without weights."""
        return self.events.astype(np.int64) if self.unweighted is None else self.unweighted


def risk_table(data: SurvivalInput) -> RiskTable:
    """Count a checked data set by distinct time, times equal up to rounding being one."""
    n = len(data.time)
    if n == 0:
        empty = np.zeros(0)
        return RiskTable(empty, empty, empty, empty, None)
    whole = _whole(data.time)
    if data.weights is None and data.entry is None:
        return _by_counting(data) if whole else _by_order(data)
    grid, leaving, events, event_rows = _by_day(data) if whole else _by_sorting(data)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if data.entry is not None:
        at_risk = at_risk - _not_yet_entered(data.entry, data.weights, grid)
    return RiskTable(grid, _snapped(at_risk, events), events, np.maximum(leaving - events, 0.0), event_rows)


_Counts = tuple[_Floats, _Floats, _Floats, NDArray[np.int64]]


def _whole(time: _Floats) -> bool:
    """Whether times are whole and few enough to be counted without sorting."""
    return kernels_order.range_of(time, min(4.0 * len(time) + 1000.0, _MOST_DAYS))[2]


def _by_counting(data: SurvivalInput) -> RiskTable:
    size = int(data.time.max()) + 1
    leaving, deaths = np.zeros(size, np.int64), np.zeros(size, np.int64)
    kernels_counts.count_days(data.time, data.event, leaving, deaths)
    seen = np.flatnonzero(leaving)
    leaving, deaths = leaving[seen], deaths[seen]
    at_risk = np.cumsum(leaving[::-1])[::-1]
    time, present, died, censored = np.stack((seen, at_risk, deaths, leaving - deaths)).astype(np.float64)
    return RiskTable(time, present, died, censored, None)


def _by_order(data: SurvivalInput) -> RiskTable:
    order, time = ascending(data.time)
    at_risk, events, censored = np.empty(len(time)), np.empty(len(time)), np.empty(len(time))
    width = kernels_order.tie_width(time, RELATIVE_GAP)
    m = kernels_counts.tally(time, order, data.event, width, at_risk, events, censored)
    if m < len(time) // 2:  # little room is used: let the rest go
        time, at_risk, events, censored = (values[:m].copy() for values in (time, at_risk, events, censored))
    return RiskTable(time[:m], at_risk[:m], events[:m], censored[:m], None)


def _by_day(data: SurvivalInput) -> _Counts:
    """Distinct times, leaving, events and event rows at each, for times in whole days."""
    days = data.time.astype(np.int64)
    leaving = np.bincount(days, data.weights).astype(np.float64)
    event_rows = np.bincount(days[data.event], minlength=len(leaving))
    weighted = data.event if data.weights is None else data.weights * data.event
    events = np.bincount(days, weighted, len(leaving)).astype(np.float64)
    seen = np.flatnonzero(leaving)
    return seen.astype(np.float64), leaving[seen], events[seen], event_rows[seen].astype(np.int64)


def _by_sorting(data: SurvivalInput) -> _Counts:
    """Distinct times, leaving, events and event rows at each."""
    order, time = ascending(data.time)
    _, first = tied(order, time)
    event = data.event[order]
    weights = np.ones(len(order)) if data.weights is None else data.weights[order]
    event_rows = np.add.reduceat(event, first, dtype=np.int64)
    return time[first], np.add.reduceat(weights, first), np.add.reduceat(weights * event, first), event_rows


def _not_yet_entered(entry: _Floats, weights: _Floats | None, grid: _Floats) -> _Floats:
    """Those whose entry is at or after each time: entry at t itself is not yet at risk at t."""
    order = np.argsort(entry, kind="stable")
    cumulative = np.concatenate(([0.0], np.cumsum(np.ones(len(entry)) if weights is None else weights[order])))
    entered: _Floats = cumulative[-1] - cumulative[np.searchsorted(entry[order], grid, side="left")]
    return entered


def _snapped(at_risk: _Floats, events: _Floats) -> _Floats:
    """Let nobody remain where only rounding of fractional weights remains: 0.1 + 0.2 - 0.3 is not a person."""
    alone = np.abs(at_risk - events) <= 1e-12 * at_risk.max()
    return np.where(alone, events, at_risk)
