"""The events of a fitted Cox model and what each says of the coefficients at its time.

Schoenfeld (1982) Biometrika 69:239; Grambsch & Therneau (1994) Biometrika 81:515 for the scaling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stratify.stats.fitted_model import FittedModel
from stratify.stats.newton import solve
from stratify.stats.risk_sets import Flags, Floats, Ints


@dataclass(frozen=True, eq=False, slots=True)
class EventRows:
    """The k events by stratum, time and row.

    Attributes
    ----------
    kernel, row
        Positions in kernel order and among the fitted rows as they were given.
    group, time, stratum
        Risk group, its time and its stratum's number.
    """

    kernel: Ints
    row: Ints
    group: Ints
    time: Floats
    stratum: Ints


def event_rows(model: FittedModel) -> EventRows:
    """List the events of a fitted model."""
    sets = model.path.rows.sets
    kernel = np.flatnonzero(sets.event)
    row = kernel if sets.order is None else sets.order[kernel]
    listed = np.lexsort((row, sets.group[kernel]))
    kernel, row = kernel[listed], row[listed]
    group = sets.group[kernel]
    return EventRows(kernel, row, group, sets.time[group], sets.stratum[group])


def schoenfeld_residuals(model: FittedModel, events: EventRows) -> Floats:
    """Schoenfeld residuals (k, p), per scaled covariate."""
    return np.asarray(model.path.rows.x[events.kernel] - model.path.means[events.group])


@dataclass(frozen=True, eq=False, slots=True)
class EffectInTime:
    """A term's effect at each event that says something of it, and the variance of one such value.

    ``event`` (m,) holds positions among the events, ``value`` (m,) scaled Schoenfeld residuals plus coefficient.
    ``variance`` is ``None`` of a term without an identified column.
    """

    event: Ints
    value: Floats
    variance: float | None


def effects_in_time(model: FittedModel, events: EventRows, terms: Sequence[Sequence[int]]) -> list[EffectInTime]:
    """Of each term, given by its columns: how its effect goes with time, by the scaling of R's ``cox.zph``.

    A Schoenfeld residual is divided by the mean variance per event, over the strata in which the covariates vary:
    elsewhere it is zero whatever the effect. A term of several columns is first added up by its coefficients, so that
    its effect is the factor, 1 on average, by which they are multiplied.
    """
    if not terms:
        return []
    rows = model.path.rows
    varying = _varying(model)
    for columns in terms:
        varying[:, columns] = varying[:, columns].any(axis=1, keepdims=True)
    used = np.array([varying[:, columns].any(axis=1) for columns in terms]).reshape(len(terms), -1)
    shared = (varying.T * np.bincount(events.stratum, minlength=len(varying))) @ varying
    combine = _combination(model, terms)
    variance = combine.T @ (model.information / np.maximum(shared, 1)) @ combine
    residuals = schoenfeld_residuals(model, events) @ combine
    effect = np.empty(residuals.shape)
    for stratum, present in enumerate(used.T):
        place = np.ix_(events.stratum == stratum, present)
        effect[place] = solve(variance[np.ix_(present, present)], residuals[place].T).T
    kept = np.flatnonzero([len(columns) > 0 for columns in terms])
    inverse = solve(variance[np.ix_(kept, kept)], np.eye(len(kept)))
    found = [EffectInTime(np.empty(0, np.int64), np.empty(0), None)] * len(terms)
    for place_kept, i in enumerate(kept.tolist()):
        first, single = terms[i][0], len(terms[i]) == 1
        unit, average = (float(rows.scale[first]), float(model.coefficients[first])) if single else (1.0, 1.0)
        event = np.flatnonzero(used[i][events.stratum])
        one = float(inverse[place_kept, place_kept]) / unit**2
        found[i] = EffectInTime(event, effect[event, i] / unit + average, one)
    return found


def _combination(model: FittedModel, terms: Sequence[Sequence[int]]) -> Floats:
    """What turns scaled columns into terms, shape (p, terms)."""
    combine = np.zeros((len(model.names), len(terms)))
    for i, columns in enumerate(terms):
        combine[columns, i] = 1.0 if len(columns) == 1 else (model.coefficients * model.path.rows.scale)[columns]
    return combine


def _varying(model: FittedModel) -> Flags:
    """Whether each covariate varies within each stratum, shape (strata, p)."""
    rows = model.path.rows
    stratum = rows.sets.stratum[rows.sets.group]
    shape = int(rows.sets.stratum.max()) + 1, rows.x.shape[1]
    low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
    np.minimum.at(low, stratum, rows.x)
    np.maximum.at(high, stratum, rows.x)
    return np.asarray(low < high)
