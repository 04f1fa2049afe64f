"""AFT regression by hand, against scipy and lifelines, at its edges and by its properties."""

from __future__ import annotations

import importlib

import lifelines
import lifelines.datasets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.exceptions import ConvergenceError
from scipy import optimize, stats

from stratify.stats import aft
from stratify.stats.aft_likelihood import DISTRIBUTIONS

Z = 1.959963984540054
TIME = np.array([1.0, 2, 4, 5, 3, 6, 8, 9])
EVENT = np.array([1, 1, 0, 1, 1, 0, 1, 1])
ARM = np.array([0, 0, 0, 0, 1, 1, 1, 1])
AGE = np.array([50.0, 61, 47, 70, 66, 52, 58, 49])

NOBODY = np.empty((0, 1))


def one(time, event, x=None, **options):
    x = np.empty((len(time), 0)) if x is None else np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    return aft(time, event, x, names=[f"x{j}" for j in range(x.shape[1])], **options)


# --- by hand -----------------------------------------------------------------------------------------------------


def test_exponential_by_hand():
    # arm 0: 3 events in 1 + 2 + 4 + 5 = 12; arm 1: 3 events in 26: mean times 4 and 26/3, ratio 13/6
    fit = one(TIME, EVENT, ARM, distribution="exponential")
    term = fit.terms[0]
    error = np.sqrt(1 / 3 + 1 / 3)
    assert fit.intercept == pytest.approx(np.log(4))
    assert fit.intercept_standard_error == pytest.approx(np.sqrt(1 / 3))
    assert (term.time_ratio, term.standard_error) == pytest.approx((13 / 6, error))
    assert (term.ci_lower, term.ci_upper) == pytest.approx((13 / 6 * np.exp(-Z * error), 13 / 6 * np.exp(Z * error)))
    assert term.z == pytest.approx(np.log(13 / 6) / error)
    assert term.p_value == pytest.approx(2 * stats.norm.sf(term.z))
    # d log(d / T) - d in each arm; the null with both together: 6 events in 38
    assert fit.log_likelihood == pytest.approx(3 * np.log(3 / 12) + 3 * np.log(3 / 26) - 6)
    assert fit.log_likelihood_null == pytest.approx(6 * np.log(6 / 38) - 6)
    assert fit.likelihood_ratio.chi_square == pytest.approx(2 * (fit.log_likelihood - fit.log_likelihood_null))
    assert fit.wald.chi_square == pytest.approx(term.z**2)
    assert (fit.scale, fit.log_scale_standard_error, fit.n, fit.events, fit.missing) == (1, None, 8, 6, 0)


def test_exponential_delayed_entry_and_weights_by_hand():
    # time at risk 12 - 3.5 and 26 - 2; a weight is that many patients: 1 + 2 + 2*4 + 5 = 16
    late = one(TIME, EVENT, ARM, distribution="exponential", entry=[0.5, 1, 0, 2, 0, 1, 1, 0])
    assert (late.intercept, late.terms[0].time_ratio) == pytest.approx((np.log(8.5 / 3), 24 / 8.5))
    assert late.log_likelihood == pytest.approx(3 * np.log(3 / 8.5) + 3 * np.log(3 / 24) - 6)
    assert "delayed entry" in late.method
    heavy = one(TIME[:4], EVENT[:4], distribution="exponential", weights=[1, 1, 2, 1])
    assert (heavy.intercept, heavy.intercept_standard_error) == pytest.approx((np.log(16 / 3), np.sqrt(1 / 3)))


