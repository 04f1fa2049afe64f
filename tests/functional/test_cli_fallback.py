"""Limits for rows that have none, from the command line: examples, findings about the table, its digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from functional.commands import Here

RULES = """\
format: stratify/1
trial: {id: LIMITS}
criteria:
  - {id: INC-01, kind: inclusion, text: t, rule: {measure: ALT, is: "<= 2 xULN"}}
examples:
  - {name: woman, patient: {sex: female}, labs: [{test: ALT, value: 71}], expect: {INC-01: not_met}}
  - {name: man, patient: {sex: male}, labs: [{test: ALT, value: 71}], expect: {INC-01: met}}
"""
DICTIONARY = """\
format: stratify-dictionary/1
tables: {patients: {}, labs: {}}
measures: {ALT: {table: labs, rows: {test: ALT}, value: value, unit: U/L, ref_high: uln}}
references: {limits: {}}
ref_fallback:
  reference: limits
  measure: test
  high: high
  sex: {column: sex, from: patients.sex, categories: {female: [F], male: [M]}}
"""
LIMITS = "test,sex,high\nALT,F,35\nALT,M,45\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    files = {
        "rules.yaml": RULES,
        "data/dictionary.yaml": DICTIONARY,
        "data/patients.csv": "patient_id,sex\n1,F\n2,M\n3,\n",
        "data/labs.csv": "patient_id,test,value,uln\n1,ALT,80,\n2,ALT,80,\n3,ALT,80,\n",
        "data/limits.csv": LIMITS,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_examples_have_the_limits_of_the_sites_table(home: Path, here: Here) -> None:
    assert here("test", home / "rules.yaml", "--dictionary", home / "data/dictionary.yaml").code == 0
    (home / "data/limits.csv").write_text(LIMITS.replace("35", "36"))
    assert here("test", home / "rules.yaml", "--dictionary", home / "data/dictionary.yaml").code == 1


def test_a_table_is_part_of_what_a_run_is_made_of(home: Path, here: Here) -> None:
    said = here("screen", home / "rules.yaml", "--data", home / "data", "--out", home / "out")
    assert said.code == 0
    assert "3 screened, 1 eligible, 1 undetermined, 1 ineligible" in said.out
    manifest = json.loads((home / "out/manifest.json").read_text())
    assert hashlib.sha256(LIMITS.encode()).hexdigest() in json.dumps(manifest)


def test_what_is_wrong_with_the_table_is_said_before_anybody_is_screened(home: Path, here: Here) -> None:
    (home / "data/limits.csv").write_text(f"{LIMITS}ALT,,50\nALT,W,35\nALT,M,<45\n")
    said = here("check", home / "rules.yaml", "--data", home / "data", "--json")
    assert said.code == 1
    found = [(finding["code"], finding["where"]["rows"]) for finding in said.json()["findings"]]
    assert found == [("D054", [3]), ("D052", [4]), ("D056", [0, 1, 2])]
    assert here("screen", home / "rules.yaml", "--data", home / "data", "--out", home / "out").code == 3
