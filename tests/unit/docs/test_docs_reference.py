"""The generated reference is what stands in the repository, and describes what a run leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from stratify.study.run import run_study
from stratify.study.start import start_study
from support import ROOT


def test_the_reference_is_as_generated() -> None:
    command = [sys.executable, ROOT / "docs" / "generate.py", "--reference", "--check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"run `make docs`:\n{done.stdout}{done.stderr}"


COMPETING = """\
  first: {time: patients.time, event: {column: patients.cens, is: "== 1"},
          competing: {none: {column: patients.cens, is: "== 2"}}}
"""
KINDS = """\
  - {id: combo, kind: survival, endpoint: rfs, tests: maxcombo}
  - {id: cox, kind: cox, endpoint: rfs, covariates: age}
  - {id: cr, kind: competing_risks, endpoint: first, at: 365}
  - {id: rmst, kind: rmst, endpoint: rfs, horizon: 365}
  - {id: aft, kind: aft, endpoint: rfs, covariates: age}
"""
"""Kinds of analysis that the demonstration does not have, so that every statistic is seen."""


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generator of the page on results."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    from generators import results

    return results


def test_every_file_column_and_statistic_of_a_run_is_described(described: ModuleType, tmp_path: Path) -> None:
    start_study(tmp_path)
    study = tmp_path / "study.yaml"
    plan = study.read_text(encoding="utf-8").replace("analyses:\n", f"{COMPETING}analyses:\n{KINDS}", 1)
    study.write_text(plan, encoding="utf-8")
    folder = run_study(tmp_path / "study.yaml", finished="2026-01-01T00:00:00Z", overrides={}).folder
    assert {path.name for path in folder.iterdir()} == set(described.FILES)
    results = pl.read_parquet(folder / "results.parquet")
    assert set(results.columns) == set(described.RESULT_COLUMNS)
    assert set(results["statistic"]) == set(described.STATISTICS) - {"not_done"}
    assert set(json.loads((folder / "results.json").read_text(encoding="utf-8"))[0]) == set(described.RESULT_COLUMNS)
    assert set(pl.read_parquet(folder / "verdicts.parquet").columns) == set(described.VERDICT_COLUMNS)
    assert set(pl.read_parquet(folder / "criteria.parquet").columns) == set(described.CRITERIA_COLUMNS)
