"""The lines of a table with reference limits, read once when a cohort is opened, so that no query has to join it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from typing import TypeAlias

import polars as pl

from stratify.data.queries import SHOWN, collect, counted
from stratify.diagnostics import DataPlace, ExitCode, Finding, Findings, Severity, join_some, nearest
from stratify.model.dictionary import Dictionary, Measure
from stratify.model.fallback import OLDEST, Fallback, FallbackKey, FallbackLine
from stratify.model.measure_units import unit_conversion, units_read
from stratify.model.value import Literal

_DIGITS = 30
"""Powers of ten that no limit has."""
_Cells: TypeAlias = Mapping[str, str | None]


def with_fallback(dictionary: Dictionary, references: Mapping[str, pl.LazyFrame]) -> Dictionary:
    """The dictionary with the lines of its table of limits; the same where there is none, or its table is not given.

    Raises
    ------
    StratifyError
        With every line that cannot be what it should: D005 and D050 to D056.
    """
    fallback = dictionary.fallback
    if fallback is None or fallback.reference not in references:
        return dictionary
    lines, found = read_lines(fallback, dictionary, references[fallback.reference])
    findings = Findings([*found])
    findings.stop_on_errors(ExitCode.BAD_DATA)
    return replace(dictionary, fallback=replace(fallback, lines=lines))


def read_lines(
    fallback: Fallback, dictionary: Dictionary, table: pl.LazyFrame
) -> tuple[tuple[FallbackLine, ...], tuple[Finding, ...]]:
    """The lines of the measures that the dictionary has, in the measures' units, and all that is wrong or suspect."""
    reader = _Reader(fallback, dictionary)
    have = table.collect_schema().names()
    missing = {role: column for role, column in fallback.columns.items() if column not in have}
    if missing:
        return (), tuple(_missing(fallback.reference, role, column, have) for role, column in missing.items())
    columns = [pl.col(column).alias(role) for role, column in fallback.columns.items()]
    rows = collect(table.select(columns), fallback.reference).to_dicts()
    lines = tuple(line for row, cells in enumerate(rows) if (line := reader.line(row, cells)) is not None)
    return lines, (*reader.findings(), *_overlapping(fallback, lines))


def _missing(reference: str, role: str, column: str, have: Iterable[str]) -> Finding:
    message = f"there is no column {column}, which the dictionary names as ref_fallback, {role}"
    return Finding("D005", message, DataPlace(reference), hint=nearest(column, have))


# --- one line ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    """Something that is wrong with lines: what, where, and what to do; one finding for all lines with it."""

    code: str
    role: str
    what: str
    why: str
    hint: str
    severity: Severity = Severity.ERROR


