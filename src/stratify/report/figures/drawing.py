"""An SVG drawing: a list of escaped elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from markupsafe import Markup, escape

from stratify.report.figures.lettering import LINE, SIZE, wrapped
from stratify.report.format import clean

WIDTH = 760.0
"""Width of every figure in user units: printed on A4 a unit is about 0.9 CSS pixels, so 12 units are 8 points."""

INK = "#1a1a1a"
MUTED = "#555555"
RULE = "#8a8a8a"
FAINT = "#d9d9d9"

# Arial and its metric twins: the lettering widths are theirs.
_FONTS = "Arial, 'Liberation Sans', 'Helvetica Neue', Helvetica, sans-serif"

Anchor: TypeAlias = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[float, float]


def coordinate(value: float) -> str:
    """A coordinate with at most one decimal: a tenth of a unit is finer than any screen or printer shows."""
    return f"{round(value, 1) + 0.0:g}"


@dataclass(slots=True)
class Drawing:
    """A figure being drawn. ``title`` and ``description`` are what a reader hears who does not see it."""

    title: str
    description: str
    width: float = WIDTH
    parts: list[Markup] = field(default_factory=list)

    def add(self, name: str, content: str | Markup = "", **attributes: str | float) -> None:
        """Append an element; content and attribute values are escaped. ``_`` in attribute names stands for ``-``."""
        self.parts.append(element(name, content, **attributes))

    def line(self, start: Point, end: Point, stroke: str = RULE, width: float = 1.0, dash: str = "") -> None:
        """A straight line."""
        extra = {"stroke_dasharray": dash} if dash else {}
        self.add("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=stroke, stroke_width=width, **extra)

    def path(self, points: Iterable[Point], stroke: str = INK, width: float = 1.0, dash: str = "") -> None:
        """An open line through points."""
        extra = {"stroke_dasharray": dash} if dash else {}
        self.add("path", d=path_data(points), fill="none", stroke=stroke, stroke_width=width, **extra)

    def area(self, points: Iterable[Point], fill: str, opacity: float = 1.0) -> None:
        """A closed, filled outline."""
        self.add("path", d=path_data(points) + "Z", fill=fill, fill_opacity=f"{opacity:g}", stroke="none")

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str = "none", stroke: str = "none"
    ) -> None:
        """A rectangle with its upper left corner at x, y."""
        self.add("rect", x=x, y=y, width=width, height=height, fill=fill, stroke=stroke)

    def arrow(self, start: Point, end: Point) -> None:
        """A vertical arrow downwards."""
        self.line(start, end)
        x, y = end
        self.area(((x, y), (x - 4, y - 7), (x + 4, y - 7)), RULE)

    def text(
        self,
        x: float,
        y: float,
        content: str,
        anchor: Anchor = "start",
        size: float = SIZE,
        fill: str = INK,
        bold: bool = False,
        italic: bool = False,
    ) -> None:
        """One line of text with its baseline at y."""
        attributes: dict[str, str | float] = {"x": x, "y": y}
        if anchor != "start":
            attributes["text_anchor"] = anchor
        if size != SIZE:
            attributes["font_size"] = size
        if fill != INK:
            attributes["fill"] = fill
        if bold:
            attributes["font_weight"] = "bold"
        if italic:
            attributes["font_style"] = "italic"
        self.add("text", content, **attributes)

    def lines(
        self,
        x: float,
        y: float,
        content: Sequence[str],
        anchor: Anchor = "start",
        size: float = SIZE,
        fill: str = INK,
        bold: bool = False,
    ) -> float:
        """Lines of text below each other, the first with its baseline at y; the baseline after the last."""
        for line in content:
            self.text(x, y, line, anchor, size, fill, bold)
            y += LINE * size / SIZE
        return y

    def fitted(self, x: float, y: float, content: str, room: float, size: float = SIZE, bold: bool = False) -> None:
        """One line of text cut to the room there is; the whole text remains as the element's title."""
        shown = wrapped(content, room, size, most=1, bold=bold)[0]
        inner = escape(shown)
        if shown != content:
            inner = Markup("{}{}").format(element("title", content), shown)
        attributes: dict[str, str | float] = {"x": x, "y": y, "font_size": size}
        if bold:
            attributes["font_weight"] = "bold"
        self.add("text", inner, **attributes)

    def finish(self, height: float) -> Markup:
        """The whole drawing as an ``<svg>`` element."""
        head = Markup("{}{}").format(element("title", self.title), element("desc", self.description))
        return element(
            "svg",
            head + Markup("\n").join(["", *self.parts]),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {coordinate(self.width)} {coordinate(height)}",
            role="img",
            aria_label=self.title,
            font_family=_FONTS,
            font_size=SIZE,
            fill=INK,
        )


def element(name: str, content: str | Markup = "", **attributes: str | float) -> Markup:
    """One element; numbers as coordinates, text cleaned and escaped."""
    written = Markup("").join(
        Markup(' {}="{}"').format(
            key if key == "viewBox" else key.replace("_", "-"),
            clean(value) if isinstance(value, str) else coordinate(value),
        )
        for key, value in attributes.items()
    )
    inner = content if isinstance(content, Markup) else escape(clean(content))
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, inner)  # noqa: S704 - names are this room's own


def path_data(points: Iterable[Point]) -> str:
    """Points as the ``d`` of a path."""
    return "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)
