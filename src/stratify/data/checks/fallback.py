"""Reference limits for rows without: lines that nothing asks for, and words that no patient has."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.data.fallback import read_lines
from stratify.data.queries import collect
from stratify.diagnostics import DataPlace, Finding, Severity
from stratify.model.fallback import Fallback, FallbackKey, FallbackLine


def check_fallback(cohort: CohortTables) -> Iterator[Finding]:
    """D051 lines of no measure, D057 sites or sexes none of which a patient has."""
    fallback = cohort.dictionary.fallback
    if fallback is None or fallback.lines is None:
        return
    _, found = read_lines(fallback, cohort.dictionary, cohort.references[fallback.reference])
    yield from found
    for name, key in (("site", fallback.site), ("sex", fallback.sex)):
        if key is not None:
            yield from _unheard_of(cohort, fallback, name, key)


def _unheard_of(cohort: CohortTables, fallback: Fallback, name: str, key: FallbackKey) -> Iterator[Finding]:
    """The finding where the table says M and F, and the patients male and female."""
    asked = {word for line in fallback.lines or () if (word := _word(line, name)) is not None}
    frame = cohort.frames[key.patients.table].select(pl.col(key.patients.column).cast(pl.String).unique())
    held = collect(frame, key.patients.table).to_series().drop_nulls().to_list()
    if asked and held and asked.isdisjoint({key.word(text) for text in held}):
        yield Finding(
            "D057",
            f"no patient has a {name} that a line of limits names",
            DataPlace(fallback.reference, key.column),
            why="no line with one applies to anybody; often the two files say it in different words",
            hint=f"say under `categories` of `{name}` which texts mean the same: {{female: [F, W]}}",
            severity=Severity.WARNING,
        )


def _word(line: FallbackLine, name: str) -> str | None:
    return line.site if name == "site" else line.sex
