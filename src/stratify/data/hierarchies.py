"""What lies below codes by the hierarchy tables of a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from stratify.data.codes import as_written_in
from stratify.data.queries import collect
from stratify.model.dictionary import Hierarchy


def codes_below(
    codes: Iterable[str], system: str, hierarchy: Hierarchy, references: Mapping[str, pl.LazyFrame]
) -> dict[str, frozenset[str]]:
    """For each of these codes, in the form of their system, every code below it.

    The table is read once a level, for all codes together, and what is kept of it is what lies below them: once and a
    second time for a table of all pairs, which has everything at once. A circle ends when it brings no further code.
    """
    edges = _edges(system, hierarchy, references[hierarchy.reference])
    asked = pl.DataFrame({"code": list(codes)}, schema={"code": pl.String})
    found = asked.select(pl.col("code").alias("root"), "code").unique()
    latest = found
    while not latest.is_empty():
        step = edges.join(latest.lazy(), left_on="above", right_on="code", how="inner", build_side="force_right")
        further = step.select("root", pl.col("below").alias("code")).unique()
        new = further.join(found.lazy(), on=["root", "code"], how="anti")
        latest = collect(new, hierarchy.reference, "streaming")
        found = pl.concat([found, latest])
    below = found.filter(pl.col("code") != pl.col("root")).group_by("root").agg("code")
    return {code: frozenset() for code in asked.get_column("code")} | {
        str(root): frozenset(under) for root, under in below.iter_rows()
    }


def _edges(system: str, hierarchy: Hierarchy, table: pl.LazyFrame) -> pl.LazyFrame:
    columns = (("above", hierarchy.ancestor), ("below", hierarchy.descendant))
    named = [as_written_in(pl.col(column), system).alias(name) for name, column in columns]
    return table.select(named).drop_nulls().filter(pl.col("above") != pl.col("below"))
