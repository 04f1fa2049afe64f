"""Formulas as Polars expressions: the same number as the plain evaluation, or null, in every engine."""

from __future__ import annotations

import math
from decimal import Decimal
from time import perf_counter

import polars as pl
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from stratify.compile.formulas import formula_expression
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
    Value,
    Variable,
    WordIs,
    evaluate,
    levels,
)
from stratify.model.notation import MAX_LEVELS, parse_formula
from stratify.model.value import Op

SCHEMA = {"a": pl.Float64, "b": pl.Float64, "c": pl.Float64, "w": pl.String}
COLUMNS = {name: pl.col(name) for name in SCHEMA}
EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, 2.0000000000000004, 1 / 3, 1e-200, 1e200, 1.7e308, 5e-324, 37.5, -12.25)

numbers = st.sampled_from(EDGES) | st.floats(-1e3, 1e3) | st.floats(allow_nan=False, allow_infinity=False)
decimals = st.sampled_from(
    [Decimal(text) for text in ("0", "1", "2", "0.5", "3", "10", "72", "1e300", "1e-9", "0.425")]
)
words = st.sampled_from(["x", "y", "z"])
leaves = st.builds(Number, decimals) | st.builds(Variable, st.sampled_from(["a", "b", "c"]))


def inner(items: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    one = st.sampled_from([function for function in Function if not function.takes_several])
    several = st.sampled_from([Function.MIN, Function.MAX])
    thresholds = decimals | decimals.map(lambda number: -number)
    question = st.builds(NumberIs, items, st.sampled_from(Op), thresholds) | st.builds(
        WordIs, st.just(Variable("w")), words, st.booleans()
    )
    return (
        st.builds(Negative, items)
        | st.builds(Arithmetic, st.sampled_from(Operator), items, items)
        | st.builds(lambda function, item: Call(function, (item,)), one, items)
        | st.builds(Call, several, st.lists(items, min_size=2, max_size=3).map(tuple))
        | st.builds(Cases, st.lists(st.tuples(question, items), min_size=1, max_size=3).map(tuple), items)
    )


expressions = st.recursive(leaves, inner, max_leaves=12)
rows = st.fixed_dictionaries({name: st.none() | numbers for name in "abc"} | {"w": st.none() | words})
Row = dict[str, Value]


def by_polars(expression: Expression, table: list[Row], engine: str = "in-memory") -> list[float | None]:
    frame = pl.DataFrame(table, schema=SCHEMA).lazy()
    found = frame.with_columns(formula_expression(expression, COLUMNS).alias("found")).collect(engine=engine)  # type: ignore[call-overload]
    assert found.schema["found"] == pl.Float64
    return found["found"].to_list()


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=0)


@given(expressions, st.lists(rows, min_size=1, max_size=8), st.sampled_from(["in-memory", "streaming"]))
def test_both_give_the_same_number_or_none(expression: Expression, table: list[Row], engine: str) -> None:
    found = by_polars(expression, table, engine)
    assert len(found) == len(table)
    for row, one in zip(table, found, strict=True):
        other = evaluate(expression, row)
        assert one is None or math.isfinite(one)
        assert same(one, other), (expression, row, one, other)


@pytest.mark.parametrize("kind", [Number, Variable, Negative, Arithmetic, Call, Cases, NumberIs, WordIs])
def test_generated_expressions_reach_every_node(kind: type) -> None:
    find(expressions, lambda tree: any(isinstance(node, kind) for node, _ in levels(tree)))


@pytest.mark.parametrize("which", [*Operator, *Function])
def test_generated_expressions_reach_every_operation(which: Operator | Function) -> None:
    def reached(tree: Expression) -> bool:
        return any(
            which in (getattr(node, "operator", None), getattr(node, "function", None)) for node, _ in levels(tree)
        )

    find(expressions, reached)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / (1 / a)", [None, 2.0, None]),  # 1 / infinity would be 0
        ("min(1, a)", [0.0, 1.0, None]),  # min_horizontal passes over null
        ("max(1, 1 / a)", [None, 1.0, None]),
        ("{1 if a < 1, 2 otherwise}", [1.0, 2.0, None]),  # when takes null for false
        ("{1 if 1 / a < 1, 2 otherwise}", [None, 1.0, None]),
        ("{0 if a == 0, 1 / a otherwise}", [0.0, 0.5, None]),
        ("exp(0 - 1 / a)", [None, math.exp(-0.5), None]),
        ("a ^ 0", [1.0, 1.0, None]),
        ("(1 / a) ^ 0", [None, 1.0, None]),
        ("{1 if 2 < 1, a otherwise}", [0.0, 2.0, None]),
        ("{1 if 1 / 0 < 1, a otherwise}", [None, None, None]),
    ],
)
def test_edges(text: str, expected: list[float | None]) -> None:
    table: list[Row] = [{"a": value, "b": None, "c": None, "w": None} for value in (0.0, 2.0, None)]
    expression = parse_formula(text)
    assert by_polars(expression, table) == expected
    assert [evaluate(expression, row) for row in table] == expected


@pytest.mark.parametrize("text", ["1 / 3", "ln(0)", "{1 if 2 < 3, 4 otherwise}", "min(1, 2)"])
@pytest.mark.parametrize("height", [0, 1, 3])
def test_a_constant_is_as_long_as_the_table(text: str, height: int) -> None:
    table: list[Row] = [{"a": 1.0, "b": None, "c": None, "w": "x"}] * height
    assert by_polars(parse_formula(text), table) == [evaluate(parse_formula(text), {})] * height


def test_infinity_and_nan_of_a_column_are_missing() -> None:
    table: list[Row] = [{"a": value, "b": 1.0, "c": None, "w": None} for value in (math.inf, -math.inf, math.nan)]
    for text in ("a", "b / a", "min(a, b)", "a ^ 0", "exp(0 - a)", "{1 if a > 1, 2 otherwise}"):
        assert by_polars(parse_formula(text), table) == [None, None, None]


@pytest.mark.parametrize(
    "text", ["a ^ {}", "1 / (1 + {})", "min(a, {})", "{{a if {} < 1, 2 otherwise}}", "exp({}) / 9"]
)
def test_the_deepest_formula_is_planned_at_once(text: str) -> None:
    whole = "a"
    depth = (MAX_LEVELS - 1) // 2 - 1
    for _ in range(depth):
        whole = text.format(f"({whole})")
    expression = parse_formula(whole)
    table: list[Row] = [{"a": 0.5, "b": None, "c": None, "w": None}]
    start = perf_counter()
    assert same(by_polars(expression, table)[0], evaluate(expression, table[0]))
    assert perf_counter() - start < 5
