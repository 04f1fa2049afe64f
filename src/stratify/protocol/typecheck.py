"""A protocol against a data dictionary: do the tables, columns, measures and units it names exist and fit.

With a catalogue (the kinds of the columns that the data has) columns and their kinds are checked too. Nothing here
looks at a patient.
"""

from __future__ import annotations

import contextlib
from typing import assert_never

from stratify.diagnostics import Finding, SourceSpan, nearest
from stratify.model.anchor import ColumnAnchor, EventAnchor
from stratify.model.dictionary import PATIENT_KEY, Catalogue, ColumnKind, Dictionary, Measure, Table
from stratify.model.expression import (
    AgeIs,
    AlterationIs,
    ColumnRef,
    Computed,
    Condition,
    Count,
    Exists,
    Gap,
    MeasureIs,
    Paired,
    Selection,
    ValueIs,
)
from stratify.model.genomics import AssayTable, VariantTable
from stratify.model.measure_units import in_unit_of, units_read
from stratify.model.protocol import ArmColumn, ColumnStratum, Protocol, RecordedArm
from stratify.model.value import LLN, ULN, Comparison
from stratify.protocol.code_check import check_codes
from stratify.protocol.envelope import EnoughError, in_order
from stratify.protocol.genomic_checks import (
    altered_tables,
    check_alteration,
    check_biomarker,
    check_category_measure,
    check_fraction,
)
from stratify.protocol.kinds import NUMERIC_TAKES, check_kind, check_unit, orders
from stratify.protocol.names import Names
from stratify.protocol.typecheck_computed import check_computed, check_last, check_paired


def typecheck(
    protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue | None = None, *, examples: bool = False
) -> tuple[Finding, ...]:
    """Everything in which a protocol does not fit a dictionary and, with a ``catalogue``, the data's columns.

    Parameters
    ----------
    examples
        Whether the tables and columns of its examples must be in the dictionary too. A site has names of its own for
        what an example calls ``variants``, and its patients can be screened all the same.

    Returns
    -------
    tuple of Finding
        In the order of the protocol's lines; empty where it fits.
    """
    checker = _Checker(protocol, dictionary, catalogue)
    with contextlib.suppress(EnoughError):
        checker.anchors()
        for node in protocol.nodes():
            checker.node(node)
        checker.columns()
        if examples:
            checker.examples()
    return in_order(checker.findings)


_LIMITS = (ColumnKind.NUMBER, ColumnKind.EMPTY)
"""What a column of reference limits may hold."""


