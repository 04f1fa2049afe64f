"""Picks by date (latest, earliest, closest) with their ties, and the mean and median."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from statistics import mean, median
from typing import TypeAlias, assert_never

from stratify.compile.reference.compare import Scalar, highest, meets, same_number
from stratify.compile.reference.context import Polarity
from stratify.compile.reference.days import Day, Place, When, WindowDays
from stratify.compile.reference.explained import NEWER_NULL
from stratify.compile.reference.quantifiers import Decision, absent
from stratify.compile.reference.readings import Reading
from stratify.model.expression import Take, Tie
from stratify.model.truth import FALSE, TRUE, Outcome, Reason, Truth, of_bool, unknown
from stratify.model.value import Comparison, Op

Rank: TypeAlias = tuple[Day, float]
"""Preference of a row, the larger the better: a day (or distance) and a second of the day."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A row with the lowest and the highest rank it may have."""

    row: Reading
    low: Rank
    high: Rank

    @property
    def precise(self) -> bool:
        return self.row.sure and self.low == self.high


@dataclass(frozen=True, slots=True)
class Candidates:
    """The rows of the preferred moment, and those that could be preferred; both tied and uncertain ones may be many.

    ``any_sure``: whether some row surely is in the window, so that there is a pick at all.
    """

    best: list[Reading]
    perhaps: list[Reading]
    any_sure: bool
    pivot: Rank


def candidates(rows: Sequence[Reading], take: Take, window: WindowDays) -> Candidates | None:
    """What a pick by date chooses among; ``None`` without any row that has a value and may be in the window."""
    ranked = [_ranked(row, take, window) for row in rows if row.place is not Place.OUT and not row.is_null]
    sure = [item for item in ranked if item.row.sure]
    pivot = max((item.low for item in sure), default=(-inf, -inf))
    perhaps = [item.row for item in ranked if not item.precise and item.high >= pivot]
    best = [item.row for item in sure if item.precise and item.low == pivot]
    return Candidates(best, perhaps, bool(sure), pivot) if ranked else None


# --- picks by date -----------------------------------------------------------------------------------------------


def picked_by_date(
    rows: Sequence[Reading], take: Take, comparison: Comparison, window: WindowDays, tie: Tie, polarity: Polarity
) -> Decision:
    """The answer of the latest, earliest or closest row, whichever rows with incomplete dates that may be."""
    found = candidates(rows, take, window)
    if found is None:
        return absent(rows)
    sure, pivot, best, perhaps = found.any_sure, found.pivot, found.best, found.perhaps
    notes = _newer_null(rows, take, window, pivot) if sure else ()
    if not perhaps:
        return Decision(tied(best, tie, comparison, polarity), tuple(best), notes)
    outcome = _common(perhaps, best, tie, comparison, polarity) if sure else None
    if outcome is None:
        outcome = unknown(highest(date_doubts(perhaps, take, window)))
    return Decision(outcome, (*best, *perhaps), notes)


def _common(
    perhaps: list[Reading], best: list[Reading], tie: Tie, comparison: Comparison, polarity: Polarity
) -> Outcome | None:
    """The yes or no that is right whichever row is picked."""
    answers = {row.answer(comparison) for row in perhaps}
    if best:
        answers.add(tied(best, tie, comparison, polarity))
    if answers not in ({TRUE}, {FALSE}) or not _tie_keeps(tie, comparison, (*perhaps, *best)):
        return None
    return answers.pop()


def _tie_keeps(tie: Tie, comparison: Comparison, rows: Sequence[Reading]) -> bool:
    """Whether rows of one answer would keep it if they turned out to be of one day.

    The mean of 1 and 3 is not in {1, 3}, and under ``error`` 1 and 3 are a conflict though both are.
    """
    single = comparison.single
    if tie in {Tie.WORST, Tie.BEST}:
        return True
    if not (differ(row.compared for row in rows) if tie is Tie.MEAN else _rows_differ(rows)):
        return True
    numbers = all(isinstance(row.compared, Fraction) for row in rows)
    return tie is Tie.MEAN and numbers and single is not None and single.op not in {Op.EQ, Op.NE}


def date_doubts(rows: Iterable[Reading], take: Take, window: WindowDays) -> int:
    """Mask of the reasons why it is open which of these rows is picked."""
    mask = 0
    anchor_open = take is Take.CLOSEST and window.anchor is not None and not window.anchor.exact
    for row in rows:
        mask |= row.date_doubts
        if anchor_open and row.dated:
            mask |= Reason.PARTIAL_DATE.bit
    return mask


def _ranked(row: Reading, take: Take, window: WindowDays) -> _Ranked:
    if not row.dated:  # without a date column all rows are tied
        return _Ranked(row, (0, 0), (0, 0))
    return _Ranked(row, *rank_span(row.when, take, window))


