"""Codes as each system writes them, beside the column that holds them as the file does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import polars as pl

from stratify.model.codes import SETTLED, CodeSystems, Form, form_of, normal_code
from stratify.model.dictionary import Table, code_in, system_known


def code_columns(table: Table) -> list[pl.Expr]:
    """The further columns of a table whose codes are of known systems, over its columns in normal form."""
    said = table.code_system
    return [] if table.code is None or said is None else list(_columns(table.code, said))


def as_written_in(column: pl.Expr, system: str) -> pl.Expr:
    """A column of text as codes of that system."""
    if form_of(system) is Form.OPAQUE:
        return column
    return column.map_batches(partial(_normal, system=system), return_dtype=pl.String, is_elementwise=True)


def _columns(column: str, said: CodeSystems) -> Iterator[pl.Expr]:
    if isinstance(said, str):
        yield as_written_in(pl.col(column), said).alias(code_in(column, said))
        return
    system = _system_of(pl.col(said.column), said.systems)
    silent = pl.col(said.column).is_null()
    unclear = system.is_null() & ~silent if said.unsaid else system.is_null()
    for name in said.names:
        reads = (system == name).fill_null(value=False) | unclear
        reads = reads | silent if name in said.unsaid else reads
        written = as_written_in(pl.col(column), name)
        yield pl.when(reads).then(written).otherwise(pl.lit("")).alias(code_in(column, name))
    yield (~unclear).alias(system_known(column))


def _system_of(column: pl.Expr, systems: Mapping[str, str]) -> pl.Expr:
    text = column.cast(pl.String)
    if not systems:
        return pl.lit(None, pl.String)
    return text.replace_strict([*systems], [*systems.values()], default=None, return_dtype=pl.String)


def _normal(batch: pl.Series, *, system: str) -> pl.Series:
    """Few distinct codes stand in many rows, and most are written as the system writes them."""
    if batch.is_empty() or batch.str.contains(f"^(?:{SETTLED[form_of(system)]})$").all():
        return batch
    distinct = batch.unique().drop_nulls()
    alike = pl.Series([normal_code(code, system) for code in distinct], dtype=pl.String)
    return batch.replace_strict(distinct, alike, default=None, return_dtype=pl.String)
