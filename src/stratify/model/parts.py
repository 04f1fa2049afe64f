"""What leaves are made of: columns, picks among repeated values, conditions on one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from stratify.diagnostics import SourceSpan
from stratify.model.value import Comparison, Window


@dataclass(frozen=True, slots=True, order=True)
class ColumnRef:
    """A column of a table: ``patients.sex``."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


ANY_TIME = Window()
"""The window without bounds."""


class Take(Enum):
    """Which of repeated values is asked.

    ``LATEST, EARLIEST, CLOSEST`` (to the window's anchor), ``MAX, MIN, MEAN, MEDIAN`` leave rows without a value
    out (alone, such rows give unknown(null_value)); ``ANY`` and ``ALL`` are strict Kleene quantifiers over the rows,
    for which a missing value is unknown.
    """

    LATEST = "latest"
    EARLIEST = "earliest"
    CLOSEST = "closest"
    MAX = "max"
    MIN = "min"
    MEAN = "mean"
    MEDIAN = "median"
    ANY = "any"
    ALL = "all"

    @property
    def picks_by_date(self) -> bool:
        """Whether the pick goes by date, so that ties can occur."""
        return self in {Take.LATEST, Take.EARLIEST, Take.CLOSEST}


class Tie(Enum):
    """What decides between values of the same date and time (for ``closest``: at the same distance in days).

    ``WORST`` is the value least favourable to the criterion, ``BEST`` the most; where the same condition is asked
    both ways round (the ``when`` of a ``choose``), values that answer differently are unknown(conflict).
    ``MEAN`` compares the mean, ``ERROR`` makes different values unknown(conflict).
    """

    WORST = "worst"
    BEST = "best"
    MEAN = "mean"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LastRows:
    """Only the last ``n`` rows with a value, by date and time, are asked: ``of_last: 3``.

    Parameters
    ----------
    same_day
        Only rows of the latest day that has a value.
    need
        With fewer rows the answer is unknown. As many as ``n`` unless the rule is content with fewer: the mean of
        three values is another number than one value.
    """

    n: int
    same_day: bool = False
    need: int = 0

    def __post_init__(self) -> None:
        if self.need == 0:
            object.__setattr__(self, "need", self.n)
        if not 1 <= self.need <= self.n:
            raise ValueError("of the last n rows between one and n are needed")


class AgeUnit(Enum):
    """Units of age, completed by the calendar."""

    YEARS = "years"
    MONTHS = "months"


def not_empty(items: tuple[object, ...]) -> None:
    """Refuse a group of nothing."""
    if not items:
        raise ValueError("an empty group says nothing: `all` of nothing would be true, `any` of nothing false")


# --- conditions on one row -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field of the row compared; null is unknown(null_value)."""

    column: str
    compare: Comparison
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RowAll:
    """Every condition holds on this row."""

    items: tuple[RowCondition, ...]

    def __post_init__(self) -> None:
        not_empty(self.items)


@dataclass(frozen=True, slots=True)
class RowAny:
    """Some condition holds on this row."""

    items: tuple[RowCondition, ...]

    def __post_init__(self) -> None:
        not_empty(self.items)


@dataclass(frozen=True, slots=True)
class RowNot:
    """The condition does not hold on this row."""

    item: RowCondition


RowCondition: TypeAlias = FieldIs | RowAll | RowAny | RowNot


def row_fields(where: RowCondition | None) -> Iterator[FieldIs]:
    """Every field comparison of a row condition."""
    match where:
        case None:
            return
        case FieldIs():
            yield where
        case RowAll(items) | RowAny(items):
            for item in items:
                yield from row_fields(item)
        case RowNot(item):
            yield from row_fields(item)
