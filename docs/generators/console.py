"""Commands in a page, run: the output that is shown is the output there is.

A page is read from top to bottom, in an empty folder of its own:

- a block after ``<!-- file: PATH -->`` is written to that file;
- a ``diff`` block after ``<!-- edit: PATH -->`` is applied to it: each ``-`` line stands in the file once and becomes
  the ``+`` line in its place;
- ``<!-- run: COMMAND -->`` runs a command without showing it;
- in a ``console`` block each line ``$ COMMAND`` is run and what it prints takes the place of the lines below it.

Times, digests and the folder itself are masked: they are not the same twice.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

_PART = re.compile(
    r"<!-- (?P<verb>file|edit|run): (?P<what>.+?) -->\n|```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_MASKS = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "(time)"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "(digest)"),
)
_WIDTH = "100"


class Session:
    """One page's folder and the exit code of the last command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = 0

    def run(self, line: str) -> str:
        """The masked output of a command: what goes to stderr first, as everything else of a command waits for it."""
        words = shlex.split(line)
        if line == "echo $?":
            return f"{self.code}\n"
        program = {"stratify": Path(sys.executable).with_name("stratify"), "python": Path(sys.executable)}[words[0]]
        environment = {**os.environ, "COLUMNS": _WIDTH, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(  # noqa: S603 - the project's own command, as the page writes it
            [program, *words[1:]],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.code = done.returncode
        return self.masked(done.stdout)

    def masked(self, text: str) -> str:
        """The text without what is not the same twice, and without blanks at the ends of lines."""
        for place in {str(self.folder), str(self.folder.resolve())}:
            text = text.replace(place, "...")
        for pattern, name in _MASKS:
            text = pattern.sub(name, text)
        lines = [line.rstrip() for line in text.splitlines()]
        while lines and not lines[-1]:
            lines.pop()
        return "".join(f"{line}\n" for line in lines)

    def write(self, name: str, text: str) -> None:
        """Write a file of the page."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")

    def edit(self, name: str, difference: str) -> None:
        """Apply a ``diff`` block."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        lines = difference.splitlines()
        before = "\n".join(line[1:] for line in lines if line.startswith("-"))
        after = "\n".join(line[1:] for line in lines if line.startswith("+"))
        if text.count(f"{before}\n") != 1:
            raise ValueError(f"{name} does not have these lines once:\n{before}")
        path.write_text(text.replace(f"{before}\n", f"{after}\n"), encoding="utf-8", newline="\n")


def replayed(page: str) -> str:
    """The page with the output that its commands have now."""
    if "```console" not in page:
        return page
    with tempfile.TemporaryDirectory(prefix="stratify-docs-") as folder:
        session = Session(Path(folder))
        parts: list[str] = []
        end = 0
        waiting: tuple[str, str] | None = None
        for part in _PART.finditer(page):
            parts.append(page[end : part.start()])
            end = part.end()
            parts.append(_act(part, waiting, session))
            waiting = (part["verb"], part["what"]) if part["verb"] in {"file", "edit"} else None
        return "".join((*parts, page[end:]))


def _act(part: re.Match[str], waiting: tuple[str, str] | None, session: Session) -> str:
    if part["verb"] == "run":
        session.run(part["what"])
        if session.code:
            raise ValueError(f"{part['what']} ended with code {session.code}")
    elif part["verb"] is None and waiting is not None:
        verb, name = waiting
        (session.write if verb == "file" else session.edit)(name, part["body"])
    elif part["language"] == "console":
        commands = [line[2:] for line in part["body"].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"$ {line}\n{session.run(line)}" for line in commands) + "```"
    return part[0]
