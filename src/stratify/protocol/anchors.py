"""``anchors``: named days, from a column or derived from events."""

from __future__ import annotations

from collections.abc import Mapping

from stratify.model.anchor import Anchor, ColumnAnchor, EventAnchor, Pick, anchor_levels
from stratify.protocol import shapes
from stratify.protocol.circles import circle_text, circles
from stratify.protocol.definitions import MAX_LEVELS
from stratify.protocol.leaves import read_selection
from stratify.protocol.nodes import MapNode, Node
from stratify.protocol.scope import Scope
from stratify.protocol.source import as_map, named
from stratify.protocol.windows import read_window

_PICKS = tuple(pick.value for pick in Pick)


def read_anchors(node: Node | None, scope: Scope) -> Mapping[str, Anchor]:
    """Named days; anchors that build on one another in a circle are a finding that names it."""
    anchors: dict[str, Anchor] = {}
    for key, value in named(node, "`anchors`", scope.findings):
        anchor = _anchor(key.text or "", value, scope)
        if anchor is not None:
            anchors[anchor.name] = anchor
    uses = {name: anchor.builds_on for name, anchor in anchors.items() if isinstance(anchor, EventAnchor)}
    found = circles(uses)
    for circle in found:
        scope.findings.add(
            "P360",
            f"Anchors build on each other in a circle: {circle_text(circle)}.",
            anchors[circle[0]].span,
            why="The day of each would have to be known before it could be found.",
            hint="Bound one of them by a day that comes from a column.",
        )
    levels = () if found else anchor_levels(anchors, None)
    if len(levels) > MAX_LEVELS:
        scope.findings.add(
            "P361",
            f"More than {MAX_LEVELS} anchors build on one another.",
            levels[MAX_LEVELS][0].span,
            why="Each level reads its tables once more.",
            hint="Bound some of them by a day that comes from a column.",
        )
    return anchors


def _anchor(name: str, node: Node, scope: Scope) -> Anchor | None:
    if isinstance(node, MapNode) and set(_PICKS) & set(node.names()):
        return _derived(name, node, scope)
    fields = as_map(node, shapes.ANCHOR, scope.findings)
    column = None if fields is None else fields.column("from")
    if fields is None or column is None:
        return None
    return ColumnAnchor(name, column, fields.text("label"), fields.span)


def _derived(name: str, node: MapNode, scope: Scope) -> EventAnchor | None:
    fields = scope.fields(node, shapes.EVENT_ANCHOR, keep=("within",))
    picks = [pick for pick in Pick if fields.has(pick.value)]
    window = read_window(fields, scope)
    selections = [read_selection(pick.value, fields, scope, window) for pick in picks]
    if len(picks) > 1:
        scope.findings.add(
            "P368",
            f'Anchor "{name}" is both the latest and the earliest day.',
            fields.span,
            hint="Keep one of them, or make two anchors.",
        )
    if not selections or selections[0] is None:
        return None
    return EventAnchor(name, picks[0], selections[0], fields.text("column") or None, fields.text("label"), fields.span)
