"""A forest: rows of text beside estimates with their intervals on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from markupsafe import Markup

from stratify.analysis.results import Estimate
from stratify.report.figures.axis import LogScale, ratio_scale, ratio_ticks
from stratify.report.figures.drawing import FAINT, INK, MUTED, RULE, Anchor, Drawing
from stratify.report.figures.lettering import LINE, SMALL, text_width, wrapped
from stratify.report.format import clean, interval_name, known, not_estimable, plain, ratio_interval

_ROW = 21.0
_MARGIN = 12.0
_SMALLEST, _LARGEST = 4.0, 13.0
_CELL_GAP = 10.0


class Look(Enum):
    """How a row is drawn."""

    HEADING = "heading"
    ROW = "row"
    OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text: its title, its width, where its text stands, and what stands below the title."""

    title: str
    width: float
    anchor: Anchor = "end"
    below: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the text of each column, and the estimate (a heading has none)."""

    cells: tuple[str, ...]
    estimate: Estimate | None = None
    look: Look = Look.ROW


@dataclass(frozen=True, slots=True)
class Forest:
    """A forest to draw. The first ``before`` columns stand left of the plot; the estimate's text follows the plot.

    ``sides`` are the words below the axis, left and right of 1.
    """

    title: str
    description: str
    columns: tuple[Column, ...]
    before: int
    lines: tuple[Line, ...]
    measure: str
    level: float
    sides: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns, the plot and the estimates' text lie."""

    edges: tuple[tuple[float, float], ...]
    scale: LogScale
    text_end: float


_ESTIMATE = 138.0


def draw_forest(forest: Forest) -> Markup:
    """The forest as a drawing."""
    drawing = Drawing(forest.title, forest.description)
    layout = _layout(forest, drawing.width)
    top = _header(drawing, forest, layout)
    heights = [_height(line, layout) for line in forest.lines]
    bottom = top + sum(heights) + 4
    one = layout.scale(1.0)
    drawing.line((one, top), (one, bottom), RULE)
    for line in forest.lines:
        overall = known(line.estimate.value) if line.estimate and line.look is Look.OVERALL else None
        if overall is not None:
            drawing.line((layout.scale(overall), top), (layout.scale(overall), bottom), RULE, 0.8, "2 3")
    y = top
    informations = [_information(line.estimate) for line in forest.lines if line.look is Look.ROW]
    most = max((i for i in informations if i is not None), default=1.0)
    for line, height in zip(forest.lines, heights, strict=True):
        if line.look is Look.HEADING and y > top:
            drawing.line((0, y + 0.5), (drawing.width, y + 0.5), FAINT, 0.7)
        _row(drawing, line, layout, y, most)
        y += height
    return drawing.finish(_axis(drawing, forest, layout, bottom))


def _layout(forest: Forest, width: float) -> _Layout:
    left = sum(c.width for c in forest.columns[: forest.before])
    right = sum(c.width for c in forest.columns[forest.before :])
    plot = (left + _MARGIN, width - right - _ESTIMATE - _MARGIN)
    edges: list[tuple[float, float]] = []
    x = 0.0
    for index, column in enumerate(forest.columns):
        if index == forest.before:
            x = width - right
        edges.append((x, x + column.width))
        x += column.width
    shown = [line.estimate for line in forest.lines if line.estimate is not None and _drawable(line.estimate)]
    values = [e.value for e in shown if e.value is not None]
    limits = [v for e in shown for v in (known(e.lower), known(e.upper)) if v is not None]
    return _Layout(tuple(edges), ratio_scale(values, limits, *plot), width - right)


def _drawable(estimate: Estimate) -> bool:
    return known(estimate.value) is not None


def _information(estimate: Estimate | None) -> float | None:
    """What the square's area shows: the inverse squared width of the interval on the log scale."""
    if estimate is None or not _drawable(estimate):
        return None
    lower, upper = known(estimate.lower), known(estimate.upper)
    if lower is None or upper is None or lower <= 0 or math.isinf(upper) or upper <= lower:
        return None
    return 1.0 / math.log(upper / lower) ** 2


def _header(drawing: Drawing, forest: Forest, layout: _Layout) -> float:
    titles = [
        [*wrapped(clean(c.title), c.width - _CELL_GAP, SMALL, most=3, bold=True), *([c.below] if c.below else [])]
        for c in forest.columns
    ]
    estimate = [forest.measure, f"({interval_name(forest.level)})"]
    tall = max([2, *map(len, titles)])
    base = 14.0 + (tall - 1) * LINE
    for column, edges, lines in zip(forest.columns, layout.edges, titles, strict=True):
        x = _anchor_x(column.anchor, edges)
        drawing.lines(x, base - (len(lines) - 1) * LINE * 11 / 12, lines, column.anchor, SMALL, bold=True)
    drawing.lines(layout.text_end, base - LINE * 11 / 12, estimate, "end", SMALL, bold=True)
    drawing.line((0, base + 7), (drawing.width, base + 7), INK)
    return base + 9


