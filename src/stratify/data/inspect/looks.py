"""What one look at a table shows: its rows, its key, which columns are dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from stratify.data.normal import is_text
from stratify.data.reading import Reading

_KEYS = (
    "patient_id",
    "usubjid",
    "subject_id",
    "person_id",
    "participant_id",
    "patientid",
    "patient",
    "subject",
    "subjid",
    "pat_id",
    "person",
    "mrn",
    "id",
)
_ISO = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?$"
_ISO_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SDTM_DATE = re.compile(r"[A-Z]+DTC")


@dataclass(frozen=True, slots=True)
class Look:
    """A table as far as it was looked at.

    Parameters
    ----------
    unique
        Columns of text or whole numbers whose values are all there and all different.
    dates
        Columns of dates, typed or as ISO 8601 text.
    """

    name: str
    file: str
    frame: pl.LazyFrame
    types: dict[str, pl.DataType]
    rows: int
    unique: tuple[str, ...]
    dates: tuple[str, ...]

    @property
    def named_key(self) -> str | None:
        """The column that is called as patient keys are called."""
        by_name = {column.lower(): column for column in reversed(self.types)}
        return next((by_name[name] for name in _KEYS if name in by_name), None)

    def columns_like(self, *patterns: str) -> list[str]:
        """Columns whose whole name matches a pattern (in any case), by pattern, then by place in the table."""
        return [c for pattern in patterns for c in self.types if re.fullmatch(pattern, c, re.IGNORECASE)]


def look(name: str, file: str, reading: Reading) -> Look:
    """Look at a table: two passes over its text and whole numbers."""
    frame = reading.typed()
    rows = int(frame.select(pl.len()).collect().item())
    possible = [column for column, kind in reading.types.items() if is_text(kind) or kind.is_integer()]
    return Look(name, file, frame, reading.types, rows, _unique(frame, possible, rows), _dates(frame, reading.types))


def _unique(frame: pl.LazyFrame, columns: Sequence[str], rows: int) -> tuple[str, ...]:
    if not columns or not rows:
        return ()
    # Columns that repeat themselves in the first rows are not counted over all rows.
    head = frame.select(columns).head(1000).collect()
    likely = [column for column in columns if head.get_column(column).drop_nulls().n_unique() == head.height]
    if not likely:
        return ()
    counts = frame.select(pl.col(column).drop_nulls().n_unique() for column in likely).collect().row(0)
    return tuple(column for column, number in zip(likely, counts, strict=True) if number == rows)


def _dates(frame: pl.LazyFrame, types: dict[str, pl.DataType]) -> tuple[str, ...]:
    texts = [column for column, kind in types.items() if is_text(kind)]
    as_text = set(_iso_texts(frame, texts)) if texts else set()
    return tuple(c for c, kind in types.items() if isinstance(kind, pl.Date | pl.Datetime) or c in as_text)


def _iso_texts(frame: pl.LazyFrame, columns: Sequence[str]) -> list[str]:
    def fields(column: str) -> pl.Expr:
        text = pl.col(column).cast(pl.String).str.strip_chars()
        return pl.struct(
            given=(text.is_not_null() & (text != "")).sum(),
            iso=text.str.contains(_ISO).sum(),
            days=text.str.contains(_ISO_DAY).sum(),
        ).alias(column)

    found = frame.select(fields(column) for column in columns).collect().row(0, named=True)
    return [
        column
        for column, seen in found.items()
        if (seen["days"] and seen["iso"] == seen["given"])
        or (_SDTM_DATE.fullmatch(column) and 2 * seen["iso"] >= seen["given"])
    ]
