"""Guesses what a table's columns are for, from their names and types."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stratify.data.inspect.looks import Look
from stratify.data.inspect.measures import test_column
from stratify.data.normal import is_text
from stratify.model.dictionary import PATIENTS, Grain, Table

_PATIENT_TABLES = (
    "patients",
    "patient",
    "dm",
    "adsl",
    "demographics",
    "subjects",
    "subject",
    "persons",
    "person",
    "clinical",
    "data_clinical_patient",
    "data_clinical_patients",
)
_BIRTH = (r"BRTHDTC?", r"birth_?date(time)?", r"date_?of_?birth", r"birth_datetime", r"dob", r"birth_?day")
_START = (
    r"[A-Z]{2}STDTC",
    r"[A-Z]{2}DTC",
    r"date",
    r"start(_?date)?(time)?",
    r"(onset|effective|performed)_?(date)?(time)?",
    r"ASTDT",
    r"ADT",
    r"\w+_start_date",
    r"(event|onset|measurement|collection|sample|visit)_?date",
    r"\w+_date",
)
_END = (
    r"[A-Z]{2}ENDTC",
    r"end(_?date)?(time)?",
    r"stop(_?date)?(time)?",
    r"AENDT",
    r"\w+_end_date",
    r"resolved(_date)?",
)
_CODE = (r"code", r"[A-Z]{2}DECOD", r"\w+_code", r"icd_?(9|10)\w*", r"\w+_concept_id", r"term")


def guess_keys(looks: Sequence[Look]) -> dict[str, str]:
    """Table -> its key column: by its name, else the first column that is unique somewhere and that all tables have."""
    shared = [c for look in looks for c in look.unique if all(c in other.types for other in looks)]
    keys = {look.name: look.named_key or next(iter(shared), None) for look in looks}
    return {name: key for name, key in keys.items() if key is not None}


def guess_patients(looks: Sequence[Look], keys: dict[str, str]) -> Look | None:
    """The table with one row per patient: by its name, else the longest; ``None`` if no table is one."""
    possible = [look for look in looks if keys.get(look.name) in look.unique]
    by_name = {look.name.lower(): look for look in reversed(possible)}
    named = next((by_name[name] for name in _PATIENT_TABLES if name in by_name), None)
    return named or max(possible, key=lambda look: look.rows, default=None)


def guess_table(look: Look, key: str, *, is_patients: bool) -> Table:
    """The table with its key, grain, dates and code column."""
    taken: list[str] = []

    def first(patterns: Sequence[str]) -> str | None:
        found = next((c for c in look.columns_like(*patterns) if c in look.dates and c not in taken), None)
        taken.extend([] if found is None else [found])
        return found

    birth = first(_BIRTH)
    end = None if is_patients else first(_END)
    start = None if is_patients else first(_START) or next((c for c in look.dates if c not in taken), None)
    codes = [c for c in look.columns_like(*_CODE) if c != key and c not in look.dates and _may_be_code(look.types[c])]
    # Three patients with one lab value each make no table of one row per patient: the next visit adds a row.
    of_events = start is not None or end is not None or bool(codes) or test_column(look) is not None
    grain = Grain.ONE if is_patients or (key in look.unique and not of_events) else Grain.MANY
    return Table(
        name=PATIENTS if is_patients else look.name,
        file=look.file,
        key=key,
        grain=grain,
        date=start,
        end=end if start is not None else None,
        code=codes[0] if codes and grain is Grain.MANY else None,
        dates=tuple(c for c in look.dates if c not in {start, birth, end if start is not None else None}),
        birth=birth,
        zone=_zone(look),
    )


def _may_be_code(kind: pl.DataType) -> bool:
    return is_text(kind) or kind.is_integer()


def _zone(look: Look) -> str | None:
    zones = (look.types[column] for column in look.dates)
    return next((kind.time_zone for kind in zones if isinstance(kind, pl.Datetime) and kind.time_zone), None)
