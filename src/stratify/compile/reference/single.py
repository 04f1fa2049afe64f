"""The leaves on a one-row-per-patient column and on age."""

from __future__ import annotations

from stratify.compile.reference.compare import field_outcome, integers_outcome
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, When, calendar_date, read_date
from stratify.compile.reference.explained import Evidence, LeafAnswer
from stratify.model.expression import AgeIs, AgeUnit, ColumnRef, ValueIs
from stratify.model.truth import Outcome, Reason, unknown
from stratify.model.value import Comparison, completed_months, completed_years


def answer_value(leaf: ValueIs, context: Context) -> LeafAnswer:
    """The answer of a column of a one-row-per-patient table."""
    outcome = column_outcome(leaf.column, leaf.compare, context)
    row = context.only_row(leaf.column.table)
    if row is None:
        return LeafAnswer(outcome)
    if context.kind(leaf.column).is_date:
        text = str(read_date(row, leaf.column.column))
    else:
        text = text_of(row.get(leaf.column.column)) or ""
    evidence = Evidence(leaf.column.table, 0, "", text, str(leaf.compare), Place.IN, outcome, outcome.reasons)
    return LeafAnswer(outcome, (evidence,))


def column_outcome(ref: ColumnRef, compare: Comparison, context: Context) -> Outcome:
    """A column compared: unknown(null_value) for a null, unknown(no_record) without a row."""
    row = context.only_row(ref.table)
    if row is None:
        return unknown(Reason.NO_RECORD)
    return field_outcome(row, ref.column, context.kind(ref), compare)


def answer_age(leaf: AgeIs, context: Context) -> LeafAnswer:
    """The completed age at the anchor, which must have a date."""
    ref, birth = birth_date(context)
    ages = ages_at(leaf.unit, leaf.anchor, context)
    if ages is None:
        return LeafAnswer(unknown(Reason.NULL_DATE))
    outcome = integers_outcome(*ages, leaf.compare, Reason.PARTIAL_DATE)
    return LeafAnswer(outcome, (_age_evidence(leaf, ref, birth, ages, outcome),))


def birth_date(context: Context) -> tuple[ColumnRef, When]:
    """The column of the date of birth, and what it holds."""
    if context.dictionary.birth is None:
        raise ValueError("no column is declared as the date of birth")
    return context.dictionary.birth, context.date(context.dictionary.birth)


def ages_at(unit: AgeUnit, anchor: str, context: Context) -> tuple[int, int] | None:
    """The least and the greatest completed age at an anchor that has a date; ``None`` without a date of birth."""
    _, birth = birth_date(context)
    if birth.missing:
        return None
    at = context.anchor(anchor)
    completed = completed_years if unit is AgeUnit.YEARS else completed_months
    youngest = completed(calendar_date(birth.last), calendar_date(at.first))
    return youngest, completed(calendar_date(birth.first), calendar_date(at.last))


def _age_evidence(leaf: AgeIs, ref: ColumnRef, birth: When, ages: tuple[int, int], outcome: Outcome) -> Evidence:
    text = " .. ".join(map(str, dict.fromkeys(ages)))
    return Evidence(ref.table, 0, str(birth), text, str(leaf.compare), Place.IN, outcome, outcome.reasons)


def text_of(value: object) -> str | None:
    """A value as the name of an arm or level: whole numbers without ``.0``, ``true`` and ``false``."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case str():
            return value
        case _:
            return repr(value)
