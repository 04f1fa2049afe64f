"""Names of code systems, codes as their systems write them, and what cannot be a code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.codes import SETTLED, CodeEntry, CodeSet, Form, form_of, is_level, is_possible, normal_code
from stratify.model.codes import system_name as name_of

SYSTEMS = ("ICD-10", "ICD-9", "ATC", "LOINC", "SNOMED", "INN", "own list")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *[(text, "ICD-10") for text in ("ICD10", "icd 10", "ICD_10", "http://hl7.org/fhir/sid/icd-10")],
        *[(text, "ICD-10-CM") for text in ("ICD10CM", "ICD-10-CM", "http://hl7.org/fhir/sid/icd-10-cm")],
        *[(text, "SNOMED") for text in ("SNOMED CT", "SCT", "snomed-ct", "http://snomed.info/sct")],
        ("ICD9CM", "ICD-9-CM"),
        ("RxNorm", "RxNorm"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"),
        (" Own List ", "Own List"),
        ("ICD-O-3", "ICD-O-3"),
    ],
)
def test_a_system_has_one_name(written: str, name: str) -> None:
    assert name_of(written) == name


@pytest.mark.parametrize(
    ("system", "one", "texts"),
    [
        ("ICD-10", "C787", ["C78.7", "c787", " C78.7 ", "C78.7+", "\uff2378.7"]),
        ("ICD-10", "C34", ["C34", "C34.-"]),
        ("ICD-9-CM", "00845", ["008.45", "8.45", "00845"]),
        ("ICD-9", "V4581", ["v45.81"]),
        ("ATC", "L01EB04", ["L01EB04", "l01 eb04"]),
        ("LOINC", "1742-6", ["1742-6", "01742-6", "1742 - 6"]),
        ("SNOMED", "73211009", ["73211009", "0073211009", "73211009.0"]),
        ("OMOP", "0", ["0", "000"]),
        ("INN", "trastuzumab deruxtecan", ["Trastuzumab  Deruxtecan"]),
        ("own list", "a-1.0", ["a-1.0", " a-1.0 "]),
        (None, "c78.7", ["c78.7"]),
    ],
)
def test_codes_that_are_one(system: str | None, one: str, texts: list[str]) -> None:
    assert {normal_code(text, system) for text in texts} == {one}


@given(st.sampled_from(SYSTEMS), st.text(alphabet="C78.7 -+0eE\u00e9l1", max_size=8))
def test_writing_a_code_twice_changes_nothing_more(system: str, text: str) -> None:
    once = normal_code(text, system)
    assert normal_code(once, system) == once


@given(st.data(), st.sampled_from(SYSTEMS))
def test_texts_that_need_no_writing_are_left_as_they_are(data: st.DataObject, system: str) -> None:
    text = data.draw(st.from_regex(re.compile(f"(?:{SETTLED[form_of(system)]})", re.ASCII), fullmatch=True))
    if form_of(system) is not Form.OPAQUE:
        assert normal_code(text, system) == text


@pytest.mark.parametrize(
    ("system", "code", "possible"),
    [
        ("ICD-10", "C78.7", True),
        ("ICD-10-CM", "C7A.00", True),
        ("ICD-10", "carboplatin", False),
        ("ICD-9", "198.4", True),
        ("ICD-9", "C78.7", False),
        ("ATC", "L01EB", True),
        ("ATC", "L01E0", False),
        ("LOINC", "1742-6", True),
        ("LOINC", "1742-5", False),
        ("SNOMED", "94381002", True),
        ("SNOMED", "94381003", False),
        ("SNOMED", "84", False),
        ("OMOP", "84", True),
        ("own list", "anything", True),
    ],
)
def test_what_can_be_a_code(system: str, code: str, possible: bool) -> None:
    assert is_possible(code, system) is possible


def test_levels() -> None:
    assert [is_level(code, "ATC") for code in ("L", "L0", "L01", "L01E", "L01EB", "L01EB0", "L01EB04")] == [
        *(True, False, True, True, True, False, True)
    ]
    assert [is_level(code, "ICD-9") for code in ("198", "8", "E85", "E850", "V45")] == [
        *(True, True, False, True, True)
    ]


def test_nonsense_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="empty"):
        CodeEntry(())
    with pytest.raises(ValueError, match="empty"):
        CodeSet(())
    with pytest.raises(ValueError, match="ICD-10"):
        CodeEntry(("C7",), "ICD-10", descendants=True)
