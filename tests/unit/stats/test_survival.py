"""Kaplan-Meier by hand, by R's conventions at the edges, by its properties and against lifelines."""

from __future__ import annotations

import lifelines
import lifelines.datasets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stratify.stats.landmarks import landmark_difference
from stratify.stats.nelson_aalen import nelson_aalen
from stratify.stats.survival import kaplan_meier, median_follow_up
from stratify.stats.survival_intervals import CONF_TYPES
from stratify.stats.ties import fix_ties

Z = 1.959963984540054

SIX_TIMES = [1, 2, 3, 4, 5, 6]
SIX_EVENTS = [0, 1, 0, 1, 1, 1]

cohorts = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.integers(1, 3)), min_size=1, max_size=25)


def columns(rows):
    time, event, weight = (np.array(column) for column in zip(*rows, strict=True))
    return time.astype(float), event, weight.astype(float)


# --- by hand -----------------------------------------------------------------------------------------------------


def test_five_patients_by_hand():
    # at risk 5, 4, 2 at the events 1, 2, 4; S = 4/5, 4/5 * 3/4, * 1/2
    curve = kaplan_meier([1, 2, 3, 4, 5], [1, 1, 0, 1, 0], conf_type="plain")
    assert curve.time.tolist() == [1, 2, 3, 4, 5]
    assert curve.at_risk.tolist() == [5, 4, 3, 2, 1]
    assert curve.events.tolist() == [1, 1, 0, 1, 0]
    assert curve.censored.tolist() == [0, 0, 1, 0, 1]
    assert curve.survival == pytest.approx([0.8, 0.6, 0.6, 0.3, 0.3])
    greenwood = np.cumsum([1 / 20, 1 / 12, 0, 1 / 2, 0])
    assert curve.standard_error == pytest.approx(curve.survival * np.sqrt(greenwood))
    assert curve.ci_lower[0] == pytest.approx(0.8 - Z * 0.8 * np.sqrt(1 / 20))
    assert (curve.n, curve.total_events, curve.level, curve.conf_type) == (5, 3, 0.95, "plain")


def test_death_comes_before_censoring_at_the_same_time():
    curve = kaplan_meier([1, 1, 2], [1, 0, 0])
    assert curve.at_risk.tolist() == [3, 1]
    assert curve.survival == pytest.approx([2 / 3, 2 / 3])


def test_entry_counts_after_entry_only():
    # the second patient enters at 1: not at risk at 1, at risk at 2
    curve = kaplan_meier([1, 2, 3], [1, 1, 0], entry=[0, 1, 0])
    assert curve.at_risk.tolist() == [2, 2, 1]
    assert curve.survival == pytest.approx([0.5, 0.25, 0.25])


# Limits that R 4.2.2 (survival 3.5-3) gives for these six patients, at times 1, 2, 4, 5 and 6.
R_LIMITS = {
    "plain": [(1, 1), (0.44939098, 1), (0.04676609, 1), (0, 0.7091281), None],
    "log": [(1, 1), (0.51612576, 1), (0.21418348, 1), (0.05074277, 1), None],
    "log-log": [None, (0.203809263, 0.9691798), (0.068332088, 0.8630712), (0.009677001, 0.6861363), None],
    "logit": [None, (0.30895443, 0.9728169), (0.13926282, 0.8897793), (0.03646739, 0.7774705), None],
    "arcsin": [None, (0.384540827, 0.9993557), (0.105681798, 0.9317126), (0.001793493, 0.7462829), None],
}


R_FLEMING_HARRINGTON = {
    "survival": [0.81873075, 0.58664622, 0.35581892],
    "lower": [0.24175891, 0.10802140, 0.03222086],
    "upper": [0.97222045, 0.88001552, 0.73283145],
}


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_limits_at_survival_one_and_zero_are_those_of_r(conf_type):
    marks = kaplan_meier(SIX_TIMES, SIX_EVENTS, conf_type=conf_type).at([1, 2, 4, 5, 6])
    for mark, limits in zip(marks, R_LIMITS[conf_type], strict=True):
        if limits is None:
            assert (mark.ci_lower, mark.ci_upper) == (None, None)
            assert mark.note is not None
        else:
            assert (mark.ci_lower, mark.ci_upper) == pytest.approx(limits, abs=6e-8)
    assert marks[-1].survival == 0
    assert marks[-1].standard_error is None
    assert marks[-1].note == "survival is 0: Greenwood's error and the interval do not exist"


