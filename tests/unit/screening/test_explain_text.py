"""What the explanation of a patient says in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from stratify.data import open_cohort
from stratify.protocol import parse_dictionary, parse_protocol
from stratify.screening import PatientExplanation, explain
from stratify.screening.explain import CriterionExplanation

DICTIONARY = parse_dictionary(
    """
format: stratify-dictionary/1
tables:
  patients: {dates: [c1d1]}
  events: {date: date, code: code, dates: [reported]}
  visits: {date: date}
  labs: {date: date}
measures: {ALT: {table: labs, rows: {test: ALT}, value: value}}
"""
)
FILES = {
    "patients": ("patient_id,c1d1", "6,2026-04-20", "7,2026-04-20"),
    "events": (
        "patient_id,date,code,grade,reported",
        "6,2026-01-01,A1,4,2026-01-02",
        "7,2026-04-01,A1,3,2026-04",
        "7,2026-04-02,,,",
    ),
    "visits": ("patient_id,date,kind", "7,2026-04-01,x", "7,2026-04-01,x", "7,2026-04-01,x"),
    "labs": ("patient_id,date,test,value", "7,2026-04-01,ALT,30", "7,2026-04-02,ALT,"),
}


def explained(folder: Path, rule: str) -> PatientExplanation:
    for name, lines in FILES.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    protocol = parse_protocol(
        "format: stratify/1\ntrial: {id: T}\nanchors: {c1d1: {from: patients.c1d1}}\ndefaults: {anchor: c1d1}\n"
        f"criteria:\n  - {{id: A, kind: inclusion, text: t, rule: {rule}}}\n"
    )
    tables = open_cohort(folder, DICTIONARY)
    return explain("7", protocol, tables.dictionary, tables.catalogue, tables.frames)


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("{exists: events, code: A1}", ["events, row 1, dated 2026-04-01, code A1"]),
        (
            "{exists: events, code: B1}",
            ["events, row 2, dated 2026-04-02, no code, open: null_value"],
        ),
        (
            '{exists: events, where: {all: [{field: grade, is: ">= 3"}, {field: reported, is: ">= 2026-01-01"}]}}',
            ["events, row 1, dated 2026-04-01, code A1, grade 3.0, reported 2026-04"],
        ),
        (
            '{count: events, code: A1, where: {field: grade, is: ">= 3"}, is: ">= 3"}',
            [
                "events, row 1, dated 2026-04-01, code A1, grade 3.0",
                "events, row 2, dated 2026-04-02, no code, no grade, open: null_value",
            ],
        ),
        (
            '{gap: events, code: A1, none: fail, is: ">= 1 d"}',
            ["events, row 1, dated 2026-04-01, code A1, asked >= 1 d"],
        ),
        ('{exists: visits, where: {field: kind, is: "== x"}}', ["visits, row 1, dated 2026-04-01, kind x"]),
        ("{exists: visits}", ["visits, row 1, dated 2026-04-01"]),
        ('{measure: ALT, is: "<= 40"}', ["labs, row 1, dated 2026-04-01, value 30.0, asked <= 40"]),
    ],
)
def test_a_row_shows_what_was_asked_of_it(rule: str, rows: Sequence[str], tmp_path: Path) -> None:
    """The code of an event and the fields that the rule names; "no value" is said of measurements only."""
    [criterion] = explained(tmp_path, rule).criteria
    shown = [line.strip() for line in criterion.lines if ", row " in line]
    assert shown[: len(rows)] == rows
    assert "no value" not in "".join(shown)


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        ('{measure: ALT, is: "<= 40"}', "note: a newer row has no value"),
        ('{count: visits, is: ">= 1"}', "note: 2 exact copies of rows are not counted"),
    ],
)
def test_notes_are_words(rule: str, note: str, tmp_path: Path) -> None:
    [criterion] = explained(tmp_path, rule).criteria
    assert note in [line.strip() for line in criterion.lines]


def test_what_row_numbers_count_is_said_once(tmp_path: Path) -> None:
    text = explained(tmp_path, '{all: [{exists: events, code: A1}, {measure: ALT, is: "<= 40"}]}').text()
    assert text.count("the patient's own rows") == 1
    assert text.splitlines()[-1].startswith("Row numbers count the patient's own rows of a table")
    assert "own rows" not in explained(tmp_path, '{value: patients.c1d1, is: ">= 2026-01-01"}').text(), "there is one"


FORMULAS = parse_dictionary(
    """
format: stratify-dictionary/1
tables:
  patients: {dates: [c1d1], birth: birth}
  labs: {date: date}
measures:
  WEIGHT: {table: labs, rows: {test: WEIGHT}, value: value, unit: kg}
  CREAT: {table: labs, rows: {test: CREAT}, value: value, unit: mg/dL}
  QT: {table: labs, rows: {test: QT}, value: value, unit: ms}
  RR: {table: labs, rows: {test: RR}, value: value, unit: ms}
  LESIONS: {table: labs, rows: {test: LESIONS}, value: value}
