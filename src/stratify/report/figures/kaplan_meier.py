"""The Kaplan-Meier figure with its numbers at risk."""

from __future__ import annotations

from markupsafe import Markup

from stratify.analysis.results import Curve, SurvivalResult
from stratify.report.figures.axis import Scale, time_ticks
from stratify.report.figures.curve_shape import bands, censor_marks, last_time, staircase, steps
from stratify.report.figures.drawing import RULE, WIDTH, Drawing, coordinate
from stratify.report.figures.frame import (
    PLOT_HEIGHT,
    RIGHT,
    Frame,
    Tick,
    at_risk,
    axes,
    left_of_groups,
    legend,
    plain_ticks,
    style,
)
from stratify.report.format import clean, count, interval_name, known, time_interval

LEVELS = tuple(Tick(tenth / 10, f"{tenth / 10:.1f}") for tenth in range(0, 11, 2))
"""Ticks of a whole probability axis."""


def kaplan_meier(result: SurvivalResult) -> Markup:
    """Survival by group with pointwise confidence bands, censor ticks, median lines and numbers at risk."""
    drawing = Drawing(f"Kaplan-Meier estimate: {result.endpoint_label} by {result.by}", _description(result))
    entries = [f"{clean(c.group)}: {_legend_numbers(c, result)}" for c in result.curves]
    frame = _frame(result, legend(drawing, entries, ticked=True) + 8)
    axes(drawing, frame, f"{clean(result.endpoint_label)} (probability)", f"Time ({result.unit})")
    opacity = 0.13 if len(result.curves) <= 3 else 0.07
    for index, curve in enumerate(result.curves):
        _band(drawing, curve, frame, style(index)[0], opacity)
    for curve in result.curves:
        _median(drawing, curve, frame)
    for index, curve in enumerate(result.curves):
        _curve(drawing, curve, frame, index)
    rows = [(c.group, c.at_risk) for c in result.curves] if result.marks else []
    return drawing.finish(at_risk(drawing, frame, rows))


def _description(result: SurvivalResult) -> str:
    parts = [f"{c.group}: {_legend_numbers(c, result)}" for c in result.curves]
    return f"Step curves over time in {result.unit}. " + ". ".join(parts)


def _legend_numbers(curve: Curve, result: SurvivalResult) -> str:
    median = time_interval(curve.median, result.unit)
    interval = f" {result.unit} ({interval_name(result.level)} "
    shown = median.replace(" (", interval, 1) if known(curve.median.value) is not None else median
    return f"n = {count(curve.n)}, {count(curve.events)} events, median {shown}"


def _frame(result: SurvivalResult, top: float) -> Frame:
    left = left_of_groups(c.group for c in result.curves)
    high = max([0.0, *result.marks[-1:], *(last_time(c) for c in result.curves)]) or 1.0
    ticks = result.marks or time_ticks(high)
    x = Scale(0.0, high, left, WIDTH - RIGHT)
    return Frame(x, Scale(0.0, 1.0, top + PLOT_HEIGHT, top + 4), plain_ticks(ticks), LEVELS)


def _band(drawing: Drawing, curve: Curve, frame: Frame, colour: str, opacity: float) -> None:
    for outline in bands(curve, frame.x, frame.y):
        drawing.area(outline, colour, opacity)


def _curve(drawing: Drawing, curve: Curve, frame: Frame, index: int) -> None:
    colour, dash = style(index)
    corners = [(t, s) for t, s in steps(curve.times, curve.survival) if s is not None]
    drawing.path(staircase(corners, last_time(curve), frame.x, frame.y), colour, 2.0, dash)
    ticks = "".join(f"M{coordinate(x)} {coordinate(y - 4)}v8" for x, y in censor_marks(curve, frame.x, frame.y))
    if ticks:
        drawing.add("path", d=ticks, fill="none", stroke=colour, stroke_width=0.9)


def _median(drawing: Drawing, curve: Curve, frame: Frame) -> None:
    value = known(curve.median.value)
    if value is None or value > frame.x.high:
        return
    corner = (frame.x(value), frame.y(0.5))
    drawing.path([(frame.x.start, corner[1]), corner, (corner[0], frame.bottom)], RULE, 1.0, "3 3")
