"""One file as a cohort of its own: the rows that a condition in SQL keeps, the columns that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl

from stratify.data.cohort import CohortTables, Source
from stratify.data.files import label_of, not_there, table_files
from stratify.data.queries import collect
from stratify.data.reading import Reading, read
from stratify.data.roles import roles_of
from stratify.data.tables import name_columns, to_normal_form
from stratify.diagnostics import ExitCode, Finding, Findings, StratifyError, nearest
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Dictionary, Grain, Table


def open_one_table(
    path: Path, asked: Mapping[str, Iterable[str]], *, key: str | None = None, where: str | None = None
) -> CohortTables:
    """Open one table, with one row per patient, as a cohort.

    Parameters
    ----------
    path
        A file, or a folder whose files are one table.
    asked
        Option -> columns that it names. Only these are kept.
    key
        The column of patient ids; else a column ``patient_id``, and where there is none rows are numbered from 1.
    where
        A condition in Polars' SQL on the columns as the file has them; rows for which it is not true are left out.

    Raises
    ------
    StratifyError
        The file cannot be read (D001 to D007) or a column cannot be a value (D009); a column is not there (R132), the
        condition cannot be asked (R131), no row is left (R130).
    """
    if not path.exists():
        raise not_there(path, "file")
    files = table_files(path, label_of(path))
    frame = read(files, path.parent).typed()
    types = dict(frame.collect_schema())
    _check_names({"--key": [] if key is None else [key], **asked}, types)
    row = _new_name(":row", types)
    frame = frame.with_row_index(row, offset=1)
    types[row] = pl.UInt32()
    if where is not None:
        frame = _kept(frame, where, path.name)
    elif not collect(frame.select(pl.len()), path.name).item():
        raise _nobody(f"{path.name} has no rows", "a header alone is no data; name a table with patients")
    key = key or (PATIENT_KEY if PATIENT_KEY in types else row)
    columns = dict.fromkeys((key, *(name for names in asked.values() for name in names)))
    kept = [name for name in columns if name == key or name != PATIENT_KEY]
    values = {name: name for name in kept if name != key}
    table = Table(PATIENTS, path.name, key, Grain.ONE, MappingProxyType(values))
    sources = tuple(Source(PATIENTS, f.relative_to(path.parent).as_posix(), f.stat().st_size, f) for f in files)
    return _cohort(Reading(frame.select(kept), {name: types[name] for name in kept}, declared=True), table, sources)


def _cohort(reading: Reading, table: Table, sources: tuple[Source, ...]) -> CohortTables:
    dictionary = Dictionary(MappingProxyType({PATIENTS: table}))
    findings = Findings()
    named = name_columns(reading, table, roles_of(table, dictionary), findings)
    findings.stop_on_errors(ExitCode.BAD_DATA)
    if named is None:
        raise AssertionError("columns that are missing are findings")
    frame, kinds = to_normal_form(named, findings, key_as_text=named.key_is_text is True)
    findings.stop_on_errors(ExitCode.BAD_DATA)
    return CohortTables(
        dictionary,
        MappingProxyType({PATIENTS: frame}),
        MappingProxyType({PATIENTS: MappingProxyType(kinds)}),
        sources,
        MappingProxyType({PATIENTS: named.original()}),
    )


def _new_name(name: str, taken: Iterable[str]) -> str:
    return name if name not in taken else _new_name(f":{name}", taken)


def _check_names(asked: Mapping[str, Iterable[str]], known: Iterable[str]) -> None:
    findings = [_unknown(option, name, known) for option, names in asked.items() for name in names if name not in known]
    if findings:
        raise StratifyError(findings, ExitCode.USAGE)


def _unknown(option: str, name: str, known: Iterable[str]) -> Finding:
    return Finding(
        "R132", f'{option} names the column "{name}", which the table does not have', hint=nearest(name, known)
    )


def _kept(frame: pl.LazyFrame, where: str, label: str) -> pl.LazyFrame:
    """The rows of which the condition is true; it is asked once here, so that what is wrong with it shows here."""
    try:
        kept = frame.filter(pl.sql_expr(where))
        empty = not kept.select(pl.len()).collect().item()
    except pl.exceptions.SQLInterfaceError as error:
        raise _faulty("is no condition in SQL", "quotes, parentheses or a word of SQL") from error
    except pl.exceptions.ColumnNotFoundError as error:
        raise _missing(error, frame) from error
    except (pl.exceptions.PolarsError, OSError) as error:
        # Not the table's fault? Reading all of it shows whether it is. The error's own text holds values.
        collect(frame.select(pl.all().null_count()), label)
        raise _faulty("cannot be asked of these columns", "text compared with numbers, or no comparison") from error
    if empty:
        raise _nobody(f"no row of {label} is left after --where", "compare the condition with the table's values")
    return kept


def _missing(error: pl.exceptions.ColumnNotFoundError, frame: pl.LazyFrame) -> StratifyError:
    known = [name for name in frame.collect_schema() if not name.startswith(":")]
    found = re.match(r'unable to find column "(.*?)"; valid columns', str(error))
    if found is None:
        return _faulty("names a column that the table does not have", "the names; text stands in single quotes")
    return StratifyError([_unknown("--where", found[1], known)], ExitCode.USAGE)


def _faulty(what: str, look_at: str) -> StratifyError:
    hint = f"look at {look_at}; for example --where \"age >= 18 AND sex = 'F'\""
    return StratifyError([Finding("R131", f"the condition of --where {what}", hint=hint)], ExitCode.USAGE)


def _nobody(message: str, hint: str) -> StratifyError:
    return StratifyError([Finding("R130", message, hint=hint)], ExitCode.BAD_DATA)
