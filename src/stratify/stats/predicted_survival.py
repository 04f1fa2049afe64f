"""Survival and cumulative hazard that a Cox model predicts for given covariates.

The baseline hazard is Breslow's, or under Efron's ties its counterpart; survival is ``exp(-hazard)``; the variance is
that of Tsiatis (1981) Ann Stat 9:93 and Link (1984) Biometrics 40:601: of the hazard given the coefficients, plus of
the coefficients. As R's ``survfit.coxph``, robust covariance included where the fit has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.cox_fit import CoxFit
from stratify.stats.cox_rows import CoxRows
from stratify.stats.fitted_model import FittedModel, fitted_model
from stratify.stats.hazard_path import by_group
from stratify.stats.inputs import checked_level, group_codes
from stratify.stats.nelson_aalen import CumulativeHazard, hazard_limits
from stratify.stats.risk_sets import Floats, Ints
from stratify.stats.survival import SurvivalCurve
from stratify.stats.survival_intervals import ConfType, confidence_limits


def predicted_survival(
    fit: CoxFit,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    level: float = 0.95,
    conf_type: ConfType = "log",
) -> tuple[SurvivalCurve, ...]:
    """Survival curves of patients with given covariates: adjusted curves.

    Parameters
    ----------
    fit
        From :func:`stratify.stats.cox.cox`, with Efron or Breslow ties.
    x
        Covariates of the m patients, shape (m, p), in the order of the fit's terms; finite.
    strata
        The stratum of each, shape (m,), as coded for the fit; needed where, and only where, the fit has strata.
    offset
        Of each, shape (m,); 0 if not given.
    level, conf_type
        As for :func:`stratify.stats.survival.kaplan_meier`.

    Returns
    -------
    tuple of SurvivalCurve
        One for each patient, with the times and counts of its stratum (sums of weights, if any). Curves of one fit are
        not independent, so :func:`stratify.stats.landmarks.landmark_difference` is not for them. ``standard_error`` is
        that of survival, NaN with its limits where survival is 0. Covariates outside the range of the fitted rows are
        noted.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, strata that the fit does not know.
    """
    confidence = checked_level(level)
    curves = []
    for hazard in _predicted(fit, x, strata, offset):
        survival = np.exp(-hazard.cumulative)
        lower, upper = confidence_limits(survival, hazard.error, conf_type, confidence)
        curves.append(
            SurvivalCurve(
                time=hazard.time,
                at_risk=hazard.at_risk,
                events=hazard.events,
                censored=hazard.censored,
                survival=survival,
                standard_error=_times(survival, hazard.error),
                ci_lower=lower,
                ci_upper=upper,
                level=confidence,
                conf_type=conf_type,
                method=f"{hazard.method}, {conf_type} interval",
                n=hazard.n,
                reason=hazard.reason,
                note=hazard.note,
            )
        )
    return tuple(curves)


def _times(survival: Floats, error: Floats) -> Floats:
    """The error of survival from that of its logarithm; NaN at 0, where the hazard has left the floats."""
    alive = survival > 0
    return np.where(alive, survival * np.where(alive, error, 0.0), np.nan)


def predicted_hazard(
    fit: CoxFit,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[CumulativeHazard, ...]:
    """Cumulative hazards of patients with given covariates; all covariates 0 give the baseline hazard.

    Arguments and errors as for :func:`predicted_survival`. R's ``basehaz(centered = FALSE)`` is the hazard at 0,
    ``basehaz()`` that at the means of the covariates.
    """
    confidence = checked_level(level)
    return tuple(_as_hazard(hazard, confidence) for hazard in _predicted(fit, x, strata, offset))


def _as_hazard(found: _Hazard, level: float) -> CumulativeHazard:
    lower, upper = hazard_limits(found.cumulative, found.error, level)
    return CumulativeHazard(
        time=found.time,
        cumulative_hazard=found.cumulative,
        standard_error=found.error,
        ci_lower=lower,
        ci_upper=upper,
        survival=np.exp(-found.cumulative),
        survival_ci_lower=np.exp(-upper),
        survival_ci_upper=np.exp(-lower),
        level=level,
        method=f"{found.method}, log interval",
        n=found.n,
        events=float(found.events.sum()),
        reason=found.reason,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Hazard:
    """The cumulative hazard of one patient with its standard error, and the counts of its stratum."""

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats
    cumulative: Floats
    error: Floats
    method: str
    n: int
    reason: str | None = None
    note: str | None = None


def _predicted(fit: CoxFit, x: ArrayLike, strata: ArrayLike | None, offset: ArrayLike | None) -> list[_Hazard]:
    covariates = np.asarray(x, dtype=np.float64)
    if covariates.ndim != 2 or covariates.shape[1] != len(fit.terms) or not np.all(np.isfinite(covariates)):
        raise ValueError(f"x must hold finite numbers in {len(fit.terms)} columns, a row for each patient")
    m = len(covariates)
    shift = np.zeros(m) if offset is None else np.asarray(offset, dtype=np.float64)
    if shift.shape != (m,) or not np.all(np.isfinite(shift)):
        raise ValueError(f"offset must hold {m} finite numbers")
    model = fitted_model(fit, "predictions")
    if isinstance(model, str):
        empty = np.empty(0)
        return [_Hazard(empty, empty, empty, empty, empty, empty, _method(fit), fit.n, model)] * m
    stratum = _strata(model.given, strata, m)
    baseline = _Baseline.of(model, fit)
    patients = zip(covariates, shift.tolist(), stratum.tolist(), strict=True)
    return [baseline.predict(fit, *patient) for patient in patients]


def _strata(rows: CoxRows, strata: ArrayLike | None, m: int) -> Ints:
    """The number of each patient's stratum in the fit."""
    if (strata is None) != (rows.strata_given is None):
        raise ValueError("strata are needed where, and only where, the fit has strata")
    if strata is None or rows.strata_given is None:
        return np.zeros(m, np.int64)
    codes = group_codes(strata, np.iinfo(np.int64).max, "strata")
    if len(codes) != m:
        raise ValueError(f"strata has {len(codes)} entries, x has {m} rows")
    known = np.unique(rows.strata_given[rows.kept])
    unknown = np.setdiff1d(codes, known)
    if len(unknown):
        raise ValueError(f"the fit has no stratum {', '.join(map(str, unknown.tolist()))}")
    return np.searchsorted(known, codes)


