"""``change`` and ``derived`` as they are read: formulas of a library, inputs, windows, units."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratify.diagnostics import Finding
from stratify.model import alteration
from stratify.model.computed import AgeInput, Change, Computed, MeasureInput, Paired, PickInput
from stratify.model.expression import LastRows, MeasureIs, Take, Tie, walk
from stratify.model.protocol import Protocol
from stratify.model.value import Bound, Duration, Window
from stratify.protocol import implied_dictionary, parse_comparison, parse_protocol, read_protocol, typecheck
from stratify.verification import run_examples
from unit.protocol.marked import rule

_NINE = [f"a{i}" for i in range(9)]
LIBRARY = f"""
format: stratify-library/1
library: {{name: site, version: 1.0.0}}
formulas:
  BMI:
    title: Weight for height
    unit: kg
    reference: here
    pairing: window
    inputs: {{weight: {{measure: WEIGHT, unit: kg}}}}
    is: weight
    tests: [{{given: {{weight: 1}}, gives: 1, source: by hand}}]
  AGED:
    title: Aged
    reference: here
    pairing: same_time
    inputs: {{age: {{age: years}}, weight: {{measure: WEIGHT, unit: kg}}}}
    is: age * weight
    tests: [{{given: {{age: 1, weight: 1}}, gives: 1, source: by hand}}]
  WIDE:
    title: Wide
    reference: here
    pairing: window
    inputs: {{{", ".join(f"{name}: {{measure: X}}" for name in _NINE)}}}
    is: {" + ".join(_NINE)}
    tests: [{{given: {{{", ".join(f"{name}: 1" for name in _NINE)}}}, gives: 9, source: by hand}}]
