"""The plan of a protocol: one lazy query in which each table is read once.

Anchors derived from events have their days found before, level by level, each table being read once more a level; a
protocol without them has one query. The plan knows expressions and names, no data; :meth:`Plan.query` binds it to the
tables of a cohort. Its output has one row per patient, ordered by patient, whatever the order and chunking of the
input:

    patient_id, verdict, arm, stratum, failed, unknown,
    result:ID, reasons:ID      each criterion: CriterionResult and mask of reasons
    define:NAME                each definition: true, false, null
    stratum:ID                 each stratification factor: level or null
    entitled:ID, order:ANCHOR  where an arm has a number of places: each arm by rule, and who comes first
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import polars as pl

from stratify.compile.anchors import AnchorAggregates, anchor_passes
from stratify.compile.events import coverage_column
from stratify.compile.outputs import Outputs, compile_outputs
from stratify.compile.rows import Events, LeafPlan, RowSource
from stratify.compile.to_polars import Compiler, has_row, patient_column
from stratify.compile.windows import anchor_column
from stratify.model.anchor import ColumnAnchor, needs
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Catalogue, Dictionary, first_day, last_day, second_of_day
from stratify.model.expression import ColumnRef
from stratify.model.protocol import Protocol

Frames = Mapping[str, pl.LazyFrame]
"""Tables in normal form, by name."""
Engine = Literal["in-memory", "streaming"]
"""Which of Polars' engines collects."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """All that is asked of one event table, in one pass."""

    table: str
    relevant: pl.Expr | None
    stages: tuple[tuple[pl.Expr, ...], ...]
    aggregates: tuple[pl.Expr, ...]
    anchors: tuple[str, ...]
    distinct: bool
    source: RowSource | None = None
    carried: tuple[str, ...] = ()

    def query(self, frames: Frames, patients: pl.LazyFrame) -> pl.LazyFrame:
        """One row per patient with rows: the aggregates of every leaf."""
        rows = frames[self.table] if self.source is None else self.source.rows(frames)
        if self.distinct:
            rows = rows.unique(maintain_order=False)
        if self.relevant is not None:
            rows = rows.filter(self.relevant)
        carried = [*(part for name in self.anchors for part in _date_parts(anchor_column(name))), *self.carried]
        # Left to choose, the engine keeps millions of rows until it knows which side is the smaller one.
        rows = rows.join(patients.select(PATIENT_KEY, *carried), on=PATIENT_KEY, how="inner", build_side="force_right")
        for stage in self.stages:
            rows = rows.with_columns(*stage)
        return rows.group_by(PATIENT_KEY).agg(*self.aggregates)


@dataclass(frozen=True, slots=True)
class AnchorPass:
    """One pass over a table for the days of anchors."""

    table: TablePlan
    days: tuple[pl.Expr, ...]

    def query(self, frames: Frames, patients: pl.LazyFrame) -> pl.LazyFrame:
        """One row per patient with rows: the days of each anchor, in the three columns of a date."""
        return self.table.query(frames, patients).select(PATIENT_KEY, *self.days)


@dataclass(frozen=True, slots=True)
class Plan:
    """A protocol, ready to be asked of any tables of the kinds it was compiled for."""

    protocol: Protocol
    dictionary: Dictionary
    patients: tuple[pl.Expr, ...]
    one_row_tables: Mapping[str, tuple[pl.Expr, ...]]
    dates: tuple[pl.Expr, ...]
    anchors: tuple[tuple[AnchorPass, ...], ...]
    tables: tuple[TablePlan, ...]
    stages: tuple[tuple[pl.Expr, ...], ...]
    outputs: Outputs

    def query(self, frames: Frames, engine: Engine = "streaming") -> pl.LazyFrame:
        """The lazy query over tables in normal form; derived anchors are found with ``engine`` before it is made."""
        patients = frames[PATIENTS].select(PATIENT_KEY, *self.patients)
        for name, columns in self.one_row_tables.items():
            facts = frames[name].select(PATIENT_KEY, pl.lit(True).alias(has_row(name)), *columns)
            patients = patients.join(facts, on=PATIENT_KEY, how="left")
        patients = patients.with_columns(*self.dates)
        if self.anchors:
            patients = self._with_derived_anchors(frames, patients, engine)
        result = patients
        for table in self.tables:
            result = result.join(table.query(frames, patients), on=PATIENT_KEY, how="left", build_side="force_right")
        for stage in (*self.stages, *self.outputs.stages):
            result = result.with_columns(*stage)
        return result.select(PATIENT_KEY, *self.outputs.columns).sort(PATIENT_KEY)

    def _with_derived_anchors(self, frames: Frames, patients: pl.LazyFrame, engine: Engine) -> pl.LazyFrame:
        """The patients with their derived anchors.

        Level by level, and not as one query: it would name the patients twice a level, and so double with each.
        """
        known: pl.DataFrame | None = None
        for level in self.anchors:
            so_far = _joined(patients, known)
            for asked in level:
                found = asked.query(frames, so_far).collect(engine=engine)
                known = found if known is None else known.join(found, on=PATIENT_KEY, how="full", coalesce=True)
        return _joined(patients, known)


def _joined(patients: pl.LazyFrame, known: pl.DataFrame | None) -> pl.LazyFrame:
    return patients if known is None else patients.join(known.lazy(), on=PATIENT_KEY, how="left")