def _anchor_x(anchor: Anchor, edges: tuple[float, float]) -> float:
    return edges[0] if anchor == "start" else edges[1] if anchor == "end" else sum(edges) / 2


def _reason(line: Line, layout: _Layout) -> list[str]:
    estimate = line.estimate
    if estimate is None or _drawable(estimate):
        return []
    return wrapped(clean(not_estimable(estimate.note)), layout.text_end - layout.scale.start, SMALL)


def _height(line: Line, layout: _Layout) -> float:
    label = _label(line, layout)
    lines = max(len(label), len(_reason(line, layout)))
    return _ROW + (lines - 1) * (LINE - 1)


def _label(line: Line, layout: _Layout) -> list[str]:
    left, right = layout.edges[0]
    room = right - left - _CELL_GAP - _indent(line)
    if line.look is Look.HEADING:
        # Nothing stands beside a heading but numbers right of the plot.
        room = layout.text_end - left
    return wrapped(clean(line.cells[0]), room, most=3, bold=line.look is not Look.ROW)


def _indent(line: Line) -> float:
    return 14.0 if line.look is Look.ROW else 0.0


def _row(drawing: Drawing, line: Line, layout: _Layout, y: float, most: float) -> None:
    base = y + 15
    bold = line.look is not Look.ROW
    label = _label(line, layout)
    wide = max(text_width(text, bold=bold) for text in label)
    if wide > layout.scale.start:
        drawing.rectangle(0, y + 1, wide + 6, _height(line, layout) - 2, "#ffffff")
    drawing.lines(layout.edges[0][0] + _indent(line), base, label, bold=bold)
    for cell, edges in zip(line.cells[1:], layout.edges[1:], strict=True):
        if cell:
            drawing.text(edges[1], base, cell, "end")
    if line.estimate is None:
        return
    if not _drawable(line.estimate):
        reason = _reason(line, layout)
        wide = max(text_width(text, SMALL) for text in reason)
        drawing.rectangle(layout.scale.start, y + 2, wide + 6, _height(line, layout) - 3, "#ffffff")
        drawing.lines(layout.scale.start, base, reason, size=SMALL, fill=MUTED)
        return
    drawing.text(layout.text_end, base, ratio_interval(line.estimate, 2), "end")
    _mark(drawing, line, layout.scale, base - 4, most)


def _mark(drawing: Drawing, line: Line, scale: LogScale, y: float, most: float) -> None:
    estimate = line.estimate
    if estimate is None or estimate.value is None:
        return
    centre = scale(estimate.value)
    lower, upper = known(estimate.lower), known(estimate.upper)
    if line.look is Look.OVERALL and lower is not None and upper is not None:
        drawing.area(((scale(lower), y), (centre, y - 6), (scale(upper), y), (centre, y + 6)), INK)
        return
    if lower is not None and upper is not None:
        drawing.line((scale(lower), y), (scale(upper), y), INK, 1.3)
    for limit, towards in ((lower, 1), (upper, -1)):
        if limit is not None:
            _whisker_end(drawing, scale, limit, y, towards)
    if scale.beyond(estimate.value):
        return
    information = _information(estimate)
    side = _SMALLEST if information is None else max(_SMALLEST, _LARGEST * math.sqrt(information / most))
    drawing.rectangle(centre - side / 2, y - side / 2, side, side, INK)


def _whisker_end(drawing: Drawing, scale: LogScale, limit: float, y: float, towards: int) -> None:
    """A short stroke where the interval ends, an arrow head where it goes on beyond the axis."""
    x = scale(limit)
    if scale.beyond(limit):
        drawing.area(((x, y), (x + 7 * towards, y - 4), (x + 7 * towards, y + 4)), INK)
    else:
        drawing.line((x, y - 3), (x, y + 3), INK, 1.3)


def _axis(drawing: Drawing, forest: Forest, layout: _Layout, y: float) -> float:
    """The axis and what its two sides mean; the height of the figure."""
    scale = layout.scale
    drawing.line((scale.start, y), (scale.end, y))
    for tick in ratio_ticks(scale):
        drawing.line((scale(tick), y), (scale(tick), y + 4))
        drawing.text(scale(tick), y + 16, plain(tick), "middle", SMALL)
    drawing.text((scale.start + scale.end) / 2, y + 32, f"{forest.measure} (log scale)", "middle", SMALL)
    if forest.sides is None:
        return y + 40
    return _sides(drawing, forest.sides, scale, y + 50)


def _sides(drawing: Drawing, sides: Sequence[str], scale: LogScale, y: float) -> float:
    one = scale(1.0)
    left = wrapped(clean(f"← {sides[0]}"), max(one - 8, 60.0), SMALL, most=2)
    right = wrapped(clean(f"{sides[1]} →"), max(drawing.width - one - 8, 60.0), SMALL, most=2)
    drawing.lines(one - 8, y, left, "end", SMALL)
    drawing.lines(one + 8, y, right, "start", SMALL)
    return y + (max(len(left), len(right)) - 1) * LINE + 6
