"""The reference interpreter on hand-drawn rows: single columns, age, windows, connectives, evidence."""

from __future__ import annotations

import polars as pl
import pytest

from stratify.compile.reference import patient_records
from stratify.model.expression import (
    ANY_TIME,
    AgeIs,
    AgeUnit,
    All,
    AnyOf,
    AtLeast,
    Choose,
    Count,
    Exists,
    Gap,
    MeasureIs,
    NoEvent,
    Not,
    Ref,
    Selection,
    Take,
    ValueIs,
)
from stratify.model.value import Bound, Duration, Op, Window
from unit.compile.patients import (
    ABSENT_IS_NO,
    AS_OF,
    NULL,
    PATIENT,
    alt,
    ask,
    between,
    compare,
    count,
    dated,
    event,
    exists,
    explained,
    gap,
    lab,
    on,
    protocol,
    row,
    said,
    value,
    within,
)

# --- value -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (value("sex", "== F"), "T"),
        (value("sex", "== f"), "F"),
        (value("sex", "!= M"), "T"),
        (value("sex", "== F", "== M", negated=True), "F"),
        (value("ecog", ">= 1"), "T"),
        (value("ecog", "> 1"), "F"),
        (value("ecog", "== 0", "== 1.0"), "T"),
        (value("ecog", ">= 0 < 1"), "F"),
        (value("smoker", "== true"), "T"),
        (value("smoker", "!= true"), "F"),
        (value("nothing", "== 1"), "U null_value"),
        (value("size", ">= 1", table="tumour"), "U no_record"),
        (value("c1d1", ">= 2026-03-01"), "T"),
        (value("c1d1", "> 2026-03-01"), "F"),
    ],
)
def test_value(condition: ValueIs, outcome: str) -> None:
    assert ask(condition) == outcome


@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize("text", ["== F", "!= F"])
def test_null_is_neither_equal_nor_unequal(text: str, negated: bool) -> None:
    assert ask(value("sex", text, negated=negated), patient={"sex": None}) == "U null_value"


@pytest.mark.parametrize(
    ("threshold", "outcome"),
    [
        (">= 2026-03-01", "T"),
        (">= 2026-03-02", "U partial_date"),
        ("> 2026-03-31", "F"),
        ("== 2026-03-10", "U partial_date"),
        ("!= 2026-04-01", "T"),
    ],
)
def test_a_date_known_to_the_month(threshold: str, outcome: str) -> None:
    assert ask(value("c1d1", threshold), patient=row(c1d1=between(0, 30))) == outcome


def test_every_day_of_a_month_is_in_one_of_two_adjoining_ranges() -> None:
    halves = value("c1d1", ">= 2026-03-01 <= 2026-03-15", ">= 2026-03-16 <= 2026-03-31")
    assert ask(halves, patient=row(c1d1=between(0, 30))) == "T"
    assert ask(halves, patient=row(c1d1=NULL)) == "U null_value"


@pytest.mark.parametrize("factor", ["1.5", "2.5", "3", "5"])
def test_thresholds_are_decimal(factor: str) -> None:
    at_limit = alt(Take.LATEST, f">= {factor}", unit="xULN")
    below = alt(Take.LATEST, f"< {factor}", unit="xULN")
    for tenths in range(1, 201):
        labs = [lab(on(0), float(tenths * float(factor) / 10), uln=tenths / 10)]
        assert (ask(at_limit, tables={"labs": labs}), ask(below, tables={"labs": labs})) == ("T", "F")


def test_no_rounding_before_comparing() -> None:
    assert ask(alt(Take.LATEST, ">= 50"), tables={"labs": [lab(on(0), 49.6)]}) == "F"