def test_limits_carry_forward_over_censorings():
    curve = kaplan_meier(SIX_TIMES, SIX_EVENTS, conf_type="log-log")
    assert (curve.ci_lower[2], curve.ci_upper[2]) == (curve.ci_lower[1], curve.ci_upper[1])


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_before_the_first_time_survival_is_one_with_limits_one(conf_type):
    (mark,) = kaplan_meier(SIX_TIMES, SIX_EVENTS, conf_type=conf_type).at(0.5)
    assert (mark.survival, mark.standard_error, mark.ci_lower, mark.ci_upper, mark.at_risk) == (1, 0, 1, 1, 6)


def test_after_the_last_time_the_estimate_is_carried_and_noted():
    (mark,) = kaplan_meier([1, 2, 3], [1, 0, 0]).at([9])
    assert (mark.survival, mark.at_risk) == (pytest.approx(2 / 3), 0)
    assert mark.note == "after the last observed time: carried forward"


def test_integer_weights_are_patients():
    split = kaplan_meier([1, 1, 2, 3, 3, 4, 5], [1, 1, 1, 0, 0, 1, 0])
    whole = kaplan_meier([1, 2, 3, 4, 5], [1, 1, 0, 1, 0], weights=[2, 1, 2, 1, 1])
    assert whole.at_risk.tolist() == [7, 5, 4, 2, 1]
    np.testing.assert_allclose(whole.ci_lower, split.ci_lower, rtol=1e-13)
    assert whole.n == 5


@pytest.mark.parametrize(
    ("entry", "survival", "error"),
    [
        (None, [0.75, 0.5833333, 0.5833333, 0.3888889, 0.3888889], [0.2144923, 0.2367231, 0.2367231, 0.2539975]),
        ([0, 0, 1, 2, 2.5], [0.4, 0.2666667, 0.2666667, 0.1777778], [0.3394113, 0.1963620, 0.1963620, 0.1554356]),
    ],
)
def test_fractional_weights_have_the_jackknife_error_of_r(entry, survival, error):
    # survfit(Surv(...) ~ 1, weights = c(1.5, 1, 2, .5, 1)) switches to the robust variance by itself
    curve = kaplan_meier([1, 2, 3, 4, 5], [1, 1, 0, 1, 0], entry=entry, weights=[1.5, 1, 2, 0.5, 1])
    assert curve.survival[: len(survival)] == pytest.approx(survival, abs=6e-8)
    assert curve.standard_error[: len(error)] == pytest.approx(error, abs=6e-8)
    assert "infinitesimal jackknife" in curve.method


def test_rounding_of_weights_leaves_nobody_at_risk():
    curve = kaplan_meier([1, 2, 2], [1, 1, 1], entry=[0, 0.5, 0.5], weights=[0.3, 0.1, 0.2])
    assert curve.survival[-1] == 0


# --- quantiles ---------------------------------------------------------------------------------------------------


def test_flat_step_at_one_half_gives_the_midpoint():
    # S = 3/4, 2/4 from 2 on, next event at 4: the median is 3 in R and in SAS
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1])
    assert curve.quantile(0.5).quantile == 3
    assert curve.quantile(0.5, "sas").quantile == 3


