"""Concordance: how often the patient with the higher risk score has the earlier event.

Harrell et al. (1982) JAMA 247:2543. A pair counts when one has an event while the other is at risk and stays beyond it;
tied scores count one half. Harrell's limit depends on who is censored; Uno et al. (2011) Stat Med 30:1105 weigh a pair
by one over the squared chance of not being censored before its event. The standard error is the infinitesimal
jackknife's, those weights taken as known (Therneau & Atkinson, ``concordance`` in R's survival package).
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
from stratify.stats.risk_sets import Floats, Ints, RiskSets, listed, risk_sets
from stratify.stats.ties import tie_width

_NO_PAIR = "no pair of patients can be compared"
_LATE = "no event up to tau"


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
    estimator: Literal["harrell", "uno"] = "harrell",
    tau: float | None = None,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Concordance:
    """Harrell's or Uno's C of a score.

    Parameters
    ----------
    time, event, entry, weights
        As for :func:`stratify.stats.cox.cox`, shape (n,).
    score
        Shape (n,), finite; equal scores are ties, to the last bit.
    high
        Whether a high score means high risk (a linear predictor) or long survival (a performance status).
    estimator
        ``"uno"`` weighs by censoring, estimated within strata by Kaplan-Meier (R's ``timewt = "n/G2"``), and knows no
        entry times: who came late may not be told from who was censored.
    tau
        Pairs whose event comes after this time do not count; Uno's C needs it where few are followed for long.
    strata, cluster
        Whole-number codes from 0: pairs are made within strata; the jackknife leaves out clusters.

    Raises
    ------
    ValueError
        Shapes that do not fit, a score that is not finite, a missing stratum or cluster, Uno's C with entry times.
    """
    if high not in {"risk", "survival"}:
        raise ValueError(f'high must be "risk" or "survival", not {high!r}')
    if estimator not in {"harrell", "uno"}:
        raise ValueError(f'estimator must be "harrell" or "uno", not {estimator!r}')
    if estimator == "uno" and entry is not None:
        raise ValueError("Uno's concordance is not defined with entry times")
    if tau is not None and not (np.isfinite(tau) and tau > 0):
        raise ValueError(f"tau must be finite and greater than 0, not {tau}")
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
    factor = _uncensored(sets, weight[_order(sets)]) ** -2 if estimator == "uno" else np.ones(len(sets.time))
    if tau is not None:
        factor[sets.time > tau + tie_width(np.unique(sets.time))] = 0.0
    pairs = _pairs(risk, weight, sets, factor)
    concordant, discordant, tied = (float(v) for v in weight @ pairs / 2)
    total = concordant + discordant + tied
    method, checked = _method(estimator, tau), checked_level(level)
    if total <= 0:
        counted = float(factor[sets.group[sets.event]].sum()) if events else 0.0
        reason = "no patients" if not n else "no events" if not events else _NO_PAIR if counted else _LATE
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


def _method(estimator: Literal["harrell", "uno"], tau: float | None) -> str:
    until = "" if tau is None else f", events up to {tau:g}"
    return f"{estimator.capitalize()}'s concordance{until}, infinitesimal jackknife"


def _uncensored(sets: RiskSets, weight: Floats) -> Floats:
    """The chance of not being censored before each group's time, by Kaplan-Meier within strata.

    Who dies at a time leaves before who is censored then: of 6 at risk with one death and one censoring 4 of 5 stay.
    """
    groups = len(sets.time)
    deaths = np.bincount(sets.group, np.where(sets.event, weight, 0.0), groups)
    censored = np.bincount(sets.group, np.where(sets.event, 0.0, weight), groups)
    chance = np.ones(groups)
    for stratum in np.unique(sets.stratum):
        here = sets.stratum == stratum
        leaving = (deaths + censored)[here]
        living = np.cumsum(leaving[::-1])[::-1] - deaths[here]
        staying = 1 - np.divide(censored[here], living, out=np.zeros_like(living), where=censored[here] > 0)
        chance[here] = np.append(1.0, np.cumprod(staying[:-1]))
    return chance


def _pairs(risk: Floats, weight: Floats, sets: RiskSets, factor: Floats) -> Floats:
    """For each row as given, its partners' weight in concordant, discordant and tied pairs."""
    order = _order(sets)
    distinct, rank = np.unique(risk[order], return_inverse=True)
    groups = len(sets.deaths)
    by_exit, exits = listed(sets.group, groups)
    by_left, lefts = listed(sets.left, groups)
    found = np.zeros((len(risk), 3))
    kernels.concordance_sums(
        rank, weight[order], sets.event, factor, by_exit, exits, by_left, lefts, sets.last, len(distinct), found
    )
    pairs = np.empty_like(found)
    pairs[order] = found
    return pairs


def _order(sets: RiskSets) -> Ints:
    return np.arange(len(sets.event)) if sets.order is None else sets.order
