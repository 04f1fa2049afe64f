"""Dates in every form: typed, zoned, text, complete and partial (semantics, lines 20 to 22)."""

from __future__ import annotations

import datetime as dt
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stratify.data.dates import date_column
from stratify.diagnostics import StratifyError
from stratify.model.dictionary import PATIENTS, ColumnKind, Grain, Table
from stratify.model.value import parse_partial_date
from unit.data.cohorts import cohort, dictionary

EPOCH = date(1970, 1, 1)


def utc_times(*texts: str) -> pl.Series:
    return pl.Series([dt.datetime.fromisoformat(text) for text in texts]).dt.replace_time_zone("UTC")


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def parts(values: pl.Series, zone: str | None = None) -> list[tuple[Any, ...]]:
    column = date_column("d", values.dtype, zone)
    assert column is not None
    frame = values.alias("d").to_frame().lazy()
    return (
        frame.with_columns([column.prepare] if column.prepare is not None else [])
        .select(column.columns)
        .collect()
        .rows()
    )


def test_dates() -> None:
    got = parts(pl.Series([date(2020, 2, 29), None, date(1899, 12, 31)]))
    leap, early = day("2020-02-29"), day("1899-12-31")
    assert got == [(leap, leap, None), (None, None, None), (early, early, None)]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_naive_timestamps_are_read_as_they_are(unit: str) -> None:
    stamps = [dt.datetime.fromisoformat("2020-01-01T23:59:59"), dt.datetime.fromisoformat("1969-12-31T00:00"), None]
    got = parts(pl.Series(stamps).cast(pl.Datetime(unit)))
    assert got == [(day("2020-01-01"),) * 2 + (86399,), (-1, -1, 0), (None, None, None)]


def test_an_instant_is_the_day_of_the_declared_zone() -> None:
    # 23:30 in New York is stored as half past four of the next day in UTC.
    utc = utc_times("2020-01-02T04:30")
    first = day("2020-01-01")
    assert parts(utc, "America/New_York") == [(first, first, 23 * 3600 + 1800)]
    assert parts(utc.dt.convert_time_zone("Asia/Tokyo"), "America/New_York") == [(first, first, 23 * 3600 + 1800)]


def test_instants_over_a_change_of_the_clock() -> None:
    utc = pl.Series(
        [dt.datetime.fromisoformat("2020-03-29T00:59"), dt.datetime.fromisoformat("2020-03-29T01:00")]
    ).dt.replace_time_zone("UTC")
    assert [second for _, _, second in parts(utc, "Europe/Vienna")] == [1 * 3600 + 59 * 60, 3 * 3600]


@pytest.mark.parametrize(
    ("text", "first", "last", "second"),
    [
        ("2026-03-14", "2026-03-14", "2026-03-14", None),
        ("2026-03-14T12:30", "2026-03-14", "2026-03-14", 45000),
        ("2026-03-14 12:30:05.25", "2026-03-14", "2026-03-14", 45005),
        (" 2026-03-14T12:30\n", "2026-03-14", "2026-03-14", 45000),
        ("2026-03-14T25:00", "2026-03-14", "2026-03-14", None),
        ("2026-02", "2026-02-01", "2026-02-28", None),
        ("2024-02", "2024-02-01", "2024-02-29", None),
        ("2026", "2026-01-01", "2026-12-31", None),
        ("2026---14", "2026-01-01", "2026-12-31", None),
        ("2026-02-29", None, None, None),
        ("2026-13", None, None, None),
        ("0000-01-01", None, None, None),
        ("+2026-1-05", None, None, None),
        ("14.03.2026", None, None, None),
        ("2026-03-14x", None, None, None),
        ("2026-03-14T12:30Z", None, None, None),
        ("unknown", None, None, None),
        ("", None, None, None),
        (None, None, None, None),
    ],
)
def test_text_dates_with_and_without_neighbours(
    text: str | None, first: str | None, last: str | None, second: int | None
) -> None:
    expected = (None if first is None else day(first), None if last is None else day(last), second)
    full = day("2020-01-01")
    assert parts(pl.Series([text], dtype=pl.String)) == [expected]
    assert parts(pl.Series([text, "2020-01-01"], dtype=pl.String)) == [expected, (full, full, None)]
    assert parts(pl.Series([text, "2020", "2020-01-01"], dtype=pl.Categorical))[0] == expected


