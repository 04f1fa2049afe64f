"""``docs/errors``: every code of a finding has a page, and every page is of a code that is still found."""

from __future__ import annotations

import re

import pytest

from support import ROOT

PAGES = {path.stem: path for path in (ROOT / "docs" / "errors").glob("*.md")}
USED = {
    code
    for path in (ROOT / "src" / "stratify").rglob("*.py")
    for code in re.findall(r'"([PDSAR]\d{3})"', path.read_text(encoding="utf-8"))
}


def test_codes_and_pages_are_the_same() -> None:
    assert {"P001", "D001", "S001", "A001", "R001", "R199"} <= USED
    assert set(PAGES) == USED


@pytest.mark.parametrize("code", sorted(PAGES))
def test_a_page_begins_with_its_code_and_says_why_and_what_to_do(code: str) -> None:
    text = PAGES[code].read_text(encoding="utf-8")
    assert re.match(rf"# {code}: \S.*\n\n", text)
    assert re.search(r"^\*\*Why(\.| it matters\.)\*\* \S", text, re.MULTILINE)
    assert re.search(r"^\*\*(Do|What to do)\.\*\* \S", text, re.MULTILINE)
