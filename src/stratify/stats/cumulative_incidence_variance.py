"""Variances of an Aalen-Johansen cumulative incidence.

Both come as one backward-looking sum over event times or patients, in time linear in their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratify.stats.competing_risks import CompetingInput
from stratify.stats.risk_sets import Floats, Ints
from stratify.stats.risk_table import RiskTable


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceTable:
    """What the estimates are made of, at each distinct exit time.

    ``before`` and ``after`` are the event-free survival just before and from each time on, shape (m,); ``events`` and
    ``incidence`` have a column per cause, shape (m, k); ``exit_at`` is each patient's own place among the times.
    """

    counts: RiskTable
    exit_at: Ints
    events: Floats
    before: Floats
    after: Floats
    incidence: Floats


def aalen_variance(table: IncidenceTable, column: int) -> Floats:
    """The variance of R's ``cmprsk::cuminc``, after Aalen (1978) Ann Stat 6:534.

    An event at u moves F(t) by ``1 - (F(t) - F(u)) / S(u)`` if it is of the cause and by ``-(F(t) - F(u)) / S(u)`` if
    it is of another; squared, times ``S(u-)^2 d / Y(u)^2`` and the correction for ties ``1 - (d - 1) / (Y - 1)``, and
    summed over the events up to t. Where S(u) is 0 no later event is possible and F(t) is F(u).
    """
    at_risk, own = table.counts.at_risk, table.events[:, column]
    incidence, left = table.incidence[:, column], table.after > 0
    inverse = np.divide(1.0, table.after, out=np.zeros(len(left)), where=left)
    scale = (table.before / np.maximum(at_risk, 1)) ** 2
    mine, theirs = (scale * _untied(d, at_risk) for d in (own, table.counts.events - own))
    theirs[~left] = 0.0
    ahead = incidence * inverse
    squares = np.cumsum((1 + ahead) ** 2 * mine + ahead**2 * theirs)
    products = np.cumsum(((1 + ahead) * mine + ahead * theirs) * inverse)
    inverses = np.cumsum((mine + theirs) * inverse**2)
    variance: Floats = np.maximum(squares - 2 * incidence * products + incidence**2 * inverses, 0.0)
    return variance


def jackknife_variance(data: CompetingInput, table: IncidenceTable, column: int) -> Floats:
    """The variance of R's ``survfit`` for several states: the infinitesimal jackknife, each row a patient of its own.

    With G the Greenwood sum, the derivative of F(t) by the weight of patient i at risk since e is
    ``U(t) - U(e) - G(e) (F(t) - F(e))`` with ``U(t)`` the sum of ``(G(u-) - 1 / Y(u)) dF(u)``; from the exit x on,
    where a death of the cause adds ``S(x-) / Y(x)``, it changes by the derivative of log S(x) per unit of F. Squares
    times squared weights are summed over those present and those gone (as for Kaplan-Meier in ``survival_variance``).
    """
    rows, counts = data.data, table.counts
    at_risk, incidence = counts.at_risk, table.incidence[:, column]
    staying = at_risk - counts.events
    left = staying > 0
    greenwood = np.cumsum(np.divide(counts.events, at_risk * staying, out=np.zeros(len(left)), where=left))
    leaving = np.divide(1.0, staying, out=np.zeros(len(left)), where=left)
    step = table.before * table.events[:, column] / at_risk
    drift = np.cumsum((np.append(0.0, greenwood[:-1]) - 1 / at_risk) * step)
    m, out = len(counts.time), table.exit_at
    start = np.zeros(len(out), np.int64)
    if rows.entry is not None:
        start = np.searchsorted(counts.time, rows.entry, side="right")
    g, f, u = (np.append(0.0, values)[start] for values in (greenwood, incidence, drift))
    constant = g * f - u
    died = np.where(data.cause == column + 1, table.before[out] / at_risk[out], 0.0)
    at_exit = drift[out] - g * incidence[out] + constant + died
    slope = greenwood[out] - g - np.where(rows.event, leaving[out], 0.0)
    offset = at_exit - slope * incidence[out]
    squared = np.ones(len(out)) if rows.weights is None else rows.weights**2

    def present(values: Floats) -> Floats:
        change = np.bincount(start, values, m + 1) - np.bincount(out, values, m + 1)
        return np.asarray(np.cumsum(change)[:m], dtype=np.float64)

    def gone(values: Floats) -> Floats:
        return np.asarray(np.cumsum(np.bincount(out, values, m)), dtype=np.float64)

    total = drift**2 * present(squared)
    if rows.entry is not None:
        total += incidence**2 * present(squared * g * g) - 2 * drift * incidence * present(squared * g)
        total += 2 * drift * present(squared * constant) - 2 * incidence * present(squared * g * constant)
        total += present(squared * constant**2)
    total += incidence**2 * gone(squared * slope**2) + 2 * incidence * gone(squared * slope * offset)
    total += gone(squared * offset**2)
    return np.maximum(total, 0.0)


def _untied(events: Floats, at_risk: Floats) -> Floats:
    """Events, less what tied events share as draws without replacement."""
    return np.asarray(events * (1 - np.maximum(events - 1, 0.0) / np.maximum(at_risk - 1, 1.0)))
