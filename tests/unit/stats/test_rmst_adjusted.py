"""Covariate-adjusted and stratified restricted means: by hand, survRM2's numbers, special cases, edges, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stratify.stats import largest_tau, rmst_adjusted, rmst_difference, rmst_stratified

Z = 1.959963984540054
TIME = [2, 3, 4, 6, 1, 3, 5, 5]
EVENT = [1, 0, 1, 0, 1, 1, 0, 0]
ARM = [1, 1, 1, 1, 0, 0, 0, 0]
X = np.array([[1.0, 3, 2, 5, 4, 2, 6, 3]]).T
NONE = np.empty((8, 0))


def adjusted(time=TIME, event=EVENT, arm=ARM, x=X, tau=5.0, **options):
    return rmst_adjusted(time, event, arm, x, names=[f"x{j}" for j in range(np.shape(x)[1])], tau=tau, **options)


def contrasts(result):
    return {"difference": result.difference, "ratio": result.ratio, "rmtl_ratio": result.rmtl_ratio}


# --- by hand -----------------------------------------------------------------------------------------------------


def test_without_censoring_it_is_least_squares_with_a_sandwich_variance():
    # times 1, 3 and 2, 6 cut at 5, no covariate: means 2 and 3.5, variances (1 + 1) / 4 and (2.25 + 2.25) / 4
    result = adjusted([2, 6, 1, 3], [1, 1, 1, 1], [1, 1, 0, 0], np.empty((4, 0)))
    error = np.sqrt(2 / 4 + 4.5 / 4)
    assert (result.difference.estimate, result.difference.standard_error) == pytest.approx((1.5, error))
    assert result.difference.ci_lower == pytest.approx(1.5 - Z * error)
    assert result.difference.p_value == pytest.approx(2 * stats.norm.sf(1.5 / error))
    log_error = np.sqrt(0.5 / 2**2 + 4.5 / 4 / 3.5**2)
    assert (result.ratio.estimate, result.ratio.standard_error) == pytest.approx((3.5 / 2, log_error))
    assert result.ratio.ci_upper == pytest.approx(1.75 * np.exp(Z * log_error))
    assert result.rmtl_ratio.estimate == pytest.approx(1.5 / 3)
    assert (result.difference.n, result.difference.events, result.missing) == (4, 3, 0)


def test_a_covariate_takes_its_share():
    # time = 1 + 2 x exactly in arm 0 and one more in arm 1: nothing is left to chance
    x = np.array([[1.0, 2, 3, 1, 2, 3]]).T
    result = adjusted([4, 6, 8, 3, 5, 7], np.ones(6), [1, 1, 1, 0, 0, 0], x, tau=8)
    assert result.difference.estimate == pytest.approx(1)
    assert (result.difference.standard_error, result.difference.p_value) == (0, None)
    assert result.difference.note == "no interval or test: the standard error is 0"


# --- R -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("difference", (0.784055727554179, -0.898021949651151, 2.46613340475951, 0.360934934571441)),
        ("ratio", (1.226279494244258, 0.748593849921983, 2.00878139482534, 0.417902203370708)),
        ("rmtl_ratio", (0.471699659853475, 0.181073014987005, 1.22878922141906, 0.123998553441051)),
    ],
)
def test_survrm2_on_eight_patients(name, expected):
    # survRM2 1.0-4: rmst2(time, event, arm, 5, x)$adjusted.result; its glm stops at a relative deviance of 1e-8
    found = contrasts(adjusted())[name]
    assert (found.estimate, found.ci_lower, found.ci_upper, found.p_value) == pytest.approx(expected, rel=2e-9)


# --- special cases -----------------------------------------------------------------------------------------------

distinct = st.permutations(range(1, 13)).flatmap(
    lambda times: st.tuples(st.just(times), st.lists(st.booleans(), min_size=12, max_size=12))
)


@given(distinct)
def test_without_covariates_and_ties_it_is_the_difference_of_areas(data):
    # weighting by the inverse censoring curve and the product-limit curve are one estimator (Satten & Datta 2001)
    time, event = map(np.array, data)
    arm = np.arange(12) % 2
    tau = min(6.0, largest_tau([(time[arm == a], event[arm == a]) for a in (0, 1)]))
    plain = rmst_difference(time, event, arm, tau)
    weighted = rmst_adjusted(time, event, arm, np.empty((12, 0)), names=[], tau=tau)
    assert weighted.difference.estimate == pytest.approx(plain.difference.estimate, abs=1e-12)
    for one, other in ((plain.ratio, weighted.ratio), (plain.rmtl_ratio, weighted.rmtl_ratio)):
        assert (one.estimate is None) == (other.estimate is None)
        assert one.estimate is None or other.estimate == pytest.approx(one.estimate)
        assert one.reason == other.reason


# --- edges -------------------------------------------------------------------------------------------------------


def test_rows_with_missing_covariates_are_counted():
    x = X.copy()
    x[6] = np.nan
    kept = np.arange(8) != 6
    result = adjusted(x=x)
    assert (result.missing, result.difference.n) == (1, 7)
    alone = adjusted(np.array(TIME)[kept], np.array(EVENT)[kept], np.array(ARM)[kept], X[kept])
    assert result.difference.estimate == alone.difference.estimate


def test_constant_and_collinear_covariates_are_left_out_and_named():
    odd = adjusted(x=np.column_stack([np.full(8, 7.0), X, 2 * X + 1]))
    assert odd.difference.estimate == pytest.approx(adjusted().difference.estimate)
    assert [note.split(": left out")[0] for note in odd.notes] == [
        'among patients known up to tau "x0" is constant: it does not differ between patients',
        'among patients known up to tau "x2" is a linear combination of "x1"',
    ]
    confounded = adjusted(x=np.array([ARM], dtype=float).T)
    assert "linear combination" in confounded.notes[0]
    assert '"arm"' in confounded.notes[0]


@pytest.mark.parametrize("unit", [1e-150, 1e-6, 1e6, 1e150])
def test_huge_units_do_not_matter(unit):
    plain, scaled = contrasts(adjusted()), contrasts(adjusted(x=X * unit))
    for name, one in plain.items():
        assert (scaled[name].estimate, scaled[name].p_value) == pytest.approx((one.estimate, one.p_value), rel=1e-9)


def test_empty_arm_and_no_patients():
    for arm, nobody in ((np.ones(8, int), "arm 0"), (np.zeros(8, int), "arm 1")):
        for found in contrasts(adjusted(arm=arm)).values():
            assert (found.estimate, found.reason) == (None, f"no patients in {nobody}")
    assert adjusted([], [], [], np.empty((0, 1))).difference.reason == "no patients in arm 1 and arm 0"


def test_nothing_lost_and_nothing_survived():
    nothing = adjusted([6] * 8, [0] * 8)
    assert (nothing.difference.estimate, nothing.difference.p_value) == (pytest.approx(0), None)
    assert nothing.rmtl_ratio.reason == "the restricted mean time lost is 0 in arm 1 and arm 0"
    dead = adjusted([0, 0, 0, 0, 1, 3, 5, 5], [1] * 8)
    assert dead.ratio.reason == "the restricted mean survival time is 0 in arm 1"
    assert dead.difference.estimate is not None


def test_as_many_coefficients_as_known_patients():
    few = adjusted([2, 6, 3], [1, 0, 1], [1, 0, 0], np.array([[1.0], [2], [4]]), tau=5)
    assert few.difference.reason == "no more patients with a time known up to tau than coefficients"


def test_a_covariate_that_separates_has_no_ratio():
    # nobody with x = 1 loses time: the log ratio of x runs off to minus infinity
    x = np.array([[0.0, 1, 0, 1, 0, 0, 1, 1]]).T
    result = adjusted([2, 6, 4, 6, 1, 3, 6, 6], [1, 0, 1, 0, 1, 1, 0, 0], x=x)
    assert result.rmtl_ratio.reason == "the log-linear regression has no maximum: an estimate is infinite"
    assert result.difference.estimate is not None


def test_tau_beyond_follow_up_and_other_impossible_input():
    with pytest.raises(ValueError, match="the largest possible tau is 5 "):
        adjusted(tau=5.5)
    with pytest.raises(ValueError, match="tau must be finite and greater than 0"):
        adjusted(tau=-1)
    with pytest.raises(ValueError, match="x has shape"):
        rmst_adjusted(TIME, EVENT, ARM, X, names=["a", "b"], tau=5)
    with pytest.raises(ValueError, match="codes must be 0 to 1"):
        adjusted(arm=[1, 2] * 4)


# --- properties --------------------------------------------------------------------------------------------------


@given(st.permutations(range(8)), st.sampled_from([0.001, 1, 365.25]))
def test_order_and_unit_of_time(order, unit):
    order = np.array(order)
    plain = adjusted()
    other = adjusted(np.array(TIME)[order] * unit, np.array(EVENT)[order], np.array(ARM)[order], X[order], 5 * unit)
    assert other.difference.estimate == pytest.approx(plain.difference.estimate * unit)
    assert other.difference.standard_error == pytest.approx(plain.difference.standard_error * unit)
    assert (other.ratio.estimate, other.ratio.p_value) == pytest.approx((plain.ratio.estimate, plain.ratio.p_value))


def test_swapping_the_arms_flips_the_difference_and_inverts_the_ratios():
    one, two = contrasts(adjusted()), contrasts(adjusted(arm=1 - np.array(ARM)))
    assert one["difference"].estimate == pytest.approx(-two["difference"].estimate)
    for name in ("ratio", "rmtl_ratio"):
        assert one[name].estimate == pytest.approx(1 / two[name].estimate)
        assert one[name].p_value == pytest.approx(two[name].p_value)


# --- strata ------------------------------------------------------------------------------------------------------


def test_strata_by_hand():
    # differences 0.375 (8 patients, test_rmst) and 5 - 4 = 1 (2 patients, no spread): (8 * .375 + 2 * 1) / 10
    time, event, arm = [*TIME, 7, 4], [*EVENT, 1, 1], [*ARM, 1, 0]
    strata = [0] * 8 + [3] * 2
    result = rmst_stratified(time, event, arm, strata, 5)
    inner = rmst_difference(TIME, EVENT, ARM, 5).difference
    assert result.estimate == pytest.approx(0.5)
    assert result.standard_error == pytest.approx(0.8 * inner.standard_error)
    assert (result.n, result.events, result.method.endswith("2 strata")) == (10, 5, True)


def test_one_stratum_is_no_stratum_and_equal_strata_share_alike():
    one = rmst_difference(TIME, EVENT, ARM, 5).difference
    alone = rmst_stratified(TIME, EVENT, ARM, [1] * 8, 5)
    assert (alone.estimate, alone.p_value) == pytest.approx((one.estimate, one.p_value))
    twice = rmst_stratified(TIME * 2, EVENT * 2, ARM * 2, [0] * 8 + [1] * 8, 5)
    assert (twice.estimate, twice.standard_error) == pytest.approx((one.estimate, one.standard_error / np.sqrt(2)))


def test_strata_with_an_empty_arm_and_tau_beyond_one():
    missing = rmst_stratified([*TIME, 7], [*EVENT, 1], [*ARM, 1], [0] * 8 + [2], 5)
    assert missing.estimate == pytest.approx(rmst_difference(TIME, EVENT, ARM, 5).difference.estimate)
    assert missing.note == "without patients in one arm and left out: stratum 2"
    assert missing.n == 8
    nobody = rmst_stratified([1, 2], [1, 1], [1, 0], [0, 1], 1)
    assert (nobody.estimate, nobody.reason) == (None, "no stratum with patients in both arms")
    with pytest.raises(ValueError, match="stratum 1: tau = 5 is beyond follow-up: the largest possible tau is 4 "):
        rmst_stratified([*TIME, 7, 4], [*EVENT, 1, 0], [*ARM, 1, 0], [0] * 8 + [1] * 2, 5)
    with pytest.raises(ValueError, match="strata must be 8 whole-number codes from 0, none missing"):
        rmst_stratified(TIME, EVENT, ARM, [0] * 7 + [-1], 5)
