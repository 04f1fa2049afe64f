"""Gray's test: do groups differ in the cumulative incidence of one cause, other causes competing.

Gray (1988) Ann Stat 16:1141, as R's ``cmprsk::cuminc`` computes it, variance and its corrections for ties included. In
group i with Y at risk, event-free survival S and cumulative incidence F, those who would be at risk in the
subdistribution are ``R = Y (1 - F) / S`` (just before each time); the score compares the group's events with its share
of R, weighted by ``(1 - F0)^rho`` with the pooled incidence F0. Strata add up scores and variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stratify.stats.competing_risks import CompetingInput, cause_number, competing_input
from stratify.stats.cox_rows import codes_of
from stratify.stats.inputs import group_codes
from stratify.stats.kernels_order import suffix_sums
from stratify.stats.logrank import quadratic_form
from stratify.stats.risk_sets import Floats, Ints, count_by_group, risk_sets


@dataclass(frozen=True, slots=True)
class GrayGroup:
    """One group: patients, events of the cause tested and of the others, weighted observed and expected events."""

    level: str
    n: int
    events: int
    competing_events: int
    observed: float
    expected: float


@dataclass(frozen=True, eq=False, slots=True)
class GrayTest:
    """Gray's test for one cause, or the reason why there is none.

    Attributes
    ----------
    cause
        The cause whose cumulative incidence is compared.
    groups
        In the order of their codes.
    score, variance
        Observed less expected, shape (k,), and its covariance, shape (k, k).
    n, events, competing_events, missing
        Patients compared, their events of the cause and of other causes; rows left out because group or stratum is
        missing.
    not_estimable, note
        Why there is no test, else ``None``; what to be careful of, else empty.
    """

    cause: str
    groups: tuple[GrayGroup, ...]
    score: Floats
    variance: Floats
    chi_square: float | None
    df: int
    p_value: float | None
    n: int
    events: int
    competing_events: int
    missing: int
    method: str
    not_estimable: str | None = None
    note: str = ""


def gray_test(
    time: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    *,
    causes: Sequence[str],
    interest: str,
    levels: Sequence[str] | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> GrayTest:
    """Compare the cumulative incidence of one cause between groups.

    Parameters
    ----------
    time, cause
        As for :func:`stratify.stats.cumulative_incidence.cumulative_incidence`, shape (n,). Gray's test is not made
        for delayed entry or weights.
    group, strata
        Whole-number codes from 0, -1 for missing (the row is left out and counted).
    causes, interest
        Names of the causes 1 to k, and which of them is compared.
    levels
        Names of the group codes; the codes themselves where not given. A level without patients is listed and takes
        no degree of freedom.
    rho
        Power of the weight ``1 - F0``, at least 0: above 0 early differences count more.

    Raises
    ------
    ValueError
        Shapes or codes that do not fit, a negative ``rho``, a cause that was not declared.
    """
    if not (np.isfinite(rho) and rho >= 0):
        raise ValueError(f"rho must be finite and not negative, not {rho}")
    number = cause_number(causes, interest)
    data = competing_input(time, cause, causes)
    n = len(data.cause)
    code = group_codes(group, np.iinfo(np.int64).max if levels is None else len(levels))
    if len(code) != n:
        raise ValueError(f"group has {len(code)} entries, time has {n}")
    names = list(map(str, range(int(code.max(initial=-1)) + 1))) if levels is None else list(levels)
    stratum = codes_of(strata, "strata", n)
    complete = code >= 0 if stratum is None else (code >= 0) & (stratum >= 0)
    stratum = None if stratum is None else codes_of(stratum[complete], "strata", int(complete.sum()))
    sums = _sums(data.take(complete), number, code[complete], len(names), stratum, rho)
    method = "Gray's test" + (f", rho {rho:g}" if rho else "")
    if stratum is not None:
        method += f", {len(np.unique(stratum))} strata"
    return _tested(interest, names, sums, missing=int(np.sum(~complete)), method=method)


@dataclass(frozen=True, eq=False, slots=True)
class _Sums:
    n: Ints
    events: Ints
    competing: Ints
    observed: Floats
    expected: Floats
    variance: Floats
    beyond_one: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Counts:
    """Of one stratum, at each time with an event, by group: events of the cause and of others, at risk; (m, k)."""

    own: Floats
    other: Floats
    at_risk: Floats


def _sums(data: CompetingInput, number: int, code: Ints, k: int, stratum: Ints | None, rho: float) -> _Sums:
    own = data.cause == number
    n, events = np.bincount(code, minlength=k), np.bincount(code[own], minlength=k)
    competing = np.bincount(code[data.data.event & ~own], minlength=k)
    observed, expected, variance, beyond = np.zeros(k), np.zeros(k), np.zeros((k, k)), False
    for counts in _by_stratum(data, own, code, k, stratum) if events.any() else ():
        o, e, v, over = _one_stratum(counts, rho)
        observed, expected, variance, beyond = observed + o, expected + e, variance + v, beyond or over
    return _Sums(n, events, competing, observed, expected, variance, beyond)


def _by_stratum(data: CompetingInput, own: np.ndarray, code: Ints, k: int, stratum: Ints | None) -> list[_Counts]:
    sets = risk_sets(data.data, stratum)
    if sets.order is not None:
        own, code = own[sets.order], code[sets.order]
    groups, other = len(sets.deaths), sets.event & ~own
    dead = [count_by_group(sets.group[rows], code[rows], groups, k) for rows in (own, other)]
    leaving = count_by_group(sets.group, code, groups, k)
    at_risk = np.column_stack([suffix_sums(column, sets.last) for column in leaving.T])
    cuts = np.flatnonzero(sets.last)[:-1] + 1
    parts = zip(*(np.split(counts, cuts) for counts in (*dead, at_risk, sets.deaths)), strict=True)
    return [_Counts(*(part[deaths > 0].astype(np.float64) for part in three)) for *three, deaths in parts]


def _one_stratum(counts: _Counts, rho: float) -> tuple[Floats, Floats, Floats, bool]:
    """Weighted observed and expected events of each group and the covariance of their difference.

    Each event of the cause (any group) and of another cause (its own group) moves the score through the estimates of
    S and F that enter the later shares; the covariance sums the squares of these moves.
    """
    present = counts.at_risk > 0
    y, d1 = counts.at_risk, counts.own.sum(axis=1)
    one_less = np.divide(counts.own + counts.other, y, out=np.zeros_like(y), where=present)
    after = np.cumprod(1 - one_less, axis=0)
    before = np.vstack([np.ones((1, y.shape[1])), after[:-1]])[: len(y)]
    steps = np.divide(before * counts.own, y, out=np.zeros_like(y), where=present)
    own_before = np.cumsum(steps, axis=0) - steps
    share = np.divide(y, before, out=np.zeros_like(y), where=present)  # of the subdistribution's hazard
    total = share.sum(axis=1)
    like_at_risk = share * (1 - own_before)
    hazard = d1 / total
    pooled = np.cumsum(hazard)
    free = 1 - (pooled - hazard)
    with np.errstate(invalid="ignore", divide="ignore"):  # F0 may pass 1 where a group has died out: said in the note
        weight = free**rho if rho else np.ones(len(free))
        relative = np.divide(hazard, free, out=np.zeros(len(free)), where=hazard > 0)
    observed = weight @ counts.own
    expected = (weight * d1 / like_at_risk.sum(axis=1)) @ like_at_risk
    variance = np.zeros((y.shape[1],) * 2)
    for g in range(y.shape[1]):
        move = -share * (weight * share[:, g] / total)[:, None]
        move[:, g] += weight * share[:, g]
        drift = np.cumsum(move * relative[:, None], axis=0)
        ahead = drift[-1:] - drift
        ratio = np.divide(1 - pooled, after[:, g], out=np.zeros(len(y)), where=after[:, g] > 0)
        by_own = move + (1 - ratio)[:, None] * ahead
        by_other = ratio[:, None] * ahead
        variance += (by_own * _own_spread(before[:, g], y[:, g], d1, total)[:, None]).T @ by_own
        variance += (by_other * _other_spread(before[:, g], y[:, g], counts.other[:, g])[:, None]).T @ by_other
    return observed, expected, variance, bool(np.any((free <= 0) & (hazard > 0)))


def _own_spread(before: Floats, at_risk: Floats, events: Floats, total: Floats) -> Floats:
    """Variance of a group's step in F from the pooled events, less what tied events share."""
    tied = np.divide(events - 1, total * before - 1, out=np.zeros(len(events)), where=(events > 1) & (at_risk > 0))
    return np.divide((1 - tied) * before * events, total * at_risk, out=np.zeros(len(events)), where=at_risk > 0)


