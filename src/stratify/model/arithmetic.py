"""The arithmetic of a derived measure as a frozen tree: numbers, inputs, a few functions, and cases.

What every node gives, for one patient
--------------------------------------
A number, or nothing: never infinity, never NaN. A missing input gives nothing, and so does all that is made of it;
so do division by zero, a logarithm of zero or less, a root of a negative number, a power that is no real number, and
a result too large for a double. Of cases only the one that applies is asked: ``{0 if n == 0, total / n otherwise}`` is
0 where ``n`` is 0. A case whose question cannot be answered gives nothing, whatever the later cases say.

A number in a question is a threshold as elsewhere in the language: a value within a relative 1e-9 equals it, so that
34.2 umol/L of bilirubin, which is 2.0000000000000004 mg/dL, is not above 2 mg/dL.

The back end in :mod:`stratify.compile.formulas` gives the same numbers, bit by bit where the C library is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TypeAlias, assert_never

from stratify.model.value import TOLERANCE, Op

LN_10 = math.log(10)
"""What the natural logarithm is divided by for the decimal one, in every back end alike."""

Value: TypeAlias = float | str | None
"""What an input is: a number (yes is 1, no is 0), a word, or missing."""


class Operator(Enum):
    """What joins two numbers; ``^`` is a power."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    POWER = "^"


class Function(Enum):
    """Functions. ``ln`` is the natural logarithm, ``log10`` the decimal one."""

    MIN = "min"
    MAX = "max"
    LN = "ln"
    LOG10 = "log10"
    SQRT = "sqrt"
    EXP = "exp"

    @property
    def takes_several(self) -> bool:
        """Whether it is given two numbers or more, and not just one."""
        return self in {Function.MIN, Function.MAX}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: Decimal

    def __post_init__(self) -> None:
        if not math.isfinite(float(self.value)):
            raise ValueError("a number must be finite as a double")


@dataclass(frozen=True, slots=True)
class Variable:
    """An input, by its name in the formula; ``offset`` is where it stands in the text."""

    name: str
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """The number with the other sign."""

    item: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers joined by an operator."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers: ``min`` and ``max`` of two or more, the others of one."""

    function: Function
    arguments: tuple[Expression, ...]

    def __post_init__(self) -> None:
        if not (len(self.arguments) >= 2 if self.function.takes_several else len(self.arguments) == 1):
            raise ValueError(f"{self.function.value} is not given {len(self.arguments)} numbers")


@dataclass(frozen=True, slots=True)
class NumberIs:
    """Whether a number is beyond, below or at a threshold."""

    item: Expression
    op: Op
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class WordIs:
    """Whether an input of words is one word, or (``negated``) another; ``offset`` is where the word stands."""

    variable: Variable
    word: str
    negated: bool = False
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Cases:
    """The expression of the first question that is answered with yes, else ``otherwise``."""

    cases: tuple[tuple[Question, Expression], ...]
    otherwise: Expression

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError("cases without a case are just the expression")


Question: TypeAlias = NumberIs | WordIs
Expression: TypeAlias = Number | Variable | Negative | Arithmetic | Call | Cases
Node: TypeAlias = Expression | Question


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside one, as they are written."""
    match node:
        case Number() | Variable():
            return ()
        case Negative(item) | NumberIs(item):
            return (item,)
        case WordIs(variable):
            return (variable,)
        case Arithmetic(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Cases(cases, otherwise):
            return (*(part for question, then in cases for part in (then, question)), otherwise)
        case _:
            assert_never(node)


def levels(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its level, the outermost with 1; without recursion, so that any depth can be asked."""
    waiting: list[tuple[Node, int]] = [(node, 1)]
    while waiting:
        current, level = waiting.pop()
        yield current, level
        waiting += [(child, level + 1) for child in reversed(children(current))]


def variables(expression: Expression) -> tuple[str, ...]:
    """The names of the inputs that the expression asks for, each once, in the order of the text."""
    return tuple(dict.fromkeys(node.name for node, _ in levels(expression) if isinstance(node, Variable)))


