"""What the explanation of a patient says in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from stratify.data import open_cohort
from stratify.protocol import parse_dictionary, parse_protocol
from stratify.screening import PatientExplanation, explain

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
