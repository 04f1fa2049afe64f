"""A survival curve as outlines on paper: steps, band and censor marks, no finer than the paper shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from stratify.analysis.results import Curve, StepCurve
from stratify.report.figures.drawing import Point

_GRAIN = 0.1
"""Steps closer than this on paper are drawn as one: a pool of a million patients must not make a figure of 100 MB."""

Step: TypeAlias = tuple[float, float]
Place: TypeAlias = Callable[[float], float]
"""From a value to paper: a scale."""


def steps(
    times: Sequence[float], values: Sequence[float | None], start: float = 1.0
) -> list[tuple[float, float | None]]:
    """The curve's corners as (time, value from there on), from time 0."""
    pairs = [(time, value if _lies(value) else None) for time, value in zip(times, values, strict=True)]
    return pairs if pairs and pairs[0][0] <= 0 else [(0.0, start), *pairs]


def last_time(curve: Curve | StepCurve) -> float:
    """The end of follow-up: the last event or the last censoring."""
    return max((0.0, *curve.times[-1:], *(curve.censor_times if isinstance(curve, Curve) else ())))


def known_steps(curve: StepCurve, start: float | None = None) -> list[Step]:
    """The steps that lie somewhere (``log(-log 1)`` does not), from ``start`` at time 0 where there is one."""
    pairs = zip(curve.times, curve.values, strict=True)
    corners = pairs if start is None else steps(curve.times, curve.values, start)
    return [(time, value) for time, value in corners if value is not None and _lies(time) and _lies(value)]


def _lies(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def staircase(corners: Sequence[Step], end: float, x: Place, y: Place) -> list[Point]:
    """Points of the step function up to time ``end``."""
    points: list[Point] = []
    for time, value in corners:
        place, height = x(time), y(value)
        if points and place - points[-1][0] < _GRAIN:
            points[-1] = (points[-1][0], height)
        else:
            points += [(place, points[-1][1]), (place, height)] if points else [(place, height)]
    if points and x(end) > points[-1][0]:
        points.append((x(end), points[-1][1]))
    return points


def bands(curve: Curve | StepCurve, x: Place, y: Place, start: float = 1.0) -> Iterator[list[Point]]:
    """Outlines of the confidence band from ``start`` at time 0; where a limit is missing the band has a gap."""
    lower, upper = steps(curve.times, curve.lower, start), steps(curve.times, curve.upper, start)
    low: list[Step] = []
    high: list[Step] = []
    for (time, below), (_, above) in zip(lower, upper, strict=True):
        if below is not None and above is not None:
            low.append((time, below))
            high.append((time, above))
        elif low:
            yield _outline(low, high, time, x, y)
            low, high = [], []
    if low:
        yield _outline(low, high, last_time(curve), x, y)


def _outline(low: list[Step], high: list[Step], end: float, x: Place, y: Place) -> list[Point]:
    return [*staircase(high, end, x, y), *reversed(staircase(low, end, x, y))]


def censor_marks(curve: Curve, x: Place, y: Place) -> list[Point]:
    """Where to mark a censored time, each place once."""
    corners = [(t, s) for t, s in steps(curve.times, curve.survival) if s is not None]
    places: dict[str, Point] = {}
    index = 0
    for time in sorted(curve.censor_times):
        while index + 1 < len(corners) and corners[index + 1][0] <= time:
            index += 1
        point = (x(time), y(corners[index][1]))
        places.setdefault(f"{point[0]:.1f} {point[1]:.1f}", point)
    return list(places.values())
