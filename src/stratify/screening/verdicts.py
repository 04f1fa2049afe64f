"""Verdicts: what screening says of every patient."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stratify.compile import reasons_column, result_column
from stratify.model.dictionary import PATIENT_KEY
from stratify.model.protocol import Protocol
from stratify.model.truth import CriterionResult, Reason, Verdict

NO_SLOT_LEFT = "no_slot_left"
"""Column that says of whom no arm had a place left; only where arms have a number of places, once they are given."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The plan's output for a cohort, one row per patient in the order of their ids.

    ``frame`` has the columns described in :mod:`stratify.compile.plan`; the tables for other tools are made from it.
    """

    protocol: Protocol
    frame: pl.DataFrame

    @property
    def n(self) -> int:
        """Patients screened."""
        return self.frame.height

    def count(self, verdict: Verdict) -> int:
        """Patients with this verdict."""
        return int((self.frame["verdict"] == int(verdict)).sum())

    def verdict_table(self) -> pl.DataFrame:
        """``verdicts.parquet``: a row a patient, bit i of the masks being the i-th criterion of the protocol."""
        names = {int(v): v.name for v in Verdict}
        return self.frame.select(
            PATIENT_KEY,
            pl.col("verdict").replace_strict(names, return_dtype=pl.String),
            "arm",
            "stratum",
            "failed",
            "unknown",
            *(name for name in (NO_SLOT_LEFT,) if name in self.frame.columns),
        )

    def criteria_table(self) -> pl.LazyFrame:
        """``criteria.parquet``: a row a patient and criterion, with result and reason (several joined by ``;``)."""
        results = {int(r): r.label for r in CriterionResult}
        parts = [
            self.frame.lazy().select(
                PATIENT_KEY,
                pl.lit(criterion.id).alias("criterion"),
                pl.col(result_column(criterion.id)).replace_strict(results, return_dtype=pl.String).alias("result"),
                reason_text(pl.col(reasons_column(criterion.id))).alias("reason"),
            )
            for criterion in self.protocol.criteria
        ]
        return pl.concat(parts).sort(PATIENT_KEY, maintain_order=True)


def reason_text(mask: pl.Expr) -> pl.Expr:
    """The names of a mask's reasons, joined by ``;``; null for none."""
    named = [pl.when(mask & reason.bit != 0).then(pl.lit(reason.label)) for reason in Reason]
    text = pl.concat_str(named, separator=";", ignore_nulls=True)
    return pl.when(mask != 0).then(text)
