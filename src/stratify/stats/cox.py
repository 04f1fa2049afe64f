"""Cox proportional hazards regression: ties, strata, weights, offset, delayed entry, robust variance, Firth's penalty.

Cox (1972) JRSS B 34:187. Conventions are those of R's ``survival::coxph``: convergence, step halving, float ties,
collinear columns, Lin-Wei robust variance. Where R would print a coefficient of 21 with a standard error of 5,000 the
likelihood is monotone, and the answer is an infinite or zero hazard ratio with a profile-likelihood limit, with
Firth's finite estimate beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.cox_fit import CoxFit, FittedRows, quadratic_test
from stratify.stats.cox_model import CoxModel, Interval
from stratify.stats.cox_rows import CoxRows, cox_rows
from stratify.stats.exact_ties import ExactLikelihood
from stratify.stats.firth import FirthLikelihood
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio, Setting, exp, few_events
from stratify.stats.inputs import checked_level, survival_input
from stratify.stats.newton import Likelihood, Maximum, dependent_columns, maximise, solve
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.profile_likelihood import one_sided, profile_interval, profile_p_value
from stratify.stats.risk_sets import Flags, Floats, Ints, risk_sets
from stratify.stats.scaled_rows import ScaledRows, Ties

_SMALLEST = 1e-100  # of a covariate's spread: the square of its inverse must still be a float


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
    firth: bool = False,
    level: float = 0.95,
    interval: Interval | None = None,
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
        Positive case weights; with exact ties all must be 1, as in R.
    entry
        Entry times for delayed entry or counting-process rows: at risk when ``entry < t <= time``.
    offset
        Added to the linear predictor with coefficient one.
    robust
        Lin-Wei sandwich variance, each row its own cluster; implied by ``cluster``. Not with exact ties, for which
        score residuals are not available, nor with ``firth``.
    ties
        ``"efron"`` or ``"breslow"``, approximations to what follows when ties are few;
        ``"discrete"``, time is discrete: the conditional logistic likelihood (Cox 1972; recursion of Gail, Lubin &
        Rubinstein 1981 Biometrika 68:703), which R calls ``exact`` and SAS ``DISCRETE``; the ratio is of odds;
        ``"marginal"``, time is continuous and measured coarsely: the sum over all orders of the tied deaths
        (Kalbfleisch & Prentice 1973 Biometrika 60:267), which SAS calls ``EXACT`` and Stata ``exactm``.
        Time grows with rows times deaths at one time, with delayed entry with rows times times.
    firth
        Add Firth's penalty (:mod:`stratify.stats.firth`): finite estimates also where the likelihood is monotone. The
        log-likelihoods and their test are then penalised, and there is no score test.
    level
        Of the intervals.
    interval
        ``"wald"``, symmetric on the log scale, or ``"profile"`` likelihood (which knows no robust variance). Left out:
        ``"profile"`` with ``firth``, its p-values then those of penalised likelihood-ratio tests; else ``"wald"``.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, entry not before time, event codes other than 0 and 1,
        options that exclude each other.
    """
    interval = interval or ("profile" if firth else "wald")
    data = survival_input(time, event, entry, weights)
    weighted = data.weights is not None and bool(np.any(data.weights != 1))
    model = CoxModel(ties, firth, robust or cluster is not None, interval, weighted)
    rows = cox_rows(data, x, names, strata=strata, cluster=cluster, offset=offset)
    events = int(rows.data.event.sum())
    setting = Setting(checked_level(level), model.method(rows), len(rows.x), events)
    if not events:
        reason = "no events" if len(rows.x) else "no patients"
        return not_fitted(reason, dict.fromkeys(names, reason), rows, names, setting)
    fit = replace(_fit(rows, names, model, setting), fitted=FittedRows(rows, ties))
    unbounded = any(term.hazard_ratio in {0.0, math.inf} for term in fit.terms)
    if not unbounded or firth or model.exact:
        return fit
    penalised = replace(model, firth=True, robust=False, interval="profile")
    return replace(fit, firth=_fit(rows, names, penalised, replace(setting, method=penalised.method(rows))))


def _fit(rows: CoxRows, names: Sequence[str], model: CoxModel, setting: Setting) -> CoxFit:
    kind = ExactLikelihood if model.exact else PartialLikelihood
    sets = risk_sets(rows.data, rows.strata)
    whole = kind.of(rows.x, sets, model.ties, weight=rows.data.weights, offset=rows.offset)
    profile = model.interval == "profile"
    return fit_likelihood(whole, rows, names, setting, robust=model.robust, profile=profile, firth=model.firth)