def substitute(expression: Expression, parts: Mapping[str, Expression]) -> Expression:
    """The expression with other expressions in the place of some of its numeric inputs."""
    match expression:
        case Number():
            return expression
        case Variable(name):
            return parts.get(name, expression)
        case Negative(item):
            return Negative(substitute(item, parts))
        case Arithmetic(operator, left, right):
            return Arithmetic(operator, substitute(left, parts), substitute(right, parts))
        case Call(function, arguments):
            return Call(function, tuple(substitute(item, parts) for item in arguments))
        case Cases(cases, otherwise):
            replaced = tuple((_question(question, parts), substitute(then, parts)) for question, then in cases)
            return Cases(replaced, substitute(otherwise, parts))
        case _:
            assert_never(expression)


def _question(question: Question, parts: Mapping[str, Expression]) -> Question:
    match question:
        case NumberIs(item, op, threshold):
            return NumberIs(substitute(item, parts), op, threshold)
        case WordIs():
            return question
        case _:
            assert_never(question)


# --- evaluation --------------------------------------------------------------------------------------------------


def evaluate(expression: Expression, values: Mapping[str, Value]) -> float | None:
    """The expression's number for these inputs, or ``None`` where there is none.

    Raises
    ------
    TypeError
        An input is a word where a number is needed, or the other way round: the reader of formulas refuses such.
    """
    match expression:
        case Number(value):
            return float(value)
        case Variable(name):
            return _number(name, values.get(name))
        case Negative(item):
            inner = evaluate(item, values)
            return None if inner is None else -inner
        case Arithmetic(operator, left, right):
            return _applied(_OPERATIONS[operator], [evaluate(left, values), evaluate(right, values)])
        case Call(function, arguments):
            return _applied(_FUNCTIONS[function], [evaluate(item, values) for item in arguments])
        case Cases(cases, otherwise):
            for question, then in cases:
                answer = _answer(question, values)
                if answer is None:
                    return None
                if answer:
                    return evaluate(then, values)
            return evaluate(otherwise, values)
        case _:
            assert_never(expression)


def _number(name: str, value: Value) -> float | None:
    if isinstance(value, str):
        raise TypeError(f"{name} is a word and has no place in arithmetic")
    return None if value is None or not math.isfinite(value) else float(value)


def _applied(operation: Callable[..., float], numbers: list[float | None]) -> float | None:
    if any(number is None for number in numbers):
        return None
    try:
        result = operation(*numbers)
    except (ValueError, ZeroDivisionError, OverflowError):  # no real number, or none that a double can hold
        return None
    return result if math.isfinite(result) else None


def _answer(question: Question, values: Mapping[str, Value]) -> bool | None:
    match question:
        case NumberIs(item, op, threshold):
            number = evaluate(item, values)
            return None if number is None else _met(number, op, threshold)
        case WordIs(variable, word, negated):
            value = values.get(variable.name)
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{variable.name} is a number and is asked for a word")
            return None if value is None else (value == word) is not negated
        case _:
            assert_never(question)


def _met(number: float, op: Op, threshold: Decimal) -> bool:
    slack = abs(threshold) * TOLERANCE
    low, high = float(threshold - slack), float(threshold + slack)
    match op:
        case Op.LT:
            return number < low
        case Op.LE:
            return number <= high
        case Op.GT:
            return number > high
        case Op.GE:
            return number >= low
        case Op.EQ:
            return low <= number <= high
        case Op.NE:
            return not low <= number <= high
        case _:
            assert_never(op)


_OPERATIONS: Mapping[Operator, Callable[..., float]] = {
    Operator.ADD: lambda a, b: a + b,
    Operator.SUBTRACT: lambda a, b: a - b,
    Operator.MULTIPLY: lambda a, b: a * b,
    Operator.DIVIDE: lambda a, b: a / b,
    Operator.POWER: math.pow,
}
_FUNCTIONS: Mapping[Function, Callable[..., float]] = {
    Function.MIN: min,
    Function.MAX: max,
    Function.LN: math.log,
    Function.LOG10: lambda number: math.log(number) / LN_10,
    Function.SQRT: math.sqrt,
    Function.EXP: math.exp,
}
