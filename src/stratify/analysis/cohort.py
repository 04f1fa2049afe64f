"""The patients of one time-to-event analysis: those whose group, time, event and strata are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import left_out
from stratify.analysis.factors import strata_codes
from stratify.stats.variables import Categorical


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Complete patients.

    Parameters
    ----------
    time, event, group, strata
        Times, events, position of the group in the order given, and a code for the combination of strata.
    rows
        Which patients of the population they are.
    excluded, note
        Patients of the population left out, and why.
    """

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    group: NDArray[np.int64]
    strata: NDArray[np.int64]
    rows: NDArray[np.bool_]
    excluded: int
    note: str

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Events."""
        return int(self.event.sum())


def complete_cases(data: EndpointData, groups: Categorical, strata: Sequence[Categorical] = ()) -> Cohort:
    """Leave out the patients whose group, time, event or stratum is missing, and count them by the first of these."""
    codes = strata_codes(strata, len(data.time))
    grouped, stratified = ~groups.missing, codes >= 0
    rows = grouped & data.known & stratified
    note = left_out(
        (
            (int((~grouped).sum()), f'a value of "{groups.name}"'),
            (int((grouped & ~data.known).sum()), "time or event"),
            (int((grouped & data.known & ~stratified).sum()), "a stratum"),
        )
    )
    excluded = int((~rows).sum())
    return Cohort(data.time[rows], data.event[rows], groups.codes[rows], codes[rows], rows, excluded, note)
