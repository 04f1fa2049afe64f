"""Patient ids: null, twice, and of nobody."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.data.queries import SHOWN, collect, counted, rows_where
from stratify.diagnostics import DataPlace, Finding, Severity
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, ColumnKind, Grain

_KEY = pl.col(PATIENT_KEY)


def check_ids(cohort: CohortTables) -> Iterator[Finding]:
    """D020: an id is null. D021: in a table with one row per patient an id occurs twice."""
    for name, frame in cohort.frames.items():
        missing = int(collect(frame.select(_KEY.is_null().sum()), name).item())
        if missing:
            yield _missing(cohort, name, missing)
        if cohort.dictionary.tables[name].grain is Grain.ONE:
            yield from _twice(frame, name)


def _missing(cohort: CohortTables, name: str, missing: int) -> Finding:
    return Finding(
        "D020",
        f"no patient id in {counted(missing, 'row')}",
        DataPlace(name, PATIENT_KEY, rows_where(cohort.frames[name], _KEY.is_null(), name)),
        why="a row without a patient belongs to nobody; ids that are numbers must be whole",
        hint="complete the ids or remove the rows",
    )


def _twice(frame: pl.LazyFrame, name: str) -> Iterator[Finding]:
    counts = frame.filter(_KEY.is_not_null()).group_by(PATIENT_KEY).len("rows").filter(pl.col("rows") > 1)
    twice = collect(counts.sort(PATIENT_KEY), name)
    if twice.height:
        first = twice.get_column(PATIENT_KEY).head(SHOWN)
        yield Finding(
            "D021",
            f"{counted(twice.height, 'patient id')} more than once in a table with one row per patient",
            DataPlace(
                name,
                PATIENT_KEY,
                rows_where(frame, _KEY.is_in(first.to_list()), name),
                tuple(map(str, first)),
            ),
            why="which of the rows is the patient's is not known; ids are compared without blanks at their edges",
            hint="keep one row per patient, or declare `grain: many` if the table is one of events",
        )


def check_orphans(cohort: CohortTables) -> Iterator[Finding]:
    """D022: rows of patients that the patients' table does not have."""
    known = cohort.patients.select(PATIENT_KEY).unique()
    for name, frame in cohort.frames.items():
        if name == PATIENTS:
            continue
        counts = frame.filter(_KEY.is_not_null()).group_by(PATIENT_KEY).len("rows")
        orphans = collect(counts.join(known, on=PATIENT_KEY, how="anti").sort(PATIENT_KEY), name)
        if orphans.height:
            rows = int(orphans.get_column("rows").sum())
            ids = tuple(map(str, orphans.get_column(PATIENT_KEY).head(SHOWN)))
            yield Finding(
                "D022",
                f"{counted(orphans.height, 'patient')} with {counted(rows, 'row')} not in table patients",
                DataPlace(name, PATIENT_KEY, (), ids),
                why="they are not screened",
                hint=_hint(cohort, name, orphans),
                severity=Severity.ERROR if cohort.strict else Severity.WARNING,
            )


def _hint(cohort: CohortTables, name: str, orphans: pl.DataFrame) -> str:
    known = cohort.patients.select(PATIENT_KEY).unique()
    if cohort.catalogue[PATIENTS][PATIENT_KEY] is ColumnKind.TEXT:
        bare = _KEY.str.strip_chars_start("0").str.to_lowercase().alias("bare")
        alike = collect(orphans.lazy().select(bare).join(known.select(bare), on="bare", how="semi"), PATIENTS).height
        if alike:
            return f"{alike:,} of them differ from a known id only in leading zeros or capitals: write ids in one way"
    if orphans.height == int(collect(cohort.frames[name].select(_KEY.drop_nulls().n_unique()), name).item()):
        return "no id of the table is one of a patient: compare the `key` of both tables in the dictionary"
    return "add them to the patients, or ignore this if the extract is wider than the cohort on purpose"