@pytest.mark.parametrize("n", [20, 24])
def test_flat_step_is_seen_through_rounding(n):
    # (19/20)(18/19)...(10/11) falls short of 0.5 in the last digit, (23/24)...(12/13) exceeds it
    curve = kaplan_meier(range(1, n + 1), np.ones(n))
    assert (curve.survival[n // 2 - 1] < 0.5) == (n == 20)
    assert curve.survival[n // 2 - 1] != 0.5
    assert curve.quantile(0.5).quantile == (n + 1) / 2


def test_quantile_on_the_last_step_hangs_on_the_rule():
    # survfit's quantile: the midpoint 3 of the step from 2 to the last follow-up 4; PROC LIFETEST: missing
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])
    r, sas = curve.quantile(0.5), curve.quantile(0.5, "sas")
    assert (r.quantile, r.ci_lower, r.ci_upper) == (3, 1, None)
    assert r.note == "upper limit not reached; survival is 0.5 to the end of follow-up: midpoint of that step"
    assert (sas.quantile, sas.reason) == (None, "the survival curve does not fall below 0.5")


def test_quantiles_of_r_on_a_small_sample():
    # quantile(survfit(Surv(c(1,2,3,4), c(1,1,0,1)) ~ 1)): 25 % 1.5 (1, NA), 75 % 4 (2, NA)
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1])
    assert [(q.quantile, q.ci_lower, q.ci_upper) for q in map(curve.quantile, (0.25, 0.75))] == [
        (1.5, 1, None),
        (4, 2, None),
    ]


def test_median_not_reached_has_a_reason():
    median = kaplan_meier([1, 2, 3], [1, 0, 0]).quantile()
    assert (median.quantile, median.ci_upper) == (None, None)
    assert median.reason == "the survival curve does not fall below 0.5"


def test_sas_limits_have_no_midpoints():
    # plain 95 % lower limit of a constant curve made to meet 0.5 exactly at 1 and to fall at 2
    from stratify.stats.quantiles import limit_times

    time, lower, upper = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.4, 0.2]), np.array([0.9, 0.5, 0.3])
    assert limit_times(time, lower, upper, 0.5, "sas") == (1.0, 3.0)
    assert limit_times(time, lower, upper, 0.5, "r") == (1.5, 2.5)


def test_a_limit_that_rises_again_counts_at_its_first_crossing():
    # the upper log limit falls to 0.856 at 5 and rises to 0.894 at 12; quantile.survfit answers 12, its sorting of the
    # limits losing the order of times, where R's printed medians take the first time
    time = [14, 4, 1, 10, 3, 1, 4, 4, 5, 4, 14, 6, 12, 9, 5]
    curve = kaplan_meier(time, [1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0])
    assert curve.ci_upper[3] < 0.9 < curve.ci_upper[-1]
    assert curve.quantile(0.1).ci_upper == 5


@pytest.mark.parametrize("probability", [0, 1, -0.1, 1.5])
def test_quantile_refuses_what_is_no_probability(probability):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        kaplan_meier([1], [1]).quantile(probability)


def test_unknown_options_are_refused():
    with pytest.raises(ValueError, match="conf_type must be one of"):
        kaplan_meier([1], [1], conf_type="wald")
    with pytest.raises(ValueError, match="rule must be"):
        kaplan_meier([1], [1]).quantile(0.5, "stata")
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        kaplan_meier([1], [1], level=95)


# --- counts, follow-up, landmarks --------------------------------------------------------------------------------


def test_counts_at_marks():
    curve = kaplan_meier([1, 2, 2, 3, 5], [1, 1, 0, 0, 1])
    assert curve.number_at_risk([0, 1, 1.5, 2, 3, 4, 6]).tolist() == [5, 5, 4, 4, 2, 1, 0]
    marks = curve.counts_at([2, 6])
    assert [(m.at_risk, m.events, m.censored) for m in marks] == [(4, 2, 1), (0, 3, 2)]


def test_number_at_risk_under_left_truncation_is_r_s():
    # summary(survfit(Surv(c(0,0,1,2,2.5), 1:5, c(1,1,0,1,0)) ~ 1), times = ..., extend = TRUE)$n.risk
    curve = kaplan_meier([1, 2, 3, 4, 5], [1, 1, 0, 1, 0], entry=[0, 0, 1, 2, 2.5])
    assert curve.number_at_risk([0, 1, 1.5, 2, 2.5, 3, 3.5, 6]).tolist() == [2, 2, 2, 2, 3, 3, 2, 0]


