"""The dictionary that a protocol's own examples imply, so that they run without a site's data.

Tables and columns are called what the rules call them; events have ``date`` (or ``start_date``), ``end_date``,
``code``, ``system`` (of the code) and ``status``; measurements have ``test``, ``value``, ``unit``, ``ref_low`` and
``ref_high`` in a table ``labs``, unless an example keeps that test in another table. No row never means that nothing
happened.

Numbers and texts are written under ``value`` alike. A measure that is only compared with text or true/false has a
column of its own beneath, named as :func:`_own_value` says: in one column with ``{test: ALT, value: 30}`` the result
of ``{test: EGFR, value: positive}`` would turn every number into text, and no text at all would leave EGFR a number.
A result such as ``<50`` of one test leaves the others numbers, also those without a unit. A measure named like a gene
whose phenotypes a library knows is that gene's diplotype.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from stratify.model.alteration import Tested
from stratify.model.anchor import ColumnAnchor, EventAnchor
from stratify.model.codes import CodeSystems, RowSystems, system_name
from stratify.model.computed import AgeInput, ColumnInput, Input
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Dictionary, Grain, Measure, Table
from stratify.model.expression import (
    AgeIs,
    AlterationIs,
    Change,
    ColumnRef,
    Computed,
    Condition,
    Count,
    Exists,
    Gap,
    MeasureIs,
    Paired,
    RowCondition,
    Selection,
    ValueIs,
    row_fields,
)
from stratify.model.genomic_words import VafUnit
from stratify.model.genomics import (
    AssayTable,
    CopyNumberTable,
    FusionTable,
    Genomics,
    VariantTable,
    named_columns,
)
from stratify.model.measure_units import named_analytes
from stratify.model.protocol import ArmColumn, ColumnStratum, Example, Protocol, RecordedArm
from stratify.model.value import LLN, ULN
from stratify.protocol.genomic_checks import altered_tables
from stratify.protocol.source import clean

_BIRTH_NAMES = ("birth_date", "date_of_birth", "birthdate", "dob")
_LABS = "labs"
_TEST, _VALUE, _UNIT, _LOW, _HIGH = "test", "value", "unit", "ref_low", "ref_high"
_SYSTEM = "system"

Rows = tuple[Mapping[str, str | None], ...]
"""Plain rows: column -> text, or ``None`` for a null."""


def implied_dictionary(protocol: Protocol) -> Dictionary:
    """A dictionary with every table, column and measure that the protocol and its examples name."""
    nodes = tuple(protocol.nodes())
    measures = _measures(protocol, nodes)
    tables = {PATIENTS: _patients(protocol, nodes)}
    single = {column.table for column in _columns(protocol, nodes)} - {PATIENTS}
    tables |= {
        name: Table(name, grain=Grain.ONE, dates=_anchor_columns(protocol, name), units=_units(name, protocol, nodes))
        for name in sorted(single)
    }
    events = dict.fromkeys([s.table for s, _ in _selections(protocol, nodes)] + [m.table for m in measures.values()])
    genomics = implied_genomics(nodes)
    events |= dict.fromkeys(part.table for part in genomics.tables)
    for example in protocol.examples:
        events |= dict.fromkeys(example.tables)
    tables |= {name: _events(name, protocol, nodes) for name in events if name not in tables}
    return Dictionary(MappingProxyType(tables), MappingProxyType(measures), genomics=genomics)


def example_tables(example: Example, dictionary: Dictionary, protocol: Protocol) -> Mapping[str, Rows]:
    """The rows of one example, in every table of the dictionary, as text as written.

    Each row has the key (:data:`PATIENT_KEY`, the value ``example``) and every column that the dictionary or the
    protocol names in its table, null where the example says nothing. A table the example leaves out has no row.
    """
    rows: dict[str, Rows] = {}
    named = _named_columns(dictionary, protocol)
    for table in dictionary.tables.values():
        given = (example.patient,) if table.name == PATIENTS else example.tables.get(table.name, ())
        given = tuple(_with_own_value(row, table.name, dictionary) for row in given)
        columns = named[table.name]
        rows[table.name] = tuple(
            {PATIENT_KEY: "example", **dict.fromkeys(columns), **{k: v for k, v in row.items() if k != PATIENT_KEY}}
            for row in given
        )
    return rows


def example_columns(dictionary: Dictionary, protocol: Protocol) -> Mapping[str, tuple[str, ...]]:
    """The columns, beside the key, that the tables of all examples have, also where an example has no row."""
    columns = {name: dict.fromkeys(named) for name, named in _named_columns(dictionary, protocol).items()}
    for example in protocol.examples:
        for name, rows in ((PATIENTS, (example.patient,)), *example.tables.items()):
            columns[name] |= dict.fromkeys(key for row in rows for key in row if key != PATIENT_KEY)
    return {name: tuple(names) for name, names in columns.items()}


def _with_own_value(row: Mapping[str, str | None], table: str, dictionary: Dictionary) -> Mapping[str, str | None]:
    """The row with its value in the column of its own that an implied measure of text has."""
    name = row.get(_TEST)
    measure = None if name is None else dictionary.measures.get(name)
    if name is None or measure is None or (measure.table, measure.value) != (table, _own_value(name)):
        return row
    return {_own_value(name) if column == _VALUE else column: cell for column, cell in row.items()}


def _named_columns(dictionary: Dictionary, protocol: Protocol) -> dict[str, list[str]]:
    nodes = tuple(protocol.nodes())
    named: dict[str, list[str]] = {name: [] for name in dictionary.tables}

    def name(table: str, *columns: str | None) -> None:
        if table in named:
            named[table] += [c for c in columns if c is not None and c not in named[table] and c != PATIENT_KEY]

    for table in dictionary.tables.values():
        ongoing = None if table.ongoing is None else table.ongoing[0]
        system = table.code_system.column if isinstance(table.code_system, RowSystems) else None
        name(table.name, *table.columns, *table.date_columns, table.code, system, ongoing)
        for ref in table.coverage or ():
            name(ref.table, ref.column)
    for measure in dictionary.measures.values():
        name(measure.table, *measure.rows, measure.value, measure.unit_column)
        name(measure.table, measure.reference_low, measure.reference_high, measure.assay, measure.specimen)
    for key in () if dictionary.fallback is None else dictionary.fallback.keys:
        name(key.patients.table, key.patients.column)
    for part in dictionary.genomics.tables:
        name(part.table, *named_columns(part).values())
    for column in _columns(protocol, nodes):
        name(column.table, column.column)
    for selection, gap_column in _selections(protocol, nodes):
        table_of = dictionary.tables.get(selection.table)
        name(selection.table, None if table_of is None or gap_column is None else table_of.date_column(gap_column))
        name(selection.table, *(item.column for item in row_fields(selection.where)))
    for asked_table, where in _asked_rows(nodes, dictionary):
        name(asked_table, *(item.column for item in row_fields(where)))
    return named


def _asked_rows(nodes: tuple[Condition, ...], dictionary: Dictionary) -> Iterator[tuple[str, RowCondition | None]]:
    """What ``where`` asks of tables of measures and of alterations."""
    for ask in _asks(nodes):
        asked = dictionary.measure(ask.measure)
        if asked is not None:
            yield asked.table, ask.where
    for node in nodes:
        if isinstance(node, AlterationIs):
            for table in altered_tables(node, dictionary.genomics).values():
                if table is not None:
                    yield table.table, node.where


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a leaf says of a measure: the unit it wants, whether it wants a number, the rows it wants."""

    measure: str
    unit: str | None
    number: bool
    where: RowCondition | None
    tested: Tested | None = None


