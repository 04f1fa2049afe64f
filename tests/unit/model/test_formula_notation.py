"""The notation of formulas: what it says, where it is wrong, and that hostile text is refused at once."""

from __future__ import annotations

from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.arithmetic import (
    Arithmetic,
    Call,
    Cases,
    Expression,
    Function,
    Negative,
    Number,
    NumberIs,
    Operator,
    Variable,
    WordIs,
    evaluate,
)
from stratify.model.notation import MAX_LENGTH, MAX_LEVELS, RESERVED, FormulaError, parse_formula
from stratify.model.value import Op

X = Variable("x")


def n(text: str) -> Number:
    return Number(Decimal(text))


def joined(sign: str, left: Expression, right: Expression) -> Expression:
    return Arithmetic(Operator(sign), left, right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", n("1")),
        (" .5 ", n("0.5")),
        ("5.", n("5")),
        ("1e-3", n("0.001")),
        ("x", X),
        ("(x)", X),
        ("-x", Negative(X)),
        ("x - 1 - 2", joined("-", joined("-", X, n("1")), n("2"))),
        ("x / 2 / 3", joined("/", joined("/", X, n("2")), n("3"))),
        ("1 + 2 * x", joined("+", n("1"), joined("*", n("2"), X))),
        ("-x ^ 2", Negative(joined("^", X, n("2")))),
        ("x ^ -1.2", joined("^", X, Negative(n("1.2")))),
        ("2 ^ 3 ^ x", joined("^", n("2"), joined("^", n("3"), X))),
        ("2 * -x", joined("*", n("2"), Negative(X))),
        ("ln(x)", Call(Function.LN, (X,))),
        ("min(x, 1, 2)", Call(Function.MIN, (X, n("1"), n("2")))),
        ("{1 if x < 2, 2 otherwise}", Cases(((NumberIs(X, Op.LT, Decimal(2)), n("1")),), n("2"))),
        (
            "{1 if x + 1 >= -2, x otherwise}",
            Cases(((NumberIs(joined("+", X, n("1")), Op.GE, Decimal(-2)), n("1")),), X),
        ),
        ("{0.85 if x is female, 1 otherwise}", Cases(((WordIs(X, "female"), n("0.85")),), n("1"))),
        (
            "{1 if x is not a, 2 if x is b, 3 otherwise}",
            Cases(((WordIs(X, "a", negated=True), n("1")), (WordIs(X, "b"), n("2"))), n("3")),
        ),
        # the typeset signs, and names that begin like words of the notation
        ("2 \u00d7 x \u00f7 3 \u2212 1", joined("-", joined("/", joined("*", n("2"), X), n("3")), n("1"))),
        ("{1 if x \u2264 2, 2 otherwise}", Cases(((NumberIs(X, Op.LE, Decimal(2)), n("1")),), n("2"))),
        ("{1 if x \u2265 2, 2 otherwise}", Cases(((NumberIs(X, Op.GE, Decimal(2)), n("1")),), n("2"))),
        ("{1 if x \u2260 2, 2 otherwise}", Cases(((NumberIs(X, Op.NE, Decimal(2)), n("1")),), n("2"))),
        ("island + nothing", joined("+", Variable("island"), Variable("nothing"))),
    ],
)
def test_what_a_formula_says(text: str, expected: Expression) -> None:
    assert parse_formula(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("-2 ^ 2", -4), ("2 ^ 3 ^ 2", 512), ("8 - 4 - 2", 2), ("8 / 4 / 2", 1), ("2 + 3 * 4 ^ 2", 50), ("2 ^ -1", 0.5)],
)
def test_precedence_is_that_of_mathematics(text: str, value: float) -> None:
    assert evaluate(parse_formula(text), {}) == value


@pytest.mark.parametrize("op", list(Op))
def test_every_comparison_is_read(op: Op) -> None:
    cases = parse_formula(f"{{1 if x {op.value} 2, 0 otherwise}}")
    assert isinstance(cases, Cases)
    assert cases.cases[0][0] == NumberIs(X, op, Decimal(2))


def test_every_function_is_read_and_reserved() -> None:
    for function in Function:
        arguments = "(x, 1)" if function.takes_several else "(x)"
        found = parse_formula(function.value + arguments)
        assert isinstance(found, Call)
        assert found.function is function
        assert function.value in RESERVED


