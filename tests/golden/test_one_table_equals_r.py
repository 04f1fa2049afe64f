"""``stratify survival`` on real data: its numbers are those of R's reference cases, whatever option led to them."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from stratify.analysis import results_frame
from stratify.study.one_table import TableQuestion, ask_survival
from stratify.study.survival_question import SurvivalQuestion
from support import reference_case, shared_path


def asked(table: str, **question: Any) -> pl.DataFrame:
    path = shared_path("reference", "data", f"{table}.parquet")
    question = {"time": "time", **question}
    answer = ask_survival(TableQuestion(path, where=question.pop("where", None)), SurvivalQuestion(**question))
    return results_frame(answer.analyses)


def value(found: pl.DataFrame, **of: Any) -> float:
    method = of.pop("method", "")
    rows = found.filter(*(pl.col(name) == wanted for name, wanted in of.items()), pl.col("method").str.contains(method))
    assert rows.height == 1, rows
    number: float = rows["value"].item()
    return number


@pytest.mark.parametrize("strata", [(), ("sex",)], ids=["unstratified", "stratified_by_sex"])
def test_gray(strata: tuple[str, ...]) -> None:
    expected = reference_case("S-gray-melanoma")["expected"]["stratified_by_sex" if strata else "unstratified"]
    found = asked("melanoma", event="status=1", competing=("status=3",), by="ulcer", strata=strata)
    for cause, statistic, p in zip(("status=1", "status=3"), expected["stat"], expected["p"], strict=True):
        of = {"analysis": "competing_risks", "stratum": cause, "method": "^Gray"}
        assert value(found, statistic="chi_square", **of) == pytest.approx(statistic, rel=1e-8)
        assert value(found, statistic="p_value", **of) == pytest.approx(p, rel=1e-7)


def test_a_competing_event_censors_in_a_cox_model() -> None:
    expected = reference_case("S-causespecific-melanoma")["expected"]["melanoma"]
    found = asked(
        "melanoma", event="status=1", competing=("status=3",), covariates=("sex", "age", "thickness", "ulcer")
    )
    for term, ratio, error in zip(expected["term"], expected["hr"], expected["se"], strict=True):
        of = {"analysis": "cox", "stratum": term}
        assert value(found, statistic="hazard_ratio", **of) == pytest.approx(ratio, rel=1e-7)
        assert value(found, statistic="standard_error", **of) == pytest.approx(error, rel=1e-7)


def test_clusters() -> None:
    expected = reference_case("S-cox-cluster-kidney")["expected"]
    found = asked("kidney", event="status", covariates=("age", "sex"), cluster="id")
    of = {"analysis": "cox", "stratum": "age"}
    assert value(found, statistic="hazard_ratio", **of) == pytest.approx(expected["hr"][0], rel=1e-8)
    assert value(found, statistic="standard_error", **of) == pytest.approx(expected["se"][0], rel=1e-7)
    assert "robust variance by cluster" in found.filter(statistic="standard_error", stratum="age")["method"].item()


@pytest.mark.parametrize(("test", "of"), [("fh:1:0", "rho 1"), ("peto", "Peto")])
def test_a_test_besides(test: str, of: str) -> None:
    expected = reference_case("S-fh-rho1-lung")["expected"]
    found = asked("lung", event="status=2", by="sex", tests=(test,))
    chi_square = value(found, statistic="chi_square", method=of)
    # R's rho = 1 weighs by Kaplan-Meier just before; Peto and Peto's estimate is another, close by.
    assert chi_square == pytest.approx(expected["chisq"], rel=1e-8 if test.startswith("fh") else 2e-2)


def test_maxcombo() -> None:
    expected = reference_case("S-maxcombo-colon")["expected"]
    found = asked(
        "colon", event="status", by="rx", reference="Obs", where="etype = 1 AND rx <> 'Lev'", tests=("maxcombo",)
    )
    assert value(found, statistic="z") == pytest.approx(max(expected["z"]), rel=1e-8)
    # R's p of 1.9e-5 is the noise of its integration: two of the four tests alone are above that (test_maxcombo.py).
    assert value(found, statistic="p_value", method="MaxCombo") == pytest.approx(2.8628e-5, rel=1e-4)


@pytest.mark.parametrize(("ties", "of"), [("efron", "efron"), ("breslow", "breslow"), ("discrete", "exact")])
def test_ties(ties: str, of: str) -> None:
    expected = reference_case("S-cox-exact-gehan")["expected"][of]
    found = asked("gehan", event="cens", by="treat", ties=ties)
    ratio = value(found, statistic="log_hazard_ratio")
    assert abs(ratio) == pytest.approx(abs(expected["coef"]), rel=1e-7)


def test_landmark_differences() -> None:
    found = asked("lung", event="status=2", by="sex", at=(365.0,))
    one, two = (value(found, statistic="survival", group=g, time=365.0, method="landmark") for g in "12")
    assert value(found, statistic="survival_difference") == pytest.approx(two - one, rel=1e-12)
    assert value(found, statistic="standard_error", method="difference of Kaplan") > 0
