"""Formulas of a library: what they become, and that each finding stands where its fault is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from time import perf_counter

import pytest

from stratify.diagnostics import Finding, Findings
from stratify.model.arithmetic import evaluate, variables
from stratify.model.expression import AgeUnit, ColumnRef
from stratify.model.formula import Formula, FromAge, FromColumn, FromDefinition, FromMeasure, Pairing
from stratify.protocol.envelope import in_order
from stratify.protocol.formula_steps import MAX_PARTS
from stratify.protocol.formula_tests import MAX_TESTS
from stratify.protocol.library_file import read_use
from stratify.protocol.library_formulas import read_formulas
from stratify.protocol.yaml_source import read_yaml
from unit.protocol.marked import MARK, assert_findings, split

TEST = "{given: {x: 1}, gives: 2, source: hand}"


def formula(
    text: str = '"2 * x"',
    inputs: str = "{x: {measure: X, unit: mg/dL}}",
    tests: str = f"[{TEST}]",
    more: str = "",
    name: str = "F",
) -> str:
    """A library's section with one formula."""
    parts = f"title: t, reference: r, pairing: window, inputs: {inputs}, is: {text}, tests: {tests}"
    return f"formulas:\n  {name}: {{{parts}{more}}}\n"


def read(text: str) -> tuple[dict[str, Formula], tuple[Finding, ...]]:
    findings = Findings()
    root = read_yaml(text, "library.yaml", findings)
    found = read_formulas(root.get("formulas"), findings)  # type: ignore[union-attr]
    return dict(found), in_order(findings)


SEX = "{value: patients.sex, words: {female: [F], male: [M]}}"
SEXED = "[{given: {x: 1, sex: F}, gives: 2, source: hand}]"


def sexed(text: str) -> str:
    return formula(text, f"{{x: {{measure: X}}, sex: {SEX}}}", SEXED)


def worded(words: str, word: str = "a") -> str:
    inputs = f"{{x: {{measure: X, words: {words}}}}}"
    return formula(
        f'"{{2 if x is {word}, 1 otherwise}}"', inputs, f"[{{given: {{x: {word}}}, gives: 2, source: hand}}]"
    )


def of_tests(test: str) -> str:
    return formula(tests=f"[{test}]")


AGED = "[{given: {x: 1, y: 1}, gives: 2, source: hand}]"
CASES = [
    ("P310", formula(f'"2 * {MARK}* x"')),
    ("P310", formula(f'"2 * x {MARK}< 2"')),
    ("P310", formula('"2 * x * part"', more=f', steps: {{part: "({MARK}"}}')),
    ("P311", formula(f'"x + {MARK}y * {MARK}z"')),
    ("P311", formula('"2 * a + b"', more=f', steps: {{a: "2 * {MARK}b", b: "x"}}')),
    ("P312", formula(inputs=f"{{x: {{measure: X}}, {MARK}y: {{age: years}}}}", tests=AGED)),
    ("P312", formula(more=f', steps: {{{MARK}half: "x / 2"}}')),
    ("P313", sexed(f'"x * {MARK}sex * {{1 if sex is male, 2 otherwise}}"')),
    ("P313", sexed(f'"x * {{1 if sex is {MARK}woman, 2 otherwise}}"')),
    ("P313", formula(f'"{{1 if {MARK}x is female, 2 otherwise}}"')),
    ("P313", formula(f'"{{1 if {MARK}half is a, 2 otherwise}}"', more=', steps: {half: "x / 2"}')),
    ("P314", formula(inputs=f"{{x: {{measure: X, unit: {MARK}mg per dL}}}}")),
    ("P314", formula(inputs=f"{{x: {{measure: X, unit: {MARK}mgdl}}}}")),
    ("P314", formula(more=f", unit: {MARK}mL/mn")),
    ("P315", formula(inputs=f"{{x: {MARK}{{unit: mg/dL}}}}")),
    ("P315", formula(inputs=f"{{x: {MARK}{{measure: X, age: years}}}}")),
    ("P315", worded("{a: [b]}, unit: g").replace("{measure", f"{MARK}{{measure")),
    ("P315", formula(inputs=f"{{x: {{age: years, unit: {MARK}g}}}}")),
    ("P315", formula(inputs=f"{{x: {{ref: sick, unit: {MARK}g}}}}", tests="[{given: {x: yes}, gives: 2, source: h}]")),
    ("P315", formula(inputs=f"{{x: {{measure: X, words: {MARK}{{}}}}}}")),
    ("P315", worded(f"{{a: [A], b: {MARK}[A]}}")),
    ("P316", of_tests(f"{TEST}, {{given: {{x: 1}}, gives: {MARK}2.5, within: 0.4, source: hand}}")),
    ("P316", of_tests(f"{{given: {{x: 1}}, gives: {MARK}unknown, source: hand}}")),
    ("P316", of_tests(f"{{given: {{x: null}}, gives: {MARK}2, source: hand}}")),
    ("P317", of_tests(f"{{given: {MARK}{{}}, gives: 2, source: hand}}")),
    ("P317", of_tests(f"{{given: {{x: 1, {MARK}z: 2}}, gives: 2, source: hand}}")),
    ("P317", of_tests(f"{{given: {{x: 1}}, gives: 2, within: {MARK}-1, source: hand}}")),
    ("P317", sexed('"x * {1 if sex is male, 2 otherwise}"').replace("sex: F}", f"sex: {MARK}U}}")),
    ("P318", formula(tests=f"{MARK}[]")),
    ("P318", formula(tests=f"{MARK}[{', '.join([TEST] * (MAX_TESTS + 1))}]")),
    ("P319", formula(name=f"{MARK}2F")),
    ("P319", formula(inputs=f"{{x: {{measure: X}}, {MARK}x-y: {{measure: X}}}}", tests=AGED.replace("y:", "x-y:"))),
    ("P319", formula(more=f', steps: {{{MARK}x: "2"}}')),
    ("P319", worded(f"{{a: [A], {MARK}3+: [B]}}")),
    ("P011", formula(more=f", {MARK}weight: 1")),
    ("P012", f"formulas: {{F: {MARK}{{title: t}}}}\n"),
    ("P013", f"formulas: {{F: {MARK}[]}}\n"),
    ("P013", f"formulas: {MARK}[]\n"),
    ("P015", formula().replace("pairing: window", f"pairing: {MARK}always")),
    ("P016", of_tests(f"{{given: {{x: {MARK}one}}, gives: 2, source: hand}}")),
    ("P023", formula(inputs=f"{{x: {{value: {MARK}weight}}}}")),
]


