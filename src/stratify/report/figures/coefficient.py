"""An effect over time: scaled Schoenfeld residuals, their smooth and the average effect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain

from markupsafe import Markup

from stratify.analysis.results import CoefficientFigure, EffectsResult
from stratify.report.figures.axis import Scale, around, number_ticks
from stratify.report.figures.drawing import INK, MUTED, RULE, WIDTH, Drawing, Point, coordinate
from stratify.report.figures.frame import (
    PLOT_HEIGHT,
    RIGHT,
    Frame,
    Tick,
    at_risk,
    axes,
    left_of_labels,
    nothing_drawn,
    plain_ticks,
)
from stratify.report.figures.lettering import LINE, SMALL, text_width
from stratify.report.format import NO_BREAK_SPACE, count, fixed, interval_name, p_value, plain

_CELL = 3.0
"""Side of the grid of which a cell has one point: more would lie on each other, and a million be 20 MB."""

_DOT = 3.8
_SMOOTH = "#0b3c6f"
_BAND = 0.16
_SAMPLE = 26.0
_LARGEST = 1e300
"""Beyond it a number has no distance to its negative."""


def coefficient_caption(result: EffectsResult, figure: CoefficientFigure) -> str:
    """What is seen and how to read it."""
    what = "as a multiple of its average" if figure.joint else "as a log hazard ratio"
    smooth = (
        f"No smooth is drawn: {figure.note}."
        if figure.note
        else (
            f"The line is a natural-spline smooth with its pointwise {interval_name(result.level)} band: where it "
            "keeps to the dashed average the hazards are proportional, where it leaves it the effect changes with time."
        )
    )
    return (
        f"Effect of {figure.term} over time, {what}. Each point is an event (scaled Schoenfeld residual). {smooth}"
        + (_tested(result, figure))
    )


def _tested(result: EffectsResult, figure: CoefficientFigure) -> str:
    found = [test for test in result.tests if test.stratum == figure.term and test.p_value is not None]
    return f" Test of proportional hazards: p{NO_BREAK_SPACE}{_equals(p_value(found[0].p_value))}." if found else ""


def _equals(p: str) -> str:
    return p if p[0] in "<>" else f"={NO_BREAK_SPACE}{p}"


def coefficient(result: EffectsResult, figure: CoefficientFigure) -> Markup:
    """Points of the effect, its smooth with band, the average (dashed) and no effect (a line)."""
    points = [(x, y) for x, y in zip(figure.x, figure.effects, strict=True) if _lies(x) and _lies(y)]
    drawing = Drawing(f"{result.endpoint_label}: effect of {figure.term} over time", _said(result, figure, points))
    frame = _frame(figure, points, _legend(drawing, result, figure) + 8)
    name = f"{figure.term}: effect / average" if figure.joint else f"{figure.term}: log hazard ratio"
    axes(drawing, frame, name, f"Time ({result.unit}), on the scale of the test")
    _level(drawing, frame, 0.0, RULE, 1.2, "")
    for outline in _bands(figure, frame):
        drawing.area(outline, _SMOOTH, _BAND)
    _dots(drawing, [(frame.x(x), frame.y(y)) for x, y in points])
    for line in _smooths(figure, frame):
        drawing.path(line, _SMOOTH, 2.2)
    if _lies(figure.average):
        _level(drawing, frame, figure.average, INK, 1.4, "6 4")
    if not points:
        nothing_drawn(drawing, frame, "no events, nothing to draw")
    return drawing.finish(at_risk(drawing, frame, ()))


def _lies(value: float) -> bool:
    return abs(value) < _LARGEST


def _frame(figure: CoefficientFigure, points: list[Point], top: float) -> Frame:
    across = (*(x for x, _ in points), *filter(_lies, (*figure.smooth_x, *figure.places)))
    left_x, right_x = around(across)
    reached = (*(y for _, y in points), *filter(_lies, (*figure.smooth, figure.average)), 0.0)
    low, high = around(reached)
    room = (high - low) / 25
    levels = plain_ticks(number_ticks(low - room, high + room))
    left = left_of_labels(level.label for level in levels)
    x = Scale(left_x, right_x, left + _CELL, WIDTH - RIGHT)
    y = Scale(low - room, high + room, top + PLOT_HEIGHT, top + 4)
    return Frame(x, y, tuple(_time_ticks(figure)), levels)


def _time_ticks(figure: CoefficientFigure) -> Iterator[Tick]:
    """Times where they lie on the transformed axis; of times at one place the first."""
    seen: set[float] = set()
    for place, time in sorted(zip(figure.places, figure.times, strict=True)):
        if _lies(place) and place not in seen:
            seen.add(place)
            yield Tick(place, plain(float(f"{time:.4g}")) if abs(time) < 1000 else plain(round(time)))


def _level(drawing: Drawing, frame: Frame, value: float, stroke: str, width: float, dash: str) -> None:
    y = frame.y(value)
    drawing.line((frame.x.start, y), (frame.x.end, y), stroke, width, dash)


def _dots(drawing: Drawing, points: Iterable[Point]) -> None:
    """A dot an event, one in each cell of a grid no coarser than a dot."""
    cells = {(round(x / _CELL), round(y / _CELL)): (x, y) for x, y in points}
    data = "".join(f"M{coordinate(x)} {coordinate(y)}h0" for x, y in cells.values())
    if data:
        drawing.add("path", d=data, fill="none", stroke=MUTED, stroke_width=_DOT, stroke_linecap="round")


def _bands(figure: CoefficientFigure, frame: Frame) -> Iterator[list[Point]]:
    """The band as far as the plot goes; where a limit is missing it has a gap."""
    for run in _runs(figure.smooth_x, figure.lower, figure.upper):
        above = [(frame.x(x), _inside(frame, upper)) for x, _, upper in run]
        below = [(frame.x(x), _inside(frame, lower)) for x, lower, _ in run]
        yield [*above, *reversed(below)]


def _smooths(figure: CoefficientFigure, frame: Frame) -> Iterator[list[Point]]:
    for run in _runs(figure.smooth_x, figure.smooth):
        yield [(frame.x(x), _inside(frame, y)) for x, y in run]


def _runs(*columns: tuple[float, ...]) -> Iterator[list[tuple[float, ...]]]:
    """Rows one after the other in which every number is one; a number alone makes no line."""
    run: list[tuple[float, ...]] = []
    for row in chain(zip(*columns, strict=True), [(math.nan,)]):
        if not any(map(math.isnan, row)):
            run.append(row)
            continue
        if len(run) > 1:
            yield run
        run = []


def _inside(frame: Frame, value: float) -> float:
    return frame.y(min(max(value, frame.y.low), frame.y.high))


def _legend(drawing: Drawing, result: EffectsResult, figure: CoefficientFigure) -> float:
    """The marks and what they mean, in a line or more; the baseline after the last."""
    x, y = 0.0, 14.0
    for kind, words in _marks(result, figure):
        wide = _SAMPLE + 6 + text_width(words, SMALL)
        if x and x + wide > drawing.width:
            x, y = 0.0, y + LINE
        _sample(drawing, kind, x, y - 4)
        drawing.text(x + _SAMPLE + 6, y, words, size=SMALL)
        x += wide + 22
    return y + LINE


def _marks(result: EffectsResult, figure: CoefficientFigure) -> Iterator[tuple[str, str]]:
    yield "dot", "event"
    if any(_runs(figure.smooth_x, figure.smooth)):
        yield "smooth", f"smooth, {interval_name(result.level)}"
    if _lies(figure.average):
        yield "average", f"average {fixed(figure.average, 3)}"
    yield "none", "no effect, 0"


def _sample(drawing: Drawing, kind: str, x: float, y: float) -> None:
    ends = ((x, y), (x + _SAMPLE, y))
    match kind:
        case "dot":
            _dots(drawing, [(x + _SAMPLE / 2, y)])
        case "smooth":
            drawing.area(((x, y - 5), (x + _SAMPLE, y - 5), (x + _SAMPLE, y + 5), (x, y + 5)), _SMOOTH, _BAND)
            drawing.line(*ends, _SMOOTH, 2.2)
        case "average":
            drawing.line(*ends, INK, 1.4, "6 4")
        case _:
            drawing.line(*ends, RULE, 1.2)


def _said(result: EffectsResult, figure: CoefficientFigure, points: list[Point]) -> str:
    parts = [f"{count(len(points))} {'event' if len(points) == 1 else 'events'}"]
    if _lies(figure.average):
        parts.append(f"average {fixed(figure.average, 3)}")
    ends = [y for run in _runs(figure.smooth_x, figure.smooth) for _, y in run]
    if ends:
        middle = ends[len(ends) // 2]
        said = f"smooth {fixed(ends[0], 3)} at the first time, {fixed(middle, 3)} half-way"
        parts.append(f"{said}, {fixed(ends[-1], 3)} at the last")
    if figure.note:
        parts.append(f"no smooth: {figure.note}")
    times = f" from {plain(min(figure.times))} to {plain(max(figure.times))} {result.unit}" if figure.times else ""
    what = "Multiple of the average effect" if figure.joint else "Log hazard ratio"
    return f"{what} over time{times}: {'; '.join(parts)}."
