"""Inputs of formulas: of each the lowest and highest value it may have, or why it has none."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stratify.compile.kleene import ANSWER, answer
from stratify.compile.measures import Readings, measure_rows, readings
from stratify.compile.picks import differ
from stratify.compile.ranks import FAR, ranks
from stratify.compile.rows import NO_VALUE, OUTSIDE, Events, LeafPlan, any_answer
from stratify.compile.windows import Clock
from stratify.model.analytes import IDENTITY
from stratify.model.computed import MeasureInput, PickInput, Words
from stratify.model.dictionary import ColumnKind, Measure
from stratify.model.expression import Take, Tie
from stratify.model.measure_units import conversion_to
from stratify.model.truth import Reason
from stratify.model.value import TOLERANCE


@dataclass(frozen=True, slots=True)
class Value:
    """What an input is, per patient.

    Parameters
    ----------
    reason
        Answer code of why it has no value, 0 where it has one.
    low, high
        The numbers between which it lies; of a word, the word.
    doubt
        Answer code of why it may be any of these, 0 where at most a tie decides.
    varies
        Whether ``low`` and ``high`` can differ.
    """

    reason: pl.Expr
    low: pl.Expr
    high: pl.Expr
    doubt: pl.Expr
    varies: bool


def number_in(value: pl.Expr, measure: Measure, of: MeasureInput) -> pl.Expr:
    """A value in the measure's unit as a number in the unit that a formula wants."""
    into = IDENTITY if of.own_unit else conversion_to(measure, of.unit)
    if into is None:
        raise ValueError(f"measure {measure.name} is not known in {of.unit}")
    scaled = value if into.factor == 1 else value * float(into.factor)
    return scaled if into.proportional else scaled + float(into.offset)


def word_of(value: pl.Expr, kind: ColumnKind, words: Words) -> pl.Expr:
    """The formula's word for a value, null where it stands under none."""
    found = pl.lit(None, pl.String)
    for word, texts in words:
        known = [item for text in texts if (item := _as_kind(text, kind)) is not None]
        if known and kind is not ColumnKind.EMPTY:
            found = pl.when(value.is_in(known)).then(pl.lit(word)).otherwise(found)
    return found


