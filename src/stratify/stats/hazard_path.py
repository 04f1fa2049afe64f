"""The risk sets of a Cox model at one coefficient vector, and the hazard that each row met: what diagnostics stand on.

Notation as in :mod:`stratify.stats.kernels`. Breslow (1974) Biometrics 30:89, Efron (1977) JASA 72:557 for the hazard
steps; Therneau & Grambsch (2000), ch. 4, for what a tied death is spared of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratify.stats import kernels_hazard
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.risk_sets import Flags, Floats, Ints


@dataclass(frozen=True, eq=False, slots=True)
class HazardPath:
    """Rows with their risks, and the risk groups with their sums and hazard steps.

    Attributes
    ----------
    rows, beta
        In kernel order, covariates scaled; the coefficients per scaled covariate.
    tied_death
        Rows that are deaths tied with others, under Efron's approximation.
    risk
        ``w exp(eta)`` of each row.
    death_weight
        Summed weights of the deaths of each group.
    sums, dying
        ``S0, S1`` and ``D0, D1`` of each group, shape (groups, 1 + p).
    steps
        Shape (groups, 5), as :func:`stratify.stats.kernels_hazard.hazard_steps` fills it: the first column is the
        step of the baseline hazard, the second what a tied death is spared of it, the third the step's variance.
    """

    rows: PartialLikelihood
    beta: Floats
    tied_death: Flags
    risk: Floats
    death_weight: Floats
    sums: Floats
    dying: Floats
    steps: Floats

    @classmethod
    def at(cls, rows: PartialLikelihood, beta: Floats) -> HazardPath:
        """Evaluate at ``beta``."""
        sets, efron = rows.sets, rows.ties == "efron"
        risk = rows.weight * np.exp(rows.offset + rows.x @ beta)
        tied = sets.event & (sets.deaths > 1)[sets.group] if efron else np.zeros(len(risk), np.bool_)
        added, dying = _sums(rows, risk, sets.group), _sums(rows, np.where(tied, risk, 0.0), sets.group)
        removed = _sums(rows, risk, sets.left) if len(sets.left) else np.empty((0, added.shape[1]))
        weight = by_group(np.where(sets.event, rows.weight, 0.0), sets.group, len(added))
        sums, steps = np.empty_like(added), np.empty((len(added), 5))
        kernels_hazard.hazard_steps(
            added, removed, dying, sets.last, sets.carried, sets.deaths, weight, efron, sums, steps
        )
        return cls(rows, beta, tied, risk, weight, sums, dying, steps)

    @property
    def means(self) -> Floats:
        """Mean covariates of the risk set that a death of each group is compared with, shape (groups, p).

        Under Efron the mean of the means of the d steps; zero where nobody dies.
        """
        weight = np.where(self.death_weight > 0, self.death_weight, 1.0)[:, None]
        return self._of_sums(self.steps[:, 0], self.steps[:, 1]) / weight

    def met(self, step: Floats, spared: Floats) -> Floats:
        """What each row met of steps (groups,): up to its exit, since its entry, less what a tied death is spared."""
        sets, total = self.rows.sets, self.accumulated(step)
        found = total[sets.group] - np.where(self.tied_death, spared[sets.group], 0.0)
        if len(sets.left):
            found -= np.where(sets.left >= 0, total[sets.left], 0.0)
        return np.asarray(found)

    def accumulated(self, step: Floats) -> Floats:
        """Cumulative sums of values by group, (groups,) or (groups, k), each stratum from its own zero."""
        last = self.rows.sets.last
        starts = np.append(True, last[:-1])[: len(last)]
        total = np.array(step, dtype=np.float64).reshape(len(step), -1)
        kernels_hazard.accumulate(total, starts)
        return total.reshape(step.shape)

    def at_risk(self) -> Floats:
        """Summed weights of the rows at risk in each group."""
        sets, weight, groups = self.rows.sets, self.rows.weight, len(self.sums)
        change = by_group(weight, sets.group, groups)
        if len(sets.left):
            change -= by_group(weight, sets.left, groups)
        backward = np.ascontiguousarray(change[::-1, None])
        kernels_hazard.accumulate(backward, np.ascontiguousarray(sets.last[::-1]))
        return np.asarray(backward[::-1, 0])

    def mean_steps(self) -> Floats:
        """Steps of the integral of the risk sets' mean covariates against the baseline hazard, shape (groups, p)."""
        return self._of_sums(self.steps[:, 2], self.steps[:, 3])

    def information(self, factor: Floats) -> Floats:
        """Sum over the events of ``factor`` (groups,) times the covariates' variance in the risk set, shape (p, p)."""
        step, spared, square, shared, both = (factor * part for part in self.steps.T)
        x = self.rows.x
        whole = (x.T * (self.risk * self.met(step, spared))) @ x
        s, d = self.sums[:, 1:], self.dying[:, 1:]
        cross = (s.T * shared) @ d
        return np.asarray(whole - (s.T * square) @ s + cross + cross.T - (d.T * both) @ d)

    def _of_sums(self, whole: Floats, shared: Floats) -> Floats:
        return np.asarray(whole[:, None] * self.sums[:, 1:] - shared[:, None] * self.dying[:, 1:])


def by_group(values: Floats, group: Ints, groups: int) -> Floats:
    """Sums of the rows' values by risk group; a group of -1 is none."""
    return np.bincount(group + 1, values, groups + 1)[1:].astype(np.float64)


def _sums(rows: PartialLikelihood, risk: Floats, group: Ints) -> Floats:
    """Sums of ``r (1, x)`` by risk group, shape (groups, 1 + p)."""
    groups = len(rows.sets.deaths)
    return np.column_stack([by_group(part, group, groups) for part in (risk, *(risk * x for x in rows.x.T))])
