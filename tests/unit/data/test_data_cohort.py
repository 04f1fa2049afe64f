"""Opening a cohort: files, columns and keys against the dictionary, all that is wrong at once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from stratify.data import CohortTables, open_cohort
from stratify.diagnostics import DataPlace, ExitCode, Finding, StratifyError
from stratify.model.dictionary import PATIENTS, Dictionary, Grain, Measure, Reference, Table
from stratify.model.expression import ColumnRef
from unit.data.cohorts import codes, cohort, dictionary, write

ONE = pl.DataFrame({"patient_id": ["1"]})


def failure(folder: Path, said: Dictionary, **frames: pl.DataFrame) -> tuple[Finding, ...]:
    with pytest.raises(StratifyError) as caught:
        cohort(folder, said, **frames)
    assert caught.value.exit_code is ExitCode.BAD_DATA
    return caught.value.findings


def test_keys_and_columns_get_the_dictionarys_names(tmp_path: Path) -> None:
    said = dictionary(
        Table("labs", file="lb.parquet", key="USUBJID", columns={"value": "LBSTRESN", "again": "LBSTRESN"}),
        patients=Table(PATIENTS, file="dm.parquet", key="USUBJID", grain=Grain.ONE, columns={"sex": "SEX"}),
    )
    dm = pl.DataFrame({"AGE": [50], "SEX": ["F"], "USUBJID": ["01-001"]})
    lb = pl.DataFrame({"USUBJID": ["01-001"], "LBSTRESN": [1.5], "LBTESTCD": ["ALT"]})
    tables = cohort(tmp_path, said, dm=dm, lb=lb)
    assert tables.patients.collect().to_dicts() == [{"patient_id": "01-001", "AGE": 50.0, "sex": "F"}]
    assert tables.frames["labs"].collect().to_dicts() == [
        {"patient_id": "01-001", "value": 1.5, "again": 1.5, "LBTESTCD": "ALT"}
    ]
    assert list(tables.catalogue["labs"]) == ["patient_id", "value", "again", "LBTESTCD"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_references_are_text_under_the_dictionarys_names_and_no_table_of_patients(tmp_path: Path, form: str) -> None:
    said = replace(dictionary(), references={"tree": Reference("tree", f"tree.{form}", {"below": "descendant"})})
    (tmp_path / "patients.csv").write_text("patient_id\n1\n")
    tree = pl.DataFrame({"ancestor": ["C78 ", "C78"], "descendant": ["007", ""]})
    tree.write_csv(tmp_path / "tree.csv")
    tree.write_parquet(tmp_path / "tree.parquet")
    tables = open_cohort(tmp_path, said)
    assert tables.references["tree"].collect().rows() == [("C78", "007"), ("C78", None)]
    assert set(tables.frames) == {PATIENTS}
    assert [source.file for source in tables.sources] == ["patients.csv", f"tree.{form}"]


def test_a_reference_without_its_file_or_column_is_a_finding(tmp_path: Path) -> None:
    said = replace(
        dictionary(),
        references={"tree": Reference("tree", columns={"below": "desc"}), "panels": Reference("panels", "gone.csv")},
    )
    (tmp_path / "tree.csv").write_text("descendant\nC78\n")
    found = failure(tmp_path, said, patients=ONE)
    assert [(finding.code, finding.where) for finding in found] == [("D005", DataPlace("tree")), ("D001", None)]


def test_sources_know_their_size_and_digest(tmp_path: Path) -> None:
    tables = cohort(tmp_path, dictionary(), patients=ONE)
    contents = (tmp_path / "patients.parquet").read_bytes()
    (source,) = tables.sources
    assert (source.table, source.file, source.bytes) == (PATIENTS, "patients.parquet", len(contents))
    assert source.sha256() == hashlib.sha256(contents).hexdigest()
    assert str(tmp_path) not in repr(source)


def test_opening_and_reading_leave_the_files_alone(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id,x\n 1,NaN\n1,\n")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    tables = open_cohort(tmp_path, dictionary())
    tables.patients.collect()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_one_file_is_a_cohort_of_one_table(tmp_path: Path) -> None:
    write(tmp_path, anything=ONE)
    tables = open_cohort(tmp_path / "anything.parquet", dictionary())
    assert tables.patients.collect().rows() == [("1",)]
    assert tables.sources[0].file == "anything.parquet"
    with pytest.raises(StratifyError) as caught:
        open_cohort(tmp_path / "anything.parquet", dictionary(Table("labs")))
    assert set(codes(caught.value.findings)) == {"D012"}


def test_a_folder_of_files_and_siblings_of_no_table(tmp_path: Path) -> None:
    write(tmp_path, patients=ONE)
    (tmp_path / "labs").mkdir()
    for number in (1, 2):
        pl.DataFrame({"patient_id": ["1"], "x": [number]}).write_parquet(tmp_path / "labs" / f"{number}.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"no table of the dictionary's")
    tables = open_cohort(tmp_path, dictionary(Table("labs")))
    assert sorted(tables.frames["labs"].collect().get_column("x")) == [1.0, 2.0]
    assert [source.file for source in tables.sources] == ["patients.parquet", "labs/1.parquet", "labs/2.parquet"]


def test_everything_missing_is_said_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    said = dictionary(
        Table("lab"),
        Table("events", file="event.parquet"),
        Table("vitals", key="subject_id", date="measurd", end="stop", ongoing=("statsu", "ONGOING")),
        measures=(
            Measure("ALT", "vitals", "valeu", {"test": ("ALT",)}, unit_column="units", reference_high="high"),
            Measure("AST", "nowhere", "value"),
        ),
        patients=Table(PATIENTS, grain=Grain.ONE, birth="born", columns={"sex": "SEX"}),
    )
    vitals = pl.DataFrame({"patient_id": ["1"], "measured": ["2020"], "value": [1], "test": ["x"], "status": ["y"]})
    found = failure(tmp_path, said, patients=ONE, labs=ONE, events=ONE, vitals=vitals)
    missing = {
        f.message.split(",")[0].removeprefix("there is no column "): f for f in found if "no column" in f.message
    }
    assert set(missing) == {"SEX", "born", "subject_id", "measurd", "stop", "statsu", "valeu", "units", "high"}
    assert missing["measurd"].hint == 'did you mean "measured"?'
    assert missing["valeu"].where == DataPlace("vitals")
    assert "measure ALT" in missing["valeu"].message
    other = {f.message: (f.code, f.hint) for f in found if "no column" not in f.message}
    assert other == {
        "measure AST is in table nowhere, which the dictionary does not have": (
            "D005",
            "known: events, lab, patients, vitals",
        ),
        "table lab: there is no file of that name in the cohort folder": ("D001", 'did you mean "labs"?'),
        "table events: there is no file event.parquet in the cohort folder": (
            "D001",
            'did you mean "events.parquet"?',
        ),
    }


@pytest.mark.parametrize("file", ["../outside.parquet", "/outside.parquet", "sub/../../outside.parquet"])
def test_paths_that_leave_the_folder(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    write(tmp_path, outside=ONE)
    found = failure(folder, dictionary(patients=Table(PATIENTS, file=file, grain=Grain.ONE)))
    assert codes(found) == ["D004"]


@pytest.mark.parametrize("file", ["", "patients.parquet"])
def test_links_that_leave_the_folder(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    write(tmp_path, outside=ONE)
    (folder / "patients.parquet").symlink_to(tmp_path / "outside.parquet")
    assert codes(failure(folder, dictionary(patients=Table(PATIENTS, file=file, grain=Grain.ONE)))) == ["D004"]
    (folder / "patients.parquet").unlink()
    (folder / "patients").mkdir()
    (folder / "patients" / "1.parquet").symlink_to(tmp_path / "outside.parquet")
    assert codes(failure(folder, dictionary())) == ["D004"]


def test_a_link_inside_the_folder_is_fine(tmp_path: Path) -> None:
    write(tmp_path, dm=ONE)
    (tmp_path / "patients.parquet").symlink_to(tmp_path / "dm.parquet")
    assert open_cohort(tmp_path, dictionary()).patients.collect().height == 1


def test_two_files_of_one_name(tmp_path: Path) -> None:
    ONE.write_csv(tmp_path / "patients.csv")
    found = failure(tmp_path, dictionary(), patients=ONE)
    assert codes(found) == ["D012"]
    assert "patients.csv, patients.parquet" in found[0].message


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StratifyError) as caught:
        open_cohort(tmp_path / "nowhere", dictionary())
    assert codes(caught.value.findings) == ["D001"]


def test_names_that_clash(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["1"], "patient_id": ["x"], "born:first": [1], "born": ["2020"], "born:parts": [1]})
    said = dictionary(patients=Table(PATIENTS, key="id", grain=Grain.ONE, birth="born"))
    found = failure(tmp_path, said, patients=frame)
    assert codes(found) == ["D008", "D008", "D008"]
    assert "patient_id" in found[0].message
    assert "born:first" in found[1].message
    assert "born:parts" in found[2].message


def test_a_column_of_lists_is_a_finding_only_when_it_is_named(tmp_path: Path) -> None:
    frame = pl.DataFrame({"patient_id": ["1"], "x": [[1, 2]]})
    tables = cohort(tmp_path, dictionary(), patients=frame)
    assert "x" not in tables.catalogue[PATIENTS]
    found = failure(tmp_path, dictionary(measures=(Measure("X", PATIENTS, "x"),)), patients=frame)
    assert codes(found) == ["D009"]


def test_a_measure_is_not_a_date(tmp_path: Path) -> None:
    frame = pl.DataFrame({"patient_id": ["1"], "x": [date(2020, 1, 1)]})
    assert codes(failure(tmp_path, dictionary(measures=(Measure("X", PATIENTS, "x"),)), patients=frame)) == ["D009"]


def test_coverage_is_of_dates_in_tables_with_one_row_per_patient(tmp_path: Path) -> None:
    patients = pl.DataFrame({"patient_id": ["1"], "from": ["2020"], "to": ["2021-05"]})
    covered = (ColumnRef(PATIENTS, "from"), ColumnRef(PATIENTS, "to"))
    tables = cohort(tmp_path, dictionary(Table("labs", coverage=covered)), patients=patients, labs=ONE)
    assert {"from:first", "to:last"} <= set(tables.patients.collect_schema())
    wrong = (ColumnRef("labs", "from"), ColumnRef(PATIENTS, "until"))
    found = failure(tmp_path, dictionary(Table("labs", coverage=wrong)), patients=patients, labs=ONE)
    assert codes(found) == ["D005", "D005", "D005"]  # labs is not one row per patient, has no `from`; no `until`


# ---- keys


def keys(tables: CohortTables, table: str) -> tuple[pl.DataType, list[object]]:
    column = tables.frames[table].collect().get_column("patient_id")
    return column.dtype, column.to_list()


@pytest.mark.parametrize("kind", [pl.Int8, pl.UInt32, pl.UInt64, pl.Float64])
def test_keys_that_are_numbers_are_int64_in_all_tables(tmp_path: Path, kind: pl.DataType) -> None:
    labs = pl.DataFrame({"patient_id": pl.Series([7, 8], dtype=kind)})
    tables = cohort(tmp_path, dictionary(Table("labs")), patients=pl.DataFrame({"patient_id": [7]}), labs=labs)
    assert keys(tables, PATIENTS) == (pl.Int64, [7])
    assert keys(tables, "labs") == (pl.Int64, [7, 8])


def test_keys_of_different_types_name_both_tables(tmp_path: Path) -> None:
    labs = pl.DataFrame({"patient_id": [7, 8]})
    found = failure(tmp_path, dictionary(Table("labs")), patients=pl.DataFrame({"patient_id": ["007"]}), labs=labs)
    assert codes(found) == ["D011"]
    assert "String in table patients (rows: 1)" in found[0].message
    assert "Int64 in table labs (rows: 2)" in found[0].message


def test_csv_keys_are_text_where_another_table_says_text(tmp_path: Path) -> None:
    (tmp_path / "labs.csv").write_text("patient_id,x\n7,1\n10,2\n")
    tables = cohort(tmp_path, dictionary(Table("labs")), patients=pl.DataFrame({"patient_id": ["007", "10"]}))
    assert keys(tables, "labs") == (pl.String, ["7", "10"])


def test_csv_keys_are_numbers_where_another_table_says_numbers(tmp_path: Path) -> None:
    (tmp_path / "labs.csv").write_text("patient_id,x\n7,1\n")
    tables = cohort(tmp_path, dictionary(Table("labs")), patients=pl.DataFrame({"patient_id": [7]}))
    assert keys(tables, "labs") == (pl.Int64, [7])
    (tmp_path / "labs.csv").write_text("patient_id,x\n007,1\n")
    assert codes(failure(tmp_path, dictionary(Table("labs")))) == ["D011"]


def test_a_key_is_no_list(tmp_path: Path) -> None:
    assert codes(failure(tmp_path, dictionary(), patients=pl.DataFrame({"patient_id": [[1]]}))) == ["D009"]


def test_null_typed_keys_take_the_type_of_the_others(tmp_path: Path) -> None:
    nothing = pl.DataFrame({"patient_id": pl.Series([], dtype=pl.Null)})
    for ids, kind in ((["1"], pl.String), ([1], pl.Int64)):
        tables = cohort(tmp_path, dictionary(Table("labs")), patients=pl.DataFrame({"patient_id": ids}), labs=nothing)
        assert keys(tables, "labs") == (kind, [])
