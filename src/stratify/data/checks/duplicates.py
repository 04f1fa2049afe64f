"""Rows that occur twice, every column alike."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.data.queries import collect, count, of
from stratify.diagnostics import DataPlace, Finding, Severity
from stratify.model.dictionary import Grain

MOST_ROWS = 20_000_000
"""Largest table whose rows are compared: the digests of more would not fit beside the rest."""


def check_duplicates(cohort: CohortTables) -> Iterator[Finding]:
    """D028: exact duplicates of another row; they count once. Compared by a 64-bit digest of the row."""
    for name, frame in cohort.frames.items():
        if cohort.dictionary.tables[name].grain is Grain.ONE:
            continue  # said as duplicate ids already
        rows = count(frame, name)
        if rows > MOST_ROWS:
            message = f"with {rows:,} rows the table was not searched for exact duplicates"
            yield Finding("D028", message, DataPlace(name), severity=Severity.NOTE)
            continue
        columns = [column for column, kind in frame.collect_schema().items() if kind != pl.Null]
        # Sorted digests are 8 bytes a row; a set of them would be several times as much.
        digests = collect(frame.select(pl.struct(columns).hash()), name).to_series().sort()
        distinct = int((digests != digests.shift()).fill_null(value=True).sum())
        if distinct < rows:
            yield Finding(
                "D028",
                f"{of(rows - distinct, rows, 'rows')} repeat another row exactly; each counts once",
                DataPlace(name),
                hint="often a join or an export that ran twice",
                severity=Severity.NOTE,
            )
