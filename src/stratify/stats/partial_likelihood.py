"""The Cox partial likelihood of one data set, by the approximations of Breslow and Efron where deaths are tied."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stratify.stats import kernels, kernels_firth
from stratify.stats.newton import ROUNDING, Point
from stratify.stats.risk_sets import Floats
from stratify.stats.scaled_rows import ScaledRows

Task = TypeVar("Task")

_PARALLEL_ROWS = 100_000
_BLOCKS = 4


@dataclass(frozen=True, eq=False)
class PartialLikelihood(ScaledRows):
    """The partial likelihood with the tied deaths as ``"efron"`` or ``"breslow"`` have them."""

    def __post_init__(self) -> None:
        if self.ties not in {"efron", "breslow"}:
            raise ValueError(f'{self.ties!r} ties are no sum over single deaths, as "efron" and "breslow" ties are')

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
        return Point(beta, value, observed + gradient, information, ROUNDING * squares.diagonal())

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


def _side_by_side(function: Callable[[Task], None], tasks: Sequence[Task]) -> None:
    """Do the tasks, in threads where there are several: the kernels release the interpreter's lock."""
    if len(tasks) == 1:
        function(tasks[0])
        return
    with ThreadPoolExecutor(min(len(tasks), os.cpu_count() or 1)) as pool:
        list(pool.map(function, tasks))
