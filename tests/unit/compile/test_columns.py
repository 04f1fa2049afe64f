"""Named columns: one for each different expression, in the order in which they can be computed."""

from __future__ import annotations

import polars as pl

from stratify.compile.columns import Columns


def test_the_same_expression_is_one_column() -> None:
    columns = Columns("row")
    first, second = columns.keep(pl.col("value") > 1), columns.keep(pl.col("value") > 1)
    assert first.meta.eq(second)
    assert [len(stage) for stage in columns.stages] == [1]


def test_expressions_that_differ_in_a_constant_or_its_type_are_two() -> None:
    columns = Columns("row")
    kept = [columns.keep(pl.col("value") > x) for x in (1, 2, pl.lit(1, pl.Float64))]
    assert len({expr.meta.output_name() for expr in kept}) == 3


def test_a_column_built_on_another_comes_in_a_later_stage() -> None:
    columns, frame = Columns("row"), pl.LazyFrame({"value": [1, 5]})
    high = columns.keep(pl.col("value") > 3)
    code = columns.keep(pl.when(high).then(pl.col("value")).otherwise(0))
    assert [len(stage) for stage in columns.stages] == [1, 1]
    for stage in columns.stages:
        frame = frame.with_columns(*stage)
    assert frame.select(code).collect().to_series().to_list() == [0, 5]


def test_a_column_itself_needs_no_other() -> None:
    columns = Columns("row")
    assert columns.keep(pl.col("value")).meta.eq(pl.col("value"))
    assert columns.stages == []


def test_a_constant_counts_once_a_row() -> None:
    # The sum of pl.lit(True) over two rows of a group is 1; of a column of true it is 2.
    columns, frame = Columns("row"), pl.LazyFrame({"patient": [1, 1]})
    always = columns.keep(pl.lit(value=True))
    rows = frame.with_columns(*columns.stages[0])
    assert rows.group_by("patient").agg(always.sum().alias("n")).collect()["n"].to_list() == [2]
