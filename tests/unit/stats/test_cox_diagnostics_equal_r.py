"""Every number that R was asked for (``cox_diagnostics.R`` wrote ``cox_diagnostics_r.csv``): residuals, tests of
proportional hazards and their smooths, predicted curves; with ties, entry times, strata, weights, offset, units."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.design import Design, design
from stratify.stats.predicted_survival import predicted_hazard, predicted_survival
from stratify.stats.proportional_hazards import TimeTransform, proportional_hazards_test
from stratify.stats.residuals import cox_residuals
from stratify.stats.survival_intervals import CONF_TYPES
from stratify.stats.variables import Categorical, Continuous

HERE = Path(__file__).parent
TRANSFORMS: tuple[TimeTransform, ...] = ("km", "rank", "identity", "log")
CASES: dict[str, dict[str, Any]] = {
    "efron": {},
    "breslow": {"ties": "breslow"},
    "weights and strata": {"weights": "weight", "strata": "stratum"},
    "entry": {"entry": "entry"},
    "all breslow": {"entry": "entry", "weights": "weight", "strata": "stratum", "offset": "offset", "ties": "breslow"},
    "all efron by unit": {
        "entry": "entry", "weights": "weight", "strata": "stratum", "offset": "offset", "cluster": "unit",
    },
}  # fmt: skip


@cache
def data() -> dict[str, np.ndarray]:
    with (HERE / "cox_diagnostics_data.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    whole = {"event", "cell", "stratum", "unit"}
    return {name: np.array([float(r[name]) for r in rows], int if name in whole else float) for name in rows[0]}


@cache
def said(case: str) -> dict[str, np.ndarray]:
    with (HERE / "cox_diagnostics_r.csv").open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["case"] == case]
    values = {line["statistic"]: line["values"].replace("NA", "nan").split() for line in lines}
    return {name: np.array(numbers, dtype=float) for name, numbers in values.items()}


@cache
def fitted(case: str) -> tuple[CoxFit, Design]:
    d = data()
    cell = Categorical("cell", d["cell"], ("0", "1", "2"))
    columns = design([Continuous("age", d["age"]), Continuous("sex", d["sex"]), cell], {"cell": "0"})
    options = {name: value if name == "ties" else d[value] for name, value in CASES[case].items()}
    return cox(d["time"], d["event"], columns.x, names=columns.names, **options), columns


def equal(actual: Any, expected: np.ndarray, columns: int = 1) -> None:
    """R writes matrices column by column."""
    wanted = expected.reshape(columns, -1).T if columns > 1 else expected
    np.testing.assert_allclose(actual, wanted, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_residuals(case: str) -> None:
    (fit, _), r = fitted(case), said(case)
    found = cox_residuals(fit)
    equal(fit.coefficients, r["coef"])
    equal(found.martingale, r["martingale"])
    equal(found.deviance, r["deviance"])
    for name, values in {
        "score": found.score,
        "dfbeta": found.dfbeta,
        "dfbetas": found.dfbetas,
        "schoenfeld": found.schoenfeld,
        "scaledsch": found.scaled_schoenfeld,
    }.items():
        equal(values, r[name], 4)
    units = cox_residuals(fit, collapse=data()["unit"])
    assert units.row.tolist() == list(range(1, 17))
    equal(units.martingale, r["collapsed martingale"])
    for name, values in {"score": units.score, "dfbeta": units.dfbeta}.items():
        equal(values, r[f"collapsed {name}"], 4)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_proportional_hazards(case: str, transform: TimeTransform) -> None:
    (fit, columns), r = fitted(case), said(case)
    found = proportional_hazards_test(fit, transform=transform, terms=columns.terms)
    tests = [*(term.test for term in found.terms), found.overall]
    equal([[t.chi_square, t.df, t.p_value] for t in tests], r[f"zph {transform}"], 3)
    effects = np.column_stack([term.effect for term in found.terms])
    listed = np.lexsort((effects[:, 0], found.time, found.stratum))
    equal(found.x[listed], r[f"zph x {transform}"])
    equal(effects[listed], r[f"zph y {transform}"], 3)
    for i, name in enumerate(["age", "sex"], start=1):
        smooth = found.smooth(name, points=9)
        actual = np.column_stack([smooth.x, smooth.effect, smooth.standard_error])
        equal(actual, r[f"zph smooth {i} {transform}"], 3)


@pytest.mark.parametrize("case", CASES)
def test_predicted_curves(case: str) -> None:
    (fit, columns), r = fitted(case), said(case)
    new = [columns.row({"age": 50, "sex": 0, "cell": "0"}), columns.row({"age": 70, "sex": 1, "cell": "2"})]
    options: dict[str, Any] = {}
    if "strata" in CASES[case]:
        options["strata"] = [3, 7]
    if "offset" in CASES[case]:
        options["offset"] = [0.0, 0.5]
    hazards = predicted_hazard(fit, new, **options)
    for conf_type in CONF_TYPES if case == "efron" else ("log",):
        curves = predicted_survival(fit, new, conf_type=conf_type, **options)
        for i, (curve, hazard) in enumerate(zip(curves, hazards, strict=True), start=1):
            where = f"curve {i}"
            equal(curve.ci_lower, r[f"{where} {conf_type} lower"])
            equal(curve.ci_upper, r[f"{where} {conf_type} upper"])
            if conf_type != "log":
                continue
            equal(curve.time, r[f"{where} time"])
            for name, values in {"risk": curve.at_risk, "event": curve.events, "censor": curve.censored}.items():
                equal(values, r[f"{where} n.{name}"])
            equal(curve.survival, r[f"{where} surv"])
            equal(hazard.cumulative_hazard, r[f"{where} cumhaz"])
            equal(hazard.standard_error, r[f"{where} std.err"])
            quantiles = [curve.quantile(p) for p in (0.25, 0.5)]
            wanted = r[f"{where} quantile"].reshape(3, 2)  # estimates, lower and upper limits
            equal(np.array([[q.quantile, q.ci_lower] for q in quantiles], dtype=float), wanted[:2].T)
            # Where the upper limit of a curve rises again quantile.survfit takes a later crossing than R prints.
            if np.all(np.diff(curve.ci_upper) <= 0):
                equal(np.array([q.ci_upper for q in quantiles], dtype=float), wanted[2])


def test_a_covariate_constant_in_a_stratum() -> None:
    d, r = data(), said("constant in a stratum")
    x = np.column_stack([d["age"], np.where(d["stratum"] == 3, 0, d["sex"])])
    found = proportional_hazards_test(cox(d["time"], d["event"], x, names=["age", "high"], strata=d["stratum"]))
    equal([[t.chi_square, t.df, t.p_value] for t in (*(t.test for t in found.terms), found.overall)], r["zph km"], 3)
    age, high = found.terms
    effects = np.full((len(found.x), 2), np.nan)
    effects[age.event, 0], effects[high.event, 1] = age.effect, high.effect
    equal(effects[np.lexsort((effects[:, 0], found.time, found.stratum))], r["zph y km"], 2)
    assert set(found.stratum[high.event]) == {1}
    smooth = found.smooth("high", points=9)
    actual = np.column_stack([smooth.x, smooth.effect, smooth.standard_error])
    equal(actual, r["zph smooth 2 km"], 3)