def _as_kind(text: str, kind: ColumnKind) -> str | float | bool | None:
    match kind:
        case ColumnKind.NUMBER:
            try:
                return float(text)
            except ValueError:
                return None
        case ColumnKind.BOOLEAN:
            return {"true": True, "false": False}.get(text)
        case _:
            return text


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of an input: what each is worth, and why it has no worth (0 if it has)."""

    rows: Readings
    worth: pl.Expr
    problem: pl.Expr
    kind: ColumnKind


def picked_input(pick: PickInput, measure: Measure, events: Events, clock: Clock, name: str) -> tuple[LeafPlan, Value]:
    """What a pick asks of its table, and its value over the aggregates."""
    window = clock.effective(pick.window, events.table)
    place = clock.membership(events.table, window, events.rows)
    rows = readings(pick.where, pick.of.reads, measure, events, place, mean=True)
    one = _worth(rows, measure, pick.of, events)
    if pick.take.picks_by_date:
        aggregates, value = _by_date(pick, one, events, clock, name)
    elif pick.take in {Take.MAX, Take.MIN}:
        aggregates, value = _extreme(pick.take, one, events, name)
    else:
        aggregates, value = _average(pick.take, one, events, name)
    reason = events.patients.keep(value.reason.cast(ANSWER))
    distinct = pick.take in {Take.MEAN, Take.MEDIAN} or pick.tie is Tie.MEAN
    plan = LeafPlan(events.table.name, measure_rows(measure), aggregates, reason, clock.needed(pick.window), distinct)
    keep = events.patients.keep
    return plan, Value(reason, keep(value.low), keep(value.high), keep(value.doubt.cast(ANSWER)), value.varies)


def _worth(rows: Readings, measure: Measure, of: MeasureInput, events: Events) -> _Rows:
    problem = answer(0) if rows.problem is None else rows.problem
    if not of.words:
        number = number_in(rows.canonical, measure, of)
        return _Rows(rows, events.rows.keep(number), events.rows.keep(problem), rows.kind)
    word = events.rows.keep(word_of(rows.value, rows.kind, of.words))
    unmapped = pl.when(word.is_null()).then(answer(NO_VALUE)).otherwise(answer(0))
    return _Rows(rows, word, events.rows.keep(unmapped), ColumnKind.TEXT)


def _lack(rows: Readings) -> pl.Expr:
    lacks_value = pl.when(rows.selected & ~rows.present).then(answer(NO_VALUE))
    return pl.when(rows.selected & rows.out).then(answer(OUTSIDE)).otherwise(lacks_value)


def _by_date(pick: PickInput, one: _Rows, events: Events, clock: Clock, name: str) -> tuple[tuple[pl.Expr, ...], Value]:
    """The tied values of the preferred moment, and those of rows that could be preferred."""
    rows, keep = one.rows, events.rows.keep
    ranked = ranks(pick.take, rows, events.table, clock.effective(pick.window, events.table), clock)
    usable = keep(rows.selected & rows.present & ~rows.out)
    sure, imprecise = keep(usable & rows.sure), keep(usable & ~(rows.sure & ranked.exact))
    low, high = keep(pl.when(usable).then(ranked.low)), keep(pl.when(usable).then(ranked.high))
    pivot = low.filter(sure).max()
    top = sure & ~imprecise & (low == pivot)
    rival = imprecise & (high >= pivot.fill_null(-2 * FAR))
    column = {part: pl.col(f"{name}:{part}") for part in ("why", "bad", "low", "high", "wide low", "wide high", "mean")}
    aggregates = [
        keep(pl.when(usable).then(ranked.reason)).filter(rival).max().alias(f"{name}:why"),
        one.problem.filter(top | rival).max().alias(f"{name}:bad"),
        one.worth.filter(top).min().alias(f"{name}:low"),
        one.worth.filter(top).max().alias(f"{name}:high"),
        one.worth.filter(top | rival).min().alias(f"{name}:wide low"),
        one.worth.filter(top | rival).max().alias(f"{name}:wide high"),
        differ(one.worth, top, None, one.kind).alias(f"{name}:differ"),
        differ(one.worth, top | rival, None, one.kind).alias(f"{name}:shifts"),
        pivot.is_not_null().alias(f"{name}:pivot"),
        keep(_lack(rows)).max().alias(f"{name}:lacks"),
    ]
    averages = pick.tie is Tie.MEAN and not pick.of.words
    if averages:
        aggregates.append(one.worth.filter(top).mean().alias(f"{name}:mean"))
    why, bad = column["why"].fill_null(0), column["bad"].fill_null(0)
    tied, shifts = pl.col(f"{name}:differ").fill_null(False), pl.col(f"{name}:shifts").fill_null(False)
    by_value = pick.tie is Tie.ERROR or bool(pick.of.words)
    unsettled = (
        pl.when((why > 0) & shifts).then(why).when((why == 0) & tied).then(answer(Reason.CONFLICT)).otherwise(answer(0))
    )
    reason = (
        pl.when(column["bad"].is_null())
        .then(any_answer(pl.col(f"{name}:lacks")))
        .when(bad > 0)
        .then(pl.max_horizontal(bad, why))
        .when(~pl.col(f"{name}:pivot").fill_null(False))
        .then(why)
        .otherwise(unsettled if by_value else answer(0))
    )
    open_place = why > 0
    lowest, highest = (column["mean"], column["mean"]) if averages else (column["low"], column["high"])
    return tuple(aggregates), Value(
        reason,
        pl.when(open_place).then(column["wide low"]).otherwise(lowest),
        pl.when(open_place).then(column["wide high"]).otherwise(highest),
        pl.when(open_place & shifts).then(why).otherwise(answer(0)),
        varies=not pick.of.words,
    )


def _extreme(take: Take, one: _Rows, events: Events, name: str) -> tuple[tuple[pl.Expr, ...], Value]:
    """The extreme of the rows that surely count, and that of all: one that perhaps counts may be beyond it."""
    rows, keep = one.rows, events.rows.keep
    usable = keep(rows.selected & rows.present & ~rows.out)
    sure = keep(usable & rows.sure)
    place = keep(pl.when(usable & rows.perhaps).then(rows.reason))
    bad = keep(pl.when(usable & (one.problem > 0)).then(pl.max_horizontal(one.problem, place)))
    surely, far = (
        (one.worth.filter(sure).max(), one.worth.filter(usable).max())
        if take is Take.MAX
        else (one.worth.filter(sure).min(), one.worth.filter(usable).min())
    )
    beyond = one.worth > surely if take is Take.MAX else one.worth < surely
    aggregates = (
        surely.alias(f"{name}:sure"),
        far.alias(f"{name}:far"),
        place.filter(usable & beyond).max().alias(f"{name}:beyond"),
        place.max().alias(f"{name}:why"),
        bad.max().alias(f"{name}:bad"),
        usable.any().alias(f"{name}:any"),
        keep(_lack(rows)).max().alias(f"{name}:lacks"),
    )
    reason = (
        pl.when(~pl.col(f"{name}:any").fill_null(False))
        .then(any_answer(pl.col(f"{name}:lacks")))
        .when(pl.col(f"{name}:bad") > 0)
        .then(pl.col(f"{name}:bad"))
        .when(pl.col(f"{name}:sure").is_null())
        .then(pl.col(f"{name}:why"))
        .otherwise(answer(0))
    )
    at, beyond_it = pl.col(f"{name}:sure"), pl.col(f"{name}:far")
    low, high = (at, beyond_it) if take is Take.MAX else (beyond_it, at)
    doubt = pl.when(_apart(low, high)).then(pl.col(f"{name}:beyond").fill_null(0)).otherwise(answer(0))
    return aggregates, Value(reason, low, high, doubt, varies=True)


def _apart(low: pl.Expr, high: pl.Expr) -> pl.Expr:
    return (high - low) > pl.max_horizontal(low.abs(), high.abs()) * float(TOLERANCE)


def _average(take: Take, one: _Rows, events: Events, name: str) -> tuple[tuple[pl.Expr, ...], Value]:
    """The mean or median of all rows; one that only perhaps counts or cannot be read undoes it."""
    rows, keep = one.rows, events.rows.keep
    usable = keep(rows.selected & rows.present & ~rows.out)
    place = pl.when(rows.perhaps).then(rows.reason).otherwise(answer(0))
    bad = keep(pl.when(usable).then(pl.max_horizontal(one.problem, place)))
    counted = one.worth.filter(usable)
    aggregates = (
        (counted.mean() if take is Take.MEAN else counted.median()).alias(f"{name}:value"),
        bad.max().alias(f"{name}:bad"),
        keep(_lack(rows)).max().alias(f"{name}:lacks"),
    )
    absent = any_answer(pl.col(f"{name}:lacks"))
    reason = pl.when(pl.col(f"{name}:bad").is_null()).then(absent).otherwise(pl.col(f"{name}:bad"))
    value = pl.col(f"{name}:value")
    return aggregates, Value(reason, value, value, answer(0), varies=False)
