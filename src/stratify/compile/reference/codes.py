"""Whether the code of a row is one of a set: each entry asked in each system that the row may be of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from stratify.compile.reference.compare import is_one_of
from stratify.compile.reference.days import Row
from stratify.model.codes import CodeEntry, CodeSet, RowSystems, has_levels, normal_code
from stratify.model.dictionary import Table
from stratify.model.truth import FALSE, Outcome, Reason, Truth, disjunction, of_bool, unknown


def code_outcome(codes: CodeSet, table: Table, row: Row) -> Outcome:
    """Whether the row has a code of the set; a null code, or one that could be meant and says no system, is unknown."""
    if table.code is None:
        raise ValueError(f"table {table.name} has no code column")
    return disjunction(_entry_outcome(entry, table.code, table, row) for entry in codes.entries)


def system_is_open(table: Table, row: Row) -> bool:
    """Whether the row should say the system of its code, and does not."""
    said = table.code_system
    if not isinstance(said, RowSystems) or (said.unsaid and row.get(said.column) is None):
        return False
    return row.get(said.column) not in said.systems


def _entry_outcome(entry: CodeEntry, column: str, table: Table, row: Row) -> Outcome:
    said = table.code_system
    match said:
        case None:
            return _as_written(entry, column, row)
        case str():
            return _in_system(entry.in_system(said), column, row) if entry.system in {None, said} else FALSE
        case RowSystems():
            if entry.system is None:
                return _as_written(entry, column, row)
            if entry.system not in _systems_of(row, said):
                return FALSE
            outcome = _in_system(entry, column, row)
            return unknown(Reason.NULL_VALUE) if outcome.truth is Truth.TRUE and system_is_open(table, row) else outcome
        case _:
            assert_never(said)


def _systems_of(row: Row, said: RowSystems) -> Iterator[str]:
    """The systems that the row's code may be of."""
    written = row.get(said.column)
    if isinstance(written, str) and written in said.systems:
        yield said.systems[written]
    elif written is None and said.unsaid:
        yield from said.unsaid
    else:
        yield from said.names


def _as_written(entry: CodeEntry, column: str, row: Row) -> Outcome:
    found = is_one_of(row, column, entry.codes)
    return unknown(Reason.NULL_VALUE) if found is None else of_bool(found)


def _in_system(entry: CodeEntry, column: str, row: Row) -> Outcome:
    code = row.get(column)
    if code is None:
        return unknown(Reason.NULL_VALUE)
    return of_bool(_is_meant(normal_code(str(code), entry.system), entry))


def _is_meant(code: str, entry: CodeEntry) -> bool:
    if code in entry.normal:
        return True
    if not entry.descendants:
        return False
    if has_levels(entry.system):
        return any(code[: len(above)] == above for above in entry.normal)
    if entry.below is None:
        raise ValueError(f"nothing says what lies below codes of {entry.system}; the type check should have said so")
    return code in entry.below
