"""Harrell's concordance: how often the patient with the higher risk score has the earlier event.

Harrell et al. (1982) JAMA 247:2543. A pair counts when one has an event while the other is at risk and stays beyond it;
tied scores count one half. The standard error is the infinitesimal jackknife's (Therneau & Atkinson, ``concordance`` in
R's survival package).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stratify.stats import kernels
from stratify.stats.cox_rows import codes_of
from stratify.stats.inputs import checked_level, survival_input
from stratify.stats.risk_sets import Floats, RiskSets, listed, risk_sets


@dataclass(frozen=True, slots=True)
class Concordance:
    """Concordance with the (weighted) numbers of pairs behind it, or the reason why there is none."""

    concordance: float | None
    standard_error: float | None
    ci_lower: float | None
    ci_upper: float | None
    concordant: float
    discordant: float
    tied_score: float
    level: float
    method: str
    n: int
    events: int
    not_estimable: str | None = None


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    *,
    high: Literal["risk", "survival"] = "risk",
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Concordance:
    """Harrell's C of a score.

    Parameters
    ----------
    time, event, entry, weights
        As for :func:`stratify.stats.cox.cox`, shape (n,).
    score
        Shape (n,), finite; equal scores are ties, to the last bit.
    high
        Whether a high score means high risk (a linear predictor) or long survival (a performance status).
    strata, cluster
        Whole-number codes from 0: pairs are made within strata; the jackknife leaves out clusters.

    Raises
    ------
    ValueError
        Shapes that do not fit, a score that is not finite, a missing stratum or cluster.
    """
    if high not in {"risk", "survival"}:
        raise ValueError(f'high must be "risk" or "survival", not {high!r}')
    data = survival_input(time, event, entry, weights)
    n, events = len(data.time), int(data.event.sum())
    risk = np.asarray(score, dtype=np.float64) * (1 if high == "risk" else -1)
    if risk.shape != (n,) or not np.all(np.isfinite(risk)):
        raise ValueError(f"score must be {n} finite numbers")
    stratum, clusters = codes_of(strata, "strata", n), codes_of(cluster, "cluster", n)
    for name, codes in (("strata", stratum), ("cluster", clusters)):
        if codes is not None and np.any(codes < 0):
            raise ValueError(f"{name} has missing codes")
    weight = np.ones(n) if data.weights is None else data.weights
    sets = risk_sets(data, stratum)
    pairs = _pairs(risk, weight, sets)
    concordant, discordant, tied = (float(v) for v in weight @ pairs / 2)
    total = concordant + discordant + tied
    method, checked = "Harrell's concordance, infinitesimal jackknife", checked_level(level)
    if total <= 0:
        reason = "no patients" if not n else "no events" if not events else "no pair of patients can be compared"
        return Concordance(None, None, None, None, 0.0, 0.0, 0.0, checked, method, n, events, reason)
    value = (concordant + tied / 2) / total
    influence = weight * (pairs @ [1, 0, 0.5] - value * pairs.sum(axis=1)) / total
    if clusters is not None:
        influence = np.bincount(clusters, influence)
    error = float(np.sqrt(influence @ influence))
    half = float(special.ndtri(0.5 + checked / 2)) * error
    return Concordance(
        value,
        error,
        max(value - half, 0.0),
        min(value + half, 1.0),
        concordant,
        discordant,
        tied,
        checked,
        method,
        n,
        events,
    )


def _pairs(risk: Floats, weight: Floats, sets: RiskSets) -> Floats:
    """For each row as given, its partners' weight in concordant, discordant and tied pairs."""
    order = np.arange(len(risk)) if sets.order is None else sets.order
    distinct, rank = np.unique(risk[order], return_inverse=True)
    groups = len(sets.deaths)
    by_exit, exits = listed(sets.group, groups)
    by_left, lefts = listed(sets.left, groups)
    found = np.zeros((len(risk), 3))
    kernels.concordance_sums(
        rank, weight[order], sets.event, by_exit, exits, by_left, lefts, sets.last, len(distinct), found
    )
    pairs = np.empty_like(found)
    pairs[order] = found
    return pairs
