"""Fine-Gray and cause-specific regression: hand computations, the slow twin, R, and the inputs without an estimate."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given

from stratify.stats.cause_specific import cause_specific_cox
from stratify.stats.censoring_weights import CensoringWeights, censoring_weights
from stratify.stats.cox import cox
from stratify.stats.cumulative_incidence import cumulative_incidence
from stratify.stats.fine_gray import FineGrayFit, fine_gray
from stratify.stats.inputs import SurvivalInput
from stratify.stats.risk_sets import risk_sets
from stratify.stats.subdistribution import SubdistributionLikelihood
from unit.stats.competing import CAUSE, CAUSES, COVARIATES, ENTRY, GROUP, STRATUM, TIME, WEIGHT, X
from unit.stats.slow_fine_gray import SlowFineGray

RELAPSE: dict[str, Any] = {"causes": CAUSES, "interest": "relapse"}

# --- by hand

FOUR = {"time": [1, 2, 3, 4], "cause": [1, 2, 0, 1], "x": [[1], [1], [1], [0]], "names": ["arm"], **RELAPSE}
"""After its death at 2 the second patient counts 1 at 3, and at 4 a half, one of two having been censored at 3.

With r = exp(b) the likelihood is r / (3r + 1) x 1 / (1 + r / 2); its logarithm has the slope
1 - 3r / (3r + 1) - r / (2 + r), zero where 2 + r = r (3r + 1), so r = sqrt(2/3).
"""
R = math.sqrt(2 / 3)
P1, P2 = 3 * R / (3 * R + 1), R / (R + 2)  # the share of arm 1 among those at risk at 1 and at 4
H1, H2 = 1 / (3 * R + 1), 1 / (1 + R / 2)  # the baseline's steps


def test_estimate_of_four_patients() -> None:
    fit = fine_gray(**FOUR)
    assert fit.term("arm").hazard_ratio == pytest.approx(R, rel=1e-6)
    assert fit.model.log_likelihood_null == pytest.approx(-math.log(4 * 3 / 2))
    assert fit.model.log_likelihood == pytest.approx(math.log(R / (3 * R + 1) / (1 + R / 2)), rel=1e-9)
    assert (fit.model.n, fit.model.events, fit.competing_events) == (4, 2, 1)


def test_variances_of_four_patients() -> None:
    """Each patient's own event less the hazard met; the censored one then moves the weight at 4 of the second."""
    met = [R * H1 * (1 - P1), R * H1 * (1 - P1) + R / 2 * H2 * (1 - P2), R * H1 * (1 - P1), -H1 * P1 - H2 * P2]
    own = [1 - P1, 0, 0, -P2]
    residuals = np.subtract(own, met)
    information = P1 * (1 - P1) + P2 * (1 - P2)
    known = fine_gray(**FOUR, convention="finegray").term("arm")
    assert known.standard_error == pytest.approx(math.sqrt((residuals**2).sum()) / information, rel=1e-6)
    assert known.standard_error_model_based == pytest.approx(information**-0.5, rel=1e-6)
    # Two are followed at 3: the censored patient's martingale is 1 - 1/2 there, the last one's -1/2, each over 2.
    moved = R / 2 * H2 * (1 - P2) / 2
    residuals += [0, 0, moved / 2, -moved / 2]
    estimated = fine_gray(**FOUR).term("arm")
    assert estimated.standard_error == pytest.approx(math.sqrt((residuals**2).sum()) / information, rel=1e-6)


def test_predicted_incidence_of_four_patients() -> None:
    fit = fine_gray(**FOUR)
    predicted = fit.cumulative_incidence([[0], [1]], [0.5, 1, 3.9, 4, 9])
    hazard = np.array([0, H1, H1, H1 + H2, H1 + H2])
    assert predicted.incidence == pytest.approx(1 - np.exp(-np.outer([1, R], hazard)), rel=1e-6)
    assert predicted.note == "after the last observed time: carried forward"
    assert fit.cumulative_incidence([[0]], [4]).note is None
    assert fit.cumulative_incidence([[-1e6]], [0.5, 4]).incidence.tolist() == [[0, 1]]


