"""``gap``: the time from the last event to the anchor, as an interval between its shortest and its longest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stratify.compile.events import coverage_column
from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.compile.rows import LeafPlan, Match, match_rows
from stratify.compile.windows import Clock, anchor_column, moved
from stratify.model.dictionary import Absence, ColumnKind, Table, first_day, last_day
from stratify.model.expression import Gap, NoEvent
from stratify.model.truth import Reason
from stratify.model.value import Duration, Op

_EVER = pl.lit(-4_000_000, pl.Int32)  # before and after every calendar day
_LATER = pl.lit(4_000_000, pl.Int32)


def gap(leaf: Gap, table: Table, kinds: Mapping[str, ColumnKind], clock: Clock, name: str) -> LeafPlan:
    """The plan of a gap; with an incomplete anchor both its ends must agree."""
    match = match_rows(leaf.selection, table, kinds)
    anchor = anchor_column(leaf.anchor)
    sides = ("first",) if clock.exact(leaf.anchor) else ("first", "last")
    columns: list[pl.Expr] = []
    aggregates: list[pl.Expr] = []
    answers = []
    for side in sides:
        day = pl.col(first_day(anchor) if side == "first" else last_day(anchor))
        rows, result = _at(leaf, table, match, clock, day, f"{name}:{side}")
        columns.extend(rows)
        aggregates.extend(pl.col(row.meta.output_name()).max() for row in rows)
        answers.append(result)
    result = answers[0]
    if len(answers) == 2:
        agreed = (answers[0] == answers[1]) & answers[0].is_in([TRUE, FALSE])
        exact = pl.col(first_day(anchor)) == pl.col(last_day(anchor))
        result = pl.when(exact | agreed).then(answers[0]).otherwise(answer(Reason.PARTIAL_DATE))
    anchors = (leaf.anchor,) if clock.as_of is None else tuple(dict.fromkeys((leaf.anchor, clock.as_of)))
    relevant = None if match.always else match.possible
    return LeafPlan(table.name, relevant, tuple(columns), tuple(aggregates), result, anchors)


@dataclass(frozen=True, slots=True)
class _Event:
    """Days an event may start and end, without nulls, and why they are not exact (0 where they are)."""

    starts: tuple[pl.Expr, pl.Expr]
    ends: tuple[pl.Expr, pl.Expr]
    start_reason: pl.Expr
    end_reason: pl.Expr


def _event(leaf: Gap, table: Table) -> _Event:
    if table.date is None:
        raise ValueError(f"table {table.name} has no date")
    start = pl.col(first_day(table.date)), pl.col(last_day(table.date))
    start_reason = _why(*start)
    starts = start[0].fill_null(_EVER), start[1].fill_null(_LATER)
    column = table.date_column(leaf.column)
    if column is None or column == table.date:
        return _Event(starts, starts, start_reason, start_reason)
    end = pl.col(first_day(column)), pl.col(last_day(column))
    end_reason = _why(*end)
    # It cannot have ended before it started; and it had started by the day it ended.
    first_end, last_end = end[0].fill_null(_EVER), end[1].fill_null(_LATER)
    if leaf.open_ended and table.ongoing is not None:
        status, ongoing = table.ongoing
        goes_on = end[0].is_null() & (pl.col(status) == ongoing).fill_null(False)
        first_end = pl.when(goes_on).then(_LATER).otherwise(first_end)
        end_reason = pl.when(goes_on).then(answer(0)).otherwise(end_reason)
    ends = pl.max_horizontal(first_end, starts[0]), pl.max_horizontal(last_end, starts[0])
    return _Event((starts[0], pl.min_horizontal(starts[1], last_end)), ends, start_reason, end_reason)


def _why(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    return (
        pl.when(first.is_null())
        .then(answer(Reason.NULL_DATE))
        .when(first < last)
        .then(answer(Reason.PARTIAL_DATE))
        .otherwise(answer(0))
    )


def _at(
    leaf: Gap, table: Table, match: Match, clock: Clock, anchor: pl.Expr, name: str
) -> tuple[list[pl.Expr], pl.Expr]:
    """Row columns and answer for one day of the anchor."""
    event = _event(leaf, table)
    known_from = known_to = anchor
    if clock.as_of is not None:
        as_of = anchor_column(clock.as_of)
        known_from = pl.min_horizontal(anchor, pl.col(first_day(as_of)))
        known_to = pl.min_horizontal(anchor, pl.col(last_day(as_of)))
    possible = match.possible & (event.starts[0] <= known_to)
    sure = possible & match.truth.fill_null(False) & (event.starts[1] <= known_from)
    shortest = pl.min_horizontal(event.ends[1], anchor)
    longest = pl.min_horizontal(event.ends[0], anchor)
    started = pl.when(event.starts[1] > known_from).then(event.start_reason).otherwise(answer(0))
    ended = (
        pl.when(longest < shortest).then(pl.max_horizontal(event.end_reason, event.start_reason)).otherwise(answer(0))
    )
    unmatched = pl.when(match.truth.is_null()).then(match.reason).otherwise(answer(0))
    lower, upper, why = f"{name}:lower", f"{name}:upper", f"{name}:why"
    rows = [
        pl.when(sure).then(longest).alias(lower),
        pl.when(possible).then(shortest).alias(upper),
        pl.when(possible).then(pl.max_horizontal(started, ended, unmatched)).alias(why),
    ]
    nothing = _no_event(leaf, table, anchor)
    at_upper, at_lower = _compare(leaf, pl.col(upper), anchor), _compare(leaf, pl.col(lower), anchor)
    far = pl.when(pl.col(lower).is_null()).then(nothing).otherwise(at_lower)
    agree = (far == at_upper) & far.is_in([TRUE, FALSE])
    if leaf.op in {Op.EQ, Op.NE}:
        agree &= (pl.col(lower) == pl.col(upper)).fill_null(False)
    reason = pl.when(pl.col(why) > 0).then(pl.col(why)).otherwise(answer(Reason.NO_RECORD)).cast(ANSWER)
    result = pl.when(pl.col(upper).is_null()).then(nothing).when(agree).then(at_upper).otherwise(reason)
    return rows, result


def _compare(leaf: Gap, last: pl.Expr, anchor: pl.Expr) -> pl.Expr:
    """Answer of ``anchor - last op than`` by the calendar."""
    reached = moved(last, Duration(leaf.than.count, leaf.than.unit))
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
    """The answer when no event is recorded: what the rule says, where the table says that absence is false."""
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
    start, end = (coverage_column(column) for column in table.coverage)
    known = pl.col(last_day(start)).is_not_null() & (pl.col(first_day(end)) >= anchor)
    return pl.when(known.fill_null(False)).then(said).otherwise(answer(Reason.NO_RECORD))