def test_follow_up_is_the_median_of_the_censoring_times():
    # the death at 1 leaves two censorings at 2 and 4: reverse curve 1/2 on [2, 4)
    follow_up = median_follow_up([1, 2, 4], [1, 0, 0])
    assert (follow_up.quantile, follow_up.events) == (3, 2)
    twice = median_follow_up([1, 2, 4], [1, 0, 0], weights=[1, 2, 1])
    assert (twice.quantile, twice.events) == (2, 3)


def test_landmark_difference_by_hand():
    arm1 = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).at(2)[0]
    arm0 = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).at(2)[0]
    difference = landmark_difference(arm1, arm0)
    error = np.sqrt(0.75**2 / 12 + 0.5**2 * (1 / 12 + 1 / 6))
    assert difference.survival_difference == pytest.approx(0.25)
    assert difference.standard_error == pytest.approx(error)
    assert difference.ci_upper == pytest.approx(0.25 + Z * error)
    assert difference.z == pytest.approx(0.25 / error)
    assert difference.p_value == pytest.approx(0.4497, abs=5e-5)  # z = sqrt(4/7) = 0.7559
    assert (difference.n, difference.events) == (8, 3)
    swapped = landmark_difference(arm0, arm1)
    assert swapped.survival_difference == -difference.survival_difference
    assert swapped.p_value == difference.p_value


def test_landmark_difference_without_events_or_patients():
    quiet = kaplan_meier([1, 2], [0, 0]).at(1)[0]
    dead = kaplan_meier([1, 1], [1, 1]).at(1)[0]
    nobody = kaplan_meier([], []).at(1)[0]
    assert landmark_difference(quiet, quiet).note == "no interval or test: no event in either arm by this time"
    over = landmark_difference(quiet, dead)
    assert (over.survival_difference, over.p_value) == (1, None)
    assert over.note == "no interval or test: survival is 0 in an arm, where Greenwood's error does not exist"
    assert landmark_difference(quiet, nobody).reason == "no patients in arm 0"
    with pytest.raises(ValueError, match="different times"):
        landmark_difference(quiet, kaplan_meier([1], [1]).at(2)[0])


def test_landmark_difference_on_the_log_log_scale_by_hand():
    # Klein et al. (2007): log(-log S), error of log S over log S; S = 3/4 and 1/2, Greenwood sums 1/12 and 1/4
    arm1 = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0], conf_type="log-log").at(2)[0]
    arm0 = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0], conf_type="log-log").at(2)[0]
    difference = landmark_difference(arm1, arm0, scale="log-log")
    z = (np.log(np.log(2)) - np.log(np.log(4 / 3))) / np.sqrt(1 / 12 / np.log(4 / 3) ** 2 + 1 / 4 / np.log(2) ** 2)
    assert (difference.survival_difference, difference.z) == pytest.approx((0.25, z))
    assert difference.p_value == pytest.approx(2 * stats.norm.sf(z))
    # Zou & Donner (2008): distances of each arm's own limits, joined as errors are
    assert difference.ci_lower == pytest.approx(0.25 - np.hypot(0.75 - arm1.ci_lower, arm0.ci_upper - 0.5))
    assert difference.ci_upper == pytest.approx(0.25 + np.hypot(arm1.ci_upper - 0.75, 0.5 - arm0.ci_lower))
    assert "log-log" in difference.method
    swapped = landmark_difference(arm0, arm1, scale="log-log")
    assert (swapped.z, swapped.ci_lower) == pytest.approx((-z, -difference.ci_upper))
    quiet = kaplan_meier([1, 2], [0, 0]).at(1)[0]
    one = landmark_difference(quiet, kaplan_meier([1, 2], [1, 0]).at(1)[0], scale="log-log")
    assert (one.survival_difference, one.p_value) == (0.5, None)
    assert one.note == "no interval or test: survival is 1 in an arm, where the log-log scale does not exist"
    with pytest.raises(ValueError, match="scale must be 'plain' or 'log-log'"):
        landmark_difference(arm1, arm0, scale="logit")


