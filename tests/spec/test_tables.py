"""Tables.

What goes in and what comes out: one answer for each patient, whatever the files look like and whoever is missing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

from spec.drawing import drawn
from spec.files import write
from spec.harness import spec
from stratify.data import conform, open_cohort
from stratify.diagnostics import DataPlace, Finding, Severity, StratifyError
from stratify.protocol import parse_dictionary


def test_line_43_one_row_out_for_each_patient_in() -> None:
    """However many rows a patient has in other tables, or none: joins never multiply and never lose."""
    screened = spec(
        """
        diagnosed: {exists: diagnoses, code: X}
        treated: {exists: treatments}
        ALT low: {measure: ALT, take: all, is: "<= 100 U/L"}
        older than 40: {age: years, at: c1d1, is: "> 40"}
        """,
        """
        patient | birth      || diagnosed | treated | ALT low     | older than 40
        1       | 1980-01-01 || T         | T       | T           | T
        2       | 1990-01-01 || F         | F       | (no_record) | F
        3       |            || F         | T       | F           | (null_date)
        """,
        diagnoses="""
        patient | date   | code
        1       | day -9 | X
        1       | day -8 | X
        1       | day -8 | X
        """,
        treatments="""
        patient | date
        1       | day -9
        1       | day -8
        3       | day -7
        """,
        labs="""
        patient | date   | value
        1       | day -9 | 20
        1       | day -9 | 30
        1       | day -8 | 40
        3       | day -8 | 400
        """,
    )
    assert screened.frame.get_column("patient_id").to_list() == [1, 2, 3]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_43_no_patients_in_no_rows_out(form: str) -> None:
    """An empty cohort is screened like any other, and comes to nobody."""
    screened = spec(
        "ALT low: {measure: ALT, is: '<= 100 U/L'}",
        "patient | birth || ALT low",
        labs="""
        patient | date   | value
        9       | day -9 | 20
        """,
        form=form,
    )
    assert screened.frame.height == 0


EMPTY = {
    "typed": {
        "diagnoses.date": pa.date32(),
        "history.date": pa.timestamp("us"),
        "treatments.date": pa.date32(),
        "treatments.end": pa.date32(),
        "labs.date": pa.date32(),
        "labs.value": pa.float64(),
        "labs.uln": pa.float64(),
        "diagnoses.code": pa.string(),
    },
    "null typed": {
        f"{table}.{column}": pa.null()
        for table in ("diagnoses", "history", "treatments", "labs")
        for column in ("date", "end", "code", "status", "value", "uln", "lln")
    },
}


@pytest.mark.parametrize(
    ("form", "types"),
    [("csv", {}), *((form, types) for form in ("parquet", "ipc", "ipc_stream") for types in EMPTY.values())],
    ids=["csv", *(f"{form} {kind}" for form in ("parquet", "ipc", "ipc_stream") for kind in EMPTY)],
)
def test_line_44_a_table_that_is_empty_for_everybody(form: str, types: dict[str, pa.DataType]) -> None:
    """It answers as a table that has rows, but none for this patient, whatever types its columns have.

    A complete table says "no", another one nothing.
    """
    spec(
        """
        diagnosed: {exists: diagnoses, code: X, by: c1d1}
        in history: {exists: history, code: X, by: c1d1}
        counted: {count: diagnoses, by: c1d1, is: "== 0"}
        washed out: {gap: treatments, from: end_date, none: infinite, is: ">= 21 d"}
        latest: {measure: ALT, within: [-14, 0], is: "<= 3 xULN"}
        all: {measure: ALT, take: all, is: "<= 100 U/L"}
        where: {exists: diagnoses, where: {field: code, is: "== X"}}
        """,
        """
        patient || diagnosed | in history  | counted | washed out | latest      | all         | where
        1       || F         | (no_record) | T       | T          | (no_record) | (no_record) | F
        2       || F         | (no_record) | T       | T          | (no_record) | (no_record) | F
        """,
        form=form,
        types=types,
    )


def test_line_44_a_table_without_rows_for_a_patient() -> None:
    """The same, in tables that have rows for somebody else."""
    spec(
        """
        diagnosed: {exists: diagnoses, code: X, by: c1d1}
        in history: {exists: history, code: X, by: c1d1}
        counted: {count: diagnoses, by: c1d1, is: "== 0"}
        washed out: {gap: treatments, from: end_date, none: infinite, is: ">= 21 d"}
        latest: {measure: ALT, within: [-14, 0], is: "<= 3 xULN"}
        all: {measure: ALT, take: all, is: "<= 100 U/L"}
        """,
        """
        patient || diagnosed | in history  | counted | washed out | latest      | all
        1       || F         | (no_record) | T       | T          | (no_record) | (no_record)
        2       || T         | T           | F       | F          | T           | T
        """,
        diagnoses="""
        patient | date   | code
        2       | day -9 | X
        """,
        history="""
        patient | date   | code
        2       | day -9 | X
        """,
        treatments="""
        patient | date    | end
        2       | day -90 | day -9
        """,
        labs="""
        patient | date   | value | uln
        2       | day -9 | 20    | 40
        """,
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_44_columns_in_which_everything_is_null(form: str) -> None:
    """A row is there, and says nothing: its value, code and date are unknown, not absent."""
    spec(
        """
        diagnosed: {exists: diagnoses, code: X, by: c1d1}
        ever: {exists: diagnoses}
        washed out: {gap: treatments, from: end_date, none: infinite, is: ">= 21 d"}
        latest: {measure: ALT, is: "<= 3 xULN"}
        sex: {value: patients.sex, is: "== female"}
        """,
        """
        patient | sex || diagnosed   | ever | washed out  | latest       | sex
        1       |     || (null_date) | T    | (null_date) | (null_value) | (null_value)
        """,
        diagnoses="""
        patient | date | code
        1       |      |
        """,
        treatments="""
        patient | date | end
        1       |      |
        """,
        labs="""
        patient | date | value | uln
        1       |      |       |
        """,
        form=form,
        types={
            f"{table}.{column}": pa.null()
            for table in ("patients", "diagnoses", "treatments", "labs")
            for column in ("sex", "date", "end", "code", "value", "uln")
        },
    )


ORPHANS = """
        patient | date   | code
        1       | day -9 | X
        7       | day -9 | X
        7       | day -8 | X
        8       | day -8 | Y
        """


def test_line_45_an_orphan_is_not_screened_but_counted_and_listed() -> None:
    """Patients 7 and 8 have diagnoses, but the table of patients does not know them."""
    screened = spec(
        """
        diagnosed: {exists: diagnoses, code: X}
        """,
        """
        patient || diagnosed
        1       || T
        2       || F
        """,
        diagnoses="""
        patient | date   | code
        1       | day -9 | X
        7       | day -9 | X
        7       | day -8 | X
        8       | day -8 | Y
        """,
    )
    assert screened.frame.get_column("patient_id").to_list() == [1, 2]
    orphans = _only(screened.findings, "D022")
    assert orphans.severity is Severity.WARNING
    assert "2 patients" in orphans.message
    assert "3 rows" in orphans.message
    assert _place(orphans) == ("diagnoses", ("7", "8"))


def test_line_45_an_orphan_is_an_error_when_strict() -> None:
    """Who asked for strictness wants every row to belong to a patient."""
    screened = spec(
        "diagnosed: {exists: diagnoses, code: X}",
        """
        patient || diagnosed
        1       || T
        2       || F
        """,
        diagnoses=ORPHANS,
        strict=True,
    )
    assert _only(screened.findings, "D022").severity is Severity.ERROR


def _only(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def _place(finding: Finding) -> tuple[str, tuple[str, ...]]:
    assert isinstance(finding.where, DataPlace)
    return finding.where.table, finding.where.patients


TWO_TABLES = """
format: stratify-dictionary/1
tables:
  patients: {}
  labs: {}
