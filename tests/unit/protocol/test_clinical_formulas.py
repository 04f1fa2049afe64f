"""The published formulas that come with the package: each test value, and that each formula is monotone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import polars as pl
import pytest

from stratify.compile.formulas import formula_expression
from stratify.diagnostics import Findings
from stratify.model.arithmetic import Value, evaluate
from stratify.model.formula import Formula, FormulaInput, FormulaTest, FromAge, FromDefinition, FromMeasure
from stratify.protocol.library_file import read_use
from stratify.protocol.yaml_source import read_yaml
from support import ROOT


def published() -> dict[str, Formula]:
    findings = Findings()
    use = read_yaml("[clinical-formulas@1.0.0]", "protocol.yaml", findings)
    library = read_use(use, ROOT / "rules" / "protocol.yaml", findings)
    assert not findings.errors, findings.errors
    return dict(library.formulas)


FORMULAS = published()
TESTS = [
    pytest.param(one, test, id=f"{one.id}-{number}")
    for one in FORMULAS.values()
    for number, test in enumerate(one.tests, 1)
]


def test_the_formulas_that_there_are() -> None:
    assert set(FORMULAS) == {
        "BMI", "BSA_MOSTELLER", "BSA_DUBOIS", "IBW_DEVINE", "CRCL_CG", "CRCL_CG_IDEAL", "CRCL_CG_ADJUSTED",
        "EGFR_CKD_EPI", "QTCF", "QTCF_HR", "QTCB", "QTCB_HR", "CA_CORRECTED", "NLR", "ANC_PERCENT",
        "ANC_SEGMENTS_BANDS", "CHILD_PUGH", "ALBI", "MELD_3", "CHARLSON",
    }  # fmt: skip


@pytest.mark.parametrize(("one", "test"), TESTS)
def test_a_formula_gives_its_test_values(one: Formula, test: FormulaTest) -> None:
    assert test.passes(evaluate(one.expression, test.given))


@pytest.mark.parametrize("one", FORMULAS.values(), ids=FORMULAS)
def test_columns_give_the_test_values_too(one: Formula) -> None:
    schema = {name: pl.Float64 if item.numeric else pl.String for name, item in one.inputs.items()}
    frame = pl.DataFrame([dict(test.given) for test in one.tests], schema=schema)
    columns = {name: pl.col(name) for name in one.inputs}
    results = frame.select(formula_expression(one.expression, columns).alias("found"))["found"].to_list()
    assert results == [evaluate(one.expression, test.given) for test in one.tests]
    assert all(test.passes(result) for test, result in zip(one.tests, results, strict=True))


@pytest.mark.parametrize("one", FORMULAS.values(), ids=FORMULAS)
def test_a_formula_has_a_reference_and_three_tests(one: Formula) -> None:
    assert one.reference.endswith(".")
    assert len(one.tests) >= 3
    assert all(test.source for test in one.tests)


PLAUSIBLE = {
    "WEIGHT": (25, 250), "HEIGHT": (120, 220), "CREAT": (0.1, 25), "QT": (200, 700), "RR": (250, 2500),
    "HR": (25, 240), "CA": (4, 20), "ALB": (0.5, 7), "ANC": (0, 200), "LYM": (0.05, 200), "WBC": (0, 400),
    "NEUT_PCT": (0, 100), "SEGS_PCT": (0, 100), "BANDS_PCT": (0, 100), "TBIL": (0.1, 60), "INR": (0.5, 15),
    "SODIUM": (100, 180),
}  # fmt: skip
"""Plausible values by measure, in the units of the formulas; ALBI has albumin and bilirubin in units of their own."""
OF_ALBI = {"TBIL": (1, 1000), "ALB": (5, 70)}


def scale(one: Formula, item: FormulaInput, steps: int) -> list[Value]:
    """Values of an input: all words, or numbers from the lowest plausible one to the highest."""
    match item.source:
        case _ if not item.numeric:
            return list(item.words)
        case FromDefinition():
            return [0.0, 1.0]
        case FromAge():
            low, high = 18.0, 110.0
        case FromMeasure(measure):
            low, high = (OF_ALBI if one.id == "ALBI" else PLAUSIBLE)[measure]
        case _:
            raise AssertionError(item)
    return [low + (high - low) * step / (steps - 1) for step in range(steps)]


def curves(one: Formula, name: str) -> Iterator[list[float]]:
    """The formula along one input, the others held fixed at each of three values."""
    others = [other for other in one.inputs if other != name]
    for fixed in product(*(scale(one, one.inputs[other], 3) for other in others)):
        given = dict(zip(others, fixed, strict=True))
        results = [evaluate(one.expression, given | {name: value}) for value in scale(one, one.inputs[name], 60)]
        yield [result for result in results if result is not None]


NUMERIC = [
    pytest.param(one, item.name, id=f"{one.id}-{item.name}")
    for one in FORMULAS.values()
    for item in one.inputs.values()
    if item.numeric and not isinstance(item.source, FromDefinition)
]


@pytest.mark.parametrize(("one", "name"), NUMERIC)
def test_a_formula_is_monotone_in_each_number(one: Formula, name: str) -> None:
    """Two ends of an interval then bound the result; a yes or no has no values between its two."""
    moved = False
    for curve in curves(one, name):
        assert len(curve) == 60
        slack = 1e-9 * max(map(abs, curve))
        rises = all(later >= earlier - slack for earlier, later in pairwise(curve))
        falls = all(later <= earlier + slack for earlier, later in pairwise(curve))
        assert rises or falls
        moved = moved or max(curve) - min(curve) > slack
    assert moved, "an input that changes nothing is not monotone but idle"