def test_an_event_tied_with_a_censoring() -> None:
    """One dies of the other cause at 2; at 3 one relapses and one is censored; one relapses at 4.

    For ``crr`` three could have been censored at 3, so the first counts 2/3 at 4; for ``finegray`` the relapse has
    left and the first counts 1/2.
    """
    rows = {"time": [2, 3, 3, 4], "cause": [2, 1, 0, 1], "x": [[0], [1], [1], [0]], "names": ["x"], **RELAPSE}
    assert fine_gray(**rows).model.log_likelihood_null == pytest.approx(-math.log(4 * (1 + 2 / 3)))
    known = fine_gray(**rows, convention="finegray")
    assert known.model.log_likelihood_null == pytest.approx(-math.log(4 * (1 + 1 / 2)))


def test_delayed_entry() -> None:
    """A is taken by the other cause at 2, C enters at 1 and is censored at 4, D enters at 3 (B from 0, relapse at 5).

    Of the three seen at 3 one has just entered: just before 2 only 2/3 would have. Of three followed at 4 one is
    censored. A counts (1 x 2/3) / (2/3 x 1) = 1 at 5, among B and D, and 1 at D's relapse at 6.
    """
    fit = fine_gray(
        [2, 5, 4, 6],
        [2, 1, 0, 1],
        [[0], [1], [1], [0]],
        names=["x"],
        entry=[0, 0, 1, 3],
        convention="finegray",
        **RELAPSE,
    )
    assert fit.model.log_likelihood_null == pytest.approx(-math.log(3 * 2))


# --- the slow twin


