"""Numbers that are none."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.data.queries import collect, of, rows_where
from stratify.diagnostics import DataPlace, Finding, Severity


def check_finite(cohort: CohortTables) -> Iterator[Finding]:
    """D024: NaN or infinite numbers."""
    for name, frame in cohort.originals.items():
        columns = [column for column, kind in frame.collect_schema().items() if kind.is_float()]
        if not columns:
            continue
        odd = [(~pl.col(column).is_finite()).sum() for column in columns]
        counts = collect(frame.select(*odd, pl.len().alias(":rows")), name).row(0)
        for column, number in zip(columns, counts, strict=False):
            if number:
                yield Finding(
                    "D024",
                    f"{of(number, counts[-1], 'rows')} hold NaN or an infinity, which count as missing",
                    DataPlace(name, column, rows_where(frame, ~pl.col(column).is_finite(), name)),
                    why="neither is a measurement: NaN >= 1.5 would be true",
                    hint="write missing values as null",
                    severity=Severity.WARNING,
                )
