"""The frame of curves: axes with their ticks, the groups' line styles and legend, numbers at risk below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stratify.report.figures.axis import LogScale, Scale, thinned
from stratify.report.figures.drawing import FAINT, MUTED, Drawing, Point, coordinate
from stratify.report.figures.lettering import LINE, SMALL, text_width, wrapped
from stratify.report.format import clean, count, plain

PLOT_HEIGHT = 300.0
RIGHT = 28.0
"""Room right of the plot, for half of the last tick's label."""

_LEAST_LEFT = 62.0
_MOST_LABEL = 150.0
_SWATCH = 30.0
_AT_RISK_ROW = 17.0
_NAME_GAP = 38.0
_DOT = 2.5

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
class Tick:
    """A mark on an axis and what stands beside it."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area: its scales, the ticks below it and those left of it."""

    x: Scale | LogScale
    y: Scale
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]

    @property
    def bottom(self) -> float:
        """Where the axis below lies on paper."""
        return self.y.start


def style(index: int) -> tuple[str, str]:
    """Colour and dash pattern of the index-th group; where colours come again they have other patterns."""
    again = index // len(STYLES)
    return STYLES[index % len(STYLES)][0], STYLES[(index + again) % len(STYLES)][1]


def plain_ticks(values: Iterable[float]) -> tuple[Tick, ...]:
    """Ticks labelled with their own values."""
    return tuple(Tick(value, plain(value)) for value in values)


def left_of_groups(groups: Iterable[str]) -> float:
    """Where the plot begins so that the groups' names have room beside their numbers at risk."""
    longest = max((text_width(clean(group), SMALL) for group in groups), default=0.0)
    return max(_LEAST_LEFT, min(longest, _MOST_LABEL) + 48)


def left_of_labels(labels: Iterable[str]) -> float:
    """Where the plot begins so that the labels of the vertical axis and its name have room."""
    return max(_LEAST_LEFT, _name_gap(labels) + LINE)


def _name_gap(labels: Iterable[str]) -> float:
    widest = max((text_width(label, SMALL) for label in labels), default=0.0)
    return max(_NAME_GAP, widest + 7 + LINE)


def legend(drawing: Drawing, entries: Sequence[str], ticked: bool = False) -> float:
    """A line for each group in its style; the baseline after the last. ``ticked``: with the mark of a censored time."""
    y = 14.0
    for index, entry in enumerate(entries):
        colour, dash = style(index)
        drawing.line((0, y - 4), (_SWATCH, y - 4), colour, 2.2, dash)
        if ticked:
            drawing.line((_SWATCH / 2, y - 8), (_SWATCH / 2, y), colour, 1.2)
        lines = wrapped(clean(entry), drawing.width - _SWATCH - 8, most=3)
        y = drawing.lines(_SWATCH + 8, y, lines) + 2
    return y


def axes(drawing: Drawing, frame: Frame, name: str, below: str = "") -> None:
    """Both axes. ``name`` stands along the vertical one; without ``below`` the other has neither name nor labels."""
    x, y = frame.x, frame.y
    for level in frame.levels:
        height = y(level.value)
        if level.value != y.low:
            drawing.line((x.start, height), (x.end, height), FAINT, 0.7)
        drawing.line((x.start - 4, height), (x.start, height))
        drawing.text(x.start - 7, height + 4, level.label, "end", SMALL)
    drawing.line((x.start, y.end), (x.start, frame.bottom))
    drawing.line((x.start, frame.bottom), (x.end, frame.bottom))
    _along(drawing, frame, name)
    places = [x(tick.value) for tick in frame.ticks]
    labelled = thinned(places, [text_width(tick.label, SMALL) for tick in frame.ticks]) if below else []
    for index, place in enumerate(places):
        drawing.line((place, frame.bottom), (place, frame.bottom + 4))
        if index in labelled:
            drawing.text(place, frame.bottom + 17, frame.ticks[index].label, "middle", SMALL)
    if below:
        drawing.text((x.start + x.end) / 2, frame.bottom + 34, below, "middle")


def _along(drawing: Drawing, frame: Frame, name: str) -> None:
    middle = (frame.y.start + frame.y.end) / 2
    place = frame.x.start - _name_gap(level.label for level in frame.levels)
    across = f"rotate(-90 {coordinate(place)} {coordinate(middle)})"
    # The frame's upper edge lies 4 units below the legend, which the name may use.
    room = frame.y.start - frame.y.end + 4
    shown = wrapped(clean(name), room, most=1)[0]
    drawing.add("text", shown, x=place, y=middle, text_anchor="middle", transform=across)


def at_risk(drawing: Drawing, frame: Frame, rows: Sequence[tuple[str, Sequence[int]]]) -> float:
    """The groups' numbers at risk at the frame's ticks, where there are any; the height of the whole figure."""
    y = frame.bottom + 58
    if not rows:
        return y - 16
    drawing.text(0, y, "Number at risk", bold=True, size=SMALL)
    places = [frame.x(tick.value) for tick in frame.ticks]
    widest = max((text_width(count(n), SMALL) for _, numbers in rows for n in numbers), default=0.0)
    shown = thinned(places, [max(widest, text_width(tick.label, SMALL)) for tick in frame.ticks])
    for index, (group, numbers) in enumerate(rows):
        y += _AT_RISK_ROW
        colour, dash = style(index)
        drawing.line((0, y - 4), (16, y - 4), colour, 2.2, dash)
        drawing.fitted(20, y, clean(group), frame.x.start - 20 - 22, SMALL)
        for at in shown:
            drawing.text(places[at], y, count(numbers[at]), "middle", SMALL, MUTED)
    return y + LINE - 5


def group_line(drawing: Drawing, points: Sequence[Point], index: int) -> None:
    """The line of the index-th group through points; a dot where there is but one."""
    colour, dash = style(index)
    if len(points) > 1:
        drawing.path(points, colour, 2.0, dash)
    for x, y in points[: len(points) == 1]:
        drawing.add("circle", cx=x, cy=y, r=_DOT, fill=colour)


def nothing_drawn(drawing: Drawing, frame: Frame, why: str) -> None:
    """Says in the middle of the plot that it is empty, and why."""
    x = (frame.x.start + frame.x.end) / 2
    lines = wrapped(clean(why), frame.x.end - frame.x.start, most=3)
    drawing.lines(x, (frame.y.start + frame.y.end) / 2, lines, "middle", fill=MUTED)
