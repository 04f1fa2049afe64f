"""The Kaplan-Meier figure with its numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from stratify.analysis.results import Curve, SurvivalResult
from stratify.report.figures.axis import Scale, thinned, time_ticks
from stratify.report.figures.curve_shape import bands, censor_marks, last_time, staircase, steps
from stratify.report.figures.drawing import FAINT, MUTED, RULE, WIDTH, Drawing, coordinate
from stratify.report.figures.lettering import LINE, SMALL, text_width, wrapped
from stratify.report.format import clean, count, interval_name, known, plain, time_interval

PLOT_HEIGHT = 300.0
_RIGHT = 28.0
_MOST_LABEL = 150.0
_SWATCH = 30.0
_AT_RISK_ROW = 17.0

# Colours that stay apart for the colour-blind and in grey (relative luminance 4, 16, 9, 2, 24, 12 %), each with a
# dash pattern of its own, so that colour is never the only difference.
STYLES = (
    ("#0b3c6f", ""),
    ("#c04a00", "8 3"),
    ("#1f7a4d", "2 3"),
    ("#3d1f4f", "10 3 2 3"),
    ("#8a7a00", "14 4"),
    ("#8a3f6b", "4 2 1 2"),
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plotting area; ``ticks`` are the result's marks where it has some, and then have numbers at risk."""

    x: Scale
    y: Scale
    ticks: tuple[float, ...]

    @property
    def bottom(self) -> float:
        return self.y.start


def style(index: int) -> tuple[str, str]:
    """Colour and dash pattern of the index-th group; where colours come again they have other patterns."""
    again = index // len(STYLES)
    return STYLES[index % len(STYLES)][0], STYLES[(index + again) % len(STYLES)][1]


def kaplan_meier(result: SurvivalResult) -> Markup:
    """Survival by group with pointwise confidence bands, censor ticks, median lines and numbers at risk."""
    drawing = Drawing(f"Kaplan-Meier estimate: {result.endpoint_label} by {result.by}", _description(result))
    top = _legend(drawing, result) + 8
    frame = _frame(result, top)
    _axes(drawing, result, frame)
    opacity = 0.13 if len(result.curves) <= 3 else 0.07
    for index, curve in enumerate(result.curves):
        _band(drawing, curve, frame, style(index)[0], opacity)
    for curve in result.curves:
        _median(drawing, curve, frame)
    for index, curve in enumerate(result.curves):
        _curve(drawing, curve, frame, index)
    return drawing.finish(_at_risk(drawing, result, frame))


def _description(result: SurvivalResult) -> str:
    parts = [f"{c.group}: {_legend_numbers(c, result)}" for c in result.curves]
    return f"Step curves over time in {result.unit}. " + ". ".join(parts)


def _legend_numbers(curve: Curve, result: SurvivalResult) -> str:
    median = time_interval(curve.median, result.unit)
    interval = f" {result.unit} ({interval_name(result.level)} "
    shown = median.replace(" (", interval, 1) if known(curve.median.value) is not None else median
    return f"n = {count(curve.n)}, {count(curve.events)} events, median {shown}"


def _legend(drawing: Drawing, result: SurvivalResult) -> float:
    y = 14.0
    for index, curve in enumerate(result.curves):
        colour, dash = style(index)
        drawing.line((0, y - 4), (_SWATCH, y - 4), colour, 2.2, dash)
        drawing.line((_SWATCH / 2, y - 8), (_SWATCH / 2, y), colour, 1.2)
        label = clean(curve.group)
        room = drawing.width - _SWATCH - 8
        lines = wrapped(f"{label}: {_legend_numbers(curve, result)}", room, most=3)
        y = drawing.lines(_SWATCH + 8, y, lines) + 2
    return y