def test_lognormal_without_censoring_is_least_squares():
    # four times, two arms: mean log time in each, scale the root of the mean squared residual
    time, arm = np.exp([0.0, 2, 3, 7]), np.array([0, 0, 1, 1])
    fit = one(time, np.ones(4), arm, distribution="lognormal")
    scale = np.sqrt((1 + 1 + 4 + 4) / 4)
    assert (fit.intercept, fit.terms[0].coefficient, fit.scale) == pytest.approx((1, 4, scale))
    assert fit.intercept_standard_error == pytest.approx(scale / np.sqrt(2))
    assert fit.terms[0].standard_error == pytest.approx(scale)
    assert fit.log_scale_standard_error == pytest.approx(np.sqrt(1 / 8))
    assert fit.log_likelihood == pytest.approx(np.sum(stats.norm.logpdf([-1, 1, -2, 2], scale=scale)) - 12)


def test_median_and_survival_by_hand():
    # exponential, mean 4 in arm 0 and 26/3 in arm 1, 3 events each: log median's error is that of log mean
    fit = one(TIME, EVENT, ARM, distribution="exponential")
    median = fit.quantile([1])
    assert (median.time, median.standard_error) == pytest.approx((26 / 3 * np.log(2), np.sqrt(1 / 3)))
    assert median.ci_upper == pytest.approx(median.time * np.exp(Z * np.sqrt(1 / 3)))
    curve = fit.survival([0], [1, 4])
    assert curve.survival == pytest.approx(np.exp([-1 / 4, -1]))
    assert curve.ci_lower == pytest.approx(np.exp(-np.array([1 / 4, 1]) * np.exp(Z * np.sqrt(1 / 3))))
    assert curve.ci_upper == pytest.approx(np.exp(-np.array([1 / 4, 1]) * np.exp(-Z * np.sqrt(1 / 3))))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_curve_passes_through_its_quantiles(distribution):
    fit = one(TIME, EVENT, np.column_stack([ARM, AGE]), distribution=distribution)
    for share in (0.1, 0.5, 0.8):
        found = fit.quantile([1, 60], share)
        curve = fit.survival([1, 60], found.time)
        assert curve.survival[0] == pytest.approx(1 - share)
        assert curve.ci_lower[0] < 1 - share < curve.ci_upper[0]
        assert found.ci_lower < found.time < found.ci_upper


# --- other programs ----------------------------------------------------------------------------------------------

LAWS = {"weibull": stats.weibull_min, "lognormal": stats.lognorm, "loglogistic": stats.fisk}


@pytest.mark.parametrize("distribution", LAWS)
def test_scipy_agrees_on_censored_times(distribution):
    censored = stats.CensoredData.right_censored(TIME, EVENT == 0)
    shape, _, scale = LAWS[distribution].fit(censored, floc=0)
    fit = one(TIME, EVENT, distribution=distribution)
    ours = (np.exp(fit.intercept), fit.scale if distribution == "lognormal" else 1 / fit.scale)
    assert ours == pytest.approx((scale, shape), rel=2e-4)


@pytest.mark.parametrize("distribution", LAWS)
def test_delayed_entry_maximises_the_conditional_likelihood(distribution):
    # f(t) / S(entry) for events, S(t) / S(entry) for the rest, written out with scipy's distributions
    entry, weight = np.array([0.5, 1, 0, 2, 0, 1, 4, 0]), np.array([1, 2, 1, 0.5, 1, 1, 3, 1])

    def loss(parameters):
        scale = np.exp(parameters[2])
        law = LAWS[distribution](
            scale if distribution == "lognormal" else 1 / scale, scale=np.exp(parameters[0] + parameters[1] * ARM)
        )
        return -weight @ (np.where(EVENT, law.logpdf(TIME), law.logsf(TIME)) - law.logsf(entry))

    fit = one(TIME, EVENT, ARM, distribution=distribution, entry=entry, weights=weight)
    found = optimize.minimize(
        loss, fit.coefficients + 0.2, method="Nelder-Mead", options={"fatol": 1e-12, "xatol": 1e-9, "maxiter": 4000}
    )
    assert fit.coefficients == pytest.approx(found.x, abs=1e-5)
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-9)


