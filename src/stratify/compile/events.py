"""``exists`` and ``count`` over an event table."""

from __future__ import annotations

from functools import reduce

import polars as pl

from stratify.compile.compare import MANY, compare_integers
from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.compile.rows import OUTSIDE, UNSETTLED, Events, LeafPlan, Match, any_answer, highest, match_rows
from stratify.compile.windows import Clock, Membership
from stratify.model.dictionary import Absence, Table, first_day, last_day
from stratify.model.expression import ColumnRef, Selection
from stratify.model.truth import Reason
from stratify.model.value import Comparison, Window


def coverage_column(column: ColumnRef) -> str:
    """Name under which a coverage date travels with the patients, in the three columns of a date."""
    return f"coverage:{column}"


def covered(table: Table, window: Window, clock: Clock) -> pl.Expr:
    """Whether absence means false for this patient: the table says so, and its coverage contains the window."""
    if table.absence is not Absence.FALSE:
        return pl.lit(False)
    if table.coverage is None:
        return pl.lit(True)
    start, end = (coverage_column(column) for column in table.coverage)
    starts = [clock.bound(b, start=True, latest=False) >= pl.col(last_day(start)) for b in window.starts]
    ends = [clock.bound(b, start=False, latest=True) <= pl.col(first_day(end)) for b in window.ends]
    if not starts or not ends:
        return pl.lit(False)  # who knows what happened before the records begin
    some_start, some_end = reduce(lambda a, b: a | b, starts), reduce(lambda a, b: a | b, ends)
    return (some_start & some_end).fill_null(False)


def row_answer(match: Match, place: Membership) -> pl.Expr:
    """The answer of one row: it matches and is in the window; a match outside is coded as such."""
    perhaps = pl.when(place.perhaps).then(place.reason).otherwise(answer(0))
    unmatched = pl.when(match.truth.is_null()).then(match.reason).otherwise(answer(0))
    return (
        pl.when(~match.possible)
        .then(answer(0))
        .when(place.out)
        .then(answer(OUTSIDE))
        .when(place.sure & match.truth)
        .then(answer(TRUE))
        .otherwise(UNSETTLED + highest(perhaps, unmatched))
        .cast(ANSWER)
    )


def exists(selection: Selection, events: Events, clock: Clock, name: str) -> LeafPlan:
    """Whether some row matches: the highest code of the patient's rows."""
    table = events.table
    window = clock.effective(selection.window, table)
    match = match_rows(selection, events)
    row = events.rows.keep(row_answer(match.kept(events.rows), clock.membership(table, window, events.rows)))
    seen = any_answer(pl.col(name))
    absent = pl.col(name).fill_null(0) < FALSE
    return LeafPlan(
        table.name,
        None if match.always else match.possible,
        (row.max().alias(name),),
        pl.when(absent & covered(table, window, clock)).then(answer(FALSE)).otherwise(seen),
        clock.needed(window),
    )


def count(
    selection: Selection,
    compare: Comparison,
    events: Events,
    clock: Clock,
    name: str,
) -> LeafPlan:
    """How many distinct rows match: an interval, of which every number must agree."""
    table = events.table
    window = clock.effective(selection.window, table)
    match = match_rows(selection, events)
    code = events.rows.keep(row_answer(match.kept(events.rows), clock.membership(table, window, events.rows)))
    sure, perhaps = f"{name}:sure", f"{name}:perhaps"
    is_covered = covered(table, window, clock)
    fewest = pl.col(sure).fill_null(0).cast(pl.Int64)
    most = pl.when(is_covered).then(fewest + pl.col(perhaps).fill_null(0)).otherwise(pl.lit(MANY, pl.Int64))
    # The reason of an undecided count: an undecided row's, else why no further row is known.
    why = pl.col(f"{name}:why").fill_null(0)
    reason = pl.when(why > 0).then(why).otherwise(pl.col(f"{name}:outside").fill_null(int(Reason.NO_RECORD)))
    return LeafPlan(
        table.name,
        None if match.always else match.possible,
        (
            (code == TRUE).sum().alias(sure),
            ((code > UNSETTLED) & (code < TRUE)).sum().alias(perhaps),
            (code.filter((code > UNSETTLED) & (code < TRUE)).max() - UNSETTLED).alias(f"{name}:why"),
            code.filter(code == OUTSIDE).max().alias(f"{name}:outside"),
        ),
        compare_integers(fewest, most, compare, reason),
        clock.needed(window),
        distinct=True,
    )
