"""What a column of text holds, when the file (CSV) does not say.

A column has a type only if every cell agrees. Empty cells say nothing; ``NA`` is empty where all other cells agree
on something that ``NA`` cannot be, but stays text among text (it is sodium, and Namibia). ``007`` is text: as a
number it would lose its zeros, and the patient.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_INTEGER = r"^[+-]?(0|[1-9]\d{0,17})$"
_NUMBER = r"^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_NOT_FINITE = r"^(NaN|nan|[+-]?(Inf|inf))$"
_BOOLEAN = r"^(true|false|True|False|TRUE|FALSE)$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_DATETIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"


def infer_types(frame: pl.LazyFrame) -> dict[str, pl.DataType]:
    """The type of each text column: Null, Int64, Float64, Boolean, Date, Datetime or String. Reads all rows once."""
    names = frame.collect_schema().names()
    if not names:
        return {}
    # One struct a column, so that a column's name cannot clash with another's answer.
    verdicts = (
        frame.select(
            pl.struct([answer.alias(question) for question, answer in _questions(name).items()]).alias(name)
            for name in names
        )
        .collect()
        .row(0)
    )
    return {name: _answer(verdict) for name, verdict in zip(names, verdicts, strict=True)}


def typed(frame: pl.LazyFrame, types: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The frame with its text columns in those types."""
    return frame.with_columns(_cast(name, kind) for name, kind in types.items() if kind != pl.String)


def cell(name: str) -> pl.Expr:
    """A cell without blanks around it; the typographic minus that word processors write is a minus."""
    return pl.col(name).str.strip_chars().str.replace_all("\u2212", "-", literal=True)


def _questions(name: str) -> dict[str, pl.Expr]:
    text = cell(name)
    silent = text.is_null() | text.is_in(["", "NA"])

    def all_are(pattern: str) -> pl.Expr:
        return (silent | text.str.contains(pattern)).all()

    day = text.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    return {
        "cells": (text.is_not_null() & (text != "")).any(),
        "values": (~silent).any(),
        "integer": all_are(_INTEGER),
        "number": all_are(f"{_NUMBER}|{_NOT_FINITE}"),
        "finite": text.str.contains(_NUMBER).any(),
        "boolean": all_are(_BOOLEAN),
        "date": all_are(_DATE),
        "datetime": all_are(_DATETIME),
        "days": (silent | day.is_not_null()).all(),
    }


def _answer(found: Mapping[str, bool]) -> pl.DataType:
    if not found["values"]:
        return pl.String() if found["cells"] else pl.Null()
    candidates: tuple[tuple[bool, pl.DataType], ...] = (
        (found["integer"], pl.Int64()),
        (found["number"] and found["finite"], pl.Float64()),
        (found["boolean"], pl.Boolean()),
        (found["date"] and found["days"], pl.Date()),
        (found["datetime"] and found["days"], pl.Datetime("us")),
    )
    return next((kind for agrees, kind in candidates if agrees), pl.String())


def _cast(name: str, kind: pl.DataType) -> pl.Expr:
    text = cell(name)
    if kind == pl.Null:
        return pl.lit(None).alias(name)
    if kind == pl.Boolean:
        return text.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    if kind == pl.Date:
        return text.str.to_date("%Y-%m-%d", strict=False)
    if kind == pl.Datetime:
        day = text.str.head(10).str.to_datetime("%Y-%m-%d", strict=False)
        return day + pl.duration(seconds=_seconds(text))
    return text.cast(kind, strict=False)


def _seconds(text: pl.Expr) -> pl.Expr:
    hour, minute, second = (text.str.slice(at, 2).cast(pl.Int32, strict=False) for at in (11, 14, 17))
    return hour * 3600 + minute * 60 + second.fill_null(0)
