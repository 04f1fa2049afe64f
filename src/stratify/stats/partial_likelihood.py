"""The Cox partial likelihood of one data set and its maximum by Newton's method.

Covariates are centred and scaled once, so that neither a date in seconds nor a gene's raw count upsets the arithmetic;
everything outside speaks of the covariates as given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from stratify.stats import kernels, kernels_likelihood, kernels_running
from stratify.stats.risk_sets import RiskSets
from stratify.stats.standardise import standardised
from stratify.stats.threads import side_by_side

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
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
_PARALLEL_ROWS = 250_000  # of fewer, the threads cost more than they save
_BLOCKS = 4
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
    """Rows in kernel order; ``x`` (n, p) centred and scaled by ``centre`` and ``scale``, column after column."""

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
        n, order = len(x), sets.order
        given = np.ones(n) if weight is None else weight
        scaled, centre, scale = standardised(x, given, order)
        if offset is None:
            shift = np.zeros(n)
        else:
            shift = offset - (given * offset).sum() / given.sum()
            shift = shift if order is None else shift[order]
        arranged = given if weight is None or order is None else given[order]
        return cls(scaled, shift, arranged, sets, ties, centre, scale)

    @cached_property
    def _columns(self) -> Floats:
        return np.ascontiguousarray(self.x.T)

    @cached_property
    def _base(self) -> Floats:
        return np.asarray(self.weight * np.exp(self.offset)) if self.offset.any() else self.weight

    @cached_property
    def _event_weight(self) -> Floats:
        return np.asarray(self.weight * self.sets.event)

    @cached_property
    def _death_weight(self) -> Floats:
        return np.bincount(self.sets.group, self._event_weight, len(self.sets.deaths)).astype(np.float64, copy=False)

    @cached_property
    def _observed(self) -> tuple[Floats, float]:
        w = self._event_weight
        sums = [kernels_likelihood.dot(column, w) for column in self._columns]
        return np.array(sums, dtype=np.float64), kernels_likelihood.dot(self.offset, w)

    @cached_property
    def _running(self) -> bool:
        """Whether the sums over risk sets can run with the rows."""
        return self.sets.order is not None and not len(self.sets.left)

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
    def _work(self) -> tuple[Floats, Floats, Floats]:
        """Buffers for each row's risk and each group's hazard, made once: fresh memory costs more than the sums."""
        groups = len(self.sets.deaths)
        return np.empty(len(self.x)), np.empty(groups), np.empty(groups)

    @cached_property
    def _sums(self) -> list[tuple[Floats, Floats]]:
        """Buffers for the groups' sums over exits and entries, for each block.

        Deaths are summed apart where some are tied. Blocks of sorted rows share the sums over exits; sums over
        entries, and all sums of unsorted rows, are scattered, so each block has its own.
        """
        groups, q = len(self.sets.deaths), self.x.shape[1] + 1
        apart = 2 if self.ties == "efron" and np.any(self.sets.deaths > 1) else 1
        removed = (groups if len(self.sets.left) else 0, q)
        sums = [(np.empty((apart * groups, q)), np.empty(removed))]
        for _ in self._blocks[1:]:
            own = self.sets.order is None
            sums.append((np.empty((apart * groups, q)) if own else sums[0][0], np.empty(removed)))
        return sums

    def _exponentials(self, beta: Floats) -> Floats:
        """The exponential of each row's linear predictor, without its offset."""
        risk = self._work[0]

        def fill(rows: slice) -> None:
            kernels_likelihood.linear_predictor(self._columns, beta, rows.start, rows.stop, risk)
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                np.exp(risk[rows], out=risk[rows])

        side_by_side(fill, self._blocks)
        return risk

    def _sum_risks(self, beta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Each row's risk, and its sums over the groups: added, removed (rows that enter late), dying."""
        risk, sums, sets = self._exponentials(beta), self._sums, self.sets
        groups, total = len(sets.deaths), sums[0]
        distinct = {id(array): array for block in sums for array in block}
        for array in distinct.values():
            array[:] = 0.0
        beyond = len(total[0]) - groups

        def add(task: tuple[slice, tuple[Floats, Floats]]) -> None:
            rows, into = task
            x, base, bounds = self._columns, self._base, (rows.start, rows.stop)
            kernels_likelihood.risk_sums(x, base, sets.event, sets.group, sets.left, *bounds, risk, beyond, *into)

        side_by_side(add, list(zip(self._blocks, sums, strict=True)))
        for block in sums[1:]:
            for whole, part in zip(total, block, strict=True):
                if part is not whole:
                    np.add(whole, part, out=whole)
        ending, removed = total
        added, dying = ending[:groups], ending[groups:]
        if beyond:
            added += dying
        return risk, added, removed, dying

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        p = len(beta)
        gradient, outer, information = np.zeros(p), np.zeros((p, p)), np.empty((p, p))
        denominators = (self._run if self._running else self._gather)(beta, gradient, outer)
        observed, observed_offset = self._observed
        squares = self._squares()
        value = kernels_likelihood.finish(squares, outer, observed, beta, gradient, information)
        return Point(
            beta, denominators + value + observed_offset, gradient, information, _ROUNDING * squares[0].diagonal()
        )

    def _run(self, beta: Floats, gradient: Floats, outer: Floats) -> float:
        """Denominators and their derivatives by sums that run with the rows; leaves each row's weight in the Gram."""
        sets, risk = self.sets, self._exponentials(beta)
        return kernels_running.sorted_terms(
            *(self._columns, self._base, sets.event, sets.last, sets.rows, sets.deaths, self._death_weight),
            *(self.ties == "efron", risk, *self._work[1:], gradient, outer),
        )

    def _gather(self, beta: Floats, gradient: Floats, outer: Floats) -> float:
        """As :meth:`_run` by sums over groups, for rows in any order."""
        sets, (_, hazard, share) = self.sets, self._work
        risk, added, removed, dying = self._sum_risks(beta)
        value = kernels_likelihood.group_terms(
            *(added, removed, dying, sets.last, sets.carried, sets.deaths, self._death_weight),
            *(self.ties == "efron", hazard, share, gradient, outer),
        )

        def weigh(rows: slice) -> None:
            bounds = rows.start, rows.stop
            kernels_likelihood.weigh(sets.event, sets.group, sets.left, hazard, share, *bounds, risk)

        side_by_side(weigh, self._blocks)
        return value

    def _squares(self) -> Floats:
        """Each block's Gram matrix of the covariates (lower triangle) under the weights that the sums left behind."""
        p, weights = self.x.shape[1], self._work[0]
        squares = np.zeros((len(self._blocks), p, p))

        def add(task: tuple[slice, Floats]) -> None:
            rows, into = task
            kernels_likelihood.gram(self._columns, weights, rows.start, rows.stop, into)

        side_by_side(add, list(zip(self._blocks, squares, strict=True)))
        return squares

    def score_residuals(self, beta: Floats) -> Floats:
        """Weighted score residuals (n, p), per scaled covariate, in kernel order; their sum is the gradient."""
        sets = self.sets
        risk, added, removed, dying = self._sum_risks(beta)
        rows = np.ascontiguousarray(self.x)
        out = np.empty_like(rows)
        kernels.score_residuals(
            rows,
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
        return replace(self, x=self._columns[columns].T, centre=self.centre[columns], scale=self.scale[columns])

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


def _diverging(likelihood: PartialLikelihood, point: Point) -> NDArray[np.bool_]:
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
