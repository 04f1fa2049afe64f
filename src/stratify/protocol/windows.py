"""Windows of a leaf: ``within``, ``before``, ``by``, ``after``, ``from``."""

from __future__ import annotations

import re
from datetime import date

from stratify.model.value import Bound, Duration, DurationUnit, Window, shift
from stratify.protocol.nodes import ListNode, Node, ScalarNode
from stratify.protocol.scalars import DURATION_WORDS, ScalarError, parse_duration
from stratify.protocol.scope import Entry, Scope
from stratify.protocol.source import Fields, scalar, wrong_shape

_PLAIN = re.compile(r"[+\-\N{MINUS SIGN}]?\d{1,6}")


def read_window(fields: Fields, scope: Scope) -> Window:
    """All window keys of a leaf; they hold together. Bounds with a finding are left out."""
    starts, ends = _within(fields, scope)
    for name, closed in (("after", False), ("from", True)):
        starts += _bound(fields, scope, name, closed=closed)
    for name, closed in (("before", False), ("by", True)):
        ends += _bound(fields, scope, name, closed=closed)
    return Window(starts, ends, fields.flag("exact_time"))


def read_within(fields: Fields, scope: Scope, key: str) -> Window:
    """The window under one key, written as ``within`` is."""
    return Window(*_pair_of_bounds(key, fields, scope))


def _bound(fields: Fields, scope: Scope, name: str, *, closed: bool) -> tuple[Bound, ...]:
    node = fields.scalar(name)
    anchor = None if node is None else scope.anchor(node)
    return () if anchor is None else (Bound(anchor, closed=closed),)


def _within(fields: Fields, scope: Scope) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    written = fields.get("within")
    if written is None:
        for name in ("of", "unit"):
            node = fields.get(name)
            if node is not None:
                scope.findings.add(
                    "P043",
                    f"`{name}` says nothing without `within`.",
                    node.span,
                    hint="Add `within: [a, b]`, or use `before`, `by`, `after` or `from` with the anchor.",
                )
        return (), ()
    return _pair_of_bounds("within", fields, scope)


def _pair_of_bounds(key: str, fields: Fields, scope: Scope) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    written = fields.get(key)
    if written is None:
        return (), ()
    entry = scope.entry(written)
    node = scope.resolve(written)
    pair = _pair(key, node, fields, entry, scope)
    anchor = _anchor(fields, entry, scope, written)
    if pair is None or anchor is None:
        return (), ()
    return (Bound(anchor, pair[0]),), (Bound(anchor, pair[1]),)


def _anchor(fields: Fields, entry: Entry | None, scope: Scope, node: Node) -> str | None:
    named = fields.scalar("of") if fields.has("of") else (entry.of if entry is not None else None)
    if named is not None:
        return scope.anchor(named)
    return None if fields.has("of") else scope.default_anchor("The window", node.span)


def _pair(key: str, node: Node, fields: Fields, entry: Entry | None, scope: Scope) -> tuple[Duration, Duration] | None:
    if isinstance(node, ScalarNode) and node.text is not None and node.text.strip().startswith("$"):
        return None  # an unknown parameter, already a finding
    if not isinstance(node, ListNode) or len(node.items) != 2:
        wrong_shape(node, f"`{key}`", "a list of two", scope.findings, hint=f"Write `{key}: [-14, 0]`.")
        return None
    unit = _unit(fields, entry, scope)
    first, last = (_duration(item, unit, scope) for item in node.items)
    if first is None or last is None:
        return None
    some_day = date(2024, 1, 1)
    if shift(some_day, first) > shift(some_day, last):
        scope.findings.add(
            "P042",
            f"The window ends before it starts: [{first}, {last}].",
            node.span,
            why="No row could ever lie in it.",
            hint="Write the earlier day first; days before the anchor are negative.",
        )
        return None
    return first, last


def _unit(fields: Fields, entry: Entry | None, scope: Scope) -> DurationUnit:
    if fields.has("unit"):
        return fields.word("unit", DURATION_WORDS, DurationUnit.DAYS)
    if entry is None or not entry.unit:
        return DurationUnit.DAYS
    if entry.unit not in DURATION_WORDS:
        scope.findings.add(
            "P022",
            f"Parameter ${entry.name} has the unit {entry.unit}, which is no unit of time.",
            entry.node.span,
            hint="Units of windows are days, weeks, months, years.",
        )
    return DURATION_WORDS.get(entry.unit, DurationUnit.DAYS)


def _duration(node: Node, unit: DurationUnit, scope: Scope) -> Duration | None:
    written = scalar(node, "An end of the window", scope.findings)
    if written is None or written.text is None:
        return None
    text = written.text.strip()
    if _PLAIN.fullmatch(text):
        return Duration(int(text.replace("\N{MINUS SIGN}", "-")), unit)
    try:
        return parse_duration(written.text)
    except ScalarError as error:
        scope.findings.add(error.code, error.message, written.at(error.offset), hint=error.hint)
        return None
