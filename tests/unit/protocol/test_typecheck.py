"""A protocol against a dictionary: every misfit at its line, and nothing where it fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stratify.compile import compile_plan
from stratify.diagnostics import Severity
from stratify.model.dictionary import Catalogue, ColumnKind, Dictionary
from stratify.model.genomics import PanelRow
from stratify.protocol import parse_dictionary, parse_protocol, typecheck
from unit.protocol.marked import MARK, places_of, rule, section, split
from unit.protocol.protocol_cases import anchored

DICTIONARY = parse_dictionary(
    """\
format: stratify-dictionary/1
tables:
  patients: {birth: born, dates: [d, e, seen]}
  labs: {date: day}
  tests: {}
  tx: {date: start, end: stop, code: atc, dates: [review], ongoing: {status: on}, units: {weight: g}}
  visits: {date: day}
  variants: {}
  done: {date: day}
  ecg: {date: day, sequence: day}
  dx: {code: code, code_system: ICD10}
  mixed: {code: code, code_system: {column: voc, systems: [ICD10, SNOMED]}}
  sct: {code: code, code_system: SNOMED CT}
measures:
  WEIGHT: {table: labs, rows: {num: weight}, value: num, unit: sack}
  HEIGHT: {table: labs, rows: {num: height}, value: num, unit: m, units: {cm: 0.01}}
  QT: {table: ecg, value: num, unit: ms}
  RR: {table: ecg, value: num, unit: ms}
  ANC: {table: tests, value: num, unit: 10*9/L}
  LYM: {table: labs, value: num, unit: 10*9/L}
  CA: {table: tests, value: num, unit: mg/dL}
  ALB: {table: tests, value: num, unit: g/dL}
  CREAT: {table: labs, value: text, unit: mg/dL}
  ALT: {table: labs, value: num, unit: U/L, units: {ukat/L: 60}, ref_high: hi, aliases: [GPT]}
  GGT: {table: labs, value: num, unit: U/L, ref_high: text}
  INR: {table: labs, value: num}
  HCG: {table: labs, value: text}
  ECG: {table: tests, value: num}
  DAY: {table: labs, value: day}
  MSI: {table: labs, value: text, categories: {high: [MSI-H], stable: [MSS]}}
  CYP2C19: {table: labs, value: text, phenotypes: CYP2C19}
references: {panels: {}}
genomics:
  variants: {table: variants, gene: gene, protein: protein, vaf: fraction}
  assays: {table: done, panel: panel}
  panels: {reference: panels, panel: panel, gene: gene}
  assay_types: {tissue: [], blood: []}
