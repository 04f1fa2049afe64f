"""Markdown from docstrings and tables."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence


def summary(thing: object) -> str:
    """The first paragraph of a docstring, as one line of Markdown."""
    return " ".join(doc(thing).partition("\n\n")[0].split())


def doc(thing: object) -> str:
    """A docstring up to its first numpy section, as Markdown."""
    text = thing if isinstance(thing, str) else inspect.getdoc(thing) or ""
    prose = re.split(r"\n\n[A-Z][a-z]+(?: [a-z]+)*\n-{3,}\n", f"\n\n{text}", maxsplit=1)[0].strip()
    return marked_up(prose)


def marked_up(text: str) -> str:
    """Markdown from the little reStructuredText that docstrings have."""
    text = re.sub(r":(?:mod|func|class|data|meth|attr):`~?([\w.]+)`", lambda m: f"`{m[1].split('.')[-1]}`", text)
    return text.replace("``", "`")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def page(title: str, *parts: str) -> str:
    """A page: a title and parts with a blank line between."""
    return "\n\n".join((f"# {title}", *(part.strip("\n") for part in parts if part.strip()))) + "\n"


def fenced(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```"
