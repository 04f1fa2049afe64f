"""Files of each format, in each form a column may have, and files that are not what they seem."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from stratify.data import open_cohort, read_table
from stratify.diagnostics import ExitCode, StratifyError
from stratify.model.dictionary import PATIENTS, ColumnKind, Dictionary, Grain, Table

UTC_NOON = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)

# column -> (Arrow array, kind in normal form, values in normal form)
FORMS: dict[str, tuple[pa.Array, ColumnKind, list[object]]] = {
    "dictionary": (pa.array(["a", "b", None]).dictionary_encode(), ColumnKind.TEXT, ["a", "b", None]),
    "large_string": (pa.array(["a", "b", None], pa.large_string()), ColumnKind.TEXT, ["a", "b", None]),
    "string_view": (pa.array(["a", "b", None], pa.string_view()), ColumnKind.TEXT, ["a", "b", None]),
    "long_view": (pa.array(["a" * 40, "b", None], pa.string_view()), ColumnKind.TEXT, ["a" * 40, "b", None]),
    "decimal": (pa.array(["1.65", "2", None]).cast(pa.decimal128(9, 2)), ColumnKind.NUMBER, [1.65, 2.0, None]),
    "float32": (pa.array([1.65, 0.1, None], pa.float32()), ColumnKind.NUMBER, [1.65, 0.1, None]),
    "float64": (pa.array([1.5, float("nan"), float("inf")]), ColumnKind.NUMBER, [1.5, None, None]),
    "int8": (pa.array([1, -1, None], pa.int8()), ColumnKind.NUMBER, [1.0, -1.0, None]),
    "uint64": (pa.array([1, 2, None], pa.uint64()), ColumnKind.NUMBER, [1.0, 2.0, None]),
    "boolean": (pa.array([True, False, None]), ColumnKind.BOOLEAN, [True, False, None]),
    "null": (pa.nulls(3), ColumnKind.EMPTY, [None, None, None]),
}


def write(kind: str, folder: Path, table: pa.Table, name: str = "patients") -> Path:
    path = folder / f"{name}.{'parquet' if kind == 'parquet' else 'arrow'}"
    if kind == "parquet":
        pyarrow.parquet.write_table(table, path)
    elif kind == "stream":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    else:
        pyarrow.feather.write_feather(table, path, compression="uncompressed" if kind == "file" else kind)
    return path


FILES = ("parquet", "file", "lz4", "zstd", "stream")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_column_from_each_format(tmp_path: Path, kind: str, form: str) -> None:
    array, expected_kind, expected = FORMS[form]
    write(kind, tmp_path, pa.table({"patient_id": ["1", "2", "3"], "x": array}))
    tables = open_cohort(tmp_path, Dictionary({PATIENTS: Table(PATIENTS, grain=Grain.ONE)}))
    assert tables.catalogue[PATIENTS]["x"] is expected_kind
    assert tables.patients.collect().get_column("x").to_list() == expected


@pytest.mark.parametrize("kind", FILES)
def test_categories_of_polars_itself(tmp_path: Path, kind: str) -> None:
    frame = pl.DataFrame(
        {
            "patient_id": ["1", "2", "3"],
            "c": pl.Series([" a", "ﬁ", None], dtype=pl.Categorical),
            "e": pl.Series(["x ", "", None], dtype=pl.Enum(["x ", "", "y"])),
        }
    )
    path = tmp_path / ("patients.parquet" if kind == "parquet" else "patients.arrow")
    if kind == "parquet":
        frame.write_parquet(path)
    elif kind == "stream":
        frame.write_ipc_stream(path)
    else:
        frame.write_ipc(path, compression="uncompressed" if kind == "file" else kind)
    tables = open_cohort(tmp_path, Dictionary({PATIENTS: Table(PATIENTS, grain=Grain.ONE)}))
    got = tables.patients.collect()
    assert got.get_column("c").to_list() == ["a", "fi", None]
    assert got.get_column("e").to_list() == ["x", None, None]
    assert got.schema == {"patient_id": pl.String, "c": pl.String, "e": pl.String}


@pytest.mark.parametrize("kind", FILES)
def test_values_rules_cannot_speak_of_are_left_out(tmp_path: Path, kind: str) -> None:
    table = pa.table(
        {
            "patient_id": ["1", "2"],
            "raw": [b"\x00", None],
            "list": [[1], None],
            "struct": [{"a": 1}, None],
            "time": [dt.time(1), None],
            "instant": pa.array([UTC_NOON, None], pa.timestamp("us", tz="UTC")),
        }
    )
    write(kind, tmp_path, table)
    tables = open_cohort(tmp_path, Dictionary({PATIENTS: Table(PATIENTS, grain=Grain.ONE)}))
    assert dict(tables.catalogue[PATIENTS]) == {"patient_id": ColumnKind.TEXT}
    assert tables.patients.collect().columns == ["patient_id"]


@pytest.mark.parametrize("kind", ["lz4", "stream"])
def test_batches_are_read_with_projection_predicate_and_count(tmp_path: Path, kind: str) -> None:
    batches = [pa.record_batch({"n": [i, i + 1], "t": pa.array(["x", None], pa.string_view())}) for i in (0, 2, 4)]
    path = write(kind, tmp_path, pa.Table.from_batches(batches))
    frame = read_table(path)
    assert frame.select(pl.len()).collect().item() == 6
    assert frame.select("t", "n").head(3).collect().rows() == [("x", 0), (None, 1), ("x", 2)]
    assert frame.filter(pl.col("n") > 2).select("t").collect().to_series().to_list() == [None, "x", None]
    assert frame.filter(pl.col("t").is_null()).collect().get_column("n").to_list() == [1, 3, 5]


@pytest.mark.parametrize("kind", FILES)
def test_no_rows_typed_and_null_typed(tmp_path: Path, kind: str) -> None:
    write(kind, tmp_path, pa.table({"patient_id": ["1"]}))
    events = pa.table({"patient_id": pa.array([], pa.string()), "x": pa.array([], pa.float64())})
    nothing = pa.table({"patient_id": pa.nulls(0), "x": pa.nulls(0), "d": pa.nulls(0)})
    write(kind, tmp_path, events, "events")
    write(kind, tmp_path, nothing, "nothing")
    said = Dictionary(
        {PATIENTS: Table(PATIENTS, grain=Grain.ONE), "events": Table("events"), "nothing": Table("nothing", date="d")}
    )
    tables = open_cohort(tmp_path, said)
    assert tables.frames["events"].collect().schema == {"patient_id": pl.String, "x": pl.Float64}
    null = tables.frames["nothing"].collect()
    assert null.height == 0
    assert null.schema == {
        "patient_id": pl.String,
        "x": pl.Null,
        "d:first": pl.Int32,
        "d:last": pl.Int32,
        "d:second": pl.Int32,
    }


def failure(path: Path) -> StratifyError:
    with pytest.raises(StratifyError) as caught:
        read_table(path)
    assert caught.value.exit_code is ExitCode.BAD_DATA
    return caught.value


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("keep", [0.2, 0.5, 0.95])
def test_a_file_cut_off_is_damaged(tmp_path: Path, kind: str, keep: float) -> None:
    path = write(kind, tmp_path, pa.table({"a": list(range(1000)), "b": ["text"] * 1000}))
    contents = path.read_bytes()
    path.write_bytes(contents[: int(len(contents) * keep)])
    assert [f.code for f in failure(path).findings] == ["D003"]


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "b")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "contents", "code", "words"),
    [
        ("a.parquet", b"key: value\n", "D002", ("Parquet", "text")),
        ("a.parquet", _zip(), "D002", ("Parquet", "zip archive")),
        ("a.csv", _zip(), "D002", ("CSV", "zip archive")),
        ("a.csv", b"PAR1....", "D002", ("CSV", "Parquet")),
        ("a.arrow", b"PAR1....", "D002", ("Arrow IPC", "Parquet")),
        ("a.parquet", b"ARROW1\0\0", "D002", ("Parquet", "Arrow IPC")),
        ("a.csv", b"\x00\x01\x02", "D002", ("CSV", "no known format")),
        ("a.csv", "a,b".encode("utf-16"), "D002", ("CSV", "UTF-16")),
        ("a.xpt", b"HEADER RECORD*******LIBRARY", "D002", ("SAS transport",)),
        ("a.yaml", b"key: value\n", "D002", ("text",)),
        ("a.csv", b"", "D003", ("empty",)),
        ("a.parquet", b"", "D003", ("empty",)),
        ("a.csv", b"\n\n", "D002", ("CSV",)),
    ],
)
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, name: str, contents: bytes, code: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    finding = failure(path).findings[0]
    assert finding.code == code
    assert all(word in finding.message for word in (name, *words))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    finding = failure(tmp_path / "labs.parquet").findings[0]
    assert (finding.code, finding.message) == ("D001", "there is no file labs.parquet")


def test_contents_decide_without_an_ending(tmp_path: Path) -> None:
    path = tmp_path / "labs"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    assert read_table(path).collect().rows() == [(1,)]


def test_a_folder_is_one_table(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1], "b": ["x"]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"b": ["y"], "a": [2]}).write_parquet(tmp_path / "2.parquet")
    (tmp_path / "_SUCCESS").write_bytes(b"")
    (tmp_path / "README.md").write_text("not a table")
    assert sorted(read_table(tmp_path).collect().rows()) == [(1, "x"), (2, "y")]


def test_types_widen_between_files_only_without_loss(tmp_path: Path) -> None:
    columns = {"f": pl.Float32, "i": pl.Int16, "n": pl.Null, "t": pl.Categorical}
    pl.DataFrame({"f": [1.65], "i": [1], "n": [None], "t": ["x"]}, schema=columns).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"f": [2.5], "i": [2], "n": [3], "t": ["y"]}).write_parquet(tmp_path / "2.parquet")
    got = read_table(tmp_path).collect().sort("i")
    assert got.rows() == [(1.65, 1, None, "x"), (2.5, 2, 3, "y")]


def test_timestamps_of_two_units_join_and_zones_do_not(tmp_path: Path) -> None:
    stamps = pl.Series("d", [dt.datetime.fromisoformat("2020-01-01T12:00")])
    stamps.cast(pl.Datetime("ms")).to_frame().write_parquet(tmp_path / "1.parquet")
    stamps.cast(pl.Datetime("ns")).to_frame().write_parquet(tmp_path / "2.parquet")
    pl.DataFrame({"d": [None]}).write_parquet(tmp_path / "3.parquet")
    got = read_table(tmp_path).collect().to_series()
    assert got.dtype == pl.Datetime("us")
    assert got.to_list() == [stamps[0], stamps[0], None]
    stamps.dt.replace_time_zone("UTC").to_frame().write_parquet(tmp_path / "4.parquet")
    assert [f.code for f in failure(tmp_path).findings] == ["D007"]


def test_drift_names_files_and_columns(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1], "b": [1], "c": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": ["x"], "b": [1], "d": [1]}).write_parquet(tmp_path / "2.parquet")
    messages = [(f.code, f.message) for f in failure(tmp_path).findings]
    name = tmp_path.name
    assert messages == [
        ("D007", f"{name}/2.parquet has no column c, {name}/1.parquet has one"),
        ("D007", f"{name}/1.parquet has no column d, {name}/2.parquet has one"),
        ("D007", f"column a of {name}/2.parquet is String, before it Int64"),
    ]


def test_one_table_is_in_one_format(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": [1]}).write_csv(tmp_path / "2.csv")
    assert failure(tmp_path).findings[0].code == "D002"


def test_a_folder_without_tables(tmp_path: Path) -> None:
    assert failure(tmp_path).findings[0].code == "D001"
