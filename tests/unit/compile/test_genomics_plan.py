"""Alterations in a plan and in an explanation: one pass over each table, and what would settle an unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratify.compile import compile_plan
from stratify.data import open_cohort, open_references
from stratify.diagnostics import StratifyError
from stratify.protocol import parse_dictionary, parse_protocol
from stratify.screening import explain
from stratify.verification import run_examples

DICTIONARY = """
format: stratify-dictionary/1
tables:
  patients: {dates: [c1d1]}
  variants: {date: date}
  tests: {date: date}
  labs: {date: date}
measures:
  TPS: {table: labs, value: value, unit: "%", assay: clone}
  MSI: {table: labs, value: msi, categories: {high: [MSI-H]}}
references: {panels: {file: panels.csv}}
genomics:
  variants: {table: variants, gene: gene, protein: protein, class: class, vaf: vaf, assay: assay}
  assays: {table: tests, assay: assay, panel: panel}
  panels: {reference: panels, panel: panel, gene: gene}
"""
RULES = {
    "L858R": "{alteration: EGFR, any_of: [{protein: p.L858R}], tested: {assays: [ngs]}, within: [-90, 0]}",
    "any": "{alteration: EGFR, min_vaf: {value: 5}}",
    "KRAS": "{not: {alteration: KRAS, negative_needs: [ngs], tested: {covers: gene}}}",
    "TPS": '{biomarker: TPS, assay: [22C3], is: ">= 50 %"}',
    "MSI": '{biomarker: MSI, is: "== high"}',
}


def protocol_text(more: str = "") -> str:
    criteria = "".join(f"  - {{id: {name}, kind: inclusion, text: t, rule: {rule}}}\n" for name, rule in RULES.items())
    return (
        "format: stratify/1\ntrial: {id: T}\nanchors: {c1d1: {from: patients.c1d1}}\ndefaults: {anchor: c1d1}\n"
        f"criteria:\n{criteria}{more}"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "patients": "patient_id,c1d1\n1,2026-04-20\n2,2026-04-20\n3,2026-04\n",
        "variants": "patient_id,date,gene,protein,class,vaf,assay\n1,2026-04-01,EGFR,see report,,,ngs\n"
        "2,,EGFR,L858R,,3,ngs\n3,2026-04-22,EGFR,L858R,,9,ngs\n",
        "tests": "patient_id,date,assay,panel\n1,2026-04-01,ngs,big\n2,2026-04-01,ngs,small\n3,2026-04,ngs,\n",
        "labs": "patient_id,date,value,clone,msi\n1,2026-04-01,60,,odd\n2,2026-04-01,60,SP142,MSI-H\n",
        "panels": "panel,gene\nbig,EGFR\nbig,KRAS\nsmall,EGFR\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def test_each_table_is_read_once_however_many_alterations_ask_it(folder: Path) -> None:
    cohort = open_cohort(folder, parse_dictionary(DICTIONARY))
    plan = compile_plan(parse_protocol(protocol_text()), cohort.dictionary, cohort.catalogue)
    assert sorted(table.table for table in plan.tables) == ["labs", "tests", "variants"]
    scans = plan.query(cohort.frames).explain(optimized=False).count("variants.csv")
    assert scans == 1


def settled_by(folder: Path, patient: str) -> dict[str, tuple[str, ...]]:
    cohort = open_cohort(folder, parse_dictionary(DICTIONARY))
    protocol = parse_protocol(protocol_text())
    said = explain(patient, protocol, cohort.dictionary, cohort.catalogue, cohort.frames)
    return {item.criterion.id: item.settled_by for item in said.criteria}


def test_what_would_settle_it(folder: Path) -> None:
    assert settled_by(folder, "1") == {
        "L858R": ("what protein in row 1 of variants means",),
        "any": ("vaf in row 1 of variants",),
        "KRAS": (),
        "TPS": ("clone in row 1 of labs",),
        "MSI": ("the MSI result of row 1 of labs as one of its categories",),
    }
    assert settled_by(folder, "2") == {
        "L858R": ("the date of row 1 of variants",),
        "any": (),
        "KRAS": ("a KRAS test by ngs, covering the whole gene",),
        "TPS": ("a TPS result by 22C3",),
        "MSI": (),
    }
    assert settled_by(folder, "3") == {
        "L858R": ("the complete date in patients.c1d1",),
        "any": (),
        "KRAS": ("panel in row 1 of tests",),
        "TPS": ("a TPS result by 22C3",),
        "MSI": ("a MSI result",),
    }


def test_an_explanation_shows_the_rows(folder: Path) -> None:
    cohort = open_cohort(folder, parse_dictionary(DICTIONARY))
    said = explain("3", parse_protocol(protocol_text()), cohort.dictionary, cohort.catalogue, cohort.frames).text()
    assert "variants, row 1, dated 2026-04-22, gene EGFR, protein L858R, no consequence, vaf 9.0, assay ngs" in said


EXAMPLE = """
examples:
  - name: negative by a panel of the site
    patient: {c1d1: 2026-04-20}
    tests: [{assay: ngs, panel: big, date: 2026-04-01}]
    expect: {L858R: not_met, KRAS: met}
  - name: not covered
    patient: {c1d1: 2026-04-20}
    tests: [{assay: ngs, panel: small, date: 2026-04-01}]
    expect: {L858R: not_met, KRAS: {result: unknown, reason: not_covered}}
"""


def test_examples_under_a_sites_dictionary_know_its_panels(folder: Path) -> None:
    words = parse_dictionary(DICTIONARY)
    cases = run_examples(parse_protocol(protocol_text(EXAMPLE)), words, open_references(folder, words))
    assert [case.problems for case in cases] == [(), ()]


def test_a_panel_column_that_is_not_there_is_told(folder: Path) -> None:
    (folder / "panels.csv").write_text("panel,symbol\nbig,EGFR\n")
    with pytest.raises(StratifyError) as caught:
        open_cohort(folder, parse_dictionary(DICTIONARY))
    assert [finding.code for finding in caught.value.findings] == ["D005"]
