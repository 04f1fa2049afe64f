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
from stratify.compile.measures import Parts, Readings
from stratify.compile.ranks import FAR, ranks
from stratify.compile.rows import NO_VALUE, OUTSIDE, UNSETTLED, Events, all_answer, any_answer
from stratify.compile.windows import SECONDS_PER_DAY, Clock, anchor_column
from stratify.model.dictionary import ColumnKind, first_day, second_of_day
from stratify.model.expression import MeasureIs, Take, Tie
from stratify.model.truth import Reason
from stratify.model.value import TOLERANCE, Op, Window

_CODES = 64
# Added to ranks, so that packed keys are positive: more than any date in days, or in seconds, and than any distance.
_ZERO_DAY, _ZERO_SECOND = 1 << 23, 1 << 40
_SHORT = (1 << 15) // _CODES - 1  # days whose packed keys fit Int16


@dataclass(frozen=True, slots=True)
class Polarity:
    """Which answer of a leaf is unfavourable to its criterion: ``False``, ``True``, or (asked both ways) neither."""

    worst: bool | None

    def flipped(self) -> Polarity:
        """The polarity under a negation."""
        return Polarity(None if self.worst is None else not self.worst)


FAVOURABLE_WHEN_TRUE = Polarity(worst=False)
BOTH_WAYS = Polarity(worst=None)


def picked(leaf: MeasureIs, rows: Readings, events: Events, clock: Clock, name: str, polarity: Polarity) -> Parts:
    """The parts of a pick by date; a mean of ties wants the table without copies of rows."""
    table = events.table
    window = clock.effective(leaf.window, table)
    complete = table.date is None or events.kinds[table.date] is not ColumnKind.PARTIAL_DATE
    exact_anchors = all(clock.exact(bound.anchor) for bound in window.bounds)
    by_value = leaf.tie in {Tie.ERROR, Tie.MEAN}
    if table.date is not None and complete and exact_anchors and leaf.where is None and not by_value:
        return _packed(leaf, rows, events, table.date, window, name, polarity)
    return _by_pivot(leaf, rows, events, window, clock, name, polarity)


def _packed(
    leaf: MeasureIs, rows: Readings, events: Events, date: str, window: Window, name: str, polarity: Polarity
) -> Parts:
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
    for side, decides in _sides(preferred(leaf.tie, polarity)):
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
) -> Parts:
    """The general pick: rows that could be preferred to the surely preferred one are compared with it."""
    keep = events.rows.keep
    ranked = ranks(leaf.take, rows, events.table, window, clock)
    low, high, exact, reason = ranked.low, ranked.high, ranked.exact, ranked.reason
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
    rival = imprecise & (high >= pivot.fill_null(-FAR * 2))
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
        aggregates.append(differ(value, top, limit, rows.kind).alias(f"{name}:differ"))
        aggregates.append(differ(judged, top | rival, limit, rows.kind).alias(f"{name}:shifts"))
    if averages:
        aggregates.append(compared.filter(top).mean().alias(f"{name}:mean"))
    sides = {
        side: events.patients.keep(pl.coalesce(f"{name}:{side}", f"{name}:lacks"))
        for side, _ in _sides(preferred(leaf.tie, polarity))
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


def differ(value: pl.Expr, among: pl.Expr, limit: pl.Expr | None, kind: ColumnKind) -> pl.Expr:
    """Whether the values are not all one; numbers within the tolerance are, but ``<5`` is not 5."""
    value = value.filter(among)
    if kind is not ColumnKind.NUMBER:
        return value.drop_nulls().n_unique() > 1
    low, high = value.min(), value.max()
    apart = (high - low) > pl.max_horizontal(low.abs(), high.abs()) * float(TOLERANCE)
    return apart if limit is None else apart.fill_null(False) | (limit.filter(among).drop_nulls().n_unique() > 1)


def _keeps_under_mean(leaf: MeasureIs) -> bool:
    """Whether numbers that all meet the comparison have a mean that meets it."""
    single = leaf.compare.single
    return single is not None and single.op not in {Op.EQ, Op.NE}


def preferred(tie: Tie, polarity: Polarity) -> bool | None:
    """The answer that wins among tied values; ``None`` where neither does."""
    match tie:
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
