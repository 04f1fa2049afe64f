"""Every finding of a protocol file stands at its line and column, alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stratify.diagnostics import ExitCode, Severity, StratifyError
from stratify.model.expression import AtLeast, Ref, children
from stratify.protocol import (
    load_dictionary,
    load_protocol,
    load_study,
    parse_protocol,
    read_protocol,
    read_protocol_text,
)
from stratify.protocol.yaml_source import MAX_BYTES
from unit.protocol.marked import HEAD, MARK, assert_findings, places_of, rule, split
from unit.protocol.protocol_cases import CASES


@pytest.mark.parametrize(("code", "marked"), CASES, ids=[f"{i}-{code}" for i, (code, _) in enumerate(CASES)])
def test_finding_stands_at_its_mark(code: str, marked: str) -> None:
    text, places = split(marked)
    protocol, findings = read_protocol_text(text)
    assert protocol is None
    assert_findings(findings, code, places)


def test_all_findings_are_given_at_once_in_the_order_of_lines() -> None:
    text, places = split(
        HEAD + "criteria:\n"
        f'  - {{id: A, kind: inclusion, text: t, rule: {{value: {MARK}sex, is: "== f"}}}}\n'
        f"  - {{id: B, kind: {MARK}inklusion, text: t, rule: {{ref: {MARK}adlt}}}}\n"
        "  - {id: C, kind: exclusion, text: t,\n"
        f'     rule: {{all: [{{measure: ALT, is: "<= {MARK}$limt"}}, {{count: tx, is: "{MARK}1"}}]}}}}\n'
        f"{MARK}typo: 1\n"
    )
    _, findings = read_protocol_text(text)
    codes = ["P023", "P015", "P050", "P030", "P020", "P011"]
    assert places_of(findings) == [(code, *place) for code, place in zip(codes, places, strict=True)]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (rule("{ref: adlt}"), 'did you mean "adult"?'),
        (rule('{measure: ALT, is: "<= $limt"}'), 'did you mean "limit"?'),
        (rule('{measure: ALT, is: "> 1", tke: max}'), 'did you mean "take"?'),
        (rule("{exist: tx}"), 'did you mean "exists"?'),
        (rule('{measure: ALT, is: "> 1", by: D}'), 'did you mean "d"?'),
    ],
)
def test_the_nearest_known_name_is_named(text: str, hint: str) -> None:
    _, findings = read_protocol_text(text)
    assert [finding.hint for finding in findings] == [hint]


def test_a_circle_of_definitions_is_named() -> None:
    text = rule("{ref: adult}").replace(
        "define:", "define:\n  a: {any: [{ref: b}, {ref: adult}]}\n  b: {ref: c}\n  c: {ref: b}"
    )
    _, findings = read_protocol_text(text)
    assert [f.message for f in findings] == ["Definitions refer to each other in a circle: b -> c -> b."]


def test_the_same_condition_twice_is_a_warning_and_counts_once() -> None:
    text = rule("{at_least: {n: 1, of: [{ref: adult}, {ref: adult}]}}")
    protocol, findings = read_protocol_text(text)
    assert [(f.code, f.severity) for f in findings] == [("P054", Severity.WARNING)]
    assert protocol is not None
    assert protocol.criteria[0].rule == AtLeast(1, (Ref("adult"),))
    assert children(protocol.criteria[0].rule) == (Ref("adult"),)
    assert parse_protocol(text).criteria == protocol.criteria


def test_duplicate_keys_name_both_places() -> None:
    _, findings = read_protocol_text("format: stratify/1\ntrial: {id: T}\ncriteria: []\ntrial: {id: U}\n")
    assert findings[0].message == 'Key "trial" stands twice; first at line 2, column 1.'


@pytest.mark.parametrize(
    ("overrides", "code"), [({"limits": "3"}, "P032"), ({"limit": " "}, "P033"), ({"limit": "[1, [2]]"}, "P013")]
)
def test_overrides_that_cannot_be_set(overrides: dict[str, str], code: str) -> None:
    _, findings = read_protocol_text(rule("{ref: adult}"), overrides=overrides)
    assert code in {finding.code for finding in findings}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("format: x\ntitle: Ä\n".encode("latin-1"))
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    found = {}
    for path in (latin, large):
        protocol, findings = read_protocol(path)
        assert protocol is None
        found[path.name] = places_of(findings)
    assert found == {"latin.yaml": [("P002", 2, 8)], "large.yaml": [("P003", 1, 1)]}


@pytest.mark.parametrize("read", [read_protocol, load_protocol, load_study, load_dictionary])
def test_a_file_that_is_not_there_is_bad_data(read: Callable[[Path], object], tmp_path: Path) -> None:
    """As a table that is not there: scripts tell a wrong path from a wrong protocol by the exit code."""
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(StratifyError) as caught:
            read(path)
        assert (places_of(caught.value.findings), caught.value.exit_code) == ([("P001", 0, 0)], ExitCode.BAD_DATA)


def test_load_raises_everything_with_the_exit_code_of_findings(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(rule("{ref: a}") + "typo: 1\n", encoding="utf-8")
    with pytest.raises(StratifyError) as caught:
        load_protocol(path)
    assert [f.code for f in caught.value.findings] == ["P050", "P011"]
    assert caught.value.exit_code is ExitCode.FINDINGS
    assert str(path) in str(caught.value)