# --- age ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "at", "text", "outcome"),
    [
        ("2008-03-02", "2026-03-01", ">= 18", "F"),
        ("2008-03-01", "2026-03-01", ">= 18", "T"),
        ("2008-03-01", "2026-03-01", "> 18", "F"),
        ("2008-02-28", "2026-03-01", ">= 18", "T"),
        ("2008-02-29", "2026-02-28", ">= 18", "F"),
        ("2008-02-29", "2026-03-01", ">= 18", "T"),
        ("2008-02-29", "2028-02-29", ">= 20", "T"),
    ],
)
def test_age_by_the_calendar(birth: str, at: str, text: str, outcome: str) -> None:
    leaf = AgeIs(AgeUnit.YEARS, "c1d1", compare(text))
    assert ask(leaf, patient=row(birth=dated(birth), c1d1=dated(at))) == outcome


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        (row(birth=(*dated("2008-03-01")[:1], *dated("2008-03-31")[:1], None)), "U partial_date"),
        (row(birth=(*dated("2008-02-01")[:1], *dated("2008-02-29")[:1], None)), "T"),
        (row(birth=dated("2008-03-15"), c1d1=between(0, 30)), "U partial_date"),
        (row(birth=NULL), "U null_date"),
        (row(c1d1=NULL), "U anchor_missing"),
        (row(birth=NULL, c1d1=NULL), "U anchor_missing"),
    ],
)
def test_age_half_known(cells: dict[str, object], outcome: str) -> None:
    assert ask(AgeIs(AgeUnit.YEARS, "c1d1", compare(">= 18")), patient=cells) == outcome


def test_age_in_months_and_without_as_of() -> None:
    leaf = AgeIs(AgeUnit.MONTHS, "c1d1", compare("== 6"))
    cells = row(birth=dated("2025-09-01"), cutoff=NULL)
    assert ask(leaf, patient=cells, rules=AS_OF) == "T"


# --- windows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "outcome"), [(-15, "F"), (-14, "T"), (0, "T"), (1, "F")])
def test_windows_are_closed_whole_days(day: int, outcome: str) -> None:
    assert ask(exists(window=within(-14, 0)), tables={"events": [event(on(day))]}, words=ABSENT_IS_NO) == outcome


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        (Window(ends=(Bound("c1d1", closed=False),)), {-1}),
        (Window(ends=(Bound("c1d1"),)), {-1, 0}),
        (Window(starts=(Bound("c1d1", closed=False),)), {1}),
        (Window(starts=(Bound("c1d1"),)), {0, 1}),
        (Window(starts=(Bound("c1d1"), Bound("cutoff", Duration(-29)))), {1}),
    ],
)
def test_before_by_after_from(window: Window, inside: set[int]) -> None:
    found = {
        day
        for day in (-1, 0, 1)
        if ask(exists(window=window), tables={"events": [event(on(day))]}, words=ABSENT_IS_NO) == "T"
    }
    assert found == inside


@pytest.mark.parametrize(
    ("closed", "row_second", "anchor_second", "outcome"),
    [
        (False, 99, 100, "T"),
        (False, 100, 100, "F"),
        (True, 100, 100, "T"),
        (True, 101, 100, "F"),
        (False, None, 100, "F"),  # by days: the same day is not before
        (True, None, 100, "T"),
        (True, 101, None, "T"),
    ],
)
def test_exact_time(closed: bool, row_second: int | None, anchor_second: int | None, outcome: str) -> None:
    window = Window(ends=(Bound("c1d1", closed=closed),), exact_time=True)
    tables = {"events": [event(on(0, row_second))]}
    cells = row(c1d1=on(0, anchor_second))
    assert ask(exists(window=window), tables=tables, patient=cells, words=ABSENT_IS_NO) == outcome


def test_a_time_beside_half_a_date_decides_nothing() -> None:
    window = Window(ends=(Bound("c1d1", closed=False),), exact_time=True)
    tables = {"events": [event(on(0, 200))]}
    half = row(c1d1=(*between(0, 10)[:2], 100))
    assert ask(exists(window=window), tables=tables, patient=half) == "U partial_date"