def compile_plan(protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue, *, days: Sequence[str] = ()) -> Plan:
    """Compile a protocol that has passed :func:`stratify.protocol.typecheck` against these tables.

    ``days`` are anchors of the protocol whose days are wanted beside the verdicts (``anchor_days``).
    """
    compiler = Compiler(protocol, dictionary, catalogue)
    outputs = compile_outputs(compiler, days)
    needed = _needed_columns(compiler)
    anchors = dict.fromkeys(name for leaf in compiler.leaves for name in leaf.anchors)
    anchors |= dict.fromkeys(protocol.anchors)
    coverage = [column for column in needed if column in _coverage_columns(compiler)]
    one_row = {c.table: tuple(_parts(catalogue, n) for n in needed if n.table == c.table) for c in needed}
    return Plan(
        protocol,
        dictionary,
        tuple(expr for column in needed if column.table == PATIENTS for expr in _parts(catalogue, column)),
        {
            table: tuple(expr for column in needed if column.table == table for expr in _parts(catalogue, column))
            for table in one_row
            if table != PATIENTS
        },
        tuple(
            expr
            for name in anchors
            if isinstance(anchor := protocol.anchors[name], ColumnAnchor)
            for expr in _renamed(patient_column(anchor.column), anchor_column(anchor.name))
        )
        + tuple(expr for column in coverage for expr in _renamed(patient_column(column), coverage_column(column)))
        + tuple(_carried(compiler.leaves).values()),
        _anchor_passes(compiler, outputs),
        tuple(_table_plan(events, compiler.leaves) for events in compiler.events.values()),
        tuple(tuple(stage) for stage in compiler.columns.stages),
        outputs,
    )


def _table_plan(events: Events, leaves: list[LeafPlan]) -> TablePlan:
    mine = [leaf for leaf in leaves if leaf.table == events.table.name]
    return TablePlan(
        events.table.name,
        _any_of([leaf.relevant for leaf in mine]),
        tuple(tuple(stage) for stage in events.rows.stages),
        tuple(expr for leaf in mine for expr in leaf.aggregates),
        tuple(dict.fromkeys(anchor for leaf in mine for anchor in leaf.anchors)),
        any(leaf.distinct for leaf in mine),
        events.source,
        tuple(_carried(mine)),
    )


def _carried(leaves: Sequence[LeafPlan]) -> dict[str, pl.Expr]:
    """What rows need of their patients beside anchors, by name."""
    return {expr.meta.output_name(): expr for leaf in leaves for expr in leaf.carried}


def _any_of(filters: Sequence[pl.Expr | None]) -> pl.Expr | None:
    """The rows that matter to somebody; ``None``: all."""
    return (
        None if any(f is None for f in filters) else reduce(lambda a, b: a | b, (f for f in filters if f is not None))
    )


def _anchor_passes(compiler: Compiler, outputs: Outputs) -> tuple[tuple[AnchorPass, ...], ...]:
    if len(_column_anchors(compiler.protocol)) == len(compiler.protocol.anchors):
        return ()
    levels = anchor_passes(compiler.protocol, compiler.dictionary, compiler.catalogue, _used_anchors(compiler, outputs))
    return tuple(tuple(AnchorPass(_anchor_table(one), one.days) for one in level) for level in levels)


def _anchor_table(asked: AnchorAggregates) -> TablePlan:
    stages = tuple(tuple(stage) for stage in asked.events.rows.stages)
    table, relevant = asked.events.table.name, _any_of(asked.relevant)
    return TablePlan(table, relevant, stages, asked.aggregates, asked.anchors, distinct=False)


def _used_anchors(compiler: Compiler, outputs: Outputs) -> frozenset[str]:
    """The derived anchors whose days some expression of the plan reads, and those they need."""
    leaves = (expr for leaf in compiler.leaves for expr in leaf.aggregates)
    tables = (events.rows.stages for events in compiler.events.values())
    stages = (*compiler.columns.stages, *outputs.stages, *(stage for stages in tables for stage in stages))
    names = {name for expr in (*leaves, *(e for stage in stages for e in stage)) for name in expr.meta.root_names()}
    names |= {first_day(anchor_column(name)) for leaf in compiler.leaves for name in leaf.anchors}
    needed = needs(compiler.protocol.anchors, compiler.protocol.as_of)
    waiting = [name for name in needed if names & set(_date_parts(anchor_column(name)))]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in needed and name not in used:
            used.add(name)
            waiting += needed[name]
    return frozenset(used)


def _column_anchors(protocol: Protocol) -> tuple[ColumnAnchor, ...]:
    return tuple(anchor for anchor in protocol.anchors.values() if isinstance(anchor, ColumnAnchor))


def _needed_columns(compiler: Compiler) -> list[ColumnRef]:
    anchors = [anchor.column for anchor in _column_anchors(compiler.protocol)]
    return list(dict.fromkeys((*compiler.patient_columns, *anchors)))


def _coverage_columns(compiler: Compiler) -> set[ColumnRef]:
    tables = compiler.dictionary.tables.values()
    return {column for table in tables if table.coverage is not None for column in table.coverage}


def _parts(catalogue: Catalogue, column: ColumnRef) -> tuple[pl.Expr, ...]:
    """The physical columns of a patient's column, under the names by which they travel."""
    name = patient_column(column)
    if catalogue[column.table][column.column].is_date:
        return tuple(_renamed(column.column, name))
    return (pl.col(column.column).alias(name),)


def _renamed(source: str, target: str) -> list[pl.Expr]:
    return [pl.col(part).alias(renamed) for part, renamed in zip(_date_parts(source), _date_parts(target), strict=True)]


def _date_parts(column: str) -> tuple[str, str, str]:
    return first_day(column), last_day(column), second_of_day(column)
