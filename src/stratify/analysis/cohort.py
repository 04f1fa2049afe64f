"""The patients of one time-to-event analysis: those whose group, time, event and strata are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import left_out
from stratify.analysis.factors import strata_codes
from stratify.stats.variables import Categorical, Continuous, Variable


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Followed:
    """Complete patients of one time-to-event analysis.

    Parameters
    ----------
    time, event, cause
        Times, whether the event of interest occurred, and the code of what did
        (:class:`~stratify.analysis.endpoints.EndpointData`).
    entry, weights
        When follow-up began and what a patient counts; ``None`` for from the start, and for one each.
    rows
        Which patients of the population they are.
    excluded, note
        Patients of the population left out, and why.
    """

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    cause: NDArray[np.int64]
    entry: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    rows: NDArray[np.bool_]
    excluded: int
    note: str

    @classmethod
    def of(
        cls,
        data: EndpointData,
        rows: NDArray[np.bool_],
        note: str,
        weights: Continuous | None,
        *,
        competing_censor: bool = True,
        **others: Any,
    ) -> Self:
        """The ``rows`` of an endpoint that are complete; ``others`` are what a kind of analysis holds besides."""
        return cls(
            time=data.time[rows],
            event=data.event[rows],
            cause=data.cause[rows],
            entry=None if data.entry is None else data.entry[rows],
            weights=None if weights is None else weights.values[rows],
            rows=rows,
            excluded=int((~rows).sum()),
            note="; ".join(filter(None, (note, *data.notes(rows, competing_censor=competing_censor)))),
            **others,
        )

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Events of interest."""
        return int(self.event.sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cohort(Followed):
    """Complete patients in groups: the position of each one's group, and a code for the combination of strata."""

    group: NDArray[np.int64]
    strata: NDArray[np.int64]


def complete_cases(
    data: EndpointData,
    groups: Categorical,
    strata: Sequence[Categorical] = (),
    weights: Continuous | None = None,
    covariates: Sequence[Variable] = (),
) -> Cohort:
    """Leave out the patients of whom something is missing, and count them by the first of what is."""
    codes = strata_codes(strata, len(data.time))
    absent = [(groups.missing, f'a value of "{groups.name}"'), (~data.known, "time or event"), (codes < 0, "a stratum")]
    if weights is not None:
        absent.append((weights.missing, "a weight"))
    absent += [(variable.missing, f'a value of "{variable.name}"') for variable in covariates]
    rows, note = complete_rows(absent)
    return Cohort.of(data, rows, note, weights, group=groups.codes[rows], strata=codes[rows])


def complete_rows(absent: Sequence[tuple[NDArray[np.bool_], str]]) -> tuple[NDArray[np.bool_], str]:
    """The rows of which nothing is absent, and how many of the others lack what first."""
    rows = np.ones(len(absent[0][0]), np.bool_)
    counts = []
    for missing, what in absent:
        counts.append((int((rows & missing).sum()), what))
        rows &= ~missing
    return rows, left_out(counts)
