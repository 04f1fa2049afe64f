"""Columns of words, read by what they mean: each distinct text of a batch once, not each row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from stratify.model.dictionary import ColumnKind

Ask = Callable[[str], bool | None]
"""A question to one text; ``None`` is unknown. Picklable, for equal questions must make equal expressions."""


def told(column: str, kind: ColumnKind, ask: Ask) -> pl.Expr:
    """Nullable Boolean: what the texts of a column say to a question; a null says nothing."""
    if kind is ColumnKind.EMPTY:
        return pl.lit(None, pl.Boolean)
    batch = partial(_asked, ask, pl.Boolean())
    return pl.col(column).map_batches(batch, return_dtype=pl.Boolean, is_elementwise=True)


def translated(column: str, kind: ColumnKind, translate: Callable[[str], str | None]) -> pl.Expr:
    """The texts of a column in other words; null where there are none."""
    if kind is ColumnKind.EMPTY:
        return pl.lit(None, pl.String)
    batch = partial(_asked, translate, pl.String())
    return pl.col(column).map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def _asked(ask: Callable[[str], object], kind: pl.DataType, batch: pl.Series) -> pl.Series:
    distinct = batch.unique().drop_nulls()
    answers = pl.Series(distinct.name, [ask(text) for text in distinct], kind)
    return batch.replace_strict(distinct, answers, default=None, return_dtype=kind)
