"""Round times at which the numbers at risk stand below a survival curve."""

from __future__ import annotations

import math

from stratify.model.study import TimeUnit

INTERVALS = 6
"""About so many intervals between marks."""

# Half a week to a decade in each unit, so that marks fall on what people count in: a year, half a year.
_STEPS: dict[TimeUnit, tuple[float, ...]] = {
    TimeUnit.DAYS: (1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650),
    TimeUnit.WEEKS: (1, 2, 4, 8, 13, 26, 52, 104, 260, 520),
    TimeUnit.MONTHS: (1, 2, 3, 6, 12, 24, 60, 120),
    TimeUnit.YEARS: (0.25, 0.5, 1, 2, 5, 10),
}


def risk_marks(longest: float, unit: TimeUnit) -> tuple[float, ...]:
    """Multiples of a round step from 0 to the longest follow-up, about seven of them.

    >>> risk_marks(2659.0, TimeUnit.DAYS)
    (0.0, 365.0, 730.0, 1095.0, 1460.0, 1825.0, 2190.0, 2555.0)
    """
    if longest <= 0:
        return (0.0,)
    steps = _STEPS[unit]
    wanted = longest / INTERVALS
    if not steps[0] / 2 <= wanted <= steps[-1] * 2:
        power = 10.0 ** math.floor(math.log10(wanted))
        steps = (power, 2 * power, 5 * power, 10 * power)
    step = min(steps, key=lambda s: abs(math.log(s / wanted)))
    return tuple(float(step * i) for i in range(int(longest / step * (1 + 1e-12)) + 1))
