"""One patient's rows beside the protocol and the dictionary that give them meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import assert_never

import polars as pl

from stratify.compile.reference.days import (
    NO_DATE,
    Row,
    When,
    WindowDays,
    bound_days,
    calendar_date,
    day_number,
    read_date,
)
from stratify.compile.reference.explained import Evidence
from stratify.model.anchor import SOME_DAY, ColumnAnchor, EventAnchor, before
from stratify.model.computed import AgeInput, ColumnInput, DefinitionInput, Input, PickInput
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Absence, Catalogue, ColumnKind, Dictionary, Table
from stratify.model.expression import (
    AgeIs,
    AlterationIs,
    ColumnRef,
    Computed,
    Count,
    Exists,
    Gap,
    Leaf,
    MeasureIs,
    Paired,
)
from stratify.model.protocol import Protocol
from stratify.model.value import Bound, Window


class Polarity(Enum):
    """Whether a criterion is the better met by a condition (``+``), the worse (``-``), or neither can be said.

    It decides what the worst of tied values is.
    """

    PLUS = "+"
    MINUS = "-"
    MIXED = "mixed"

    @property
    def flipped(self) -> Polarity:
        """The polarity under a negation."""
        return {Polarity.PLUS: Polarity.MINUS, Polarity.MINUS: Polarity.PLUS}.get(self, self)


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Everything the tables say of one patient: for each table its rows, in normal form, ``None`` for null."""

    patient_id: str | int
    tables: Mapping[str, tuple[Row, ...]]


def patient_records(tables: Mapping[str, pl.DataFrame]) -> Iterator[PatientRecord]:
    """The records of all patients, in the order of the patients table.

    Parameters
    ----------
    tables
        Tables in normal form. Rows of patients who are not in the table ``patients`` are left out.
    """
    grouped: dict[str, dict[object, list[Row]]] = {}
    for name, frame in tables.items():
        rows = grouped.setdefault(name, {})
        for row in frame.iter_rows(named=True):
            rows.setdefault(row[PATIENT_KEY], []).append(row)
    for patient in tables[PATIENTS].get_column(PATIENT_KEY).to_list():
        yield PatientRecord(patient, {name: tuple(rows.get(patient, ())) for name, rows in grouped.items()})


@dataclass(frozen=True, slots=True)
class FoundAnchor:
    """The day of an anchor derived from events, and the rows that make it what it is."""

    when: When
    rows: tuple[Evidence, ...] = ()

    @property
    def text(self) -> str:
        """The day as text, as far as it is known; empty where there is none."""
        first, last = map(day_number, SOME_DAY)
        if self.when.missing or self.when.last < last:
            return str(self.when)
        return "any day" if self.when.first <= first else f"{calendar_date(self.when.first)} or later"


@dataclass(frozen=True, slots=True)
class Context:
    """What every leaf is asked of; ``derived`` holds the anchors derived from events, once they are found."""

    record: PatientRecord
    protocol: Protocol
    dictionary: Dictionary
    catalogue: Catalogue
    derived: Mapping[str, FoundAnchor] = field(default_factory=lambda: MappingProxyType({}))

    def rows(self, table: str) -> tuple[Row, ...]:
        """The patient's rows of a table."""
        return self.record.tables.get(table, ())

    def only_row(self, table: str) -> Row | None:
        """The patient's row of a one-row-per-patient table."""
        return next(iter(self.rows(table)), None)

    def kind(self, ref: ColumnRef) -> ColumnKind:
        """What a column holds."""
        return self.catalogue[ref.table][ref.column]

    def value(self, ref: ColumnRef) -> object:
        """The value of a column (no date) of a one-row-per-patient table, ``None`` without a row."""
        row = self.only_row(ref.table)
        return None if row is None else row.get(ref.column)

    def date(self, ref: ColumnRef) -> When:
        """The date in a column of a one-row-per-patient table."""
        return read_date(self.only_row(ref.table), ref.column)

    def anchor(self, name: str) -> When:
        """The patient's date of an anchor."""
        anchor = self.protocol.anchors[name]
        match anchor:
            case ColumnAnchor(_, column):
                return self.date(column)
            case EventAnchor():
                return self.derived[name].when
            case _:
                assert_never(anchor)

    def anchors_of(self, leaf: Leaf) -> tuple[str, ...]:
        """The anchors a leaf depends on, with ``as_of`` for leaves that ask event tables; each once."""
        own: list[str] = []
        if isinstance(leaf, AgeIs | Gap):
            own.append(leaf.anchor)
        if isinstance(leaf, Computed):
            own.extend(anchor for _, item in leaf.inputs for anchor in self._input_anchors(item))
        if isinstance(leaf, MeasureIs | AlterationIs | Paired):
            own.extend(bound.anchor for bound in leaf.window.bounds)
        if isinstance(leaf, Exists | Count | Gap):
            own.extend(bound.anchor for bound in leaf.selection.window.bounds)
        asks_events = isinstance(leaf, MeasureIs | Exists | Count | Gap | AlterationIs | Paired)
        if asks_events and self.protocol.as_of is not None:
            own.append(self.protocol.as_of)
        return tuple(dict.fromkeys(own))

    def _input_anchors(self, item: Input) -> tuple[str, ...]:
        as_of = () if self.protocol.as_of is None else (self.protocol.as_of,)
        match item:
            case PickInput():
                return (*(bound.anchor for bound in item.window.bounds), *as_of)
            case AgeInput(_, anchor):
                return (anchor,)
            case ColumnInput() | DefinitionInput():
                return ()
            case _:
                assert_never(item)

    def derived_for(self, leaf: Leaf) -> tuple[str, ...]:
        """The anchors derived from events on which a leaf depends, also through others; in the order of finding."""
        used = {name for anchor in self.anchors_of(leaf) for name in before(self.protocol.anchors, anchor)}
        return tuple(name for name in self.derived if name in used)

    def missing(self, anchors: Iterable[str]) -> tuple[str, ...]:
        """Those of the anchors that the patient has no date of."""
        return tuple(anchor for anchor in anchors if self.anchor(anchor).missing)

    def window(self, window: Window) -> WindowDays:
        """The window for this patient, closed at ``as_of``. All of its anchors must have a date."""
        as_of = () if self.protocol.as_of is None else (Bound(self.protocol.as_of),)
        return WindowDays(
            tuple(bound_days(bound, self.anchor(bound.anchor), is_start=True) for bound in window.starts),
            tuple(bound_days(bound, self.anchor(bound.anchor), is_start=False) for bound in (*window.ends, *as_of)),
            window.exact_time,
        )

    def coverage(self, table: Table) -> tuple[When, When] | None:
        """First and last day a table covers for the patient; ``None`` where it covers always."""
        if table.coverage is None:
            return None
        first, last = table.coverage
        return self.date(first), self.date(last)

    def absence_means_no(self, table: Table, window: WindowDays) -> bool:
        """Whether a row that is not in the table, in this window, is an event that did not happen."""
        if table.absence is not Absence.FALSE:
            return False
        coverage = self.coverage(table)
        return coverage is None or window.covered_by(*coverage)

    def row_date(self, table: Table, row: Row) -> When:
        """The date of a row; :data:`NO_DATE` also in a table without a date column."""
        return NO_DATE if table.date is None else read_date(row, table.date)
