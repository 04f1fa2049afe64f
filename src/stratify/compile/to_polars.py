"""Conditions as Polars expressions: every different leaf once, every different condition one pair of columns.

Conditions are columns, not nested expressions: a ``choose`` uses its parts several times, and a tree written out
would grow with the power of its depth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

import polars as pl

from stratify.compile import events, gaps, genomics, kleene, measures, paired, picks
from stratify.compile.ages import completed
from stratify.compile.columns import Columns
from stratify.compile.compare import compare_column, compare_integers
from stratify.compile.computed import compared_formula
from stratify.compile.fallback import Fallen, Held, fallen_back
from stratify.compile.inputs import Value, picked_input, word_of
from stratify.compile.kleene import FALSE, TRUE, Kleene, answer
from stratify.compile.last_rows import last_rows
from stratify.compile.measures import Readings, measure_rows, readings
from stratify.compile.picks import FAVOURABLE_WHEN_TRUE, Polarity
from stratify.compile.rows import Events, LeafPlan
from stratify.compile.windows import Clock, anchor_column
from stratify.model.computed import AgeInput, ColumnInput, DefinitionInput, Input, PickInput
from stratify.model.dictionary import (
    PATIENTS,
    Catalogue,
    ColumnKind,
    Dictionary,
    Measure,
    Table,
    first_day,
    last_day,
)
from stratify.model.expression import (
    AgeIs,
    AgeUnit,
    All,
    AlterationIs,
    AnyOf,
    AtLeast,
    Choose,
    ColumnRef,
    Computed,
    Condition,
    Count,
    Exists,
    Gap,
    Leaf,
    MeasureIs,
    Not,
    Paired,
    Ref,
    Take,
    Tie,
    ValueIs,
)
from stratify.model.measure_units import in_unit_of
from stratify.model.protocol import Protocol
from stratify.model.truth import Reason
from stratify.model.value import LLN, ULN

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
    _inputs: dict[Input, Value] = field(default_factory=dict)
    _moment_tables: dict[object, str] = field(default_factory=dict)
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
            case (
                ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap() | AlterationIs() | Computed() | Paired()
            ):
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
            case MeasureIs() | Exists() | Count() | Gap() | Paired():
                plan = self._event_leaf(leaf, polarity)
                self.leaves.append(plan)
                return self._anchored(plan.answer, plan.anchors)
            case Computed():
                return self._computed(leaf, polarity)
            case AlterationIs():
                return self._alteration(leaf)
            case _:
                assert_never(leaf)

    def _anchored(self, result: pl.Expr, anchors: tuple[str, ...]) -> pl.Expr:
        if not anchors:
            return result
        return pl.when(self._clock.missing(anchors)).then(answer(Reason.ANCHOR_MISSING)).otherwise(result)

    def _alteration(self, leaf: AlterationIs) -> pl.Expr:
        plan = genomics.alteration(leaf, self.dictionary.genomics, self._table, self._clock, f"leaf:{len(self.leaves)}")
        for part in plan.parts:
            self.leaves.append(part)
            self.patient_columns.update(dict.fromkeys(self.dictionary.tables[part.table].coverage or ()))
        return self._anchored(plan.answer, self._clock.needed(leaf.window))

    def _event_leaf(self, leaf: MeasureIs | Exists | Count | Gap | Paired, polarity: Polarity) -> LeafPlan:
        name = f"leaf:{len(self.leaves)}"
        if isinstance(leaf, MeasureIs):
            return self._measure(leaf, name, polarity)
        if isinstance(leaf, Paired):
            return self._paired(leaf, name, polarity)
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
        measure = self._measure_named(leaf.measure)
        compare = in_unit_of(measure, leaf.compare)
        if compare is None:
            raise ValueError(f"measure {leaf.measure} is not read in {leaf.compare.unit}")
        leaf = replace(leaf, compare=compare)
        table = self._table(measure.table)
        place = self._clock.membership(table.table, self._clock.effective(leaf.window, table.table), table.rows)
        leaf = measures.with_tested(leaf, measure)
        fallen = self._fallen_back(leaf.compare.unit, measure, table.table)
        limit = None if fallen is None else fallen.limit
        rows = readings(leaf.where, leaf.compare, measure, table, place, mean=measures.averages(leaf), fallback=limit)
        plan = self._taken(leaf, rows, table, self._clock, name, polarity, measure_rows(measure))
        plan = plan if fallen is None else replace(plan, carried=fallen.carried)
        return plan if leaf.tested is None else measures.untested(plan)

    def _fallen_back(self, unit: str | None, measure: Measure, table: Table) -> Fallen | None:
        """The reference limits of rows that have none, where a multiple of them is asked and a table has some."""
        fallback = self.dictionary.fallback
        if fallback is None or unit not in {ULN, LLN} or not (lines := fallback.lines_of(measure.name, str(unit))):
            return None
        site, sex = (None if key is None else self._held(key.patients) for key in (fallback.site, fallback.sex))
        birth = self.dictionary.birth
        born = None if birth is None else self._held(birth)
        column = measure.reference_high if unit == ULN else measure.reference_low
        lacking = measure_rows(measure) & (pl.lit(True) if column is None else pl.col(column).is_null())
        return fallen_back(fallback, lines, str(unit), site, sex, born, table.date, lacking)

    def _held(self, column: ColumnRef) -> Held:
        self.patient_columns[column] = None
        return Held(patient_column(column), self.catalogue[column.table][column.column])

    def _taken(
        self,
        leaf: MeasureIs,
        rows: Readings,
        table: Events,
        clock: Clock,
        name: str,
        polarity: Polarity,
        relevant: pl.Expr | None,
    ) -> LeafPlan:
        distinct = leaf.take in {Take.MEAN, Take.MEDIAN} or leaf.last is not None or leaf.times is not None
        if leaf.last is not None:
            aggregates, result = last_rows(leaf, leaf.last, rows, table, clock, name)
        elif leaf.take.picks_by_date:
            aggregates, result = picks.picked(leaf, rows, table, clock, name, polarity)
            distinct = leaf.tie is Tie.MEAN
        elif leaf.times is not None:
            aggregates, result = measures.counted(leaf, leaf.times, rows, table, name)
        elif leaf.take in measures.QUANTIFIED:
            aggregates, result = measures.quantified(leaf, rows, table, name)
        else:
            aggregates, result = measures.averaged(leaf, rows, table, name)
        return LeafPlan(table.table.name, relevant, aggregates, result, clock.needed(leaf.window), distinct)

    def _measure_named(self, name: str) -> Measure:
        measure = self.dictionary.measure(name)
        if measure is None:
            raise ValueError(f"no measure {name}")
        return measure

    def _table(self, name: str) -> Events:
        if name not in self.events:
            rows = Columns(f"row of {name}")
            table, kinds = self.dictionary.tables[name], self.catalogue[name]
            self.events[name] = Events(table, kinds, rows, self.columns, self.protocol.library)
        return self.events[name]

    # --- computed values -----------------------------------------------------------------------------------------

    def _paired(self, leaf: Paired, name: str, polarity: Polarity) -> LeafPlan:
        table, clock = self._moments(leaf)
        place = clock.membership(table.table, clock.effective(leaf.window, table.table), table.rows)
        rows = paired.moment_readings(table.rows, place)
        asked = MeasureIs(leaf.name, leaf.take, leaf.compare, leaf.window, None, leaf.tie, leaf.last)
        return self._taken(asked, rows, table, clock, name, polarity, None)

    def _moments(self, leaf: Paired) -> tuple[Events, Clock]:
        """The table of a formula's moments; leaves on the same moments share it."""
        used = {item: self._measure_named(of.measure) for item, of in leaf.inputs}
        source = self.dictionary.tables[next(iter(used.values())).table]
        key = (leaf.expression, leaf.inputs, leaf.where)
        name = self._moment_tables.setdefault(key, f"moments:{len(self._moment_tables)}")
        if name not in self.events:
            kinds = self.catalogue[source.name]
            made = paired.moments(leaf, name, source, used, kinds)
            table = Table(name, date=source.date)
            dated = {source.date: kinds[source.date]} if source.date is not None else {}
            self.events[name] = Events(table, dated, Columns(f"row of {name}"), self.columns, source=made)
        table_of = self.events[name]
        return table_of, replace(self._clock, catalogue={**self._clock.catalogue, name: table_of.kinds})

    def _computed(self, leaf: Computed, polarity: Polarity) -> pl.Expr:
        values = {name: self._input(item) for name, item in leaf.inputs}
        anchors = [anchor for _, item in leaf.inputs for anchor in self._anchors_of(item)]
        result = compared_formula(leaf, values, picks.preferred(leaf.tie, polarity), self.columns)
        return self._anchored(result, tuple(dict.fromkeys(anchors)))

    def _anchors_of(self, item: Input) -> tuple[str, ...]:
        match item:
            case PickInput():
                return self._clock.needed(item.window)
            case AgeInput(_, anchor):
                return (anchor,)
            case ColumnInput() | DefinitionInput():
                return ()
            case _:
                assert_never(item)

    def _input(self, item: Input) -> Value:
        if item not in self._inputs:
            self._inputs[item] = self._made_input(item)
        return self._inputs[item]

    def _made_input(self, item: Input) -> Value:
        nothing = answer(0)
        match item:
            case PickInput():
                measure = self._measure_named(item.of.measure)
                name = f"leaf:{len(self.leaves)}"
                plan, value = picked_input(item, measure, self._table(measure.table), self._clock, name)
                self.leaves.append(plan)
                return value
            case AgeInput():
                born, youngest, oldest = self._ages(item.unit, item.anchor)
                unborn = pl.when(born.is_null()).then(answer(Reason.NULL_DATE)).otherwise(nothing)
                doubt = pl.when(youngest < oldest).then(answer(Reason.PARTIAL_DATE)).otherwise(nothing)
                low, high = (self.columns.keep(age.cast(pl.Float64)) for age in (youngest, oldest))
                return Value(unborn, low, high, doubt, varies=not self._exact_ages(item.anchor))
            case ColumnInput():
                return self._column_input(item)
            case DefinitionInput(name):
                code = self.columns.keep(kleene.to_answer(self.condition(Ref(name), picks.BOTH_WAYS)))
                open_ = pl.when((code == TRUE) | (code == FALSE)).then(nothing).otherwise(code)
                number = self.columns.keep((code == TRUE).cast(pl.Float64))
                return Value(open_, number, number, nothing, varies=False)
            case _:
                assert_never(item)

    def _column_input(self, item: ColumnInput) -> Value:
        self.patient_columns[item.column] = None
        kind = self.catalogue[item.column.table][item.column.column]
        value = pl.col(patient_column(item.column))
        found = word_of(value, kind, item.words) if item.words else value
        if kind is ColumnKind.EMPTY:
            found = pl.lit(None, pl.String if item.words else pl.Float64)
        found = self.columns.keep(found)
        lacks = pl.when(found.is_null()).then(answer(Reason.NULL_VALUE)).otherwise(answer(0))
        if item.column.table != PATIENTS:
            lacks = pl.when(pl.col(has_row(item.column.table))).then(lacks).otherwise(answer(Reason.NO_RECORD))
        return Value(lacks, found, found, answer(0), varies=False)

    # --- columns of patients -------------------------------------------------------------------------------------

    def _value(self, leaf: ValueIs) -> pl.Expr:
        self.patient_columns[leaf.column] = None
        kind = self.catalogue[leaf.column.table][leaf.column.column]
        result = compare_column(patient_column(leaf.column), kind, leaf.compare)
        if leaf.column.table == PATIENTS:
            return result
        return pl.when(pl.col(has_row(leaf.column.table))).then(result).otherwise(answer(Reason.NO_RECORD))

    def _age(self, leaf: AgeIs) -> pl.Expr:
        born, youngest, oldest = self._ages(leaf.unit, leaf.anchor)
        known = compare_integers(youngest, oldest, leaf.compare, answer(Reason.PARTIAL_DATE))
        return (
            pl.when(pl.col(first_day(anchor_column(leaf.anchor))).is_null())
            .then(answer(Reason.ANCHOR_MISSING))
            .when(born.is_null())
            .then(answer(Reason.NULL_DATE))
            .otherwise(known)
        )

    def _ages(self, unit: AgeUnit, anchor: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        """The first day of birth, and the least and the greatest completed age at an anchor."""
        birth = self.dictionary.birth
        if birth is None:
            raise ValueError("no date of birth")
        self.patient_columns[birth] = None
        born, at = patient_column(birth), anchor_column(anchor)
        youngest = self.columns.keep(completed(unit, pl.col(last_day(born)), pl.col(first_day(at))))
        oldest = self.columns.keep(completed(unit, pl.col(first_day(born)), pl.col(last_day(at))))
        return pl.col(first_day(born)), youngest, oldest

    def _exact_ages(self, anchor: str) -> bool:
        birth = self.dictionary.birth
        partial = birth is not None and self.catalogue[birth.table][birth.column] is ColumnKind.PARTIAL_DATE
        return self._clock.exact(anchor) and not partial


def _depends_on_polarity(condition: Condition) -> bool:
    match condition:
        case MeasureIs(take=take, tie=tie):
            return take.picks_by_date and tie in {Tie.WORST, Tie.BEST}
        case Paired(take=take, tie=tie):
            return take.picks_by_date and tie in {Tie.WORST, Tie.BEST}
        case Computed(tie=tie):
            return tie in {Tie.WORST, Tie.BEST}
        case ValueIs() | AgeIs() | Exists() | Count() | Gap() | AlterationIs():
            return False
        case _:
            return True
