"""Cox regression with exact ties: hand computations, counting, coincidences, quadrature under strain, refusals."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from scipy import integrate, optimize, special

from stratify.stats import kernels_ties
from stratify.stats.cox import cox
from stratify.stats.exact_ties import ExactLikelihood
from stratify.stats.inputs import SurvivalInput
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.risk_sets import risk_sets
from unit.stats.slow_exact import SlowExact, tied_problems

EXACT = ["discrete", "marginal"]

# --- by hand: times 1, 1 (x = 1, 0, both dead), 2 (x = 1, dead), 3 (x = 0, censored); r = exp(b)


def four_patients(ties: Any, **options: Any) -> Any:
    return cox([1, 1, 2, 3], [1, 1, 1, 0], [[1], [0], [1], [0]], names=["arm"], ties=ties, **options)


def test_two_tied_deaths_in_discrete_time() -> None:
    """The pair that died has weight r; all pairs of {1, 0, 1, 0} have r r + 4 r + 1 (two 1s, one of each, two 0s). So
    L = r / (r^2 + 4r + 1) * r / (r + 1), whose slope by log r vanishes where (r + 2)(r^2 - 2r - 1) = 0: r = 1 + sqrt 2.
    """
    fit = four_patients("discrete")
    r = 1 + math.sqrt(2)
    pairs = r * r + 4 * r + 1
    arm = fit.term("arm")
    assert arm.hazard_ratio == pytest.approx(r, rel=1e-7)
    assert fit.log_likelihood == pytest.approx(math.log(r / pairs * r / (r + 1)), rel=1e-12)
    assert fit.log_likelihood_null == pytest.approx(-math.log(6 * 2))
    # Information: the variance of the number of 1s in a pair (0, 1, 2) and of the 1 in {1, 0}.
    of_pair = (4 * r * r + 4 * r) / pairs - ((2 * r * r + 4 * r) / pairs) ** 2
    assert arm.standard_error == pytest.approx((of_pair + r / (r + 1) ** 2) ** -0.5, rel=1e-7)
    # At r = 1 a pair has one 1 on average, as the dead had, with variance 8/6 - 1; the third death 1 - 1/2, 1/4.
    assert fit.score.chi_square == pytest.approx(0.5**2 / (1 / 3 + 1 / 4))


def test_two_tied_deaths_in_either_order() -> None:
    """1 then 0: r/(2r+2) * 1/(r+2). 0 then 1: 1/(2r+2) * r/(2r+1). Their sum is 3r / (2 (r+2)(2r+1)); the third death
    has r/(r+1). The slope by log r vanishes where 2r^3 - 7r - 4 = 0.
    """
    fit = four_patients("marginal")
    r = float(np.roots([2, 0, -7, -4]).max())
    arm = fit.term("arm")
    assert arm.hazard_ratio == pytest.approx(r, rel=1e-7)
    value = math.log(3 * r / (2 * (r + 2) * (2 * r + 1)) * r / (r + 1))
    assert fit.log_likelihood == pytest.approx(value, rel=1e-12)
    assert fit.log_likelihood_null == pytest.approx(math.log(1 / 6 * 1 / 2))
    information = 2 * r / (r + 2) ** 2 + 2 * r / (2 * r + 1) ** 2 + r / (r + 1) ** 2
    assert arm.standard_error == pytest.approx(information**-0.5, rel=1e-7)
    # At r = 1 the slope is 2 - 1/3 - 2/3 - 1/2, the information 2/9 + 2/9 + 1/4.
    assert fit.score.chi_square == pytest.approx(0.5**2 / (4 / 9 + 1 / 4))


@pytest.mark.parametrize("ties", EXACT)
def test_where_all_at_risk_die_nothing_is_learnt(ties: Any) -> None:
    """One subset, and some order for certain: the likelihood is 1 whatever the coefficient."""
    fit = cox([5, 5, 5], [1, 1, 1], [[0], [1], [3]], names=["x"], ties=ties)
    assert "all of them die there" in (fit.not_estimable or "")
    assert fit.log_likelihood == pytest.approx(0, abs=1e-14)


# --- by counting


def fast(slow: SlowExact) -> ExactLikelihood:
    data = SurvivalInput(slow.time, slow.event, None if np.all(slow.entry < 0) else slow.entry, None)
    sets = risk_sets(data, np.unique(slow.strata, return_inverse=True)[1])
    return ExactLikelihood.of(slow.x, sets, slow.ties, offset=slow.offset)


@given(tied_problems(), st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_kernels_agree_with_counting(slow: SlowExact, beta: list[float]) -> None:
    compiled = fast(slow)
    varies = np.isfinite(compiled.scale)
    scale = np.where(varies, compiled.scale, 1)
    b = np.where(varies, beta[: slow.x.shape[1]], 0.0)
    point = compiled.at(b * scale)
    value, gradient, information = slow.at(b)
    assert point.log_likelihood == pytest.approx(value, rel=1e-11, abs=1e-11)
    assert (point.gradient * scale)[varies] == pytest.approx(gradient[varies], abs=1e-9)
    inside = np.ix_(varies, varies)
    assert (point.information * np.outer(scale, scale))[inside] == pytest.approx(information[inside], abs=1e-9)


@given(tied_problems(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_no_coefficients_do_better_than_the_fit(slow: SlowExact, beta: list[float]) -> None:
    """Separated, aliased, empty or plain: the fit is the supremum, and every term answers."""
    late = None if np.all(slow.entry < 0) else np.maximum(slow.entry, 0)
    assume(late is None or np.all(late < slow.time))
    names = [f"x{j}" for j in range(slow.x.shape[1])]
    options = {"names": names, "strata": slow.strata, "offset": slow.offset, "entry": late}
    fit = cox(slow.time, slow.event, slow.x, ties=slow.ties, **options)
    assert fit.firth is None
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


# --- what must coincide


def trial(n: int = 200, seed: int = 7, *, months: float = 3.0) -> dict[str, Any]:
    """A trial whose times are known to ``months`` only, with strata, offset and late entries to choose from."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 2, n), rng.normal(60, 10, n)]).astype(float)
    death = rng.exponential(12 * np.exp(-0.5 * x[:, 0] - 0.02 * (x[:, 1] - 60)))
    seen = rng.uniform(2, 30, n)
    return {
        "time": np.ceil(np.minimum(death, seen) / months) * months,
        "event": death <= seen,
        "x": x,
        "names": ["arm", "age"],
    }