def test_nelson_aalen_limits_are_those_of_r():
    # survfit(Surv(t, e) ~ 1, stype = 2, ctype = 1 or 2, conf.type = "log-log") on these six, at 2, 4 and 5
    hazard = nelson_aalen(SIX_TIMES, SIX_EVENTS)
    at = [1, 3, 4]
    assert hazard.survival[at] == pytest.approx(R_FLEMING_HARRINGTON["survival"], abs=6e-8)
    assert hazard.survival_ci_lower[at] == pytest.approx(R_FLEMING_HARRINGTON["lower"], abs=6e-8)
    assert hazard.survival_ci_upper[at] == pytest.approx(R_FLEMING_HARRINGTON["upper"], abs=6e-8)
    # by hand at 2: 1/5, error 1/5, so 0.2 exp(-+ z)
    assert (hazard.ci_lower[1], hazard.ci_upper[1]) == pytest.approx((0.2 * np.exp(-Z), 0.2 * np.exp(Z)))
    assert np.isnan([hazard.ci_lower[0], hazard.survival_ci_upper[0]]).all()
    assert (hazard.level, hazard.note) == (0.95, None)
    assert nelson_aalen([1, 2], [0, 0]).note == "no events"


def test_nelson_aalen_by_hand():
    hazard = nelson_aalen([1, 2, 2, 3], [1, 1, 1, 0])
    assert hazard.cumulative_hazard == pytest.approx([1 / 4, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3])
    assert hazard.standard_error[1] == pytest.approx(np.sqrt(1 / 16 + 2 / 9))
    one_by_one = nelson_aalen([1, 2, 2, 3], [1, 1, 1, 0], ties="efron")
    assert one_by_one.cumulative_hazard[1] == pytest.approx(1 / 4 + 1 / 3 + 1 / 2)
    # two tied deaths of weights 2 and 1 among 5: each takes half of 3 (R: survfit(ctype = 2) gives 0.728571)
    weighted = nelson_aalen([1, 1, 2], [1, 1, 0], weights=[2, 1, 2], ties="efron")
    assert weighted.cumulative_hazard[0] == pytest.approx(1.5 / 5 + 1.5 / 3.5)
    assert [v.tolist() for v in hazard.at([0.5])] == [[0], [0], [1]]
    with pytest.raises(ValueError, match="ties must be"):
        nelson_aalen([1], [1], ties="breslow")


# --- ties by rounding --------------------------------------------------------------------------------------------


def test_times_equal_up_to_rounding_are_tied():
    noisy = kaplan_meier([0.1 + 0.2, 0.3, 0.5], [1, 0, 1])
    exact = kaplan_meier([0.3, 0.3, 0.5], [1, 0, 1])
    assert noisy.time.tolist() == [0.3, 0.5]
    np.testing.assert_array_equal(noisy.survival, exact.survival)
    assert kaplan_meier([0.1 + 0.2, 0.3, 0.5], [0, 1, 1]).survival[0] == pytest.approx(2 / 3)


def test_a_curve_is_read_at_times_equal_up_to_rounding():
    curve = kaplan_meier([0.1 + 0.2, 0.5], [1, 0])
    (mark,) = curve.at(0.3)
    assert (mark.survival, mark.at_risk) == (0.5, 2)
    assert curve.at(0.3 - 1e-6)[0].survival == 1
    assert curve.counts_at(0.3)[0].events == 1
    assert kaplan_meier([0.3, 0.5], [1, 0]).number_at_risk(0.1 + 0.2) == [2]
    assert kaplan_meier([0.3], [0]).at(0.1 + 0.2)[0].note is None
    assert nelson_aalen([0.1 + 0.2, 0.5], [1, 0]).at(0.3)[0] == [0.5]


def test_fix_ties_takes_the_smallest_over_all_arrays():
    entry, exit_ = fix_ties([0.1 + 0.2, 0.0], [[1.0, 0.3]])
    assert entry.tolist() == [0.3, 0.0]
    assert exit_.tolist() == [[1.0, 0.3]]
    assert fix_ties() == ()


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9])
def test_the_unit_of_time_does_not_matter(unit):
    # R's additional absolute tolerance would tie all three times in the small unit
    curve = kaplan_meier(np.array([1.0, 1.0 + 1e-9, 2.0, 3.0]) * unit, [1, 1, 1, 0])
    assert curve.at_risk.tolist() == [4, 2, 1]


