"""Inputs of a formula: for each the lowest and highest value it may have, or why it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median
from typing import assert_never

from stratify.compile.reference.compare import Scalar, highest, scalar
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, WindowDays
from stratify.compile.reference.explained import Evidence
from stratify.compile.reference.measure import value_text
from stratify.compile.reference.picks import candidates, date_doubts, differ
from stratify.compile.reference.quantifiers import absent
from stratify.compile.reference.readings import Reading, back_from, readings
from stratify.compile.reference.single import ages_at, birth_date, text_of
from stratify.model.computed import AgeInput, ColumnInput, DefinitionInput, Input, MeasureInput, PickInput, Words
from stratify.model.dictionary import Measure
from stratify.model.expression import Take, Tie
from stratify.model.truth import TRUE, Outcome, Reason, Truth, unknown

Number = Fraction | str
"""A value of an input: a number, or one of the formula's words."""


@dataclass(frozen=True, slots=True)
class Span:
    """What an input may be.

    Parameters
    ----------
    low, high
        ``None`` where there is no value; then ``reason`` says why.
    doubt
        Why it may be any of these; ``None`` where at most a tie decides.
    evidence
        The rows that made it.
    """

    low: Number | None = None
    high: Number | None = None
    reason: Reason | None = None
    doubt: Reason | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether it is one value."""
        return self.reason is None and self.low == self.high


def input_span(name: str, item: Input, outcomes: Mapping[str, Outcome], context: Context) -> Span:
    """What an input may be; ``outcomes`` are those of the definitions among the inputs."""
    match item:
        case PickInput():
            return _picked(name, item, context)
        case AgeInput():
            return _age(name, item, context)
        case ColumnInput():
            return _column(name, item, context)
        case DefinitionInput(definition):
            return _defined(outcomes[definition])
        case _:
            assert_never(item)


def input_measure(of: MeasureInput, context: Context) -> Measure:
    """The measure of an input."""
    measure = context.dictionary.measure(of.measure)
    if measure is None:
        raise ValueError(f"no measure {of.measure!r} in the dictionary")
    return measure


def worth(value: Scalar, of: MeasureInput, measure: Measure) -> Number | None:
    """A value in the measure's unit as what the formula wants: a number in its unit, or one of its words."""
    if of.words:
        return word_for(value, of.words)
    if not isinstance(value, Fraction):
        raise ValueError(f"{measure.name} is not a number")  # noqa: TRY004 (a rule, not a programmer, asks for it)
    return value if of.own_unit or of.unit is None else back_from(measure, of.unit)(value)


def word_for(value: Scalar, words: Words) -> str | None:
    """The formula's word for a value; ``None`` where it stands under none."""
    return next((word for word, texts in words if any(_means(value, text) for text in texts)), None)


def _means(value: Scalar, text: str) -> bool:
    match value:
        case bool():
            return text == ("true" if value else "false")
        case str():
            return text == value
        case Fraction():
            try:
                return Fraction(text) == value
            except (ValueError, ZeroDivisionError):
                return False
        case _:
            assert_never(value)


# --- picks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Valued:
    """A row and what it is worth; ``against`` is a mask of what stands against using it."""

    row: Reading
    worth: Number | None
    against: int


def _picked(name: str, pick: PickInput, context: Context) -> Span:
    measure, window = input_measure(pick.of, context), context.window(pick.window)
    rows = readings(pick.where, window, pick.of.reads, measure, context, mean=True)
    asked = [row for row in rows if row.place is not Place.OUT and not row.is_null]
    if not asked:
        lacking = absent(rows)
        return Span(
            reason=highest(lacking.outcome.reasons), evidence=_shown(name, pick, lacking.rows, measure, context)
        )
    valued = {row.index: _valued(row, pick.of, measure) for row in asked}
    if pick.take.picks_by_date:
        span, used = _by_date(pick, rows, valued, window)
    elif pick.take in {Take.MAX, Take.MIN}:
        span, used = _extreme(pick.take, list(valued.values())), asked
    else:
        span, used = _average(pick.take, list(valued.values())), asked
    return Span(span.low, span.high, span.reason, span.doubt, _shown(name, pick, used, measure, context))


def _valued(row: Reading, of: MeasureInput, measure: Measure) -> _Valued:
    if row.value_doubts or row.canonical is None:
        return _Valued(row, None, row.value_doubts)
    found = worth(row.canonical, of, measure)
    return _Valued(row, found, 0 if found is not None else Reason.NULL_VALUE.bit)


