"""PALLAS against its registry record: each statement of the record is asked, and its numbers are those of the rules."""

from __future__ import annotations

import json
import re

import pytest

from stratify.model.protocol import Kind, Protocol
from stratify.model.truth import UnknownPolicy
from stratify.protocol import load_protocol
from support import ROOT, shared_path


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol(ROOT / "rules" / "pallas.yaml")


@pytest.fixture(scope="module")
def record() -> dict[Kind, list[str]]:
    """The statements of the record: its bullets, with two that its layout has torn apart or run together mended."""
    file = shared_path("data", "fhir_mcode") / "original" / "NCT02513394_ctgov_v2_no_results.json"
    module = json.loads(file.read_text(encoding="utf-8"))["protocolSection"]["eligibilityModule"]
    text = module["eligibilityCriteria"].replace(
        "inhibitors or inducers of\n* CYP3A", "inhibitors or inducers of CYP3A"
    )
    inclusion, exclusion = text.split("Exclusion Criteria:")
    halves = {
        Kind.INCLUSION: inclusion.replace("\n-Patients must either", "\n* Patients must either"),
        Kind.EXCLUSION: exclusion,
    }
    return {kind: re.findall(r"^\* (.+)$", half, re.MULTILINE) for kind, half in halves.items()}


@pytest.mark.shared
def test_each_statement_of_the_record_is_a_criterion_and_no_other_is(
    protocol: Protocol, record: dict[Kind, list[str]]
) -> None:
    assert {kind: len(found) for kind, found in record.items()} == {Kind.INCLUSION: 20, Kind.EXCLUSION: 12}
    said = {(item.kind, (item.ref or "").split(",")[0]) for item in protocol.criteria}
    expected = {
        (kind, f"{kind.value} {number}") for kind, found in record.items() for number in range(1, len(found) + 1)
    }
    assert said == expected
    assert len(protocol.criteria) == 33  # surgery and the tumour block are one bullet


@pytest.mark.shared
@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        (Kind.INCLUSION, 2, "Age ≥18"),
        (Kind.INCLUSION, 3, "Stage II .* Stage III"),
        (Kind.INCLUSION, 7, "ECOG performance status 0-1"),
        (Kind.INCLUSION, 9, "within 14 days of randomization.*less than 12 months"),
        (Kind.INCLUSION, 14, "within 12 months of initial histological diagnosis.*no more than 6 months"),
        (Kind.INCLUSION, 15, "neutrophil count ≥ 1,500"),
        (Kind.INCLUSION, 16, "Platelets ≥ 100,000"),
        (Kind.INCLUSION, 17, "Hemoglobin ≥ 10"),
        (Kind.INCLUSION, 18, "bilirubin ≤ ULN; or total bilirubin ≤ 3.0 × ULN with direct bilirubin"),
        (Kind.INCLUSION, 19, "≤ 1.5 × institutional ULN"),
        (Kind.INCLUSION, 20, "below the upper limit.*≥ 60 mL/min/1.73 m2"),
        (Kind.EXCLUSION, 3, "Stage I or IV"),
        (Kind.EXCLUSION, 5, "CYP3A isoenzymes within 7 days"),
        (Kind.EXCLUSION, 9, "within 5 years prior to diagnosis"),
    ],
)
def test_the_numbers_in_our_words_are_those_of_the_record(
    kind: Kind, number: int, words: str, record: dict[Kind, list[str]]
) -> None:
    """The numbers of the rules are held by the examples at each boundary; that they stand at this bullet, by this."""
    assert re.search(words, record[kind][number - 1])


def test_what_a_person_must_judge_is_a_question_until_it_is_judged(protocol: Protocol) -> None:
    judged = [item for item in protocol.criteria if "column=ColumnRef(table='investigator'" in repr(item.rule)]
    assert len(judged) == 10
    assert {item.unknown for item in judged} == {UnknownPolicy.QUERY}
    assert [item.id for item in protocol.criteria if item.unknown is not UnknownPolicy.QUERY] == ["EXC-07"]
