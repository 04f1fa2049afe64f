"""Whether one row matches: codes and ``where``, in Kleene logic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from stratify.compile.reference.codes import code_outcome
from stratify.compile.reference.compare import field_outcome
from stratify.compile.reference.days import Row
from stratify.model.dictionary import ColumnKind, Table
from stratify.model.expression import FieldIs, RowAll, RowAny, RowCondition, RowNot, Selection
from stratify.model.truth import TRUE, Outcome, conjunction, disjunction, negation


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
    """Whether a row has one of the codes and meets ``where``."""
    coded = TRUE if selection.codes is None else code_outcome(selection.codes, table, row)
    return conjunction((coded, where_outcome(selection.where, row, kinds)))


def distinct(rows: Iterable[tuple[int, Row]]) -> tuple[tuple[int, Row, int], ...]:
    """Numbered rows, each with how many exact copies (equal in all columns) follow it and are left out."""
    groups: dict[frozenset[tuple[str, object]], list[tuple[int, Row]]] = {}
    for index, row in rows:
        groups.setdefault(frozenset(row.items()), []).append((index, row))
    return tuple((*group[0], len(group) - 1) for group in groups.values())
