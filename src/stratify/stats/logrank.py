"""Weighted log-rank tests: two and more groups, strata, delayed entry.

Mantel (1966), Peto & Peto (1972); the weights and their sources are in ``logrank_sums``. Trend across ordered groups:
Tarone (1975) Biometrika 62:679.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from stratify.stats.logrank_sums import Compared, LogRankSums, Weight, Weighting, compared, logrank_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LogRankGroup:
    """One group: patients, events, and the weighted sums of observed and expected events."""

    level: str
    n: int
    events: int
    observed: float
    expected: float


@dataclass(frozen=True, eq=False, slots=True)
class LogRankTest:
    """A log-rank test, or the reason why there is none.

    Attributes
    ----------
    groups
        In the order of their codes.
    score, variance
        Observed less expected, shape (k,), and its covariance, shape (k, k).
    z
        For two groups: the second group's score over its standard error, positive where it has more events than
        expected. ``None`` for more groups.
    n, events, missing
        Patients and events compared; rows left out because group or stratum is missing.
    not_estimable, note
        Why there is no test, else ``None``; what to be careful of, else empty.
    """

    groups: tuple[LogRankGroup, ...]
    score: Floats
    variance: Floats
    chi_square: float | None
    df: int
    p_value: float | None
    z: float | None
    n: int
    events: int
    missing: int
    method: str
    not_estimable: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrendTest:
    """A log-rank test for trend over ordered groups: one degree of freedom, ``z`` positive where risk rises."""

    score: float
    variance: float
    z: float | None
    chi_square: float | None
    p_value: float | None
    n: int
    events: int
    method: str
    not_estimable: str | None = None


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    levels: Sequence[str] | None = None,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
    weighting: Weighting = "fleming-harrington",
) -> LogRankTest:
    """Compare the hazards of groups.

    Parameters
    ----------
    time, event, entry
        As for :func:`stratify.stats.cox.cox`, shape (n,).
    group, strata
        Whole-number codes from 0, -1 for missing (the row is left out and counted).
    levels
        Names of the group codes; the codes themselves where not given. A level without patients is listed and takes
        no degree of freedom.
    rho, gamma
        Exponents of the Fleming-Harrington weights; 0, 0 is the log-rank test.
    weighting
        ``"gehan"``, ``"tarone-ware"`` and ``"peto-peto"`` know no ``rho`` and ``gamma``. R's ``survdiff(rho = 1)`` is
        Fleming-Harrington with ``rho`` 1, not Peto and Peto's own estimate of survival.

    Raises
    ------
    ValueError
        Shapes or codes that do not fit, negative ``rho`` or ``gamma``, and what survival data may not hold.
    """
    weight = Weight(weighting, rho, gamma)
    rows = compared(time, event, group, levels, strata, entry)
    return _tested(rows, logrank_sums(rows, [weight]), weight)


def logrank_trend(test: LogRankTest, scores: ArrayLike) -> TrendTest:
    """Test for trend: the groups' score weighted by ``scores`` (k,), from a log-rank test already made.

    Raises
    ------
    ValueError
        Not one finite score for each group.
    """
    weights = np.asarray(scores, dtype=np.float64)
    if weights.shape != (len(test.groups),) or not np.all(np.isfinite(weights)):
        raise ValueError(f"scores must be {len(test.groups)} finite numbers, one per group")
    score, variance = float(weights @ test.score), float(weights @ test.variance @ weights)
    method = f"{test.method}, test for trend"
    reason = test.not_estimable
    if reason is None and variance <= 1e-12 * float(np.abs(weights) @ np.abs(test.variance) @ np.abs(weights)):
        reason = "the groups with patients at risk all have the same score"
    if reason is not None:
        return TrendTest(score, variance, None, None, None, test.n, test.events, method, reason)
    z = score / float(np.sqrt(variance))
    return TrendTest(score, variance, z, z * z, float(special.chdtrc(1, z * z)), test.n, test.events, method)


def _tested(rows: Compared, sums: LogRankSums, weight: Weight) -> LogRankTest:
    names, observed, expected = rows.names, sums.observed[0], sums.expected[0]
    score, variance = sums.score[0], sums.covariance[0, 0]
    used = np.flatnonzero(expected > 0)
    reason = not_estimable(rows, sums)
    chi_square, df = (None, 0) if reason else quadratic_form(score[used], variance[np.ix_(used, used)])
    z = None
    if len(names) == 2 and chi_square is not None:
        z = float(score[1] / np.sqrt(variance[1, 1]))
    groups = (
        LogRankGroup(name, int(n), int(events), float(seen), float(due))
        for name, n, events, seen, due in zip(names, sums.n, sums.events, observed, expected, strict=True)
    )
    return LogRankTest(
        groups=tuple(groups),
        score=score,
        variance=variance,
        chi_square=chi_square,
        df=df,
        p_value=None if chi_square is None else float(special.chdtrc(df, chi_square)),
        z=z,
        n=int(sums.n.sum()),
        events=int(sums.events.sum()),
        missing=rows.missing,
        method=weight.test + rows.suffix,
        not_estimable=reason,
        note=groups_note(rows, sums),
    )


def not_estimable(rows: Compared, sums: LogRankSums, test: int = 0) -> str | None:
    """Why one of the tests has no answer, else ``None``."""
    if not sums.n.any():
        return "no patients"
    if not sums.events.any():
        return "no events"
    present = [name for name, n in zip(rows.names, sums.n, strict=True) if n]
    if len(present) == 1:
        return f'only one group has patients: "{present[0]}"'
    # The trace is a weighted count of times at which more than one group could have had the event.
    variance, expected = sums.covariance[test, test], sums.expected[test]
    if np.count_nonzero(expected > 0) < 2 or np.trace(variance) <= 1e-12 * expected.sum():
        return "at no event were patients of two groups at risk with an outcome in doubt"
    return None


def quadratic_form(score: Floats, variance: Floats) -> tuple[float, int]:
    """Quadratic form in all groups but the first; its rank where groups were never at risk together."""
    inner = variance[1:, 1:]
    scale = np.sqrt(np.maximum(np.diag(inner), np.finfo(np.float64).tiny))
    inverse = np.linalg.pinv(inner / np.outer(scale, scale), rcond=1e-10, hermitian=True)
    df = int(np.linalg.matrix_rank(inverse, tol=1e-10 * float(np.abs(inverse).max()), hermitian=True))
    scaled = score[1:] / scale
    return float(scaled @ inverse @ scaled), df


def groups_note(rows: Compared, sums: LogRankSums) -> str:
    """Which groups have no patients or no events; empty where all have both."""
    without = [name for name, n in zip(rows.names, sums.n, strict=True) if not n]
    quiet = [name for name, n, d in zip(rows.names, sums.n, sums.events, strict=True) if n and not d]
    notes = []
    if without:
        notes.append(f"no patients in {', '.join(without)}")
    if quiet:
        notes.append(f"no events in {', '.join(quiet)}")
    return "; ".join(notes)
