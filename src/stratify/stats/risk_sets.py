"""Who is at risk when: rows turned into risk groups, the common ground of Cox and log-rank.

A row is at risk at time ``t`` when ``entry < t <= exit``. The tied exit times of one stratum form a group; times that
differ only by floating-point noise are tied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stratify.stats.inputs import SurvivalInput
from stratify.stats.ties import tie_starts

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_LARGEST_WHOLE = 1e7  # whole numbers below this are further apart than the tie tolerance times their mean
_BINS = 1 << 16  # whole-number times over fewer bins than this are counted, not sorted


@dataclass(frozen=True, eq=False, slots=True)
class RiskSets:
    """Rows by risk group; arrays over rows are in the order of ``order``.

    Attributes
    ----------
    order
        Positions of the input rows in kernel order; ``None`` where rows stay as they were.
    event
        Whether the row ends with an event.
    group
        The row's group, ascending in time within a stratum.
    left
        The last group of the row's stratum that ended before the row entered, -1 where there is none; empty where
        nobody has an entry time.
    stratum, time
        Of each group.
    last
        Whether the group is the last of its stratum.
    rows, deaths, at_risk
        Of each group: rows and events that end there, and rows at risk there.
    """

    order: Ints | None
    event: Flags
    group: Ints
    left: Ints
    stratum: Ints
    time: Floats
    last: Flags
    rows: Ints
    deaths: Ints
    at_risk: Ints

    @property
    def carried(self) -> Ints:
        """Of each group, the rows at risk there that stay beyond it."""
        return self.at_risk - self.rows


def risk_sets(data: SurvivalInput, strata: Ints | None = None) -> RiskSets:
    """Group the rows of checked data; ``strata`` holds codes from 0, none of them missing."""
    strata = np.zeros(len(data.time), np.int64) if strata is None else strata
    order, keys, key, distinct = _binned(data, strata) or _sorted(data, strata)
    event, entry = data.event, data.entry
    if order is not None:
        event, strata = event[order], strata[order]
        entry = None if entry is None else entry[order]
    group = _rank(keys, key, unordered=order is None)
    stratum, position = np.divmod(keys, max(len(distinct), 1))
    last = np.append(np.diff(stratum) > 0, np.ones(min(len(keys), 1), np.bool_))
    left = _left(entry, strata, keys, distinct, stratum)
    rows = np.bincount(group, minlength=len(keys))
    return RiskSets(
        order=order,
        event=event,
        group=group,
        left=left,
        stratum=stratum,
        time=distinct[position],
        last=last,
        rows=rows,
        deaths=np.bincount(group[event], minlength=len(keys)),
        at_risk=_at_risk(rows, left, last),
    )


_Keyed: TypeAlias = tuple[Ints | None, Ints, Ints, Floats]


def _binned(data: SurvivalInput, strata: Ints) -> _Keyed | None:
    """Whole-number times of a short range, as days are, need no sorting: rows stay where they are."""
    time = data.time
    if not len(time) or not all(map(_whole_numbers, (time, time if data.entry is None else data.entry))):
        return None
    low = float(time.min())
    span = int(time.max() - low) + 1
    if span * (int(strata.max()) + 1) > _BINS:
        return None
    key = strata * span + (time - low).astype(np.int64)
    return None, np.flatnonzero(np.bincount(key)), key, low + np.arange(span, dtype=np.float64)


def _whole_numbers(values: Floats) -> bool:
    return bool(np.all(values == np.rint(values)) and np.all(np.abs(values) < _LARGEST_WHOLE))


def _sorted(data: SurvivalInput, strata: Ints) -> _Keyed:
    order = np.argsort(data.time)
    ascending = data.time[order]
    new = _steps(ascending)
    distinct = ascending[new]
    if data.entry is None:  # with entry times the ties are joined already, over both columns
        new[new] = tie_starts(distinct)
        distinct = ascending[new]
    key = np.cumsum(new) - 1 + strata[order] * len(distinct)
    if strata.any():
        again = np.argsort(key, kind="stable")
        order, key = order[again], key[again]
    return order, key[_steps(key)], key, distinct


def _steps(ascending: NDArray[np.generic]) -> Flags:
    """Where sorted values differ from the one before; the first always does."""
    new = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return new


def _rank(keys: Ints, key: Ints, *, unordered: bool) -> Ints:
    """The position of each row's key among the distinct keys."""
    if not unordered:
        return np.cumsum(_steps(key)) - 1
    place = np.zeros(int(keys[-1]) + 1, np.int64)
    place[keys] = np.arange(len(keys))
    return place[key]


def _left(entry: Floats | None, strata: Ints, keys: Ints, distinct: Floats, stratum: Ints) -> Ints:
    if entry is None:
        return np.empty(0, np.int64)
    earlier = np.searchsorted(distinct, entry, side="right")
    first = np.searchsorted(keys, strata * len(distinct) + earlier)
    start = np.searchsorted(stratum, strata)
    return np.where(first > start, first - 1, -1)


def _at_risk(rows: Ints, left: Ints, last: Flags) -> Ints:
    entering = np.bincount(left[left >= 0], minlength=len(rows))
    return suffix_sums(rows - entering, last)


def suffix_sums(values: Ints, last: Flags) -> Ints:
    """Sums over each group and the later groups of its stratum, of whole numbers (exact)."""
    running = np.cumsum(values[::-1])[::-1]
    after = np.append(running[1:], 0)  # what lies beyond the group, other strata included
    ends = np.flatnonzero(last)
    beyond: Ints = after[ends][np.searchsorted(ends, np.arange(len(values)))]
    return running - beyond


def listed(group: Ints, groups: int) -> tuple[Ints, Ints]:
    """Rows by group, -1 left out, and where each group starts among them (groups + 1 places)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups + 1))
    return order, starts
