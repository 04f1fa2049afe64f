"""Times in ascending order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels_order
from stratify.stats.ties import RELATIVE_GAP

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def ascending(time: Floats) -> tuple[Ints, Floats]:
    """Positions of the rows by ascending time, equal times as given, and the times in that order.

    Parameters
    ----------
    time : array of shape (n,)
        Finite times, none negative.

    Returns
    -------
    tuple of arrays
        Integers and floats of shape (n,).
    """
    n = len(time)
    # Room is made here, not in the loop: numpy asks for large pages, and a fresh page costs as much as its sorting.
    items, spare, in_order = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n)
    swapped = n > 0 and kernels_order.ascending(np.ascontiguousarray(time), items, spare, in_order)
    return (items if swapped else spare).view(np.int64), in_order


def tied(order: Ints, in_order: Floats, relative_gap: float = RELATIVE_GAP) -> tuple[Ints, Ints]:
    """Of sorted rows and times, the number of each one's tied group (see ``ties``) and where each group starts.

    Rows that are tied only by rounding are put in the order given, in place.
    """
    group, starts = np.empty((2, len(in_order)), np.int64)
    return group, starts[: kernels_order.tie_groups(in_order, relative_gap, order, group, starts)]


@dataclass(frozen=True, eq=False, slots=True)
class ByTime:
    """Rows by stratum and, within it, time.

    Attributes
    ----------
    order
        Positions of the rows, shape (n,).
    key
        Of each row in that order: ``stratum * len(distinct)`` plus the position of its time in ``distinct``.
    distinct
        Ascending times, tied ones once, over all strata.
    """

    order: Ints
    key: Ints
    distinct: Floats


def by_time(time: Floats, strata: Ints | None = None, *, joined: bool = False) -> ByTime:
    """Put rows in the order of ``strata`` (codes from 0) and times; times equal up to rounding are one.

    ``joined`` says that ``fix_ties`` has made them equal before, together with entry times.
    """
    order, in_order = ascending(time)
    key, starts = tied(order, in_order, 0.0 if joined else RELATIVE_GAP)
    distinct = in_order if len(starts) == len(order) else in_order[starts]
    if strata is not None and len(order):
        order, key = kernels_order.by_stratum(strata, int(strata.max()) + 1, order, key, len(distinct))
    return ByTime(order, key, distinct)
