"""Whatever is wrong with the input: one clear finding, no value of a patient, and nothing lost that was written."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from functional.commands import (
    COLUMNS,
    PLANTED_NUMBER,
    PLANTED_TEXT,
    Here,
    Rows,
    assert_silent_about_patients,
    contents,
    csv_text,
    edit,
    patients,
    stratify,
)

Break = Callable[[Path], None]
BOMB = "format: stratify/1\nb0: &b0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


def replaced(name: str, old: str, new: str) -> Break:
    """A break of the study: another text in one of its files."""
    return lambda study: edit(study / name, old, new)


def written(name: str, text: str | bytes) -> Break:
    """A break of the study: a file with other contents."""
    return lambda study: (study / name).write_bytes(text.encode() if isinstance(text, str) else text) and None


def cells(column: str, *values: str) -> Break:
    """A break of the data: other values in a column, from the first patient on."""

    def act(study: Path) -> None:
        rows = patients()
        for row, value in zip(rows, values, strict=False):
            row[column] = value
        write_patients(study, rows)

    return act


def write_patients(study: Path, rows: Rows, columns: tuple[str, ...] = COLUMNS) -> None:
    (study / DATA).write_text(csv_text(rows, columns), encoding="utf-8")


def mixed_keys(study: Path) -> None:
    """Ids are numbers in one table and text in the other, in files that say their types."""
    pl.DataFrame({"id": [1, 2], "age": [40, 50], "trt": ["A", "B"]}).write_parquet(study / "data/patients.parquet")
    pl.DataFrame({"id": ["1", PLANTED_TEXT], "term": ["a", "b"]}).write_parquet(study / "data/events.parquet")
    (study / "data/dictionary.yaml").write_text(
        "format: stratify-dictionary/1\nkey: id\ntables:\n"
        "  patients: {file: patients.parquet, grain: one}\n  events: {file: events.parquet, grain: many}\n",
        encoding="utf-8",
    )


def damaged_parquet(study: Path) -> None:
    """The footer of the file is sound, the pages of a column are not: opening it shows nothing."""
    table = pl.DataFrame({name: [row[name] for row in patients()] for name in COLUMNS})
    path = study / "data/patients.parquet"
    table.cast({"id": pl.Int64, "age": pl.Int64, "time": pl.Float64, "status": pl.Int64}).write_parquet(path)
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    path.write_bytes(data)
    edit(study / "data/dictionary.yaml", "patients.csv", "patients.parquet")


def renamed(old: str, new: str) -> Break:
    """A break of the study: a file under another name."""
    return lambda study: (study / old).rename(study / new) and None


def both(*acts: Break) -> Break:
    """One break after the other."""

    def act(study: Path) -> None:
        for one in acts:
            one(study)

    return act


def short_line(study: Path) -> None:
    with (study / "data/patients.csv").open("a", encoding="utf-8") as file:
        file.write(f'99,"{PLANTED_TEXT}",{PLANTED_NUMBER}\n')


def unknown_reference(study: Path) -> None:
    plan = study / "study.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("reference: A", "reference: C"), encoding="utf-8")


STUDY, RULES, DICTIONARY, DATA = "study.yaml", "rules/tiny.yaml", "data/dictionary.yaml", "data/patients.csv"
KM = "kind: survival, endpoint: os, reference: A"
FAULTS: dict[str, tuple[Break, int, str, str]] = {
    # what is wrong: (how, exit code, finding, words of its message)
    "wrong YAML": (replaced(RULES, "title: Made-up patients}", "title: [}"), 1, "P004", "tiny.yaml:2:27:"),
    "wrong YAML in the plan": (replaced(STUDY, "output: out/", "output: out/\n  x: ["), 1, "P004", "study.yaml:11:4:"),
    "a YAML bomb": (written(RULES, BOMB), 1, "P0", "anchor"),
    "a YAML bomb as dictionary": (written(DICTIONARY, BOMB), 1, "P0", "anchor"),
    "data out of the study folder": (replaced(STUDY, "cohort: data/", "cohort: ../../data/"), 1, "S001", "`cohort`"),
    "output out of the study folder": (replaced(STUDY, "output: out/", "output: /etc/out"), 1, "S001", "`output`"),
    "a table out of its folder": (replaced(DICTIONARY, "patients.csv", "../x.csv"), 1, "S001", "dictionary.yaml:4:20"),
    "a link out of its folder": (
        both(renamed(DATA, "patients.csv"), lambda study: (study / DATA).symlink_to(study / "patients.csv")),
        3,
        "D004",
        "patients.csv",
    ),
    "Parquet by name, text by contents": (
        both(renamed(DATA, "data/patients.parquet"), replaced(DICTIONARY, "patients.csv", "patients.parquet")),
        3,
        "D002",
        "patients.parquet is named like Parquet but is text",
    ),
    "CSV by name, a spreadsheet by contents": (
        written(DATA, b"PK\x03\x04" + bytes(60)),
        3,
        "D002",
        "zip archive (perhaps a spreadsheet)",
    ),
    "an empty file": (written(DATA, ""), 3, "D003", "patients.csv is empty"),
    "a damaged file": (damaged_parquet, 3, "D003", "table patients"),
    "a missing file": (renamed(DATA, "data/patient.csv"), 3, "D001", 'did you mean "patient.csv"?'),
    "a short line": (short_line, 3, "D006", "patients.csv:26:1"),
    "a column that a rule misses": (replaced(RULES, "patients.age", "patients.agee"), 1, "P", 'did you mean "age"?'),
    "a column that the dictionary misses": (replaced(DICTIONARY, "key: id", "key: idd"), 3, "D005", "no column idd"),
    "a column that an endpoint misses": (
        replaced(STUDY, "patients.status", "patients.statos"),
        1,
        "A002",
        'did you mean "status"?',
    ),
    "a biomarker that is not there": (replaced(STUDY, "biomarker: group", "biomarker: grup"), 1, "A001", '"group"?'),
    "a biomarker that is a measurement": (
        both(
            cells("income", *(f"{i}.25" for i in range(24))), replaced(STUDY, "biomarker: group", "biomarker: income")
        ),
        1,
        "A006",
        '"income" is a number with many values',
    ),
    "text where a rule wants a number": (cells("age", PLANTED_TEXT), 1, "P", "age"),
    "a patient twice": (cells("id", "7", "7"), 3, "D021", "1 patient id more than once"),
    "a patient without id": (cells("id", ""), 3, "D020", "no patient id in 1 row"),
    "ids of two types": (mixed_keys, 3, "D011", "Int64 in table patients"),
    "a negative time": (cells("time", f"-{PLANTED_NUMBER}"), 3, "A005", "negative or not finite for 1 eligible"),
    "events coded 1 and 2": (cells("status", *(["1", "2"] * 12)), 3, "A004", "found: 1, 2"),
    "events coded in words": (cells("status", PLANTED_TEXT), 3, "A004", "found: text"),
    "a time in words": (cells("time", PLANTED_TEXT), 3, "A003", "not of numbers"),
    "a reference that nobody has": (unknown_reference, 1, "A007", '"C" is no level of "arm"'),
    "a horizon beyond follow-up": (replaced(STUDY, KM, f"{KM}, rmst: 9999"), 1, "A008", "beyond follow-up"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_clear_finding_and_nothing_lost(fault: str, tiny: Path, here: Here) -> None:
    act, code, finding, words = FAULTS[fault]
    act(tiny)
    before = contents(tiny)
    answer = here("run", "study/study.yaml")
    assert answer.code == code, answer.err
    assert f"error {finding}" in answer.err
    assert words in answer.err
    assert "do:" in answer.err, "what to do about it"
    assert answer.out == ""
    assert_silent_about_patients(answer)
    assert contents(tiny) == before, "the old result is there, byte for byte, and nothing beside it"


@pytest.mark.parametrize("fault", ["a damaged file", "a patient twice", "a short line"])
def test_the_same_holds_for_screening(fault: str, tiny: Path, here: Here) -> None:
    FAULTS[fault][0](tiny)
    before = contents(tiny)
    answer = here("screen", "study/rules/tiny.yaml", "--data", "study/data", "--out", "study/out")
    assert answer.code == 3
    assert f"error {FAULTS[fault][2]}" in answer.err
    assert_silent_about_patients(answer)
    assert contents(tiny) == before


# --- legal but degenerate: an answer that says what cannot be estimated --------------------------------------------


def statistics(study: Path) -> list[dict[str, Any]]:
    rows = json.loads((study / "out/results.json").read_text(encoding="utf-8"))
    assert isinstance(rows, list)
    return rows


def effect(study: Path, analysis: str = "km", **where: str) -> dict[str, Any]:
    found = [
        row
        for row in statistics(study)
        if (row["analysis"], row["statistic"]) == (analysis, "hazard_ratio")
        and all(row[name] == value for name, value in where.items())
    ]
    assert found, f"{analysis} has no hazard ratio where {where}"
    return found[0]


def run_with(study: Path, here: Here, act: Break) -> str:
    act(study)
    answer = here("run", "study/study.yaml")
    assert answer.code == 0, answer.err
    assert_silent_about_patients(answer)
    return answer.err


def test_a_table_without_rows(tiny: Path, here: Here) -> None:
    said = run_with(tiny, here, lambda study: write_patients(study, []))
    assert "D023: the table has no rows" in said
    assert {(row["statistic"], row["note"]) for row in statistics(tiny)} == {("not_done", "no eligible patients")}


def test_times_that_are_no_number_are_left_out_and_counted(tiny: Path, here: Here) -> None:
    said = run_with(tiny, here, cells("time", "NaN", "inf", "-inf", ""))
    assert "D024: 3 of 24 rows hold NaN or an infinity" in said
    rows = [row for row in statistics(tiny) if row["analysis"] == "km" and row["group"] is None]
    assert {row["statistic"]: row["value"] for row in rows if row["statistic"] in {"n", "excluded"}} == {
        "n": 20,
        "excluded": 4,
    }


def test_an_arm_with_nobody(tiny: Path, here: Here) -> None:
    """The arm B has patients, but none is an adult."""
    run_with(tiny, here, cells("age", *(["12", "40"] * 12)))
    row = effect(tiny)
    assert (row["group"], row["versus"], row["value"]) == ("B", "A", None)
    assert "B" in row["note"]


def test_an_arm_without_an_event_is_a_ratio_of_zero_with_no_wald_interval(tiny: Path, here: Here) -> None:
    """Patients 1, 3, ... are in arm B: without events there the likelihood rises as the ratio falls to 0."""
    run_with(tiny, here, cells("status", *(["0", "1"] * 12)))
    rows = [row for row in statistics(tiny) if row["analysis"] == "km" and row["versus"] == "A"]
    by_name = {row["statistic"]: row for row in rows}
    assert by_name["hazard_ratio"]["value"] == 0
    assert by_name["hazard_ratio"]["note"].startswith("monotone likelihood")
    assert by_name["ci_lower"]["value"] in {0, None}
    assert 0 < by_name["ci_upper"]["value"] < 1
    assert "standard_error" not in by_name


def test_monotone_likelihood_is_an_infinite_ratio(tiny: Path, here: Here) -> None:
    """Only arm B has events: JSON has no infinity, so the value is null and the note says infinite."""
    run_with(tiny, here, cells("status", *(["1", "0"] * 12)))
    row = effect(tiny)
    assert row["value"] is None
    assert row["note"].startswith("infinite")


def test_nobody_has_the_event(tiny: Path, here: Here) -> None:
    run_with(tiny, here, cells("status", *(["0"] * 24)))
    row = effect(tiny)
    assert row["value"] is None
    assert "no events" in row["note"]


def test_a_constant_biomarker(tiny: Path, here: Here) -> None:
    run_with(tiny, here, cells("group", *(["x"] * 24)))
    test = [
        r
        for r in statistics(tiny)
        if (r["analysis"], r["statistic"]) == ("pred", "p_value") and "=" not in (r["stratum"] or "")
    ]
    assert [row["value"] for row in test] == [None]
    assert test[0]["note"]


def test_a_biomarker_that_is_the_arm_itself(tiny: Path, here: Here) -> None:
    """Perfectly collinear: in each level there is only one arm."""
    run_with(tiny, here, cells("group", *(["q", "p"] * 12)))
    ratios = [
        r
        for r in statistics(tiny)
        if (r["analysis"], r["statistic"]) == ("pred", "hazard_ratio") and r["versus"] == "A"
    ]
    assert ratios
    assert all(row["value"] is None and row["note"] for row in ratios)


# --- text that would act if it were let ----------------------------------------------------------------------------

FORMULA = '=HYPERLINK("http://example.org","x")'
MARKUP = "<script>alert(1)</script>"


def test_a_formula_in_a_cell_stays_text(tiny: Path, here: Here) -> None:
    run_with(tiny, here, cells("group", FORMULA, FORMULA, FORMULA, FORMULA))
    named = {row["stratum"] for row in statistics(tiny)}
    assert f"group={FORMULA}" in named
    report = (tiny / "out/report.html").read_text(encoding="utf-8")
    assert "=HYPERLINK(&#34;http://example.org&#34;" in report
    assert 'HYPERLINK("' not in report


def test_html_in_a_label_is_escaped_in_the_report(tiny: Path, here: Here) -> None:
    run_with(tiny, here, cells("trt", *([MARKUP, "A"] * 12)))
    report = (tiny / "out/report.html").read_text(encoding="utf-8")
    assert MARKUP not in report
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report
    assert {row["group"] for row in statistics(tiny) if row["versus"] == "A"} == {MARKUP}, "other tools get the text"


def test_html_in_a_patient_id_is_escaped_in_the_report(tiny: Path, here: Here) -> None:
    """An id gets into the report by a finding: a row of events of a patient whom nobody knows."""

    def act(study: Path) -> None:
        (study / "data/events.csv").write_text(f'id,term\n"{MARKUP}",x\n', encoding="utf-8")
        with (study / "data/dictionary.yaml").open("a", encoding="utf-8") as file:
            file.write("  events: {file: events.csv, grain: many}\n")

    assert "D022" in run_with(tiny, here, act)
    report = (tiny / "out/report.html").read_text(encoding="utf-8")
    assert MARKUP not in report
    assert "D022" in report


def test_a_control_sequence_in_a_label_does_not_reach_the_terminal(tiny: Path, here: Here) -> None:
    cells("trt", *(["\x1b[31mB\x1b[0m", "A"] * 12))(tiny)
    answer = here("run", "study/study.yaml")
    assert answer.code == 0
    assert "\x1b" not in answer.said


# --- where the result goes -----------------------------------------------------------------------------------------


def test_the_output_folder_is_a_file(tiny: Path, here: Here) -> None:
    (tiny / "taken").write_text("mine", encoding="utf-8")
    answer = here("run", "study/study.yaml", "--out", "study/taken")
    assert answer.code == 2
    assert 'R010: "taken" is a file' in answer.err
    assert (tiny / "taken").read_text(encoding="utf-8") == "mine"


def test_an_output_below_a_file(tiny: Path, here: Here) -> None:
    before = contents(tiny)
    answer = here("run", "study/study.yaml", "--out", "study/study.yaml/out")
    assert answer.code == 2
    assert "R012" in answer.err
    assert contents(tiny) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind the system's superuser")
def test_an_output_that_is_read_only(tiny: Path, here: Here) -> None:
    (tiny / "locked").mkdir()
    (tiny / "locked").chmod(0o500)
    answer = here("run", "study/study.yaml", "--out", "study/locked/out")
    (tiny / "locked").chmod(0o700)
    assert answer.code == 2
    assert 'R012: "out" cannot be written to' in answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of POSIX systems")
def test_no_room_for_the_output_leaves_the_old_one(tiny: Path) -> None:
    """Files of at most 1000 bytes stand for a full disk."""
    import resource

    before = contents(tiny)
    answer = stratify(
        "run",
        "study/study.yaml",
        cwd=tiny.parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert answer.code == 2, answer.said
    assert 'R012: "out" cannot be written to' in answer.err
    assert_silent_about_patients(answer)
    assert contents(tiny) == before
