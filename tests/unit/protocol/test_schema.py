"""The schemas for editors accept what the loaders accept and know the same keys."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

from stratify.protocol import json_schema, parse_dictionary, parse_protocol, parse_study
from stratify.protocol.schema import KINDS
from support import ROOT
from unit.protocol.draft07 import WORDS, valid, words_used
from unit.protocol.marked import rule, section, split
from unit.protocol.protocol_cases import CASES
from unit.protocol.test_dictionary_file import FULL as DICTIONARY
from unit.protocol.test_dictionary_file import GENOMIC
from unit.protocol.test_layout import UGLY
from unit.protocol.test_prose_and_formula import CONDITIONS, DERIVED, WHOLE
from unit.protocol.test_study_file import FULL as STUDY


def as_editors_read(text: str) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(StringIO(text)), default=str))


def accepts(kind: str, text: str) -> bool:
    schema = json_schema(kind)
    return valid(as_editors_read(text), schema, schema)


@pytest.mark.parametrize("kind", KINDS)
def test_only_words_of_draft_07_are_used(kind: str) -> None:
    schema = json_schema(kind)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert words_used(schema) <= WORDS
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    "text", [WHOLE, DERIVED, UGLY.replace("n: ~", "n: null"), *(rule(text) for text, _, _ in CONDITIONS)]
)
def test_protocols_that_load_are_accepted(text: str) -> None:
    parse_protocol(text)
    assert accepts("protocol", text)


def test_the_other_files_that_load_are_accepted() -> None:
    parse_study(STUDY)
    assert accepts("study", STUDY)
    parse_dictionary(DICTIONARY)
    assert accepts("dictionary", DICTIONARY)
    assert accepts("dictionary", GENOMIC)


LIBRARIES = sorted((ROOT / "rules" / "libraries").rglob("*.yaml"))
LIBRARY = """
format: stratify-library/1
library: {name: site, version: 1.0.0}
code_sets: {liver: {title: Liver, codes: [{system: [ICD-10, ICD-10-CM], in: [C78.7], descendants: true}]}}
formulas:
  F:
    title: f
    reference: here
    pairing: window
    inputs: {a: {age: years}, s: {value: patients.sex, words: {f: [F]}}, w: {measure: W, unit: kg}, d: {ref: adult}}
    is: a * w
    tests: [{given: {a: 1, s: null, w: 2, d: yes}, gives: unknown, within: 0.1, source: by hand}]
phenotypes:
  G: {functions: {"*1": normal}, by_function: {n: [normal/normal]}, by_score: {n: 2, i: [1, 1.5]}, tests: {"*1/*1": n}}
"""


def test_libraries_are_accepted_and_their_faults_refused() -> None:
    assert len(LIBRARIES) > 5
    for path in LIBRARIES:
        assert accepts("library", path.read_text(encoding="utf-8")), path.name
    assert accepts("library", LIBRARY)
    for right, wrong in (
        ("format: stratify-library/1", "format: stratify/1"),
        ("library: {name: site, version", "library: {name: site, versoin"),
        ("system: [ICD-10, ICD-10-CM], ", ""),
        ("in: [C78.7]", "in: []"),
        ("pairing: window", "pairing: windows"),
        ("{age: years}", "{age: years, unit: y}"),
        ("{ref: adult}", "{ref: adult, measure: W}"),
        ("words: {f: [F]}", "words: {}"),
        (", source: by hand", ""),
        ("by_score: {n: 2", "by_score: {n: [1, 2, 3]"),
        ("code_sets:", "codesets:"),
    ):
        assert LIBRARY.count(right) == 1, right
        assert not accepts("library", LIBRARY.replace(right, wrong)), wrong


@pytest.mark.parametrize("code", ["P010", "P011", "P012", "P058"])
def test_faults_of_shape_are_refused(code: str) -> None:
    texts = [split(marked)[0] for found, marked in CASES if found == code]
    assert texts
    assert not any(accepts("protocol", text) for text in texts)


def test_unknown_words_are_refused() -> None:
    assert not accepts("protocol", rule('{measure: ALT, take: lattest, is: "> 1"}'))
    assert not accepts("protocol", section("examples: [{name: n, patient: {}, expect: {A: mett}}]\n"))
    assert not accepts("study", STUDY.replace("profile: sas", "profile: stata"))
    assert not accepts("study", STUDY.replace("kind: survival", "kind: survivl"))
    assert not accepts("dictionary", DICTIONARY.replace("grain: one", "grain: few"))


def test_another_kind_has_no_schema() -> None:
    with pytest.raises(ValueError, match="no schema for 'plan'"):
        json_schema("plan")
