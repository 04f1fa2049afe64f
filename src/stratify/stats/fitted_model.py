"""A fitted Cox model with its rows beside it again, for what is computed after the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratify.stats.cox_fit import CoxFit, FittedRows
from stratify.stats.cox_rows import CoxRows
from stratify.stats.hazard_path import HazardPath
from stratify.stats.newton import solve
from stratify.stats.partial_likelihood import PartialLikelihood
from stratify.stats.risk_sets import Floats, Ints, risk_sets

_AT_MAXIMUM = 1e-6
"""Squared length of another step, in standard errors, below which the estimates are the maximum."""


@dataclass(frozen=True, eq=False, slots=True)
class FittedModel:
    """The identified terms of a fit, its rows in kernel order and the hazard they met at the estimates.

    Attributes
    ----------
    names, columns
        Of the terms with an estimate, and their positions among all.
    coefficients
        Per unit of the covariates as given.
    given
        The rows as they were given.
    path
        Rows in kernel order, risk sets and hazard steps.
    """

    names: tuple[str, ...]
    columns: Ints
    coefficients: Floats
    given: CoxRows
    path: HazardPath

    @classmethod
    def of(cls, fit: CoxFit, fitted: FittedRows) -> FittedModel:
        """Arrange the rows of a fit with finite estimates."""
        given, columns = fitted.rows, np.flatnonzero(~np.isnan(fit.coefficients))
        data, sets = given.data, risk_sets(given.data, given.strata)
        rows = PartialLikelihood.of(given.x, sets, fitted.ties, weight=data.weights, offset=given.offset).only(columns)
        coefficients = fit.coefficients[columns]
        names = tuple(fit.terms[j].term for j in columns.tolist())
        return cls(names, columns, coefficients, given, HazardPath.at(rows, coefficients * rows.scale))

    @property
    def information(self) -> Floats:
        """Per scaled covariate, shape (p, p)."""
        return self.path.information(np.ones(len(self.path.sums)))

    @property
    def covariance(self) -> Floats:
        """Model-based covariance of the coefficients, per unit of the covariates as given, shape (p, p)."""
        scale = self.path.rows.scale
        return solve(self.information, np.eye(len(scale))) / np.outer(scale, scale)

    @property
    def at_maximum(self) -> bool:
        """Whether the score is zero: not of a penalised likelihood, nor where the search for the maximum gave up."""
        gradient = self.path.rows.score_residuals(self.path.beta).sum(axis=0)
        return bool(gradient @ solve(self.information, gradient) < _AT_MAXIMUM)

    @property
    def position(self) -> Ints:
        """Of each fitted row among the rows given."""
        return np.flatnonzero(self.given.kept)

    def as_given(self, values: Floats) -> Floats:
        """Values of the rows in kernel order, put in the order in which the rows were given."""
        order = self.path.rows.sets.order
        if order is None:
            return values
        given = np.empty_like(values)
        given[order] = values
        return given


def fitted_model(fit: CoxFit, what: str) -> FittedModel | str:
    """The fit with its rows, or the reason why ``what`` cannot be had of it."""
    if fit.not_estimable is not None:
        return fit.not_estimable
    infinite = [term.term for term in fit.terms if term.hazard_ratio in {0.0, np.inf}]
    if infinite:
        return f"infinite estimate of {', '.join(infinite)}: no {what}"
    if fit.fitted is None or fit.fitted.ties not in {"efron", "breslow"}:
        return f"{what}: only of Cox models with Efron's or Breslow's ties"
    return FittedModel.of(fit, fit.fitted)
