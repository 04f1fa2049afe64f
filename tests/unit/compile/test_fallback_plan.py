"""Limits of a fallback table in a plan, in an explanation and beside examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratify.compile import compile_plan
from stratify.data import CohortTables, open_cohort, open_references
from stratify.protocol import parse_dictionary, parse_protocol, typecheck
from stratify.screening import explain
from stratify.verification import run_examples

PLAIN = """
format: stratify-dictionary/1
tables: {patients: {dates: [c1d1], birth: born}, labs: {date: date}}
measures:
  ALT: {table: labs, rows: {test: ALT}, value: value, unit: U/L, ref_high: uln}
  AST: {table: labs, rows: {test: AST}, value: value, unit: U/L, ref_high: uln}
"""
WITH_TABLE = f"""{PLAIN}
references: {{limits: {{}}}}
ref_fallback:
  reference: limits
  measure: test
  high: high
  site: {{column: site, from: patients.site}}
  sex: {{column: sex, from: patients.sex}}
  age_to: to
"""
FILES = {
    "patients": "patient_id,c1d1,born,sex,site\n1,2026-04-20,1980,f,\n2,2026-04-20,,f,\n",
    "labs": "patient_id,date,test,value,uln\n1,2026-04-01,ALT,90,\n1,2026-04-02,ALT,90,40\n"
    "1,2026-04-01,AST,90,\n2,,ALT,90,\n2,2026-04-01,AST,90,\n",
    "limits": "test,site,sex,to,high\nALT,,f,,35.5\nALT,,m,17,45\nALT,,m,,45\nAST,,,17,60\n",
}


def protocol_text(rule: str, more: str = "") -> str:
    return (
        "format: stratify/1\ntrial: {id: T}\nanchors: {c1d1: {from: patients.c1d1}}\ndefaults: {anchor: c1d1}\n"
        f"criteria:\n  - {{id: A, kind: inclusion, text: t, rule: {rule}}}\n{more}"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def opened(folder: Path, dictionary: str) -> CohortTables:
    return open_cohort(folder, parse_dictionary(dictionary))


MULTIPLE = '{measure: ALT, take: any, is: "<= 2 xULN"}'


@pytest.mark.parametrize(
    "rule", ['{measure: ALT, is: "<= 100 U/L"}', '{measure: ALT, within: [-30, 0], is: "<= 90 U/L"}']
)
def test_a_rule_without_multiples_has_the_plan_that_it_has_without_a_table(folder: Path, rule: str) -> None:
    plans = []
    for dictionary in (PLAIN, WITH_TABLE):
        tables = opened(folder, dictionary)
        plan = compile_plan(parse_protocol(protocol_text(rule)), tables.dictionary, tables.catalogue)
        (labs,) = plan.tables
        assert labs.carried == ()
        stages = (plan.patients, plan.dates, *labs.stages, labs.aggregates, *plan.stages)
        plans.append([expr.meta.serialize() for stage in stages for expr in stage])
    assert plans[0] == plans[1]


def test_rows_carry_of_their_patients_only_what_lines_of_their_measure_ask(folder: Path) -> None:
    tables = opened(folder, WITH_TABLE)
    carried = {}
    for name in ("ALT", "AST"):
        asked = parse_protocol(protocol_text(MULTIPLE.replace("ALT", name)))
        plan = compile_plan(asked, tables.dictionary, tables.catalogue)
        carried[name] = plan.tables[0].carried
    born = ("fallback:born:first", "fallback:born:last")
    assert carried == {"ALT": ("fallback:who", *born), "AST": ("fallback:who", *born)}
    (folder / "limits.csv").write_text("test,site,sex,to,high\nALT,,f,,35.5\n")
    tables = opened(folder, WITH_TABLE)
    plan = compile_plan(parse_protocol(protocol_text(MULTIPLE)), tables.dictionary, tables.catalogue)
    assert plan.tables[0].carried == ("fallback:who",)


def explained(folder: Path, patient: str, rule: str) -> tuple[list[str], tuple[str, ...]]:
    tables = opened(folder, WITH_TABLE)
    protocol = parse_protocol(protocol_text(rule))
    assert typecheck(protocol, tables.dictionary, tables.catalogue) == ()
    [criterion] = explain(patient, protocol, tables.dictionary, tables.catalogue, tables.frames).criteria
    return [line.strip() for line in criterion.lines], criterion.settled_by


def test_an_explanation_says_which_limit_is_of_the_table(folder: Path) -> None:
    lines, _ = explained(folder, "1", '{measure: ALT, take: all, is: "<= 3 xULN"}')
    assert lines[1:] == [
        "labs, row 1, dated 2026-04-01, value 90.0 U/L, asked <= 3 xULN, "
        "no limit of its own: 35.5 U/L by line 1 of limits",
        "labs, row 2, dated 2026-04-02, value 90.0 U/L, asked <= 3 xULN",
    ]


def test_lines_that_agree_are_named_together(folder: Path) -> None:
    (folder / "patients.csv").write_text("patient_id,c1d1,born,sex,site\n1,2026-04-20,2008,m,\n")
    lines, _ = explained(folder, "1", MULTIPLE)
    assert lines[1].endswith("45 U/L by lines 2 and 3 of limits")


def test_what_would_say_the_limit(folder: Path) -> None:
    own = "an upper reference limit for row {} of labs"
    _, facts = explained(folder, "1", MULTIPLE.replace("ALT", "AST"))
    assert facts == (own.format(3),)  # the birth in 1980 is known well enough: no line is of adults
    _, facts = explained(folder, "2", MULTIPLE.replace("ALT", "AST"))
    assert facts == (own.format(2), "patients.born")  # perhaps an adult, of whom no line is
    (folder / "limits.csv").write_text("test,site,sex,to,high\nALT,North,f,17,35.5\n")
    _, facts = explained(folder, "2", MULTIPLE)
    assert facts == (own.format(1), "patients.site", "patients.born", "the date of row 1 of labs")
    (folder / "labs.csv").write_text("patient_id,date,test,value,uln\n2,2026-04,ALT,90,0\n")
    _, facts = explained(folder, "2", MULTIPLE)
    assert facts == (own.format(1),)  # the row has a limit, and it is wrong


def test_examples_are_run_with_the_tables_of_the_dictionary(folder: Path) -> None:
    text = protocol_text(
        MULTIPLE,
        "examples:\n"
        "  - {name: f, patient: {c1d1: 2026-04-20, sex: f}, labs: [{test: ALT, date: 2026-04-01, value: 71}], "
        "expect: {A: met}}\n"
        "  - {name: m, patient: {c1d1: 2026-04-20, sex: m}, labs: [{test: ALT, date: 2026-04-01, value: 90}], "
        "expect: {A: met}}\n"
        "  - {name: x, patient: {c1d1: 2026-04-20}, labs: [{test: ALT, date: 2026-04-01, value: 71}], "
        "expect: {A: {result: unknown, reason: no_reference_range}}}\n",
    )
    dictionary = parse_dictionary(WITH_TABLE)
    protocol = parse_protocol(text)
    said = run_examples(protocol, dictionary, open_references(folder, dictionary))
    assert [case.problems for case in said] == [(), (), ()]
    unread = run_examples(protocol, dictionary)
    assert [case.passed for case in unread] == [False, False, True]
