"""Derived measures as Polars expressions: the numbers of :func:`stratify.model.arithmetic.evaluate`, by column.

Three things are not as they seem. ``min_horizontal`` passes over nulls and NaN; ``when`` takes a null for false; and
``x / 0`` is infinite, so that ``1 / (x / 0)`` would be 0. So where an operation can turn infinity, NaN or null into a
number, its operands are bound to names first (a struct, whose fields the operation may ask several times) and asked
whether they are finite. Elsewhere infinity and NaN stay what they are, up to the end, where they become null. Writing
the operand twice instead would double the expression at every level: one of 50 levels would never be planned.

A struct also keeps Polars from replacing ``x / 3`` by ``x * (1 / 3)`` and ``x ^ 2`` by ``x * x``, so that results are
those of the C library, bit by bit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias, assert_never

import polars as pl

from stratify.compile.compare import compare_number
from stratify.model.arithmetic import (
    LN_10,
    Arithmetic,
    Call,
    Cases,
    Expression,
    Function,
    Negative,
    Number,
    NumberIs,
    Operator,
    Question,
    Variable,
    WordIs,
    evaluate,
    variables,
)
from stratify.model.value import Comparison, Literal, Test

Columns: TypeAlias = Mapping[str, pl.Expr]

_PLAIN: Mapping[Operator, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    Operator.ADD: operator.add,
    Operator.SUBTRACT: operator.sub,
    Operator.MULTIPLY: operator.mul,
}


def formula_expression(expression: Expression, columns: Columns) -> pl.Expr:
    """The value of a formula, Float64; null where there is none, never infinite or NaN.

    Parameters
    ----------
    columns
        For each variable its values: numbers as Float64 in the unit of the formula (yes is 1, no is 0), words as
        String in the formula's own words.
    """
    number = _number(expression, columns)
    return _bound(lambda value: _where([value], value), number) if variables(expression) else number


def _number(expression: Expression, columns: Columns) -> pl.Expr:
    if not variables(expression):  # a struct of constants has no length of its own
        return pl.lit(evaluate(expression, {}), pl.Float64)
    match expression:
        case Number(value):
            return pl.lit(float(value), pl.Float64)
        case Variable(name):
            return columns[name]
        case Negative(item):
            return -_number(item, columns)
        case Arithmetic(sign, left, right):
            return _joined(sign, _number(left, columns), _number(right, columns))
        case Call(function, arguments):
            return _called(function, [_number(item, columns) for item in arguments])
        case Cases(cases, otherwise):
            found = _number(otherwise, columns)
            for question, then in reversed(cases):
                found = _case(question, _number(then, columns), found, columns)
            return found
        case _:
            assert_never(expression)


def _joined(sign: Operator, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    match sign:
        case Operator.ADD | Operator.SUBTRACT | Operator.MULTIPLY:
            return _PLAIN[sign](left, right)
        case Operator.DIVIDE:
            return _bound(lambda a, b: _where([b], a / b), left, right)
        case Operator.POWER:
            return _bound(lambda a, b: _where([a, b], a.pow(b)), left, right)
        case _:
            assert_never(sign)


def _called(function: Function, items: list[pl.Expr]) -> pl.Expr:
    match function:
        case Function.MIN:
            return _bound(lambda *numbers: _where(numbers, pl.min_horizontal(*numbers)), *items)
        case Function.MAX:
            return _bound(lambda *numbers: _where(numbers, pl.max_horizontal(*numbers)), *items)
        case Function.LN:
            return items[0].log()
        case Function.LOG10:
            return _bound(lambda a, b: a / b, items[0].log(), pl.lit(LN_10))
        case Function.SQRT:
            return items[0].sqrt()
        case Function.EXP:
            return _bound(lambda a: _where([a], a.exp()), items[0])
        case _:
            assert_never(function)


def _case(question: Question, then: pl.Expr, otherwise: pl.Expr, columns: Columns) -> pl.Expr:
    def chosen(answer: pl.Expr, then: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
        return pl.when(answer).then(then).when(~answer).then(otherwise)

    return _bound(chosen, _answer(question, columns), then, otherwise)


def _answer(question: Question, columns: Columns) -> pl.Expr:
    match question:
        case NumberIs(item, op, threshold):
            compare = Comparison(((Test(op, Literal(str(threshold))),),))
            number = _number(item, columns)
            if not variables(item):
                return compare_number(number, compare)
            return _bound(lambda a: _where([a], compare_number(a, compare)), number)
        case WordIs(variable, word, negated):
            found = columns[variable.name] == pl.lit(word)
            return ~found if negated else found
        case _:
            assert_never(question)


def _where(finite: list[pl.Expr] | tuple[pl.Expr, ...], value: pl.Expr) -> pl.Expr:
    """The value where these are finite, else null."""
    return pl.when(pl.all_horizontal([item.is_finite() for item in finite])).then(value)


def _bound(body: Callable[..., pl.Expr], *operands: pl.Expr) -> pl.Expr:
    """``body`` of the operands, each of which is computed once however often the body asks for it."""
    names = [f"operand{index}" for index in range(len(operands))]
    named = [operand.alias(name) for name, operand in zip(names, operands, strict=True)]
    result: pl.Expr = body(*map(pl.field, names))
    return pl.struct(named).struct.with_fields(result.alias("result")).struct.field("result")
