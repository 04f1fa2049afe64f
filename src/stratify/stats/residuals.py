"""Residuals of a Cox model: who died too early or too late, who moves the estimates, whether effects change in time.

Definitions and defaults of R's ``residuals.coxph``: Therneau, Grambsch & Fleming (1990) Biometrika 77:147 (martingale,
deviance, score), Schoenfeld (1982) Biometrika 69:239, Grambsch & Therneau (1994) Biometrika 81:515 (scaled Schoenfeld),
Cain & Lange (1984) Biometrics 40:493 (dfbeta).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from stratify.stats.cox_fit import CoxFit
from stratify.stats.effects_in_time import event_rows, schoenfeld_residuals
from stratify.stats.fitted_model import FittedModel, fitted_model
from stratify.stats.inputs import group_codes
from stratify.stats.risk_sets import Floats, Ints


@dataclass(frozen=True, eq=False, slots=True)
class CoxResiduals:
    """Residuals by row (or by unit, where collapsed) and, Schoenfeld's, by event.

    Attributes
    ----------
    names
        The p covariates with an estimate: the columns of what has columns.
    row
        Positions of the m fitted rows among the rows given, ascending; where collapsed the m distinct codes.
    martingale, deviance
        Shape (m,): events less expected events; the same made symmetric.
    score
        Shape (m, p): what each row adds to the gradient at the estimates. Not multiplied by the case weight.
    dfbeta, dfbetas
        Shape (m, p): about how much each coefficient would fall if the row were left out, weight included; in the unit
        of the coefficient and in its (model-based) standard errors.
    event_row, event_time, event_stratum
        Of the k events by stratum, time and row: position among the rows given, time, and stratum (numbered from 0 in
        the order of the codes; 0 without strata).
    schoenfeld, scaled_schoenfeld
        Shape (k, p): covariates less their mean in the risk set; the same scaled to the coefficient's unit and shifted
        by the coefficient, whose mean over time lies near the coefficient and whose trend is that of the effect.
    not_estimable
        Why there are none (all arrays are then empty), else ``None``.
    """

    names: tuple[str, ...]
    row: Ints
    martingale: Floats
    deviance: Floats
    score: Floats
    dfbeta: Floats
    dfbetas: Floats
    event_row: Ints
    event_time: Floats
    event_stratum: Ints
    schoenfeld: Floats
    scaled_schoenfeld: Floats
    method: str
    n: int
    events: int
    not_estimable: str | None = None
    notes: tuple[str, ...] = ()


def cox_residuals(fit: CoxFit, *, collapse: ArrayLike | None = None) -> CoxResiduals:
    """All residuals of a fitted Cox model.

    Parameters
    ----------
    fit
        From :func:`stratify.stats.cox.cox`, with Efron or Breslow ties.
    collapse
        Whole-number codes of all rows that were given to the fit: rows of the same code (a patient's counting-process
        rows, a cluster) are added up, in the order of the codes. Schoenfeld residuals stay by event.

    Raises
    ------
    ValueError
        Codes of another length, or missing in a fitted row.
    """
    model = fitted_model(fit, "residuals")
    if isinstance(model, str):
        return _none(fit, model)
    units = None if collapse is None else _units(collapse, model)
    covariance = model.covariance
    row, (martingale, score, dfbeta, event) = model.position, _by_row(model, covariance)
    if units is not None:
        row, place = np.unique(units, return_inverse=True)
        martingale, score, dfbeta, event = (_added_up(part, place) for part in (martingale, score, dfbeta, event))
    events = event_rows(model)
    schoenfeld = schoenfeld_residuals(model, events) * model.path.rows.scale
    return CoxResiduals(
        names=model.names,
        row=row,
        martingale=martingale,
        deviance=_deviance(martingale, event),
        score=score,
        dfbeta=dfbeta,
        dfbetas=dfbeta / np.sqrt(np.diag(covariance)),
        event_row=model.position[events.row],
        event_time=events.time,
        event_stratum=events.stratum,
        schoenfeld=schoenfeld,
        scaled_schoenfeld=schoenfeld @ covariance * len(schoenfeld) + model.coefficients,
        method=_method(fit, collapsed=units is not None),
        n=fit.n,
        events=fit.events,
        notes=fit.notes,
    )


def _by_row(model: FittedModel, covariance: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Martingale, score (unweighted), dfbeta (weighted) and the event, in the order of the rows given."""
    path, rows = model.path, model.path.rows
    expected = path.risk / rows.weight * path.met(path.steps[:, 0], path.steps[:, 1])
    event = rows.sets.event.astype(np.float64)
    weighted = rows.score_residuals(path.beta) * rows.scale
    found = (event - expected, weighted / rows.weight[:, None], weighted @ covariance, event)
    martingale, score, dfbeta, ended = map(model.as_given, found)
    return martingale, score, dfbeta, ended


def _deviance(martingale: Floats, events: Floats) -> Floats:
    """Square roots of the deviance's parts, with the martingale residual's sign; 0 log 0 is 0.

    R forgets ``N log N`` where a unit has N events: of two events and two expected it has the root of ``-4 log 2``.
    """
    expected = np.maximum(events - martingale, 0.0)  # rounding leaves -1e-17 of a row that was hardly at risk
    part = -2 * (martingale + xlogy(events, expected) - xlogy(events, events))
    return np.asarray(np.sign(martingale) * np.sqrt(np.maximum(part, 0.0)))


def _units(collapse: ArrayLike, model: FittedModel) -> Ints:
    """The units' codes of the fitted rows."""
    codes = group_codes(collapse, np.iinfo(np.int64).max, "collapse")
    kept = model.given.kept
    if len(codes) != len(kept):
        raise ValueError(f"collapse has {len(codes)} entries, the fit was given {len(kept)} rows")
    used = codes[kept]
    if np.any(used < 0):
        raise ValueError("collapse has missing codes")
    return used


def _added_up(values: Floats, place: Ints) -> Floats:
    total = np.zeros((int(place.max(initial=-1)) + 1, *values.shape[1:]))
    np.add.at(total, place, values)
    return total


def _method(fit: CoxFit, *, collapsed: bool) -> str:
    return f"{fit.method}; residuals{' added up by unit' if collapsed else ''}"


def _none(fit: CoxFit, reason: str) -> CoxResiduals:
    numbers, table, places = np.empty(0), np.empty((0, 0)), np.empty(0, np.int64)
    return CoxResiduals(
        names=(),
        row=places,
        martingale=numbers,
        deviance=numbers,
        score=table,
        dfbeta=table,
        dfbetas=table,
        event_row=places,
        event_time=numbers,
        event_stratum=places,
        schoenfeld=table,
        scaled_schoenfeld=table,
        method=_method(fit, collapsed=False),
        n=fit.n,
        events=fit.events,
        not_estimable=reason,
        notes=fit.notes,
    )
