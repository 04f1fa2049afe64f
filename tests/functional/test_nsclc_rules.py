"""The ten lung cancer trials against the encodings they were written after, and under the dictionary they share.

What a rule is compared with is read from the published text of the encoding by the patterns below, not from ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from stratify.model.dictionary import Dictionary
from stratify.model.expression import AgeIs, Exists, MeasureIs, Take
from stratify.model.protocol import Criterion, Example, Kind, Protocol
from stratify.model.value import DurationUnit, Window
from stratify.protocol import load_dictionary, load_protocol, typecheck
from stratify.verification import run_examples
from support import ROOT, shared_path

FOLDER = ROOT / "rules" / "nsclc"
PATHS = sorted(FOLDER.glob("*.yaml"))
TRIALS = {
    "AZ_FLAURA": "flaura",
    "BI_LUX8": "lux-lung-8",
    "BMS_Checkmate017": "checkmate-017",
    "BMS_Checkmate057": "checkmate-057",
    "BMS_Checkmate078": "checkmate-078",
    "Merck_Keynote010": "keynote-010",
    "Merck_Keynote189": "keynote-189",
    "Merck_Keynote407": "keynote-407",
    "Roche_BEYOND": "beyond",
    "Roche_OAK": "oak",
}
OURS = {
    "Age": "INC-AGE",
    "Histology_NonSquamous": "INC-HISTOLOGY",
    "Histology_Squamous": "INC-HISTOLOGY",
    "Histology_Any": "INC-HISTOLOGY",
    "Staging": "INC-STAGE",
    "ECOG": "INC-ECOG",
    "ECOG_v1": "INC-ECOG",
    "FirstProgression": "INC-PROGRESSION",
    "maintenance": "INC-MAINTENANCE",
    "maintenance_v2": "INC-MAINTENANCE",
    "WBC": "INC-WBC",
    "WBC_v2": "INC-WBC",
    "Neutrophils": "INC-ANC",
    "Lymphocyte": "INC-ALC",
    "Platelets": "INC-PLT",
    "Platelets_v1": "INC-PLT",
    "Hemoglobin": "INC-HGB",
    "Albumin": "INC-ALB",
    "ALT": "INC-ALT",
    "ALT_v2": "INC-ALT",
    "ALT_v3": "INC-ALT",
    "AST": "INC-AST",
    "AST_v2": "INC-AST",
    "AST_v3": "INC-AST",
    "Bilirubin": "INC-BILI",
    "Bilirubin_v2": "INC-BILI",
    "Alkaline": "INC-ALP",
    "EGFR_drug": "EXC-EGFR-NO-TKI",
    "ALK_drug": "EXC-ALK-NO-TKI",
    "EGFR-mutation": "EXC-EGFR",
    "ALK-translocation": "EXC-ALK",
    "EGFR_ALK_positive": "EXC-EGFR-ALK",
    "EGFR_ALK_therapy": "EXC-PRIOR-TKI",
    "neoadjuvant_treatment": "EXC-NEOADJUVANT",
    "prior_treatment": "EXC-PRIOR-SYSTEMIC",
    "CNS_Metastasis": "EXC-CNS",
    "PDL1-exclude-lpilimumab": "EXC-IPILIMUMAB",
    "PDL1-exclude-Docetaxel": "EXC-DOCETAXEL",
    "CYP3A4": "EXC-CYP3A4",
    "blood_pressure_systolic": "EXC-SYSTOLIC",
    "blood_pressure_diastolic": "EXC-DIASTOLIC",
}
"""Encoded rule -> the criterion that says it; every trial that encodes it has that criterion."""
NOT_ENCODED = {("AZ_FLAURA", "INC-EGFR")}
"""What the registry asks for and the encoding leaves out."""
ANCHORS = {"1": "first_line", "2": "second_line"}


@cache
def ours(trial: str) -> Protocol:
    return load_protocol(FOLDER / f"{TRIALS[trial]}.yaml")


def criterion(trial: str, encoded: str) -> Criterion:
    return next(item for item in ours(trial).criteria if item.id == OURS[encoded])


@pytest.fixture(scope="module")
def encoded() -> list[dict[str, str]]:
    return pl.read_parquet(shared_path("data", "trialpathfinder_criteria") / "encoded_criteria.parquet").to_dicts()


# --- the encodings -------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_each_of_the_146_encoded_rules_is_a_criterion_of_its_trial_that_names_it(encoded: list[dict[str, str]]) -> None:
    assert len(encoded) == 146
    said = {(trial, item.id, item.kind): item.ref or "" for trial in TRIALS for item in ours(trial).criteria}
    expected = set()
    for rule in encoded:
        key = (rule["trial"], OURS[rule["criterion"]], Kind(rule["kind"]))
        assert re.search(rf"(^|; )encoded {re.escape(rule['criterion'])}$", said[key]), key
        expected.add(key)
    assert len(expected) == 146
    assert {key[:2] for key in said if key not in expected} == NOT_ENCODED


@pytest.mark.shared
def test_each_laboratory_limit_window_and_line_is_the_encoded_one(encoded: list[dict[str, str]]) -> None:
    """The direction of an exclusion is that of the condition that excludes, in both."""
    compared = 0
    for rule in encoded:
        text = rule["rule_text"]
        limit = re.search(r"\['value'\] (<=|>=|>) (?:([\d.]+)(?: \* lab\['maxnorm'\])?|lab\['maxnorm'\])\)*\s*$", text)
        if rule["criterion"] == "Neutrophils":
            limit = re.search(r"'Neutrophil count \(absolute\)'\) AND \(lab\['value'\] (>=) ([\d.]+)\)", text)
        if limit is None:
            continue
        leaf = criterion(rule["trial"], rule["criterion"]).rule
        assert isinstance(leaf, MeasureIs)
        single = leaf.compare.single
        assert single is not None
        assert (single.op.value, Decimal(single.value.text)) == (limit[1], Decimal(limit[2] or 1))
        assert (leaf.compare.unit == "xULN") == ("maxnorm" in text)
        assert leaf.take is Take.CLOSEST  # MIN(ABS(...))
        assert days(leaf.window) == encoded_days(text)
        compared += 1
    assert compared == sum("MIN(ABS(" in rule["rule_text"] for rule in encoded) - 10 == 67  # ten ask ECOG


@pytest.mark.shared
def test_each_performance_status_is_the_encoded_one(encoded: list[dict[str, str]]) -> None:
    rules = [rule for rule in encoded if rule["criterion"].startswith("ECOG")]
    for rule in rules:
        leaf = criterion(rule["trial"], rule["criterion"]).rule
        assert isinstance(leaf, MeasureIs)
        assert leaf.take is Take.CLOSEST
        assert days(leaf.window) == encoded_days(rule["rule_text"])
        allowed = set(re.findall(r"ecogvalue'\] == (\d)", rule["rule_text"]))
        assert {test.value.text for tests in leaf.compare.alternatives for test in tests} == allowed
    assert len(rules) == 10


@pytest.mark.shared
def test_each_age_and_metastasis_counts_from_the_encoded_line(encoded: list[dict[str, str]]) -> None:
    compared = 0
    for rule in encoded:
        if rule["criterion"] in {"Age", "CNS_Metastasis"}:
            leaf = criterion(rule["trial"], rule["criterion"]).rule
            assert isinstance(leaf, AgeIs | Exists)
            anchor = leaf.anchor if isinstance(leaf, AgeIs) else leaf.selection.window.ends[0].anchor
            assert anchor == ANCHORS[encoded_line(rule["rule_text"])]
            compared += 1
    assert compared == 19


@pytest.mark.shared
def test_every_encoded_code_and_name_is_asked_but_for_two_misspelled_drugs(encoded: list[dict[str, str]]) -> None:
    misspelled = {"atazanvir": "atazanavir", "teithromycin": "telithromycin"}
    for rule in encoded:
        names = re.findall(
            r"(?:medication\['name'\]|\['linename'\]|diagnosis\['code'\])\s*[!=]= '([^']+)'", rule["rule_text"]
        )
        names += re.findall(r"orals\[‘name’\] == '([^'’]+)['’]", rule["rule_text"])
        item = criterion(rule["trial"], rule["criterion"])
        asked = words(rule["trial"], item)
        assert {misspelled.get(name.lower(), name.lower()) for name in names} <= asked


@pytest.mark.shared
def test_the_slips_that_the_page_lists_are_in_the_encodings(encoded: list[dict[str, str]]) -> None:
    texts = {(rule["trial"], rule["criterion"]): body(rule["rule_text"]) for rule in encoded}
    staged = [trial for trial, name in texts if name == "Staging"]
    assert len(staged) == 9
    assert all(texts[trial, "Staging"] == texts[trial, "Age"] for trial in staged)
    assert "KRAS" in texts["Merck_Keynote189", "EGFR_ALK_positive"]
    assert not any("198.3" in text or "C79.3" in text for text in texts.values())
    page = (ROOT / "docs" / "how-to" / "shipped-protocols.md").read_text(encoding="utf-8")
    assert all(
        f"`{word}`" in page for word in ("Staging", "EGFR_ALK_positive", "CNS_Metastasis", "atazanvir", "teithromycin")
    )


def body(text: str) -> str:
    return " ".join(text.split()).split("#", 1)[1]


def encoded_line(text: str) -> str:
    found = re.search(r"linenumber'\]\s*==\s*(\d)", text)
    assert found is not None
    return found[1]


def encoded_days(text: str) -> tuple[str, int, int]:
    before = re.search(r">= treatments\['startdate'\] - @DAYS\((\d+)\)", text)
    after = re.search(r"<= treatments\['startdate'\] \+ @DAYS\((\d+)\)", text)
    assert before is not None
    assert after is not None or "<= treatments['startdate'])" in text
    return ANCHORS[encoded_line(text)], -int(before[1]), int(after[1]) if after else 0


def days(window: Window) -> tuple[str, int, int]:
    (start,), (end,) = window.starts, window.ends
    assert (start.closed, end.closed, start.anchor) == (True, True, end.anchor)
    assert start.offset.unit is end.offset.unit is DurationUnit.DAYS
    return start.anchor, start.offset.count, end.offset.count


def words(trial: str, item: Criterion) -> set[str]:
    """Every code and text that a criterion, or a definition it refers to, asks for."""
    definitions = ours(trial).definitions
    conditions = [item.rule, *(definitions[name] for name in re.findall(r"Ref\(name='(\w+)'", repr(item.rule)))]
    return {word.lower() for condition in conditions for word in re.findall(r"'([^']*)'", repr(condition))}


# --- one dictionary for all ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load_dictionary(ROOT / "rules" / "dictionaries" / "nsclc-ehr.yaml")


def test_there_are_ten() -> None:
    assert [path.stem for path in PATHS] == sorted(TRIALS.values())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_dictionary_serves_it_without_a_finding(path: Path, dictionary: Dictionary) -> None:
    assert typecheck(load_protocol(path), dictionary) == ()


NOTHING = "a record with nothing but birth and treatment"
NO_LINE = "no second-line therapy"
PROGRESSION_ELSEWHERE = {
    "progression the day before the first line",
    "progression the day after the start of the second line",
    "erlotinib as maintenance, progression the day before",
    "erlotinib as maintenance, progression the day after the start of the second line",
}
NO_MEDICATIONS = "EGFR mutation, medications not known"
DIFFERING = {
    "beyond": {NOTHING},
    "checkmate-017": {NOTHING, NO_LINE, *PROGRESSION_ELSEWHERE},
    "checkmate-057": {NOTHING, NO_LINE, NO_MEDICATIONS, *PROGRESSION_ELSEWHERE},
    "checkmate-078": {NOTHING, NO_LINE, *PROGRESSION_ELSEWHERE},
    "flaura": {"EGFR mutation of another kind"},
    "keynote-010": {NOTHING},
    "keynote-189": {NOTHING},
    "keynote-407": {NOTHING},
    "lux-lung-8": {NOTHING, NO_MEDICATIONS},
    "oak": {NOTHING, NO_MEDICATIONS},
}
"""Lines, medications and diagnoses that this record does not have were not; progressions and tests it may lack."""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_its_examples_hold_under_the_dictionary_but_for_what_silence_means(path: Path, dictionary: Dictionary) -> None:
    protocol = load_protocol(path)
    examples = tuple(as_recorded(example, dictionary) for example in protocol.examples)
    cases = run_examples(replace(protocol, examples=examples), dictionary)
    assert {case.name for case in cases if not case.passed} == DIFFERING[path.stem]


def as_recorded(example: Example, dictionary: Dictionary) -> Example:
    """The example with each test called what the record calls it."""

    def renamed(row: Mapping[str, str | None]) -> dict[str, str | None]:
        measure = dictionary.measures.get(row.get("test") or "")
        names = () if measure is None else measure.rows.get("test", ())
        return {**row, "test": names[0]} if names else dict(row)

    tables = {name: tuple(renamed(row) for row in rows) for name, rows in example.tables.items()}
    return replace(example, tables=tables)


def test_examples_show_every_criterion_met_not_met_and_open() -> None:
    for path in PATHS:
        protocol = load_protocol(path)
        seen: dict[str, set[str]] = {item.id: set() for item in protocol.criteria}
        for example in protocol.examples:
            for expected in example.expect:
                seen[expected.criterion].add(expected.result.label)
        assert [name for name, results in seen.items() if not {"met", "not_met"} <= results] == []
        assert [name for name, results in seen.items() if not results & {"unknown", "assumed"}] == []


@pytest.mark.parametrize(
    ("test", "value", "unit", "result"),
    [
        ("Granulocytes #", "0.0015", "10*12/L", "met"),
        ("Granulocytes #", "0.00149", "10*12/L", "not_met"),
        ("Granulocytes #", "1.5", "10*9/L", "met"),
        ("Neutrophil count (absolute)", "1.49", "10*9/L", "not_met"),
    ],
)
def test_granulocytes_are_neutrophils_in_their_own_unit(
    test: str, value: str, unit: str, result: str, dictionary: Dictionary
) -> None:
    protocol = ours("AZ_FLAURA")
    template = next(item for item in protocol.examples if item.name == "laboratory values 28 days before")
    row = {"test": test, "date": "2020-03-02", "value": value, "unit": unit}
    expect = tuple(item for item in template.expect if item.criterion == "INC-ANC")
    assert expect
    example = replace(template, tables={"labs": (row,)}, expect=expect)
    (case,) = run_examples(replace(protocol, examples=(example,)), dictionary)
    assert case.passed == (result == "met")
