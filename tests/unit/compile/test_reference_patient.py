"""A whole protocol for one patient: policies, verdict, masks, arms, strata; and what would settle an unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from stratify.compile.reference import PatientRecord, PatientResult, interpret_patient, settling_facts
from stratify.model.codes import CodeSet
from stratify.model.dictionary import Dictionary
from stratify.model.expression import (
    AgeIs,
    AgeUnit,
    All,
    AnyOf,
    Choose,
    ColumnRef,
    Condition,
    Not,
    Ref,
    RowAll,
    Take,
    Tie,
)
from stratify.model.protocol import (
    ArmColumn,
    ColumnStratum,
    Criterion,
    CriterionSeverity,
    Kind,
    LevelStratum,
    RandomisedArm,
    RecordedArm,
    RuleArm,
    StratumUnknown,
)
from stratify.model.truth import UnknownPolicy, Verdict
from stratify.model.value import Bound, Duration, Window
from unit.compile.patients import (
    AS_OF,
    CATALOGUE,
    COVERED,
    NULL,
    PATIENT,
    alt,
    between,
    compare,
    count,
    dictionary,
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
    where,
    within,
)

YES, NO, OPEN = value("sex", "== F"), value("sex", "== M"), value("nothing", "== 1")
INCLUSION, EXCLUSION, ADVISORY = Kind.INCLUSION, Kind.EXCLUSION, CriterionSeverity.ADVISORY
QUERY, FAIL, PASS = UnknownPolicy.QUERY, UnknownPolicy.FAIL, UnknownPolicy.PASS
TIED = {"labs": [lab(on(0), 300.0), lab(on(0), 20.0)]}


def screened(
    *, tables: Mapping[str, Sequence[Mapping[str, object]]] | None = None, words: Dictionary | None = None, **rules: Any
) -> PatientResult:
    rows = {name: tuple(found) for name, found in (tables or {}).items()}
    record = PatientRecord("p", {"patients": (PATIENT,), **rows})
    return interpret_patient(record, protocol(**rules), words or dictionary(), CATALOGUE)


def criterion(rule: Condition, kind: Kind = INCLUSION, **more: Any) -> Criterion:
    return Criterion("c", kind, "", rule, **more)


@pytest.mark.parametrize(
    ("asked", "result", "outcome", "verdict"),
    [
        (criterion(YES), "met", "T", "ELIGIBLE"),
        (criterion(NO), "not_met", "F", "INELIGIBLE"),
        (criterion(OPEN), "unknown", "U null_value", "UNDETERMINED"),
        (criterion(OPEN, unknown=FAIL), "not_met", "U null_value", "INELIGIBLE"),
        (criterion(OPEN, unknown=PASS), "assumed", "U null_value", "ELIGIBLE"),
        (criterion(YES, EXCLUSION), "not_met", "F", "INELIGIBLE"),
        (criterion(NO, EXCLUSION), "met", "T", "ELIGIBLE"),
        (criterion(OPEN, EXCLUSION), "unknown", "U null_value", "UNDETERMINED"),
        (criterion(NO, severity=ADVISORY), "not_met", "F", "ELIGIBLE"),
        (criterion(OPEN, severity=ADVISORY), "unknown", "U null_value", "ELIGIBLE"),
        (criterion(NO, applies_when=NO), "not_applicable", "T", "ELIGIBLE"),
        (criterion(OPEN, applies_when=NO), "not_applicable", "T", "ELIGIBLE"),
        (criterion(YES, applies_when=OPEN), "met", "T", "ELIGIBLE"),
        (criterion(NO, applies_when=OPEN), "unknown", "U null_value", "UNDETERMINED"),
        (criterion(YES, EXCLUSION, applies_when=YES), "not_met", "F", "INELIGIBLE"),
    ],
)
def test_one_criterion(asked: Criterion, result: str, outcome: str, verdict: str) -> None:
    found = screened(criteria=(asked,))
    answer = found.criteria["c"]
    assert (answer.result.label, said(answer.outcome), found.verdict.name) == (result, outcome, verdict)


def test_masks_have_a_bit_for_every_criterion() -> None:
    rules = [(YES, {}), (NO, {}), (OPEN, {}), (NO, {"severity": ADVISORY}), (OPEN, {"unknown": PASS}), (NO, {})]
    criteria = tuple(Criterion(f"c{i}", INCLUSION, "", rule, **more) for i, (rule, more) in enumerate(rules))
    found = screened(criteria=criteria)
    assert (found.failed, found.unknown, found.verdict) == (0b101010, 0b000100, Verdict.INELIGIBLE)
    assert screened(criteria=()).verdict is Verdict.ELIGIBLE


def test_the_worst_of_tied_values_fails_either_kind_of_criterion() -> None:
    high = alt(Take.LATEST, "> 100")
    for kind in Kind:
        assert screened(tables=TIED, criteria=(criterion(high, kind),)).verdict is Verdict.INELIGIBLE
        assert screened(tables=TIED, criteria=(criterion(Not(high), kind),)).verdict is Verdict.INELIGIBLE
    applies = screened(tables=TIED, criteria=(criterion(NO, applies_when=high),)).criteria["c"].applies
    assert applies is not None
    assert said(applies.outcome) == "U conflict"


def test_definitions_are_outputs_of_their_own() -> None:
    high = alt(Take.LATEST, "> 100")
    found = screened(tables=TIED, definitions={"high": high, "not_high": Not(Ref("high")), "open": OPEN})
    assert {name: said(outcome) for name, outcome in found.definitions.items()} == {
        "high": "F",
        "not_high": "F",
        "open": "U null_value",
    }


# --- arms --------------------------------------------------------------------------------------------------------

SEX, ECOG = ColumnRef("patients", "sex"), ColumnRef("patients", "ecog")


def arm(name: str, requires: Condition, priority: int, **more: Any) -> RuleArm:
    return RuleArm(name, "", requires, priority, **more)


@pytest.mark.parametrize(
    ("arms", "chosen"),
    [
        ((arm("a", YES, 2), arm("b", YES, 1)), "b"),
        ((arm("a", NO, 1), arm("b", YES, 2)), "b"),
        ((arm("a", OPEN, 1), arm("b", YES, 2)), None),
        ((arm("a", OPEN, 1, unknown=FAIL), arm("b", YES, 2)), "b"),
        ((arm("a", OPEN, 1, unknown=PASS), arm("b", YES, 2)), None),
        ((arm("a", NO, 1), RandomisedArm("r", "")), None),
        ((RandomisedArm("r", ""), RandomisedArm("s", "")), None),
        ((), None),
    ],
)
def test_arms_by_rule(arms: tuple[Any, ...], chosen: str | None) -> None:
    assert screened(arms=arms).arm == chosen
    assert screened(arms=arms, criteria=(criterion(NO),)).arm is None
    assert screened(arms=arms, criteria=(criterion(OPEN),)).arm is None


def test_recorded_arms_do_not_ask_for_eligibility() -> None:
    def arms(*texts: str) -> tuple[RecordedArm, ...]:
        return tuple(RecordedArm(f"a{i}", "", SEX, compare(text)) for i, text in enumerate(texts))

    assert screened(arms=arms("== M", "== F"), criteria=(criterion(NO),)).arm == "a1"
    assert screened(arms=arms("== M")).arm is None
    assert screened(arms=arms("== F", "!= M")).arm is None
    nothing = RecordedArm("n", "", ColumnRef("patients", "nothing"), compare("!= 1"))
    assert screened(arms=(nothing,)).arm is None


@pytest.mark.parametrize(
    ("column", "text"), [("sex", "F"), ("ecog", "1"), ("smoker", "true"), ("nothing", None), ("size", None)]
)
def test_arms_and_strata_from_a_column(column: str, text: str | None) -> None:
    ref = ColumnRef("tumour" if column == "size" else "patients", column)
    strata = (ColumnStratum("block", ref), ColumnStratum("level", ref, StratumUnknown.LEVEL))
    found = screened(arms=ArmColumn(ref), strata=strata)
    assert (found.arm, found.strata) == (text, {"block": text, "level": text or "unknown"})


def test_numbers_as_text() -> None:
    found = screened(tables={"tumour": [row(size=2.5)]}, arms=ArmColumn(ColumnRef("tumour", "size")))
    assert found.arm == "2.5"


# --- strata ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "more", "block", "level"),
    [
        ((YES, NO), {}, "l0", "l0"),
        ((YES, OPEN), {}, "l0", "l0"),
        ((YES, OPEN), {"overlap": "both"}, None, "unknown"),
        ((YES, NO), {"overlap": "both"}, "l0", "l0"),
        ((YES, YES), {}, None, "unknown"),
        ((YES, YES), {"overlap": "both"}, "both", "both"),
        ((YES, YES, OPEN), {"overlap": "both"}, "both", "both"),
        ((NO, OPEN), {}, None, "unknown"),
        ((NO, OPEN), {"otherwise": "rest"}, None, "unknown"),
        ((NO, NO), {}, None, "unknown"),
        ((NO, NO), {"otherwise": "rest"}, "rest", "rest"),
    ],
)
def test_levels(levels: tuple[Condition, ...], more: dict[str, str], block: str | None, level: str | None) -> None:
    named = tuple((f"l{i}", condition) for i, condition in enumerate(levels))
    for policy, expected in ((StratumUnknown.BLOCK, block), (StratumUnknown.LEVEL, level)):
        assert screened(strata=(LevelStratum("s", named, unknown=policy, **more),)).strata == {"s": expected}


def test_levels_are_asked_without_favour() -> None:
    levels = (("high", alt(Take.LATEST, "> 100")), ("low", alt(Take.LATEST, "<= 100")))
    assert screened(tables=TIED, strata=(LevelStratum("s", levels),)).strata == {"s": None}


# --- what would settle it ----------------------------------------------------------------------------------------

WEEKS = within(-14, 0)
AFTER = Window((Bound("c1d1", Duration(-28), closed=False),), (Bound("cutoff", closed=False),))


@pytest.mark.parametrize(
    ("condition", "tables", "patient", "facts"),
    [
        (YES, {}, {}, ()),
        (OPEN, {}, {}, ("patients.nothing",)),
        (value("size", "> 1", table="tumour"), {}, {}, ("tumour.size",)),
        (value("c1d1", "> 2026-03-05"), {}, row(c1d1=between(0, 30)), ("the complete date in patients.c1d1",)),
        (exists(window=WEEKS), {}, row(c1d1=NULL), ("patients.c1d1",)),
        (AgeIs(AgeUnit.YEARS, "c1d1", compare(">= 18")), {}, row(birth=NULL), ("patients.birth",)),
        (
            AgeIs(AgeUnit.YEARS, "c1d1", compare(">= 1")),
            {},
            row(birth=between(-366, -360)),
            ("the complete date in patients.birth",),
        ),
        (alt(Take.LATEST, "> 1", window=WEEKS), {}, {}, ("an ALT result dated within [-14 d, 0 d] of c1d1",)),
        (
            alt(Take.LATEST, "> 1", unit=None, measure="PLAIN", window=AFTER, where=where("fasting", "== true")),
            {"labs": [lab(on(0), None)]},
            {},
            ("fasting in row 1 of labs",),
        ),
        (
            alt(Take.LATEST, "> 1", unit=None, measure="PLAIN", window=AFTER, where=where("fasting", "== true")),
            {},
            {},
            ("a PLAIN result dated after c1d1 -28 d and before cutoff that meets the condition on fasting",),
        ),
        (
            alt(Take.LATEST, "> 2", unit="xULN"),
            {"labs": [lab(on(0), 1.0), lab(on(1), 1.0, uln=None)]},
            {},
            ("an upper reference limit for row 2 of labs",),
        ),
        (alt(Take.MAX, "> 2"), {"labs": [lab(on(0), 1.0, unit=None)]}, {}, ("the unit of row 1 of labs",)),
        (alt(Take.MAX, "> 2"), {"labs": [lab(on(0), -1.0)]}, {}, ("whether the value of row 1 of labs is right",)),
        (alt(Take.ALL, "> 2"), {"labs": [lab(on(0), None)]}, {}, ("the ALT result of row 1 of labs",)),
        (alt(Take.MAX, "> 2"), {"labs": [lab(on(0), None)]}, {}, ("an ALT result",)),
        (
            alt(Take.LATEST, "> 100", tie=Tie.ERROR),
            {"labs": [lab(on(0), 1.0), lab(on(0), 2.0)]},
            {},
            ("which ALT result of rows 1 and 2 of labs is right",),
        ),
        (
            alt(Take.LATEST, "> 100"),
            {"labs": [lab(NULL, 300.0), lab(on(0), 2.0), lab(between(-1, 1), 300.0)]},
            {},
            ("the date of row 1 of labs", "the complete date of row 3 of labs"),
        ),
        (
            exists(codes=CodeSet.of("X", "Z"), window=WEEKS, where=where("site", "== liver")),
            {},
            row(cov_to=on(-1)),
            (
                "whether there is a record in events with code X or Z that meets the condition on site"
                " dated within [-14 d, 0 d] of c1d1",
                "that events is complete for the time asked (patients.cov_from, patients.cov_to)",
            ),
        ),
        (
            exists(codes=CodeSet.of("X"), where=RowAll((where("site", "== liver"), where("end", "> 2026-03-05")))),
            {"events": [event(on(0), None, site=None, end=NULL), event(on(0), site="liver", end=between(0, 9))]},
            {},
            (
                "code in row 1 of events",
                "site in row 1 of events",
                "end in row 1 of events",
                "the complete end of row 2 of events",
            ),
        ),
        (
            exists(window=WEEKS),
            {"events": [event(on(-14))]},
            row(c1d1=between(0, 2)),
            ("the complete date in patients.c1d1",),
        ),
        (
            gap(">=", 21, column="end"),
            {"events": [event(on(-40), end=NULL), event(on(-30), end=on(-60))]},
            {},
            ("the end of row 1 of events", "whether the dates of row 2 of events are right"),
        ),
        (
            gap(">=", 21),
            {},
            row(cov_to=on(-9)),
            (
                "the last record in events on or before c1d1, or that there is none",
                "that events is complete for the time asked (patients.cov_from, patients.cov_to)",
            ),
        ),
    ],
)
def test_settling_facts(
    condition: Condition, tables: dict[str, list[dict[str, object]]], patient: dict[str, object], facts: tuple[str, ...]
) -> None:
    found = explained(condition, tables=tables, patient=patient, words=COVERED)
    assert settling_facts(found) == facts


def test_facts_come_from_the_parts_that_matter_each_once() -> None:
    lost = value("size", "> 1", table="tumour")
    assert settling_facts(explained(All((YES, OPEN, AnyOf((OPEN, lost)))))) == ("patients.nothing", "tumour.size")
    assert settling_facts(explained(All((NO, OPEN)))) == ()
    assert settling_facts(explained(Choose(((NO, OPEN), (YES, lost)), OPEN))) == ("tumour.size",)
    assert settling_facts(explained(Choose(((OPEN, lost),), YES))) == ("patients.nothing", "tumour.size")


def test_a_missing_as_of_is_named() -> None:
    found = explained(count(">= 1"), patient=row(cutoff=NULL), rules=AS_OF)
    assert settling_facts(found) == ("patients.cutoff",)


def test_facts_hold_no_value_of_the_patient() -> None:
    labs = [lab(on(0), 4321.0, unit="furlong", test="ALT"), lab(NULL, 4321.0)]
    for take in Take:
        leaf = alt(take, "> 1", window=WEEKS)
        facts = " ".join(settling_facts(explained(leaf, tables={"labs": labs})))
        assert facts
        assert "4321" not in facts
        assert "furlong" not in facts
