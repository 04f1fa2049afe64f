"""The leaf on a formula of values that were measured together: each moment is one reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from stratify.compile.reference.compare import highest, with_one_reason
from stratify.compile.reference.computed import result_note
from stratify.compile.reference.context import Context, Polarity
from stratify.compile.reference.days import Place, Row, When, WindowDays
from stratify.compile.reference.explained import Evidence, LeafAnswer
from stratify.compile.reference.inputs import Number, input_measure, worth
from stratify.compile.reference.measure import decide_rows, value_text
from stratify.compile.reference.picks import differ
from stratify.compile.reference.readings import Reading, read_value, recorded, selects
from stratify.compile.reference.rows import where_outcome
from stratify.model.arithmetic import Value, evaluate
from stratify.model.computed import MeasureInput, Paired
from stratify.model.dictionary import Table
from stratify.model.expression import MeasureIs
from stratify.model.truth import TRUE, Reason, Truth, unknown


@dataclass(frozen=True, slots=True)
class _Part:
    """A row that is a value of one input; ``against`` is a mask of what stands against using it."""

    item: str
    index: int
    worth: Number | None
    against: int


@dataclass(slots=True)
class _Moment:
    when: When
    parts: list[_Part] = field(default_factory=list)


def answer_paired(leaf: Paired, context: Context, polarity: Polarity) -> LeafAnswer:
    """The answer of the derived measure after its pick. All anchors must have a date."""
    moments = _moments(leaf, context)
    window = context.window(leaf.window)
    rows = [_reading(index, moment, leaf, window) for index, moment in enumerate(moments)]
    asked = MeasureIs(leaf.name, leaf.take, leaf.compare, leaf.window, None, leaf.tie, leaf.last)
    decision = decide_rows(asked, rows, context, polarity)
    evidence = tuple(shown for row in decision.rows for shown in _shown(row, moments[row.index], leaf, context))
    notes = tuple(
        result_note(leaf.name, leaf.unit, [row.canonical], str(row.when))
        for row in decision.rows
        if isinstance(row.canonical, Fraction)
    )
    return LeafAnswer(with_one_reason(decision.outcome), evidence, (*decision.notes, *notes))


def paired_table(leaf: Paired, context: Context) -> Table:
    """The table whose rows are put together."""
    return context.dictionary.tables[input_measure(leaf.inputs[0][1], context).table]


def _moments(leaf: Paired, context: Context) -> list[_Moment]:
    table = paired_table(leaf, context)
    found: dict[tuple[object, ...], _Moment] = {}
    for index, row in enumerate(context.rows(table.name)):
        when = context.row_date(table, row)
        number = None if table.sequence is None else row.get(table.sequence)
        for item, of in leaf.inputs:
            if not selects(input_measure(of, context), row):
                continue
            where = where_outcome(leaf.where, row, context.catalogue[table.name])
            if where.truth is Truth.FALSE:
                continue
            moment = found.setdefault((when.first, when.last, when.second, number), _Moment(when))
            part = _part(item, of, index, row, where.reasons, context)
            moment.parts += [] if part is None else [part]
    return list(found.values())


def _part(item: str, of: MeasureInput, index: int, row: Row, doubts: int, context: Context) -> _Part | None:
    """The row as a value of an input; ``None`` where it has none."""
    measure = input_measure(of, context)
    value, limit = recorded(row, of.reads, measure, context.catalogue[measure.table][measure.value])
    if limit is None:
        return None
    canonical, _, against = (value, value, 0) if of.words else read_value(value, limit, row, measure, None)
    if limit.censored:
        against |= Reason.CENSORED_VALUE.bit
    found = None if canonical is None else worth(canonical, of, measure)
    if found is None and not against:
        against = Reason.NULL_VALUE.bit
    return _Part(item, index, found, against | doubts)


def _reading(index: int, moment: _Moment, leaf: Paired, window: WindowDays) -> Reading:
    place = window.place(moment.when)
    membership = (moment.when.doubt or Reason.PARTIAL_DATE).bit if place is Place.MAYBE else 0
    values = {item: [part for part in moment.parts if part.item == item] for item, _ in leaf.inputs}
    against = _against(list(values.values()))
    day = moment.when.doubt
    if day is not None:
        is_null = not moment.parts
        against |= day.bit
    else:
        is_null = not all(values.values())
    result = None
    if not is_null and not against:
        result = evaluate(leaf.expression, {item: _plain(parts[0].worth) for item, parts in values.items()})
        against = 0 if result is not None else Reason.NULL_VALUE.bit
    number = None if result is None else Fraction(result)
    doubts = 0 if is_null or not against else highest(against).bit
    return Reading(index, moment.when, True, place, membership, is_null, number, number, doubts)


def _against(groups: list[list[_Part]]) -> int:
    mask = 0
    for parts in groups:
        for part in parts:
            mask |= part.against
        if differ(part.worth for part in parts):
            mask |= Reason.CONFLICT.bit
    return mask


def _plain(value: Number | None) -> Value:
    return float(value) if isinstance(value, Fraction) else value


def _shown(reading: Reading, moment: _Moment, leaf: Paired, context: Context) -> Iterator[Evidence]:
    measures = {item: input_measure(of, context) for item, of in leaf.inputs}
    table = paired_table(leaf, context)
    for part in moment.parts:
        doubts = part.against | reading.date_doubts
        outcome = unknown(highest(part.against)) if part.against else TRUE
        fields = ((part.item, value_text(part.index, measures[part.item], context)),)
        yield Evidence(table.name, part.index, str(moment.when), "", "", reading.place, outcome, doubts, fields)
