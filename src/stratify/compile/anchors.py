"""Anchors derived from events: their days are found before the leaves that count from them.

The anchors of one level (none builds on another) that ask one table share one pass over it. A row's days are a range
of instants, in seconds: one largest or smallest number for each end of the range is the anchor, its time included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from stratify.compile.columns import Columns
from stratify.compile.compare import EPOCH
from stratify.compile.rows import Events, match_rows
from stratify.compile.windows import SECONDS_PER_DAY, Clock, anchor_column
from stratify.model.anchor import SOME_DAY, EventAnchor, Pick, needs
from stratify.model.dictionary import Catalogue, Dictionary, Table, first_day, last_day, second_of_day
from stratify.model.protocol import Protocol
from stratify.model.value import Window

_FIRST, _LAST = (pl.lit(day.toordinal() - EPOCH, pl.Int32) for day in SOME_DAY)


@dataclass(frozen=True, slots=True)
class AnchorAggregates:
    """What the anchors of one level ask of one table.

    Parameters
    ----------
    events
        The table, with the columns on its rows.
    relevant
        Rows that can matter to each anchor; ``None``: all.
    aggregates
        Per patient, the ends of each anchor's range of instants.
    days
        Each anchor's three columns of a date, over the aggregates.
    anchors
        The anchors from which the rows' windows count.
    """

    events: Events
    relevant: tuple[pl.Expr | None, ...]
    aggregates: tuple[pl.Expr, ...]
    days: tuple[pl.Expr, ...]
    anchors: tuple[str, ...]


def anchor_passes(
    protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue, used: frozenset[str]
) -> tuple[tuple[AnchorAggregates, ...], ...]:
    """The passes over tables that find the derived anchors ``used``, level by level."""
    clock, needed = Clock.of(protocol, catalogue), needs(protocol.anchors, protocol.as_of)
    levels = []
    for level in protocol.anchor_levels:
        by_table: dict[str, list[EventAnchor]] = {}
        for anchor in level:
            if anchor.name in used:
                by_table.setdefault(anchor.selection.table, []).append(anchor)
        passes = [_pass(dictionary.tables[table], anchors, needed, clock) for table, anchors in by_table.items()]
        levels += [tuple(passes)] if passes else []
    return tuple(levels)


def _pass(
    table: Table, anchors: list[EventAnchor], needed: Mapping[str, tuple[str, ...]], clock: Clock
) -> AnchorAggregates:
    events = Events(table, clock.catalogue[table.name], Columns(f"row of {table.name}"), Columns("patient"))
    unlimited = replace(clock, as_of=None)
    found = [
        _found(anchor, events, clock if clock.as_of in needed[anchor.name] else unlimited, needed[anchor.name])
        for anchor in anchors
    ]
    return AnchorAggregates(
        events,
        tuple(one.relevant for one in found),
        tuple(expr for one in found for expr in one.aggregates),
        tuple(expr for one in found for expr in one.days),
        tuple(dict.fromkeys(name for anchor in anchors for name in needed[anchor.name])),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    relevant: pl.Expr | None
    aggregates: tuple[pl.Expr, pl.Expr]
    days: tuple[pl.Expr, pl.Expr, pl.Expr]


def _found(anchor: EventAnchor, events: Events, clock: Clock, needed: tuple[str, ...]) -> _Found:
    table, keep = events.table, events.rows.keep
    window = clock.effective(anchor.selection.window, table)
    asked = match_rows(anchor.selection, events)
    match = asked.kept(events.rows)
    place = clock.membership(table, window, events.rows)
    possible, sure = match.possible & ~place.out, match.truth.fill_null(False) & place.sure
    if needed:
        sure &= ~clock.missing(needed)  # without a bound nobody knows which rows count
    possible, sure = keep(possible), keep(sure)
    early, late = (keep(end) for end in _instants(anchor, table, window, clock))
    column = anchor_column(anchor.name)
    low, high = f"{column}:low", f"{column}:high"
    match anchor.pick:
        case Pick.LATEST:
            ends = early.filter(sure).max(), late.filter(possible).max()
            some = pl.col(low).is_not_null()
        case Pick.EARLIEST:
            ends = early.filter(possible).min(), late.filter(sure).min()
            some = pl.col(high).is_not_null()
    return _Found(
        None if asked.always else asked.possible,
        (ends[0].alias(low), ends[1].alias(high)),
        _days(column, pl.when(some).then(pl.col(low)), pl.when(some).then(pl.col(high))),
    )


def _days(column: str, low: pl.Expr, high: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    first, last = low // SECONDS_PER_DAY, high // SECONDS_PER_DAY
    return (
        first.cast(pl.Int32).alias(first_day(column)),
        last.cast(pl.Int32).alias(last_day(column)),
        pl.when(low == high).then(low - first * SECONDS_PER_DAY).cast(pl.Int32).alias(second_of_day(column)),
    )


def _instants(anchor: EventAnchor, table: Table, window: Window, clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """The first and the last instant a row may be; the whole of a day where its time is not known."""
    column = table.date_column(anchor.column)
    if column is None:
        raise ValueError(f"table {table.name} has no such date")
    first, last = _own_days(table, window, clock) if column == table.date else _other_days(column, table, clock)
    exact = pl.col(first_day(column)) == pl.col(last_day(column))
    second = pl.when(exact & (first == last)).then(pl.col(second_of_day(column)))
    low = first.cast(pl.Int64) * SECONDS_PER_DAY + second.fill_null(0)
    return low, last.cast(pl.Int64) * SECONDS_PER_DAY + second.fill_null(SECONDS_PER_DAY - 1)


def _own_days(table: Table, window: Window, clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """The days of the table's own date; those in the window where it is not exactly known."""
    column = table.date or ""
    first, last = pl.col(first_day(column)), pl.col(last_day(column))
    starts = [clock.bound(bound, start=True, latest=False) for bound in window.starts]
    ends = [clock.bound(bound, start=False, latest=True) for bound in window.ends]
    exact = (first == last).fill_null(False)
    return (
        pl.when(exact).then(first).otherwise(pl.max_horizontal(first.fill_null(_FIRST), *starts)),
        pl.when(exact).then(last).otherwise(pl.min_horizontal(last.fill_null(_LAST), *ends)),
    )


def _other_days(column: str, table: Table, clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """The days of another date of the row; an end is not before the start."""
    first, last = pl.col(first_day(column)), pl.col(last_day(column))
    start = _FIRST
    if column == table.end and table.date is not None:
        start = pl.col(first_day(table.date)).fill_null(_FIRST)
    missing = first.is_null()
    first, last = pl.max_horizontal(first, start), last.fill_null(_LAST)
    # An end before the start: one of the two dates is wrong, and the truth may be either.
    first, last = pl.min_horizontal(first, last), pl.max_horizontal(first, last)
    if clock.as_of is None:
        return first, last
    known_to = pl.col(first_day(anchor_column(clock.as_of)))
    hidden = ~missing & (last > known_to)
    later = pl.max_horizontal(pl.min_horizontal(first, known_to + 1), start)
    return pl.when(hidden).then(later).otherwise(first), pl.when(hidden).then(_LAST).otherwise(last)
