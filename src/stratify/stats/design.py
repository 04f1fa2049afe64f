"""Covariates with names and terms: factors turned into columns against a stated reference level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stratify.stats.risk_sets import Flags, Floats
from stratify.stats.variables import Categorical, Continuous, Variable


@dataclass(frozen=True, slots=True)
class DesignTerm:
    """The columns of one variable, tested together.

    Attributes
    ----------
    name
        Of the variable.
    columns
        Names of its columns: its own name, or ``variable[level]`` for each level but the reference.
    levels, reference
        Of a factor: the levels of its columns, and the level they are compared with; empty and ``None`` otherwise.
    unused
        Levels without a complete row, which have no column.
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[str, ...] = ()
    reference: str | None = None
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """A design matrix that knows its terms.

    Attributes
    ----------
    x
        Shape (n, p), NaN throughout the columns of a variable where it is missing.
    terms
        One for each variable, in the order given, those of no column among them.
    notes
        Factors with unused levels, and factors of which one level is left.
    """

    x: Floats
    terms: tuple[DesignTerm, ...]
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the p columns."""
        return tuple(name for term in self.terms for name in term.columns)

    def term(self, name: str) -> DesignTerm:
        """The term of the variable with this name.

        Raises
        ------
        KeyError
            No such variable.
        """
        for term in self.terms:
            if term.name == name:
                return term
        raise KeyError(name)

    def row(self, values: Mapping[str, float | str]) -> Floats:
        """The columns, shape (p,), of a patient with these values: a number or the name of a level for each variable.

        Raises
        ------
        ValueError
            A variable without a value, a value without a variable, a level that has no column and is no reference.
        """
        names = {term.name for term in self.terms}
        if values.keys() != names:
            raise ValueError(f"values needed for {_listed(sorted(names))}, given for {_listed(sorted(values))}")
        parts = [_columns_of(term, values[term.name]) for term in self.terms]
        return np.concatenate([np.empty(0), *parts])


def design(variables: Sequence[Variable], references: Mapping[str, str] | None = None) -> Design:
    """Turn variables into the columns of a regression.

    Parameters
    ----------
    variables
        Of the same length, with different names. A factor becomes one 0/1 column for each level but the reference; a
        level that no complete row has (all variables known) becomes none, where R would leave a coefficient of NA.
    references
        The reference level of each factor; of a factor that is not named, the first level that has complete rows.

    Raises
    ------
    ValueError
        Different lengths, names that repeat, a reference for what is no factor, or one that no complete row has.
    """
    stated = dict(references or {})
    names = [variable.name for variable in variables]
    if len(set(names)) != len(names):
        raise ValueError("variables must differ in name")
    factors = {v.name for v in variables if isinstance(v, Categorical)}
    if stated.keys() - factors:
        raise ValueError(f"a reference is stated for what is no factor: {_listed(sorted(stated.keys() - factors))}")
    lengths = {len(variable.missing) for variable in variables}
    if len(lengths) > 1:
        raise ValueError(f"variables differ in length: {_listed(sorted(map(str, lengths)))} rows")
    n = lengths.pop() if lengths else 0
    complete = ~np.any([np.zeros(n, np.bool_), *(variable.missing for variable in variables)], axis=0)
    terms, blocks, notes = [], [np.empty((n, 0))], []
    for variable in variables:
        term, note = _term(variable, complete, stated.get(variable.name))
        terms.append(term)
        blocks.append(_block(variable, term))
        notes += note
    return Design(np.column_stack(blocks), tuple(terms), tuple(notes))


def _term(variable: Variable, complete: Flags, stated: str | None) -> tuple[DesignTerm, list[str]]:
    if isinstance(variable, Continuous):
        return DesignTerm(variable.name, (variable.name,)), []
    name, levels = variable.name, variable.levels
    if stated is not None and stated not in levels:
        raise ValueError(f'"{name}" has no level "{stated}"; its levels are {_listed(levels)}')
    counts = np.bincount(variable.codes[complete], minlength=len(levels))
    used = [level for level, count in zip(levels, counts, strict=True) if count]
    unused = tuple(level for level in levels if level not in used)
    if stated in unused and used:
        raise ValueError(f'no complete row has the reference "{stated}" of "{name}"; used levels are {_listed(used)}')
    reference = stated or (used[0] if used else None)
    others = tuple(level for level in used if level != reference)
    notes = [f'no complete row has level {_listed(unused)} of "{name}"'] if unused else []
    if not others:
        notes.append(f'"{name}" has no two levels to compare')
    columns = tuple(f"{name}[{level}]" for level in others)
    return DesignTerm(name, columns, others, reference, unused), notes


def _block(variable: Variable, term: DesignTerm) -> Floats:
    if isinstance(variable, Continuous):
        return variable.values[:, None]
    columns = np.array([variable.codes == variable.levels.index(level) for level in term.levels], dtype=np.float64)
    block = columns.reshape(len(term.levels), len(variable.codes)).T
    block[variable.missing] = np.nan
    return block


def _columns_of(term: DesignTerm, value: float | str) -> Floats:
    if not term.columns:
        return np.empty(0)
    if term.reference is None:
        if isinstance(value, str) or not np.isfinite(value):
            raise ValueError(f'"{term.name}" needs a finite number')
        return np.array([float(value)])
    if value not in {*term.levels, term.reference}:
        raise ValueError(f'"{term.name}" needs one of {_listed([term.reference, *term.levels])}')
    return np.array([float(level == value) for level in term.levels])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names) or "nothing"
