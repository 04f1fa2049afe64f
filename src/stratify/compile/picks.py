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

from stratify.compile.columns import Columns
from stratify.compile.compare import compare_number
from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.compile.measures import Readings, measure_rows, readings
from stratify.compile.rows import NO_VALUE, OUTSIDE, UNSETTLED, Events, LeafPlan, all_answer, any_answer
from stratify.compile.windows import SECONDS_PER_DAY, Clock, anchor_column
from stratify.model.dictionary import ColumnKind, Measure, first_day, last_day, second_of_day
from stratify.model.expression import MeasureIs, Take, Tie
from stratify.model.truth import Reason
from stratify.model.value import TOLERANCE, Op, Window

_CODES = 64
# Added to ranks, so that packed keys are positive: more than any date in days, or in seconds, and than any distance.
_ZERO_DAY, _ZERO_SECOND = 1 << 23, 1 << 40
_SHORT = (1 << 15) // _CODES - 1  # days whose packed keys fit Int16
_FAR = 1 << 39  # rank of a date of which nothing is known


@dataclass(frozen=True, slots=True)
class Polarity:
    """Which answer of a leaf is unfavourable to its criterion: ``False``, ``True``, or (asked both ways) neither."""

    worst: bool | None

    def flipped(self) -> Polarity:
        """The polarity under a negation."""
        return Polarity(None if self.worst is None else not self.worst)


FAVOURABLE_WHEN_TRUE = Polarity(worst=False)
BOTH_WAYS = Polarity(worst=None)


def picked(leaf: MeasureIs, measure: Measure, events: Events, clock: Clock, name: str, polarity: Polarity) -> LeafPlan:
    """The plan of a pick by date."""
    table = events.table
    window = clock.effective(leaf.window, table)
    rows = readings(leaf, measure, events, clock.membership(table, window, events.rows))
    complete = table.date is None or events.kinds[table.date] is not ColumnKind.PARTIAL_DATE
    exact_anchors = all(clock.exact(bound.anchor) for bound in window.bounds)
    by_value = leaf.tie in {Tie.ERROR, Tie.MEAN}
    if table.date is not None and complete and exact_anchors and leaf.where is None and not by_value:
        aggregates, result = _packed(leaf, rows, events, table.date, window, name, polarity)
    else:
        aggregates, result = _by_pivot(leaf, rows, events, window, clock, name, polarity)
    needed, distinct = clock.needed(leaf.window), leaf.tie is Tie.MEAN
    return LeafPlan(table.name, measure_rows(measure), aggregates, result, needed, distinct)


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


_Parts = tuple[tuple[pl.Expr, ...], pl.Expr]


def _packed(
    leaf: MeasureIs, rows: Readings, events: Events, date: str, window: Window, name: str, polarity: Polarity
) -> _Parts:
    """Complete days: one packed maximum, and what the rows without a date would answer."""
    keep = events.rows.keep
    dated = pl.col(first_day(date)).is_not_null()
    settles = keep(rows.present & rows.sure & dated)
    undated = keep(rows.present & ~dated & ~rows.out)
    lacking = keep(rows.out | ~rows.present)
    lack = pl.when(rows.out).then(answer(OUTSIDE)).otherwise(answer(NO_VALUE))
    # What the leaves of a window share: the key without the answer, null for rows that settle nothing.
    rank = keep(pl.when(settles).then(_exact_rank(leaf, date, events.kinds[date], window)).when(lacking).then(lack))
    aggregates, sides = [], {}
    for side, decides in _sides(_worst(leaf, polarity)):
        met, unmet = (TRUE, FALSE) if decides == TRUE else (FALSE, TRUE)
        ordered = rows.code(leaf.compare, met=met, unmet=unmet, unknown=UNSETTLED)
        code = keep(pl.when(lacking).then(answer(0)).otherwise(ordered))
        aggregates.append(keep(pl.when(rows.selected).then(rank + code)).max().alias(f"{name}:{side}"))
        sides[side] = events.patients.keep((pl.col(f"{name}:{side}") % _CODES).cast(ANSWER))
    # Any side's code serves: what one row answers does not depend on how ties are settled.
    rivals = _Rivals(f"{name}:rivals", met, unmet)
    aggregates.append(rivals.aggregate(keep(pl.when(rows.selected & undated).then(code))))
    pick, exists = _tied(sides, events.patients)
    sure = exists if window.bounds else pl.lit(True)
    return tuple(aggregates), rivals.settle(pick, exists, sure, answer(Reason.NULL_DATE))


