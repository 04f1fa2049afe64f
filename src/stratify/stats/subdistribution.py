"""The weighted partial likelihood of a subdistribution hazard and the two variances of its maximum.

Fine & Gray (1999) JASA 94:496: a Cox likelihood with Breslow's ties whose risk sets keep the patients that had a
competing event, with weights from ``censoring_weights``. Nothing is expanded: time and memory are linear in the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from stratify.stats.censoring_weights import CensoringWeights, Convention
from stratify.stats.kernels_subdistribution import competing_sums, followed_sums
from stratify.stats.newton import ROUNDING, Point
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.risk_sets import Floats, RiskSets


@dataclass(frozen=True, eq=False, slots=True)
class _Evaluated:
    """At one coefficient vector: each row's risk, and at each time the baseline hazard and the mean covariates."""

    risk: Floats
    total: Floats
    hazard: Floats
    mean: Floats


@dataclass(frozen=True, eq=False)
class SubdistributionLikelihood(PartialLikelihood):
    """Rows in kernel order whose events are of the cause of interest, with the weights of the competing ones."""

    beyond: CensoringWeights
    convention: Convention

    @classmethod
    def weighted(
        cls, x: Floats, sets: RiskSets, beyond: CensoringWeights, convention: Convention, weight: Floats | None
    ) -> SubdistributionLikelihood:
        """Centre, scale and arrange the rows, as ``PartialLikelihood.of``."""
        plain = PartialLikelihood.of(x, sets, "breslow", weight=weight)
        return cls(**{f.name: getattr(plain, f.name) for f in fields(plain)}, beyond=beyond, convention=convention)

    @cached_property
    def _events(self) -> tuple[Floats, Floats]:
        """The weight of each row that has the event, else 0, and the weight of the events of each time."""
        weight = np.where(self.sets.event, self.weight, 0.0)
        return weight, np.bincount(self.sets.group, weight, len(self.sets.deaths)).astype(np.float64)

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        at, held, (mine, weight) = self._evaluated(beta), self.sets.deaths > 0, self._events
        mean, weight = at.mean[held], weight[held]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            value = mine @ (self.x @ beta + self.offset) - weight @ np.log(at.total[held])
            squares = self.x.T @ (self.x * (at.risk * self._met(at.hazard))[:, None])
            information = squares - mean.T @ (mean * weight[:, None])
            gradient = mine @ self.x - weight @ mean
        return Point(beta, float(value), gradient, information, ROUNDING * squares.diagonal())

    def score_residuals(self, beta: Floats) -> Floats:
        """What each row adds to the score, (n, p), per scaled covariate, in kernel order; their sum is the gradient.

        Under the convention of ``crr`` with the part through the estimate of the censoring distribution.
        """
        at = self._evaluated(beta)
        out: Floats = self._events[0][:, None] * (self.x - at.mean[self.sets.group])
        out -= (at.risk * self._met(at.hazard))[:, None] * self.x
        for j, mean in enumerate(at.mean.T):
            out[:, j] += at.risk * self._met(at.hazard * mean)
        if self.convention == "crr":
            for c in range(len(self.beyond.weight)):
                self._add_censoring_part(c, at, out)
        return out

    def cumulative_hazard(self, beta: Floats) -> Floats:
        """Breslow's estimate of the subdistribution's cumulative hazard at the centre of the covariates, by time."""
        return np.asarray(np.cumsum(self._evaluated(beta).hazard))

    def _evaluated(self, beta: Floats) -> _Evaluated:
        sets, beyond, held = self.sets, self.beyond, self.sets.deaths > 0
        sums = np.zeros((len(held), 1 + len(beta)))
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            risk = self.weight * np.exp(self.x @ beta + self.offset)
            followed_sums(self.x, risk, sets.group, sets.left, sets.carried, sums)
            competing_sums(
                self.x,
                risk,
                sets.group,
                sets.deaths,
                beyond.rows,
                beyond.source,
                beyond.share,
                beyond.weight,
                sums,
            )
            # Where nobody has the event the sums may be 0, all risks having underflown: 0 / 0 is nobody's mean there.
            hazard = np.where(held, self._events[1] / sums[:, 0], 0.0)
            return _Evaluated(risk, sums[:, 0], hazard, np.where(held[:, None], sums[:, 1:] / sums[:, :1], 0.0))

    def _met(self, steps: Floats) -> Floats:
        """Of each row, the sum of the steps of a hazard: all while followed, weighted ones after a competing event."""
        sets, beyond = self.sets, self.beyond
        followed = np.cumsum(steps)
        met = followed[sets.group]
        if len(sets.left):
            met = met - np.append(followed, 0.0)[sets.left]  # -1, nothing missed, is the last place
        later = np.cumsum(beyond.weight * steps, axis=1)
        source, at = beyond.source[beyond.rows], sets.group[beyond.rows]
        met[beyond.rows] += beyond.share * (later[source, -1] - later[source, at])
        return met

    def _add_censoring_part(self, c: int, at: _Evaluated, out: Floats) -> None:
        """Add what rows of one source of censoring do to the score through the weights.

        A censoring at u changes by ``1 / Y(u)`` the weights at all t >= u of those whose competing event was before u.
        For several sources each is charged with the events of all: ``crr`` with ``cengroup`` takes the events of the
        same source only, though the hazard they weigh is one.
        """
        beyond, sets = self.beyond, self.sets
        mine = beyond.source[beyond.rows] == c
        rows, times = beyond.rows[mine], len(sets.time)
        scaled = at.risk[rows] * beyond.share[mine]
        steps = beyond.weight[c] * at.hazard
        member, ended = beyond.source == c, beyond.censored[c] > 0
        at_risk = np.maximum(beyond.at_risk[c], 1)
        censored = member & ~sets.event
        censored[beyond.rows] = False

        def ahead(step: Floats) -> Floats:
            return np.asarray(np.cumsum(step[::-1])[::-1])

        def before(values: Floats) -> Floats:
            total = np.cumsum(np.bincount(sets.group[rows], values, times))
            return np.append(0.0, total[:-1])

        for j in range(out.shape[1]):
            column, mean = self.x[rows, j], at.mean[:, j]
            effect = before(scaled * column) * ahead(steps) - before(scaled) * ahead(steps * mean)
            effect = np.where(ended, effect / at_risk, 0.0)
            gone = np.cumsum(effect * beyond.censored[c] / at_risk)
            out[member, j] -= gone[sets.group[member]]
            out[censored, j] += effect[sets.group[censored]]