def _asks(nodes: tuple[Condition, ...]) -> Iterator[_Ask]:
    for node in nodes:
        match node:
            case MeasureIs():
                yield _Ask(node.measure, node.compare.unit, node.compare.numeric, node.where, node.tested)
            case Computed():
                own = node.compare.unit if node.change is Change.DIFFERENCE else None
                for pick in node.picks:
                    unit = own if pick.of.own_unit else pick.of.unit
                    yield _Ask(pick.of.measure, unit, not pick.of.words, pick.where)
            case Paired():
                yield from (_Ask(of.measure, of.unit, not of.words, node.where) for _, of in node.inputs)
            case _:
                pass


def _columns(protocol: Protocol, nodes: tuple[Condition, ...]) -> Iterator[ColumnRef]:
    yield from (anchor.column for anchor in protocol.anchors.values() if isinstance(anchor, ColumnAnchor))
    yield from (node.column for node in nodes if isinstance(node, ValueIs))
    yield from (item.column for item in _inputs(nodes) if isinstance(item, ColumnInput))
    if isinstance(protocol.arms, ArmColumn):
        yield protocol.arms.column
    else:
        yield from (arm.column for arm in protocol.arms if isinstance(arm, RecordedArm))
    yield from (stratum.column for stratum in protocol.strata if isinstance(stratum, ColumnStratum))


