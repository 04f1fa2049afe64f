"""What a Cox model answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lapack

from stratify.stats.cox_rows import CoxRows
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio, Setting
from stratify.stats.newton import solve
from stratify.stats.risk_sets import Floats
from stratify.stats.scaled_rows import Ties

_RANK = 1e-12
"""An eigenvalue of a correlation matrix below this is rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class FittedRows:
    """The rows that a partial likelihood was made of, as they were given and not copied, and how it has its ties."""

    rows: CoxRows
    ties: Ties


@dataclass(frozen=True, eq=False, slots=True)
class CoxFit:
    """A fitted Cox model, or the reason why nothing could be fitted.

    Attributes
    ----------
    terms
        One hazard ratio per covariate, in the order given.
    coefficients, covariance
        Shapes (p,) and (p, p), robust where asked; NaN for terms that are aliased or infinite.
    n, events, missing
        Rows and events used; rows left out because a covariate, stratum or cluster is missing.
    log_likelihood_null, log_likelihood
        At zero and at the maximum (its supremum where monotone); penalised under Firth's penalty, the determinant then
        that of the information per standard deviation of each covariate.
    likelihood_ratio, wald, score, robust_score
        Tests of all coefficients being zero; ``robust_score`` only with a robust variance.
    converged
        Whether a maximum was found, at infinity included.
    not_estimable
        Why nothing was fitted, else ``None``.
    firth
        Where the likelihood is monotone, the same model with Firth's penalty, whose estimates are finite; ``None`` for
        exact ties and everywhere else.
    fitted
        What was fitted, for residuals, tests of assumptions and predictions; ``None`` where nothing was, and of models
        of another likelihood.
    """

    terms: tuple[HazardRatio, ...]
    coefficients: Floats
    covariance: Floats
    n: int
    events: int
    missing: int
    log_likelihood_null: float | None
    log_likelihood: float | None
    likelihood_ratio: ChiSquareTest
    wald: ChiSquareTest
    score: ChiSquareTest
    robust_score: ChiSquareTest | None
    iterations: int
    converged: bool
    level: float
    method: str
    not_estimable: str | None = None
    notes: tuple[str, ...] = ()
    firth: CoxFit | None = None
    fitted: FittedRows | None = field(default=None, repr=False)

    @property
    def df(self) -> int:
        """Coefficients that could be identified, those with infinite estimates among them."""
        return sum(term.hazard_ratio is not None for term in self.terms)

    @property
    def setting(self) -> Setting:
        """Level, method, rows and events, as its estimates share them."""
        return Setting(self.level, self.method, self.n, self.events)

    def term(self, name: str) -> HazardRatio:
        """The hazard ratio of the covariate with this name.

        Raises
        ------
        KeyError
            No such covariate.
        """
        for term in self.terms:
            if term.term == name:
                return term
        raise KeyError(name)

    def linear_combination(self, weights: Mapping[str, float], name: str) -> HazardRatio:
        """Hazard ratio of a weighted sum of terms, as treatment plus treatment x marker, with its Wald interval.

        Raises
        ------
        KeyError
            A name that is no covariate of the model.
        """
        for term in map(self.term, weights):
            if term.standard_error is None:
                reason = f'"{term.term}" is not estimable: {term.not_estimable or term.note}'
                return HazardRatio.absent(name, reason, self.setting)
        contrast = np.array([weights.get(term.term, 0.0) for term in self.terms])
        used = contrast != 0
        variance = contrast[used] @ self.covariance[np.ix_(used, used)] @ contrast[used]
        estimate = float(contrast[used] @ self.coefficients[used])
        return HazardRatio.wald(name, estimate, float(np.sqrt(variance)), self.setting)

    def wald_test(self, names: Sequence[str]) -> ChiSquareTest:
        """Wald test that all coefficients of these covariates are zero, as those of the levels of one factor.

        Of the ones that could be identified; robust where the fit is.

        Raises
        ------
        KeyError
            A name that is no covariate of the model.
        """
        method = f"Wald test of {', '.join(names)}"
        terms = [self.term(name) for name in names]
        identified = [term for term in terms if term.hazard_ratio is not None]
        unbounded = [term.term for term in identified if term.standard_error is None]
        if unbounded:
            return ChiSquareTest.absent(f"infinite estimate of {', '.join(unbounded)}", method)
        if terms and not identified:
            return ChiSquareTest.absent(terms[0].not_estimable or "not estimable", method)
        place = [self.terms.index(term) for term in identified]
        return quadratic_test(self.coefficients[place], self.covariance[np.ix_(place, place)], method)

    def risk_score(self, x: ArrayLike) -> Floats:
        """Linear predictor of rows ``x`` (n, p), aliased terms left out; equal rows score equal to the last bit.

        Raises
        ------
        ValueError
            A term's estimate is infinite, so that scores have no order within it.
        """
        if any(term.hazard_ratio in {0.0, float("inf")} for term in self.terms):
            raise ValueError("a coefficient is infinite: no risk score")
        columns = np.asarray(x, dtype=np.float64).T
        # Summed column by column: a matrix product may round equal rows differently and so untie them.
        score = np.zeros(columns.shape[1])
        for column, coefficient in zip(columns, np.nan_to_num(self.coefficients), strict=True):
            score += column * coefficient
        return score


def quadratic_test(coefficients: Floats, covariance: Floats, method: str) -> ChiSquareTest:
    """Wald test that coefficients are zero, or the reason why their covariance allows none.

    A robust covariance is a sum over clusters: of two clusters it cannot have six dimensions, and what would be printed
    for the other four is rounding.
    """
    if not len(coefficients):
        return ChiSquareTest.of(0.0, 0, method)
    with np.errstate(divide="ignore", invalid="ignore"):  # a robust variance may be 0
        errors = np.sqrt(covariance.diagonal())
        correlation = covariance / np.outer(errors, errors)
    if not np.all(np.isfinite(correlation)):
        return ChiSquareTest.absent("no variance can be had, it is lost in rounding", method)
    root, failed = lapack.dpotrf(correlation)
    plain = not failed and root.diagonal().min() ** 2 > _RANK**0.5  # far from singular: no need to look closer
    rank = len(errors) if plain else int((np.linalg.eigvalsh(correlation) > _RANK).sum())
    if rank < len(coefficients):
        reason = f"the covariance of {len(coefficients)} coefficients has rank {rank}, as where clusters are few"
        return ChiSquareTest.absent(reason, method)
    z = coefficients / errors
    return ChiSquareTest.of(float(z @ solve(correlation, z)), len(z), method)
