"""Phenotypes of diplotypes: tables in libraries, their contradictions, and the tables that are shipped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stratify.diagnostics import Findings
from stratify.model.phenotype import Band, PhenotypeTable
from stratify.protocol import parse_protocol
from stratify.protocol.phenotypes import read_phenotypes
from stratify.protocol.yaml_source import read_yaml
from unit.protocol.marked import MARK, places_of, rule, split

CASES = [
    ("P013", f"{MARK}[]"),
    ("P012", f"A: {MARK}{{diplotypes: {{}}}}"),
    ("P344", f"A: {{tests: {{}}, diplotypes: {{poor: [{MARK}*1]}}}}"),
    ("P344", f"A: {{tests: {{}}, diplotypes: {{poor: [*1/*2], normal: [{MARK}*2/*1]}}}}"),
    ("P344", f"A: {{tests: {{}}, functions: {{*1: normal}}, by_function: {MARK}{{poor: [normal/none]}}}}"),
    ("P344", f"A: {{tests: {{}}, by_score: {{poor: {MARK}[1, 0]}}}}"),
    ("P344", f"A: {{tests: {{}}, by_score: {{poor: [0, 1], normal: {MARK}[1, 2]}}}}"),
    ("P016", f"A: {{tests: {{}}, activities: {{*1: {MARK}full}}}}"),
    ("P016", f"A: {{tests: {{}}, by_score: {{poor: {MARK}few}}}}"),
    ("P345", f"A: {{tests: {{*1/*2: {MARK}poor}}, diplotypes: {{normal: [*1/*2]}}}}"),
    ("P345", f"A: {{tests: {{*1/*9: {MARK}poor}}, diplotypes: {{normal: [*1/*2]}}}}"),
]


@pytest.mark.parametrize(("code", "marked"), CASES, ids=[f"{i}-{code}" for i, (code, _) in enumerate(CASES)])
def test_finding_stands_at_its_mark(code: str, marked: str) -> None:
    text, places = split(marked.replace("*", "\\*").replace("\\*", "x"))
    findings = Findings()
    node = read_yaml(text, "x.yaml", findings)
    assert node is not None
    read_phenotypes(node, findings)
    assert places_of(tuple(findings.items)) == [(code, *place) for place in places]
    assert all(finding.hint for finding in findings.items)


def test_the_diplotype_itself_then_functions_then_activities() -> None:
    table = PhenotypeTable(
        "G",
        {("a", "b"): "of itself"},
        {"a": "normal", "b": "none", "c": "none"},
        {("none", "normal"): "of functions"},
        {"a": Decimal("0.5"), "d": Decimal(1)},
        (Band(Decimal("1.5"), Decimal("1.5"), "of activities"),),
    )
    said = {
        text: table.phenotype(text) for text in ("a/b", "b/a", "c/a", "a/d", "d / a", "a/a", "c/d", "a", "a/b/c", "/")
    }
    assert said == {
        "a/b": "of itself",
        "b/a": "of itself",
        "c/a": "of functions",
        "a/d": "of activities",
        "d / a": "of activities",
        **dict.fromkeys(("a/a", "c/d", "a", "a/b/c", "/")),
    }
    assert table.phenotypes == ("of itself", "of functions", "of activities")


def test_a_band_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Band(Decimal(1), Decimal(0), "x")


def test_the_shipped_tables_hold_their_own_tests() -> None:
    """Each test of a library is asked when it is read (P345)."""
    text = rule("{ref: adult}").replace(
        "anchors:", "use: [pharmacogenomics/cyp2c19@1.0.0, pharmacogenomics/dpyd@1.0.0]\nanchors:"
    )
    tables = parse_protocol(text).library.phenotypes
    assert {gene: set(table.phenotypes) for gene, table in tables.items()} == {
        "CYP2C19": {"ultrarapid", "rapid", "normal", "intermediate", "poor"},
        "DPYD": {"normal", "intermediate", "poor"},
    }