class _Reader:
    """Lines of one table, one by one, and what is wrong with them by kind."""

    def __init__(self, fallback: Fallback, dictionary: Dictionary) -> None:
        self.fallback = fallback
        self.dictionary = dictionary
        self.faults: dict[_Fault, list[int]] = defaultdict(list)

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind of fault, with the rows that have it."""
        for fault, rows in self.faults.items():
            place = DataPlace(self.fallback.reference, self.fallback.columns[fault.role], tuple(rows[:SHOWN]))
            message = f"{counted(len(rows), 'line')} of limits: {fault.what}"
            yield Finding(fault.code, message, place, fault.why, fault.hint, fault.severity)

    def line(self, row: int, cells: _Cells) -> FallbackLine | None:
        """The line; ``None`` where it has a fault, or is of a measure that the dictionary does not have."""
        before = sum(map(len, self.faults.values()))
        measure = self._measure(row, cells["measure"])
        if measure is None:
            return None
        low, high = (self._limit(row, role, cells, measure) for role in ("low", "high"))
        ages = [self._age(row, role, cells.get(role)) for role in ("age_from", "age_to")]
        site = self._word(row, "site", self.fallback.site, cells.get("site"))
        sex = self._word(row, "sex", self.fallback.sex, cells.get("sex"))
        self._check_order(row, ("low", "high"), (low, high))
        self._check_order(row, ("age_from", "age_to"), ages)
        if sum(map(len, self.faults.values())) > before:
            return None
        return FallbackLine(row, measure.name, low, high, site, sex, *ages)

    def _measure(self, row: int, name: str | None) -> Measure | None:
        if name is None:
            why = "nobody knows what its limits are of"
            self._fault(row, _Fault("D050", "measure", "no measure is named", why, "name the measure in each line"))
            return None
        measure = self.dictionary.measure(name)
        if measure is None:
            names = [*self.dictionary.measures, *(a for m in self.dictionary.measures.values() for a in m.aliases)]
            what = f"{name} is no measure of the dictionary, so they are passed over"
            hint = nearest(name, names) or "declare the measure, or leave the lines out"
            why = "rows of a measure whose name is misspelt here have no limit by them"
            self._fault(row, _Fault("D051", "measure", what, why, hint, Severity.WARNING))
        return measure

    def _limit(self, row: int, role: str, cells: _Cells, measure: Measure) -> Fraction | None:
        text = cells.get(role)
        if text is None:
            return None
        number = Literal(text).number
        if number is None or (number and abs(number.adjusted()) > _DIGITS):
            hint = "write digits with a decimal point, and no sign such as < beside them"
            why = "a limit that cannot be read would be none, for every patient of the line"
            self._fault(row, _Fault("D052", role, "the limit is not a number", why, hint))
            return None
        return self._in_unit(row, Fraction(number), cells.get("unit"), measure)

    def _in_unit(self, row: int, number: Fraction, unit: str | None, measure: Measure) -> Fraction | None:
        """The limit in the measure's unit."""
        if self.fallback.unit is None or (unit is None and measure.unit is None):
            return number
        into = None if unit is None else unit_conversion(measure, unit)
        if into is not None:
            return into(number)
        said = "there is no unit" if unit is None else f"{unit} is no unit"
        known = f"units of {measure.name}: {join_some(units_read(measure))}"
        hint = known if measure.unit else f"{measure.name} has no unit in the dictionary: declare it, or leave it out"
        why = "nothing says what the number is in the unit of the measure"
        self._fault(row, _Fault("D053", "unit", f"{said} in which {measure.name} is read", why, hint))
        return None

    def _age(self, row: int, role: str, text: str | None) -> int | None:
        if text is None:
            return None
        number = Literal(text).number
        if number is not None and 0 <= number <= OLDEST and number == int(number):
            return int(number)
        hint = "write completed years, 0 and 17 for children; leave the cell empty where there is no limit of age"
        what = f"the age is no whole number from 0 to {OLDEST}"
        self._fault(row, _Fault("D052", role, what, "nobody would know for whom the line is", hint))
        return None

    def _word(self, row: int, role: str, key: FallbackKey | None, text: str | None) -> str | None:
        word = None if key is None else key.word(text)
        if key is not None and text is not None and word is None:
            what = f"the {role} {text} is in no category"
            hint = f"add the text to `categories` of `{role}`: {join_some(sorted(set(key.words.values())))}"
            self._fault(row, _Fault("D054", role, what, "the line would apply to nobody", hint))
        return word

    def _check_order(self, row: int, roles: tuple[str, str], ends: Iterable[Fraction | int | None]) -> None:
        first, last = ends
        if first is not None and last is not None and first > last:
            names = {"low": "the lower limit is above the upper", "age_from": "the first age is above the last"}
            why = "one of the two is wrong, and nobody knows which"
            self._fault(row, _Fault("D055", roles[0], names[roles[0]], why, "correct the line at its source"))

    def _fault(self, row: int, fault: _Fault) -> None:
        self.faults[fault].append(row)


# --- lines beside one another ------------------------------------------------------------------------------------


def _overlapping(fallback: Fallback, lines: Iterable[FallbackLine]) -> Iterator[Finding]:
    """D056: two lines that apply to one patient and have different limits."""
    by_measure: dict[str, list[FallbackLine]] = defaultdict(list)
    for line in lines:
        by_measure[line.measure].append(line)
    for measure, mine in by_measure.items():
        pairs = [pair for pair in _pairs(mine) if _meet(*pair)]
        for role in ("low", "high"):
            rows = sorted({line.row for pair in pairs if _differ(*pair, role) for line in pair})
            if rows:
                yield Finding(
                    "D056",
                    f"{counted(len(rows), 'line')} of {measure} apply to the same patients with different limits",
                    DataPlace(fallback.reference, fallback.columns[role], tuple(rows[:SHOWN])),
                    why="a row of such a patient would have two limits, and so none",
                    hint="the last age is inside: 0 to 17 and 18 to 64 do not meet; a blank cell is every site, sex or "
                    "age, also where another line names one",
                )


def _pairs(lines: Iterable[FallbackLine]) -> Iterator[tuple[FallbackLine, FallbackLine]]:
    """Lines that may be of one site, two by two: among those of a hundred sites few are."""
    by_site: dict[str | None, list[FallbackLine]] = defaultdict(list)
    for line in lines:
        by_site[line.site].append(line)
    everywhere = by_site.pop(None, [])
    yield from combinations(everywhere, 2)
    for here in by_site.values():
        yield from combinations(here, 2)
        yield from product(here, everywhere)


def _differ(one: FallbackLine, other: FallbackLine, role: str) -> bool:
    first, second = ((line.low if role == "low" else line.high) for line in (one, other))
    return first is not None and second is not None and first != second


def _meet(one: FallbackLine, other: FallbackLine) -> bool:
    """Whether a patient of one site can be one of both lines."""
    same_sex = one.sex is None or other.sex is None or one.sex == other.sex
    return same_sex and one.first <= other.last and other.first <= one.last
