"""The weighted partial likelihood of a subdistribution hazard and the two variances of its maximum.

Fine & Gray (1999) JASA 94:496: a Cox likelihood with Breslow's ties whose risk sets keep the patients that had a
competing event, with weights from ``censoring_weights``. Nothing is expanded: time and memory are linear in the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from stratify.stats import kernels
from stratify.stats.censoring_weights import CensoringWeights, Convention
from stratify.stats.kernels_subdistribution import subdistribution_sums
from stratify.stats.partial_likelihood import ROUNDING, PartialLikelihood, Point
from stratify.stats.risk_sets import Floats, RiskSets


@dataclass(frozen=True, eq=False, slots=True)
class _Sums:
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

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        p, sums = len(beta), self._sums(beta)
        held = self.sets.deaths > 0
        hazard, mean, weight = sums.hazard[held], sums.mean[held], self._death_weight[held]
        observed, observed_offset = self._observed
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            value = observed @ beta + observed_offset - weight @ np.log(sums.total[held])
            met = sums.risk * self._met(np.cumsum(sums.hazard), self.beyond.weight * sums.hazard)
        squares = np.zeros((p, p))
        everyone, one = np.zeros(len(met), np.int64), np.ones(1)
        nobody = np.zeros(len(met), np.bool_)
        kernels.gram(self.x, met, everyone, everyone[:0], nobody, one, one, squares)
        squares += np.tril(squares, -1).T
        information = squares - (mean * weight[:, None]).T @ mean
        gradient = observed - weight @ mean
        return Point(beta, float(value), gradient, information, ROUNDING * squares.diagonal())

    def score_residuals(self, beta: Floats) -> Floats:
        """What each row adds to the score, (n, p), per scaled covariate, in kernel order; their sum is the gradient.

        Under the convention of ``crr`` with the part through the estimate of the censoring distribution.
        """
        sums, sets = self._sums(beta), self.sets
        met = self._met(np.cumsum(sums.hazard), self.beyond.weight * sums.hazard)
        out = np.where(sets.event, self.weight, 0.0)[:, None] * (self.x - sums.mean[sets.group])
        out -= (sums.risk * met)[:, None] * self.x
        for j, mean in enumerate(sums.mean.T):
            out[:, j] += sums.risk * self._met(
                np.cumsum(sums.hazard * mean), self.beyond.weight * (sums.hazard * mean)
            )
        if self.convention == "crr":
            for c in range(len(self.beyond.weight)):
                self._add_censoring_part(c, sums, out)
        return out

    def cumulative_hazard(self, beta: Floats) -> Floats:
        """Breslow's estimate of the subdistribution's cumulative hazard at the centre of the covariates, by time."""
        return np.asarray(np.cumsum(self._sums(beta).hazard))

    def _sums(self, beta: Floats) -> _Sums:
        risk, added, removed, _ = self._sum_risks(beta)
        out, sets, beyond = np.empty_like(added), self.sets, self.beyond
        subdistribution_sums(
            added,
            removed,
            sets.carried,
            sets.deaths,
            self.x,
            risk,
            beyond.rows,
            sets.group,
            beyond.source[beyond.rows],
            beyond.share,
            beyond.weight,
            out,
        )
        # Where nobody has the event the sums may be 0, all risks having underflown: 0 / 0 is nobody's mean there.
        held = sets.deaths > 0
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            hazard = np.where(held, self._death_weight / out[:, 0], 0.0)
            return _Sums(risk, out[:, 0], hazard, np.where(held[:, None], out[:, 1:] / out[:, :1], 0.0))

    def _met(self, followed: Floats, weighted: Floats) -> Floats:
        """Of each row, the sum of steps it was exposed to: all while followed, weighted ones after a competing event.

        ``followed`` is the running sum of the steps, ``weighted`` the steps times each source's weight.
        """
        sets, beyond = self.sets, self.beyond
        met = followed[sets.group]
        if len(sets.left):
            met = met - np.append(followed, 0.0)[sets.left]  # -1, nothing missed, is the last place
        later = np.cumsum(weighted, axis=1)
        source, at = beyond.source[beyond.rows], sets.group[beyond.rows]
        met[beyond.rows] += beyond.share * (later[source, -1] - later[source, at])
        return met

    def _add_censoring_part(self, c: int, sums: _Sums, out: Floats) -> None:
        """Add what rows of one source of censoring do to the score through the weights.

        A censoring at u changes by ``1 / Y(u)`` the weights at all t >= u of those whose competing event was before u.
        For several sources each is charged with the events of all: ``crr`` with ``cengroup`` takes the events of the
        same source only, though the hazard they weigh is one.
        """
        beyond, sets = self.beyond, self.sets
        mine = beyond.source[beyond.rows] == c
        rows, times = beyond.rows[mine], len(sets.time)
        scaled = sums.risk[rows] * beyond.share[mine]
        steps = beyond.weight[c] * sums.hazard
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
            column, mean = self.x[rows, j], sums.mean[:, j]
            effect = before(scaled * column) * ahead(steps) - before(scaled) * ahead(steps * mean)
            effect = np.where(ended, effect / at_risk, 0.0)
            gone = np.cumsum(effect * beyond.censored[c] / at_risk)
            out[member, j] -= gone[sets.group[member]]
            out[censored, j] += effect[sets.group[censored]]
