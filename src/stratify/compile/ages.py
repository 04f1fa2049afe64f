"""Completed ages as Polars expressions."""

from __future__ import annotations

import polars as pl

from stratify.model.expression import AgeUnit


def completed(unit: AgeUnit, born: pl.Expr, at: pl.Expr) -> pl.Expr:
    """Completed calendar years or months, as :func:`stratify.model.value.completed_years` counts them."""
    born, at = born.cast(pl.Date), at.cast(pl.Date)
    years = (at.dt.year() - born.dt.year()).cast(pl.Int64)
    months = at.dt.month().cast(pl.Int64) - born.dt.month().cast(pl.Int64)
    days = at.dt.day().cast(pl.Int64) - born.dt.day().cast(pl.Int64)
    if unit is AgeUnit.MONTHS:
        return years * 12 + months - (days < 0).cast(pl.Int64)
    return years - ((months < 0) | ((months == 0) & (days < 0))).cast(pl.Int64)
