"""Cox model, curves, log-rank tests and concordance beside lifelines, scikit-survival and statsmodels on shipped data.

Each program is asked only for what it does right: lifelines' Cox fit with a tighter stop than its own (3.6e-6 off
otherwise), its curves for survival on data without a flat step at one half, statsmodels for ``survdiff``.
"""

from __future__ import annotations

from typing import Any

import lifelines
import lifelines.datasets
import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index
from statsmodels.duration.survfunc import survdiff

from stratify.stats import concordance, cox, kaplan_meier, logrank

# Name, time, event, covariates, grouping column.
DATA = {
    "rossi": ("week", "arrest", ["fin", "age", "race", "wexp", "mar", "paro", "prio"], "fin"),
    "kidney_transplant": ("time", "death", ["age", "black_male", "white_male", "black_female"], "white_male"),
    "larynx": ("time", "death", ["age", "Stage_II", "Stage_III", "Stage_IV"], "Stage_IV"),
    "leukemia": ("t", "status", ["sex", "logWBC", "Rx"], "Rx"),
    "lung": ("time", "status", ["age", "sex", "ph.karno", "wt.loss"], "sex"),
    "gbsg2": ("time", "cens", ["age", "tsize", "pnodes", "progrec", "estrec"], "horTh"),
}
every_data_set = pytest.mark.parametrize("name", DATA)


def rows_of(name: str) -> pd.DataFrame:
    time, event, covariates, group = DATA[name]
    table = getattr(lifelines.datasets, f"load_{name}")()
    return table[list(dict.fromkeys([time, event, *covariates, group]))].dropna()


