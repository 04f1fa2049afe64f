"""``gap``: the time from the last event to the anchor, as an interval between its shortest and its longest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl

from stratify.compile.events import coverage_column
from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.compile.rows import Events, LeafPlan, Match, highest, match_rows
from stratify.compile.windows import Clock, Membership, anchor_column, moved
from stratify.model.dictionary import Absence, Table, first_day, last_day
from stratify.model.expression import Gap, NoEvent
from stratify.model.truth import Reason
from stratify.model.value import Op

_Keep = Callable[[pl.Expr], pl.Expr]
_EVER = pl.lit(-4_000_000, pl.Int32)  # before and after every calendar day
_LATER = pl.lit(4_000_000, pl.Int32)


def gap(leaf: Gap, events: Events, clock: Clock, name: str) -> LeafPlan:
    """The plan of a gap; with an incomplete anchor every day it may be must agree."""
    table, keep = events.table, events.rows.keep
    match = match_rows(leaf.selection, events)
    place = clock.membership(table, clock.effective(leaf.selection.window, table), events.rows)
    event = _event(leaf, events, match.kept(events.rows), place, clock)
    anchor = anchor_column(leaf.anchor)
    first, last = pl.col(first_day(anchor)), pl.col(last_day(anchor))
    at_last = _At(leaf, table, last, f"{name}:last")
    aggregates, result = at_last.aggregates(event, keep), at_last.answer()
    if not clock.exact(leaf.anchor):
        at_first = _At(leaf, table, first, f"{name}:first")
        counts, late = event.possible & (event.starts <= last), f"{name}:late"
        between = keep(pl.when(counts).then(event.started_by > first))
        aggregates += [*at_first.aggregates(event, keep), between.any().alias(late), between.count().alias(f"{late}:n")]
        result = _over_the_anchor(leaf, at_first.answer(), result, first == last, late)
    anchors = tuple(dict.fromkeys((leaf.anchor, *clock.needed(leaf.selection.window))))
    relevant = None if match.always else match.possible
    return LeafPlan(table.name, relevant, tuple(aggregates), result, anchors, distinct=False)


def _over_the_anchor(leaf: Gap, at_first: pl.Expr, at_last: pl.Expr, exact: pl.Expr, late: str) -> pl.Expr:
    """The answer that every day of the anchor gives.

    From the first day to the last a gap only grows, unless an event starts between them, or equality is asked.
    """
    turns = pl.lit(leaf.op in {Op.EQ, Op.NE}) | pl.col(late).fill_null(False)
    some = pl.col(f"{late}:n").fill_null(0) > 0
    agreed = (at_first == at_last) & at_first.is_in([TRUE, FALSE]) & ~(turns & some)
    return pl.when(exact | agreed).then(at_last).otherwise(answer(Reason.PARTIAL_DATE))


@dataclass(frozen=True, slots=True)
class _Event:
    """One event as row expressions without nulls.

    Parameters
    ----------
    possible, sure
        Whether it perhaps, and whether it surely, is among the events asked.
    starts, started_by
        The first day it may have started, and the day by which it surely has.
    ends
        First and last day it may have ended.
    doubt
        The highest reason why something of it is open, 0 for none.
    """

    possible: pl.Expr
    sure: pl.Expr
    starts: pl.Expr
    started_by: pl.Expr
    ends: tuple[pl.Expr, pl.Expr]
    doubt: pl.Expr


def _event(leaf: Gap, events: Events, match: Match, place: Membership, clock: Clock) -> _Event:
    table, keep = events.table, events.rows.keep
    if table.date is None:
        raise ValueError(f"table {table.name} has no date")
    start = pl.col(first_day(table.date)), pl.col(last_day(table.date))
    starts, latest_start = start[0].fill_null(_EVER), start[1].fill_null(_LATER)
    first_end, last_end, end_doubt = _ends(leaf, table, starts, latest_start, clock)
    unmatched = pl.when(match.truth.is_null()).then(match.reason).otherwise(answer(0))
    unplaced = pl.when(place.perhaps).then(place.reason).otherwise(answer(0))
    return _Event(
        keep(match.possible & ~place.out),
        keep(match.truth.fill_null(False) & place.sure),
        keep(starts),
        keep(pl.min_horizontal(latest_start, last_end)),
        (keep(first_end), keep(last_end)),
        keep(highest(unmatched, unplaced, _why(*start), end_doubt)),
    )


def _ends(
    leaf: Gap, table: Table, starts: pl.Expr, latest_start: pl.Expr, clock: Clock
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """First and last day the event may have ended, and why that is open."""
    column = table.date_column(leaf.column)
    if column is None or column == table.date:
        return starts, latest_start, answer(0)
    end = pl.col(first_day(column)), pl.col(last_day(column))
    missing = end[0].is_null()
    first, last, doubt = pl.max_horizontal(end[0], starts), end[1].fill_null(_LATER), _why(*end)
    # An end before the start: one of the two dates is wrong, and the truth may be either.
    wrong = first > last
    first, last = pl.when(wrong).then(last).otherwise(first), pl.when(wrong).then(first).otherwise(last)
    doubt = pl.when(wrong).then(answer(Reason.CONFLICT)).otherwise(doubt)
    if leaf.open_ended and table.ongoing is not None:
        status, ongoing = table.ongoing
        goes_on = missing & (pl.col(status) == ongoing).fill_null(False)
        first = pl.when(goes_on).then(_LATER).otherwise(first)
        doubt = pl.when(goes_on).then(answer(0)).otherwise(doubt)
    if clock.as_of is not None:
        # An end after the last day known is not known then: it is some day after that one.
        known_to = pl.col(first_day(anchor_column(clock.as_of)))
        hidden = ~missing & (last > known_to)
        first = pl.when(hidden).then(pl.max_horizontal(pl.min_horizontal(first, known_to + 1), starts)).otherwise(first)
        last = pl.when(hidden).then(_LATER).otherwise(last)
        doubt = pl.when(hidden).then(answer(Reason.NULL_DATE)).otherwise(doubt)
    return first, last, doubt


def _why(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    return (
        pl.when(first.is_null())
        .then(answer(Reason.NULL_DATE))
        .when(first < last)
        .then(answer(Reason.PARTIAL_DATE))
        .otherwise(answer(0))
    )


@dataclass(frozen=True, slots=True)
class _At:
    """The gap for one day of the anchor."""

    leaf: Gap
    table: Table
    anchor: pl.Expr
    name: str

    def aggregates(self, event: _Event, keep: _Keep) -> list[pl.Expr]:
        """The last event's day lies between the latest sure one's first and the latest perhaps one's last.

        Only events that have, perhaps or surely, started by the anchor count.
        """
        started = keep(event.possible & (event.starts <= self.anchor))
        sure = keep(started & event.sure & (event.started_by <= self.anchor))
        first, last = (keep(pl.min_horizontal(end, self.anchor)) for end in event.ends)
        open_ = started & (~sure | (first < last))
        return [
            keep(pl.when(sure).then(first)).max().alias(f"{self.name}:sure"),
            keep(pl.when(started).then(first)).min().alias(f"{self.name}:lower"),
            keep(pl.when(started).then(last)).max().alias(f"{self.name}:upper"),
            keep(pl.when(open_).then(event.doubt)).max().alias(f"{self.name}:why"),
        ]

    def answer(self) -> pl.Expr:
        """True or false when every possibility agrees."""
        sure, lower, upper, why = (pl.col(f"{self.name}:{part}") for part in ("sure", "lower", "upper", "why"))
        compared = partial(_compare, self.leaf, anchor=self.anchor)
        nothing = _no_event(self.leaf, self.table, self.anchor)
        at_upper = compared(upper)
        with_sure = at_upper == compared(sure)
        without_sure = (at_upper == compared(lower)) & (at_upper == nothing)
        agree = pl.when(sure.is_null()).then(without_sure).otherwise(with_sure)
        if self.leaf.op in {Op.EQ, Op.NE}:
            agree &= (sure == upper).fill_null(False)
        return (
            pl.when(upper.is_null())
            .then(nothing)
            .when(agree)
            .then(at_upper)
            .otherwise(why.fill_null(int(Reason.NO_RECORD)).cast(ANSWER))
        )


def _compare(leaf: Gap, last: pl.Expr, anchor: pl.Expr) -> pl.Expr:
    """Answer of ``anchor - last op than`` by the calendar."""
    reached = moved(last, leaf.than)
    match leaf.op:
        case Op.GE:
            holds = reached <= anchor
        case Op.GT:
            holds = reached < anchor
        case Op.LT:
            holds = reached > anchor
        case Op.LE:
            holds = reached >= anchor
        case Op.EQ:
            holds = reached == anchor
        case Op.NE:
            holds = reached != anchor
    return pl.when(holds).then(answer(TRUE)).otherwise(answer(FALSE))


def _no_event(leaf: Gap, table: Table, anchor: pl.Expr) -> pl.Expr:
    """The answer when no event is recorded: what the rule says, where the table says that absence is false.

    A table that covers the time from some day on leaves open an event before it: if 30 days are covered the gap is
    surely longer than 21 days, but not surely longer than 60.
    """
    if table.absence is not Absence.FALSE:
        return answer(Reason.NO_RECORD)
    match leaf.none:
        case NoEvent.INFINITE:
            said = answer(TRUE if leaf.op in {Op.GE, Op.GT, Op.NE} else FALSE)
        case NoEvent.FAIL:
            said = answer(FALSE)
        case NoEvent.UNKNOWN:
            said = answer(Reason.NO_RECORD)
    if table.coverage is None:
        return said
    if leaf.op in {Op.EQ, Op.NE}:
        return answer(Reason.NO_RECORD)
    start, end = (coverage_column(column) for column in table.coverage)
    before = pl.min_horizontal(pl.col(last_day(start)) - 1, anchor)
    covered = pl.col(last_day(start)).is_not_null() & (pl.col(first_day(end)) >= anchor)
    known = covered.fill_null(False) & (_compare(leaf, before, anchor) == said)
    return pl.when(known).then(said).otherwise(answer(Reason.NO_RECORD))
