"""The code sets that come with the package: each can be asked, and means what a trial means."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratify.model.codes import CodeSet, normal_code
from stratify.model.protocol import Protocol
from stratify.protocol import format_text, read_protocol, shipped_rules
from stratify.verification import run_examples

NAMES = (
    *("anticancer", "brain_metastasis", "cns_local_therapy", "egfr_tki", "gilbert", "ild", "liver_metastasis"),
    *("nsclc", "rbc_transfusion", "surgically_sterile_or_postmenopausal", "systemic_corticosteroid"),
)


def using(tmp_path: Path, more: str = "criteria: []\n") -> Protocol:
    path = tmp_path / "p.yaml"
    anchor = "anchors: {c1d1: {from: patients.planned_c1d1_date}}\ndefaults: {anchor: c1d1}\n"
    path.write_text(
        f"format: stratify/1\ntrial: {{id: T}}\nuse: [oncology-core@1.4.0, codes/nsclc@2026.1]\n{anchor}{more}"
    )
    protocol, findings = read_protocol(path)
    assert [finding.code for finding in findings] == ["P305", "P305"], "no code is one that its system cannot have"
    assert protocol is not None
    return protocol


def test_every_set_that_the_target_example_names(tmp_path: Path) -> None:
    assert set(NAMES) <= set(using(tmp_path).library.code_sets)


@pytest.mark.parametrize("name", ["oncology-core/1.4.0", "codes/nsclc/2026.1"])
def test_the_files_are_in_canonical_layout(name: str) -> None:
    text = (shipped_rules() / f"libraries/{name}.yaml").read_text(encoding="utf-8")
    assert format_text(text) == text


def has(codes: CodeSet, code: str, system: str) -> bool:
    """Whether a set has a code, or one that it begins with where what lies below is meant."""
    text = normal_code(code, system)
    mine = [entry for entry in codes.entries if entry.system == system]
    return any(text in e.normal or (e.descendants and text.startswith(e.normal)) for e in mine)


@pytest.mark.parametrize(
    ("name", "system", "meant", "not_meant"),
    [
        ("liver_metastasis", "ICD-10-CM", ["C78.7"], ["C78.6", "C22.0"]),
        ("brain_metastasis", "ICD-10-CM", ["C79.31", "C79.32"], ["C79.49", "C71.9"]),
        ("nsclc", "ICD-10", ["C34.1", "C34"], ["C33", "C78.0"]),
        ("nsclc", "ICD-9-CM", ["162.9"], ["162.0", "197.0"]),
        ("gilbert", "ICD-10", ["E80.4"], ["E80.5", "E80.6"]),
        ("ild", "ICD-10-CM", ["J84.112", "J84.9", "J70.2"], ["J70.0", "J44.9"]),
        ("surgically_sterile_or_postmenopausal", "ICD-10-CM", ["Z90.710", "Z78.0"], ["Z90.712", "Z90.721", "N95.1"]),
        ("egfr_tki", "ATC", ["L01EB04", "L01XE35", "L01XE37"], ["L01EH01", "L01XE"]),
        ("egfr_tki", "INN", ["Osimertinib"], ["lapatinib"]),
        ("anticancer", "ATC", ["L01XA02", "L02BG03"], ["L04AX03", "H02AB06"]),
        ("anticancer", "INN", ["carboplatin", "osimertinib"], ["prednisone"]),
        ("systemic_corticosteroid", "ATC", ["H02AB02"], ["H02AA02", "D07AB19"]),
        ("platinum", "INN", ["Carboplatin"], ["oxaliplatin"]),
        ("fluoropyrimidine", "ATC", ["L01BC06"], ["L01BC05", "L01BC59"]),
        ("her2_antibody", "ATC", ["L01FD01", "L01FY01"], ["L01FD04"]),
        ("rbc_transfusion", "SNOMED", ["116863004"], []),
        ("cns_local_therapy", "CPT4", ["77372"], []),
    ],
)
def test_what_a_physician_would_take_for_it(
    tmp_path: Path, name: str, system: str, meant: list[str], not_meant: list[str]
) -> None:
    codes = using(tmp_path).library.code_sets[name]
    assert {code: has(codes, code, system) for code in (*meant, *not_meant)} == {
        **dict.fromkeys(meant, True),
        **dict.fromkeys(not_meant, False),
    }


def test_examples_need_no_systems(tmp_path: Path) -> None:
    """As LUMEN-301 writes its examples: a code alone means whatever the rules mean by it."""
    protocol = using(
        tmp_path,
        """\
criteria:
  - {id: MET, kind: inclusion, text: t, rule: {exists: diagnoses, code: {in: liver_metastasis}, by: c1d1}}
  - id: WASHOUT
    kind: exclusion
    text: t
    rule: {gap: treatments, code: {in: anticancer}, from: end_date, open_ended: ongoing, none: infinite, is: "< 21 d"}
examples:
  - name: alone
    patient: {planned_c1d1_date: 2026-04-22}
    diagnoses: [{code: C78.7, date: 2026-02-01}]
    treatments: [{code: carboplatin, start_date: 2026-03-01, end_date: 2026-04-01}]
    expect: {MET: met, WASHOUT: met}
  - name: a day too soon
    patient: {planned_c1d1_date: 2026-04-21}
    diagnoses: [{code: C78.7, system: ICD-9, date: 2026-02-01}]
    treatments: [{code: L01XA02, system: ATC, start_date: 2026-03-01, end_date: 2026-04-01}]
    expect: {MET: not_met, WASHOUT: not_met}
""",
    )
    known = [result for result in run_examples(protocol) if not result.passed]
    assert known == []
