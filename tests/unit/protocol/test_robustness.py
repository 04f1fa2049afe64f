"""Whatever stands in a file, the answer is findings: each with a place in the file, never a traceback."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.diagnostics import Finding, Findings, SourceSpan
from stratify.protocol import (
    example_tables,
    formula,
    implied_dictionary,
    parse_dictionary,
    parse_protocol,
    parse_study,
    prose,
    read_protocol_text,
    typecheck,
)
from stratify.protocol.dictionary_text import quoted
from stratify.protocol.layout import plain
from stratify.protocol.yaml_source import read_yaml
from unit.protocol.marked import findings_of, rule
from unit.protocol.test_dictionary_file import FULL as DICTIONARY
from unit.protocol.test_prose_and_formula import CONDITIONS, DERIVED, WHOLE
from unit.protocol.test_study_file import FULL as STUDY
from unit.protocol.test_typecheck import CATALOGUE
from unit.protocol.test_typecheck import DICTIONARY as SITE

EXAMPLES = (
    "examples:\n  - name: n\n    patient: {d: 2026-04-20, x: ~}\n    labs: [{test: ALT, value: 1}]\n"
    "    expect: {A: {result: unknown, reason: no_record}, verdict: ELIGIBLE, arm: a, strata: {s: old}}\n"
)
PROTOCOLS = [WHOLE + EXAMPLES, DERIVED, *(rule(text) for text, _, _ in CONDITIONS)]
LEAVES: list[Any] = [
    None,
    "",
    "a",
    "1",
    "$limit",
    "$x",
    "== 1",
    ">= 2 d",
    "in {}",
    "-5",
    "1E400",
    [],
    {},
    ["a"],
    {"a": "b"},
]


def flow(tree: Any) -> str:
    """A tree as flow YAML; mappings are lists of pairs."""
    if tree is None:
        return "~"
    if isinstance(tree, str):
        return quoted(tree)
    if isinstance(tree, dict):
        tree = list(tree.items())
    if tree and all(isinstance(item, tuple) for item in tree):
        return "{" + ", ".join(f"{quoted(key)}: {flow(value)}" for key, value in tree) + "}"
    return "[" + ", ".join(map(flow, tree)) + "]" if tree is not None and tree != {} else "{}"


def mutated(tree: Any, rng: random.Random) -> Any:
    """The tree with one place replaced, deleted or doubled."""
    if not isinstance(tree, list) or not tree or rng.random() < 0.15:
        return rng.choice(LEAVES)
    index = rng.randrange(len(tree))
    item, choice = tree[index], rng.random()
    if choice < 0.1:
        return tree[:index] + tree[index + 1 :]
    if choice < 0.15:
        return [*tree, item]
    if not isinstance(item, tuple):
        return [*tree[:index], mutated(item, rng), *tree[index + 1 :]]
    key = rng.choice(["of", "all", "value", "measure", "id", "is"]) if choice < 0.2 else item[0]
    return [*tree[:index], (key, mutated(item[1], rng)), *tree[index + 1 :]]


def mutation(text: str, seed: int) -> str:
    node = read_yaml(text, "f", Findings())
    assert node is not None
    rng = random.Random(seed)
    tree = plain(node)
    for _ in range(rng.randint(1, 3)):
        tree = mutated(tree, rng)
    return flow(tree)


def assert_placed(findings: tuple[Finding, ...], text: str) -> None:
    for finding in findings:
        assert isinstance(finding.where, SourceSpan)
        assert 1 <= finding.where.line <= text.count("\n") + 1
        assert finding.hint


@given(st.sampled_from(PROTOCOLS), st.integers(0, 10**9))
def test_a_protocol_changed_at_random_is_findings_or_a_protocol(text: str, seed: int) -> None:
    changed = mutation(text, seed)
    protocol, findings = read_protocol_text(changed)
    assert_placed(findings, changed)
    assert (protocol is None) == any(finding.severity.value == "error" for finding in findings)
    if protocol is not None:
        typecheck(protocol, SITE, CATALOGUE)
        implied = implied_dictionary(protocol)
        for example in protocol.examples:
            example_tables(example, implied, protocol)
        assert prose(protocol).endswith("\n")
        assert formula(protocol).endswith("\n")


@pytest.mark.parametrize(
    ("read", "text"), [(parse_study, STUDY), (parse_dictionary, DICTIONARY)], ids=["study", "dict"]
)
@given(seed=st.integers(0, 10**9))
def test_other_files_changed_at_random(read: Callable[[str], object], text: str, seed: int) -> None:
    changed = mutation(text, seed)
    assert_placed(findings_of(read, changed), changed)


def test_the_mutations_reach_protocols_that_load_and_that_do_not() -> None:
    loads = [read_protocol_text(mutation(PROTOCOLS[0], seed))[0] is not None for seed in range(60)]
    assert any(loads)
    assert not all(loads)


def test_unchanged_flow_text_means_the_same() -> None:
    node = read_yaml(PROTOCOLS[0], "f", Findings())
    assert node is not None
    assert parse_protocol(flow(plain(node))).criteria == parse_protocol(PROTOCOLS[0]).criteria
