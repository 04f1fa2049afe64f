"""The leaf on the time since the last event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import assert_never

from stratify.compile.reference.compare import highest, is_one_of
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Day, Place, When, moved, read_date
from stratify.compile.reference.events import EventRow, event_evidence, event_rows
from stratify.compile.reference.explained import Evidence, LeafAnswer
from stratify.model.dictionary import Absence, Table
from stratify.model.expression import Gap, NoEvent
from stratify.model.truth import FALSE, Outcome, Reason, Truth, of_bool, unknown
from stratify.model.value import Op


@dataclass(frozen=True, slots=True)
class _Event:
    """One event: when it starts, the days it may end on, and every reason why something of it is open."""

    row: EventRow
    start: When
    started_by: Day
    """It has surely started by then: the last day its date may be, or the day it surely has ended."""
    first_end: Day
    last_end: Day
    doubts: int

    def surely_started(self, at: Day) -> bool:
        """Whether it surely counts at that day."""
        return self.row.sure and self.started_by <= at

    def ends(self, at: Day) -> tuple[Day, Day]:
        """First and last day that may be its last on or before that day."""
        return min(self.first_end, at), min(self.last_end, at)


def answer_gap(leaf: Gap, context: Context) -> LeafAnswer:
    """The time from the last event to the anchor, compared. All anchors must have a date."""
    table = context.dictionary.tables[leaf.selection.table]
    anchor = context.anchor(leaf.anchor)
    rows = (row for row in event_rows(leaf.selection, context) if row.place is not Place.OUT)
    events = [_event(row, leaf, table, context) for row in rows]
    started = [event for event in events if event.start.first <= anchor.last]
    outcome = _outcome_at(leaf, started, anchor, table, context)
    return LeafAnswer(outcome, _evidence(leaf, started, anchor, context, outcome))


def _outcome_at(leaf: Gap, events: Sequence[_Event], anchor: When, table: Table, context: Context) -> Outcome:
    """The outcome for the anchor; for an incomplete one that which every day agrees on.

    Between the first day and the last the gap only grows, unless an event starts between them: the anchor any day
    from 5 to 50, an event on day 10, no event before; the gap is infinite on day 5, 0 on day 10, 40 on day 50.
    """
    at_last = _outcome_on(leaf, events, anchor.last, table, context)
    if anchor.exact:
        return at_last
    turns = leaf.op in {Op.EQ, Op.NE} or any(event.started_by > anchor.first for event in events)
    at_first = _outcome_on(leaf, events, anchor.first, table, context)
    if at_first != at_last or at_first.truth is Truth.UNKNOWN or (turns and events):
        return unknown(Reason.PARTIAL_DATE)
    return at_first


def _outcome_on(leaf: Gap, events: Sequence[_Event], at: Day, table: Table, context: Context) -> Outcome:
    started = [event for event in events if event.start.first <= at]
    if not started:
        return _no_event(leaf, at, table, context)
    sure = [event for event in started if event.surely_started(at)]
    latest = max(event.ends(at)[1] for event in started)
    if sure:
        earliest = max(event.ends(at)[0] for event in sure)
        possible = {_compared(leaf, latest, at), _compared(leaf, earliest, at)}
        settled = latest == earliest
    else:
        earliest = min(event.ends(at)[0] for event in started)
        possible = {_compared(leaf, latest, at), _compared(leaf, earliest, at), _no_event(leaf, at, table, context)}
        settled = False
    if len(possible) == 1 and (settled or leaf.op not in {Op.EQ, Op.NE}):
        return possible.pop()
    return unknown(_reason(started, at))


def _reason(events: Sequence[_Event], at: Day) -> Reason:
    open_events = [event for event in events if not event.surely_started(at) or len(set(event.ends(at))) > 1]
    return max(highest(event.doubts) for event in open_events)


def _no_event(leaf: Gap, at: Day, table: Table, context: Context) -> Outcome:
    """What no event on or before that day means, where the table's silence says that there was none.

    The silence of a table that covers the time from some day on leaves open an event before it: if 30 days are
    covered the gap is surely longer than 21 days, but not surely longer than 60.
    """
    if table.absence is not Absence.FALSE:
        return unknown(Reason.NO_RECORD)
    said = _said_of_no_event(leaf, at)
    coverage = context.coverage(table)
    if coverage is None:
        return said
    first, last = coverage
    covered = not first.missing and not last.missing and last.first >= at and leaf.op not in {Op.EQ, Op.NE}
    if not covered or _compared(leaf, min(first.last - 1, at), at) != said:
        return unknown(Reason.NO_RECORD)
    return said


def _said_of_no_event(leaf: Gap, at: Day) -> Outcome:
    match leaf.none:
        case NoEvent.INFINITE:
            return _compared(leaf, -inf, at)
        case NoEvent.FAIL:
            return FALSE
        case NoEvent.UNKNOWN:
            return unknown(Reason.NO_RECORD)
        case _:
            assert_never(leaf.none)


def _compared(leaf: Gap, last: Day, at: Day) -> Outcome:
    """The gap from the last event's day: at least 21 days when that day moved by 21 days is not after the anchor."""
    reached = last if last == -inf else moved(last, leaf.than)
    match leaf.op:
        case Op.GE:
            return of_bool(reached <= at)
        case Op.GT:
            return of_bool(reached < at)
        case Op.LT:
            return of_bool(reached > at)
        case Op.LE:
            return of_bool(reached >= at)
        case Op.EQ:
            return of_bool(reached == at)
        case Op.NE:
            return of_bool(reached != at)
        case _:
            assert_never(leaf.op)


