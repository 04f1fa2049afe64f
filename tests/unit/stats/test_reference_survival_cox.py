"""Cox, log-rank, interaction and forest against the values that R computed, each at the case's own tolerance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from stratify.stats.concordance import concordance
from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.design import Design, design
from stratify.stats.interaction import interaction
from stratify.stats.logrank import LogRankTest, logrank, logrank_trend
from stratify.stats.predicted_survival import predicted_survival
from stratify.stats.proportional_hazards import proportional_hazards_test
from stratify.stats.residuals import cox_residuals
from stratify.stats.subgroups import subgroup_forest
from stratify.stats.variables import Categorical, Continuous
from support import shared_path
from unit.stats.reference import assert_matches, codes, column, load, tolerance

pytestmark = pytest.mark.shared

LEV_5FU = ["Obs", "Lev+5FU"]
CELLS = ["squamous", "smallcell", "adeno", "large"]


def fitted(time: np.ndarray, event: np.ndarray, x: np.ndarray, **options: Any) -> dict[str, Any]:
    """A fit and the concordance of its linear predictor, in the words of the reference cases."""
    fit = cox(time, event, x, **options)
    kept = ~np.isnan(x.astype(float)).any(axis=1)
    paired = {k: v for k, v in options.items() if k in {"entry", "strata", "weights", "cluster"}}
    score = fit.risk_score(x[kept])
    agreement = concordance(time[kept], event[kept], score, **{k: v[kept] for k, v in paired.items()})
    return as_r(fit) | {"concordance": agreement.concordance, "concordance_se": agreement.standard_error}


def as_r(fit: CoxFit) -> dict[str, Any]:
    """A fit in the words of the reference cases."""
    terms = fit.terms
    assert fit.robust_score is None or fit.robust_score.df == len(terms)
    return {
        "term": [t.term for t in terms],
        "coef": [t.log_hazard_ratio for t in terms],
        "se": [t.standard_error for t in terms],
        "z": [t.z for t in terms],
        "p": [t.p_value for t in terms],
        "hr": [t.hazard_ratio for t in terms],
        "hr_lower": [t.ci_lower for t in terms],
        "hr_upper": [t.ci_upper for t in terms],
        "n": fit.n,
        "events": fit.events,
        "loglik_null": fit.log_likelihood_null,
        "loglik": fit.log_likelihood,
        "lrt": fit.likelihood_ratio.chi_square,
        "lrt_df": fit.likelihood_ratio.df,
        "lrt_p": fit.likelihood_ratio.p_value,
        "wald": fit.wald.chi_square,
        "wald_p": fit.wald.p_value,
        "score": fit.score.chi_square,
        "score_p": fit.score.p_value,
        "se_naive": [t.standard_error_model_based for t in terms],
        "se_robust": [t.standard_error for t in terms],
        "robust_score": fit.robust_score and fit.robust_score.chi_square,
        "robust_score_p": fit.robust_score and fit.robust_score.p_value,
    }


def matrix(rows: pl.DataFrame, *names: str) -> np.ndarray:
    return np.column_stack([column(rows, name) for name in names])


def lung(rows: pl.DataFrame, *names: str, fit: Callable[..., Any] = fitted, **options: Any) -> Any:
    return fit(column(rows, "time"), column(rows, "status") == 2, matrix(rows, *names), names=names, **options)


def efron_lung(rows: pl.DataFrame) -> Any:
    return lung(rows, "age", "sex", "ph.ecog")


def breslow_lung(rows: pl.DataFrame) -> Any:
    return lung(rows, "age", "sex", "ph.ecog", ties="breslow")


def ties_gehan(rows: pl.DataFrame) -> Any:
    """R calls the conditional logistic likelihood of discrete time exact."""
    x = codes(rows, "treat", ["6-MP", "control"]).astype(float)[:, None]
    named = {"exact": "discrete", "efron": "efron", "breslow": "breslow"}
    return {
        name: fitted(column(rows, "time"), column(rows, "cens"), x, names=["treatcontrol"], ties=ties)
        for name, ties in named.items()
    }


def strata_veteran(rows: pl.DataFrame) -> Any:
    x = matrix(rows, "trt", "karno", "age")
    strata = codes(rows, "celltype", CELLS)
    return fitted(column(rows, "time"), column(rows, "status"), x, names=["trt", "karno", "age"], strata=strata)


def veteran_design(rows: pl.DataFrame, *names: str) -> Design:
    cell = Categorical("celltype", codes(rows, "celltype", CELLS), tuple(CELLS))
    variables = [cell if name == "celltype" else Continuous(name, column(rows, name)) for name in names]
    return design(variables, {"celltype": "squamous"})


def factor_veteran(rows: pl.DataFrame) -> Any:
    columns = veteran_design(rows, "trt", "celltype", "karno")
    found = fitted(column(rows, "time"), column(rows, "status"), columns.x, names=columns.names)
    return found | {"term": [name.replace("[", "").replace("]", "") for name in found["term"]]}


def cluster_kidney(rows: pl.DataFrame) -> Any:
    x = matrix(rows, "age", "sex")
    cluster = rows["id"].to_numpy()
    return fitted(column(rows, "time"), column(rows, "status"), x, names=["age", "sex"], cluster=cluster)


def robust_ovarian(rows: pl.DataFrame) -> Any:
    x = matrix(rows, "rx", "age")
    return fitted(column(rows, "futime"), column(rows, "fustat"), x, names=["rx", "age"], robust=True)


def weights_lung(rows: pl.DataFrame) -> Any:
    rows = rows.drop_nulls("inst")
    weights = 1 + column(rows, "inst") % 3
    return {
        "model_based": lung(rows, "age", "sex", weights=weights),
        "robust": lung(rows, "age", "sex", weights=weights, robust=True),
    }


def left_truncated_mgus2(rows: pl.DataFrame) -> Any:
    rows = rows.filter(pl.col("futime") > 0)
    entry = column(rows, "age")
    x = np.column_stack([codes(rows, "sex", ["F", "M"]), column(rows, "mspike")])
    return fitted(entry + column(rows, "futime") / 12, column(rows, "death"), x, names=["sexM", "mspike"], entry=entry)


def time_varying_heart(rows: pl.DataFrame) -> Any:
    x = np.column_stack([matrix(rows, "age", "year", "surgery"), codes(rows, "transplant", ["0", "1"])])
    names = ["age", "year", "surgery", "transplant1"]
    return fitted(column(rows, "stop"), column(rows, "event"), x, names=names, entry=column(rows, "start"))


def offset_lung(rows: pl.DataFrame) -> Any:
    return lung(rows, "sex", offset=0.02 * column(rows, "age"))


COX: dict[str, Callable[[pl.DataFrame], Any]] = {
    "S-cox-efron-lung": efron_lung,
    "S-cox-breslow-lung": breslow_lung,
    "S-cox-exact-gehan": ties_gehan,
    "S-cox-strata-veteran": strata_veteran,
    "S-cox-factor-veteran": factor_veteran,
    "S-cox-cluster-kidney": cluster_kidney,
    "S-cox-robust-ovarian": robust_ovarian,
    "S-cox-weights-lung": weights_lung,
    "S-cox-lefttrunc-mgus2": left_truncated_mgus2,
    "S-cox-timevar-heart": time_varying_heart,
    "S-cox-offset-lung": offset_lung,
}


@pytest.mark.parametrize("case_id", COX)
def test_cox_agrees_with_r(case_id: str) -> None:
    case, rows = load(case_id)
    assert_matches(COX[case_id](rows), case["expected"], tolerance(case))


def test_firth_agrees_with_r() -> None:
    """Breslow's ties, as ``coxphf`` has them; its likelihood without the penalty is monotone in G."""
    case, rows = load("S-firth-breast")
    names = ["T", "N", "G", "CD"]
    data = column(rows, "TIME"), column(rows, "CENS"), matrix(rows, *names)
    plain = cox(*data, names=names, ties="breslow")
    fit = cox(*data, names=names, ties="breslow", firth=True)
    actual = {
        "term": names,
        "coef": fit.coefficients,
        "se": [t.standard_error for t in fit.terms],
        "ci_lower_hr": [t.ci_lower for t in fit.terms],
        "ci_upper_hr": [t.ci_upper for t in fit.terms],
        "p_profile": [t.p_value for t in fit.terms],
        "loglik": [fit.log_likelihood_null, fit.log_likelihood],
        "n": fit.n,
    }
    assert_matches(actual, case["expected"], tolerance(case))
    assert plain.term("G").hazard_ratio == np.inf
    assert plain.firth is not None
    assert plain.firth.coefficients == pytest.approx(fit.coefficients)


