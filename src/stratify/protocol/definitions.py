"""``define``: named conditions, which may use one another, but not in a circle and not without measure."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from stratify.diagnostics import SourceSpan
from stratify.model.expression import Condition, Ref, children, walk
from stratify.protocol.circles import circle_text, circles
from stratify.protocol.conditions import read_condition
from stratify.protocol.nodes import Node
from stratify.protocol.scope import Scope
from stratify.protocol.source import named

MAX_QUESTIONS = 10_000
"""Most questions that a definition may come to with all that it refers to written out."""
MAX_LEVELS = 100
"""Deepest nesting of conditions with all references written out."""


def read_definitions(node: Node | None, scope: Scope) -> Mapping[str, Condition]:
    """Named conditions; a circle of references is a finding that names it."""
    definitions: dict[str, Condition] = {}
    places: dict[str, SourceSpan] = {}
    for key, value in named(node, "`define`", scope.findings):
        condition = read_condition(value, scope)
        if condition is not None:
            definitions[key.text or ""] = condition
            places[key.text or ""] = key.span
    uses = {name: _used(condition) for name, condition in definitions.items()}
    found = circles(uses)
    for circle in found:
        scope.findings.add(
            "P051",
            f"Definitions refer to each other in a circle: {circle_text(circle)}.",
            places[circle[0]],
            hint="Take one of the references out.",
        )
    if not found:
        _check_sizes(definitions, uses, places, scope)
    return definitions


def _used(condition: Condition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.name for part in walk(condition) if isinstance(part, Ref)))


def _check_sizes(
    definitions: Mapping[str, Condition],
    uses: Mapping[str, tuple[str, ...]],
    places: Mapping[str, SourceSpan],
    scope: Scope,
) -> None:
    """The finding for the first definition on a way that is too large; what is built on it would be so too."""
    sizes: dict[str, tuple[int, int]] = {}
    for name in TopologicalSorter(uses).static_order():
        if name not in definitions or any(used in definitions and used not in sizes for used in uses[name]):
            continue
        questions, levels = _size(definitions[name], sizes)
        if questions <= MAX_QUESTIONS and levels <= MAX_LEVELS:
            sizes[name] = questions, levels
            continue
        scope.findings.add(
            "P361",
            f'Definition "{name}", with all that it refers to, comes to more than {MAX_QUESTIONS:,} questions or'
            f" {MAX_LEVELS} levels.",
            places[name],
            why="Nobody could follow an explanation of it; a few lines that refer to one another can grow without end.",
            hint="Refer to each definition once, and build fewer of them on one another.",
        )


def _size(condition: Condition, sizes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Questions and levels of a condition with its references written out."""
    if isinstance(condition, Ref):
        questions, levels = sizes.get(condition.name, (1, 0))
        return questions, levels + 1
    parts = [_size(part, sizes) for part in children(condition)]
    if not parts:
        return 1, 1
    return sum(questions for questions, _ in parts), 1 + max(levels for _, levels in parts)
