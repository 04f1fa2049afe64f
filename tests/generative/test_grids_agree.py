"""The two back ends over grids: every combination of a few dates, ends and values, each a patient.

What the random examples meet once in thousands stands here by construction: half-known dates on both sides of an
anchor, two rows of one day, an event that perhaps has not begun.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import polars as pl
import pytest

from generative.strategies import ANCHORS, Cohort, single
from generative.test_backends_agree import by_interpreter, by_polars
from stratify.model import dictionary as md
from stratify.model import expression as ex
from stratify.model import protocol as mp
from stratify.model.codes import CodeSet
from stratify.model.value import Bound, Duration, DurationUnit, Op, Window

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
