"""Firth's penalty: hand computations, the slow twin, invariances, and monotone likelihoods made finite."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from scipy import optimize, special

from stratify.stats import profile_likelihood
from stratify.stats.cox import cox
from stratify.stats.firth import FirthLikelihood
from stratify.stats.inputs import SurvivalInput
from stratify.stats.newton import dependent_columns, maximise
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.profile_likelihood import profile_log_likelihood
from stratify.stats.risk_sets import risk_sets
from unit.stats.slow_cox import SlowCox, problems

# --- by hand


def pairs(k: int, **options: Any) -> Any:
    """In each of k strata arm 1 dies first of two: the likelihood is (r / (r + 1))^k, monotone."""
    time, arm = np.tile([1.0, 2.0], k), np.tile([1.0, 0.0], k)
    strata = np.repeat(np.arange(k), 2)
    return cox(time, time == 1, arm[:, None], names=["arm"], strata=strata, **options)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("k", [1, 4, 20])
def test_matched_pairs(k: int, ties: Any) -> None:
    """The information is k r / (r + 1)^2, so the penalised log-likelihood is (k + 1/2) b - (k + 1) log(r + 1) and a
    constant: its top is at r = 2k + 1, its drop to r = 1 in closed form.
    """
    fit = pairs(k, firth=True, ties=ties)
    arm = fit.term("arm")

    def height(b: float) -> float:
        return (k + 0.5) * b - (k + 1) * math.log1p(math.exp(b))

    r = 2 * k + 1
    assert arm.hazard_ratio == pytest.approx(r, rel=1e-6)
    assert arm.standard_error == pytest.approx((k * r / (r + 1) ** 2) ** -0.5, rel=1e-6)
    statistic = 2 * (height(math.log(r)) - height(0))
    assert fit.likelihood_ratio.chi_square == pytest.approx(statistic, rel=1e-9)
    assert fit.likelihood_ratio.method == "penalised likelihood-ratio test"
    assert arm.p_value == pytest.approx(special.chdtrc(1, statistic), rel=1e-8)
    for limit in (arm.ci_lower, arm.ci_upper):
        drop = 2 * (height(math.log(r)) - height(math.log(limit)))
        assert drop == pytest.approx(special.chdtri(1, 0.05), rel=1e-6)
    assert fit.method == f"Cox proportional hazards, Firth's penalty, {ties.capitalize()} ties, {k} strata"
    assert arm.method == f"{fit.method}; profile-likelihood interval, likelihood-ratio p"
    assert fit.score.not_estimable is not None


def test_log_likelihood_is_penalised_per_standard_deviation() -> None:
    """Two patients, one death: at zero log(1/2) + 1/2 log(1/4 / (1/2)), the arm's variance being 1/2."""
    assert pairs(1, firth=True).log_likelihood_null == pytest.approx(math.log(0.5) + math.log(0.5) / 2)


def test_wald_interval_where_asked() -> None:
    arm = pairs(4, firth=True, interval="wald").term("arm")
    assert arm.ci_upper == pytest.approx(9 * math.exp(special.ndtri(0.975) * arm.standard_error), rel=1e-6)
    assert arm.p_value == pytest.approx(2 * special.ndtr(-math.log(9) / arm.standard_error), rel=1e-5)


def test_monotone_likelihood_has_firths_estimate_beside_it() -> None:
    plain = pairs(4)
    assert plain.term("arm").hazard_ratio == math.inf
    assert plain.firth is not None
    assert plain.firth.term("arm") == pairs(4, firth=True).term("arm")
    assert plain.firth.firth is None
    assert cox([1, 2, 3, 4], [1, 1, 1, 0], [[1], [0], [1], [0]], names=["arm"]).firth is None
    robust = pairs(4, robust=True).firth
    assert robust is not None
    assert robust.term("arm").hazard_ratio == pytest.approx(9, rel=1e-6)


# --- the slow twin


