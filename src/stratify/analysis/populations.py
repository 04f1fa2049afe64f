"""The patients that are analysed: the eligible, with everything an analysis may ask of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stratify.allocation import Allocation
from stratify.compile import anchor_days, definition_column
from stratify.model.dictionary import PATIENT_KEY, ColumnKind
from stratify.model.protocol import Protocol
from stratify.screening import Verdicts


@dataclass(frozen=True, slots=True)
class Population:
    """The eligible patients by ascending id, three tables of one row each: row i is the same patient in all.

    Parameters
    ----------
    allocation
        Arms and strata.
    definitions
        The protocol's definitions, a Boolean column ``define:NAME`` each.
    patients
        The columns of the patients table, nulls for a patient it does not have.
    everyone
        The patients table with the ineligible too: what a column holds (a factor, a number) is not to change with
        the criteria.
    kinds
        Of the patients table's columns.
    dates
        Days of the anchors that endpoints name (:func:`stratify.compile.anchor_days`).
    tables
        Tables of times to event that endpoints name, in normal form.
    """

    protocol: Protocol
    allocation: Allocation
    definitions: pl.DataFrame
    patients: pl.DataFrame
    everyone: pl.DataFrame
    kinds: Mapping[str, ColumnKind]
    dates: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]

    @property
    def n(self) -> int:
        """Patients."""
        return self.allocation.n

    @property
    def ids(self) -> pl.Series:
        """Their ids."""
        return self.allocation.frame[PATIENT_KEY]


def eligible_population(
    protocol: Protocol,
    verdicts: Verdicts,
    allocation: Allocation,
    patients: pl.DataFrame,
    kinds: Mapping[str, ColumnKind],
    tables: Mapping[str, pl.DataFrame],
) -> Population:
    """The eligible patients, whatever the order of rows in the tables given.

    Raises
    ------
    polars.exceptions.ComputeError
        A patient has two rows in a table in normal form.
    """
    ids = allocation.frame.select(PATIENT_KEY)
    named = [definition_column(name) for name in protocol.definitions]
    days = [c for name in protocol.anchors for c in anchor_days(name) if c in verdicts.frame.columns]
    return Population(
        protocol,
        allocation,
        _aligned(ids, verdicts.frame.select(PATIENT_KEY, *named)),
        _aligned(ids, patients),
        patients,
        kinds,
        _aligned(ids, verdicts.frame.select(PATIENT_KEY, *days)),
        tables,
    )


def _aligned(ids: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    return ids.join(table, on=PATIENT_KEY, how="left", validate="1:1", maintain_order="left")
