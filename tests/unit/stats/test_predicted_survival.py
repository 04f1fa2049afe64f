"""Predicted survival and hazard: by hand, the special cases that must coincide, scikit-survival, and bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from sksurv.linear_model import CoxPHSurvivalAnalysis

from stratify.stats.cox import cox
from stratify.stats.nelson_aalen import nelson_aalen
from stratify.stats.predicted_survival import predicted_hazard, predicted_survival
from unit.stats.fitted_cox import Problem, fitted, problems, rearranged
from unit.stats.gbsg2 import gbsg2


def test_three_patients() -> None:
    """Events at 1, 2, 3 with x = 0, 1, 0: exp(b) = sqrt 2 =: r; hazard steps 1 - r/2, r - 1, 1 for x = 0.

    The means of x in the risk sets are r - 1, 2 - r, 0 and the information 2 (r-1)(2-r) =: i. The variance at 1 for
    x = 1 is r^2 ((1-r/2)^2 + (1 - (r-1))^2 (1-r/2)^2 / i).
    """
    r = math.sqrt(2)
    fit = cox([1, 2, 3], [1, 1, 1], [[0], [1], [0]], names=["x"])
    zero, one = predicted_hazard(fit, [[0], [1]])
    steps = np.array([1 - r / 2, r - 1, 1])
    assert zero.cumulative_hazard == pytest.approx(np.cumsum(steps), abs=1e-6)
    assert one.cumulative_hazard == pytest.approx(r * np.cumsum(steps), abs=1e-6)
    information = 2 * (r - 1) * (2 - r)
    first = r * steps[0] * math.sqrt(1 + (2 - r) ** 2 / information)
    assert one.standard_error[0] == pytest.approx(first, abs=1e-6)
    mean = np.cumsum(steps * [r - 1, 2 - r, 0])
    assert zero.standard_error == pytest.approx(np.sqrt(np.cumsum(steps**2) + mean**2 / information), abs=1e-6)
    (curve,) = predicted_survival(fit, [[1]], conf_type="log-log")
    survival = math.exp(-r * steps[0])
    assert curve.survival[0] == pytest.approx(survival, abs=1e-6)
    assert curve.standard_error[0] == pytest.approx(survival * first, abs=1e-6)
    # exp(-H exp(1.96 se(H) / H))
    lower = math.exp(-r * steps[0] * math.exp(1.959964 * first / (r * steps[0])))
    assert curve.ci_lower[0] == pytest.approx(lower, abs=1e-6)
    assert (curve.n, curve.at_risk.tolist(), curve.events.tolist()) == (3, [3, 2, 1], [1, 1, 1])
    assert curve.at([0.5, 2.5])[0].survival == 1
    assert curve.at([2.5])[0].survival == pytest.approx(math.exp(-r * (r / 2)), abs=1e-6)
    assert curve.quantile(0.5).quantile == 2


@pytest.mark.parametrize(("ties", "rule"), [("breslow", "nelson-aalen"), ("efron", "efron")])
def test_without_covariates_it_is_nelson_aalen(ties: Any, rule: Any) -> None:
    g = gbsg2()
    time = np.ceil(g.time / 60)
    (found,) = predicted_hazard(cox(time, g.event, np.empty((len(time), 0)), names=[], ties=ties), np.empty((1, 0)))
    expected = nelson_aalen(time, g.event, ties=rule)
    assert np.array_equal(found.time, expected.time)
    assert found.cumulative_hazard == pytest.approx(expected.cumulative_hazard, rel=1e-12)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-12)
    assert found.survival == pytest.approx(expected.survival, rel=1e-12)


def test_scikit_survival_agrees() -> None:
    g = gbsg2()
    time, x = np.ceil(g.time / 30), np.column_stack([g.arm, g.age])
    outcome = np.array(list(zip(g.event == 1, time, strict=True)), dtype=[("event", bool), ("time", float)])
    for ties in ("breslow", "efron"):
        theirs = CoxPHSurvivalAnalysis(ties=ties, tol=1e-12).fit(x, outcome)
        if ties == "efron":  # Efron's estimate, but Breslow's hazard beside it
            assert cox(time, g.event, x, names=["arm", "age"]).coefficients == pytest.approx(theirs.coef_, rel=1e-6)
            continue
        curves = predicted_survival(cox(time, g.event, x, names=["arm", "age"], ties="breslow"), [[0, 40], [1, 55]])
        for curve, function in zip(
            curves, theirs.predict_survival_function(np.array([[0.0, 40], [1, 55]])), strict=True
        ):
            assert curve.survival == pytest.approx(function(curve.time), rel=1e-6)


@given(problems())
def test_a_hazard_ratio_stands_between_two_patients(problem: Problem) -> None:
    fit = fitted(problem)
    codes = {"strata": problem["strata"][:1].repeat(2)} if "strata" in problem else {}
    low, high = predicted_hazard(fit, [[0, 1], [1, 1]], **codes)
    ratio = math.exp(fit.coefficients[0])
    assert high.cumulative_hazard == pytest.approx(low.cumulative_hazard * ratio, rel=1e-8)
    assert np.all(np.diff(low.cumulative_hazard) >= 0)


@given(problems())
def test_what_it_does_not_depend_on(problem: Problem) -> None:
    """The order of rows, the unit of time and of a covariate; an offset in the fit is one in the prediction."""
    fit = fitted(problem)
    codes = {"strata": problem["strata"][:1]} if "strata" in problem else {}
    (found,) = predicted_survival(fit, [[1, 0]], offset=[0.3], **codes)
    order = np.argsort(problem["offset"] + problem["x"][:, 0], kind="stable")
    days = {name: problem[name] * 30 for name in ("time", "entry") if name in problem}
    for other, x, offset in (
        (rearranged(problem, order), [1, 0], 0.3),
        (problem | days, [1, 0], 0.3),
        (problem | {"x": problem["x"] * [1e4, 1] + [1e6, 0]}, [1e4 + 1e6, 0], 0.3),
        (problem | {"offset": problem["offset"] + 5}, [1, 0], 5.3),
    ):
        (again,) = predicted_survival(cox(**other), [x], offset=[offset], **codes)
        for name in ("survival", "standard_error", "ci_lower", "ci_upper"):
            expected = getattr(found, name)
            assert getattr(again, name) == pytest.approx(expected, rel=1e-4, abs=1e-6, nan_ok=True), name


def test_a_stratum_has_the_hazard_of_its_patients() -> None:
    """Strata share coefficients, not hazards: without covariates each stratum is fitted alone. Codes 3 and 7."""
    time, event = np.array([1, 2, 3, 2, 4, 5]), np.array([1, 1, 0, 1, 1, 0])
    strata = np.array([7, 7, 7, 3, 3, 3])
    fit = cox(time, event, np.empty((6, 0)), names=[], strata=strata)
    seven, three = predicted_hazard(fit, np.empty((2, 0)), strata=[7, 3])
    for found, code in ((seven, 7), (three, 3)):
        expected = nelson_aalen(time[strata == code], event[strata == code])
        assert found.cumulative_hazard == pytest.approx(expected.cumulative_hazard)
        assert (found.n, found.events) == (3, 2)


def test_a_stratum_whose_other_rows_were_left_out() -> None:
    """Codes are those given, also after rows without a covariate or stratum are gone."""
    x = np.array([[1.0], [np.nan], [0], [0], [1], [1]])
    strata = [2, 0, 2, 5, 5, -1]
    fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1], x, names=["x"], strata=strata)
    (found,) = predicted_survival(fit, [[0]], strata=[5])
    assert found.time.tolist() == [4, 5]
    with pytest.raises(ValueError, match="no stratum 0"):
        predicted_survival(fit, [[0]], strata=[0])


def test_what_to_be_careful_of() -> None:
    time, event = [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 0]
    fit = cox(time, event, [[1], [0], [1], [0], [0], [1]], names=["x"], strata=[0, 0, 0, 0, 1, 1])
    inside, outside = predicted_survival(fit, [[1], [2]], strata=[0, 1])
    assert inside.note is None
    assert outside.note == "no events in the stratum; outside the range of the fitted patients: x"
    assert outside.survival.tolist() == [1, 1]


def test_far_out_survival_is_zero_without_an_interval() -> None:
    fit = cox([1, 2, 3, 4], [1, 1, 1, 1], [[1], [0], [1], [0]], names=["x"])
    (curve,) = predicted_survival(fit, [[1e6 * np.sign(fit.coefficients[0])]])
    assert curve.survival.tolist() == [0, 0, 0, 0]
    mark = curve.at([2])[0]
    assert (mark.standard_error, mark.ci_lower) == (None, None)
    assert mark.note is not None


@pytest.mark.parametrize(
    ("event", "reason"), [([0, 0, 0, 0], "no events"), ([1, 1, 0, 0], "infinite estimate of x: no predictions")]
)
def test_fits_that_predict_nothing_say_why(event: list[int], reason: str) -> None:
    fit = cox([1, 2, 3, 4], event, [[1], [1], [0], [0]], names=["x"])
    (curve,) = predicted_survival(fit, [[1]])
    (hazard,) = predicted_hazard(fit, [[1]])
    assert (curve.reason, hazard.reason) == (reason, reason)
    assert curve.at([1])[0].reason == reason
    assert curve.quantile().reason == reason


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        ([1.0], {}, "1 columns"),
        ([[1.0, 2.0]], {}, "1 columns"),
        ([[np.nan]], {}, "finite"),
        ([[1.0]], {"offset": [np.inf]}, "offset must hold 1 finite"),
        ([[1.0]], {"offset": [1, 2]}, "offset must hold 1 finite"),
        ([[1.0]], {"strata": [0]}, "only where"),
        ([[1.0]], {"level": 95}, "level"),
        ([[1.0]], {"conf_type": "cloglog"}, "conf_type"),
    ],
)
def test_bad_input_is_refused_by_name(x: Any, options: dict[str, Any], message: str) -> None:
    fit = cox([1, 2, 3, 4], [1, 1, 1, 0], [[1], [0], [1], [0]], names=["x"])
    with pytest.raises(ValueError, match=message):
        predicted_survival(fit, x, **options)


@pytest.mark.parametrize(("strata", "message"), [(None, "needed"), ([0, 1], "2 entries"), ([4], "no stratum 4")])
def test_strata_must_be_those_of_the_fit(strata: Any, message: str) -> None:
    fit = cox([1, 2, 3, 4], [1, 1, 1, 0], [[1], [0], [0], [1]], names=["x"], strata=[0, 0, 1, 1])
    with pytest.raises(ValueError, match=message):
        predicted_survival(fit, [[1]], strata=strata)