def test_concordance_agrees_with_r() -> None:
    """Of one covariate, high for long survival."""
    case, rows = load("S-concordance-veteran")
    arrays = column(rows, "time"), column(rows, "status"), column(rows, "karno")
    found = concordance(*arrays, high="survival")
    uno = concordance(*arrays, high="survival", estimator="uno", tau=365)
    expected = {name: value for name, value in case["expected"].items() if name != "counts"}
    actual = {
        "harrell": found.concordance,
        "harrell_se": found.standard_error,
        "uno_tau365": uno.concordance,
        "uno_se": uno.standard_error,
    }
    assert_matches(actual, expected, tolerance(case))
    counts = [case["expected"]["counts"][k] for k in ("concordant", "discordant", "tied.x")]
    assert_matches([found.concordant, found.discordant, found.tied_score], counts, tolerance(case))


def ovarian(rows: pl.DataFrame) -> CoxFit:
    return cox(column(rows, "futime"), column(rows, "fustat"), matrix(rows, "rx", "age"), names=["rx", "age"])


def test_residuals_agree_with_r() -> None:
    case, rows = load("S-residuals-ovarian")
    found = cox_residuals(ovarian(rows))
    actual = {
        "martingale": found.martingale,
        "deviance": found.deviance,
        "dfbeta_age": found.dfbeta[:, 1],
        "score_rx": found.score[:, 0],
        "schoenfeld_rx": found.schoenfeld[:, 0],
        "scaled_schoenfeld_age": found.scaled_schoenfeld[:, 1],
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_proportional_hazards_test_agrees_with_r() -> None:
    case, rows = load("S-zph-veteran")
    columns = veteran_design(rows, "trt", "karno", "age", "celltype")
    fit = cox(column(rows, "time"), column(rows, "status"), columns.x, names=columns.names)
    actual = {}
    for transform in ("km", "rank", "identity", "log"):
        found = proportional_hazards_test(fit, transform=transform, terms=columns.terms)
        tests = [*(term.test for term in found.terms), found.overall]
        actual[transform] = {
            "term": [*(term.name for term in found.terms), "GLOBAL"],
            "chisq": [test.chi_square for test in tests],
            "df": [test.df for test in tests],
            "p": [test.p_value for test in tests],
        }
    assert_matches(actual, case["expected"], tolerance(case))


def test_predicted_survival_agrees_with_r() -> None:
    case, rows = load("S-coxpredict-ovarian")
    curves = predicted_survival(ovarian(rows), [[1, 55], [2, 55]])
    actual = {}
    for name, curve in zip(("rx1", "rx2"), curves, strict=True):
        marks = curve.at([200, 400, 600])
        actual[name] = {
            "time": [mark.time for mark in marks],
            "n_risk": [mark.at_risk for mark in marks],
            "surv": [mark.survival for mark in marks],
            "std_err": [mark.standard_error for mark in marks],
            "lower": [mark.ci_lower for mark in marks],
            "upper": [mark.ci_upper for mark in marks],
        }
    assert_matches(actual, case["expected"], tolerance(case))


def test_profile_likelihood_interval_agrees_with_r() -> None:
    case, rows = load("S-cox-profile-lung")
    wald = lung(rows, "age", "sex", "ph.ecog", fit=cox).term("sex")
    profile = lung(rows, "age", "sex", "ph.ecog", fit=cox, interval="profile").term("sex")
    actual = {
        "term": profile.term,
        "coef": profile.log_hazard_ratio,
        "wald_lower": np.log(wald.ci_lower),
        "wald_upper": np.log(wald.ci_upper),
        "profile_lower": np.log(profile.ci_lower),
        "profile_upper": np.log(profile.ci_upper),
        "hr_profile": [profile.ci_lower, profile.ci_upper],
    }
    assert_matches(actual, case["expected"], tolerance(case))


def logrank_as_r(test: LogRankTest, prefix: str) -> dict[str, Any]:
    return {
        "group": [f"{prefix}={g.level}" for g in test.groups],
        "n": [g.n for g in test.groups],
        "observed": [g.observed for g in test.groups],
        "expected": [g.expected for g in test.groups],
        "chisq": test.chi_square,
        "df": test.df,
        "p": test.p_value,
        "var": test.variance.tolist(),
    }


def logrank_lung(rows: pl.DataFrame, rho: float = 0.0) -> Any:
    sex = codes(rows, "sex", [1, 2])
    test = logrank(column(rows, "time"), column(rows, "status") == 2, sex, levels=["1", "2"], rho=rho)
    return logrank_as_r(test, "sex")


def logrank_veteran(rows: pl.DataFrame) -> Any:
    cell = codes(rows, "celltype", CELLS)
    return logrank_as_r(logrank(column(rows, "time"), column(rows, "status"), cell, levels=CELLS), "celltype")


def stratified_logrank_colon(rows: pl.DataFrame) -> Any:
    differ = codes(rows, "differ", [1, 2, 3])
    strata = np.where(differ < 0, -1, differ * 2 + codes(rows, "sex", [0, 1]))
    arm = codes(rows, "rx", LEV_5FU)
    test = logrank(column(rows, "time"), column(rows, "status"), arm, levels=LEV_5FU, strata=strata)
    assert test.missing == int((differ < 0).sum()) > 0
    return logrank_as_r(test, "rx")


def trend_colon(rows: pl.DataFrame) -> Any:
    test = logrank(column(rows, "time"), column(rows, "status"), codes(rows, "extent", [1, 2, 3, 4]))
    trend = logrank_trend(test, [1, 2, 3, 4])
    return {
        "scores": [1, 2, 3, 4],
        "U": trend.score,
        "V": trend.variance,
        "z": trend.z,
        "chisq": trend.chi_square,
        "p": trend.p_value,
    }


def weighted_colon(rows: pl.DataFrame) -> Any:
    """The case counts the events of Obs, so Obs is the second group here."""
    arm = codes(rows, "rx", ["Lev+5FU", "Obs"])

    def weighted(**weight: Any) -> dict[str, Any]:
        test = logrank(column(rows, "time"), column(rows, "status"), arm, levels=["Lev+5FU", "Obs"], **weight)
        return {
            "group_tested": test.groups[1].level,
            "U": test.score[1],
            "V": test.variance[1, 1],
            "z": test.z,
            "chisq": test.chi_square,
            "p_two_sided": test.p_value,
        }

    grid = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)]
    return {
        "fh": [{"rho": r, "gamma": g, **weighted(rho=r, gamma=g)} for r, g in grid],
        "gehan": weighted(weighting="gehan"),
        "tarone_ware": weighted(weighting="tarone-ware"),
    }


