"""Factors as columns against a reference, and the tests of all columns of one factor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stratify.stats.cox import cox
from stratify.stats.design import Design, DesignTerm, design
from stratify.stats.variables import Categorical, Continuous

ARM = Categorical("arm", [0, 1, 1, 0, 1], ("control", "drug"))
GRADE = Categorical("grade", [2, 0, 1, -1, 1], ("low", "middle", "high", "unknown"))
AGE = Continuous("age", [50, 61, 72, 43, np.nan])


def test_columns_names_and_terms() -> None:
    """Complete rows are the first three; the fourth has no grade, the fifth no age."""
    found = design([ARM, AGE, GRADE], {"grade": "middle"})
    assert found.names == ("arm[drug]", "age", "grade[low]", "grade[high]")
    nan = np.nan
    expected = [[0, 50, 0, 1], [1, 61, 1, 0], [1, 72, 0, 0], [0, 43, nan, nan], [1, nan, 0, 0]]
    np.testing.assert_array_equal(found.x, expected)
    assert found.term("grade") == DesignTerm(
        "grade", ("grade[low]", "grade[high]"), ("low", "high"), "middle", ("unknown",)
    )
    assert found.term("arm").reference == "control"
    assert found.term("age") == DesignTerm("age", ("age",))
    assert found.notes == ('no complete row has level "unknown" of "grade"',)
    assert found.row({"arm": "drug", "age": 44, "grade": "high"}).tolist() == [1, 44, 0, 1]
    assert found.row({"arm": "control", "age": 44, "grade": "middle"}).tolist() == [0, 44, 0, 0]
    with pytest.raises(KeyError):
        found.term("grade[low]")


def test_the_reference_is_the_first_level_in_use() -> None:
    found = design([Categorical("g", [2, 1, 2], ("a", "b", "c"))])
    assert (found.names, found.term("g").reference, found.term("g").unused) == (("g[c]",), "b", ("a",))


def test_a_factor_of_one_level_has_no_column() -> None:
    found = design([Categorical("g", [1, 1], ("a", "b")), Continuous("x", [1, 2])])
    assert found.names == ("x",)
    assert found.notes == ('no complete row has level "a" of "g"', '"g" has no two levels to compare')
    assert found.row({"g": "b", "x": 3}).tolist() == [3]


def test_nothing_at_all() -> None:
    assert design([]).x.shape == (0, 0)
    assert design([Categorical("g", [], ("a", "b")), Continuous("x", [])]).names == ("x",)


@pytest.mark.parametrize(
    ("variables", "references", "message"),
    [
        ([ARM, ARM], {}, "differ in name"),
        ([ARM, Continuous("x", [1])], {}, 'differ in length: "1", "5" rows'),
        ([ARM, AGE], {"age": "50"}, 'no factor: "age"'),
        ([ARM], {"arm": "placebo"}, 'no level "placebo"; its levels are "control", "drug"'),
        ([GRADE], {"grade": "unknown"}, 'reference "unknown" of "grade"; used levels are "low", "middle", "high"'),
    ],
)
def test_bad_input_is_refused_by_name(variables: Any, references: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        design(variables, references)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"arm": "drug"}, 'values needed for "age", "arm", "grade", given for "arm"'),
        ({"arm": "drug", "age": np.nan, "grade": "low"}, '"age" needs a finite number'),
        ({"arm": "drug", "age": "old", "grade": "low"}, '"age" needs a finite number'),
        ({"arm": "drug", "age": 1, "grade": "unknown"}, '"grade" needs one of "low", "middle", "high"'),
    ],
)
def test_a_row_needs_known_values(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        design([ARM, AGE, GRADE]).row(values)


# --- the Wald test of a factor


def factor_fit(reference: str, **options: Any) -> tuple[Any, Design]:
    rng = np.random.default_rng(11)
    n = 80
    grade, age = rng.integers(0, 3, n), rng.normal(60, 8, n)
    time = rng.exponential(np.exp(-0.5 * grade))
    columns = design([Continuous("age", age), Categorical("g", grade, ("a", "b", "c"))], {"g": reference})
    return cox(time, rng.random(n) < 0.8, columns.x, names=columns.names, **options), columns


@pytest.mark.parametrize("robust", [False, True])
def test_the_test_of_a_factor_does_not_depend_on_its_reference(robust: bool) -> None:
    tests = []
    for reference in ("a", "b", "c"):
        fit, columns = factor_fit(reference, robust=robust)
        tests.append(fit.wald_test(columns.term("g").columns))
        assert fit.log_likelihood == pytest.approx(factor_fit("a")[0].log_likelihood)
    assert [test.df for test in tests] == [2, 2, 2]
    assert [test.chi_square for test in tests] == pytest.approx([tests[0].chi_square] * 3, rel=1e-6)


def test_the_wald_test_by_hand() -> None:
    """Of one column z squared; of all the fit's; of two b'V^-1 b."""
    fit, columns = factor_fit("a")
    assert fit.wald_test(["age"]).chi_square == pytest.approx(fit.term("age").z ** 2)
    assert fit.wald_test(columns.names).chi_square == pytest.approx(fit.wald.chi_square)
    b, v = fit.coefficients[1:], fit.covariance[1:, 1:]
    by_hand = (b[0] ** 2 * v[1, 1] - 2 * b[0] * b[1] * v[0, 1] + b[1] ** 2 * v[0, 0]) / (
        v[0, 0] * v[1, 1] - v[0, 1] ** 2
    )
    assert fit.wald_test(columns.term("g").columns).chi_square == pytest.approx(by_hand)
    assert fit.wald_test([]).not_estimable == "no degree of freedom is left"
    with pytest.raises(KeyError):
        fit.wald_test(["g"])


def test_the_wald_test_where_there_is_none() -> None:
    x = [[1, 5, 0], [1, 5, 1], [1, 5, 0], [1, 5, 1], [0, 5, 1], [0, 5, 0]]
    fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 0], x, names=["a", "constant", "b"])
    assert fit.wald_test(["a", "b"]).not_estimable == "infinite estimate of a"
    assert "constant" in str(fit.wald_test(["constant"]).not_estimable)
    assert cox([1, 2], [0, 0], [[0.0], [1]], names=["x"]).wald_test(["x"]).not_estimable == "no events"
