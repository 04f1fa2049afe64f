"""What a file format has to say for itself, and the finding for a file that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stratify.diagnostics import ExitCode, Finding, StratifyError

Scan = Callable[[Path, str], pl.LazyFrame]
"""File and the name it has in findings -> its rows, not yet read. Raises StratifyError for a damaged file."""

Texts = Callable[[Path, Collection[str]], Mapping[str, pl.Series]]
"""File and text columns -> the different texts of those columns of which the file keeps a list."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format of tables.

    Parameters
    ----------
    name
        As findings name it.
    suffixes
        Endings, lower case with the dot, that promise this format.
    recognise
        Whether a file that starts with these bytes is of this format.
    scan
        Opens a file.
    texts
        Lists the texts of columns with few of them at little cost; ``None`` where the format has no such lists.
    typed
        Whether the file says what its columns hold; otherwise every column comes as text and the types are inferred.
    """

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes], bool]
    scan: Scan
    texts: Texts | None = None
    typed: bool = True


def unreadable(label: str, format_name: str) -> StratifyError:
    """The error for a file that begins like the format and does not go on like it. Never the reader's own text."""
    finding = Finding(
        "D003",
        f"{label} cannot be read as {format_name}: the file is damaged or cut off",
        why="the file begins like one of this format but its contents do not hold together",
        hint="copy or export the file again",
    )
    return StratifyError([finding], ExitCode.BAD_DATA)
