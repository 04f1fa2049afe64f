"""Cox proportional hazards regression: ties, strata, weights, offset, delayed entry, robust variance.

Cox (1972) JRSS B 34:187. Conventions are those of R's ``survival::coxph``: convergence, step halving, float ties,
collinear columns, Lin-Wei robust variance. Where R would print a coefficient of 21 with a standard error of 5,000 the
likelihood is monotone, and the answer is an infinite or zero hazard ratio with a profile-likelihood limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.cox_fit import CoxFit, FittedRows
from stratify.stats.cox_rows import CoxRows, cox_rows
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio, Setting, exp, few_events
from stratify.stats.inputs import checked_level, survival_input
from stratify.stats.partial_likelihood import Maximum, PartialLikelihood, Ties, dependent_columns, maximise, solve
from stratify.stats.profile_likelihood import one_sided, profile_interval
from stratify.stats.risk_sets import Flags, Floats, Ints, risk_sets

_SMALLEST = 1e-100  # of a covariate's spread: the square of its inverse must still be a float
Interval: TypeAlias = Literal["wald", "profile"]


def cox(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str],
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool = False,
    ties: Ties = "efron",
    level: float = 0.95,
    interval: Interval = "wald",
) -> CoxFit:
    """Fit a Cox model.

    Parameters
    ----------
    time, event
        Exit times, shape (n,), not negative, and whether they are events (bool or 0/1).
    x
        Covariates, shape (n, p); a row with a NaN is left out and counted. No intercept column.
    names
        Of the p covariates, all different.
    strata, cluster
        Whole-number codes, -1 for missing (the row is left out and counted).
    weights
        Positive case weights.
    entry
        Entry times for delayed entry or counting-process rows: at risk when ``entry < t <= time``.
    offset
        Added to the linear predictor with coefficient one.
    robust
        Lin-Wei sandwich variance, each row its own cluster; implied by ``cluster``.
    ties
        ``"efron"`` or ``"breslow"``.
    level
        Of the intervals.
    interval
        ``"wald"``, symmetric on the log scale, or ``"profile"`` likelihood (which knows no robust variance).

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, entry not before time, event codes other than 0 and 1.
    """
    if ties not in {"efron", "breslow"}:
        raise ValueError(f'ties must be "efron" or "breslow", not {ties!r}')
    if interval not in {"wald", "profile"}:
        raise ValueError(f'interval must be "wald" or "profile", not {interval!r}')
    robust = robust or cluster is not None
    if robust and interval == "profile":
        raise ValueError("a profile-likelihood interval has no robust variance")
    data = survival_input(time, event, entry, weights)
    rows = cox_rows(data, x, names, strata=strata, cluster=cluster, offset=offset)
    events = int(rows.data.event.sum())
    setting = Setting(checked_level(level), _method(rows, ties, robust=robust), len(rows.x), events)
    if not events:
        reason = "no events" if len(rows.x) else "no patients"
        return not_fitted(reason, dict.fromkeys(names, reason), rows, names, setting)
    fit = _fit(rows, names, ties, setting, robust=robust, profile=interval == "profile")
    return replace(fit, fitted=FittedRows(rows, ties))


def _fit(rows: CoxRows, names: Sequence[str], ties: Ties, setting: Setting, *, robust: bool, profile: bool) -> CoxFit:
    sets = risk_sets(rows.data, rows.strata)
    whole = PartialLikelihood.of(rows.x, sets, ties, weight=rows.data.weights, offset=rows.offset)
    return fit_likelihood(whole, rows, names, setting, robust=robust, profile=profile)


def fit_likelihood(
    whole: PartialLikelihood, rows: CoxRows, names: Sequence[str], setting: Setting, *, robust: bool, profile: bool
) -> CoxFit:
    """Maximise a likelihood of the rows given, with what is said of covariates that cannot be estimated.

    Raises
    ------
    ValueError
        A covariate spread so little or so much that its square is no float.
    """
    spread = whole.scale[np.isfinite(whole.scale)]
    if ((spread < _SMALLEST) | (spread > 1 / _SMALLEST)).any():
        raise ValueError(f"x is spread less than {_SMALLEST:g} or more than {1 / _SMALLEST:g}: change its unit")
    null = whole.at(np.zeros(len(names)))
    aliased = dependent_columns(null)
    reasons = {
        names[j]: _alias_reason(j, whole, null.information, aliased, names) for j in map(int, np.flatnonzero(aliased))
    }
    kept = np.flatnonzero(~aliased)
    if names and not len(kept):
        return not_fitted(reasons[names[0]], reasons, rows, names, setting, log_likelihood=null.log_likelihood)
    likelihood, start = (whole.only(kept), None) if reasons else (whole, null)
    maximum = maximise(likelihood, start)
    variances = _variances(likelihood, maximum, rows.cluster, robust=robust)
    kept_names = [name for name, alias in zip(names, aliased, strict=True) if not alias]
    estimates = _terms(kept_names, likelihood, maximum, variances, setting)
    if profile:
        estimates = [_profiled(t, likelihood, maximum, j) for j, t in enumerate(estimates)]
    found = dict(zip(kept_names, estimates, strict=True))
    infinite = [name for name, diverges in zip(kept_names, maximum.diverging, strict=True) if diverges]
    p, block = len(names), np.ix_(kept, kept)
    coefficients, covariance = np.full(p, np.nan), np.full((p, p), np.nan)
    coefficients[kept] = np.where(maximum.diverging, np.nan, maximum.point.beta / likelihood.scale)
    covariance[block] = variances.used
    ratio, wald, score = _tests(maximum, variances.used, likelihood.scale, infinite)
    notes = [*_missing_note(rows), *reasons.values(), *_fit_notes(maximum, infinite, setting)]
    return CoxFit(
        terms=tuple(found.get(t) or HazardRatio.absent(t, reasons[t], setting) for t in names),
        coefficients=coefficients,
        covariance=covariance,
        n=setting.n,
        events=setting.events,
        missing=rows.missing,
        log_likelihood_null=maximum.null.log_likelihood,
        log_likelihood=maximum.point.log_likelihood,
        likelihood_ratio=ratio,
        wald=wald,
        score=score,
        robust_score=variances.robust_score,
        iterations=maximum.iterations,
        converged=maximum.converged,
        level=setting.level,
        method=setting.method,
        notes=tuple(notes),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Variances:
    """Covariances of the coefficients per unit of the covariates as given, NaN where an estimate is infinite."""

    model_based: Floats
    robust: Floats | None
    robust_score: ChiSquareTest | None

    @property
    def used(self) -> Floats:
        return self.model_based if self.robust is None else self.robust


def _variances(likelihood: PartialLikelihood, maximum: Maximum, cluster: Ints | None, *, robust: bool) -> _Variances:
    p, finite = len(likelihood.scale), ~maximum.diverging
    block = np.ix_(finite, finite)
    scales = np.outer(likelihood.scale, likelihood.scale)
    inverse = np.full((p, p), np.nan)
    inverse[block] = solve(maximum.point.information[block], np.eye(int(finite.sum())))
    if not robust:
        return _Variances(inverse / scales, None, None)
    order = likelihood.sets.order
    group = cluster if cluster is None or order is None else cluster[order]
    influence = _by_cluster(likelihood.score_residuals(maximum.point.beta), group)[:, finite] @ inverse[block]
    sandwich = np.full((p, p), np.nan)
    sandwich[block] = influence.T @ influence
    # At zero the linear predictor is the offset. R's coxph takes zero there too, as if there were no offset.
    at_zero = _by_cluster(likelihood.score_residuals(maximum.null.beta), group)
    total = at_zero.sum(axis=0)
    test = ChiSquareTest.of(float(total @ solve(at_zero.T @ at_zero, total)), p, "robust score test")
    return _Variances(inverse / scales, sandwich / scales, test)


def _by_cluster(residuals: Floats, cluster: Ints | None) -> Floats:
    if cluster is None or not residuals.shape[1]:
        return residuals
    return np.column_stack([np.bincount(cluster, column) for column in residuals.T])


def _terms(
    names: Sequence[str],
    likelihood: PartialLikelihood,
    maximum: Maximum,
    variances: _Variances,
    setting: Setting,
) -> list[HazardRatio]:
    note = few_events(setting.events, len(names))
    terms = []
    for j, name in enumerate(names):
        if maximum.diverging[j]:
            terms.append(one_sided(name, likelihood, maximum, j, setting))
            continue
        coefficient = float(maximum.point.beta[j] / likelihood.scale[j])
        squares = [float(v[j, j]) for v in (variances.used, variances.model_based)]
        if not all(np.isfinite(square) and square > 0 for square in squares):
            terms.append(HazardRatio.absent(name, f"{name}: no variance can be had, it is lost in rounding", setting))
            continue
        error, model_based = map(math.sqrt, squares)
        terms.append(
            HazardRatio.wald(name, coefficient, error, setting, standard_error_model_based=model_based, note=note)
        )
    return terms


def _profiled(term: HazardRatio, likelihood: PartialLikelihood, maximum: Maximum, column: int) -> HazardRatio:
    if maximum.diverging[column]:
        return term
    lower, upper = profile_interval(likelihood, maximum, column, term.level)
    method = term.method.replace("; Wald interval", "; profile-likelihood interval")
    return replace(term, ci_lower=exp(lower), ci_upper=exp(upper), method=method)


def _tests(
    maximum: Maximum, covariance: Floats, scale: Floats, infinite: Sequence[str]
) -> tuple[ChiSquareTest, ChiSquareTest, ChiSquareTest]:
    null, point, df = maximum.null, maximum.point, len(scale)
    ratio = ChiSquareTest.of(2 * (point.log_likelihood - null.log_likelihood), df, "likelihood-ratio test")
    score = ChiSquareTest.of(float(null.gradient @ null.step), df, "score test")
    if infinite:
        return ratio, ChiSquareTest.absent(f"infinite estimate of {_quoted(infinite)}", "Wald test"), score
    # Solved per scaled covariate: raw variances of a date in seconds and of a sex differ by 1e16.
    beta, scaled = point.beta, covariance * np.outer(scale, scale)
    return ratio, ChiSquareTest.of(float(beta @ solve(scaled, beta)), df, "Wald test"), score


def _alias_reason(
    j: int, likelihood: PartialLikelihood, information: Floats, aliased: Flags, names: Sequence[str]
) -> str:
    name = names[j]
    if not np.any(likelihood.x[:, j]):
        return f'"{name}" is constant: it does not differ between patients'
    before = [k for k in range(j) if not aliased[k]]
    share = solve(information[np.ix_(before, before)], information[before, j])
    made_of = [names[k] for k, part in zip(before, share, strict=True) if abs(part) > 1e-6]
    if made_of:
        return f'"{name}" is a linear combination of {_quoted(made_of)}'
    return f'"{name}" does not differ between the patients at risk at any event'


def not_fitted(
    reason: str,
    reasons: Mapping[str, str],
    rows: CoxRows,
    names: Sequence[str],
    setting: Setting,
    *,
    log_likelihood: float | None = None,
) -> CoxFit:
    """No model, for ``reason``; ``reasons`` has one for each name."""
    return CoxFit(
        terms=tuple(HazardRatio.absent(name, reasons[name], setting) for name in names),
        coefficients=np.full(len(names), np.nan),
        covariance=np.full((len(names), len(names)), np.nan),
        n=setting.n,
        events=setting.events,
        missing=rows.missing,
        log_likelihood_null=log_likelihood,
        log_likelihood=log_likelihood,
        likelihood_ratio=ChiSquareTest.absent(reason, "likelihood-ratio test"),
        wald=ChiSquareTest.absent(reason, "Wald test"),
        score=ChiSquareTest.absent(reason, "score test"),
        robust_score=None,
        iterations=0,
        converged=False,
        level=setting.level,
        method=setting.method,
        not_estimable=reason,
        notes=tuple(_missing_note(rows)),
    )


def _missing_note(rows: CoxRows) -> list[str]:
    if not rows.missing:
        return []
    return [f"rows left out because a covariate, stratum or cluster is missing: {rows.missing}"]


def _fit_notes(maximum: Maximum, infinite: Sequence[str], setting: Setting) -> list[str]:
    notes = []
    if infinite:
        notes.append(f"monotone likelihood in {_quoted(infinite)}: no finite estimate, profile-likelihood limit given")
    if not maximum.converged:
        notes.append("Newton's method ran out of iterations: the estimates are not the maximum")
    few = few_events(setting.events, len(maximum.diverging))
    return [*notes, few] if few else notes


def _method(rows: CoxRows, ties: Ties, *, robust: bool) -> str:
    sandwich = "Lin-Wei robust variance" + ("" if rows.cluster is None else " by cluster")
    said = {
        "Cox proportional hazards": True,
        f"{ties.capitalize()} ties": True,
        f"{0 if rows.strata is None else len(np.unique(rows.strata))} strata": rows.strata is not None,
        "case weights": rows.data.weights is not None,
        "delayed entry": rows.data.entry is not None,
        "offset": rows.offset is not None,
        sandwich: robust,
    }
    return ", ".join(part for part, holds in said.items() if holds)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
