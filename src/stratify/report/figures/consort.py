"""The CONSORT flow: screened, excluded by criterion, undetermined in a column of its own, eligible, arms.

Boxes as in the CONSORT 2010 statement (Schulz, Altman, Moher, BMJ 2010;340:c332); the column of the undetermined is
ours: nobody is called ineligible for want of a record.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from stratify.audit.release import ArmCount, Release
from stratify.report.figures.drawing import MUTED, RULE, Drawing
from stratify.report.figures.lettering import LINE, SIZE, SMALL, text_width, wrapped
from stratify.report.format import clean, count
from stratify.screening.attrition import AttritionRow

MOST_CRITERIA = 24
"""Criteria with a line of their own; of more, those that remove most are named and the rest summed."""

_FEW = 12
"""Up to so many criteria have two lines each."""

_PAD = 10.0
_SPACE = 3.0
_GAP = 26.0
_RAIL = 22.0
_MAIN = (0.0, 196.0)
_EXCLUDED = (222.0, 340.0)
_UNDETERMINED = (588.0, 172.0)
_ARMS_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class _Box:
    """A box to draw: a bold heading with its number, lines of text, and lines with a number at the right."""

    heading: str
    n: int
    lines: tuple[str, ...] = ()
    counted: tuple[tuple[str, int], ...] = ()


def consort_flow(release: Release) -> Markup:
    """The flow of patients from screening to the arms."""
    a = release.attrition
    drawing = Drawing("CONSORT flow of patients", _description(release))
    screened = _Box("Screened", a.screened)
    excluded = _Box(
        "Excluded", a.ineligible, ("at the first criterion failed:",) if a.ineligible else (), _lost(release)
    )
    reason = ("no criterion failed, but at least one cannot be decided from the data",) if a.undetermined else ()
    undetermined = _Box("Undetermined", a.undetermined, reason)
    eligible = _Box("Eligible", a.eligible)

    top = _draw(drawing, screened, *_MAIN, 1.0)
    centres = [x + width / 2 for x, width in (_MAIN, _EXCLUDED, _UNDETERMINED)]
    rail = top + _RAIL
    drawing.line((centres[0], top), (centres[0], rail))
    drawing.line((centres[0], rail), (centres[2], rail))
    second = rail + _RAIL
    tallest = max(_height(excluded, _EXCLUDED[1]), _height(undetermined, _UNDETERMINED[1]))
    level = second + tallest - _height(eligible, _MAIN[1])
    for x, y in zip(centres, (level, second, second), strict=True):
        drawing.arrow((x, rail), (x, y))
    _draw(drawing, excluded, *_EXCLUDED, second)
    _draw(drawing, undetermined, *_UNDETERMINED, second)
    bottom = _draw(drawing, eligible, *_MAIN, level)
    return drawing.finish(_arms(drawing, release.arms, centres[0], bottom) + 2)


def _description(release: Release) -> str:
    a = release.attrition
    lost = "; ".join(f"{label}: {n}" for label, n in _lost(release))
    arms = "; ".join(f"{arm.label}: {arm.n}" for arm in release.arms)
    return (
        f"{a.screened} screened, {a.ineligible} excluded{f' ({lost})' if lost else ''}, "
        f"{a.undetermined} undetermined, {a.eligible} eligible{f' ({arms})' if arms else ''}."
    )


def _lost(release: Release) -> tuple[tuple[str, int], ...]:
    rows = [r for r in release.attrition.rows if r.persons_out]
    if len(rows) <= MOST_CRITERIA:
        return tuple((_label(r), r.persons_out) for r in rows)
    named = sorted(rows, key=lambda r: -r.persons_out)[: MOST_CRITERIA - 1]
    rest = [r for r in rows if r not in named]
    further = (f"{len(rest)} further criteria", sum(r.persons_out for r in rest))
    return (*((_label(r), r.persons_out) for r in rows if r in named), further)


def _label(row: AttritionRow) -> str:
    return f"{row.criterion.id}  {row.criterion.text}"


def _counted_lines(box: _Box, width: float) -> list[tuple[list[str], str]]:
    numbers = [count(n) for _, n in box.counted]
    room = width - 2 * _PAD - max((text_width(n, SMALL) for n in numbers), default=0.0) - 12
    most = 2 if len(numbers) <= _FEW else 1
    return [(wrapped(clean(t), room, SMALL, most), n) for (t, _), n in zip(box.counted, numbers, strict=True)]


def _height(box: _Box, width: float) -> float:
    lines = len(wrapped(clean(box.heading), width - 2 * _PAD, bold=True)) + 1
    small = sum(len(wrapped(t, width - 2 * _PAD, SMALL)) for t in box.lines)
    counted = _counted_lines(box, width)
    small += sum(len(shown) for shown, _ in counted)
    return 2 * _PAD + lines * LINE + small * LINE * SMALL / SIZE + (4 if small else 0) + _SPACE * len(counted)


def _draw(drawing: Drawing, box: _Box, x: float, width: float, y: float) -> float:
    """Draw a box with its upper left corner at x, y; its lower edge."""
    height = _height(box, width)
    drawing.rectangle(x + 0.5, y, width - 1, height, "#ffffff", RULE)
    step = LINE * SMALL / SIZE
    at = drawing.lines(x + _PAD, y + _PAD + 11, wrapped(clean(box.heading), width - 2 * _PAD, bold=True), bold=True)
    drawing.text(x + _PAD, at, f"n = {count(box.n)}")
    at += LINE + 4
    for text in box.lines:
        at = drawing.lines(x + _PAD, at, wrapped(text, width - 2 * _PAD, SMALL), size=SMALL, fill=MUTED)
    for shown, number in _counted_lines(box, width):
        at += _SPACE
        drawing.lines(x + _PAD, at, shown, size=SMALL)
        drawing.text(x + width - _PAD, at, number, "end", SMALL)
        at += step * len(shown)
    return y + height


def _arms(drawing: Drawing, arms: tuple[ArmCount, ...], from_x: float, y: float) -> float:
    """Arms side by side, in rows; the lower edge of the last."""
    if not arms:
        return y
    if len(arms) == 1:
        box = _Box(arms[0].label, arms[0].n)
        drawing.arrow((from_x, y), (from_x, y + _GAP + _RAIL))
        return _draw(drawing, box, *_MAIN, y + _GAP + _RAIL)
    columns = min(len(arms), _ARMS_IN_A_ROW)
    width = (drawing.width - (columns - 1) * _GAP) / columns
    width = min(width, 240.0)
    drawing.line((from_x, y), (from_x, y + _RAIL))
    y += _RAIL
    for start in range(0, len(arms), columns):
        y = _arm_row(drawing, arms[start : start + columns], width, y, first=start == 0)
    return y


def _arm_row(drawing: Drawing, arms: tuple[ArmCount, ...], width: float, y: float, first: bool) -> float:
    boxes = [_Box(arm.label, arm.n) for arm in arms]
    top = y + (_RAIL if first else _GAP / 2)
    places = [i * (width + _GAP) for i in range(len(boxes))]
    if first:
        centres = [_MAIN[1] / 2, *(x + width / 2 for x in places)]
        drawing.line((min(centres), y), (max(centres), y))
    bottoms = []
    for x, box in zip(places, boxes, strict=True):
        if first:
            drawing.arrow((x + width / 2, y), (x + width / 2, top))
        bottoms.append(_draw(drawing, box, x, width, top))
    return max(bottoms)
