"""An anchor derived from events holds the day of every completion of the rows; what hangs on it is sound."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratify.compile.reference import PatientRecord
from stratify.compile.reference.anchors import context_of
from stratify.compile.reference.days import When
from stratify.model.anchor import ColumnAnchor, EventAnchor, Pick
from stratify.model.codes import CodeSet
from stratify.model.expression import AgeIs, AgeUnit, ColumnRef, Exists, Gap, NoEvent, Selection
from stratify.model.protocol import Protocol
from stratify.model.value import Bound, Duration, Op, Window
from unit.compile.patients import (
    ABSENT_IS_NO,
    CATALOGUE,
    NULL,
    PATIENT,
    Dated,
    between,
    compare,
    event,
    explained,
    on,
    protocol,
    row,
    within,
)
from unit.compile.test_reference_completions import ANCHORS, DATES, INTERVALS, TABLES, assert_sound, completions

COLUMNS = {name: ColumnAnchor(name, ColumnRef("patients", name)) for name in ("c1d1", "cutoff")}
BOUNDS = st.sampled_from(
    [
        Window(),
        within(None, 0),
        within(-2, 2),
        Window((), (Bound("c1d1", closed=False),)),
        Window((Bound("c1d1"),), ()),
    ]
)
PICKS = st.sampled_from(Pick)
EVENTS = st.lists(INTERVALS, min_size=1, max_size=2)


def rules(*derived: EventAnchor, as_of: str | None = None) -> Protocol:
    return protocol(anchors={**COLUMNS, **{anchor.name: anchor for anchor in derived}}, as_of=as_of)


def day_of(anchor: str, asked: Protocol, rows: Sequence[dict[str, Any]], start: Dated) -> When:
    patient = {**PATIENT, **row(c1d1=start, cutoff=on(2))}
    record = PatientRecord("p", {"patients": (patient,), "events": tuple(rows)})
    return context_of(record, asked, ABSENT_IS_NO, CATALOGUE).anchor(anchor)


@st.composite
def chains(draw: st.DrawFn) -> Protocol:
    """A derived anchor, and one that is bounded by it."""
    columns = st.sampled_from([None, "end"])
    first = EventAnchor("first", draw(PICKS), Selection("events", CodeSet.of("X"), window=draw(BOUNDS)), draw(columns))
    bound = draw(st.sampled_from([Window((Bound("first", closed=False),), ()), Window((), (Bound("first"),))]))
    second = EventAnchor("second", draw(PICKS), Selection("events", CodeSet.of("Y"), window=bound), draw(columns))
    return rules(first, second, as_of=draw(st.sampled_from([None, None, "cutoff"])))


@given(asked=chains(), rows=EVENTS, start=ANCHORS, name=st.sampled_from(["first", "second"]))
def test_the_anchor_holds_the_day_of_every_completion(
    asked: Protocol, rows: list[dict[str, Any]], start: Dated, name: str
) -> None:
    said = day_of(name, asked, rows, start)
    starts = [on(day) for day in range(-2, 3) if start[0] is not None and start[0] <= on(day)[0] <= start[1]]
    for at, *complete in product(starts, *(tuple(completions(cells, ["date", "end"])) for cells in rows)):
        found = day_of(name, asked, complete, at)
        if not said.missing:
            assert not found.missing
            assert said.first <= found.first <= found.last <= said.last


SMALL = st.lists(
    st.builds(lambda day, code: event(day, code, end=NULL), DATES, st.sampled_from(["X", "Y"])), max_size=3
)


@given(rows=SMALL, asked=chains(), start=ANCHORS, words=TABLES, name=st.sampled_from(["first", "second"]))
def test_what_is_counted_from_it_is_sound(
    rows: list[dict[str, Any]], asked: Protocol, start: Dated, words: Any, name: str
) -> None:
    asked = rules(*(anchor for level in asked.anchor_levels for anchor in level if anchor.column is None))
    if name not in asked.anchors or (name == "second" and "first" not in asked.anchors):
        return
    leaves = (
        Exists(Selection("events", CodeSet.of("Y"), window=within(-1, 2, name))),
        Gap(Selection("events", CodeSet.of("Y")), None, name, Op.GE, Duration(2), NoEvent.INFINITE),
        AgeIs(AgeUnit.MONTHS, name, compare(">= 551")),
    )
    for leaf in leaves:
        assert_sound(leaf, "events", rows, start, ["date"], words=words, rules=asked)


DAY = on(0)
LAST = EventAnchor("last", Pick.LATEST, Selection("events", CodeSet.of("X"), window=within(None, 0)), "end_date")


def test_the_explanation_says_where_an_anchor_came_from() -> None:
    leaf = Exists(Selection("events", CodeSet.of("Y"), window=within(0, 5, "last")))
    rows = [event(on(-9), end=on(-5)), event(on(-4), end=on(-2)), event(on(-3), "Y")]
    found = explained(leaf, tables={"events": rows}, rules=rules(LAST), words=ABSENT_IS_NO)
    (anchor,) = found.anchors
    assert (anchor.name, anchor.day, [shown.row for shown in anchor.rows]) == ("last", "2026-02-27", [1])
    assert dict(anchor.rows[0].fields or ()) == {"code": "X", "end": "2026-02-27"}
    assert found.facts == ()


def test_facts_that_would_settle_an_anchor() -> None:
    leaf = Exists(Selection("events", CodeSet.of("Y"), window=within(0, 5, "last")))

    def facts(*rows: dict[str, Any], start: Dated = DAY) -> tuple[str, ...]:
        return explained(
            leaf, tables={"events": rows}, patient=row(c1d1=start), rules=rules(LAST), words=ABSENT_IS_NO
        ).facts

    assert facts() == ("a record in events with code X dated by c1d1, for last",)
    assert facts(start=NULL) == ("patients.c1d1",)
    assert facts(event(NULL)) == ("the exact dates and codes of row 1 of events, for last",)
    assert facts(event(on(-9), end=between(-5, -3)), event(on(-4), "Y")) == (
        "the exact dates and codes of row 1 of events, for last",
    )
    assert facts(event(on(-9), end=on(-5)), event(on(-4), "Y")) == ()


def test_an_open_anchor_is_told_in_words() -> None:
    leaf = Exists(Selection("events", CodeSet.of("Y"), window=within(0, 5, "last")))
    found = explained(leaf, tables={"events": [event(on(-9))]}, rules=rules(LAST), words=ABSENT_IS_NO)
    assert found.anchors[0].day == "2026-02-20 or later"
    undated = EventAnchor("last", Pick.EARLIEST, Selection("events", CodeSet.of("X")))
    found = explained(leaf, tables={"events": [event(NULL)]}, rules=rules(undated), words=ABSENT_IS_NO)
    assert found.anchors[0].day == "any day"


def test_two_hundred_anchors_one_on_the_other() -> None:
    chain = [EventAnchor("a0", Pick.EARLIEST, Selection("events", CodeSet.of("X")))]
    for i in range(1, 200):
        window = Window((Bound(f"a{i - 1}", closed=False),), ())
        chain.append(EventAnchor(f"a{i}", Pick.EARLIEST, Selection("events", CodeSet.of("X"), window=window)))
    rows = [event(on(day)) for day in range(200)]
    assert day_of("a199", rules(*reversed(chain)), rows, on(0)) == When(*on(199))
