"""Competing risks against the values that R computed, each at the case's own tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import special

from stratify.stats.cause_specific import cause_specific_cox
from stratify.stats.censoring_weights import censoring_weights
from stratify.stats.concordance import concordance
from stratify.stats.cumulative_incidence import cumulative_incidence
from stratify.stats.fine_gray import fine_gray
from stratify.stats.gray import gray_test
from stratify.stats.inputs import SurvivalInput
from stratify.stats.risk_sets import risk_sets
from stratify.stats.subdistribution import SubdistributionLikelihood
from unit.stats.reference import assert_matches, column, load, tolerance
from unit.stats.test_reference_survival_cox import as_r

pytestmark = pytest.mark.shared

MGUS2 = ("pcm", "death")
MELANOMA = ("melanoma", "other")


def mgus2(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    progressed = column(rows, "pstat") == 1
    time = np.where(progressed, column(rows, "ptime"), column(rows, "futime"))
    return time, np.where(progressed, 1, 2 * column(rows, "death"))


def melanoma(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Status 1 melanoma death, 2 alive, 3 other death."""
    return column(rows, "time"), np.array([1, 0, 2])[column(rows, "status").astype(int) - 1]


def test_aalen_johansen_mgus2():
    case, rows = load("S-aj-mgus2")
    time, cause = mgus2(rows)
    marks = []
    for sex in ("F", "M"):
        own = (rows["sex"] == sex).to_numpy()
        estimate = cumulative_incidence(time[own], cause[own], causes=MGUS2, conf_type="log")
        at = case["parameters"]["times"]
        free = estimate.event_free.at(at)
        marks += list(zip(free, *(curve.at(at) for curve in estimate.curves), strict=True))
    actual = {
        "time": [free.time for free, *_ in marks],
        "pstate": [[free.survival, *(m.incidence for m in more)] for free, *more in marks],
        "std_err": [[m.standard_error for m in states] for states in marks],
        "lower": [[m.ci_lower for m in states] for states in marks],
        "upper": [[m.ci_upper for m in states] for states in marks],
        "states": ["(s0)", *MGUS2],
        "strata": [f"sex={sex}" for sex in "FM" for _ in case["parameters"]["times"]],
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_cuminc_mgus2():
    case, rows = load("S-cuminc-mgus2")
    time, cause = mgus2(rows)
    times, male = case["parameters"]["times"], (rows["sex"] == "M").to_numpy()
    estimates = {
        sex: cumulative_incidence(time[own], cause[own], causes=MGUS2, variance="aalen")
        for sex, own in (("F", ~male), ("M", male))
    }
    curves = [(sex, name) for name in MGUS2 for sex in "FM"]
    marks = [estimates[sex].curve(name).at(times) for sex, name in curves]
    tests = [gray_test(time, cause, male.astype(int), causes=MGUS2, interest=name) for name in MGUS2]
    actual = {
        "curve": [f"{sex} {MGUS2.index(name) + 1}" for sex, name in curves],
        "times": times,
        "est": [[m.incidence for m in row] for row in marks],
        "var": [[m.standard_error**2 for m in row] for row in marks],
        "gray": {"cause": ["1", "2"], "stat": [t.chi_square for t in tests], "df": [t.df for t in tests]}
        | {"p": [t.p_value for t in tests]},
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_gray_melanoma():
    case, rows = load("S-gray-melanoma")
    time, cause = melanoma(rows)
    ulcer, sex = (column(rows, name).astype(int) for name in ("ulcer", "sex"))
    plain, by_sex = (
        [gray_test(time, cause, ulcer, causes=MELANOMA, interest=name, strata=strata) for name in MELANOMA]
        for strata in (None, sex)
    )
    both = {"stat": [t.chi_square for t in by_sex], "p": [t.p_value for t in by_sex]}
    actual = {
        "unstratified": {"cause": ["1", "2"], "stat": [t.chi_square for t in plain], "df": [t.df for t in plain]}
        | {"p": [t.p_value for t in plain]},
        "stratified_by_sex": both,
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_fine_gray_by_finegray_melanoma():
    case, rows = load("S-finegray-weighted-melanoma")
    time, cause = melanoma(rows)
    names = case["parameters"]["covariates"]
    x = np.column_stack([column(rows, name) for name in names])
    fit = fine_gray(time, cause, x, names=names, causes=MELANOMA, interest="melanoma", convention="finegray")
    terms = fit.model.terms
    actual = {
        "term": [t.term for t in terms],
        "coef": [t.log_hazard_ratio for t in terms],
        "se_robust": [t.standard_error for t in terms],
        "rows": 407,  # of R's expanded data; nothing is expanded here
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_fine_gray_by_crr_melanoma():
    """``crr`` stops where no element of the score exceeds 1e-6 of the log-likelihood: one Newton step too early.

    Its coefficient of thickness, 0.08999483, is 2.6e-6 of itself off the maximum, 0.08999459, where ``coxph`` on the
    data of ``finegray`` arrives. By the rule of ``crr`` its numbers come out at the case's tolerance; the fit goes on.
    """
    case, rows = load("S-finegray-melanoma")
    expected, allowed = case["expected"], tolerance(case)
    time, cause = melanoma(rows)
    names = case["parameters"]["covariates"]
    x = np.column_stack([column(rows, name) for name in names])
    fit = fine_gray(time, cause, x, names=names, causes=MELANOMA, interest="melanoma")

    data = SurvivalInput(time, cause == 1, None, None)
    sets = risk_sets(data)
    weights = censoring_weights(data, sets, cause == 2, np.zeros(len(time), int), "crr")
    likelihood = SubdistributionLikelihood.weighted(x, sets, weights, "crr", None)
    point = likelihood.at(np.zeros(4))
    while True:
        beta = point.beta / likelihood.scale
        score = point.gradient * likelihood.scale
        if np.max(np.abs(score) * np.maximum(np.abs(beta), 1)) < 1e-6 * abs(point.log_likelihood):
            break
        point = likelihood.at(point.beta + point.step)
    influence = likelihood.score_residuals(point.beta) @ np.linalg.inv(point.information) / likelihood.scale
    error = np.sqrt((influence**2).sum(axis=0))
    stopped = {
        "term": names,
        "coef": beta,
        "se": error,
        "shr": np.exp(beta),
        "p": 2 * special.ndtr(-np.abs(beta / error)),
        "loglik": point.log_likelihood,
        "loglik_null": fit.model.log_likelihood_null,
        "n": fit.model.n,
    }
    assert_matches(stopped, expected, allowed)

    assert fit.model.log_likelihood > point.log_likelihood
    assert max(abs(score)) > 1e-5
    at_maximum = likelihood.at(fit.model.coefficients * likelihood.scale)
    assert max(abs(at_maximum.gradient * likelihood.scale)) < 1e-9
    by_coxph = load("S-finegray-weighted-melanoma")[0]["expected"]["coef"]
    assert_matches(fit.model.coefficients, by_coxph, allowed)
    errors = [t.standard_error for t in fit.model.terms]
    assert_matches(errors, expected["se"], allowed)


def test_cause_specific_melanoma():
    case, rows = load("S-causespecific-melanoma")
    time, cause = melanoma(rows)
    names = case["parameters"]["covariates"]
    x = np.column_stack([column(rows, name) for name in names])
    models = cause_specific_cox(time, cause, x, names=names, causes=MELANOMA)

    def described(number: int, name: str) -> dict[str, Any]:
        fit = models.fit(name)
        agreement = concordance(time, cause == number, fit.risk_score(x))
        return as_r(fit) | {"concordance": agreement.concordance, "concordance_se": agreement.standard_error}

    actual = {name: described(number, name) for number, name in enumerate(MELANOMA, start=1)}
    assert_matches(actual, case["expected"], tolerance(case))
