"""The reference interpreter on hand-drawn rows: repeated measurements and every pick."""

from __future__ import annotations

from itertools import permutations

import pytest

from stratify.compile.reference import Polarity
from stratify.model.codes import CodeSet
from stratify.model.expression import (
    All,
    AnyOf,
    AtLeast,
    Choose,
    Exists,
    Not,
    Ref,
    Selection,
    Take,
    Tie,
)
from unit.compile.patients import (
    AS_OF,
    NULL,
    alt,
    ask,
    between,
    explained,
    lab,
    on,
    protocol,
    row,
    said,
    value,
    where,
    within,
)

# --- one row of a measure ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "text", "unit", "outcome"),
    [
        (lab(on(0), 100.0), "<= 100", "U/L", "T"),
        (lab(on(0), 0.1, unit="kU/L"), "<= 100", "U/L", "T"),
        (lab(on(0), 0.1, unit="kU/L"), "> 0.09", "kU/L", "T"),
        (lab(on(0), 100.0, unit="nkat"), "<= 100", "U/L", "U unit_unknown"),
        (lab(on(0), 100.0, unit=None), "<= 100", "U/L", "U unit_unknown"),
        (lab(on(0), 9001.0), "<= 100", "U/L", "U implausible"),
        (lab(on(0), 9000.0), "> 100", "U/L", "T"),
        (lab(on(0), 9.0, unit="kU/L"), "> 100", "U/L", "T"),
        (lab(on(0), -1.0), "<= 100", "U/L", "U implausible"),
        (lab(on(0), 100.0), "<= 2.5", "xULN", "T"),
        (lab(on(0), 100.1), "<= 2.5", "xULN", "F"),
        (lab(on(0), 0.2, unit="kU/L", uln=0.1), "<= 2", "xULN", "T"),
        (lab(on(0), 100.0, uln=None), "<= 2.5", "xULN", "U no_reference_range"),
        (lab(on(0), 100.0, uln=0.0), "<= 2.5", "xULN", "U no_reference_range"),
        (lab(on(0), 100.0, uln=-40.0), "<= 2.5", "xULN", "U no_reference_range"),
        (lab(on(0), 100.0, uln=None), "<= 2.5", "U/L", "F"),
        (lab(on(0), 10.0), ">= 1", "xLLN", "T"),
        (lab(on(0), 10.0, lln=None), ">= 1", "xLLN", "U no_reference_range"),
        (lab(on(0), 9001.0, uln=None), "<= 2.5", "xULN", "U implausible"),
        (lab(on(0), 9001.0, uln=None, unit=None), "<= 2.5", "xULN", "U no_reference_range"),
        (lab(on(0), 1.0, test="AST"), "<= 2", "U/L", "U no_record"),
        (lab(on(0), 1.0, test="GPT"), "<= 2", "U/L", "T"),
        (lab(on(0), 1.0, test=None), "<= 2", "U/L", "U no_record"),
    ],
)
@pytest.mark.parametrize("take", list(Take))
def test_one_row(found: dict[str, object], text: str, unit: str, outcome: str, take: Take) -> None:
    assert ask(alt(take, text, unit=unit, window=within(-14, 0)), tables={"labs": [found]}) == outcome


@pytest.mark.parametrize("take", [Take.LATEST, Take.EARLIEST, Take.ANY, Take.ALL])
def test_text_measures(take: Take) -> None:
    tables = {"labs": [lab(on(0), None, grade="G2")]}
    assert ask(alt(take, "== G1", "== G2", unit=None, measure="GRADE"), tables=tables) == "T"
    assert ask(alt(take, "!= G2", unit=None, measure="GRADE"), tables=tables) == "F"


@pytest.mark.parametrize("take", list(Take))
def test_absence_never_makes_a_measure_false(take: Take) -> None:
    leaf = alt(take, "> 100", window=within(-14, 0))
    null = "U null_value"
    assert ask(leaf) == ask(Not(leaf)) == "U no_record"
    assert ask(leaf, tables={"labs": [lab(on(-15), 500.0)]}) == "U out_of_window"
    assert ask(leaf, tables={"labs": [lab(on(-15), None)]}) == "U out_of_window"
    assert ask(leaf, tables={"labs": [lab(on(-15), 500.0), lab(on(0), None)]}) == null
    assert ask(leaf, tables={"labs": [lab(NULL, 500.0)]}) == "U null_date"
    assert ask(leaf, tables={"labs": [lab(between(-20, 0), 500.0)]}) == "U partial_date"


