"""The thirteen criteria as one would write them by hand in Polars: true, false or null, a column each.

Two ways to choose the latest value with the worst of a tie: sort each test's rows by (date, answer) and take the
last, as most would write it; and one maximum of both packed into an integer, for which one must know the trick.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

LIMITS = {  # test -> comparison, threshold, whether in multiples of the row's reference limit
    "ALT": ("<=", 2.5, True),
    "AST": ("<=", 2.5, True),
    "TBIL": ("<=", 1.5, True),
    "CREAT": ("<=", 1.5, True),
    "ANC": (">=", 1.5, False),
    "PLT": (">=", 100.0, False),
    "HGB": (">=", 9.0, False),
    "ALB": (">=", 3.0, False),
}
MUTATIONS = {"EGFR": ["L858R", "E746_A750del"], "KRAS": ["G12C"], "BRAF": ["V600E"]}
EXCLUDING = ("KRAS", "BRAF")
MET, OPEN, NOT_MET = 0, 1, 2  # the worse the higher


def by_sorting(folder: Path) -> pl.DataFrame:
    """The latest value by sorting."""

    def latest(test: pl.Expr) -> pl.Expr:
        mine = test & pl.col("date").is_not_null()
        order = [pl.col("date").filter(mine), pl.col("answer").filter(mine)]
        return pl.col("answer").filter(mine).sort_by(order).last()

    return _query(folder, latest).collect(engine="streaming")


def by_packing(folder: Path) -> pl.DataFrame:
    """The latest value as the maximum of (date, answer) in one integer."""

    def latest(test: pl.Expr) -> pl.Expr:
        packed = pl.col("date").to_physical() * 4 + pl.col("answer")
        return (packed.filter(test).max() % 4).cast(pl.Int8)

    return _query(folder, latest).collect(engine="streaming")


def _query(folder: Path, latest: object) -> pl.LazyFrame:
    patients = pl.scan_parquet(folder / "patients.parquet")
    anchors = patients.select("patient_id", "c1d1")
    age = _years(pl.col("birth_date"), pl.col("c1d1"))
    anchored = pl.col("c1d1").is_not_null()
    return (
        patients.join(_labs(folder, anchors, latest), on="patient_id", how="left")
        .join(_variants(folder, anchors), on="patient_id", how="left")
        .select(
            "patient_id",
            (age >= 18).alias("AGE"),
            (pl.col("ecog") <= 1).alias("ECOG"),
            *(_settled(test).alias(test) for test in LIMITS),
            *(_found(gene, anchored).alias(gene) for gene in MUTATIONS),
        )
        .sort("patient_id")
    )


def _labs(folder: Path, anchors: pl.LazyFrame, latest: object) -> pl.LazyFrame:
    in_window = (pl.col("date") >= pl.col("c1d1") - pl.duration(days=14)) & (pl.col("date") <= pl.col("c1d1"))
    columns = []
    for name in LIMITS:
        mine = pl.col("test") == name
        undated = pl.col("answer").filter(mine & pl.col("date").is_null())
        columns += [latest(mine).alias(name), undated.min().alias(f"{name}:low"), undated.max().alias(f"{name}:high")]
    return (
        pl.scan_parquet(folder / "labs.parquet")
        .filter(pl.col("test").is_in(list(LIMITS)) & pl.col("value").is_not_null())
        .join(anchors, on="patient_id")
        .filter(in_window | (pl.col("date").is_null() & pl.col("c1d1").is_not_null()))
        .with_columns(answer=_answer())
        .group_by("patient_id")
        .agg(columns)
    )


def _answer() -> pl.Expr:
    ratio = pl.when(pl.col("ref_high") > 0).then(pl.col("value") / pl.col("ref_high"))
    holds = pl.lit(None, pl.Boolean)
    for name, (op, limit, relative) in LIMITS.items():
        number = ratio if relative else pl.col("value")
        # Within a relative 1e-9 a value is the limit: 1.65 / 1.1 is to be 1.5.
        met = number <= limit * (1 + 1e-9) if op == "<=" else number >= limit * (1 - 1e-9)
        holds = pl.when(pl.col("test") == name).then(met).otherwise(holds)
    return pl.when(holds).then(MET).when(~holds).then(NOT_MET).otherwise(OPEN).cast(pl.Int8)


def _settled(test: str) -> pl.Expr:
    """True or false if the latest value and all values without a date say so."""
    low = pl.min_horizontal(test, f"{test}:low")
    high = pl.max_horizontal(test, f"{test}:high")
    known = pl.col(test).is_not_null()
    return pl.when(known & (high == MET)).then(True).when(known & (low == NOT_MET)).then(False)


def _variants(folder: Path, anchors: pl.LazyFrame) -> pl.LazyFrame:
    return (
        pl.scan_parquet(folder / "variants.parquet")
        .filter(pl.col("gene").is_in(list(MUTATIONS)))
        .join(anchors, on="patient_id")
        .with_columns(by=pl.col("date") <= pl.col("c1d1"))
        .group_by("patient_id")
        .agg(
            pl.lit(True).alias("has a row"),
            *(
                ((pl.col("gene") == gene) & pl.col("protein").is_in(proteins) & pl.col("by"))
                .any(ignore_nulls=False)
                .alias(gene)
                for gene, proteins in MUTATIONS.items()
            ),
        )
    )


def _found(gene: str, anchored: pl.Expr) -> pl.Expr:
    # No row at all is "no"; only rows that leave it open are null.
    found = pl.when(anchored).then(pl.when(pl.col("has a row")).then(pl.col(gene)).otherwise(False))
    return ~found if gene in EXCLUDING else found


def _years(born: pl.Expr, at: pl.Expr) -> pl.Expr:
    birthday = born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
    today = at.dt.month().cast(pl.Int32) * 100 + at.dt.day()
    return at.dt.year() - born.dt.year() - (today < birthday).cast(pl.Int32)
