"""Measures: rows, units and plausible values. One pass a table and shape, however many measures it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from stratify.data.cohort import CohortTables
from stratify.data.queries import collect, counted, of, rows_where
from stratify.diagnostics import DataPlace, Finding, Severity, join_some
from stratify.model.analytes import IDENTITY, Conversion
from stratify.model.dictionary import ColumnKind, Limit, Measure, limit_of, number_of
from stratify.model.measure_units import plausible_range, unit_conversion, units_read
from stratify.model.value import TOLERANCE

Shape = tuple[str, str, tuple[str, ...], str | None]
"""Table, value column, selecting columns, unit column: what one pass serves."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """The values of a measure in one unit text (``None``: no unit), and how they become ones in the measure's own."""

    text: str | None
    into: Conversion | None
    values: int
    lowest: float | None
    highest: float | None


def check_measures(cohort: CohortTables) -> Iterator[Finding]:
    """D031 no row, D032 only null values, D033 unknown units, D034 implausible values, D035 unreadable texts."""
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
    kind = cohort.catalogue[table].get(value)
    values = pl.col(number_of(value)) if kind is ColumnKind.RESULT else pl.col(value)
    unreadable = pl.col(limit_of(value)) == Limit.UNREADABLE if kind is ColumnKind.RESULT else pl.lit(value=False)
    by = [pl.col(name) for name in selecting]
    by += [(pl.col(unit_column) if unit_column else pl.lit(None, pl.String)).alias(":unit")]
    is_number = kind in {ColumnKind.NUMBER, ColumnKind.RESULT}
    ends = (values.min(), values.max()) if is_number else (pl.lit(None, pl.Float64).first(),) * 2
    counts = pl.len().alias(":rows"), pl.col(value).count().alias(":values"), unreadable.sum().alias(":unreadable")
    named = (end.alias(name) for end, name in zip(ends, (":lowest", ":highest"), strict=True))
    return collect(cohort.frames[table].group_by(by).agg(*counts, *named), table)


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
        yield from _unreadable(measure, int(summary.get_column(":unreadable").sum()), values)
        yield from _unknown_units(measure, units, values)
        yield from _implausible(cohort, measure, units, values)


def _sought(measure: Measure) -> str:
    """The values that select the measure's rows, to be compared with the file's."""
    sought = "; ".join(f"{column}: {join_some(values)}" for column, values in sorted(measure.rows.items()))
    return f"compare what the dictionary seeks with the file ({sought})" if sought else ""


def _units(measure: Measure, summary: pl.DataFrame) -> tuple[_Unit, ...]:
    by_unit = summary.group_by(":unit").agg(pl.sum(":values"), pl.min(":lowest"), pl.max(":highest"))
    return tuple(
        _Unit(text, _into(measure, text), values, lowest, highest)
        for text, values, lowest, highest in by_unit.sort(":unit", nulls_last=True).iter_rows()
        if values
    )


def _into(measure: Measure, text: str | None) -> Conversion | None:
    if measure.unit_column is None:
        return IDENTITY
    return None if text is None else unit_conversion(measure, text)


def _unreadable(measure: Measure, number: int, total: int) -> Iterator[Finding]:
    if number and measure.numeric:
        yield Finding(
            "D035",
            f"measure {measure.name}: {of(number, total, 'values')} are texts that are no number",
            DataPlace(measure.table, measure.value),
            why="they are not passed over: a rule that compares the measure with numbers is unknown where one counts",
            hint="results are written 12.3, <0.5 or >=1000; leave the value empty where nothing was measured",
            severity=Severity.WARNING,
        )


def _unknown_units(measure: Measure, units: Sequence[_Unit], total: int) -> Iterator[Finding]:
    unknown = [unit for unit in units if unit.into is None]
    if unknown:
        named = [f"{'no unit' if unit.text is None else unit.text} ({unit.values:,})" for unit in unknown]
        count = sum(unit.values for unit in unknown)
        known = join_some(units_read(measure)) or "none"
        yield Finding(
            "D033",
            f"measure {measure.name}: {of(count, total, 'values')} are in units it does not know: {join_some(named)}",
            DataPlace(measure.table, measure.unit_column),
            why="such a value is never compared: rules that need it are unknown",
            hint=f"known: {known}; give each further unit its factor under `units` of the measure",
            severity=Severity.WARNING,
        )


def _implausible(cohort: CohortTables, measure: Measure, units: Sequence[_Unit], total: int) -> Iterator[Finding]:
    plausible = plausible_range(measure)
    if plausible is None:
        return
    low, high = (float(end) for end in plausible)
    suspect = [unit for unit in units if _reaches_outside(unit, low, high)]
    if not suspect:
        return
    is_result = cohort.catalogue[measure.table][measure.value] is ColumnKind.RESULT
    in_unit = [_outside(measure, unit, low, high, is_result=is_result) for unit in suspect]
    condition = _selected(measure) & pl.any_horizontal(*in_unit)
    frame = cohort.frames[measure.table]
    number = int(collect(frame.select(condition.sum()), measure.table).item())
    if not number:
        return
    yield Finding(
        "D034",
        f"measure {measure.name}: {of(number, total, 'values')} are outside the plausible range"
        f" {low:.6g} to {high:.6g} {measure.unit or ''}".rstrip(),
        DataPlace(measure.table, measure.value, rows_where(frame, condition, measure.table)),
        why="often a value in another unit than the row says; it is never scaled, and rules on it are unknown",
        hint="correct the unit or the value at its source, or widen `plausible`; `plausible: none` takes every value",
        severity=Severity.WARNING,
    )


def _reaches_outside(unit: _Unit, low: float, high: float) -> bool:
    if unit.into is None or unit.lowest is None or unit.highest is None:
        return False
    factor, offset = float(unit.into.factor), float(unit.into.offset)
    return unit.lowest * factor + offset < low or unit.highest * factor + offset > high


def _outside(measure: Measure, unit: _Unit, low: float, high: float, *, is_result: bool) -> pl.Expr:
    into = IDENTITY if unit.into is None else unit.into
    recorded = pl.col(number_of(measure.value) if is_result else measure.value)
    value = recorded * float(into.factor) + float(into.offset)
    too_low, too_high = value < _slack(low, -1), value > _slack(high, 1)
    if is_result:  # of a limit one side is open
        limit = pl.col(limit_of(measure.value))
        too_low, too_high = too_low & (limit <= 0), too_high & (limit >= 0)
    wrong = too_low | too_high
    return wrong if measure.unit_column is None else wrong & pl.col(measure.unit_column).eq_missing(pl.lit(unit.text))


def _slack(end: float, sign: int) -> float:
    return end + sign * abs(end) * float(TOLERANCE)
