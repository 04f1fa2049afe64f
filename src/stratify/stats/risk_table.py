"""Who is at risk, who has the event and who is censored at each distinct time: the counts under every curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.stats.inputs import SurvivalInput
from stratify.stats.ties import tie_starts

_Floats = NDArray[np.float64]

# Whole times up to here are counted, not sorted; a gap of 1 is then wider than any rounding (``tie_width``).
_MOST_DAYS = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable:
    """Counts (sums of weights, if any) at each distinct exit time, ascending.

    ``at_risk`` at t counts ``entry < t <= exit``; ``censored`` leave after the events of the same time. ``event_rows``
    counts the events as rows, without weights.
    """

    time: _Floats
    at_risk: _Floats
    events: _Floats
    censored: _Floats
    event_rows: NDArray[np.int64]


def risk_table(data: SurvivalInput) -> RiskTable:
    """Count a checked data set by distinct time, times equal up to rounding being one."""
    n = len(data.time)
    if n == 0:
        empty = np.zeros(0)
        return RiskTable(empty, empty, empty, empty, np.zeros(0, dtype=np.int64))
    days = _whole_times(data.time)
    grid, leaving, events, event_rows = _by_sorting(data) if days is None else _by_day(days, data)
    if data.weights is None and data.entry is None:
        at_risk = n - np.cumsum(leaving) + leaving
        return RiskTable(grid, at_risk, events, leaving - events, event_rows)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if data.entry is not None:
        at_risk = at_risk - _not_yet_entered(data.entry, data.weights, grid)
    return RiskTable(grid, _snapped(at_risk, events), events, np.maximum(leaving - events, 0.0), event_rows)


_Counts = tuple[_Floats, _Floats, _Floats, NDArray[np.int64]]


def _whole_times(time: _Floats) -> NDArray[np.int64] | None:
    """Times as integers where they are whole and few enough to be counted without sorting; None otherwise."""
    if time.max() > min(4 * len(time) + 1000, _MOST_DAYS):
        return None
    days = time.astype(np.int64)
    return days if bool((days == time).all()) else None


def _by_day(days: NDArray[np.int64], data: SurvivalInput) -> _Counts:
    """Distinct times, leaving, events and event rows at each, for times in whole days: four times faster."""
    leaving = np.bincount(days, data.weights).astype(np.float64)
    event_rows = np.bincount(days[data.event], minlength=len(leaving))
    weighted = data.event if data.weights is None else data.weights * data.event
    events = np.bincount(days, weighted, len(leaving)).astype(np.float64)
    seen = np.flatnonzero(leaving)
    return seen.astype(np.float64), leaving[seen], events[seen], event_rows[seen].astype(np.int64)


def _by_sorting(data: SurvivalInput) -> _Counts:
    """Distinct times, leaving, events and event rows at each."""
    time, event, weights = _ordered(data)
    distinct = np.flatnonzero(np.concatenate(([True], time[1:] != time[:-1])))
    first = distinct[tie_starts(time[distinct])]
    event_rows = np.add.reduceat(event, first, dtype=np.int64)
    if weights is None:
        leaving = np.diff(first, append=len(time)).astype(np.float64)
        return time[first], leaving, event_rows.astype(np.float64), event_rows
    return time[first], np.add.reduceat(weights, first), np.add.reduceat(weights * event, first), event_rows


def _ordered(data: SurvivalInput) -> tuple[_Floats, NDArray[np.bool_], _Floats | None]:
    """Times, events and weights by ascending time."""
    if data.weights is not None:
        order = np.argsort(data.time, kind="stable")
        return data.time[order], data.event[order], data.weights[order]
    # The bits of floats that are not negative sort as the floats do, and leave the sign bit free: the event goes
    # into it, so that one sort of 64-bit integers replaces an indirect sort (five times faster at a million rows).
    keys = ((data.time + 0.0).view(np.uint64) << np.uint64(1)) | data.event
    keys.sort()
    return (keys >> np.uint64(1)).view(np.float64), (keys & np.uint64(1)).astype(np.bool_), None


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
