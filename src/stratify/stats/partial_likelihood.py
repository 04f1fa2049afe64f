"""The Cox partial likelihood of one data set and its maximum by Newton's method.

Covariates are centred and scaled once, so that neither a date in seconds nor a gene's raw count upsets the arithmetic;
everything outside speaks of the covariates as given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels
from stratify.stats.risk_sets import RiskSets

Floats: TypeAlias = NDArray[np.float64]
Task = TypeVar("Task")
Ties: TypeAlias = Literal["efron", "breslow"]

EPSILON = 1e-9
"""Convergence: relative change of the log-likelihood (R's ``coxph.control(eps)``)."""
MAX_ITERATIONS = 20
SINGULAR = float(np.finfo(np.float64).eps ** 0.75)
"""A pivot below this, relative to the largest diagonal element, is a linear dependence (R's ``toler.chol``)."""
_ROUNDING = 1e-13  # of a difference of two long sums, relative to either
_LOOK_FURTHER = 5  # Newton steps beyond convergence that tell a slow end from none
_CLIMBS = 100
_LONGEST_STEP = 5.0
_PARALLEL_ROWS = 100_000
_BLOCKS = 4
_NO_ORDER = np.empty(0, np.int64)
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
        n, p = x.shape
        weight = np.ones(n) if weight is None else weight
        offset = np.zeros(n) if offset is None else offset - weight @ offset / weight.sum()
        scaled, centre, scale = np.empty((n, p)), np.zeros(p), np.zeros(p)
        kernels.standardise(x, weight, _NO_ORDER if sets.order is None else sets.order, scaled, centre, scale)
        if sets.order is not None:
            weight, offset = weight[sets.order], offset[sets.order]
        return cls(scaled, offset, weight, sets, ties, centre, scale)

    @cached_property
    def _base(self) -> Floats:
        return np.asarray(self.weight * np.exp(self.offset))

    @cached_property
    def _death_weight(self) -> Floats:
        sets = self.sets
        weight = np.where(sets.event, self.weight, 0.0)
        return np.bincount(sets.group, weight, len(sets.deaths)).astype(np.float64, copy=False)

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
    def _blocks(self) -> tuple[slice, ...]:
        """Rows in a few blocks for a few threads.

        Their number does not depend on the machine: sums of blocks round differently from other sums, and a result
        must be the same to the last bit on one core and on sixteen.
        """
        n = len(self.x)
        if n < _PARALLEL_ROWS:
            return (slice(0, n),)
        cuts = np.linspace(0, n, _BLOCKS + 1).astype(np.int64)
        if self.sets.order is not None:  # sorted rows: no group in two blocks, so that blocks can share the sums
            cuts[1:-1] = np.searchsorted(self.sets.group, self.sets.group[cuts[1:-1]])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(cuts))

    @cached_property
    def _work(self) -> tuple[Floats, list[tuple[Floats, Floats, Floats]]]:
        """Buffers for each row's risk and for the groups' sums, made once: fresh memory costs more than the sums.

        Blocks of sorted rows share the sums over exits; sums over entries, and all sums of unsorted rows, are
        scattered, so each block has its own.
        """
        shape = len(self.sets.deaths), self.x.shape[1] + 1
        none = (0, shape[1])
        removed = shape if len(self.sets.left) else none
        dying = shape if np.any(self._tied_death) else none
        sums = [(np.empty(shape), np.empty(removed), np.empty(dying))]
        for _ in self._blocks[1:]:
            own = self.sets.order is None
            first = sums[0]
            sums.append((np.empty(shape) if own else first[0], np.empty(removed), np.empty(dying) if own else first[2]))
        return np.empty(len(self.x)), sums

    def _sum_risks(self, beta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        risk, sums = self._work
        sets, x, base, tied = self.sets, self.x, self._base, self._tied_death
        distinct = {id(array): array for block in sums for array in block}
        for array in distinct.values():
            array[:] = 0.0

        def add(task: tuple[slice, tuple[Floats, Floats, Floats]]) -> None:
            rows, into = task
            kernels.risk_sums(
                x[rows], base[rows], sets.group[rows], sets.left[rows], tied[rows], beta, risk[rows], *into
            )

        _side_by_side(add, list(zip(self._blocks, sums, strict=True)))
        total = sums[0]
        for block in sums[1:]:
            for whole, part in zip(total, block, strict=True):
                if part is not whole:
                    np.add(whole, part, out=whole)
        return risk, *total

    def _squares(self, risk: Floats, hazard: Floats, tied_share: Floats) -> Floats:
        sets, p = self.sets, self.x.shape[1]
        squares = np.zeros((len(self._blocks), p, p))

        def add(task: tuple[slice, Floats]) -> None:
            rows, into = task
            left, tied = sets.left[rows], self._tied_death[rows]
            kernels.gram(self.x[rows], risk[rows], sets.group[rows], left, tied, hazard, tied_share, into)

        _side_by_side(add, list(zip(self._blocks, squares, strict=True)))
        return np.asarray(squares.sum(axis=0))

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        sets, p = self.sets, len(beta)
        risk, added, removed, dying = self._sum_risks(beta)
        hazard, tied_share = np.empty(len(added)), np.empty(len(added))
        gradient, outer = np.zeros(p), np.zeros((p, p))
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
        observed, observed_offset = self._observed
        squares = self._squares(risk, hazard, tied_share)
        lower = squares - outer
        information = lower + lower.T
        np.fill_diagonal(information, lower.diagonal())
        value = float(denominators + observed @ beta + observed_offset)
        return Point(beta, value, observed + gradient, information, _ROUNDING * squares.diagonal())

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


def _side_by_side(function: Callable[[Task], None], tasks: Sequence[Task]) -> None:
    """Do the tasks, in threads where there are several: the kernels release the interpreter's lock."""
    if len(tasks) == 1:
        function(tasks[0])
        return
    with ThreadPoolExecutor(min(len(tasks), os.cpu_count() or 1)) as pool:
        list(pool.map(function, tasks))


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
    diverging = _diverging(likelihood, point) | _vanished(null, point)
    return Maximum(null, point, iteration, converged or bool(np.any(diverging)), diverging)


def _diverging(likelihood: PartialLikelihood, point: Point) -> NDArray[np.bool_]:
    """The coefficients that keep moving when Newton's method goes on."""
    moving = np.abs(point.step) > _DIVERGING
    for _ in range(_LOOK_FURTHER):
        if not np.any(moving):
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
    return np.diag(point.information) <= _VANISHED * np.diag(null.information)


def climb(likelihood: PartialLikelihood, start: Floats) -> float:
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
    if not np.all(np.isfinite(matrix)):
        return np.full(vector.shape, np.nan)
    try:
        return np.asarray(np.linalg.solve(matrix, vector))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, vector)[0])


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
        if np.all(np.linalg.cholesky(left).diagonal() ** 2 > bound):  # the same pivots, and the usual case
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
