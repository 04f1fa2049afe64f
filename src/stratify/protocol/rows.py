"""``where``: conditions that bind to one row."""

from __future__ import annotations

from stratify.diagnostics import nearest
from stratify.model.expression import FieldIs, RowAll, RowAny, RowCondition, RowNot
from stratify.protocol import shapes
from stratify.protocol.comparisons import read_comparison
from stratify.protocol.nodes import ListNode, MapNode, Node
from stratify.protocol.scope import Scope
from stratify.protocol.source import Shape, as_map, wrong_shape

_HEADS = ("field", "all", "any", "not")


def read_where(node: Node | None, scope: Scope) -> RowCondition | None:
    """A row condition, or ``None`` where there is none or a finding was made."""
    if node is None:
        return None
    if not isinstance(node, MapNode):
        wrong_shape(node, "A row condition", "a mapping", scope.findings, hint='Write `{field: name, is: "== value"}`.')
        return None
    heads = [name for name in node.names() if name in _HEADS]
    if len(heads) != 1:
        name = next(iter(node.names()), "")
        scope.findings.add(
            "P058",
            "A row condition says one of field, all, any, not.",
            node.span,
            hint=nearest(name, _HEADS) if not heads else "Put each in a row condition of its own, under `all`.",
        )
        return None
    if heads[0] == "field":
        return _field(node, scope)
    return _connective(node, heads[0], scope)


def _field(node: MapNode, scope: Scope) -> FieldIs | None:
    fields = as_map(node, shapes.FIELD, scope.findings)
    if fields is None:
        return None
    name = fields.text("field")
    compare = read_comparison(fields, scope)
    return FieldIs(name, compare, node.span) if name and compare is not None else None


def _connective(node: MapNode, head: str, scope: Scope) -> RowCondition | None:
    fields = as_map(node, Shape(f"`{head}`", (head,)), scope.findings)
    inside = node.get(head)
    if fields is None or inside is None:
        return None
    if head == "not":
        item = read_where(inside, scope)
        return None if item is None else RowNot(item)
    if not isinstance(inside, ListNode):
        wrong_shape(inside, f"`{head}`", "a list", scope.findings, hint=f"Write `{head}: [...]`.")
        return None
    if not inside.items:
        empty_group(head, inside, scope)
    items = tuple(item for item in (read_where(node, scope) for node in inside.items) if item is not None)
    if not items:
        return None
    return RowAll(items) if head == "all" else RowAny(items)


def empty_group(head: str, node: Node, scope: Scope) -> None:
    """The finding for a connective without conditions."""
    scope.findings.add(
        "P057",
        f"`{head}` is empty.",
        node.span,
        why="`all` of nothing would be true for everybody, `any` of nothing false.",
        hint="Add a condition, or delete the group.",
    )
