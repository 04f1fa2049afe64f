"""Whether one row matches: codes and ``where``, in Kleene logic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from stratify.compile.reference.compare import field_outcome, is_one_of
from stratify.compile.reference.days import Row
from stratify.model.dictionary import ColumnKind, Table
from stratify.model.expression import FieldIs, RowAll, RowAny, RowCondition, RowNot, Selection
from stratify.model.truth import TRUE, Outcome, Reason, conjunction, disjunction, negation, of_bool, unknown


def where_outcome(where: RowCondition | None, row: Row, kinds: Mapping[str, ColumnKind]) -> Outcome:
    """Whether every part of ``where`` holds on this one row; no ``where`` holds."""
    match where:
        case None:
            return TRUE
        case FieldIs(column, compare):
            return field_outcome(row, column, kinds[column], compare)
        case RowAll(items):
            return conjunction(where_outcome(item, row, kinds) for item in items)
        case RowAny(items):
            return disjunction(where_outcome(item, row, kinds) for item in items)
        case RowNot(item):
            return negation(where_outcome(item, row, kinds))
        case _:
            assert_never(where)


def match_outcome(selection: Selection, table: Table, row: Row, kinds: Mapping[str, ColumnKind]) -> Outcome:
    """Whether a row has one of the codes and meets ``where``; a null code is unknown(null_value)."""
    return conjunction((_code_outcome(selection, table, row), where_outcome(selection.where, row, kinds)))


def _code_outcome(selection: Selection, table: Table, row: Row) -> Outcome:
    if selection.codes is None:
        return TRUE
    if table.code is None:
        raise ValueError(f"table {table.name} has no code column")
    found = is_one_of(row, table.code, selection.codes)
    return unknown(Reason.NULL_VALUE) if found is None else of_bool(found)


def distinct(rows: Iterable[tuple[int, Row]]) -> tuple[tuple[int, Row, int], ...]:
    """Numbered rows, each with how many exact copies (equal in all columns) follow it and are left out."""
    groups: dict[frozenset[tuple[str, object]], list[tuple[int, Row]]] = {}
    for index, row in rows:
        groups.setdefault(frozenset(row.items()), []).append((index, row))
    return tuple((*group[0], len(group) - 1) for group in groups.values())
