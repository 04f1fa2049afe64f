"""Times in ascending order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels_order


def ascending(time: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
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
    order, in_order = np.empty(len(time), np.int64), np.empty(len(time))
    if len(time):
        kernels_order.ascending(np.abs(time), order, in_order)  # the bits of -0.0 would be the largest
    return order, in_order
