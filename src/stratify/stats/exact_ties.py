"""The exact likelihoods of a Cox model with tied deaths: time that is discrete, and time that was measured coarsely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratify.stats import kernels, kernels_ties
from stratify.stats.newton import ROUNDING, Point
from stratify.stats.risk_sets import Floats
from stratify.stats.scaled_rows import ScaledRows


@dataclass(frozen=True, eq=False)
class ExactLikelihood(ScaledRows):
    """The likelihood with tied deaths as ``"discrete"`` or ``"marginal"`` have them; case weights are not used."""

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        eta = self.x @ beta + self.offset
        return self._discrete(beta, eta) if self.ties == "discrete" else self._marginal(beta, eta)

    def _discrete(self, beta: Floats, eta: Floats) -> Point:
        p = len(beta)
        gradient, lower, squares = np.zeros(p), np.zeros((p, p)), np.zeros(p)
        value = kernels_ties.discrete_terms(
            self.x, eta, *self.members, self.sets.left, self.sets.last, gradient, lower, squares
        )
        return _point(beta, value, gradient, lower, squares)

    def _marginal(self, beta: Floats, eta: Floats) -> Point:
        sets, p = self.sets, len(beta)
        with np.errstate(over="ignore"):
            risk = np.exp(eta)
        hazard, here = np.empty(len(sets.deaths)), np.empty(len(sets.deaths))
        gradient, lower, squares = np.zeros(p), np.zeros((p, p)), np.zeros(p)
        value = kernels_ties.marginal_terms(
            self.x,
            risk,
            *self.members,
            *self.entering,
            sets.last,
            sets.carried,
            hazard,
            here,
            gradient,
            lower,
            squares,
        )
        survivors = np.zeros((p, p))
        kernels.gram(self.x, risk, sets.group, sets.left, sets.event, hazard, here, survivors)
        return _point(beta, value, gradient, lower + survivors, squares + survivors.diagonal())


def _point(beta: Floats, value: float, gradient: Floats, lower: Floats, squares: Floats) -> Point:
    information = lower + lower.T
    np.fill_diagonal(information, lower.diagonal())
    return Point(beta, value, gradient, information, ROUNDING * squares)
