"""Make what of the documentation is made: the pages below ``reference/``, and the output shown after every command.

``python docs/generate.py`` writes; with ``--check`` it changes nothing, shows what differs, and ends with code 1.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT / "tests")]

from generators import analytes, cli, console, errors, language, manual, python, results, schemas  # noqa: E402 - path set above

GENERATORS = (
    cli.pages,
    language.pages,
    analytes.pages,
    schemas.pages,
    manual.pages,
    errors.pages,
    results.pages,
    python.pages,
)
"""Each gives pages: path below ``docs`` -> text."""
_SHOWN = 40


def reference() -> dict[Path, str]:
    """Every page below ``reference/``, by path."""
    return {DOCS / name: text for pages in GENERATORS for name, text in pages().items()}


def written_pages() -> tuple[Path, ...]:
    """Pages that people write, README included; their commands are run and the output is put below them."""
    below = (path for path in DOCS.rglob("*.md") if path.parts[len(DOCS.parts)] not in {"reference", "errors"})
    return (ROOT / "README.md", *sorted(below))


def differences(made: dict[Path, str]) -> Iterator[str]:
    """What stands in the files and what should, as unified diffs; pages of ``reference/`` that nothing makes."""
    for path, text in made.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        name = path.relative_to(ROOT).as_posix()
        lines = difflib.unified_diff(before.splitlines(), text.splitlines(), name, f"{name} (made)", lineterm="", n=1)
        yield from islice(lines, _SHOWN)
    for path in sorted((DOCS / "reference").rglob("*.*")):
        if path not in made:
            yield f"{path.relative_to(ROOT).as_posix()}: nothing makes this page"


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` compare, the reference; without ``--reference`` also the written pages."""
    made = reference()
    if "--reference" not in arguments:
        made |= {path: console.replayed(path.read_text(encoding="utf-8")) for path in written_pages()}
    if "--check" in arguments:
        found = list(differences(made))
        sys.stdout.writelines(f"{line}\n" for line in found)
        return int(bool(found))
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
