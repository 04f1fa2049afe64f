"""Anchors and windows as Polars expressions: which rows of an event table are inside, perhaps inside, outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import assert_never

import polars as pl

from stratify.compile.columns import Columns
from stratify.compile.kleene import ANSWER, answer
from stratify.model.anchor import Anchor, ColumnAnchor, EventAnchor
from stratify.model.dictionary import Catalogue, ColumnKind, Table, first_day, last_day, second_of_day
from stratify.model.protocol import Protocol
from stratify.model.truth import Reason
from stratify.model.value import Bound, Duration, Window

SECONDS_PER_DAY = 86_400


def anchor_column(name: str) -> str:
    """Name under which an anchor's date travels with the patients, in the three columns of a date."""
    return f"anchor:{name}"


def moved(day: pl.Expr, by: Duration) -> pl.Expr:
    """A day number moved by a calendar duration, clamped to the month's end."""
    if by.days is not None:
        return day + by.days
    return day.cast(pl.Date).dt.offset_by(f"{by.months}mo").cast(pl.Int32)


@dataclass(frozen=True, slots=True)
class Membership:
    """Three Boolean expressions without nulls (while no anchor is missing) and the reason of ``perhaps``."""

    sure: pl.Expr
    perhaps: pl.Expr
    out: pl.Expr
    reason: pl.Expr


@dataclass(frozen=True, slots=True)
class Clock:
    """The protocol's anchors, and what is known of their precision."""

    anchors: Mapping[str, Anchor]
    as_of: str | None
    catalogue: Catalogue

    @classmethod
    def of(cls, protocol: Protocol, catalogue: Catalogue) -> Clock:
        """The clock of a protocol over tables of these kinds."""
        return cls(protocol.anchors, protocol.as_of, catalogue)

    def effective(self, window: Window, table: Table) -> Window:
        """The window with the day after which nothing is known; a table without dates is known at all times."""
        if self.as_of is None or table.date is None:
            return window
        return replace(window, ends=(*window.ends, Bound(self.as_of)))

    def needed(self, window: Window) -> tuple[str, ...]:
        """Anchors without which a leaf over this window cannot be answered."""
        as_of = () if self.as_of is None else (self.as_of,)
        return tuple(dict.fromkeys((*(bound.anchor for bound in window.bounds), *as_of)))

    def exact(self, name: str) -> bool:
        """Whether the anchor's days are complete wherever they are known."""
        anchor = self.anchors[name]
        match anchor:
            case ColumnAnchor(_, column):
                return self.catalogue[column.table][column.column] is not ColumnKind.PARTIAL_DATE
            case EventAnchor():
                return False
            case _:
                assert_never(anchor)

    def missing(self, names: tuple[str, ...]) -> pl.Expr:
        """Whether one of the anchors has no date."""
        return reduce(lambda a, b: a | b, (pl.col(first_day(anchor_column(name))).is_null() for name in names))

    def bound(self, bound: Bound, *, start: bool, latest: bool) -> pl.Expr:
        """The earliest or latest day a bound may be, as a closed bound: an open one is moved by a day."""
        name = anchor_column(bound.anchor)
        # Of an exact anchor both days are one: asked for once, it is read and joined once.
        day = moved(
            pl.col(last_day(name) if latest and not self.exact(bound.anchor) else first_day(name)), bound.offset
        )
        return day if bound.closed else day + (1 if start else -1)

    def membership(self, table: Table, window: Window, rows: Columns) -> Membership:
        """Where the rows of a table stand to a window that has been made effective."""
        never = pl.lit(False)
        if not window.bounds:
            return Membership(pl.lit(True), never, never, answer(Reason.NULL_DATE))
        if table.date is None:
            raise ValueError(f"table {table.name} has no date to be inside a window")
        complete = self.catalogue[table.name][table.date] is not ColumnKind.PARTIAL_DATE
        first, last = pl.col(first_day(table.date)), pl.col((first_day if complete else last_day)(table.date))
        inside, outside = [], []
        for bound, start in [(b, True) for b in window.starts] + [(b, False) for b in window.ends]:
            early = self.bound(bound, start=start, latest=False)
            late = self.bound(bound, start=start, latest=True)
            holds, fails = (first >= late, last < early) if start else (last <= early, first > late)
            if window.exact_time and bound.offset.count == 0:
                holds, fails = _by_the_second(table.date, bound, holds, fails, start=start)
            inside.append(holds)
            outside.append(fails)
        sure = rows.keep(reduce(lambda a, b: a & b, inside).fill_null(False))
        out = rows.keep(reduce(lambda a, b: a | b, outside).fill_null(False))
        dated = pl.when(first.is_null()).then(answer(Reason.NULL_DATE)).otherwise(answer(Reason.PARTIAL_DATE))
        return Membership(sure, rows.keep(~sure & ~out), out, rows.keep(dated.cast(ANSWER)))


def _by_the_second(date: str, bound: Bound, holds: pl.Expr, fails: pl.Expr, *, start: bool) -> tuple[pl.Expr, pl.Expr]:
    """On the anchor's own day the instants decide, where both sides have one."""
    anchor = anchor_column(bound.anchor)
    row_second, anchor_second = pl.col(second_of_day(date)), pl.col(second_of_day(anchor))
    same_day = pl.col(first_day(date)) == pl.col(first_day(anchor))
    timed = same_day & row_second.is_not_null() & anchor_second.is_not_null()
    if start:
        instant = row_second >= anchor_second if bound.closed else row_second > anchor_second
    else:
        instant = row_second <= anchor_second if bound.closed else row_second < anchor_second
    return pl.when(timed).then(instant).otherwise(holds), pl.when(timed).then(~instant).otherwise(fails)