@st.composite
def problems(draw: st.DrawFn) -> SlowFineGray:
    n, p = draw(st.integers(3, 14)), draw(st.integers(1, 2))

    def vector(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    steps, convention = vector(st.integers(1, 6)), draw(st.sampled_from(["crr", "finegray"]))
    unit = draw(st.sampled_from([1.0, 0.1]))
    late = vector(st.integers(0, 5)) if convention == "finegray" and draw(st.booleans()) else np.zeros(n, int)
    cause = vector(st.integers(0, 2))
    cause[0] = 1
    return SlowFineGray(
        time=steps * unit,
        cause=cause,
        x=np.column_stack([vector(st.integers(-2, 2)) for _ in range(p)]).astype(float),
        source=np.unique(vector(st.integers(0, 1)), return_inverse=True)[1]
        if draw(st.booleans())
        else np.zeros(n, int),
        entry=np.where(late < steps, late, 0) * unit,
        weights=vector(st.sampled_from([0.5, 1.0, 2.0])) if convention == "finegray" else np.ones(n),
        convention=convention,
    )


def weighted(slow: SlowFineGray) -> tuple[CensoringWeights, SubdistributionLikelihood]:
    data = SurvivalInput(slow.time, slow.cause == 1, slow.entry if slow.entry.any() else None, slow.weights)
    sets = risk_sets(data)
    beyond = censoring_weights(data, sets, slow.cause == 2, slow.source, slow.convention)  # type: ignore[arg-type]
    return beyond, SubdistributionLikelihood.weighted(slow.x, sets, beyond, slow.convention, slow.weights)  # type: ignore[arg-type]


@given(problems(), st.lists(st.floats(-1, 1), min_size=2, max_size=2))
def test_factored_weights_agree_with_the_slow_twin(slow: SlowFineGray, beta: list[float]) -> None:
    beyond, likelihood = weighted(slow)
    assume(not beyond.lost)
    varies = np.isfinite(likelihood.scale)
    scale, b = np.where(varies, likelihood.scale, 1), np.where(varies, beta[: slow.x.shape[1]], 0.0)
    point = likelihood.at(b * scale)
    value, gradient, information = slow.at(b)
    assert point.log_likelihood == pytest.approx(value, abs=1e-9)
    assert (point.gradient * scale)[varies] == pytest.approx(gradient[varies], abs=1e-9)
    inside = np.ix_(varies, varies)
    assert (point.information * np.outer(scale, scale))[inside] == pytest.approx(information[inside], abs=1e-9)
    order = np.arange(len(slow.time)) if likelihood.sets.order is None else likelihood.sets.order
    residuals = likelihood.score_residuals(b * scale) * scale
    assert residuals[:, varies] == pytest.approx(slow.residuals(b)[order][:, varies], abs=1e-9)
    assert likelihood.score_residuals(b * scale).sum(axis=0) == pytest.approx(point.gradient, abs=1e-9)


@given(problems())
def test_every_problem_is_answered(slow: SlowFineGray) -> None:
    """With estimates that are the maximum, or a reason for each that is missing; never a warning or a silent NaN."""
    crr = slow.convention == "crr"
    names = ["a", "b"][: slow.x.shape[1]]
    fit = fine_gray(
        slow.time,
        slow.cause,
        slow.x,
        names=names,
        censoring_group=slow.source,
        entry=None if crr else slow.entry,
        weights=None if crr else slow.weights,
        convention=slow.convention,  # type: ignore[arg-type]
        **RELAPSE,
    )
    for term, coefficient in zip(fit.model.terms, fit.model.coefficients, strict=True):
        answered = term.not_estimable or term.note or np.isfinite(coefficient)
        assert answered
    if np.all(np.isfinite(fit.model.coefficients)):
        assert slow.at(fit.model.coefficients)[1] == pytest.approx(0, abs=1e-3)
        probabilities = fit.cumulative_incidence(slow.x, [0, 3, 7]).incidence
        assert np.all((probabilities >= 0) & (probabilities <= 1))


@pytest.mark.parametrize("sources", [1, 2])
def test_residuals_are_what_each_patient_does_to_the_score(sources: int) -> None:
    """By the derivative of the score by each patient's weight, in the hazards of events and of censoring alike.

    Within 10 %: the variance has the steps of the censoring hazard divided by those at risk, the product limit by those
    who stay. ``crr`` with ``cengroup`` takes only the events of the patient's own group and is off by 63 % here.
    """
    rng = np.random.default_rng(4)
    n = 400
    time, cause = rng.permutation(np.arange(1.0, n + 1)), rng.choice(3, n, p=[0.35, 0.3, 0.35])
    x, source = rng.normal(size=(n, 1)), rng.integers(0, sources, n)
    slow = SlowFineGray(time, cause, x, source, np.zeros(n), np.ones(n), "crr")
    _, likelihood = weighted(slow)
    beta = np.array([0.4])
    through_events = replace(likelihood, convention="finegray").score_residuals(beta)
    through_censoring = (likelihood.score_residuals(beta) - through_events)[:, 0]

    def score(weight: np.ndarray) -> float:
        """With the events' part as it is and each patient's weight in the censoring distribution alone."""
        beyond = likelihood.beyond
        changed, by_time = beyond.weight.copy(), np.argsort(time)
        for c in range(sources):
            own = source[by_time] == c
            at_risk = np.cumsum((weight[by_time] * own)[::-1])[::-1]
            gone = weight[by_time] * own * (cause[by_time] == 0)
            stay = 1 - np.divide(gone, at_risk, out=np.zeros(n), where=at_risk > 0)
            known = changed[c] > 0
            changed[c, known] = np.append(1.0, np.cumprod(stay)[:-1])[known]
        group = likelihood.sets.group[beyond.rows]
        share = 1 / changed[beyond.source[beyond.rows], group]
        moved = replace(likelihood, beyond=replace(beyond, weight=changed, share=share))
        return float(moved.at(beta).gradient[0])

    assert score(np.ones(n)) == pytest.approx(likelihood.at(beta).gradient[0])
    slopes = np.empty(n)
    for i in range(n):
        step = np.zeros(n)
        step[i] = 1e-4
        slopes[i] = (score(1 + step) - score(1 - step)) / 2e-4
    assert likelihood.sets.order is None  # whole days: rows stay as they are
    assert np.linalg.norm(through_censoring - slopes) < 0.1 * np.linalg.norm(slopes)


# --- R on twenty patients: finegray, coxph, crr


def estimates(fit: FineGrayFit) -> np.ndarray:
    return np.concatenate([fit.model.coefficients, fit.model.covariance[np.triu_indices(2)]])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # crr(d$time, d$cause, cbind(d$x, d$g), gtol = 1e-14)
        ({}, [0.531228343026051, -0.279048939704883, 0.176733421444604, -0.121908037160452, 0.600688269871583]),
        # finegray(Surv(time, factor(cause, 0:2)) ~ x + g + id, d, etype = "1"), then
        # coxph(Surv(fgstart, fgstop, fgstatus) ~ x + g, fg, weights = fgwt, cluster = id, ties = "breslow")
        (
            {"convention": "finegray"},
            [0.535052970488911, -0.273699080983656, 0.177896656832480, -0.119986838412677, 0.595449624572828],
        ),
        # the same of Surv(entry, time, factor(cause, 0:2)) with id = id, weights = w
        (
            {"convention": "finegray", "entry": ENTRY, "weights": WEIGHT},
            [0.556275921257897, -0.697289165112020, 0.169634133120004, -0.143301443235502, 0.765876996732341],
        ),
    ],
)
def test_twenty_patients_as_r(options: dict[str, Any], expected: list[float]) -> None:
    fit = fine_gray(TIME, CAUSE, COVARIATES, names=["x", "g"], **RELAPSE, **options)
    assert estimates(fit) == pytest.approx(expected, rel=1e-6)


