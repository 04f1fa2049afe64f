"""Cumulative incidence: a panel for each cause, the numbers at risk below the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from markupsafe import Markup

from stratify.analysis.results import EffectsResult, IncidenceFigure, StepCurve
from stratify.report.figures.axis import Scale, number_ticks, time_ticks
from stratify.report.figures.curve_shape import bands, known_steps, last_time, staircase
from stratify.report.figures.drawing import WIDTH, Drawing
from stratify.report.figures.frame import (
    PLOT_HEIGHT,
    RIGHT,
    Frame,
    at_risk,
    axes,
    group_line,
    left_of_groups,
    legend,
    nothing_drawn,
    plain_ticks,
    style,
)
from stratify.report.figures.lettering import LINE
from stratify.report.format import clean, interval_name, plain, probability

_HEIGHT = 210.0
"""Of a panel where there is more than one."""

_LEAST_HEIGHT = 110.0
_ALL_PANELS = 700.0
_BETWEEN = 20.0
_ENDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def incidence_caption(result: EffectsResult, figure: IncidenceFigure) -> str:
    """What is seen and how to read it."""
    several = len(_causes(figure)) > 1
    bands_of = f"with pointwise {interval_name(result.level)} bands" if _banded(figure) else "without bands"
    panels = "Each panel is of one event" if several else "The event is one of those that compete"
    end = f"The vertical axis ends at {plain(_highest(figure))}{' in every panel' if several else ''}"
    return (
        f"Cumulative incidence by group, {bands_of}. {panels}: a curve is the probability that by then this event has "
        f"come, and come first of the events that compete. {end}."
    )


def incidence(result: EffectsResult, figure: IncidenceFigure) -> Markup:
    """Step curves by group, in a panel for each cause with the same axes."""
    groups = tuple(dict.fromkeys(curve.group for curve in figure.curves))
    causes = _causes(figure) or ("",)
    drawing = Drawing(f"{result.heading}: cumulative incidence", _description(result, figure))
    top = legend(drawing, groups) + 8
    height = PLOT_HEIGHT if len(causes) == 1 else max(_LEAST_HEIGHT, min(_HEIGHT, _ALL_PANELS / len(causes)))
    for cause in causes:
        drawing.fitted(0, top + 6, clean(cause), drawing.width, bold=True)
        frame = _frame(figure, groups, top + LINE, height)
        last = cause == causes[-1]
        axes(drawing, frame, "Cumulative incidence", f"Time ({result.unit})" if last else "")
        _panel(drawing, frame, groups, [curve for curve in figure.curves if curve.cause == cause])
        top = frame.bottom + _BETWEEN
    return drawing.finish(at_risk(drawing, frame, list(_rows(figure, groups))))


def _causes(figure: IncidenceFigure) -> tuple[str, ...]:
    return tuple(dict.fromkeys(curve.cause for curve in figure.curves))


def _banded(figure: IncidenceFigure) -> bool:
    return any(any(True for _ in _upper(curve)) for curve in figure.curves)


def _upper(curve: StepCurve) -> Iterator[float]:
    return (limit for limit in curve.upper if limit is not None)


def _highest(figure: IncidenceFigure) -> float:
    """The end of the vertical axis: above all that is drawn, and with a tick."""
    limits = chain.from_iterable(_upper(curve) for curve in figure.curves)
    values = chain.from_iterable((value for _, value in known_steps(curve)) for curve in figure.curves)
    high = max((v for v in chain(limits, values) if v <= 1.0), default=1.0) or 1.0
    return next((end for end in _ENDS if high <= end + 1e-9), 1.0)


def _frame(figure: IncidenceFigure, groups: Iterable[str], top: float, height: float) -> Frame:
    high = max([0.0, *figure.marks[-1:], *map(last_time, figure.curves)]) or 1.0
    x = Scale(0.0, high, left_of_groups(groups), WIDTH - RIGHT)
    y = Scale(0.0, _highest(figure), top + height, top + 4)
    ticks = plain_ticks(figure.marks or time_ticks(high))
    return Frame(x, y, ticks, plain_ticks(number_ticks(0.0, y.high, 6)))


def _panel(drawing: Drawing, frame: Frame, groups: tuple[str, ...], curves: list[StepCurve]) -> None:
    opacity = 0.13 if len(groups) <= 3 else 0.07
    for curve in curves:
        if curve.times and curve.lower and curve.upper:
            for outline in bands(curve, frame.x, frame.y, 0.0):
                drawing.area(outline, style(groups.index(curve.group))[0], opacity)
    for curve in curves:
        if curve.times:
            points = staircase(known_steps(curve, 0.0), last_time(curve), frame.x, frame.y)
            group_line(drawing, points, groups.index(curve.group))
    if not any(curve.times for curve in curves):
        nothing_drawn(drawing, frame, "no patients, nothing to draw")


def _rows(figure: IncidenceFigure, groups: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The numbers at risk of each group: its causes have the same, since a patient at risk is free of all events."""
    numbers = {curve.group: curve.at_risk for curve in reversed(figure.curves)}
    for group in groups:
        if figure.marks and len(numbers[group]) == len(figure.marks):
            yield group, numbers[group]


def _description(result: EffectsResult, figure: IncidenceFigure) -> str:
    said = "; ".join(f"{curve.cause}, {curve.group}: {_said(curve, figure, result.unit)}" for curve in figure.curves)
    return f"Step curves over time in {result.unit}. {said or 'No curve'}."


def _said(curve: StepCurve, figure: IncidenceFigure, unit: str) -> str:
    """The incidence half-way and at the last mark that the curve reaches."""
    reached = [mark for mark in figure.marks if 0 < mark <= last_time(curve)]
    corners = known_steps(curve, 0.0)
    if not curve.times or not corners:
        return "no patients"
    read = dict.fromkeys((*reached[(len(reached) - 1) // 2 :][:1], *reached[-1:])) or {last_time(curve): None}
    parts = []
    for time in read:
        value = [value for at, value in corners if at <= time][-1]
        parts.append(f"{probability(value)} at {plain(time)} {unit}")
    return ", ".join(parts)