@pytest.mark.parametrize("take", list(Take))
def test_where_binds_to_the_row(take: Take) -> None:
    leaf = alt(take, "> 100", window=within(-14, 0), where=where("fasting", "== true"))
    assert ask(leaf, tables={"labs": [lab(on(0), 500.0, fasting=False)]}) == "U no_record"
    assert ask(leaf, tables={"labs": [lab(on(0), 500.0, fasting=True)]}) == "T"
    assert ask(leaf, tables={"labs": [lab(on(0), 500.0, fasting=None)]}) == "U null_value"
    assert ask(leaf, tables={"labs": [lab(NULL, 500.0, fasting=None)]}) == "U null_date"
    assert ask(leaf, tables={"labs": [lab(on(-15), 500.0, fasting=None)]}) == "U out_of_window"


# --- any, all, max, min ------------------------------------------------------------------------------------------

HIGH, LOW, NO_UNIT = lab(on(0), 300.0), lab(on(-1), 20.0), lab(on(-2), 50.0, unit=None)
NO_VALUE, MAYBE_HIGH, MAYBE_LOW = lab(on(-3), None), lab(NULL, 400.0), lab(between(-30, -3), 30.0)
MAYBE_NO_UNIT, OUTSIDE = lab(between(-40, -3), 60.0, unit=None), lab(on(-99), 900.0)

# rows: any > 100, all > 100, max > 100, max <= 100, min > 100, min <= 100
QUANTIFIERS = [
    ((HIGH,), "T", "T", "T", "F", "T", "F"),
    ((LOW,), "F", "F", "F", "T", "F", "T"),
    ((HIGH, LOW), "T", "F", "T", "F", "F", "T"),
    ((LOW, NO_VALUE), "U null_value", "F", "F", "T", "F", "T"),
    ((HIGH, NO_VALUE), "T", "U null_value", "T", "F", "T", "F"),
    ((NO_VALUE,),) + ("U null_value",) * 6,
    ((LOW, NO_UNIT), "U unit_unknown", "F", "U unit_unknown", "U unit_unknown", "F", "T"),
    ((HIGH, NO_UNIT), "T", "U unit_unknown", "T", "F", "U unit_unknown", "U unit_unknown"),
    ((LOW, MAYBE_HIGH), "U null_date", "F", "U null_date", "U null_date", "F", "T"),
    ((LOW, MAYBE_LOW), "F", "F", "F", "T", "F", "T"),
    ((HIGH, MAYBE_LOW), "T", "U partial_date", "T", "F", "U partial_date", "U partial_date"),
    ((MAYBE_HIGH, OUTSIDE),) + ("U null_date",) * 6,
    ((MAYBE_LOW, OUTSIDE),) + ("U partial_date",) * 6,
    ((LOW, MAYBE_NO_UNIT), "U unit_unknown", "F", "U unit_unknown", "U unit_unknown", "F", "T"),
    ((MAYBE_LOW, MAYBE_HIGH), "U null_date", "U partial_date", "U null_date", "U null_date") + ("U partial_date",) * 2,
    ((OUTSIDE,),) + ("U out_of_window",) * 6,
]


@pytest.mark.parametrize(("rows", "any_", "all_", "max_gt", "max_le", "min_gt", "min_le"), QUANTIFIERS)
def test_quantifiers(
    rows: tuple[dict[str, object], ...], any_: str, all_: str, max_gt: str, max_le: str, min_gt: str, min_le: str
) -> None:
    window = within(-14, 0)
    asked = [(Take.ANY, ">"), (Take.ALL, ">"), (Take.MAX, ">"), (Take.MAX, "<="), (Take.MIN, ">"), (Take.MIN, "<=")]
    for order in permutations(rows):
        answers = [ask(alt(take, f"{op} 100", window=window), tables={"labs": order}) for take, op in asked]
        assert answers == [any_, all_, max_gt, max_le, min_gt, min_le]


@pytest.mark.parametrize(
    ("take", "texts", "negated", "outcome"),
    [
        (Take.MAX, ("== 300",), False, "T"),
        (Take.MAX, ("!= 300",), False, "F"),
        (Take.MIN, ("== 20",), False, "T"),
        (Take.MAX, ("== 20",), False, "F"),
        (Take.MAX, (">= 250 <= 350",), False, "T"),
        (Take.MIN, (">= 250 <= 350",), False, "F"),
        (Take.MAX, ("== 1", "== 300"), False, "T"),
        (Take.MAX, ("== 1", "== 300"), True, "F"),
        (Take.ANY, ("== 1", "== 20"), True, "T"),  # 300 is not among them
        (Take.ALL, ("== 1", "== 20"), True, "F"),
    ],
)
def test_extremes_with_every_operator(take: Take, texts: tuple[str, ...], negated: bool, outcome: str) -> None:
    assert ask(alt(take, *texts, negated=negated), tables={"labs": [HIGH, LOW]}) == outcome


