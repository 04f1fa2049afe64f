"""Conditions as Polars expressions: every different leaf once, every different condition one pair of columns.

Conditions are columns, not nested expressions: a ``choose`` uses its parts several times, and a tree written out
would grow with the power of its depth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

import polars as pl

from stratify.compile import events, gaps, genomics, kleene, measures, picks
from stratify.compile.columns import Columns
from stratify.compile.compare import compare_column, compare_integers
from stratify.compile.kleene import Kleene, answer
from stratify.compile.picks import FAVOURABLE_WHEN_TRUE, Polarity
from stratify.compile.rows import Events, LeafPlan
from stratify.compile.windows import Clock, anchor_column
from stratify.model.dictionary import PATIENTS, Catalogue, Dictionary, first_day, last_day
from stratify.model.expression import (
    AgeIs,
    AgeUnit,
    All,
    AlterationIs,
    AnyOf,
    AtLeast,
    Choose,
    ColumnRef,
    Condition,
    Count,
    Exists,
    Gap,
    Leaf,
    MeasureIs,
    Not,
    Ref,
    Tie,
    ValueIs,
)
from stratify.model.measure_units import in_unit_of
from stratify.model.protocol import Protocol
from stratify.model.truth import Reason

_Combine: TypeAlias = Callable[[Sequence[Kleene]], Kleene]


def patient_column(column: ColumnRef) -> str:
    """Name under which a column of a one-row table travels with the patients."""
    return column.column if column.table == PATIENTS else f"{column.table}:{column.column}"


def has_row(table: str) -> str:
    """Name of the column that says whether the patient has a row in a one-row table other than ``patients``."""
    return f"{table}:has a row"


@dataclass(slots=True)
class Compiler:
    """Collects what the conditions of one protocol ask of the tables, and gives each condition its columns."""

    protocol: Protocol
    dictionary: Dictionary
    catalogue: Catalogue
    leaves: list[LeafPlan] = field(default_factory=list)
    patient_columns: dict[ColumnRef, None] = field(default_factory=dict)
    columns: Columns = field(default_factory=lambda: Columns("patient"))
    events: dict[str, Events] = field(default_factory=dict)
    _known: dict[tuple[Condition, bool | None], Kleene] = field(default_factory=dict)
    _clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self._clock = Clock.of(self.protocol, self.catalogue)

    def condition(self, condition: Condition, polarity: Polarity = FAVOURABLE_WHEN_TRUE) -> Kleene:
        """The pair of columns of a condition."""
        if not _depends_on_polarity(condition):
            polarity = FAVOURABLE_WHEN_TRUE  # so that a leaf asked both ways round is asked once
        key = (condition, polarity.worst)
        if key not in self._known:
            self._known[key] = self._compile(condition, polarity)
        return self._known[key]

    def _compile(self, condition: Condition, polarity: Polarity) -> Kleene:
        match condition:
            case ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap() | AlterationIs():
                return self._store(kleene.from_answer(self.columns.keep(self._leaf(condition, polarity))))
            case Ref(name):
                return self.condition(self.protocol.definitions[name], polarity)
            case All(items):
                return self._combine(kleene.conjunction, items, polarity)
            case AnyOf(items):
                return self._combine(kleene.disjunction, items, polarity)
            case AtLeast(n, items):
                return self._combine(lambda parts: kleene.at_least(n, parts), items, polarity)
            case Not(item):
                return self._store(kleene.negation(self.condition(item, polarity.flipped())))
            case Choose(branches, otherwise):
                return self._choose(branches, otherwise, polarity)
            case _:
                assert_never(condition)

    def _combine(self, combine: _Combine, items: tuple[Condition, ...], polarity: Polarity) -> Kleene:
        return self._store(combine([self.condition(item, polarity) for item in items]))

    def _choose(
        self, branches: tuple[tuple[Condition, Condition], ...], otherwise: Condition, polarity: Polarity
    ) -> Kleene:
        chosen = self.condition(otherwise, polarity)
        for when, then in reversed(branches):
            condition, branch = self.condition(when, picks.BOTH_WAYS), self.condition(then, polarity)
            chosen = self._store(kleene.choose(condition, branch, chosen))
        return chosen

    def _store(self, pair: Kleene) -> Kleene:
        return Kleene(self.columns.keep(pair.truth), self.columns.keep(pair.reasons))

    # --- leaves --------------------------------------------------------------------------------------------------

    def _leaf(self, leaf: Leaf, polarity: Polarity) -> pl.Expr:
        match leaf:
            case ValueIs():
                return self._value(leaf)
            case AgeIs():
                return self._age(leaf)
            case MeasureIs() | Exists() | Count() | Gap():
                plan = self._event_leaf(leaf, polarity)
                self.leaves.append(plan)
                return self._if_anchored(plan.anchors, plan.answer)
            case AlterationIs():
                return self._alteration(leaf)
            case _:
                assert_never(leaf)

    def _if_anchored(self, anchors: tuple[str, ...], code: pl.Expr) -> pl.Expr:
        if not anchors:
            return code
        return pl.when(self._clock.missing(anchors)).then(answer(Reason.ANCHOR_MISSING)).otherwise(code)

    def _alteration(self, leaf: AlterationIs) -> pl.Expr:
        plan = genomics.alteration(leaf, self.dictionary.genomics, self._table, self._clock, f"leaf:{len(self.leaves)}")
        for part in plan.parts:
            self.leaves.append(part)
            self.patient_columns.update(dict.fromkeys(self.dictionary.tables[part.table].coverage or ()))
        return self._if_anchored(self._clock.needed(leaf.window), plan.answer)

    def _event_leaf(self, leaf: MeasureIs | Exists | Count | Gap, polarity: Polarity) -> LeafPlan:
        name = f"leaf:{len(self.leaves)}"
        if isinstance(leaf, MeasureIs):
            return self._measure(leaf, name, polarity)
        table = self._table(leaf.selection.table)
        if table.table.coverage is not None:
            self.patient_columns.update(dict.fromkeys(table.table.coverage))
        match leaf:
            case Exists(selection):
                return events.exists(selection, table, self._clock, name)
            case Count(selection, compare):
                return events.count(selection, compare, table, self._clock, name)
            case Gap():
                return gaps.gap(leaf, table, self._clock, name)
            case _:
                assert_never(leaf)

    def _measure(self, leaf: MeasureIs, name: str, polarity: Polarity) -> LeafPlan:
        measure = self.dictionary.measure(leaf.measure)
        if measure is None:
            raise ValueError(f"no measure {leaf.measure}")
        compare = in_unit_of(measure, leaf.compare)
        if compare is None:
            raise ValueError(f"measure {leaf.measure} is not read in {leaf.compare.unit}")
        leaf = replace(leaf, compare=compare)
        table = self._table(measure.table)
        asked = measures.with_tested(leaf, measure)
        if leaf.take.picks_by_date:
            plan = picks.picked(asked, measure, table, self._clock, name, polarity)
        else:
            compile_leaf = measures.quantified if leaf.take in measures.QUANTIFIED else measures.averaged
            plan = compile_leaf(asked, measure, table, self._clock, name)
        return plan if leaf.tested is None else measures.untested(plan)

    def _table(self, name: str) -> Events:
        if name not in self.events:
            rows = Columns(f"row of {name}")
            table, kinds = self.dictionary.tables[name], self.catalogue[name]
            self.events[name] = Events(table, kinds, rows, self.columns, self.protocol.library)
        return self.events[name]

    def _value(self, leaf: ValueIs) -> pl.Expr:
        self.patient_columns[leaf.column] = None
        kind = self.catalogue[leaf.column.table][leaf.column.column]
        result = compare_column(patient_column(leaf.column), kind, leaf.compare)
        if leaf.column.table == PATIENTS:
            return result
        return pl.when(pl.col(has_row(leaf.column.table))).then(result).otherwise(answer(Reason.NO_RECORD))

    def _age(self, leaf: AgeIs) -> pl.Expr:
        birth = self.dictionary.birth
        if birth is None:
            raise ValueError("no date of birth")
        self.patient_columns[birth] = None
        born, anchor = patient_column(birth), anchor_column(leaf.anchor)
        youngest = self.columns.keep(_completed(leaf.unit, pl.col(last_day(born)), pl.col(first_day(anchor))))
        oldest = self.columns.keep(_completed(leaf.unit, pl.col(first_day(born)), pl.col(last_day(anchor))))
        known = compare_integers(youngest, oldest, leaf.compare, answer(Reason.PARTIAL_DATE))
        return (
            pl.when(pl.col(first_day(anchor)).is_null())
            .then(answer(Reason.ANCHOR_MISSING))
            .when(pl.col(first_day(born)).is_null())
            .then(answer(Reason.NULL_DATE))
            .otherwise(known)
        )


def _depends_on_polarity(condition: Condition) -> bool:
    match condition:
        case MeasureIs(take=take, tie=tie):
            return take.picks_by_date and tie in {Tie.WORST, Tie.BEST}
        case ValueIs() | AgeIs() | Exists() | Count() | Gap() | AlterationIs():
            return False
        case _:
            return True


def _completed(unit: AgeUnit, born: pl.Expr, at: pl.Expr) -> pl.Expr:
    """Completed calendar years or months, as :func:`stratify.model.value.completed_years` counts them."""
    born, at = born.cast(pl.Date), at.cast(pl.Date)
    years = (at.dt.year() - born.dt.year()).cast(pl.Int64)
    months = at.dt.month().cast(pl.Int64) - born.dt.month().cast(pl.Int64)
    days = at.dt.day().cast(pl.Int64) - born.dt.day().cast(pl.Int64)
    if unit is AgeUnit.MONTHS:
        return years * 12 + months - (days < 0).cast(pl.Int64)
    return years - ((months < 0) | ((months == 0) & (days < 0))).cast(pl.Int64)
