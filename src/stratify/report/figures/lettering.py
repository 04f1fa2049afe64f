"""How wide a text will be: Arial's advance widths, so that nothing overlaps without a browser to measure it."""

from __future__ import annotations

import unicodedata

SIZE = 12.0
SMALL = 11.0
LINE = 15.0
"""Distance of baselines at :data:`SIZE`."""

# Advance widths of U+0020 to U+007E in thousandths of the size.
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_OTHER = 620
_WIDE = 1000
_BOLD = 1.08
ELLIPSIS = "…"


def _character_width(character: str) -> int:
    index = ord(character) - 32
    if 0 <= index < len(_WIDTHS):
        return _WIDTHS[index]
    return _WIDE if unicodedata.east_asian_width(character) in "WF" or character == ELLIPSIS else _OTHER


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of one line of text, in the unit of ``size``; kerning is not taken into account."""
    width = sum(map(_character_width, text)) * size / 1000
    return width * _BOLD if bold else width


def wrapped(text: str, room: float, size: float = SIZE, most: int | None = None, bold: bool = False) -> list[str]:
    """Text broken into lines that fit the room, at spaces where possible; at least one line.

    With more than ``most`` lines the last one shown ends in an ellipsis.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer, size, bold) <= room:
            lines[-1] = longer
            continue
        pieces = _pieces(word, room, size, bold)
        lines = [*lines, *pieces] if lines[-1] else [*lines[:-1], *pieces]
    if most is None or len(lines) <= most:
        return lines
    return [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), room, size, bold)]


def _pieces(word: str, room: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and text_width(pieces[-1] + character, size, bold) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _cut(line: str, room: float, size: float, bold: bool) -> str:
    while line and text_width(line + ELLIPSIS, size, bold) > room:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS
