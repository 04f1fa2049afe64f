"""Cumulative incidence: hand computations, R on twenty patients, its definition, and the inputs without an answer."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from lifelines import AalenJohansenFitter
from statsmodels.duration.survfunc import CumIncidenceRight

from stratify.stats.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from stratify.stats.survival import kaplan_meier
from unit.stats.competing import CAUSE, CAUSES, ENTRY, TIME, WEIGHT

# --- by hand

FIVE = {"time": [1, 2, 3, 4, 5], "cause": [1, 2, 0, 1, 2], "causes": CAUSES}
"""Event-free survival 4/5, 3/5, 3/5, 3/10, 0; relapse 1/5 at 1 and 3/5 x 1/2 more at 4; death 1/5 and 3/10."""


def test_five_patients() -> None:
    estimate = cumulative_incidence(**FIVE)
    assert estimate.event_free.survival == pytest.approx([4 / 5, 3 / 5, 3 / 5, 3 / 10, 0])
    assert estimate.curve("relapse").incidence == pytest.approx([1 / 5, 1 / 5, 1 / 5, 1 / 2, 1 / 2])
    assert estimate.curve("death").incidence == pytest.approx([0, 1 / 5, 1 / 5, 1 / 5, 1 / 2])
    assert estimate.curve("death").events.tolist() == [0, 1, 0, 0, 1]
    assert estimate.event_free.at_risk.tolist() == [5, 4, 3, 2, 1]


def test_aalen_variance_of_five_patients() -> None:
    """Relapse at 4: the event at 1 counts (1 - (3/10)/(4/5))^2 / 25, the death at 2 ((3/10)/(3/5))^2 (4/5)^2 / 16, the
    event at 4 itself (3/5)^2 / 4.
    """
    curve = cumulative_incidence(**FIVE, variance="aalen").curve("relapse")
    expected = (5 / 8) ** 2 / 25 + (1 / 2) ** 2 * (4 / 5) ** 2 / 16 + (3 / 5) ** 2 / 4
    assert curve.standard_error[3] ** 2 == pytest.approx(expected)
    assert curve.standard_error[0] ** 2 == pytest.approx(1 / 25)
    assert "Aalen variance" in curve.method


def test_aalen_variance_of_tied_events() -> None:
    """Two of five relapse at once: 2/25, less the share 1/4 that two draws without replacement have in common."""
    curve = cumulative_incidence([1, 1, 2, 2, 2], [1, 1, 0, 2, 2], causes=CAUSES, variance="aalen").curve("relapse")
    assert curve.standard_error[0] ** 2 == pytest.approx(2 / 25 * (1 - 1 / 4))


def test_jackknife_without_censoring_is_binomial() -> None:
    """Before any censoring the incidence is a share of n patients, with variance F (1 - F) / n."""
    curves = cumulative_incidence([1, 2, 3, 3, 4, 5], [1, 2, 1, 2, 1, 0], causes=CAUSES).curves
    for curve in curves:
        known = ~np.isnan(curve.standard_error)
        share = curve.incidence[known]
        assert curve.standard_error[known] ** 2 == pytest.approx(share * (1 - share) / 6)
        assert "infinitesimal-jackknife variance" in curve.method


def test_jackknife_of_five_patients() -> None:
    """Derivatives of the relapse incidence at 4, F = d1/Y(1) + S(2) d4/Y(4), by each patient's weight.

    With S(2) = (1 - d1/Y1)(1 - d2/Y2). The relapse at 1: (1 - 1/5)/5 at once, and of S(2) d4/Y4 = 3/10 its change
    -(1 - 1/5)/5 / (4/5) = -1/5 of it: 4/25 - 3/50. Everyone else: -1/25 + 3/10 x 1/20 at 1. The death at 2 further
    -(3/4)/4 / (3/4) of 3/10; those who outlive 2 further +1/16 / (3/4) of it; those at risk at 4 then
    +-(1/2)/2 x 3/5.
    """
    at_once, later = -1 / 25 + 3 / 200, 3 / 10 / 12
    first = 4 / 25 - 3 / 50
    second = at_once - 3 / 10 / 4
    third = at_once + later
    fourth, fifth = third + 3 / 20, third - 3 / 20
    assert first + second + third + fourth + fifth == pytest.approx(0)
    expected = first**2 + second**2 + third**2 + fourth**2 + fifth**2
    assert cumulative_incidence(**FIVE).curve("relapse").standard_error[3] ** 2 == pytest.approx(expected)


def test_log_log_limits() -> None:
    """F^exp(z se / (F log F)) and its mirror image, as for any probability."""
    curve = cumulative_incidence(**FIVE).curve("relapse")
    assert curve.conf_type == "log-log"
    f, half = 0.5, 1.959963984540054 * curve.standard_error[3] / 0.5
    stretch = np.exp(half / -np.log(f))
    assert curve.ci_lower[3] == pytest.approx(f**stretch)
    assert curve.ci_upper[3] == pytest.approx(f ** (1 / stretch))
    plain = cumulative_incidence(**FIVE, conf_type="plain", level=0.9).curve("relapse")
    assert plain.ci_lower[3] == pytest.approx(0.5 - 1.6448536269514722 * plain.standard_error[3])


def test_delayed_entry_is_open_on_the_left() -> None:
    """Who enters at 2 is not at risk for the relapse at 2: of two, not of three."""
    estimate = cumulative_incidence([2, 3, 5], [1, 0, 2], entry=[0, 0, 2], causes=CAUSES)
    assert estimate.curve("relapse").incidence[0] == pytest.approx(1 / 2)


def test_censored_leave_after_the_events_of_their_time() -> None:
    estimate = cumulative_incidence([2, 2, 2, 5], [1, 0, 2, 0], causes=CAUSES)
    assert [float(c.incidence[0]) for c in estimate.curves] == [0.25, 0.25]


def test_times_apart_by_rounding_are_tied() -> None:
    noisy = cumulative_incidence([0.3, 0.1 + 0.2, 1], [1, 2, 0], causes=CAUSES)
    assert noisy.event_free.time.tolist() == [0.3, 1]
    assert noisy.curve("death").at(0.3)[0].incidence == pytest.approx(1 / 3)


# --- R

# survfit(Surv(entry, time, factor(cause, 0:2)) ~ 1, d, id = 1:20, weights = w, conf.type = "log-log") at 3, 6, 9
BY_R = {
    "incidence": [
        [0.112605042016807, 0.311764705882353, 0.438095238095238],
        [0.188235294117647, 0.256862745098039, 0.312324929971989],
    ],
    "standard_error": [
        [0.0763882031504407, 0.1295003009803527, 0.1323774728218382],
        [0.117230916717318, 0.119534622175577, 0.125894100390749],
    ],
    "ci_lower": [
        [0.0180514922170518, 0.0959848696762354, 0.1842487452382214],
        [0.0311598151929596, 0.0700176110575586, 0.1008134800085379],
    ],
    "ci_upper": [
        [0.304828425758442, 0.560104361569263, 0.668513813863132],
        [0.447492201294785, 0.499177655704372, 0.554211659925287],
    ],
}
FREE_BY_R = [0.699159663865546, 0.431372549019608, 0.249579831932773]
FREE_ERROR_BY_R = [0.129647560608668, 0.136304753516571, 0.116885707133117]


def test_delayed_entry_and_weights_as_r() -> None:
    estimate = cumulative_incidence(TIME, CAUSE, causes=CAUSES, entry=ENTRY, weights=WEIGHT)
    for name, expected in BY_R.items():
        found = [[getattr(mark, name) for mark in curve.at([3, 6, 9])] for curve in estimate.curves]
        assert np.array(found) == pytest.approx(np.array(expected), rel=1e-12), name
    free = estimate.event_free.at([3, 6, 9])
    assert [m.survival for m in free] == pytest.approx(FREE_BY_R, rel=1e-12)
    assert [m.standard_error for m in free] == pytest.approx(FREE_ERROR_BY_R, rel=1e-12)


# --- other libraries


def test_statsmodels_and_lifelines_have_the_jackknife() -> None:
    ours = cumulative_incidence(TIME, CAUSE, causes=CAUSES)
    theirs = CumIncidenceRight(TIME, CAUSE)
    for k, curve in enumerate(ours.curves):
        assert curve.incidence == pytest.approx(theirs.cinc[k])
        known = curve.incidence > 0
        assert curve.standard_error[known] == pytest.approx(theirs.cinc_se[k][known])
    untied = TIME + np.arange(20) * 1e-3  # lifelines moves tied times apart at random
    fitted = AalenJohansenFitter().fit(untied, CAUSE, 1)
    curve = cumulative_incidence(untied, CAUSE, causes=CAUSES).curve("relapse")
    assert curve.incidence == pytest.approx(fitted.cumulative_density_.to_numpy()[1:, 0])
    assert curve.standard_error**2 == pytest.approx(fitted.variance_.to_numpy()[1:])


def test_scikit_survival_has_aalen_without_ties() -> None:
    """Its variance does not correct for ties."""
    nonparametric = pytest.importorskip("sksurv.nonparametric")
    untied = TIME + np.arange(20) * 1e-3
    _, incidence, limits = nonparametric.cumulative_incidence_competing_risks(
        CAUSE, untied, conf_type="log-log", var_type="Aalen"
    )
    ours = cumulative_incidence(untied, CAUSE, causes=CAUSES, variance="aalen")
    for k, curve in enumerate(ours.curves, start=1):
        known = curve.incidence > 0
        assert curve.incidence == pytest.approx(incidence[k])
        assert curve.ci_lower[known] == pytest.approx(limits[k][0][known])
        assert curve.ci_upper[known] == pytest.approx(limits[k][1][known])


# --- definition and invariances


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 14))

    def vector(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    time = vector(st.integers(1, 8)) * draw(st.sampled_from([1.0, 0.1]))
    problem = {"time": time, "cause": vector(st.integers(0, 2)), "causes": CAUSES}
    if draw(st.booleans()):
        problem["entry"] = time * vector(st.sampled_from([0.0, 0.0, 0.3, 0.7]))
    if draw(st.booleans()):
        problem["weights"] = vector(st.sampled_from([0.5, 1.0, 2.0]))
    return problem


def by_definition(problem: dict[str, Any], weights: np.ndarray, at: float, cause: int) -> float:
    """Step after step: the event-free share before each time, times the share of those at risk with the event."""
    time, codes = problem["time"], problem["cause"]
    entry = problem.get("entry", np.full(len(time), -1.0))
    free, incidence = 1.0, 0.0
    for t in np.unique(time[time <= at]):
        at_risk = weights[(entry < t) & (t <= time)].sum()
        incidence += free * weights[(time == t) & (codes == cause)].sum() / at_risk
        free *= 1 - weights[(time == t) & (codes > 0)].sum() / at_risk
    return incidence


@given(problems())
def test_estimates_and_jackknife_by_definition(problem: dict[str, Any]) -> None:
    """The variance is the sum of squares of each weight times the derivative of the incidence by it."""
    weights = problem.get("weights", np.ones(len(problem["time"])))
    estimate = cumulative_incidence(**problem)
    for code, curve in enumerate(estimate.curves, start=1):
        for i, t in enumerate(curve.time):
            assert curve.incidence[i] == pytest.approx(by_definition(problem, weights, t, code), abs=1e-12)
            if np.isnan(curve.standard_error[i]):
                continue
            total = 0.0
            for row, weight in enumerate(weights):
                step = np.zeros(len(weights))
                step[row] = 1e-6 * weight
                up, down = (by_definition(problem, weights + d, t, code) for d in (step, -step))
                total += ((up - down) / 2e-6) ** 2
            assert curve.standard_error[i] ** 2 == pytest.approx(total, rel=1e-5, abs=1e-9)


@given(problems())
def test_incidences_and_event_free_survival_add_up_to_one(problem: dict[str, Any]) -> None:
    estimate = cumulative_incidence(**problem)
    total = estimate.event_free.survival + sum(curve.incidence for curve in estimate.curves)
    assert total == pytest.approx(np.ones(len(total)), abs=1e-12)
    for curve in estimate.curves:
        assert np.all(np.diff(curve.incidence) >= -1e-15)
        known = ~np.isnan(curve.ci_lower)
        assert np.all(curve.ci_lower[known] <= curve.incidence[known] + 1e-12)
        assert np.all(curve.ci_upper[known] >= curve.incidence[known] - 1e-12)


def same(a: CumulativeIncidence, b: CumulativeIncidence, unit: float = 1.0) -> None:
    for one, other in zip(a.curves, b.curves, strict=True):
        assert other.time == pytest.approx(one.time * unit)
        for name in ("at_risk", "events", "incidence", "standard_error", "ci_lower", "ci_upper"):
            assert getattr(other, name) == pytest.approx(getattr(one, name), abs=1e-7, nan_ok=True), name


@given(problems(), st.randoms(use_true_random=False))
def test_order_of_rows_and_unit_of_time_do_not_matter(problem: dict[str, Any], random: Any) -> None:
    order = np.array(random.sample(range(len(problem["time"])), len(problem["time"])))
    shuffled = {k: v[order] if isinstance(v, np.ndarray) else v for k, v in problem.items()}
    same(cumulative_incidence(**problem), cumulative_incidence(**shuffled))
    scaled = {k: v * 365.25 if k in {"time", "entry"} else v for k, v in problem.items()}
    same(cumulative_incidence(**problem), cumulative_incidence(**scaled), 365.25)


@given(problems())
def test_a_row_of_weight_two_is_two_rows_to_the_estimate(problem: dict[str, Any]) -> None:
    weights = np.where(np.arange(len(problem["time"])) % 2, 1, 2)
    doubled = {k: np.repeat(v, weights) if isinstance(v, np.ndarray) else v for k, v in problem.items()}
    doubled.pop("weights", None)
    weighted = cumulative_incidence(**problem | {"weights": weights})
    for one, other in zip(weighted.curves, cumulative_incidence(**doubled).curves, strict=True):
        assert other.incidence == pytest.approx(one.incidence, abs=1e-12)


@pytest.mark.parametrize("variance", ["jackknife", "aalen"])
def test_one_cause_is_one_minus_kaplan_meier(variance: Any) -> None:
    curve = cumulative_incidence(TIME, CAUSE > 0, causes=["event"], variance=variance, conf_type="plain").curves[0]
    survival = kaplan_meier(TIME, CAUSE > 0, conf_type="plain")
    assert curve.incidence.tolist() == (1 - survival.survival).tolist()
    if variance == "jackknife":  # Aalen's sum differs from Greenwood's in the order of 1 / n
        assert curve.standard_error[1:] == pytest.approx(survival.standard_error[1:])
        assert curve.ci_lower[1:] == pytest.approx(1 - survival.ci_upper[1:])


def test_aalen_goes_with_greenwood() -> None:
    estimate = cumulative_incidence(TIME, CAUSE, causes=CAUSES, variance="aalen")
    assert "Greenwood" in estimate.event_free.method
    assert estimate.event_free.standard_error.tolist() == kaplan_meier(TIME, CAUSE > 0).standard_error.tolist()


# --- reading a curve


def test_counts() -> None:
    counts = cumulative_incidence(**FIVE).counts_at([0, 2.5, 9])
    assert [c.at_risk for c in counts] == [5, 3, 0]
    assert [c.events for c in counts] == [(0, 0), (1, 1), (2, 2)]
    assert [c.censored for c in counts] == [0, 0, 1]


def test_reading_before_between_and_after() -> None:
    curve = cumulative_incidence(**FIVE).curve("relapse")
    before, between, after = curve.at([0.5, 3.5, 7])
    assert (before.incidence, before.standard_error, before.at_risk) == (0, None, 5)
    assert before.note == "no event of this cause yet: no standard error and no interval"
    assert (between.incidence, between.at_risk, between.note) == (pytest.approx(0.2), 2, None)
    assert (after.incidence, after.at_risk) == (pytest.approx(0.5), 0)
    assert after.note == "after the last observed time: carried forward"
    assert after.events == 2


def test_time_to() -> None:
    curve = cumulative_incidence(**FIVE).curve("relapse")
    assert curve.time_to(0.3).quantile == 4
    assert curve.time_to(0.2).quantile == 2.5  # the step at exactly 0.2 lasts from 1 to 4
    never = curve.time_to(0.6)
    assert never.quantile is None
    assert never.reason == 'the cumulative incidence of "relapse" does not reach 0.6'
    limits = cumulative_incidence(TIME, CAUSE, causes=CAUSES).curve("relapse").time_to(0.3)
    assert limits.ci_lower < limits.quantile
    with pytest.raises(ValueError, match="strictly between"):
        curve.time_to(1)
    with pytest.raises(ValueError, match="rule"):
        curve.time_to(0.5, rule="stata")  # type: ignore[arg-type]


# --- without an answer


def test_a_cause_without_events() -> None:
    quiet = cumulative_incidence([1, 2, 3], [1, 0, 1], causes=CAUSES).curve("death")
    assert quiet.incidence.tolist() == [0, 0, 0]
    assert quiet.note == 'no events of "death"'
    assert quiet.time_to(0.5).reason is not None


def test_no_events_at_all() -> None:
    estimate = cumulative_incidence([1, 2], [0, 0], causes=CAUSES)
    assert [curve.note for curve in estimate.curves] == ['no events of "relapse"', 'no events of "death"']
    assert estimate.event_free.note == "no events"


def test_no_patients() -> None:
    estimate = cumulative_incidence([], [], causes=CAUSES)
    curve = estimate.curve("relapse")
    assert curve.reason == estimate.event_free.reason == "no patients"
    mark = curve.at(1)[0]
    assert (mark.incidence, mark.reason) == (None, "no patients")
    assert curve.time_to(0.5).reason == "no patients"
    assert estimate.counts_at(1)[0].events == (0, 0)


@pytest.mark.parametrize("conf_type", ["plain", "log", "log-log", "logit", "arcsin"])
def test_one_patient(conf_type: Any) -> None:
    """The incidence is 1 for certain: no error and no interval, and the reading says why."""
    curve = cumulative_incidence([1], [1], causes=CAUSES, conf_type=conf_type).curve("relapse")
    mark = curve.at(1)[0]
    assert (mark.incidence, mark.standard_error, mark.ci_lower) == (1, None, None)
    assert mark.note == "the incidence is 1: no standard error and no interval"


def test_a_risk_set_that_empties() -> None:
    estimate = cumulative_incidence([2, 5], [1, 2], entry=[0, 3], causes=CAUSES)
    assert "risk set empties" in estimate.curve("death").note


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cause": [1, 2, 3, 0, 0]}, r'0 \(censored\) and 1 \("relapse"\), 2 \("death"\); distinct codes found: 0, 1,'),
        ({"cause": ["dead", "alive", "dead", "alive", "alive"]}, "distinct codes found: alive, dead"),
        ({"cause": [1, 2, np.nan, 0, 0]}, "distinct codes found: 0.0, 1.0, 2.0, nan"),
        ({"cause": [[0], [1], [2], [0], [0]]}, "one-dimensional"),
        ({"cause": [1, 2, 0]}, "cause has 3 entries, time has 5"),
        ({"causes": []}, "at least one and all different"),
        ({"causes": ["a", "a"]}, "at least one and all different"),
        ({"causes": "ab"}, "at least one and all different"),
        ({"time": [[1, 2, 3, 4, 5]]}, "time must be one-dimensional"),
        ({"time": [1, -2, 3, 4, 5]}, "positions 1"),
        ({"time": [1, np.nan, 3, 4, np.inf]}, "positions 1, 4"),
        ({"entry": [0, 2, 0, 0, 0]}, "entry must be before time"),
        ({"weights": [1, 1, 0, 1, 1]}, "greater than 0"),
        ({"level": 95}, "level"),
        ({"variance": "greenwood"}, "variance must be one of"),
        ({"variance": "aalen", "entry": [0, 0, 0, 0, 0]}, "neither entry times nor weights"),
        ({"variance": "aalen", "weights": [1, 1, 1, 1, 2]}, "neither entry times nor weights"),
        ({"conf_type": "exact"}, "conf_type"),
    ],
)
def test_input_that_is_answered(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cumulative_incidence(**FIVE | changed)


def test_an_unknown_cause() -> None:
    with pytest.raises(ValueError, match='"stroke" is not among the causes declared: "relapse", "death"'):
        cumulative_incidence(**FIVE).curve("stroke")