LOGRANK: dict[str, Callable[[pl.DataFrame], Any]] = {
    "S-logrank-lung-sex": logrank_lung,
    "S-logrank-veteran-cell": logrank_veteran,
    "S-logrank-strat-colon": stratified_logrank_colon,
    "S-logrank-trend-colon": trend_colon,
    "S-fh-rho1-lung": lambda rows: logrank_lung(rows, rho=1),
    "S-fh-grid-colon": weighted_colon,
}


@pytest.mark.parametrize("case_id", LOGRANK)
def test_logrank_agrees_with_r(case_id: str) -> None:
    case, rows = load(case_id)
    assert_matches(LOGRANK[case_id](rows), case["expected"], tolerance(case))


def test_interaction_colon_agrees_with_r() -> None:
    case, rows = load("S-interaction-colon")
    found = interaction(
        column(rows, "time"),
        column(rows, "status"),
        codes(rows, "rx", LEV_5FU),
        codes(rows, "node4", [0, 1]),
        levels=["0", "1"],
        adjust=matrix(rows, "sex"),
        adjust_names=["sex"],
    )
    full = as_r(found.interaction_model)
    arm, node4 = codes(rows, "rx", LEV_5FU), codes(rows, "node4", [0, 1])
    score = found.interaction_model.risk_score(np.column_stack([arm, column(rows, "sex"), node4, arm * node4]))
    agreement = concordance(column(rows, "time"), column(rows, "status"), score)
    full |= {"concordance": agreement.concordance, "concordance_se": agreement.standard_error}
    order = [0, 2, 1, 3]  # R: rx, node4, sex, product; here: treatment, sex, marker, product
    full = {k: [v[i] for i in order] if isinstance(v, list) else v for k, v in full.items()}
    full["term"] = case["expected"]["full"]["term"]
    zero, one = (level.from_interaction_model for level in found.levels)
    actual = {
        "full": full,
        "lrt": found.interaction.chi_square,
        "lrt_p": found.interaction.p_value,
        "hr_node4_0": zero.hazard_ratio,
        "hr_node4_1": one.hazard_ratio,
        "hr_node4_1_ci": [one.ci_lower, one.ci_upper],
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_forest_colon_agrees_with_r() -> None:
    case, rows = load("S-forest-colon")
    levels = {"sex": [0, 1], "obstruct": [0, 1], "adhere": [0, 1], "differ": [1, 2, 3], "node4": [0, 1]}
    factors = {name: (codes(rows, name, values), list(map(str, values))) for name, values in levels.items()}
    forest = subgroup_forest(
        column(rows, "time"), column(rows, "status"), codes(rows, "rx", LEV_5FU), factors, arms=("Obs", "Lev+5FU")
    )
    actual = {
        factor.factor: {
            "levels": [
                {
                    "level": line.level,
                    "n": line.n,
                    "events": line.events,
                    "hr": line.effect.hazard_ratio,
                    "lower": line.effect.ci_lower,
                    "upper": line.effect.ci_upper,
                }
                for line in factor.levels
            ],
            "interaction_lrt": factor.interaction.chi_square,
            "interaction_df": factor.interaction.df,
            "interaction_p": factor.interaction.p_value,
        }
        for factor in forest.factors
    }
    assert_matches(actual, case["expected"], tolerance(case))
    assert {f.factor: f.missing for f in forest.factors} == {n: rows[n].null_count() for n in levels}


def test_published_figure_colon_recurrence() -> None:
    """INT-0035, recurrence, the three arms in one model: Lev+5FU a 40 % cut (Moertel 1995)."""
    _, rows = load("S-natrisk-colon")
    arm = codes(rows, "rx", ["Obs", "Lev", "Lev+5FU"])
    x = np.column_stack([arm == 1, arm == 2])
    term = cox(column(rows, "time"), column(rows, "status"), x, names=["Lev", "Lev+5FU"]).term("Lev+5FU")
    assert [term.hazard_ratio, term.ci_lower, term.ci_upper] == pytest.approx([0.5992, 0.4749, 0.7561], abs=5e-5)


def test_published_figure_lung_women() -> None:
    _, rows = load("S-logrank-lung-sex")
    term = lung(rows, "sex", fit=cox).term("sex")
    assert [term.hazard_ratio, term.ci_lower, term.ci_upper] == pytest.approx([0.588, 0.424, 0.816], abs=5e-4)


def test_published_figure_gehan() -> None:
    """Freireich 1963: coefficients 1.5092 (Breslow) and 1.5721 (Efron), log-rank 16.793."""
    _, rows = load("S-cox-exact-gehan")
    found = ties_gehan(rows)
    assert [found["breslow"]["coef"][0], found["efron"]["coef"][0]] == pytest.approx([1.5092, 1.5721], abs=5e-5)
    test = logrank(column(rows, "time"), column(rows, "cens"), codes(rows, "treat", ["6-MP", "control"]))
    assert test.chi_square == pytest.approx(16.793, abs=5e-4)


def test_published_figure_gehan_exact() -> None:
    """Freireich 1963 with tied times as discrete: 1.6282."""
    _, rows = load("S-cox-exact-gehan")
    arm = codes(rows, "treat", ["6-MP", "control"])[:, None]
    fit = cox(column(rows, "time"), column(rows, "cens"), arm, names=["control"], ties="discrete")
    assert fit.coefficients == pytest.approx([1.6282], abs=5e-5)


def test_published_figure_mayo_model() -> None:
    """The Mayo model of primary biliary cirrhosis (Dickson 1989; Therneau & Grambsch 2000), 416 patients."""
    rows = pl.read_parquet(shared_path("reference", "data", "pbc.parquet")).filter(pl.col("protime").is_not_null())
    logs = [np.log(column(rows, name)) for name in ("bili", "protime", "albumin")]
    x = np.column_stack([column(rows, "age"), column(rows, "edema"), *logs])
    fit = cox(column(rows, "time"), (rows["status"] == 2).to_numpy(), x, names=["age", "edema", "bili", "pt", "alb"])
    assert fit.n == 416
    assert fit.coefficients == pytest.approx([0.03961, 0.89631, 0.86355, 2.38684, -2.50692], abs=5e-6)
