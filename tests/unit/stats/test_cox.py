"""Cox regression: hand computations, the slow twin, invariances, GBSG-2 and the inputs that have no estimate."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from scipy import optimize, special

from stratify.stats.cox import cox
from stratify.stats.inputs import SurvivalInput, survival_input
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.risk_sets import risk_sets
from unit.stats.gbsg2 import gbsg2
from unit.stats.slow_cox import SlowCox, problems

# --- by hand


def test_four_patients_without_ties() -> None:
    """Events at 1, 2, 3 with x = 1, 0, 1 and a censored 0 at 4: with r = exp(b) the partial likelihood is
    r / (2r + 2) * 1 / (r + 2) * r / (r + 1). Its logarithm has the slope 2 - 2r/(r+1) - r/(r+2), zero where
    r^2 - r - 4 = 0, so r = (1 + sqrt 17) / 2.
    """
    fit = cox([1, 2, 3, 4], [1, 1, 1, 0], [[1], [0], [1], [0]], names=["arm"])
    r = (1 + math.sqrt(17)) / 2
    arm = fit.term("arm")
    assert arm.hazard_ratio == pytest.approx(r, rel=1e-7)
    assert fit.log_likelihood == pytest.approx(math.log(r / (2 * r + 2) / (r + 2) * r / (r + 1)), rel=1e-9)
    assert fit.log_likelihood_null == pytest.approx(-math.log(4 * 3 * 2))
    # Information: p (1 - p) at each event, with p = r/(r+1), r/(r+2), r/(r+1).
    information = 2 * r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2
    assert arm.standard_error == pytest.approx(information**-0.5, rel=1e-6)
    # Score at zero: 2 - 1/2 - 1/3 - 1/2 over 1/4 + 2/9 + 1/4.
    assert fit.score.chi_square == pytest.approx((2 - 4 / 3) ** 2 / (1 / 2 + 2 / 9))


@pytest.mark.parametrize(
    ("ties", "denominators"),
    [
        # Times 1, 1 (x = 1, 0, both dead), 2 (x = 1, dead), 3 (x = 0, censored); r = exp(b).
        ("breslow", lambda r: (2 * r + 2) ** 2 * (r + 1)),
        # Efron: the second of the tied deaths faces half of each of the two dead less.
        ("efron", lambda r: (2 * r + 2) * (2 * r + 2 - (r + 1) / 2) * (r + 1)),
    ],
)
def test_tied_deaths(ties: Any, denominators: Any) -> None:
    fit = cox([1, 1, 2, 3], [1, 1, 1, 0], [[1], [0], [1], [0]], names=["arm"], ties=ties)
    best = optimize.minimize_scalar(lambda b: -(2 * b - math.log(denominators(math.exp(b)))), tol=1e-12)
    assert fit.log_likelihood_null == pytest.approx(-math.log(denominators(1.0)))
    assert fit.log_likelihood == pytest.approx(-best.fun, rel=1e-9)
    assert fit.term("arm").log_hazard_ratio == pytest.approx(best.x, abs=1e-5)


def test_delayed_entry_is_open_on_the_left() -> None:
    """Who enters at 2 is not at risk for the event at 2: the risk set there has two patients, not three."""
    fit = cox([2, 3, 5], [1, 0, 0], [[1], [0], [0]], names=["x"], entry=[0, 0, 2])
    assert fit.log_likelihood_null == pytest.approx(-math.log(2))


def test_who_is_censored_at_an_event_time_is_at_risk_there() -> None:
    fit = cox([2, 2, 5], [1, 0, 0], [[1], [0], [0]], names=["x"])
    assert fit.log_likelihood_null == pytest.approx(-math.log(3))


def test_times_apart_by_rounding_are_tied() -> None:
    x = [[1.0], [0.0], [1.0], [0.0], [0.0]]
    tied = cox([0.3, 0.3, 1, 2, 3], [1, 1, 1, 1, 0], x, names=["x"])
    noisy = cox([0.1 + 0.2, 0.3, 1, 2, 3], [1, 1, 1, 1, 0], x, names=["x"])
    apart = cox([0.3001, 0.3, 1, 2, 3], [1, 1, 1, 1, 0], x, names=["x"])
    assert noisy.log_likelihood == pytest.approx(tied.log_likelihood, rel=1e-14)
    assert abs(apart.log_likelihood - tied.log_likelihood) > 0.01


# --- the slow twin


def fast(slow: SlowCox) -> PartialLikelihood:
    entry = None if np.all(slow.entry < 0) else np.maximum(slow.entry, -1)
    data = SurvivalInput(slow.time, slow.event, entry, slow.weights)
    sets = risk_sets(data, np.unique(slow.strata, return_inverse=True)[1])
    return PartialLikelihood.of(slow.x, sets, slow.ties, weight=slow.weights, offset=slow.offset)


@given(problems(), st.lists(st.floats(-1.5, 1.5), min_size=3, max_size=3))
def test_kernel_agrees_with_the_slow_twin(slow: SlowCox, beta: list[float]) -> None:
    compiled = fast(slow)
    varies = np.isfinite(compiled.scale)
    b = np.where(varies, beta[: slow.x.shape[1]], 0.0)
    point = compiled.at(np.where(varies, b * np.where(varies, compiled.scale, 1), 0.0))
    value, gradient, information = slow.at(b)
    scale = np.where(varies, compiled.scale, 1)
    assert point.log_likelihood == pytest.approx(value, rel=1e-10, abs=1e-10)
    assert (point.gradient * scale)[varies] == pytest.approx(gradient[varies], abs=1e-9)
    inside = np.ix_(varies, varies)
    assert (point.information * np.outer(scale, scale))[inside] == pytest.approx(information[inside], abs=1e-9)
    residuals = compiled.score_residuals(point.beta)
    assert residuals.sum(axis=0) == pytest.approx(point.gradient, abs=1e-9)


@given(problems())
def test_score_residuals_are_what_each_row_adds_to_the_score(slow: SlowCox) -> None:
    """Without ties the residual of row i is w_i times the derivative of the score by w_i (Breslow as Efron)."""
    n = len(slow.time)
    slow = replace(slow, time=np.arange(1.0, n + 1), entry=np.full(n, -1.0), strata=np.zeros(n, int))
    compiled = fast(slow)
    assume(np.all(np.isfinite(compiled.scale)))
    beta = np.full(slow.x.shape[1], 0.3)
    residuals = compiled.score_residuals(beta * compiled.scale)[np.argsort(_order(compiled, n))] * compiled.scale
    for i in range(n):
        step = 1e-6 * slow.weights[i]
        up, down = slow.weights.copy(), slow.weights.copy()
        up[i] += step
        down[i] -= step
        slope = (replace(slow, weights=up).at(beta)[1] - replace(slow, weights=down).at(beta)[1]) / (2 * step)
        assert residuals[i] == pytest.approx(slope * slow.weights[i], abs=1e-6)


@pytest.mark.parametrize("whole_days", [True, False])
@pytest.mark.parametrize("delayed", [True, False])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_blocks_of_rows_add_up(monkeypatch: pytest.MonkeyPatch, whole_days: bool, delayed: bool, ties: Any) -> None:
    rng = np.random.default_rng(8)
    n, unit = 400, 1.0 if whole_days else 0.1
    steps = rng.integers(2, 30, n)
    slow = SlowCox(
        time=steps * unit,
        event=rng.random(n) < 0.6,
        x=rng.normal(size=(n, 2)),
        strata=rng.integers(0, 2, n),
        weights=rng.choice([0.5, 1.0, 2.0], n),
        entry=rng.integers(0, steps) * unit if delayed else np.full(n, -1.0),
        offset=rng.normal(size=n),
        ties=ties,
    )
    beta = np.array([0.4, -0.3])
    one = fast(slow)
    assert len(one._blocks) == 1
    monkeypatch.setattr("stratify.stats.partial_likelihood._PARALLEL_ROWS", 100)
    four = fast(slow)
    assert len(four._blocks) == 4
    assert (four.sets.order is None) == whole_days
    for _ in range(2):  # the buffers are used again
        a, b = one.at(beta), four.at(beta)
        assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-13)
        assert b.gradient == pytest.approx(a.gradient, abs=1e-10)
        assert b.information == pytest.approx(a.information, rel=1e-11)
    assert four.score_residuals(beta) == pytest.approx(one.score_residuals(beta), abs=1e-12)
    value, _, _ = slow.at(beta / one.scale)
    assert four.at(beta).log_likelihood == pytest.approx(value, rel=1e-12)


def test_who_came_and_went_leaves_no_rounding_behind() -> None:
    """Rows of risk e^30 are gone before an early pair of risk e^-12 is compared: their sums must cancel to zero."""
    rng = np.random.default_rng(4)
    rows = SlowCox(
        time=np.r_[rng.uniform(20, 30, 40), 4.0, 5.0],
        event=np.r_[rng.random(40) < 0.5, True, False],
        x=np.r_[rng.uniform(1, 2.5, 40), -1.0, -1.1][:, None],
        strata=np.zeros(42, int),
        weights=np.ones(42),
        entry=np.r_[rng.uniform(10, 19, 40), 0.0, 0.0],
        offset=np.zeros(42),
        ties="efron",
    )
    compiled, beta = fast(rows), np.array([12.0])
    value, gradient, _ = rows.at(beta)
    point = compiled.at(beta * compiled.scale)
    assert point.log_likelihood == pytest.approx(value, rel=1e-12)
    assert point.gradient * compiled.scale == pytest.approx(gradient, rel=1e-9)


@given(problems(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_no_coefficients_do_better_than_the_fit(slow: SlowCox, beta: list[float]) -> None:
    """Separated, aliased, empty or plain: the fit is the supremum, and every term answers."""
    names = [f"x{j}" for j in range(slow.x.shape[1])]
    late = None if np.all(slow.entry < 0) else np.maximum(slow.entry, 0)
    assume(late is None or np.all(late < slow.time))
    options = {"names": names, "strata": slow.strata, "weights": slow.weights, "offset": slow.offset, "entry": late}
    fit = cox(slow.time, slow.event, slow.x, ties=slow.ties, **options)
    for term in fit.terms:
        if term.not_estimable:
            assert (term.hazard_ratio, term.ci_lower, term.p_value) == (None, None, None)
        else:
            assert 0 <= term.ci_lower <= term.hazard_ratio <= term.ci_upper
            assert 0 <= term.p_value <= 1
            assert (term.standard_error is None) == (term.hazard_ratio in {0.0, math.inf})
    if fit.log_likelihood is not None:
        slow = slow if late is None else replace(slow, entry=late)
        value = slow.at(np.array(beta[: len(names)]))[0]
        assert value <= fit.log_likelihood + 1e-6 * (1 + abs(fit.log_likelihood))


def test_an_information_that_overflows_far_out_ends_the_search_and_not_the_program() -> None:
    """Three covariates separate eight patients: further out the information is infinite, the log-likelihood is not."""
    x = [[2, -1, -1], [-3, -3, 1], [0, 0, 1], [-1, -2, -3], [-3, -1, -1], [0, -3, 3], [0, 2, 0], [2, 2, -3]]
    fit = cox(
        np.array([0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2]),
        np.array([True, True, False, False, False, True, False, False]),
        np.array(x, dtype=float),
        names=["a", "b", "c"],
        weights=np.array([3, 1, 2, 2, 0.5, 3, 2, 2]),
        offset=np.array([0, -0.7, 0, 0, 0, 0, -0.7, -0.7]),
    )
    assert fit.log_likelihood == pytest.approx(-7.45472, abs=1e-4)
    assert any(term.hazard_ratio in {0.0, math.inf} for term in fit.terms if not term.not_estimable)


def _order(likelihood: PartialLikelihood, n: int) -> np.ndarray:
    return np.arange(n) if likelihood.sets.order is None else likelihood.sets.order


# --- invariances


def noisy_trial(n: int = 300, seed: int = 11) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 2, n), rng.normal(60, 10, n)])
    failure = rng.exponential(np.exp(-0.6 * x[:, 0] - 0.02 * (x[:, 1] - 60))) * 500
    censor = rng.uniform(100, 1000, n)
    return {"time": np.ceil(np.minimum(failure, censor) / 20) * 20, "event": failure <= censor, "x": x}


def refit(data: dict[str, Any], **changes: Any) -> Any:
    options = {"names": ["arm", "age"], **data, **changes}
    return cox(options.pop("time"), options.pop("event"), options.pop("x"), **options)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_order_of_rows_does_not_matter(ties: str) -> None:
    data = noisy_trial()
    data["strata"] = np.arange(300) % 3
    order = np.random.default_rng(2).permutation(300)
    fit = refit(data, ties=ties, robust=True)
    moved = refit({k: v[order] for k, v in data.items()}, ties=ties, robust=True)
    assert moved.coefficients == pytest.approx(fit.coefficients, rel=1e-11)
    assert moved.covariance == pytest.approx(fit.covariance, rel=1e-9)
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-13)


@pytest.mark.parametrize("factor", [1e-9, 1e3, 1e12])
def test_unit_of_a_covariate_moves_its_coefficient_only(factor: float) -> None:
    data = noisy_trial()
    fit, scaled = refit(data), refit(data, x=data["x"] * [1, factor])
    assert scaled.coefficients * [1, factor] == pytest.approx(fit.coefficients, rel=1e-9)
    assert scaled.term("age").z == pytest.approx(fit.term("age").z, rel=1e-9)
    assert scaled.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)
    assert scaled.wald.chi_square == pytest.approx(fit.wald.chi_square, rel=1e-9)


def test_shifted_covariate_and_shifted_offset_change_nothing() -> None:
    data = noisy_trial()
    fit = refit(data)
    moved = refit(data, x=data["x"] + [0, 1e6], offset=np.full(300, 700.0))
    assert moved.coefficients == pytest.approx(fit.coefficients, rel=1e-7)
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)


def test_unit_of_time_does_not_matter() -> None:
    data = noisy_trial()
    assert refit(data, time=data["time"] / 365.25).coefficients == pytest.approx(refit(data).coefficients, rel=1e-11)


def test_weight_two_is_two_patients_under_breslow() -> None:
    data = noisy_trial()
    weights = 1.0 + np.arange(300) % 2
    twice = {k: np.repeat(v, weights.astype(int), axis=0) for k, v in data.items()}
    weighted, doubled = refit(data, weights=weights, ties="breslow"), refit(twice, ties="breslow")
    assert weighted.coefficients == pytest.approx(doubled.coefficients, rel=1e-9)
    assert weighted.covariance == pytest.approx(doubled.covariance, rel=1e-8)
    assert (weighted.n, doubled.n) == (300, 450)


def test_swapped_reference_arm_inverts_the_hazard_ratio() -> None:
    data = noisy_trial()
    arm = refit(data).term("arm")
    other = refit(data, x=data["x"] * [-1, 1] + [1, 0]).term("arm")
    assert other.hazard_ratio == pytest.approx(1 / arm.hazard_ratio, rel=1e-10)
    assert (other.ci_lower, other.ci_upper) == pytest.approx((1 / arm.ci_upper, 1 / arm.ci_lower), rel=1e-9)


def test_split_follow_up_is_the_same_follow_up() -> None:
    """A patient cut into (0, 100] and (100, end] is at risk at the same times: counting process against one row."""
    data = noisy_trial()
    long = data["time"] > 100
    split = {
        "time": np.concatenate([np.minimum(data["time"], 100), data["time"][long]]),
        "event": np.concatenate([data["event"] & ~long, data["event"][long]]),
        "x": np.concatenate([data["x"], data["x"][long]]),
        "entry": np.concatenate([np.zeros(300), np.full(int(long.sum()), 100.0)]),
    }
    fit, parts = refit(data), refit(split, cluster=np.concatenate([np.arange(300), np.flatnonzero(long)]))
    robust = refit(data, robust=True)
    assert parts.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
    assert parts.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)
    assert parts.covariance == pytest.approx(robust.covariance, rel=1e-8)


def test_robust_score_test_starts_from_the_offset() -> None:
    """An offset of the true effect leaves nothing to find; R computes this one test as if there were no offset."""
    data = noisy_trial()
    offset = 0.02 * data["x"][:, 1]
    fit = refit(data, offset=offset, robust=True)
    slow = fast(
        SlowCox(
            data["time"], data["event"], data["x"], np.zeros(300), np.ones(300), np.full(300, -1.0), offset, "efron"
        )
    )
    residuals = slow.score_residuals(np.zeros(2))
    total = residuals.sum(axis=0)
    assert fit.robust_score.chi_square == pytest.approx(total @ np.linalg.solve(residuals.T @ residuals, total))
    assert total == pytest.approx(slow.at(np.zeros(2)).gradient)


def test_linear_combination() -> None:
    fit = refit(noisy_trial())
    both = fit.linear_combination({"arm": 1, "age": 10}, "ten years in the arm")
    variance = fit.covariance[0, 0] + 100 * fit.covariance[1, 1] + 20 * fit.covariance[0, 1]
    assert both.log_hazard_ratio == pytest.approx(fit.coefficients @ [1, 10])
    assert both.standard_error == pytest.approx(math.sqrt(variance))
    assert both.ci_upper == pytest.approx(math.exp(both.log_hazard_ratio + 1.959963984540054 * both.standard_error))
    with pytest.raises(KeyError, match="smoking"):
        fit.linear_combination({"smoking": 1}, "no such term")


def test_risk_score_is_the_linear_predictor() -> None:
    data = noisy_trial()
    fit = refit(data)
    assert fit.risk_score(data["x"]) == pytest.approx(data["x"] @ fit.coefficients)


def test_level_sets_the_width() -> None:
    data = noisy_trial()
    arm = refit(data, level=0.9).term("arm")
    assert math.log(arm.ci_upper) - arm.log_hazard_ratio == pytest.approx(special.ndtri(0.95) * arm.standard_error)
    assert arm.level == 0.9


# --- a trial that ships with a dependency


def test_gbsg2_hazard_ratio_of_hormone_therapy() -> None:
    trial = gbsg2()
    fit = cox(trial.time, trial.event, trial.arm[:, None], names=["horTh"])
    assert (fit.n, fit.events) == (620, 272)
    assert fit.term("horTh").hazard_ratio == pytest.approx(0.739732, abs=5e-7)
    stratified = cox(trial.time, trial.event, trial.arm[:, None], names=["horTh"], strata=trial.post)
    assert stratified.term("horTh").hazard_ratio == pytest.approx(0.714230, abs=5e-7)
    assert stratified.method == "Cox proportional hazards, Efron ties, 2 strata"


@pytest.mark.parametrize(("positive", "n", "ratio"), [(1, 442, 0.611138), (0, 178, 1.016119)])
def test_gbsg2_by_receptor(positive: int, n: int, ratio: float) -> None:
    trial = gbsg2()
    rows = trial.positive == positive
    fit = cox(trial.time[rows], trial.event[rows], trial.arm[rows, None], names=["horTh"])
    assert fit.n == n
    assert fit.term("horTh").hazard_ratio == pytest.approx(ratio, abs=5e-7)


def test_gbsg2_published_figure() -> None:
    trial = gbsg2(oldest=120)
    term = cox(trial.time, trial.event, trial.arm[:, None], names=["horTh"]).term("horTh")
    assert (term.n, term.events) == (686, 299)
    assert [term.hazard_ratio, term.ci_lower, term.ci_upper] == pytest.approx([0.6949, 0.5438, 0.8879], abs=5e-5)


# --- what has no estimate, and why


def test_no_events() -> None:
    fit = cox([1, 2, 3], [0, 0, 0], [[0], [1], [1]], names=["arm"])
    arm = fit.term("arm")
    assert fit.not_estimable == arm.not_estimable == "no events"
    assert (arm.hazard_ratio, arm.ci_lower, arm.ci_upper, arm.p_value) == (None, None, None, None)
    assert (fit.n, fit.events, fit.converged) == (3, 0, False)
    assert fit.likelihood_ratio.not_estimable == "no events"


def test_no_patients() -> None:
    assert cox([], [], np.empty((0, 1)), names=["arm"]).not_estimable == "no patients"


def test_one_patient() -> None:
    assert "constant" in (cox([5], [1], [[1.0]], names=["arm"]).not_estimable or "")


def test_one_arm_is_a_constant_covariate() -> None:
    fit = cox([1, 2, 3], [1, 1, 0], [[0.1], [0.1], [0.1]], names=["arm"])
    assert fit.not_estimable == '"arm" is constant: it does not differ between patients'
    assert fit.log_likelihood_null == pytest.approx(-math.log(6))


def test_constant_covariate_is_named_and_the_rest_is_fitted() -> None:
    data = noisy_trial()
    x = np.column_stack([data["x"], np.full(300, 7.3)])
    fit, without = refit(data, x=x, names=["arm", "age", "site"]), refit(data)
    assert fit.term("site").not_estimable == '"site" is constant: it does not differ between patients'
    assert fit.term("arm").hazard_ratio == pytest.approx(without.term("arm").hazard_ratio, rel=1e-12)
    assert (fit.likelihood_ratio.df, fit.df) == (2, 2)
    assert math.isnan(fit.coefficients[2])
    assert any("site" in note for note in fit.notes)


def test_collinear_covariate_is_named_and_the_earlier_one_stays() -> None:
    data = noisy_trial()
    x = np.column_stack([data["x"], 2 * data["x"][:, 0] - 3])
    fit = refit(data, x=x, names=["arm", "age", "copy"])
    assert fit.term("copy").not_estimable == '"copy" is a linear combination of "arm"'
    assert fit.term("arm").hazard_ratio == pytest.approx(refit(data).term("arm").hazard_ratio, rel=1e-10)
    assert fit.linear_combination({"copy": 1}, "c").not_estimable is not None


def test_covariate_constant_within_strata_is_named() -> None:
    data = noisy_trial()
    fit = refit(data, strata=data["x"][:, 0].astype(int))
    assert fit.term("arm").not_estimable == '"arm" does not differ between the patients at risk at any event'
    assert fit.term("age").hazard_ratio is not None


@pytest.mark.parametrize(("flip", "ratio"), [(False, math.inf), (True, 0.0)])
def test_monotone_likelihood_has_one_profile_limit_and_no_wald_interval(flip: bool, ratio: float) -> None:
    """All events in arm 1, all at distinct times: with r = exp(b) and k of each arm at risk, L = prod of r/(r + 1)."""
    arm = np.tile([1, 0], 6)
    time = np.repeat(np.arange(1.0, 7.0), 2)
    x = (1 - arm if flip else arm).astype(float)[:, None]
    fit = cox(time, arm == 1, x, names=["arm"])
    term = fit.term("arm")
    assert term.hazard_ratio == ratio
    assert (term.standard_error, term.z) == (None, None)
    # At each event k patients of each arm are at risk: contribution r / (k r + k), its supremum 1 / k.
    limit = math.exp(optimize.brentq(lambda b: 12 * math.log1p(math.exp(-b)) - special.chdtri(1, 0.05), -5, 20))
    finite = term.ci_upper if flip else term.ci_lower
    assert finite == pytest.approx(1 / limit if flip else limit, rel=1e-5)
    assert (term.ci_lower if flip else term.ci_upper) == ratio
    assert term.p_value == pytest.approx(special.chdtrc(1, 12 * math.log(2)), rel=1e-5)
    assert "monotone" in term.note
    assert any("monotone" in note for note in fit.notes)
    assert fit.wald.chi_square is None
    assert fit.wald.not_estimable is not None
    assert fit.score.chi_square == pytest.approx(6.0)
    assert fit.likelihood_ratio.chi_square == pytest.approx(12 * math.log(2), rel=1e-6)


def test_monotone_in_one_covariate_leaves_the_other_its_estimate() -> None:
    data = noisy_trial()
    silent = np.zeros(300)
    silent[np.flatnonzero(~data["event"])[:20]] = 1
    fit = refit(data, x=np.column_stack([data["x"], silent]), names=["arm", "age", "silent"])
    assert fit.term("silent").hazard_ratio == 0.0
    assert 0 < fit.term("silent").ci_upper < 1
    # At the supremum the silent patients are in nobody's risk set.
    kept = silent == 0
    rest = refit({k: v[kept] for k, v in data.items()})
    assert fit.coefficients[:2] == pytest.approx(rest.coefficients, rel=1e-4)
    assert fit.term("age").standard_error == pytest.approx(rest.term("age").standard_error, rel=1e-4)
    with pytest.raises(ValueError, match="infinite"):
        fit.risk_score(np.zeros((1, 3)))


def test_strong_but_finite_effect_is_not_called_monotone() -> None:
    """One of 200 events in the protected arm: the ratio is small and finite."""
    rng = np.random.default_rng(5)
    arm = np.repeat([0.0, 1.0], 200)
    time = np.concatenate([rng.uniform(1, 5, 200), np.full(200, 6.0)])
    event = np.concatenate([np.ones(200), np.zeros(200)])
    time[200], event[200] = 0.5, 1
    term = cox(time, event, arm[:, None], names=["arm"]).term("arm")
    assert term.hazard_ratio is not None
    assert 0 < term.hazard_ratio < 0.05
    assert term.standard_error is not None


def test_event_of_the_last_patient_alone_tells_nothing() -> None:
    """Its risk set is itself: an information of zero, whatever rounding makes of it."""
    weights = np.r_[np.full(10, 0.5), 2.0, 3.0, 2.0, 0.5]
    offset = np.r_[np.zeros(11), -0.7, -0.7, 0.4]
    x = np.r_[np.zeros(13), 1.0][:, None]
    fit = cox(np.r_[np.ones(13), 2.0], np.arange(14) == 13, x, names=["x"], weights=weights, offset=offset)
    assert fit.term("x").not_estimable == '"x" does not differ between the patients at risk at any event'


def test_few_events_are_noted() -> None:
    fit = cox([1, 2, 3, 4], [1, 1, 1, 0], [[1], [0], [1], [0]], names=["arm"])
    assert "events are few (3, coefficients 1)" in fit.term("arm").note


def test_rows_with_missing_values_are_left_out_and_counted() -> None:
    data = noisy_trial()
    x, strata = data["x"].copy(), np.arange(300) % 2
    x[3, 1], strata[7] = np.nan, -1
    kept = np.setdiff1d(np.arange(300), [3, 7])
    fit = refit(data, x=x, strata=strata)
    rest = refit({k: v[kept] for k, v in data.items()}, strata=strata[kept])
    assert (fit.n, fit.missing) == (298, 2)
    assert fit.coefficients == pytest.approx(rest.coefficients, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"event": np.r_[np.full(299, 1), 2]}, "1, 2"),
        ({"time": np.r_[np.full(299, 5.0), -1]}, "299"),
        ({"time": np.r_[np.nan, np.full(299, 5.0)]}, "time"),
        ({"entry": np.full(300, 1e9)}, "entry"),
        ({"weights": np.r_[0.0, np.ones(299)]}, "weights"),
        ({"x": np.ones(300)}, "x has shape"),
        ({"x": np.full((300, 2), np.inf)}, '"arm", "age"'),
        ({"names": ["arm", "arm"]}, "differ"),
        ({"strata": np.zeros(299, int)}, "strata"),
        ({"strata": np.zeros(300)}, "strata"),
        ({"offset": np.full(300, np.nan)}, "offset"),
        ({"ties": "exact"}, "ties"),
        ({"level": 95}, "level"),
        ({"x": np.random.default_rng(1).normal(size=(300, 2)) * 1e200}, "change its unit"),
        ({"interval": "bayes"}, "interval"),
        ({"interval": "profile", "robust": True}, "robust"),
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        refit(noisy_trial(), **changes)


def test_entry_equal_to_exit_up_to_rounding_is_refused() -> None:
    with pytest.raises(ValueError, match="entry"):
        survival_input([0.1 + 0.2, 2.0], [1, 1], entry=[0.3, 0.0])


def test_two_clusters_cannot_test_two_coefficients() -> None:
    """The scores of all clusters add up to zero, so that of two clusters the second says what the first did: rank 1."""
    data = noisy_trial()
    fit = refit(data, cluster=np.arange(len(data["time"])) % 2)
    assert fit.wald.chi_square is None
    assert "has rank 1" in (fit.wald.not_estimable or "")
    assert fit.wald_test(["arm", "age"]).chi_square is None
    assert fit.wald_test(["arm"]).chi_square is not None
