"""Connectives: conditions made of conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stratify.diagnostics import Severity, nearest
from stratify.model.expression import All, AnyOf, AtLeast, Choose, Condition, Not, Ref
from stratify.protocol import shapes
from stratify.protocol.leaves import read_leaf
from stratify.protocol.nodes import ListNode, MapNode, Node
from stratify.protocol.rows import empty_group
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, Shape, scalar, wrong_shape

HEADS = (*shapes.LEAVES, *shapes.CONNECTIVES)
"""Keys by which a condition is recognised."""


def read_condition(node: Node, scope: Scope) -> Condition | None:
    """A condition, or ``None`` after a finding; every part is read, also beside a part with a finding."""
    if not isinstance(node, MapNode):
        wrong_shape(node, "A condition", "a mapping", scope.findings, hint='Write `{value: patients.sex, is: "== f"}`.')
        return None
    heads = [name for name in node.names() if name in HEADS]
    if len(heads) != 1:
        _no_head(node, heads, scope)
        return None
    if heads[0] in shapes.LEAVES:
        return read_leaf(heads[0], node, scope)
    fields = Fields(node, Shape(f"`{heads[0]}`", (heads[0],)), scope.findings)
    inside = fields.get(heads[0])
    return None if inside is None else _READERS[heads[0]](inside, scope)


def _no_head(node: MapNode, heads: list[str], scope: Scope) -> None:
    if heads:
        message, hint = (
            f"A condition says one thing, this says {' and '.join(heads)}.",
            "Join them with `all` or `any`.",
        )
    else:
        message, hint = "This is no condition.", nearest(next(iter(node.names()), ""), HEADS)
    scope.findings.add("P058", message, node.span, hint=hint)


def _group(head: str, node: Node, scope: Scope) -> tuple[Condition, ...]:
    if not isinstance(node, ListNode):
        wrong_shape(node, f"`{head}`", "a list of conditions", scope.findings, hint=f"Write `{head}: [...]`.")
        return ()
    if not node.items:
        empty_group(head, node, scope)
    items = [read_condition(item, scope) for item in node.items]
    return tuple(item for item in items if item is not None)


def _all(node: Node, scope: Scope) -> Condition | None:
    items = _group("all", node, scope)
    return All(items) if items else None


def _any(node: Node, scope: Scope) -> Condition | None:
    items = _group("any", node, scope)
    return AnyOf(items) if items else None


def _not(node: Node, scope: Scope) -> Condition | None:
    item = read_condition(node, scope)
    return None if item is None else Not(item)


def _ref(node: Node, scope: Scope) -> Condition | None:
    name = scalar(node, "`ref`", scope.findings)
    if name is None or name.text is None:
        return None
    if name.text.strip() not in scope.definitions:
        scope.findings.add(
            "P050",
            f'Definition "{name.text.strip()}" is not known.',
            name.span,
            hint=nearest(name.text.strip(), scope.definitions) or "Add it under `define`.",
        )
        return None
    return Ref(name.text.strip(), name.span)


def _at_least(node: Node, scope: Scope) -> Condition | None:
    if not isinstance(node, MapNode):
        wrong_shape(node, "`at_least`", "a mapping", scope.findings, hint="Write `at_least: {n: 2, of: [...]}`.")
        return None
    fields = scope.fields(node, shapes.AT_LEAST, keep=("of",))
    n = fields.whole_number("n", 1, least=1)
    of = fields.get("of")
    if of is None:
        return None
    items = _group("of", of, scope)
    different = len(dict.fromkeys(items))
    if different < len(items):
        scope.findings.add(
            "P054",
            "`at_least` names the same condition twice; it counts once.",
            of.span,
            hint="Delete one, or ask it with another window.",
            severity=Severity.WARNING,
        )
    if isinstance(of, ListNode) and len(items) == len(of.items) and items and n > different:
        scope.findings.add(
            "P055",
            f"At least {n} of {different} different conditions can never hold.",
            node.span,
            hint=f"Write n: {different} or less.",
        )
    return AtLeast(n, items) if items else None


def _choose(node: Node, scope: Scope) -> Condition | None:
    if not isinstance(node, ListNode):
        wrong_shape(node, "`choose`", "a list", scope.findings, hint="Write `- when:`/`then:` and `- otherwise:`.")
        return None
    branches: list[tuple[Condition | None, Condition | None]] = []
    otherwise: Condition | None = None
    closed = False
    for item in node.items:
        fields = _branch(item, closed=closed, scope=scope)
        if fields is None:
            continue
        last, when, then = fields.get("otherwise"), fields.get("when"), fields.get("then")
        if last is not None:
            otherwise, closed = read_condition(last, scope), True
        elif when is not None and then is not None:
            branches.append((read_condition(when, scope), read_condition(then, scope)))
    if not closed:
        scope.findings.add(
            "P056",
            "`choose` has no `otherwise`.",
            node.span,
            why="A patient who meets no `when` would have no answer.",
            hint="End the list with `- otherwise: {...}`.",
        )
    if closed and not branches and len(node.items) == 1:
        scope.findings.add(
            "P056", "`choose` has no `when`.", node.span, hint="Add `- {when: ..., then: ...}` before `otherwise`."
        )
    whole = tuple((when, then) for when, then in branches if when is not None and then is not None)
    return Choose(whole, otherwise) if whole and otherwise is not None else None


def _branch(node: Node, *, closed: bool, scope: Scope) -> Fields | None:
    if not isinstance(node, MapNode):
        wrong_shape(node, "A branch of `choose`", "a mapping", scope.findings, hint="Write `{when: ..., then: ...}`.")
        return None
    fields = Fields(node, shapes.BRANCH, scope.findings)
    names = set(node.names()) & set(shapes.BRANCH.keys)
    if closed:
        scope.findings.add(
            "P056", "A branch after `otherwise` is never asked.", node.span, hint="Put `otherwise` last."
        )
    elif names not in ({"when", "then"}, {"otherwise"}):
        scope.findings.add(
            "P056",
            "A branch has `when` and `then`, or `otherwise` alone.",
            node.span,
            hint="Write `{when: ..., then: ...}` or `{otherwise: ...}`.",
        )
        return None
    return fields


_READERS: Mapping[str, Callable[[Node, Scope], Condition | None]] = {
    "ref": _ref,
    "all": _all,
    "any": _any,
    "not": _not,
    "at_least": _at_least,
    "choose": _choose,
}
