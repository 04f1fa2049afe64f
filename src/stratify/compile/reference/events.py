"""The leaves that ask whether, and how often, an event is in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from stratify.compile.reference.compare import highest, integers_outcome
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, Row, When, read_date
from stratify.compile.reference.explained import DUPLICATES, Evidence, LeafAnswer
from stratify.compile.reference.rows import distinct, match_outcome
from stratify.model.codes import RowSystems
from stratify.model.dictionary import ColumnKind
from stratify.model.expression import Count, Exists, Selection, row_fields
from stratify.model.truth import FALSE, TRUE, Outcome, Reason, Truth, unknown


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of an event table that matches, surely or perhaps."""

    index: int
    row: Row
    when: When
    place: Place
    doubts: int
    copies: int

    @property
    def sure(self) -> bool:
        """Whether it surely is among the rows asked."""
        return self.place is Place.IN and not self.doubts


def event_rows(selection: Selection, context: Context) -> tuple[EventRow, ...]:
    """The distinct rows that match or perhaps match, in the window or not; ``doubts`` are all reasons of a row."""
    table = context.dictionary.tables[selection.table]
    window, kinds = context.window(selection.window), context.catalogue[selection.table]
    found = []
    for index, row, copies in distinct(enumerate(context.rows(selection.table))):
        match = match_outcome(selection, table, row, kinds)
        if match.truth is Truth.FALSE:
            continue
        when = context.row_date(table, row)
        place = Place.IN if table.date is None else window.place(when)
        doubts = match.reasons
        if place is Place.MAYBE:
            doubts |= (when.doubt or Reason.PARTIAL_DATE).bit  # an exact date is perhaps in when the anchor is partial
        found.append(EventRow(index, row, when, place, doubts, copies))
    return tuple(found)


def answer_exists(leaf: Exists, context: Context) -> LeafAnswer:
    """Whether some row matches. All anchors must have a date."""
    rows = event_rows(leaf.selection, context)
    sure, perhaps = _sure_and_perhaps(rows)
    if sure:
        return LeafAnswer(TRUE, _evidence(sure, leaf.selection, context))
    if perhaps:
        return LeafAnswer(unknown(_highest(perhaps)), _evidence(perhaps, leaf.selection, context))
    if _absence_means_no(leaf.selection, context):
        return LeafAnswer(FALSE)
    return LeafAnswer(unknown(_absence_reason(rows)), _evidence(rows, leaf.selection, context))


def answer_count(leaf: Count, context: Context) -> LeafAnswer:
    """How many distinct rows match, compared. All anchors must have a date."""
    rows = event_rows(leaf.selection, context)
    sure, perhaps = _sure_and_perhaps(rows)
    most = len(sure) + len(perhaps) if _absence_means_no(leaf.selection, context) else inf
    reason = _highest(perhaps) if perhaps else _absence_reason(rows)
    outcome = integers_outcome(len(sure), most, leaf.compare, reason)
    copies = sum(row.copies for row in (*sure, *perhaps))
    notes = (f"{DUPLICATES} {copies}",) if copies else ()
    return LeafAnswer(outcome, _evidence((*sure, *perhaps), leaf.selection, context), notes)


def _sure_and_perhaps(rows: Sequence[EventRow]) -> tuple[tuple[EventRow, ...], tuple[EventRow, ...]]:
    inside = [row for row in rows if row.place is not Place.OUT]
    return tuple(row for row in inside if row.sure), tuple(row for row in inside if not row.sure)


def _absence_means_no(selection: Selection, context: Context) -> bool:
    return context.absence_means_no(context.dictionary.tables[selection.table], context.window(selection.window))


def _absence_reason(rows: Sequence[EventRow]) -> Reason:
    return Reason.OUT_OF_WINDOW if any(row.place is Place.OUT for row in rows) else Reason.NO_RECORD


def _highest(rows: Sequence[EventRow]) -> Reason:
    return max(highest(row.doubts) for row in rows)


def _evidence(rows: Sequence[EventRow], selection: Selection, context: Context) -> tuple[Evidence, ...]:
    return tuple(event_evidence(row, selection, context, row_outcome(row)) for row in rows)


def row_outcome(row: EventRow) -> Outcome:
    """Whether the row is one of those asked."""
    if row.place is Place.OUT:
        return FALSE
    return unknown(highest(row.doubts)) if row.doubts else TRUE


def event_evidence(
    row: EventRow, selection: Selection, context: Context, outcome: Outcome, threshold: str = ""
) -> Evidence:
    """An event row as evidence; its value is the code."""
    table, kinds = context.dictionary.tables[selection.table], context.catalogue[selection.table]
    code = "" if table.code is None else _text(row.row, table.code, kinds)
    asked = dict.fromkeys(item.column for item in row_fields(selection.where))
    fields = {"code": code} if code or selection.codes is not None else {}
    if isinstance(table.code_system, RowSystems) and fields:
        fields["system"] = _text(row.row, table.code_system.column, kinds)
    fields |= {column: _text(row.row, column, kinds) for column in asked if column != table.code}
    date = "" if table.date is None else str(row.when)
    return Evidence(table.name, row.index, date, code, threshold, row.place, outcome, row.doubts, tuple(fields.items()))


def _text(row: Row, column: str, kinds: Mapping[str, ColumnKind]) -> str:
    value = read_date(row, column) if kinds[column].is_date else row.get(column)
    return "" if value is None else str(value)