def _by_date(
    pick: PickInput, rows: Sequence[Reading], valued: Mapping[int, _Valued], window: WindowDays
) -> tuple[Span, list[Reading]]:
    found = candidates(rows, pick.take, window)
    if found is None:
        raise ValueError("there are rows to pick among")
    doubts = date_doubts(found.perhaps, pick.take, window)
    best, every = ([valued[row.index] for row in some] for some in (found.best, [*found.best, *found.perhaps]))
    used = [*found.best, *found.perhaps]
    against = _mask(every)
    if against:
        return Span(reason=highest(against | doubts)), used
    if not found.any_sure:
        return Span(reason=highest(doubts)), used
    shifts = differ(item.worth for item in every)
    if (pick.tie is Tie.ERROR or pick.of.words) and shifts:
        return Span(reason=highest(doubts) if found.perhaps else Reason.CONFLICT), used
    if found.perhaps:
        return Span(*_ends(every), doubt=highest(doubts) if shifts else None), used
    if pick.tie is Tie.MEAN and not pick.of.words:
        middle = mean(_numbers(best))
        return Span(middle, middle), used
    return Span(*_ends(best)), used


def _extreme(take: Take, items: Sequence[_Valued]) -> Span:
    doubtful = [item for item in items if item.against]
    if doubtful:
        return Span(reason=highest(_mask(doubtful) | _places(doubtful)))
    end = max if take is Take.MAX else min
    surely = [item for item in items if item.row.sure]
    if not surely:
        return Span(reason=highest(_places(items)))
    at, far = end(_numbers(surely)), end(_numbers(items))
    beyond = [item for item in items if not item.row.sure and end(at, _number(item)) != at]
    doubt = highest(_places(beyond)) if differ((at, far)) else None
    return Span(min(at, far), max(at, far), doubt=doubt)


def _average(take: Take, items: Sequence[_Valued]) -> Span:
    against = _mask(items) | _places(items)
    if against:
        return Span(reason=highest(against))
    middle = (mean if take is Take.MEAN else median)(_numbers(items))
    return Span(middle, middle)


def _mask(items: Sequence[_Valued]) -> int:
    mask = 0
    for item in items:
        mask |= item.against
    return mask


def _places(items: Sequence[_Valued]) -> int:
    mask = 0
    for item in items:
        mask |= item.row.membership_doubts
    return mask


def _ends(items: Sequence[_Valued]) -> tuple[Number, Number]:
    words = [item.worth for item in items if isinstance(item.worth, str)]
    if words:
        return min(words), max(words)
    numbers = _numbers(items)
    return min(numbers), max(numbers)


def _numbers(items: Sequence[_Valued]) -> list[Fraction]:
    return [_number(item) for item in items]


def _number(item: _Valued) -> Fraction:
    if not isinstance(item.worth, Fraction):
        raise TypeError("only numbers have a mean")
    return item.worth


def _shown(
    name: str, pick: PickInput, rows: Sequence[Reading], measure: Measure, context: Context
) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            measure.table,
            row.index,
            str(row.when) if row.dated else "",
            "",
            "",
            row.place,
            unknown(highest(row.doubts)) if row.doubts else TRUE,
            row.doubts | (row.date_doubts if pick.take.picks_by_date else 0),
            ((name, "" if row.is_null else value_text(row.index, measure, context)),),
        )
        for row in rows
    )


# --- inputs that are not picked ----------------------------------------------------------------------------------


def _age(name: str, item: AgeInput, context: Context) -> Span:
    ref, birth = birth_date(context)
    ages = ages_at(item.unit, item.anchor, context)
    if ages is None:
        return Span(reason=Reason.NULL_DATE)
    text = " .. ".join(map(str, dict.fromkeys(ages)))
    shown = Evidence(ref.table, 0, str(birth), "", "", Place.IN, TRUE, fields=((name, f"{text} {item.unit.value}"),))
    doubt = Reason.PARTIAL_DATE if ages[0] != ages[1] else None
    return Span(Fraction(ages[0]), Fraction(ages[1]), doubt=doubt, evidence=(shown,))


def _column(name: str, item: ColumnInput, context: Context) -> Span:
    if context.only_row(item.column.table) is None:
        return Span(reason=Reason.NO_RECORD)
    value = scalar(context.value(item.column))
    text = text_of(context.value(item.column)) or ""
    shown = (Evidence(item.column.table, 0, "", "", "", Place.IN, TRUE, fields=((name, text),)),)
    found = word_for(value, item.words) if value is not None and item.words else value
    if found is None or isinstance(found, bool):
        return Span(reason=Reason.NULL_VALUE, evidence=shown)
    return Span(found, found, evidence=shown)


def _defined(outcome: Outcome) -> Span:
    if outcome.truth is Truth.UNKNOWN:
        return Span(reason=highest(outcome.reasons))
    number = Fraction(int(outcome.truth is Truth.TRUE))
    return Span(number, number)
