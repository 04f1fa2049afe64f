"""Every protocol and dictionary below ``rules/`` is a test: no finding, canonical layout, every example holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stratify.protocol import format_text, load_dictionary, load_protocol, read_protocol
from stratify.protocol.library_file import FOLDER
from stratify.verification import run_examples
from support import ROOT

RULES = ROOT / "rules"
DICTIONARIES = sorted((RULES / "dictionaries").glob("*.yaml"))
FILES = sorted(RULES.rglob("*.yaml"))
PROTOCOLS = [p for p in FILES if not {FOLDER, "dictionaries"} & set(p.relative_to(RULES).parts)]
PAGE = ROOT / "docs" / "how-to" / "shipped-protocols.md"


def _name(path: Path) -> str:
    return path.relative_to(RULES).as_posix()


@pytest.mark.parametrize("path", PROTOCOLS, ids=_name)
def test_a_protocol_loads_without_a_finding_and_its_examples_hold(path: Path) -> None:
    protocol, findings = read_protocol(path)
    assert findings == ()
    assert protocol is not None
    cases = run_examples(protocol)  # also checks the types of everything the rules and the examples name
    assert [(case.name, case.problems) for case in cases if not case.passed] == []
    assert len(cases) == len(protocol.examples) > 0
    assert len({case.name for case in cases}) == len(cases)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_is_in_canonical_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_text(text, path.name) == text


@pytest.mark.parametrize("path", DICTIONARIES, ids=_name)
def test_a_dictionary_loads(path: Path) -> None:
    assert load_dictionary(path).tables


@pytest.mark.parametrize("path", DICTIONARIES, ids=_name)
def test_the_page_lists_every_dictionary(path: Path) -> None:
    assert f"| `{_name(path)}` |" in PAGE.read_text(encoding="utf-8")


def test_the_page_lists_every_protocol_with_the_number_of_its_criteria() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted((_name(path), str(len(load_protocol(path).criteria))) for path in PROTOCOLS)