def test_exact_time_after_the_anchor_within_the_day() -> None:
    window = Window(starts=(Bound("c1d1", closed=False),), exact_time=True)
    leaf = alt(Take.LATEST, "> 100", window=window)
    assert ask(leaf, tables={"labs": [lab(on(0, 200), 150.0)]}, patient=row(c1d1=on(0, 100))) == "T"


@pytest.mark.parametrize(
    ("date", "outcome"),
    [
        (between(-14, 0), "T"),
        (between(-15, 0), "U partial_date"),
        (between(1, 30), "F"),
        (NULL, "U null_date"),
    ],
)
def test_rows_perhaps_in(date: tuple[int, int, None], outcome: str) -> None:
    assert ask(exists(window=within(-14, 0)), tables={"events": [event(date)]}, words=ABSENT_IS_NO) == outcome


@pytest.mark.parametrize(("day", "outcome"), [(-4, "T"), (-5, "U partial_date"), (10, "U partial_date"), (11, "F")])
def test_an_incomplete_anchor_moves_the_window(day: int, outcome: str) -> None:
    # c1d1 is any day from 0 to 10: [-14, 0] surely holds days -4 .. 0 only
    tables = {"events": [event(on(day))]}
    asked = ask(exists(window=within(-14, 0)), tables=tables, patient=row(c1d1=between(0, 10)), words=ABSENT_IS_NO)
    assert asked == outcome


def test_without_a_window_an_undated_row_counts_but_not_under_as_of() -> None:
    tables = {"events": [event(NULL)]}
    assert ask(exists(), tables=tables) == "T"
    assert ask(exists(), tables=tables, rules=AS_OF) == "U null_date"


def test_as_of_hides_later_rows() -> None:
    tables = {"events": [event(on(31))], "labs": [lab(on(31), 500.0), lab(on(30), 20.0)]}
    assert ask(exists(), tables=tables, words=ABSENT_IS_NO, rules=AS_OF) == "F"
    assert ask(alt(Take.LATEST, "> 100"), tables=tables, rules=AS_OF) == "F"
    assert ask(alt(Take.LATEST, "> 100"), tables=tables) == "T"


@pytest.mark.parametrize(
    "leaf",
    [
        exists(),
        count(">= 1"),
        alt(Take.LATEST, "> 1"),
        Gap(Selection("events"), None, "c1d1", Op.GE, Duration(1), NoEvent.FAIL),
    ],
)
def test_a_missing_as_of_is_a_missing_anchor(leaf: Exists | Count | MeasureIs | Gap) -> None:
    assert ask(leaf, patient=row(cutoff=NULL), rules=AS_OF, words=ABSENT_IS_NO) == "U anchor_missing"


def test_a_missing_anchor_comes_before_anything_else() -> None:
    tables = {"events": [event(on(0))], "labs": [lab(on(0), 1.0)]}
    for leaf in (exists(window=within(-14, 0)), alt(Take.ANY, "> 0", window=within(None, 0))):
        assert ask(leaf, tables=tables, patient=row(c1d1=NULL)) == "U anchor_missing"


# --- connectives ---------------------------------------------------------------------------------------------------

YES, NO = value("sex", "== F"), value("sex", "== M")
OPEN, LOST = value("nothing", "== 1"), value("size", "> 1", table="tumour")


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (All((YES, YES)), "T"),
        (All((YES, OPEN)), "U null_value"),
        (All((NO, OPEN)), "F"),
        (All((LOST, OPEN)), "U no_record,null_value"),
        (AnyOf((YES, OPEN)), "T"),
        (AnyOf((NO, OPEN)), "U null_value"),
        (Not(OPEN), "U null_value"),
        (AtLeast(2, (YES, NO, OPEN)), "U null_value"),
        (AtLeast(2, (YES, YES, NO)), "F"),
        (AtLeast(1, (YES, OPEN)), "T"),
        (AtLeast(3, (YES, NO, OPEN)), "F"),
        (Choose(((YES, NO),), YES), "F"),
        (Choose(((NO, NO),), YES), "T"),
        (Choose(((OPEN, YES),), YES), "T"),
        (Choose(((OPEN, YES),), NO), "U null_value"),
        (Choose(((OPEN, LOST),), NO), "U no_record,null_value"),
        (Choose(((NO, LOST), (YES, NO)), YES), "F"),
        (Choose(((OPEN, NO), (YES, NO)), YES), "F"),
    ],
)
def test_connectives(condition: All, outcome: str) -> None:
    assert ask(condition) == outcome


