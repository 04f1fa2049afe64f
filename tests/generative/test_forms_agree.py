"""The form of the files does not matter: the same cohort from Parquet and from an Arrow stream of other types."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from polars.testing import assert_frame_equal

from generative.strategies import Cohort, cohorts, protocols
from generative.test_backends_agree import by_interpreter
from stratify.compile import compile_plan
from stratify.data import CohortTables, open_cohort
from stratify.model.dictionary import PATIENT_KEY, ColumnKind, first_day, last_day, second_of_day
from stratify.model.protocol import Protocol

_EPOCH = date(1970, 1, 1)


def iso(first: int | None, last: int | None, second: int | None) -> str | None:
    """A date as text: a day, a day with its time, or for a half-known one its month."""
    if first is None:
        return None
    day = _EPOCH + timedelta(days=first)
    if first != last:
        return f"{day:%Y-%m}"
    clock = "" if second is None else f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"{day}{clock}"


def raw(cohort: Cohort, table: str) -> pl.DataFrame:
    """A table as a site would send it: dates typed where they are complete, text where they may not be."""
    frame = cohort.frames[table]
    columns = [pl.col(PATIENT_KEY)]
    for name, kind in cohort.catalogue[table].items():
        if not kind.is_date:
            columns.append(pl.col(name))
            continue
        parts = [pl.col(part(name)) for part in (first_day, last_day, second_of_day)]
        if kind is ColumnKind.DATE:
            columns.append(parts[0].cast(pl.Date).alias(name))
        elif kind is ColumnKind.DATETIME:
            instant = parts[0].cast(pl.Int64) * 86_400 + parts[2].fill_null(0)
            columns.append(pl.from_epoch(instant, time_unit="s").cast(pl.Datetime("us")).alias(name))
        else:
            texts = [iso(*row) for row in frame.select(parts).iter_rows()]
            columns.append(pl.lit(pl.Series(name, texts, pl.String)))
    return frame.select(columns)


def opened(cohort: Cohort, folder: Path, *, plain: bool) -> CohortTables:
    tables = {}
    for name, table in cohort.dictionary.tables.items():
        frame = raw(cohort, name)
        if plain:
            tables[name] = replace(table, file=f"{name}.parquet")
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            tables[name] = replace(table, file=f"{name}.arrow")
            text = [n for n, kind in cohort.catalogue[name].items() if kind is ColumnKind.TEXT]
            numbers = [n for n, kind in cohort.catalogue[name].items() if kind is ColumnKind.NUMBER]
            other = frame.with_columns(pl.col(text).cast(pl.Categorical), pl.col(numbers).cast(pl.Float32))
            other.reverse().write_ipc_stream(folder / f"{name}.arrow")
    return open_cohort(folder, replace(cohort.dictionary, tables=tables))


@given(protocols(), cohorts())
@settings(max_examples=max(10, settings().max_examples // 5))
def test_parquet_and_arrow_stream_agree(protocol: Protocol, cohort: Cohort) -> None:
    answers = []
    for plain in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            tables = opened(cohort, Path(folder), plain=plain)
            plan = compile_plan(protocol, tables.dictionary, tables.catalogue)
            answers.append(plan.query(tables.frames).collect())
            frames = {name: frame.collect() for name, frame in tables.frames.items()}
            expected = by_interpreter(protocol, Cohort(tables.dictionary, tables.catalogue, frames))
            said = answers[-1].drop("stratum").to_dicts()
            assert said == [{name: row[name] for name in shown} for row, shown in zip(expected, said, strict=True)]
    assert_frame_equal(*answers)
