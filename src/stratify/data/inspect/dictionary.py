"""From files to a first dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stratify.data.cohort import open_cohort
from stratify.data.files import check_inside, no_table, not_there, table_entries, table_files
from stratify.data.inspect.describe import describe
from stratify.data.inspect.guess import guess_keys, guess_patients, guess_table
from stratify.data.inspect.looks import Look, look
from stratify.data.inspect.measures import guess_measures
from stratify.data.reading import read
from stratify.diagnostics import ExitCode, Finding, StratifyError
from stratify.model.dictionary import Dictionary, Measure


def infer_dictionary(path: Path) -> tuple[Dictionary, tuple[str, ...]]:
    """Look at a cohort's files and guess their dictionary: tables, keys, grain, dates, codes, measures.

    What no row means is never guessed: absence is unknown in every table.

    Parameters
    ----------
    path
        A folder of tables, or one file with one row per patient.

    Returns
    -------
    Dictionary, tuple of str
        The guess, and lines that say what was seen: rows, patients, columns with kind, nulls and range of dates.

    Raises
    ------
    StratifyError
        If there is no readable table (D001 to D006), none with a patient key (D040), or none with one row per
        patient (D041).
    """
    looks, left_out = _look_at_all(path)
    keys = guess_keys(looks)
    patients = guess_patients(looks, keys)
    if patients is None:
        raise StratifyError([_no_patients(looks, keys)], ExitCode.BAD_DATA)
    tables, measures, unused = {}, dict[str, Measure](), list[str]()
    for seen in (patients, *(other for other in looks if other is not patients)):
        if seen.name not in keys:
            unused.append(f"{seen.file}: not used, no column looks like a patient id")
            continue
        table = guess_table(seen, keys[seen.name], is_patients=seen is patients)
        tables[table.name] = table
        for name, measure in guess_measures(seen, table.name).items():
            unique = name if name not in measures else f"{table.name}.{name}"
            measures[unique] = replace(measure, name=unique)
    dictionary = Dictionary(tables, measures)
    cohort = open_cohort(path, dictionary)
    return dictionary, (*describe(cohort), *_about_measures(dictionary), *_about_zones(dictionary), *unused, *left_out)


def _look_at_all(path: Path) -> tuple[list[Look], list[str]]:
    """Every table that can be read, and lines about files that are left out; StratifyError if none can."""
    if not path.exists():
        raise not_there(path)
    root, entries = (path, table_entries(path)) if path.is_dir() else (path.parent, (path,))
    looks: dict[str, Look] = {}
    left_out: list[str] = []
    findings: list[Finding] = []
    for entry in entries:
        try:
            found = _look_at(entry, root)
        except StratifyError as error:
            findings.extend(error.findings)
            left_out.extend(f"{entry.name}: not used, {finding.message}" for finding in error.findings[:1])
            continue
        if found.name in looks:
            left_out.append(f"{entry.name}: not used, its name is that of {looks[found.name].file}")
        looks.setdefault(found.name, found)
    if not looks:
        raise StratifyError(findings or no_table(path).findings, ExitCode.BAD_DATA)
    if path.is_dir():
        names = {entry.name for entry in entries}
        left_out.extend(f"{other.name}: not a table" for other in sorted(path.iterdir()) if other.name not in names)
    return list(looks.values()), left_out


def _look_at(entry: Path, root: Path) -> Look:
    files = table_files(entry, entry.name)
    if entry != root and root.is_dir():
        check_inside(root, files, entry.name)
    name = re.sub(r"\W+", "_", entry.stem).strip("_").lower() or "table"
    return look(name, entry.name, read(files, root))


def _no_patients(looks: Sequence[Look], keys: dict[str, str]) -> Finding:
    if not keys:
        where = looks[0].file if len(looks) == 1 else "any file"
        return Finding(
            "D040",
            f"no column of {where} looks like a patient id",
            why="each patient needs an id that tells the rows of different patients apart",
            hint="add a column patient_id, different in every row; a row number will do for a file of its own",
        )
    tried = ", ".join(f"{keys[seen.name]} in {seen.file}" for seen in looks if seen.name in keys)
    return Finding(
        "D041",
        f"no table has one row per patient; ids occur more than once or are missing: {tried}",
        why="the table `patients` says who is screened",
        hint="add a table with one row for each patient, or correct the ids that occur twice",
    )


def _about_measures(dictionary: Dictionary) -> Iterator[str]:
    if dictionary.measures:
        yield f"measures: {len(dictionary.measures)}"
    for measure in dictionary.measures.values():
        yield f"  {measure.name}: {measure.table}.{measure.value}" + _unit_text(measure)


def _unit_text(measure: Measure) -> str:
    analyte = f", converted as {measure.analyte.id}" if measure.analyte is not None else ""
    return f", {measure.unit}{analyte}" if measure.unit else ""


def _about_zones(dictionary: Dictionary) -> Iterator[str]:
    for table in dictionary.tables.values():
        if table.zone is not None:
            yield f"{table.name}: times are instants, read in zone {table.zone}; set `zone` to the trial's calendar"
