"""The Kaplan-Meier product and standard errors of its logarithm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels_counts
from stratify.stats.inputs import SurvivalInput
from stratify.stats.risk_table import RiskTable

_Floats = NDArray[np.float64]


def product_limit(table: RiskTable) -> tuple[_Floats, _Floats]:
    """The Kaplan-Meier estimate, and the standard error of its logarithm by Greenwood's sum.

    The error is infinite once nobody is left.
    """
    survival, log_error = np.empty(len(table.time)), np.empty(len(table.time))
    kernels_counts.product_limit(table.at_risk, table.events, survival, log_error)
    return survival, log_error


def jackknife_error(data: SurvivalInput, weights: _Floats, table: RiskTable) -> _Floats:
    """Standard error of log survival by the infinitesimal jackknife, each row a patient of its own.

    The derivative of log S(t) by patient i's weight is ``G(t or exit) - G(entry) - [event by t] / (n - d)`` with G the
    Greenwood sum; squares times squared weights are summed over patients by their state at t.
    """
    staying = table.at_risk - table.events
    left = staying > 0
    terms, jump = np.zeros(staying.shape), np.zeros(staying.shape)
    terms[left] = table.events[left] / (table.at_risk[left] * staying[left])
    jump[left] = 1 / staying[left]
    greenwood = np.cumsum(terms)
    squared = weights**2
    exit_at = np.searchsorted(table.time, data.time, side="right") - 1
    m = len(table.time)
    before = np.zeros(len(data.time))
    entered_at = np.zeros(len(data.time), dtype=np.int64)
    if data.entry is not None:
        entered_at = np.searchsorted(table.time, data.entry, side="right")
        before = np.concatenate(([0.0], greenwood))[entered_at]
    done = greenwood[exit_at] - before - np.where(data.event, jump[exit_at], 0.0)
    gone = np.cumsum(np.bincount(exit_at, squared * done**2, m))

    def present(values: _Floats) -> _Floats:
        change = np.bincount(entered_at, values, m + 1) - np.bincount(exit_at, values, m + 1)
        total: _Floats = np.cumsum(change, dtype=np.float64)[:m]
        return total

    staying_on = greenwood**2 * present(squared) - 2 * greenwood * present(squared * before)
    variance: _Floats = np.maximum(gone + staying_on + present(squared * before**2), 0.0)
    return np.sqrt(variance)
