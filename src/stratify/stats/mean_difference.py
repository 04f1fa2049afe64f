"""The difference of two means without assuming equal variances (Welch 1947)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from stratify.stats.inputs import checked_level


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """Mean of sample 1 minus mean of sample 0 with Welch's t interval and test."""

    mean_difference: float | None = None
    standard_error: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    t: float | None = None
    df: float | None = None
    p_value: float | None = None
    level: float
    method: str = "Welch t-test"
    n: int
    reason: str | None = None
    note: str | None = None


def welch_t(sample1: ArrayLike, sample0: ArrayLike, level: float = 0.95) -> MeanDifference:
    """Compare two means; degrees of freedom by Welch and Satterthwaite, as R's ``t.test``.

    Parameters
    ----------
    sample1, sample0 : array_like
        Numbers, NaN being missing: left out.
    level : float
        Confidence level.
    """
    samples = [np.asarray(sample, dtype=np.float64) for sample in (sample1, sample0)]
    x, y = (sample[~np.isnan(sample)] for sample in samples)
    result = MeanDifference(level=checked_level(level), n=len(x) + len(y))
    few = [name for name, sample in (("sample 1", x), ("sample 0", y)) if len(sample) < 2]
    if few:
        return replace(result, reason=f"fewer than two values in {' and '.join(few)}")
    difference = float(x.mean() - y.mean())
    vx, vy = float(x.var(ddof=1)) / len(x), float(y.var(ddof=1)) / len(y)
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        note = "no interval or test: no variation within either sample"
        return replace(result, mean_difference=difference, note=note)
    error = float(np.sqrt(vx + vy))
    df = (vx + vy) ** 2 / (vx**2 / (len(x) - 1) + vy**2 / (len(y) - 1))
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return replace(
        result,
        mean_difference=difference,
        standard_error=error,
        ci_lower=difference - half,
        ci_upper=difference + half,
        t=difference / error,
        df=df,
        p_value=2 * float(stdtr(df, -abs(difference) / error)),
    )
