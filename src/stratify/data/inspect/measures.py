"""Guesses measures from tables with a test, a value and a unit in each row: one measure for each test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from stratify.data.inspect.looks import Look
from stratify.data.normal import code, is_text
from stratify.model.dictionary import Measure
from stratify.model.measure_units import named_analytes

_MOST_TESTS = 5_000
_TEST = (
    r"[A-Z]{2}TESTCD",
    r"PARAMCD",
    r"test(_?code|cd)?",
    r"analyte",
    r"lab(_?test|_?code)?",
    r"parameter",
    r"measure(ment)?",
)
_VALUE = (r"[A-Z]{2}STRESN", r"AVAL", r"value(_?as_?number)?", r"result(_?value)?", r"[A-Z]{2}STRESC")
_TEXT_VALUE = (r"[A-Z]{2}STRESC", r"AVALC")
_UNIT = (r"[A-Z]{2}STRESU", r"AVALU", r"units?", r"(result|value)_?units?")
_LOW = (r"[A-Z]{2}STNRLO", r"ANRLO", r"(ref(erence)?|normal|range)_?low(er)?", r"lln", r"low(er)?")
_HIGH = (r"[A-Z]{2}STNRHI", r"ANRHI", r"(ref(erence)?|normal|range)_?(high|upper)", r"uln", r"high|upper")


@dataclass(frozen=True, slots=True)
class _Test:
    """One test: how often it has a number, a text, and in which units."""

    units: dict[str | None, int]
    numbers: int
    texts: int


def test_column(look: Look) -> str | None:
    """The column of text that says which test a row is of, by its name."""
    found = _first(look, _TEST)
    return found if found is not None and is_text(look.types[found]) else None


def guess_measures(look: Look, table: str) -> dict[str, Measure]:
    """Measures of a table, by the test's text; none where the table has no such shape."""
    test, value = test_column(look), _first(look, _VALUE)
    if test is None or value is None:
        return {}
    unit, text = _first(look, _UNIT), _first(look, _TEXT_VALUE)
    low, high = (_number(look, patterns) for patterns in (_LOW, _HIGH))
    measures = {}
    for name, seen in _tests(look, test, value, unit, text):
        as_text = text is not None and not seen.numbers and bool(seen.texts)
        commonest = max((u for u in seen.units if u is not None), key=lambda u: (seen.units[u], u), default=None)
        has_unit = commonest is not None and not as_text
        analytes = named_analytes((name,), commonest if has_unit else None)
        measures[name] = Measure(
            name,
            table,
            text if as_text and text is not None else value,
            {test: (name,)},
            unit=commonest if has_unit else None,
            unit_column=unit if has_unit else None,
            reference_low=None if as_text else low,
            reference_high=None if as_text else high,
            analyte=analytes[0] if analytes else None,
        )
    return measures


def _first(look: Look, patterns: tuple[str, ...]) -> str | None:
    return next(iter(look.columns_like(*patterns)), None)


def _number(look: Look, patterns: tuple[str, ...]) -> str | None:
    return next((column for column in look.columns_like(*patterns) if look.types[column].is_numeric()), None)


def _tests(look: Look, test: str, value: str, unit: str | None, text: str | None) -> Iterator[tuple[str, _Test]]:
    nothing = pl.lit(None, pl.String)
    counts = (
        look.frame.select(
            code(test, look.types[test]).alias("test"),
            (code(unit, look.types[unit]) if unit else nothing).alias("unit"),
            pl.col(value).is_not_null().alias("number"),
            (pl.col(text).is_not_null() if text else pl.lit(value=False)).alias("text"),
        )
        .group_by("test", "unit")
        .agg(pl.sum("number"), pl.sum("text"))
        .filter(pl.col("test").is_not_null())
        .sort("test", "unit", nulls_last=True)
        .head(_MOST_TESTS)
        .collect()
    )
    rows: dict[str, list[tuple[str | None, int, int]]] = defaultdict(list)
    for name, unit_text, numbers, texts in counts.iter_rows():
        rows[name].append((unit_text, numbers, texts))
    for name, seen in rows.items():
        units = {unit_text: numbers for unit_text, numbers, _ in seen if numbers}
        yield name, _Test(units, sum(n for _, n, _ in seen), sum(t for _, _, t in seen))
