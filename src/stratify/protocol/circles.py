"""Circles among named things that use one another: definitions and anchors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_SHOWN = 8


def circles(uses: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Every circle met when walking from each name to those it uses; without recursion, however long the way."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start, used in uses.items():
        trail = [(start, iter(used))] if start not in done else []
        places = {start: 0}
        while trail:
            name, left = trail[-1]
            following = next(left, None)
            if following is None:
                done.add(name)
                trail.pop()
                del places[name]
            elif following in places:
                found.append(tuple(step for step, _ in trail[places[following] :]))
            elif following in uses and following not in done:
                places[following] = len(trail)
                trail.append((following, iter(uses[following])))
    return found


def circle_text(names: Sequence[str]) -> str:
    """``a -> b -> a``; of a long circle the beginning and the end."""
    if len(names) <= _SHOWN:
        return " -> ".join((*names, names[0]))
    start, end = names[: _SHOWN - 2], names[-2:]
    return " -> ".join((*start, f"({len(names) - _SHOWN} more)", *end, names[0]))
