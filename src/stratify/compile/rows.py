"""Row by row: which rows of an event table match, and what a plan asks of a table.

A leaf over an event table becomes columns on its rows, aggregates per patient, and one answer. Leaves of one table
share the columns they have in common. Rows carry small codes ordered so that the ``max`` over a patient decides:

    40        decides        a row that settles the question (true for "any", false for "all")
    20 + r    unknown        a row that could settle it, but for reason r
    19        against        a row that surely counts and does not settle it
    5, 4, 3   perhaps        a row that perhaps counts and would not settle it, by its reason; or one without a value
    2         outside        a row outside the window
    0, null   none
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Protocol

import polars as pl

from stratify.compile import kleene
from stratify.compile.codes import has_code
from stratify.compile.columns import Columns
from stratify.compile.compare import compare_column, compare_plain
from stratify.compile.kleene import FALSE, TRUE, answer
from stratify.model.dictionary import ColumnKind, Table
from stratify.model.expression import FieldIs, RowAll, RowAny, RowCondition, RowNot, Selection, row_fields
from stratify.model.library import Library
from stratify.model.truth import Reason
from stratify.model.value import Comparison

UNSETTLED = 20
OUTSIDE = int(Reason.OUT_OF_WINDOW)
NO_VALUE = int(Reason.NULL_VALUE)


class RowSource(Protocol):
    """Makes the rows of a table that the cohort does not have."""

    def rows(self, frames: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        """The rows, of the tables in normal form."""
        ...


@dataclass(frozen=True, slots=True)
class Events:
    """An event table, the columns that its leaves have put on its rows, and those on the patients' answers.

    ``library`` says what diplotypes mean. ``source``: where the rows are made of those of another table.
    """

    table: Table
    kinds: Mapping[str, ColumnKind]
    rows: Columns
    patients: Columns
    library: Library = field(default_factory=Library)
    source: RowSource | None = None


@dataclass(frozen=True, slots=True)
class LeafPlan:
    """What one leaf asks of one event table.

    Parameters
    ----------
    relevant
        Rows that can matter, as a filter before the join; ``None``: all.
    aggregates
        Named aggregates per patient over the columns of the rows (:attr:`Events.rows`).
    answer
        The answer per patient, over the aggregates and the patient's own columns.
    anchors
        Anchors that the row columns or the answer use.
    distinct
        Whether exact duplicate rows must be removed first.
    carried
        Further expressions over the patient's columns whose values the row columns use, by their names.
    """

    table: str
    relevant: pl.Expr | None
    aggregates: tuple[pl.Expr, ...]
    answer: pl.Expr
    anchors: tuple[str, ...]
    distinct: bool = False
    carried: tuple[pl.Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a row matches: a nullable Boolean, and the reason where it is null. ``always``: nothing was asked."""

    truth: pl.Expr
    reason: pl.Expr
    always: bool = False

    @property
    def possible(self) -> pl.Expr:
        """Not surely false."""
        return self.truth.fill_null(True)

    def kept(self, rows: Columns) -> Match:
        """The same as columns on the rows."""
        return Match(rows.keep(self.truth), rows.keep(self.reason), self.always)


def match_rows(selection: Selection, events: Events) -> Match:
    """Code and ``where`` on one row."""
    table, kinds = events.table, events.kinds
    parts = []
    if selection.codes is not None:
        kind = kinds[table.code] if table.code is not None else ColumnKind.EMPTY
        parts.append(Match(has_code(selection.codes, table, kind), answer(NO_VALUE)))
    if selection.where is not None:
        parts.append(match_where(selection.where, kinds))
    if not parts:
        return Match(pl.lit(True), answer(NO_VALUE), always=True)
    if len(parts) == 1:
        return parts[0]
    reason = pl.max_horizontal(pl.when(part.truth.is_null()).then(part.reason).otherwise(answer(0)) for part in parts)
    return Match(parts[0].truth & parts[1].truth, reason)


def match_where(where: RowCondition, kinds: Mapping[str, ColumnKind]) -> Match:
    """A row condition. Without date fields the only reason there can be is a null value."""
    pair = _condition(where, kinds)
    if any(kinds[field.column].is_date for field in row_fields(where)):
        return Match(pair.truth, kleene.to_answer(pair))
    return Match(pair.truth, answer(NO_VALUE))


def _condition(where: RowCondition, kinds: Mapping[str, ColumnKind]) -> kleene.Kleene:
    match where:
        case FieldIs(column, compare):
            return _field(column, kinds[column], compare)
        case RowAll(items):
            return kleene.conjunction([_condition(item, kinds) for item in items])
        case RowAny(items):
            return kleene.disjunction([_condition(item, kinds) for item in items])
        case RowNot(item):
            return kleene.negation(_condition(item, kinds))


def _field(column: str, kind: ColumnKind, compare: Comparison) -> kleene.Kleene:
    if kind.is_date:
        return kleene.from_answer(compare_column(column, kind, compare))
    truth = compare_plain(pl.col(column), kind, compare)
    lacking = pl.when(truth.is_null()).then(pl.lit(Reason.NULL_VALUE.bit, pl.UInt16)).otherwise(pl.lit(0, pl.UInt16))
    return kleene.Kleene(truth, lacking)


def any_answer(code: pl.Expr) -> pl.Expr:
    """The answer of "some row": the code that decides is true."""
    return _answer(code, decides=TRUE, against=FALSE)


def all_answer(code: pl.Expr) -> pl.Expr:
    """The answer of "every row": the code that decides is false."""
    return _answer(code, decides=FALSE, against=TRUE)


def _answer(code: pl.Expr, *, decides: int, against: int) -> pl.Expr:
    return (
        pl.when(code == TRUE)
        .then(answer(decides))
        .when(code >= UNSETTLED)
        .then((code - UNSETTLED).cast(kleene.ANSWER))
        .when(code == FALSE)
        .then(answer(against))
        .when(code > 0)
        .then(code.cast(kleene.ANSWER))
        .otherwise(answer(Reason.NO_RECORD))
    )


def highest(*codes: pl.Expr) -> pl.Expr:
    """The highest of several answers on one row."""
    return reduce(pl.max_horizontal, codes)