def columns_of(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, events, covariates and whole-number group codes."""
    time, event, covariates, group = DATA[name]
    rows = rows_of(name)
    codes = np.unique(rows[group].to_numpy().astype(str), return_inverse=True)[1]
    return rows[time].to_numpy(float), rows[event].to_numpy(), rows[covariates].to_numpy(float), codes


# --- Cox ---------------------------------------------------------------------------------------------------------


@every_data_set
def test_lifelines_agrees_on_the_cox_model(name):
    time, event, covariates, _ = DATA[name]
    t, e, x, _ = columns_of(name)
    ours = cox(t, e, x, names=covariates)
    rows = rows_of(name)[[time, event, *covariates]]
    theirs = lifelines.CoxPHFitter().fit(rows, time, event, fit_options={"precision": 1e-13})
    np.testing.assert_allclose(ours.coefficients, theirs.params_, rtol=2e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs.standard_errors_, rtol=2e-7)
    limits = np.exp(theirs.confidence_intervals_.to_numpy())
    np.testing.assert_allclose([(term.ci_lower, term.ci_upper) for term in ours.terms], limits, rtol=2e-7)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood_, rel=1e-12)
    ratio = theirs.log_likelihood_ratio_test()
    assert (ours.likelihood_ratio.chi_square, ours.likelihood_ratio.df) == pytest.approx(
        (ratio.test_statistic, len(covariates)), rel=1e-9
    )


@every_data_set
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_scikit_survival_agrees_on_the_cox_model(name, ties):
    sksurv = pytest.importorskip("sksurv.linear_model")
    util = pytest.importorskip("sksurv.util")
    t, e, x, _ = columns_of(name)
    theirs = sksurv.CoxPHSurvivalAnalysis(ties=ties, tol=1e-14).fit(x, util.Surv.from_arrays(e == 1, t))
    ours = cox(t, e, x, names=DATA[name][2], ties=ties)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_, rtol=2e-7)


def test_lifelines_agrees_on_weights_strata_and_delayed_entry():
    rows = lifelines.datasets.load_rossi()
    rows["weight"] = np.arange(len(rows)) % 3 + 1
    rows["entry"] = np.minimum(np.arange(len(rows)) % 5, rows["week"] - 1)
    names = ["fin", "age", "prio"]
    options = {"precision": 1e-13}
    time, event, x = rows["week"].to_numpy(float), rows["arrest"].to_numpy(), rows[names].to_numpy(float)
    for column, ours, theirs in (
        ("weight", {"weights": rows["weight"]}, {"weights_col": "weight"}),
        ("wexp", {"strata": rows["wexp"].to_numpy()}, {"strata": ["wexp"]}),
        ("entry", {"entry": rows["entry"]}, {"entry_col": "entry"}),
    ):
        used = rows[["week", "arrest", *names, column]]
        fit = lifelines.CoxPHFitter().fit(used, "week", "arrest", fit_options=options, **theirs)
        found = cox(time, event, x, names=names, **ours)
        np.testing.assert_allclose(found.coefficients, fit.params_, rtol=2e-7, err_msg=str(theirs))
        np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), fit.standard_errors_, rtol=2e-7)


def test_lifelines_agrees_on_covariates_that_change():
    rows = lifelines.datasets.load_stanford_heart_transplants()
    names = ["age", "year", "surgery", "transplant"]
    theirs = lifelines.CoxTimeVaryingFitter().fit(
        rows, id_col="id", event_col="event", start_col="start", stop_col="stop", fit_options={"precision": 1e-13}
    )
    ours = cox(rows["stop"], rows["event"], rows[names], names=names, entry=rows["start"])
    np.testing.assert_allclose(ours.coefficients, theirs.params_[names], rtol=2e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs.standard_errors_[names], rtol=2e-7)


# --- curves ------------------------------------------------------------------------------------------------------


@every_data_set
def test_scikit_survival_agrees_on_the_curve(name):
    estimators = pytest.importorskip("sksurv.nonparametric")
    t, e, _, _ = columns_of(name)
    times, survival, limits = estimators.kaplan_meier_estimator(e == 1, t, conf_type="log-log")
    ours = kaplan_meier(t, e, conf_type="log-log")
    np.testing.assert_array_equal(ours.time, times)
    np.testing.assert_allclose(ours.survival, survival, atol=1e-12)
    inside = (ours.survival > 1e-12) & (ours.survival < 1)
    np.testing.assert_allclose(np.stack([ours.ci_lower, ours.ci_upper])[:, inside], limits[:, inside], rtol=1e-9)


@every_data_set
def test_lifelines_agrees_on_the_curve_of_each_group(name):
    t, e, _, group = columns_of(name)
    for code in np.unique(group):
        chosen = group == code
        theirs = lifelines.KaplanMeierFitter().fit(t[chosen], e[chosen])
        ours = kaplan_meier(t[chosen], e[chosen], conf_type="log-log")
        survival = theirs.survival_function_.loc[ours.time].to_numpy().ravel()
        np.testing.assert_allclose(ours.survival, survival, atol=1e-12)
        table = theirs.event_table.loc[ours.time]
        np.testing.assert_array_equal(ours.at_risk, table["at_risk"])
        np.testing.assert_array_equal(ours.events, table["observed"])
        np.testing.assert_array_equal(ours.censored, table["censored"])


def test_lifelines_agrees_on_delayed_entry():
    rows = lifelines.datasets.load_multicenter_aids_cohort_study()
    late = rows[rows["W"] > 0]
    theirs = lifelines.KaplanMeierFitter().fit(late["T"], late["D"], entry=late["W"])
    ours = kaplan_meier(late["T"], late["D"], entry=late["W"])
    survival = theirs.survival_function_.loc[ours.time].to_numpy().ravel()
    np.testing.assert_allclose(ours.survival, survival, atol=1e-12)


# --- log-rank ----------------------------------------------------------------------------------------------------


@every_data_set
def test_three_programs_agree_on_the_log_rank_test(name):
    t, e, _, group = columns_of(name)
    ours = logrank(t, e, group)
    theirs = multivariate_logrank_test(t, group, e)
    assert (ours.chi_square, ours.p_value) == pytest.approx((theirs.test_statistic, theirs.p_value), rel=1e-9)
    assert (ours.chi_square, ours.p_value) == pytest.approx(survdiff(t, e, group), rel=1e-9)
    compare = pytest.importorskip("sksurv.compare")
    surv = pytest.importorskip("sksurv.util").Surv
    other = compare.compare_survival(surv.from_arrays(e == 1, t), group)
    assert (ours.chi_square, ours.p_value) == pytest.approx(other, rel=1e-9)


@every_data_set
@pytest.mark.parametrize(
    ("theirs", "ours"), [("wilcoxon", {"weighting": "gehan"}), ("tarone-ware", {"weighting": "tarone-ware"})]
)
def test_lifelines_agrees_on_weighted_log_rank_tests(name, theirs, ours):
    t, e, _, group = columns_of(name)
    expected = multivariate_logrank_test(t, group, e, weightings=theirs)
    assert logrank(t, e, group, **ours).chi_square == pytest.approx(expected.test_statistic, rel=1e-9)


@every_data_set
@pytest.mark.parametrize(("theirs", "ours"), [("gb", {"weighting": "gehan"}), ("tw", {"weighting": "tarone-ware"})])
def test_statsmodels_agrees_on_weighted_log_rank_tests(name, theirs, ours):
    t, e, _, group = columns_of(name)
    expected = survdiff(t, e, group, weight_type=theirs)
    assert logrank(t, e, group, **ours).chi_square == pytest.approx(expected[0], rel=1e-9)


def test_statsmodels_agrees_on_strata_and_many_groups():
    rows = lifelines.datasets.load_rossi()
    t, e, group = rows["week"].to_numpy(float), rows["arrest"].to_numpy(), np.minimum(rows["prio"].to_numpy(), 3)
    strata = rows["wexp"].to_numpy()
    ours = logrank(t, e, group, strata=strata)
    assert ours.df == 3
    assert (ours.chi_square, ours.p_value) == pytest.approx(survdiff(t, e, group, strata=strata), rel=1e-9)


# --- concordance -------------------------------------------------------------------------------------------------


@every_data_set
def test_three_programs_agree_on_concordance(name):
    t, e, x, _ = columns_of(name)
    score: Any = cox(t, e, x, names=DATA[name][2]).risk_score(x)
    ours = concordance(t, e, score)
    assert ours.concordance == pytest.approx(concordance_index(t, -score, e), rel=1e-12)
    metrics = pytest.importorskip("sksurv.metrics")
    # its default takes scores within 1e-8 for tied, ours those equal to the last bit
    value, concordant, discordant, tied, _ = metrics.concordance_index_censored(e == 1, t, score, tied_tol=0)
    assert ours.concordance == pytest.approx(value, rel=1e-12)
    assert (ours.concordant, ours.discordant, ours.tied_score) == (concordant, discordant, tied)