# --- picks by date -------------------------------------------------------------------------------------------------


def test_three_questions_to_the_same_rows() -> None:
    tables = {"labs": [lab(on(-3), 300.0), lab(on(-10), 20.0)]}
    assert ask(alt(Take.LATEST, "<= 100"), tables=tables) == "F"
    assert ask(alt(Take.ANY, "<= 100"), tables=tables) == "T"
    assert ask(alt(Take.EARLIEST, "<= 100"), tables=tables) == "T"


# rows (date, value): latest > 100, earliest > 100, closest to c1d1 > 100, in the window [-14, 14]
DATE_PICKS = [
    ([(on(-3), 300.0), (on(-10), 20.0)], "T", "F", "T"),
    ([(on(-3), 300.0), (on(2), 20.0)], "F", "T", "F"),
    ([(on(-3), None), (on(-10), 20.0)], "F", "F", "F"),
    ([(on(-3, 100), 300.0), (on(-3, 50), 20.0)], "T", "F", "F"),  # at one distance the worst
    ([(on(-3, 100), 300.0), (on(-3), 20.0)], "T", "F", "F"),  # no time is midnight
    ([(on(-3), 300.0), (between(-14, -4), 20.0)], "T", "F", "T"),
    ([(on(-5), 300.0), (between(-14, -4), 20.0)], "U partial_date", "U partial_date", "U partial_date"),
    ([(on(-5), 300.0), (between(-14, -4), 200.0)], "T", "T", "T"),
    ([(on(-14), 300.0), (between(-30, -14), 20.0)], "U partial_date", "U partial_date", "U partial_date"),
    ([(on(-13), 300.0), (between(-30, -14), 20.0)], "T", "U partial_date", "T"),
    ([(on(-5), 300.0), (NULL, 20.0)], "U null_date", "U null_date", "U null_date"),
    ([(on(-5), 300.0), (NULL, 200.0)], "T", "T", "T"),
    ([(on(14), 300.0), (NULL, 20.0)], "U null_date", "U null_date", "U null_date"),
    ([(between(-5, -4), 300.0)], "T", "T", "T"),
    ([(between(-5, -4), 300.0), (between(-7, -6), 20.0)], "T", "F", "T"),
    ([(between(-5, -4), 300.0), (between(-7, -5), 20.0)], "U partial_date", "U partial_date", "U partial_date"),
    ([(NULL, 300.0)], "U null_date", "U null_date", "U null_date"),
    ([(between(-30, -14), 300.0)], "U partial_date", "U partial_date", "U partial_date"),
    ([(NULL, None)], "U null_value", "U null_value", "U null_value"),
    ([(on(-30), 300.0)], "U out_of_window", "U out_of_window", "U out_of_window"),
    # an incomplete row of the day of one with a time may be earlier or later than it
    ([(on(-4, 100), 300.0), (between(-9, -4), 20.0)], "U partial_date", "F", "U partial_date"),
]


@pytest.mark.parametrize(("rows", "latest", "earliest", "closest"), DATE_PICKS)
def test_picks_by_date(
    rows: list[tuple[tuple[int, int, None], float]], latest: str, earliest: str, closest: str
) -> None:
    takes = (Take.LATEST, Take.EARLIEST, Take.CLOSEST)
    for order in permutations(rows):
        tables = {"labs": [lab(date, value) for date, value in order]}
        assert tuple(ask(alt(t, "> 100", window=within(-14, 14)), tables=tables) for t in takes) == (
            latest,
            earliest,
            closest,
        )


def test_the_row_alone_may_be_undated_without_a_window() -> None:
    assert ask(alt(Take.LATEST, "> 100"), tables={"labs": [lab(NULL, 300.0)]}) == "T"
    assert ask(alt(Take.LATEST, "> 100"), tables={"labs": [lab(NULL, 300.0), lab(on(0), 20.0)]}) == "U null_date"


def test_a_row_that_where_perhaps_selects_is_a_candidate() -> None:
    leaf = alt(Take.LATEST, "> 100", where=where("fasting", "== true"))
    sure = lab(on(-5), 300.0, fasting=True)
    assert ask(leaf, tables={"labs": [sure, lab(on(-4), 20.0, fasting=None)]}) == "U null_value"
    assert ask(leaf, tables={"labs": [sure, lab(on(-6), 20.0, fasting=None)]}) == "T"
    assert ask(leaf, tables={"labs": [sure, lab(on(-4), 200.0, fasting=None)]}) == "T"


