"""Comparisons as Polars expressions over columns in normal form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce
from math import inf
from typing import TypeAlias, TypeVar

import polars as pl

from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.model.dictionary import ColumnKind, first_day, last_day
from stratify.model.truth import Reason
from stratify.model.value import TOLERANCE, Comparison, Literal, Op, Test

T = TypeVar("T")
_TestCompiler: TypeAlias = Callable[[Test], pl.Expr]

MANY = 1 << 40
"""More than anything that is counted."""
_FEW = 3
_BEYOND = 1 << 60
_MISFIT = "the comparison does not fit the column; the type check should have said so"
EPOCH = 719_163  # proleptic ordinal of 1970-01-01, from which normal form counts days


def compare_number(value: pl.Expr, comparison: Comparison) -> pl.Expr:
    """Nullable Boolean: the number meets the comparison; within a relative 1e-9 it equals a threshold."""
    return _alternatives(comparison, lambda test: _number_test(value, test))


def compare_text(value: pl.Expr, comparison: Comparison) -> pl.Expr:
    """Nullable Boolean: the text is one of the texts named."""
    if all(len(tests) == 1 and tests[0].op is Op.EQ for tests in comparison.alternatives):
        found = is_one_of(value, [literal.text for literal in comparison.literals])
        return ~found if comparison.negated else found
    return _alternatives(comparison, lambda test: _equality(value, test.op, test.value.text))


def is_one_of(value: pl.Expr, wanted: Sequence[object]) -> pl.Expr:
    """Nullable Boolean: the value is one of those; few of them are faster compared one by one than looked up."""
    if 0 < len(wanted) <= _FEW:
        return reduce(lambda a, b: a | b, (value == pl.lit(one) for one in wanted))
    return value.is_in(list(wanted))


def compare_boolean(value: pl.Expr, comparison: Comparison) -> pl.Expr:
    """Nullable Boolean: the true/false value is the one named."""
    return _alternatives(comparison, lambda test: _equality(value, test.op, test.value.boolean))


def compare_days(first: pl.Expr, last: pl.Expr, comparison: Comparison) -> pl.Expr:
    """Answer for a date: true or false when it is so for every day the date may be.

    The answer changes only next to a threshold, so it is asked at both ends of the interval and on the days around
    each threshold, as far as they lie inside.
    """
    thresholds = [_require(literal.day).toordinal() - EPOCH for literal in comparison.literals]
    near = [pl.lit(day + step, pl.Int32) for day in thresholds for step in (-1, 0, 1)]
    days = [first, last, *(pl.min_horizontal(pl.max_horizontal(day, first), last) for day in near)]
    answers = [_alternatives(comparison, partial(_day_test, day)) for day in days]
    code = (
        pl.when(pl.all_horizontal(answers))
        .then(answer(TRUE))
        .when(~pl.any_horizontal(answers))
        .then(answer(FALSE))
        .otherwise(answer(Reason.PARTIAL_DATE))
    )
    return pl.when(first.is_null()).then(answer(Reason.NULL_VALUE)).otherwise(code)


def compare_integers(fewest: pl.Expr, most: pl.Expr, compare: Comparison, reason: pl.Expr) -> pl.Expr:
    """Answer for a whole number known to lie in an interval; asked at its ends and next to every threshold."""
    numbers = [Fraction(literal.exact) for literal in compare.literals if literal.exact is not None]
    near = [
        pl.lit(int(number) + step, pl.Int64)
        for number in numbers
        if abs(number) <= _BEYOND  # no count comes near the others
        for step in (-1, 0, 1, 2)
    ]
    points = [fewest, most, *(pl.min_horizontal(pl.max_horizontal(n, fewest), most) for n in near)]
    answers = [compare_number(point.cast(pl.Float64), compare) for point in points]
    return (
        pl.when(pl.all_horizontal(answers))
        .then(answer(TRUE))
        .when(~pl.any_horizontal(answers))
        .then(answer(FALSE))
        .otherwise(reason.cast(ANSWER))
    )


def compare_column(column: str, kind: ColumnKind, comparison: Comparison) -> pl.Expr:
    """Answer for a column of any kind; null is unknown(null_value)."""
    if kind.is_date:
        return compare_days(pl.col(first_day(column)), pl.col(last_day(column)), comparison)
    truth = compare_plain(pl.col(column), kind, comparison)
    return pl.when(truth).then(answer(TRUE)).when(~truth).then(answer(FALSE)).otherwise(answer(Reason.NULL_VALUE))


def compare_plain(value: pl.Expr, kind: ColumnKind, comparison: Comparison) -> pl.Expr:
    """Nullable Boolean for a column that is not one of dates."""
    match kind:
        case ColumnKind.NUMBER:
            return compare_number(value, comparison)
        case ColumnKind.TEXT | ColumnKind.RESULT:
            return compare_text(value, comparison)
        case ColumnKind.BOOLEAN:
            return compare_boolean(value, comparison)
        case ColumnKind.EMPTY:
            return pl.lit(None, pl.Boolean)
        case ColumnKind.DATE | ColumnKind.DATETIME | ColumnKind.PARTIAL_DATE:
            raise ValueError("dates are compared as intervals of days")


def _number_test(value: pl.Expr, test: Test) -> pl.Expr:
    below, above = map(_float, around(number_in(test.value)))
    match test.op:
        case Op.GE:
            return value >= below
        case Op.GT:
            return value > above
        case Op.LE:
            return value <= above
        case Op.LT:
            return value < below
        case Op.EQ:
            return (value >= below) & (value <= above)
        case Op.NE:
            return (value < below) | (value > above)


def number_in(literal: Literal) -> Decimal | Fraction:
    """The number of a threshold."""
    if literal.exact is None:
        raise ValueError(_MISFIT)
    return literal.exact


def around(threshold: Decimal | Fraction) -> tuple[Decimal | Fraction, Decimal | Fraction]:
    """The lowest and the highest number that equals a threshold."""
    if isinstance(threshold, Fraction):
        slack = abs(threshold) * Fraction(TOLERANCE)
        return threshold - slack, threshold + slack
    return threshold - abs(threshold) * TOLERANCE, threshold + abs(threshold) * TOLERANCE


def _day_test(value: pl.Expr, test: Test) -> pl.Expr:
    threshold = pl.lit(_require(test.value.day).toordinal() - EPOCH, pl.Int32)
    match test.op:
        case Op.GE:
            return value >= threshold
        case Op.GT:
            return value > threshold
        case Op.LE:
            return value <= threshold
        case Op.LT:
            return value < threshold
        case Op.EQ:
            return value == threshold
        case Op.NE:
            return value != threshold


def _equality(value: pl.Expr, op: Op, other: object) -> pl.Expr:
    match op:
        case Op.EQ:
            return value == pl.lit(_require(other))
        case Op.NE:
            return value != pl.lit(_require(other))
        case _:
            raise ValueError(f"only equality is defined here, not {op.value}")


def _alternatives(comparison: Comparison, one: _TestCompiler) -> pl.Expr:
    inner = [reduce(lambda a, b: a & b, map(one, tests)) for tests in comparison.alternatives]
    whole = reduce(lambda a, b: a | b, inner)
    return ~whole if comparison.negated else whole


def float_of(number: Decimal | Fraction) -> float:
    """The nearest number that data can hold, infinite beyond the largest."""
    try:
        return float(number)
    except OverflowError:  # only of a fraction; a decimal as large is infinite
        return inf if number > 0 else -inf


def _float(number: Decimal | Fraction) -> pl.Expr:
    return pl.lit(float_of(number), pl.Float64)


def _require(value: T | None) -> T:
    if value is None:
        raise ValueError(_MISFIT)
    return value
