"""CSV: what a column of text holds, and lines that do not fit, by number."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.data import read_table
from stratify.data.infer import infer_types
from stratify.diagnostics import ExitCode, SourceSpan, StratifyError


def read(folder: Path, text: str | bytes, name: str = "t.csv") -> pl.DataFrame:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path).collect()


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", "+3"], pl.Int64, [1, -2, 3]),
        (["1", "2.5"], pl.Float64, [1.0, 2.5]),
        (["1E30", "1.10"], pl.Float64, [1e30, 1.1]),
        (["007", "7"], pl.String, ["007", "7"]),
        (["08", "12"], pl.String, ["08", "12"]),
        (["-00.5", "1"], pl.String, ["-00.5", "1"]),
        (["1234567890123456789", "1"], pl.Float64, [1234567890123456789.0, 1.0]),
        (["yes", "no"], pl.String, ["yes", "no"]),
        (["NO", ""], pl.String, ["NO", None]),
        (["true", "FALSE", ""], pl.Boolean, [True, False, None]),
        (["true", "1"], pl.String, ["true", "1"]),
        (["12:30", "13:00"], pl.String, ["12:30", "13:00"]),
        (["2026-03-14", ""], pl.Date, [dt.date(2026, 3, 14), None]),
        (["2026-03-14", "2026-03"], pl.String, ["2026-03-14", "2026-03"]),
        (["2026-02-30", "2026-03-01"], pl.String, ["2026-02-30", "2026-03-01"]),
        (
            ["2026-03-14T12:30", "2026-03-15 01:02:03"],
            pl.Datetime("us"),
            [dt.datetime.fromisoformat("2026-03-14T12:30"), dt.datetime.fromisoformat("2026-03-15T01:02:03")],
        ),
        (["1", "NA"], pl.Int64, [1, None]),
        (["2026-03-14", "NA"], pl.Date, [dt.date(2026, 3, 14), None]),
        (["K", "NA"], pl.String, ["K", "NA"]),
        (["NA", "NA"], pl.String, ["NA", "NA"]),
        (["1.5", "inf"], pl.Float64, [1.5, float("inf")]),
        (["nan", "inf"], pl.String, ["nan", "inf"]),
        (["<0.5", "1"], pl.String, ["<0.5", "1"]),
        ([" 5", "6 "], pl.Int64, [5, 6]),
        (["", ""], pl.Null, [None, None]),
    ],
)
def test_a_type_only_if_every_cell_agrees(
    tmp_path: Path, cells: list[str], kind: pl.DataType, values: list[object]
) -> None:
    got = read(tmp_path, "a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    assert got.schema["a"] == kind
    assert got.get_column("a").to_list() == values


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1))
def test_whole_numbers_survive_as_written(numbers: list[int]) -> None:
    frame = pl.LazyFrame({"n": [str(n) for n in numbers]})
    assert infer_types(frame) == {"n": pl.Int64}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path: Path, separator: str) -> None:
    got = read(tmp_path, f"a{separator}b\r\n1{separator}x\r\n")
    assert got.rows() == [(1, "x")]


def test_byte_order_mark_quotes_and_line_ends_inside_fields(tmp_path: Path) -> None:
    got = read(tmp_path, b'\xef\xbb\xbf"a,1",b\n"x\n""y"", z",2\n')
    assert got.columns == ["a,1", "b"]
    assert got.rows() == [('x\n"y", z', 2)]


def test_only_a_header_is_an_empty_table(tmp_path: Path) -> None:
    got = read(tmp_path, "a,b\n")
    assert got.height == 0
    assert got.schema == {"a": pl.Null, "b": pl.Null}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a,b\n1,2\n3\n4,5\n", 3, "1 field, the header 2"),
        ("a,b\n1,2,3\n", 2, "3 fields, the header 2"),
        ("a,b\n1,2\n\n3,4\n", 3, "0 fields"),
        ('a,b\n"x\ny",2\n3\n', 4, "1 field,"),
        ('a,b\n1,"x\n2,y\n', 2, "do not pair"),
        ('a,b\n1,"x"y\n', 2, "do not pair"),
        ('a,b\n1,2\n3,6"7\n', 3, "inside a field"),
        ("a,b\r1,2\r", 1, "carriage returns"),
        (b"a,b\n1,x\n2,\xe9\n", 3, "not UTF-8"),
        ("a,a\n1,2\n", 1, "more than once"),
    ],
)
def test_faults_by_line(tmp_path: Path, text: str | bytes, line: int, words: str) -> None:
    with pytest.raises(StratifyError) as caught:
        read(tmp_path, text)
    assert caught.value.exit_code is ExitCode.BAD_DATA
    finding = caught.value.findings[0]
    assert (finding.code, finding.where) == ("D006", SourceSpan("t.csv", line, 1))
    assert words in finding.message


def test_five_faults_are_shown_and_no_value(tmp_path: Path) -> None:
    with pytest.raises(StratifyError) as caught:
        read(tmp_path, "a,b\n" + "secret\n" * 9)
    assert len(caught.value.findings) == 5
    assert "secret" not in str(caught.value)


def test_a_folder_of_csv_has_one_type_for_all_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id\n1\n")
    (tmp_path / "2.csv").write_text("id\n007\n")
    assert sorted(read_table(tmp_path).collect().to_series()) == ["007", "1"]
