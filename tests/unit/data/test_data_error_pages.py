"""Every code of the data room has its page, and the page has its four parts."""

from __future__ import annotations

import re

import pytest

from support import ROOT

CODES = sorted(
    {
        code
        for path in (ROOT / "src" / "stratify" / "data").rglob("*.py")
        for code in re.findall(r'"(D\d{3})"', path.read_text(encoding="utf-8"))
    }
)


def test_codes_are_found() -> None:
    assert {"D001", "D041"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_for_each_code(code: str) -> None:
    page = (ROOT / "docs" / "errors" / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code}: ")
    assert all(f"**{part}.**" in page for part in ("What", "Why it matters", "Example", "What to do"))
