"""The manual shows every chapter and line, and a drawing that is wrong is told as such."""

from __future__ import annotations

import re

import pytest

from spec.drawing import day, drawn
from spec.harness import refused, spec
from spec.manual import PAGE, spec_pages

LINES = set(range(1, 50))
"""Lines of the contract that the language can ask today."""


def test_every_line_of_the_contract_is_in_the_manual() -> None:
    text = spec_pages()[PAGE]
    assert {int(number) for number in re.findall(r"^### (\d+)\. ", text, flags=re.MULTILINE)} == LINES
    chapters = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert chapters == [
        *("Truth", "Decisions", "Time", "Dates", "Anchors derived from events"),
        *("Repeated values", "Computed values", "One row at a time", "Numbers and units"),
        *("Codes", "Genomics", "Tables", "Files"),
    ]


def test_an_example_shows_rule_tables_and_answers() -> None:
    text = spec_pages()[PAGE]
    section = text[text.index("### 15. Windows are whole days closed at both ends\n") :].partition("\n### ")[0]
    assert "in window: {exists: diagnoses, within: [-14, 0]}" in section
    assert "`diagnoses`:\n\n| patient | date |\n| --- | --- |\n| 1 | day -15 |" in section
    assert "| patient | **in window** | **ALT in window** |" in section
    assert "| 1 | F | (out_of_window) |" in section


def test_tables_of_the_manual_are_rectangular() -> None:
    for block in re.findall(r"(?:^\|.*\n)+", spec_pages()[PAGE], flags=re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


@pytest.mark.parametrize(
    ("drawn_answer", "told"),
    [
        ("T", "patient 1, low: Polars says not_met, drawn is T"),
        ("T", "patient 1, low: reference says not_met, drawn is T"),
        ("", "Polars says not_met, drawn is unknown"),
        ("(no_record)", "Polars says not_met, drawn is (no_record)"),
        ("N/A", "reference says not_met, drawn is N/A"),
    ],
)
def test_a_wrong_drawing_names_patient_rule_and_back_end(drawn_answer: str, told: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(told)):
        spec(
            'low: {measure: ALT, is: "<= 100 U/L"}',
            f"patient || low\n1 || {drawn_answer}",
            labs="patient | date | value\n1 | day -1 | 300",
        )


def test_a_wrong_reason_is_told() -> None:
    with pytest.raises(AssertionError, match=re.escape("says unknown (no_record), drawn is (null_value)")):
        spec('low: {measure: ALT, is: "<= 100 U/L"}', "patient || low\n1 || (null_value)")
    with pytest.raises(ValueError, match="no such reason"):
        spec('low: {measure: ALT, is: "<= 100 U/L"}', "patient || low\n1 || (no_records)")


def test_a_rule_that_is_not_refused_is_told() -> None:
    with pytest.raises(AssertionError, match="no P021"):
        refused("ever: {exists: diagnoses}", "P021")


def test_drawings() -> None:
    drawing = drawn(
        """
        patient | date   | text    || rule
        1       | day -1 | " a "   || T
        2       |        |         ||
        """
    )
    assert drawing.columns == ("patient", "date", "text")
    assert drawing.rows == (("1", day(-1), " a "), ("2", None, None))
    assert drawing.expected_columns == ("rule",)
    assert drawing.expected == (("T",), (None,))
    with pytest.raises(ValueError, match="not as long as the header"):
        drawn("patient | a || b\n1 || T")