"""
)
_CLEARANCE = '{derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}'
_QTCF = '{derived: QTCF, within: [-14, 0], is: "< 450 ms"}'


def computed(folder: Path, rule: str, *labs: str) -> CriterionExplanation:
    (folder / "patients.csv").write_text("patient_id,c1d1,birth,sex\n7,2026-04-20,1966-04-20,male\n")
    (folder / "labs.csv").write_text("\n".join(("patient_id,date,test,value", *labs, "")))
    protocol = parse_protocol(
        "format: stratify/1\ntrial: {id: T}\nanchors: {c1d1: {from: patients.c1d1}}\ndefaults: {anchor: c1d1}\n"
        f"criteria:\n  - {{id: A, kind: inclusion, text: t, rule: {rule}}}\n"
    )
    tables = open_cohort(folder, FORMULAS)
    [criterion] = explain("7", protocol, tables.dictionary, tables.catalogue, tables.frames).criteria
    return criterion


def test_a_formula_shows_its_inputs_and_its_result(tmp_path: Path) -> None:
    said = computed(tmp_path, _CLEARANCE, "7,2026-04-18,WEIGHT,45", "7,2026-04-19,CREAT,1")
    assert [line.strip() for line in said.lines[1:]] == [
        "patients, row 1, dated 1966-04-20, age 60 years",
        "patients, row 1, sex male",
        "labs, row 1, dated 2026-04-18, weight 45.0 kg",
        "labs, row 2, dated 2026-04-19, creatinine 1.0 mg/dL",
        "note: CRCL_CG is 50 mL/min",
    ]


def test_tied_inputs_show_between_which_numbers_the_result_lies(tmp_path: Path) -> None:
    said = computed(tmp_path, _CLEARANCE, "7,2026-04-18,WEIGHT,45", "7,2026-04-18,WEIGHT,36", "7,2026-04-19,CREAT,1")
    assert said.lines[-1].strip() == "note: CRCL_CG is 40 .. 50 mL/min"


def test_the_input_that_is_missing_would_settle_a_formula(tmp_path: Path) -> None:
    said = computed(tmp_path, _CLEARANCE, "7,2026-04-18,WEIGHT,45")
    assert said.reasons == ("no_record",)
    assert said.settled_by == ("a CREAT result dated within [-14 d, 0 d] of c1d1, for creatinine of CRCL_CG",)
    undated = computed(tmp_path, _CLEARANCE, "7,2026-04-18,WEIGHT,45", "7,2026-04-19,CREAT,1", "7,,CREAT,3")
    assert undated.settled_by == ("the date of row 3 of labs, for creatinine of CRCL_CG",)
    zero = computed(tmp_path, _CLEARANCE, "7,2026-04-18,WEIGHT,45", "7,2026-04-19,CREAT,0")
    assert zero.settled_by == ("whether the value of row 2 of labs is right, for creatinine of CRCL_CG",)
    flat = '{change: LESIONS, from: [-90, -15], to: [-14, 0], as: ratio, is: ">= 2"}'
    ratio = computed(tmp_path, flat, "7,2026-03-01,LESIONS,0", "7,2026-04-19,LESIONS,4")
    assert ratio.settled_by == ("whether the inputs of LESIONS are right: it has no value for them",)
    tied = '{derived: CRCL_CG, within: [-14, 0], tie: error, is: ">= 50 mL/min"}'
    conflict = computed(tmp_path, tied, "7,2026-04-18,WEIGHT,45", "7,2026-04-18,WEIGHT,46", "7,2026-04-19,CREAT,1")
    assert conflict.settled_by == ("which WEIGHT result of rows 1 and 2 of labs is right, for weight of CRCL_CG",)


def test_values_of_one_time_are_shown_together(tmp_path: Path) -> None:
    said = computed(tmp_path, _QTCF, "7,2026-04-18,QT,400", "7,2026-04-18,RR,1000", "7,2026-04-17,QT,500")
    assert [line.strip() for line in said.lines[1:]] == [
        "labs, row 1, dated 2026-04-18, qt 400.0 ms",
        "labs, row 2, dated 2026-04-18, rr 1000.0 ms",
        "note: QTCF is 400 ms on 2026-04-18",
    ]
    alone = computed(tmp_path, _QTCF, "7,2026-04-18,QT,400")
    assert (alone.reasons, alone.settled_by) == (
        ("null_value",),
        ("QT and RR of one time dated within [-14 d, 0 d] of c1d1, for QTCF",),
    )
    twice = computed(tmp_path, _QTCF, "7,2026-04-18,QT,400", "7,2026-04-18,QT,410", "7,2026-04-18,RR,1000")
    assert twice.settled_by == ("which QTCF result of rows 1 and 2 and 3 of labs is right",)