def _exact_rank(leaf: MeasureIs, date: str, kind: ColumnKind, window: Window) -> pl.Expr:
    """The rank of a complete date times the number of codes, null without a date: in seconds, or in days.

    As narrow as can be, for one is kept for every row and leaf: Int16 in a short window, Int32 for any day.
    """
    day = pl.col(first_day(date))
    start, days = _short(window)
    if kind is ColumnKind.DATE and leaf.take is not Take.CLOSEST and start is not None:
        # Beyond the window the difference may be anything, and null: only rows inside are asked for it.
        since = (day - start).cast(pl.Int16, strict=False)
        return (since if leaf.take is Take.LATEST else days - since) * _CODES
    if leaf.take is Take.CLOSEST:
        rank, zero = -(day - pl.col(first_day(anchor_column(window.bounds[0].anchor)))).abs(), _ZERO_DAY
    elif kind is ColumnKind.DATE:
        rank, zero = day if leaf.take is Take.LATEST else -day, _ZERO_DAY
    else:
        second = day.cast(pl.Int64) * SECONDS_PER_DAY + pl.col(second_of_day(date)).fill_null(0)
        rank, zero = second if leaf.take is Take.LATEST else -second, _ZERO_SECOND
    # A date that no calendar has must not overflow the packed key; such dates are all the farthest.
    return (rank.clip(1 - zero, zero) + zero) * _CODES


def _short(window: Window) -> tuple[pl.Expr | None, int]:
    """First day and length in days of a window of few days around one anchor; no day for any other window."""
    pairs = [(a, b) for a in window.starts for b in window.ends if a.anchor == b.anchor]
    for start, end in pairs:
        first, last = start.offset.days, end.offset.days
        if first is not None and last is not None and 0 <= last - first <= _SHORT:
            return pl.col(first_day(anchor_column(start.anchor))) + first, last - first
    return None, 0


def _by_pivot(
    leaf: MeasureIs,
    rows: Readings,
    events: Events,
    window: Window,
    clock: Clock,
    name: str,
    polarity: Polarity,
) -> _Parts:
    """The general pick: rows that could be preferred to the surely preferred one are compared with it."""
    date, keep = events.table.date, events.rows.keep
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
    usable = keep(rows.selected & rows.present & ~rows.out)
    sure_row, imprecise = keep(usable & rows.sure), keep(usable & ~(rows.sure & exact))
    low, high = keep(pl.when(usable).then(low)), keep(pl.when(usable).then(high))
    code = keep(pl.when(usable).then(rows.code(leaf.compare)))
    reason = keep(pl.when(usable).then(reason))
    lacks_value = pl.when(rows.selected & ~rows.present).then(answer(NO_VALUE))
    lack = keep(pl.when(rows.selected & rows.out).then(answer(OUTSIDE)).otherwise(lacks_value))
    value = keep(pl.when(usable).then(rows.canonical))
    compared = keep(pl.when(usable & rows.comparable).then(rows.number))
    pivot = low.filter(sure_row).max()
    top = sure_row & ~imprecise & (low == pivot)
    rival = imprecise & (high >= pivot.fill_null(-_FAR * 2))
    any_code, all_code = (keep(_ordered(code, decides=decides)) for decides in (TRUE, FALSE))
    averages = leaf.tie is Tie.MEAN and rows.kind in {ColumnKind.NUMBER, ColumnKind.EMPTY}
    rivals = _Rivals(f"{name}:rivals", TRUE, FALSE)
    aggregates = [
        any_code.filter(top).max().alias(f"{name}:any"),
        all_code.filter(top).max().alias(f"{name}:all"),
        rivals.aggregate(code.filter(rival)),
        reason.filter(rival).max().alias(f"{name}:why"),
        pivot.is_not_null().alias(f"{name}:pivot"),
        lack.max().alias(f"{name}:lacks"),
    ]
    if leaf.tie in {Tie.MEAN, Tie.ERROR}:
        judged = compared if averages else value
        limit = None if rows.limit is None else keep(pl.when(value.is_not_null()).then(rows.limit))
        aggregates.append(_differ(value, top, limit, rows.kind).alias(f"{name}:differ"))
        aggregates.append(_differ(judged, top | rival, limit, rows.kind).alias(f"{name}:shifts"))
    if averages:
        aggregates.append(compared.filter(top).mean().alias(f"{name}:mean"))
    sides = {
        side: events.patients.keep(pl.coalesce(f"{name}:{side}", f"{name}:lacks"))
        for side, _ in _sides(_worst(leaf, polarity))
    }
    pick, exists = _tied(sides, events.patients)
    if averages:
        mean = compare_number(pl.col(f"{name}:mean"), leaf.compare)
        met = pl.when(mean).then(answer(TRUE)).otherwise(answer(FALSE))
        unsettled = (sides["any"] > UNSETTLED) & (sides["any"] < TRUE) | (sides["all"] > UNSETTLED) & (
            sides["all"] < TRUE
        )
        unknown = pl.max_horizontal(_reason_of(sides["any"]), _reason_of(sides["all"]))
        pick = events.patients.keep(pl.when(~exists).then(pick).when(unsettled).then(unknown).otherwise(met))
    elif leaf.tie in {Tie.ERROR, Tie.MEAN}:
        conflict = exists & pl.col(f"{name}:differ").fill_null(False)
        pick = events.patients.keep(pl.when(conflict).then(answer(Reason.CONFLICT)).otherwise(pick))
    sure = pl.col(f"{name}:pivot").fill_null(False)
    if leaf.tie in {Tie.MEAN, Tie.ERROR} and not (averages and _keeps_under_mean(leaf)):
        # Rows of one answer may lose it once tied: the mean of 1 and 3 is not in {1, 3}.
        sure &= ~pl.col(f"{name}:shifts").fill_null(False)
    return tuple(aggregates), rivals.settle(pick, exists, sure, pl.col(f"{name}:why").fill_null(0))


