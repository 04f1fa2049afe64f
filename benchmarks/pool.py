"""A pool of patients to screen: the same for everybody who makes it with the same seed, and as untidy as a real one.

Patients have panels of laboratory tests, most of them one in the two weeks before the first day, and repeats on the
same day whose values disagree. Some anchors, birth dates, values, reference limits and dates are missing. The rows of
the event tables are in no order.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

PANELS, SINGLES = 2, 6  # rows a patient: two panels of twelve tests and six single values
LABS_A_PATIENT = 30
VARIANTS_A_PATIENT = 8

_TESTS = {  # upper limit of normal, and the median and spread (log scale) of the values
    "ALT": (40.0, 22.0, 0.62),
    "AST": (40.0, 22.0, 0.6),
    "TBIL": (1.2, 0.6, 0.55),
    "CREAT": (1.2, 0.9, 0.3),
    "ANC": (8.0, 4.2, 0.5),
    "PLT": (400.0, 240.0, 0.42),
    "HGB": (17.0, 12.6, 0.16),
    "ALB": (5.0, 4.0, 0.14),
    "NA": (145.0, 139.0, 0.02),
    "K": (5.0, 4.1, 0.1),
    "GLU": (6.0, 5.4, 0.25),
    "LDH": (250.0, 190.0, 0.4),
}
_GENES = ("EGFR", "KRAS", "TP53", "ALK", "BRAF", "MET", "RB1", "ERBB2", *(f"GENE{i}" for i in range(40)))
_PROTEINS = ("L858R", "E746_A750del", "G12C", "V600E", "T790M", "R175H")

Ints = NDArray[np.int32]


def pool(folder: Path, patients: int, seed: int = 1) -> Path:
    """The folder with ``patients.parquet``, ``labs.parquet`` and ``variants.parquet``; made if it is not there."""
    place = folder / f"pool-{patients}-{seed}"
    if not (place / "done").exists():
        place.mkdir(parents=True, exist_ok=True)
        make(place, patients, np.random.default_rng(seed))
        (place / "done").touch()
    return place


def make(place: Path, patients: int, random: np.random.Generator) -> None:
    """Write the three tables."""
    ids = 1_000_000 + random.permutation(patients)
    start = (19_000 + random.integers(0, 700, patients)).astype(np.int32)
    _patients(ids, start, random).write_parquet(place / "patients.parquet")
    _labs(ids, start, random).write_parquet(place / "labs.parquet")
    _variants(ids, start, random).write_parquet(place / "variants.parquet")


def _patients(ids: NDArray[np.int64], start: Ints, random: np.random.Generator) -> pl.DataFrame:
    n = len(ids)
    age = random.integers(17 * 365, 90 * 365, n)
    return pl.DataFrame({
        "patient_id": ids,
        "c1d1": _days(start, random, missing=0.01),
        "birth_date": _days(start - age, random, missing=0.003),
        "sex": random.choice(["female", "male"], n),
        "ecog": _lacking(random.choice([0, 1, 2, 3], n, p=[0.42, 0.48, 0.08, 0.02]), random, 0.01),
    })  # fmt: skip


def _labs(ids: NDArray[np.int64], start: Ints, random: np.random.Generator) -> pl.DataFrame:
    n, tests = len(ids), len(_TESTS)
    # The first panel is the one of screening, nearly always in the window; the other is of any time.
    screening = np.where(random.random(n) < 0.96, -random.integers(0, 15, n), -random.integers(15, 60, n))
    other = random.integers(-400, 30, n)
    singles = np.where(
        random.random((n, SINGLES)) < 0.3, screening[:, None], screening[:, None] - random.integers(-20, 300, (n, 6))
    )
    offset = np.concatenate([np.repeat(screening, tests), np.repeat(other, tests), singles.ravel()])
    test = np.concatenate([np.tile(np.arange(tests), PANELS * n), random.integers(0, tests, SINGLES * n)])
    who = np.concatenate([np.repeat(np.arange(n), tests), np.repeat(np.arange(n), tests), np.repeat(np.arange(n), 6)])
    order = random.permutation(len(who)).astype(np.int32)
    offset, test, who = offset[order].astype(np.int32), test[order], who[order].astype(np.int32)
    limit, median, spread = (np.array(column)[test] for column in zip(*_TESTS.values(), strict=True))
    value = np.round(
        median
        * np.exp(
            random.normal(
                0,
                1,
                len(who),
            )
            * spread
        ),
        1,
    )
    return pl.DataFrame({
        "patient_id": ids[who],
        "test": pl.Series(np.array(list(_TESTS))[test]),
        "value": _lacking(value, random, 0.01),
        "ref_high": _lacking(limit, random, 0.002),
        "date": _days(start[who] + offset, random, missing=0.001),
    })  # fmt: skip


def _variants(ids: NDArray[np.int64], start: Ints, random: np.random.Generator) -> pl.DataFrame:
    rows = VARIANTS_A_PATIENT * len(ids)
    who = random.integers(0, len(ids), rows)
    # A third of the rows is the mutation that the trial is about.
    gene, protein = random.integers(0, len(_GENES), rows), random.integers(0, len(_PROTEINS), rows)
    wanted = random.random(rows) < 0.3
    gene, protein = np.where(wanted, 0, gene), np.where(wanted, random.integers(0, 2, rows), protein)
    return pl.DataFrame({
        "patient_id": ids[who],
        "gene": np.array(_GENES)[gene],
        "protein": pl.Series(np.array(_PROTEINS)[protein]).set(pl.Series(random.random(rows) < 0.002), None),
        "vaf": random.random(rows),
        "date": _days(start[who] - random.integers(-30, 300, rows), random, missing=0.001),
    })  # fmt: skip


def _days(day: NDArray[np.integer], random: np.random.Generator, *, missing: float) -> pl.Series:
    return _lacking(day.astype(np.int32), random, missing).cast(pl.Date)


def _lacking(values: NDArray[np.generic], random: np.random.Generator, share: float) -> pl.Series:
    return pl.Series(values).set(pl.Series(random.random(len(values)) < share), None)
