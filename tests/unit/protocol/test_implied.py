"""The dictionary that a protocol's own examples imply, and their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratify.model.analytes import analyte
from stratify.model.dictionary import PATIENT_KEY, Grain, Measure, Table
from stratify.protocol import example_tables, implied_dictionary, load_protocol, parse_protocol, typecheck
from stratify.verification import run_examples
from unit.protocol.marked import rule

TEXT = rule(
    '{all: [{measure: ALT, is: "<= 2 xULN"}, {measure: HGB, is: "> 9 g/dL", where: {field: fasting, is: "== true"}},'
    ' {gap: tx, code: a, from: end_date, open_ended: ongoing, none: fail, is: "> 1 d"}, {value: site.kind, is: "== x"},'
    ' {ref: adult}, {count: visits, where: {field: n, is: "> 1"}, is: "> 1"}]}'
) + (
    "examples:\n  - name: n\n    patient: {d: 2026-04-20, dob: 1980-01-01, sex: ~}\n"
    "    blood: [{test: HGB, value: 10, unit: g/dL, date: 2026-04-01}]\n"
    "    tx: [{code: a, start_date: 2026-01-01, patient_id: 7}]\n    expect: {A: met}\n"
)


def test_tables_and_measures_are_what_the_protocol_and_its_examples_name() -> None:
    dictionary = implied_dictionary(parse_protocol(TEXT))
    assert dictionary.tables == {
        "patients": Table("patients", grain=Grain.ONE, dates=("d", "e"), birth="dob"),
        "site": Table("site", grain=Grain.ONE),
        "tx": Table("tx", date="start_date", end="end_date", code="code", ongoing=("status", "ongoing")),
        "visits": Table("visits", date="date"),
        "labs": Table("labs", date="date"),
        "blood": Table("blood", date="date"),
    }
    assert dictionary.measures == {
        "ALT": Measure("ALT", "labs", "value", {"test": ("ALT",)}, reference_high="ref_high"),
        "HGB": Measure("HGB", "blood", "value", {"test": ("HGB",)}, "g/dL", "unit", analyte=analyte("HGB")),
    }


def test_a_protocol_fits_the_dictionary_it_implies() -> None:
    protocol = parse_protocol(TEXT)
    assert typecheck(protocol, implied_dictionary(protocol)) == ()


TEXTS = rule(
    '{all: [{measure: ALT, is: "<= 40 U/L"}, {measure: EGFR, is: "in {L858R}"}, {measure: HCG, is: "== true"}]}'
)
LABS = """
examples:
  - name: {name}
    patient: {{d: 2026-04-20, e: 2026-04-20}}
    labs: [{{test: ALT, value: {alt}, date: 2026-04-19}}, {{test: EGFR, value: {egfr}, date: 2026-04-19}},
           {{test: HCG, value: {hcg}, date: 2026-04-19}}]
    expect: {{A: {expected}}}
"""


@pytest.mark.parametrize(
    ("alt", "egfr", "hcg", "expected"),
    [
        ("30", "L858R", "true", "met"),
        ("50", "L858R", "true", "not_met"),
        ("30", "wild type", "true", "not_met"),
        ("30", "L858R", "null", "{result: unknown, reason: null_value}"),
        ("30", "null", "true", "{result: unknown, reason: null_value}"),
    ],
)
def test_numbers_and_texts_stand_in_one_table_under_value(alt: str, egfr: str, hcg: str, expected: str) -> None:
    """Also where no text, or no true or false, is among the values: the column would be one of numbers."""
    said = LABS.format(name="n", alt=alt, egfr=egfr, hcg=hcg, expected=expected)
    [case] = run_examples(parse_protocol(TEXTS + said))
    assert case.problems == ()


def test_a_result_below_a_limit_leaves_other_tests_numbers() -> None:
    text = rule('{all: [{measure: INR, is: "< 2"}, {measure: CRP, is: "< 5 mg/L"}]}') + (
        "examples:\n  - name: n\n    patient: {d: 2026-04-20}\n"
        '    labs: [{test: INR, value: 1.5}, {test: CRP, value: "<3", unit: mg/L}]\n    expect: {A: met}\n'
    )
    [case] = run_examples(parse_protocol(text))
    assert case.problems == ()


def test_a_measure_named_like_a_gene_of_the_library_is_its_diplotype(tmp_path: Path) -> None:
    text = rule("{biomarker: CYP2C19, is: == poor}") + (
        "use: [pharmacogenomics/cyp2c19@1.0.0]\nexamples:\n  - name: n\n    patient: {d: 2026-04-20}\n"
        '    pgx: [{test: CYP2C19, value: "*2/*3"}]\n    expect: {A: met}\n'
    )
    path = tmp_path / "p.yaml"
    path.write_text(text)
    [case] = run_examples(load_protocol(path))
    assert case.problems == ()


def test_a_column_is_in_the_unit_that_the_rule_names() -> None:
    text = rule('{count: lesions, where: {field: size, is: ">= 10 mm"}, is: ">= 1"}') + (
        "examples:\n  - name: n\n    patient: {d: 2026-04-20}\n    lesions: [{size: 10}]\n    expect: {A: met}\n"
    )
    protocol = parse_protocol(text)
    assert implied_dictionary(protocol).tables["lesions"].units == {"size": "mm"}
    [case] = run_examples(protocol)
    assert case.problems == ()


def test_a_rule_that_names_the_column_value_itself_finds_it() -> None:
    text = rule(
        '{all: [{measure: EGFR, is: "in {L858R}"}, {exists: labs, where: {field: value, is: "== L858R"}}]}'
    ) + LABS.format(name="n", alt="x", egfr="L858R", hcg="y", expected="met")
    [case] = run_examples(parse_protocol(text))
    assert case.problems == ()


def test_rows_have_every_named_column_and_nothing_is_typed() -> None:
    protocol = parse_protocol(TEXT)
    tables = example_tables(protocol.examples[0], implied_dictionary(protocol), protocol)
    assert tables["patients"] == (
        {PATIENT_KEY: "example", "d": "2026-04-20", "e": None, "dob": "1980-01-01", "sex": None},
    )
    assert tables["tx"] == (
        {PATIENT_KEY: "example", "start_date": "2026-01-01", "end_date": None, "code": "a", "status": None},
    )
    assert tables["blood"] == (
        {
            PATIENT_KEY: "example",
            "date": "2026-04-01",
            "test": "HGB",
            "value": "10",
            "unit": "g/dL",
            "fasting": None,
        },
    )
    assert (tables["labs"], tables["visits"], tables["site"]) == ((), (), ())