def _other_spread(before: Floats, at_risk: Floats, events: Floats) -> Floats:
    tied = np.divide(events - 1, at_risk - 1, out=np.zeros(len(events)), where=events > 1)
    return np.divide((1 - tied) * before**2 * events, at_risk**2, out=np.zeros(len(events)), where=at_risk > 0)


def _tested(cause: str, names: Sequence[str], sums: _Sums, *, missing: int, method: str) -> GrayTest:
    score = sums.observed - sums.expected
    used = np.flatnonzero(sums.expected > 0)
    reason = _not_estimable(cause, names, sums, used)
    chi_square, df = (None, 0) if reason else quadratic_form(score[used], sums.variance[np.ix_(used, used)])
    groups = zip(names, sums.n, sums.events, sums.competing, sums.observed, sums.expected, strict=True)
    return GrayTest(
        cause=cause,
        groups=tuple(
            GrayGroup(name, int(n), int(own), int(other), float(observed), float(expected))
            for name, n, own, other, observed, expected in groups
        ),
        score=score,
        variance=sums.variance,
        chi_square=chi_square,
        df=df,
        p_value=None if chi_square is None else float(special.chdtrc(df, chi_square)),
        n=int(sums.n.sum()),
        events=int(sums.events.sum()),
        competing_events=int(sums.competing.sum()),
        missing=missing,
        method=method,
        not_estimable=reason,
        note=_note(cause, names, sums),
    )


def _not_estimable(cause: str, names: Sequence[str], sums: _Sums, used: Ints) -> str | None:
    if not sums.n.any():
        return "no patients"
    if not sums.events.any():
        return f'no events of "{cause}"'
    present = [name for name, n in zip(names, sums.n, strict=True) if n]
    if len(present) == 1:
        return f'only one group has patients: "{present[0]}"'
    if not np.all(np.isfinite(sums.variance)):
        return "the pooled cumulative incidence reaches 1 before the last event: no weight or no variance"
    if len(used) < 2 or np.trace(sums.variance) <= 1e-12 * sums.expected.sum():
        return f'at no event of "{cause}" were patients of two groups at risk with an outcome in doubt'
    return None


def _note(cause: str, names: Sequence[str], sums: _Sums) -> str:
    without = [name for name, n in zip(names, sums.n, strict=True) if not n]
    quiet = [name for name, n, d in zip(names, sums.n, sums.events, strict=True) if n and not d]
    notes = []
    if without:
        notes.append(f"no patients in {', '.join(without)}")
    if quiet:
        notes.append(f'no events of "{cause}" in {", ".join(quiet)}')
    if sums.beyond_one:
        notes.append("the pooled cumulative incidence passes 1 before the last event: the variance is doubtful")
    return "; ".join(notes)
