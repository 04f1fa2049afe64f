"""A fitted Cox model with its rows beside it again, for what is computed after the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stratify.stats.cox_fit import CoxFit
from stratify.stats.hazard_path import HazardPath
from stratify.stats.partial_likelihood import PartialLikelihood, solve
from stratify.stats.risk_sets import Floats, Ints, risk_sets


@dataclass(frozen=True, eq=False, slots=True)
class FittedModel:
    """The identified terms of a fit, its rows in kernel order and the hazard they met at the estimates.

    Attributes
    ----------
    names, columns
        Of the terms with an estimate, and their positions among all.
    coefficients
        Per unit of the covariates as given.
    path
        Rows, risk sets and hazard steps.
    """

    names: tuple[str, ...]
    columns: Ints
    coefficients: Floats
    path: HazardPath

    @classmethod
    def of(cls, fit: CoxFit) -> FittedModel:
        """Arrange the rows of a fit that :func:`refusal` has nothing against."""
        if fit.ties is None:
            raise ValueError("a subdistribution has other risk sets")
        data, columns = fit.rows.data, np.flatnonzero(~np.isnan(fit.coefficients))
        sets = risk_sets(data, fit.rows.strata)
        rows = PartialLikelihood.of(fit.rows.x, sets, fit.ties, weight=data.weights, offset=fit.rows.offset)
        rows = rows.only(columns)
        coefficients = fit.coefficients[columns]
        names = tuple(fit.terms[j].term for j in columns.tolist())
        return cls(names, columns, coefficients, HazardPath.at(rows, coefficients * rows.scale))

    @property
    def information(self) -> Floats:
        """Per scaled covariate, shape (p, p)."""
        return self.path.information(np.ones(len(self.path.sums)))

    @property
    def covariance(self) -> Floats:
        """Model-based covariance of the coefficients, per unit of the covariates as given, shape (p, p)."""
        scale = self.path.rows.scale
        return solve(self.information, np.eye(len(scale))) / np.outer(scale, scale)

    def as_given(self, values: Floats) -> Floats:
        """Values of the rows in kernel order, put in the order in which the rows were given."""
        order = self.path.rows.sets.order
        if order is None:
            return values
        given = np.empty_like(values)
        given[order] = values
        return given


def refusal(fit: CoxFit, what: str) -> str | None:
    """Why ``what`` cannot be had of a fit, or ``None`` where it can."""
    if fit.not_estimable is not None:
        return fit.not_estimable
    infinite = [term.term for term in fit.terms if term.hazard_ratio in {0.0, np.inf}]
    if infinite:
        return f"infinite estimate of {', '.join(infinite)}: no {what}"
    if fit.ties is None:
        return f"{what} of a subdistribution are not defined here"
    if fit.ties not in {"efron", "breslow"}:
        return f"{fit.ties} ties: {what} are defined for Efron's and Breslow's only"
    return None


def rows_given(fit: CoxFit) -> Ints:
    """The position of each fitted row among the rows given."""
    return np.flatnonzero(fit.rows.kept)
