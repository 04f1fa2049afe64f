"""English for comparisons, windows and rows, as :mod:`~stratify.protocol.prose` uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import assert_never

from stratify.model.codes import CodeEntry, CodeSet
from stratify.model.expression import (
    Computed,
    FieldIs,
    LastRows,
    RowAll,
    RowAny,
    RowCondition,
    RowNot,
    Selection,
)
from stratify.model.value import LLN, ULN, Bound, Comparison, Duration, DurationUnit, Literal, Op, Test, Window

NameOf = Callable[[str], str]
"""An anchor's name in words."""

_OPS = {
    Op.EQ: "",
    Op.NE: "not ",
    Op.LT: "below ",
    Op.LE: "at most ",
    Op.GT: "above ",
    Op.GE: "at least ",
}
_UNITS = {ULN: " times the upper limit of normal", LLN: " times the lower limit of normal"}
_POWER = re.compile(r"^10\*(?=\d)")
"""Powers of ten as UCUM writes them, ``10*9/L``: beside a number they would read as a product of three."""
_DURATIONS = {
    DurationUnit.DAYS: "day",
    DurationUnit.WEEKS: "week",
    DurationUnit.MONTHS: "month",
    DurationUnit.YEARS: "year",
}


def english_list(items: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def comparison_words(compare: Comparison, unit_words: str | None = None) -> str:
    """``is at most 2.5 times the upper limit of normal``, ``is IIIB or IIIC``."""
    unit = unit_words if unit_words is not None else _unit(compare)
    single = compare.single
    if single is not None and compare.unit in _UNITS and single.value.text == "1":
        return f"is {_OPS[single.op]}{_UNITS[compare.unit].removeprefix(' times ')}"  # not "1 times the limit"
    if single is not None:
        return f"is {_OPS[single.op]}{literal_words(single.value)}{unit}"
    parts = [_alternative(alternative) for alternative in compare.alternatives]
    if len(parts) == 1:
        return f"is {'not ' if compare.negated else ''}{parts[0]}{unit}"
    if compare.negated:
        return f"is none of {english_list(parts)}{unit}"
    return f"is {english_list(parts, 'or')}{unit}"


def literal_words(value: Literal) -> str:
    """A value as a reader expects it."""
    return {True: "true", False: "false"}[value.boolean] if value.boolean is not None else value.text


def _unit(compare: Comparison) -> str:
    if compare.unit is None:
        return ""
    return _UNITS.get(compare.unit, f" {_POWER.sub(r'x 10^', compare.unit)}")


def _alternative(tests: tuple[Test, ...]) -> str:
    if len(tests) == 1:
        return f"{_OPS[tests[0].op]}{literal_words(tests[0].value)}"
    low, high = tests
    if low.op is Op.GE and high.op is Op.LE:
        return f"from {low.value.text} to {high.value.text}"
    return english_list([f"{_OPS[test.op]}{literal_words(test.value)}" for test in tests])


def duration_words(duration: Duration) -> str:
    """``21 days``, without a sign."""
    count = abs(duration.count)
    return f"{count} {_DURATIONS[duration.unit]}{'' if count == 1 else 's'}"


def window_words(window: Window, name: NameOf) -> str:
    """`` from 14 days before Cycle 1 Day 1 to that day``, with a leading blank; empty without bounds."""
    if not window.bounds:
        return ""
    if len(window.starts) == len(window.ends) == 1 and window.starts[0].closed and window.ends[0].closed:
        text = _span(window.starts[0], window.ends[0], name)
    else:
        words = [_bound(bound, name, "after") for bound in window.starts]
        words += [_bound(bound, name, "before") for bound in window.ends]
        text = f" {english_list(words)}"
    return text + (" (to the minute where times are known)" if window.exact_time else "")


def _span(start: Bound, end: Bound, name: NameOf) -> str:
    """Both ends; an anchor that both count from is named once."""
    if start.anchor != end.anchor:
        return f" from {_day(start, name)} to {_day(end, name)}"
    if start.offset == end.offset:
        return f" {'on ' if start.offset.count == 0 else ''}{_day(start, name)}"
    if end.offset.count == 0:
        return f" from {_day(start, name)} to that day"
    if start.offset.count == 0:
        return f" from {name(start.anchor)} to {_distance(end)} that day"
    return f" from {_distance(start)} to {_day(end, name)}"


def _day(bound: Bound, name: NameOf) -> str:
    if bound.offset.count == 0:
        return name(bound.anchor)
    return f"{_distance(bound)} {name(bound.anchor)}"


def _distance(bound: Bound) -> str:
    return f"{duration_words(bound.offset)} {'before' if bound.offset.count < 0 else 'after'}"


def _bound(bound: Bound, name: NameOf, side: str) -> str:
    return f"{'on or ' if bound.closed else ''}{side} {_day(bound, name)}"


def row_words(where: RowCondition) -> str:
    """A condition on one row."""
    match where:
        case FieldIs(column, compare):
            return f"{column} {comparison_words(compare)}"
        case RowAll(items):
            return _joined(items, "and")
        case RowAny(items):
            return _joined(items, "or")
        case RowNot(item):
            return f"not ({row_words(item)})"
        case _:
            assert_never(where)


def _joined(items: tuple[RowCondition, ...], word: str) -> str:
    parts = [f"({row_words(item)})" if isinstance(item, RowAll | RowAny) else row_words(item) for item in items]
    return f" {word} ".join(parts)


def entry_words(selection: Selection) -> str:
    """The entries asked of a table: ``entry in treatments with code X, where route is systemic``."""
    words = f"entry in {selection.table}"
    if selection.codes is not None:
        words += f" with {_code_words(selection.codes)}"
    if selection.where is not None:
        words += f" (in which {row_words(selection.where)})"
    return words


def last_words(name: str, last: LastRows | None) -> str:
    """``of the last 3 QT of the last day that has any``, or the name alone."""
    if last is None:
        return name
    return f"of the last {last.n} {name}{' of the last day that has any' if last.same_day else ''}"


def need_words(last: LastRows | None) -> str:
    """How many values there must be."""
    return "" if last is None else f" (at least {last.need} needed)"


def formula_words(leaf: Computed) -> str:
    """A formula by its title: ``creatinine clearance, Cockcroft-Gault (CRCL_CG)``."""
    title = leaf.title[:1].lower() + leaf.title[1:] if leaf.title[1:2].islower() else leaf.title
    return f"{title} ({leaf.name})"


def _code_words(codes: CodeSet) -> str:
    """``code C78.7``, ``one of the ICD-10 codes C34 or C78, or one below them``, ``a code of liver_metastasis``."""
    if codes.name:
        return f"a code of {codes.name}"
    words = [_entry_words(entry) for entry in codes.entries]
    return ", or ".join(words)


def _entry_words(entry: CodeEntry) -> str:
    system = f"{entry.system} " if entry.system else ""
    one = len(entry.codes) == 1
    plural = f"{system}code" if one else f"one of the {system}codes"
    below = f", or one below {'it' if one else 'them'}" if entry.descendants else ""
    return f"{plural} {english_list(list(entry.codes), 'or')}{below}"


def set_words(codes: CodeSet) -> str:
    """What a named set holds: ``Liver metastasis: ICD-10 C78.7 and below; SNOMED 94381002``."""
    parts = [
        f"{f'{entry.system} ' if entry.system else ''}{', '.join(entry.codes)}"
        f"{' and what is below' if entry.descendants else ''}"
        for entry in codes.entries
    ]
    return f"{f'{codes.title}: ' if codes.title else ''}{'; '.join(parts)}"