"""
)

CATALOGUE: Catalogue = {
    "patients": {
        "patient_id": ColumnKind.TEXT,
        "born": ColumnKind.DATE,
        "d": ColumnKind.DATE,
        "e": ColumnKind.DATETIME,
        "seen": ColumnKind.PARTIAL_DATE,
        "x": ColumnKind.NUMBER,
        "sex": ColumnKind.TEXT,
        "ok": ColumnKind.BOOLEAN,
        "none": ColumnKind.EMPTY,
    },
    "labs": {"num": ColumnKind.NUMBER, "hi": ColumnKind.NUMBER, "text": ColumnKind.TEXT, "day": ColumnKind.DATE},
    "tests": {"num": ColumnKind.NUMBER},
    "tx": {
        "start": ColumnKind.DATE,
        "stop": ColumnKind.DATE,
        "review": ColumnKind.DATE,
        "status": ColumnKind.TEXT,
        "dose": ColumnKind.NUMBER,
        "weight": ColumnKind.NUMBER,
        "atc": ColumnKind.TEXT,
    },
    "visits": {"day": ColumnKind.DATE},
    "variants": {"gene": ColumnKind.TEXT, "protein": ColumnKind.TEXT, "fraction": ColumnKind.TEXT},
    "done": {"panel": ColumnKind.TEXT, "day": ColumnKind.DATE},
    "ecg": {"day": ColumnKind.DATE, "num": ColumnKind.NUMBER},
    "dx": {"code": ColumnKind.TEXT},
    "sct": {"code": ColumnKind.TEXT},
    "mixed": {"code": ColumnKind.TEXT, "voc": ColumnKind.TEXT},
}

# `dictionary`: found without looking at the data; `data`: found with the kinds of its columns.
CASES = [
    ("dictionary", "P100", rule(f"{MARK}{{exists: txx}}")),
    ("dictionary", "P100", section(f'arms:\n  - {MARK}{{id: a, from: pat.x, is: "== 1"}}\n')),
    ("dictionary", "P100", section(f"examples:\n  - {MARK}{{name: n, patient: {{}}, lab: [], expect: {{A: met}}}}\n")),
    ("data", "P101", rule(f'{MARK}{{value: patients.y, is: "> 1"}}')),
    ("data", "P101", rule(f'{{exists: tx, where: {MARK}{{field: dos, is: "> 1"}}}}')),
    ("data", "P101", section(f"arms: {MARK}{{from: patients.arm}}\n")),
    ("data", "P101", section(f"strata:\n  - {MARK}{{id: s, from: patients.site}}\n")),
    ("data", "P101", section(f"examples:\n  - {MARK}{{name: n, patient: {{y: 1}}, expect: {{A: met}}}}\n")),
    ("dictionary", "P102", rule(f'{MARK}{{measure: ALAT, is: "> 1 U/L"}}')),
    ("dictionary", "P102", rule(f'{{each: [ALT, {MARK}AST], is: "> 1 U/L"}}')),
    ("dictionary", "P103", rule(f'{MARK}{{value: labs.num, is: "> 1"}}')),
    ("dictionary", "P104", rule(f"{MARK}{{exists: visits, code: a}}")),
    ("dictionary", "P325", rule(f"{MARK}{{exists: tx, code: {{in: [L01], system: ATC}}}}")),
    ("dictionary", "P325", rule(f"{MARK}{{exists: tx, code: {{in: [L01], descendants: true}}}}")),
    ("dictionary", "P326", rule(f"{MARK}{{exists: mixed, code: C78}}")),
    ("dictionary", "P327", rule(f"{MARK}{{exists: dx, code: {{in: ['198.4'], system: ICD-9}}}}")),
    ("dictionary", "P327", rule(f"{MARK}{{exists: mixed, code: {{in: [C78], system: ICD-10-CM}}}}")),
    (
        "dictionary",
        "P328",
        rule(f"{MARK}{{exists: sct, code: {{in: ['94381002'], system: SNOMED, descendants: true}}}}"),
    ),
    ("dictionary", "P324", rule(f"{MARK}{{exists: dx, code: {{in: [C7], descendants: true}}}}")),
    ("dictionary", "P105", rule(f'{MARK}{{measure: ALT, is: "> 40"}}')),
    ("dictionary", "P105", rule(f'{MARK}{{measure: ALT, is: "> 1 mg/dL"}}')),
    ("dictionary", "P105", rule(f'{MARK}{{measure: INR, is: "> 1 mg"}}')),
    ("dictionary", "P106", rule(f'{MARK}{{measure: INR, is: "> 1 xULN"}}')),
    ("dictionary", "P106", rule(f'{MARK}{{measure: ALT, is: "> 1 xLLN"}}')),
    ("data", "P107", rule(f'{MARK}{{value: patients.sex, is: "> 1"}}')),
    ("data", "P107", rule(f'{MARK}{{value: patients.x, is: "== f"}}')),
    ("data", "P107", rule(f'{MARK}{{measure: HCG, is: "> 5"}}')),
    ("data", "P107", rule(f'{MARK}{{measure: GGT, is: "> 5 xULN"}}')),
    ("data", "P107", rule(f'{MARK}{{measure: DAY, is: "> 5"}}')),
    ("dictionary", "P107", rule(f'{MARK}{{value: patients.sex, is: ">= f"}}')),
    ("data", "P108", rule(f'{MARK}{{measure: HCG, take: max, is: "== negative"}}')),
    ("dictionary", "P108", rule(f'{MARK}{{measure: HCG, take: mean, is: "== negative"}}')),
    ("dictionary", "P109", rule(f'{MARK}{{measure: ECG, by: d, is: "> 1"}}')),
    ("dictionary", "P109", rule(f"{MARK}{{exists: tests, within: [-1, 0]}}")),
    ("dictionary", "P109", rule(f'{MARK}{{gap: tests, none: fail, is: "> 1 d"}}')),
    ("dictionary", "P109", rule(f"{MARK}{{exists: tests}}").replace("{anchor: d}", "{anchor: d, as_of: e}")),
    ("dictionary", "P110", rule(f'{MARK}{{measure: INR, take: closest, is: "> 1"}}')),
    ("dictionary", "P112", rule(f'{MARK}{{age: years, is: ">= 17.5"}}')),
    ("dictionary", "P113", rule(f'{MARK}{{gap: visits, from: end_date, none: fail, is: "> 1 d"}}')),
    ("dictionary", "P113", rule(f'{MARK}{{gap: tx, from: dose, none: fail, is: "> 1 d"}}')),
    ("dictionary", "P114", rule(f'{MARK}{{value: patients.seen, is: ">= 2026-03"}}')),
    ("dictionary", "P116", rule(f'{{exists: tx, where: {MARK}{{field: dose, is: "> 10 mg"}}}}')),
    ("dictionary", "P116", rule(f'{{exists: tx, where: {MARK}{{field: weight, is: "> 10 mg"}}}}')),
    ("dictionary", "P116", rule(f'{MARK}{{value: patients.x, is: "<= 20 mm"}}')),
    ("data", "P117", rule(f'{MARK}{{value: patients.ok, is: "== yes"}}')),
    ("data", "P117", rule(f'{MARK}{{value: patients.ok, is: "> true"}}')),
    ("dictionary", "P109", rule(f'{MARK}{{measure: ECG, take: mean, of_last: 2, is: "> 1"}}')),
    ("dictionary", "P109", rule(f'{MARK}{{derived: CA_CORRECTED, is: "> 10 mg/dL"}}')),
    ("dictionary", "P351", rule(f'{MARK}{{change: BMD, from: [-9, -5], to: [-4, 0], as: ratio, is: "> 1"}}')),
    ("dictionary", "P352", rule(f'{MARK}{{derived: BMI, is: "> 25 kg/m2"}}')),
    ("dictionary", "P353", rule(f'{MARK}{{change: ALT, from: [-9, -5], to: [-4, 0], as: difference, is: "> 1"}}')),
    ("dictionary", "P353", rule(f'{MARK}{{change: ALT, from: [-9, -5], to: [-4, 0], as: percent, is: "> 1 U/L"}}')),
    ("dictionary", "P353", rule(f'{MARK}{{change: ALT, from: [-9, -5], to: [-4, 0], as: ratio, is: "> 1 %"}}')),
    ("dictionary", "P357", rule(f'{MARK}{{derived: QTCF, is: "> 470 ms"}}')),
    ("dictionary", "P357", rule(f'{MARK}{{derived: NLR, is: "> 3"}}')),
    ("dictionary", "P100", anchored(f"a: {MARK}{{latest: txx}}")),
    ("dictionary", "P104", anchored(f"a: {MARK}{{latest: visits, code: a}}")),
    ("dictionary", "P109", anchored(f"a: {MARK}{{latest: tests}}")),
    (
        "dictionary",
        "P109",
        anchored(f"a: {MARK}{{latest: tests, before: d}}"),
    ),
    ("dictionary", "P113", anchored(f"a: {MARK}{{latest: visits, column: end_date}}")),
    ("dictionary", "P113", anchored(f"a: {MARK}{{latest: tx, column: dose}}")),
    ("data", "P101", anchored(f"a: {MARK}{{latest: tx, column: nowhere}}")),
    ("data", "P101", anchored(f'a: {{latest: tx, where: {MARK}{{field: dos, is: "> 1"}}}}')),
    ("dictionary", "P118", rule(f'{MARK}{{gap: visits, open_ended: ongoing, none: fail, is: "> 1 d"}}')),
    ("dictionary", "P109", rule(f"{MARK}{{alteration: EGFR, by: d}}")),
    ("data", "P101", rule(f"{{alteration: EGFR, where: {MARK}{{field: depth, is: '> 1'}}}}")),
    ("dictionary", "P334", rule(f"{MARK}{{alteration: EGFR, any_of: [{{cnv: amplification}}]}}")),
    ("dictionary", "P334", rule(f"{MARK}{{alteration: EGFR, any_of: [{{fusion: ALK}}]}}")),
    ("dictionary", "P334", rule(f"{MARK}{{alteration: EGFR, any_of: [{{exon: 19}}]}}")),
    ("dictionary", "P334", rule(f"{MARK}{{alteration: EGFR, origin: germline}}")),
    ("dictionary", "P334", rule(f"{MARK}{{alteration: EGFR, call: vus}}")),
    ("dictionary", "P334", rule(f"{MARK}{{alteration: EGFR, negative_needs: [tissue]}}")),
    ("data", "P338", rule(f"{MARK}{{alteration: EGFR, min_vaf: {{value: 5}}}}")),
    ("dictionary", "P340", rule(f'{MARK}{{biomarker: INR, assay: a, is: "> 5"}}')),
    ("dictionary", "P340", rule(f'{MARK}{{biomarker: INR, specimen: a, is: "> 5"}}')),
    ("dictionary", "P341", rule(f'{MARK}{{measure: MSI, is: "== hihg"}}')),
    ("dictionary", "P107", rule(f'{MARK}{{measure: MSI, is: "> high"}}')),
    ("dictionary", "P342", rule(f'{MARK}{{biomarker: CYP2C19, is: "== poor"}}')),
]


@pytest.mark.parametrize(("needs", "code", "marked"), CASES, ids=[f"{i}-{case[1]}" for i, case in enumerate(CASES)])
def test_misfit_stands_at_its_mark(needs: str, code: str, marked: str) -> None:
    text, places = split(marked)
    protocol = parse_protocol(text)
    expected = [(code, *place) for place in places]
    found = typecheck(protocol, DICTIONARY, CATALOGUE, examples=True)
    assert places_of(found) == expected
    assert all(finding.hint for finding in found)
    assert all(finding.why for finding in found if finding.code == "P101")
    if needs == "dictionary":
        assert places_of(typecheck(protocol, DICTIONARY, examples=True)) == expected


FITTING = [
    '{exists: tx, where: {field: weight, is: "> 10 gram"}}',
    '{exists: tx, where: {field: weight, is: "> 10"}}',
    '{value: patients.x, is: "1 .. 5"}',
    '{value: patients.sex, is: "in {f, m}"}',
    '{value: patients.ok, is: "!= true"}',
    '{value: patients.seen, is: "< 2026-03-01"}',
    '{value: patients.none, is: "> 5"}',
    '{measure: ALT, is: "> 40 U/L"}',
    '{measure: ALT, is: "> 1 ukat/L"}',
    '{measure: ALT, is: "in {1, 2} IU/L"}',
    '{measure: GPT, is: "<= 2.5 xULN", within: [-14, 0]}',
    '{measure: INR, take: closest, within: [-14, 0], is: "> 1"}',
    '{measure: HCG, take: any, is: "== negative"}',
    '{measure: ECG, take: max, is: "> 1"}',
    '{gap: tx, code: a, from: end_date, open_ended: ongoing, none: infinite, is: ">= 6 mo"}',
    '{gap: tx, from: review, none: infinite, is: ">= 6 mo"}',
    '{gap: visits, from: date, none: infinite, is: ">= 6 mo"}',
    "{exists: tests}",
    "{exists: tx, within: [0, 6 mo], of: last}",
    "{exists: tx, code: L01}",
    "{exists: dx, code: {in: [C78, c79.3], descendants: true}}",
    "{exists: mixed, code: {in: [A00], system: [ICD-10, SNOMED]}}",
    '{count: tx, where: {field: dose, is: "> 1"}, by: d, is: ">= 2"}',
    "{alteration: EGFR, any_of: [{protein: p.L858R}, {class: truncating}], where: {field: gene, is: '!= x'}}",
    '{biomarker: INR, is: "> 1"}',
    '{measure: MSI, take: any, is: "in {high, stable}"}',
]


@pytest.mark.parametrize("condition", FITTING)
@pytest.mark.parametrize("catalogue", [None, CATALOGUE], ids=["dictionary", "data"])
def test_what_fits_has_no_finding(condition: str, catalogue: Catalogue | None) -> None:
    anchors = "anchors: {last: {latest: tx, code: a, column: end_date, before: d}, "
    text = rule(condition).replace("anchors: {", anchors)
    assert typecheck(parse_protocol(text), DICTIONARY, catalogue) == ()


def test_a_code_that_no_row_of_the_table_can_have_is_a_warning() -> None:
    found = typecheck(parse_protocol(rule("{exists: dx, code: [carboplatin, C78.7]}")), DICTIONARY)
    assert [(f.code, f.severity, f.message) for f in found] == [
        ("P323", Severity.WARNING, '"carboplatin" cannot be a code of ICD-10.')
    ]


def test_rows_of_a_system_without_a_code_are_a_warning() -> None:
    found = typecheck(parse_protocol(rule("{exists: mixed, code: {in: [C78.7], system: ICD-10}}")), DICTIONARY)
    assert [(f.code, f.severity) for f in found] == [("P329", Severity.WARNING)]
    assert "SNOMED" in found[0].message


def test_an_anchor_must_be_a_date() -> None:
    protocol = parse_protocol(rule("{ref: adult}").replace("patients.d}", "patients.sex}"))
    found = typecheck(protocol, DICTIONARY, CATALOGUE)
    assert [(f.code, f.message) for f in found] == [("P115", "Anchor d, column patients.sex, is not a date.")]


def test_age_needs_a_date_of_birth() -> None:
    tables = dict(parse_dictionary("format: stratify-dictionary/1\ntables: {patients: {dates: [d, e]}}\n").tables)
    found = typecheck(parse_protocol(rule("{ref: adult}")), Dictionary(tables))
    assert places_of(found) == [("P111", 9, 10)]


def test_misfits_come_in_the_order_of_lines_each_once() -> None:
    marked = rule(f'{{all: [{MARK}{{measure: X, is: "> 1"}}, {MARK}{{measure: X, is: "> 1"}}, {MARK}{{exists: y}}]}}')
    text, places = split(marked)
    found = typecheck(parse_protocol(text), DICTIONARY)
    assert places_of(found) == [(code, *place) for code, place in zip(("P102", "P102", "P100"), places, strict=True)]


def test_the_expected_unit_is_named() -> None:
    (finding,) = typecheck(parse_protocol(rule('{measure: ALT, is: "> 1 mg/dL"}')), DICTIONARY)
    assert finding.message == "Measure ALT is compared in mg/dL; the dictionary has it in U/L."
    assert finding.hint.startswith("Write the threshold in U/L, or in one of ukat/L, [IU]/L, ")


@pytest.mark.parametrize("number", ["1E99999999", "1E-99999999", "-1E400000000"])
def test_a_threshold_of_any_size_is_converted_in_no_time(number: str) -> None:
    protocol = parse_protocol(rule(f'{{measure: ALT, is: "> {number} ukat/L"}}'))
    assert typecheck(protocol, DICTIONARY) == ()
    assert compile_plan(protocol, DICTIONARY, CATALOGUE).tables


def genomic(part: str) -> Dictionary:
    return parse_dictionary(
        "format: stratify-dictionary/1\ntables: {patients: {birth: b, dates: [d, e]}, variants: {}, done: {}}\n"
        f"references: {{panels: {{}}}}\ngenomics:\n  variants: {{table: variants, gene: g, assay: a}}\n  {part}\n"
    )


def test_a_type_of_test_that_nobody_declared_is_not_asked_for() -> None:
    words = genomic("assay_types: {tissue: [Panel A]}")
    found = typecheck(parse_protocol(rule("{alteration: EGFR, tested: {assays: [tissue, tisue]}}")), words)
    assert [(f.code, f.hint) for f in found] == [("P335", 'did you mean "tissue"?')]


def test_tests_of_which_nobody_knows_what_they_cover_are_warned_of() -> None:
    asked = parse_protocol(rule("{alteration: EGFR}"))
    assert [f.code for f in typecheck(asked, genomic("assays: {table: done}"))] == ["P336"]
    assert typecheck(asked, genomic("assays: {table: done, gene: g}")) == ()
    words = genomic("assays: {table: done, panel: p}\n  panels: {reference: panels, panel: p, gene: g}")
    assert typecheck(asked, words) == ()  # what the panels cover is known when the data are open
    panels = words.genomics.panels
    assert panels is not None
    rows = replace(panels, rows=(PanelRow("p", "EGFRvIII"),))
    found = typecheck(asked, replace(words, genomics=replace(words.genomics, panels=rows)))
    assert [(f.code, f.severity) for f in found] == [("P336", Severity.WARNING)]


def test_a_site_need_not_have_what_only_examples_name() -> None:
    text = section("examples:\n  - {name: n, patient: {y: 1}, lab: [], expect: {A: met}}\n").replace(MARK, "")
    assert typecheck(parse_protocol(text), DICTIONARY, CATALOGUE) == ()
