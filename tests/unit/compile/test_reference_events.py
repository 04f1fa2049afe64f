"""The reference interpreter on hand-drawn rows: whether, how often, and how long ago."""

from __future__ import annotations

from itertools import permutations

import pytest

from stratify.model.codes import CodeSet
from stratify.model.expression import (
    Gap,
    NoEvent,
    RowAll,
    RowAny,
    RowNot,
    Selection,
)
from stratify.model.value import Op
from unit.compile.patients import (
    ABSENT_IS_NO,
    AS_OF,
    COVERED,
    NULL,
    ask,
    between,
    count,
    dated,
    event,
    exists,
    explained,
    gap,
    months,
    on,
    row,
    where,
    within,
)

# --- exists and count ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "unknown", "absent_is_no"),
    [
        ([], "U no_record", "F"),
        ([event(on(0))], "T", "T"),
        ([event(on(0), "Y")], "U no_record", "F"),
        ([event(on(0), None)], "U null_value", "U null_value"),
        ([event(on(-15))], "U out_of_window", "F"),
        ([event(on(-15), None)], "U out_of_window", "F"),
        ([event(on(-15), "Y")], "U no_record", "F"),
        ([event(NULL, "Y")], "U no_record", "F"),
        ([event(NULL, None)], "U null_date", "U null_date"),
        ([event(between(-20, 0), None)], "U partial_date", "U partial_date"),
        ([event(NULL), event(on(0))], "T", "T"),
    ],
)
def test_exists_and_at_least_one(rows: list[dict[str, object]], unknown: str, absent_is_no: str) -> None:
    selection = {"codes": CodeSet.of("X", "Z"), "window": within(-14, 0)}
    tables = {"events": rows}
    for leaf in (exists(**selection), count(">= 1", **selection)):
        assert ask(leaf, tables=tables) == unknown
        assert ask(leaf, tables=tables, words=ABSENT_IS_NO) == absent_is_no


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        (row(cov_from=on(-14), cov_to=on(0)), "F"),
        (row(cov_from=on(-13), cov_to=on(0)), "U no_record"),
        (row(cov_from=on(-14), cov_to=on(-1)), "U no_record"),
        (row(cov_from=between(-20, -13), cov_to=on(0)), "U no_record"),
        (row(cov_from=between(-20, -14), cov_to=between(0, 5)), "F"),
        (row(cov_from=NULL, cov_to=on(0)), "U no_record"),
        (row(cov_from=on(-14), cov_to=NULL), "U no_record"),
        (row(c1d1=between(0, 1), cov_from=on(-14), cov_to=on(0)), "U no_record"),
        (row(c1d1=between(0, 1), cov_from=on(-14), cov_to=on(1)), "F"),
    ],
)
def test_absence_is_no_only_inside_the_coverage(cells: dict[str, object], outcome: str) -> None:
    assert ask(exists(window=within(-14, 0)), words=COVERED, patient=cells) == outcome


def test_a_half_open_window_is_covered_by_no_coverage() -> None:
    assert ask(exists(window=within(-14, None)), words=COVERED) == "U no_record"
    assert ask(exists(window=within(None, 0)), words=COVERED) == "U no_record"
    assert ask(exists(window=within(-14, None)), words=COVERED, rules=AS_OF) == "F"  # as_of ends it
    assert ask(exists(window=within(-14, None)), words=ABSENT_IS_NO) == "F"


def test_where_holds_on_one_row() -> None:
    site = RowAll((where("site", "== liver"), where("status", "== open")))
    leaf = exists(where=site)
    split = [event(on(0), site="liver", status="closed"), event(on(0), site="lung", status="open")]
    assert ask(leaf, tables={"events": split}, words=ABSENT_IS_NO) == "F"
    assert ask(leaf, tables={"events": [event(on(0), site="liver", status="open")]}) == "T"
    assert ask(leaf, tables={"events": [event(on(0), site="liver", status=None)]}) == "U null_value"
    assert ask(leaf, tables={"events": [event(on(0), site="lung", status=None)]}, words=ABSENT_IS_NO) == "F"
    either = exists(where=RowAny((where("site", "== liver"), RowNot(where("status", "== open")))))
    assert ask(either, tables={"events": [event(on(0), site=None, status="closed")]}) == "T"
    assert ask(either, tables={"events": [event(on(0), site=None, status="open")]}) == "U null_value"


def test_a_row_condition_on_an_incomplete_date() -> None:
    leaf = exists(where=where("end", ">= 2026-03-10"))
    assert ask(leaf, tables={"events": [event(on(0), end=between(0, 20))]}) == "U partial_date"
    assert ask(leaf, tables={"events": [event(on(0), end=NULL)]}) == "U null_value"


X, Y, U, OUT = event(on(0), id=1.0), event(on(-1), id=2.0), event(NULL, id=3.0), event(on(-50), id=4.0)


