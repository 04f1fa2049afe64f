"""Dates: text that is none, ends before starts, years that cannot be, and what says that something goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.data.dates import WITH_OFFSET, text_parts
from stratify.data.normal import is_text
from stratify.data.queries import collect, counted, of, rows_where
from stratify.diagnostics import DataPlace, Finding, Severity
from stratify.model.dictionary import ColumnKind, Table, first_day, last_day

_EPOCH = date(1970, 1, 1)
_EARLIEST = (date(1900, 1, 1) - _EPOCH).days
_LATEST = (date(2100, 12, 31) - _EPOCH).days


def check_text(cohort: CohortTables) -> Iterator[Finding]:
    """D025: text in a date column that is not an ISO 8601 date."""
    for name, frame in cohort.originals.items():
        schema = frame.collect_schema()
        for column, kind in cohort.catalogue[name].items():
            if kind.is_date and is_text(schema[column]):
                yield from _unparseable(frame, cohort.dictionary.tables[name], column)


def _unparseable(frame: pl.LazyFrame, table: Table, column: str) -> Iterator[Finding]:
    first = text_parts(column, table.zone).struct.field("first")
    dates = frame.select(pl.col(column).cast(pl.String).alias("text"), first.alias("first"))
    without = pl.col("first").is_null() & pl.col("text").is_not_null()
    missing = dates.filter(without).filter(pl.col("text").str.strip_chars() != "")
    faults, with_offset = collect(
        missing.select(pl.len(), pl.col("text").str.contains(WITH_OFFSET).sum().alias("instants")), table.name
    ).row(0)
    if not faults:
        return
    total = faults + int(collect(dates.select(pl.col("first").count()), table.name).item())
    hint = "write dates as 2026-03-14, as far as they are known: 2026-03, 2026, 2026---14"
    if with_offset:
        hint = f"{with_offset:,} of them are times with an offset from UTC: give the table a `zone` to read them in"
    at_fault = first.is_null() & (pl.col(column).cast(pl.String).str.strip_chars() != "").fill_null(value=False)
    yield Finding(
        "D025",
        f"{of(faults, total, 'dates')} are not ISO 8601 and count as missing",
        DataPlace(table.name, column, rows_where(frame, at_fault, table.name)),
        why="03/04/2026 is March or April: dates are never guessed",
        hint=hint,
        severity=Severity.WARNING,
    )


def check_order(cohort: CohortTables) -> Iterator[Finding]:
    """D026: an end before its start, whatever the unknown days may be."""
    for name, frame in cohort.frames.items():
        table = cohort.dictionary.tables[name]
        if table.date is None or table.end is None:
            continue
        wrong = pl.col(last_day(table.end)) < pl.col(first_day(table.date))
        number, total = collect(frame.select(wrong.sum(), pl.len()), name).row(0)
        if number:
            yield Finding(
                "D026",
                f"{of(number, total, 'rows')} end before they start ({table.date})",
                DataPlace(name, table.end, rows_where(frame, wrong, name)),
                why="such a row lasts no time and lies in no window that both dates would lie in",
                hint="correct the dates at their source",
                severity=Severity.WARNING,
            )


def check_range(cohort: CohortTables) -> Iterator[Finding]:
    """D027: dates before 1900 or after 2100."""
    for name, frame in cohort.frames.items():
        columns = [column for column, kind in cohort.catalogue[name].items() if kind.is_date]
        if not columns:
            continue
        odd = {column: _outside(column) for column in columns}
        counts = collect(frame.select(*(odd[column].sum().alias(column) for column in columns)), name).row(0)
        for column, number in zip(columns, counts, strict=True):
            if number:
                yield Finding(
                    "D027",
                    f"{counted(number, 'date')} before 1900 or after 2100",
                    DataPlace(name, column, rows_where(frame, odd[column], name)),
                    why="often a mistyped year, or a mark for an unknown or open end that would count as a real date",
                    hint="correct the year; write an unknown date as null",
                    severity=Severity.WARNING,
                )


def _outside(column: str) -> pl.Expr:
    return (pl.col(first_day(column)) < _EARLIEST) | (pl.col(last_day(column)) > _LATEST)


def check_ongoing(cohort: CohortTables) -> Iterator[Finding]:
    """D029: the value that says a row goes on never occurs. D030: rows go on and yet have an end."""
    for name, frame in cohort.frames.items():
        table = cohort.dictionary.tables[name]
        if table.ongoing is None or table.end is None:
            continue
        column, value = table.ongoing
        says_so = _equals(column, value, cohort.catalogue[name].get(column))
        ended = says_so & pl.col(first_day(table.end)).is_not_null()
        rows, going_on, both = collect(
            frame.select(pl.len(), says_so.sum().alias("going on"), ended.sum().alias("ended")), name
        ).row(0)
        if rows and not going_on:
            yield Finding(
                "D029",
                f"no row has the value that says it goes on ({value})",
                DataPlace(name, column),
                why="every row without an end is then one of unknown end",
                hint="compare the value with the column's own spelling",
                severity=Severity.WARNING,
            )
        if both:
            yield Finding(
                "D030",
                f"{of(both, going_on, 'rows')} that the status calls ongoing have an end; the end counts",
                DataPlace(name, table.end, rows_where(frame, ended, name)),
                hint="correct the status or the end",
                severity=Severity.WARNING,
            )


def _equals(column: str, value: str, kind: ColumnKind | None) -> pl.Expr:
    if kind is ColumnKind.TEXT:
        return pl.col(column) == value
    if kind is ColumnKind.BOOLEAN:
        return pl.col(column) == (value.lower() == "true")
    if kind is ColumnKind.NUMBER:
        return pl.col(column) == pl.lit(value).cast(pl.Float64, strict=False)
    return pl.lit(value=False)