def rank_span(when: When, take: Take, window: WindowDays) -> tuple[Rank, Rank]:
    """The lowest and the highest rank of a row of that date."""
    first, last = window.clip(when)
    second = when.second or 0
    match take:
        case Take.LATEST if when.exact:
            return (first, second), (first, second)
        case Take.LATEST:  # on its last day it may be later than any time of that day
            return (first, 0), (last, inf)
        case Take.EARLIEST if when.exact:
            return (-first, -second), (-first, -second)
        case Take.EARLIEST:
            return (-last, 0), (-first, 0)
        case Take.CLOSEST:
            near, far = _distances(first, last, window.anchor)
            return (-far, 0), (-near, 0)
        case _:
            raise ValueError(f"{take.value} does not pick by date")


def _distances(first: Day, last: Day, anchor: When | None) -> tuple[Day, Day]:
    if anchor is None:
        raise ValueError("`closest` needs a window to measure from")
    near = max(0, first - anchor.last, anchor.first - last)
    return near, max(last - anchor.first, anchor.last - first)


def _newer_null(rows: Sequence[Reading], take: Take, window: WindowDays, pivot: Rank) -> tuple[str, ...]:
    nulls = [row for row in rows if row.is_null and row.dated and row.place is not Place.OUT]
    newer = take is Take.LATEST and any(_ranked(row, take, window).low > pivot for row in nulls)
    return (NEWER_NULL,) if newer else ()


# --- ties --------------------------------------------------------------------------------------------------------


def tied(rows: Sequence[Reading], tie: Tie, comparison: Comparison, polarity: Polarity) -> Outcome:
    """The answer of rows of equal rank."""
    answers = [row.answer(comparison) for row in rows]
    match tie:
        case Tie.WORST:
            return _worst(answers, polarity)
        case Tie.BEST:
            return _worst(answers, polarity.flipped)
        case Tie.MEAN if all(isinstance(row.compared, Fraction) or row.value_doubts for row in rows):
            return _averaged(rows, comparison, mean)
        case Tie.MEAN | Tie.ERROR:
            return unknown(Reason.CONFLICT) if _rows_differ(rows) else _worst(answers, Polarity.MIXED)
        case _:
            assert_never(tie)


def _worst(answers: Sequence[Outcome], polarity: Polarity) -> Outcome:
    """The answer least favourable: for a criterion that wants a yes, any no, then any unknown."""
    order = [FALSE, TRUE] if polarity is Polarity.PLUS else [TRUE, FALSE]
    if polarity is not Polarity.MIXED and order[0] in answers:
        return order[0]
    unknowns = [said for said in answers if said.truth is Truth.UNKNOWN]
    if polarity is Polarity.MIXED and len(set(unknowns)) > 0 and len(unknowns) < len(answers):
        return unknown(Reason.CONFLICT)
    if unknowns:
        return _highest_of(unknowns)
    return answers[0] if len(set(answers)) == 1 else unknown(Reason.CONFLICT)


def _highest_of(unknowns: Sequence[Outcome]) -> Outcome:
    return unknown(max(highest(said.reasons) for said in unknowns))


def _rows_differ(rows: Sequence[Reading]) -> bool:
    """Whether the rows do not all say the same; ``<5`` is not 5."""
    read = [row for row in rows if row.canonical is not None]
    return differ(row.canonical for row in read) or len({row.limit for row in read}) > 1


def differ(items: Iterable[Scalar | None]) -> bool:
    """Whether values are not all one; numbers within the tolerance are, and nothing is no value."""
    values = [value for value in items if value is not None]
    numbers = [value for value in values if isinstance(value, Fraction)]
    if numbers:
        low, high = min(numbers), max(numbers)
        return not (same_number(low, high) or same_number(high, low))
    return len(set(values)) > 1


# --- mean and median ---------------------------------------------------------------------------------------------


def averaged(rows: Sequence[Reading], take: Take, comparison: Comparison) -> Decision:
    """The answer of the mean or median of all rows; one row that is doubtful makes it unknown."""
    inside = tuple(row for row in rows if row.place is not Place.OUT and not row.is_null)
    doubtful = tuple(row for row in inside if row.doubts)
    if doubtful:
        return Decision(unknown(max(highest(row.doubts) for row in doubtful)), doubtful)
    if not inside:
        return absent(rows)
    return Decision(_averaged(inside, comparison, mean if take is Take.MEAN else median), inside)


def _averaged(
    rows: Sequence[Reading], comparison: Comparison, average: Callable[[list[Fraction]], Fraction]
) -> Outcome:
    doubtful = [unknown(highest(row.value_doubts)) for row in rows if row.value_doubts]
    if doubtful:
        return _highest_of(doubtful)
    return of_bool(meets(average([_fraction(row.compared) for row in rows]), comparison))


def _fraction(value: Scalar | None) -> Fraction:
    if not isinstance(value, Fraction):
        raise ValueError("only numbers have a mean")  # noqa: TRY004 (a rule, not a programmer, asks for it)
    return value
