"""Profile-likelihood limits of a Cox coefficient: where the likelihood is not a parabola, or has no top at all.

A value belongs to the interval when twice the drop of the log-likelihood, maximised over the other coefficients, stays
within the chi-square quantile with one degree of freedom (Venzon & Moolgavkar 1988 Appl Stat 37:87).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from stratify.stats.hazard_ratio import HazardRatio, Setting, exp
from stratify.stats.newton import Likelihood, Maximum, climb, solve

_STEPS = 50
_SETTLED = 1e-8  # a step, per scaled covariate; the limit is then nearer still
_LONGEST_STEP = 2.0
_FARTHEST = 500.0  # log hazard ratio, per scaled covariate, beyond which a limit is called infinite


def profile_log_likelihood(likelihood: Likelihood, maximum: Maximum, column: int, value: float) -> float:
    """Log-likelihood with one scaled coefficient held at ``value`` and the others at their best; -inf past overflow."""
    with np.errstate(over="ignore", invalid="ignore"):  # far out the exponential overflows: the likelihood is 0 there
        found = climb(likelihood.fixing(column, value), np.delete(maximum.point.beta, column))
    return found if np.isfinite(found) else -np.inf


def profile_limit(likelihood: Likelihood, maximum: Maximum, column: int, direction: int, level: float) -> float:
    """The limit below (``direction`` -1) or above (+1) the estimate, per scaled covariate; infinite if none."""
    target = maximum.point.log_likelihood - _chi_square_quantile(level) / 2
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        found = None if np.any(maximum.diverging) else _near_limit(likelihood, maximum, column, direction, target)
    return _far_limit(likelihood, maximum, column, direction, target) if found is None else found


def _near_limit(likelihood: Likelihood, maximum: Maximum, column: int, direction: int, target: float) -> float | None:
    """The limit by Newton's method for all coefficients at once, ``None`` where it does not settle.

    Each step goes to the farthest value of the coefficient at which the parabola that fits the log-likelihood here
    has the height ``target``; an evaluation or two for each digit, where a search climbs anew at each value tried.
    """
    point = maximum.point
    for _ in range(_STEPS):
        inverse = solve(point.information, np.eye(len(point.beta)))
        toward = inverse @ point.gradient
        reach = (2 * (point.log_likelihood - target) + point.gradient @ toward) / inverse[column, column]
        if not reach >= 0:
            return None
        step = toward + direction * np.sqrt(reach) * inverse[:, column]
        length = np.max(np.abs(step))
        if not np.isfinite(length):
            return None
        point = likelihood.at(point.beta + step * (_LONGEST_STEP / max(length, _LONGEST_STEP)))
        if length <= _SETTLED:
            return float(point.beta[column])
    return None


def _far_limit(likelihood: Likelihood, maximum: Maximum, column: int, direction: int, target: float) -> float:
    """The limit by search: outward until the profile has dropped below ``target``, then between."""
    inside = start = float(maximum.point.beta[column])

    def excess(value: float) -> float:
        return max(profile_log_likelihood(likelihood, maximum, column, value) - target, -1e6)

    reach = 0.5
    while reach < _FARTHEST:
        outside = start + direction * reach
        if excess(outside) < 0:
            return float(optimize.brentq(excess, *sorted((inside, outside)), xtol=1e-10))
        inside, reach = outside, reach * 2
    return direction * np.inf


def one_sided(term: str, likelihood: Likelihood, maximum: Maximum, column: int, setting: Setting) -> HazardRatio:
    """The answer for a coefficient in which the likelihood is monotone: 0 or infinity, with the limit on the near side.

    The p-value is that of the likelihood-ratio test against a coefficient of zero.
    """
    rising = bool(maximum.point.beta[column] > 0)
    limit = profile_limit(likelihood, maximum, column, -1 if rising else 1, setting.level)
    limit_ratio = exp(float(limit / likelihood.scale[column]))
    return HazardRatio(
        term=term,
        hazard_ratio=np.inf if rising else 0.0,
        ci_lower=limit_ratio if rising else 0.0,
        ci_upper=np.inf if rising else limit_ratio,
        log_hazard_ratio=np.inf if rising else -np.inf,
        standard_error=None,
        z=None,
        p_value=profile_p_value(likelihood, maximum, column),
        standard_error_model_based=None,
        level=setting.level,
        method=f"{setting.method}; profile-likelihood limit, likelihood-ratio p",
        n=setting.n,
        events=setting.events,
        note=f"monotone likelihood: estimate {'infinite' if rising else 'zero'}, its one limit by profile likelihood",
    )


def profile_p_value(likelihood: Likelihood, maximum: Maximum, column: int) -> float:
    """Of the likelihood-ratio test of one coefficient being zero."""
    drop = 2 * (maximum.point.log_likelihood - profile_log_likelihood(likelihood, maximum, column, 0.0))
    return float(special.chdtrc(1, max(drop, 0.0)))


def profile_interval(likelihood: Likelihood, maximum: Maximum, column: int, level: float) -> tuple[float, float]:
    """Both limits of the log hazard ratio, per unit of the covariate as given."""
    lower, upper = (profile_limit(likelihood, maximum, column, direction, level) for direction in (-1, 1))
    scale = float(likelihood.scale[column])
    return lower / scale, upper / scale


def _chi_square_quantile(level: float) -> float:
    return float(special.chdtri(1, 1 - level))
