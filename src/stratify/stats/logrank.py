"""Weighted log-rank tests: two and more groups, strata, delayed entry, one score-and-variance sum for all weights.

Mantel (1966), Peto & Peto (1972); Fleming & Harrington (1981) weights ``S(t-)^rho (1 - S(t-))^gamma`` with the pooled
Kaplan-Meier estimate just before ``t``, within each stratum (``rho`` alone as R's ``survdiff``); Gehan (1965) weights
by the number at risk, Tarone & Ware (1977) by its square root. The variance is the hypergeometric one. Trend across
ordered groups: Tarone (1975) Biometrika 62:679.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stratify.stats.cox_rows import codes_of
from stratify.stats.inputs import SurvivalInput, group_codes, survival_input
from stratify.stats.kernels_order import suffix_sums
from stratify.stats.risk_sets import Flags, Floats, Ints, RiskSets, risk_sets

Weighting: TypeAlias = Literal["fleming-harrington", "gehan", "tarone-ware"]


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
        ``"gehan"`` and ``"tarone-ware"`` know no ``rho`` and ``gamma``.

    Raises
    ------
    ValueError
        Shapes or codes that do not fit, negative ``rho`` or ``gamma``, and what survival data may not hold.
    """
    weight = _Weight(weighting, rho, gamma)
    data = survival_input(time, event, entry)
    n = len(data.time)
    code = group_codes(group, np.iinfo(np.int64).max if levels is None else len(levels))
    if len(code) != n:
        raise ValueError(f"group has {len(code)} entries, time has {n}")
    names = list(map(str, range(int(code.max(initial=-1)) + 1))) if levels is None else list(levels)
    stratum = codes_of(strata, "strata", n)
    complete = code >= 0 if stratum is None else (code >= 0) & (stratum >= 0)
    method = _method(weight, stratum)
    data, code = _rows(data, complete), code[complete]
    stratum = None if stratum is None else codes_of(stratum[complete], "strata", len(code))
    sums = _sums(data, code, len(names), stratum, weight)
    return _tested(names, sums, missing=n - len(code), method=method)


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


@dataclass(frozen=True, slots=True)
class _Weight:
    kind: Weighting
    rho: float
    gamma: float

    def __post_init__(self) -> None:
        if self.kind not in {"fleming-harrington", "gehan", "tarone-ware"}:
            raise ValueError(f"weighting is not known: {self.kind!r}")
        if not (self.rho >= 0 and self.gamma >= 0):
            raise ValueError(f"rho and gamma must not be negative, got {self.rho} and {self.gamma}")
        if self.kind != "fleming-harrington" and (self.rho or self.gamma):
            raise ValueError(f"{self.kind} weights have no rho or gamma")

    def at(self, sets: RiskSets) -> Floats:
        """The weight of each risk group."""
        if self.kind == "gehan":
            return sets.at_risk.astype(np.float64)
        if self.kind == "tarone-ware":
            return np.sqrt(sets.at_risk)
        if not (self.rho or self.gamma):
            return np.ones(len(sets.deaths))
        before = _survival_before(sets)
        return np.asarray(before**self.rho * (1 - before) ** self.gamma)


@dataclass(frozen=True, eq=False, slots=True)
class _Sums:
    n: Ints
    events: Ints
    observed: Floats
    expected: Floats
    variance: Floats


def _survival_before(sets: RiskSets) -> Floats:
    """Pooled Kaplan-Meier estimate just before each group's time, within strata."""
    factor = 1 - sets.deaths / np.maximum(sets.at_risk, 1)
    parts = np.split(factor, np.flatnonzero(sets.last) + 1)
    return np.concatenate([np.cumprod(np.append(1.0, part[:-1])) for part in parts if len(part)])


