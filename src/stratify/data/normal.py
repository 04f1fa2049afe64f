"""Columns in normal form: text, numbers, true/false, keys (:mod:`stratify.model.dictionary` says what that is).

Every expression is elementwise, so that a query reads and normalises only the columns and rows it asks for.
"""

from __future__ import annotations

import polars as pl

from stratify.model.dictionary import ColumnKind

TEXT_TYPES = (pl.String, pl.Categorical, pl.Enum)

_PROBE = 1_000
"""Rows of a batch that are looked at to see whether it repeats itself."""


def is_text(kind: pl.DataType) -> bool:
    """Whether a column of the type holds text."""
    return isinstance(kind, TEXT_TYPES)


def normal_kind(kind: pl.DataType) -> ColumnKind | None:
    """What a column of that type holds in normal form; ``None`` for types rules cannot speak of (lists, binary)."""
    if is_text(kind):
        return ColumnKind.TEXT
    if kind.is_numeric():
        return ColumnKind.NUMBER
    if kind == pl.Boolean:
        return ColumnKind.BOOLEAN
    return ColumnKind.EMPTY if kind == pl.Null else None


def normal(name: str, kind: pl.DataType, *, tidy: bool = False) -> pl.Expr:
    """A column in normal form; its kind is not ``None``. ``tidy``: text that is known to be in normal form."""
    column = pl.col(name)
    if is_text(kind):
        return column if tidy else _text(column, kind)
    return number(column, kind) if kind.is_numeric() else column


def number(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Numbers as Float64; NaN and infinities are null.

    A Float32 goes by the decimal text it prints: 1.65 as Float32 is 1.64999998 as Float64, and ``>= 1.65`` would
    be false.
    """
    if not kind.is_float():
        return column.cast(pl.Float64, strict=False)
    exact = column if kind == pl.Float64 else column.cast(pl.Float32).cast(pl.String).cast(pl.Float64, strict=False)
    return pl.when(exact.is_finite()).then(exact)


def code(name: str, kind: pl.DataType, *, tidy: bool = False) -> pl.Expr:
    """A column whose values select rows, as text: codes that a file keeps as numbers are their digits.

    >>> pl.select(pl.Series("concept", [3006923.0])).select(code("concept", pl.Float64())).item()
    '3006923'
    """
    column = pl.col(name)
    if is_text(kind):
        return column if tidy else _text(column, kind)
    if not kind.is_numeric() or kind.is_integer():  # also true and false, under these names, and nothing
        return column.cast(pl.String)
    value = number(column, kind)
    whole = value.cast(pl.Int64, strict=False)
    return pl.when(value == whole).then(whole.cast(pl.String)).otherwise(value.cast(pl.String))


def key(name: str, kind: pl.DataType, *, as_text: bool) -> pl.Expr:
    """A patient key: text, or Int64. A number that is not whole names no patient and is null."""
    column = pl.col(name)
    if as_text:
        return _text(column, kind) if is_text(kind) else column.cast(pl.String)
    if kind.is_integer() or kind == pl.Null:
        return column.cast(pl.Int64, strict=False)
    value = number(column, kind)
    whole = value.cast(pl.Int64, strict=False)
    return pl.when(value == whole).then(whole)


def normal_text(batch: pl.Series) -> pl.Series:
    """Text as NFKC, with the ASCII minus, stripped, empty as null.

    Tests, units and codes are a few texts in many rows: there only the distinct ones are looked at.
    """
    if batch.head(_PROBE).n_unique() * 10 > _PROBE:
        return _clean(batch)
    distinct = batch.unique().drop_nulls()
    clean = _clean(distinct)
    return batch if clean is distinct else _replaced(batch, distinct, clean)


def is_normal_text(texts: pl.Series) -> bool:
    """Whether normalising would change none of the texts."""
    return _clean(texts).equals(texts)


def _text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    batch = normal_text if isinstance(kind, pl.String) else _normal_categories
    return column.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def _normal_categories(batch: pl.Series) -> pl.Series:
    distinct = batch.unique().drop_nulls().cast(pl.String)
    clean = _clean(distinct)
    text = batch.cast(pl.String)
    return text if clean is distinct else _replaced(text, distinct, clean)


def _clean(batch: pl.Series) -> pl.Series:
    """Every text normalised; the same series where nothing is to do, which three quick looks tell of most."""
    if (batch.str.len_bytes() != batch.str.len_chars()).any():
        # NFKC leaves the typographic minus alone, which rules and numbers write as "-".
        batch = batch.str.normalize("NFKC").str.replace_all("\u2212", "-", literal=True)
    # In code order blanks, tabs and line ends stand before "!", and so does the empty text.
    elif not (batch < "!").any() and not (batch.str.tail(1) < "!").any():
        return batch
    stripped = batch.str.strip_chars()
    return stripped.set((stripped == "").fill_null(value=False), None)


def _replaced(batch: pl.Series, distinct: pl.Series, clean: pl.Series) -> pl.Series:
    return batch.replace_strict(distinct, clean, default=None, return_dtype=pl.String)