@pytest.mark.parametrize(("code", "marked"), CASES, ids=[f"{i}-{code}" for i, (code, _) in enumerate(CASES)])
def test_finding_stands_at_its_mark(code: str, marked: str) -> None:
    text, places = split(marked)
    found, findings = read(text)
    assert_findings(findings, code, places * (5 if code == "P012" else 1))
    assert code == "P316" or not found


FULL = """
formulas:
  SCORE:
    title: A score
    unit: mL/min/{1.73_m2}
    reference: "A. J Med 2000;1:1-2."
    note: Unrounded.
    pairing: same_time
    inputs:
      age: {age: months}
      sex: {value: patients.sex, words: {female: [F, W], male: M}}
      mass: {measure: WEIGHT, unit: "kg"}
      inr: {measure: INR}
      sick: {ref: is_sick}
    steps:
      ratio: "mass / inr"
      twice: "2 * ratio"
    is: "twice + ratio + age + sick + {1 if sex is female, 0 otherwise}"
    tests:
      - {given: {age: 12, sex: W, mass: 10, inr: 2, sick: yes}, gives: 29, source: by hand}
      - {given: {age: 12, sex: male, mass: 10, inr: 3, sick: no}, gives: 22, within: 1e-9, source: by hand}
      - {given: {age: 12, sex: female, mass: null, inr: 2, sick: false}, gives: unknown, source: missing}
"""


def test_what_a_formula_becomes() -> None:
    found, findings = read(FULL)
    assert findings == ()
    score = found["SCORE"]
    assert (score.id, score.title, score.unit) == ("SCORE", "A score", "mL/min/{1.73_m2}")
    assert (score.reference, score.note, score.pairing) == ("A. J Med 2000;1:1-2.", "Unrounded.", Pairing.SAME_TIME)
    assert [type(one.source) for one in score.inputs.values()] == [
        FromAge, FromColumn, FromMeasure, FromMeasure, FromDefinition,
    ]  # fmt: skip
    assert score.inputs["age"].source == FromAge(AgeUnit.MONTHS)
    assert score.inputs["sex"].source == FromColumn(ColumnRef("patients", "sex"))
    assert score.inputs["sex"].words == {"female": ("female", "F", "W"), "male": ("male", "M")}
    assert (score.inputs["mass"].unit, score.inputs["inr"].unit) == ("kg", None)
    assert set(variables(score.expression)) == set(score.inputs)
    first, second, third = score.tests
    assert first.given == {"age": 12, "sex": "female", "mass": 10, "inr": 2, "sick": 1}
    assert first.within == Decimal("2.9e-8")
    assert (second.within, second.given["sick"]) == (Decimal("1e-9"), 0)
    assert (third.gives, third.given["mass"]) == (None, None)
    assert evaluate(score.expression, first.given) == 29


def test_all_findings_of_all_formulas_are_given_at_once() -> None:
    both = (
        formula('"2 * y"', tests="[{given: {}, gives: 2, source: hand}]") + formula('"("', name="G").partition("\n")[2]
    )
    found, findings = read(both)
    assert not found
    assert {finding.code for finding in findings} == {"P310", "P311", "P317"}


def test_the_nearest_name_is_named() -> None:
    _, (finding,) = read(formula('"2 * creatinin"', "{creatinine: {measure: CREAT}}").replace("x: 1", "creatinine: 1"))
    assert finding.hint == 'did you mean "creatinine"?'


def test_steps_that_would_grow_without_end_are_refused_at_once() -> None:
    steps = ", ".join(f's{i}: "s{i - 1} + s{i - 1}"' for i in range(1, 60))
    start = perf_counter()
    found, findings = read(formula('"s59"', more=f', steps: {{s0: "x", {steps}}}'))
    assert perf_counter() - start < 2
    assert not found
    assert {finding.code for finding in findings} == {"P310"}
    assert str(MAX_PARTS) in findings[0].message


def test_steps_that_are_too_deep_together_are_refused() -> None:
    steps = ", ".join(f's{i}: "ln(s{i - 1})"' for i in range(1, 60))
    _, findings = read(formula('"s59"', more=f', steps: {{s0: "x", {steps}}}'))
    assert [finding.code for finding in findings] == ["P310"]


def test_formulas_come_with_the_library_that_a_protocol_uses(tmp_path: Path) -> None:
    folder = tmp_path / "libraries" / "own"
    folder.mkdir(parents=True)
    head = "format: stratify-library/1\nlibrary: {name: own, version: 1.0.0}\n"
    (folder / "1.0.0.yaml").write_text(head + formula(), encoding="utf-8")
    findings = Findings()
    use = read_yaml("[own@1.0.0]", "p.yaml", findings)
    assert set(read_use(use, tmp_path / "p.yaml", findings).formulas) == {"F"}
    assert not findings.errors