def test_the_tree_is_explained() -> None:
    found = explained(Ref("d"), rules=protocol(definitions={"d": All((YES, Not(OPEN)))}))
    (both,) = found.children
    assert [said(part.outcome) for part in both.children] == ["T", "U null_value"]
    assert both.children[0].evidence[0].value == "F"


# --- evidence and frames -------------------------------------------------------------------------------------------


def test_evidence_is_what_decided() -> None:
    tables = {"labs": [lab(on(-3), 300.0), lab(on(-10), 20.0), lab(on(-99), 1.0)]}
    (latest,) = explained(alt(Take.LATEST, "<= 2.5", unit="xULN", window=within(-14, 0)), tables=tables).evidence
    assert (latest.table, latest.row, latest.date, latest.value, latest.threshold) == (
        "labs",
        0,
        "2026-02-26",
        "300.0 U/L",
        "<= 2.5 xULN",
    )
    assert (latest.place.value, said(latest.outcome)) == ("in", "F")
    found = explained(exists(window=within(-14, 0)), tables={"events": [event(between(-28, 30)), event(on(-1))]})
    assert [item.row for item in found.evidence] == [1]
    (last,) = explained(gap(">=", 21), tables={"events": [event(on(-40)), event(on(-20)), event(on(3))]}).evidence
    assert (last.row, last.date, last.threshold) == (1, "2026-02-09", ">= 21 d")


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (on(0, 45296), "2026-03-01T12:34:56"),
        (between(0, 30), "2026-03"),
        (between(-59, 305), "2026"),
        (between(0, 3), "2026-03-01 .. 2026-03-04"),
        (NULL, ""),
    ],
)
def test_dates_as_text(date: tuple[int, int, None], text: str) -> None:
    assert explained(exists(), tables={"events": [event(date)]}).evidence[0].date == text


def test_records_from_frames() -> None:
    patients = pl.DataFrame([{**PATIENT, "patient_id": "b"}, {**PATIENT, "patient_id": "a"}])
    events = pl.DataFrame(
        [
            {**event(on(0)), "patient_id": "a"},
            {**event(on(1)), "patient_id": "stray"},
            {**event(NULL), "patient_id": "a"},
        ]
    )
    first, second = patient_records({"patients": patients, "events": events})
    assert (first.patient_id, len(first.tables["events"])) == ("b", 0)
    assert [item["date:first"] for item in second.tables["events"]] == [on(0)[0], None]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (value("sex", ">= F"), "compared with == and != only"),
        (value("ecog", "== high"), "not a number"),
        (value("smoker", "== maybe"), "not true or false"),
        (value("c1d1", ">= 2026-03"), "not a complete date"),
        (alt(Take.LATEST, "> 1", unit="nkat"), "nkat is no unit of ALT"),
        (alt(Take.LATEST, "> 1", measure="ALP"), "no measure 'ALP'"),
        (alt(Take.CLOSEST, "> 1"), "`closest` needs a window"),
    ],
)
def test_what_the_type_checker_refuses_is_refused(condition: ValueIs | MeasureIs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(condition, tables={"labs": [lab(on(0), 1.0)]})


def test_no_window_leaves_everything_in() -> None:
    assert ask(alt(Take.MAX, "> 100", window=ANY_TIME), tables={"labs": [lab(on(-9999), 300.0)]}) == "T"
