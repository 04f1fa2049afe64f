"""The exact test of an r x c table with fixed margins (Freeman & Halton 1951), by enumeration with merging.

Tables are built column by column. Two partial tables that leave the same row totals for the columns to come and have
the same probability so far are one node with a count (the idea of Mehta & Patel's network, 1983, without its bounds),
so that far fewer nodes than tables are visited.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

# Nodes visited in one step before giving up; about two seconds and 200 MB.
_MOST_NODES = 2_000_000
# Log probabilities closer than this are those of equally probable tables.
_TIE = 1e-7

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


def freeman_halton(table: _Ints) -> float | None:
    """Probability, given the margins, of tables no more probable than this one; None where there are too many tables.

    Parameters
    ----------
    table : array of shape (r, c), r and c at least 2
        Counts without empty rows or columns.
    """
    counts = table if table.shape[0] <= table.shape[1] else table.T
    rows, columns = counts.sum(1), np.sort(counts.sum(0))[::-1]
    left, value, count = rows[None, :], np.zeros(1), np.ones(1)
    for total in columns[:-1]:
        fillings = _fillings(rows, int(total))
        if fillings is None or len(left) * len(fillings) > _MOST_NODES:
            return None
        left, value, count = _merged(*_filled(left, value, count, fillings))
    value = value - gammaln(left + 1.0).sum(1)
    constant = gammaln(rows + 1.0).sum() + gammaln(columns + 1.0).sum() - gammaln(rows.sum() + 1.0)
    observed = -gammaln(counts + 1.0).sum()
    as_probable = value <= observed + _TIE
    return min(1.0, float((count[as_probable] * np.exp(constant + value[as_probable])).sum()))


def _fillings(rows: _Ints, total: int) -> _Ints | None:
    """All ways to share a column total among the rows, none above its row total; None where there are too many."""
    parts = np.zeros((1, 0), dtype=np.int64)
    for row in rows[:-1]:
        if len(parts) * (min(int(row), total) + 1) > _MOST_NODES:
            return None
        cell = np.arange(min(int(row), total) + 1)
        parts = np.hstack([np.repeat(parts, len(cell), axis=0), np.tile(cell, len(parts))[:, None]])
        parts = parts[parts.sum(1) <= total]
    last = total - parts.sum(1)
    fillings: _Ints = np.hstack([parts, last[:, None]])[last <= rows[-1]]
    return fillings


def _filled(left: _Ints, value: _Floats, count: _Floats, fillings: _Ints) -> tuple[_Ints, _Floats, _Floats]:
    """Every node with every filling of the next column that its remaining row totals allow."""
    after = (left[:, None, :] - fillings[None, :, :]).reshape(-1, left.shape[1])
    possible = (after >= 0).all(1)
    values = (value[:, None] - gammaln(fillings + 1.0).sum(1)[None, :]).ravel()
    return after[possible], values[possible], np.repeat(count, len(fillings))[possible]


def _merged(left: _Ints, value: _Floats, count: _Floats) -> tuple[_Ints, _Floats, _Floats]:
    """Join nodes with equal remaining totals and equal probability so far."""
    _, state = np.unique(left, axis=0, return_inverse=True)
    order = np.lexsort((value, state))
    left, value, count, state = left[order], value[order], count[order], state[order]
    new = np.ones(len(value), dtype=np.bool_)
    new[1:] = (np.diff(state) != 0) | (np.diff(value) > _TIE / 100)
    first = np.flatnonzero(new)
    return left[first], value[first], np.add.reduceat(count, first)
