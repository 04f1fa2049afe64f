"""The sums behind every weighted log-rank test: one pass over the times for all weights, groups and strata.

Weights, each within its stratum: Fleming & Harrington (1981) ``S(t-)^rho (1 - S(t-))^gamma`` with the pooled
Kaplan-Meier estimate just before ``t`` (``rho`` alone as R's ``survdiff``); Gehan (1965) the number at risk, Tarone &
Ware (1977) its square root; Peto & Peto (1972) the product of ``1 - d / (n + 1)`` up to and including ``t``. The
covariance is the hypergeometric one; between two weights it has their product where the variance has the square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats import kernels_counts, kernels_order
from stratify.stats.cox_rows import codes_of
from stratify.stats.inputs import SurvivalInput, group_codes, survival_input
from stratify.stats.ordering import by_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Weighting: TypeAlias = Literal["fleming-harrington", "gehan", "tarone-ware", "peto-peto"]

_CELLS = 1 << 18  # whole times in fewer cells of stratum, time and group than this are counted, not sorted
_LARGEST_WHOLE = 1e7  # whole numbers below this are further apart than the tie tolerance times their mean
_KINDS = {
    "fleming-harrington": kernels_counts.FLEMING_HARRINGTON,
    "gehan": kernels_counts.GEHAN,
    "tarone-ware": kernels_counts.TARONE_WARE,
    "peto-peto": kernels_counts.PETO_PETO,
}
_NAMES = {"gehan": "Gehan-Breslow test", "tarone-ware": "Tarone-Ware test", "peto-peto": "Peto-Peto test"}
_NO_CODES = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Weight:
    """How a log-rank test weighs the times."""

    kind: Weighting = "fleming-harrington"
    rho: float = 0.0
    gamma: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Weighting):
            raise ValueError(f"weighting is not known: {self.kind!r}")
        if not (0 <= self.rho < np.inf and 0 <= self.gamma < np.inf):
            raise ValueError(f"rho and gamma must be finite and not negative, got {self.rho} and {self.gamma}")
        if self.kind != "fleming-harrington" and (self.rho or self.gamma):
            raise ValueError(f"{self.kind} weights have no rho or gamma")

    @property
    def test(self) -> str:
        """The test that has this weight."""
        if self.rho or self.gamma:
            return f"Fleming-Harrington test, rho {self.rho:g}, gamma {self.gamma:g}"
        return _NAMES.get(self.kind, "log-rank test")


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """Checked rows of which group and stratum are known; ``missing`` counts those left out."""

    data: SurvivalInput
    code: Ints
    names: tuple[str, ...]
    strata: Ints | None
    missing: int

    @property
    def suffix(self) -> str:
        """What the name of a method says of strata."""
        return "" if self.strata is None else f", {int(self.strata.max(initial=-1)) + 1} strata"


def compared(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    levels: Sequence[str] | None,
    strata: ArrayLike | None,
    entry: ArrayLike | None,
) -> Compared:
    """Check the arguments of a log-rank test and leave out rows whose group or stratum is missing.

    Raises
    ------
    ValueError
        Shapes or codes that do not fit, and what survival data may not hold.
    """
    data = survival_input(time, event, entry)
    n = len(data.time)
    code = group_codes(group, np.iinfo(np.int64).max if levels is None else len(levels))
    if len(code) != n:
        raise ValueError(f"group has {len(code)} entries, time has {n}")
    names = tuple(map(str, range(int(code.max(initial=-1)) + 1) if levels is None else levels))
    stratum = codes_of(strata, "strata", n)
    if code.min(initial=0) >= 0 and (stratum is None or stratum.min(initial=0) >= 0):
        return Compared(data, code, names, stratum, 0)
    complete = code >= 0 if stratum is None else (code >= 0) & (stratum >= 0)
    kept = SurvivalInput(
        data.time[complete], data.event[complete], None if data.entry is None else data.entry[complete], None
    )
    code = code[complete]
    stratum = None if stratum is None else codes_of(stratum[complete], "strata", len(code))
    return Compared(kept, code, names, stratum, n - len(code))


@dataclass(frozen=True, eq=False, slots=True)
class LogRankSums:
    """Patients and events by group (k); observed and expected by test and group, their covariance (t, t, k, k)."""

    n: Ints
    events: Ints
    observed: Floats
    expected: Floats
    covariance: Floats

    @property
    def score(self) -> Floats:
        """Observed less expected, by test and group."""
        return self.observed - self.expected


def logrank_sums(rows: Compared, weights: Sequence[Weight]) -> LogRankSums:
    """The sums of several weighted log-rank tests of the same rows."""
    k, tests = len(rows.names), len(weights)
    sums = LogRankSums(
        n=np.zeros(k, np.int64),
        events=np.zeros(k, np.int64),
        observed=np.zeros((tests, k)),
        expected=np.zeros((tests, k)),
        covariance=np.zeros((tests, tests, k, k)),
    )
    kernels_counts.count_groups(rows.code, rows.data.event, sums.n, sums.events)
    if not sums.events.any():
        return sums
    kinds = np.array([_KINDS[weight.kind] for weight in weights])
    rho, gamma = np.array([w.rho for w in weights], float), np.array([w.gamma for w in weights], float)
    into = kinds, rho, gamma, sums.observed, sums.expected, sums.covariance
    span = _span(rows)
    if span is None:
        _by_order(rows, into)
    else:
        _by_counting(rows, *span, into)
    np.add(sums.covariance, np.swapaxes(np.tril(sums.covariance, -1), 2, 3), out=sums.covariance)
    return sums


_Into: TypeAlias = tuple[Ints, Floats, Floats, Floats, Floats, Floats]


def _span(rows: Compared) -> tuple[float, int] | None:
    """The least time and how many there are up to the last, where all are whole and few."""
    data = rows.data
    low, high, whole = kernels_order.range_of(data.time, _LARGEST_WHOLE)
    if data.entry is not None:
        first, _, whole_entry = kernels_order.range_of(data.entry, _LARGEST_WHOLE)
        low, whole = min(low, first), whole and whole_entry
    span = high - low + 1
    strata = 1 if rows.strata is None else int(rows.strata.max()) + 1
    return (low, int(span)) if whole and span * strata * len(rows.names) <= _CELLS else None


def _by_counting(rows: Compared, low: float, span: int, into: _Into) -> None:
    data, codes = rows.data, _NO_CODES if rows.strata is None else rows.strata
    cells = span * (1 if rows.strata is None else int(rows.strata.max()) + 1)
    leaving, died = np.zeros((2, cells, len(rows.names)), np.int64)
    kernels_counts.count_cells(data.time, low, span, codes, rows.code, data.event, leaving, died)
    entering = np.zeros((0 if data.entry is None else cells, len(rows.names)), np.int64)
    if data.entry is not None:
        kernels_counts.count_cells(
            data.entry, low, span, codes, rows.code, data.event, entering, np.zeros_like(entering)
        )
    kernels_counts.logrank_cells(leaving, died, entering, span, *into)


def _by_order(rows: Compared, into: _Into) -> None:
    data, strata = rows.data, rows.strata
    sorted_rows = by_time(data.time, strata, joined=data.entry is not None)
    entry, entering = np.empty(0), _NO_CODES
    if data.entry is not None:
        entry, entering = data.entry, by_time(data.entry, strata, joined=True).order
    kernels_counts.logrank_rows(
        sorted_rows.order, sorted_rows.key, len(sorted_rows.distinct), sorted_rows.distinct, data.event, rows.code,
        entry, entering, _NO_CODES if strata is None else strata, np.empty(len(rows.code), np.int64), *into,
    )  # fmt: skip
