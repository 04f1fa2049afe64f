"""What the examples of a protocol say, and what is said where they do not hold."""

from __future__ import annotations

import pytest

from stratify.protocol import parse_protocol
from stratify.verification import run_examples

TEXT = """\
format: stratify/1
trial: {{id: T}}
criteria:
  - {{id: A, kind: inclusion, text: x, rule: {{value: patients.age, is: ">= 18"}}}}
arms:
  - {{id: old, requires: {{value: patients.age, is: ">= 50"}}}}
strata:
  - {{id: band, levels: {{low: {{value: patients.age, is: "< 30"}}, high: {{value: patients.age, is: "> 40"}}}}}}
examples:
  - name: n
    patient: {{age: {age}}}
    expect: {{arm: {arm}, strata: {{band: {level}}}}}
"""


@pytest.mark.parametrize(
    ("age", "arm", "level", "problems"),
    [
        ("60", "old", "high", ()),
        ("35", "null", "null", ()),
        ("null", "null", "null", ()),
        ("60", "null", "null", ("the arm is old, expected none", "stratum band is high, expected none")),
        ("35", "old", "low", ("the arm is none, expected old", "stratum band is without a level, expected low")),
    ],
)
def test_an_example_says_that_there_is_no_arm_and_no_level(
    age: str, arm: str, level: str, problems: tuple[str, ...]
) -> None:
    [case] = run_examples(parse_protocol(TEXT.format(age=age, arm=arm, level=level)))
    assert case.problems == problems
