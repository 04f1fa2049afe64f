"""``of_last``: only the last rows with a value are asked, perhaps those of the last day alone."""

from __future__ import annotations

import polars as pl

from stratify.compile.compare import compare_number
from stratify.compile.kleene import FALSE, TRUE, answer
from stratify.compile.measures import QUANTIFIED, Among, Parts, Readings, counted, quantified
from stratify.compile.picks import differ
from stratify.compile.ranks import FAR, ranks
from stratify.compile.rows import NO_VALUE, OUTSIDE, Events, any_answer
from stratify.compile.windows import SECONDS_PER_DAY, Clock
from stratify.model.dictionary import first_day
from stratify.model.expression import LastRows, MeasureIs, Take
from stratify.model.truth import Reason


def last_rows(leaf: MeasureIs, last: LastRows, rows: Readings, events: Events, clock: Clock, name: str) -> Parts:
    """The parts of a pick among the last rows; wants the table without copies of rows.

    Rows of an inexact place that could be among the last leave the leaf open, whatever they hold.
    """
    if events.table.date is None:
        raise ValueError(f"table {events.table.name} has no date, so none of its rows is the last")
    keep = events.rows.keep
    ranked = ranks(Take.LATEST, rows, events.table, clock.effective(leaf.window, events.table), clock)
    usable = keep(rows.selected & rows.present & ~rows.out)
    precise, imprecise = keep(usable & rows.sure & ranked.exact), keep(usable & ~(rows.sure & ranked.exact))
    low, high = keep(pl.when(usable).then(ranked.low)), keep(pl.when(usable).then(ranked.high))
    eligible, start = precise, pl.lit(-2 * FAR)
    if last.same_day:
        day = keep(pl.when(usable).then(pl.col(first_day(events.table.date)).cast(pl.Int64)))
        newest = day.filter(precise).max()
        eligible, start = precise & (day == newest), newest * SECONDS_PER_DAY

    def chosen(column: pl.Expr) -> pl.Expr:
        return column.filter(eligible).sort_by(low.filter(eligible), descending=True).head(last.n)

    count, cutoff = eligible.sum(), low.filter(eligible).sort(descending=True).head(last.n).min()
    bar = pl.when(count >= last.n).then(cutoff).otherwise(start).fill_null(-2 * FAR)
    edge = eligible & (low == cutoff)
    lacks_value = pl.when(rows.selected & ~rows.present).then(answer(NO_VALUE))
    lack = keep(pl.when(rows.selected & rows.out).then(answer(OUTSIDE)).otherwise(lacks_value))
    problem = keep(answer(0) if rows.problem is None else rows.problem)
    aggregates = (
        keep(pl.when(usable).then(ranked.reason)).filter(imprecise & (high >= bar)).max().alias(f"{name}:why"),
        count.alias(f"{name}:count"),
        ((eligible & (low >= cutoff)).sum() > last.n).alias(f"{name}:cut"),
        problem.filter(edge).max().alias(f"{name}:edge"),
        differ(rows.number, edge, rows.limit, rows.kind).alias(f"{name}:differ"),
        lack.max().alias(f"{name}:lacks"),
    )
    if leaf.times is not None:
        more, taken = counted(leaf, leaf.times, rows, events, f"{name}:counted", among=chosen)
    elif leaf.take in QUANTIFIED:
        more, taken = quantified(leaf, rows, events, name, among=chosen)
    else:
        more, taken = _averaged(leaf, keep(rows.number), problem, name, chosen)
    cut = pl.col(f"{name}:cut").fill_null(False)
    result = (
        pl.when(pl.col(f"{name}:why").fill_null(0) > 0)
        .then(pl.col(f"{name}:why"))
        .when(pl.min_horizontal(pl.col(f"{name}:count").fill_null(0), pl.lit(last.n)) < last.need)
        .then(any_answer(pl.col(f"{name}:lacks")))
        .when(cut & (pl.col(f"{name}:edge") > 0))
        .then(pl.col(f"{name}:edge"))
        .when(cut & pl.col(f"{name}:differ").fill_null(False))
        .then(answer(Reason.CONFLICT))
        .otherwise(taken)
    )
    return (*aggregates, *more), result


def _averaged(leaf: MeasureIs, number: pl.Expr, problem: pl.Expr, name: str, chosen: Among) -> Parts:
    average = chosen(number).mean() if leaf.take is Take.MEAN else chosen(number).median()
    met = compare_number(pl.col(f"{name}:value"), leaf.compare)
    taken = (
        pl.when(pl.col(f"{name}:bad") > 0)
        .then(pl.col(f"{name}:bad"))
        .when(met)
        .then(answer(TRUE))
        .otherwise(answer(FALSE))
    )
    return (average.alias(f"{name}:value"), chosen(problem).max().alias(f"{name}:bad")), taken
