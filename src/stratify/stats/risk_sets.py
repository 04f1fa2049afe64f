"""Who is at risk when: rows turned into risk groups, the common ground of Cox and log-rank.

A row is at risk at time ``t`` when ``entry < t <= exit``. The tied exit times of one stratum form a group; times that
differ only by floating-point noise are tied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels_order
from stratify.stats.inputs import SurvivalInput
from stratify.stats.ordering import by_time

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
    keyed = _binned(data, strata) or _sorted(data, strata)
    keys, times = keyed.keys, max(len(keyed.distinct), 1)
    if strata is None:
        stratum, position = np.zeros(len(keys), np.int64), keys
    else:
        stratum, position = np.divmod(keys, times)
    last = np.ones(len(keys), np.bool_)
    np.not_equal(stratum[1:], stratum[:-1], out=last[:-1])
    left = _left(data.entry, strata, keyed, stratum)
    return RiskSets(
        order=keyed.order,
        event=keyed.event,
        group=keyed.group,
        left=left,
        stratum=stratum,
        time=keyed.distinct[position],
        last=last,
        rows=keyed.rows,
        deaths=keyed.deaths,
        at_risk=_at_risk(keyed.rows, left, last),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Keyed:
    """Rows by key, which is ``stratum * len(distinct) + position``, ``position`` that of the time in ``distinct``."""

    order: Ints | None
    event: Flags
    group: Ints
    keys: Ints
    rows: Ints
    deaths: Ints
    distinct: Floats


_NO_CODES = np.empty(0, np.int64)


def _binned(data: SurvivalInput, strata: Ints | None) -> _Keyed | None:
    """Whole-number times of a short range, as days are, need no sorting: rows stay where they are."""
    time = data.time
    if not len(time):
        return None
    low, high, whole = kernels_order.range_of(time, _LARGEST_WHOLE)
    if not whole or (data.entry is not None and not kernels_order.range_of(data.entry, _LARGEST_WHOLE)[2]):
        return None
    span, count = int(high - low) + 1, 1 if strata is None else int(strata.max()) + 1
    if span * count > _BINS:
        return None
    group, codes = np.empty(len(time), np.int64), _NO_CODES if strata is None else strata
    keys, rows, deaths = kernels_order.describe_binned(time, low, span, codes, count, data.event, group)
    return _Keyed(None, data.event, group, keys, rows, deaths, low + np.arange(span, dtype=np.float64))


def _sorted(data: SurvivalInput, strata: Ints | None) -> _Keyed:
    rows = by_time(data.time, strata, joined=data.entry is not None)
    died, found = np.empty(len(rows.order), np.bool_), kernels_order.distinct_keys(rows.key)
    keys, ending, deaths = np.zeros((3, found), np.int64)
    kernels_order.describe_sorted(rows.key, data.event, rows.order, died, rows.key, keys, ending, deaths)
    return _Keyed(rows.order, died, rows.key, keys, ending, deaths, rows.distinct)


def _left(entry: Floats | None, strata: Ints | None, keyed: _Keyed, stratum: Ints) -> Ints:
    if entry is None:
        return _NO_CODES
    code = np.zeros(len(entry), np.int64) if strata is None else strata
    if keyed.order is not None:
        entry, code = entry[keyed.order], code[keyed.order]
    earlier = np.searchsorted(keyed.distinct, entry, side="right")
    first = np.searchsorted(keyed.keys, code * len(keyed.distinct) + earlier)
    start = np.searchsorted(stratum, code)
    return np.where(first > start, first - 1, -1)


def _at_risk(rows: Ints, left: Ints, last: Flags) -> Ints:
    if len(left):
        rows = rows - np.bincount(left[left >= 0], minlength=len(rows))
    return kernels_order.suffix_sums(rows, last)


def listed(group: Ints, groups: int) -> tuple[Ints, Ints]:
    """Rows by group, -1 left out, and where each group starts among them (groups + 1 places)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups + 1))
    return order, starts


def count_by_group(position: Ints, code: Ints, groups: int, k: int) -> Ints:
    """Rows counted by risk group and code, shape (groups, k)."""
    return np.bincount(position * k + code, minlength=groups * k).reshape(groups, k)
