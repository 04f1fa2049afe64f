"""Restricted mean survival time by hand, its largest tau, its properties and the area under lifelines' curve."""

from __future__ import annotations

import lifelines
import lifelines.datasets
import lifelines.utils
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from stratify.stats.rmst import largest_tau, rmst, rmst_difference

Z = 1.959963984540054

# arm 1: events 2, 4; censored 3, 6.  S = 3/4 from 2, 3/8 from 4.   arm 0: events 1, 3; censored 5, 5
TIME = np.array([2, 3, 4, 6, 1, 3, 5, 5.0])
EVENT = np.array([1, 0, 1, 0, 1, 1, 0, 0])
ARM = np.array([1, 1, 1, 1, 0, 0, 0, 0])

rows = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1)), min_size=4, max_size=20
).filter(lambda r: {arm for _, _, arm in r} == {0, 1})  # fmt: skip


def test_one_arm_by_hand():
    # area to 5: 2*1 + 2*3/4 + 1*3/8; Greenwood terms 1/12 at 2 and 1/2 at 4 with areas beyond 1.875 and 0.375
    result = rmst(TIME[:4], EVENT[:4], 5)
    error = np.sqrt(1.875**2 / 12 + 0.375**2 / 2)
    assert result.rmst == pytest.approx(3.875)
    assert result.standard_error == pytest.approx(error)
    assert (result.ci_lower, result.ci_upper) == pytest.approx((3.875 - Z * error, 3.875 + Z * error))
    assert (result.rmtl, result.rmtl_ci_lower) == pytest.approx((1.125, 1.125 - Z * error))
    assert (result.n, result.events, result.at_risk, result.tau, result.reason) == (4, 2, 1, 5.0, None)


def test_two_arms_by_hand():
    # arm 0: 1 + 2*3/4 + 2*1/2 = 3.5; terms 1/12 (area beyond 2.5) and 1/6 (area beyond 1)
    result = rmst_difference(TIME, EVENT, ARM, 5)
    error1, error0 = np.sqrt(1.875**2 / 12 + 0.375**2 / 2), np.sqrt(2.5**2 / 12 + 1 / 6)
    assert result.arm0.rmst == pytest.approx(3.5)
    assert result.arm0.standard_error == pytest.approx(error0)
    error = np.hypot(error1, error0)
    assert result.difference.estimate == pytest.approx(0.375)
    assert result.difference.ci_lower == pytest.approx(0.375 - Z * error)
    log_error = np.hypot(error1 / 3.875, error0 / 3.5)
    assert result.ratio.estimate == pytest.approx(3.875 / 3.5)
    assert result.ratio.ci_upper == pytest.approx(3.875 / 3.5 * np.exp(Z * log_error))
    lost_error = np.hypot(error1 / 1.125, error0 / 1.5)
    assert result.rmtl_ratio.estimate == pytest.approx(0.75)
    assert result.rmtl_ratio.ci_lower == pytest.approx(0.75 * np.exp(-Z * lost_error))
    assert (result.difference.n, result.difference.events) == (8, 4)
    for contrast, z in (
        (result.difference, 0.375 / error),
        (result.ratio, np.log(3.875 / 3.5) / log_error),
        (result.rmtl_ratio, np.log(0.75) / lost_error),
    ):
        assert contrast.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_patients_leaving_at_tau_are_at_risk_there():
    assert rmst(TIME[4:], EVENT[4:], 5).at_risk == 2
    assert rmst(TIME[4:], EVENT[4:], 3).at_risk == 3


# survRM2's six cases: (last time, ends in an event) of arm 1 and arm 0, and the largest tau it accepts
@pytest.mark.parametrize(
    ("one", "zero", "largest"),
    [
        ((8, 1), (6, 1), 8),  # both end in an event: the later
        ((6, 1), (8, 0), 8),  # the shorter in an event, the longer censored: the longer
        ((8, 0), (6, 1), 8),
        ((8, 1), (6, 0), 6),  # the longer in an event, the shorter censored: the shorter
        ((6, 0), (8, 1), 6),
        ((8, 0), (6, 0), 6),  # both censored: the shorter
        ((7, 1), (7, 0), 7),
    ],
)
def test_largest_tau_follows_survrm2(one, zero, largest):
    time = [1, one[0], 1, zero[0]]
    event = [1, one[1], 1, zero[1]]
    arm = [1, 1, 0, 0]
    assert largest_tau([(time[:2], event[:2]), (time[2:], event[2:])]) == largest
    assert rmst_difference(time, event, arm, largest).difference.estimate is not None
    with pytest.raises(ValueError, match=rf"beyond follow-up: the largest possible tau is {largest} "):
        rmst_difference(time, event, arm, largest + 0.01)


def test_an_event_together_with_a_censoring_ends_in_a_censoring():
    assert largest_tau([([1, 4, 4], [1, 1, 0]), ([5], [1])]) == 4


def test_tau_equal_to_the_last_time_up_to_rounding_is_within_follow_up():
    result = rmst([0.1, 0.3], [1, 0], 0.1 + 0.2)
    assert result.rmst == pytest.approx(0.1 + 0.1)
    assert (result.events, result.at_risk) == (1, 1)


