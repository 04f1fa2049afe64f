"""Values in the measure's unit, as Polars expressions.

Texts of units are few in many rows, and which they are only the data say. So each batch asks the model of its
distinct texts, and every row is looked up among those that it knows.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from stratify.model.dictionary import Measure
from stratify.model.measure_units import proportional, unit_conversion


def factor_of(measure: Measure, unit_column: str) -> pl.Expr:
    """What the row's value is multiplied by to be in the measure's unit; null where the unit is not known."""
    return _looked_up(measure, unit_column, "factor")


def offset_of(measure: Measure, unit_column: str) -> pl.Expr | None:
    """What is added after that; ``None`` where nothing ever is."""
    return None if proportional(measure) else _looked_up(measure, unit_column, "offset")


def _looked_up(measure: Measure, unit_column: str, part: str) -> pl.Expr:
    # Without what does not matter here: a plan is written out, and leaves of one measure share the column.
    bare = Measure("", "", "", unit=measure.unit, units=dict(measure.units), analyte=measure.analyte)
    look_up = partial(_parts, measure=bare, part=part)
    return pl.col(unit_column).map_batches(look_up, return_dtype=pl.Float64, is_elementwise=True)


def _parts(units: pl.Series, measure: Measure, part: str) -> pl.Series:
    found = {text: unit_conversion(measure, text) for text in units.cast(pl.String).unique().drop_nulls()}
    known = {text: float(getattr(into, part)) for text, into in found.items() if into is not None}
    return units.cast(pl.String).replace_strict(known, default=None, return_dtype=pl.Float64)
