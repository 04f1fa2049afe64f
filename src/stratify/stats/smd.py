"""Standardised mean differences: how far two groups lie apart in a variable, in units of its spread.

Continuous: difference of means over ``sqrt((s1^2 + s0^2) / 2)`` (Austin 2009). Categorical: the multinomial form of
Yang & Dalton (2012), which for two levels is the absolute standardised difference of proportions. Neither depends on
the number of patients, unlike a test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
_CONTINUOUS = "difference of means over the root mean square of the standard deviations"
_CATEGORICAL = "Yang-Dalton distance of proportions"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisedDifference:
    """Standardised difference of ``group`` to ``versus``: signed for continuous variables, a distance for categorical.

    ``smd`` is None with a ``reason`` where it is infinite or undefined.
    """

    smd: float | None = None
    group: str
    versus: str
    method: str
    n: int
    reason: str | None = None
    note: str | None = None


def smd_continuous(values1: _Floats, values0: _Floats, group: str, versus: str) -> StandardisedDifference:
    """Standardised mean difference of two samples without missing values, ``group`` minus ``versus``."""
    result = StandardisedDifference(group=group, versus=versus, method=_CONTINUOUS, n=len(values1) + len(values0))
    few = [name for name, values in ((group, values1), (versus, values0)) if len(values) < 2]
    if few:
        return replace(result, reason=f"fewer than two patients with a value in {' and '.join(few)}")
    spread = float(np.sqrt((_variance(values1) + _variance(values0)) / 2))
    difference = float(values1.mean() - values0.mean())
    if spread > 0:
        return replace(result, smd=difference / spread)
    if values1[0] == values0[0]:
        return replace(result, smd=0.0, note="all patients have the same value")
    return replace(result, reason="no variation within either group, but different values: infinite")


def smd_categorical(
    counts1: NDArray[np.int64], counts0: NDArray[np.int64], group: str, versus: str
) -> StandardisedDifference:
    """Yang-Dalton distance between the level proportions of two groups; levels that neither has are left out."""
    result = StandardisedDifference(
        group=group, versus=versus, method=_CATEGORICAL, n=int(counts1.sum() + counts0.sum())
    )
    empty = [name for name, counts in ((group, counts1), (versus, counts0)) if not counts.sum()]
    if empty:
        return replace(result, reason=f"no patients with a value in {' and '.join(empty)}")
    seen = (counts1 + counts0) > 0
    p1, p0 = (counts[seen] / counts.sum() for counts in (counts1, counts0))
    if len(p1) == 1:
        return replace(result, smd=0.0, note="all patients have the same level")
    # One proportion follows from the others, so the first level is left out of vector and matrix.
    difference = p1[1:] - p0[1:]
    covariance = (_multinomial(p1[1:]) + _multinomial(p0[1:])) / 2
    inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
    solved = inverse @ difference
    if not np.allclose(covariance @ solved, difference, rtol=0, atol=1e-8):
        return replace(result, reason="a contrast of levels varies within neither group but differs: infinite")
    return replace(result, smd=float(np.sqrt(difference @ solved)))


def _multinomial(p: _Floats) -> _Floats:
    covariance: _Floats = np.diag(p) - np.outer(p, p)
    return covariance


def _variance(values: _Floats) -> float:
    """Sample variance, exactly 0 for equal values (a mean of equal values may miss them by rounding)."""
    return 0.0 if (values == values[0]).all() else float(values.var(ddof=1))
