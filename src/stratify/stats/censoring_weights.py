"""How much a patient with a competing event still counts: the probability of being followed, as of entry and censoring.

Fine & Gray (1999) JASA 94:496: from its competing event at x on a patient stays in the risk set with the weight
``W(t) / W(x)``, the share that would not have been censored in between. ``W`` is the Kaplan-Meier estimate G of the
censoring distribution just before each time, and under delayed entry G times H, the distribution of entry times in
reversed time (Geskus 2011 Biometrics 67:39).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from stratify.stats.inputs import SurvivalInput
from stratify.stats.kernels_order import suffix_sums
from stratify.stats.risk_sets import Flags, Floats, Ints, RiskSets, count_by_group

Convention: TypeAlias = Literal["crr", "finegray"]


@dataclass(frozen=True, eq=False, slots=True)
class CensoringWeights:
    """Weights and what they were estimated from; columns are the risk groups' times, rows the sources of censoring.

    Attributes
    ----------
    weight
        ``W`` just before each time, shape (sources, times).
    at_risk, censored
        Of each source at each time, same shape.
    source
        Of each row in kernel order.
    rows, share
        Rows with a competing event in kernel order, by ascending time, and ``1 / W`` at their own event.
    """

    weight: Floats
    at_risk: Ints
    censored: Ints
    source: Ints
    rows: Ints
    share: Floats

    @property
    def lost(self) -> bool:
        """Whether some patient's weight is 0 / 0: nobody was followed at its competing event by this estimate."""
        return not bool(np.all(np.isfinite(self.share)))


def censoring_weights(
    data: SurvivalInput, sets: RiskSets, competing: Flags, source: Ints, convention: Convention
) -> CensoringWeights:
    """Estimate the weights of data grouped in ``sets``, without strata; rows as given, ``source`` codes from 0.

    ``data.event`` is the event of interest, ``competing`` any other. The two conventions part where an event is tied
    with a censoring: for R's ``cmprsk::crr`` the event is still at risk of being censored then, for ``finegray`` in
    R's ``survival`` it has left. ``crr`` knows no delayed entry.
    """
    ended = data.event | competing
    entry = data.entry
    if sets.order is not None:
        competing, source, ended = competing[sets.order], source[sets.order], ended[sets.order]
        entry = None if entry is None else entry[sets.order]
    times, sources = len(sets.time), int(source.max(initial=0)) + 1
    leaving, censored = (
        count_by_group(sets.group[rows], source[rows], times, sources) for rows in (slice(None), ~ended)
    )
    late = sets.left >= 0
    arriving = count_by_group(sets.left[late], source[late], times, sources) if late.any() else 0
    at_risk = np.column_stack([suffix_sums(column, sets.last) for column in (leaving - arriving).T])
    exposed = at_risk - (leaving - censored) if convention == "finegray" else at_risk
    stay = 1 - np.divide(censored, exposed, out=np.zeros(exposed.shape), where=censored > 0)
    weight = np.vstack([np.ones((1, sources)), np.cumprod(stay, axis=0)[:-1]])
    exits = sets.time[sets.group]
    delayed = entry is not None and bool(np.any(entry > exits.min()))
    for c in range(sources):
        mine = source == c
        weight[sets.time > exits[mine].max(), c] = 0.0  # beyond its last follow-up a source says nothing, as in R
        if entry is not None and delayed:
            weight[:, c] *= _entered(entry[mine], exits[mine], sets.time)
    rows = np.flatnonzero(competing)
    rows = rows[np.argsort(sets.group[rows], kind="stable")]
    with np.errstate(divide="ignore"):
        share = 1 / weight[sets.group[rows], source[rows]]
    return CensoringWeights(np.ascontiguousarray(weight.T), at_risk.T, censored.T, source, rows, share)


def _entered(entry: Floats, exits: Floats, times: Floats) -> Floats:
    """The probability of having entered before each time: Kaplan-Meier in reversed time, entry being the event.

    Those who could be seen to enter at e are the patients with ``entry <= e < exit``.
    """
    at, arrivals = np.unique(entry, return_counts=True)
    seen = np.searchsorted(np.sort(entry), at, side="right") - np.searchsorted(np.sort(exits), at, side="right")
    later = np.append(np.cumprod((1 - arrivals / seen)[::-1])[::-1], 1.0)
    return np.asarray(later[np.searchsorted(at, times, side="left")])
