"""Conditions as Polars expressions: every different leaf once, every different condition one pair of columns.

Conditions are columns, not nested expressions: a ``choose`` uses its parts several times, and a tree written out
would grow with the power of its depth. Stage *k* holds the conditions whose parts are all in earlier stages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

import polars as pl

from stratify.compile import events, gaps, kleene, measures, picks
from stratify.compile.compare import compare_column, compare_integers
from stratify.compile.kleene import Kleene, answer
from stratify.compile.picks import FAVOURABLE_WHEN_TRUE, Polarity
from stratify.compile.rows import LeafPlan
from stratify.compile.windows import Clock, anchor_column
from stratify.model.dictionary import PATIENTS, Catalogue, ColumnKind, Dictionary, Table, first_day, last_day
from stratify.model.expression import (
    AgeIs,
    AgeUnit,
    All,
    AnyOf,
    AtLeast,
    Choose,
    ColumnRef,
    Condition,
    Count,
    Exists,
    Gap,
    MeasureIs,
    Not,
    Ref,
    Tie,
    ValueIs,
)
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
    stages: list[list[pl.Expr]] = field(default_factory=list)
    _known: dict[tuple[Condition, bool | None], tuple[Kleene, int]] = field(default_factory=dict)
    _clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self._clock = Clock.of(self.protocol, self.catalogue)

    def condition(self, condition: Condition, polarity: Polarity = FAVOURABLE_WHEN_TRUE) -> tuple[Kleene, int]:
        """The pair of columns of a condition, and the first stage at which they can be used."""
        if not _depends_on_polarity(condition):
            polarity = FAVOURABLE_WHEN_TRUE  # so that a leaf asked both ways round is asked once
        key = (condition, polarity.worst)
        if key not in self._known:
            self._known[key] = self._compile(condition, polarity)
        return self._known[key]

    def _compile(self, condition: Condition, polarity: Polarity) -> tuple[Kleene, int]:
        match condition:
            case ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap():
                return self._store(kleene.from_answer(self._stored_answer(self._leaf(condition, polarity))), 1)
            case Ref(name):
                return self.condition(self.protocol.definitions[name], polarity)
            case All(items):
                return self._combine(kleene.conjunction, items, polarity)
            case AnyOf(items):
                return self._combine(kleene.disjunction, items, polarity)
            case AtLeast(n, items):
                return self._combine(lambda parts: kleene.at_least(n, parts), items, polarity)
            case Not(item):
                inner, stage = self.condition(item, polarity.flipped())
                return self._store(kleene.negation(inner), stage)
            case Choose(branches, otherwise):
                return self._choose(branches, otherwise, polarity)
            case _:
                assert_never(condition)

    def _combine(self, combine: _Combine, items: tuple[Condition, ...], polarity: Polarity) -> tuple[Kleene, int]:
        parts = [self.condition(item, polarity) for item in items]
        return self._store(combine([pair for pair, _ in parts]), max(stage for _, stage in parts))

    def _choose(
        self, branches: tuple[tuple[Condition, Condition], ...], otherwise: Condition, polarity: Polarity
    ) -> tuple[Kleene, int]:
        chosen, stage = self.condition(otherwise, polarity)
        for when, then in reversed(branches):
            condition, when_stage = self.condition(when, picks.BOTH_WAYS)
            branch, then_stage = self.condition(then, polarity)
            stage = max(stage, when_stage, then_stage)
            chosen, stage = self._store(kleene.choose(condition, branch, chosen), stage)
        return chosen, stage

    def _store(self, pair: Kleene, stage: int) -> tuple[Kleene, int]:
        """Name the pair's columns, computed in a stage, for use from the next one on."""
        name = f"node:{len(self._known)}:{sum(map(len, self.stages))}"
        truth, reasons = f"{name}:truth", f"{name}:reasons"
        self._at(stage).extend((pair.truth.alias(truth), pair.reasons.alias(reasons)))
        return Kleene(pl.col(truth), pl.col(reasons)), stage + 1

    def _stored_answer(self, result: pl.Expr) -> pl.Expr:
        name = f"answer:{len(self._at(0))}"
        self._at(0).append(result.alias(name))
        return pl.col(name)

    def _at(self, stage: int) -> list[pl.Expr]:
        while len(self.stages) <= stage:
            self.stages.append([])
        return self.stages[stage]

    # --- leaves --------------------------------------------------------------------------------------------------

    def _leaf(self, leaf: ValueIs | AgeIs | MeasureIs | Exists | Count | Gap, polarity: Polarity) -> pl.Expr:
        match leaf:
            case ValueIs():
                return self._value(leaf)
            case AgeIs():
                return self._age(leaf)
            case MeasureIs() | Exists() | Count() | Gap():
                plan = self._event_leaf(leaf, polarity)
                self.leaves.append(plan)
                if not plan.anchors:
                    return plan.answer
                missing = self._clock.missing(plan.anchors)
                return pl.when(missing).then(answer(Reason.ANCHOR_MISSING)).otherwise(plan.answer)
            case _:
                assert_never(leaf)

    def _event_leaf(self, leaf: MeasureIs | Exists | Count | Gap, polarity: Polarity) -> LeafPlan:
        name = f"leaf:{len(self.leaves)}"
        if isinstance(leaf, MeasureIs):
            return self._measure(leaf, name, polarity)
        table, kinds = self._table(leaf.selection.table)
        if table.coverage is not None:
            self.patient_columns.update(dict.fromkeys(table.coverage))
        match leaf:
            case Exists(selection):
                return events.exists(selection, table, kinds, self._clock, name)
            case Count(selection, compare):
                return events.count(selection, compare, table, kinds, self._clock, name)
            case Gap():
                return gaps.gap(leaf, table, kinds, self._clock, name)
            case _:
                assert_never(leaf)

    def _measure(self, leaf: MeasureIs, name: str, polarity: Polarity) -> LeafPlan:
        measure = self.dictionary.measure(leaf.measure)
        if measure is None:
            raise ValueError(f"no measure {leaf.measure}")
        table, kinds = self._table(measure.table)
        if leaf.take.picks_by_date:
            return picks.picked(leaf, measure, table, kinds, self._clock, name, polarity)
        compile_leaf = measures.quantified if leaf.take in measures.QUANTIFIED else measures.averaged
        return compile_leaf(leaf, measure, table, kinds, self._clock, name)

    def _table(self, name: str) -> tuple[Table, dict[str, ColumnKind]]:
        return self.dictionary.tables[name], dict(self.catalogue[name])

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
        youngest = _completed(leaf.unit, pl.col(last_day(born)), pl.col(first_day(anchor)))
        oldest = _completed(leaf.unit, pl.col(first_day(born)), pl.col(last_day(anchor)))
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
        case ValueIs() | AgeIs() | Exists() | Count() | Gap():
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