def _sums(data: SurvivalInput, code: Ints, k: int, stratum: Ints | None, weight: _Weight) -> _Sums:
    n, events = np.bincount(code, minlength=k), np.bincount(code[data.event], minlength=k)
    if not events.any():
        return _Sums(n, events, np.zeros(k), np.zeros(k), np.zeros((k, k)))
    sets = risk_sets(data, stratum)
    code = code if sets.order is None else code[sets.order]
    deaths = _by_group(sets.group[sets.event], code[sets.event], len(sets.deaths), k)
    leaving = _by_group(sets.group, code, len(sets.deaths), k)
    late = sets.left >= 0
    if late.any():
        leaving = leaving - _by_group(sets.left[late], code[late], len(sets.deaths), k)
    held = sets.deaths > 0
    d, at_risk, w = sets.deaths[held], sets.at_risk[held], weight.at(sets)[held]
    share = np.column_stack([suffix_sums(column, sets.last)[held] for column in leaving.T]) / at_risk[:, None]
    # d (n - d) / (n - 1) per time; with one patient at risk the death is certain and tells nothing.
    spread = w * w * d * (at_risk - d) / np.maximum(at_risk - 1, 1)
    variance = np.diag(spread @ share) - share.T @ (share * spread[:, None])
    return _Sums(n, events, w @ deaths[held], (w * d) @ share, variance)


def _by_group(position: Ints, code: Ints, groups: int, k: int) -> Ints:
    return np.bincount(position * k + code, minlength=groups * k).reshape(groups, k)


def _tested(names: Sequence[str], sums: _Sums, *, missing: int, method: str) -> LogRankTest:
    score = sums.observed - sums.expected
    used = np.flatnonzero(sums.expected > 0)
    reason = _not_estimable(names, sums, used)
    chi_square, df = (None, 0) if reason else _chi_square(score[used], sums.variance[np.ix_(used, used)])
    z = None
    if len(names) == 2 and chi_square is not None:
        z = float(score[1] / np.sqrt(sums.variance[1, 1]))
    groups = (
        LogRankGroup(name, int(n), int(events), float(observed), float(expected))
        for name, n, events, observed, expected in zip(
            names, sums.n, sums.events, sums.observed, sums.expected, strict=True
        )
    )
    return LogRankTest(
        groups=tuple(groups),
        score=score,
        variance=sums.variance,
        chi_square=chi_square,
        df=df,
        p_value=None if chi_square is None else float(special.chdtrc(df, chi_square)),
        z=z,
        n=int(sums.n.sum()),
        events=int(sums.events.sum()),
        missing=missing,
        method=method,
        not_estimable=reason,
        note=_note(names, sums),
    )


def _not_estimable(names: Sequence[str], sums: _Sums, used: Ints) -> str | None:
    if not sums.n.any():
        return "no patients"
    if not sums.events.any():
        return "no events"
    present = [name for name, n in zip(names, sums.n, strict=True) if n]
    if len(present) == 1:
        return f'only one group has patients: "{present[0]}"'
    # The trace is a weighted count of times at which more than one group could have had the event.
    if len(used) < 2 or np.trace(sums.variance) <= 1e-12 * sums.expected.sum():
        return "at no event were patients of two groups at risk with an outcome in doubt"
    return None


def _chi_square(score: Floats, variance: Floats) -> tuple[float, int]:
    """Quadratic form in all groups but the first; its rank where groups were never at risk together."""
    inner = variance[1:, 1:]
    scale = np.sqrt(np.maximum(np.diag(inner), np.finfo(np.float64).tiny))
    inverse = np.linalg.pinv(inner / np.outer(scale, scale), rcond=1e-10, hermitian=True)
    df = int(np.linalg.matrix_rank(inverse, tol=1e-10 * float(np.abs(inverse).max()), hermitian=True))
    scaled = score[1:] / scale
    return float(scaled @ inverse @ scaled), df


def _note(names: Sequence[str], sums: _Sums) -> str:
    without = [name for name, n in zip(names, sums.n, strict=True) if not n]
    quiet = [name for name, n, d in zip(names, sums.n, sums.events, strict=True) if n and not d]
    notes = []
    if without:
        notes.append(f"no patients in {', '.join(without)}")
    if quiet:
        notes.append(f"no events in {', '.join(quiet)}")
    return "; ".join(notes)


def _method(weight: _Weight, stratum: Ints | None) -> str:
    name = {"gehan": "Gehan-Breslow test", "tarone-ware": "Tarone-Ware test"}.get(weight.kind, "log-rank test")
    if weight.rho or weight.gamma:
        name = f"Fleming-Harrington test, rho {weight.rho:g}, gamma {weight.gamma:g}"
    return name if stratum is None else f"{name}, {len(np.unique(stratum[stratum >= 0]))} strata"


def _rows(data: SurvivalInput, complete: Flags) -> SurvivalInput:
    entry = None if data.entry is None else data.entry[complete]
    return SurvivalInput(data.time[complete], data.event[complete], entry, None)