def test_entry_equal_to_exit_up_to_rounding_is_refused():
    with pytest.raises(ValueError, match=r"entry must be before time .* at positions 1"):
        kaplan_meier([1, 0.1 + 0.2], [1, 1], entry=[0, 0.3])


# --- degenerate data ---------------------------------------------------------------------------------------------


def test_nobody():
    curve = kaplan_meier([], [])
    assert (curve.n, curve.reason, curve.survival.size) == (0, "no patients", 0)
    assert curve.quantile().reason == "no patients"
    mark = curve.at(1)[0]
    assert (mark.survival, mark.reason) == (None, "no patients")
    assert curve.number_at_risk([0, 1]).tolist() == [0, 0]
    assert median_follow_up([], []).reason == "no patients"
    assert nelson_aalen([], []).reason == "no patients"


def test_one_patient():
    died, left = kaplan_meier([3], [1]), kaplan_meier([3], [0])
    assert died.quantile().quantile == 3
    assert died.survival.tolist() == [0]
    assert left.survival.tolist() == [1]


def test_no_events():
    curve = kaplan_meier([1, 2], [0, 0])
    assert curve.note == "no events"
    assert curve.survival.tolist() == [1, 1]
    assert curve.quantile().reason == "the survival curve does not fall below 0.5"


def test_event_at_time_zero_counts():
    assert kaplan_meier([0, 1], [1, 0]).at(0)[0].survival == 0.5
    assert kaplan_meier([-0.0, 0.0, 1], [1, 1, 0]).at_risk.tolist() == [3, 1]


def test_survival_conditional_on_a_start_by_hand():
    # beyond 1: events 5 (4 at risk), 7 (3) and 8 (2); the patient who ends at 1 is out
    time, event, entry = [1, 5, 6, 7, 8, 8], [1, 1, 0, 1, 0, 1], [0, 2, 2, 3, 0, 5]
    curve = kaplan_meier(time, event, entry=entry, start=1)
    assert curve.survival == pytest.approx([3 / 4, 3 / 4, 1 / 2, 1 / 4])
    assert curve.standard_error[2] == pytest.approx(0.5 * np.sqrt(1 / 12 + 1 / 6))
    assert (curve.n, curve.start, curve.at(1)[0].survival) == (5, 1.0, 1)
    assert curve.note == "rows that end by the start at 1 and are left out: 1"
    with pytest.raises(ValueError, match=r"of at least 1$"):
        curve.at(0.5)
    over = kaplan_meier(time, event, entry=entry, start=8)
    assert (over.n, over.reason) == (0, "no patients followed beyond the start at 8")
    for start in (-1, np.nan):
        with pytest.raises(ValueError, match="start must be finite and not negative"):
            kaplan_meier(time, event, start=start)
    # 0.1 + 0.2 has ended by 0.3
    assert kaplan_meier([0.1 + 0.2, 1], [1, 0], start=0.3).n == 1


@given(cohorts, st.booleans(), st.integers(0, 6))
def test_conditional_survival_is_the_ratio_of_survivals(rows, truncated, start):
    t, e, _ = columns(rows)
    t = t + 1
    entry = np.maximum(t - 4, 0) if truncated else None
    whole, conditional = kaplan_meier(t, e, entry=entry), kaplan_meier(t, e, entry=entry, start=start)
    later = whole.time > start
    before = whole.at(start)[0].survival
    if not before or not later.any():
        return
    np.testing.assert_array_equal(conditional.time, whole.time[later])
    np.testing.assert_array_equal(conditional.at_risk, whole.at_risk[later])
    np.testing.assert_allclose(conditional.survival, whole.survival[later] / before, atol=1e-12)


