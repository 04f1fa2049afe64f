"""Date columns in normal form: first and last day they may be, and the second of the day."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from stratify.data.normal import is_text, normal_text
from stratify.model.dictionary import ColumnKind, first_day, last_day, second_of_day
from stratify.model.value import parse_partial_date

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_FULL = f"^{_DAY}({_TIME})?$"
WITH_OFFSET = f"^{_DAY}{_TIME}(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$"
"""A day and time that says how far it is from UTC: which calendar day it is depends on the zone."""
_EPOCH = date(1970, 1, 1)
_YEAR_ONE = -719_162
_FIELDS = ("first", "last", "second")
_PARTS = pl.Struct(dict.fromkeys(_FIELDS, pl.Int32))


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A date column on its way: what it holds, how its parts are computed once, and the three columns from them."""

    kind: ColumnKind
    prepare: pl.Expr | None
    columns: tuple[pl.Expr, ...]


def needs_zone(kind: pl.DataType) -> bool:
    """Whether the type holds instants, which are calendar days only in a zone."""
    return isinstance(kind, pl.Datetime) and kind.time_zone is not None


def date_column(name: str, kind: pl.DataType, zone: str | None) -> DateColumn | None:
    """A column as dates; ``None`` where it is nothing that can be dates, or instants without a zone to read them in."""
    if needs_zone(kind) and zone is None:
        return None
    column = pl.col(name)
    if is_text(kind):
        return _from_text(name, zone)
    if kind == pl.Date:
        day = column.to_physical()
        return DateColumn(ColumnKind.DATE, None, _named(name, day, day, _nothing(column)))
    if isinstance(kind, pl.Datetime):
        local = column.dt.convert_time_zone(zone) if needs_zone(kind) and zone else column
        day = local.dt.date().to_physical()
        second = local.dt.hour().cast(pl.Int32) * 3600 + local.dt.minute().cast(pl.Int32) * 60 + local.dt.second()
        return DateColumn(ColumnKind.DATETIME, None, _named(name, day, day, second.cast(pl.Int32)))
    if kind == pl.Null:
        empty = _nothing(column)
        return DateColumn(ColumnKind.DATE, None, _named(name, empty, empty, empty))
    return None


def parts_of(name: str) -> str:
    """Name of the column that holds the parts of a text date between two steps of a query."""
    return f"{name}:parts"


def text_parts(name: str, zone: str | None) -> pl.Expr:
    """Text as a struct of first day, last day and second; all null where the text is no date."""
    return pl.col(name).cast(pl.String).map_batches(_parser(zone), return_dtype=_PARTS, is_elementwise=True)


def _from_text(name: str, zone: str | None) -> DateColumn:
    # The struct is computed once in a step of its own: three expressions with the parser would parse three times.
    hidden = parts_of(name)
    parts = pl.col(hidden).struct
    columns = _named(name, *(parts.field(field) for field in _FIELDS))
    return DateColumn(ColumnKind.PARTIAL_DATE, text_parts(name, zone).alias(hidden), columns)


def _named(name: str, first: pl.Expr, last: pl.Expr, second: pl.Expr) -> tuple[pl.Expr, ...]:
    return first.alias(first_day(name)), last.alias(last_day(name)), second.alias(second_of_day(name))


def _nothing(column: pl.Expr) -> pl.Expr:
    return pl.when(column.is_null() & column.is_not_null()).then(pl.lit(0, pl.Int32))


def _parser(zone: str | None) -> Callable[[pl.Series], pl.Series]:
    def parse(batch: pl.Series) -> pl.Series:
        full = batch.str.contains(_FULL)
        if not full.all():
            batch = normal_text(batch)
            full = batch.str.contains(_FULL)
        days = batch if (batch.str.len_bytes() == 10).all() else batch.str.head(10)
        # Without Polars' cache of parsed texts, which costs more than parsing.
        first = days.str.to_date("%Y-%m-%d", strict=False, cache=False).to_physical()
        second = _seconds(batch)
        if full.all() and not (first < _YEAR_ONE).any():
            return _struct(first, first, second)
        return _with_rest(batch, full, first, second, zone)

    return parse


def _seconds(batch: pl.Series) -> pl.Series:
    """Second of the day of complete ISO text; null where no time is given, or none of the clock's."""
    if not (batch.str.len_bytes() > 10).any():
        return pl.repeat(None, len(batch), dtype=pl.Int32, eager=True)
    hour, minute, second = (batch.str.slice(at, 2).cast(pl.Int32, strict=False) for at in (11, 14, 17))
    total = hour * 3600 + minute * 60 + second.fill_null(0)
    beyond = (hour > 23) | (minute > 59) | (second.fill_null(0) > 59)
    return total.set(beyond.fill_null(value=False), None)


def _with_rest(batch: pl.Series, full: pl.Series, first: pl.Series, second: pl.Series, zone: str | None) -> pl.Series:
    """What is not a complete ISO date, one distinct text at a time by the model's own reading of partial dates."""
    odd = ~full.fill_null(value=True) | (first < _YEAR_ONE).fill_null(value=False)
    texts = batch.filter(odd).unique()
    parts = [_one(text, zone) for text in texts]
    columns = []
    for position, whole in enumerate((first, first, second)):
        values = pl.Series([part[position] for part in parts], dtype=pl.Int32)
        rest = batch.replace_strict(texts, values, default=None, return_dtype=pl.Int32)
        columns.append(rest.zip_with(odd, whole))
    return _struct(*columns)


def _one(text: str, zone: str | None) -> tuple[int | None, int | None, int | None]:
    """First day, last day and second of one text.

    >>> _one("2020-03", None), _one("2020-03-01T23:30Z", "Europe/Vienna")
    ((18322, 18352, None), (18323, 18323, 1800))
    """
    interval = parse_partial_date(text)
    if interval is not None:
        return (interval.lower - _EPOCH).days, (interval.upper - _EPOCH).days, None
    instant = _instant(text) if zone is not None else None
    if instant is None or zone is None:
        return None, None, None
    local = instant.astimezone(ZoneInfo(zone))
    day = (local.date() - _EPOCH).days
    return day, day, local.hour * 3600 + local.minute * 60 + local.second


def _instant(text: str) -> datetime | None:
    if not re.match(WITH_OFFSET, text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _struct(first: pl.Series, last: pl.Series, second: pl.Series) -> pl.Series:
    columns = [part.alias(field) for part, field in zip((first, last, second), _FIELDS, strict=True)]
    return pl.DataFrame(columns).to_struct()
