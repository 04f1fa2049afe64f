"""Cumulative hazard by Nelson-Aalen, and the survival curve that follows from it (Fleming-Harrington)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from stratify.stats.inputs import checked_level, survival_input
from stratify.stats.landmarks import checked_times
from stratify.stats.risk_table import RiskTable, risk_table
from stratify.stats.ties import tie_width

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeHazard:
    """A cumulative hazard and the survival ``exp(-hazard)`` that follows (Fleming-Harrington), from each time on.

    Arrays have one element for each distinct observed time, ascending. Limits are symmetric for the logarithm of the
    hazard, hence for survival on the log-log scale; NaN before the first event, where the logarithm does not exist.
    """

    time: _Floats
    cumulative_hazard: _Floats
    standard_error: _Floats
    ci_lower: _Floats
    ci_upper: _Floats
    survival: _Floats
    survival_ci_lower: _Floats
    survival_ci_upper: _Floats
    level: float
    method: str
    n: int
    events: float
    reason: str | None = None
    note: str | None = None

    def at(self, times: ArrayLike) -> tuple[_Floats, _Floats, _Floats]:
        """Cumulative hazard, standard error and survival at given times: 0, 0 and 1 before the first one."""
        place = np.searchsorted(self.time, checked_times(times) + tie_width(self.time), side="right")
        curves = ((self.cumulative_hazard, 0.0), (self.standard_error, 0.0), (self.survival, 1.0))
        hazard, error, survival = (np.concatenate(([start], values))[place] for values, start in curves)
        return hazard, error, survival


def nelson_aalen(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ties: Literal["nelson-aalen", "efron"] = "nelson-aalen",
    level: float = 0.95,
) -> CumulativeHazard:
    """Estimate the cumulative hazard (Nelson 1969, Aalen 1978).

    Parameters
    ----------
    time, event, entry, weights
        As in ``kaplan_meier``.
    ties : {"nelson-aalen", "efron"}
        d tied events among n at risk add d/n, or, as if they had come one after the other,
        ``1/n + 1/(n-1) + ... + 1/(n-d+1)`` (Fleming & Harrington 1984; R's ``ctype = 2``).
    level : float
        Confidence level of the pointwise limits.

    Returns
    -------
    CumulativeHazard
    """
    if ties not in {"nelson-aalen", "efron"}:
        raise ValueError(f"ties must be 'nelson-aalen' or 'efron', not {ties!r}")
    data = survival_input(time, event, entry, weights)
    table = risk_table(data)
    if ties == "efron":
        step, variance = _one_after_the_other(table)
    else:
        step = table.events / table.at_risk
        variance = table.events / table.at_risk**2
    hazard, error = np.cumsum(step), np.sqrt(np.cumsum(variance))
    lower, upper = hazard_limits(hazard, error, checked_level(level))
    events, n = float(table.events.sum()), len(data.time)
    return CumulativeHazard(
        time=table.time, cumulative_hazard=hazard, standard_error=error, ci_lower=lower, ci_upper=upper,
        survival=np.exp(-hazard), survival_ci_lower=np.exp(-upper), survival_ci_upper=np.exp(-lower), level=level,
        method=f"Nelson-Aalen, {ties} ties, log interval", n=n, events=events,
        reason=None if n else "no patients", note="no events" if n and not events else None,
    )  # fmt: skip


def hazard_limits(hazard: _Floats, error: _Floats, level: float) -> tuple[_Floats, _Floats]:
    """Limits of a cumulative hazard, symmetric for its logarithm; NaN before the first event, where it has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.exp(float(ndtri(0.5 + level / 2)) * error / hazard)
        return hazard / stretch, hazard * stretch


def _one_after_the_other(table: RiskTable) -> tuple[_Floats, _Floats]:
    """Increments of hazard and variance when the d tied events leave one by one."""
    count = table.event_rows
    group = np.repeat(np.arange(len(count)), count)
    earlier = np.arange(len(group)) - np.repeat(np.cumsum(count) - count, count)
    share = (table.events / np.maximum(count, 1))[group]
    remaining = table.at_risk[group] - earlier * share
    m = len(count)
    return _sums(group, share / remaining, m), _sums(group, share / remaining**2, m)


def _sums(group: NDArray[np.int64], values: _Floats, m: int) -> _Floats:
    return np.bincount(group, values, m).astype(np.float64)
