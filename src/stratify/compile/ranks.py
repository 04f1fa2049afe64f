"""Ranks of rows by date: the lowest and the highest each may have, and why they differ.

The larger the rank, the more is a row preferred. A row without a date, with half of one, or perhaps outside the window
has a rank that is only known to lie between two.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stratify.compile.kleene import answer
from stratify.compile.measures import Readings
from stratify.compile.windows import SECONDS_PER_DAY, Clock, anchor_column
from stratify.model.dictionary import Table, first_day, last_day, second_of_day
from stratify.model.expression import Take
from stratify.model.truth import Reason
from stratify.model.value import Window

FAR = 1 << 39
"""Rank of a date of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """The lowest and highest rank of each row, whether both are one, and why the row's place is open (0 if not)."""

    low: pl.Expr
    high: pl.Expr
    exact: pl.Expr
    reason: pl.Expr


def ranks(take: Take, rows: Readings, table: Table, window: Window, clock: Clock) -> Ranks:
    """The ranks of the rows of a window that has been made effective; without a date column all are one."""
    if table.date is None:
        zero = pl.lit(0, pl.Int64)
        return Ranks(zero, zero, pl.lit(True), rows.reason)
    first, last = _clipped(table.date, window, clock)
    low, high = _rank(take, table.date, first, last, window)
    membership = pl.when(rows.perhaps).then(rows.reason).otherwise(answer(0))
    reason = pl.max_horizontal(_date_doubt(table.date), membership, _anchor_doubt(take, window))
    return Ranks(low, high, low == high, reason)


def _date_doubt(date: str) -> pl.Expr:
    first, last = pl.col(first_day(date)), pl.col(last_day(date))
    half = pl.when(first < last).then(answer(Reason.PARTIAL_DATE)).otherwise(answer(0))
    return pl.when(first.is_null()).then(answer(Reason.NULL_DATE)).otherwise(half)


def _anchor_doubt(take: Take, window: Window) -> pl.Expr:
    """From an anchor that is not exact no distance is."""
    if take is not Take.CLOSEST:
        return answer(0)
    anchor = anchor_column(window.bounds[0].anchor)
    inexact = pl.col(first_day(anchor)) < pl.col(last_day(anchor))
    return pl.when(inexact).then(answer(Reason.PARTIAL_DATE)).otherwise(answer(0))


def _clipped(date: str, window: Window, clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """The days a row's date may be if it is in the window; null where they have no end."""
    first, last = pl.col(first_day(date)), pl.col(last_day(date))
    starts = [clock.bound(bound, start=True, latest=False) for bound in window.starts]
    ends = [clock.bound(bound, start=False, latest=True) for bound in window.ends]
    # max_horizontal skips nulls: a missing date leaves the window's own end.
    inexact = (first != last).fill_null(True)
    clipped_first = pl.when(inexact).then(pl.max_horizontal(first, *starts)).otherwise(first)
    clipped_last = pl.when(inexact).then(pl.min_horizontal(last, *ends)).otherwise(last)
    return clipped_first if starts else first, clipped_last if ends else last


def _rank(take: Take, date: str, first: pl.Expr, last: pl.Expr, window: Window) -> tuple[pl.Expr, pl.Expr]:
    """Lowest and highest rank a row may have: seconds for ``latest`` and ``earliest``, days for ``closest``.

    A date without a time counts as midnight, except that one whose day is open may be later than every time of its
    last day.
    """
    first, last = first.cast(pl.Int64), last.cast(pl.Int64)
    if take is Take.CLOSEST:
        return _closeness(first, last, anchor_column(window.bounds[0].anchor))
    second = pl.col(second_of_day(date)).fill_null(0).cast(pl.Int64)
    exact = pl.col(first_day(date)) == pl.col(last_day(date))
    at_first = first * SECONDS_PER_DAY + pl.when(exact).then(second).otherwise(0)
    at_last = last * SECONDS_PER_DAY + pl.when(exact).then(second).otherwise(0)
    if take is Take.EARLIEST:
        return (-at_last).fill_null(-FAR), (-at_first).fill_null(FAR)
    end_of_day = pl.when(exact).then(0).otherwise(SECONDS_PER_DAY - 1)
    return at_first.fill_null(-FAR), (at_last + end_of_day).fill_null(FAR)


def _closeness(first: pl.Expr, last: pl.Expr, anchor: str) -> tuple[pl.Expr, pl.Expr]:
    """Minus the largest and minus the smallest distance in days to an anchor that may itself be an interval."""
    anchor_first, anchor_last = pl.col(first_day(anchor)).cast(pl.Int64), pl.col(last_day(anchor)).cast(pl.Int64)
    far = pl.max_horizontal((last - anchor_first).fill_null(FAR), (anchor_last - first).fill_null(FAR))
    near = pl.max_horizontal(
        pl.lit(0, pl.Int64), (first - anchor_last).fill_null(-FAR), (anchor_first - last).fill_null(-FAR)
    )
    return -far, -near
