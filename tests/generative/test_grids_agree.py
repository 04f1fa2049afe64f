"""The two back ends over grids: every combination of a few dates, ends and values, each a patient.

What the random examples meet once in thousands stands here by construction: half-known dates on both sides of an
anchor, two rows of one day, an event that perhaps has not begun, a patient who is perhaps 18 on the day of a row.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement, product
from random import Random

import polars as pl
import pytest

from generative.strategies import ANCHORS, Cohort, single
from generative.test_backends_agree import by_interpreter, by_polars
from stratify.model import dictionary as md
from stratify.model import expression as ex
from stratify.model import protocol as mp
from stratify.model.codes import CodeSet
from stratify.model.fallback import Fallback, FallbackKey, FallbackLine
from stratify.model.value import LLN, ULN, Bound, Duration, DurationUnit, Op, Window

K = md.ColumnKind
DAY = 19_782
Date = tuple[int | None, int | None, int | None]

NO_DATE: Date = (None, None, None)


def on(day: int, second: int | None = None) -> Date:
    return DAY + day, DAY + day, second


def between(first: int, last: int) -> Date:
    return DAY + first, DAY + last, None


def frame(rows: list[dict[str, object]], dates: tuple[str, ...], others: dict[str, pl.DataType]) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {md.PATIENT_KEY: pl.Series([row[md.PATIENT_KEY] for row in rows], dtype=pl.Int64)}
    for name in dates:
        for i, part in enumerate((md.first_day(name), md.last_day(name), md.second_of_day(name))):
            columns[part] = pl.Series([row[name][i] for row in rows], dtype=pl.Int32)
    return pl.DataFrame(columns | {name: pl.Series([row[name] for row in rows], dtype=t) for name, t in others.items()})


def anchored(n: int, anchors: list[Date]) -> tuple[pl.DataFrame, dict[str, md.ColumnKind]]:
    """A patients table in which the anchors of the generator take turns."""
    rows = [
        {md.PATIENT_KEY: i + 1, "c1d1": anchors[i % len(anchors)], "consent": on(-30, 43_200), "cutoff": on(3)}
        for i in range(n)
    ]
    kinds = {"c1d1": K.PARTIAL_DATE, "consent": K.DATETIME, "cutoff": K.DATE}
    return frame(rows, ("c1d1", "consent", "cutoff"), {}), kinds


def protocol(leaves: list[ex.Condition], as_of: str | None = None) -> mp.Protocol:
    kinds = (mp.Kind.INCLUSION, mp.Kind.EXCLUSION)
    criteria = tuple(mp.Criterion(f"C{i}", kinds[i % 2], "", leaf) for i, leaf in enumerate(leaves))
    return mp.Protocol(mp.Trial("T"), criteria, ANCHORS, as_of=as_of)


def assert_agreement(asked: mp.Protocol, cohort: Cohort) -> None:
    lazy = {name: table.lazy() for name, table in cohort.frames.items()}
    said = by_polars(asked, cohort, lazy, "in-memory").drop("stratum").to_dicts()
    for expected, row in zip(by_interpreter(asked, cohort), said, strict=True):
        assert row == {name: expected[name] for name in row}, cohort.frames


PATIENTS = md.Table("patients", grain=md.Grain.ONE, dates=("c1d1", "consent", "cutoff"))

# --- gaps --------------------------------------------------------------------------------------------------------

STARTS = [on(-60), on(-5), on(0), on(1), between(-60, 30), between(-10, 30), between(-40, -21), between(-5, 5), NO_DATE]
ENDS = [on(-21), on(-20), on(-70), on(5), between(-30, -21), between(-30, -10), between(-60, 30), NO_DATE]


@pytest.mark.parametrize("as_of", [None, "cutoff"])
@pytest.mark.parametrize("none", ex.NoEvent)
@pytest.mark.parametrize("absence", md.Absence)
def test_gaps(absence: md.Absence, none: ex.NoEvent, as_of: str | None) -> None:
    anchors = [on(0), on(0), between(-8, 12)]
    rows: list[dict[str, object]] = []
    patient = 0
    for start, end, code in product(STARTS, ENDS, ["X", None, "Y"]):
        patient += 1
        status = ("ongoing", "done", None)[patient % 3]
        rows.append({md.PATIENT_KEY: patient, "date": start, "end": end, "code": code, "status": status})
        if patient % 2:  # half of them have a second event, far away or near
            second = on(-50) if patient % 4 == 1 else on(-3)
            rows.append({md.PATIENT_KEY: patient, "date": second, "end": second, "code": "X", "status": "done"})
    patients, kinds = anchored(patient + 3, anchors)
    table = md.Table("dx", date="date", end="end", code="code", ongoing=("status", "ongoing"), absence=absence)
    cohort = Cohort(
        md.Dictionary({"patients": PATIENTS, "dx": table}),
        {
            "patients": kinds,
            "dx": {"date": K.PARTIAL_DATE, "end": K.PARTIAL_DATE, "code": K.TEXT, "status": K.TEXT},
        },
        {"patients": patients, "dx": frame(rows, ("date", "end"), {"code": pl.String(), "status": pl.String()})},
    )
    leaves: list[ex.Condition] = [
        ex.Gap(ex.Selection("dx", CodeSet.of("X")), column, "c1d1", op, than, none, open_ended)
        for op in Op
        for column, open_ended in ((None, False), ("end_date", True), ("end_date", False))
        for than in (Duration(21), Duration(1, DurationUnit.MONTHS))
    ]
    assert_agreement(protocol(leaves, as_of), cohort)


# --- picks -------------------------------------------------------------------------------------------------------

DATES = [
    on(0),
    on(0, 43_200),
    on(-7),
    on(-14),
    on(-15),
    on(1),
    between(-20, -7),
    between(-7, 10),
    between(-3, 0),
    NO_DATE,
]
VALUES = [(20.0, "U/L"), (300.0, "U/L"), (150.0, "odd"), (None, "U/L")]


@pytest.mark.parametrize("tie", ex.Tie)
@pytest.mark.parametrize("take", [ex.Take.LATEST, ex.Take.EARLIEST, ex.Take.CLOSEST])
@pytest.mark.parametrize("anchor", [on(0), on(0, 43_200), between(-6, 2)], ids=["day", "time", "half"])
def test_picks_of_two_rows(take: ex.Take, tie: ex.Tie, anchor: Date) -> None:
    rows: list[dict[str, object]] = []
    patient = 0
    for one, other in combinations_with_replacement(list(product(DATES, VALUES)), 2):
        patient += 1
        for date, (value, unit) in (one, other):
            rows.append({md.PATIENT_KEY: patient, "date": date, "value": value, "unit": unit, "fasting": None})
        rows[-1]["fasting"] = patient % 5 != 0
    patients, kinds = anchored(patient, [anchor])
    measure = md.Measure("ALT", "labs", "value", unit="U/L", unit_column="unit")
    cohort = Cohort(
        md.Dictionary({"patients": PATIENTS, "labs": md.Table("labs", date="date")}, {"ALT": measure}),
        {
            "patients": kinds,
            "labs": {"date": K.PARTIAL_DATE, "value": K.NUMBER, "unit": K.TEXT, "fasting": K.BOOLEAN},
        },
        {
            "patients": patients,
            "labs": frame(rows, ("date",), {"value": pl.Float64(), "unit": pl.String(), "fasting": pl.Boolean()}),
        },
    )
    within = Window((Bound("c1d1", Duration(-14)),), (Bound("c1d1"),))
    before = Window((), (Bound("c1d1", closed=False),), exact_time=True)
    fasting = ex.FieldIs("fasting", single(Op.EQ, "true"))
    windows = [(within, None), (before, None), (within, fasting)]
    if take is not ex.Take.CLOSEST:
        windows.append((Window(), None))
    leaves: list[ex.Condition] = []
    for window, where in windows:
        leaf = ex.MeasureIs("ALT", take, single(Op.LE, "100", "U/L"), window, where, tie)
        leaves += [leaf, leaf, ex.Choose(((leaf, leaf),), ex.Not(leaf))]
    assert_agreement(protocol(leaves), cohort)


QUANTIFIED = [take for take in ex.Take if not take.picks_by_date]


@pytest.mark.parametrize("take", QUANTIFIED)
def test_quantifiers_and_averages_of_two_rows(take: ex.Take) -> None:
    rows: list[dict[str, object]] = []
    patient = 0
    for one, other in combinations_with_replacement(list(product(DATES, VALUES)), 2):
        patient += 1
        for date, (value, unit) in (one, other):
            rows.append({md.PATIENT_KEY: patient, "date": date, "value": value, "unit": unit})
    patients, kinds = anchored(patient, [on(0), between(-6, 2)])
    measure = md.Measure("ALT", "labs", "value", unit="U/L", unit_column="unit")
    cohort = Cohort(
        md.Dictionary({"patients": PATIENTS, "labs": md.Table("labs", date="date")}, {"ALT": measure}),
        {"patients": kinds, "labs": {"date": K.PARTIAL_DATE, "value": K.NUMBER, "unit": K.TEXT}},
        {"patients": patients, "labs": frame(rows, ("date",), {"value": pl.Float64(), "unit": pl.String()})},
    )
    within = Window((Bound("c1d1", Duration(-14)),), (Bound("c1d1"),))
    leaves: list[ex.Condition] = [
        ex.MeasureIs("ALT", take, single(op, "160", "U/L"), window) for op in Op for window in (within, Window())
    ]
    assert_agreement(protocol(leaves), cohort)


# --- limits of a fallback table ----------------------------------------------------------------------------------

BIRTHS = [
    on(-6575),
    on(-6574),
    between(-6600, -6575),
    between(-6590, -6500),
    on(-7300),
    on(5),
    between(-60, 5),
    NO_DATE,
]
"""DAY is 29 February 2024, 6574 days after 1 March 2006."""
OWN = [(None, None), (None, 40.0), (5.0, None), (None, 0.0)]
AGES = [(None, None), (None, 17), (18, None), (18, 18), (0, 17), (19, 999)]


def some_lines(random: Random) -> tuple[FallbackLine, ...]:
    """Lines of few limits, so that many agree and many contradict one another."""
    found = []
    for row in range(random.choice([1, 2, 3, 6, 9])):
        low, high = random.choice([(None, 40), (None, 40), (10, 40), (10, None), (0, 45)])
        site, sex = random.choice([None, None, "North", "South"]), random.choice([None, None, "f", "m"])
        limits = (None if limit is None else Fraction(limit) for limit in (low, high))
        found.append(FallbackLine(row, "ALT", *limits, site, sex, *random.choice(AGES)))
    return tuple(found)


@pytest.mark.parametrize("seed", range(12))
def test_limits_of_a_fallback_table(seed: int) -> None:
    dates = [on(0), on(1), between(0, 1), between(-400, 0), NO_DATE]
    who = product(["North", "East", None], ["female", "male", "other", None], BIRTHS, dates, OWN)
    people: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for patient, (site, sex, born, date, (low, high)) in enumerate(who, 1):
        people.append({md.PATIENT_KEY: patient, "site": site, "sex": sex, "born": born})
        unit = ("U/L", "ukat/L", "U/L", "odd")[patient % 4]
        row = {"date": date, "value": 1.5 if unit == "ukat/L" else 90.0, "unit": unit, "low": low, "high": high}
        rows.append({md.PATIENT_KEY: patient, **row})
    key, words = ex.ColumnRef("patients", "site"), {"female": "f", "male": "m"}
    sex_key = FallbackKey("sex", ex.ColumnRef("patients", "sex"), words)
    lines = some_lines(Random(seed))
    fallback = Fallback("l", "test", "low", "high", None, FallbackKey("site", key), sex_key, "from", "to", lines)
    measure = md.Measure(
        "ALT", "labs", "value", unit="U/L", unit_column="unit", reference_low="low", reference_high="high"
    )
    kinds = {"born": K.PARTIAL_DATE, "site": K.TEXT, "sex": K.TEXT}
    number, text = pl.Float64(), pl.String()
    cohort = Cohort(
        md.Dictionary(
            {"patients": md.Table("patients", grain=md.Grain.ONE, birth="born"), "labs": md.Table("labs", date="date")},
            {"ALT": measure},
            fallback=fallback,
        ),
        {
            "patients": kinds,
            "labs": {"date": K.PARTIAL_DATE, "value": K.NUMBER, "unit": K.TEXT, "low": K.NUMBER, "high": K.NUMBER},
        },
        {
            "patients": frame(people, ("born",), {"site": text, "sex": text}),
            "labs": frame(rows, ("date",), {"value": number, "unit": text, "low": number, "high": number}),
        },
    )
    leaves: list[ex.Condition] = [
        ex.MeasureIs("ALT", take, single(Op.LE, than, unit))
        for take in (ex.Take.ANY, ex.Take.LATEST)
        for unit, than in ((ULN, "2.1"), (ULN, "2.25"), (LLN, "9"))
    ]
    assert_agreement(mp.Protocol(mp.Trial("T"), protocol(leaves).criteria), cohort)
