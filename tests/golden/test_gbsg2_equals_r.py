"""The demo, whole: every number that R was asked for (``gbsg2.R`` wrote ``gbsg2_r.csv``) is the one in the results."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from stratify.study.run import run_study
from stratify.study.start import start_study

R = Path(__file__).with_name("gbsg2_r.csv")
METHODS = {
    "median": r"^Kaplan-Meier.*quantile rule$",
    "follow-up": r"^reverse Kaplan-Meier",
    "survival": r"at a landmark$",
    "rmst": r"^area under",
    "unstratified": r"^Cox.*Wald interval$",
    "stratified": r"^Cox.*stratified by menostat$",
    "log-rank": r"^log-rank test$",
    "stratified log-rank": r"^log-rank test, 2 strata$",
    "within": r"^Cox.*Wald interval(; patients of the level alone)?$",
    "interaction": r"^likelihood-ratio",
    "fisher": r"^Fisher",
    "": r"",
}
TOLERANCE = {"odds_ratio": 1e-4}
"""R finds the conditional odds ratio with uniroot's default tolerance, which leaves four digits."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("demo")
    start_study(folder)
    run = run_study(folder / "study.yaml", finished="2026-01-01T00:00:00Z", overrides={})
    return pl.read_parquet(run.folder / "results.parquet")


def _cases() -> list[dict[str, str]]:
    with R.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("analysis", ["rfs", "predictive", "subgroups", "receptors", "baseline"])
def test_every_number_is_rs(results: pl.DataFrame, analysis: str) -> None:
    cases = [case for case in _cases() if case["analysis"] == analysis]
    assert cases
    for case in cases:
        found = results.filter(
            pl.col("analysis") == analysis,
            pl.col("statistic") == case["statistic"],
            *(pl.col(name).eq_missing(pl.lit(case[name] or None)) for name in ("group", "versus", "stratum")),
            pl.col("method").str.contains(METHODS[case["of"]]),
            pl.col("time").eq_missing(pl.lit(float(case["time"]))) if case["time"] else pl.lit(True),
        )
        assert found.height == 1, (case, found.height)
        value = found["value"].item()
        if not case["value"]:
            assert value is None, case
            continue
        tolerance = TOLERANCE.get(case["statistic"], 1e-8)
        assert value == pytest.approx(float(case["value"]), rel=tolerance, abs=1e-12), case
