"""Times that differ only by floating-point noise are one time.

``0.1 + 0.2`` and ``0.3`` are two floats; left apart, an event would leave the risk set before its tie and the
Kaplan-Meier, log-rank and Cox estimates would depend on how the times were computed. Rule: sorted distinct times whose
gap is at most ``sqrt(machine epsilon)`` times the mean distinct time are tied (as ``timefix`` in R's survival package,
Therneau). R also ties times closer than that number in absolute terms; we do not, so that the answer does not depend
on the unit of time: in units of 1e9 days two patients a day apart would become tied.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

RELATIVE_GAP = float(np.sqrt(np.finfo(np.float64).eps))


def tie_starts(distinct: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark, among sorted distinct finite times, those that begin a new tied group.

    Parameters
    ----------
    distinct : array of shape (m,)
        Strictly increasing finite times.

    Returns
    -------
    array of bool, shape (m,)
        True where the time is a time of its own, False where it is tied to the one before.
    """
    starts = np.ones(distinct.shape, dtype=np.bool_)
    starts[1:] = np.diff(distinct) > tie_width(distinct)
    return starts


def tie_width(distinct: NDArray[np.float64]) -> float:
    """The largest gap between times that counts as rounding, given the sorted distinct times (0 for none)."""
    return RELATIVE_GAP * float(np.abs(distinct).mean()) if distinct.size else 0.0


def fix_ties(*times: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    """Give times that are equal up to floating-point noise the same value, over all arrays together.

    Each tied group takes its smallest value. Arrays without such a group come back with their values unchanged. The
    entry and exit times of one patient may become equal; who forbids empty intervals checks after this.

    Parameters
    ----------
    *times : array_like
        Arrays of finite times, of any lengths, in the same unit (for example entry and exit times).

    Returns
    -------
    tuple of arrays of float
        One for each argument, in its order and shape.
    """
    arrays = tuple(np.asarray(t, dtype=np.float64) for t in times)
    if not arrays:
        return ()
    distinct = np.unique(np.concatenate([a.ravel() for a in arrays]))
    starts = tie_starts(distinct)
    if starts.all():
        return arrays
    smallest = distinct[starts]
    return tuple(smallest[np.searchsorted(smallest, a, side="right") - 1] for a in arrays)