"""


NO_ID = """
patient | x
a       | 1
        | 2
        | 3
"""


def _opened(form: str, types: dict[str, pa.DataType], **tables: str) -> tuple[Finding, ...]:
    dictionary = parse_dictionary(TWO_TABLES)
    with tempfile.TemporaryDirectory() as folder:
        for name, table in dictionary.tables.items():
            write(Path(folder), table, drawn(tables.get(name, "patient | x")), form, types)
        return conform(open_cohort(Path(folder), dictionary))


@pytest.mark.parametrize("form", ["csv", "parquet", "ipc"])
def test_line_46_duplicate_and_null_patient_ids_are_errors(form: str) -> None:
    """Which of two rows is the patient's, nobody knows: the finding names the rows (from 0) and the ids."""
    twice = _only(_opened(form, {}, patients="patient | x\n a | 1\n b | 2\n a | 3"), "D021")
    assert twice.severity is Severity.ERROR
    assert isinstance(twice.where, DataPlace)
    assert (twice.where.rows, twice.where.patients) == ((0, 2), ("a",))
    missing = [found for found in _opened(form, {}, patients=NO_ID, labs=NO_ID) if found.code == "D020"]
    assert [found.where for found in missing] == [DataPlace(t, "patient_id", (1, 2)) for t in ("patients", "labs")]
    assert {found.severity for found in missing} == {Severity.ERROR}


def test_line_46_ids_of_different_types_are_errors() -> None:
    """As text "007" and "7" are two patients, as numbers they are one; no file may leave that to chance."""
    with pytest.raises(StratifyError) as caught:
        _opened(
            "parquet", {"labs.patient_id": pa.int64()}, patients="patient | x\n 007 | 1", labs="patient | x\n 7 | 1"
        )
    (finding,) = caught.value.findings
    assert finding.code == "D011"
    assert isinstance(finding.where, DataPlace)
    assert finding.where.table == "labs"
    assert "String in table patients" in finding.message
    assert "Int64 in table labs" in finding.message


def test_line_46_leading_zeros_are_part_of_an_id() -> None:
    """In a file of text too, where "007" beside "7" looks like a number."""
    spec(
        "diagnosed: {exists: diagnoses}",
        """
        patient || diagnosed
        007     || T
        7       || F
        """,
        diagnoses="""
        patient | date
        007     | day -3
        """,
    )
