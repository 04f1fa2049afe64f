"""Approving a protocol on the command line: locked, changed, refused, locked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from functional.commands import Here
from stratify.protocol import LOCK

RULES = """\
format: stratify/1
trial: {id: T, status: approved, approved_by: [A. Physician]}
anchors: {d: {from: patients.d}}
parameters: {least: {value: 18}}
criteria:
  - {id: A, kind: inclusion, text: Adult, waivable: false, rule: {value: patients.age, is: ">= $least"}}
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("rules.yaml")
    path.write_text(RULES, encoding="utf-8")
    return path


def test_an_approved_protocol_is_locked_by_the_command(rules: Path, here: Here) -> None:
    refused = here("check", rules)
    assert refused.code == 1
    assert "error P363" in refused.out
    locked = here("check", rules, "--lock")
    assert (locked.code, locked.err) == (0, "rules.lock: T\n")
    assert here("check", rules).code == 0
    rules.write_text(RULES.replace("18", "16"), encoding="utf-8")
    changed = here("check", rules)
    assert changed.code == 1
    assert "error P362" in changed.out
    assert here("test", rules).code == 1
    assert here("check", rules, "--lock").code == 0


def test_parameters_from_outside_are_a_warning(rules: Path, here: Here) -> None:
    here("check", rules, "--lock")
    said = here("check", rules, "--set", "least=21")
    assert said.code == 0
    assert "warning P365" in said.out


def test_what_is_not_approved_is_not_locked(rules: Path, here: Here) -> None:
    rules.write_text(RULES.replace("approved,", "draft,"), encoding="utf-8")
    said = here("check", rules, "--lock")
    assert (said.code, said.err) == (0, "rules.yaml uses no libraries and is not approved; nothing is locked\n")
    assert not Path(LOCK).exists()


def test_it_can_be_shown_and_formatted(rules: Path, here: Here) -> None:
    here("check", rules, "--lock")
    shown = here("show", rules, "--as", "prose")
    assert "status: approved by A. Physician" in shown.out
    assert "It may not be waived." in shown.out
