"""Values a rule speaks of: calendar dates (also partial ones), durations, windows, comparisons.

Everything here is exact: thresholds are decimals as written, days are whole calendar days.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from typing import ClassVar, assert_never

TOLERANCE = Decimal("1e-9")
"""Relative distance within which a number equals a threshold: 1.65 is not below 1.5 x 1.1 for want of a bit."""

_DIGITS = 400
"""Powers of ten beyond those of any number that a computer calculates with."""

NEVER = date.min
"""Lower end of a date of which nothing is known."""
FOREVER = date.max
"""Upper end of a date of which nothing is known."""


@dataclass(frozen=True, slots=True, order=True)
class DateInterval:
    """A date as far as it is known: every day from ``lower`` to ``upper`` is possible."""

    lower: date
    upper: date

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ValueError("a date interval cannot end before it starts")

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.lower == self.upper


_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2}|-)(?:-(\d{2}))?)?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$")


def parse_partial_date(text: str) -> DateInterval | None:
    """A calendar date from ISO 8601 text, complete or not; ``None`` for text that is no date.

    ``2026-03-14`` and ``2026-03-14T12:30`` are days, ``2026-03`` is any day of March, ``2026`` any day of the year,
    and so is ``2026---14``, whose month is unknown.
    """
    found = _ISO_DATE.match(text.strip())
    if not found:
        return None
    year, month, day = int(found[1]), found[2], found[3]
    try:
        if month is None or month == "-":
            return DateInterval(date(year, 1, 1), date(year, 12, 31))
        if day is None:
            last = calendar.monthrange(year, int(month))[1]
            return DateInterval(date(year, int(month), 1), date(year, int(month), last))
        exact = date(year, int(month), int(day))
    except (ValueError, calendar.IllegalMonthError):
        return None
    return DateInterval(exact, exact)


class DurationUnit(Enum):
    """Units of calendar durations. Months and years are calendar months and years, never 30 or 365 days."""

    DAYS = "d"
    WEEKS = "wk"
    MONTHS = "mo"
    YEARS = "y"


@dataclass(frozen=True, slots=True)
class Duration:
    """A signed calendar duration, such as ``-14 d`` or ``6 mo``."""

    count: int
    unit: DurationUnit = DurationUnit.DAYS

    @property
    def days(self) -> int | None:
        """The length in days, or ``None`` where it depends on the calendar."""
        match self.unit:
            case DurationUnit.DAYS:
                return self.count
            case DurationUnit.WEEKS:
                return 7 * self.count
            case DurationUnit.MONTHS | DurationUnit.YEARS:
                return 0 if self.count == 0 else None

    @property
    def months(self) -> int:
        """The length in months where it is one of months or years."""
        return self.count * (12 if self.unit is DurationUnit.YEARS else 1)

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value}"


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, clamped to the end of a shorter month: 31 January + 1 month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        return date.min if months < 0 else date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shift(day: date, by: Duration) -> date:
    """A date moved by a calendar duration; beyond the calendar it stops at the calendar's end."""
    if by.days is None:
        return add_months(day, by.months)
    try:
        return day + timedelta(days=by.days)
    except OverflowError:
        return date.min if by.days < 0 else date.max


def completed_months(born: date, at: date) -> int:
    """Whole calendar months from one date to another.

    Born on the 31st, a month is completed on the first day after a shorter month ends; so someone born on
    29 February has the birthday 1 March in common years.
    """
    return (at.year - born.year) * 12 + at.month - born.month - (at.day < born.day)


def completed_years(born: date, at: date) -> int:
    """Age in whole calendar years: the birthday completes the year, the day before does not."""
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a window: an anchor's date moved by ``offset``; the day itself is inside when ``closed``."""

    anchor: str
    offset: Duration = Duration(0)
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """The days in which a row counts: on or after every start and on or before every end.

    Whole calendar days; without bounds every row is inside, dated or not. ``exact_time``: where the row and the
    anchor both carry a time of day, bounds without offset compare the instants.
    """

    starts: tuple[Bound, ...] = ()
    ends: tuple[Bound, ...] = ()
    exact_time: bool = False

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """All bounds."""
        return self.starts + self.ends


