"""The test of proportional hazards: by hand, as the score test that it is, and where there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from stratify.stats.cox import cox
from stratify.stats.design import DesignTerm
from stratify.stats.inputs import survival_input
from stratify.stats.natural_spline import natural_spline_fit
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.proportional_hazards import TimeTransform, proportional_hazards_test
from stratify.stats.risk_sets import risk_sets
from unit.stats.fitted_cox import Problem, fitted, problems, rearranged

TRANSFORMS: tuple[TimeTransform, ...] = ("km", "rank", "identity", "log")


def test_three_patients() -> None:
    """Events at 1, 2, 3 with x = 0, 1, 0: exp(b) = sqrt 2 =: r, means of x in the risk sets r - 1, 2 - r, 0.

    On ranks g = -1, 0, 1. Score: -(0 - (r - 1)) = r - 1. Variances v = (r-1)(2-r) at 1 and 2, none at 3, so that the
    information is 2v, mixed -v, of the trend v: v - v^2/(2v) = v/2 is left, and (r-1)^2 / (v/2) = 2/r = r.
    """
    fit = cox([1, 2, 3], [1, 1, 1], [[0], [1], [0]], names=["x"])
    found = proportional_hazards_test(fit, transform="rank")
    r = math.sqrt(2)
    assert found.overall.chi_square == pytest.approx(r, abs=1e-6)
    assert found.overall.p_value == pytest.approx(math.erfc(math.sqrt(r / 2)), abs=1e-6)
    (term,) = found.terms
    assert term.test == found.overall
    information = 2 * (r - 1) * (2 - r)
    effects = np.array([1 - r, r - 1, 0]) * 3 / information + math.log(r)
    assert term.effect == pytest.approx(effects, abs=1e-6)
    assert term.variance == pytest.approx(3 / information, abs=1e-6)
    assert found.x.tolist() == [1, 2, 3]
    # Before each event 0, 1/3 and 2/3 have had it.
    assert proportional_hazards_test(fit).x == pytest.approx([0, 1 / 3, 2 / 3])
    assert proportional_hazards_test(fit, transform="log").x == pytest.approx(np.log([1, 2, 3]))


def test_transforms_with_ties_and_late_entry() -> None:
    """Exit times 2, 2, 3, 5, events at the first and the two last: ranks 1.5, 3, 4.

    At risk are 3 at time 2 (who enters at 2 is not), then 3 less two plus one: S = 2/3 after 2, 2/3 x 1/2 after 3.
    """
    fit = cox([2, 2, 3, 5], [1, 0, 1, 1], [[0.0], [1], [1], [0]], names=["x"], entry=[0, 0, 0, 2])
    assert proportional_hazards_test(fit, transform="rank").x.tolist() == [1.5, 3, 4]
    assert proportional_hazards_test(fit).x == pytest.approx([0, 1 / 3, 2 / 3])


@given(problems())
def test_it_is_the_score_test_of_covariate_by_time(problem: Problem) -> None:
    """Rows cut at every event time, with x g(t) beside x: the score test at the estimates is the test."""
    fit = fitted(problem)
    n, time, x = len(problem["time"]), problem["time"], problem["x"]
    cuts = np.unique(time[problem["event"]])
    entry = problem.get("entry", np.zeros(n))
    pieces = [
        (i, start, min(stop, time[i]))
        for i in range(n)
        for start, stop in zip(np.append(0.0, cuts), np.append(cuts, np.inf), strict=True)
        if start < time[i] and stop > entry[i]
    ]
    row = np.array([i for i, _, _ in pieces])
    begins, ends = np.array([[max(a, entry[i]), b] for i, a, b in pieces]).T
    estimate = problem["offset"] + x @ fit.coefficients
    strata = problem.get("strata", np.zeros(n, int))[row]
    data = survival_input(ends, problem["event"][row] & (ends == time[row]), begins, problem["weights"][row])
    sets = risk_sets(data, np.unique(strata, return_inverse=True)[1])
    split = np.column_stack([x[row], x[row] * ends[:, None]])
    rows = PartialLikelihood.of(split, sets, problem["ties"], weight=data.weights, offset=estimate[row])
    point = rows.at(np.zeros(4))
    found = proportional_hazards_test(fit, transform="identity").overall
    assume(found.chi_square is not None and np.linalg.cond(point.information) < 1e8)
    assert found.chi_square == pytest.approx(point.gradient @ point.step, rel=1e-4, abs=1e-4)


@given(problems())
def test_what_it_does_not_depend_on(problem: Problem) -> None:
    """The order of rows, the unit of time (of the logarithm too), the unit and origin of a covariate."""
    fit = fitted(problem)
    order = np.argsort(problem["offset"] + problem["x"][:, 0], kind="stable")
    days = {name: problem[name] * 30 for name in ("time", "entry") if name in problem}
    others = [
        rearranged(problem, order),
        problem | days,
        problem | {"x": problem["x"] * [1e5, 1] + [1e7, -3]},
    ]
    for transform in TRANSFORMS:
        found = proportional_hazards_test(fit, transform=transform)
        if found.overall.chi_square is None or found.overall.chi_square > 1e3:
            continue
        for other in others:
            again = proportional_hazards_test(cox(**other), transform=transform)
            for term, same in zip([*found.terms], [*again.terms], strict=True):
                if term.test.chi_square is not None:
                    assert same.test.chi_square == pytest.approx(term.test.chi_square, rel=1e-4, abs=1e-4)
            assert again.overall.chi_square == pytest.approx(found.overall.chi_square, rel=1e-4, abs=1e-4)


def test_terms_of_several_columns() -> None:
    x = np.array([[1, 0, 3], [0, 1, 1], [0, 0, 2], [1, 0, 1], [0, 1, 3], [0, 0, 1], [1, 0, 2], [0, 1, 2]])
    fit = cox([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 0, 1, 1, 1, 0], x, names=["a[1]", "a[2]", "b"])
    factor = DesignTerm("a", ("a[1]", "a[2]"), ("1", "2"), "0")
    found = proportional_hazards_test(fit, terms=[factor])
    assert [(term.name, term.test.df) for term in found.terms] == [("a", 2), ("b", 1)]
    assert found.overall.df == 3
    assert np.mean(found.term("a").effect) == pytest.approx(1, abs=1e-6)
    with pytest.raises(KeyError):
        found.term("a[1]")
    with pytest.raises(ValueError, match="no covariate of the fit: c"):
        proportional_hazards_test(fit, terms=[DesignTerm("c", ("c",))])
    with pytest.raises(ValueError, match="transform"):
        proportional_hazards_test(fit, transform="sqrt")  # type: ignore[arg-type]


def test_a_term_without_an_estimate_says_why() -> None:
    x = [[1, 5], [0, 5], [1, 5], [0, 5], [0, 5]]
    found = proportional_hazards_test(cox([1, 2, 3, 4, 5], [1, 1, 0, 1, 1], x, names=["a", "b"]))
    assert found.term("b").test.not_estimable == '"b" is constant: it does not differ between patients'
    assert found.term("b").variance is None
    assert found.term("b").test.not_estimable == found.smooth("b").reason
    assert found.overall.df == 1


@pytest.mark.parametrize(
    ("time", "event", "x", "transform", "reason"),
    [
        ([1, 2], [0, 0], [[0], [1]], "km", "no events"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [[1], [1], [0], [0]], "km", "infinite estimate of x"),
        ([0, 2, 3, 4], [1, 1, 1, 1], [[1], [0], [1], [0]], "log", "an event at time 0 has no logarithm"),
        ([2, 2, 2, 3], [1, 1, 0, 0], [[1], [0], [1], [0]], "km", "too few different times"),
        ([2, 2, 2, 3], [1, 1, 0, 0], [[1], [1], [1], [1]], "km", "constant"),
    ],
)
def test_fits_without_a_test_say_why(time: Any, event: Any, x: Any, transform: TimeTransform, reason: str) -> None:
    found = proportional_hazards_test(cox(time, event, x, names=["x"]), transform=transform)
    assert found.overall.chi_square is None
    for said in (found.overall.not_estimable, found.terms[0].test.not_estimable, found.smooth("x").reason):
        assert said is not None
        assert reason in said


def test_estimates_that_are_not_the_maximum_have_no_test() -> None:
    fit = cox([1, 2, 3], [1, 1, 1], [[0], [1], [0]], names=["x"])
    found = proportional_hazards_test(replace(fit, coefficients=fit.coefficients + 0.1))
    assert found.not_estimable == "the estimates do not maximise the partial likelihood: no score test"


def test_few_events_have_no_smooth() -> None:
    found = proportional_hazards_test(cox([1, 2, 3], [1, 1, 1], [[0], [1], [0]], names=["x"]))
    assert found.smooth("x").reason == "the events are at too few different times for the smooth"


def test_the_smooth_has_a_level() -> None:
    rng = np.random.default_rng(3)
    fit = cox(rng.exponential(size=60), np.ones(60, int), rng.normal(size=(60, 1)), names=["x"])
    found = proportional_hazards_test(fit, transform="log")
    narrow, wide = found.smooth("x", level=0.5), found.smooth("x", level=0.99)
    assert np.all((wide.ci_lower < narrow.ci_lower) & (narrow.ci_lower < narrow.effect))
    assert np.all((wide.ci_upper > narrow.ci_upper) & (narrow.ci_upper > narrow.effect))
    assert narrow.time == pytest.approx(np.exp(narrow.x))
    assert proportional_hazards_test(fit, transform="rank").smooth("x", points=5).time[-1] == found.time.max()
    with pytest.raises(ValueError, match="level"):
        found.smooth("x", level=1.0)


def test_a_spline_through_as_many_points_as_knots() -> None:
    """Four values are met exactly, each with error 1; a line is met by its line."""
    x, y = np.array([0.0, 1, 2, 4]), np.array([3.0, -1, 2, 2])
    found = natural_spline_fit(x, y, x, x)
    assert found is not None
    assert found[0] == pytest.approx(y)
    assert found[1] == pytest.approx(np.ones(4))
    # The natural spline through 0, 1, 0 at -1, 0, 1 is 1 - 3/2 x^2 + 1/2 |x|^3.
    curve = natural_spline_fit(
        np.array([-1.0, 0, 1]), np.array([0.0, 1, 0]), np.array([-0.5, 0.2]), np.array([-1.0, 0, 1])
    )
    assert curve is not None
    assert curve[0] == pytest.approx([1 - 1.5 * 0.25 + 0.5 * 0.125, 1 - 1.5 * 0.04 + 0.5 * 0.008])
    many = np.linspace(0, 4, 30)
    line = natural_spline_fit(many, 2 - 3 * many, np.array([0.3, 3.9]), x)
    assert line is not None
    assert line[0] == pytest.approx([1.1, -9.7])
    assert natural_spline_fit(x[:3], y[:3], x, x) is None
    assert natural_spline_fit(np.ones(9), np.ones(9), x, x) is None
    assert natural_spline_fit(x, y, x, np.array([0.0, 1, 1, 4])) is None
