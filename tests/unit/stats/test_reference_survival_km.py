"""Kaplan-Meier, Nelson-Aalen and restricted means against the values that R computed, each at the case's tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from stratify.stats.landmarks import Landmark, landmark_difference
from stratify.stats.nelson_aalen import nelson_aalen
from stratify.stats.rmst import Contrast, RestrictedMean, rmst_difference
from stratify.stats.survival import SurvivalCurve, kaplan_meier, median_follow_up
from unit.stats.reference import assert_matches, codes, column, load, tolerance

pytestmark = pytest.mark.shared

RX = ["Obs", "Lev", "Lev+5FU"]


def marks_as_r(marks: tuple[Landmark, ...]) -> dict[str, Any]:
    return {
        "time": [m.time for m in marks],
        "n_risk": [m.at_risk for m in marks],
        "surv": [m.survival for m in marks],
        "std_err": [m.standard_error for m in marks],
        "lower": [m.ci_lower for m in marks],
        "upper": [m.ci_upper for m in marks],
    }


def by_group(rows: pl.DataFrame, group: str, time: str, event: pl.Expr, **options: Any) -> dict[str, SurvivalCurve]:
    """A curve for each level, named as R names strata (``sex=1``), in ascending order or that of ``levels``."""
    levels = options.pop("levels", None) or sorted(rows[group].unique().to_list())
    curves = {}
    for level in levels:
        part = rows.filter(pl.col(group) == level).with_columns(event.cast(pl.Int8).alias("_event"))
        name = f"{group}={int(level) if isinstance(level, float) else level}"
        curves[name] = kaplan_meier(column(part, time), part["_event"].to_numpy(), **options)
    return curves


def medians_as_r(curves: dict[str, SurvivalCurve]) -> dict[str, Any]:
    medians = [curve.quantile(0.5) for curve in curves.values()]
    return {
        "stratum": list(curves),
        "n": [m.n for m in medians],
        "events": [m.events for m in medians],
        "median": [m.quantile for m in medians],
        "lower": [m.ci_lower for m in medians],
        "upper": [m.ci_upper for m in medians],
    }


@pytest.mark.parametrize("conf_type", ["plain", "log", "log-log"])
def test_lung(conf_type):
    case, rows = load(f"S-km-lung-{conf_type}")
    assert case["parameters"]["conf_type"] == conf_type
    curve = kaplan_meier(column(rows, "time"), (rows["status"] == 2).to_numpy(), conf_type=conf_type)
    assert_matches(marks_as_r(curve.at(case["parameters"]["times"])), case["expected"], tolerance(case))


def test_ovarian_logit_and_arcsin():
    case, rows = load("S-km-arcsin-ovarian")
    times = case["parameters"]["times"]
    time, event = column(rows, "futime"), column(rows, "fustat")
    logit, arcsin = (marks_as_r(kaplan_meier(time, event, conf_type=c).at(times)) for c in ("logit", "arcsin"))
    actual = {"surv": logit["surv"], "se": logit["std_err"], "n_risk": logit["n_risk"]}
    actual |= {f"logit_{side}": logit[side] for side in ("lower", "upper")}
    actual |= {f"arcsin_{side}": arcsin[side] for side in ("lower", "upper")}
    assert_matches(actual, case["expected"], tolerance(case))


@pytest.mark.parametrize("conf_type", ["plain", "log", "log-log"])
def test_median_lung_by_sex(conf_type):
    case, rows = load(f"S-median-lung-sex-{conf_type}")
    curves = by_group(rows, "sex", "time", pl.col("status") == 2, conf_type=conf_type)
    assert_matches(medians_as_r(curves), case["expected"], tolerance(case))


def test_quantiles_veteran():
    case, rows = load("S-quantiles-veteran-trt")
    probs = case["parameters"]["probs"]
    curves = by_group(rows, "trt", "time", pl.col("status") == 1, conf_type="log")
    quantiles = [[curve.quantile(p) for p in probs] for curve in curves.values()]
    actual = {
        "strata": list(curves),
        "probs": probs,
        "quantile": [[q.quantile for q in row] for row in quantiles],
        "lower": [[q.ci_lower for q in row] for row in quantiles],
        "upper": [[q.ci_upper for q in row] for row in quantiles],
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_median_gehan():
    case, rows = load("S-median-flat-gehan")
    curves = by_group(rows, "treat", "time", pl.col("cens") == 1, conf_type="log-log", levels=["6-MP", "control"])
    assert_matches(medians_as_r(curves), case["expected"], tolerance(case))


def test_landmarks_colon():
    case, rows = load("S-landmark-colon-os")
    times = case["parameters"]["times"]
    curves = by_group(rows, "rx", "time", pl.col("status") == 1, conf_type="log-log", levels=RX)
    marks = [mark for curve in curves.values() for mark in curve.at(times)]
    difference = landmark_difference(curves["rx=Lev+5FU"].at(1826)[0], curves["rx=Obs"].at(1826)[0])
    actual = marks_as_r(tuple(marks)) | {
        "stratum": [name for name in curves for _ in times],
        "diff_5y": difference.survival_difference,
        "diff_se": difference.standard_error,
        "diff_lower": difference.ci_lower,
        "diff_upper": difference.ci_upper,
        "z": difference.z,
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_numbers_at_risk_colon():
    case, rows = load("S-natrisk-colon")
    times = case["parameters"]["times"]
    curves = by_group(rows, "rx", "time", pl.col("status") == 1, levels=RX)
    actual: dict[str, list[Any]] = {k: [] for k in case["expected"]}
    for name, curve in curves.items():
        counts = curve.counts_at(times)
        actual["stratum"] += [name] * len(times)
        actual["time"] += times
        actual["n_risk"] += [c.at_risk for c in counts]
        # R counts since the mark before, we from the start
        actual["n_event_interval"] += np.diff([c.events for c in counts], prepend=0).tolist()
        actual["n_censor_interval"] += np.diff([c.censored for c in counts], prepend=0).tolist()
    assert_matches(actual, case["expected"], tolerance(case))


def test_follow_up_colon():
    case, rows = load("S-followup-colon")
    parts = [rows.filter(pl.col("rx") == level) for level in RX]
    medians = [median_follow_up(column(p, "time"), column(p, "status"), conf_type="log") for p in parts]
    actual = {
        "stratum": [f"rx={level}" for level in RX],
        "n": [m.n for m in medians],
        "events": [m.events for m in medians],
        "median": [m.quantile for m in medians],
        "lower": [m.ci_lower for m in medians],
        "upper": [m.ci_upper for m in medians],
    }
    assert_matches(actual, case["expected"], tolerance(case))


def test_nelson_aalen_veteran():
    case, rows = load("S-nelson-aalen-veteran")
    times = case["parameters"]["times"]
    time, event = column(rows, "time"), column(rows, "status")
    hazard, error, _ = nelson_aalen(time, event).at(times)
    efron, _, survival = nelson_aalen(time, event, ties="efron").at(times)
    actual = {"time": times, "cumhaz": hazard, "std_cumhaz": error, "fh_efron_cumhaz": efron, "fh_efron_surv": survival}
    assert_matches(actual, case["expected"], tolerance(case))


def test_delayed_entry_mgus2():
    case, rows = load("S-km-lefttrunc-mgus2")
    rows = rows.filter((pl.col("futime") > 0) & (pl.col("age") >= 60))
    age = column(rows, "age")
    curve = kaplan_meier(age + column(rows, "futime") / 12, column(rows, "death"), entry=age)
    assert_matches(marks_as_r(curve.at(case["parameters"]["times"])), case["expected"], tolerance(case))


def test_conditional_start_mgus2():
    # every patient, entering at any age: survfit(Surv(age, age + futime/12, death) ~ 1, d, start.time = 60.0001), its
    # start just past 60, where R counts the deaths at 60 itself and we condition on having survived them
    _, rows = load("S-km-lefttrunc-mgus2")
    rows = rows.filter(pl.col("futime") > 0)
    age = column(rows, "age")
    curve = kaplan_meier(age + column(rows, "futime") / 12, column(rows, "death"), entry=age, start=60)
    marks = marks_as_r(curve.at([65, 70, 75]))
    assert marks["n_risk"] == [225, 298, 387]
    assert marks["surv"] == pytest.approx([0.814009068167, 0.642054254078, 0.479860601652], rel=1e-11)
    assert marks["std_err"] == pytest.approx([0.0263386435076, 0.0278306952561, 0.0248914475137], rel=1e-11)
    assert marks["lower"] == pytest.approx([0.763989120182, 0.589759934454, 0.433472307576], rel=1e-11)


def test_fleming_harrington_limits_veteran():
    # survfit(Surv(time, status) ~ 1, veteran, stype = 2, conf.type = "log-log"), ctype = 1 and 2, at 30, 100, 200
    _, rows = load("S-nelson-aalen-veteran")
    time, event = column(rows, "time"), column(rows, "status")
    for ties, lower, upper in (
        (
            "nelson-aalen",
            [0.618939749041, 0.338009477492, 0.143695182214],
            [0.771640667089, 0.503018756688, 0.284236541422],
        ),
        ("efron", [0.617395975209, 0.336396099160, 0.142686924418], [0.770598751355, 0.501479496856, 0.282876650750]),
    ):
        curve = nelson_aalen(time, event, ties=ties)
        place = np.searchsorted(curve.time, [30, 100, 200], side="right") - 1
        assert curve.survival_ci_lower[place] == pytest.approx(lower, rel=1e-9)
        assert curve.survival_ci_upper[place] == pytest.approx(upper, rel=1e-9)


def mean_as_r(mean: RestrictedMean) -> dict[str, list[float | None]]:
    return {
        "rmst": [mean.rmst, mean.standard_error, mean.ci_lower, mean.ci_upper],
        "rmtl": [mean.rmtl, mean.standard_error, mean.rmtl_ci_lower, mean.rmtl_ci_upper],
    }


def contrast_as_r(contrast: Contrast) -> list[float | None]:
    return [contrast.estimate, contrast.ci_lower, contrast.ci_upper, contrast.p_value]


@pytest.mark.parametrize(
    ("case_id", "time", "event", "arm"),
    [
        ("S-rmst-lung", pl.col("time"), pl.col("status") == 2, pl.col("sex") == 2),
        ("S-rmst-pbc-tau10", pl.col("time") / 365.25, pl.col("status") == 2, pl.col("trt") == 1),
    ],
)
def test_restricted_means(case_id, time, event, arm):
    case, rows = load(case_id)
    t, e, a = (rows.select(expr.alias("x"))["x"].to_numpy() for expr in (time, event, arm))
    result = rmst_difference(t, e, a.astype(int), case["parameters"]["tau"])
    actual: dict[str, Any] = {"tau": result.tau}
    for name, mean in (("arm1", result.arm1), ("arm0", result.arm0)):
        actual |= {f"{key}_{name}": values for key, values in mean_as_r(mean).items()}
    actual |= {"diff": contrast_as_r(result.difference), "ratio": contrast_as_r(result.ratio)}
    actual["rmtl_ratio"] = contrast_as_r(result.rmtl_ratio)
    expected = {key: value for key, value in case["expected"].items() if not key.startswith("columns")}
    assert_matches(actual, expected, tolerance(case))


def test_published_medians_of_the_leukaemia_trial():
    # Freireich (1963) / Gehan (1965): 23 weeks on 6-MP against 8, numbers at risk 21 and 21
    _, rows = load("S-median-flat-gehan")
    arm = codes(rows, "treat", ["control", "6-MP"])
    time, event = column(rows, "time"), column(rows, "cens")
    assert [kaplan_meier(time[arm == a], event[arm == a]).quantile().quantile for a in (1, 0)] == [23, 8]
