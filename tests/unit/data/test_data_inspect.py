"""A first dictionary from the files: tables, keys, dates, codes and measures, and lines without patients' values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from stratify.data import conform, infer_dictionary, open_cohort
from stratify.diagnostics import ExitCode, StratifyError
from stratify.model.analytes import analyte
from stratify.model.dictionary import PATIENTS, Absence, Grain, Measure, Table
from unit.data.cohorts import codes, write

DM = pl.DataFrame(
    {
        "USUBJID": ["1", "2"],
        "SEX": ["F", "M"],
        "BRTHDTC": ["1950", "1951-02-03"],
        "RFSTDTC": ["2020-01-01", None],
        "ARM": ["A", "B"],
    }
)
LB = pl.DataFrame(
    {
        "USUBJID": ["1", "1", "2", "2", "1"],
        "LBTESTCD": ["ALT", "ALT", "ALT", "CREAT", "UBACT"],
        "LBSTRESN": [20.0, 30.0, 0.5, 1.0, None],
        "LBSTRESC": ["20", "30", "0.5", "1", "POSITIVE"],
        "LBSTRESU": ["U/L", "U/L", "ukat/L", "mg/dL", None],
        "LBSTNRHI": [40.0, 40.0, 0.7, 1.2, None],
        "LBDTC": ["2020-01-01T08:00", "2020-01-08", "2020-01", None, "2020-02-01"],
    }
)
AE = pl.DataFrame(
    {
        "USUBJID": ["1", "1"],
        "AEDECOD": ["Nausea", "Headache"],
        "AESTDTC": ["2020-01-03", "2020-02"],
        "AEENDTC": ["2020-01-05", None],
        "AEDTC": ["2020-01-03", "2020-02-01"],
    }
)


def failure(path: Path) -> StratifyError:
    with pytest.raises(StratifyError) as caught:
        infer_dictionary(path)
    assert caught.value.exit_code is ExitCode.BAD_DATA
    return caught.value


def test_sdtm(tmp_path: Path) -> None:
    write(tmp_path, dm=DM, lb=LB, ae=AE)
    said, _ = infer_dictionary(tmp_path)
    assert said.tables[PATIENTS] == Table(
        PATIENTS, "dm.parquet", "USUBJID", Grain.ONE, birth="BRTHDTC", dates=("RFSTDTC",)
    )
    assert said.tables["lb"] == Table("lb", "lb.parquet", "USUBJID", Grain.MANY, date="LBDTC")
    assert said.tables["ae"] == Table(
        "ae", "ae.parquet", "USUBJID", date="AESTDTC", end="AEENDTC", code="AEDECOD", dates=("AEDTC",)
    )
    assert {table.absence for table in said.tables.values()} == {Absence.UNKNOWN}
    assert said.measures == {
        name: Measure(
            name,
            "lb",
            "LBSTRESN",
            {"LBTESTCD": (name,)},
            unit,
            "LBSTRESU",
            reference_high="LBSTNRHI",
            analyte=analyte(name),
        )
        for name, unit in (("ALT", "U/L"), ("CREAT", "mg/dL"))
    } | {
        "UBACT": Measure("UBACT", "lb", "LBSTRESC", {"LBTESTCD": ("UBACT",)}),
    }
    assert conform(open_cohort(tmp_path, said)) == ()  # ukat/L is a unit of the analyte ALT


def test_plain_names_in_csv(tmp_path: Path) -> None:
    (tmp_path / "demographics.csv").write_text("id,dob\n1,1950-01-01\n2,1951-01-01\n")
    (tmp_path / "labs.csv").write_text(
        "id,test,value,unit,ref_low,ref_high,date\n1,ALT,20,U/L,5,40,2020-01-01\n1,ALT,21,U/L,5,40,2020-01-02\n"
    )
    (tmp_path / "diagnoses.csv").write_text("id,code,start,stop\n1,C34.1,2019-01-01,\n1,I10,2018-01-01,2018-02-01\n")
    said, _ = infer_dictionary(tmp_path)
    assert said.tables[PATIENTS].birth == "dob"
    assert said.tables["diagnoses"] == Table("diagnoses", "diagnoses.csv", "id", date="start", end="stop", code="code")
    assert said.measures["ALT"] == Measure(
        "ALT",
        "labs",
        "value",
        {"test": ("ALT",)},
        "U/L",
        "unit",
        reference_low="ref_low",
        reference_high="ref_high",
        analyte=analyte("ALT"),
    )
    assert conform(open_cohort(tmp_path, said)) == ()


@pytest.mark.parametrize(
    ("columns", "grain"),
    [
        ({"on_date": ["2020-01-01", "2020-01-02"]}, Grain.MANY),
        ({"end_date": ["2020-01-01", "2020-01-02"]}, Grain.MANY),
        ({"code": ["C34.1", "I10"]}, Grain.MANY),
        ({"test": ["ALT", "ALT"], "value": [20.0, 30.0]}, Grain.MANY),
        ({"weight": [60.0, 70.0], "stage": ["II", "III"]}, Grain.ONE),
    ],
)
def test_a_table_of_events_has_many_rows_per_patient_though_each_has_one_so_far(
    columns: dict[str, list[object]], grain: Grain, tmp_path: Path
) -> None:
    write(tmp_path, dm=DM, rows=pl.DataFrame({"USUBJID": ["1", "2"], **columns}))
    said, lines = infer_dictionary(tmp_path)
    assert (said.tables[PATIENTS].grain, said.tables["rows"].grain) == (Grain.ONE, grain)
    each = {Grain.ONE: "one row per patient", Grain.MANY: "many rows per patient (one each so far)"}[grain]
    assert f"rows: rows.parquet, 2 rows, 2 patients, {each}" in lines


def test_lines_say_what_was_seen_and_no_value(tmp_path: Path) -> None:
    write(tmp_path, dm=DM, lb=LB)
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "notes.csv").write_text("a,b\n1\n")
    write(tmp_path, sites=pl.DataFrame({"site": ["x"]}))
    _, lines = infer_dictionary(tmp_path)
    assert lines[:6] == (
        "patients: dm.parquet, 2 rows, 2 patients, one row per patient",
        "  patient_id: text [key: USUBJID]",
        "  SEX: text",
        "  BRTHDTC: date, perhaps incomplete, 1950-01-01 to 1951-02-03 [birth]",
        "  RFSTDTC: date, perhaps incomplete, 2020-01-01 to 2020-01-01, 1 null",
        "  ARM: text",
    )
    assert "  LBSTRESN: number, 1 null" in lines
    assert "  ALT: lb.LBSTRESN, U/L, converted as ALT" in lines
    assert lines[-3:] == (
        "sites.parquet: not used, no column looks like a patient id",
        "notes.csv: not used, the line has 1 field, the header 2",
        "README.md: not a table",
    )
    assert "POSITIVE" not in "\n".join(lines)


def test_one_file(tmp_path: Path) -> None:
    write(tmp_path, adsl=pl.DataFrame({"SUBJID": [5, 6], "AGE": [50, 50]}))
    said, _ = infer_dictionary(tmp_path / "adsl.parquet")
    assert said.tables == {PATIENTS: Table(PATIENTS, "adsl.parquet", "SUBJID", Grain.ONE)}
    assert open_cohort(tmp_path / "adsl.parquet", said).patients.collect().height == 2


def test_a_unique_column_that_all_files_share_is_the_key(tmp_path: Path) -> None:
    write(
        tmp_path,
        clinical=pl.DataFrame({"barcode": ["a", "b"], "other": ["x", "y"]}),
        maf=pl.DataFrame({"barcode": ["a", "a"], "gene": ["TP53", "KRAS"]}),
    )
    said, _ = infer_dictionary(tmp_path)
    assert {table.key for table in said.tables.values()} == {"barcode"}
    assert said.tables["maf"].grain is Grain.MANY


def test_one_file_without_a_key(tmp_path: Path) -> None:
    write(tmp_path, trial=pl.DataFrame({"age": [50, 50], "time": [1.5, 2.5]}))
    (finding,) = failure(tmp_path / "trial.parquet").findings
    assert finding.code == "D040"
    assert "add a column patient_id" in finding.hint


def test_no_table_with_one_row_per_patient(tmp_path: Path) -> None:
    write(tmp_path, labs=LB)
    (finding,) = failure(tmp_path).findings
    assert finding.code == "D041"
    assert "USUBJID in labs.parquet" in finding.message


def test_nothing_to_read(tmp_path: Path) -> None:
    assert codes(failure(tmp_path).findings) == ["D001"]
    gone = failure(tmp_path / "nowhere").findings
    assert codes(gone) == ["D001"]
    assert gone[0].hint == "name a file, or a folder of files: Parquet, Arrow IPC, CSV"
    (tmp_path / "labs.csv").write_text("a\n1\n")
    assert failure(tmp_path / "lab.csv").findings[0].hint == 'did you mean "labs.csv"?'
    (tmp_path / "labs.csv").unlink()
    (tmp_path / "a.parquet").write_bytes(b"PAR1 cut off")
    assert codes(failure(tmp_path).findings) == ["D003"]


def test_a_folder_is_named_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert [found.message for found in failure(Path()).findings] == ["the folder empty holds no table"]
    monkeypatch.setattr("stratify.data.inspect.dictionary.table_entries", lambda _: ())
    assert [found.message for found in failure(Path("/")).findings] == ["the folder / holds no table"]


def test_instants_are_read_in_their_own_zone_and_a_line_says_so(tmp_path: Path) -> None:
    stamp = pl.Series(
        [dt.datetime.fromisoformat("2020-01-01T00:00"), dt.datetime.fromisoformat("2020-01-02T00:00")]
    ).dt.replace_time_zone("UTC")
    write(tmp_path, patients=pl.DataFrame({"patient_id": ["1", "2"], "enrolled": stamp}))
    said, lines = infer_dictionary(tmp_path)
    assert said.tables[PATIENTS].zone == "UTC"
    assert "patients: times are instants, read in zone UTC; set `zone` to the trial's calendar" in lines


def test_a_column_of_years_is_no_date_and_an_sdtm_name_is_one(tmp_path: Path) -> None:
    frame = pl.DataFrame({"patient_id": ["1", "2"], "year": ["2020", "2021"], "RFSTDTC": ["2020", None]})
    write(tmp_path, patients=frame)
    said, _ = infer_dictionary(tmp_path)
    assert said.tables[PATIENTS].dates == ("RFSTDTC",)


def test_two_files_of_one_name(tmp_path: Path) -> None:
    write(tmp_path, dm=DM)
    DM.write_csv(tmp_path / "dm.csv")
    said, lines = infer_dictionary(tmp_path)
    assert list(said.tables) == [PATIENTS]
    assert "dm.parquet: not used, its name is that of dm.csv" in lines