def test_predicted_incidence_as_r() -> None:
    """tail(predict(crr(...), matrix(c(0.5, 1), 1)), 1) and 1 - survfit(coxph(...))."""
    fits = (fine_gray(TIME, CAUSE, COVARIATES, names=["x", "g"], convention=c, **RELAPSE) for c in ("crr", "finegray"))
    found = [fit.cumulative_incidence([[0.5, 1]], 12).incidence[0, 0] for fit in fits]
    assert found == pytest.approx([0.424701858127474, 1 - 0.572159892521546], rel=1e-6)


def test_groups_of_censoring_as_r() -> None:
    """crr(..., cengroup = d$strat): the coefficients are the same; its variance leaves out a part, see above."""
    fit = fine_gray(TIME, CAUSE, COVARIATES, names=["x", "g"], censoring_group=STRATUM, **RELAPSE)
    assert fit.model.coefficients == pytest.approx([0.522524749052384, -0.306873056529411], rel=1e-6)
    assert fit.model.covariance == pytest.approx(
        np.array([[0.177940483669870, -0.124872947195869], [-0.124872947195869, 0.605164250064557]]), rel=0.02
    )
    assert "censoring weights in 2 groups" in fit.model.method


# --- special cases and invariances


@pytest.mark.parametrize("entry", [None, ENTRY])
def test_one_cause_is_cox(entry: np.ndarray | None) -> None:
    """Nobody is weighted: Breslow's likelihood and the Lin-Wei variance."""
    options = {"causes": ["any"], "interest": "any", "entry": entry, "convention": "finegray"}
    fit = fine_gray(TIME, CAUSE > 0, COVARIATES, names=["x", "g"], **options)
    plain = cox(TIME, CAUSE > 0, COVARIATES, names=["x", "g"], entry=entry, robust=True, ties="breslow")
    assert fit.model.coefficients == pytest.approx(plain.coefficients)
    assert fit.model.covariance == pytest.approx(plain.covariance)
    assert fit.model.log_likelihood == pytest.approx(plain.log_likelihood)
    assert fit.model.robust_score.chi_square == pytest.approx(plain.robust_score.chi_square)


@pytest.mark.parametrize("convention", ["crr", "finegray"])
def test_without_censoring_competing_events_are_never_over(convention: Any) -> None:
    cause = np.where(CAUSE == 0, 2, CAUSE)
    fit = fine_gray(TIME, cause, COVARIATES, names=["x", "g"], convention=convention, **RELAPSE)
    endless = np.where(cause == 2, 1000.0, TIME)
    plain = cox(endless, cause == 1, COVARIATES, names=["x", "g"], robust=True, ties="breslow")
    assert fit.model.coefficients == pytest.approx(plain.coefficients)
    assert fit.model.covariance == pytest.approx(plain.covariance)


def test_without_covariates_the_baseline_is_the_incidence() -> None:
    """The incidence is a product limit, the prediction an exponential: equal where each step is small."""
    rng = np.random.default_rng(1)
    time, cause = rng.exponential(size=4000), rng.integers(0, 3, 4000)
    fit = fine_gray(time, cause, np.empty((4000, 0)), names=[], **RELAPSE)
    curve = cumulative_incidence(time, cause, causes=CAUSES).curve("relapse")
    at = [0.1, 0.5, 1.0, 2.0]
    predicted = fit.cumulative_incidence(np.empty((1, 0)), at).incidence[0]
    assert predicted == pytest.approx([mark.incidence for mark in curve.at(at)], abs=1e-3)


