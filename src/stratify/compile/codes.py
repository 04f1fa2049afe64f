"""Whether the code of a row is one of those asked: a test on the row, without a join."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import assert_never

import polars as pl

from stratify.compile.compare import is_one_of
from stratify.model.codes import CodeEntry, CodeSet, RowSystems, has_levels
from stratify.model.dictionary import ColumnKind, Table, code_in, system_known


def has_code(codes: CodeSet, table: Table, kind: ColumnKind) -> pl.Expr:
    """Nullable Boolean: the row's code is one of the set. Null where it has none, or could be one and says no system.

    ``kind`` is that of the table's column of codes.
    """
    column, said = table.code, table.code_system
    if column is None:
        raise ValueError(f"table {table.name} has no code column")
    match said:
        case None:
            return _any(_as_written(column, kind, entry) for entry in codes.entries)
        case str():
            mine = [entry.in_system(said) for entry in codes.entries if entry.system in {None, said}]
            return _any(_in_system(column, entry) for entry in mine)
        case RowSystems():
            return _in_row_systems(codes, column, kind, said)
        case _:
            assert_never(said)


def _in_row_systems(codes: CodeSet, column: str, kind: ColumnKind, said: RowSystems) -> pl.Expr:
    plain = [_as_written(column, kind, entry) for entry in codes.entries if entry.system is None]
    mine = [_in_system(column, entry) for entry in codes.entries if entry.system in said.names]
    if not mine:
        return _any(plain)
    found = _any(mine)
    # Of a row whose system is not known a code that could be meant is neither yes nor no.
    certain = pl.when(pl.col(system_known(column)) | (found == pl.lit(value=False))).then(found)
    return _any([*plain, certain])


def _any(parts: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(lambda a, b: a | b, parts, pl.lit(value=False))


def _as_written(column: str, kind: ColumnKind, entry: CodeEntry) -> pl.Expr:
    value = pl.lit(None, pl.String) if kind is ColumnKind.EMPTY else pl.col(column)
    if kind is ColumnKind.NUMBER:
        return is_one_of(value, [float(code) for code in entry.codes if _is_number(code)])
    return is_one_of(value, entry.codes)


def _in_system(column: str, entry: CodeEntry) -> pl.Expr:
    if entry.system is None:
        raise ValueError("the codes are of no system")
    value = pl.col(code_in(column, entry.system))
    if not entry.descendants:
        return is_one_of(value, entry.normal)
    if has_levels(entry.system):
        return _any(value.str.starts_with(code) for code in entry.normal)
    if entry.below is None:
        raise ValueError(f"nothing says what lies below codes of {entry.system}; the type check should have said so")
    return is_one_of(value, [*dict.fromkeys((*entry.normal, *sorted(entry.below)))])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
