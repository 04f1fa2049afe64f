"""Parametric accelerated failure-time regression: Weibull, log-normal, log-logistic, exponential.

Parametrised as R's ``survreg`` (Therneau): coefficients of log time and a scale, ``log T = x beta + scale * error``;
Kalbfleisch & Prentice (2002) chapter 3. The fit begins where lifelines' fitter ends and is brought to the maximum by
Newton's method. Where the likelihood has no maximum the answer says so: an infinite or zero time ratio with a
profile-likelihood limit, or no model at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from stratify.stats.aft_fit import AftFit, TimeRatio
from stratify.stats.aft_likelihood import (
    DISTRIBUTIONS,
    AftDistribution,
    AftLikelihood,
    AftMaximum,
    AftRows,
    maximise,
)
from stratify.stats.aft_limits import (
    fitted_exactly,
    one_sided_limit,
    profile_log_likelihood,
    rising_direction,
    sign_at_infinity,
)
from stratify.stats.aft_start import lifelines_estimates
from stratify.stats.cox_rows import CoxRows, cox_rows
from stratify.stats.design_matrix import DesignMatrix, Floats, dependence, dependent_columns
from stratify.stats.hazard_ratio import ChiSquareTest, Setting, few_events
from stratify.stats.inputs import checked_level, positive_times, survival_input

_LOST = 1e-12  # of the model-based variance: a robust one that is rounding, its patients being fitted exactly

_NAMES: dict[AftDistribution, str] = {
    "weibull": "Weibull",
    "lognormal": "log-normal",
    "loglogistic": "log-logistic",
    "exponential": "exponential",
}


def aft(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str],
    distribution: AftDistribution = "weibull",
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool = False,
    level: float = 0.95,
) -> AftFit:
    """Fit an accelerated failure-time model.

    Parameters
    ----------
    time, event
        Exit times, shape (n,), greater than 0, and whether they are events (bool or 0/1).
    x
        Covariates, shape (n, p); a row with a NaN is left out and counted. No intercept column: the model has one.
    names
        Of the p covariates, all different.
    distribution
        Of time: ``"weibull"``, ``"lognormal"``, ``"loglogistic"`` or ``"exponential"``.
    weights
        Positive case weights.
    entry
        Entry times for delayed entry: the likelihood is conditional on survival to ``entry`` (R's ``survreg`` has no
        such rows).
    cluster
        Whole-number codes, -1 for missing (the row is left out and counted).
    robust
        Sandwich variance, each row its own cluster; implied by ``cluster``.
    level
        Of the intervals.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, a time of 0, entry not before time, event codes other than
        0 and 1.
    """
    if distribution not in DISTRIBUTIONS:
        raise ValueError(f"distribution must be one of {', '.join(DISTRIBUTIONS)}, not {distribution!r}")
    data = survival_input(time, event, entry, weights)
    positive_times(data)
    rows = cox_rows(data, x, names, strata=None, cluster=cluster, offset=None)
    robust = robust or cluster is not None
    events = int(rows.data.event.sum())
    method = _method(rows, distribution, robust=robust)
    model = _Model(rows, tuple(names), distribution, Setting(checked_level(level), method, len(rows.x), events), robust)
    if not events:
        reason = "no events" if len(rows.x) else "no patients"
        return _not_fitted(reason, dict.fromkeys(names, reason), model)
    return _fit(model, _Standardised.of(rows))


@dataclass(frozen=True, eq=False, slots=True)
class _Model:
    """What was asked: checked rows, names, distribution, what all estimates share, and the kind of variance."""

    rows: CoxRows
    names: tuple[str, ...]
    distribution: AftDistribution
    setting: Setting
    robust: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Standardised:
    """Rows with standardised covariates and centred log time, and the way back."""

    rows: AftRows
    design: DesignMatrix
    log_time: float

    @classmethod
    def of(cls, rows: CoxRows) -> _Standardised:
        data, n = rows.data, len(rows.x)
        design = DesignMatrix.of(rows.x)
        log_time = np.log(data.time)
        middle = float(log_time.mean())
        with np.errstate(divide="ignore"):
            log_entry = np.log(np.zeros(n) if data.entry is None else data.entry) - middle
        weight = np.ones(n) if data.weights is None else data.weights
        return cls(AftRows(log_time - middle, log_entry, data.event, weight, design.x, np.zeros(n)), design, middle)

    @property
    def jacobian(self) -> float:
        """Added to a log-likelihood of centred times it is that of the times given."""
        return -self.log_time * float(self.rows.weight[self.rows.event].sum())


@dataclass(frozen=True, eq=False, slots=True)
class _Solution:
    """A maximum over the columns ``free`` of the standardised design, on the rows that matter there.

    ``infinite`` holds the columns in which the likelihood only rises, 0 the intercept's, with their sign: NaN where it
    may go either way.
    """

    likelihood: AftLikelihood
    maximum: AftMaximum
    free: NDArray[np.intp]
    rows: NDArray[np.bool_]
    infinite: Mapping[int, float]
    notes: Sequence[str]


def _fit(model: _Model, prepared: _Standardised) -> AftFit:
    names = model.names
    aliased = dependent_columns(prepared.rows.x)
    kept = np.flatnonzero(~aliased)
    reasons = {names[j - 1]: dependence(j, prepared.rows.x, aliased, names) for j in map(int, np.flatnonzero(aliased))}
    likelihood = AftLikelihood(prepared.rows.only(kept), model.distribution)
    if likelihood.has_scale and fitted_exactly(likelihood.rows):
        reason = "the model fits every event exactly: the scale is 0 and the likelihood has no bound"
        return _not_fitted(reason, dict.fromkeys(names, reason) | reasons, model)
    solution = _solve(likelihood, kept, prepared.design.back())
    if not solution.maximum.converged:
        reason = "no maximum of the likelihood was found"
        return _not_fitted(reason, dict.fromkeys(names, reason) | reasons, model, solution.notes)
    coefficients, covariance = _estimates(model, prepared, solution)
    terms = _terms(model, prepared, likelihood, kept, solution, reasons, (coefficients, covariance))
    return _assembled(model, prepared, likelihood, solution, terms, (coefficients, covariance), list(reasons.values()))


def _solve(likelihood: AftLikelihood, kept: NDArray[np.intp], back: Floats) -> _Solution:
    rows = likelihood.rows
    direction = rising_direction(rows)
    if direction is None:
        start, notes = lifelines_estimates(rows, likelihood.distribution)
        every = np.ones(len(rows.x), np.bool_)
        if start is not None:
            maximum = maximise(likelihood, start)
            if maximum.converged:
                return _Solution(likelihood, maximum, kept, every, {}, notes)
        maximum = maximise(likelihood, likelihood.neutral_start())
        return _Solution(likelihood, maximum, kept, every, {}, notes)
    # The intercept at covariates of 0, not at their means: a control arm coded 0 keeps its own where the other has no
    # event.
    forms = np.vstack([back[0, kept], np.eye(len(kept))[1:]])
    signs = np.array([sign_at_infinity(rows, direction, form) for form in forms])
    infinite = {int(column): float(sign) for column, sign in zip(kept, signs, strict=True) if sign}
    # At infinity the rows that the direction moves are certain and drop out; what moved them is no longer told apart.
    staying = rows.x @ direction <= 1e-9
    order = np.argsort(signs != 0, kind="stable")
    limit = rows.where(staying)
    free = order[~dependent_columns(limit.x[:, order])]
    at_limit = AftLikelihood(limit.only(free), likelihood.distribution)
    maximum = maximise(at_limit, at_limit.neutral_start())
    return _Solution(at_limit, maximum, kept[free], staying, infinite, [])


def _estimates(model: _Model, prepared: _Standardised, solution: _Solution) -> tuple[Floats, Floats]:
    """Coefficients and covariance of intercept, covariates and log scale, for the covariates as given; NaN if none."""
    size, point = prepared.rows.x.shape[1] + 1, solution.maximum.point
    place = np.append(solution.free, size - 1) if solution.likelihood.has_scale else solution.free
    back = np.eye(size)
    back[:-1, :-1] = prepared.design.back()
    back = back[:, place]
    coefficients = back @ point.parameters
    coefficients[0] += prepared.log_time
    inverse = np.linalg.inv(point.information)
    covariance = back @ inverse @ back.T
    unknown = np.setdiff1d(np.arange(size), place)
    if model.robust:
        influence = solution.likelihood.scores(point.parameters) @ inverse @ back.T
        if model.rows.cluster is not None:
            code = model.rows.cluster[solution.rows]
            influence = np.column_stack([np.bincount(code, column) for column in influence.T])
        sandwich = influence.T @ influence
        lost = np.flatnonzero(np.diag(sandwich) <= _LOST * np.diag(covariance))
        unknown, covariance = np.union1d(unknown, lost), sandwich
    infinite = np.array(list(solution.infinite), dtype=np.intp)
    covariance[unknown, :] = covariance[:, unknown] = np.nan
    covariance[infinite, :] = covariance[:, infinite] = np.nan
    absent = np.setdiff1d(np.arange(size - 1), place)
    coefficients[np.union1d(absent, infinite)] = np.nan
    return coefficients, covariance


def _terms(
    model: _Model,
    prepared: _Standardised,
    likelihood: AftLikelihood,
    kept: NDArray[np.intp],
    solution: _Solution,
    reasons: Mapping[str, str],
    estimates: tuple[Floats, Floats],
) -> tuple[TimeRatio, ...]:
    coefficients, covariance = estimates
    setting, note = model.setting, few_events(model.setting.events, len(model.names) - len(reasons))
    supremum, found = solution.maximum.point.log_likelihood, []
    for j, name in enumerate(model.names, start=1):
        if name in reasons:
            found.append(TimeRatio.absent(name, reasons[name], setting))
        elif np.isnan(solution.infinite.get(j, 0.0)):
            reason = f'"{name}" is not determined: other terms are infinite and leave no patient who tells of it'
            found.append(TimeRatio.absent(name, reason, setting))
        elif j in solution.infinite:
            rising, column = solution.infinite[j] > 0, int(np.searchsorted(kept, j))
            limit = one_sided_limit(likelihood, supremum, column, rising=rising, level=setting.level)
            limit /= prepared.design.scale[j - 1]
            drop = 2 * (supremum - profile_log_likelihood(likelihood, column, 0.0))
            p_value = float(special.chdtrc(1, max(drop, 0.0)))
            found.append(TimeRatio.infinite(name, limit, p_value, setting, rising=rising))
        else:
            error = _number(np.sqrt(covariance[j, j]))
            lost = f'"{name}": no robust variance can be had, its patients are fitted exactly'
            found.append(
                TimeRatio.absent(name, lost, setting)
                if error is None
                else TimeRatio.wald(name, float(coefficients[j]), error, setting, note)
            )
    return tuple(found)


def _assembled(
    model: _Model,
    prepared: _Standardised,
    likelihood: AftLikelihood,
    solution: _Solution,
    terms: tuple[TimeRatio, ...],
    estimates: tuple[Floats, Floats],
    notes: list[str],
) -> AftFit:
    coefficients, covariance = estimates
    setting, df = model.setting, likelihood.rows.x.shape[1] - 1
    alone = AftLikelihood(likelihood.rows.only(np.array([0])), model.distribution)
    null = maximise(alone, alone.neutral_start()).point.log_likelihood
    best = solution.maximum.point.log_likelihood
    infinite = [term.term for term in terms if term.time_ratio in {0.0, np.inf}]
    if infinite:
        quoted = ", ".join(f'"{name}"' for name in infinite)
        notes = [*notes, f"monotone likelihood in {quoted}: no finite estimate, profile-likelihood limit given"]
    return AftFit(
        distribution=model.distribution,
        terms=terms,
        intercept=_number(coefficients[0]),
        intercept_standard_error=_number(np.sqrt(covariance[0, 0])),
        scale=float(np.exp(coefficients[-1])),
        log_scale_standard_error=_number(np.sqrt(covariance[-1, -1])) if likelihood.has_scale else None,
        coefficients=coefficients,
        covariance=covariance,
        n=setting.n,
        events=setting.events,
        missing=model.rows.missing,
        log_likelihood_null=null + prepared.jacobian,
        log_likelihood=best + prepared.jacobian,
        likelihood_ratio=ChiSquareTest.of(2 * (best - null), df, "likelihood-ratio test"),
        wald=_wald(terms, coefficients, covariance, infinite),
        iterations=solution.maximum.iterations,
        converged=True,
        level=setting.level,
        method=setting.method,
        notes=(*_missing_note(model), *notes, *solution.notes, *_shaky(model, df)),
    )


def _wald(
    terms: Sequence[TimeRatio], coefficients: Floats, covariance: Floats, infinite: Sequence[str]
) -> ChiSquareTest:
    if infinite:
        quoted = ", ".join(f'"{name}"' for name in infinite)
        return ChiSquareTest.absent(f"infinite estimate of {quoted}", "Wald test")
    used = np.array([j for j, term in enumerate(terms, start=1) if term.coefficient is not None], dtype=np.intp)
    error = np.sqrt(np.diag(covariance)[used])
    beta, correlation = coefficients[used] / error, covariance[np.ix_(used, used)] / np.outer(error, error)
    return ChiSquareTest.of(float(beta @ np.linalg.lstsq(correlation, beta)[0]), len(used), "Wald test")


def _not_fitted(reason: str, reasons: Mapping[str, str], model: _Model, notes: Sequence[str] = ()) -> AftFit:
    size = len(model.names) + 2
    return AftFit(
        distribution=model.distribution,
        terms=tuple(TimeRatio.absent(name, reasons[name], model.setting) for name in model.names),
        intercept=None,
        intercept_standard_error=None,
        scale=None,
        log_scale_standard_error=None,
        coefficients=np.full(size, np.nan),
        covariance=np.full((size, size), np.nan),
        n=model.setting.n,
        events=model.setting.events,
        missing=model.rows.missing,
        log_likelihood_null=None,
        log_likelihood=None,
        likelihood_ratio=ChiSquareTest.absent(reason, "likelihood-ratio test"),
        wald=ChiSquareTest.absent(reason, "Wald test"),
        iterations=0,
        converged=False,
        level=model.setting.level,
        method=model.setting.method,
        not_estimable=reason,
        notes=(*_missing_note(model), *notes),
    )


def _missing_note(model: _Model) -> list[str]:
    missing = model.rows.missing
    return [f"rows left out because a covariate or cluster is missing: {missing}"] if missing else []


def _shaky(model: _Model, coefficients: int) -> list[str]:
    weights, notes = model.rows.data.weights, []
    if weights is not None and not model.robust and bool((weights != np.floor(weights)).any()):
        notes.append("weights are not whole numbers, and the standard errors take them for numbers of patients")
    few = few_events(model.setting.events, coefficients)
    return [*notes, few] if few else notes


def _method(rows: CoxRows, distribution: AftDistribution, *, robust: bool) -> str:
    said = {
        f"{_NAMES[distribution]} accelerated failure time, maximum likelihood": True,
        "case weights": rows.data.weights is not None,
        "delayed entry": rows.data.entry is not None,
        "robust variance" + ("" if rows.cluster is None else " by cluster"): robust,
    }
    return ", ".join(part for part, holds in said.items() if holds)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
