"""English for lists, names, comparisons and values, as :mod:`~stratify.protocol.prose` uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from stratify.model.codes import CodeSet
from stratify.model.expression import ColumnRef, LastRows
from stratify.model.value import LLN, ULN, Comparison, Literal, Op, Test

NameOf = Callable[[str], str]
"""An anchor's name in words."""

PATIENT_TABLE = "patients"
_OPS = {
    Op.EQ: "",
    Op.NE: "not ",
    Op.LT: "below ",
    Op.LE: "at most ",
    Op.GT: "above ",
    Op.GE: "at least ",
}
_UNITS = {ULN: " times the upper limit of normal", LLN: " times the lower limit of normal"}
_SEVERAL = re.compile(r"[,;]| (or|and|nor) ")
_POWER = re.compile(r"^10\*(?=\d)")
"""Powers of ten as UCUM writes them, ``10*9/L``: beside a number they would read as a product of three."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a protocol calls its days and its code sets."""

    day: NameOf
    code_set: Callable[[CodeSet], str]


def english_list(items: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def plain(name: str) -> str:
    """The name of a column, a table or a definition as it is said."""
    return name.replace("_", " ")


def column_words(column: ColumnRef) -> str:
    """A column by its name; that of a table beside the patients' with the table: ``stage (tumour)``."""
    beside = "" if column.table == PATIENT_TABLE else f" ({plain(column.table)})"
    return f"{plain(column.column)}{beside}"


def comparison_words(compare: Comparison) -> str:
    """``is at most 2.5 times the upper limit of normal``, ``is IIIB or IIIC``, ``is neither a nor b``."""
    text = _compared(compare)
    if text is not None:
        return f"is {text}"
    parts = [_alternative(alternative) for alternative in compare.alternatives]
    negated = f"neither {english_list(parts, 'nor')}" if len(parts) > 1 else f"not {parts[0]}"
    return f"is {negated}{unit_words(compare.unit)}"


def field_words(column: str, compare: Comparison) -> str:
    """A column of a row and what it holds: ``regimen A or B``, ``depth above 9``, ``maintenance: no``."""
    single = compare.single
    if single is not None and single.value.boolean is not None:
        return answer_words(plain(column), single)
    if single is not None and single.op is Op.NE:
        return f"{plain(column)} other than {literal_words(single.value)}{unit_words(compare.unit)}"
    text = _compared(compare)
    if text is None:
        parts = [_alternative(alternative) for alternative in compare.alternatives]
        text = f"other than {english_list(parts, 'or')}{unit_words(compare.unit)}"
    return f"{plain(column)} {text}"


def subject_words(subject: str, compare: Comparison) -> str:
    """A whole statement: ``stage is IV``, ``recurrent: yes``."""
    single = compare.single
    if single is not None and single.value.boolean is not None:
        return answer_words(subject, single)
    return f"{subject} {comparison_words(compare)}"


def answer_words(subject: str, test: Test) -> str:
    """What is true or false as it stands in a form: ``recurrent: yes``."""
    return f"{subject}: {_OPS[test.op]}{literal_words(test.value)}"


def literal_words(value: Literal) -> str:
    """A value as a reader expects it; in quotation marks where it would read as several."""
    if value.boolean is not None:
        return "yes" if value.boolean else "no"
    return f'"{value.text}"' if _SEVERAL.search(value.text) else value.text


def unit_words(unit: str | None) -> str:
    """A unit behind a number, with a leading blank: `` x 10^9/L``, `` per uL``."""
    if unit is None:
        return ""
    if unit.startswith("/"):
        return f" per {unit[1:]}"
    return _UNITS.get(unit, f" {_POWER.sub(r'x 10^', unit)}")


def _compared(compare: Comparison) -> str | None:
    """What a value is to be, without ``is``; ``None`` for what it is not to be."""
    single = compare.single
    if single is not None and compare.unit in _UNITS and single.value.text == "1":
        return f"{_OPS[single.op]}{_UNITS[compare.unit].removeprefix(' times ')}"  # not "1 times the limit"
    if compare.negated:
        return None
    parts = [_alternative(alternative) for alternative in compare.alternatives]
    return f"{english_list(parts, 'or')}{unit_words(compare.unit)}"


def _alternative(tests: tuple[Test, ...]) -> str:
    if len(tests) == 1:
        return f"{_OPS[tests[0].op]}{literal_words(tests[0].value)}"
    low, high = tests
    if low.op is Op.GE and high.op is Op.LE:
        return f"from {low.value.text} to {high.value.text}"
    return english_list([f"{_OPS[test.op]}{literal_words(test.value)}" for test in tests])


def last_words(name: str, last: LastRows | None) -> str:
    """``of the last 3 QT results of the last day with any``, or the name alone."""
    if last is None:
        return name
    return f"of the last {last.n} {name} results{' of the last day with any' if last.same_day else ''}"


def need_words(last: LastRows | None) -> str:
    """How many values there must be."""
    return "" if last is None else f" (at least {last.need} needed)"
