"""The Cox partial likelihood of one data set and its maximum by Newton's method.

Covariates are centred and scaled once, so that neither a date in seconds nor a gene's raw count upsets the arithmetic;
everything outside speaks of the covariates as given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels
from stratify.stats.risk_sets import RiskSets

Floats: TypeAlias = NDArray[np.float64]
Ties: TypeAlias = Literal["efron", "breslow"]

EPSILON = 1e-9
"""Convergence: relative change of the log-likelihood (R's ``coxph.control(eps)``)."""
MAX_ITERATIONS = 20
SINGULAR = float(np.finfo(np.float64).eps ** 0.75)
"""A pivot below this, relative to the largest diagonal element, is a linear dependence (R's ``toler.chol``)."""
_DIVERGING = 1e-3  # a Newton step, in units of the covariate's mean deviation, that a converged fit does not take


@dataclass(frozen=True, eq=False)
class Point:
    """Log-likelihood, gradient and information at one coefficient vector (scaled covariates)."""

    beta: Floats
    log_likelihood: float
    gradient: Floats
    information: Floats

    @cached_property
    def step(self) -> Floats:
        """The Newton step from here."""
        return solve(self.information, self.gradient)


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """Rows in kernel order; ``x`` (n, p) centred and scaled by ``centre`` and ``scale``."""

    x: Floats
    offset: Floats
    weight: Floats
    sets: RiskSets
    ties: Ties
    centre: Floats
    scale: Floats

    @classmethod
    def of(
        cls, x: Floats, sets: RiskSets, ties: Ties, *, weight: Floats | None = None, offset: Floats | None = None
    ) -> PartialLikelihood:
        """Centre, scale and arrange the rows; a constant column becomes exactly zero."""
        n = len(x)
        weight = np.ones(n) if weight is None else weight
        total = weight.sum()
        centre = weight @ x / total
        deviation = x - centre
        mean_deviation = weight @ np.abs(deviation) / total
        varies = (x.max(axis=0) > x.min(axis=0)) & (mean_deviation > 0)
        scale = np.where(varies, mean_deviation, np.inf)
        scaled = deviation / scale
        offset = np.zeros(n) if offset is None else offset - weight @ offset / total
        if sets.order is not None:
            scaled, weight, offset = scaled[sets.order], weight[sets.order], offset[sets.order]
        return cls(scaled, offset, weight, sets, ties, centre, scale)

    @cached_property
    def _death_weight(self) -> Floats:
        sets = self.sets
        return np.bincount(sets.group[sets.event], self.weight[sets.event], len(sets.deaths)).astype(np.float64)

    @cached_property
    def _tied_death(self) -> NDArray[np.bool_]:
        sets = self.sets
        if self.ties == "breslow":
            return np.zeros(len(sets.group), np.bool_)
        return sets.event & (sets.deaths > 1)[sets.group]

    @cached_property
    def _observed(self) -> tuple[Floats, float]:
        w = np.where(self.sets.event, self.weight, 0.0)
        return w @ self.x, float(w @ self.offset)

    @cached_property
    def _work(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Buffers for each row's risk and for the groups' sums, made once: fresh memory costs more than the sums."""
        shape = len(self.sets.deaths), self.x.shape[1] + 1
        none = (0, shape[1])
        delayed, tied = bool(np.any(self.sets.left >= 0)), bool(np.any(self._tied_death))
        return (
            np.empty(len(self.x)),
            np.empty(shape),
            np.empty(shape if delayed else none),
            np.empty(shape if tied else none),
        )

    def _sum_risks(self, beta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        risk, added, removed, dying = self._work
        for sums in (added, removed, dying):
            sums[:] = 0.0
        sets = self.sets
        kernels.risk_sums(
            self.x, self.offset, self.weight, sets.group, sets.left, self._tied_death, beta, risk, added, removed, dying
        )
        return risk, added, removed, dying

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        sets, p = self.sets, len(beta)
        risk, added, removed, dying = self._sum_risks(beta)
        hazard, tied_share = np.empty(len(added)), np.empty(len(added))
        gradient, outer, squares = np.zeros(p), np.zeros((p, p)), np.zeros((p, p))
        denominators = kernels.group_terms(
            added,
            removed,
            dying,
            sets.last,
            sets.carried,
            sets.deaths,
            self._death_weight,
            self.ties == "efron",
            hazard,
            tied_share,
            gradient,
            outer,
        )
        kernels.gram(self.x, risk, sets.group, sets.left, self._tied_death, hazard, tied_share, squares)
        observed, observed_offset = self._observed
        lower = squares - outer
        information = lower + lower.T - np.diag(np.diag(lower))
        value = float(denominators + observed @ beta + observed_offset)
        return Point(beta, value, observed + gradient, information)

    def score_residuals(self, beta: Floats) -> Floats:
        """Weighted score residuals (n, p), per scaled covariate, in kernel order; their sum is the gradient."""
        sets = self.sets
        risk, added, removed, dying = self._sum_risks(beta)
        out = np.empty_like(self.x)
        kernels.score_residuals(
            self.x,
            risk,
            self.weight,
            sets.event,
            sets.group,
            sets.left,
            added,
            removed,
            dying,
            sets.last,
            sets.carried,
            sets.deaths,
            self._death_weight,
            self.ties == "efron",
            out,
        )
        return out

    def only(self, columns: NDArray[np.intp]) -> PartialLikelihood:
        """The same rows with some of the covariates."""
        x = np.ascontiguousarray(self.x[:, columns])
        return replace(self, x=x, centre=self.centre[columns], scale=self.scale[columns])

    def fixing(self, column: int, value: float) -> PartialLikelihood:
        """The same rows with one coefficient (of the scaled covariate) held at ``value``, as an offset."""
        others = np.delete(np.arange(self.x.shape[1]), column)
        held = self.only(others)
        return replace(held, offset=self.offset + value * self.x[:, column])


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where Newton's method ended: the null point, the last point, and the directions in which it did not settle."""

    null: Point
    point: Point
    iterations: int
    converged: bool
    diverging: NDArray[np.bool_]


def maximise(likelihood: PartialLikelihood, null: Point | None = None) -> Maximum:
    """Newton's method from zero with step halving, by the rule of R's ``coxph``; then look for monotone likelihood.

    Where the likelihood keeps rising along some direction for ever, its change still falls below any bound while the
    step stays about one unit long (exp(-beta) halves the gain each time); at a true maximum the step vanishes.
    """
    null = point = likelihood.at(np.zeros(likelihood.x.shape[1])) if null is None else null
    trial, halving, converged, iteration = null.beta + null.step, 0, len(null.beta) == 0, 0
    while not converged and iteration < MAX_ITERATIONS:
        iteration += 1
        new = likelihood.at(trial)
        usable = np.isfinite(new.log_likelihood) and bool(np.all(np.isfinite(new.information)))
        if usable and abs(new.log_likelihood - point.log_likelihood) <= EPSILON * abs(new.log_likelihood):
            point, converged = new, True
        elif not usable or new.log_likelihood < point.log_likelihood:
            halving += 1
            trial = (trial + halving * point.beta) / (halving + 1)
        else:
            point, halving, trial = new, 0, new.beta + new.step
    diverging = _diverging(likelihood, point)
    return Maximum(null, point, iteration, converged or bool(np.any(diverging)), diverging)


def _diverging(likelihood: PartialLikelihood, point: Point) -> NDArray[np.bool_]:
    nothing = np.zeros(len(point.beta), np.bool_)
    size = float(np.max(np.abs(point.step), initial=0.0))
    if size < _DIVERGING:
        return nothing
    following = likelihood.at(point.beta + point.step)
    if not np.isfinite(following.log_likelihood) or following.log_likelihood < point.log_likelihood - EPSILON:
        return nothing
    later = np.abs(following.step)
    return (later > _DIVERGING) & (later > size / 2) if np.all(np.isfinite(later)) else np.abs(point.step) > size / 2


def solve(matrix: Floats, vector: Floats) -> Floats:
    """Solve a symmetric system; least squares where it is singular to the last digit."""
    try:
        return np.asarray(np.linalg.solve(matrix, vector))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, vector)[0])


def dependent_columns(information: Floats) -> NDArray[np.bool_]:
    """Columns that are combinations of earlier ones, or do not vary: later columns yield, as in R.

    The pivots of the root-free Cholesky factorisation, in the order given, against ``SINGULAR`` times the largest
    diagonal element.
    """
    left = information.copy()
    bound = SINGULAR * float(np.max(np.diag(left), initial=0.0))
    dependent = np.zeros(len(left), np.bool_)
    for j in range(len(left)):
        pivot = left[j, j]
        if not pivot > bound:
            dependent[j] = True
            continue
        left[j + 1 :, j + 1 :] -= np.outer(left[j + 1 :, j], left[j, j + 1 :]) / pivot
    return dependent
