"""What the dictionary asks of a table's columns: which it names, which are dates, which hold codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stratify.model.codes import RowSystems
from stratify.model.dictionary import Dictionary, Table
from stratify.model.fallback import FallbackKey
from stratify.model.genomics import named_columns


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of one table that the dictionary names, under the dictionary's names.

    Parameters
    ----------
    named
        Column -> where the dictionary names it, for findings.
    dates
        Columns that are read as dates.
    codes
        Columns whose values are words: codes and their systems, the columns of ``Measure.rows``, units, categories,
        what genomic tables hold, site and sex where limits are by them. They are text.
    results
        Value columns of measures of numbers: text in them is read for its numbers.
    """

    named: dict[str, str]
    dates: frozenset[str]
    codes: frozenset[str]
    results: frozenset[str] = frozenset()


def roles_of(table: Table, dictionary: Dictionary) -> Roles:
    """The roles of a table's columns."""
    named: dict[str, str] = {}
    for column, place in (*_named_by_table(table), *_named_by_measures(table, dictionary)):
        named.setdefault(column, place)
    for part in _genomic(table, dictionary):
        for role, column in part.items():
            named.setdefault(column, f"genomics, {role}")
    covering = [
        (ref.column, f"coverage of table {other.name}")
        for other in dictionary.tables.values()
        for ref in other.coverage or ()
        if ref.table == table.name
    ]
    for column, place in covering:
        named.setdefault(column, place)
    said = [key.patients.column for key in _fallback_keys(dictionary) if key.patients.table == table.name]
    for column in said:
        named.setdefault(column, "ref_fallback")
    dates = frozenset((*table.date_columns, *(column for column, _ in covering)))
    codes = {*said, *([table.code] if table.code else [])}
    if isinstance(table.code_system, RowSystems):
        codes.add(table.code_system.column)
    results = {m.value for m in dictionary.measures.values() if m.table == table.name and m.numeric}
    for measure in dictionary.measures.values():
        if measure.table == table.name:
            codes |= {*measure.rows, *([measure.unit_column] if measure.unit_column else [])}
            codes |= {column for column in (measure.assay, measure.specimen) if column is not None}
            # A column of results keeps its texts beside its numbers: categories find them there.
            codes |= {measure.value} - results if measure.categorical else set()
    codes |= {column for part in _genomic(table, dictionary) for role, column in part.items() if role != "vaf"}
    return Roles(named, dates, frozenset(codes) - dates, frozenset(results) - codes - dates)


def _named_by_table(table: Table) -> Iterator[tuple[str, str]]:
    single = (("date", table.date), ("end", table.end), ("birth", table.birth), ("code", table.code))
    yield from ((column, role) for role, column in single if column is not None)
    yield from ((column, "dates") for column in table.dates)
    if table.ongoing is not None:
        yield table.ongoing[0], "ongoing"
    yield from ((column, "units") for column in table.units)
    if table.sequence is not None:
        yield table.sequence, "sequence"
    if isinstance(table.code_system, RowSystems):
        yield table.code_system.column, "code_system"


def _named_by_measures(table: Table, dictionary: Dictionary) -> Iterator[tuple[str, str]]:
    for measure in dictionary.measures.values():
        if measure.table == table.name:
            place = f"measure {measure.name}"
            limits = (measure.reference_low, measure.reference_high)
            optional = (measure.unit_column, *limits, measure.assay, measure.specimen)
            for column in (measure.value, *measure.rows, *optional):
                if column is not None:
                    yield column, place


def _fallback_keys(dictionary: Dictionary) -> tuple[FallbackKey, ...]:
    return () if dictionary.fallback is None else dictionary.fallback.keys


def _genomic(table: Table, dictionary: Dictionary) -> Iterator[Mapping[str, str]]:
    yield from (named_columns(part) for part in dictionary.genomics.tables if part.table == table.name)
