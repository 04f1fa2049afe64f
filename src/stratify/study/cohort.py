"""From paths to a cohort: which dictionary, which tables, and what they say against themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stratify.data import CohortTables, conform, infer_dictionary, open_cohort
from stratify.diagnostics import DataPlace, ExitCode, Finding, Severity, StratifyError
from stratify.model.dictionary import Dictionary
from stratify.model.protocol import Protocol
from stratify.protocol import load_dictionary, read_protocol, typecheck
from stratify.screening import with_descendants

DICTIONARY = "dictionary.yaml"
"""Name under which a cohort's dictionary is looked for beside its data."""


# A Parquet file that is cut off after it was opened makes Polars panic, which is no Exception.
_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Tables that have been opened and looked at, the dictionary's file if there is one, and findings."""

    tables: CohortTables
    folder: Path
    dictionary_file: Path | None
    findings: tuple[Finding, ...]

    @property
    def dictionary(self) -> Dictionary:
        """The dictionary of the tables."""
        return self.tables.dictionary


def open_and_conform(data: Path, dictionary: Path | None = None, *, strict: bool = False) -> Cohort:
    """Open the tables at ``data`` (a folder, a file, or a ``dictionary.yaml`` in a folder) and check them.

    A ``dictionary.yaml`` in the folder is the dictionary of its tables; one beside a single file is the file's if it
    names it.

    Raises
    ------
    StratifyError
        With all findings about the data, if one of them is an error.
    """
    folder, file = _place(data, dictionary)
    notes: tuple[Finding, ...] = ()
    if file is None:
        known, _ = infer_dictionary(folder)
        notes = (_inferred(folder),)
    else:
        known = load_dictionary(file)
    tables = open_cohort(folder, known, strict=strict)
    findings = (*notes, *conform(tables))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise StratifyError(findings, ExitCode.BAD_DATA)
    return Cohort(tables, folder, file, findings)


def _place(data: Path, dictionary: Path | None) -> tuple[Path, Path | None]:
    if data.name == DICTIONARY and data.is_file():
        return data.parent, dictionary or data
    if dictionary is not None:
        return data, dictionary
    beside = data / DICTIONARY if data.is_dir() else data.parent / DICTIONARY
    return data, beside if beside.is_file() and (data.is_dir() or _names(beside, data)) else None


def _names(dictionary: Path, data: Path) -> bool:
    """Whether one of a dictionary's tables is in this file; beside a single file there may be one of other data."""
    tables = load_dictionary(dictionary).tables.values()
    return any(data.name == table.file or (not table.file and data.stem == table.name) for table in tables)


def _inferred(folder: Path) -> Finding:
    name = folder.name or folder.resolve().name or "the folder"
    return Finding(
        "R120",
        f"{name} has no {DICTIONARY}; tables, dates and measures are guessed",
        why="a guess never says that a missing row means no",
        hint=f"run `stratify inspect {name} --write`, correct the file, and run again",
        severity=Severity.NOTE,
    )


def read_rules(path: Path, cohort: Cohort, overrides: Mapping[str, str]) -> tuple[Protocol, tuple[Finding, ...]]:
    """A protocol that fits a cohort, with every finding about both that does not stop the work.

    Raises
    ------
    StratifyError
        With all findings about the protocol and how it fits, if one of them is an error.
    """
    protocol, findings = read_protocol(path, overrides=overrides)
    if protocol is None:
        raise StratifyError(findings)
    findings = (*findings, *typecheck(protocol, cohort.dictionary, cohort.tables.catalogue))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise StratifyError(findings)
    protocol = with_descendants(protocol, cohort.dictionary, cohort.tables.references)
    return protocol, (*findings, *cohort.findings)


@contextlib.contextmanager
def reading(cohort: Cohort) -> Iterator[None]:
    """While the tables of a cohort are read for good: a file that turns out to be damaged is a finding (D003).

    Looking at a file when it is opened does not read all of it: a page of a Parquet column that no check asks for may
    be unreadable, or the file may be changed while a run goes on. Errors that are not the files' fault go on as ours.
    """
    try:
        yield
    except _UNREADABLE as error:
        damaged = [_damaged(name) for name, frame in cohort.tables.originals.items() if not _readable(frame)]
        if not damaged:
            raise
        raise StratifyError(damaged, ExitCode.BAD_DATA) from error


def _readable(frame: pl.LazyFrame) -> bool:
    try:
        frame.select(pl.all().null_count()).collect()
    except _UNREADABLE:
        return False
    return True


def _damaged(table: str) -> Finding:
    return Finding(
        "D003",
        "the table cannot be read to its end: a file is damaged or was changed while it was read",
        DataPlace(table),
        hint="copy or export the file again",
    )
