"""Links in the documentation lead somewhere, and what the README and glossary name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support import ROOT

DOCS = ROOT / "docs"
PAGES = sorted({*DOCS.rglob("*.md"), *ROOT.glob("*.md")})
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def _text(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def _links(page: Path) -> list[tuple[Path, str]]:
    """Targets of a page's relative links, with the fragment."""
    found = []
    for link in _LINK.findall(_text(page)):
        if not re.match(r"[a-z]+:", link):
            target, _, fragment = link.partition("#")
            found.append(((page.parent / target).resolve() if target else page, fragment))
    return found


def _slugs(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _text(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    dead = [f"{target}#{fragment}" for target, fragment in _links(page) if not target.exists()]
    dead += [
        f"{target}#{fragment}"
        for target, fragment in _links(page)
        if target.suffix == ".md" and target.exists() and fragment and fragment not in _slugs(target)
    ]
    assert not dead


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md" and page.exists():
            seen.add(page)
            waiting += [target for target, _ in _links(page)]
    assert sorted(path.name for path in DOCS.rglob("*.md") if path not in seen) == []


def test_the_readme_names_commands_that_make_and_pip_know() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^make (\w+)", readme, flags=re.MULTILINE)
    assert commands[:2] == ["demo", "test"]
    assert {*commands} <= {*re.findall(r"^(\w+):", makefile, flags=re.MULTILINE)}
    installs = re.findall(r"^python -m pip install (.+)$", readme, flags=re.MULTILINE)
    assert installs == [
        "--no-deps --require-hashes -r requirements/runtime.lock",
        "--no-deps --no-build-isolation --editable .",
    ]
    assert all(f"--disable-pip-version-check {words}" in makefile for words in installs)


def test_terms_of_the_glossary_are_in_order_and_used() -> None:
    terms = re.findall(r"^\*\*(.+?)\*\*", (DOCS / "glossary.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(terms) > 30
    assert terms == sorted(terms, key=str.lower)
    pages = [page.read_text(encoding="utf-8").lower() for page in PAGES if page.name != "glossary.md"]
    unused = [term for term in terms if not any(term.lower() in page for page in pages)]
    assert unused == []
