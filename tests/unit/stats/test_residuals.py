"""Residuals of a Cox model: by hand, by what they mean, against lifelines, and the fits that have none."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi

from stratify.stats.cox import cox
from stratify.stats.residuals import cox_residuals
from unit.stats.fitted_cox import Problem, fitted, problems, rearranged

ROOT = math.sqrt(2)


def test_three_patients() -> None:
    """Events at 1, 2, 3 with x = 0, 1, 0: with r = exp(b) the partial likelihood is r / (2 + r) / (1 + r), greatest
    at r = sqrt 2. The hazard steps are 1/(2+r) = 1 - r/2, 1/(1+r) = r - 1 and 1; the means of x in the risk sets
    r/(2+r) = r - 1, r/(1+r) = 2 - r and 0.
    """
    r = ROOT
    found = cox_residuals(cox([1, 2, 3], [1, 1, 1], [[0], [1], [0]], names=["x"]))
    # 1 - (1 - r/2); 1 - r (1 - r/2 + r - 1); 1 - (1 - r/2 + r - 1 + 1)
    assert found.martingale == pytest.approx([r / 2, 0, -r / 2], abs=1e-7)
    assert found.schoenfeld[:, 0] == pytest.approx([1 - r, r - 1, 0], abs=1e-7)
    # First: (0 - mean)(1 - step). Third: the means met, (r-1)(1-r/2) + (2-r)(r-1). Second: the sum is zero.
    score = np.array([r / 2 - 1, 7 - 5 * r, 4.5 * r - 6])
    assert found.score[:, 0] == pytest.approx(score, abs=1e-7)
    information = 2 * (r - 1) * (2 - r)  # mean (1 - mean) at the first two events
    assert found.dfbeta[:, 0] == pytest.approx(score / information, abs=1e-6)
    assert found.dfbetas[:, 0] == pytest.approx(score / math.sqrt(information), abs=1e-6)
    scaled = np.array([1 - r, r - 1, 0]) * 3 / information + math.log(r)
    assert found.scaled_schoenfeld[:, 0] == pytest.approx(scaled, abs=1e-6)
    # sign(M) sqrt(-2 (M + log(1 - M)))
    expected = [math.sqrt(-r - 2 * math.log(1 - r / 2)), 0, -math.sqrt(r - 2 * math.log(1 + r / 2))]
    assert found.deviance == pytest.approx(expected, abs=1e-6)


def test_tied_deaths_share_the_hazard_under_efron() -> None:
    """Two deaths at 1 and one patient left, no covariate: hazard 1/3 + 1/2 for who stays, 1/3 + 1/2 / 2 for the dead.

    Under Breslow all three met 2/3.
    """
    x = np.empty((3, 0))
    efron = cox_residuals(cox([1, 1, 2], [1, 1, 0], x, names=[]))
    assert efron.martingale == pytest.approx([1 - 7 / 12, 1 - 7 / 12, -5 / 6])
    breslow = cox_residuals(cox([1, 1, 2], [1, 1, 0], x, names=[], ties="breslow"))
    assert breslow.martingale == pytest.approx([1 / 3, 1 / 3, -2 / 3])


def test_a_unit_with_two_events() -> None:
    """Rows of one unit are added up: of 2 events with M = 2 - 5/3 the deviance is sqrt(-2 (M + 2 log(5/6))).

    Steps 1/3, 1/2, 1 at the events 1, 2, 3; unit 9 has the first and the last row, which met 1/3 and 11/6.
    """
    fit = cox([1, 2, 3], [1, 1, 1], np.empty((3, 0)), names=[])
    found = cox_residuals(fit, collapse=[9, 4, 9])
    assert found.row.tolist() == [4, 9]
    assert found.martingale == pytest.approx([1 - 5 / 6, 2 - 13 / 6])
    m = 2 - 13 / 6
    assert found.deviance[1] == pytest.approx(-math.sqrt(-2 * (m + 2 * math.log((2 - m) / 2))))


@given(problems())
def test_they_add_up_to_nothing(problem: Problem) -> None:
    fit = fitted(problem)
    found, weight = cox_residuals(fit), problem["weights"]
    strata = problem.get("strata", np.zeros(len(weight), int))
    for stratum in np.unique(strata):
        here = strata == stratum
        assert weight[here] @ found.martingale[here] == pytest.approx(0, abs=1e-9)
    assert weight @ found.score == pytest.approx([0, 0], abs=1e-5)
    event_weight = weight[found.event_row]
    assert event_weight @ found.schoenfeld == pytest.approx([0, 0], abs=1e-5)
    assert np.array_equal(problem["event"][found.event_row], np.ones(len(found.event_row)))
    assert found.event_time == pytest.approx(problem["time"][found.event_row])


@given(problems())
def test_dfbeta_is_the_derivative_of_the_estimate_by_the_weight(problem: Problem) -> None:
    """Refitted with the weight of one row a little up and down; also the square roots of the robust variance."""
    fit = fitted(problem)
    found = cox_residuals(fit)
    robust = cox(**problem, robust=True)
    assert found.dfbeta.T @ found.dfbeta == pytest.approx(robust.covariance, rel=1e-6, abs=1e-9)
    for i in (0, 1):
        near = []
        for factor in (0.999, 1.001):
            weights = problem["weights"].copy()
            weights[i] *= factor
            near.append(cox(**(problem | {"weights": weights})).coefficients)
        assert (near[1] - near[0]) / 0.002 == pytest.approx(found.dfbeta[i], rel=1e-3, abs=1e-4)


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(problem: Problem, random: object) -> None:
    n = len(problem["time"])
    order = np.array(random.sample(range(n), n))  # type: ignore[attr-defined]
    found, again = (cox_residuals(fitted(p)) for p in (problem, rearranged(problem, order)))
    for name in ("martingale", "deviance", "score", "dfbeta", "dfbetas"):
        assert getattr(again, name) == pytest.approx(getattr(found, name)[order], abs=1e-6), name
    listed, relisted = np.argsort(found.event_row), np.argsort(order[again.event_row])
    assert again.schoenfeld[relisted] == pytest.approx(found.schoenfeld[listed], abs=1e-6)


@given(problems())
def test_the_scale_of_a_covariate_is_that_of_its_residuals(problem: Problem) -> None:
    found = cox_residuals(fitted(problem))
    large = cox_residuals(cox(**(problem | {"x": problem["x"] * [1e6, 1] + [1e9, 0]})))
    assert large.martingale == pytest.approx(found.martingale, abs=1e-5)
    assert large.score == pytest.approx(found.score * [1e6, 1], rel=1e-5, abs=1e-5 * 1e6)
    assert large.dfbeta * [1e6, 1] == pytest.approx(found.dfbeta, abs=1e-5)
    assert large.dfbetas == pytest.approx(found.dfbetas, abs=1e-5)


@given(problems())
def test_a_weight_is_that_many_patients(problem: Problem) -> None:
    """Under Breslow; under Efron a death of weight two is not two tied deaths, in R neither."""
    twice = problem | {"ties": "breslow", "weights": np.where(np.arange(len(problem["time"])) == 0, 2.0, 1.0)}
    fit = fitted(twice)
    rows = np.append(np.arange(len(twice["time"])), 0)
    apart = cox_residuals(cox(**(rearranged(twice, rows) | {"weights": np.ones(len(rows))})))
    found = cox_residuals(fit)
    assert apart.martingale == pytest.approx(found.martingale[rows], abs=1e-6)
    assert apart.score == pytest.approx(found.score[rows], abs=1e-5)
    assert apart.dfbeta[0] * 2 == pytest.approx(found.dfbeta[0], abs=1e-6)


@given(problems())
def test_a_patient_cut_into_intervals_is_the_same_patient(problem: Problem) -> None:
    fit = fitted(problem)
    n, time = len(problem["time"]), problem["time"]
    entry = problem.get("entry", np.zeros(n))
    middle = (entry + time) / 2
    halves = rearranged(problem, np.tile(np.arange(n), 2)) | {
        "entry": np.concatenate([entry, middle]),
        "time": np.concatenate([middle, time]),
        "event": np.concatenate([np.zeros(n, bool), problem["event"]]),
    }
    found = cox_residuals(fit)
    again = cox_residuals(cox(**halves), collapse=np.tile(np.arange(n), 2))
    for name in ("martingale", "deviance", "score", "dfbeta"):
        assert getattr(again, name) == pytest.approx(getattr(found, name), abs=1e-5), name


def test_lifelines_agrees_without_ties() -> None:
    """With ties lifelines takes Breslow's hazard to Efron's estimate; its score residuals do not add up to zero."""
    frame = load_rossi()[["week", "arrest", "fin", "age", "prio"]].astype(float)
    frame["week"] += np.arange(len(frame)) / 1000
    names = ["fin", "age", "prio"]
    theirs = CoxPHFitter().fit(frame, "week", "arrest", fit_options={"precision": 1e-12})
    fit = cox(frame["week"], frame["arrest"], frame[names], names=names)
    found = cox_residuals(fit)
    for kind, ours in {"martingale": found.martingale, "deviance": found.deviance}.items():
        residuals = theirs.compute_residuals(frame, kind).sort_index()
        assert residuals[kind].to_numpy() == pytest.approx(ours, abs=1e-6), kind
    for kind, ours in {"schoenfeld": found.schoenfeld, "scaled_schoenfeld": found.scaled_schoenfeld}.items():
        residuals = theirs.compute_residuals(frame, kind).loc[found.event_row]
        shift = fit.coefficients if kind == "scaled_schoenfeld" else 0  # lifelines adds none
        assert residuals[names].to_numpy() == pytest.approx(ours - shift, abs=1e-6), kind


def test_rows_left_out_keep_the_others_in_place() -> None:
    x = np.array([[1.0], [np.nan], [0], [1], [0], [0]])
    fit = cox([4, 9, 2, 3, 1, 5], [1, 1, 1, 0, 1, 0], x, names=["x"])
    found = cox_residuals(fit)
    assert found.row.tolist() == [0, 2, 3, 4, 5]
    assert found.event_row.tolist() == [4, 2, 0]
    kept = cox_residuals(cox([4, 2, 3, 1, 5], [1, 1, 0, 1, 0], np.delete(x, 1, axis=0), names=["x"]))
    assert found.martingale == pytest.approx(kept.martingale)
    assert cox_residuals(fit, collapse=[7, -1, 7, 8, 8, 8]).row.tolist() == [7, 8]


def test_a_term_without_an_estimate_has_no_column() -> None:
    x = [[1, 5, 0], [0, 5, 1], [1, 5, 1], [0, 5, 0], [0, 5, 1]]
    found = cox_residuals(cox([1, 2, 3, 4, 5], [1, 1, 0, 1, 0], x, names=["a", "constant", "b"]))
    assert found.names == ("a", "b")
    assert found.score.shape == (5, 2)
    assert any("constant" in note for note in found.notes)


@pytest.mark.parametrize(
    ("time", "event", "x", "reason"),
    [
        ([], [], np.empty((0, 1)), "no patients"),
        ([1, 2], [0, 0], [[0], [1]], "no events"),
        ([5], [1], [[1]], "constant"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [[1], [1], [0], [0]], "infinite estimate of x: no residuals"),
    ],
)
def test_fits_without_residuals_say_why(time: list[float], event: list[int], x: list[list[float]], reason: str) -> None:
    found = cox_residuals(cox(time, event, x, names=["x"]))
    assert found.not_estimable is not None
    assert reason in found.not_estimable
    assert len(found.martingale) == 0


@pytest.mark.parametrize(("collapse", "message"), [([1, 2], "collapse has 2"), ([0, 1, -1], "missing")])
def test_bad_units_are_refused(collapse: list[int], message: str) -> None:
    fit = cox([1, 2, 3], [1, 1, 0], [[0.0], [1], [0]], names=["x"])
    with pytest.raises(ValueError, match=message):
        cox_residuals(fit, collapse=collapse)
