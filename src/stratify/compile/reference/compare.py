"""Comparisons of one value, exactly: numbers as fractions, dates for every day they may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import floor, inf
from typing import TypeAlias, assert_never

from stratify.compile.reference.days import Day, Row, When, day_number, read_date
from stratify.model.dictionary import ColumnKind
from stratify.model.truth import Outcome, Reason, Truth, of_bool, unknown
from stratify.model.value import TOLERANCE, Comparison, Literal, Op, Test

Scalar: TypeAlias = Fraction | str | bool
"""A value that is not null and not a date."""

_UNCOUNTED = 1 << 40
"""More than anything that is counted."""
_TOLERANCE = Fraction(TOLERANCE)


def scalar(value: object) -> Scalar | None:
    """A value in normal form; a number as the decimal it prints: 1.65 is 165/100, not the float beside it."""
    match value:
        case None | bool() | str():
            return value
        case int() | float() | Decimal():
            return Fraction(str(value))
        case _:
            raise TypeError("values in normal form are numbers, text or true/false")


def same_number(value: Fraction, threshold: Fraction) -> bool:
    """Whether a number equals a threshold within the relative tolerance of 1e-9."""
    return abs(value - threshold) <= _TOLERANCE * abs(threshold)


def meets(value: Scalar, comparison: Comparison) -> bool:
    """Whether a value meets a comparison."""
    return _holds(comparison, lambda test: meets_test(value, test))


def meets_test(value: Scalar, test: Test) -> bool:
    """Whether a value meets one test."""
    match value:
        case bool():
            return _same(test, value == _boolean(test.value))
        case str():
            return _same(test, value == test.value.text)
        case Fraction():
            return test.op.holds(_sign(value, _number(test.value)))
        case _:
            assert_never(value)


def field_outcome(row: Row, column: str, kind: ColumnKind, comparison: Comparison) -> Outcome:
    """The answer of one field of a row; null is unknown(null_value), also for a date."""
    if kind.is_date:
        return _date_outcome(read_date(row, column), comparison)
    value = None if kind is ColumnKind.EMPTY else scalar(row.get(column))
    return unknown(Reason.NULL_VALUE) if value is None else of_bool(meets(value, comparison))


def is_one_of(row: Row, column: str, texts: Iterable[str]) -> bool | None:
    """Whether a field is one of the values written as text; ``None`` where it is null."""
    value = scalar(row.get(column))
    if value is None:
        return None
    return any(meets_test(value, Test(Op.EQ, Literal(text))) for text in texts)


def integers_outcome(low: int, high: float, comparison: Comparison, reason: Reason) -> Outcome:
    """The answer common to every whole number from ``low`` to ``high`` (perhaps infinite), else unknown."""
    near = {floor(_number(t)) + step for t in comparison.literals for step in (-1, 0, 1, 2)}
    near = {n for n in near if n <= _UNCOUNTED}
    far = max({low, *near}) if high == inf else int(high)
    tried = {low, far, *(n for n in near if low <= n <= far)}
    return _common((meets(Fraction(n), comparison) for n in tried), reason)


def _date_outcome(when: When, comparison: Comparison) -> Outcome:
    if when.missing:
        return unknown(Reason.NULL_VALUE)
    near = {_day(literal) + step for literal in comparison.literals for step in (-1, 0, 1)}
    tried = {when.first, when.last, *(day for day in near if when.first <= day <= when.last)}
    return _common((_holds(comparison, partial(_day_meets, day)) for day in tried), Reason.PARTIAL_DATE)


def _day_meets(day: Day, test: Test) -> bool:
    threshold = _day(test.value)
    return test.op.holds((day > threshold) - (day < threshold))


def _common(answers: Iterable[bool], reason: Reason) -> Outcome:
    distinct = set(answers)
    return of_bool(distinct.pop()) if len(distinct) == 1 else unknown(reason)


def _holds(comparison: Comparison, holds: Callable[[Test], bool]) -> bool:
    inside = any(all(holds(test) for test in alternative) for alternative in comparison.alternatives)
    return inside != comparison.negated


def _sign(value: Fraction, threshold: Fraction) -> int:
    if same_number(value, threshold):
        return 0
    return 1 if value > threshold else -1


def _same(test: Test, equal: bool) -> bool:
    if test.op not in {Op.EQ, Op.NE}:
        raise ValueError("text and true/false are compared with == and != only")
    return equal == (test.op is Op.EQ)


def _number(literal: Literal) -> Fraction:
    if literal.exact is None:
        raise ValueError(f"not a number: {literal.text!r}")
    return Fraction(literal.exact)


def _boolean(literal: Literal) -> bool:
    if literal.boolean is None:
        raise ValueError(f"not true or false: {literal.text!r}")
    return literal.boolean


def _day(literal: Literal) -> int:
    if literal.day is None:
        raise ValueError(f"not a complete date: {literal.text!r}")
    return day_number(literal.day)


def highest(mask: int) -> Reason:
    """The highest reason of a mask that is not empty."""
    return Reason(mask.bit_length() - 1)


def with_one_reason(outcome: Outcome) -> Outcome:
    """The outcome of a leaf: of several reasons the highest."""
    return unknown(highest(outcome.reasons)) if outcome.truth is Truth.UNKNOWN else outcome
