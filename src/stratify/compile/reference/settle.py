"""Which fact would settle an unknown, in words and without a patient's value.

Rows are numbered from 1 among the patient's rows of a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from stratify.compile.reference.anchor_facts import anchor_facts, column_facts
from stratify.compile.reference.codes import system_is_open
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, Row, read_date
from stratify.compile.reference.explained import Evidence, Explained, LeafAnswer
from stratify.compile.reference.fact_words import condition_text, record_text, rows_text, window_text
from stratify.compile.reference.fallback import fallback_facts
from stratify.compile.reference.genomic_facts import alteration_facts
from stratify.compile.reference.readings import own_limit
from stratify.compile.reference.settle_formula import computed_facts, paired_facts
from stratify.model.codes import RowSystems
from stratify.model.dictionary import Absence, Limit, Table, limit_of
from stratify.model.expression import (
    AgeIs,
    AlterationIs,
    Choose,
    Computed,
    Count,
    Exists,
    Gap,
    Leaf,
    MeasureIs,
    Paired,
    RowCondition,
    Take,
    ValueIs,
    row_fields,
)
from stratify.model.truth import Reason, Truth
from stratify.model.value import LLN, ULN


def settling_facts(explained: Explained) -> tuple[str, ...]:
    """The facts that could settle an unknown condition, each once; empty where it is known.

    Such as "an ALT result dated within [-14 d, 0 d] of c1d1", "the date of row 3 of treatments" or
    "patients.consent_date".
    """
    return tuple(dict.fromkeys(_facts(explained)))


def _facts(explained: Explained) -> Iterator[str]:
    if explained.outcome.truth is not Truth.UNKNOWN:
        return
    yield from explained.facts
    for child in _relevant_children(explained):
        yield from _facts(child)


def _relevant_children(explained: Explained) -> Iterator[Explained]:
    """The parts that matter; of a choice not the branches that are surely not taken."""
    if not isinstance(explained.condition, Choose):
        yield from explained.children
        return
    *branches, otherwise = explained.children
    for when, then in zip(branches[::2], branches[1::2], strict=True):
        yield when
        if when.outcome.truth is not Truth.FALSE:
            yield then
        if when.outcome.truth is Truth.TRUE:
            return
    yield otherwise


# --- one leaf ----------------------------------------------------------------------------------------------------


def facts_that_settle(leaf: Leaf, answer: LeafAnswer, context: Context) -> tuple[str, ...]:
    """The facts that could settle a leaf which is unknown."""
    missing = context.missing(context.anchors_of(leaf))
    if missing:
        return tuple(dict.fromkeys(fact for anchor in missing for fact in anchor_facts(anchor, context)))
    return tuple(dict.fromkeys(_leaf_facts(leaf, answer, context)))


def _leaf_facts(leaf: Leaf, answer: LeafAnswer, context: Context) -> Iterator[str]:
    match leaf:
        case ValueIs(column):
            partial = answer.outcome.reasons == Reason.PARTIAL_DATE.bit
            yield f"the complete date in {column}" if partial else str(column)
        case AgeIs():
            yield from _age_facts(leaf, context)
        case MeasureIs() | Exists() | Count() | Gap():
            facts = tuple(_row_facts(leaf, answer, context))
            yield from facts
            if not facts:
                yield from _absence_facts(leaf, context)
        case AlterationIs():
            yield from alteration_facts(leaf, answer, context)
        case Computed():
            yield from computed_facts(leaf, answer, context, _leaf_facts)
        case Paired():
            asked = MeasureIs(leaf.name, leaf.take, leaf.compare, leaf.window, leaf.where, leaf.tie, leaf.last)
            window = f"{window_text(leaf.window)}{condition_text(leaf.where)}"
            yield from paired_facts(leaf, _row_facts(asked, answer, context), window)
        case _:
            assert_never(leaf)


def _age_facts(leaf: AgeIs, context: Context) -> Iterator[str]:
    birth = context.dictionary.birth
    if birth is not None:
        yield from column_facts(birth, context)
    yield from anchor_facts(leaf.anchor, context)


_EventLeaf = MeasureIs | Exists | Count | Gap


def _row_facts(leaf: _EventLeaf, answer: LeafAnswer, context: Context) -> Iterator[str]:
    inside = [row for row in answer.evidence if row.place is not Place.OUT]
    for evidence in inside:
        for reason in Reason:
            if evidence.doubts & reason.bit:
                yield from _doubt_facts(leaf, evidence, reason, context)
    if isinstance(leaf, MeasureIs):
        yield from _value_facts(leaf, answer, inside)
        yield from _unreadable_facts(leaf, inside, context)
    if answer.outcome.reasons == Reason.PARTIAL_DATE.bit:
        yield from _partial_anchors(leaf, context)


def _value_facts(leaf: MeasureIs, answer: LeafAnswer, rows: list[Evidence]) -> Iterator[str]:
    if answer.outcome.reasons == Reason.CONFLICT.bit and rows:
        yield f"which {leaf.measure} result of {rows_text(rows)} is right"
    if answer.outcome.reasons == Reason.CENSORED_VALUE.bit:
        limits = [row for row in rows if row.outcome.reasons == Reason.CENSORED_VALUE.bit]
        yield from (
            f"the {leaf.measure} result of {rows_text([row])}, of which only a limit is known" for row in limits
        )
    if answer.outcome.reasons == Reason.NULL_VALUE.bit and leaf.take in {Take.ANY, Take.ALL}:
        nulls = [row for row in rows if row.outcome.reasons == Reason.NULL_VALUE.bit]
        yield from (f"the {leaf.measure} result of {rows_text([row])}" for row in nulls)


def _unreadable_facts(leaf: MeasureIs, rows: list[Evidence], context: Context) -> Iterator[str]:
    """Results that are there and cannot be read: a text in no category, or one where a number is asked for."""
    measure = context.dictionary.measure(leaf.measure)
    for evidence in rows:
        if measure is None or evidence.outcome.reasons != Reason.NULL_VALUE.bit:
            continue
        row = context.rows(evidence.table)[evidence.row]
        if measure.categorical and row.get(measure.value) is not None:
            yield f"the {leaf.measure} result of {rows_text([evidence])} as one of its categories"
        elif row.get(limit_of(measure.value)) == Limit.UNREADABLE:
            yield f"the {leaf.measure} result of {rows_text([evidence])} as a number"


def _doubt_facts(leaf: _EventLeaf, evidence: Evidence, reason: Reason, context: Context) -> Iterator[str]:
    row = context.rows(evidence.table)[evidence.row]
    table = context.dictionary.tables[evidence.table]
    place = rows_text([evidence])
    match reason:
        case Reason.NULL_DATE:
            missing = [column for column in _dates(leaf, table) if read_date(row, column).missing]
            yield from (f"the {_date_name(column, table)} of {place}" for column in missing)
        case Reason.PARTIAL_DATE:
            dates = [column for column in _all_dates(leaf, table, context) if _is_partial(row, column)]
            yield from (f"the complete {_date_name(column, table)} of {place}" for column in dates)
        case Reason.NULL_VALUE:
            yield from (f"{column} in {place}" for column in _null_columns(leaf, table, row, context))
        case Reason.UNIT_UNKNOWN:
            yield f"the unit of {place}"
        case Reason.NO_REFERENCE_RANGE:
            yield f"{_reference_name(leaf)} for {place}"
            if isinstance(leaf, MeasureIs):
                yield from _fallback_facts(leaf, evidence, row, context)
        case Reason.IMPLAUSIBLE:
            yield f"whether the value of {place} is right"
        case Reason.CONFLICT:
            yield f"whether the dates of {place} are right"
        case _:
            return


def _fallback_facts(leaf: MeasureIs, evidence: Evidence, row: Row, context: Context) -> Iterator[str]:
    """What would say which limit a row without one has by the fallback table."""
    measure, unit = context.dictionary.measure(leaf.measure), leaf.compare.unit
    if measure is None or unit is None or own_limit(row, measure, unit) is not None:
        return
    when = context.row_date(context.dictionary.tables[measure.table], row)
    facts, day_matters = fallback_facts(measure, unit, when, context)
    yield from facts
    if day_matters:
        yield from _doubt_facts(leaf, evidence, Reason.NULL_DATE, context)
        yield from _doubt_facts(leaf, evidence, Reason.PARTIAL_DATE, context)


def _reference_name(leaf: _EventLeaf) -> str:
    unit = leaf.compare.unit if isinstance(leaf, MeasureIs) else None
    side = {ULN: "an upper reference limit", LLN: "a lower reference limit"}
    return side.get(unit or "", "a reference limit")


def _date_name(column: str, table: Table) -> str:
    return "date" if column == table.date else column


def _dates(leaf: _EventLeaf, table: Table) -> tuple[str, ...]:
    own = leaf.column if isinstance(leaf, Gap) else None
    return tuple(dict.fromkeys(column for column in (table.date, own) if column is not None))


def _all_dates(leaf: _EventLeaf, table: Table, context: Context) -> tuple[str, ...]:
    kinds = context.catalogue[table.name]
    asked = (field.column for field in row_fields(_where(leaf)) if kinds[field.column].is_date)
    return tuple(dict.fromkeys((*_dates(leaf, table), *asked)))


def _is_partial(row: Row, column: str) -> bool:
    return read_date(row, column).doubt is Reason.PARTIAL_DATE


def _null_columns(leaf: _EventLeaf, table: Table, row: Row, context: Context) -> tuple[str, ...]:
    kinds = context.catalogue[table.name]
    asked = [field.column for field in row_fields(_where(leaf))]
    if not isinstance(leaf, MeasureIs) and leaf.selection.codes is not None and table.code is not None:
        asked.insert(0, table.code)
    if isinstance(leaf, MeasureIs):
        asked += _tested_columns(leaf, context)
    nulls = [
        column
        for column in dict.fromkeys(asked)
        if (read_date(row, column).missing if kinds[column].is_date else row.get(column) is None)
    ]
    coded = not isinstance(leaf, MeasureIs) and leaf.selection.codes is not None
    if coded and isinstance(table.code_system, RowSystems) and system_is_open(table, row):
        nulls.append(table.code_system.column)
    return tuple(dict.fromkeys(nulls))


def _tested_columns(leaf: MeasureIs, context: Context) -> list[str]:
    measure = context.dictionary.measure(leaf.measure)
    if measure is None or leaf.tested is None:
        return []
    asked = ((measure.assay, leaf.tested.assays), (measure.specimen, leaf.tested.specimens))
    return [column for column, names in asked if names and column is not None]


def _where(leaf: _EventLeaf) -> RowCondition | None:
    return leaf.where if isinstance(leaf, MeasureIs) else leaf.selection.where


def _partial_anchors(leaf: _EventLeaf, context: Context) -> Iterator[str]:
    for anchor in context.anchors_of(leaf):
        yield from anchor_facts(anchor, context)


# --- what is not there -------------------------------------------------------------------------------------------


def _absence_facts(leaf: _EventLeaf, context: Context) -> Iterator[str]:
    match leaf:
        case MeasureIs(measure):
            article = "an" if measure[:1].upper() in {"A", "E", "I", "O"} else "a"
            how = _tested_text(leaf)
            yield f"{article} {measure} result{how}{window_text(leaf.window)}{condition_text(leaf.where)}"
        case Exists() | Count():
            yield f"whether there is a {record_text(leaf.selection)}{window_text(leaf.selection.window)}"
            yield from _coverage_facts(context.dictionary.tables[leaf.selection.table])
        case Gap():
            yield f"the last {record_text(leaf.selection)} on or before {leaf.anchor}, or that there is none"
            yield from _coverage_facts(context.dictionary.tables[leaf.selection.table])
        case _:
            assert_never(leaf)


def _tested_text(leaf: MeasureIs) -> str:
    if leaf.tested is None:
        return ""
    parts = ((" by ", leaf.tested.assays), (" in ", leaf.tested.specimens))
    return "".join(f"{word}{' or '.join(names)}" for word, names in parts if names)


def _coverage_facts(table: Table) -> Iterator[str]:
    if table.absence is Absence.FALSE and table.coverage is not None:
        first, last = table.coverage
        yield f"that {table.name} is complete for the time asked ({first}, {last})"
