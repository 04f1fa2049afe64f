"""Times at which a survival curve falls to a given height, and their confidence limits.

The limits invert the pointwise limits of the curve (Brookmeyer & Crowley 1982). Two rules for the height that a step
meets exactly: R's (``quantile.survfit``) and SAS's (PROC LIFETEST).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

QuantileRule = Literal["r", "sas"]

# A product of fractions misses its value: (19/20)(18/19)...(10/11) is not the float 0.5. R's tolerance.
_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quantile:
    """The time by which a share ``probability`` has had the event, with its confidence limits.

    ``quantile`` is None where the curve never falls that far (``reason`` says so); a limit is None where the
    corresponding limit of the curve never does (``note`` says so).
    """

    probability: float
    quantile: float | None
    ci_lower: float | None
    ci_upper: float | None
    level: float
    method: str
    n: int
    events: float
    reason: str | None = None
    note: str | None = None


def crossing_time(time: _Floats, height: _Floats, target: float, rule: QuantileRule, *, limit: bool) -> float | None:
    """First time at which a step function falls to ``target``; None where it never does.

    Where a step lies exactly at the target (within 1.5e-8) the answer is the midpoint of that step. R and SAS differ
    at two places: a step that lasts to the end of follow-up gives its midpoint in R and nothing in SAS; and for the
    limits of an interval SAS takes the first time at which the lower limit is at or below the target, and at which
    the upper limit is below it, without midpoints. Where a limit is not monotone (an upper log limit may rise again
    late) the first time counts, as in R's printed medians; ``quantile.survfit`` may give a later one.

    Parameters
    ----------
    time, height : arrays of shape (m,)
        Step times, ascending, and the value from each time on; NaN where undefined.
    target : float
        The height looked for.
    rule : {"r", "sas"}
        Which convention.
    limit : bool
        True for a confidence limit of the curve, False for the curve itself.
    """
    at_or_below = np.flatnonzero(height <= target + _TOLERANCE)
    if at_or_below.size == 0:
        return None
    i = int(at_or_below[0])
    if height[i] < target - _TOLERANCE or (rule == "sas" and limit):
        return float(time[i])
    below = np.flatnonzero(height[i:] < target - _TOLERANCE)
    if below.size:
        return float((time[i] + time[i + int(below[0])]) / 2)
    if rule == "sas" or np.isnan(height[-1]):
        return None
    return float((time[i] + time[-1]) / 2)


def limit_times(
    time: _Floats, lower: _Floats, upper: _Floats, target: float, rule: QuantileRule
) -> tuple[float | None, float | None]:
    """Confidence limits of a quantile from the pointwise limits of the curve."""
    first = crossing_time(time, lower, target, rule, limit=True)
    if rule == "sas":
        below = np.flatnonzero(upper < target - _TOLERANCE)
        return first, float(time[below[0]]) if below.size else None
    return first, crossing_time(time, upper, target, rule, limit=True)


def flat_to_the_end(height: _Floats, target: float) -> bool:
    """Whether the curve ends on a step at the target itself, so that its quantile hangs on the rule."""
    return bool(height.size) and bool(abs(height[-1] - target) <= _TOLERANCE)
