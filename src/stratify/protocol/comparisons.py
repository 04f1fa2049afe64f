"""Comparisons of leaves: the scalar's grammar with its findings at the exact column."""

from __future__ import annotations

import re

from stratify.diagnostics import nearest
from stratify.model.value import Comparison, Duration, Literal, Op, Test
from stratify.protocol.nodes import Node, ScalarNode
from stratify.protocol.scalars import DURATION_WORDS, PARAMETER_NAME, ScalarError, parse_comparison
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, scalar

PLACEHOLDER = Comparison(((Test(Op.EQ, Literal("")),),))
"""Stands in a leaf that is cut into bands until each band's comparison replaces it."""
_WHOLE = re.compile(r"[0-9]{1,6}")


def read_comparison(fields: Fields, scope: Scope, key: str = "is") -> Comparison | None:
    """The comparison under ``is``."""
    node = fields.get(key)
    if node is None:
        return None
    text = scalar(node, f"`{key}`", scope.findings)
    return None if text is None else comparison_of(text, scope)


def comparison_of(node: ScalarNode, scope: Scope) -> Comparison | None:
    """A comparison written as one scalar; the whole of it may be a parameter."""
    text = node.text or ""
    if text.strip().startswith("$") and PARAMETER_NAME.fullmatch(text.strip()[1:]):
        entry = scope.entry(node)
        if entry is None:
            return None
        text = " ".join((*entry.value.values, entry.unit)).strip()
        node = ScalarNode(text, node.span)
    try:
        return parse_comparison(text, {name: entry.value for name, entry in scope.parameters.items()})
    except ScalarError as error:
        _add(error, node, scope)
        return None


def _add(error: ScalarError, node: ScalarNode, scope: Scope) -> None:
    hint = error.hint
    if error.code == "P030":
        hint = nearest(_name_at(node.text or "", error.offset), scope.parameters) or error.hint
    scope.findings.add(error.code, error.message, node.at(error.offset), hint=hint)


def _name_at(text: str, offset: int) -> str:
    found = PARAMETER_NAME.match(text, offset + 1)
    return found[0] if found else ""


def read_bare_number(fields: Fields, scope: Scope, what: str, key: str = "is") -> Comparison | None:
    """A comparison of plain numbers without a unit, as counts and ages have."""
    compare = read_comparison(fields, scope, key)
    node = fields.get(key)
    return None if compare is None or node is None else bare_number(compare, node, scope, what)


def bare_number(compare: Comparison, node: Node, scope: Scope, what: str) -> Comparison | None:
    """The comparison, or a finding where it has a unit or something that is not a number."""
    if compare.unit is not None:
        scope.findings.add(
            "P026", f"{what} is compared without a unit, not in {compare.unit}.", node.span, hint="Delete the unit."
        )
        return None
    if any(item.number is None for item in compare.literals):
        scope.findings.add("P016", f"{what} can only be compared with numbers.", node.span, hint='Write ">= 1".')
        return None
    return compare


def read_duration_test(fields: Fields, scope: Scope) -> tuple[Op, Duration] | None:
    """The one test of a gap: an operator and a duration."""
    compare = read_comparison(fields, scope)
    node = fields.get("is")
    if compare is None or node is None:
        return None
    test = compare.single
    unit = DURATION_WORDS.get(compare.unit or "")
    if test is None or unit is None or not _WHOLE.fullmatch(test.value.text):
        scope.findings.add(
            "P060",
            "A gap is compared with one duration.",
            node.span,
            why="A gap is calendar time; a number without a unit could be days or months.",
            hint='Write for example ">= 21 d"; units are d, wk, mo, y.',
        )
        return None
    return test.op, Duration(int(test.value.text), unit)
