"""Evaluation of formulas: a number or nothing, never infinity or NaN."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from stratify.model.arithmetic import (
    Call,
    Cases,
    Function,
    Number,
    NumberIs,
    Value,
    Variable,
    evaluate,
    substitute,
    variables,
)
from stratify.model.expression import AgeUnit
from stratify.model.formula import Formula, FormulaInput, FormulaTest, FromAge, FromMeasure, Pairing
from stratify.model.notation import parse_formula


def value(text: str, **values: Value) -> float | None:
    return evaluate(parse_formula(text), values)


@pytest.mark.parametrize(
    "text",
    [
        "1 / x", "x / x", "1 / (1 / x)", "x ^ -1", "ln(x)", "log10(x)", "ln(x - 1)", "sqrt(x - 1)", "(x - 8) ^ (1 / 3)",
        "exp(1000 + x)", "1 / exp(1000 + x)", "exp(-exp(1000 + x))", "min(1, 1 / x)", "max(1, ln(x - 1))", "0 * ln(x)",
        "1e300 * 1e300 + x", "10 ^ 400 + x", "(x - 1) ^ 0.5 ^ 0", "{1 if 1 / x > 2, 2 otherwise}", "1 ^ ln(x)",
    ],
)  # fmt: skip
def test_what_has_no_number_gives_nothing(text: str) -> None:
    expected = 1 if text == "(x - 1) ^ 0.5 ^ 0" else None  # -1 to the power of 1
    assert value(text, x=0) == (None if expected is None else -1)


@pytest.mark.parametrize(
    "text", ["x", "-x", "x + 1", "0 * x", "min(1, x)", "ln(x)", "x ^ 0", "{1 if x < 2, 2 otherwise}"]
)
@pytest.mark.parametrize("missing", [None, math.inf, -math.inf, math.nan])
def test_a_missing_input_gives_nothing(text: str, missing: float | None) -> None:
    assert value(text, x=missing) is None
    assert value(text) is None


def test_functions_are_what_they_are_called() -> None:
    assert value("ln(exp(1))") == 1
    assert value("log10(100)") == pytest.approx(2, rel=1e-15)
    assert value("sqrt(2.25)") == 1.5
    assert value("min(3, x, 2)", x=1) == 1
    assert value("max(3, x, 2)", x=4) == 4


def test_cases_ask_only_what_applies() -> None:
    guarded = "{0 if n == 0, total / n otherwise}"
    assert value(guarded, n=0, total=5) == 0
    assert value(guarded, n=0) == 0
    assert value(guarded, n=2, total=5) == 2.5
    assert value(guarded, total=5) is None
    assert value("{1 if a < 1, 2 if b < 1, 3 otherwise}", a=0) == 1
    assert value("{1 if a < 1, 2 if b < 1, 3 otherwise}", a=2) is None


def test_words() -> None:
    text = "{1 if grade is none, 2 if grade is not severe, 3 otherwise}"
    assert [value(text, grade=word) for word in ("none", "slight", "severe", None)] == [1, 2, 3, None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("{1 if x < 2, 0 otherwise}", 0), ("{1 if x <= 2, 0 otherwise}", 1), ("{1 if x > 2, 0 otherwise}", 0),
        ("{1 if x >= 2, 0 otherwise}", 1), ("{1 if x == 2, 0 otherwise}", 1), ("{1 if x != 2, 0 otherwise}", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("x", [2.0, 2.0000000000000004, 1.9999999999999998])
def test_a_threshold_is_exact_within_a_relative_1e_9(text: str, number: float, x: float) -> None:
    assert value(text, x=x) == number


def test_a_word_is_no_number_and_a_number_no_word() -> None:
    with pytest.raises(TypeError, match="sex is a word"):
        value("sex + 1", sex="female")
    with pytest.raises(TypeError, match="age is a number"):
        value("{1 if age is old, 0 otherwise}", age=80)


def test_names_of_inputs_in_the_order_of_the_text() -> None:
    text = "{b if c < 2, a if s is x, d otherwise} + a * e"
    assert variables(parse_formula(text)) == ("b", "c", "a", "s", "d", "e")


def test_parts_are_put_in_the_place_of_names() -> None:
    whole = parse_formula("-r + min(r, ln(r)) + {r if r < 2, s if w is r, 1 otherwise}")
    put = substitute(whole, {"r": parse_formula("x / 2")})
    assert put == parse_formula("-(x / 2) + min(x / 2, ln(x / 2)) + {x / 2 if x / 2 < 2, s if w is r, 1 otherwise}")


def test_nonsense_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="finite"):
        Number(Decimal("1e400"))
    with pytest.raises(ValueError, match="ln is not given 2"):
        Call(Function.LN, (Variable("x"), Variable("y")))
    with pytest.raises(ValueError, match="max is not given 1"):
        Call(Function.MAX, (Variable("x"),))
    with pytest.raises(ValueError, match="without a case"):
        Cases((), Variable("x"))
    age = FormulaInput("age", FromAge(AgeUnit.YEARS))
    with pytest.raises(ValueError, match="every input is used"):
        Formula("F", "t", None, {"age": age}, Variable("weight"), "r", Pairing.WINDOW, ())


def test_a_text_of_the_data_is_the_word_that_it_stands_under() -> None:
    sex = FormulaInput("sex", FromMeasure("SEX"), words={"female": ("female", "F"), "male": ("male", "M")})
    assert [sex.word(text) for text in ("F", "male", "U")] == ["female", "male", None]
    assert not sex.numeric


def test_when_a_test_passes() -> None:
    close = FormulaTest({}, Decimal("1.5"), Decimal("0.01"), "hand")
    assert [close.passes(result) for result in (1.5, 1.509, 1.52, None)] == [True, True, False, False]
    nothing = FormulaTest({}, None, Decimal(0), "hand")
    assert [nothing.passes(result) for result in (None, 0.0)] == [True, False]


def test_a_question_keeps_its_threshold_as_written() -> None:
    found = parse_formula("{1 if x < 0.1, 0 otherwise}")
    assert isinstance(found, Cases)
    question = found.cases[0][0]
    assert isinstance(question, NumberIs)
    assert question.threshold == Decimal("0.1")