@given(cohorts)
def test_the_start_offered_where_a_risk_set_empties_gives_a_curve(rows):
    t, e, w = columns(rows)
    t = t + 1
    entry = np.maximum(t - w, 0)
    curve = kaplan_meier(t, e, entry=entry)
    if curve.note is None or "risk set empties" not in curve.note:
        return
    offered = float(curve.note.split("beyond ")[1].split(" ")[0])
    later = kaplan_meier(t, e, entry=entry, start=offered)
    assert later.note is None or "risk set empties" not in later.note


def test_emptied_risk_set_is_noted():
    curve = kaplan_meier([1, 5, 6], [1, 1, 0], entry=[0, 2, 2])
    assert curve.survival.tolist() == [0, 0, 0]
    assert curve.note == (
        "the risk set empties while later patients are still to enter: survival is 0 from there on; "
        "a curve conditional on survival beyond 1 (start) does not"
    )
    assert kaplan_meier([1, 5, 6], [1, 1, 0], entry=[0, 2, 2], start=1).survival.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("bad", "position"), [(np.nan, 1), (-1.0, 1), (np.inf, 1)])
def test_impossible_times_are_named_by_position(bad, position):
    with pytest.raises(
        ValueError, match=rf"time must be finite and not negative; 1 at fault, at positions {position}$"
    ):
        kaplan_meier([1.0, bad, 2.0], [1, 0, 1])


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        ([1, 2, 2], "1, 2"),
        ([0, 1, 2], "0, 1, 2"),
        (["dead", "alive", "dead"], "alive, dead"),
        ([0, 1, np.nan], "0.0, 1.0, nan"),
    ],
)
def test_other_event_codes_are_named(event, codes):
    with pytest.raises(ValueError, match=f"distinct codes found: {codes}$"):
        kaplan_meier([1, 2, 3], event)


def test_wrong_shapes_and_weights():
    with pytest.raises(ValueError, match="event has 1 entries, time has 2"):
        kaplan_meier([1, 2], [1])
    with pytest.raises(ValueError, match="event must be one-dimensional"):
        kaplan_meier([1, 2], [[1, 0]])
    with pytest.raises(ValueError, match="time must be one-dimensional"):
        kaplan_meier([[1, 2]], [1])
    with pytest.raises(ValueError, match="time must be an array of numbers"):
        kaplan_meier(["a"], [1])
    with pytest.raises(ValueError, match="weights must be finite and greater than 0; 1 at fault, at positions 0"):
        kaplan_meier([1, 2], [1, 0], weights=[0, 1])
    with pytest.raises(ValueError, match="times must be"):
        kaplan_meier([1], [1]).at([-1])


# --- properties --------------------------------------------------------------------------------------------------


@given(cohorts, st.randoms(use_true_random=False))
def test_order_of_patients_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    (t, e, w), (t2, e2, w2) = columns(rows), columns(shuffled)
    for one, two in ((kaplan_meier(t, e), kaplan_meier(t2, e2)),
                     (kaplan_meier(t, e, weights=w), kaplan_meier(t2, e2, weights=w2))):  # fmt: skip
        np.testing.assert_array_equal(one.survival, two.survival)
        np.testing.assert_array_equal(one.ci_lower, two.ci_lower)


@given(cohorts)
def test_a_weight_is_that_many_patients(rows):
    t, e, w = columns(rows)
    repeats = w.astype(int)
    weighted, repeated = kaplan_meier(t, e, weights=w), kaplan_meier(np.repeat(t, repeats), np.repeat(e, repeats))
    for name in ("time", "at_risk", "events", "censored", "survival", "standard_error", "ci_upper"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-12, err_msg=name)


