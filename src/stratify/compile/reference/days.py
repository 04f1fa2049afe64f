"""Days as far as they are known, windows around a patient's anchors, and whether a row lies inside."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from math import inf
from typing import TypeAlias

from stratify.model.dictionary import first_day, last_day, second_of_day
from stratify.model.truth import Reason
from stratify.model.value import Bound, Duration, shift

Row: TypeAlias = Mapping[str, object]
"""One row of a table in normal form."""

Day: TypeAlias = float
"""A calendar day counted from 1970-01-01, or infinite where nothing is known."""

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days from 1970-01-01."""
    return (day - EPOCH).days


def calendar_date(day: Day) -> date:
    """The calendar date of a finite day."""
    return EPOCH + timedelta(days=int(day))


def moved(day: Day, by: Duration) -> Day:
    """A finite day moved by a calendar duration."""
    return day_number(shift(calendar_date(day), by))


@dataclass(frozen=True, slots=True)
class When:
    """A date as far as it is known: any day from ``first`` to ``last``; all days where there is no date."""

    first: Day
    last: Day
    second: int | None = None

    @property
    def missing(self) -> bool:
        """Whether there is no date at all."""
        return self.first == -inf

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    @property
    def doubt(self) -> Reason | None:
        """Why the day is not known, or ``None`` when it is."""
        if self.exact:
            return None
        return Reason.NULL_DATE if self.missing else Reason.PARTIAL_DATE

    def __str__(self) -> str:
        if self.missing:
            return ""
        if self.exact:
            return f"{calendar_date(self.first)}{_time_text(self.second)}"
        return _interval_text(calendar_date(self.first), calendar_date(self.last))


NO_DATE = When(-inf, inf)
"""A date of which nothing is known."""


def _time_text(second: int | None) -> str:
    if second is None:
        return ""
    return f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _interval_text(first: date, last: date) -> str:
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"{first.year:04}"
    month = (first.year, first.month)
    if first.day == 1 and month == (last.year, last.month) and last.day == calendar.monthrange(*month)[1]:
        return f"{first.year:04}-{first.month:02}"
    return f"{first} .. {last}"


def read_date(row: Row | None, column: str) -> When:
    """The date that a row holds in a date column; :data:`NO_DATE` for a null and for no row."""
    if row is None:
        return NO_DATE
    first, last = _integer(row.get(first_day(column))), _integer(row.get(last_day(column)))
    if first is None or last is None:
        return NO_DATE
    return When(first, last, _integer(row.get(second_of_day(column))))


def _integer(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError("date columns in normal form hold whole days and seconds")


class Place(Enum):
    """Where a row lies: inside for every day its date may be, outside for every day, or neither."""

    IN = "in"
    OUT = "out"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class BoundDays:
    """A bound for one patient: the window starts (or ends) on some day from ``first`` to ``last``, that day inside."""

    first: Day
    last: Day
    bound: Bound
    anchor: When
    is_start: bool

    def place(self, row: When, exact_time: bool) -> Place:
        """On which side of this bound the row lies."""
        if exact_time and self.bound.offset.days == 0 and row.exact and row.first == self.anchor.first:
            inside = self._by_second(row.second)
            if inside is not None:
                return Place.IN if inside else Place.OUT
        sure = row.first >= self.last if self.is_start else row.last <= self.first
        out = row.last < self.first if self.is_start else row.first > self.last
        return Place.IN if sure else Place.OUT if out else Place.MAYBE

    def _by_second(self, second: int | None) -> bool | None:
        at = self.anchor.second
        if second is None or at is None or not self.anchor.exact:
            return None
        if second == at:
            return self.bound.closed
        return (second > at) == self.is_start


def bound_days(bound: Bound, anchor: When, is_start: bool) -> BoundDays:
    """A bound around a date: an open start begins on the day after, an open end ends on the day before."""
    step = 0 if bound.closed else (1 if is_start else -1)
    first, last = moved(anchor.first, bound.offset) + step, moved(anchor.last, bound.offset) + step
    return BoundDays(first, last, bound, anchor, is_start)


@dataclass(frozen=True, slots=True)
class WindowDays:
    """A window for one patient, with the protocol's ``as_of`` among its ends."""

    starts: tuple[BoundDays, ...] = ()
    ends: tuple[BoundDays, ...] = ()
    exact_time: bool = False

    @property
    def anchor(self) -> When | None:
        """The anchor of the first bound, from which ``closest`` measures; ``None`` without bounds."""
        return next((bound.anchor for bound in self.starts + self.ends), None)

    def place(self, row: When) -> Place:
        """Whether a row of that date is inside; without bounds every row is, dated or not."""
        places = {bound.place(row, self.exact_time) for bound in self.starts + self.ends}
        if Place.OUT in places:
            return Place.OUT
        return Place.MAYBE if Place.MAYBE in places else Place.IN

    def clip(self, row: When) -> tuple[Day, Day]:
        """The days the row's date may be if it is inside."""
        if row.exact:
            return row.first, row.last
        return (
            max([row.first, *(start.first for start in self.starts)]),
            min([row.last, *(end.last for end in self.ends)]),
        )

    def covered_by(self, first: When, last: When) -> bool:
        """Whether the window surely lies between two days; without a start or an end it does not."""
        if first.missing or last.missing:
            return False
        starts = any(start.first >= first.last for start in self.starts)
        return starts and any(end.last <= last.first for end in self.ends)