# --- one event ---------------------------------------------------------------------------------------------------


def _event(row: EventRow, leaf: Gap, table: Table, context: Context) -> _Event:
    first, last, end_doubt = _end(row, leaf, table, context)
    doubts = row.doubts
    for doubt in (row.when.doubt, end_doubt):
        doubts |= doubt.bit if doubt is not None else 0
    return _Event(row, row.when, min(row.when.last, last), first, last, doubts)


def _end(row: EventRow, leaf: Gap, table: Table, context: Context) -> tuple[Day, Day, Reason | None]:
    start = row.when
    column = table.date_column(leaf.column)
    if column is None or column == table.date:
        return start.first, start.last, start.doubt
    end = read_date(row.row, column)
    if end.missing:
        if leaf.open_ended and _is_ongoing(row, table):
            return inf, inf, None
        return start.first, inf, Reason.NULL_DATE
    first = max(end.first, start.first)
    last, doubt = end.last, end.doubt
    if first > last:  # ends before it starts: one of the two dates is wrong
        first, last, doubt = last, first, Reason.CONFLICT
    if context.protocol.as_of is not None:
        known_to = context.anchor(context.protocol.as_of).first
        if last > known_to:  # an end after the last day known is not known then: it is some day after that one
            return max(min(first, known_to + 1), start.first), inf, Reason.NULL_DATE
    return first, last, doubt


def _is_ongoing(row: EventRow, table: Table) -> bool:
    if table.ongoing is None:
        return False
    column, value = table.ongoing
    return is_one_of(row.row, column, (value,)) is True


def _evidence(
    leaf: Gap, events: Sequence[_Event], anchor: When, context: Context, outcome: Outcome
) -> tuple[Evidence, ...]:
    """The events that may be the last one."""
    at = anchor.last
    sure = [event.ends(at)[0] for event in events if event.surely_started(at)]
    since = max(sure, default=-inf)
    deciding = [event for event in events if event.ends(at)[1] >= since]
    return tuple(_one_evidence(event, leaf, context, outcome) for event in deciding)


def _one_evidence(event: _Event, leaf: Gap, context: Context, outcome: Outcome) -> Evidence:
    evidence = event_evidence(event.row, leaf.selection, context, outcome, f"{leaf.op.value} {leaf.than}")
    return replace(evidence, doubts=event.doubts)
