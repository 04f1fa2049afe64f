"""What does not fit is said with counts, places and units, never with a patient's value, and nothing is repaired."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stratify.data import conform, open_cohort
from stratify.data.checks import duplicates
from stratify.data.queries import collect
from stratify.diagnostics import DataPlace, ExitCode, Finding, Severity, StratifyError
from stratify.model.analytes import analyte
from stratify.model.dictionary import PATIENTS, Grain, Measure, Table
from unit.data.cohorts import codes, cohort, dictionary, write

THREE = pl.DataFrame({"patient_id": ["1", "2", "3"]})


def said_of(folder: Path, table: Table, rows: dict[str, Any], *measures: Measure) -> tuple[Finding, ...]:
    """The findings for a table ``labs`` beside three patients."""
    return conform(cohort(folder, dictionary(table, measures=measures), patients=THREE, labs=pl.DataFrame(rows)))


def only(findings: tuple[Finding, ...], code: str) -> Finding:
    assert codes(findings) == [code]
    return findings[0]


def test_clean_tables_have_no_findings(tmp_path: Path) -> None:
    rows = {"patient_id": ["1", "1", "3"], "on": ["2020-01-01", "2020-02", None], "x": [1.0, 2.0, None]}
    assert said_of(tmp_path, Table("labs", date="on"), rows) == ()


def test_a_file_cut_off_after_it_was_opened(tmp_path: Path) -> None:
    """The bytes of a column that are no longer there make Polars panic, which is no Exception of Python's kind."""
    ids = pl.DataFrame({"patient_id": [str(i) for i in range(1000)]})
    tables = cohort(tmp_path, dictionary(), patients=ids)
    path = tmp_path / "patients.parquet"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(StratifyError) as caught:
        collect(tables.originals[PATIENTS].select(pl.col("patient_id").max()), PATIENTS)
    assert isinstance(caught.value.__cause__, pl.exceptions.PanicException)
    assert (codes(caught.value.findings), caught.value.exit_code) == (["D003"], ExitCode.BAD_DATA)
    assert caught.value.findings[0].where == DataPlace(PATIENTS)


def test_null_and_repeated_patient_ids(tmp_path: Path) -> None:
    ids = pl.DataFrame({"patient_id": ["b", None, "a", " b ", "c", "", "a", "b"]})
    found = conform(cohort(tmp_path, dictionary(), patients=ids))
    assert codes(found) == ["D020", "D021"]
    assert [f.severity for f in found] == [Severity.ERROR, Severity.ERROR]
    assert found[0].where == DataPlace(PATIENTS, "patient_id", (1, 5))
    assert found[1].where == DataPlace(PATIENTS, "patient_id", (0, 2, 3, 6, 7), ("a", "b"))
    assert "2 patient ids" in found[1].message