@dataclass(frozen=True, eq=False, slots=True)
class _Baseline:
    """What all predictions of a fit share.

    ``hazard``, ``variance`` (groups,) and ``mean`` (groups, p) are cumulative: the hazard at the centre of covariates
    and offset, its variance, and the integral of the risk set's mean covariates. ``covariance`` is that of the
    coefficients of the scaled covariates, robust where the fit is.
    """

    model: FittedModel
    at_risk: Floats
    leaving: Floats
    hazard: Floats
    variance: Floats
    mean: Floats
    covariance: Floats
    centre_offset: float

    @classmethod
    def of(cls, model: FittedModel, fit: CoxFit) -> _Baseline:
        path, rows = model.path, model.path.rows
        data, offset, scale = model.given.data, model.given.offset, rows.scale
        leaving = by_group(rows.weight, rows.sets.group, len(path.sums))
        weights = np.ones(fit.n) if data.weights is None else data.weights
        return cls(
            model=model,
            at_risk=path.at_risk(),
            leaving=leaving,
            hazard=path.accumulated(path.steps[:, 0]),
            variance=path.accumulated(path.steps[:, 2]),
            mean=path.accumulated(path.mean_steps()),
            covariance=fit.covariance[np.ix_(model.columns, model.columns)] * np.outer(scale, scale),
            centre_offset=0.0 if offset is None else float(weights @ offset / weights.sum()),
        )

    def predict(self, fit: CoxFit, x: Floats, offset: float, stratum: int) -> _Hazard:
        path = self.model.path
        here = path.rows.sets.stratum == stratum
        z = (x[self.model.columns] - path.rows.centre) / path.rows.scale
        linear = float(z @ (self.model.coefficients * path.rows.scale)) + offset - self.centre_offset
        hazard, events = self.hazard[here], path.death_weight[here]
        away = hazard[:, None] * z - self.mean[here]
        variance = self.variance[here] + np.einsum("gj,jk,gk->g", away, self.covariance, away)
        with np.errstate(over="ignore", invalid="ignore"):
            risk = np.exp(linear)
            cumulative = np.where(hazard > 0, hazard * risk, 0.0)
            error = np.where(hazard > 0, np.sqrt(variance) * risk, 0.0)
        given = self.model.given
        return _Hazard(
            time=path.rows.sets.time[here],
            at_risk=self.at_risk[here],
            events=events,
            censored=np.maximum(self.leaving[here] - events, 0.0),
            cumulative=cumulative,
            error=error,
            method=_method(fit),
            n=fit.n if given.strata is None else int(np.sum(given.strata == stratum)),
            note=_note(fit, given.x, x, events),
        )


def _method(fit: CoxFit) -> str:
    return f"{fit.method}; predicted survival, Tsiatis-Link variance"


def _note(fit: CoxFit, fitted: Floats, x: Floats, events: Floats) -> str | None:
    """What to be careful of: a stratum without events, and covariates that no fitted patient had."""
    notes = [] if events.any() else ["no events in the stratum"]
    low, high = fitted.min(axis=0), fitted.max(axis=0)
    beyond = [term.term for term, out in zip(fit.terms, (x < low) | (x > high), strict=True) if out]
    if beyond:
        notes.append(f"outside the range of the fitted patients: {', '.join(beyond)}")
    return "; ".join(notes) or None