def fit_likelihood(
    whole: PartialLikelihood | ExactLikelihood,
    rows: CoxRows,
    names: Sequence[str],
    setting: Setting,
    *,
    robust: bool,
    profile: bool,
    firth: bool = False,
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
    plain, start = (whole.only(kept), None) if reasons else (whole, null)
    likelihood: Likelihood = plain
    if firth and isinstance(plain, PartialLikelihood):
        likelihood, start = FirthLikelihood.of(plain), None
    maximum = maximise(likelihood, start)
    sandwich = plain if robust and isinstance(plain, PartialLikelihood) else None
    variances = _variances(likelihood.scale, maximum, rows.cluster, sandwich)
    kept_names = [name for name, alias in zip(names, aliased, strict=True) if not alias]
    estimates = _terms(kept_names, likelihood, maximum, variances, setting)
    if profile:
        estimates = [_profiled(t, likelihood, maximum, j, penalised=firth) for j, t in enumerate(estimates)]
    found = dict(zip(kept_names, estimates, strict=True))
    infinite = [name for name, diverges in zip(kept_names, maximum.diverging, strict=True) if diverges]
    p, block = len(names), np.ix_(kept, kept)
    coefficients, covariance = np.full(p, np.nan), np.full((p, p), np.nan)
    coefficients[kept] = np.where(maximum.diverging, np.nan, maximum.point.beta / likelihood.scale)
    covariance[block] = variances.used
    ratio, wald, score = _tests(maximum, variances.used, likelihood.scale, infinite, penalised=firth)
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


def _variances(
    scale: Floats, maximum: Maximum, cluster: Ints | None, likelihood: PartialLikelihood | None
) -> _Variances:
    """Model-based, and robust where a ``likelihood`` with score residuals is given."""
    p, finite = len(scale), ~maximum.diverging
    block = np.ix_(finite, finite)
    scales = np.outer(scale, scale)
    inverse = np.full((p, p), np.nan)
    inverse[block] = solve(maximum.point.information[block], np.eye(int(finite.sum())))
    if likelihood is None:
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
    likelihood: Likelihood,
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


def _profiled(
    term: HazardRatio, likelihood: Likelihood, maximum: Maximum, column: int, *, penalised: bool
) -> HazardRatio:
    if maximum.diverging[column]:
        return term
    lower, upper = profile_interval(likelihood, maximum, column, term.level)
    method = term.method.replace("; Wald interval", "; profile-likelihood interval")
    limited = replace(term, ci_lower=exp(lower), ci_upper=exp(upper), method=method)
    if not penalised:
        return limited
    p_value = profile_p_value(likelihood, maximum, column)
    return replace(limited, z=None, p_value=p_value, method=f"{method}, likelihood-ratio p")


def _tests(
    maximum: Maximum, covariance: Floats, scale: Floats, infinite: Sequence[str], *, penalised: bool
) -> tuple[ChiSquareTest, ChiSquareTest, ChiSquareTest]:
    null, point, df = maximum.null, maximum.point, len(scale)
    ratio_method = "penalised likelihood-ratio test" if penalised else "likelihood-ratio test"
    ratio = ChiSquareTest.of(2 * (point.log_likelihood - null.log_likelihood), df, ratio_method)
    if penalised:
        score = ChiSquareTest.absent("a penalised likelihood has no score test", "score test")
    else:
        score = ChiSquareTest.of(float(null.gradient @ null.step), df, "score test")
    if infinite:
        return ratio, ChiSquareTest.absent(f"infinite estimate of {_quoted(infinite)}", "Wald test"), score
    # Solved per scaled covariate: raw variances of a date in seconds and of a sex differ by 1e16.
    return ratio, quadratic_test(point.beta, covariance * np.outer(scale, scale), "Wald test"), score


def _alias_reason(j: int, likelihood: ScaledRows, information: Floats, aliased: Flags, names: Sequence[str]) -> str:
    name = names[j]
    if not np.any(likelihood.x[:, j]):
        return f'"{name}" is constant: it does not differ between patients'
    before = [k for k in range(j) if not aliased[k]]
    share = solve(information[np.ix_(before, before)], information[before, j])
    made_of = [names[k] for k, part in zip(before, share, strict=True) if abs(part) > 1e-6]
    if made_of:
        return f'"{name}" is a linear combination of {_quoted(made_of)}'
    survived = ", or all of them die there" if likelihood.ties in {"discrete", "marginal"} else ""
    return f'"{name}" does not differ between the patients at risk at any event{survived}'


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


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
