"""A design matrix that can be solved: an intercept, standardised covariates, and which columns say nothing new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

RANK = 1e-7
"""R's tolerance for the rank of a design matrix (``lm``): a column's rest as a share of its length."""

_CONSTANT = 1e-12  # of a covariate's size: a spread that is rounding


@dataclass(frozen=True, eq=False, slots=True)
class DesignMatrix:
    """An intercept and covariates less ``centre`` over ``scale``; a constant covariate is a column of zeros.

    Attributes
    ----------
    x
        Shape (n, 1 + p), the intercept first.
    centre, scale
        Shape (p,).
    """

    x: Floats
    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, covariates: Floats) -> DesignMatrix:
        """Standardise covariates of shape (n, p)."""
        n = len(covariates)
        # Scaled before the spread is taken: 1e200 is a float, its square is not.
        size = np.max(np.abs(covariates), axis=0, initial=0.0)
        size = np.where(size > 0, size, 1.0)
        shrunk = covariates / size
        centre, spread = (shrunk.mean(axis=0), shrunk.std(axis=0)) if n else (np.zeros(len(size)), np.zeros(len(size)))
        constant = spread <= _CONSTANT
        spread = np.where(constant, 1.0, spread)
        scaled = np.where(constant, 0.0, (shrunk - centre) / spread)
        return cls(np.column_stack([np.ones(n), scaled]), centre * size, spread * size)

    def back(self) -> Floats:
        """The matrix (1 + p, 1 + p) that takes intercept and coefficients to those of the covariates as given."""
        matrix = np.diag(np.concatenate(([1.0], 1 / self.scale)))
        matrix[0, 1:] = -self.centre / self.scale
        return matrix


def dependent_columns(x: Floats) -> Flags:
    """Columns that are zero or combinations of earlier ones: later columns yield, as in R."""
    dependent = np.zeros(x.shape[1], np.bool_)
    basis = np.empty((len(x), 0))
    for j, column in enumerate(x.T):
        left, size = column, float(np.linalg.norm(column))
        for _ in range(2):  # the second pass takes off what rounding left of the first
            left = left - basis @ (basis.T @ left)
        rest = float(np.linalg.norm(left))
        if rest <= RANK * size:
            dependent[j] = True
        else:
            basis = np.column_stack([basis, left / rest])
    return dependent


def dependence(j: int, x: Floats, dependent: Flags, names: Sequence[str]) -> str:
    """Why column ``j`` says nothing new; ``names`` of all columns but the intercept, which is the first."""
    if not np.any(x[:, j]):
        return f'"{names[j - 1]}" is constant: it does not differ between patients'
    before = [k for k in range(j) if not dependent[k]]
    share = np.linalg.lstsq(x[:, before], x[:, j])[0]
    made_of = [f'"{names[k - 1]}"' for k, part in zip(before, share, strict=True) if k and abs(part) > 1e-6]
    return f'"{names[j - 1]}" is a linear combination of {", ".join(made_of)}'
