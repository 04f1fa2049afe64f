"""What is written in a figure, and where: read from its SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from stratify.report.figures.drawing import WIDTH
from stratify.report.figures.lettering import text_width

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Arm with a rather long name: pembrolizumab 200 mg every three weeks & chemotherapy until progression"


def texts(svg) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}text"))  # noqa: S314 - our own figure


def box(element: ET.Element) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a text by the same widths the browser's Arial has."""
    size = float(element.get("font-size", "12"))
    wide = text_width(element.text or "".join(element.itertext()), size, element.get("font-weight") == "bold")
    title = element.find(f"{SVG}title")
    if title is not None:
        wide = text_width(title.tail or "", size)
    x, y = float(element.get("x", "0")), float(element.get("y", "0"))
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "start")]
    return left, y - 0.72 * size, left + wide, y + 0.2 * size


def text_is_neither_clipped_nor_overlapping(svg) -> None:
    """Every text lies within the figure, and no two on each other."""
    root = ET.fromstring(svg)  # noqa: S314 - our own figure
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width == WIDTH
    boxes = [box(t) for t in texts(svg) if t.get("transform") is None]
    for left, top, right, bottom in boxes:
        assert left >= -0.5
        assert right <= width + 0.5
        assert top >= 0
        assert bottom <= height
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
            assert apart, (a, b)
