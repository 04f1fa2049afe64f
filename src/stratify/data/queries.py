"""Queries over tables whose files may turn out to be damaged half-way."""

from __future__ import annotations

from typing import Literal

import polars as pl

from stratify.diagnostics import DataPlace, ExitCode, Finding, StratifyError

SHOWN = 5
"""How many rows or patients a finding names."""

# A Parquet file that is cut off after it was opened makes Polars panic, which is no Exception.
_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


def collect(query: pl.LazyFrame, table: str, engine: Literal["auto", "streaming"] = "auto") -> pl.DataFrame:
    """The answer of a query over a table, or a StratifyError (D003) that the table cannot be read to its end."""
    try:
        return query.collect(engine=engine)
    except _UNREADABLE as error:
        message = "the table cannot be read to its end: a file is damaged or was changed while it was read"
        hint = "copy or export the file again"
        raise StratifyError([Finding("D003", message, DataPlace(table), hint=hint)], ExitCode.BAD_DATA) from error


def count(frame: pl.LazyFrame, table: str) -> int:
    """How many rows a table has."""
    return int(collect(frame.select(pl.len()), table).item())


def rows_where(frame: pl.LazyFrame, condition: pl.Expr, table: str) -> tuple[int, ...]:
    """The numbers of the first rows for which a condition holds, counted from 0 in the order of the file."""
    rows = frame.select(condition.alias("at fault")).with_row_index("row").filter("at fault").select("row").head(SHOWN)
    return tuple(sorted(collect(rows, table).to_series().to_list()))


def counted(number: int, thing: str) -> str:
    """Text such as ``1 row`` and ``2,000 rows``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def of(number: int, total: int, things: str) -> str:
    """Text such as ``3 of 1,200 rows``."""
    return f"{number:,} of {total:,} {things}"
