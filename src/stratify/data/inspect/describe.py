"""Lines that say what was seen: counts, kinds and date ranges, no patient's value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.model.dictionary import PATIENT_KEY, Grain, Table, first_day, last_day

_EPOCH = date(1970, 1, 1)


def describe(cohort: CohortTables) -> Iterator[str]:
    """For each table one line, and one for each of its columns."""
    for name, table in cohort.dictionary.tables.items():
        yield from _table(cohort, table, cohort.frames[name])


def _table(cohort: CohortTables, table: Table, frame: pl.LazyFrame) -> Iterator[str]:
    kinds = cohort.catalogue[table.name]
    expressions = [pl.len().alias(":rows"), pl.col(PATIENT_KEY).n_unique().alias(":patients")]
    for column, kind in kinds.items():
        if kind.is_date:
            expressions.append(
                pl.struct(
                    nulls=pl.col(first_day(column)).null_count(),
                    first=pl.col(first_day(column)).min(),
                    last=pl.col(last_day(column)).max(),
                ).alias(column)
            )
        else:
            expressions.append(pl.struct(nulls=pl.col(column).null_count()).alias(column))
    seen = frame.select(expressions).collect().row(0, named=True)
    each = "one row per patient" if table.grain is Grain.ONE else "many rows per patient"
    if table.grain is Grain.MANY and seen[":rows"] == seen[":patients"] > 0:
        each += " (one each so far)"
    yield f"{table.name}: {table.file}, {seen[':rows']:,} rows, {seen[':patients']:,} patients, {each}"
    for column, kind in kinds.items():
        about = [kind.value, *_range(seen[column]), *_nulls(seen[column]["nulls"])]
        roles = _roles(table, column)
        yield f"  {column}: {', '.join(about)}" + (f" [{', '.join(roles)}]" if roles else "")


def _range(seen: dict[str, int | None]) -> list[str]:
    first, last = seen.get("first"), seen.get("last")
    if first is None or last is None:
        return []
    return [f"{_EPOCH + timedelta(days=first)} to {_EPOCH + timedelta(days=last)}"]


def _nulls(count: int) -> list[str]:
    return [f"{count:,} null"] if count else []


def _roles(table: Table, column: str) -> list[str]:
    if column == PATIENT_KEY:
        return [f"key: {table.key}"]
    named = {"date": table.date, "end": table.end, "birth": table.birth, "code": table.code}
    return [role for role, name in named.items() if name == column]
