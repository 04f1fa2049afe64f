"""Every finding code of protocols and studies has a page, a text that raises it, and no page is left over."""

from __future__ import annotations

import re

import pytest

from support import ROOT
from unit.protocol.protocol_cases import CASES as PROTOCOL
from unit.protocol.test_dictionary_file import CASES as DICTIONARY
from unit.protocol.test_library_formulas import CASES as FORMULAS
from unit.protocol.test_study_file import CASES as STUDY
from unit.protocol.test_typecheck import CASES as TYPECHECK

PAGES = ROOT / "docs" / "errors"
CODES = {
    code
    for path in (ROOT / "src" / "stratify").rglob("*.py")
    for code in re.findall(r'"([PS]\d{3})"', path.read_text(encoding="utf-8"))
}
# Raised by tests of their own: unreadable files, warnings, findings without a line, the formatter.
ELSEWHERE = {
    *(f"P30{n}" for n in range(7)),
    *(f"P36{n}" for n in range(2, 6)),
    "P369",
    "P001",
    "P002",
    "P335",
    "P336",
    "P344",
    "P345",
    "P032",
    "P033",
    "P054",
    "P090",
    "P321",
    "P322",
    "P323",
    "P329",
    "P111",
    "P115",
    "P358",
}


def test_pages_are_codes() -> None:
    assert {path.stem for path in PAGES.glob("[PS]*.md")} == CODES


def test_every_code_is_raised_by_a_test() -> None:
    cases = {code for code, _ in (*PROTOCOL, *DICTIONARY, *FORMULAS, *STUDY)} | {code for _, code, _ in TYPECHECK}
    ours = {code for path in (ROOT / "src/stratify/protocol").glob("*.py") for code in _codes(path.read_text("utf-8"))}
    assert cases | ELSEWHERE == ours


def _codes(text: str) -> set[str]:
    return set(re.findall(r'"([PS]\d{3})"', text))


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_page_says_what_why_and_what_to_do(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert re.match(rf"# {code}: \S", text)
    assert "**Why.**" in text
    assert "**Do.**" in text
