"""Texts with a mark where a finding is expected, so that a test says line and column by pointing."""

from __future__ import annotations

from collections.abc import Callable

from stratify.diagnostics import Finding, SourceSpan, StratifyError

MARK = "⟦"

HEAD = """\
format: stratify/1
trial: {id: T}
anchors: {d: {from: patients.d}, e: {from: patients.e}}
parameters:
  limit: {value: 2.5, unit: xULN}
  days: {value: [-14, 0], unit: days, of: e}
defaults: {anchor: d}
define:
  adult: {age: years, is: ">= 18"}
"""


def rule(condition: str) -> str:
    """A protocol with one criterion that has this rule."""
    return f"{HEAD}criteria:\n  - {{id: A, kind: inclusion, text: t, rule: {condition}}}\n"


def section(text: str) -> str:
    """A protocol with one criterion and a further section."""
    return rule('{value: patients.x, is: "> 1"}') + text


def split(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and the line and column of each."""
    places = []
    while MARK in marked:
        before, marked = marked.split(MARK, 1)
        places.append((before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1))
        marked = before + marked
    return marked, places


def places_of(findings: tuple[Finding, ...]) -> list[tuple[str, int, int]]:
    """Code, line and column of each finding."""
    spans = [f.where if isinstance(f.where, SourceSpan) else SourceSpan("", 0, 0) for f in findings]
    return [(f.code, span.line, span.column) for f, span in zip(findings, spans, strict=True)]


def findings_of(read: Callable[[str], object], text: str) -> tuple[Finding, ...]:
    """The findings with which a reader refuses a text."""
    try:
        read(text)
    except StratifyError as error:
        return error.findings
    return ()


def assert_findings(findings: tuple[Finding, ...], code: str, places: list[tuple[int, int]]) -> None:
    """Each mark has a finding of this code, nothing else is found, and each finding says what to do."""
    assert places_of(findings) == [(code, line, column) for line, column in places]
    assert all(finding.message.endswith((".", "?")) for finding in findings)
    assert all(finding.hint for finding in findings)
