"""What a protocol's text becomes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from stratify.model.codes import CodeSet
from stratify.model.expression import (
    AgeIs,
    AgeUnit,
    All,
    AtLeast,
    Choose,
    ColumnRef,
    Condition,
    Count,
    Exists,
    FieldIs,
    Gap,
    MeasureIs,
    NoEvent,
    Not,
    Ref,
    RowAll,
    RowAny,
    RowNot,
    Selection,
    Take,
    Tie,
    ValueIs,
)
from stratify.model.protocol import (
    ArmColumn,
    ColumnStratum,
    CriterionSeverity,
    Expectation,
    Kind,
    LevelStratum,
    Parameter,
    RandomisedArm,
    RecordedArm,
    RuleArm,
    StratumUnknown,
)
from stratify.model.truth import CriterionResult, Reason, UnknownPolicy, Verdict
from stratify.model.value import Bound, Duration, DurationUnit, Op, Window
from stratify.protocol import load_protocol, parse_comparison, parse_protocol, read_protocol
from stratify.verification import run_examples
from support import shared_path
from unit.protocol.marked import HEAD, rule, section

ADULT = Ref("adult")


def condition(text: str) -> Condition:
    return parse_protocol(rule(text)).criteria[0].rule


def within(anchor: str, first: Duration, last: Duration) -> Window:
    return Window((Bound(anchor, first),), (Bound(anchor, last),))


X = parse_comparison("> 1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{value: patients.a.b, is: "> 1"}', ValueIs(ColumnRef("patients", "a.b"), X)),
        ('{age: months, at: e, is: "> 1"}', AgeIs(AgeUnit.MONTHS, "e", X)),
        ('{age: years, is: "> 1"}', AgeIs(AgeUnit.YEARS, "d", X)),
        ('{measure: ALT, is: "> 1"}', MeasureIs("ALT", Take.LATEST, X)),
        (
            '{measure: ALT, take: closest, tie: mean, within: [-14, "+7"], is: "> 1"}',
            MeasureIs("ALT", Take.CLOSEST, X, within("d", Duration(-14), Duration(7)), tie=Tie.MEAN),
        ),
        (
            '{measure: ALT, within: ["-6 mo", 0], unit: weeks, of: e, is: "> 1"}',
            MeasureIs(
                "ALT",
                Take.LATEST,
                X,
                within("e", Duration(-6, DurationUnit.MONTHS), Duration(0, DurationUnit.WEEKS)),
            ),
        ),
        (
            '{measure: ALT, within: $days, is: "> 1"}',
            MeasureIs("ALT", Take.LATEST, X, within("e", Duration(-14), Duration(0))),
        ),
        (
            '{measure: ALT, within: $days, of: d, is: "> 1"}',
            MeasureIs("ALT", Take.LATEST, X, within("d", Duration(-14), Duration(0))),
        ),
        ('{measure: ALT, is: "<= $limit"}', MeasureIs("ALT", Take.LATEST, parse_comparison("<= 2.5 xULN"))),
        (
            '{each: [ALT, AST], is: "> 1"}',
            All((MeasureIs("ALT", Take.LATEST, X), MeasureIs("AST", Take.LATEST, X))),
        ),
        ('{each: [ALT], is: "> 1"}', All((MeasureIs("ALT", Take.LATEST, X),))),
        (
            "{exists: dx, code: C78.7, before: d}",
            Exists(Selection("dx", CodeSet.of("C78.7"), None, Window((), (Bound("d", closed=False),)))),
        ),
        (
            "{exists: dx, code: [NO, 08, NO], by: d, from: e}",
            Exists(Selection("dx", CodeSet.of("NO", "08"), None, Window((Bound("e"),), (Bound("d"),)))),
        ),
        (
            "{exists: dx, code: {in: [a]}, after: e, exact_time: true}",
            Exists(Selection("dx", CodeSet.of("a"), None, Window((Bound("e", closed=False),), (), exact_time=True))),
        ),
        ('{count: tx, is: "> 1"}', Count(Selection("tx"), X)),
        (
            '{exists: tx, where: {all: [{field: a, is: "> 1"}, {any: [{not: {field: b, is: "> 1"}}]}]}}',
            Exists(Selection("tx", None, RowAll((FieldIs("a", X), RowAny((RowNot(FieldIs("b", X)),)))))),
        ),
        (
            '{gap: tx, code: a, from: end_date, of: e, open_ended: ongoing, none: infinite, is: ">= 6 mo"}',
            Gap(
                Selection("tx", CodeSet.of("a")),
                "end_date",
                "e",
                Op.GE,
                Duration(6, DurationUnit.MONTHS),
                NoEvent.INFINITE,
                open_ended=True,
            ),
        ),
        ('{gap: tx, none: fail, is: "< 21 d"}', Gap(Selection("tx"), None, "d", Op.LT, Duration(21), NoEvent.FAIL)),
        ("{not: {ref: adult}}", Not(ADULT)),
        (
            '{at_least: {n: 2, of: [{ref: adult}, {count: tx, is: "> 1"}]}}',
            AtLeast(2, (ADULT, Count(Selection("tx"), X))),
        ),
        (
            "{choose: [{when: {ref: adult}, then: {not: {ref: adult}}}, {otherwise: {ref: adult}}]}",
            Choose(((ADULT, Not(ADULT)),), ADULT),
        ),
    ],
)
def test_conditions(text: str, expected: Condition) -> None:
    assert condition(text) == expected


def test_defaults_reach_leaves_and_criteria() -> None:
    head = HEAD.replace("{anchor: d}", "{anchor: e, unknown: fail, take: max, tie: best, as_of: d}")
    text = head + 'criteria:\n  - {id: A, kind: exclusion, text: t, rule: {measure: ALT, within: [0, 1], is: "> 1"}}\n'
    protocol = parse_protocol(text)
    expected = MeasureIs("ALT", Take.MAX, X, within("e", Duration(0), Duration(1)), tie=Tie.BEST)
    assert protocol.criteria[0].rule == expected
    assert protocol.criteria[0].unknown is UnknownPolicy.FAIL
    assert protocol.as_of == "d"


def test_a_criterion_keeps_its_words() -> None:
    text = HEAD + (
        "criteria:\n  - id: EXC-1\n    kind: exclusion\n    text: 'Known: \"x\"'\n    ref: 5.10\n    category: labs\n"
        "    severity: advisory\n    unknown: pass\n    applies_when: {ref: adult}\n    rule: {not: {ref: adult}}\n"
    )
    criterion = parse_protocol(text).criteria[0]
    assert (criterion.kind, criterion.text, criterion.ref, criterion.category) == (
        Kind.EXCLUSION,
        'Known: "x"',
        "5.10",
        "labs",
    )
    assert criterion.severity is CriterionSeverity.ADVISORY
    assert criterion.unknown is UnknownPolicy.PASS
    assert criterion.applies_when == ADULT
    assert criterion.span is not None
    assert (criterion.span.line, criterion.span.column) == (11, 5)


def test_arms_of_three_kinds_and_by_column() -> None:
    arms = parse_protocol(
        section(
            "arms:\n  - {id: a, label: Arm A, ratio: 2}\n  - {id: b}\n"
            '  - {id: c, from: patients.x, is: "== yes"}\n'
            "  - {id: r, requires: {ref: adult}, priority: 7, unknown: fail, assign: by_rule}\n"
        )
    ).arms
    assert arms == (
        RandomisedArm("a", "Arm A", 2),
        RandomisedArm("b", "b", 1),
        RecordedArm("c", "c", ColumnRef("patients", "x"), parse_comparison("== yes")),
        RuleArm("r", "r", ADULT, 7, UnknownPolicy.FAIL),
    )
    assert parse_protocol(section("arms: {from: patients.TRT01P}\n")).arms == ArmColumn(ColumnRef("patients", "TRT01P"))


def test_strata_by_levels_bands_and_column() -> None:
    strata = parse_protocol(
        section(
            "strata:\n"
            "  - {id: a, levels: {yes: {ref: adult}, no: otherwise}, overlap: yes, unknown: level}\n"
            '  - {id: b, bands: {of: {measure: PDL1, take: max}, cuts: ["< 1 %", "1 % .. < 50 %", ">= 50 %"]}}\n'
            "  - {id: c, from: patients.menostat}\n"
        )
    ).strata
    cuts = ("< 1 %", "1 % .. < 50 %", ">= 50 %")
    assert strata == (
        LevelStratum("a", (("yes", ADULT),), "no", "yes", StratumUnknown.LEVEL),
        LevelStratum("b", tuple((cut, MeasureIs("PDL1", Take.MAX, parse_comparison(cut))) for cut in cuts)),
        ColumnStratum("c", ColumnRef("patients", "menostat")),
    )


def test_examples_stay_text() -> None:
    example = parse_protocol(
        section(
            "arms: [{id: X}]\nstrata: [{id: s, levels: {a: {ref: adult}, b: otherwise}}]\n"
            "examples:\n  - name: n\n    patient: {birth: 1980-01-01, gene: NO, time: 12:30, none: ~}\n"
            "    labs: [{test: ALT, value: 1.10}, {test: AST}]\n    tx: []\n"
            "    expect: {A: {result: unknown, reason: no_record}, verdict: UNDETERMINED, arm: X,\n"
            "      strata: {s: unknown}}\n"
        )
    ).examples[0]
    assert example.patient == {"birth": "1980-01-01", "gene": "NO", "time": "12:30", "none": None}
    assert example.tables == {"labs": ({"test": "ALT", "value": "1.10"}, {"test": "AST"}), "tx": ()}
    assert example.expect == (Expectation("A", CriterionResult.UNKNOWN, Reason.NO_RECORD),)
    assert (example.verdict, example.arm, example.strata) == (Verdict.UNDETERMINED, "X", {"s": "unknown"})


def test_overrides_replace_a_value_and_are_recorded() -> None:
    text = rule('{all: [{measure: ALT, is: "<= $limit"}, {measure: AST, within: $days, is: "> 1"}]}')
    plain = parse_protocol(text)
    changed = parse_protocol(text, overrides={"limit": "3", "days": "[-28, 1]"})
    assert changed.criteria[0].rule == All(
        (
            MeasureIs("ALT", Take.LATEST, parse_comparison("<= 3 xULN")),
            MeasureIs("AST", Take.LATEST, X, within("e", Duration(-28), Duration(1))),
        )
    )
    assert changed.parameters == (
        Parameter("limit", "3", "xULN", overridden=True),
        Parameter("days", "[-28, 1]", "days", overridden=True),
    )
    assert plain.parameters == (Parameter("limit", "2.5", "xULN"), Parameter("days", "[-14, 0]", "days"))
    assert plain.digest == hashlib.sha256(text.encode()).hexdigest()
    assert len({plain.digest, changed.digest, parse_protocol(text, overrides={"limit": "4"}).digest}) == 3


def test_a_parameter_stands_for_any_value() -> None:
    head = HEAD.replace(
        "  limit:",
        "  names: {value: [ALT, AST]}\n  codes: {value: [NO, 08]}\n  two: {value: 2}\n  pick: {value: max}\n"
        '  whole: {value: "> 1"}\n  who: {value: e}\n  wait: {value: 3, unit: weeks}\n  limit:',
    )
    text = head + (
        "criteria:\n"
        "  - {id: A, kind: inclusion, text: t, rule: {each: $names, take: $pick, is: $whole}}\n"
        "  - {id: B, kind: inclusion, text: t, rule: {exists: tx, code: $codes, by: $who}}\n"
        "  - {id: C, kind: inclusion, text: t, rule: {at_least: {n: $two, of: [{ref: adult}, {exists: tx}]}}}\n"
        '  - {id: D, kind: inclusion, text: t, rule: {gap: tx, of: $who, none: fail, is: ">= $wait"}}\n'
    )
    assert [criterion.rule for criterion in parse_protocol(text).criteria] == [
        All((MeasureIs("ALT", Take.MAX, X), MeasureIs("AST", Take.MAX, X))),
        Exists(Selection("tx", CodeSet.of("NO", "08"), None, Window((), (Bound("e"),)))),
        AtLeast(2, (ADULT, Exists(Selection("tx")))),
        Gap(Selection("tx"), None, "e", Op.GE, Duration(3, DurationUnit.WEEKS), NoEvent.FAIL),
    ]


def test_text_is_normalised_where_data_is() -> None:
    decomposed = "Me\u0301nopause"
    found = condition(f'{{exists: dx, code: "{decomposed}", where: {{field: a, is: "== {decomposed}"}}}}')
    assert found == Exists(
        Selection("dx", CodeSet.of("M\u00e9nopause"), FieldIs("a", parse_comparison("== M\u00e9nopause")))
    )


def test_the_trial() -> None:
    text = rule("{ref: adult}").replace(
        "{id: T}",
        '{id: T, title: A trial, phase: III, protocol: {version: "3.0", date: 2026-03-14}, rules_version: 3.0.2, '
        "status: in_review, approved_by: [a]}",
    )
    trial = parse_protocol(text).trial
    assert (trial.id, trial.title, trial.phase, trial.status) == ("T", "A trial", "III", "in_review")
    assert (trial.protocol_version, trial.protocol_date, trial.rules_version) == ("3.0", "2026-03-14", "3.0.2")


def test_load_reads_what_parse_reads(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    text = rule("{ref: adult}").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    assert load_protocol(path) == parse_protocol(text, str(path))


@pytest.mark.shared
def test_the_target_example_loads_and_its_examples_hold() -> None:
    """As it stands; its folder has no lock file, which is a warning for each library."""
    protocol, findings = read_protocol(shared_path("examples", "LUMEN-301.yaml"))
    assert [finding.code for finding in findings] == ["P305", "P305"]
    assert protocol is not None
    assert [(case.name, case.problems) for case in run_examples(protocol) if not case.passed] == []
