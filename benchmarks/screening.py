"""One protocol of thirteen criteria over a pool of patients, from Parquet files to an answer per criterion.

Ours is everything a user waits for: the protocol and the dictionary read, the cohort opened, the plan compiled, the
query run. The peers answer with true, false or null; ours adds the reasons, the verdict and the masks.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from benchmarks.measuring import Line, medians, peak
from benchmarks.pool import pool
from benchmarks.screening_polars import by_packing, by_sorting
from stratify.compile import compile_plan, result_column
from stratify.data import open_cohort
from stratify.model.dictionary import PATIENT_KEY
from stratify.model.truth import CriterionResult
from stratify.protocol import load_dictionary, load_protocol
from stratify.screening import Verdicts, screen

_PROTOCOLS = Path(__file__).parent / "protocols"
_BARS = {"Polars by hand, sorting": 1.0, "DuckDB": 1.3}
_BAR_FROM = 1_000_000  # patients


def ours(folder: Path) -> Verdicts:
    """The thirteen criteria as a protocol."""
    dictionary = load_dictionary(_PROTOCOLS / "dictionary.yaml")
    cohort = open_cohort(folder, dictionary)
    plan = compile_plan(load_protocol(_PROTOCOLS / "thirteen.yaml"), dictionary, cohort.catalogue)
    return screen(plan, cohort.frames)


def by_duckdb(folder: Path) -> pl.DataFrame:
    """The thirteen criteria in SQL."""
    from benchmarks.screening_duckdb import by_sql

    return by_sql(folder)


_PEERS = {"Polars by hand, sorting": by_sorting, "Polars by hand, packing": by_packing, "DuckDB": by_duckdb}


def lines(folder: Path, patients: int, runs: int) -> list[Line]:
    """Compare every answer, then time and memory."""
    place = pool(folder, patients)
    peers = {name: run for name, run in _PEERS.items() if name != "DuckDB" or find_spec("duckdb")}
    expected = _answers(ours(place))
    for name, run in peers.items():
        _agree(expected, run(place).select(expected.columns), name)
    seconds = medians({"ours": lambda: ours(place)} | {n: lambda run=run: run(place) for n, run in peers.items()}, runs)
    mine = peak("benchmarks.screening:ours", place)
    work = f"13 criteria, {patients:,} patients"
    result = [
        Line(
            work,
            name,
            seconds[name] / seconds["ours"],
            _BARS.get(name) if patients >= _BAR_FROM else None,
            peak(f"{run.__module__}:{run.__name__}", place) / mine,
            f"{expected.height * (expected.width - 1):,} equal answers",
        )
        for name, run in peers.items()
    ]
    return result if "DuckDB" in peers else [*result, Line(work, "DuckDB", note="skipped: not installed")]


def _answers(verdicts: Verdicts) -> pl.DataFrame:
    return verdicts.frame.select(PATIENT_KEY, *(_truth(c.id) for c in verdicts.protocol.criteria))


def _truth(criterion: str) -> pl.Expr:
    result = pl.col(result_column(criterion))
    not_met = pl.when(result == int(CriterionResult.NOT_MET)).then(statement=False)
    return pl.when(result == int(CriterionResult.MET)).then(statement=True).otherwise(not_met).alias(criterion)


def _agree(ours: pl.DataFrame, theirs: pl.DataFrame, name: str) -> None:
    for column in ours.columns:
        different = (~ours[column].eq_missing(theirs[column])).sum()
        if different:
            raise AssertionError(f"{name}: {different:,} of {ours.height:,} answers differ in {column}")