def _inputs(nodes: tuple[Condition, ...]) -> Iterator[Input]:
    for node in nodes:
        if isinstance(node, Computed):
            yield from (item for _, item in node.inputs)


def _selections(protocol: Protocol, nodes: tuple[Condition, ...]) -> Iterator[tuple[Selection, str | None]]:
    """What is asked of event tables, each with the date that is asked beside the row's own."""
    for anchor in protocol.anchors.values():
        if isinstance(anchor, EventAnchor):
            yield anchor.selection, anchor.column
    for node in nodes:
        match node:
            case Exists(selection) | Count(selection):
                yield selection, None
            case Gap(selection, column):
                yield selection, column
            case _:
                pass


def _anchor_columns(protocol: Protocol, table: str) -> tuple[str, ...]:
    columns = (anchor.column for anchor in protocol.anchors.values() if isinstance(anchor, ColumnAnchor))
    return tuple(dict.fromkeys(column.column for column in columns if column.table == table))


def _patients(protocol: Protocol, nodes: tuple[Condition, ...]) -> Table:
    given = {name for example in protocol.examples for name in example.patient}
    birth = next((name for name in _BIRTH_NAMES if name in given), _BIRTH_NAMES[0])
    aged = any(isinstance(node, AgeIs) for node in nodes) or any(isinstance(i, AgeInput) for i in _inputs(nodes))
    dates = _anchor_columns(protocol, PATIENTS)
    units = _units(PATIENTS, protocol, nodes)
    return Table(PATIENTS, grain=Grain.ONE, dates=dates, birth=birth if aged else None, units=units)


def _events(name: str, protocol: Protocol, nodes: tuple[Condition, ...]) -> Table:
    given = {key for example in protocol.examples for row in example.tables.get(name, ()) for key in row}
    gaps = [node for node in nodes if isinstance(node, Gap) and node.selection.table == name]
    asked = [(selection, column) for selection, column in _selections(protocol, nodes) if selection.table == name]
    ends = "end_date" in given or any(column == "end_date" for _, column in asked)
    coded = "code" in given or any(selection.codes is not None for selection, _ in asked)
    further = (column for _, column in asked if column not in {None, "date", "end_date"})
    return Table(
        name,
        date="start_date" if "start_date" in given and "date" not in given else "date",
        end="end_date" if ends else None,
        code="code" if coded else None,
        dates=tuple(dict.fromkeys(filter(None, further))),
        ongoing=("status", "ongoing") if any(gap.open_ended for gap in gaps) else None,
        code_system=_code_system(name, protocol, nodes),
        units=_units(name, protocol, nodes),
    )


def _units(table: str, protocol: Protocol, nodes: tuple[Condition, ...]) -> Mapping[str, str]:
    """The units in which rules compare columns: the examples are written in the first of them."""
    values = [(n.column.column, n.compare.unit) for n in nodes if isinstance(n, ValueIs) and n.column.table == table]
    wheres = [item for s, _ in _selections(protocol, nodes) if s.table == table for item in row_fields(s.where)]
    named = [*values, *((item.column, item.compare.unit) for item in wheres)]
    return MappingProxyType({column: unit for column, unit in reversed(named) if unit is not None})


def _code_system(table: str, protocol: Protocol, nodes: tuple[Condition, ...]) -> CodeSystems | None:
    """What the rows' ``system`` says; a row without one means a code of whichever system a rule names."""
    asked = [s.codes for s, _ in _selections(protocol, nodes) if s.table == table and s.codes is not None]
    names = dict.fromkeys(sorted(name for codes in asked for name in codes.systems))
    if not names:
        return None
    said = (row.get(_SYSTEM) for example in protocol.examples for row in example.tables.get(table, ()))
    values = dict.fromkeys(clean(text) for text in said if text is not None and clean(text))
    return RowSystems(_SYSTEM, MappingProxyType({value: system_name(value) for value in values}), tuple(names))