@pytest.mark.parametrize("convention", ["crr", "finegray"])
def test_order_of_rows_units_and_origin_do_not_matter(convention: Any) -> None:
    order = np.random.default_rng(2).permutation(20)
    options = {"names": ["x", "g"], "convention": convention, **RELAPSE}
    fit = fine_gray(TIME, CAUSE, COVARIATES, censoring_group=STRATUM, **options)
    other = fine_gray(
        TIME[order] * 365.25,
        CAUSE[order],
        COVARIATES[order] * [1e9, 1] + [0, 5],
        censoring_group=STRATUM[order],
        **options,
    )
    unit = np.array([1e9, 1])
    assert other.model.coefficients * unit == pytest.approx(fit.model.coefficients, rel=1e-6)
    assert other.model.covariance * np.outer(unit, unit) == pytest.approx(fit.model.covariance, rel=1e-6)
    same = other.cumulative_incidence([[0.5e9, 6]], [8 * 365.25]).incidence
    assert same == pytest.approx(fit.cumulative_incidence([[0.5, 1]], [8]).incidence, rel=1e-6)


def test_a_group_of_censoring_that_ends_early_gives_no_weight_later() -> None:
    """Nobody of group 0 is followed beyond 3: at 5 its death at 1 counts nothing, as in R."""
    rows = {
        "time": [1, 3, 4, 5, 6],
        "cause": [2, 0, 2, 1, 0],
        "x": [[0], [1], [0], [1], [0]],
        "names": ["x"],
        **RELAPSE,
    }
    fit = fine_gray(**rows, censoring_group=[0, 0, 1, 1, 1])
    assert fit.model.log_likelihood_null == pytest.approx(-math.log(3))
    together = fine_gray(**rows)
    assert together.model.log_likelihood_null == pytest.approx(-math.log(3 + 3 / 4))


def test_missing_rows_are_counted() -> None:
    x = COVARIATES.copy()
    x[2, 0] = np.nan
    group = np.where(np.arange(20) == 5, -1, STRATUM)
    fit = fine_gray(TIME, CAUSE, x, names=["x", "g"], censoring_group=group, **RELAPSE)
    kept = np.delete(np.arange(20), [2, 5])
    without = fine_gray(TIME[kept], CAUSE[kept], x[kept], names=["x", "g"], censoring_group=group[kept], **RELAPSE)
    assert (fit.model.missing, fit.model.n) == (2, 18)
    assert estimates(fit) == pytest.approx(estimates(without))
    assert fit.model.notes[0].startswith("rows left out")


def test_times_apart_by_rounding_are_tied() -> None:
    apart = TIME / 10
    apart[3] = 0.1 + 0.2
    fits = (fine_gray(t, CAUSE, COVARIATES, names=["x", "g"], **RELAPSE) for t in (TIME, apart))
    first, second = (estimates(fit) for fit in fits)
    assert first == pytest.approx(second, rel=1e-9)


# --- without an estimate


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"time": [], "cause": [], "x": np.empty((0, 1))}, "no patients"),
        ({"cause": [0, 2, 0, 2]}, 'no events of "relapse"'),
        ({"x": [[1], [1], [1], [1]]}, '"arm" is constant: it does not differ between patients'),
        ({"time": [2], "cause": [1], "x": [[1]]}, '"arm" is constant: it does not differ between patients'),
    ],
)
@pytest.mark.parametrize("convention", ["crr", "finegray"])
def test_not_estimable(changed: dict[str, Any], reason: str, convention: Any) -> None:
    fit = fine_gray(**FOUR | changed, convention=convention)
    assert fit.model.not_estimable == reason
    assert fit.term("arm").not_estimable == reason
    assert fit.time.tolist() == []
    with pytest.raises(ValueError, match="nothing was fitted"):
        fit.cumulative_incidence([[1]], 1)


def test_one_group_without_events() -> None:
    """Only arm 1 relapses: the ratio is infinite, with its lower limit, and nothing can be predicted."""
    fit = fine_gray([1, 2, 3, 4, 5], [1, 2, 1, 0, 2], [[1], [0], [1], [0], [0]], names=["arm"], **RELAPSE)
    arm = fit.term("arm")
    assert (arm.hazard_ratio, arm.ci_upper, arm.standard_error) == (math.inf, math.inf, None)
    assert arm.ci_lower > 0
    assert "monotone likelihood" in arm.note
    with pytest.raises(ValueError, match="infinite"):
        fit.cumulative_incidence([[1]], 1)