def penalised(slow: SlowCox, beta: np.ndarray) -> float:
    value, _, information = slow.at(beta)
    return value + float(np.linalg.slogdet(information)[1]) / 2


def fast(slow: SlowCox) -> PartialLikelihood:
    data = SurvivalInput(slow.time, slow.event, None if np.all(slow.entry < 0) else slow.entry, slow.weights)
    sets = risk_sets(data, np.unique(slow.strata, return_inverse=True)[1])
    return PartialLikelihood.of(slow.x, sets, slow.ties, weight=slow.weights, offset=slow.offset)


@given(problems(), st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3))
def test_value_and_gradient_agree_with_the_slow_twin(slow: SlowCox, beta: list[float]) -> None:
    partial = fast(slow)
    p = len(partial.scale)
    assume(np.all(np.isfinite(partial.scale)) and not np.any(dependent_columns(partial.at(np.zeros(p)))))
    b = np.array(beta[:p])
    compiled = FirthLikelihood.of(partial)
    point, null = compiled.at(b * partial.scale), compiled.at(np.zeros(p))
    rise = penalised(slow, b) - penalised(slow, np.zeros(p))
    assert point.log_likelihood - null.log_likelihood == pytest.approx(rise, rel=1e-7, abs=1e-7)
    slope = optimize.approx_fprime(b, lambda at: penalised(slow, at), 1e-6)
    assert point.gradient * partial.scale == pytest.approx(slope, rel=1e-3, abs=1e-3)


@given(problems(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_every_estimate_is_finite_and_none_does_better(slow: SlowCox, beta: list[float]) -> None:
    names = [f"x{j}" for j in range(slow.x.shape[1])]
    late = None if np.all(slow.entry < 0) else np.maximum(slow.entry, 0)
    assume(late is None or np.all(late < slow.time))
    options = {"strata": slow.strata, "weights": slow.weights, "offset": slow.offset, "entry": late, "ties": slow.ties}
    fit = cox(slow.time, slow.event, slow.x, names=names, firth=True, interval="wald", **options)
    for term in fit.terms:
        assert (term.hazard_ratio is None) == (term.not_estimable is not None)
        assert term.hazard_ratio is None or 0 < term.ci_lower < term.hazard_ratio < term.ci_upper < math.inf
    if any(term.hazard_ratio is None for term in fit.terms):
        return
    assert fit.converged
    data = SurvivalInput(slow.time, slow.event, late, slow.weights)
    partial = PartialLikelihood.of(
        slow.x, risk_sets(data, slow.strata), slow.ties, weight=slow.weights, offset=slow.offset
    )
    compiled = FirthLikelihood.of(partial)
    other = compiled.at(np.array(beta[: len(names)]) * partial.scale)
    assert other.log_likelihood <= fit.log_likelihood + 1e-6 * (1 + abs(fit.log_likelihood))


# --- what must not matter, and what the penalty is for


def small_trial() -> dict[str, Any]:
    """Forty patients, one covariate of few patients none of whom has an event."""
    rng = np.random.default_rng(11)
    x = np.column_stack([rng.integers(0, 2, 40), rng.normal(60, 10, 40), np.arange(40) < 5]).astype(float)
    time = np.ceil(rng.exponential(12 * np.exp(-0.5 * x[:, 0])))
    return {"time": time, "event": (rng.random(40) < 0.6) & (x[:, 2] == 0), "x": x, "names": ["arm", "age", "rare"]}


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_order_and_units_do_not_matter(ties: Any) -> None:
    data = small_trial()
    fit = cox(**data, firth=True, ties=ties)
    order = np.random.default_rng(3).permutation(40)
    shuffled = {k: v if k == "names" else v[order] for k, v in data.items()}
    unit = np.array([1.0, 365.25, 1e-6])
    scaled = data | {"time": data["time"] * 30.4375, "x": data["x"] * unit - 5}
    for other, per in ((shuffled, 1.0), (scaled, unit)):
        again = cox(**other, firth=True, ties=ties)
        assert again.coefficients * per == pytest.approx(fit.coefficients, rel=1e-6)
        assert again.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-10)
        assert again.covariance * np.outer(per, per) == pytest.approx(fit.covariance, rel=1e-6)


def test_a_weight_of_two_is_two_rows() -> None:
    """With Breslow's ties, for which a doubled death is two deaths."""
    data = small_trial()
    twice = np.arange(40) < 15
    doubled = {k: v if k == "names" else np.concatenate([v, v[twice]]) for k, v in data.items()}
    weighted = cox(**data, weights=1.0 + twice, firth=True, ties="breslow")
    rows = cox(**doubled, firth=True, ties="breslow")
    assert weighted.coefficients == pytest.approx(rows.coefficients, rel=1e-7)
    assert weighted.covariance == pytest.approx(rows.covariance, rel=1e-7)
    assert weighted.likelihood_ratio.chi_square == pytest.approx(rows.likelihood_ratio.chi_square, rel=1e-9)


def test_a_covariate_without_events_gets_a_finite_estimate_and_an_interval() -> None:
    data = small_trial()
    plain, fit = cox(**data), cox(**data, firth=True)
    assert plain.term("rare").hazard_ratio == 0.0
    rare = fit.term("rare")
    assert 0 < rare.ci_lower < rare.hazard_ratio < 1
    assert rare.z is None
    assert plain.firth is not None
    assert plain.firth.terms == fit.terms


def test_much_data_makes_the_penalty_small() -> None:
    """The penalty stays while the log-likelihood grows with n: estimates differ by far less than a standard error."""
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.integers(0, 2, 4000), rng.normal(size=4000)]).astype(float)
    data = {"time": np.ceil(rng.exponential(20 * np.exp(-0.5 * x[:, 0]))), "event": rng.random(4000) < 0.7}
    plain = cox(**data, x=x, names=["arm", "age"])
    fit = cox(**data, x=x, names=["arm", "age"], firth=True, interval="wald")
    errors = np.sqrt(np.diag(plain.covariance))
    assert np.all(np.abs(fit.coefficients - plain.coefficients) < 0.05 * errors)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(errors, rel=1e-2)


