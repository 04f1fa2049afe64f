"""Firth's penalised likelihood of a Cox model: estimates that are finite where the likelihood is monotone.

The log-likelihood is given half the logarithm of the information's determinant (Firth 1993 Biometrika 80:27, which
removes the first-order bias; for Cox models Heinze & Schemper 2001 Biometrics 57:114). Standard errors are those of
the information at the penalised estimate; limits and tests compare penalised likelihoods, a coefficient that is held
keeping its place in the determinant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from stratify.stats.newton import Point, solve
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.risk_sets import Floats, Ints

_DIFFERENCE = 1e-5  # of a scaled coefficient, for the slope of the gradient


@dataclass(frozen=True, eq=False)
class PenalisedPoint(Point):
    """A point whose Newton step follows the curvature of the penalised likelihood.

    Steps by the information alone reach the same maximum slowly where data are few: the penalty is then most of the
    curvature. The slope of the gradient is taken by differences, since it would need fourth moments of the covariates.
    """

    likelihood: FirthLikelihood

    @cached_property
    def step(self) -> Floats:
        """The Newton step; by the information where the penalised likelihood curves upward, as far out it may."""
        shifted = self.beta + _DIFFERENCE * np.eye(len(self.beta))
        slope = np.array([self.gradient - self.likelihood.at(beta).gradient for beta in shifted]) / _DIFFERENCE
        curvature = (slope + slope.T) / 2
        return solve(curvature if _positive(curvature) else self.information, self.gradient)


@dataclass(frozen=True, eq=False)
class FirthLikelihood:
    """The penalised likelihood of the ``free`` coefficients of a partial likelihood, the others being ``held``.

    The determinant is that of the information per standard deviation of each covariate (``log_units`` takes
    it there from the scaled ones), so that the value does not hang on the unit of an age; as ``coxphf`` in R has it.
    """

    partial: PartialLikelihood
    free: Ints
    held: Floats
    log_units: float

    @classmethod
    def of(cls, partial: PartialLikelihood) -> FirthLikelihood:
        """Penalise a likelihood whose information has full rank, all coefficients free."""
        (n, p), weight = partial.x.shape, partial.weight / partial.weight.sum()
        variance = weight @ (partial.x - weight @ partial.x) ** 2 * n / (n - 1)
        return cls(partial, np.arange(p), np.zeros(p), -float(np.log(variance).sum() / 2))

    @property
    def scale(self) -> Floats:
        """Of the free covariates."""
        return self.partial.scale[self.free]

    def at(self, beta: Floats) -> Point:
        """Evaluate at ``beta``; minus infinity where the information vanishes or overflows."""
        full = self.held.copy()
        full[self.free] = beta
        point = self.partial.at(full)
        information = point.information[np.ix_(self.free, self.free)]
        if not _positive(point.information):
            return Point(beta, -np.inf, np.full(len(beta), np.nan), information, point.noise[self.free])
        inverse = solve(point.information, np.eye(len(full)))
        penalty = np.linalg.slogdet(point.information)[1] / 2 + self.log_units
        gradient = point.gradient + self.partial.information_slope(full, (inverse + inverse.T) / 2) / 2
        value = float(point.log_likelihood + penalty)
        if len(beta) < len(full):  # held: only the height is wanted, and plain steps climb there with less work
            return Point(beta, value, gradient[self.free], information, point.noise[self.free])
        return PenalisedPoint(beta, value, gradient, information, point.noise, self)

    def fixing(self, column: int, value: float) -> FirthLikelihood:
        """The same with one of the free coefficients held at ``value``; the determinant stays that of all."""
        held = self.held.copy()
        held[self.free[column]] = value
        return replace(self, free=np.delete(self.free, column), held=held)


def _positive(matrix: Floats) -> bool:
    """Whether a symmetric matrix is finite and positive definite."""
    if not np.all(np.isfinite(matrix)):
        return False
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
