"""Anchors derived from events: for each the days it may be, found in the order in which they build on one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from stratify.compile.reference.context import Context, FoundAnchor, PatientRecord
from stratify.compile.reference.days import NO_DATE, Day, Place, When, day_number, read_date
from stratify.compile.reference.events import EventRow, event_evidence, event_rows, row_outcome
from stratify.compile.reference.explained import Evidence
from stratify.model.anchor import SOME_DAY, EventAnchor, Pick, needs
from stratify.model.dictionary import Catalogue, Dictionary, Table
from stratify.model.protocol import Protocol

Instant: TypeAlias = tuple[Day, int]
"""A day and a second of the day."""

_FIRST, _LAST = map(day_number, SOME_DAY)
_END_OF_DAY = 86_399


def context_of(record: PatientRecord, protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue) -> Context:
    """A patient's context with every derived anchor found."""
    known: dict[str, FoundAnchor] = {}
    context = Context(record, protocol, dictionary, catalogue, known)
    unlimited = replace(context, protocol=replace(protocol, as_of=None))
    needed = needs(protocol.anchors, protocol.as_of)
    for level in protocol.anchor_levels:
        for anchor in level:
            heeds = protocol.as_of in needed[anchor.name]
            known[anchor.name] = _found(anchor, needed[anchor.name], context if heeds else unlimited)
    return context


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A row that perhaps counts, and the first and the last instant that it may be."""

    row: EventRow
    low: Instant
    high: Instant


def _found(anchor: EventAnchor, needed: Sequence[str], context: Context) -> FoundAnchor:
    if context.missing(needed):
        return FoundAnchor(NO_DATE)
    rows = [row for row in event_rows(anchor.selection, context) if row.place is not Place.OUT]
    candidates = [_candidate(row, anchor, context) for row in rows]
    sure = [one for one in candidates if one.row.sure]
    if not sure:  # perhaps there is no such day
        return FoundAnchor(NO_DATE, tuple(_evidence(one, anchor, context) for one in candidates))
    match anchor.pick:
        case Pick.LATEST:
            low, high = max(one.low for one in sure), max(one.high for one in candidates)
            deciding = [one for one in candidates if one.high >= low]
        case Pick.EARLIEST:
            low, high = min(one.low for one in candidates), min(one.high for one in sure)
            deciding = [one for one in candidates if one.low <= high]
        case _:
            assert_never(anchor.pick)
    when = When(low[0], high[0], low[1] if low == high else None)
    return FoundAnchor(when, tuple(_evidence(one, anchor, context) for one in deciding))


def _candidate(row: EventRow, anchor: EventAnchor, context: Context) -> _Candidate:
    table = context.dictionary.tables[anchor.selection.table]
    column = table.date_column(anchor.column)
    if column is None:
        raise ValueError(f"table {table.name} has no such date")
    when = read_date(row.row, column)
    first, last = (
        _own_days(row, anchor, context) if column == table.date else _other_days(row, when, column, table, context)
    )
    if first == last and when.exact and when.second is not None:
        return _Candidate(row, (first, when.second), (last, when.second))
    return _Candidate(row, (first, 0), (last, _END_OF_DAY))


def _own_days(row: EventRow, anchor: EventAnchor, context: Context) -> tuple[Day, Day]:
    """The days of the table's own date; those in the window where it is not exactly known."""
    if row.when.exact:
        return row.when.first, row.when.last
    some_day = When(_FIRST, _LAST) if row.when.missing else row.when
    return context.window(anchor.selection.window).clip(some_day)


def _other_days(row: EventRow, when: When, column: str, table: Table, context: Context) -> tuple[Day, Day]:
    """The days of another date of the row; an end is not before the start."""
    begins = row.when.first if column == table.end and not row.when.missing else _FIRST
    if when.missing:
        return begins, max(begins, _LAST)
    first, last = max(when.first, begins), when.last
    if first > last:  # ends before it starts: one of the two dates is wrong
        first, last = last, first
    if context.protocol.as_of is not None:
        known_to = context.anchor(context.protocol.as_of).first
        if last > known_to:  # a date after the last day known is not known then: it is some day after that one
            return max(min(first, known_to + 1), begins), _LAST
    return first, last


def _evidence(one: _Candidate, anchor: EventAnchor, context: Context) -> Evidence:
    """The row, with the date asked where it is not the row's own."""
    shown = event_evidence(one.row, anchor.selection, context, row_outcome(one.row))
    table = context.dictionary.tables[anchor.selection.table]
    column = table.date_column(anchor.column)
    if column is None or column == table.date:
        return shown
    return replace(shown, fields=(*(shown.fields or ()), (column, str(read_date(one.row.row, column)))))
