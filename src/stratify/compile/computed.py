"""A formula of picked inputs, asked at the corners of what the inputs may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product

import polars as pl

from stratify.compile.columns import Columns
from stratify.compile.compare import compare_number
from stratify.compile.formulas import formula_expression
from stratify.compile.inputs import Value
from stratify.compile.kleene import FALSE, TRUE, answer
from stratify.compile.rows import NO_VALUE
from stratify.model.computed import Computed, ordered_tests
from stratify.model.truth import Reason
from stratify.model.value import Comparison


def compared_formula(leaf: Computed, values: Mapping[str, Value], wins: bool | None, columns: Columns) -> pl.Expr:
    """The answer of a formula for these inputs.

    Parameters
    ----------
    wins
        The answer that ties have where the corners disagree; ``None``: unknown(conflict).
    """
    keep = columns.keep
    missing = keep(pl.max_horizontal(value.reason for value in values.values()))
    doubt = keep(pl.max_horizontal(value.doubt for value in values.values()))
    corners = [keep(formula_expression(leaf.expression, corner)) for corner in _corners(values)]
    nothing = _some([corner.is_null() for corner in corners])
    for name in leaf.nonzero:
        nothing |= (values[name].low <= 0) & (values[name].high >= 0)
    every, none, meets = _asked(leaf, corners)
    return (
        pl.when(missing > 0)
        .then(missing)
        .when(nothing)
        .then(pl.max_horizontal(doubt, answer(NO_VALUE)))
        .when(every)
        .then(answer(TRUE))
        .when(none)
        .then(answer(FALSE))
        .when(doubt > 0)
        .then(doubt)
        .otherwise(_by_tie(wins, meets))
    )


def _corners(values: Mapping[str, Value]) -> list[dict[str, pl.Expr]]:
    varying = [name for name, value in values.items() if value.varies]
    lowest = {name: value.low for name, value in values.items()}
    ends = [(values[name].low, values[name].high) for name in varying]
    return [{**lowest, **dict(zip(varying, chosen, strict=True))} for chosen in product(*ends)]


def _asked(leaf: Computed, corners: Sequence[pl.Expr]) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Whether every result between the corners meets the comparison, whether none does, whether some corner does.

    Each test is met by the numbers on one side, so it holds for all results between when it does at the corners; all
    tests together are met by none when one of them is met at no corner.
    """
    tests = ordered_tests(leaf.compare)
    if tests is None:
        raise ValueError("corners say nothing of this comparison; the reader should have said so")
    asked = [[compare_number(corner, Comparison(((test,),))) for corner in corners] for test in tests]
    every = _every([_every(answers) for answers in asked])
    none = _some([~_some(answers) for answers in asked])
    meets = _some([_every(list(at)) for at in zip(*asked, strict=True)])
    return every, none, meets


def _by_tie(wins: bool | None, meets: pl.Expr) -> pl.Expr:
    """Corners that disagree; that one of them fails is sure, that one of them meets a range is not."""
    if wins is None:
        return answer(Reason.CONFLICT)
    return pl.when(meets).then(answer(TRUE)).otherwise(answer(Reason.CONFLICT)) if wins else answer(FALSE)


def _every(items: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(lambda a, b: a & b, items)


def _some(items: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(lambda a, b: a | b, items)
