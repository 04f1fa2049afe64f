"""Axes: where a value lies on the paper, and which values are worth a tick."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stratify.report.figures.lettering import SMALL, text_width
from stratify.report.format import plain

_GAP = 8.0
"""Least distance between two tick labels."""

# In the order in which they are wanted: 1 always, then the round ones outwards, then what fills the gaps.
_RATIOS = (
    1,
    0.5,
    2,
    0.1,
    10,
    0.2,
    5,
    0.01,
    100,
    0.05,
    20,
    0.02,
    50,
    0.001,
    1000,
    0.25,
    4,
    0.75,
    1.5,
    1.25,
    3,
    0.9,
    1.1,
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from data (``low`` to ``high``) to paper (``start`` to ``end``)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class LogScale:
    """A logarithmic scale; values off the scale are put on its ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value, at an end where the value lies beyond it."""
        if value <= self.low:
            return self.start
        if value >= self.high:
            return self.end
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.end - self.start)

    def beyond(self, value: float) -> bool:
        """Whether a value is not on the scale."""
        return not self.low <= value <= self.high


def ratio_scale(estimates: Iterable[float], limits: Iterable[float], start: float, end: float) -> LogScale:
    """A scale around 1 with every estimate from 1/1000 to 1000 on it, and the limits as far as 1/20 and 20.

    Limits of 0 and infinity have no place on it: they would only press the others together.
    """
    values = [min(max(v, 0.001), 1000.0) for v in estimates if v > 0 and not math.isinf(v)]
    reached = [min(max(v, 0.05), 20.0) for v in limits if v > 0 and not math.isinf(v)]
    inside = [0.8, 1.25, *values, *reached]
    return LogScale(min(inside) / 1.08, max(inside) * 1.08, start, end)


def ratio_ticks(scale: LogScale) -> list[float]:
    """Round ratios on the scale whose labels do not touch, in ascending order."""
    chosen: list[float] = []
    for value in _RATIOS:
        if scale.low <= value <= scale.high and all(_apart(scale(value), value, scale(c), c) for c in chosen):
            chosen.append(value)
    return sorted(chosen)


def _apart(place: float, value: float, other_place: float, other: float) -> bool:
    room = (text_width(plain(value), SMALL) + text_width(plain(other), SMALL)) / 2
    return abs(place - other_place) >= room + _GAP


def time_ticks(high: float, most: int = 7) -> tuple[float, ...]:
    """Round times from 0 to ``high``, steps of 1, 2 or 5 times a power of ten."""
    if high <= 0:
        return (0.0,)
    power = 10.0 ** math.floor(math.log10(high / most))
    step = next(power * m for m in (1, 2, 5, 10) if power * m * most >= high)
    return tuple(step * i for i in range(math.floor(high / step + 1e-9) + 1))


def number_ticks(low: float, high: float, most: int = 7) -> tuple[float, ...]:
    """Round numbers from ``low`` to ``high``, steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * m for m in (1, 2, 5, 10) if power * m * most >= high - low)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # A multiple of 0.1 that is not 0.30000000000000004.
    return tuple(float(f"{step * i:.12g}") for i in range(first, last + 1))


def log_time_ticks(low: float, high: float) -> tuple[float, ...]:
    """1, 2 and 5 times powers of ten from ``low`` to ``high``, the powers alone where they are many.

    Within less than a factor of five there may be one such number or none, so there round numbers stand instead.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1,) if len(powers) > 5 else (1, 2, 5)
    found = [float(f"{10.0**power * factor:.12g}") for power in powers for factor in factors]
    inside = tuple(tick for tick in found if low <= tick <= high)
    return inside if len(inside) > 2 else number_ticks(low, high, 5)


def around(values: Iterable[float]) -> tuple[float, float]:
    """The smallest and the largest value; a little to both sides where they are one, 0 to 1 where there is none."""
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    if high - low > 1e-9 * max(abs(low), abs(high)):
        return low, high
    room = abs(low) / 10 or 1.0
    return low - room, high + room


def thinned(places: Sequence[float], widths: Sequence[float]) -> list[int]:
    """Indices of the marks to label: every k-th from the first, with the smallest k at which no labels touch."""
    for every in range(1, len(places)):
        kept = list(range(0, len(places), every))
        pairs = pairwise(kept)
        if all(places[b] - places[a] >= (widths[a] + widths[b]) / 2 + _GAP for a, b in pairs):
            return kept
    return list(range(min(1, len(places))))