def test_survival_zero_before_tau_adds_no_area():
    # arm 1 is dead at 2; arm 0 is followed to 8
    result = rmst_difference([1, 2, 3, 8], [1, 1, 1, 0], [1, 1, 0, 0], 8)
    assert result.arm1.rmst == pytest.approx(1.5)
    assert result.arm0.rmst == pytest.approx(3 + 5 / 2)


def test_empty_arm_is_not_estimable():
    result = rmst_difference([1, 2], [1, 0], [1, 1], 1.5)
    assert (result.arm0.rmst, result.arm0.reason) == (None, "no patients")
    for contrast in (result.difference, result.ratio, result.rmtl_ratio):
        assert (contrast.estimate, contrast.p_value, contrast.reason) == (None, None, "no patients in arm 0")
    assert rmst([], [], 3).reason == "no patients"
    assert largest_tau([([], [])]) is None


def test_no_events():
    nothing = rmst_difference([5, 6, 5, 6], [0, 0, 0, 0], [1, 1, 0, 0], 4)
    assert nothing.arm1.note == "no event up to tau: the standard error is 0"
    assert (nothing.difference.estimate, nothing.difference.p_value) == (0, None)
    assert nothing.difference.note == "no interval or test: the standard error is 0"
    assert nothing.ratio.estimate == 1
    assert nothing.rmtl_ratio.reason == "the restricted mean time lost is 0 in arm 1 and arm 0"
    one = rmst_difference([5, 6, 2, 6], [0, 0, 1, 0], [1, 1, 0, 0], 4)
    assert one.difference.note == "no event up to tau in arm 1: its variance counts as 0"
    assert one.difference.p_value is not None
    assert one.rmtl_ratio.reason == "the restricted mean time lost is 0 in arm 1"


def test_everybody_dead_at_time_zero():
    result = rmst_difference([0, 0, 1, 2], [1, 1, 1, 0], [1, 1, 0, 0], 2)
    assert result.arm1.rmst == 0
    assert result.ratio.reason == "the restricted mean survival time is 0 in arm 1"


@pytest.mark.parametrize("tau", [0, -1, np.nan, np.inf])
def test_tau_must_be_a_positive_time(tau):
    with pytest.raises(ValueError, match="tau must be finite and greater than 0"):
        rmst([1], [1], tau)


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        ([1, 2], "codes must be 0 to 1"),
        ([1, -1], "not missing; 1 at fault, at positions 1"),
        ([1], "arm has 1 entries"),
    ],
)
def test_arms_must_be_zero_or_one(arm, message):
    with pytest.raises(ValueError, match=message):
        rmst_difference([1, 2], [1, 0], arm, 1)


@given(rows)
def test_swapping_the_arms_flips_the_difference_and_inverts_the_ratios(data):
    t, e, a = (np.array(column) for column in zip(*data, strict=True))
    tau = largest_tau([(t[a == 1], e[a == 1]), (t[a == 0], e[a == 0])])
    one, two = rmst_difference(t, e, a, tau), rmst_difference(t, e, 1 - a, tau)
    assert one.difference.estimate == -two.difference.estimate
    assert one.difference.p_value == two.difference.p_value
    for contrast, inverse in ((one.ratio, two.ratio), (one.rmtl_ratio, two.rmtl_ratio)):
        assert (contrast.estimate is None) == (inverse.estimate is None)
        if contrast.ci_upper is not None:
            assert contrast.estimate == pytest.approx(1 / inverse.estimate)
            assert contrast.ci_upper == pytest.approx(1 / inverse.ci_lower)


@given(rows, st.sampled_from([0.001, 365.25]))
def test_the_unit_of_time_scales_the_mean(data, unit):
    t, e, a = (np.array(column) for column in zip(*data, strict=True))
    tau = largest_tau([(t[a == 1], e[a == 1]), (t[a == 0], e[a == 0])])
    one, two = rmst_difference(t, e, a, tau), rmst_difference(t * unit, e, a, tau * unit)
    assert two.difference.estimate == pytest.approx(one.difference.estimate * unit, rel=1e-12, abs=1e-12)
    assert two.ratio.p_value == pytest.approx(one.ratio.p_value)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.floats(0.5, 9))
def test_without_censoring_it_is_the_mean_of_the_times_cut_at_tau(times, tau):
    assume(tau <= max(times))
    expected = np.minimum(times, tau)
    result = rmst(times, np.ones(len(times)), tau)
    assert result.rmst == pytest.approx(expected.mean())
    assert result.standard_error == pytest.approx(expected.std() / np.sqrt(len(times)), abs=1e-9)


def test_lifelines_agrees_on_the_area():
    table = lifelines.datasets.load_waltons()
    fitted = lifelines.KaplanMeierFitter().fit(table["T"], table["E"])
    for tau in (10, 33.3, 60):
        expected = lifelines.utils.restricted_mean_survival_time(fitted, t=tau)
        assert rmst(table["T"], table["E"], tau).rmst == pytest.approx(expected, rel=1e-10)
