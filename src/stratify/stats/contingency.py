"""Association in two-way tables: Fisher's exact test with the conditional odds ratio, Freeman-Halton, chi-square.

Conventions are those of R's ``fisher.test`` and ``chisq.test``: two-sided p by minimum likelihood (tables no more
probable than the observed one, within a relative 1e-7), odds ratio by conditional maximum likelihood, exact interval by
two one-sided tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln, ndtri

from stratify.stats.freeman_halton import freeman_halton
from stratify.stats.inputs import checked_level

# Tables as probable as the observed one must count although their probabilities differ in the last digits.
_AS_PROBABLE = 1 + 1e-7
_FISHER = "Fisher's exact test, conditional maximum-likelihood odds ratio, exact interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class FisherResult:
    """Fisher's exact test of a 2x2 table ``[[a, b], [c, d]]``; the odds ratio is that of ``a d / (b c)``.

    ``odds_ratio`` is the conditional maximum-likelihood estimate: 0 or infinite at the edge of what the margins
    allow, the interval then reaching 0 or infinity. ``p_value`` is two-sided, ``p_greater`` and ``p_less`` are
    one-sided (odds ratio above, below 1). The mid-p values count half the probability of the observed table: ``p_mid``
    is twice the smaller one-sided mid-p, ``mid_ci_lower`` to ``mid_ci_upper`` the interval that goes with it (as
    ``exact2x2(midp = TRUE)`` in R).
    """

    odds_ratio: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    level: float
    p_value: float | None = None
    p_greater: float | None = None
    p_less: float | None = None
    p_mid: float | None = None
    mid_ci_lower: float | None = None
    mid_ci_upper: float | None = None
    method: str = _FISHER
    n: int
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTest:
    """A test of independence of an r x c table; ``chi_square`` and ``df`` only where the method is a chi-square."""

    p_value: float | None = None
    chi_square: float | None = None
    df: int | None = None
    method: str
    n: int
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDifference:
    """Difference of two proportions, group 1 minus group 0, with Newcombe's interval."""

    risk_difference: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    level: float
    method: str = "difference of proportions, Newcombe hybrid score interval (method 10)"
    n: int
    reason: str | None = None


def fisher_exact(table: ArrayLike, level: float = 0.95) -> FisherResult:
    """Fisher's exact test of a 2x2 table.

    Parameters
    ----------
    table : array_like of shape (2, 2)
        Counts, whole and not negative.
    level : float
        Confidence level of the interval for the odds ratio.

    Returns
    -------
    FisherResult
        With ``reason`` and no numbers where a row or column is empty: such a table says nothing about the odds ratio.
    """
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"a 2x2 table is needed, not one of shape {counts.shape}; see independence_test for r x c")
    result = FisherResult(level=checked_level(level), n=int(counts.sum()))
    empty = _empty_margins(counts)
    if empty:
        return replace(result, reason=empty)
    x, support, log_density = _hypergeometric(counts)
    p = np.exp(log_density)
    observed = float(p[x - support[0]])
    below, above = float(p[support < x].sum()), float(p[support > x].sum())
    lower, upper = _exact_interval(x, support, log_density, (1 - level) / 2, share=1.0)
    mid_lower, mid_upper = _exact_interval(x, support, log_density, (1 - level) / 2, share=0.5)
    return replace(
        result,
        odds_ratio=_conditional_odds_ratio(x, support, log_density),
        ci_lower=lower,
        ci_upper=upper,
        p_value=min(1.0, float(p[p <= observed * _AS_PROBABLE].sum())),
        p_greater=min(1.0, above + observed),
        p_less=min(1.0, below + observed),
        p_mid=min(1.0, 2 * min(below, above) + observed),
        mid_ci_lower=mid_lower,
        mid_ci_upper=mid_upper,
        note="a zero cell: the interval is one-sided" if x in {support[0], support[-1]} else None,
    )


def independence_test(table: ArrayLike) -> TableTest:
    """Test independence in an r x c table: exactly (Freeman & Halton 1951) where feasible, else by chi-square.

    Rows and columns without counts are left out, and noted.

    Parameters
    ----------
    table : array_like of shape (r, c)
        Counts, whole and not negative.

    Returns
    -------
    TableTest
        ``method`` names the test that was done.
    """
    counts = _counts(table)
    kept = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
    n = int(counts.sum())
    method = "Fisher-Freeman-Halton exact test"
    if min(kept.shape) < 2:
        return TableTest(method=method, n=n, reason="fewer than two rows or columns have counts")
    dropped = None if kept.shape == counts.shape else "empty rows or columns left out"
    p = freeman_halton(kept)
    if p is not None:
        return TableTest(p_value=p, method=method, n=n, note=dropped)
    large = "too many tables to enumerate: chi-square instead of the exact test"
    return replace(chi_square_test(kept), note="; ".join(filter(None, (dropped, large))))