FITTERS = {
    "weibull": lifelines.WeibullAFTFitter,
    "lognormal": lifelines.LogNormalAFTFitter,
    "loglogistic": lifelines.LogLogisticAFTFitter,
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("distribution", FITTERS)
def test_lifelines_agrees_and_stops_short_of_our_maximum(distribution, weighted):
    rows = lifelines.datasets.load_rossi()[["week", "arrest", "fin", "age", "prio"]]
    rows["w"] = np.arange(len(rows)) % 3 + 1 if weighted else 1
    theirs = FITTERS[distribution]().fit(rows, "week", "arrest", weights_col="w")
    names = ["fin", "age", "prio"]
    ours = aft(
        rows["week"], rows["arrest"], rows[names], names=names, distribution=distribution,
        weights=rows["w"] if weighted else None,
    )  # fmt: skip
    location = theirs.params_.index[0][0]
    for term in ours.terms:
        assert term.coefficient == pytest.approx(theirs.params_[location, term.term], abs=2e-3)
        assert term.standard_error == pytest.approx(theirs.standard_errors_[location, term.term], rel=2e-3)
    assert 0 <= ours.log_likelihood - theirs.log_likelihood_ < 1e-4
    assert ours.notes == ()


def test_lifelines_warnings_and_failures_become_notes(monkeypatch):
    def fails(*_, **__):
        raise ConvergenceError("no")

    whole = one(TIME, EVENT, ARM)
    monkeypatch.setattr(lifelines.WeibullAFTFitter, "fit", fails)
    alone = one(TIME, EVENT, ARM)
    assert alone.notes[0] == "lifelines did not converge: Newton's method from a neutral start"
    np.testing.assert_allclose(alone.coefficients, whole.coefficients, rtol=1e-9)

    def warns(self, *args, **kwargs):
        import warnings

        warnings.warn("the   data\nlook odd", stacklevel=2)
        return type(
            "Found", (), {"params_": {("lambda_", "Intercept"): 1, ("lambda_", "x1"): 0, ("rho_", "Intercept"): 0}}
        )

    monkeypatch.setattr(lifelines.WeibullAFTFitter, "fit", warns)
    warned = one(TIME, EVENT, ARM)
    assert warned.notes[0] == "lifelines: the data look odd"
    np.testing.assert_allclose(warned.coefficients, whole.coefficients, rtol=1e-9)


# --- what has no maximum -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_an_arm_without_events_has_an_infinite_time_ratio(distribution):
    arm, event = ARM, np.where(ARM == 1, 0, EVENT)
    fit = one(TIME, event, arm, distribution=distribution)
    term = fit.terms[0]
    assert (term.time_ratio, term.ci_upper, term.standard_error) == (np.inf, np.inf, None)
    assert 0 < term.ci_lower < np.inf
    assert 0 < term.p_value < 1
    assert fit.likelihood_ratio.p_value == pytest.approx(term.p_value)
    assert fit.wald.not_estimable == 'infinite estimate of "x0"'
    assert any("monotone likelihood" in note for note in fit.notes)
    # the other arm's estimates are those of its patients alone
    alone = one(TIME[:4], event[:4], distribution=distribution)
    assert (fit.intercept, fit.scale) == pytest.approx((alone.intercept, alone.scale))
    assert fit.intercept_standard_error == pytest.approx(alone.intercept_standard_error, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(alone.log_likelihood)
    # the other way about, and with arms coded 1 and 2: the intercept is then infinite too
    other, shifted = (
        one(TIME, event, 1 - arm, distribution=distribution),
        one(TIME, event, arm + 1, distribution=distribution),
    )
    assert (other.terms[0].time_ratio, other.terms[0].ci_lower) == (0, 0)
    assert other.terms[0].ci_upper == pytest.approx(1 / term.ci_lower, rel=1e-6)
    assert (other.intercept, shifted.intercept) == (None, None)
    assert shifted.terms[0].ci_lower == pytest.approx(term.ci_lower, rel=1e-6)
    with pytest.raises(ValueError, match="a coefficient is infinite: no prediction"):
        fit.quantile([0])


def test_profile_limit_by_hand():
    # exponential, arm 1 without events over time 26: 3 log(3 / T0) - 3 drops by 1.92 where
    # 3 log(3 / (12 + 26 / r)) - 3 = that - 1.92, so r = 26 / (12 (exp(1.92 / 3) - 1))
    fit = one(TIME, np.where(ARM == 1, 0, EVENT), ARM, distribution="exponential")
    drop = stats.chi2.ppf(0.95, 1) / 2
    assert fit.terms[0].ci_lower == pytest.approx(26 / (12 * (np.exp(drop / 3) - 1)))
    assert fit.terms[0].p_value == pytest.approx(stats.chi2.sf(2 * 3 * np.log(38 / 12), 1))


def test_finite_terms_stay_finite_beside_an_infinite_one():
    event = np.where(ARM == 1, 0, EVENT)
    x = np.column_stack([AGE, ARM])
    fit = one(TIME, event, x, distribution="exponential")
    alone = one(TIME[:4], event[:4], AGE[:4], distribution="exponential")
    assert fit.terms[0].coefficient == pytest.approx(alone.terms[0].coefficient)
    assert fit.terms[0].standard_error == pytest.approx(alone.terms[0].standard_error)
    assert fit.terms[1].time_ratio == np.inf


def test_a_term_that_only_rows_at_infinity_tell_of_is_not_determined():
    # events at (1, 1) only, censored at (2, 2) and (2, 0): x0 must rise to lift both; x1 may be anything between
    fit = one([3, 5, 1, 5], [0, 0, 1, 1], [[2, 2], [2, 0], [1, 1], [1, 1]], distribution="loglogistic")
    assert (fit.terms[0].time_ratio, fit.terms[0].ci_upper) == (np.inf, np.inf)
    assert fit.terms[1].time_ratio is None
    assert fit.terms[1].not_estimable.startswith('"x1" is not determined: other terms are infinite')


def test_a_robust_variance_of_patients_fitted_exactly_does_not_exist():
    fit = one([1, 1], [1, 1], [0, 2], distribution="exponential", robust=True)
    assert fit.terms[0].not_estimable == '"x0": no robust variance can be had, its patients are fitted exactly'
    assert fit.intercept_standard_error is None
    assert one([1, 1], [1, 1], [0, 2], distribution="exponential").terms[0].standard_error == pytest.approx(
        np.sqrt(2) / 2
    )


@pytest.mark.parametrize("distribution", ["weibull", "lognormal", "loglogistic"])
@pytest.mark.parametrize(
    ("time", "event"), [([3.0], [1]), ([3.0, 3, 3], [1, 1, 1]), ([3.0, 3, 2], [1, 1, 0]), ([3.0, 3, 3], [1, 0, 0])]
)
def test_events_fitted_exactly_have_no_scale(distribution, time, event):
    fit = one(time, event, distribution=distribution)
    assert fit.not_estimable == "the model fits every event exactly: the scale is 0 and the likelihood has no bound"
    assert (fit.intercept, fit.scale, fit.log_likelihood) == (None, None, None)
    assert fit.likelihood_ratio.not_estimable == fit.not_estimable
    with pytest.raises(ValueError, match="nothing to predict from: the model fits every event exactly"):
        fit.quantile([])


def test_one_event_before_a_censoring_has_a_maximum():
    assert one([3, 4], [1, 0]).not_estimable is None
    # two arms, one event each, the censored patient of arm 1 after its event: the line could turn, were there an age
    assert one([3, 4, 5], [1, 1, 0], [0, 1, 1]).not_estimable is None
    assert "scale is 0" in one([3, 4, 5], [1, 1, 0], [[0, 1], [1, 0], [1, 1]]).not_estimable


def test_nobody_no_events_constant_and_collinear():
    assert one([], [], NOBODY).not_estimable == "no patients"
    assert one([], []).terms == ()
    none = one(TIME, np.zeros(8), ARM)
    assert (none.not_estimable, none.terms[0].not_estimable, none.terms[0].time_ratio) == (
        "no events",
        "no events",
        None,
    )
    odd = one(TIME, EVENT, np.column_stack([np.full(8, 3.0), ARM, 1 - ARM, AGE]), distribution="lognormal")
    plain = one(TIME, EVENT, np.column_stack([ARM, AGE]), distribution="lognormal")
    assert odd.terms[0].not_estimable == '"x0" is constant: it does not differ between patients'
    assert odd.terms[2].not_estimable == '"x2" is a linear combination of "x1"'
    assert odd.terms[1].coefficient == pytest.approx(plain.terms[0].coefficient)
    assert (odd.likelihood_ratio.df, odd.wald.df) == (2, 2)
    assert odd.quantile([3, 1, 0, 60]).time == pytest.approx(plain.quantile([1, 60]).time)


def test_rows_with_missing_covariates_are_counted():
    x = np.where(AGE == 70, np.nan, AGE)
    fit = one(TIME, EVENT, x, distribution="exponential")
    assert (fit.n, fit.missing) == (7, 1)
    assert fit.notes[0] == "rows left out because a covariate or cluster is missing: 1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": [0.0, *TIME[1:]]}, r"time must be greater than 0 in a model of log time; 1 at fault, at positions 0"),
        ({"time": [-1.0, *TIME[1:]]}, "time must be finite and not negative; 1 at fault, at positions 0"),
        ({"event": EVENT + 1}, "distinct codes found: 1, 2"),
        ({"distribution": "gamma"}, "distribution must be one of weibull, lognormal, loglogistic, exponential"),
        ({"entry": TIME}, "entry must be before time"),
        ({"level": 95}, "level must lie between 0 and 1"),
        ({"x": np.full(8, np.inf)}, 'x is infinite in "x0"'),
    ],
)
def test_impossible_input_is_named(changes, message):
    arguments = {"time": TIME, "event": EVENT, "x": ARM} | changes
    with pytest.raises(ValueError, match=message):
        one(**arguments)


