"""What an endpoint comes to: times, events and their causes, and why the censored are censored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.model.study import Endpoint

CENSORED, EVENT = 0, 1
"""Codes of causes; competing events follow, in the order in which they are declared."""


@dataclass(frozen=True, slots=True, eq=False)
class EndpointData:
    """Times and events of a population's patients, in its order.

    Parameters
    ----------
    time
        Not negative, in the endpoint's unit; 0 where the endpoint is missing.
    cause
        ``CENSORED``, ``EVENT``, or from 2 on a competing event; ``CENSORED`` where the endpoint is missing.
    known
        Whether the patient has both time and cause.
    causes
        Names of the causes from 1 on: the endpoint's label, then the competing events.
    entry
        When follow-up began, before ``time``; ``None`` where everybody was followed up from the start.
    reason, reasons
        Why a patient is censored, as a position in ``reasons``, -1 where nothing is said of it.
    """

    endpoint: Endpoint
    time: NDArray[np.float64]
    cause: NDArray[np.int64]
    known: NDArray[np.bool_]
    causes: tuple[str, ...]
    entry: NDArray[np.float64] | None = None
    reason: NDArray[np.int64] | None = None
    reasons: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What the endpoint is called."""
        return self.endpoint.label or self.endpoint.id

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether the event of interest occurred; a competing event censors it."""
        found: NDArray[np.bool_] = self.cause == EVENT
        return found

    def notes(self, rows: NDArray[np.bool_], *, competing_censor: bool = True) -> tuple[str, ...]:
        """Of the patients analysed: how many are censored for each reason, and by competing events if these do."""
        said = []
        competing = [(name, int((self.cause[rows] == code).sum())) for code, name in enumerate(self.causes[1:], 2)]
        if competing_censor and any(n for _, n in competing):
            said.append(f"competing events censor {self.label}: " + ", ".join(f"{n} {name}" for name, n in competing))
        if self.reason is not None:
            here = self.reason[rows & (self.cause == CENSORED)]
            counted = [(name, int((here == code).sum())) for code, name in enumerate(self.reasons)]
            censored = ", ".join(f"{n} at {name}" for name, n in counted if n)
            said += [f"censored: {censored}"] if censored else []
        return tuple(said)
