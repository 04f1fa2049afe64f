"""Tables of reference limits: their lines in the units of measures, and all that is wrong with them at once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from stratify.data import CohortTables, conform, open_cohort, open_references, with_fallback
from stratify.diagnostics import DataPlace, ExitCode, Finding, Severity, StratifyError
from stratify.model.analytes import analyte
from stratify.model.dictionary import PATIENTS, Dictionary, Grain, Measure, Reference, Table
from stratify.model.expression import ColumnRef
from stratify.model.fallback import Fallback, FallbackKey, FallbackLine
from unit.data.cohorts import codes, dictionary

PEOPLE = "patient_id,sex,site,born\n1,female,007,1980\n2,male,008,1980\n"
LABS = "patient_id,test,value\n1,ALT,20\n"
HEADER = "test,site,sex,from,to,low,high,unit"
WORDS = {"female": "female", "F": "female", "male": "male", "M": "male"}
FALLBACK = Fallback(
    "limits",
    "test",
    "low",
    "high",
    "unit",
    FallbackKey("site", ColumnRef(PATIENTS, "site")),
    FallbackKey("sex", ColumnRef(PATIENTS, "sex"), WORDS),
    "from",
    "to",
)
SAID = replace(
    dictionary(
        Table("labs"),
        measures=(
            Measure("ALT", "labs", "value", {"test": ("ALT",)}, "U/L", aliases=("GPT",), analyte=analyte("ALT")),
            Measure("CREAT", "labs", "value", {"test": ("CREAT",)}, "umol/L", analyte=analyte("CREAT")),
            Measure("INR", "labs", "value", {"test": ("INR",)}),
        ),
        patients=Table(PATIENTS, grain=Grain.ONE, birth="born"),
    ),
    references={"limits": Reference("limits")},
    fallback=FALLBACK,
)


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    for name, text in (("patients", PEOPLE), ("labs", LABS), ("limits", "\n".join((header, *lines)) + "\n")):
        (folder / f"{name}.csv").write_text(text)
    return folder


def lines_of(folder: Path, *lines: str, said: Dictionary = SAID) -> tuple[FallbackLine, ...]:
    found = open_cohort(written(folder, *lines), said).dictionary.fallback
    assert found is not None
    assert found.lines is not None
    return found.lines


def failure(folder: Path, *lines: str, header: str = HEADER, said: Dictionary = SAID) -> tuple[Finding, ...]:
    with pytest.raises(StratifyError) as caught:
        open_cohort(written(folder, *lines, header=header), said)
    assert caught.value.exit_code is ExitCode.BAD_DATA
    return caught.value.findings


def suspect(tables: CohortTables) -> list[Finding]:
    """What is said of the table of limits alone: measures without a row have findings of their own."""
    return [finding for finding in conform(tables) if finding.code.startswith("D05")]


def test_lines_are_plain_values_in_the_unit_of_their_measure(tmp_path: Path) -> None:
    assert lines_of(
        tmp_path,
        "ALT,007,F,18,,5,35,U/L",
        "GPT,,male,,17.0,,0.5,ukat/L",
        "CREAT,,,,,,1.5,mg/dL",
        "INR,,,,,0.9,1.1,",
        "INR,008,,0,999,,,",
    ) == (
        FallbackLine(0, "ALT", Fraction(5), Fraction(35), "007", "female", 18),
        FallbackLine(1, "ALT", None, Fraction(30), None, "male", None, 17),
        FallbackLine(2, "CREAT", None, Fraction("132.6")),
        FallbackLine(3, "INR", Fraction("0.9"), Fraction("1.1")),
        FallbackLine(4, "INR", site="008", age_from=0, age_to=999),
    )


def test_without_a_column_of_units_limits_are_in_the_measures_unit(tmp_path: Path) -> None:
    said = replace(SAID, fallback=replace(FALLBACK, unit=None))
    assert lines_of(tmp_path, "CREAT,,,,,,110,mg/dL", said=said) == (FallbackLine(0, "CREAT", None, Fraction(110)),)


def test_sites_and_sexes_are_text_also_where_a_file_has_numbers(tmp_path: Path) -> None:
    tables = open_cohort(written(tmp_path, "ALT,007,,,,,40,U/L"), SAID)
    assert tables.patients.collect().get_column("site").to_list() == ["007", "008"]
    assert suspect(tables) == []
    (tmp_path / "patients.csv").unlink()
    people = pl.DataFrame({"patient_id": ["1"], "site": [7], "sex": ["F"], "born": ["1980"]})
    people.write_parquet(tmp_path / "patients.parquet")
    assert open_cohort(tmp_path, SAID).patients.collect().get_column("site").to_list() == ["7"]


def test_all_that_is_wrong_is_said_at_once_with_its_lines(tmp_path: Path) -> None:
    found = failure(
        tmp_path,
        ",,,,,5,35,U/L",  # no measure
        "ALAT,,,x,,y,z,odd",  # no measure of the dictionary: passed over, whatever it holds
        'ALT,,,,,,"<40",U/L',
        "ALT,,,,,n.a.,40,U/L",
        "ALT,,F,18 y,,,40,U/L",
        "ALT,,F,17.5,,,40,U/L",
        "ALT,,F,,1000,,40,U/L",
        "ALT,,F,-1,,,40,U/L",
        "ALT,,F,,,,40,mg/dL",
        "ALT,,F,,,,40,",
        "INR,,F,,,,1.1,g/L",
        "ALT,,f,,,,40,U/L",
        "ALT,,F,,,40,5,U/L",
        "ALT,,F,64,18,5,40,U/L",
        "ALT,,F,,,1E999999,40,U/L",
    )
    said = [(f.code, f.severity, f.where) for f in found]
    error, warning = Severity.ERROR, Severity.WARNING
    assert said == [
        ("D050", error, DataPlace("limits", "test", (0,))),
        ("D051", warning, DataPlace("limits", "test", (1,))),
        ("D052", error, DataPlace("limits", "high", (2,))),
        ("D052", error, DataPlace("limits", "low", (3, 14))),
        ("D052", error, DataPlace("limits", "from", (4, 5, 7))),
        ("D052", error, DataPlace("limits", "to", (6,))),
        ("D053", error, DataPlace("limits", "unit", (8,))),
        ("D053", error, DataPlace("limits", "unit", (9,))),
        ("D053", error, DataPlace("limits", "unit", (10,))),
        ("D054", error, DataPlace("limits", "sex", (11,))),
        ("D055", error, DataPlace("limits", "low", (12,))),
        ("D055", error, DataPlace("limits", "from", (13,))),
    ]
    assert all(finding.why and finding.hint for finding in found)
    assert found[1].hint == 'did you mean "ALT"?'
    assert found[3].message == "2 lines of limits: the limit is not a number"


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("ALT,,F,,,,35,U/L", "ALT,,M,,,,45,U/L", False),
        ("ALT,,F,,,,35,U/L", "ALT,,,,,,45,U/L", True),
        ("ALT,007,F,,,,35,U/L", "ALT,008,,,,,45,U/L", False),
        ("ALT,007,F,,,,35,U/L", "GPT,,female,,,,45,U/L", True),
        ("ALT,,,0,17,,35,U/L", "ALT,,,18,,,45,U/L", False),
        ("ALT,,,0,18,,35,U/L", "ALT,,,18,,,45,U/L", True),
        ("ALT,,,,18,,30,U/L", "ALT,,,18,,,0.5,ukat/L", False),  # the same limit
        ("ALT,,,,,5,,U/L", "ALT,,,,,,45,U/L", False),
        ("ALT,,,,,5,45,U/L", "ALT,,,,,6,45,U/L", True),
        ("ALT,,,,,,45,U/L", "INR,,,,,,1,", False),
    ],
)
def test_lines_of_the_same_patients_with_different_limits(tmp_path: Path, one: str, other: str, meet: bool) -> None:
    if not meet:
        assert len(lines_of(tmp_path, one, other)) == 2
        return
    (finding,) = failure(tmp_path, one, other)
    assert (finding.code, getattr(finding.where, "rows", None)) == ("D056", (0, 1))
    assert finding.message == "2 lines of ALT apply to the same patients with different limits"


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    found = failure(tmp_path, header="test,site,Sex,from,to,low,unit")
    assert codes(found) == ["D005", "D005"]
    assert "ref_fallback, high" in found[0].message
    assert found[1].hint == 'did you mean "Sex"?'
    gone = replace(FALLBACK, site=FallbackKey("site", ColumnRef(PATIENTS, "centre")))
    (finding,) = failure(tmp_path, "ALT,,,,,,40,U/L", said=replace(SAID, fallback=gone))
    assert (finding.code, finding.where) == ("D005", DataPlace(PATIENTS))


def test_lines_of_no_measure_are_a_warning(tmp_path: Path) -> None:
    tables = open_cohort(written(tmp_path, "ALT,,F,,,,40,U/L", "GGT,,F,,,,40,U/L", "GGT,,M,,,,60,U/L"), SAID)
    (finding,) = suspect(tables)
    assert (finding.code, finding.severity) == ("D051", Severity.WARNING)
    assert finding.where == DataPlace("limits", "test", (1, 2))


def test_words_that_no_patient_has_are_a_warning(tmp_path: Path) -> None:
    plain = replace(FALLBACK, sex=FallbackKey("sex", ColumnRef(PATIENTS, "sex")))
    said = replace(SAID, fallback=plain)
    (finding,) = suspect(open_cohort(written(tmp_path, "ALT,,F,,,,40,U/L", "ALT,,M,,,,45,U/L"), said))
    assert (finding.code, finding.severity, finding.where) == ("D057", Severity.WARNING, DataPlace("limits", "sex"))
    assert suspect(open_cohort(written(tmp_path, "ALT,,F,,,,40,U/L", "ALT,,female,,,,40,U/L"), said)) == []
    (finding,) = suspect(open_cohort(written(tmp_path, "ALT,7,,,,,40,U/L"), SAID))
    assert finding.where == DataPlace("limits", "site")


def test_without_its_table_a_dictionary_stays_as_it_is(tmp_path: Path) -> None:
    references = open_references(written(tmp_path, "ALT,,,,,,40,U/L"), SAID)
    assert with_fallback(SAID, {}) is SAID
    read = with_fallback(SAID, references).fallback
    assert read is not None
    assert read.lines == (FallbackLine(0, "ALT", None, Fraction(40)),)
    assert with_fallback(dictionary(), references) == dictionary()
