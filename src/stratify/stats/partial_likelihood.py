"""The Cox partial likelihood of one data set, by the approximations of Breslow and Efron where deaths are tied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from stratify.stats import kernels, kernels_firth, kernels_likelihood, kernels_running
from stratify.stats.newton import ROUNDING, Point
from stratify.stats.risk_sets import Floats
from stratify.stats.scaled_rows import ScaledRows
from stratify.stats.threads import side_by_side

_PARALLEL_ROWS = 250_000  # of fewer, the threads cost more than they save
_BLOCKS = 4


@dataclass(frozen=True, eq=False)
class PartialLikelihood(ScaledRows):
    """The partial likelihood with the tied deaths as ``"efron"`` or ``"breslow"`` have them."""

    def __post_init__(self) -> None:
        if self.ties not in {"efron", "breslow"}:
            raise ValueError(f'{self.ties!r} ties are no sum over single deaths, as "efron" and "breslow" ties are')

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
        sums = [kernels_likelihood.dot(column, w) for column in self.columns]
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
            kernels_likelihood.linear_predictor(self.columns, beta, rows.start, rows.stop, risk)
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
            x, base, bounds = self.columns, self._base, (rows.start, rows.stop)
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
            beta, denominators + value + observed_offset, gradient, information, ROUNDING * squares[0].diagonal()
        )

    def _run(self, beta: Floats, gradient: Floats, outer: Floats) -> float:
        """Denominators and their derivatives by sums that run with the rows; leaves each row's weight in the Gram."""
        sets, risk = self.sets, self._exponentials(beta)
        return kernels_running.sorted_terms(
            *(self.columns, self._base, sets.event, sets.last, sets.rows, sets.deaths, self._death_weight),
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
            kernels_likelihood.gram(self.columns, weights, rows.start, rows.stop, into)

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

    def information_slope(self, beta: Floats, inverse: Floats) -> Floats:
        """The trace of a symmetric matrix (p, p) times the information's derivative by each coefficient, shape (p,)."""
        sets, out = self.sets, np.zeros(len(beta))
        kernels_firth.skewness_terms(
            self.x,
            np.einsum("ij,ij->i", self.x @ inverse, self.x),
            self._base * np.exp(self.x @ beta),
            inverse,
            *self.members,
            *self.entering,
            sets.last,
            sets.carried,
            self._death_weight,
            self.ties == "efron",
            out,
        )
        return out
