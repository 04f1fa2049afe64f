"""Cause-specific Cox regression: one model for each cause, in which patients leave at an event of any other.

Prentice et al. (1978) Biometrics 34:541. A cause-specific hazard ratio compares rates among patients still free of all
events; what it does to a cumulative incidence also depends on the hazards of the other causes (see ``fine_gray``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from numpy.typing import ArrayLike

from stratify.stats.competing_risks import cause_codes, cause_number
from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.cox_model import Interval
from stratify.stats.scaled_rows import Ties


@dataclass(frozen=True, slots=True, eq=False)
class CauseSpecificCox:
    """A Cox model for each declared cause, in the order declared; ``events`` of each are those of its cause."""

    causes: tuple[str, ...]
    fits: tuple[CoxFit, ...]

    def fit(self, cause: str) -> CoxFit:
        """The model of the cause with this name.

        Raises
        ------
        ValueError
            No such cause was declared.
        """
        return self.fits[cause_number(self.causes, cause) - 1]


def cause_specific_cox(
    time: ArrayLike,
    cause: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str],
    causes: Sequence[str],
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool = False,
    ties: Ties = "efron",
    level: float = 0.95,
    interval: Interval = "wald",
) -> CauseSpecificCox:
    """Fit a Cox model for each cause, events of other causes being censored.

    Parameters
    ----------
    time, cause
        Exit times, shape (n,), not negative, and the event that ended them: 0 censored, 1 to k.
    x, names
        Covariates, shape (n, p), and their names; a row with a NaN is left out and counted.
    causes
        Names of the causes 1 to k. A cause without events is answered as not estimable.
    strata, weights, entry, cluster, robust, ties, level, interval
        As for :func:`stratify.stats.cox.cox`.

    Raises
    ------
    ValueError
        As for :func:`stratify.stats.cox.cox`, and causes that were not declared.
    """
    codes = cause_codes(cause, causes)
    fits = (
        cox(
            time,
            codes == number,
            x,
            names=names,
            strata=strata,
            weights=weights,
            entry=entry,
            cluster=cluster,
            robust=robust,
            ties=ties,
            level=level,
            interval=interval,
        )
        for number in range(1, len(causes) + 1)
    )
    return CauseSpecificCox(
        tuple(causes),
        tuple(
            replace(fit, method=f'cause-specific hazard of "{name}": {fit.method}')
            for name, fit in zip(causes, fits, strict=True)
        ),
    )