@pytest.mark.parametrize(
    ("rows", "text", "unknown", "absent_is_no"),
    [
        ([X, Y], ">= 2", "T", "T"),
        ([X, X], ">= 2", "U no_record", "F"),
        ([X, OUT], ">= 2", "U out_of_window", "F"),
        ([X, U], ">= 2", "U null_date", "U null_date"),
        ([X, U], ">= 3", "U null_date", "F"),
        ([X], "<= 1", "U no_record", "T"),
        ([X, Y], "<= 1", "F", "F"),
        ([X], "== 1", "U no_record", "T"),
        ([X, Y], "== 1", "F", "F"),
        ([X, U], "== 1", "U null_date", "U null_date"),
        ([], "== 0", "U no_record", "T"),
        ([], ">= 0", "T", "T"),
        ([X], "> 0", "T", "T"),
        ([X, U], "!= 0", "T", "T"),
        ([X], "< 1.5", "U no_record", "T"),
        ([X, U], ">= 1 <= 2", "U null_date", "T"),
    ],
)
def test_count(rows: list[dict[str, object]], text: str, unknown: str, absent_is_no: str) -> None:
    leaf = count(text, window=within(-14, 0))
    assert ask(leaf, tables={"events": rows}) == unknown
    assert ask(leaf, tables={"events": rows}, words=ABSENT_IS_NO) == absent_is_no


def test_copies_are_noted() -> None:
    assert explained(count(">= 1"), tables={"events": [X, X, X, Y]}).notes == ("duplicates 2",)


# --- gap -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "op", "outcome"),
    [
        (-21, ">=", "T"),
        (-20, ">=", "F"),
        (-21, ">", "F"),
        (-22, ">", "T"),
        (-21, "<=", "T"),
        (-22, "<=", "F"),
        (-20, "<", "T"),
        (-21, "<", "F"),
        (-21, "==", "T"),
        (-20, "==", "F"),
        (-21, "!=", "F"),
        (0, "<", "T"),
    ],
)
def test_gap_of_21_days(day: int, op: str, outcome: str) -> None:
    rows = [event(on(day)), event(on(-99)), event(on(1))]
    for order in permutations(rows):
        assert ask(gap(op, 21), tables={"events": order}) == outcome


def test_gap_in_months_by_the_calendar() -> None:
    leaf = Gap(Selection("events"), None, "c1d1", Op.GE, months(1), NoEvent.FAIL)
    cells = row(c1d1=dated("2026-02-28"))
    assert ask(leaf, tables={"events": [event(dated("2026-01-31"))]}, patient=cells) == "T"
    assert ask(leaf, tables={"events": [event(dated("2026-01-29"))]}, patient=row(c1d1=dated("2026-02-27"))) == "F"


@pytest.mark.parametrize(
    ("none", "ge", "lt", "ne"),
    [
        (NoEvent.INFINITE, "T", "F", "T"),
        (NoEvent.FAIL, "F", "F", "F"),
        (NoEvent.UNKNOWN, "U no_record", "U no_record", "U no_record"),
    ],
)
@pytest.mark.parametrize("rows", [[], [event(on(1))], [event(on(-30), "Y")]])
def test_gap_without_an_event(none: NoEvent, ge: str, lt: str, ne: str, rows: list[dict[str, object]]) -> None:
    def leaf(op: str) -> Gap:
        return gap(op, 21, none=none, codes=CodeSet.of("X"))

    tables = {"events": rows}
    answers = [ask(leaf(op), tables=tables, words=ABSENT_IS_NO) for op in (">=", "<", "!=")]
    assert answers == [ge, lt, ne]
    assert ask(leaf(">="), tables=tables) == "U no_record"
    assert ask(leaf(">="), tables=tables, words=COVERED, patient=row(cov_from=NULL, cov_to=on(0))) == "U no_record"
    assert ask(leaf(">="), tables=tables, words=COVERED, patient=row(cov_to=on(-1))) == "U no_record"


@pytest.mark.parametrize(
    ("since", "op", "none", "outcome"),
    [
        (-30, ">=", NoEvent.INFINITE, "T"),  # an event before the covered time is more than 21 days ago too
        (-20, ">=", NoEvent.INFINITE, "T"),  # the day before is the 21st
        (-19, ">=", NoEvent.INFINITE, "U no_record"),
        (-30, "<", NoEvent.INFINITE, "F"),
        (-30, ">=", NoEvent.FAIL, "U no_record"),  # there may have been one, long enough ago
        (-30, "!=", NoEvent.INFINITE, "U no_record"),
    ],
)
def test_gap_without_an_event_in_the_covered_time(since: int, op: str, none: NoEvent, outcome: str) -> None:
    patient = row(cov_from=on(since), cov_to=on(0))
    assert (
        ask(gap(op, 21, none=none, codes=CodeSet.of("X")), tables={"events": []}, words=COVERED, patient=patient)
        == outcome
    )