@pytest.mark.parametrize("ties", EXACT)
def test_without_ties_all_four_agree(ties: Any) -> None:
    data = trial() | {"time": np.random.default_rng(1).permutation(200) + 1.0}
    plain, exact = cox(**data), cox(**data, ties=ties)
    assert exact.coefficients == pytest.approx(plain.coefficients, rel=1e-9)
    assert exact.covariance == pytest.approx(plain.covariance, rel=1e-9)
    assert exact.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)
    assert exact.score.chi_square == pytest.approx(plain.score.chi_square, rel=1e-9)


def test_marginal_is_efron_where_the_tied_are_alike() -> None:
    """Of two deaths with equal covariates either order has the chance r/S * r/(S - r), which is Efron's product
    r/S * r/(S - 1/2 * 2r) but for the factor 2; so for any number of them, and log d! is a constant.
    """
    data = trial(60)
    data["time"] = data["time"] * 10 + data["x"][:, 0]  # ties within an arm only
    data |= {"x": data["x"][:, :1], "names": ["arm"]}
    efron, marginal = cox(**data), cox(**data, ties="marginal")
    assert marginal.coefficients == pytest.approx(efron.coefficients, rel=1e-9)
    assert marginal.covariance == pytest.approx(efron.covariance, rel=1e-9)
    sets = risk_sets(SurvivalInput(data["time"], data["event"], None, None))
    assert sets.deaths.max() > 2
    orders = special.gammaln(sets.deaths + 1).sum()
    assert marginal.log_likelihood - efron.log_likelihood == pytest.approx(orders, rel=1e-9)


@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("ties", EXACT)
def test_at_zero_every_subset_is_as_likely(ties: Any, delayed: bool) -> None:
    """The null log-likelihood is minus the sum of log C(at risk, deaths), also beyond where C itself is a float."""
    data = trial(3000, months=12.0)
    entry = np.random.default_rng(2).uniform(0, 11, 3000) if delayed else None
    fit = cox(**data, entry=entry, ties=ties)
    sets = risk_sets(SurvivalInput(data["time"], data["event"], entry, None))
    m, d = sets.at_risk, sets.deaths
    chosen = special.gammaln(m + 1) - special.gammaln(d + 1) - special.gammaln(m - d + 1)
    assert chosen.max() > math.log(1e308)
    assert fit.log_likelihood_null == pytest.approx(-chosen.sum(), rel=1e-11)