"""


def only(protocol: Protocol) -> object:
    return protocol.criteria[0].rule


def read(folder: Path, condition: str) -> tuple[Protocol | None, list[Finding]]:
    library = folder / "libraries" / "site" / "1.0.0.yaml"
    library.parent.mkdir(parents=True)
    library.write_text(LIBRARY.strip() + "\n")
    path = folder / "p.yaml"
    path.write_text(rule(condition) + "use: [site@1.0.0]\n")
    protocol, findings = read_protocol(path)
    return protocol, [finding for finding in findings if finding.code != "P305"]


def test_a_formula_of_a_used_library_comes_before_a_published_one_of_its_name(tmp_path: Path) -> None:
    protocol, findings = read(tmp_path, '{derived: BMI, is: "> 25 kg"}')
    assert findings == []
    assert protocol is not None
    leaf = only(protocol)
    assert isinstance(leaf, Computed)
    assert (leaf.title, leaf.unit) == ("Weight for height", "kg")
    published = only(parse_protocol(rule('{derived: BMI, is: "> 25 kg/m2"}')))
    assert isinstance(published, Computed)
    assert published.title == "Body mass index"


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('{derived: AGED, is: "> 1"}', "P357"),
        ('{derived: WIDE, is: "> 1"}', "P358"),
        ('{derived: BMJ, is: "> 1"}', "P350"),
    ],
)
def test_what_a_formula_cannot_be_asked(condition: str, code: str, tmp_path: Path) -> None:
    protocol, findings = read(tmp_path, condition)
    assert protocol is None
    assert [(finding.code, bool(finding.hint)) for finding in findings] == [(code, True)]


def test_a_change_is_two_picks_of_one_measure() -> None:
    text = '{change: HBA1C, from: [-365, -90], to: $days, as: percent, take: mean, tie: best, is: "<= -5 %"}'
    leaf = only(parse_protocol(rule(text)))
    assert isinstance(leaf, Computed)
    of = MeasureInput("HBA1C", own_unit=True)
    earlier = Window((Bound("d", Duration(-365)),), (Bound("d", Duration(-90)),))
    later = Window((Bound("e", Duration(-14)),), (Bound("e", Duration(0)),))
    assert leaf.inputs == (
        ("from", PickInput(of, Take.MEAN, earlier, None, Tie.BEST)),
        ("to", PickInput(of, Take.MEAN, later, None, Tie.BEST)),
    )
    assert (leaf.change, leaf.unit, leaf.nonzero) == (Change.PERCENT, "%", ("from",))


@pytest.mark.parametrize(
    ("keys", "anchor"), [("at: e, within: [-14, 0]", "e"), ("within: [-14, 0], of: e", "e"), ("take: latest", "d")]
)
def test_age_is_that_at_the_day_named_or_at_the_windows(keys: str, anchor: str) -> None:
    leaf = only(parse_protocol(rule(f'{{derived: CRCL_CG, {keys}, is: ">= 50 mL/min"}}')))
    assert isinstance(leaf, Computed)
    ages = [item for _, item in leaf.inputs if isinstance(item, AgeInput)]
    assert [age.anchor for age in ages] == [anchor]


def test_the_last_rows_of_a_measure_and_of_a_formula() -> None:
    keys = 'take: mean, of_last: 3, same_day: true, need: 2, is: "<= 470 ms"'
    for head in ("measure: QT", "derived: QTCF"):
        leaf = only(parse_protocol(rule(f"{{{head}, {keys}}}")))
        assert isinstance(leaf, MeasureIs | Paired)
        assert leaf.last == LastRows(3, same_day=True, need=2)
    without = only(parse_protocol(rule('{measure: QT, take: mean, of_last: 3, is: "<= 470 ms"}')))
    assert isinstance(without, MeasureIs)
    assert without.last == LastRows(3, same_day=False, need=3)


def test_a_number_of_results_is_one_of_any_of_them() -> None:
    text = rule("{measure: HIVRNA, is: '>= 50 copies/mL', times: '>= $least'}").replace(
        "parameters:\n", "parameters:\n  least: {value: 2}\n"
    )
    leaf = only(parse_protocol(text.replace("defaults: {", "defaults: {take: latest, ")))
    assert isinstance(leaf, MeasureIs)
    assert (leaf.take, leaf.times) == (Take.ANY, parse_comparison(">= 2"))
    last = only(parse_protocol(rule("{biomarker: TMB, take: any, is: '> 10 mut/Mb', times: '== 0'}")))
    assert isinstance(last, MeasureIs)
    assert (last.times, last.tested) == (parse_comparison("== 0"), alteration.Tested())


@pytest.mark.parametrize(("take", "times"), [(Take.LATEST, ">= 2"), (Take.ANY, ">= 2 mg"), (Take.ANY, "== two")])
def test_no_number_of_one_value_or_with_a_unit(take: Take, times: str) -> None:
    with pytest.raises(ValueError, match="a number of results"):
        MeasureIs("ALT", take, parse_comparison("> 1"), times=parse_comparison(times))


def test_bands_cut_what_is_computed() -> None:
    text = rule("{ref: adult}") + (
        "strata:\n"
        "  - {id: BMI, bands: {of: {derived: BMI}, cuts: ['< 25 kg/m2', '>= 25 kg/m2']}}\n"
        "  - {id: QT, bands: {of: {derived: QTCF, take: max}, cuts: ['in {450, 460} ms']}}\n"
        "  - {id: FALL, bands: {of: {change: X, from: [-9, -5], to: [-4, 0], as: ratio}, cuts: ['< 1', '>= 1']}}\n"
    )
    protocol = parse_protocol(text)
    kinds = [type(node) for stratum in protocol.strata for _, level in stratum.levels for node in walk(level)]
    assert kinds == [Computed, Computed, Paired, Computed, Computed]


EXAMPLES = """
examples:
  - name: a protocol needs no dictionary for its examples
    patient: {d: 2026-04-20, e: 2026-04-20, birth_date: 1966-04-20, sex: male}
    labs: [{test: WEIGHT, value: 45, date: 2026-04-10}, {test: CREAT, value: 1, date: 2026-04-15}]
    ecg: [{test: QT, value: 400, date: 2026-04-15}]
    expect: {A: {result: unknown, reason: null_value}}
  - name: with the RR interval it is known
    patient: {d: 2026-04-20, e: 2026-04-20, birth_date: 1966-04-20, sex: male}
    labs: [{test: WEIGHT, value: 45, date: 2026-04-10}, {test: CREAT, value: 1, date: 2026-04-15}]
    ecg: [{test: QT, value: 400, date: 2026-04-15}, {test: RR, value: 1000, date: 2026-04-15}]
    expect: {A: met}
"""


@pytest.mark.parametrize("names", ["both examples", "the first alone"])
def test_examples_run_on_the_dictionary_that_formulas_imply(names: str) -> None:
    conditions = '{derived: CRCL_CG, is: ">= 50 mL/min"}, {derived: QTCF, is: "< 450 ms"}'
    examples = EXAMPLES if names == "both examples" else EXAMPLES[: EXAMPLES.index("  - name: with the RR")]
    protocol = parse_protocol(rule(f"{{all: [{conditions}]}}") + examples)
    dictionary = implied_dictionary(protocol)
    assert typecheck(protocol, dictionary) == ()
    assert {dictionary.measures[name].table for name in ("QT", "RR")} == {"ecg"}
    assert (dictionary.measures["WEIGHT"].unit, dictionary.measures["CREAT"].unit) == ("kg", "mg/dL")
    assert [case.problems for case in run_examples(protocol)] == [()] * examples.count("- name")