def test_an_unknown_latest_value_is_unknown() -> None:
    tables = {"labs": [lab(on(-1), 300.0, unit=None), lab(on(-5), 300.0)]}
    assert ask(alt(Take.LATEST, "> 100"), tables=tables) == "U unit_unknown"


def test_closest_to_an_incomplete_anchor() -> None:
    # c1d1 is day 0 or day 10: closest to it is day -1 or day 8
    leaf = alt(Take.CLOSEST, "> 100", window=within(-60, 60))
    cells = row(c1d1=between(0, 10))
    tables = {"labs": [lab(on(-1), 300.0), lab(on(8), 20.0)]}
    assert ask(leaf, tables=tables, patient=cells) == "U partial_date"
    assert ask(leaf, tables={"labs": [lab(on(-1), 300.0), lab(on(30), 20.0)]}, patient=cells) == "T"


# tied values against "> 100": worst +, worst -, worst mixed, best +, best -, mean, error
C, UNIT, NO_RANGE = "U conflict", lab(on(0), 7.0, unit=None), lab(on(0), 9500.0)
TIES = [
    ([300.0, 20.0], "F", "T", C, "T", "F", "T", C),
    ([300.0, 200.0], "T", "T", "T", "T", "T", "T", C),
    ([100.5, 20.0], "F", "T", C, "T", "F", "F", C),
    ([300.0, UNIT], "U unit_unknown", "T", C, "T", "U unit_unknown", "U unit_unknown", C),
    ([20.0, UNIT], "F", "U unit_unknown", C, "U unit_unknown", "F", "U unit_unknown", C),
    ([UNIT, {**UNIT, "value": 8.0}], *["U unit_unknown"] * 7),
    ([UNIT, NO_RANGE], *["U implausible"] * 7),
    ([300.0, {**HIGH, "drawn:first": 1}], *["T"] * 7),
]


@pytest.mark.parametrize(("values", "worst", "worst_no", "mixed", "best", "best_no", "mean", "error"), TIES)
@pytest.mark.parametrize("take", [Take.LATEST, Take.EARLIEST, Take.CLOSEST])
def test_ties(
    values: list[float | dict[str, object]],
    worst: str,
    worst_no: str,
    mixed: str,
    best: str,
    best_no: str,
    mean: str,
    error: str,
    take: Take,
) -> None:
    rows = [item if isinstance(item, dict) else lab(on(0), item) for item in values]
    asked = [
        (Tie.WORST, Polarity.PLUS, worst),
        (Tie.WORST, Polarity.MINUS, worst_no),
        (Tie.WORST, Polarity.MIXED, mixed),
        (Tie.BEST, Polarity.PLUS, best),
        (Tie.BEST, Polarity.MINUS, best_no),
        (Tie.BEST, Polarity.MIXED, mixed),
        (Tie.MEAN, Polarity.PLUS, mean),
        (Tie.ERROR, Polarity.MINUS, error),
    ]
    for order in (rows, rows[::-1]):
        for tie, polarity, outcome in asked:
            leaf = alt(take, "> 100", tie=tie, window=within(-14, 0))
            assert ask(leaf, tables={"labs": order}, polarity=polarity) == outcome, (tie, polarity)


def test_ties_within_float_noise_are_no_conflict() -> None:
    tables = {"labs": [lab(on(0), 0.3), lab(on(0), 0.1 + 0.2)]}
    assert ask(alt(Take.LATEST, "> 0.1", tie=Tie.ERROR), tables=tables) == "T"


def test_tied_text_takes_mean_as_error() -> None:
    same, other = lab(on(0), 1.0, grade="G1"), lab(on(0), 2.0, grade="G2")
    leaf = alt(Take.LATEST, "== G1", "== G2", unit=None, measure="GRADE", tie=Tie.MEAN)
    assert ask(leaf, tables={"labs": [same, other]}) == "U conflict"
    assert ask(leaf, tables={"labs": [same, {**same, "value": 3.0}]}) == "T"


def test_an_exact_copy_does_not_weigh_in_a_tied_mean() -> None:
    tables = {"labs": [lab(on(0), 150.0), lab(on(0), 60.0), lab(on(0), 60.0)]}
    assert ask(alt(Take.LATEST, "> 100", tie=Tie.MEAN), tables=tables) == "T"


