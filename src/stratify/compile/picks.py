"""Picks by date: ``latest, earliest, closest``.

Each row has a *rank*, larger being preferred. Where days are complete one ``max`` of (rank, answer) packed into an
integer is the whole pick, ties included: the answer sits in the low bits, ordered so that the tie policy wins.
Rows whose rank is not exactly known (no date, half a date, perhaps outside the window) are *imprecise*; those that
could be picked must all answer as the pick does, or the leaf is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stratify.compile.compare import compare_number
from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.compile.measures import Readings, measure_rows, readings
from stratify.compile.rows import NO_VALUE, OUTSIDE, UNSETTLED, LeafPlan, all_answer, any_answer
from stratify.compile.windows import SECONDS_PER_DAY, Clock, anchor_column
from stratify.model.dictionary import ColumnKind, Measure, Table, first_day, last_day, second_of_day
from stratify.model.expression import MeasureIs, Take, Tie
from stratify.model.truth import Reason
from stratify.model.value import TOLERANCE, Op, Window

_CODES = 64
_ZERO = 1 << 40  # added to ranks, so that packed keys are positive; beyond any day counted in seconds
_FAR = 1 << 39  # rank of a date of which nothing is known
_NULL_DATES_TRUE, _NULL_DATES_FALSE, _NULL_DATES_OTHER = 1, 1 << 20, 1 << 40


@dataclass(frozen=True, slots=True)
class Polarity:
    """Which answer of a leaf is unfavourable to its criterion: ``False``, ``True``, or (asked both ways) neither."""

    worst: bool | None

    def flipped(self) -> Polarity:
        """The polarity under a negation."""
        return Polarity(None if self.worst is None else not self.worst)


FAVOURABLE_WHEN_TRUE = Polarity(worst=False)
BOTH_WAYS = Polarity(worst=None)


def picked(
    leaf: MeasureIs,
    measure: Measure,
    table: Table,
    kinds: Mapping[str, ColumnKind],
    clock: Clock,
    name: str,
    polarity: Polarity,
) -> LeafPlan:
    """The plan of a pick by date."""
    window = clock.effective(leaf.window, table)
    rows = readings(leaf, measure, table, kinds, clock.membership(table, window))
    complete = table.date is None or kinds[table.date] is not ColumnKind.PARTIAL_DATE
    exact_anchors = all(clock.exact(bound.anchor) for bound in window.bounds)
    by_value = leaf.tie in {Tie.ERROR, Tie.MEAN}
    if table.date is not None and complete and exact_anchors and leaf.where is None and not by_value:
        parts = _packed(leaf, rows, table.date, window, name, polarity)
    else:
        parts = _by_pivot(leaf, rows, table.date, window, clock, name, polarity)
    row_columns, aggregates, result = parts
    distinct = leaf.tie is Tie.MEAN
    return LeafPlan(
        table.name, measure_rows(measure), row_columns, aggregates, result, clock.needed(leaf.window), distinct
    )


def _date_doubt(date: str) -> pl.Expr:
    first, last = pl.col(first_day(date)), pl.col(last_day(date))
    half = pl.when(first < last).then(answer(Reason.PARTIAL_DATE)).otherwise(answer(0))
    return pl.when(first.is_null()).then(answer(Reason.NULL_DATE)).otherwise(half)


def _anchor_doubt(leaf: MeasureIs, window: Window) -> pl.Expr:
    """From an anchor that is not exact no distance is."""
    if leaf.take is not Take.CLOSEST:
        return answer(0)
    anchor = anchor_column(window.bounds[0].anchor)
    inexact = pl.col(first_day(anchor)) < pl.col(last_day(anchor))
    return pl.when(inexact).then(answer(Reason.PARTIAL_DATE)).otherwise(answer(0))


_Parts = tuple[tuple[pl.Expr, ...], tuple[pl.Expr, ...], pl.Expr]


def _packed(leaf: MeasureIs, rows: Readings, date: str, window: Window, name: str, polarity: Polarity) -> _Parts:
    """Complete days: one packed maximum, and one sum that says what rows without a date would answer."""
    dated = pl.col(first_day(date)).is_not_null()
    low, _ = _rank(leaf, date, pl.col(first_day(date)), pl.col(last_day(date)), window)
    usable = rows.selected & rows.present
    code = rows.code(leaf.compare)
    fallback = (
        pl.when(rows.selected & rows.out)
        .then(pl.lit(OUTSIDE, pl.Int64))
        .when(rows.selected & ~rows.present)
        .then(pl.lit(NO_VALUE, pl.Int64))
    )
    columns, aggregates = [], []
    for side, decides in _sides(_worst(leaf, polarity)):
        key = (low + _ZERO) * _CODES + _ordered(code, decides=decides).cast(pl.Int64)
        column = f"{name}:{side}"
        columns.append(pl.when(usable & rows.sure & dated).then(key).otherwise(fallback).alias(column))
        aggregates.append(pl.col(column).max())
    undated = f"{name}:undated"
    columns.append(pl.when(usable & ~dated & ~rows.out).then(_weight(code)).alias(undated))
    aggregates.append(pl.col(undated).sum())
    sides = {side: pl.col(f"{name}:{side}") % _CODES for side, _ in _sides(_worst(leaf, polarity))}
    pick, exists = _tied(sides)
    sure = exists if window.bounds else pl.lit(True)
    result = _with_imprecise(pick, exists, sure, pl.col(undated).fill_null(0), answer(Reason.NULL_DATE))
    return tuple(columns), tuple(aggregates), result


def _by_pivot(
    leaf: MeasureIs,
    rows: Readings,
    date: str | None,
    window: Window,
    clock: Clock,
    name: str,
    polarity: Polarity,
) -> _Parts:
    """The general pick: rows that could be preferred to the surely preferred one are compared with it."""
    if date is None:
        low = high = pl.lit(0, pl.Int64)
        exact, reason = pl.lit(True), rows.reason
    else:
        first, last = _clipped(date, window, clock)
        low, high = _rank(leaf, date, first, last, window)
        exact = low == high
        reason = pl.max_horizontal(
            _date_doubt(date), pl.when(rows.perhaps).then(rows.reason).otherwise(answer(0)), _anchor_doubt(leaf, window)
        )
    usable = rows.selected & rows.present & ~rows.out
    code = rows.code(leaf.compare)
    c = {
        key: f"{name}:{key}"
        for key in ("low", "high", "sure", "imprecise", "code", "weight", "reason", "lack", "value", "compared")
    }
    columns = (
        pl.when(usable).then(low).alias(c["low"]),
        pl.when(usable).then(high).alias(c["high"]),
        (usable & rows.sure).alias(c["sure"]),
        (usable & ~(rows.sure & exact)).alias(c["imprecise"]),
        pl.when(usable).then(code).alias(c["code"]),
        pl.when(usable).then(_weight(code)).alias(c["weight"]),
        pl.when(usable).then(reason).alias(c["reason"]),
        pl.when(rows.selected & rows.out)
        .then(answer(OUTSIDE))
        .when(rows.selected & ~rows.present)
        .then(answer(NO_VALUE))
        .alias(c["lack"]),
        pl.when(usable).then(rows.canonical).alias(c["value"]),
        pl.when(usable & (rows.problem == 0)).then(rows.number).alias(c["compared"]),
    )
    pivot = pl.col(c["low"]).filter(pl.col(c["sure"])).max()
    top = pl.col(c["sure"]) & ~pl.col(c["imprecise"]) & (pl.col(c["low"]) == pivot)
    rival = pl.col(c["imprecise"]) & (pl.col(c["high"]) >= pivot.fill_null(-_FAR * 2))
    any_code, all_code = _ordered(pl.col(c["code"]), decides=TRUE), _ordered(pl.col(c["code"]), decides=FALSE)
    averages = leaf.tie is Tie.MEAN and rows.kind in {ColumnKind.NUMBER, ColumnKind.EMPTY}
    judged = pl.col(c["compared"] if averages else c["value"])
    aggregates = [
        any_code.filter(top).max().alias(f"{name}:any"),
        all_code.filter(top).max().alias(f"{name}:all"),
        pl.col(c["weight"]).filter(rival).sum().alias(f"{name}:rivals"),
        pl.col(c["reason"]).filter(rival).max().alias(f"{name}:why"),
        pivot.is_not_null().alias(f"{name}:pivot"),
        pl.col(c["lack"]).max().alias(f"{name}:lacks"),
    ]
    if leaf.tie in {Tie.MEAN, Tie.ERROR}:
        aggregates.append(_differ(pl.col(c["value"]).filter(top), rows.kind).alias(f"{name}:differ"))
        aggregates.append(_differ(judged.filter(top | rival), rows.kind).alias(f"{name}:shifts"))
    if averages:
        aggregates.append(pl.col(c["compared"]).filter(top).mean().alias(f"{name}:mean"))
    lacks = pl.col(f"{name}:lacks").cast(pl.Int64)
    sides = {
        side: pl.coalesce(pl.col(f"{name}:{side}").cast(pl.Int64), lacks) for side, _ in _sides(_worst(leaf, polarity))
    }
    pick, exists = _tied(sides)
    if averages:
        mean = compare_number(pl.col(f"{name}:mean"), leaf.compare)
        met = pl.when(mean).then(answer(TRUE)).otherwise(answer(FALSE))
        unsettled = (sides["any"] > UNSETTLED) & (sides["any"] < TRUE) | (sides["all"] > UNSETTLED) & (
            sides["all"] < TRUE
        )
        unknown = pl.max_horizontal(_reason_of(sides["any"]), _reason_of(sides["all"]))
        pick = pl.when(~exists).then(pick).when(unsettled).then(unknown).otherwise(met)
    elif leaf.tie in {Tie.ERROR, Tie.MEAN}:
        conflict = exists & pl.col(f"{name}:differ").fill_null(False)
        pick = pl.when(conflict).then(answer(Reason.CONFLICT)).otherwise(pick)
    sure = pl.col(f"{name}:pivot").fill_null(False)
    if leaf.tie in {Tie.MEAN, Tie.ERROR} and not (averages and _keeps_under_mean(leaf)):
        # Rows of one answer may lose it once tied: the mean of 1 and 3 is not in {1, 3}.
        sure &= ~pl.col(f"{name}:shifts").fill_null(False)
    rivals = pl.col(f"{name}:rivals").fill_null(0)
    result = _with_imprecise(pick, exists, sure, rivals, pl.col(f"{name}:why").fill_null(0).cast(ANSWER))
    return columns, tuple(aggregates), result


def _differ(value: pl.Expr, kind: ColumnKind) -> pl.Expr:
    """Whether the values are not all one; numbers within the tolerance are."""
    if kind is ColumnKind.NUMBER:
        low, high = value.min(), value.max()
        return (high - low) > pl.max_horizontal(low.abs(), high.abs()) * float(TOLERANCE)
    return value.drop_nulls().n_unique() > 1


def _keeps_under_mean(leaf: MeasureIs) -> bool:
    """Whether numbers that all meet the comparison have a mean that meets it."""
    single = leaf.compare.single
    return single is not None and single.op not in {Op.EQ, Op.NE}


def _worst(leaf: MeasureIs, polarity: Polarity) -> bool | None:
    match leaf.tie:
        case Tie.WORST:
            return polarity.worst
        case Tie.BEST:
            return polarity.flipped().worst
        case Tie.MEAN | Tie.ERROR:
            return None


def _sides(worst: bool | None) -> tuple[tuple[str, int], ...]:
    """Which orders of the answers are asked: where neither answer wins, both, to see whether they agree."""
    either = (("any", TRUE), ("all", FALSE))
    return either if worst is None else (either[0],) if worst else (either[1],)


def _ordered(code: pl.Expr, *, decides: int) -> pl.Expr:
    """Row code in which the answer ``decides`` wins over unknown, and unknown over the other."""
    return (
        pl.when(code == decides)
        .then(answer(TRUE))
        .when((code == TRUE) | (code == FALSE))
        .then(answer(FALSE))
        .otherwise(UNSETTLED + code)
        .cast(ANSWER)
    )


def _tied(sides: Mapping[str, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    """The answer of the preferred rows, and whether there are any."""
    decode = {"any": any_answer, "all": all_answer}
    (one_side, one), *rest = sides.items()
    exists = one.fill_null(0) >= FALSE
    first = decode[one_side](one)
    if not rest:
        return first, exists
    ((other_side, other),) = rest
    second = decode[other_side](other)
    unknown_only = (_reason_of(one) > 0) & (_reason_of(other) > 0)
    agreed = (
        pl.when(~exists | (first == second))
        .then(first)
        .when(unknown_only)
        .then(pl.max_horizontal(first, second))
        .otherwise(answer(Reason.CONFLICT))
    )
    return agreed, exists


def _reason_of(code: pl.Expr) -> pl.Expr:
    return pl.when((code > UNSETTLED) & (code < TRUE)).then((code - UNSETTLED).cast(ANSWER)).otherwise(answer(0))


def _weight(code: pl.Expr) -> pl.Expr:
    """A count of true, false and other answers in one integer, so that one sum counts all three."""
    return (
        pl.when(code == TRUE)
        .then(pl.lit(_NULL_DATES_TRUE, pl.Int64))
        .when(code == FALSE)
        .then(pl.lit(_NULL_DATES_FALSE, pl.Int64))
        .otherwise(pl.lit(_NULL_DATES_OTHER, pl.Int64))
    )


def _with_imprecise(pick: pl.Expr, exists: pl.Expr, sure: pl.Expr, rivals: pl.Expr, reason: pl.Expr) -> pl.Expr:
    """The pick, unless a row that could be preferred to it would answer otherwise."""
    all_true = (rivals < _NULL_DATES_FALSE) & (~exists | (pick == TRUE))
    all_false = (rivals < _NULL_DATES_OTHER) & (rivals % _NULL_DATES_FALSE == 0) & (~exists | (pick == FALSE))
    return (
        pl.when(rivals == 0)
        .then(pick)
        .when(sure & all_true)
        .then(answer(TRUE))
        .when(sure & all_false)
        .then(answer(FALSE))
        .otherwise(reason)
    )


def _clipped(date: str, window: Window, clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """The days a row's date may be if it is in the window; null where they have no end."""
    first, last = pl.col(first_day(date)), pl.col(last_day(date))
    starts = [clock.bound(bound, start=True, latest=False) for bound in window.starts]
    ends = [clock.bound(bound, start=False, latest=True) for bound in window.ends]
    # max_horizontal skips nulls: a missing date leaves the window's own end.
    inexact = (first != last).fill_null(True)
    clipped_first = pl.when(inexact).then(pl.max_horizontal(first, *starts)).otherwise(first)
    clipped_last = pl.when(inexact).then(pl.min_horizontal(last, *ends)).otherwise(last)
    return clipped_first if starts else first, clipped_last if ends else last


