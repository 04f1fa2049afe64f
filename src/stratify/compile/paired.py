"""Values that were measured together, made into rows of a derived measure.

The rows of one patient, date, time and sequence number are one moment. A moment has a ``value``, or a ``problem`` (the
number of a reason) that stands against using it, or neither, where an input was not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import polars as pl

from stratify.compile.columns import Columns
from stratify.compile.formulas import formula_expression
from stratify.compile.inputs import number_in, word_of
from stratify.compile.kleene import ANSWER, answer
from stratify.compile.measures import Readings, measure_rows, usable_number
from stratify.compile.picks import differ
from stratify.compile.rows import NO_VALUE, match_where
from stratify.compile.windows import Membership
from stratify.model.computed import MeasureInput, Paired
from stratify.model.dictionary import (
    PATIENT_KEY,
    ColumnKind,
    Measure,
    Table,
    first_day,
    last_day,
    second_of_day,
)
from stratify.model.truth import Reason

VALUE, PROBLEM = "value", "problem"
"""Columns of the rows of moments, beside the key and the date."""


@dataclass(frozen=True, slots=True)
class Moments:
    """How the rows of a table become moments.

    Parameters
    ----------
    name
        Of the table of moments.
    relevant
        Rows of some input that perhaps meet the condition.
    stages
        Columns added to those rows, in order.
    aggregates, result
        What is asked of the rows of a moment, and the two columns made of that.
    """

    name: str
    table: Table
    relevant: pl.Expr
    stages: tuple[tuple[pl.Expr, ...], ...]
    aggregates: tuple[pl.Expr, ...]
    result: tuple[pl.Expr, ...]

    def rows(self, frames: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        """One row for each moment of each patient."""
        rows = frames[self.table.name].filter(self.relevant)
        for stage in self.stages:
            rows = rows.with_columns(*stage)
        together = rows.group_by(PATIENT_KEY, *_date_parts(self.table), *_sequence(self.table)).agg(*self.aggregates)
        return together.select(PATIENT_KEY, *_date_parts(self.table), *self.result)


def moments(leaf: Paired, name: str, table: Table, measures: Mapping[str, Measure], kinds: Kinds) -> Moments:
    """The moments of a formula; ``measures`` are those of its inputs, all of this table."""
    rows = Columns(f"part of {name}")
    match = None if leaf.where is None else match_where(leaf.where, kinds)
    possible = pl.lit(True) if match is None else match.possible
    doubted = answer(0) if match is None else pl.when(match.truth.is_null()).then(match.reason).otherwise(answer(0))
    aggregates: list[pl.Expr] = []
    for item, of in leaf.inputs:
        aggregates += _part(item, of, measures[item], kinds, rows, rows.keep(possible), rows.keep(doubted))
    selected = reduce(lambda a, b: a | b, (measure_rows(measure) for measure in measures.values()))
    return Moments(
        name,
        table,
        selected & possible,
        tuple(tuple(stage) for stage in rows.stages),
        tuple(aggregates),
        _result(leaf, table),
    )


def moment_readings(events_rows: Columns, place: Membership) -> Readings:
    """The rows of moments, as picks see them."""
    value = pl.col(VALUE)
    usable = events_rows.keep(pl.when(pl.col(PROBLEM) == 0).then(value))
    return Readings(
        pl.lit(True),
        place.sure,
        place.perhaps,
        place.out,
        place.reason,
        events_rows.keep(value.is_not_null()),
        usable,
        usable,
        usable,
        pl.col(PROBLEM),
        ColumnKind.NUMBER,
    )


Kinds = Mapping[str, ColumnKind]


def _date_parts(table: Table) -> tuple[str, ...]:
    if table.date is None:
        raise ValueError(f"table {table.name} has no date, so none of its rows belong together")
    return first_day(table.date), last_day(table.date), second_of_day(table.date)


def _sequence(table: Table) -> tuple[str, ...]:
    return () if table.sequence is None else (table.sequence,)


def _part(
    item: str, of: MeasureInput, measure: Measure, kinds: Kinds, rows: Columns, possible: pl.Expr, doubted: pl.Expr
) -> list[pl.Expr]:
    """What one input is in a moment: its lowest and highest value, and what stands against it."""
    kind = kinds[measure.value]
    if of.words:
        value = pl.lit(None, pl.String) if kind is ColumnKind.EMPTY else pl.col(measure.value)
        present, worth = value.is_not_null(), word_of(value, kind, of.words)
        problem = pl.when(worth.is_null()).then(answer(NO_VALUE)).otherwise(answer(0))
    else:
        present, canonical, problem = usable_number(measure, kind, rows)
        worth = number_in(canonical, measure, of)
    mine = rows.keep(measure_rows(measure) & possible & present)
    worth = rows.keep(pl.when(mine).then(worth))
    problem = rows.keep(pl.when(mine).then(pl.max_horizontal(problem, doubted)))
    return [
        mine.any().alias(f"{item}:any"),
        worth.min().alias(f"{item}:low"),
        differ(worth, mine, None, ColumnKind.TEXT if of.words else ColumnKind.NUMBER).alias(f"{item}:differ"),
        problem.max().alias(f"{item}:problem"),
    ]


def _result(leaf: Paired, table: Table) -> tuple[pl.Expr, ...]:
    names = [item for item, _ in leaf.inputs]
    computed = formula_expression(leaf.expression, {name: pl.col(f"{name}:low") for name in names})
    conflict = reduce(lambda a, b: a | b, (pl.col(f"{name}:differ").fill_null(False) for name in names))
    problem = pl.max_horizontal(
        answer(0),
        *(pl.col(f"{name}:problem") for name in names),
        pl.when(conflict).then(answer(Reason.CONFLICT)).otherwise(answer(0)),
    )
    first, last, _ = _date_parts(table)
    day = (
        pl.when(pl.col(first).is_null())
        .then(answer(Reason.NULL_DATE))
        .when(pl.col(first) < pl.col(last))
        .then(answer(Reason.PARTIAL_DATE))
        .otherwise(answer(0))
    )
    some = pl.any_horizontal(f"{name}:any" for name in names)
    complete = pl.all_horizontal(f"{name}:any" for name in names)
    nothing = pl.when(computed.is_null()).then(answer(NO_VALUE)).otherwise(answer(0))
    against = (
        pl.when(day > 0)
        .then(pl.max_horizontal(day, problem))
        .when(problem > 0)
        .then(problem)
        .otherwise(nothing)
        .cast(ANSWER)
    )
    is_row = pl.when(day > 0).then(some).otherwise(complete)
    value = pl.when(is_row).then(pl.when(against > 0).then(0.0).otherwise(computed))
    return value.alias(VALUE), pl.when(is_row).then(against).otherwise(answer(0)).alias(PROBLEM)
