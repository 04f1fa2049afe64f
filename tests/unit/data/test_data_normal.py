"""Normal form: text, numbers, codes and keys, and that nothing is computed that nobody asks for."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.data import conform, open_cohort
from stratify.data.normal import code, key, normal, normal_text
from stratify.model.dictionary import PATIENTS, ColumnKind, Measure, Table
from unit.data.cohorts import cohort, dictionary


def plain_normal(text: str | None) -> str | None:
    return None if text is None else unicodedata.normalize("NFKC", text).strip(" \t\n\r\x0b\x0c") or None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("µmol/L", "μmol/L"),  # micro sign and Greek mu are one
        ("10⁹/L", "109/L"),
        ("ﬁbrosis", "fibrosis"),
        ("\u00a0x\u2003", "x"),
        ("\tx\r\n", "x"),
        ("x ", "x"),
        (" x", "x"),
        ("  ", None),
        ("", None),
        ("a b", "a b"),
        (None, None),
    ],
)
def test_text_is_nfkc_stripped_and_never_empty(written: str | None, meant: str | None) -> None:
    for around in ([], ["plain"], ["ünicode"], [" blank"]):
        batch = pl.Series([written, *around], dtype=pl.String)
        assert normal_text(batch)[0] == meant


@given(st.lists(st.none() | st.text(st.sampled_from("ab ~!\t\n µﬁ\u00a0é"), max_size=5)))
def test_text_equals_pythons_reading_whatever_stands_beside_it(texts: list[str | None]) -> None:
    batch = pl.Series(texts, dtype=pl.String)
    assert normal_text(batch).to_list() == [plain_normal(text) for text in texts]
    frame = pl.DataFrame({"x": batch.cast(pl.Categorical)})
    assert frame.select(normal("x", pl.Categorical())).to_series().to_list() == [plain_normal(t) for t in texts]


def test_clean_ascii_text_is_handed_on_as_it_is() -> None:
    batch = pl.Series(["ALT", "umol/L", None])
    assert normal_text(batch) is batch


@given(st.lists(st.floats(width=32), min_size=1))
def test_float32_has_the_decimal_value_it_prints(values: list[float]) -> None:
    got = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float32)}).select(normal("x", pl.Float32())).to_series()
    expected = [float(str(np.float32(v))) if np.isfinite(v) else None for v in values]
    assert got.to_list() == expected


def test_one_decimal_reference_limits_are_exact_from_float32() -> None:
    limits = [tenths / 10 for tenths in range(1, 201)]
    got = pl.DataFrame({"x": pl.Series(limits, dtype=pl.Float32)}).select(normal("x", pl.Float32())).to_series()
    assert got.to_list() == limits


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([3006923, None], pl.Int64, ["3006923", None]),
        ([3006923.0, 1.5, None, float("nan")], pl.Float64, ["3006923", "1.5", None, None]),
        ([" C78.7"], pl.String, ["C78.7"]),
        ([None], pl.Null, [None]),
        ([True, False, None], pl.Boolean, ["true", "false", None]),
    ],
)
def test_codes_are_text_however_the_file_keeps_them(values: list[object], kind: pl.DataType, texts: list[str]) -> None:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=kind)})
    assert frame.select(code("x", frame.schema["x"])).to_series().to_list() == texts


def test_keys_that_are_numbers_are_whole() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.5, None]})
    assert frame.select(key("x", pl.Float64(), as_text=False)).to_series().to_list() == [1, None, None]


def test_only_what_is_asked_for_is_read_and_normalised(tmp_path: Path) -> None:
    labs = pl.DataFrame({"patient_id": ["1"], "test": ["ALT"], "value": [1.0], "on": ["2020-01-01"], "note": ["x"]})
    tables = cohort(
        tmp_path,
        dictionary(Table("labs", date="on")),
        patients=pl.DataFrame({"patient_id": ["1"]}),
        labs=labs,
    )
    plan = tables.frames["labs"].filter(pl.col("value") > 0).select("value", "on:first").explain()
    assert "PROJECT 2/5 COLUMNS" in plan
    assert plan.count("python_udf") == 1
    plan = tables.frames["labs"].filter(pl.col("test") == "ALT").select("value").explain()
    assert "PROJECT 2/5 COLUMNS" in plan
    assert plan.count("python_udf") == 1


def test_text_dates_are_parsed_once_for_three_columns(tmp_path: Path) -> None:
    labs = pl.DataFrame({"patient_id": ["1"], "on": ["2020-01-01"]})
    tables = cohort(
        tmp_path, dictionary(Table("labs", date="on")), patients=pl.DataFrame({"patient_id": ["1"]}), labs=labs
    )
    assert tables.frames["labs"].select("on:first", "on:last", "on:second").explain().count("python_udf") == 1


def test_codes_units_and_selecting_columns_are_text(tmp_path: Path) -> None:
    measure = Measure("ALT", "labs", "value", {"concept": ("3006923",)}, unit="8645", unit_column="unit")
    labs = pl.DataFrame({"patient_id": [1], "concept": [3006923], "value": [7], "unit": [8645.0], "icd": [198.4]})
    tables = cohort(
        tmp_path,
        dictionary(Table("labs", code="icd"), measures=(measure,)),
        patients=pl.DataFrame({"patient_id": [1]}),
        labs=labs,
    )
    assert tables.frames["labs"].collect().rows() == [(1, "3006923", 7.0, "8645", "198.4")]
    assert [tables.catalogue["labs"][c] for c in ("concept", "value", "unit", "icd")] == [
        ColumnKind.TEXT,
        ColumnKind.NUMBER,
        ColumnKind.TEXT,
        ColumnKind.TEXT,
    ]


@given(st.permutations(range(6)), st.integers(1, 6))
def test_rows_and_chunks_in_any_order_give_the_same_rows(order: list[int], size: int) -> None:
    from stratify.data.dates import date_column

    base = pl.DataFrame(
        {
            "t": ["µ", "a", " b", "", None, "c"],
            "d": ["2020-01-01", "2020", "x", "2020-01-01T10:00", None, "2020---14"],
        }
    )
    shuffled = base[order]
    chunks = [shuffled.slice(start, size) for start in range(0, 6, size)]
    chunked = pl.concat(chunks, rechunk=False)
    date = date_column("d", pl.String(), None)
    assert date is not None
    assert date.prepare is not None

    def run(frame: pl.DataFrame) -> pl.DataFrame:
        expressions = (normal("t", pl.String()), *date.columns)
        return frame.lazy().with_columns(date.prepare).select(expressions).collect()

    assert run(chunked).equals(run(base)[order])


def test_patients_are_the_patients_table(tmp_path: Path) -> None:
    tables = cohort(tmp_path, dictionary(), patients=pl.DataFrame({"patient_id": ["1"], "age": [3]}))
    assert tables.patients is tables.frames[PATIENTS]
    assert tables.patients.collect().rows() == [("1", 3.0)]


def test_codes_of_a_csv_keep_their_zeros(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\n1\n")
    (tmp_path / "labs.csv").write_text("patient_id,icd,done,value\n1,250.10,TRUE,1\n1,250.20,FALSE,2\n")
    measure = Measure("X", "labs", "value", {"done": ("true",)})
    tables = open_cohort(tmp_path, dictionary(Table("labs", code="icd"), measures=(measure,)))
    assert tables.frames["labs"].collect().rows() == [(1, "250.10", "true", 1.0), (1, "250.20", "false", 2.0)]
    assert conform(tables) == ()
