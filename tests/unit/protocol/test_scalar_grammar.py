"""The notations inside scalars: what they mean, and that what is printed reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.value import Comparison, Duration, DurationUnit, Literal, Op
from stratify.model.value import Test as OneTest
from stratify.protocol.scalars import ParameterValue, ScalarError, parse_comparison, parse_duration


def one(op: Op, text: str) -> tuple[OneTest, ...]:
    return (OneTest(op, Literal(text)),)


def between(low_op: Op, low: str, high_op: Op, high: str) -> tuple[OneTest, ...]:
    return (OneTest(low_op, Literal(low)), OneTest(high_op, Literal(high)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<= 2.5 xULN", Comparison((one(Op.LE, "2.5"),), "xULN")),
        (">=18", Comparison((one(Op.GE, "18"),))),
        ("in {0, 1}", Comparison((one(Op.EQ, "0"), one(Op.EQ, "1")))),
        ("not in {a, b c}", Comparison((one(Op.EQ, "a"), one(Op.EQ, "b c")), negated=True)),
        ("in {1, 2} mg", Comparison((one(Op.EQ, "1"), one(Op.EQ, "2")), "mg")),
        ("in {0 .. 1, 3}", Comparison((between(Op.GE, "0", Op.LE, "1"), one(Op.EQ, "3")))),
        ("in {a, a}", Comparison((one(Op.EQ, "a"),))),
        ("1 % .. < 50 %", Comparison((between(Op.GE, "1", Op.LT, "50"),), "%")),
        ("1% .. 50%", Comparison((between(Op.GE, "1", Op.LE, "50"),), "%")),
        ("18 .. 65", Comparison((between(Op.GE, "18", Op.LE, "65"),))),
        ("18..65", Comparison((between(Op.GE, "18", Op.LE, "65"),))),
        ("> 5 .. <= 10", Comparison((between(Op.GT, "5", Op.LE, "10"),))),
        ("2026-01-01 .. 2026-12-31", Comparison((between(Op.GE, "2026-01-01", Op.LE, "2026-12-31"),))),
        ("== female", Comparison((one(Op.EQ, "female"),))),
        ("!= not done", Comparison((one(Op.NE, "not done"),))),
        ("== 3+", Comparison((one(Op.EQ, "3+"),))),
        ("== a..b", Comparison((one(Op.EQ, "a..b"),))),
        ('== "10 mg"', Comparison((one(Op.EQ, "10 mg"),))),
        ("in {'a, b', Crohn's}", Comparison((one(Op.EQ, "a, b"), one(Op.EQ, "Crohn's")))),
        ("== 2026-03-14", Comparison((one(Op.EQ, "2026-03-14"),))),
        (">= 50 mL/min/1.73 m2", Comparison((one(Op.GE, "50"),), "mL/min/1.73 m2")),
        (">= 1.5 10*9/L", Comparison((one(Op.GE, "1.5"),), "10*9/L")),
        ("== 1E30", Comparison((one(Op.EQ, "1E30"),))),
        # one-glyph operators, the typeset minus, and the two code points for micro
        ("\u2264 2", Comparison((one(Op.LE, "2"),))),
        ("\u2265 2", Comparison((one(Op.GE, "2"),))),
        ("\u2260 2", Comparison((one(Op.NE, "2"),))),
        ("> \u22122", Comparison((one(Op.GT, "-2"),))),
        ("< 2 \u00b5mol/L", Comparison((one(Op.LT, "2"),), "\u03bcmol/L")),
        ("< 2 \u03bcmol/L", Comparison((one(Op.LT, "2"),), "\u03bcmol/L")),
        ("== inside", Comparison((one(Op.EQ, "inside"),))),
    ],
)
def test_what_a_comparison_says(text: str, expected: Comparison) -> None:
    assert parse_comparison(text) == expected


PARAMETERS = {
    "x": ParameterValue(("2.5",), "xULN"),
    "n": ParameterValue(("3",)),
    "stages": ParameterValue(("IIIB", "IV")),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<= $x", Comparison((one(Op.LE, "2.5"),), "xULN")),
        ("<= $x xULN", Comparison((one(Op.LE, "2.5"),), "xULN")),
        ("<= $n mg", Comparison((one(Op.LE, "3"),), "mg")),
        ("$n .. < 5", Comparison((between(Op.GE, "3", Op.LT, "5"),))),
        ("in $stages", Comparison((one(Op.EQ, "IIIB"), one(Op.EQ, "IV")))),
        ("not in {II, $stages}", Comparison((one(Op.EQ, "II"), one(Op.EQ, "IIIB"), one(Op.EQ, "IV")), negated=True)),
    ],
)
def test_parameters_bring_value_and_unit(text: str, expected: Comparison) -> None:
    assert parse_comparison(text, PARAMETERS) == expected


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", "P020", 0),
        ("18", "P020", 0),
        ("  female", "P020", 2),
        ("<= ", "P020", 3),
        ("in {", "P020", 4),
        ("in {}", "P021", 3),
        ("not in {  }", "P021", 7),
        ("in {a,,b}", "P020", 6),
        ("< 5 .. 10", "P020", 4),
        ("5 .. 5 .. 6", "P020", 7),
        ("5 .. > 6", "P020", 5),
        ("10 .. 5", "P024", 0),
        ("1 mg .. 2 g", "P025", 8),
        ("<= $y", "P030", 3),
        ("<= $x U/L", "P034", 6),
        ("<= $stages", "P020", 3),
        ('== "a', "P020", 3),
        ('== ""', "P020", 3),
        ("> 1E99999999999999999999", "P016", 0),
    ],
)
def test_the_offset_of_a_fault(text: str, code: str, offset: int) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_comparison(text, PARAMETERS)
    assert (caught.value.code, caught.value.offset) == (code, offset)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("28 d", Duration(28)),
        ("-6 mo", Duration(-6, DurationUnit.MONTHS)),
        ("\u22122 weeks", Duration(-2, DurationUnit.WEEKS)),
        (" 1y ", Duration(1, DurationUnit.YEARS)),
    ],
)
def test_durations(text: str, expected: Duration) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["28", "d", "1.5 mo", "6 M", "six mo", ""])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ScalarError):
        parse_duration(text)


_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=2).map(str)
_WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9+_-]{0,8}( [A-Za-z0-9]{1,5})?", fullmatch=True).filter(
    lambda text: not text.startswith(("in ", "not "))
)
_UNITS = st.none() | st.sampled_from(["mg", "xULN", "10*9/L", "mL/min/1.73 m2", "%"])


def _range(low: str, high: str, low_op: Op, high_op: Op) -> tuple[OneTest, ...]:
    first, last = sorted((low, high), key=lambda text: Literal(text).number or 0)
    return between(low_op, first, high_op, last)


_RANGES = st.builds(_range, _NUMBERS, _NUMBERS, st.sampled_from([Op.GT, Op.GE]), st.sampled_from([Op.LT, Op.LE]))
_SINGLES = st.builds(one, st.sampled_from(Op), _NUMBERS)
_EQUALS = st.builds(one, st.just(Op.EQ), _NUMBERS)
_COMPARISONS = (
    st.builds(Comparison, st.tuples(_SINGLES), _UNITS)
    | st.builds(Comparison, st.tuples(_RANGES), _UNITS)
    | st.builds(Comparison, st.tuples(st.builds(one, st.sampled_from(Op), _WORDS)))
    | st.builds(
        lambda items, unit, negated: Comparison(tuple(items), unit, negated),
        st.lists(_EQUALS | _RANGES, min_size=2, max_size=4, unique=True),
        _UNITS,
        st.booleans(),
    )
    | st.builds(
        lambda items: Comparison(tuple(items), None, negated=True),
        st.lists(st.builds(one, st.just(Op.EQ), _WORDS), min_size=1, max_size=4, unique=True),
    )
)


@given(_COMPARISONS)
def test_what_is_printed_reads_back(compare: Comparison) -> None:
    assert parse_comparison(str(compare)) == compare


def _fault(text: str) -> ScalarError | None:
    try:
        parse_comparison(text, PARAMETERS)
    except ScalarError as error:
        return error
    return None


@given(st.text(st.sampled_from("<>=!in{}., $x'\"19 %ab-"), max_size=25))
def test_every_fault_lies_inside_its_text(text: str) -> None:
    error = _fault(text)
    assert error is None or 0 <= error.offset <= len(text)
