"""Reference limits for rows that have none: a table of limits by site, sex and age.

A row's own limit always comes first, the lower and the upper each by itself; one of 0 or below it is a mistake, for
which no table stands in. Where a row has no limit, it has that of the lines which apply to its patient: site and sex
are the patient's, the age is that in completed years on the day of the row. Where the site, the sex, the birth or the
day is not known, every site, sex, age or day is possible, also a site and a sex that no line names. The limit is known
only if for each of them a line applies, and all that apply have the same limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from stratify.model.expression import ColumnRef
from stratify.model.value import LLN, ULN

OLDEST = 999
"""The highest age that a line may name."""


@dataclass(frozen=True, slots=True)
class FallbackKey:
    """A column of the table that says for whom a line is, and the patients' column that it is compared with.

    Parameters
    ----------
    words
        Text -> the category it stands for, in the table as in the patients' column; a patient's text that stands for
        none is not known. Empty: the texts are compared as they are.
    """

    column: str
    patients: ColumnRef
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def word(self, text: str | None) -> str | None:
        """What a text stands for; ``None`` where that is not known."""
        return text if text is None or not self.words else self.words.get(text)


@dataclass(frozen=True, slots=True)
class FallbackLine:
    """Limits of a measure, in its unit, and for whom they are.

    Parameters
    ----------
    row
        Number of the line in the table, from 0.
    low, high
        ``None``: the line says nothing of this limit.
    site, sex
        In the words of :class:`FallbackKey`; ``None``: of all.
    age_from, age_to
        First and last age in completed years, both inside; ``None``: from birth, or for ever.
    """

    row: int
    measure: str
    low: Fraction | None = None
    high: Fraction | None = None
    site: str | None = None
    sex: str | None = None
    age_from: int | None = None
    age_to: int | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("a lower limit above the upper one")
        if not 0 <= self.first <= self.last <= OLDEST:
            raise ValueError("ages from the higher to the lower, or no ages")

    @property
    def first(self) -> int:
        """The first age."""
        return 0 if self.age_from is None else self.age_from

    @property
    def last(self) -> int:
        """The last age; :data:`OLDEST` stands for every later one too."""
        return OLDEST if self.age_to is None else self.age_to

    def limit(self, unit: str) -> Fraction | None:
        """The limit of which a number in ``xULN`` or ``xLLN`` is a multiple."""
        return {ULN: self.high, LLN: self.low}[unit]


@dataclass(frozen=True, slots=True)
class Fallback:
    """Which reference table has limits for rows without, what its columns are, and (once data are open) its lines.

    The column ``measure`` has names of measures. Every other column may be missing, but not both limits; in an empty
    cell of ``site``, ``sex``, ``age_from`` and ``age_to`` a line is for all.

    Parameters
    ----------
    unit
        Column with the unit of the limits; without it they are in the unit of the measure.
    age_from, age_to
        Columns with the first and the last age, in completed years.
    lines
        ``None`` until the table is read.
    """

    reference: str
    measure: str
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    site: FallbackKey | None = None
    sex: FallbackKey | None = None
    age_from: str | None = None
    age_to: str | None = None
    lines: tuple[FallbackLine, ...] | None = None

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("a table of limits without a limit")

    @property
    def keys(self) -> tuple[FallbackKey, ...]:
        """The columns that are compared with columns of the patients."""
        return tuple(key for key in (self.site, self.sex) if key is not None)

    @property
    def by_age(self) -> bool:
        """Whether a line may be for some ages only."""
        return self.age_from is not None or self.age_to is not None

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns of the table by what they hold."""
        named = {
            "measure": self.measure,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "site": None if self.site is None else self.site.column,
            "sex": None if self.sex is None else self.sex.column,
            "age_from": self.age_from,
            "age_to": self.age_to,
        }
        return {role: column for role, column in named.items() if column is not None}

    def lines_of(self, measure: str, unit: str) -> tuple[FallbackLine, ...]:
        """The lines with a limit of that measure for multiples in that unit."""
        return tuple(line for line in self.lines or () if line.measure == measure and line.limit(unit) is not None)

    def may_have(self, measure: str, unit: str) -> bool:
        """Whether there is such a line, or, while the table has not been read, a column for it."""
        if self.lines is None:
            return {ULN: self.high, LLN: self.low}[unit] is not None
        return bool(self.lines_of(measure, unit))