@pytest.mark.parametrize(
    ("start", "end", "status", "outcome"),
    [
        (on(-40), on(-21), None, "T"),
        (on(-40), on(-20), None, "F"),
        (on(-40), on(5), None, "F"),  # not yet ended: gap 0
        (on(-40), NULL, "ongoing", "F"),
        (on(-40), NULL, "stopped", "U null_date"),
        (on(-40), NULL, None, "U null_date"),
        (on(-10), NULL, None, "F"),  # whenever it ends, it is less than 21 days ago
        (on(1), NULL, None, "T"),  # starts after the anchor
        (between(-60, -40), between(-30, -21), None, "T"),
        (between(-60, -40), between(-30, -20), None, "U partial_date"),
        (between(-60, -10), between(-60, -22), None, "T"),  # it started before it ended
        (NULL, on(-30), None, "T"),
        (NULL, on(-10), None, "F"),  # whenever it started, it had by the day it ended
        (between(-5, 5), on(9), None, "U partial_date"),
        (on(-20), on(-25), None, "U conflict"),
        (on(-24), on(-30), None, "T"),
    ],
)
def test_gap_from_the_end_of_an_interval(
    start: tuple[int, int, None], end: tuple[int, int, None], status: str | None, outcome: str
) -> None:
    leaf = gap(">=", 21, column="end", open_ended=True)
    tables = {"events": [event(start, end=end, status=status)]}
    assert ask(leaf, tables=tables, words=ABSENT_IS_NO) == outcome


def test_a_null_end_is_ongoing_only_where_the_rule_says_so() -> None:
    tables = {"events": [event(on(-40), end=NULL, status="ongoing")]}
    assert ask(gap(">=", 21, column="end"), tables=tables) == "U null_date"


@pytest.mark.parametrize(
    ("rows", "infinite", "fail"),
    [
        ([event(between(-40, -21))], "T", "T"),
        ([event(between(-40, -20))], "U partial_date", "U partial_date"),
        ([event(between(-60, 30))], "U partial_date", "U partial_date"),  # -60: yes; -5: no; 30: none
        ([event(between(-10, 30))], "U partial_date", "F"),
        ([event(between(-30, 20)), event(between(-5, 20))], "U partial_date", "U partial_date"),  # only the first
        ([event(NULL)], "U null_date", "U null_date"),
        ([event(NULL), event(on(-5))], "F", "F"),
        ([event(on(-30), None)], "T", "U null_value"),
        ([event(on(-5), None)], "U null_value", "F"),
        ([event(on(-5), None), event(on(-30))], "U null_value", "U null_value"),
        ([event(NULL, None)], "U null_date", "U null_date"),
    ],
)
def test_gap_when_the_last_event_is_open(rows: list[dict[str, object]], infinite: str, fail: str) -> None:
    for none, outcome in ((NoEvent.INFINITE, infinite), (NoEvent.FAIL, fail)):
        leaf = gap(">=", 21, none=none, codes=CodeSet.of("X"))
        assert ask(leaf, tables={"events": rows}, words=ABSENT_IS_NO) == outcome


def test_an_open_event_where_absence_says_nothing() -> None:
    assert ask(gap(">=", 21), tables={"events": [event(between(-30, 30))]}) == "U partial_date"


@pytest.mark.parametrize(
    ("rows", "op", "outcome"),
    [
        ([event(on(-40))], ">=", "T"),
        ([event(on(-15))], ">=", "U partial_date"),
        ([event(on(2))], ">=", "U partial_date"),  # day 0: none; day 2: gap 0
        ([event(on(30))], ">=", "T"),
        ([event(on(-40))], "==", "U partial_date"),
        ([], "==", "F"),
        ([event(on(-40)), event(on(5))], ">=", "U partial_date"),
    ],
)
def test_gap_to_an_incomplete_anchor(rows: list[dict[str, object]], op: str, outcome: str) -> None:
    cells = row(c1d1=between(0, 10))
    assert ask(gap(op, 21), tables={"events": rows}, patient=cells, words=ABSENT_IS_NO) == outcome


def test_no_event_at_either_end_of_the_anchor_is_not_no_event_between() -> None:
    # c1d1 is any day from 0 to 60: an infinite gap on day 0 and 50 days on day 60, but none on day 10
    tables = {"events": [event(on(10))]}
    assert ask(gap(">=", 21), tables=tables, patient=row(c1d1=between(0, 60)), words=ABSENT_IS_NO) == "U partial_date"


def test_as_of_hides_events_from_a_gap() -> None:
    tables = {"events": [event(on(-10)), event(on(-30))]}
    cells = row(cutoff=on(-11))
    assert ask(gap(">=", 21), tables=tables, patient=cells, rules=AS_OF) == "T"
    assert ask(gap(">=", 21), tables=tables) == "F"