@pytest.mark.parametrize(
    ("tie", "texts", "outcome"),
    [
        (Tie.MEAN, ("== 1", "== 3"), "U partial_date"),  # on one day the mean is 2
        (Tie.MEAN, ("<= 3",), "T"),
        (Tie.ERROR, ("<= 3",), "U partial_date"),  # on one day a conflict
        (Tie.WORST, ("== 1", "== 3"), "T"),
    ],
)
def test_rows_that_may_turn_out_tied(tie: Tie, texts: tuple[str, ...], outcome: str) -> None:
    tables = {"labs": [lab(on(-4), 1.0), lab(between(-5, -3), 3.0)]}
    assert ask(alt(Take.LATEST, *texts, tie=tie), tables=tables) == outcome


def test_the_tie_of_ratios_is_the_mean_of_ratios() -> None:
    tables = {"labs": [lab(on(0), 80.0, uln=40.0), lab(on(0), 80.0, uln=20.0)]}  # 2 and 4 times the limit
    assert ask(alt(Take.LATEST, ">= 3", unit="xULN", tie=Tie.MEAN), tables=tables) == "T"
    assert ask(alt(Take.LATEST, ">= 3.1", unit="xULN", tie=Tie.MEAN), tables=tables) == "F"


def test_polarity_through_the_tree() -> None:
    leaf = alt(Take.LATEST, "> 100")
    tables = {"labs": [lab(on(0), 300.0), lab(on(0), 20.0)]}
    rules = protocol(definitions={"high": leaf})
    assert ask(leaf, tables=tables) == "F"
    assert ask(Not(leaf), tables=tables) == "F"
    assert ask(Not(Not(leaf)), tables=tables) == "F"
    assert ask(Not(Ref("high")), tables=tables, rules=rules) == "F"
    assert ask(Choose(((leaf, leaf),), Not(leaf)), tables=tables) == "F"  # both branches agree on no
    assert ask(AtLeast(1, (leaf, All((leaf,)), AnyOf((Not(leaf),)))), tables=tables) == "F"
    assert ask(Choose(((Not(leaf), value("sex", "== F")),), value("sex", "== M")), tables=tables) == "U conflict"


def test_a_table_without_dates_is_one_tie() -> None:
    tables = {"flags": [row(code="A", value=1.0), row(code="B", value=2.0)]}
    leaf = alt(Take.LATEST, "> 1", unit=None, measure="FLAG")
    assert ask(leaf, tables=tables) == "F"
    assert ask(leaf, tables=tables, polarity=Polarity.MINUS) == "T"
    assert ask(Exists(Selection("flags", CodeSet.of("A"))), tables=tables, rules=AS_OF) == "T"


def test_newer_null_is_noted() -> None:
    leaf = alt(Take.LATEST, "> 100")
    newer = explained(leaf, tables={"labs": [lab(on(-5), 300.0), lab(on(-4), None)]})
    older = explained(leaf, tables={"labs": [lab(on(-5), 300.0), lab(on(-6), None)]})
    assert (said(newer.outcome), newer.notes, older.notes) == ("T", ("newer_null",), ())


# --- mean and median -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "mean", "median"),
    [
        ([HIGH, LOW], "T", "T"),  # 160
        ([lab(on(0), 300.0), LOW, lab(on(-4), 30.0)], "T", "F"),  # 116.7 and 30
        ([HIGH, LOW, NO_VALUE], "T", "T"),
        ([HIGH, NO_UNIT], "U unit_unknown", "U unit_unknown"),
        ([HIGH, MAYBE_HIGH], "U null_date", "U null_date"),
        ([HIGH, lab(NULL, None)], "T", "T"),
        ([HIGH, MAYBE_LOW, MAYBE_NO_UNIT], "U unit_unknown", "U unit_unknown"),
        ([lab(on(0), 180.0), lab(on(-1), 30.0), lab(on(-1), 30.0)], "T", "T"),  # the copy counts once: 105
        ([OUTSIDE, NO_VALUE], "U null_value", "U null_value"),
    ],
)
def test_mean_and_median(rows: list[dict[str, object]], mean: str, median: str) -> None:
    for order in permutations(rows):
        answers = [
            ask(alt(take, "> 100", window=within(-14, 0)), tables={"labs": order}) for take in (Take.MEAN, Take.MEDIAN)
        ]
        assert answers == [mean, median]


def test_the_mean_is_exact_and_copies_are_noted() -> None:
    rows = [lab(on(0), 0.1), lab(on(0), 0.1), lab(on(-1), 0.2), lab(on(-2), 0.3)]
    found = explained(alt(Take.MEAN, "== 0.2"), tables={"labs": rows})
    assert (said(found.outcome), found.notes) == ("T", ("duplicates 1",))
