"""Picks that ask every row: any, all, max, min."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import assert_never

from stratify.compile.reference.compare import highest, integers_outcome
from stratify.compile.reference.days import Place
from stratify.compile.reference.readings import Reading
from stratify.model.expression import Take
from stratify.model.truth import FALSE, TRUE, Outcome, Reason, Truth, conjunction, disjunction, negation, unknown
from stratify.model.value import Comparison, Op, Test


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of a pick and the rows that made it."""

    outcome: Outcome
    rows: tuple[Reading, ...] = ()
    notes: tuple[str, ...] = ()


Answer = Callable[[Reading], Outcome]


def absent(rows: Sequence[Reading]) -> Decision:
    """No value inside the window: rows without a value, else rows outside, else none. Never a no."""
    nulls = tuple(row for row in rows if row.place is not Place.OUT and row.is_null)
    if nulls:
        return Decision(unknown(Reason.NULL_VALUE), nulls)
    out = tuple(row for row in rows if row.place is Place.OUT)
    return Decision(unknown(Reason.OUT_OF_WINDOW if out else Reason.NO_RECORD), out)


def quantified(rows: Sequence[Reading], take: Take, comparison: Comparison) -> Decision:
    """The answer of ``any``, ``all``, ``max`` or ``min``."""
    if take in {Take.ANY, Take.ALL}:
        ask = _any_row if take is Take.ANY else _every_row
        return ask(rows, lambda row: row.answer(comparison), keep_nulls=True)
    tests = [[_extreme(rows, take, test) for test in alternative] for alternative in comparison.alternatives]
    outcome = disjunction(conjunction(item.outcome for item in alternative) for alternative in tests)
    used = {row.index: row for alternative in tests for item in alternative for row in item.rows}
    return Decision(negation(outcome) if comparison.negated else outcome, tuple(used.values()))


def counted(rows: Sequence[Reading], comparison: Comparison, times: Comparison) -> Decision:
    """How many rows meet the comparison: from those that surely do to those that perhaps do as well.

    The rows that are recorded are all there are, unless none of them surely is there and has a value.
    """
    asked = [(row, row.answer(comparison)) for row in rows if row.place is not Place.OUT]
    yes = [row for row, said in asked if row.sure and said.truth is Truth.TRUE]
    perhaps = [(row, row.membership_doubts | said.reasons) for row, said in asked if _could_be_yes(row, said)]
    there = any(row.sure and not row.is_null for row, _ in asked)
    unsure = perhaps or [(row, row.membership_doubts) for row, _ in asked if not row.sure]
    lacking = _undecided(unsure) if unsure else absent(rows)
    most = len(yes) + len(perhaps) if there else inf
    outcome = integers_outcome(len(yes), most, times, highest(lacking.outcome.reasons))
    shown = [*yes, *(row for row, _ in perhaps)] or [row for row, _ in asked] or lacking.rows
    return Decision(outcome, tuple(shown))


def _extreme(rows: Sequence[Reading], take: Take, test: Test) -> Decision:
    """One test of the largest (smallest) value: the largest is >= 3 when any is, and <= 3 when all are."""
    match test.op:
        case Op.EQ:
            return _both(_extreme(rows, take, Test(op, test.value)) for op in (Op.GE, Op.LE))
        case Op.NE:
            equal = _extreme(rows, take, Test(Op.EQ, test.value))
            return Decision(negation(equal.outcome), equal.rows)
        case Op.GE | Op.GT | Op.LE | Op.LT:
            any_type = (test.op in {Op.GE, Op.GT}) == (take is Take.MAX)
            ask = _any_row if any_type else _every_row
            return ask(rows, lambda row: row.answer(Comparison(((test,),))), keep_nulls=False)
        case _:
            assert_never(test.op)


def _both(decisions: Iterable[Decision]) -> Decision:
    items = tuple(decisions)
    return Decision(conjunction(item.outcome for item in items), tuple(row for item in items for row in item.rows))


def _every_row(rows: Sequence[Reading], answer: Answer, keep_nulls: bool) -> Decision:
    """All rows hold unless some row does not: the mirror of :func:`_any_row`."""
    some_not = _any_row(rows, lambda row: negation(answer(row)), keep_nulls)
    return Decision(negation(some_not.outcome), some_not.rows)


def _any_row(rows: Sequence[Reading], answer: Answer, keep_nulls: bool) -> Decision:
    asked = [(row, answer(row)) for row in rows if row.place is not Place.OUT and (keep_nulls or not row.is_null)]
    sure_yes = tuple(row for row, said in asked if row.sure and said.truth is Truth.TRUE)
    if sure_yes:
        return Decision(TRUE, sure_yes)
    open_rows = [(row, said) for row, said in asked if _could_be_yes(row, said)]
    if open_rows:
        return _undecided([(row, row.membership_doubts | said.reasons) for row, said in open_rows])
    sure_no = tuple(row for row, _ in asked if row.sure)
    if sure_no:
        return Decision(FALSE, sure_no)
    if asked:  # only rows that are perhaps not there say no
        return _undecided([(row, row.membership_doubts) for row, _ in asked])
    return absent(rows)


def _could_be_yes(row: Reading, said: Outcome) -> bool:
    return said.truth is Truth.UNKNOWN or (said.truth is Truth.TRUE and not row.sure)


def _undecided(rows: Sequence[tuple[Reading, int]]) -> Decision:
    mask = 0
    for _, doubts in rows:
        mask |= doubts
    return Decision(unknown(highest(mask)), tuple(row for row, _ in rows))
