"""A yes or no with incomplete dates is the answer of every completion: of dates, null codes and the anchor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.compile.reference import Polarity
from stratify.model.codes import CodeSet
from stratify.model.dictionary import Absence
from stratify.model.expression import Condition, Count, Exists, Gap, MeasureIs, NoEvent, RowAny, Selection, Take, Tie
from stratify.model.value import Bound, Duration, Op, Window
from unit.compile.patients import (
    DAY_0,
    NULL,
    Dated,
    ask,
    between,
    compare,
    dictionary,
    event,
    lab,
    on,
    protocol,
    row,
    where,
    within,
)

ANY_DAY = (-40, -4, -3, -2, -1, 0, 1, 2, 3, 40)
"""What a date of which nothing is known is tried as: wider than every window and gap below."""

Row = dict[str, Any]
DAYS = st.integers(-4, 4)
DATES = st.one_of(
    DAYS.map(on), DAYS.map(on), st.builds(lambda a, n: between(a, a + n), DAYS, st.integers(1, 3)), st.just(NULL)
)
WINDOWS = st.sampled_from(
    [
        within(-2, 2),
        within(None, 0),
        within(-1, None),
        within(None, None),
        Window((Bound("c1d1", Duration(-2), closed=False),), (Bound("c1d1", Duration(3), closed=False),)),
    ]
)
BOUNDED = WINDOWS.filter(lambda window: bool(window.bounds))
ANCHORS = st.sampled_from([on(0), on(0), on(1), between(0, 1), between(-1, 1)])
CODES = st.sampled_from(["X", "X", "Y", None])
TABLES = st.sampled_from([dictionary(Absence.FALSE), dictionary(Absence.UNKNOWN)])
RULES = st.sampled_from([protocol(), protocol(as_of="cutoff")])


def days_of(cells: Row, column: str) -> Sequence[Dated]:
    first, last = cells[f"{column}:first"], cells[f"{column}:last"]
    if first is None:
        return [on(day) for day in ANY_DAY]
    return [(day, day, cells[f"{column}:second"]) for day in range(first, last + 1)]


def completions(cells: Row, dates: Sequence[str]) -> Iterator[Row]:
    codes = ["X", "Y"] if cells.get("code", "") is None else [cells.get("code")]
    for code, *days in product(codes, *(days_of(cells, column) for column in dates)):
        complete = {**cells, **row(**dict(zip(dates, days, strict=True)))}
        if "end" not in dates or complete["end:first"] >= complete["date:first"]:
            yield {**complete, "code": code}


def assert_sound(
    leaf: Condition, table: str, rows: Sequence[Row], anchor: Dated, dates: Sequence[str], **more: Any
) -> None:
    """A known outcome is the outcome of every completion; rows are told apart by ``id``, so that none are copies."""
    numbered = [{**cells, "id": float(index)} for index, cells in enumerate(rows)]
    outcome = ask(leaf, tables={table: numbered}, patient=row(c1d1=anchor, cutoff=on(2)), **more)
    if outcome not in {"T", "F"}:
        return
    anchors = [(day, day, None) for day in range(anchor[0] or 0, (anchor[1] or 0) + 1)]
    for day, *complete in product(anchors, *(tuple(completions(cells, dates)) for cells in numbered)):
        found = ask(leaf, tables={table: complete}, patient=row(c1d1=day, cutoff=on(2)), **more)
        assert found == outcome, (day, complete)


EVENTS = st.lists(st.builds(event, DATES, CODES), max_size=3)


@given(rows=EVENTS, window=WINDOWS, anchor=ANCHORS, words=TABLES, rules=RULES)
def test_exists(rows: list[Row], window: Window, anchor: Dated, words: Any, rules: Any) -> None:
    leaf = Exists(Selection("events", CodeSet.of("X"), window=window))
    assert_sound(leaf, "events", rows, anchor, ["date"], words=words, rules=rules)


@given(
    rows=EVENTS,
    window=WINDOWS,
    anchor=ANCHORS,
    words=TABLES,
    rules=RULES,
    text=st.sampled_from([">= 2", "<= 1", "== 1", "!= 2", ">= 1 <= 2"]),
)
def test_count(rows: list[Row], window: Window, anchor: Dated, words: Any, rules: Any, text: str) -> None:
    leaf = Count(Selection("events", CodeSet.of("X"), window=window), compare(text))
    assert_sound(leaf, "events", rows, anchor, ["date"], words=words, rules=rules)


GAPS = {
    "anchor": ANCHORS,
    "words": TABLES,
    "rules": RULES,
    "op": st.sampled_from(list(Op)),
    "none": st.sampled_from([NoEvent.INFINITE, NoEvent.FAIL]),
    "days": st.integers(0, 3),
}


@given(rows=EVENTS, **GAPS)
def test_gap_from_a_day(
    rows: list[Row], anchor: Dated, words: Any, rules: Any, op: Op, none: NoEvent, days: int
) -> None:
    leaf = Gap(Selection("events", CodeSet.of("X")), None, "c1d1", op, Duration(days), none)
    assert_sound(leaf, "events", rows, anchor, ["date"], words=words, rules=rules)


def _ends_after(cells: Row) -> bool:
    start, end = cells["date:first"], cells["end:last"]
    return start is None or end is None or end >= start


INTERVALS = st.builds(lambda start, end, code: event(start, code, end=end), DATES, DATES, CODES).filter(_ends_after)


@given(rows=st.lists(INTERVALS, max_size=2), **GAPS)
def test_gap_from_an_end(
    rows: list[Row], anchor: Dated, words: Any, rules: Any, op: Op, none: NoEvent, days: int
) -> None:
    leaf = Gap(Selection("events", CodeSet.of("X")), "end", "c1d1", op, Duration(days), none)
    assert_sound(leaf, "events", rows, anchor, ["date", "end"], words=words, rules=rules)


VALUES = st.sampled_from([1.0, 2.0, 3.0, None])
SELECTED = RowAny((where("code", "== X"),))


@pytest.mark.parametrize("take", [Take.LATEST, Take.EARLIEST, Take.CLOSEST])
@given(data=st.data())
def test_picks_by_date(take: Take, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(st.builds(lambda day, value, code: lab(day, value, code=code), DATES, VALUES, CODES), max_size=3)
    )
    texts = data.draw(st.sampled_from([(">= 2",), ("< 2",), ("== 1", "== 3"), ("!= 2",)]))
    leaf = MeasureIs(
        "ALT",
        take,
        compare(*texts),
        data.draw(BOUNDED if take is Take.CLOSEST else WINDOWS),
        data.draw(st.sampled_from([None, SELECTED])),
        data.draw(st.sampled_from(list(Tie))),
    )
    polarity = data.draw(st.sampled_from(list(Polarity)))
    rules = data.draw(RULES)
    assert_sound(leaf, "labs", rows, data.draw(ANCHORS), ["date"], polarity=polarity, rules=rules)


@pytest.mark.parametrize("take", [Take.ANY, Take.ALL, Take.MAX, Take.MIN, Take.MEAN, Take.MEDIAN])
@given(data=st.data())
def test_other_picks(take: Take, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(st.builds(lambda day, value, code: lab(day, value, code=code), DATES, VALUES, CODES), max_size=3)
    )
    texts = data.draw(st.sampled_from([(">= 2",), ("< 2",), ("== 1", "== 3"), ("!= 2",), (">= 2 < 3",)]))
    leaf = MeasureIs("ALT", take, compare(*texts), data.draw(WINDOWS), data.draw(st.sampled_from([None, SELECTED])))
    assert_sound(leaf, "labs", rows, data.draw(ANCHORS), ["date"], rules=data.draw(RULES))


def test_the_enumeration_tries_every_day() -> None:
    cells = event(between(0, 2), None)
    assert [found["date:first"] - DAY_0 for found in completions(cells, ["date"])] == [0, 1, 2, 0, 1, 2]
