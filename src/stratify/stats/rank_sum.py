"""Comparing a continuous variable between groups by ranks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from stratify.stats.inputs import checked_level

_Floats = NDArray[np.float64]

# Pairwise differences that the shift estimate may take: 80 MB of memory.
_MOST_PAIRS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RankSum:
    """Wilcoxon's rank-sum test of two samples, and the Hodges-Lehmann shift of sample 1 to sample 0.

    ``p_value`` is that of the normal approximation with ties and continuity correction. The limits of the shift are
    order statistics of the pairwise differences by the normal approximation; they ignore the correction for ties.
    """

    shift: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    level: float
    p_value: float | None = None
    method: str = "Wilcoxon rank-sum test, normal approximation with continuity correction; Hodges-Lehmann shift"
    n: int
    reason: str | None = None
    note: str | None = None


def rank_sum(sample1: _Floats, sample0: _Floats, level: float = 0.95) -> RankSum:
    """Compare two samples without missing values (Wilcoxon 1945; Hollander, Wolfe & Chicken 2014, sections 4.1-4.3).

    The p-value equals R's ``wilcox.test(exact = FALSE)``; the shift is the median of all pairwise differences (R
    approximates it by root finding when ``exact = FALSE``).
    """
    m, n = len(sample1), len(sample0)
    result = RankSum(level=checked_level(level), n=m + n)
    if not m or not n:
        return replace(result, reason="no values in one of the groups")
    pooled = np.concatenate([sample1, sample0])
    if (pooled == pooled[0]).all():
        return replace(result, reason="constant: all values are equal")
    # scipy.stats takes longer to import than the rest of this package, and few commands compare ranks.
    from scipy.stats import mannwhitneyu  # noqa: PLC0415

    p = float(mannwhitneyu(sample1, sample0, method="asymptotic", use_continuity=True).pvalue)
    if m * n > _MOST_PAIRS:
        return replace(result, p_value=p, note="too many patients for the Hodges-Lehmann shift")
    differences = np.sort(np.subtract.outer(sample1, sample0).ravel())
    width = float(ndtri(0.5 + level / 2)) * float(np.sqrt(m * n * (m + n + 1) / 12))
    place = int(np.floor(m * n / 2 - width))
    few = place < 1
    return replace(
        result,
        p_value=p,
        shift=float(np.median(differences)),
        ci_lower=None if few else float(differences[place - 1]),
        ci_upper=None if few else float(differences[m * n - place]),
        note="too few patients for an interval at this level" if few else None,
    )


def kruskal_wallis(samples: list[_Floats]) -> float:
    """P-value of the Kruskal-Wallis test (chi-square approximation, corrected for ties), samples not all equal."""
    from scipy.stats import kruskal  # noqa: PLC0415 - see rank_sum

    return float(kruskal(*samples).pvalue)