class _Checker(Names):
    # --- the parts of a protocol

    def anchors(self) -> None:
        for anchor in self.protocol.anchors.values():
            match anchor:
                case ColumnAnchor():
                    self.column_anchor(anchor)
                case EventAnchor(_, _, selection, column, _, span):
                    table = self.selection(selection, span)
                    placed = selection.window.bounds or self.protocol.as_of is not None
                    if table is not None and not (placed and table.date is None):  # or it has its finding
                        self.date_of(table, column, span, f"anchor {anchor.name}")
                case _:
                    assert_never(anchor)

    def column_anchor(self, anchor: ColumnAnchor) -> None:
        what = f"Anchor {anchor.name}, column {anchor.column},"
        if not self.one_row(anchor.column, anchor.span, f" (anchor {anchor.name})"):
            return
        kind = self.kind(anchor.column.table, anchor.column.column)
        if kind is not None and not kind.is_date and kind is not ColumnKind.EMPTY:
            self.findings.add(
                "P115",
                f"{what} is not a date.",
                anchor.span,
                hint=f"Name it under `dates` of table {anchor.column.table} in the dictionary if it holds dates.",
            )

    def columns(self) -> None:
        arms = self.protocol.arms
        if isinstance(arms, ArmColumn):
            self.one_row(arms.column, arms.span)
        else:
            for arm in arms:
                if isinstance(arm, RecordedArm):
                    self.compared(arm.column, arm.compare, arm.span)
        for stratum in self.protocol.strata:
            if isinstance(stratum, ColumnStratum):
                self.one_row(stratum.column, stratum.span)

    def compared(self, column: ColumnRef, compare: Comparison, span: SourceSpan | None) -> None:
        if self.one_row(column, span):
            what = f"Column {column}"
            check_kind(what, compare, self.kind(column.table, column.column), span, self.findings)
            table = self.dictionary.tables[column.table]
            check_unit(what, compare, table.units.get(column.column), span, self.findings)

    def examples(self) -> None:
        for example in self.protocol.examples:
            for name, rows in (("patients", (example.patient,)), *example.tables.items()):
                table = self.table(name, example.span)
                for column in dict.fromkeys(key for row in rows for key in row if key != PATIENT_KEY):
                    if table is not None:
                        self.column(table, column, example.span)

    def node(self, node: Condition) -> None:
        match node:
            case ValueIs(column, compare, span):
                self.compared(column, compare, span)
            case AgeIs():
                self.age(node)
            case MeasureIs():
                self.measure(node)
            case Exists(selection, span) | Count(selection, _, span):
                self.selection(selection, span)
            case Gap():
                self.gap(node)
            case AlterationIs():
                self.alteration(node)
            case Computed():
                check_computed(node, self)
            case Paired():
                check_paired(node, self)
            case _:
                pass

    # --- leaves

    def age(self, node: AgeIs) -> None:
        self.birth(node.span)
        numbers = [item.number for item in node.compare.literals]
        if any(number is None or number != number.to_integral_value() for number in numbers):
            self.findings.add(
                "P112",
                f"An age in {node.unit.value} is compared with a whole number.",
                node.span,
                why="Ages are completed years or months; nobody is ever 17.5 completed years old.",
                hint="Write a whole number, or ask for months.",
            )

    def measure(self, node: MeasureIs) -> None:
        measure = self.dictionary.measure(node.measure)
        if measure is None:
            names = [*self.dictionary.measures, *(a for m in self.dictionary.measures.values() for a in m.aliases)]
            hint = nearest(node.measure, names) or "Declare it under `measures` in the dictionary."
            self.findings.add("P102", f'Measure "{node.measure}" is not in the dictionary.', node.span, hint=hint)
            return
        table = self.table(measure.table, node.span)
        if table is None:
            return
        self.measure_kind(node, measure)
        self.unit(node, measure)
        self.window(node.window, table, node.span)
        self.where(node.where, table)
        check_last(node.last, table, node.span, self)
        self.no_day(node.measure, node.take, node.window, node.span)

    def measure_kind(self, node: MeasureIs, measure: Measure) -> None:
        what = f"Measure {node.measure}"
        check_biomarker(node, measure, self.findings)
        kind = self.kind(measure.table, measure.value)
        if measure.categorical and kind in {ColumnKind.NUMBER, ColumnKind.BOOLEAN}:
            self.findings.add(
                "P107",
                f"{what} has categories, which are texts; the column holds something else.",
                node.span,
                why="Another measure of the column has numbers, so that it is not read as text.",
                hint="Write the results that are words to a column of their own.",
            )
        kind = ColumnKind.TEXT if measure.categorical else kind and measure.kind_for(kind, node.compare)
        if kind is not None and kind.is_date:
            self.findings.add(
                "P107", f"{what} holds dates.", node.span, hint="A measure holds numbers, text or true/false."
            )
            return
        check_kind(what, node.compare, kind, node.span, self.findings)
        if measure.categorical and not orders(node.compare):
            check_category_measure(node, measure, self.protocol.library, node.span, self.findings)
        text = kind in {ColumnKind.TEXT, ColumnKind.BOOLEAN} or (kind is None and not node.compare.numeric)
        if text and node.take in NUMERIC_TAKES:
            self.findings.add(
                "P108",
                f"{what} has no {node.take.value}: it does not hold numbers.",
                node.span,
                hint="Use latest, earliest, closest, any or all.",
            )

    def unit(self, node: MeasureIs, measure: Measure) -> None:
        unit = node.compare.unit
        if unit in {ULN, LLN}:
            name, column = ("ref_high", measure.reference_high) if unit == ULN else ("ref_low", measure.reference_low)
            fallback = self.dictionary.fallback
            if column is None and (fallback is None or not fallback.may_have(measure.name, str(unit))):
                self.findings.add(
                    "P106",
                    f"Measure {node.measure} has no reference column, so {unit} means nothing.",
                    node.span,
                    hint=f"Declare `{name}:` of the measure in the dictionary, or limits for it under `ref_fallback`.",
                )
            elif column is not None and self.kind(measure.table, column) not in {*_LIMITS, None}:
                self.findings.add(
                    "P107",
                    f"Measure {node.measure}: its limits in column {measure.table}.{column} are no numbers.",
                    node.span,
                    why="There is no multiple of a text, and one limit such as <40 makes a column of a text file text.",
                    hint="Write each limit as a number, the lower and the upper in columns of their own.",
                )
            return
        if unit == measure.unit or (unit is None and not node.compare.numeric):
            return
        if unit is None or in_unit_of(measure, node.compare) is None:
            self.findings.add(
                "P105",
                f"Measure {node.measure} is compared {f'in {unit}' if unit else 'without a unit'};"
                f" the dictionary has it {f'in {measure.unit}' if measure.unit else 'without a unit'}.",
                node.span,
                why="A number in another unit is another threshold, and nothing says how to convert it."
                if unit
                else "A number without a unit could be in any.",
                hint=_unit_hint(measure),
            )

    def selection(self, selection: Selection, span: SourceSpan | None) -> Table | None:
        table = self.table(selection.table, span)
        if table is None:
            return None
        if selection.codes is not None:
            check_codes(selection.codes, table, self.dictionary, span, self.findings)
        self.window(selection.window, table, span)
        self.where(selection.where, table)
        return table

    def gap(self, node: Gap) -> None:
        table = self.selection(node.selection, node.span)
        if table is None:
            return
        if table.date is None:
            self.no_date(table, node.span, "a gap")
            return
        self.date_of(table, node.column, node.span, "a gap")
        if node.open_ended and table.ongoing is None:
            self.findings.add(
                "P118",
                f"Table {table.name} has no status that says a row goes on.",
                node.span,
                hint="Declare it in the dictionary: `ongoing: {status: ongoing}`.",
            )

    def date_of(self, table: Table, name: str | None, span: SourceSpan | None, what: str) -> None:
        """The findings for a date of the table that is not there or is none."""
        column = table.date_column(name)
        if column is None and name in {None, "date"}:
            self.no_date(table, span, what)
        elif column is None:
            self.findings.add(
                "P113",
                f"Table {table.name} has no end date.",
                span,
                hint="Name it in the dictionary (`end: column`), or use `date`.",
            )
        elif self.column(table, column, span) and not self.is_date(table, column):
            self.findings.add(
                "P113",
                f"Column {table.name}.{column} is not a date, so {what} cannot be counted from it.",
                span,
                hint=nearest(column, table.date_columns),
            )

    def alteration(self, node: AlterationIs) -> None:
        genomics = self.dictionary.genomics
        check_alteration(node, self.dictionary, self.findings)
        asked = [table for table in altered_tables(node, genomics).values() if table is not None]
        for part in (*asked, *([] if genomics.assays is None else [genomics.assays])):
            table = self.table(part.table, node.span)
            if table is None:
                continue
            self.window(node.window, table, node.span)
            if not isinstance(part, AssayTable):
                self.where(node.where, table)
            if isinstance(part, VariantTable) and part.vaf is not None and node.min_vaf is not None:
                check_fraction(node, self.kind(part.table, part.vaf), f"{part.table}.{part.vaf}", self.findings)

    def is_date(self, table: Table, column: str) -> bool:
        kind = self.kind(table.name, column)
        return column in table.date_columns or (kind is not None and (kind.is_date or kind is ColumnKind.EMPTY))


def _unit_hint(measure: Measure) -> str:
    """In which units a threshold of the measure can be written."""
    own, *others = units_read(measure) or ("",)
    if not own:
        return "Delete the unit, or declare the measure's in the dictionary: `unit:`."
    return f"Write the threshold in {own}" + (f", or in one of {', '.join(others)}." if others else ".")