def _rank(leaf: MeasureIs, date: str, first: pl.Expr, last: pl.Expr, window: Window) -> tuple[pl.Expr, pl.Expr]:
    """Lowest and highest rank a row may have: seconds for ``latest`` and ``earliest``, days for ``closest``.

    A date without a time counts as midnight, except that one whose day is open may be later than every time of its
    last day.
    """
    first, last = first.cast(pl.Int64), last.cast(pl.Int64)
    if leaf.take is Take.CLOSEST:
        return _closeness(first, last, anchor_column(window.bounds[0].anchor))
    second = pl.col(second_of_day(date)).fill_null(0).cast(pl.Int64)
    exact = pl.col(first_day(date)) == pl.col(last_day(date))
    at_first = first * SECONDS_PER_DAY + pl.when(exact).then(second).otherwise(0)
    at_last = last * SECONDS_PER_DAY + pl.when(exact).then(second).otherwise(0)
    if leaf.take is Take.EARLIEST:
        return (-at_last).fill_null(-_FAR), (-at_first).fill_null(_FAR)
    end_of_day = pl.when(exact).then(0).otherwise(SECONDS_PER_DAY - 1)
    return at_first.fill_null(-_FAR), (at_last + end_of_day).fill_null(_FAR)


def _closeness(first: pl.Expr, last: pl.Expr, anchor: str) -> tuple[pl.Expr, pl.Expr]:
    """Minus the largest and minus the smallest distance in days to an anchor that may itself be an interval."""
    anchor_first, anchor_last = pl.col(first_day(anchor)).cast(pl.Int64), pl.col(last_day(anchor)).cast(pl.Int64)
    far = pl.max_horizontal((last - anchor_first).fill_null(_FAR), (anchor_last - first).fill_null(_FAR))
    near = pl.max_horizontal(
        pl.lit(0, pl.Int64), (first - anchor_last).fill_null(-_FAR), (anchor_first - last).fill_null(-_FAR)
    )
    return -far, -near
