"""Log-minus-log survival by level of a factor: under proportional hazards the curves are parallel."""

from __future__ import annotations

from markupsafe import Markup

from stratify.analysis.results import EffectsResult, LogMinusLogFigure, StepCurve
from stratify.report.figures.axis import LogScale, Scale, around, log_time_ticks, number_ticks
from stratify.report.figures.curve_shape import Step, known_steps, staircase
from stratify.report.figures.drawing import WIDTH, Drawing
from stratify.report.figures.frame import (
    PLOT_HEIGHT,
    RIGHT,
    Frame,
    at_risk,
    axes,
    group_line,
    left_of_labels,
    legend,
    nothing_drawn,
    plain_ticks,
)
from stratify.report.format import clean, count, fixed, plain


def log_minus_log_caption(figure: LogMinusLogFigure) -> str:
    """What is seen and how to read it."""
    return (
        f"Log-minus-log survival, log(−log S), by {figure.factor}, over time on a logarithmic scale. Under "
        "proportional hazards the curves keep the same vertical distance; curves that converge, part or cross speak "
        "against it. The first steps rest on few events."
    )


def log_minus_log(result: EffectsResult, figure: LogMinusLogFigure) -> Markup:
    """Step curves by level, each from its first event."""
    drawn = [(curve.group, _steps(curve)) for curve in figure.curves]
    drawing = Drawing(f"{result.endpoint_label}: log-minus-log survival by {figure.factor}", _said(drawn, result.unit))
    names = [clean(group) if corners else f"{clean(group)}: no event to draw" for group, corners in drawn]
    frame = _frame([corner for _, corners in drawn for corner in corners], legend(drawing, names) + 8)
    axes(drawing, frame, "log(−log S)", f"Time ({result.unit}, log scale)")
    for index, (_, corners) in enumerate(drawn):
        group_line(drawing, staircase(corners, 0.0, frame.x, frame.y), index)
    if not any(corners for _, corners in drawn):
        nothing_drawn(drawing, frame, "no events, nothing to draw")
    return drawing.finish(at_risk(drawing, frame, ()))


def _steps(curve: StepCurve) -> list[Step]:
    return [(time, value) for time, value in known_steps(curve) if time > 0]


def _frame(corners: list[Step], top: float) -> Frame:
    low, high = around(value for _, value in corners)
    low, high = low - (high - low) / 25, high + (high - low) / 25
    levels = plain_ticks(number_ticks(low, high))
    times = [time for time, _ in corners] or [1.0, 10.0]
    first, last = min(times), max(times)
    if last <= first * 1.0001:
        first, last = first / 2, last * 2
    left = left_of_labels(level.label for level in levels)
    x = LogScale(first, last, left, WIDTH - RIGHT)
    return Frame(x, Scale(low, high, top + PLOT_HEIGHT, top + 4), plain_ticks(log_time_ticks(first, last)), levels)


def _said(drawn: list[tuple[str, list[Step]]], unit: str) -> str:
    parts = []
    for group, corners in drawn:
        if corners:
            (first, low), (last, high) = corners[0], corners[-1]
            steps = f"{count(len(corners))} {'step' if len(corners) == 1 else 'steps'}"
            said = f"{steps}, from {fixed(low, 2)} at {plain(first)} to {fixed(high, 2)} at {plain(last)} {unit}"
        else:
            said = "no event to draw"
        parts.append(f"{group}: {said}")
    return f"log(−log S) over log time. {'; '.join(parts) or 'No curve'}."
