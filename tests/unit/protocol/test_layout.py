"""Canonical layout: the same meaning, the same comments, one shape, and nothing to do the second time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.diagnostics import Findings
from stratify.protocol import format_text, parse_protocol
from stratify.protocol.layout import plain
from stratify.protocol.yaml_source import read_yaml
from support import shared_path
from unit.protocol.marked import findings_of, places_of, rule

UGLY = """\
# why this protocol exists
format:   stratify/1
trial: {id:   T,title: 'A "trial"'}   # who


criteria:
- id: A   # first
  kind: inclusion
  # a line of its own
  text: >-
      two lines
      of words
  rule: {all: [{value: patients.x,
      is: "in {08, NO}"},{exists: tx, code: [1.10 ,12:30,1E30, yes]}]}
examples:
-   name: n
    patient: {gene: NO, n: ~, q: "~"}
    expect:
      A: met
"""

PRETTY = """\
# why this protocol exists
format: stratify/1
trial: {id: T, title: 'A "trial"'}    # who

criteria:
  - id: A # first
    kind: inclusion
  # a line of its own
    text: >-
      two lines
      of words
    rule: {all: [{value: patients.x, is: "in {08, NO}"}, {exists: tx, code: [1.10, 12:30, 1E30, yes]}]}
examples:
  - name: n
    patient: {gene: NO, n: null, q: "~"}
    expect:
      A: met
"""


def tree(text: str) -> object:
    findings = Findings()
    node = read_yaml(text, "f", findings)
    assert node is not None
    assert not findings.items
    return plain(node)


def test_the_canonical_layout() -> None:
    assert format_text(UGLY) == PRETTY


def test_formatting_changes_neither_meaning_nor_itself() -> None:
    formatted = format_text(UGLY)
    assert format_text(formatted) == formatted
    assert replace(parse_protocol(formatted), digest="") == replace(parse_protocol(UGLY), digest="")


def test_a_long_line_is_not_folded() -> None:
    text = rule('{exists: tx, code: ["' + "x y " * 60 + 'z"]}')
    assert tree(format_text(text)) == tree(text)
    assert max(map(len, format_text(text).splitlines())) > 240


def test_what_is_not_yaml_is_not_formatted() -> None:
    assert places_of(findings_of(format_text, "a: 1\na: 2\n")) == [("P005", 2, 1)]


def test_a_comment_that_would_be_lost_stops_it() -> None:
    findings = findings_of(format_text, "a: {b: 1, # kept?\n  c: 2}\n")
    assert places_of(findings) == [("P090", 1, 1)]


def test_windows_line_ends_and_a_byte_order_mark_go() -> None:
    assert format_text("\ufeffa:   1\r\nb: 2\r\n") == "a: 1\nb: 2\n"


_WORDS = st.sampled_from(
    ["a", "NO", "08", "1.10", "12:30", "1E30", "~", "x y", '"q: r"', "'it''s'", "2026-03-14", "0x1F"]
)
_FLOW = st.recursive(
    _WORDS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{i}: {item}" for i, item in enumerate(items)) + "}"
        )
    ),
    max_leaves=6,
)
_GAPS = st.sampled_from([" ", "   "])
_COMMENTS = st.sampled_from(["", "  # note", " # x y"])
_LINES = st.lists(st.tuples(_GAPS, _FLOW, _COMMENTS), min_size=1, max_size=6)


@given(_LINES)
def test_layout_keeps_every_value_and_settles(lines: list[tuple[str, str, str]]) -> None:
    text = "".join(f"key{i}:{gap}{value}{comment}\n" for i, (gap, value, comment) in enumerate(lines))
    formatted = format_text(text)
    assert tree(formatted) == tree(text)
    assert format_text(formatted) == formatted
    assert formatted.count("#") == text.count("#")


@pytest.mark.shared
def test_the_target_example_settles() -> None:
    text = shared_path("examples", "LUMEN-301.yaml").read_text(encoding="utf-8")
    formatted = format_text(text)
    assert tree(formatted) == tree(text)
    assert format_text(formatted) == formatted
    assert formatted.count("#") == text.count("#")