@given(cohorts, st.booleans(), st.sampled_from([None, "whole", "fractional"]))
def test_counting_by_day_and_sorting_agree(rows, truncated, weighting):
    # whole times are counted, others sorted: thirds of a day take the second way
    t, e, w = columns(rows)
    entry = np.maximum(t - 3, 0) if truncated else None
    t = t + 1
    weights = {None: None, "whole": w, "fractional": w / 4}[weighting]
    days = kaplan_meier(t, e, entry=entry, weights=weights)
    thirds = kaplan_meier(t / 3, e, entry=None if entry is None else entry / 3, weights=weights)
    np.testing.assert_allclose(thirds.time * 3, days.time, rtol=1e-12)
    for name in ("at_risk", "events", "censored", "survival", "standard_error", "ci_lower"):
        np.testing.assert_allclose(getattr(thirds, name), getattr(days, name), rtol=1e-9, atol=1e-12, err_msg=name)
    efron = [nelson_aalen(t / unit, e, weights=weights, ties="efron").cumulative_hazard for unit in (1, 3)]
    np.testing.assert_allclose(*efron, rtol=1e-9)


@given(cohorts)
def test_a_split_weight_leaves_the_curve(rows):
    t, e, w = columns(rows)
    halves = kaplan_meier(np.tile(t, 2), np.tile(e, 2), weights=np.tile(w / 2, 2))
    np.testing.assert_allclose(halves.survival, kaplan_meier(t, e, weights=w).survival, rtol=1e-12)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_without_censoring_it_is_the_empirical_survival_function(times):
    curve = kaplan_meier(times, np.ones(len(times)))
    empirical = np.array([np.mean(np.array(times) > t) for t in curve.time])
    np.testing.assert_allclose(curve.survival, empirical, atol=1e-12)
    # and Greenwood's error is the binomial one
    inside = empirical > 0
    binomial = np.sqrt(empirical * (1 - empirical) / len(times))
    np.testing.assert_allclose(curve.standard_error[inside], binomial[inside], atol=1e-12)


@given(cohorts)
def test_counts_balance(rows):
    t, e, _ = columns(rows)
    curve = kaplan_meier(t, e)
    assert curve.at_risk[0] == len(t)
    np.testing.assert_array_equal(np.diff(curve.at_risk), -(curve.events + curve.censored)[:-1])
    last = curve.counts_at([99])[0]
    assert (last.events, last.censored) == (e.sum(), (~e).sum())


# --- a second witness --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "time", "event"),
    [("load_waltons", "T", "E"), ("load_gbsg2", "time", "cens"), ("load_rossi", "week", "arrest")],
)
def test_lifelines_agrees_on_its_own_data(dataset, time, event):
    rows = getattr(lifelines.datasets, dataset)()
    theirs = lifelines.KaplanMeierFitter().fit(rows[time], rows[event])
    ours = kaplan_meier(rows[time].to_numpy(), rows[event].to_numpy(), conf_type="log-log")
    table = theirs.event_table[theirs.event_table["removed"] > 0]
    np.testing.assert_array_equal(ours.time, table.index)
    np.testing.assert_array_equal(ours.at_risk, table["at_risk"])
    survival = theirs.survival_function_.loc[ours.time].to_numpy().ravel()
    np.testing.assert_allclose(ours.survival, survival, atol=1e-12)
    limits = theirs.confidence_interval_.loc[ours.time].to_numpy()
    inside = (ours.survival > 1e-12) & (ours.survival < 1)
    np.testing.assert_allclose(np.c_[ours.ci_lower, ours.ci_upper][inside], limits[inside], rtol=1e-9)


@pytest.mark.parametrize("efron", [False, True])
def test_lifelines_agrees_on_the_cumulative_hazard(efron):
    rows = lifelines.datasets.load_rossi()
    theirs = lifelines.NelsonAalenFitter(nelson_aalen_smoothing=efron).fit(rows["week"], rows["arrest"])
    ours = nelson_aalen(rows["week"], rows["arrest"], ties="efron" if efron else "nelson-aalen")
    expected = theirs.cumulative_hazard_.loc[ours.time].to_numpy().ravel()
    np.testing.assert_allclose(ours.cumulative_hazard, expected, rtol=1e-12)
    if efron:  # without smoothing lifelines takes d (n - d) / ((n - 1) n^2) for the variance, R and we d / n^2
        limits = theirs.confidence_interval_.loc[ours.time].to_numpy()
        np.testing.assert_allclose(np.c_[ours.ci_lower, ours.ci_upper], limits, rtol=1e-9)
