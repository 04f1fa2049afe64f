"""Parametric models and adjusted restricted means against the values that R computed, at each case's own tolerance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import special

from stratify.stats.aft import aft
from stratify.stats.aft_fit import AftFit
from stratify.stats.aft_likelihood import DISTRIBUTIONS
from stratify.stats.rmst import Contrast
from stratify.stats.rmst_adjusted import rmst_adjusted
from unit.stats.reference import assert_matches, column, load, tolerance

pytestmark = pytest.mark.shared


def veteran(rows: pl.DataFrame, distribution: str, **options: object) -> AftFit:
    x = np.column_stack([column(rows, name) for name in ("trt", "karno")])
    time, event = column(rows, "time"), column(rows, "status")
    return aft(time, event, x, names=["trt", "karno"], distribution=distribution, **options)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_survreg(distribution):
    case, rows = load(f"S-aft-{distribution}-veteran")
    fit = veteran(rows, distribution)
    values, errors = fit.coefficients, np.sqrt(np.diag(fit.covariance))
    used = slice(0, len(case["expected"]["term"]))
    with np.errstate(invalid="ignore"):
        p_values = 2 * special.ndtr(-np.abs(values / errors))
    actual = {
        "term": ["(Intercept)", "trt", "karno", "Log(scale)"][used],
        "value": values[used],
        "se": errors[used],
        "p": p_values[used],
        "scale": fit.scale,
        "loglik": fit.log_likelihood,
        "loglik_null": fit.log_likelihood_null,
        "n": fit.n,
    }
    assert_matches(actual, case["expected"], tolerance(case))
    # and the result's own fields are those numbers
    named = [fit.intercept, *(term.coefficient for term in fit.terms)]
    assert_matches(named, case["expected"]["value"][:3], tolerance(case))
    assert_matches([term.p_value for term in fit.terms], case["expected"]["p"][1:3], tolerance(case))


# predict(survreg(Surv(time, status) ~ trt + karno, veteran, dist = ...), data.frame(trt = 1, karno = 60),
#         type = "uquantile", p = .5, se.fit = TRUE): exp(fit) and se.fit
@pytest.mark.parametrize(
    ("distribution", "median", "error"),
    [
        ("weibull", 84.163622938430, 0.138555463754),
        ("lognormal", 72.091104504874, 0.136827326253),
        ("loglogistic", 69.957320640676, 0.132730296056),
        ("exponential", 85.504657796467, 0.126607329273),
    ],
)
def test_predicted_median(distribution, median, error):
    _, rows = load(f"S-aft-{distribution}-veteran")
    found = veteran(rows, distribution).quantile([1, 60])
    assert (found.time, found.standard_error) == pytest.approx((median, error), rel=1e-8)


def test_robust_variance_with_weights():
    # f <- survreg(Surv(time, status) ~ trt + karno, veteran, weights = w), w = 1.5, .7, .7, 1.5, ...
    # crossprod(resid(f, type = "dfbeta", weighted = TRUE)). survreg(robust = TRUE) itself sums the dfbetas without
    # their weights: .4536, .2097, .0042, .0677, as if a patient of weight 1.5 moved
    # the estimate no more than one of .7.
    _, rows = load("S-aft-weibull-veteran")
    weights = np.where(np.arange(len(rows)) % 3 == 0, 1.5, 0.7)
    fit = veteran(rows, "weibull", weights=weights, robust=True)
    assert fit.coefficients[:3] == pytest.approx([2.8089281228500, -0.0771674262515, 0.0345880299574], rel=1e-8)
    errors = np.sqrt(np.diag(fit.covariance))
    assert errors == pytest.approx([0.4318839418, 0.2021394140, 0.0048413732, 0.0621083146], rel=1e-7)
    naive = np.sqrt(np.diag(veteran(rows, "weibull", weights=weights).covariance))
    assert naive == pytest.approx([0.3687056117, 0.1809135684, 0.0045036228, 0.0670471442], rel=1e-7)


def coefficient_as_r(contrast: Contrast, *, log: bool) -> list[float | None]:
    """R's row: coefficient, its error, z, p, for a ratio its exponential, limits."""
    value = np.log(contrast.estimate) if log else contrast.estimate
    z = value / contrast.standard_error
    shown = [contrast.estimate] if log else []
    return [value, contrast.standard_error, z, contrast.p_value, *shown, contrast.ci_lower, contrast.ci_upper]


def test_adjusted_restricted_means():
    case, rows = load("S-rmst-adj-pbc")
    covariates = case["parameters"]["covariates"]
    result = rmst_adjusted(
        column(rows, "time") / 365.25,
        (rows["status"] == 2).to_numpy(),
        (rows["trt"] == 1).to_numpy().astype(int),
        np.column_stack([column(rows, name) for name in covariates]),
        names=covariates,
        tau=case["parameters"]["tau"],
    )
    actual = {
        "tau": result.tau,
        "diff": coefficient_as_r(result.difference, log=False),
        "ratio": coefficient_as_r(result.ratio, log=True),
    }
    expected = {key: value for key, value in case["expected"].items() if not key.startswith("columns")}
    assert_matches(actual, expected, tolerance(case))
    # the ratio of times lost is not in the case: survRM2 1.0-4, rmst2(...)$RMTL.ratio.adjusted, row "arm"
    lost = [0.0346799420324596, 0.12743678244921380, 0.272134476137455, 0.785518621396400, 1.035288303497763]
    limits = [0.806467595112623, 1.329032781794036]
    assert_matches(coefficient_as_r(result.rmtl_ratio, log=True), [*lost, *limits], tolerance(case))
