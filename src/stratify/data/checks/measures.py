"""Measures: rows, units and plausible values. One pass a table and shape, however many measures it has."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from stratify.data.checks.reading import collect, counted, of, rows_where
from stratify.data.cohort import CohortTables
from stratify.diagnostics import DataPlace, Finding, Severity, join_some
from stratify.model.dictionary import ColumnKind, Measure

Shape = tuple[str, str, tuple[str, ...], str | None]
"""Table, value column, selecting columns, unit column: what one pass serves."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """The values of a measure in one unit text (``None``: no unit), and the factor to the measure's own unit."""

    text: str | None
    factor: float | None
    values: int
    lowest: float | None
    highest: float | None


def check_measures(cohort: CohortTables) -> Iterator[Finding]:
    """D031 no row, D032 only null values, D033 unknown units, D034 implausible values, for each measure."""
    shapes: dict[Shape, list[Measure]] = defaultdict(list)
    for measure in cohort.dictionary.measures.values():
        shapes[measure.table, measure.value, tuple(sorted(measure.rows)), measure.unit_column].append(measure)
    for shape, measures in shapes.items():
        summary = _summary(cohort, shape)
        for measure in measures:
            yield from _one(cohort, measure, summary.filter(_selected(measure)))


def _summary(cohort: CohortTables, shape: Shape) -> pl.DataFrame:
    """Rows, values and their range for each combination of selecting columns and unit."""
    table, value, selecting, unit_column = shape
    is_number = cohort.catalogue[table].get(value) is ColumnKind.NUMBER
    by = [pl.col(name) for name in selecting]
    by += [(pl.col(unit_column) if unit_column else pl.lit(None, pl.String)).alias(":unit")]
    values = pl.col(value)
    extremes = (values.min().alias(":lowest"), values.max().alias(":highest")) if is_number else ()
    query = cohort.frames[table].group_by(by).agg(pl.len().alias(":rows"), values.count().alias(":values"), *extremes)
    answer = collect(query, table)
    nothing = pl.lit(None, pl.Float64)
    return answer if is_number else answer.with_columns(nothing.alias(":lowest"), nothing.alias(":highest"))


def _selected(measure: Measure) -> pl.Expr:
    chosen = [pl.col(column).cast(pl.String).is_in(list(values)) for column, values in measure.rows.items()]
    return pl.all_horizontal(*chosen) if chosen else pl.lit(value=True)


def _one(cohort: CohortTables, measure: Measure, summary: pl.DataFrame) -> Iterator[Finding]:
    rows, values = (int(summary.get_column(name).sum()) for name in (":rows", ":values"))
    place = DataPlace(measure.table, measure.value)
    if not rows:
        yield Finding(
            "D031",
            f"no row is one of measure {measure.name}",
            DataPlace(measure.table),
            why="every rule on it is unknown for every patient",
            hint=_sought(measure),
            severity=Severity.WARNING,
        )
    elif not values:
        message = f"measure {measure.name} has {counted(rows, 'row')} and no value"
        yield Finding(
            "D032", message, place, "every rule on it is unknown for every patient", severity=Severity.WARNING
        )
    else:
        units = _units(measure, summary)
        yield from _unknown_units(measure, units, values)
        yield from _implausible(cohort, measure, units, values)


def _sought(measure: Measure) -> str:
    """The values that select the measure's rows, to be compared with the file's."""
    sought = "; ".join(f"{column}: {join_some(values)}" for column, values in sorted(measure.rows.items()))
    return f"compare what the dictionary seeks with the file ({sought})" if sought else ""


def _units(measure: Measure, summary: pl.DataFrame) -> tuple[_Unit, ...]:
    factors = {_nfkc(text): float(factor) for text, factor in measure.units.items()}
    if measure.unit is not None:
        factors[_nfkc(measure.unit)] = 1.0
    by_unit = summary.group_by(":unit").agg(pl.sum(":values"), pl.min(":lowest"), pl.max(":highest"))
    return tuple(
        _Unit(text, 1.0 if measure.unit_column is None else factors.get(text or ""), values, lowest, highest)
        for text, values, lowest, highest in by_unit.sort(":unit", nulls_last=True).iter_rows()
        if values
    )


def _unknown_units(measure: Measure, units: Sequence[_Unit], total: int) -> Iterator[Finding]:
    unknown = [unit for unit in units if unit.factor is None]
    if unknown:
        named = [f"{'no unit' if unit.text is None else unit.text} ({unit.values:,})" for unit in unknown]
        count = sum(unit.values for unit in unknown)
        known = join_some(sorted({*measure.units, *([measure.unit] if measure.unit else [])})) or "none"
        yield Finding(
            "D033",
            f"measure {measure.name}: {of(count, total, 'values')} are in units it does not know: {join_some(named)}",
            DataPlace(measure.table, measure.unit_column),
            why="such a value is never compared: rules that need it are unknown",
            hint=f"known: {known}; give each further unit its factor under `units` of the measure",
            severity=Severity.WARNING,
        )


def _implausible(cohort: CohortTables, measure: Measure, units: Sequence[_Unit], total: int) -> Iterator[Finding]:
    if measure.plausible is None:
        return
    low, high = map(float, measure.plausible)
    suspect = [unit for unit in units if _reaches_outside(unit, low, high)]
    if not suspect:
        return
    in_unit = [_outside(measure, unit, low, high) for unit in suspect]
    condition = _selected(measure) & pl.any_horizontal(*in_unit)
    frame = cohort.frames[measure.table]
    number = int(collect(frame.select(condition.sum()), measure.table).item())
    yield Finding(
        "D034",
        f"measure {measure.name}: {of(number, total, 'values')} are outside the plausible range"
        f" {measure.plausible[0]} to {measure.plausible[1]} {measure.unit or ''}".rstrip(),
        DataPlace(measure.table, measure.value, rows_where(frame, condition, measure.table)),
        why="often a value in another unit than the row says; it is never scaled, and rules on it are unknown",
        hint="correct the unit or the value at its source, or widen `plausible`",
        severity=Severity.WARNING,
    )


def _reaches_outside(unit: _Unit, low: float, high: float) -> bool:
    if unit.factor is None or unit.lowest is None or unit.highest is None:
        return False
    return unit.lowest * unit.factor < low or unit.highest * unit.factor > high


def _outside(measure: Measure, unit: _Unit, low: float, high: float) -> pl.Expr:
    value = pl.col(measure.value) * unit.factor
    wrong = (value < low) | (value > high)
    return wrong if measure.unit_column is None else wrong & pl.col(measure.unit_column).eq_missing(pl.lit(unit.text))


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