def test_five_rows_and_patients_are_named_of_many(tmp_path: Path) -> None:
    ids = pl.DataFrame({"patient_id": [number // 2 for number in range(100)]})
    (found,) = conform(cohort(tmp_path, dictionary(), patients=ids))
    assert found.message.startswith("50 patient ids")
    assert found.where == DataPlace(PATIENTS, "patient_id", (0, 1, 2, 3, 4), ("0", "1", "2", "3", "4"))


def test_repeated_ids_matter_only_where_one_row_per_patient_is_declared(tmp_path: Path) -> None:
    rows = {"patient_id": ["1", "1"], "x": [1, 2]}
    assert said_of(tmp_path, Table("labs"), rows) == ()
    assert only(said_of(tmp_path, Table("labs", grain=Grain.ONE), rows), "D021").where == DataPlace(
        "labs", "patient_id", (0, 1), ("1",)
    )


@pytest.mark.parametrize(("strict", "severity"), [(False, Severity.WARNING), (True, Severity.ERROR)])
def test_orphans_are_counted_and_listed(tmp_path: Path, strict: bool, severity: Severity) -> None:
    labs = pl.DataFrame({"patient_id": ["1", "9", "8", "9"], "x": [1, 2, 3, 4]})
    tables = cohort(tmp_path, dictionary(Table("labs")), strict=strict, patients=THREE, labs=labs)
    found = only(conform(tables), "D022")
    assert found.severity is severity
    assert found.message == "2 patients with 3 rows not in table patients"
    assert found.where == DataPlace("labs", "patient_id", (), ("8", "9"))


def test_orphans_for_want_of_zeros_or_of_the_right_key(tmp_path: Path) -> None:
    write(tmp_path, patients=pl.DataFrame({"patient_id": ["007", "A1"]}))
    write(tmp_path, labs=pl.DataFrame({"patient_id": ["7", "a1", "A1"]}), visits=pl.DataFrame({"patient_id": ["v"]}))
    found = conform(open_cohort(tmp_path, dictionary(Table("labs"), Table("visits"))))
    assert codes(found) == ["D022", "D022"]
    assert "2 of them differ from a known id only in leading zeros or capitals" in found[0].hint
    assert "compare the `key`" in found[1].hint


def test_empty_tables(tmp_path: Path) -> None:
    nothing = pl.DataFrame(schema={"patient_id": pl.String, "x": pl.Float64})
    found = conform(cohort(tmp_path, dictionary(Table("labs")), patients=nothing, labs=nothing))
    assert [(f.code, f.severity) for f in found] == [("D023", Severity.WARNING), ("D023", Severity.NOTE)]


@pytest.mark.parametrize("kind", [pl.Float64, pl.Float32])
def test_numbers_that_are_none(tmp_path: Path, kind: pl.DataType) -> None:
    values = pl.Series([1.0, float("nan"), None, float("-inf")], dtype=kind)
    found = only(said_of(tmp_path, Table("labs"), {"patient_id": ["1"] * 4, "n": [1, 2, 3, 4], "x": values}), "D024")
    assert found.message == "2 of 4 rows hold NaN or an infinity, which count as missing"
    assert found.where == DataPlace("labs", "x", (1, 3))


def test_text_that_is_no_date(tmp_path: Path) -> None:
    rows = {"patient_id": ["1", "2", "3", "1"], "on": ["2020-01-01", "03/04/2020", "", "unknown"]}
    found = only(said_of(tmp_path, Table("labs", date="on"), rows), "D025")
    assert found.message == "2 of 3 dates are not ISO 8601 and count as missing"
    assert found.where == DataPlace("labs", "on", (1, 3))
    assert "03/04/2020" not in str(found)
    assert "unknown" not in found.message


def test_text_with_an_offset_asks_for_a_zone(tmp_path: Path) -> None:
    rows = {"patient_id": ["1"], "on": ["2020-01-01T23:30:00Z"]}
    assert "`zone`" in only(said_of(tmp_path, Table("labs", date="on"), rows), "D025").hint
    assert said_of(tmp_path, Table("labs", date="on", zone="Europe/Vienna"), rows) == ()


def test_an_end_before_its_start_only_if_certain(tmp_path: Path) -> None:
    rows = {
        "patient_id": ["1"] * 4,
        "on": ["2020-03-01", "2020-03-10", "2020-03", None],
        "off": ["2020-02-29", "2020-03", "2020-03-01", "2020"],
    }
    found = only(said_of(tmp_path, Table("labs", date="on", end="off"), rows), "D026")
    assert found.message == "1 of 4 rows end before they start (on)"
    assert found.where == DataPlace("labs", "off", (0,))


def test_years_that_cannot_be(tmp_path: Path) -> None:
    days = [dt.date(1899, 12, 31), dt.date(1900, 1, 1), dt.date(2100, 12, 31), dt.date(2101, 1, 1), None]
    found = only(said_of(tmp_path, Table("labs", date="on"), {"patient_id": ["1"] * 5, "on": days}), "D027")
    assert found.where == DataPlace("labs", "on", (0, 3))


def test_exact_duplicates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"patient_id": ["1", "1", "1", "2"], "x": [1.0, 1.0, 1.0, 1.0], "n": [None] * 4, "t": ["a", "a ", "b", "a"]}
    found = only(said_of(tmp_path, Table("labs"), rows), "D028")
    assert (found.message, found.severity) == (
        "1 of 4 rows repeat another row exactly; each counts once",
        Severity.NOTE,
    )
    monkeypatch.setattr(duplicates, "MOST_ROWS", 3)
    assert "not searched" in only(said_of(tmp_path, Table("labs"), rows), "D028").message


@pytest.mark.parametrize(
    ("status", "value", "expected"),
    [
        (["ONGOING", None], "ONGOING", []),
        (["Ongoing", None], "ONGOING", ["D029"]),
        ([None, "ONGOING"], "ONGOING", ["D030"]),
        ([True, False], "true", []),
        ([1, 0], "1", []),
        ([None, None], "ONGOING", ["D029"]),
    ],
)
def test_what_says_that_a_row_goes_on(tmp_path: Path, status: list[object], value: str, expected: list[str]) -> None:
    table = Table("labs", date="on", end="off", ongoing=("status", value))
    rows = {"patient_id": ["1", "2"], "on": ["2020", "2020"], "off": [None, "2021"], "status": status}
    assert codes(said_of(tmp_path, table, rows)) == expected


LABS = Table("labs", date="on")
CREATININE = Measure(
    "CREAT",
    "labs",
    "value",
    {"test": ("CREAT", "Creatinine")},
    unit="mg/dL",
    unit_column="unit",
    units={"µmol/L": Decimal(1) / Decimal("88.4")},
    plausible=(Decimal("0.1"), Decimal(30)),
)


def labs(*rows: tuple[str, float | str | None, str | None]) -> dict[str, list[object]]:
    return {
        "patient_id": ["1"] * len(rows),
        "on": [f"2020-01-{day + 1:02}" for day in range(len(rows))],
        "test": [test for test, _, _ in rows],
        "value": [value for _, value, _ in rows],
        "unit": [unit for _, _, unit in rows],
    }


def test_units_in_either_micro_sign_are_known(tmp_path: Path) -> None:
    rows = labs(
        ("CREAT", 1.0, "mg/dL"), ("Creatinine", 88.4, "µmol/L"), ("CREAT", 88.4, "μmol/L "), ("CREAT", None, "?")
    )
    assert said_of(tmp_path, LABS, rows, CREATININE) == ()


def test_unknown_units_are_named_and_counted(tmp_path: Path) -> None:
    rows = labs(("CREAT", 1.0, "g/kg"), ("CREAT", 2.0, None), ("Creatinine", 3.0, "g/kg"), ("ALT", 3.0, "U/L"))
    found = only(said_of(tmp_path, LABS, rows, CREATININE), "D033")
    expected = "measure CREAT: 3 of 3 values are in units it does not know: g/kg (2), no unit (1)"
    assert found.message == expected
    assert found.where == DataPlace("labs", "unit")


def test_implausible_values_in_the_measures_own_unit(tmp_path: Path) -> None:
    rows = labs(
        ("CREAT", 88.4, "mg/dL"),  # outside: it is in umol/L
        ("CREAT", 88.4, "µmol/L"),
        ("CREAT", 1.0, "µmol/L"),  # outside: it is in mg/dL
        ("CREAT", 30.0, "mg/dL"),
        ("ALT", 500.0, "mg/dL"),
    )
    found = only(said_of(tmp_path, LABS, rows, CREATININE), "D034")
    assert found.message == "measure CREAT: 2 of 4 values are outside the plausible range 0.1 to 30 mg/dL"
    assert found.where == DataPlace("labs", "value", (0, 2))


def test_units_and_plausible_values_of_an_analyte(tmp_path: Path) -> None:
    of = analyte("CREAT")
    measure = Measure("CREAT", "labs", "value", {"test": ("CREAT",)}, unit="mg/dL", unit_column="unit", analyte=of)
    rows = labs(("CREAT", 1.0, "MG/DL"), ("CREAT", 88.4, "umol/L"), ("CREAT", 88.4, "mg/dL"), ("CREAT", 1.0, "U/L"))
    found = said_of(tmp_path, LABS, rows, measure)
    assert [(f.code, f.message) for f in found] == [
        ("D033", "measure CREAT: 1 of 4 values are in units it does not know: U/L (1)"),
        ("D034", "measure CREAT: 1 of 4 values are outside the plausible range 0.113122 to 39.5928 mg/dL"),
    ]


def test_texts_that_are_no_number_are_counted(tmp_path: Path) -> None:
    measure = Measure("PLT", "labs", "value", {"test": ("PLT",)}, unit="10*9/L", analyte=analyte("PLT"))
    rows = labs(*(("PLT", text, None) for text in ("150", "<5", ">5000", "clotted", "1,5", "NA", None)))
    found = said_of(tmp_path, LABS, rows, measure)
    assert [(f.code, f.message) for f in found] == [
        ("D035", "measure PLT: 2 of 6 values are texts that are no number"),
        ("D034", "measure PLT: 1 of 6 values are outside the plausible range 1 to 3000 10*9/L"),
    ]


def test_measures_without_rows_or_values(tmp_path: Path) -> None:
    found = said_of(
        tmp_path, LABS, labs(("CREAT", None, None)), CREATININE, Measure("ALT", "labs", "value", {"test": ("ALT",)})
    )
    assert codes(found) == ["D032", "D031"]
    assert "CREAT" in found[0].message
    assert "ALT" in found[1].message


def test_measures_of_text_and_of_a_column_without_selection(tmp_path: Path) -> None:
    patients = pl.DataFrame({"patient_id": ["1", "2"], "ecog": [1, 7], "er": ["pos", None]})
    measures = (Measure("ECOG", PATIENTS, "ecog", plausible=(Decimal(0), Decimal(5))), Measure("ER", PATIENTS, "er"))
    found = only(conform(cohort(tmp_path, dictionary(measures=measures), patients=patients)), "D034")
    assert found.message == "measure ECOG: 1 of 2 values are outside the plausible range 0 to 5"


def test_counts_do_not_hang_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        labs(("CREAT", 88.4, "mg/dL"), ("CREAT", 1.0, "x"), ("ALT", float("nan"), None), ("CREAT", None, None))
    )
    first = said_of(tmp_path, LABS, rows.to_dict(), CREATININE)
    for seed in range(3):
        again = said_of(tmp_path, LABS, rows.sample(fraction=1, shuffle=True, seed=seed).to_dict(), CREATININE)
        assert [(f.code, f.message) for f in again] == [(f.code, f.message) for f in first]


def test_a_file_damaged_inside_is_one_error(tmp_path: Path) -> None:
    frame = pl.DataFrame({"patient_id": [str(n) for n in range(20_000)], "x": [n * 0.37 for n in range(20_000)]})
    tables = cohort(tmp_path, dictionary(), patients=frame)
    path = tmp_path / "patients.parquet"
    contents = bytearray(path.read_bytes())
    contents[100:4000] = b"\xff" * 3900
    path.write_bytes(contents)
    found = conform(tables)
    assert codes(found) == ["D003"]
    assert found[0].where == DataPlace(PATIENTS)