def test_a_risk_set_that_empties_leaves_no_weights() -> None:
    """Both first patients have gone by 2 and all others enter later: before 3 nobody would have been followed."""
    rows = {"time": [1, 2, 5, 6], "cause": [2, 2, 1, 0], "x": [[0], [1], [1], [0]], "names": ["x"], **RELAPSE}
    fit = fine_gray(**rows, entry=[0, 0, 3, 3], convention="finegray")
    assert "the risk set empties under left truncation" in fit.model.not_estimable


def test_a_weighted_likelihood_has_no_ratio_test() -> None:
    fit = fine_gray(TIME, CAUSE, COVARIATES, names=["x", "g"], **RELAPSE)
    for test in (fit.model.likelihood_ratio, fit.model.score):
        assert test.p_value is None
        assert "no chi-square distribution" in test.not_estimable
    assert fit.model.wald.df == fit.model.robust_score.df == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"interest": "stroke"}, "not among the causes declared"),
        ({"cause": [1, 2, 0, 3]}, "distinct codes found: 0, 1, 2, 3"),
        ({"convention": "stata"}, "convention must be"),
        ({"entry": [0, 0, 0, 0]}, "neither entry times nor weights"),
        ({"weights": [1, 1, 1, 1]}, "neither entry times nor weights"),
        ({"censoring_group": [0, 1]}, "censoring_group has 2 entries"),
        ({"time": [1, 2, np.inf, 4]}, "positions 2"),
        ({"x": [[1], [1]]}, "x has shape"),
        ({"level": 0}, "level"),
        ({"names": []}, "x has shape"),
    ],
)
def test_input_that_is_answered(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fine_gray(**FOUR | changed)


def test_predictions_need_covariates_that_fit() -> None:
    fit = fine_gray(**FOUR)
    for x in ([[1, 2]], [1], [[np.nan]]):
        with pytest.raises(ValueError, match="x must hold finite numbers"):
            fit.cumulative_incidence(x, 1)
    with pytest.raises(ValueError, match="times"):
        fit.cumulative_incidence([[1]], -1)


# --- cause-specific


def test_cause_specific_models_are_cox_models_of_each_cause() -> None:
    options: dict[str, Any] = {"strata": STRATUM, "weights": WEIGHT, "entry": ENTRY, "ties": "breslow", "level": 0.9}
    models = cause_specific_cox(TIME, CAUSE, X[:, None], names=["x"], causes=CAUSES, **options)
    for code, name in enumerate(CAUSES, start=1):
        plain = cox(TIME, code == CAUSE, X[:, None], names=["x"], **options)
        assert models.fit(name).coefficients.tolist() == plain.coefficients.tolist()
        assert models.fit(name).method == f'cause-specific hazard of "{name}": {plain.method}'


def test_cause_specific_by_hand() -> None:
    """Deaths are censored to relapse, relapses to death."""
    models = cause_specific_cox(
        [1, 2, 3, 4, 2.5], [1, 2, 1, 0, 2], [[1], [1], [0], [1], [0]], names=["arm"], causes=CAUSES
    )
    # At 1 three of arm 1 and two of arm 0, at 3 one each: r / (3r + 2) x 1 / (r + 1), so 2 = 3r^2.
    assert models.fit("relapse").term("arm").hazard_ratio == pytest.approx(math.sqrt(2 / 3), rel=1e-6)
    # Deaths at 2 (arm 1) of two and two, at 2.5 (arm 0) of one and two: r / (2r + 2) x 1 / (r + 2), so r^2 = 2.
    assert models.fit("death").term("arm").hazard_ratio == pytest.approx(math.sqrt(2), rel=1e-6)


def test_a_cause_without_events_and_no_such_cause() -> None:
    models = cause_specific_cox([1, 2, 3], [1, 0, 1], GROUP[:3, None], names=["g"], causes=CAUSES)
    assert models.fit("death").not_estimable == "no events"
    with pytest.raises(ValueError, match="not among the causes declared"):
        models.fit("stroke")
    with pytest.raises(ValueError, match="distinct codes found: 1, 2, 3"):
        cause_specific_cox([1, 2, 3], [1, 2, 3], GROUP[:3, None], names=["g"], causes=CAUSES)
