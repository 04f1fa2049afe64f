"""The groups that an analysis compares, and which of them is the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.analysis.factors import factor, recorded_levels
from stratify.analysis.populations import Population
from stratify.analysis.refusal import refused
from stratify.diagnostics import SourceSpan, StratifyError, nearest
from stratify.model.study import ARM
from stratify.stats.variables import Categorical, Continuous, Variable

EVERYONE = "all patients"
"""The one group of an analysis that has no groups to compare."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of an analysis.

    Parameters
    ----------
    factor
        Its levels are the groups, those with nobody too.
    reference
        Position of the group that the others are compared with.
    ungrouped
        Why there are no groups: all patients are then in one; empty where there are.
    """

    factor: Categorical
    reference: int = 0
    ungrouped: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return self.factor.levels

    @property
    def present(self) -> tuple[int, ...]:
        """Positions of those with patients."""
        return tuple(np.unique(self.factor.codes[self.factor.codes >= 0]).tolist())

    @property
    def pair(self) -> tuple[int, int] | None:
        """The reference and the only other group; of several the only one with patients; else ``None``."""
        others = [i for i in range(len(self.names)) if i != self.reference]
        if len(others) > 1:
            others = [i for i in others if i in self.present]
        return (self.reference, others[0]) if len(others) == 1 else None

    @property
    def no_pair(self) -> str:
        """Why there is no pair."""
        if self.ungrouped:
            return self.ungrouped
        if len(self.names) == 1:
            return f'"{self.factor.name}" has only one group'
        return f'two groups are compared here, "{self.factor.name}" has {len(self.names)}'

    def reference_first(self) -> Categorical:
        """The factor with the reference as its first level, the others in their order."""
        return _first(self.factor, self.reference)


def groups_by(by: str, reference: str | None, population: Population, span: SourceSpan | None = None) -> Groups:
    """The groups named by ``by``, compared with the group ``reference`` (the first, where none is named).

    Raises
    ------
    StratifyError
        The name is not known (A001) or no factor (A006); the reference is no level of it (A007).
    """
    found = factor(by, population, span)
    if not (found.codes >= 0).any():
        alone = Categorical(by, np.zeros(population.n, dtype=np.int64), (EVERYONE,))
        return Groups(alone, ungrouped=_ungrouped(by, population))
    if reference is None or reference in found.levels:
        return Groups(found, 0 if reference is None else found.levels.index(reference))
    if reference in recorded_levels(by, population):
        return Groups(Categorical(by, found.codes, (*found.levels, reference)), len(found.levels))
    raise _unknown_reference(by, reference, found, population, span)


def with_reference(
    found: Variable, reference: str | None, population: Population, span: SourceSpan | None = None
) -> Variable:
    """A covariate, a factor with the level that the others are compared with as its first.

    Raises
    ------
    StratifyError
        The reference is no level of the factor, or is named for a number (A007).
    """
    if reference is None:
        return found
    if isinstance(found, Continuous):
        raise refused("A007", f'"{found.name}" is a number and has no reference level.', span, hint="Delete it.")
    if reference not in found.levels:
        raise _unknown_reference(found.name, reference, found, population, span)
    return _first(found, found.levels.index(reference))


def _first(factor: Categorical, level: int) -> Categorical:
    order = [level, *(i for i in range(len(factor.levels)) if i != level)]
    position = np.empty(len(order) + 1, dtype=np.int64)
    position[order], position[-1] = np.arange(len(order)), -1  # the code -1, missing, reads the last one
    return Categorical(factor.name, position[factor.codes], tuple(factor.levels[i] for i in order))


def pair_codes(groups: Groups, pair: tuple[int, int]) -> NDArray[np.int64]:
    """1 for the group, 0 for the reference, -1 for everyone else."""
    codes = groups.factor.codes
    return np.where(codes == pair[1], 1, np.where(codes == pair[0], 0, -1))


def _ungrouped(by: str, population: Population) -> str:
    if by != ARM:
        return f'no eligible patient has a value of "{by}"'
    if not population.allocation.arms:
        return "the protocol has no arms"
    return "no eligible patient has an arm"


def _unknown_reference(
    by: str, reference: str, found: Categorical, population: Population, span: SourceSpan | None
) -> StratifyError:
    # Arms, strata and definitions have declared names; a column's levels are patients' values, which no message shows.
    declared = by == ARM or by in {s.id for s in population.allocation.strata} | set(population.protocol.definitions)
    hint = nearest(reference, found.levels) if declared else f'"{by}" has {len(found.levels)} levels in the data.'
    return refused("A007", f'"{reference}" is no level of "{by}" that a patient has.', span, hint=hint)