def test_predictions_refuse_what_does_not_fit():
    fit = one(TIME, EVENT, ARM, distribution="exponential")
    for bad in ([1, 2], [np.nan]):
        with pytest.raises(ValueError, match="x must be 1 finite numbers"):
            fit.quantile(bad)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        fit.quantile([1], 1)
    with pytest.raises(ValueError, match="greater than 0"):
        fit.survival([1], [0, 1])
    assert fit.term("x0") is fit.terms[0]
    with pytest.raises(KeyError):
        fit.term("age")


# --- variance ----------------------------------------------------------------------------------------------------


def test_robust_variance_by_hand():
    # exponential, one arm of a, one of b patients: influence of log mean is (event - t / mean) / events
    fit = one(TIME[:4], EVENT[:4], distribution="exponential", robust=True)
    assert fit.intercept_standard_error == pytest.approx(np.linalg.norm((EVENT[:4] - TIME[:4] / 4) / 3))
    grouped = one(TIME[:4], EVENT[:4], distribution="exponential", cluster=[0, 0, 1, 1])
    influence = (EVENT[:4] - TIME[:4] / 4) / 3
    assert grouped.intercept_standard_error == pytest.approx(np.hypot(influence[:2].sum(), influence[2:].sum()))
    assert grouped.method.endswith("robust variance by cluster")


