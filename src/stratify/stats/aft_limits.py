"""Where an accelerated failure-time likelihood has no maximum, told exactly before it is climbed.

Two ways it rises for ever. A direction of the coefficients that leaves every event's linear predictor and raises some
censored row's: each censored time then becomes certain to be survived (an arm without events). And a scale of zero:
every event lies on one plane of log time and no censored row beyond it (one event; all events at one time). Both are
questions of linear programming.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse, special

from stratify.stats.aft_likelihood import AftLikelihood, AftRows, maximise
from stratify.stats.design_matrix import RANK, Floats

_ZERO = 1e-9
_FARTHEST = 500.0  # per scaled covariate, beyond which a limit is called infinite


def rising_direction(rows: AftRows) -> Floats | None:
    """A direction of the coefficients along which the likelihood rises for ever; None where there is none.

    Of all such directions one that moves every censored row that any of them moves.
    """
    x_event, k = rows.x[rows.event], rows.x.shape[1]
    if len(x_event) >= k and np.linalg.matrix_rank(x_event, tol=RANK * np.linalg.norm(x_event)) == k:
        return None
    x_censored = np.unique(rows.x[~rows.event], axis=0)
    m = len(x_censored)
    if not m:
        return None
    fixed = _independent(x_event)
    # maximise the sum of u under u <= x d, 0 <= u <= 1, x_event d = 0
    found = optimize.linprog(
        np.concatenate([np.zeros(k), -np.ones(m)]),
        A_ub=sparse.hstack([-x_censored, sparse.eye_array(m)]),  # dense, ten thousand patients would take 800 MB
        b_ub=np.zeros(m),
        A_eq=np.hstack([fixed, np.zeros((len(fixed), m))]),
        b_eq=np.zeros(len(fixed)),
        bounds=[(None, None)] * k + [(0, 1)] * m,
        method="highs",
    )
    if not found.success or -found.fun < _ZERO:
        return None
    direction = found.x[:k] / np.max(np.abs(found.x[:k]))
    return np.where(np.abs(direction) > _ZERO, direction, 0.0)


def sign_at_infinity(rows: AftRows, direction: Floats, form: Floats) -> float:
    """Where a linear form of the coefficients goes as the likelihood rises: 1 or -1 to infinity, 0 if it stays.

    NaN where it may go either way: with two columns that only rows at infinity tell apart, any share between them does.
    """
    moving = rows.x @ direction > _ZERO
    raised, fixed = np.unique(rows.x[moving], axis=0), _independent(rows.x[~moving])
    bounds = []
    for sign in (1.0, -1.0):
        found = optimize.linprog(
            sign * form,
            A_ub=-raised,
            b_ub=-np.ones(len(raised)),
            A_eq=fixed,
            b_eq=np.zeros(len(fixed)),
            bounds=(None, None),
            method="highs",
        )
        bounds.append(sign * found.fun if found.success else -sign * np.inf)
    lowest, highest = bounds
    if lowest > _ZERO or highest < -_ZERO:
        return 1.0 if lowest > 0 else -1.0
    return 0.0 if max(abs(lowest), abs(highest)) <= _ZERO else np.nan


def fitted_exactly(rows: AftRows) -> bool:
    """Whether some coefficients put every event on the line and no censored row above it: the scale goes to zero."""
    x, time = rows.x[rows.event], (rows.log_time - rows.offset)[rows.event]
    solution = np.linalg.lstsq(x, time)[0]
    if np.max(np.abs(time - x @ solution), initial=0.0) > _ZERO * max(1.0, float(np.ptp(rows.log_time))):
        return False
    x_censored, censored = rows.x[~rows.event], (rows.log_time - rows.offset)[~rows.event]
    if not len(censored):
        return True
    # The line may turn about the events: x (solution + move) >= censored time with x_event move = 0.
    fixed = _independent(x)
    found = optimize.linprog(
        np.zeros(x.shape[1]),
        A_ub=-x_censored,
        b_ub=x_censored @ solution - censored + _ZERO,
        A_eq=fixed,
        b_eq=np.zeros(len(fixed)),
        bounds=(None, None),
        method="highs",
    )
    return bool(found.success)


def _independent(x: Floats) -> Floats:
    """Rows that span the same space: as many as the rank, so that a solver meets no equation twice."""
    _, values, vectors = np.linalg.svd(x, full_matrices=False)
    return np.asarray(vectors[values > RANK * max(float(np.max(values, initial=0.0)), 1e-300)])


def profile_log_likelihood(likelihood: AftLikelihood, column: int, value: float) -> float:
    """Log-likelihood with one coefficient held at ``value`` and everything else at its best."""
    held = AftLikelihood(likelihood.rows.fixing(column, value), likelihood.distribution)
    return maximise(held, held.neutral_start()).point.log_likelihood


def one_sided_limit(likelihood: AftLikelihood, supremum: float, column: int, *, rising: bool, level: float) -> float:
    """The one limit of a coefficient whose estimate is infinite: where twice the drop reaches the chi-square quantile.

    Infinite where the likelihood stays above that bound as far as one can look.
    """
    target = supremum - float(special.chdtri(1, 1 - level)) / 2

    def excess(value: float) -> float:
        return max(profile_log_likelihood(likelihood, column, value) - target, -1e6)

    # The limit lies where the coefficient still matters; from zero outward, the far end first found above the bound.
    sign = 1.0 if rising else -1.0
    inner, outer = 0.0, 1.0
    if excess(0.0) < 0:
        while excess(sign * outer) < 0:
            inner, outer = outer, outer * 2
            if outer > _FARTHEST:
                return -sign * np.inf
    else:
        inner, outer = -1.0, 0.0
        while excess(sign * inner) >= 0:
            inner, outer = inner * 2, inner
            if inner < -_FARTHEST:
                return -sign * np.inf
    return float(optimize.brentq(excess, *sorted((sign * inner, sign * outer)), xtol=1e-10))
