"""Adjusting p-values for the number of tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

AdjustMethod = Literal["bonferroni", "holm", "hochberg", "hommel", "bh", "by"]
ADJUST_METHODS: tuple[AdjustMethod, ...] = get_args(AdjustMethod)

_STATSMODELS_NAMES: dict[AdjustMethod, str] = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "bh": "fdr_bh",
    "by": "fdr_by",
}


@dataclass(frozen=True, slots=True)
class AdjustedPValues:
    """Adjusted p-values in the order of the input, None where there was no p-value.

    ``n`` p-values were adjusted for ``n`` tests; ``n_not_estimable`` were not there and do not count as tests.
    """

    p_adjusted: tuple[float | None, ...]
    method: str
    n: int
    n_not_estimable: int
    note: str | None = None


def adjust(p_values: Sequence[float | None], method: AdjustMethod = "holm") -> AdjustedPValues:
    """Adjust p-values for multiple testing.

    Family-wise: Bonferroni; Holm (1979); Hochberg (1988) and Hommel (1988), valid for independent or positively
    dependent tests. False discovery rate: Benjamini & Hochberg (1995); Benjamini & Yekutieli (2001), valid under any
    dependence.

    Parameters
    ----------
    p_values : sequence of float or None
        Between 0 and 1; None or NaN for a test that could not be done.
    method : {"bonferroni", "holm", "hochberg", "hommel", "bh", "by"}

    Raises
    ------
    ValueError
        For an unknown method or a p-value outside 0 to 1, naming the positions.
    """
    if method not in ADJUST_METHODS:
        raise ValueError(f"method must be one of {', '.join(ADJUST_METHODS)}, not {method!r}")
    p = np.array([np.nan if value is None else float(value) for value in p_values], dtype=np.float64)
    outside = np.flatnonzero((p < 0) | (p > 1))
    if outside.size:
        raise ValueError(f"p-values must lie between 0 and 1; not so at positions {', '.join(map(str, outside[:10]))}")
    there = ~np.isnan(p)
    if there.any():
        p[there] = _adjusted(p[there], method)
    n, absent = int(there.sum()), int((~there).sum())
    note = f"{absent} of {len(p)} tests not estimable: adjusted for {n}" if absent else None
    return AdjustedPValues(tuple(None if np.isnan(value) else float(value) for value in p), method, n, absent, note)


def _adjusted(p: NDArray[np.float64], method: AdjustMethod) -> NDArray[np.float64]:
    # statsmodels takes more than a second to import, and few commands adjust p-values.
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415

    adjusted: NDArray[np.float64] = multipletests(p, method=_STATSMODELS_NAMES[method])[1]
    return adjusted
