"""The leaf on a repeated measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stratify.compile.reference.compare import with_one_reason
from stratify.compile.reference.context import Context, Polarity
from stratify.compile.reference.days import Place
from stratify.compile.reference.explained import DUPLICATES, Evidence, LeafAnswer
from stratify.compile.reference.fallback import fallen_text
from stratify.compile.reference.last_rows import of_the_last
from stratify.compile.reference.picks import averaged, picked_by_date
from stratify.compile.reference.quantifiers import Decision, counted, quantified
from stratify.compile.reference.readings import Reading, averages, in_measure_unit, readings
from stratify.model.dictionary import Measure
from stratify.model.expression import MeasureIs, Take
from stratify.model.truth import Reason, unknown


def named_measure(leaf: MeasureIs, context: Context) -> Measure:
    """The measure the leaf asks."""
    measure = context.dictionary.measure(leaf.measure)
    if measure is None:
        raise ValueError(f"no measure {leaf.measure!r} in the dictionary")
    return measure


def answer_measure(leaf: MeasureIs, context: Context, polarity: Polarity) -> LeafAnswer:
    """The answer of a measure after its pick. All anchors must have a date."""
    measure = named_measure(leaf, context)
    asked = str(leaf.compare)
    leaf = replace(leaf, compare=in_measure_unit(leaf.compare, measure))
    mean = averages(leaf.take, leaf.tie)
    window = context.window(leaf.window)
    rows = readings(leaf.where, window, leaf.compare, measure, context, mean=mean, tested=leaf.tested)
    decision = decide_rows(leaf, rows, context, polarity)
    evidence = tuple(_evidence(row, leaf, asked, measure, context) for row in decision.rows)
    outcome = with_one_reason(decision.outcome)
    if leaf.tested is not None and outcome.reasons == Reason.NO_RECORD.bit:
        outcome = unknown(Reason.NOT_TESTED)
    return LeafAnswer(outcome, evidence, (*decision.notes, *_copies_note(leaf, rows)))


def decide_rows(leaf: MeasureIs, rows: Sequence[Reading], context: Context, polarity: Polarity) -> Decision:
    """The answer of the rows after the leaf's pick."""
    if leaf.last is not None:
        return of_the_last(rows, leaf.last, leaf.take, leaf.compare, context.window(leaf.window), leaf.times)
    if leaf.take.picks_by_date:
        return picked_by_date(rows, leaf.take, leaf.compare, context.window(leaf.window), leaf.tie, polarity)
    if leaf.take in {Take.MEAN, Take.MEDIAN}:
        return averaged(rows, leaf.take, leaf.compare)
    if leaf.times is not None:
        return counted(rows, leaf.compare, leaf.times)
    return quantified(rows, leaf.take, leaf.compare)


def _copies_note(leaf: MeasureIs, rows: Sequence[Reading]) -> tuple[str, ...]:
    copies = sum(row.copies for row in rows if row.place is not Place.OUT)
    counts = leaf.take in {Take.MEAN, Take.MEDIAN} or leaf.last is not None or leaf.times is not None
    return (f"{DUPLICATES} {copies}",) if copies and counts else ()


def _evidence(reading: Reading, leaf: MeasureIs, asked: str, measure: Measure, context: Context) -> Evidence:
    """A row as it is recorded, beside the threshold as it is written: both perhaps in another unit."""
    value = value_text(reading.index, measure, context)
    date = str(reading.when) if reading.dated else ""
    outcome = reading.answer(leaf.compare)
    by_date = leaf.take.picks_by_date or leaf.last is not None
    doubts = reading.doubts | (reading.date_doubts if by_date else 0)
    limit = "" if reading.fallen is None else fallen_text(reading.fallen, measure, context)
    return Evidence(measure.table, reading.index, date, value, asked, reading.place, outcome, doubts, reference=limit)


def value_text(index: int, measure: Measure, context: Context) -> str:
    """The value of a row as recorded, with its unit."""
    row = context.rows(measure.table)[index]
    unit = row.get(measure.unit_column) if measure.unit_column is not None else measure.unit
    return " ".join(str(part) for part in (row.get(measure.value), unit) if part is not None)
