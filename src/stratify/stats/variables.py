"""A variable of each patient as the tables read it: a number, or one of a few named levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats.inputs import group_codes


@dataclass(frozen=True, slots=True, eq=False)
class Continuous:
    """A measured variable: numbers, NaN where missing (infinite values are not accepted)."""

    name: str
    values: NDArray[np.float64]

    def __init__(self, name: str, values: ArrayLike) -> None:
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 1 or np.isinf(array).any():
            raise ValueError(f"{name}: a one-dimensional array of finite numbers is needed, NaN where missing")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "values", array)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where the variable is missing."""
        absent: NDArray[np.bool_] = np.isnan(self.values)
        return absent

    def taken(self, rows: NDArray[np.bool_]) -> Continuous:
        """The variable of some of the patients."""
        return Continuous(self.name, self.values[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A variable with named levels: codes ``0 .. len(levels)-1``, -1 where missing.

    A binary feature has two levels, the second being its presence: ``("wild type", "mutated")``.
    """

    name: str
    codes: NDArray[np.int64]
    levels: tuple[str, ...]

    def __init__(self, name: str, codes: ArrayLike, levels: tuple[str, ...]) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "levels", tuple(levels))
        object.__setattr__(self, "codes", group_codes(codes, len(levels), name))

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where the variable is missing."""
        absent: NDArray[np.bool_] = self.codes < 0
        return absent

    def taken(self, rows: NDArray[np.bool_]) -> Categorical:
        """The variable of some of the patients, all its levels with it."""
        return Categorical(self.name, self.codes[rows], self.levels)


Variable = Continuous | Categorical


def cross_table(rows: Categorical, group: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Counts by level (rows) and group (columns); patients missing either are left out."""
    both = ~rows.missing & (group >= 0)
    cells = rows.codes[both] * groups + group[both]
    return np.bincount(cells, minlength=len(rows.levels) * groups).reshape(len(rows.levels), groups).astype(np.int64)