@pytest.mark.parametrize("ties", EXACT)
def test_stratified_is_the_sum_of_the_strata(ties: Any) -> None:
    data = trial()
    strata = np.arange(200) % 3
    sets = risk_sets(SurvivalInput(data["time"], data["event"], None, None), strata)
    beta = np.array([0.4, 0.03])
    whole = ExactLikelihood.of(data["x"], sets, ties)
    total = whole.at(beta * whole.scale)
    value, gradient = 0.0, np.zeros(2)
    for stratum in range(3):
        rows = strata == stratum
        part_sets = risk_sets(SurvivalInput(data["time"][rows], data["event"][rows], None, None))
        part = ExactLikelihood.of(data["x"][rows], part_sets, ties)
        point = part.at(beta * part.scale)
        value, gradient = value + point.log_likelihood, gradient + point.gradient * part.scale
    assert total.log_likelihood == pytest.approx(value, rel=1e-12)
    assert total.gradient * whole.scale == pytest.approx(gradient, rel=1e-9)


@pytest.mark.parametrize("ties", EXACT)
def test_order_units_and_split_follow_up_do_not_matter(ties: Any) -> None:
    data = trial()
    fit = cox(**data, ties=ties)
    order = np.random.default_rng(3).permutation(200)
    shuffled = {k: v if k == "names" else v[order] for k, v in data.items()}
    unit = np.array([1.0, 365.25e6])
    scaled = data | {"time": data["time"] * 30.4375, "x": data["x"] * unit + 1e4}
    long = data["time"] > 9
    split = {
        "time": np.concatenate([np.minimum(data["time"], 9), data["time"][long]]),
        "event": np.concatenate([data["event"] & ~long, data["event"][long]]),
        "x": np.concatenate([data["x"], data["x"][long]]),
        "entry": np.concatenate([np.zeros(200), np.full(int(long.sum()), 9.0)]),
    }
    for other, per in ((shuffled, 1.0), (scaled, unit), (data | split, 1.0)):
        again = cox(**other, ties=ties)
        assert again.coefficients * per == pytest.approx(fit.coefficients, rel=1e-8)
        assert again.covariance * np.outer(per, per) == pytest.approx(fit.covariance, rel=1e-8)
        assert again.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("ties", EXACT)
def test_offset_is_a_coefficient_held_at_one(ties: Any) -> None:
    data = trial()
    held = cox(**data | {"x": data["x"][:, :1], "names": ["arm"]}, offset=0.02 * data["x"][:, 1], ties=ties)
    sets = risk_sets(SurvivalInput(data["time"], data["event"], None, None))
    both = ExactLikelihood.of(data["x"], sets, ties)
    best = optimize.minimize_scalar(lambda b: -both.at(np.array([b, 0.02]) * both.scale).log_likelihood)
    assert held.log_likelihood == pytest.approx(-best.fun, rel=1e-12)
    assert held.coefficients[0] == pytest.approx(best.x, abs=1e-6)


@pytest.mark.parametrize("ties", EXACT)
def test_profile_interval_ends_where_the_log_likelihood_has_dropped_by_half_a_quantile(ties: Any) -> None:
    data = trial(60)
    term = cox(**data, ties=ties, interval="profile").term("arm")
    rows = ExactLikelihood.of(data["x"], risk_sets(SurvivalInput(data["time"], data["event"], None, None)), ties)

    def best(arm: float) -> float:
        value = lambda age: -rows.at(np.array([arm, age]) * rows.scale).log_likelihood  # noqa: E731
        return -float(optimize.minimize_scalar(value, bracket=(-0.1, 0.1), tol=1e-12).fun)

    top = best(term.log_hazard_ratio)
    for limit in (term.ci_lower, term.ci_upper):
        assert 2 * (top - best(math.log(limit))) == pytest.approx(special.chdtri(1, 0.05), rel=1e-6)
    assert term.method.endswith("profile-likelihood interval")


