"""Every command that a page shows is run in a folder of its own, and prints what the page says."""

from __future__ import annotations

import difflib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from stratify import __version__
from support import ROOT

_CONSOLE = ROOT / "docs" / "generators" / "console.py"
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "```console\n" in page.read_text(encoding="utf-8")
]


def _console() -> ModuleType:
    spec = spec_from_file_location("docs_console", _CONSOLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


console = _console()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_shows_what_its_commands_print(page: Path) -> None:
    shown = page.read_text(encoding="utf-8")
    lines = difflib.unified_diff(shown.splitlines(), console.replayed(shown).splitlines(), "shown", "printed", n=1)
    difference = "\n".join(lines)
    assert not difference, f"`make docs` writes the new output into the page; look at the difference:\n{difference}"


def test_the_tutorial_is_among_the_pages() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}
    assert {"README.md", "docs/tutorial.md", "docs/how-to/verify-a-run.md"} <= names


def test_a_page_whose_output_is_wrong_is_found() -> None:
    page = "```console\n$ stratify --version\nstratify 0.0.0\n$ echo $?\n0\n```\n"
    assert console.replayed(page) == page.replace("0.0.0", __version__)


def test_edits_and_files_are_applied(tmp_path: Path) -> None:
    session = console.Session(tmp_path)
    session.write("rules/a.yaml", "one: 1\ntwo: 2\n")
    session.edit("rules/a.yaml", "-two: 2\n+two: 3\n")
    assert (tmp_path / "rules" / "a.yaml").read_text(encoding="utf-8") == "one: 1\ntwo: 3\n"
    with pytest.raises(ValueError, match="does not have these lines once"):
        session.edit("rules/a.yaml", "-two: 2\n+two: 4\n")


def test_times_digests_and_the_folder_are_masked(tmp_path: Path) -> None:
    text = f"at 2026-01-02T03:04:05Z in {tmp_path}/out: {'0123456789abcdef' * 4}  \n\n"
    assert console.Session(tmp_path).masked(text) == "at (time) in .../out: (digest)\n"