@given(
    st.lists(
        st.dates().map(str)
        | st.datetimes().map(lambda d: d.isoformat())
        | st.from_regex(r"[0-9]{4}(-[0-9-]{1,2}(-[0-9]{1,2})?)?([T ][0-9]{2}:[0-9]{2})?", fullmatch=True)
        | st.text(st.sampled_from("0129-T: +"), max_size=12)
    )
)
@example(["0001-01-01", "9999-12-31", "0000-12-31"])
def test_text_dates_are_the_models_dates(texts: list[str]) -> None:
    expected = [parse_partial_date(text) for text in texts]
    got = parts(pl.Series(texts, dtype=pl.String))
    assert [(f, la) for f, la, _ in got] == [
        (None, None) if i is None else ((i.lower - EPOCH).days, (i.upper - EPOCH).days) for i in expected
    ]


def test_text_with_an_offset_is_an_instant_where_a_zone_is_declared() -> None:
    texts = pl.Series(["2020-01-02T04:30Z", "2020-01-02T04:30:10+00:00", "2020-01-02", "2020-01-02T04:30"])
    first, second = day("2020-01-01"), day("2020-01-02")
    assert parts(texts, "America/New_York") == [
        (first, first, 84600),
        (first, first, 84610),
        (second, second, None),
        (second, second, 16200),
    ]


def test_a_null_typed_column_has_no_dates() -> None:
    column = date_column("d", pl.Null(), None)
    assert column is not None
    got = pl.LazyFrame({"d": [None, None]}).select(column.columns).collect()
    assert got.rows() == [(None, None, None)] * 2
    assert set(got.dtypes) == {pl.Int32}


def test_kinds_of_date_columns(tmp_path: Path) -> None:
    patients = pl.DataFrame(
        {
            "patient_id": ["1"],
            "typed": [date(2020, 1, 1)],
            "stamp": [dt.datetime.fromisoformat("2020-01-01T00:00")],
            "text": ["2020"],
            "untold": ["2020-01-01"],
            "null": [None],
        }
    )
    said = dictionary(patients=Table(PATIENTS, grain=Grain.ONE, dates=("text", "null")))
    tables = cohort(tmp_path, said, patients=patients)
    kinds = dict(tables.catalogue[PATIENTS])
    assert kinds == {
        "patient_id": ColumnKind.TEXT,
        "typed": ColumnKind.DATE,
        "stamp": ColumnKind.DATETIME,
        "text": ColumnKind.PARTIAL_DATE,
        "untold": ColumnKind.TEXT,
        "null": ColumnKind.DATE,
    }
    assert "typed" not in tables.patients.collect_schema()


def test_instants_without_a_zone_ask_for_one(tmp_path: Path) -> None:
    patients = pl.DataFrame(
        {
            "patient_id": ["1"],
            "born": utc_times("2020-01-01"),
        }
    )
    said = dictionary(patients=Table(PATIENTS, grain=Grain.ONE, birth="born"))
    with pytest.raises(StratifyError) as caught:
        cohort(tmp_path, said, patients=patients)
    finding = caught.value.findings[0]
    assert finding.code == "D010"
    assert "`zone`" in finding.hint


def test_an_unknown_zone_is_said_once(tmp_path: Path) -> None:
    patients = pl.DataFrame(
        {
            "patient_id": ["1"],
            "born": utc_times("2020-01-01"),
        }
    )
    said = dictionary(patients=Table(PATIENTS, grain=Grain.ONE, birth="born", zone="Europe/Wien"))
    with pytest.raises(StratifyError) as caught:
        cohort(tmp_path, said, patients=patients)
    assert [(f.code, f.message) for f in caught.value.findings] == [("D010", "there is no time zone Europe/Wien")]


@pytest.mark.parametrize("values", [[20200101], [20200101.0], [True]])
def test_numbers_are_no_dates(tmp_path: Path, values: list[object]) -> None:
    said = dictionary(patients=Table(PATIENTS, grain=Grain.ONE, birth="born"))
    with pytest.raises(StratifyError) as caught:
        cohort(tmp_path, said, patients=pl.DataFrame({"patient_id": ["1"], "born": values}))
    assert [f.code for f in caught.value.findings] == ["D009"]


def test_csv_dates_stay_text_where_the_dictionary_says_dates(tmp_path: Path) -> None:
    from stratify.data import open_cohort

    (tmp_path / "patients.csv").write_text("patient_id,born,seen\n1,1950,2020-01-02\n2,1951,2020-01-03\n")
    said = dictionary(patients=Table(PATIENTS, grain=Grain.ONE, birth="born", dates=("seen",)))
    tables = open_cohort(tmp_path, said)
    assert tables.catalogue[PATIENTS]["born"] is ColumnKind.PARTIAL_DATE
    assert tables.catalogue[PATIENTS]["seen"] is ColumnKind.DATE
    got = tables.patients.sort("patient_id").collect()
    assert got.row(0) == (1, day("1950-01-01"), day("1950-12-31"), None, day("2020-01-02"), day("2020-01-02"), None)