@pytest.mark.parametrize("ties", EXACT)
def test_monotone_likelihood(ties: Any) -> None:
    """Of two in each arm both of arm 1 die at once: L = r^2/(r^2+4r+1), or over both orders 2 r/(2r+2) r/(r+2)."""
    chances = {
        "discrete": lambda r: r * r / (r * r + 4 * r + 1),
        "marginal": lambda r: 2 * r / (2 * r + 2) * r / (r + 2),
    }
    fit = cox([1, 1, 1, 1], [1, 1, 0, 0], [[1], [1], [0], [0]], names=["arm"], ties=ties)
    arm = fit.term("arm")
    assert (arm.hazard_ratio, arm.ci_upper, arm.standard_error) == (math.inf, math.inf, None)
    drop = lambda b: math.log(chances[ties](math.exp(b))) + special.chdtri(1, 0.05) / 2  # noqa: E731
    assert arm.ci_lower == pytest.approx(math.exp(optimize.brentq(drop, -5, 5)), rel=1e-6)
    assert arm.p_value == pytest.approx(special.chdtrc(1, 2 * math.log(6)), rel=1e-6)
    assert fit.wald.not_estimable is not None
    assert fit.firth is None


# --- the integral under strain


def exact_pair(c: float, d: float) -> float:
    """The integral for two tied: 1 - 1/(1+c) - 1/(1+d) + 1/(1+c+d), without its cancellation."""
    return c * d * (2 + c + d) / ((1 + c) * (1 + d) * (1 + c + d))


@pytest.mark.parametrize("c", [1e-12, 1e-4, 0.3, 1.0, 50.0, 1e6, 1e12])
@pytest.mark.parametrize("d", [1e-9, 1e-2, 1.0, 7.0, 1e8])
def test_integral_of_a_pair(c: float, d: float) -> None:
    node, weight = np.empty(kernels_ties.NODES), np.empty(kernels_ties.NODES)
    value, used = kernels_ties.log_integral(np.array([c, d]), node, weight)
    assert value == pytest.approx(math.log(exact_pair(c, d)), rel=1e-12, abs=1e-13)
    assert used < 400
    assert weight[:used].sum() == pytest.approx(1)


@pytest.mark.parametrize("deaths", [3, 40, 400, 4000])
@pytest.mark.parametrize("spread", [0.0, 1.0, 4.0])
def test_integral_of_many(deaths: int, spread: float) -> None:
    """Against adaptive Gauss-Kronrod quadrature around the top of the integrand, in pieces of a tenth."""
    odds = np.exp(np.random.default_rng(4).normal(0, spread, deaths)) * 3 / deaths
    node, weight = np.empty(kernels_ties.NODES), np.empty(kernels_ties.NODES)
    value, used = kernels_ties.log_integral(odds, node, weight)

    def log_of(y: float) -> float:
        return y - math.exp(y) + float(np.log(-np.expm1(-odds * math.exp(y))).sum())

    height = max(log_of(y) for y in np.linspace(-1, 9, 2001))
    pieces = np.arange(-16.0, 10.0, 0.1)
    area = sum(integrate.quad(lambda y: math.exp(log_of(y) - height), a, a + 0.1, epsabs=1e-16)[0] for a in pieces)
    assert value == pytest.approx(height + math.log(area), rel=1e-11)
    assert used < 400


# --- what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"robust": True}, "score residuals"),
        ({"cluster": [0, 0, 1, 1]}, "score residuals"),
        ({"weights": [1.0, 2.0, 1.0, 1.0]}, "case weights"),
        ({"firth": True}, "penalty"),
    ],
)
@pytest.mark.parametrize("ties", EXACT)
def test_refused_with_exact_ties(ties: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        four_patients(ties, **options)


def test_case_weights_of_one_are_none() -> None:
    assert four_patients("discrete", weights=np.ones(4)).term("arm").hazard_ratio == pytest.approx(1 + math.sqrt(2))


def test_each_likelihood_refuses_the_ties_of_the_other() -> None:
    sets = risk_sets(SurvivalInput(np.array([1.0, 2.0]), np.array([True, False]), None, None))
    with pytest.raises(ValueError, match="single deaths"):
        PartialLikelihood.of(np.array([[0.0], [1.0]]), sets, "discrete")
    with pytest.raises(ValueError, match="approximation"):
        ExactLikelihood.of(np.array([[0.0], [1.0]]), sets, "efron")


def test_method_names_the_ties() -> None:
    assert four_patients("discrete").method == "Cox proportional hazards, exact discrete ties"
    assert four_patients("marginal").method == "Cox proportional hazards, exact marginal ties"