def test_names_and_words_know_their_offset() -> None:
    found = parse_formula("10 * {x if sex is female, 1 otherwise}")
    assert isinstance(found, Arithmetic)
    assert isinstance(found.right, Cases)
    ((question, then),) = found.right.cases
    assert isinstance(question, WordIs)
    assert isinstance(then, Variable)
    assert (then.offset, question.variable.offset, question.offset) == (6, 11, 18)


BAR = "|"


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("|", "missing here"),
        ("  |", "missing here"),
        ("1 + |", "missing here"),
        ("|* 2", "missing here"),
        ("(1 + 2|", "not closed"),
        ("1 + 2|)", "still )"),
        ("(|)", "missing here"),
        ("2 |x", "still x"),
        ("2|x", "ends in a letter"),
        ("72 |(x)", "still ("),
        ("|1e9999", "out of range"),
        ("2 * |1e99999999999999999999", "out of range"),
        ("1|e", "ends in a letter"),
        ("|1e400", "out of range"),
        ("x |= 2", "character ="),
        ("x |\N{EURO SIGN} 2", "character"),
        ("x |\x07", "U+0007"),
        ("x *|* 2", "missing here"),
        ("|round(x)", "round is no function"),
        ("ln |x", "needs ("),
        ("|ln(x, 2)", "given one number"),
        ("|min(x)", "given two numbers"),
        ("min(x, 1|", "not closed"),
        ("x |< 2", "only in cases"),
        ("1 |if x < 2", "only in cases"),
        ("|if", "missing here"),
        ("{1 |}", "`if` or `otherwise`"),
        ("{1 |, 2 otherwise}", "`if` or `otherwise`"),
        ("{1 if x < 2|}", "`otherwise`"),
        ("{1 if x < 2, 2 otherwise|", "brace is not closed"),
        ("{1 |otherwise}", "begin with one that has a question"),
        ("{1 if x|, 2 otherwise}", "no comparison"),
        ("{1 if x < |y, 2 otherwise}", "threshold is a number"),
        ("{1 if x < |(2), 2 otherwise}", "threshold is a number"),
        ("{1 if x is |2, 2 otherwise}", "a word is missing"),
        ("{1 if |is < 2, 2 otherwise}", "missing here"),
        ("{1 if x < |1e400, 2 otherwise}", "out of range"),
    ],
)
def test_an_error_stands_at_its_character(marked: str, message: str) -> None:
    offset = marked.index(BAR)
    with pytest.raises(FormulaError) as caught:
        parse_formula(marked.replace(BAR, "", 1))
    assert caught.value.offset == offset
    assert message in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.hint


HOSTILE = {
    "long": "1" * (MAX_LENGTH + 1),
    "parentheses": "(" * MAX_LENGTH,
    "braces": "{" * MAX_LENGTH,
    "signs": "-" * (MAX_LENGTH - 1) + "1",
    "powers": "2^" * (MAX_LENGTH // 2 - 1) + "2",
    "sum": "+".join("1" * (MAX_LENGTH // 2)),
    "product": "*".join("x" * (MAX_LENGTH // 2)),
    "functions": "ln(" * (MAX_LENGTH // 3),
    "questions": "{1 if " * (MAX_LENGTH // 6),
    "many digits": "1" * MAX_LENGTH,
    "code": "__import__('os').system('true')",
    "attribute": "x.__class__",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    start = perf_counter()
    with pytest.raises(FormulaError):
        parse_formula(text)
    assert perf_counter() - start < 0.5


def test_the_deepest_formulas_that_are_read() -> None:
    within, beyond = MAX_LEVELS - 1, MAX_LEVELS
    assert evaluate(parse_formula("(" * within + "1" + ")" * within), {}) == 1
    assert evaluate(parse_formula("+".join(["1"] * MAX_LEVELS)), {}) == MAX_LEVELS
    for text in ("(" * beyond + "1" + ")" * beyond, "+".join(["1"] * (MAX_LEVELS + 1))):
        with pytest.raises(FormulaError, match="levels"):
            parse_formula(text)


def refused_at(text: str) -> int | None:
    try:
        parse_formula(text)
    except FormulaError as error:
        return error.offset
    return None


@given(st.text(alphabet="x1.+-*/^(){},<>=! isfotherwmanl\u2264\u2212", max_size=60) | st.text(max_size=40))
def test_any_text_is_a_formula_or_refused_inside_it(text: str) -> None:
    offset = refused_at(text)
    assert offset is None or 0 <= offset <= len(text)
