"""The exact likelihoods of a Cox model with tied deaths: time that is discrete, and time that was measured coarsely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratify.stats import kernels_ties
from stratify.stats.newton import ROUNDING, Point
from stratify.stats.risk_sets import Floats
from stratify.stats.scaled_rows import ScaledRows


@dataclass(frozen=True, eq=False)
class ExactLikelihood(ScaledRows):
    """The likelihood with tied deaths as ``"discrete"`` or ``"marginal"`` have them; case weights are not used."""

    def __post_init__(self) -> None:
        if self.ties not in {"discrete", "marginal"}:
            raise ValueError(f"{self.ties!r} is an approximation of the exact likelihoods")

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta`` (per scaled covariate); values may be infinite or NaN where ``exp`` overflows."""
        sets, p = self.sets, len(beta)
        eta = self.x @ beta + self.offset
        gradient, lower, squares = np.zeros(p), np.zeros((p, p)), np.zeros(p)
        into = gradient, lower, squares
        if self.ties == "discrete":
            value = kernels_ties.discrete_terms(self.x, eta, *self.members, sets.left, sets.last, *into)
        else:
            with np.errstate(over="ignore"):
                risk = np.exp(eta)
            value = kernels_ties.marginal_terms(
                self.x, risk, *self.members, *self.entering, sets.last, sets.carried, *into
            )
        information = lower + lower.T
        np.fill_diagonal(information, lower.diagonal())
        return Point(beta, value, gradient, information, ROUNDING * squares)