def _measures(protocol: Protocol, nodes: tuple[Condition, ...]) -> dict[str, Measure]:
    asked = tuple(_asks(nodes))
    measures: dict[str, Measure] = {}
    for name in dict.fromkeys(ask.measure for ask in asked):
        table = _table_of(name, protocol) or _table_beside(name, protocol, nodes)
        mine = [ask for ask in asked if ask.measure == name]
        units = [ask.unit for ask in mine]
        unit = next((unit for unit in units if unit is not None and unit not in {ULN, LLN}), None)
        given = {key for example in protocol.examples for row in example.tables.get(table, ()) for key in row}
        written = _written_unit(name, table, protocol)
        measures[name] = Measure(
            name=name,
            table=table,
            value=_own_value(name) if _is_text(name, table, asked, protocol, nodes) else _VALUE,
            rows=MappingProxyType({_TEST: (name,)}),
            unit=unit or written,
            analyte=next(iter(named_analytes((name,), unit or written)), None),
            unit_column=_UNIT if _UNIT in given and (unit or written) else None,
            reference_low=_LOW if LLN in units else None,
            reference_high=_HIGH if ULN in units else None,
            censored=not (unit or written or {ULN, LLN} & {*units}) and any(ask.number for ask in mine),
            phenotypes=name if name in protocol.library.phenotypes else None,
            assay="assay" if any(node.tested is not None and node.tested.assays for node in mine) else None,
            specimen="specimen" if any(node.tested is not None and node.tested.specimens for node in mine) else None,
        )
    return measures


def implied_genomics(nodes: tuple[Condition, ...]) -> Genomics:
    """Tables ``variants``, ``copy_number``, ``fusions`` and ``assays``, where a rule asks for an alteration.

    A row of ``assays`` is of one gene, which it tested whole.
    """
    if not any(isinstance(node, AlterationIs) for node in nodes):
        return Genomics()
    return Genomics(
        VariantTable("variants", "gene", "protein", "class", "exon", "vaf", VafUnit.PERCENT, "origin", "call", "assay"),
        CopyNumberTable("copy_number", "gene", "call", "origin", "assay"),
        FusionTable("fusions", "gene", "partner", "origin", "assay"),
        AssayTable("assays", "assay", None, "gene"),
    )


def _own_value(measure: str) -> str:
    """Name of the value's column of a measure of text; no rule and no example can name it."""
    return f"{_VALUE}:{measure}"


def _is_text(measure: str, table: str, asked: Sequence[_Ask], protocol: Protocol, nodes: tuple[Condition, ...]) -> bool:
    """Whether no threshold of the measure is a number, and no rule names the column ``value`` of its table itself."""
    if any(ask.number for ask in asked if ask.measure == measure):
        return False
    wheres = [s.where for s, _ in _selections(protocol, nodes) if s.table == table] + [ask.where for ask in asked]
    return not any(item.column == _VALUE for where in wheres for item in row_fields(where))


def _table_of(measure: str, protocol: Protocol) -> str | None:
    """The table in which an example keeps the measure."""
    for example in protocol.examples:
        for name, rows in example.tables.items():
            if any(row.get(_TEST) == measure for row in rows):
                return name
    return None


def _table_beside(measure: str, protocol: Protocol, nodes: tuple[Condition, ...]) -> str:
    """The table of what is measured at the same time: an example without RR has the QT of `ecg` alone."""
    for node in nodes:
        names = [of.measure for _, of in node.inputs] if isinstance(node, Paired) else []
        tables = [table for name in names if (table := _table_of(name, protocol)) is not None]
        if measure in names and tables:
            return tables[0]
    return _LABS


def _written_unit(measure: str, table: str, protocol: Protocol) -> str | None:
    rows = (row for example in protocol.examples for row in example.tables.get(table, ()))
    return next((row[_UNIT] for row in rows if row.get(_TEST) == measure and row.get(_UNIT)), None)
