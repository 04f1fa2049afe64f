"""Small cohorts on disk for the tests of the data room."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from stratify.data import CohortTables, open_cohort
from stratify.diagnostics import Finding
from stratify.model.dictionary import PATIENTS, Dictionary, Grain, Measure, Table


def dictionary(*tables: Table, measures: tuple[Measure, ...] = (), patients: Table | None = None) -> Dictionary:
    """A dictionary of the patients' table and others."""
    first = patients or Table(PATIENTS, grain=Grain.ONE)
    return Dictionary({t.name: t for t in (first, *tables)}, {m.name: m for m in measures})


def write(folder: Path, **frames: pl.DataFrame) -> None:
    """Write each frame as Parquet under its table's name."""
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")


def cohort(folder: Path, said: Dictionary, *, strict: bool = False, **frames: pl.DataFrame) -> CohortTables:
    """Write the frames and open the folder."""
    write(folder, **frames)
    return open_cohort(folder, said, strict=strict)


def codes(findings: Iterable[Finding]) -> list[str]:
    """The findings' codes, in order."""
    return [finding.code for finding in findings]
