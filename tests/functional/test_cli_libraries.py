"""Libraries from the command line: locked by `check --lock`, named in the manifest, noticed when they change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from functional.commands import Here

LIBRARY = """\
format: stratify-library/1
library: {name: tumours, version: "1"}
code_sets:
  liver: {codes: [{system: SNOMED, in: ["94381002"], descendants: true}]}
"""
RULES = """\
format: stratify/1
trial: {id: CODES}
use: [tumours@1]
criteria:
  - {id: INC-01, kind: inclusion, text: t, rule: {exists: dx, code: {in: liver}}}
examples:
  - {name: below, patient: {}, dx: [{code: "285645000"}], expect: {INC-01: met}}
"""
DICTIONARY = """\
format: stratify-dictionary/1
tables:
  patients: {}
  dx: {code: code, code_system: SNOMED, absence_means: false}
references: {tree: {}}
hierarchies: {SCT: {reference: tree, ancestor: above, descendant: below}}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "libraries/tumours").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    files = {
        "libraries/tumours/1.yaml": LIBRARY,
        "rules.yaml": RULES,
        "data/dictionary.yaml": DICTIONARY,
        "data/patients.csv": "patient_id\n1\n2\n3\n",
        "data/dx.csv": "patient_id,code\n1,94381002\n2,285645000\n3,73211009\n",
        "data/tree.csv": "above,below\n94381002,285645000\n285645000,94381002\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_locking_says_what_it_wrote(home: Path, here: Here) -> None:
    before = here("check", home / "rules.yaml", "--json")
    assert [finding["code"] for finding in before.json()["findings"]] == ["P305"]
    locked = here("check", home / "rules.yaml", "--lock", "--json")
    assert locked.code == 0
    assert locked.json() == {
        "locked": {"file": str(home / "rules.lock"), "libraries": ["tumours@1"], "protocols": []},
        "findings": [],
    }
    assert hashlib.sha256(LIBRARY.encode()).hexdigest() in (home / "rules.lock").read_text()
    (home / "libraries/tumours/1.yaml").write_text(LIBRARY + "# changed\n")
    assert "P306" in here("check", home / "rules.yaml").out
    assert here("check", home / "rules.yaml", "--lock").code == 0


def test_rules_without_libraries_lock_nothing(home: Path, here: Here) -> None:
    (home / "rules.yaml").write_text(RULES.replace("use: [tumours@1]\n", "").replace("{in: liver}", "C78.7"))
    assert "nothing is locked" in here("check", home / "rules.yaml", "--lock").err
    assert not (home / "rules.lock").exists()


def test_what_lies_below_is_found_by_screening_examples_and_explanations(home: Path, here: Here) -> None:
    screened = here("screen", home / "rules.yaml", "--data", home / "data", "--out", home / "out", "--json")
    assert screened.code == 0, screened.err
    counts = json.loads((home / "out/attrition.json").read_text())
    assert (counts["eligible"], counts["ineligible"]) == (2, 1)
    explained = here("explain", 2, "--run", home / "out").out
    assert "yes: exists(dx, code in liver)" in explained
    assert "code 285645000" in explained
    assert here("test", home / "rules.yaml", "--dictionary", home / "data/dictionary.yaml").code == 0
    alone = here("test", home / "rules.yaml")
    assert (alone.code, "INC-01 is not_met" in alone.out) == (1, True), "without a site only what is listed is known"


def test_without_a_hierarchy_what_lies_below_is_refused(home: Path, here: Here) -> None:
    (home / "data/dictionary.yaml").write_text(DICTIONARY[: DICTIONARY.index("hierarchies")])
    assert "P328" in here("screen", home / "rules.yaml", "--data", home / "data", "--out", home / "out").err


def test_verify_notices_a_library_that_changed(home: Path, here: Here) -> None:
    assert here("screen", home / "rules.yaml", "--data", home / "data", "--out", home / "out").code == 0
    manifest = json.loads((home / "out/manifest.json").read_text())
    assert manifest["libraries"] == {"tumours@1": hashlib.sha256(LIBRARY.encode()).hexdigest()}
    assert {entry["file"] for entry in manifest["data"]} >= {"tree.csv"}
    assert here("verify", home / "out").code == 0
    (home / "libraries/tumours/1.yaml").write_text(LIBRARY + "# the same sets\n")
    changed = here("verify", home / "out")
    assert (changed.code, "R127: library tumours@1 is not what the run used" in changed.out) == (1, True)
