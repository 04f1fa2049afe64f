"""Newton's method on the log-likelihood of a hazard model, whichever treatment of ties or penalty it has.

Covariates are scaled by whoever wrote the likelihood; the steps here are in units of a covariate's mean deviation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from stratify.stats.risk_sets import Floats

EPSILON = 1e-9
"""Convergence: relative change of the log-likelihood (R's ``coxph.control(eps)``)."""
MAX_ITERATIONS = 20
SINGULAR = float(np.finfo(np.float64).eps ** 0.75)
"""A pivot below this, relative to the largest diagonal element, is a linear dependence (R's ``toler.chol``)."""
ROUNDING = 1e-13  # of a difference of two long sums, relative to either
_LOOK_FURTHER = 5  # Newton steps beyond convergence that tell a slow end from none
_CLIMBS = 100
_LONGEST_STEP = 5.0
_VANISHED = 1e-12
"""Information relative to that at zero, below which it is rounding."""
_DIVERGING = 1e-3  # a Newton step, in units of the covariate's mean deviation, that a converged fit does not take


@dataclass(frozen=True, eq=False)
class Point:
    """Log-likelihood, gradient and information at one coefficient vector (scaled covariates).

    ``noise`` (p) bounds what rounding leaves on the diagonal of an information that is truly zero.
    """

    beta: Floats
    log_likelihood: float
    gradient: Floats
    information: Floats
    noise: Floats

    @cached_property
    def step(self) -> Floats:
        """The Newton step from here."""
        return solve(self.information, self.gradient)


class Likelihood(Protocol):
    """A log-likelihood of coefficients, one for each covariate divided by its ``scale`` (infinite: constant)."""

    @property
    def scale(self) -> Floats:
        """Of each covariate: a coefficient divided by it is per unit of the covariate as given."""

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta``; values may be infinite or NaN where an exponential overflows."""

    def fixing(self, column: int, value: float) -> Likelihood:
        """The same rows with one coefficient held at ``value``."""


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where Newton's method ended: the null point, the last point, and the directions in which it did not settle."""

    null: Point
    point: Point
    iterations: int
    converged: bool
    diverging: NDArray[np.bool_]


def maximise(likelihood: Likelihood, null: Point | None = None) -> Maximum:
    """Newton's method from zero with step halving, by the rule of R's ``coxph``; then look for monotone likelihood.

    Where the likelihood keeps rising along some direction for ever, its change still falls below any bound while the
    step stays about one unit long (exp(-beta) halves the gain each time); at a true maximum the step vanishes.
    """
    null = point = likelihood.at(np.zeros(len(likelihood.scale))) if null is None else null
    trial, halving, converged, iteration = null.beta + null.step, 0, len(null.beta) == 0, 0
    while not converged and iteration < MAX_ITERATIONS:
        iteration += 1
        new = likelihood.at(trial)
        usable = math.isfinite(new.log_likelihood) and bool(np.isfinite(new.information).all())
        if usable and abs(new.log_likelihood - point.log_likelihood) <= EPSILON * abs(new.log_likelihood):
            point, converged = new, True
        elif not usable or new.log_likelihood < point.log_likelihood:
            halving += 1
            trial = (trial + halving * point.beta) / (halving + 1)
        else:
            point, halving, trial = new, 0, new.beta + new.step
    diverging = _diverging(likelihood, point) | _vanished(null, point)
    return Maximum(null, point, iteration, converged or bool(diverging.any()), diverging)


def _diverging(likelihood: Likelihood, point: Point) -> NDArray[np.bool_]:
    """The coefficients that keep moving when Newton's method goes on."""
    moving = np.abs(point.step) > _DIVERGING
    for _ in range(_LOOK_FURTHER):
        if not moving.any():
            break
        following = likelihood.at(point.beta + point.step)
        falls = not following.log_likelihood >= point.log_likelihood - EPSILON
        if falls or not np.all(np.isfinite(following.step)):
            break
        point = following
        moving &= np.abs(point.step) > _DIVERGING
    return moving


def _vanished(null: Point, point: Point) -> NDArray[np.bool_]:
    """The coefficients about which nothing is left to know: far enough out the likelihood is flat to the last digit.

    One event whose risk set is {0, 3} sends the coefficient to minus infinity, and Newton's steps end where the
    information has become 0, or rounding below it.
    """
    vanished: NDArray[np.bool_] = point.information.diagonal() <= _VANISHED * null.information.diagonal()
    return vanished


def climb(likelihood: Likelihood, start: Floats) -> float:
    """The maximum of the log-likelihood from a good start, by Newton's method with a line search.

    Slower and surer than :func:`maximise`: with a coefficient held far out the plain steps overshoot.
    """
    point = likelihood.at(start)
    for _ in range(_CLIMBS):
        step = _bounded(point.step)
        if not point.gradient @ step > 0:
            step = _bounded(point.gradient)
        new = likelihood.at(point.beta + step)
        while not new.log_likelihood >= point.log_likelihood and np.any(np.abs(step) > 1e-9):
            step = step / 2
            new = likelihood.at(point.beta + step)
        gain = new.log_likelihood - point.log_likelihood
        if not gain > EPSILON / 100 * (1 + abs(point.log_likelihood)):
            break
        point = new
    return point.log_likelihood


def _bounded(step: Floats) -> Floats:
    """The step, or its direction only where it is so long that the exponential would overflow."""
    length = float(np.max(np.abs(step), initial=0.0))
    if not np.isfinite(length):
        return np.zeros_like(step)
    return step if length <= _LONGEST_STEP else step / length * _LONGEST_STEP


def solve(matrix: Floats, vector: Floats) -> Floats:
    """Solve a symmetric system; least squares where it is singular to the last digit, NaN where it has overflown.

    Far out on a monotone likelihood the log-likelihood can still be a number where the information is none.
    """
    if not np.isfinite(matrix).all():
        return np.full(vector.shape, np.nan)
    if not matrix.size:
        return vector.copy()
    *_, solution, failed = lapack.dgesv(matrix, vector)  # what numpy.linalg.solve calls, at a third of its overhead
    return np.asarray(np.linalg.lstsq(matrix, vector)[0] if failed else solution)


def dependent_columns(null: Point) -> NDArray[np.bool_]:
    """Columns that are combinations of earlier ones, or do not vary: later columns yield, as in R.

    The pivots of the root-free Cholesky factorisation, in the order given, against ``SINGULAR`` times the largest
    diagonal element. Where no risk set has two kinds of patients all elements are rounding, so that bound alone would
    take noise for information.
    """
    left = null.information.copy()
    bound = np.maximum(SINGULAR * float(np.max(left.diagonal(), initial=0.0)), null.noise)
    dependent = np.zeros(len(left), np.bool_)
    try:
        if (np.linalg.cholesky(left).diagonal() ** 2 > bound).all():  # the same pivots, and the usual case
            return dependent
    except np.linalg.LinAlgError:
        pass
    for j in range(len(left)):
        pivot = left[j, j]
        if not pivot > bound[j]:
            dependent[j] = True
            continue
        left[j + 1 :, j + 1 :] -= np.outer(left[j + 1 :, j], left[j, j + 1 :]) / pivot
    return dependent
