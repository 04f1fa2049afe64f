"""Models of the demo's patients: every number that R was asked for (``models.R`` wrote ``models_r.csv``)."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from stratify.study.run import StudyRun, run_study
from stratify.study.start import start_study

R = Path(__file__).with_name("models_r.csv")
PLAN = """\
analyses:
  - {id: km, kind: survival, endpoint: rfs, reference: control, tests: [fh:0:1, gehan]}
  - {id: cox, kind: cox, endpoint: rfs, covariates: [arm, age, tgrade], references: {arm: control, tgrade: II},
     strata: [menostat]}
  - {id: ph, kind: ph_check, endpoint: rfs, covariates: [arm, age, tgrade], references: {arm: control, tgrade: II}}
  - {id: aft, kind: aft, endpoint: rfs, covariates: [arm, age], references: {arm: control}}
  - {id: rmst, kind: rmst, endpoint: rfs, reference: control, horizon: 1825}
multiplicity: {family: [km, cox, ph, aft], method: holm}
"""
TESTS = {
    "likelihood-ratio": "likelihood-ratio test",
    "score": "score test",
    "Wald": "Wald test of tgrade, all levels together",
}


def _run(folder: Path, plan: str) -> StudyRun:
    start_study(folder)
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text[: text.index("analyses:")] + plan, encoding="utf-8")
    return run_study(study, finished="2026-01-01T00:00:00Z", overrides={})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    run = _run(tmp_path_factory.mktemp("models"), PLAN)
    return pl.read_parquet(run.folder / "results.parquet")


def _cases() -> list[dict[str, str]]:
    with R.open(newline="", encoding="utf-8") as file:
        return [case for case in csv.DictReader(file) if case["analysis"] != "km"]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: "-".join(v for v in list(case.values())[:4] if v))
def test_every_number_is_rs(results: pl.DataFrame, case: dict[str, str]) -> None:
    statistic = case["statistic"]
    test = TESTS.get(statistic)
    found = results.filter(
        pl.col("analysis") == case["analysis"],
        pl.col("statistic") == ("chi_square" if test else statistic),
        pl.col("stratum").eq_missing(pl.lit(case["stratum"] or None)) if statistic != "aic" else pl.lit(True),
        pl.col("method").str.contains(test) if test else pl.lit(True),
    )
    if case["group"]:
        found = found.filter(pl.col("group") == case["group"])
    found = found.filter(~pl.col("method").str.contains("no covariates|residual"))
    assert found.height == 1, (case, found)
    # Both maximise by iteration; R stops at a relative change of the log-likelihood of 1e-9.
    assert found["value"].item() == pytest.approx(float(case["value"]), rel=2e-6)


def test_conventions_of_the_study_take_the_place_of_the_profiles(tmp_path: Path) -> None:
    plan = "ties: breslow\nconf_type: plain\nanalyses:\n"
    plan += "  - {id: km, kind: survival, endpoint: rfs, reference: control}\n"
    found = pl.read_parquet(_run(tmp_path, plan).folder / "results.parquet")
    with R.open(newline="", encoding="utf-8") as file:
        expected = {
            (c["statistic"], c["group"]): float(c["value"]) for c in csv.DictReader(file) if c["analysis"] == "km"
        }
    ratio = found.filter(pl.col("statistic") == "hazard_ratio")
    assert ratio["value"].item() == pytest.approx(expected["hazard_ratio", "hormone"], rel=1e-8)
    assert "Breslow ties" in ratio["method"].item()
    median = found.filter(pl.col("group") == "control", pl.col("method").str.contains("^Kaplan-Meier.*plain.*rule$"))
    for limit in ("lower", "upper"):
        value = median.filter(pl.col("statistic") == f"ci_{limit}")["value"].item()
        assert value == expected[f"median_{limit}", "control"]


def test_the_primary_test_of_each_kind_takes_part_in_a_family(results: pl.DataFrame) -> None:
    family = results.filter(pl.col("statistic") == "p_adjusted")
    assert family["analysis"].to_list() == ["km", "cox", "ph", "aft"]
    assert family["value"].null_count() == 0
    assert "Gehan" in family["method"][0]  # the last test that the plan names is the primary one


def test_the_methods_paragraph_names_every_test_and_no_other(tmp_path: Path) -> None:
    plan = "analyses:\n  - {id: km, kind: survival, endpoint: rfs, at: 365, tests: [fh:0:1, maxcombo]}\n"
    report = (_run(tmp_path, plan).folder / "report.html").read_text(encoding="utf-8")
    for named in (
        "Fleming-Harrington tests weigh",
        "MaxCombo takes the largest",
        "Differences of survival",
        "Karrison",
    ):
        assert named in report
    for absent in ("Gehan", "Tarone", "Peto", "Fine and Gray", "Firth"):
        assert absent not in report
