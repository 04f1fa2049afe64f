"""One hand-drawn patient: rows as keyword arguments, days counted from DAY_0, outcomes as short text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from stratify.compile.reference import Explained, PatientRecord, Polarity, interpret
from stratify.model.anchor import ColumnAnchor
from stratify.model.codes import CodeSet
from stratify.model.dictionary import Absence, ColumnKind, Dictionary, Grain, Measure, Table
from stratify.model.expression import (
    ColumnRef,
    Condition,
    Count,
    Exists,
    FieldIs,
    Gap,
    MeasureIs,
    NoEvent,
    Selection,
    Take,
    ValueIs,
)
from stratify.model.protocol import Protocol, Trial
from stratify.model.truth import Outcome, Truth, reason_labels
from stratify.model.value import Bound, Comparison, Duration, DurationUnit, Literal, Op, Test, Window

DAY_0 = (date(2026, 3, 1) - date(1970, 1, 1)).days

Dated = tuple[int | None, int | None, int | None]
NULL: Dated = (None, None, None)

NUMBER, TEXT, BOOLEAN = ColumnKind.NUMBER, ColumnKind.TEXT, ColumnKind.BOOLEAN
DATE, PARTIAL, EMPTY = ColumnKind.DATE, ColumnKind.PARTIAL_DATE, ColumnKind.EMPTY

CATALOGUE: Mapping[str, Mapping[str, ColumnKind]] = {
    "patients": {
        "patient_id": TEXT,
        "sex": TEXT,
        "ecog": NUMBER,
        "smoker": BOOLEAN,
        "nothing": EMPTY,
        "birth": PARTIAL,
        "c1d1": PARTIAL,
        "cutoff": PARTIAL,
        "cov_from": PARTIAL,
        "cov_to": PARTIAL,
    },
    "tumour": {"patient_id": TEXT, "size": NUMBER},
    "labs": {
        "patient_id": TEXT,
        "test": TEXT,
        "value": NUMBER,
        "unit": TEXT,
        "uln": NUMBER,
        "lln": NUMBER,
        "grade": TEXT,
        "code": TEXT,
        "fasting": BOOLEAN,
        "drawn": PARTIAL,
        "date": PARTIAL,
    },
    "events": {
        "patient_id": TEXT,
        "code": TEXT,
        "site": TEXT,
        "status": TEXT,
        "id": NUMBER,
        "date": PARTIAL,
        "end": PARTIAL,
    },
    "flags": {"patient_id": TEXT, "code": TEXT, "value": NUMBER},
}


def on(day: int, second: int | None = None) -> Dated:
    """An exact day, perhaps with a second of the day."""
    return DAY_0 + day, DAY_0 + day, second


def between(first: int, last: int) -> Dated:
    """A date known to lie between two days."""
    return DAY_0 + first, DAY_0 + last, None


def dated(text: str) -> Dated:
    """A complete ISO date."""
    day = (date.fromisoformat(text) - date(1970, 1, 1)).days
    return day, day, None


def row(**values: Any) -> dict[str, object]:
    """A row; a triple is a date."""
    cells: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, tuple):
            cells[f"{name}:first"], cells[f"{name}:last"], cells[f"{name}:second"] = value
        else:
            cells[name] = value
    return cells


def lab(day: Dated, value: object, **more: Any) -> dict[str, object]:
    """A result of ALT in U/L unless said otherwise."""
    return row(**{"test": "ALT", "value": value, "unit": "U/L", "uln": 40.0, "lln": 10.0, "date": day, **more})


def event(day: Dated, code: str | None = "X", **more: Any) -> dict[str, object]:
    """An event with code X, without an end."""
    return row(**{"code": code, "date": day, "end": NULL, **more})


def dictionary(absence: Absence = Absence.UNKNOWN, covered: bool = False) -> Dictionary:
    """Tables patients, tumour, labs, events and flags (without dates); measures ALT, PLAIN, GRADE, FLAG."""
    coverage = (ColumnRef("patients", "cov_from"), ColumnRef("patients", "cov_to")) if covered else None
    tables = (
        Table("patients", grain=Grain.ONE, birth="birth", dates=("c1d1", "cutoff", "cov_from", "cov_to")),
        Table("tumour", grain=Grain.ONE),
        Table("labs", date="date", dates=("drawn",)),
        Table(
            "events",
            date="date",
            end="end",
            code="code",
            ongoing=("status", "ongoing"),
            absence=absence,
            coverage=coverage,
        ),
        Table("flags", code="code", absence=absence),
    )
    alt = Measure(
        "ALT",
        "labs",
        "value",
        rows={"test": ("ALT", "GPT")},
        unit="U/L",
        unit_column="unit",
        units={"kU/L": Decimal(1000)},
        reference_low="lln",
        reference_high="uln",
        plausible=(Decimal(0), Decimal(9000)),
    )
    measures = (
        alt,
        Measure("PLAIN", "labs", "value"),
        Measure("GRADE", "labs", "grade"),
        Measure("FLAG", "flags", "value"),
    )
    return Dictionary({table.name: table for table in tables}, {measure.name: measure for measure in measures})


def protocol(**more: Any) -> Protocol:
    """A protocol with the anchors c1d1 and cutoff and nothing else."""
    anchors = {name: ColumnAnchor(name, ColumnRef("patients", name)) for name in ("c1d1", "cutoff")}
    return Protocol(**{"trial": Trial("T"), "criteria": (), "anchors": anchors, **more})


PATIENT = row(
    patient_id="p", sex="F", ecog=1.0, smoker=True, nothing=None,
    birth=dated("1980-05-17"), c1d1=on(0), cutoff=on(30), cov_from=on(-365), cov_to=on(365),
)  # fmt: skip


def explained(
    condition: Condition,
    *,
    patient: Mapping[str, object] | None = None,
    tables: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    words: Dictionary | None = None,
    rules: Protocol | None = None,
    polarity: Polarity = Polarity.PLUS,
) -> Explained:
    """A condition answered for the patient; cells of ``patient`` replace those of PATIENT."""
    rows = {name: tuple(found) for name, found in (tables or {}).items()}
    record = PatientRecord("p", {"patients": ({**PATIENT, **(patient or {})},), **rows})
    return interpret(condition, record, rules or protocol(), words or dictionary(), CATALOGUE, polarity)


def ask(condition: Condition, **more: Any) -> str:
    """The outcome as ``T``, ``F`` or ``U reason``."""
    return said(explained(condition, **more).outcome)


def said(outcome: Outcome) -> str:
    """An outcome as ``T``, ``F`` or ``U reason[,reason]``."""
    if outcome.truth is not Truth.UNKNOWN:
        return outcome.truth.value
    return "U " + ",".join(reason_labels(outcome.reasons))


def tests(text: str) -> tuple[Test, ...]:
    """Tests from text such as ``>= 2 < 5``."""
    words = text.split()
    return tuple(Test(Op(op), Literal(value)) for op, value in zip(words[::2], words[1::2], strict=True))


def compare(text: str, *more: str, unit: str | None = None, negated: bool = False) -> Comparison:
    """A comparison with one alternative per text."""
    return Comparison(tuple(tests(one) for one in (text, *more)), unit, negated)


def where(column: str, text: str, *more: str) -> FieldIs:
    """A field compared."""
    return FieldIs(column, compare(text, *more))


def within(first: int | None, last: int | None, anchor: str = "c1d1", exact_time: bool = False) -> Window:
    """The window [first, last] in days around an anchor."""
    starts = () if first is None else (Bound(anchor, Duration(first)),)
    ends = () if last is None else (Bound(anchor, Duration(last)),)
    return Window(starts, ends, exact_time)


def months(count: int) -> Duration:
    """A duration in calendar months."""
    return Duration(count, DurationUnit.MONTHS)


ABSENT_IS_NO = dictionary(Absence.FALSE)
COVERED = dictionary(Absence.FALSE, covered=True)
AS_OF = protocol(as_of="cutoff")


def value(column: str, *texts: str, table: str = "patients", negated: bool = False) -> ValueIs:
    """A column of patients compared."""
    return ValueIs(ColumnRef(table, column), compare(*texts, negated=negated))


def alt(
    take: Take, *texts: str, unit: str | None = "U/L", measure: str = "ALT", negated: bool = False, **more: Any
) -> MeasureIs:
    """A pick of ALT compared."""
    return MeasureIs(measure, take, compare(*texts, unit=unit, negated=negated), **more)


def exists(**more: Any) -> Exists:
    """Whether there is an event."""
    return Exists(Selection("events", **more))


def count(*texts: str, **more: Any) -> Count:
    """How many events there are."""
    return Count(Selection("events", **more), compare(*texts))


def gap(
    op: str,
    days: int,
    *,
    column: str | None = None,
    none: NoEvent = NoEvent.INFINITE,
    codes: CodeSet | None = None,
    open_ended: bool = False,
) -> Gap:
    """Days from the last event to c1d1."""
    return Gap(Selection("events", codes), column, "c1d1", Op(op), Duration(days), none, open_ended)