def chi_square_test(table: ArrayLike, *, yates: bool = False) -> TableTest:
    """Pearson's chi-square test of independence; ``yates`` corrects for continuity (2x2 tables only).

    The correction is the smaller of 0.5 and the common distance of the cells from expectation, as in R.
    """
    counts = _counts(table)
    n = int(counts.sum())
    method = "Pearson chi-square test" + (" with Yates' correction" if yates else "")
    if yates and counts.shape != (2, 2):
        raise ValueError(f"Yates' correction is for 2x2 tables, not one of shape {counts.shape}")
    if min(counts.shape) < 2 or (counts.sum(0) == 0).any() or (counts.sum(1) == 0).any():
        return TableTest(method=method, n=n, reason="a row or column has no counts")
    expected = np.outer(counts.sum(1), counts.sum(0)) / n
    distance = np.abs(counts - expected)
    if yates:
        distance -= min(0.5, float(distance.min()))
    statistic = float((distance**2 / expected).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    few = "an expected count is below 5: the chi-square approximation is doubtful" if expected.min() < 5 else None
    return TableTest(p_value=float(chdtrc(df, statistic)), chi_square=statistic, df=df, method=method, n=n, note=few)


def risk_difference(events1: int, n1: int, events0: int, n0: int, level: float = 0.95) -> RiskDifference:
    """Difference of two independent proportions with the interval of Newcombe (1998), method 10.

    Wilson's limits of the two proportions are combined by squares; no continuity correction.
    """
    for events, n in ((events1, n1), (events0, n0)):
        if not 0 <= events <= n:
            raise ValueError("events must lie between 0 and the number of patients")
    result = RiskDifference(level=checked_level(level), n=n1 + n0)
    if n1 == 0 or n0 == 0:
        nobody = " and ".join(f"group {i}" for i, n in ((1, n1), (0, n0)) if n == 0)
        return replace(result, reason=f"no patients in {nobody}")
    p1, p0 = events1 / n1, events0 / n0
    (lower1, upper1), (lower0, upper0) = _wilson(events1, n1, level), _wilson(events0, n0, level)
    difference = p1 - p0
    return replace(
        result,
        risk_difference=difference,
        ci_lower=max(-1.0, difference - float(np.hypot(p1 - lower1, upper0 - p0))),
        ci_upper=min(1.0, difference + float(np.hypot(upper1 - p1, p0 - lower0))),
    )


def _counts(table: ArrayLike) -> NDArray[np.int64]:
    raw = np.asarray(table)
    if raw.ndim != 2:
        raise ValueError(f"a two-dimensional table is needed, not one of shape {raw.shape}")
    if raw.dtype.kind not in "iufb" or not np.isfinite(raw).all() or (raw < 0).any() or (raw != np.floor(raw)).any():
        raise ValueError("a table must hold whole counts of at least 0")
    return raw.astype(np.int64)


def _empty_margins(counts: NDArray[np.int64]) -> str | None:
    empty = [f"row {i + 1}" for i in np.flatnonzero(counts.sum(1) == 0)]
    empty += [f"column {i + 1}" for i in np.flatnonzero(counts.sum(0) == 0)]
    return f"no counts in {' and '.join(empty)}" if empty else None


def _hypergeometric(counts: NDArray[np.int64]) -> tuple[int, NDArray[np.int64], NDArray[np.float64]]:
    """Observed corner, its possible values given the margins, and their log probabilities at odds ratio 1."""
    row, other, column = int(counts[0].sum()), int(counts[1].sum()), int(counts[:, 0].sum())
    support = np.arange(max(0, column - other), min(row, column) + 1)
    cells = (support, row - support, column - support, other - column + support)
    log_density = -sum((gammaln(cell + 1.0) for cell in cells), np.zeros(len(support)))
    log_density -= log_density.max()
    return int(counts[0, 0]), support, log_density - np.log(np.exp(log_density).sum())


def _tilted(log_odds: float, support: NDArray[np.int64], log_density: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of the corner at another odds ratio (Fisher's noncentral hypergeometric distribution)."""
    weight = log_density + log_odds * support
    density = np.exp(weight - weight.max())
    p: NDArray[np.float64] = density / density.sum()
    return p


def _conditional_odds_ratio(x: int, support: NDArray[np.int64], log_density: NDArray[np.float64]) -> float:
    """The odds ratio under which the observed corner is the expected one."""
    if x == support[0]:
        return 0.0
    if x == support[-1]:
        return float("inf")
    return _solve_log_odds(lambda b: float(_tilted(b, support, log_density) @ support) - x)


def _exact_interval(
    x: int, support: NDArray[np.int64], log_density: NDArray[np.float64], tail: float, share: float
) -> tuple[float, float]:
    """Odds ratios at which a one-sided test reaches ``tail``; ``share`` of the observed table's probability counts."""
    lower, upper = 0.0, float("inf")
    from_x = (support > x) + share * (support == x)
    to_x = (support < x) + share * (support == x)
    if x > support[0]:
        lower = _solve_log_odds(lambda b: float(_tilted(b, support, log_density) @ from_x) - tail)
    if x < support[-1]:
        upper = _solve_log_odds(lambda b: tail - float(_tilted(b, support, log_density) @ to_x))
    return lower, upper


def _solve_log_odds(increasing: Callable[[float], float]) -> float:
    """The odds ratio at which an increasing function of its logarithm is 0."""
    reach = 2.0
    while increasing(-reach) > 0 or increasing(reach) < 0:
        reach *= 2
    return float(np.exp(brentq(increasing, -reach, reach, xtol=1e-13, rtol=1e-14)))


def _wilson(events: int, n: int, level: float) -> tuple[float, float]:
    z = float(ndtri(0.5 + level / 2))
    p = events / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)))
    return max(0.0, centre - half), min(1.0, centre + half)
