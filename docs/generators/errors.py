"""``reference/errors.md``: every finding that has a page, by code."""

from __future__ import annotations

from pathlib import Path

from generators.markdown import page, table

_ERRORS = Path(__file__).resolve().parents[1] / "errors"
_LETTERS = {
    "P": "Protocols, and how they fit a dictionary",
    "D": "Data",
    "S": "Studies",
    "A": "Analyses",
    "R": "Runs",
}


def pages() -> dict[str, str]:
    """The index of ``docs/errors``."""
    titles = {path.stem: _title(path) for path in sorted(_ERRORS.glob("*.md"))}
    groups = {letter: [code for code in titles if code.startswith(letter)] for letter in _LETTERS}
    parts = [
        f"## {_LETTERS[letter]}\n\n" + table(("code", "what"), [(f"[{c}](../errors/{c}.md)", titles[c]) for c in codes])
        for letter, codes in groups.items()
        if codes
    ]
    lead = (
        "A finding has a code, a severity (error, warning or note), the place where it was made, why it matters and "
        "what to do. An error stops the work; a warning and a note do not. The codes do not change."
    )
    return {"reference/errors.md": page("Findings by code", lead, *parts)}


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix(f"# {path.stem}: ")
