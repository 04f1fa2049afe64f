"""A cohort's tables: opened, checked against the dictionary's names, and in normal form. Nothing is read yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import polars as pl

from stratify.data.fallback import with_fallback
from stratify.data.files import check_inside, locate, not_there, table_files
from stratify.data.panels import with_panels
from stratify.data.reading import read
from stratify.data.roles import roles_of
from stratify.data.tables import NamedTable, as_text, name_columns, to_normal_form
from stratify.diagnostics import DataPlace, ExitCode, Finding, Findings, StratifyError, nearest
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Catalogue, Dictionary, Grain, Reference, Table


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a table was read from: its name below the cohort folder and its size in bytes."""

    table: str
    file: str
    bytes: int
    path: Path = field(repr=False, compare=False)

    def sha256(self) -> str:
        """SHA-256 of the contents as hexadecimal digits; reads the whole file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class CohortTables:
    """The tables of a cohort.

    Parameters
    ----------
    dictionary
        The dictionary they were opened by, with the rows of its panels and its lines of reference limits.
    frames
        Table -> its rows in normal form (:mod:`stratify.model.dictionary`), read when a query is collected.
    catalogue
        Table -> column -> what it holds; dates under their plain name.
    sources
        The files behind the tables.
    references
        Reference -> its rows, all columns as text in normal form.
    originals
        Table -> its rows under the dictionary's names, values as the files have them: what :func:`conform` looks at.
    strict
        Whether rows of unknown patients are an error.
    """

    dictionary: Dictionary
    frames: Mapping[str, pl.LazyFrame]
    catalogue: Catalogue
    sources: tuple[Source, ...] = ()
    references: Mapping[str, pl.LazyFrame] = field(default_factory=lambda: MappingProxyType({}))
    originals: Mapping[str, pl.LazyFrame] = field(default_factory=lambda: MappingProxyType({}))
    strict: bool = False

    @property
    def patients(self) -> pl.LazyFrame:
        """The table that says who the patients are."""
        return self.frames[PATIENTS]


def open_cohort(path: Path, dictionary: Dictionary, *, strict: bool = False) -> CohortTables:
    """Open a cohort's tables and bring them, lazily, into normal form.

    Parameters
    ----------
    path
        The cohort folder; or one file, when the dictionary has only one table.
    strict
        Whether :func:`conform` is to call rows of unknown patients an error.

    Raises
    ------
    StratifyError
        With every reason at once: files that are missing (D001), not what they are named (D002), damaged (D003),
        outside the folder (D004), faulty CSV (D006), drifting (D007) or ambiguous (D012); columns that are missing
        (D005), clash (D008), or cannot be what the dictionary says (D009, D010); ids of different types (D011);
        reference limits that cannot be used (D050 to D056).
    """
    findings = Findings()
    sources: list[Source] = []
    named: dict[str, NamedTable] = {}
    _check_measures(dictionary, findings)
    for table in dictionary.tables.values():
        try:
            root, files = _files(path, table, dictionary)
            sources.extend(_source(table, file, root) for file in files)
            reading = read(files, root)
        except StratifyError as error:
            findings.extend(error.findings)
            continue
        columns = name_columns(reading, table, roles_of(table, dictionary), findings)
        if columns is not None:
            named[table.name] = columns
    references = _references(path, dictionary, sources, findings)
    text_keys = _key_is_text(named.values(), findings)
    if text_keys:
        named = {name: table.with_text(PATIENT_KEY) for name, table in named.items()}
    normal = {name: to_normal_form(table, findings, key_as_text=text_keys) for name, table in named.items()}
    for bound in (with_panels, with_fallback):
        try:
            dictionary = bound(dictionary, references)
        except StratifyError as error:
            findings.extend(error.findings)
    findings.stop_on_errors(ExitCode.BAD_DATA)
    return CohortTables(
        dictionary,
        MappingProxyType({name: frame for name, (frame, _) in normal.items()}),
        MappingProxyType({name: MappingProxyType(kinds) for name, (_, kinds) in normal.items()}),
        tuple(sources),
        MappingProxyType(references),
        MappingProxyType({name: table.original() for name, table in named.items()}),
        strict,
    )


def open_references(folder: Path, dictionary: Dictionary) -> Mapping[str, pl.LazyFrame]:
    """The reference tables alone, without the patients'.

    Raises
    ------
    StratifyError
        As :func:`open_cohort`.
    """
    findings = Findings()
    frames = _references(folder, dictionary, [], findings)
    findings.stop_on_errors(ExitCode.BAD_DATA)
    return MappingProxyType(frames)


def _references(
    path: Path, dictionary: Dictionary, sources: list[Source], findings: Findings
) -> dict[str, pl.LazyFrame]:
    """The reference tables; what is wrong with their files are findings, as with every other table."""
    frames: dict[str, pl.LazyFrame] = {}
    for reference in dictionary.references.values():
        try:
            root, files = _files(path, reference, dictionary)
            sources.extend(_source(reference, file, root) for file in files)
            reading = read(files, root)
        except StratifyError as error:
            findings.extend(error.findings)
            continue
        wanted = [h for h in dictionary.hierarchies.values() if h.reference == reference.name]
        frame = as_text(reading, reference, [c for h in wanted for c in (h.ancestor, h.descendant)], findings)
        if frame is not None:
            frames[reference.name] = frame
    return frames


def _files(path: Path, table: Table | Reference, dictionary: Dictionary) -> tuple[Path, tuple[Path, ...]]:
    if path.is_dir():
        found = locate(path, table)
        files = table_files(found, found.relative_to(path).as_posix())
        check_inside(path, files, table.name)
        return path, files
    if not path.exists():
        raise not_there(path)
    tables = len(dictionary.tables) + len(dictionary.references)
    if tables > 1:
        message = f"{path.name} is one file, but the dictionary has {tables} tables"
        raise StratifyError([Finding("D012", message, hint="name the folder with all the files")], ExitCode.BAD_DATA)
    return path.parent, (path,)


def _source(table: Table | Reference, file: Path, root: Path) -> Source:
    return Source(table.name, file.relative_to(root).as_posix(), file.stat().st_size, file)


def _check_measures(dictionary: Dictionary, findings: Findings) -> None:
    for measure in dictionary.measures.values():
        if measure.table not in dictionary.tables:
            message = f"measure {measure.name} is in table {measure.table}, which the dictionary does not have"
            findings.add("D005", message, hint=nearest(measure.table, dictionary.tables))
    for table in dictionary.tables.values():
        for ref in table.coverage or ():
            other = dictionary.tables.get(ref.table)
            if other is None or other.grain is not Grain.ONE:
                message = f"the coverage {ref} of table {table.name} is not in a table with one row per patient"
                findings.add("D005", message, hint="name a date column of such a table, for example of patients")


def _key_is_text(tables: Iterable[NamedTable], findings: Findings) -> bool:
    """Whether patient ids are text; a finding where tables with declared types disagree or ids are neither."""
    seen: dict[bool, NamedTable] = {}
    for table in tables:
        kind = table.types[PATIENT_KEY]
        if table.key_is_text is None:
            continue
        if not table.key_is_text and not kind.is_numeric():
            message = f"patient ids are text or whole numbers, here they are of type {kind}"
            findings.add("D009", message, DataPlace(table.table.name, table.table.key))
            continue
        seen.setdefault(table.key_is_text, table)
        other = seen.get(not table.key_is_text)
        if other is not None:
            _different_keys(other, table, findings)
    if seen:
        return True in seen
    return all(table.types[PATIENT_KEY] == pl.Null for table in tables)


def _different_keys(one: NamedTable, other: NamedTable, findings: Findings) -> None:
    findings.add(
        "D011",
        f"patient ids are of different types: {_described(one)}, {_described(other)}",
        DataPlace(other.table.name, other.table.key),
        why='as text "007" and "7" are two patients, as numbers they are one; only you know which is right',
        hint="write the ids of both tables in one type, best as text",
    )


def _described(named: NamedTable) -> str:
    rows = named.frame.select(pl.len()).collect().item()
    return f"{named.types[PATIENT_KEY]} in table {named.table.name} (rows: {rows:,})"