@pytest.mark.parametrize("penalty", [False, True])
@pytest.mark.parametrize("direction", [-1, 1])
def test_both_ways_to_a_profile_limit_end_at_the_same_place(direction: int, penalty: bool) -> None:
    """Newton's method for all coefficients at once, and the search that climbs anew at each value tried."""
    data = small_trial()
    sets = risk_sets(SurvivalInput(data["time"], data["event"], None, None))
    partial = PartialLikelihood.of(data["x"][:, :2], sets, "efron")
    likelihood = FirthLikelihood.of(partial) if penalty else partial
    maximum = maximise(likelihood)
    target = maximum.point.log_likelihood - 2
    for column in range(2):
        near = profile_likelihood._near_limit(likelihood, maximum, column, direction, target)
        far = profile_likelihood._far_limit(likelihood, maximum, column, direction, target)
        assert near == pytest.approx(far, rel=1e-7)
        assert profile_log_likelihood(likelihood, maximum, column, near) == pytest.approx(target, rel=1e-9)


def test_aliased_covariates_stay_named() -> None:
    data = small_trial()
    x = np.column_stack([data["x"][:, :2], 3 * data["x"][:, 0] + 1])
    fit = cox(**data | {"x": x, "names": ["arm", "age", "copy"]}, firth=True)
    without = cox(**data | {"x": x[:, :2], "names": ["arm", "age"]}, firth=True)
    assert fit.term("copy").not_estimable == '"copy" is a linear combination of "arm"'
    assert fit.term("arm").hazard_ratio == pytest.approx(without.term("arm").hazard_ratio, rel=1e-8)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"robust": True}, "penalised"), ({"cluster": np.arange(8)}, "penalised"), ({"interval": "bayes"}, "interval")],
)
def test_refused_with_the_penalty(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pairs(4, firth=True, **options)