def test_fractional_weights_without_robust_variance_are_noted():
    weights = np.full(8, 0.5)
    noted = one(TIME, EVENT, ARM, distribution="exponential", weights=weights)
    assert any("weights are not whole numbers" in note for note in noted.notes)
    robust = one(TIME, EVENT, ARM, distribution="exponential", weights=weights, robust=True)
    assert not any("weights are not whole numbers" in note for note in robust.notes)
    # the scale of the weights does not matter to a robust error
    plain = one(TIME, EVENT, ARM, distribution="exponential", robust=True)
    assert robust.terms[0].standard_error == pytest.approx(plain.terms[0].standard_error)


# --- properties --------------------------------------------------------------------------------------------------

cohorts = st.lists(
    st.tuples(st.integers(1, 30), st.booleans(), st.integers(0, 1), st.integers(1, 3)), min_size=8, max_size=20
)
laws = st.sampled_from(DISTRIBUTIONS)


def alone(*args, **options):
    """From a start of our own: these properties are not lifelines', whose fit takes a third of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("stratify.stats.aft"), "lifelines_estimates", lambda *_: (None, []))
        return one(*args, **options)


def columns(rows):
    time, event, arm, weight = (np.array(column) for column in zip(*rows, strict=True))
    return time.astype(float), event, arm, weight.astype(float)


def assert_same(first, second, **bounds):
    assert first.not_estimable == second.not_estimable
    if first.log_likelihood is None:
        return
    for a, b in zip(first.terms, second.terms, strict=True):
        for name in ("time_ratio", "ci_lower", "ci_upper", "p_value"):
            one, two = getattr(a, name), getattr(b, name)
            assert (one is None) == (two is None)
            assert one is None or one == pytest.approx(two, rel=1e-5, abs=1e-9), name


@given(cohorts, laws, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, law, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    (t, e, a, _), (t2, e2, a2, _) = columns(rows), columns(shuffled)
    assert_same(alone(t, e, a, distribution=law), alone(t2, e2, a2, distribution=law))


@given(cohorts, laws)
def test_a_weight_is_that_many_patients(rows, law):
    t, e, a, w = columns(rows)
    times = w.astype(int)
    weighted = alone(t, e, a, distribution=law, weights=w)
    repeated = alone(np.repeat(t, times), np.repeat(e, times), np.repeat(a, times), distribution=law)
    assert_same(weighted, repeated)
    if weighted.log_likelihood is not None:
        assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood)


@given(cohorts, laws, st.sampled_from([1e-9, 365.25, 1e9]))
def test_units_of_time_and_covariate(rows, law, unit):
    t, e, a, _ = columns(rows)
    plain = alone(t, e, a, distribution=law)
    assert_same(plain, alone(t * unit, e, a, distribution=law))
    scaled = alone(t, e, a * unit, distribution=law)
    first, second = plain.terms[0].coefficient, scaled.terms[0].coefficient
    assert (first is None) == (second is None)
    if first is not None and np.isfinite(first):
        assert second * unit == pytest.approx(first, rel=1e-6, abs=1e-9)


tiny = st.lists(
    st.tuples(
        st.integers(1, 5), st.booleans(), st.integers(0, 2), st.integers(0, 2), st.sampled_from([0, 0, 0.3, 0.9])
    ),
    min_size=1,
    max_size=7,
)


@given(tiny, laws, st.booleans())
def test_however_few_the_patients_each_term_has_numbers_or_a_reason(rows, law, robust):
    time, event, first, second, entry = (np.array(column) for column in zip(*rows, strict=True))
    x = np.column_stack([first, second])
    fit = alone(time, event, x, distribution=law, entry=time * entry, robust=robust)
    for term in fit.terms:
        numbers = (term.time_ratio, term.ci_lower, term.ci_upper, term.p_value)
        if term.not_estimable:
            assert set(numbers) == {None}
        else:
            assert not np.isnan(np.array(numbers, dtype=float)).any()
            assert term.ci_lower <= term.time_ratio <= term.ci_upper
            assert 0 <= term.p_value <= 1


@given(cohorts, laws)
def test_entry_at_zero_is_no_entry(rows, law):
    t, e, a, _ = columns(rows)
    assert_same(alone(t, e, a, distribution=law), alone(t, e, a, distribution=law, entry=np.zeros(len(t))))
