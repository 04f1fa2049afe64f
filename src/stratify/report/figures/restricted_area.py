"""Restricted means: the area under each survival curve up to the horizon."""

from __future__ import annotations

from markupsafe import Markup

from stratify.analysis.results import EffectsResult, RestrictedAreaFigure, StepCurve
from stratify.report.figures.axis import Scale, time_ticks
from stratify.report.figures.curve_shape import known_steps, last_time, staircase
from stratify.report.figures.drawing import INK, MUTED, WIDTH, Drawing, Point
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
)
from stratify.report.figures.kaplan_meier import LEVELS
from stratify.report.figures.lettering import SMALL, text_width
from stratify.report.format import clean, plain, time_interval

_SHADE = 0.14
_BEYOND = 1.5
_RMST = "rmst"


def restricted_area_caption(result: EffectsResult, figure: RestrictedAreaFigure) -> str:
    """What is seen and how to read it."""
    said = (
        f"{result.endpoint_label} by group (Kaplan-Meier). The shaded area under a curve, from 0 to the horizon of "
        f"{plain(figure.horizon)} {result.unit} (dashed vertical line), is the group's restricted mean."
    )
    if len(figure.curves) > 1:
        said += (
            " Shading is darker where areas lie over each other; the area between two curves, less what lies between "
            "them after they cross, is the difference of their restricted means."
        )
    end = _end(figure)
    return f"{said} The time axis ends at {plain(end)} {result.unit}." if _followed(figure) > end else said


def restricted_area(result: EffectsResult, figure: RestrictedAreaFigure) -> Markup:
    """Survival by group, shaded in one grey up to the horizon, so that what curves have in common is darker."""
    entries = [f"{clean(c.group)}{_mean(result, c.group)}" for c in figure.curves]
    said = "; ".join(entries) or "no curve"
    title = f"{result.heading}: areas under the curves"
    drawing = Drawing(title, f"Step curves over time in {result.unit}, shaded to {plain(figure.horizon)}. {said}.")
    frame = _frame(figure, legend(drawing, entries) + 14)
    axes(drawing, frame, f"{clean(result.endpoint_label)} (probability)", f"Time ({result.unit})")
    shade = min(_SHADE, 0.5 / max(len(figure.curves), 1))
    for curve in figure.curves:
        _area(drawing, frame, figure.horizon, curve, shade)
    _horizon(drawing, frame, figure.horizon, result.unit)
    for index, curve in enumerate(figure.curves):
        if curve.times:
            group_line(drawing, _steps(curve, min(last_time(curve), frame.x.high), frame), index)
    if not any(curve.times for curve in figure.curves):
        nothing_drawn(drawing, frame, "no patients, nothing to draw")
    return drawing.finish(at_risk(drawing, frame, ()))


def _mean(result: EffectsResult, group: str) -> str:
    """The group's restricted mean, as the table says it; nothing where no table has it."""
    for effect in (effect for table in result.tables for effect in table.effects):
        if effect.measure.statistic == _RMST and effect.group == group:
            text = time_interval(effect.estimate, result.unit)
            return f": {effect.measure.words} {text}" + (f" {result.unit}" if effect.estimate.value is not None else "")
    return ""


def _frame(figure: RestrictedAreaFigure, top: float) -> Frame:
    high = _end(figure)
    x = Scale(0.0, high, left_of_groups(()), WIDTH - RIGHT)
    return Frame(x, Scale(0.0, 1.0, top + PLOT_HEIGHT, top + 4), plain_ticks(time_ticks(high)), LEVELS)


def _followed(figure: RestrictedAreaFigure) -> float:
    return max([0.0, *map(last_time, figure.curves)])


def _end(figure: RestrictedAreaFigure) -> float:
    """The end of the time axis: a horizon early in a long follow-up still has most of the width."""
    return max(figure.horizon, min(_followed(figure), _BEYOND * figure.horizon)) or 1.0


def _steps(curve: StepCurve, end: float, frame: Frame) -> list[Point]:
    return staircase([(t, s) for t, s in known_steps(curve, 1.0) if t <= end], end, frame.x, frame.y)


def _area(drawing: Drawing, frame: Frame, horizon: float, curve: StepCurve, shade: float) -> None:
    """The area to the horizon. A curve that ends before it at 0 has none beyond; one that ends above 0 is not known."""
    end = min(horizon, last_time(curve))
    above = _steps(curve, end, frame)
    if curve.times and len(above) > 1:
        drawing.area([*above, (frame.x(end), frame.bottom), (frame.x(0.0), frame.bottom)], INK, shade)


def _horizon(drawing: Drawing, frame: Frame, horizon: float, unit: str) -> None:
    x = frame.x(horizon)
    drawing.line((x, frame.y.end - 4), (x, frame.bottom), INK, 1.2, "5 3")
    label = f"horizon {plain(horizon)} {unit}"
    half = text_width(clean(label), SMALL) / 2
    drawing.text(min(max(x, half), drawing.width - half), frame.y.end - 8, label, "middle", SMALL, MUTED)