def _differ(value: pl.Expr, among: pl.Expr, limit: pl.Expr | None, kind: ColumnKind) -> pl.Expr:
    """Whether the values are not all one; numbers within the tolerance are, but ``<5`` is not 5."""
    value = value.filter(among)
    if kind is not ColumnKind.NUMBER:
        return value.drop_nulls().n_unique() > 1
    low, high = value.min(), value.max()
    differ = (high - low) > pl.max_horizontal(low.abs(), high.abs()) * float(TOLERANCE)
    return differ if limit is None else differ.fill_null(False) | (limit.filter(among).drop_nulls().n_unique() > 1)


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


def _tied(sides: Mapping[str, pl.Expr], patients: Columns) -> tuple[pl.Expr, pl.Expr]:
    """The answer of the preferred rows, and whether there are any."""
    decode = {"any": any_answer, "all": all_answer}
    (one_side, one), *rest = sides.items()
    exists = patients.keep(one.fill_null(0) >= FALSE)
    first = patients.keep(decode[one_side](one))
    if not rest:
        return first, exists
    ((other_side, other),) = rest
    second = patients.keep(decode[other_side](other))
    unknown_only = (_reason_of(one) > 0) & (_reason_of(other) > 0)
    agreed = (
        pl.when(~exists | (first == second))
        .then(first)
        .when(unknown_only)
        .then(pl.max_horizontal(first, second))
        .otherwise(answer(Reason.CONFLICT))
    )
    return patients.keep(agreed), exists


def _reason_of(code: pl.Expr) -> pl.Expr:
    return pl.when((code > UNSETTLED) & (code < TRUE)).then((code - UNSETTLED).cast(ANSWER)).otherwise(answer(0))


@dataclass(frozen=True, slots=True)
class _Rivals:
    """The imprecise rows that could be preferred to the pick: null if there are none, and what they all answer."""

    name: str
    met: int
    unmet: int

    def aggregate(self, code: pl.Expr) -> pl.Expr:
        """The one code of the rivals, 0 for several; over codes that are null or left out for other rows."""
        lowest, highest = code.min(), code.max()
        several = pl.when(lowest.is_not_null()).then(answer(0))
        return pl.when(lowest == highest).then(lowest).otherwise(several).alias(self.name)

    def settle(self, pick: pl.Expr, exists: pl.Expr, sure: pl.Expr, reason: pl.Expr) -> pl.Expr:
        """The pick, unless a rival would answer otherwise."""
        said = pl.col(self.name)
        return (
            pl.when(said.is_null())
            .then(pick)
            .when(sure & (said == self.met) & (~exists | (pick == TRUE)))
            .then(answer(TRUE))
            .when(sure & (said == self.unmet) & (~exists | (pick == FALSE)))
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