def _frame(result: SurvivalResult, top: float) -> _Frame:
    longest = max((text_width(clean(c.group), SMALL) for c in result.curves), default=0.0)
    left = max(62.0, min(longest, _MOST_LABEL) + 48)
    high = max([0.0, *result.marks[-1:], *(last_time(c) for c in result.curves)]) or 1.0
    ticks = result.marks or time_ticks(high)
    return _Frame(Scale(0.0, high, left, WIDTH - _RIGHT), Scale(0.0, 1.0, top + PLOT_HEIGHT, top + 4), ticks)


def _axes(drawing: Drawing, result: SurvivalResult, frame: _Frame) -> None:
    x, y = frame.x, frame.y
    for tenth in range(0, 11, 2):
        height = y(tenth / 10)
        if tenth:
            drawing.line((x.start, height), (x.end, height), FAINT, 0.7)
        drawing.line((x.start - 4, height), (x.start, height))
        drawing.text(x.start - 7, height + 4, f"{tenth / 10:.1f}", "end", SMALL)
    drawing.line((x.start, y.end), (x.start, frame.bottom))
    drawing.line((x.start, frame.bottom), (x.end, frame.bottom))
    middle = (y.start + y.end) / 2
    across = f"rotate(-90 {coordinate(x.start - 38)} {coordinate(middle)})"
    lines = wrapped(f"{clean(result.endpoint_label)} (probability)", PLOT_HEIGHT, most=1)
    drawing.add("text", lines[0], x=x.start - 38, y=middle, text_anchor="middle", transform=across)
    places = [x(t) for t in frame.ticks]
    labelled = thinned(places, [text_width(plain(t), SMALL) for t in frame.ticks])
    for index, place in enumerate(places):
        drawing.line((place, frame.bottom), (place, frame.bottom + 4))
        if index in labelled:
            drawing.text(place, frame.bottom + 17, plain(frame.ticks[index]), "middle", SMALL)
    drawing.text((x.start + x.end) / 2, frame.bottom + 34, f"Time ({result.unit})", "middle")


def _band(drawing: Drawing, curve: Curve, frame: _Frame, colour: str, opacity: float) -> None:
    for outline in bands(curve, frame.x, frame.y):
        drawing.area(outline, colour, opacity)


def _curve(drawing: Drawing, curve: Curve, frame: _Frame, index: int) -> None:
    colour, dash = style(index)
    corners = [(t, s) for t, s in steps(curve.times, curve.survival) if s is not None]
    drawing.path(staircase(corners, last_time(curve), frame.x, frame.y), colour, 2.0, dash)
    ticks = "".join(f"M{coordinate(x)} {coordinate(y - 4)}v8" for x, y in censor_marks(curve, frame.x, frame.y))
    if ticks:
        drawing.add("path", d=ticks, fill="none", stroke=colour, stroke_width=0.9)


def _median(drawing: Drawing, curve: Curve, frame: _Frame) -> None:
    value = known(curve.median.value)
    if value is None or value > frame.x.high:
        return
    corner = (frame.x(value), frame.y(0.5))
    drawing.path([(frame.x.start, corner[1]), corner, (corner[0], frame.bottom)], RULE, 1.0, "3 3")


def _at_risk(drawing: Drawing, result: SurvivalResult, frame: _Frame) -> float:
    """The numbers under the axis; the height of the whole figure."""
    y = frame.bottom + 58
    if not result.marks:
        return y - 16
    drawing.text(0, y, "Number at risk", bold=True, size=SMALL)
    places = [frame.x(t) for t in result.marks]
    widest = max((text_width(count(n), SMALL) for c in result.curves for n in c.at_risk), default=0.0)
    labels = [max(widest, text_width(plain(t), SMALL)) for t in result.marks]
    shown = thinned(places, labels)
    for index, curve in enumerate(result.curves):
        y += _AT_RISK_ROW
        colour, dash = style(index)
        drawing.line((0, y - 4), (16, y - 4), colour, 2.2, dash)
        drawing.fitted(20, y, clean(curve.group), frame.x.start - 20 - 22, SMALL)
        for at in shown:
            drawing.text(places[at], y, count(curve.at_risk[at]), "middle", SMALL, MUTED)
    return y + LINE - 5
