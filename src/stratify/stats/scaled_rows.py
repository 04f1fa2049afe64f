"""Rows of a Cox model as its likelihoods take them: covariates centred and scaled, rows in kernel order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stratify.stats.risk_sets import Floats, Ints, RiskSets, listed
from stratify.stats.standardise import standardised

Ties: TypeAlias = Literal["efron", "breslow", "discrete", "marginal"]

_NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class ScaledRows:
    """Rows in kernel order; ``x`` (n, p) centred and scaled by ``centre`` and ``scale``, column after column.

    ``offset`` is around its mean. Neither a date in seconds nor a gene's raw count then upsets the arithmetic. Each
    likelihood is such rows with a way to evaluate it.
    """

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
    ) -> Self:
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
    def columns(self) -> Floats:
        """The covariates column after column, shape (p, n)."""
        return np.ascontiguousarray(self.x.T)

    def only(self, columns: NDArray[np.intp]) -> Self:
        """The same rows with some of the covariates."""
        return replace(self, x=self.columns[columns].T, centre=self.centre[columns], scale=self.scale[columns])

    def fixing(self, column: int, value: float) -> Self:
        """The same rows with one coefficient (of the scaled covariate) held at ``value``, as an offset."""
        held = self.only(np.delete(np.arange(self.x.shape[1]), column))
        return replace(held, offset=self.offset + value * self.x[:, column])

    @cached_property
    def members(self) -> tuple[Ints, Ints]:
        """Rows group by group, deaths first, and where the deaths and the others of each group start."""
        sets = self.sets
        return listed(2 * sets.group + ~sets.event, 2 * len(sets.deaths))

    @cached_property
    def entering(self) -> tuple[Ints, Ints]:
        """Rows by the last group before they entered, and where each group starts; empty where nobody enters late."""
        sets = self.sets
        return listed(sets.left, len(sets.deaths)) if len(sets.left) else (_NO_ROWS, _NO_ROWS)
