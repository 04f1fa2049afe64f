"""Which criteria fail together: an UpSet plot (Lex et al., IEEE TVCG 2014;20:1983-1992)."""

from __future__ import annotations

from markupsafe import Markup

from stratify.report.figures.drawing import FAINT, INK, MUTED, WIDTH, Drawing
from stratify.report.figures.lettering import SMALL, text_width
from stratify.report.format import clean, count
from stratify.screening.attrition import Attrition, AttritionRow

MOST_SETS = 20
"""Combinations drawn; they come most frequent first."""

_BARS = 110.0
_ROW = 20.0
_LEAST_LABELS, _LABELS, _MOST_LABELS = 220.0, 300.0, 460.0
_NARROWEST, _WIDEST = 20.0, 44.0
_DOT = 5.0
_BETWEEN = 6.0


def sets_drawn(attrition: Attrition) -> int:
    """How many combinations have room for their numbers, the most frequent first."""
    sets = attrition.failing_together
    widest = max((text_width(count(n), SMALL) for _, n in sets), default=0.0) + _BETWEEN
    return min(len(sets), MOST_SETS, int((WIDTH - _LEAST_LABELS) // max(widest, _NARROWEST)))


def failing_together(attrition: Attrition) -> Markup:
    """Combinations of criteria failed by the same patients: bars count patients, dots name the criteria."""
    sets = attrition.failing_together[: sets_drawn(attrition)]
    members = {name for names, _ in sets for name in names}
    rows = [r for r in attrition.rows if r.criterion.id in members]
    said = "; ".join(f"{' and '.join(names)}: {n}" for names, n in sets)
    drawing = Drawing("Criteria failed together", f"Patients who fail exactly these criteria: {said}.")
    widest = max((text_width(count(n), SMALL) for _, n in sets), default=0.0) + _BETWEEN
    least = max(widest, _NARROWEST) * len(sets)
    left = min(max(drawing.width - _WIDEST * len(sets), _LABELS), drawing.width - least, _MOST_LABELS)
    column = min((drawing.width - left) / max(len(sets), 1), _WIDEST)
    top = _bars(drawing, sets, left, column) + 12
    _names(drawing, rows, left, top)
    _dots(drawing, sets, rows, (left, column), top)
    return drawing.finish(top + _ROW * len(rows) + 4)


def _bars(drawing: Drawing, sets: tuple[tuple[tuple[str, ...], int], ...], left: float, column: float) -> float:
    base = _BARS + 18
    most = max((n for _, n in sets), default=1)
    drawing.text(0, 24, "Patients failing exactly", size=SMALL, fill=MUTED)
    drawing.text(0, 38, "the criteria marked below", size=SMALL, fill=MUTED)
    for index, (_, n) in enumerate(sets):
        height = max(_BARS * n / most, 1.0)
        x = left + index * column
        thick = min(column - 6, 22.0)
        drawing.rectangle(x + (column - thick) / 2, base - height, thick, height, "#4a5a6a")
        drawing.text(x + column / 2, base - height - 4, count(n), "middle", SMALL)
    drawing.line((left, base), (left + column * len(sets), base))
    drawing.text(left - 12, base - 2, "failed", "end", SMALL, MUTED)
    return base


def _names(drawing: Drawing, rows: list[AttritionRow], left: float, top: float) -> None:
    for index, row in enumerate(rows):
        y = top + index * _ROW
        if index % 2 == 0:
            drawing.rectangle(0, y, drawing.width, _ROW, "#f3f3f3")
        number = count(row.failed)
        drawing.text(left - 12, y + 14, number, "end", SMALL, MUTED)
        room = left - 12 - text_width(number, SMALL) - 14
        drawing.fitted(4, y + 14, clean(f"{row.criterion.id}  {row.criterion.text}"), room, SMALL)


def _dots(
    drawing: Drawing,
    sets: tuple[tuple[tuple[str, ...], int], ...],
    rows: list[AttritionRow],
    place: tuple[float, float],
    top: float,
) -> None:
    left, column = place
    heights = {row.criterion.id: top + index * _ROW + _ROW / 2 for index, row in enumerate(rows)}
    for index, (names, _) in enumerate(sets):
        x = left + (index + 0.5) * column
        inside = [heights[name] for name in names]
        for y in heights.values():
            if y not in inside:
                drawing.add("circle", cx=x, cy=y, r=3, fill=FAINT)
        if len(inside) > 1:
            drawing.line((x, min(inside)), (x, max(inside)), INK, 2.0)
        for y in inside:
            drawing.add("circle", cx=x, cy=y, r=_DOT, fill=INK)
