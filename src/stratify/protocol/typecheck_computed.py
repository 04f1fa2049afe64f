"""Computed values against a dictionary: does it have the inputs of a formula, in units that can be converted."""

from __future__ import annotations

from typing import assert_never

from stratify.diagnostics import SourceSpan, nearest
from stratify.model.computed import (
    AgeInput,
    Change,
    ColumnInput,
    Computed,
    DefinitionInput,
    Input,
    MeasureInput,
    Paired,
    PickInput,
)
from stratify.model.dictionary import ColumnKind, Measure, Table
from stratify.model.expression import LastRows
from stratify.model.measure_units import conversion_to, same_unit
from stratify.protocol.names import Names

_NUMBERS = {ColumnKind.NUMBER, ColumnKind.EMPTY, None}


def check_computed(leaf: Computed, names: Names) -> None:
    """Findings on a formula of picked inputs."""
    for name, item in leaf.inputs if leaf.change is None else leaf.inputs[:1]:
        _input(leaf, name, item, names)
    if leaf.change is None:
        _result_unit(leaf, leaf.unit, names)
    else:
        _change_unit(leaf, leaf.change, names)


def check_paired(leaf: Paired, names: Names) -> None:
    """Findings on a formula of values that were measured together."""
    measures = [measure for name, of in leaf.inputs if (measure := _measure(leaf, name, of, names)) is not None]
    tables = tuple(dict.fromkeys(measure.table for measure in measures))
    if len(tables) > 1:
        names.findings.add(
            "P357",
            f"{leaf.name} puts values of one time together, but they are in the tables {' and '.join(tables)}.",
            leaf.span,
            why="Whether two tables mean the same moment by the same time cannot be known.",
            hint="Bring the measures into one table, or give the formula `pairing: window`.",
        )
    elif tables and (table := names.table(tables[0], leaf.span)) is not None:
        _together(leaf, table, names)
    _result_unit(leaf, leaf.unit, names)
    if not leaf.compare.numeric:
        names.findings.add(
            "P107", f"{leaf.name} is a number and is compared with something else.", leaf.span, hint="Write a number."
        )
    names.no_day(leaf.name, leaf.take, leaf.window, leaf.span)


def check_last(last: LastRows | None, table: Table, span: SourceSpan | None, names: Names) -> None:
    """The finding for last rows of a table that has no date."""
    if last is not None and table.date is None:
        names.no_date(table, span, "`of_last`")


def _together(leaf: Paired, table: Table, names: Names) -> None:
    if table.date is None:
        names.no_date(table, leaf.span, f"{leaf.name}, a formula of values of one time,")
        return
    if table.sequence is not None and names.column(table, table.sequence, leaf.span, " (sequence)"):
        kind = names.kind(table.name, table.sequence)
        if kind is not None and kind.is_date:
            names.findings.add(
                "P357",
                f"The sequence {table.name}.{table.sequence} is a date.",
                leaf.span,
                hint="Name the column that numbers what was measured together; the date puts rows together anyhow.",
            )
    names.where(leaf.where, table)


def _input(leaf: Computed, name: str, item: Input, names: Names) -> None:
    match item:
        case PickInput(of, take, window, where):
            measure = _measure(leaf, name, of, names)
            table = None if measure is None else names.table(measure.table, leaf.span)
            if table is not None:
                for pick in leaf.picks if leaf.change is not None else (item,):
                    names.window(pick.window, table, leaf.span)
                    names.no_day(of.measure, take, pick.window, leaf.span)
                names.where(where, table)
            else:
                names.no_day(of.measure, take, window, leaf.span)
        case AgeInput():
            birth = names.dictionary.birth
            if birth is None:
                names.findings.add(
                    "P111",
                    "No table declares a date of birth.",
                    leaf.span,
                    hint="Name the column: `birth: birth_date`.",
                )
            else:
                names.one_row(birth, leaf.span, " (date of birth)")
        case ColumnInput(column, words):
            if names.one_row(column, leaf.span, f" ({name} of {leaf.name})"):
                kind = names.kind(column.table, column.column)
                _fits(leaf, f"column {column}", kind, bool(words), names)
        case DefinitionInput():
            pass
        case _:
            assert_never(item)


def _measure(leaf: Computed | Paired, name: str, of: MeasureInput, names: Names) -> Measure | None:
    measure = names.dictionary.measure(of.measure)
    if measure is None:
        known = [*names.dictionary.measures, *(a for m in names.dictionary.measures.values() for a in m.aliases)]
        of_what = "" if of.own_unit else f", which {leaf.name} needs ({name}),"
        names.findings.add(
            "P351",
            f'Measure "{of.measure}"{of_what} is not in the dictionary.',
            leaf.span,
            hint=nearest(of.measure, known) or "Declare it under `measures` in the dictionary, perhaps by `aliases`.",
        )
        return None
    if names.table(measure.table, leaf.span) is None:
        return None
    kind = names.kind(measure.table, measure.value)
    read = None if kind is None else measure.kind_for(kind, of.reads)
    _fits(leaf, f"measure {of.measure}", read, bool(of.words), names)
    if not of.words and not of.own_unit and conversion_to(measure, of.unit) is None:
        has = f"in {measure.unit}" if measure.unit else "without a unit"
        names.findings.add(
            "P352",
            f"{leaf.name} needs {of.measure} {f'in {of.unit}' if of.unit else 'without a unit'};"
            f" the dictionary has it {has}, and nothing converts it.",
            leaf.span,
            why="A number in another unit would give another result.",
            hint=f"Declare the factor under `units` of measure {measure.name}: what a value in {of.unit} is multiplied "
            f"by to be {has}."
            if of.unit and measure.unit
            else "Declare the same unit in both.",
        )
    return measure


def _fits(leaf: Computed | Paired, what: str, kind: ColumnKind | None, words: bool, names: Names) -> None:
    if kind is None and not words:
        return
    if words and (kind is None or not kind.is_date):
        return
    if not words and kind in _NUMBERS:
        return
    names.findings.add(
        "P352",
        f"{leaf.name} needs {what} as {'a word' if words else 'a number'}, but it is not one.",
        leaf.span,
        hint="Make the column a number in the data." if not words else "A date is no word.",
    )


def _result_unit(leaf: Computed | Paired, unit: str | None, names: Names) -> None:
    if same_unit(leaf.compare.unit, unit):
        return
    asked = f"in {leaf.compare.unit}" if leaf.compare.unit else "without a unit"
    names.findings.add(
        "P353",
        f"{leaf.name} is compared {asked}; it is {f'in {unit}' if unit else 'a number without a unit'}.",
        leaf.span,
        why="A number in another unit is another threshold: mL/min is not mL/min/{1.73_m2}.",
        hint=f"Write the threshold in {unit}." if unit else "Delete the unit.",
    )


def _change_unit(leaf: Computed, change: Change, names: Names) -> None:
    match change:
        case Change.PERCENT:
            if leaf.compare.unit is not None:
                _result_unit(leaf, "%", names)
        case Change.RATIO:
            _result_unit(leaf, None, names)
        case Change.DIFFERENCE:
            measure = names.dictionary.measure(leaf.name)
            if measure is not None:
                _result_unit(leaf, measure.unit, names)
        case _:
            assert_never(change)
