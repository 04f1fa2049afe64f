"""MaxCombo: the largest of several weighted log-rank statistics of two groups, against their joint distribution.

Lee (2007) Stat Probab Lett 77:1230; Karrison (2016) Stata J 16:678; Lin et al. (2020) Stat Biopharm Res 12:187. Where
hazards are not proportional a single weight may miss the difference; the maximum over early, late and middle weights
does not, at the cost of their correlation. Under no difference the statistics are jointly normal with the correlation
that the tests' covariance gives (the product of two weights where a variance has the square).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from stratify.stats.logrank import groups_note, not_estimable
from stratify.stats.logrank_sums import Compared, LogRankSums, Weight, compared, logrank_sums

Floats = NDArray[np.float64]

WEIGHTS: tuple[tuple[float, float], ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
"""``rho`` and ``gamma`` of the tests that are combined: none, late, early, middle."""
_POINTS = 1 << 14
_SHIFTS = 12
_SEED = 20_070_803  # of the shifts: any will do, and the same gives the same p


@dataclass(frozen=True, slots=True)
class WeightedStatistic:
    """One of the tests that are combined; ``z`` is positive where the second group has more events than expected."""

    rho: float
    gamma: float
    z: float
    p_value: float
    method: str


@dataclass(frozen=True, eq=False, slots=True)
class MaxComboTest:
    """A MaxCombo test, or the reason why there is none.

    Attributes
    ----------
    tests
        In the order of the weights; empty where there is no answer.
    correlation
        Of the statistics, shape (tests, tests).
    statistic
        The largest ``|z|``.
    p_value, p_error
        Two-sided, and about three standard errors of its numerical integration.
    n, events, missing
        Patients and events compared; rows left out because group or stratum is missing.
    not_estimable, note
        Why there is no test, else ``None``; what to be careful of, else empty.
    """

    tests: tuple[WeightedStatistic, ...]
    correlation: Floats
    statistic: float | None
    p_value: float | None
    p_error: float | None
    n: int
    events: int
    missing: int
    method: str
    not_estimable: str | None = None
    note: str = ""


def maxcombo(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    weights: Sequence[tuple[float, float]] = WEIGHTS,
    levels: Sequence[str] | None = None,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
) -> MaxComboTest:
    """Compare the hazards of two groups by the largest of several Fleming-Harrington statistics.

    Parameters
    ----------
    time, event, group, levels, strata, entry
        As for :func:`stratify.stats.logrank.logrank`, with two groups. Weights start anew in each stratum.
    weights
        Pairs of ``rho`` and ``gamma``, all different.

    Raises
    ------
    ValueError
        No weights, weights that repeat or are negative, more than two groups, and what a log-rank test refuses.
    """
    used = [Weight("fleming-harrington", float(rho), float(gamma)) for rho, gamma in weights]
    if not used or len(set(used)) < len(used):
        raise ValueError("weights must be pairs of rho and gamma, at least one, all different")
    rows = compared(time, event, group, levels, strata, entry)
    if len(rows.names) > 2:
        raise ValueError(f"MaxCombo compares two groups, not {len(rows.names)}")
    sums = logrank_sums(rows, used)
    reason = next(filter(None, (_reason(rows, sums, i, weight) for i, weight in enumerate(used))), None)
    if reason is not None:
        return _answer(rows, sums, used, (), np.full((len(used), len(used)), np.nan), reason)
    covariance = sums.covariance[:, :, 1, 1]
    error = np.sqrt(covariance.diagonal())
    z = sums.score[:, 1] / error
    tests = tuple(
        WeightedStatistic(weight.rho, weight.gamma, float(value), float(2 * special.ndtr(-abs(value))), weight.test)
        for weight, value in zip(used, z, strict=True)
    )
    return _answer(rows, sums, used, tests, covariance / np.outer(error, error), None)


def _answer(
    rows: Compared,
    sums: LogRankSums,
    weights: Sequence[Weight],
    tests: tuple[WeightedStatistic, ...],
    correlation: Floats,
    reason: str | None,
) -> MaxComboTest:
    statistic = p_value = p_error = None
    if reason is None:
        statistic = max(abs(test.z) for test in tests)
        p_value, p_error = normal_maximum(statistic, correlation)
    pairs = ", ".join(f"({weight.rho:g}, {weight.gamma:g})" for weight in weights)
    return MaxComboTest(
        tests=tests,
        correlation=correlation,
        statistic=statistic,
        p_value=p_value,
        p_error=p_error,
        n=int(sums.n.sum()),
        events=int(sums.events.sum()),
        missing=rows.missing,
        method=f"MaxCombo test, Fleming-Harrington weights {pairs}{rows.suffix}",
        not_estimable=reason,
        note=groups_note(rows, sums),
    )


def _reason(rows: Compared, sums: LogRankSums, i: int, weight: Weight) -> str | None:
    reason = not_estimable(rows, sums)
    if reason is None and (len(rows.names) < 2 or not_estimable(rows, sums, i)):
        reason = f"{weight.test}: its weight is zero at every event with an outcome in doubt"
    return reason


def normal_maximum(bound: float, correlation: Floats) -> tuple[float, float]:
    """Probability that any of several standard normal variables exceeds ``bound`` in size, and its error.

    The probability of a union is the sum of the events' own, each times the mean of one over how many of them occur
    together, given that it occurs (Owen, Maximov & Chertkov 2019 Electron J Stat 13:231): a share between one and one
    over the number of variables, so that the relative error stays small however small the probability. Means by a
    lattice of points under a few fixed random shifts, whose scatter is the error.

    Parameters
    ----------
    bound
        Not negative.
    correlation
        Positive semidefinite, shape (m, m).
    """
    values, vectors = np.linalg.eigh(correlation)
    kept = values > 1e-10 * values[-1]
    root = vectors[:, kept] * np.sqrt(values[kept])
    alone = 2 * float(special.ndtr(-bound))
    shares = np.array([_union_share(bound, correlation, root, shift) for shift in _shifts(root.shape[1] + 1)])
    error = 3 * float(shares.std(ddof=1)) / math.sqrt(_SHIFTS)
    return min(alone * float(shares.mean()), 1.0), alone * error


def _shifts(dimension: int) -> Floats:
    return np.random.default_rng(_SEED).random((_SHIFTS, dimension))


def _union_share(bound: float, correlation: Floats, root: Floats, shift: Floats) -> float:
    """The probability of the union over that of one of the events."""
    uniform = _lattice(shift)
    free = special.ndtri(uniform[:, 1:]) @ root.T
    # Beyond the bound, by the logarithm: at a bound of 40 the tail itself is no longer a number.
    beyond = -special.ndtri_exp(special.log_ndtr(-bound) + np.log(uniform[:, 0]))
    share = 0.0
    for i in range(len(correlation)):
        given = free + np.outer(beyond - free[:, i], correlation[i])
        together = np.abs(given) >= bound
        together[:, i] = True
        share += float((1 / together.sum(axis=1)).mean())
    return share


def _lattice(shift: Floats) -> Floats:
    """Points spread evenly over the unit cube, by powers of the root of ``x^(d+1) = x + 1`` (Roberts 2018)."""
    d = len(shift)
    root = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / (d + 1))
    step = root ** -np.arange(1.0, d + 1)
    points = (shift + np.outer(np.arange(1.0, _POINTS + 1), step)) % 1.0
    return np.clip(points, 1e-15, 1 - 1e-15)
