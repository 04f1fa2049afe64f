"""What a protocol's names mean in a dictionary, with the findings where they mean nothing."""

from __future__ import annotations

from stratify.diagnostics import SourceSpan, nearest
from stratify.model.dictionary import Catalogue, ColumnKind, Dictionary, Grain, Table
from stratify.model.expression import ColumnRef, RowCondition, Take, row_fields
from stratify.model.protocol import Protocol
from stratify.model.value import Window
from stratify.protocol.envelope import FileFindings
from stratify.protocol.kinds import check_kind, check_unit


class Names:
    """Tables, columns and kinds of a dictionary; with a catalogue also those of the data."""

    def __init__(self, protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue | None) -> None:
        self.protocol = protocol
        self.dictionary = dictionary
        self.catalogue = catalogue
        self.findings = FileFindings()
        self.covering = {column for table in dictionary.tables.values() for column in table.coverage or ()}

    def table(self, name: str, span: SourceSpan | None) -> Table | None:
        """The table of that name, or ``None`` after a finding."""
        table = self.dictionary.tables.get(name)
        if table is None:
            self.findings.add(
                "P100", f'Table "{name}" is not in the dictionary.', span, hint=nearest(name, self.dictionary.tables)
            )
        return table

    def column(self, table: Table, name: str, span: SourceSpan | None, note: str = "") -> bool:
        """Whether the table has the column, as far as its columns are known."""
        columns = None if self.catalogue is None else self.catalogue.get(table.name)
        if columns is None or name in columns:
            return True
        self.findings.add(
            "P101",
            f'Table {table.name} has no column "{name}"{note}.',
            span,
            why="A rule on a column that is not there would ask for nothing.",
            hint=nearest(name, columns) or "The table has no columns.",
        )
        return False

    def one_row(self, column: ColumnRef, span: SourceSpan | None, note: str = "") -> bool:
        """Whether a column has one value for a patient."""
        table = self.table(column.table, span)
        if table is None:
            return False
        if table.grain is Grain.MANY:
            self.findings.add(
                "P103",
                f"Table {table.name} may have many rows for a patient, so {column} is not one value{note}.",
                span,
                hint="Use measure, exists or count, or declare `grain: one` in the dictionary.",
            )
            return False
        return self.column(table, column.column, span, note)

    def kind(self, table: str, column: str) -> ColumnKind | None:
        """What a column holds, ``None`` where that is not known."""
        columns = None if self.catalogue is None else self.catalogue.get(table)
        if columns is not None:
            return columns.get(column)
        declared = column in self.dictionary.tables[table].date_columns
        return ColumnKind.PARTIAL_DATE if declared or ColumnRef(table, column) in self.covering else None

    def no_day(self, name: str, take: Take, window: Window, span: SourceSpan | None) -> None:
        """The finding for ``closest`` without a day to be close to."""
        if take is Take.CLOSEST and not window.bounds:
            self.findings.add(
                "P110",
                f"{name}: closest to which day?",
                span,
                hint="Add `within: [a, b]`; its anchor is the day.",
            )

    def window(self, window: Window, table: Table, span: SourceSpan | None) -> None:
        """The finding for a window, or a day after which nothing is known, in a table without dates."""
        if table.date is not None:
            return
        if window.bounds:
            self.no_date(table, span, "a window")
        elif self.protocol.as_of is not None:
            self.no_date(table, span, f"`as_of: {self.protocol.as_of}`")

    def no_date(self, table: Table, span: SourceSpan | None, what: str) -> None:
        """The finding for a table without dates."""
        self.findings.add(
            "P109",
            f"Table {table.name} has no date, so {what} cannot be asked of it.",
            span,
            hint="Name it in the dictionary: `date: column`.",
        )

    def where(self, where: RowCondition | None, table: Table) -> None:
        """Findings on the fields of a row condition."""
        for item in row_fields(where):
            if self.column(table, item.column, item.span):
                what = f"Field {table.name}.{item.column}"
                check_kind(what, item.compare, self.kind(table.name, item.column), item.span, self.findings)
                check_unit(what, item.compare, table.units.get(item.column), item.span, self.findings)

    def birth(self, span: SourceSpan | None) -> None:
        """The finding where no column holds the date of birth."""
        birth = self.dictionary.birth
        if birth is None:
            self.findings.add(
                "P111", "No table declares a date of birth.", span, hint="Name the column: `birth: birth_date`."
            )
        else:
            self.one_row(birth, span, " (date of birth)")