class Op(Enum):
    """Comparison operators."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="

    def holds(self, sign: int) -> bool:
        """Whether the comparison holds of a value that is below (-1), at (0) or above (1) what it is compared with."""
        match self:
            case Op.EQ:
                return sign == 0
            case Op.NE:
                return sign != 0
            case Op.LT:
                return sign < 0
            case Op.LE:
                return sign <= 0
            case Op.GT:
                return sign > 0
            case Op.GE:
                return sign >= 0
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written in the rule. What it means (number, date, text, true/false) the column's type decides.

    ``converted`` is the number in the unit in which it is compared, where that is not the unit written.
    """

    text: str
    converted: Fraction | None = None

    @property
    def number(self) -> Decimal | None:
        """The value as a finite number, or ``None``."""
        if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", self.text):
            return None
        try:
            value = Decimal(self.text)
        except InvalidOperation:  # an exponent beyond what a decimal can hold
            return None
        return value if value.is_finite() else None

    @property
    def exact(self) -> Decimal | Fraction | None:
        """The number that values are compared with, exactly; ``None`` where it is no number.

        Beyond what any number in data can be it is as good as infinite, or nothing: as a fraction, 1E99999999
        would fill the memory with its digits.
        """
        number = self.number
        if self.converted is not None:
            return self.converted
        if number is None or abs(number.adjusted()) <= _DIGITS:
            return number
        return Decimal(1).scaleb(_DIGITS).copy_sign(number) if number and number.adjusted() > 0 else Decimal(0)

    @property
    def boolean(self) -> bool | None:
        """The value as true or false, or ``None``."""
        return {"true": True, "false": False}.get(self.text.lower())

    @property
    def day(self) -> date | None:
        """The value as a complete calendar date, or ``None``."""
        interval = parse_partial_date(self.text)
        return interval.lower if interval is not None and interval.exact else None


ULN = "xULN"
"""Unit of a multiple of the row's upper reference limit."""
LLN = "xLLN"
"""Unit of a multiple of the row's lower reference limit."""


@dataclass(frozen=True, slots=True)
class Test:
    """One operator and one value: ``>= 2.5``."""

    __test__: ClassVar[bool] = False  # pytest would take the name for its own

    op: Op
    value: Literal


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a value is compared with: every test of one alternative holds (``any of`` ``all of``), in one unit.

    ``<= 2.5 xULN`` is one alternative with one test, ``1 .. < 50`` one alternative with two, ``in {0, 1}`` two
    alternatives with one test each. ``negated`` turns the whole round: ``not in {0, 1}``.
    """

    alternatives: tuple[tuple[Test, ...], ...]
    unit: str | None = None
    negated: bool = False

    def __post_init__(self) -> None:
        if not self.alternatives or not all(self.alternatives):
            raise ValueError("a comparison needs something to compare with")

    @property
    def literals(self) -> tuple[Literal, ...]:
        """Every value named, in order."""
        return tuple(test.value for alternative in self.alternatives for test in alternative)

    @property
    def numeric(self) -> bool:
        """Whether every value named is a number."""
        return all(literal.number is not None for literal in self.literals)

    @property
    def single(self) -> Test | None:
        """The only test, when there is just one and it is not negated."""
        if len(self.alternatives) == 1 and len(self.alternatives[0]) == 1 and not self.negated:
            return self.alternatives[0][0]
        return None

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if len(self.alternatives) > 1 or self.negated:
            inner = ", ".join(_range_text(alternative) for alternative in self.alternatives)
            return f"{'not in' if self.negated else 'in'} {{{inner}}}{unit}"
        only = self.alternatives[0]
        return (f"{only[0].op.value} {only[0].value.text}" if len(only) == 1 else _range_text(only)) + unit


def _range_text(tests: tuple[Test, ...]) -> str:
    if len(tests) == 1:
        return tests[0].value.text
    low, high = tests
    start = low.value.text if low.op is Op.GE else f"{low.op.value} {low.value.text}"
    end = high.value.text if high.op is Op.LE else f"{high.op.value} {high.value.text}"
    return f"{start} .. {end}"
