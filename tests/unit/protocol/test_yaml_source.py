"""YAML is read as text: nothing is typed on the way, and no file can occupy the machine."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.diagnostics import Findings
from stratify.protocol.nodes import ListNode, MapNode, ScalarNode
from stratify.protocol.yaml_source import MAX_BYTES, MAX_NODES, read_yaml


def read(text: str) -> tuple[object, list[str]]:
    findings = Findings()
    node = read_yaml(text, "f", findings)
    return node, [finding.code for finding in findings.items]


WRITTEN = "NO yes 12:30 1E30 1.10 08 0x1F 0o7 1_000 .5 +1 -0 2026-03-14 on Off true ="


@pytest.mark.parametrize("word", WRITTEN.split())
def test_scalars_stay_what_was_written(word: str) -> None:
    node, codes = read(f"a: {word}\nb: [{word}, {word}]\n{word}: 1\n")
    assert codes == []
    assert isinstance(node, MapNode)
    assert node.names() == ("a", "b", word)
    assert [item.text for _, item in node.entries if isinstance(item, ScalarNode)] == [word, "1"]
    listed = node.get("b")
    assert isinstance(listed, ListNode)
    assert [item.text for item in listed.items if isinstance(item, ScalarNode)] == [word, word]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ('""', ""),
        ("'~'", "~"),
        ('"null"', "null"),
        ("nil", "nil"),
    ],
)
def test_only_null_tilde_and_nothing_are_null(written: str, text: str | None) -> None:
    node, codes = read(f"a: {written}\n")
    assert codes == []
    assert isinstance(node, MapNode)
    value = node.get("a")
    assert isinstance(value, ScalarNode)
    assert value.text == text


def test_every_node_knows_its_place() -> None:
    node, _ = read("a:\n  - x\n  - {b: 'y', c: \"z\"}\n")
    assert isinstance(node, MapNode)
    listed = node.get("a")
    assert isinstance(listed, ListNode)
    first, second = listed.items
    assert isinstance(second, MapNode)
    inner = second.get("c")
    assert isinstance(first, ScalarNode)
    assert isinstance(inner, ScalarNode)
    assert [(s.line, s.column) for s in (node.span, listed.span, first.span, second.span, inner.span)] == [
        (1, 1),
        (2, 3),
        (2, 5),
        (3, 5),
        (3, 17),
    ]
    assert first.at(0).column == 5
    assert inner.at(0).column == 18


def test_a_folded_text_has_the_place_of_its_start() -> None:
    node, _ = read('a: >-\n  x\n  y\nb: "p\\tq"\n')
    assert isinstance(node, MapNode)
    for name, place in (("a", (1, 4)), ("b", (4, 4))):
        value = node.get(name)
        assert isinstance(value, ScalarNode)
        assert (value.at(2).line, value.at(2).column) == place


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    node, codes = read("\ufeffa: 1\n")
    assert codes == []
    assert isinstance(node, MapNode)
    assert node.names() == ("a",)


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    start = time.perf_counter()
    _, codes = read(bomb)
    assert set(codes) == {"P006"}
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "x" * (MAX_BYTES + 1)])
def test_depth_and_size_are_bounded(text: str) -> None:
    node, codes = read(text)
    assert node is None
    assert codes in (["P003"], ["P004"])


def test_the_number_of_values_is_bounded() -> None:
    node, codes = read("[" + "a," * (MAX_NODES + 10) + "a]")
    assert node is None
    assert codes == ["P003"]


@given(st.text(st.sampled_from("ab:-[]{},&*!|>'\"#%@`? \n\t~<=$.1"), max_size=60))
def test_no_text_ends_in_a_traceback(text: str) -> None:
    node, codes = read(text)
    assert (node is None) <= bool(codes)
