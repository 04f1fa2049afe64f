"""Covariates centred and scaled, in the order the compiled loops want them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels_likelihood
from stratify.stats.threads import side_by_side

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCKS = 4  # whatever the machine, so that sums round alike on every number of cores
_PARALLEL_ROWS = 250_000
_NO_ORDER = np.empty(0, np.int64)


def standardised(x: Floats, weight: Floats, order: Ints | None) -> tuple[Floats, Floats, Floats]:
    """Covariates in ``order`` less their weighted mean, over their weighted mean deviation; both beside them.

    A column whose values are all the same becomes exactly zero, its scale infinite: the mean of a million times 0.1
    is not 0.1, and the rounding error divided by itself would pass for a covariate.
    """
    n, p = x.shape
    cuts = [(0, n)]
    if n >= _PARALLEL_ROWS:
        cuts = list(pairwise(np.linspace(0, n, _BLOCKS + 1).astype(np.int64).tolist()))
    sums, spread, columns = np.empty((len(cuts), 4, p)), np.empty((len(cuts), p)), np.empty((p, n))
    place = _NO_ORDER if order is None else order
    blocks = range(len(cuts))
    side_by_side(lambda b: kernels_likelihood.column_sums(x, weight, *cuts[b], sums[b]), blocks)
    total = sums[:, 0].sum(axis=0)
    centre = sums[:, 1].sum(axis=0) / total
    side_by_side(lambda b: kernels_likelihood.deviations(x, weight, centre, *cuts[b], spread[b]), blocks)
    varies = sums[:, 2].min(axis=0) < sums[:, 3].max(axis=0)
    scale = np.where(varies, spread.sum(axis=0) / total, np.inf)
    side_by_side(lambda b: kernels_likelihood.arrange(x, place, centre, 1 / scale, *cuts[b], columns), blocks)
    return columns.T, centre, scale
