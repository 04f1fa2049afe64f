"""Arms and strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stratify.diagnostics import nearest
from stratify.model.computed import Computed, ordered_tests
from stratify.model.expression import AgeIs, Condition
from stratify.model.protocol import (
    Arm,
    ArmColumn,
    ColumnStratum,
    LevelStratum,
    RandomisedArm,
    RecordedArm,
    RuleArm,
    Slots,
    Stratum,
    StratumUnknown,
)
from stratify.model.truth import UnknownPolicy
from stratify.protocol import shapes
from stratify.protocol.comparisons import bare_number, comparison_of, read_comparison
from stratify.protocol.computed import not_one_range
from stratify.protocol.conditions import read_condition
from stratify.protocol.leaves import Uncompared, read_uncompared
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, as_map, clean, scalar, words_of, wrong_shape

_ARM_POLICIES = {"query": UnknownPolicy.QUERY, "fail": UnknownPolicy.FAIL}


class Names:
    """Ids that must stand once each."""

    def __init__(self, what: str, scope: Scope) -> None:
        self.what = what
        self.scope = scope
        self.places: dict[str, int] = {}

    def add(self, fields: Fields) -> str:
        """The id of a mapping; a second one of the same name is a finding."""
        node = fields.scalar("id")
        name = "" if node is None else clean(node.text or "")
        if node is not None and name in self.places:
            self.scope.findings.add(
                "P052",
                f'{self.what} "{name}" stands twice; first at line {self.places[name]}.',
                node.span,
                why="Results are told apart by their ids.",
                hint="Give each an id of its own.",
            )
        if node is not None:
            self.places.setdefault(name, node.span.line)
        return name


def read_arms(node: Node | None, scope: Scope) -> tuple[Arm, ...] | ArmColumn:
    """Arms as a list, or as a column records them."""
    if node is None or (isinstance(node, ScalarNode) and node.text is None):
        return ()
    if isinstance(node, MapNode):
        column = Fields(node, shapes.ARMS, scope.findings).column("from")
        return () if column is None else ArmColumn(column, node.span)
    if not isinstance(node, ListNode):
        wrong_shape(node, "`arms`", "a list, or a mapping with `from`", scope.findings)
        return ()
    names = Names("Arm", scope)
    arms = [_arm(item, position, names, scope) for position, item in enumerate(node.items, start=1)]
    found = tuple(arm for arm in arms if arm is not None)
    _check_priorities(found, scope)
    return found


def _arm(node: Node, position: int, names: Names, scope: Scope) -> Arm | None:
    if isinstance(node, MapNode) and node.get("from") is not None:
        return _recorded(Fields(node, shapes.RECORDED_ARM, scope.findings), names, scope)
    if isinstance(node, MapNode) and node.get("requires") is not None:
        return _by_rule(Fields(node, shapes.RULE_ARM, scope.findings), position, names, scope)
    fields = as_map(node, shapes.RANDOMISED_ARM, scope.findings)
    if fields is None:
        return None
    name = names.add(fields)
    assign = fields.scalar("assign")
    if assign is not None and assign.text != "randomised":
        scope.findings.add(
            "P070", "An arm assigned by rule needs `requires`.", assign.span, hint="Add `requires: {...}`."
        )
    slots = fields.whole_number("slots", 1, least=1) if fields.has("slots") else None
    ratio = fields.whole_number("ratio", 1, least=1)
    return RandomisedArm(name, fields.text("label", name), ratio, slots, fields.span)


def _recorded(fields: Fields, names: Names, scope: Scope) -> Arm | None:
    name, column, compare = names.add(fields), fields.column("from"), read_comparison(fields, scope)
    if column is None or compare is None:
        return None
    return RecordedArm(name, fields.text("label", name), column, compare, fields.span)


def _by_rule(fields: Fields, position: int, names: Names, scope: Scope) -> Arm | None:
    name = names.add(fields)
    written = fields.get("requires")
    requires = None if written is None else read_condition(written, scope)
    fields.word("assign", {"by_rule": True}, default=True)
    priority = fields.whole_number("priority", position)
    unknown = fields.word("unknown", _ARM_POLICIES, UnknownPolicy.QUERY)
    slots = _slots(fields, scope)
    if requires is None:
        return None
    return RuleArm(name, fields.text("label", name), requires, priority, unknown, slots, fields.span)


def _slots(fields: Fields, scope: Scope) -> Slots | None:
    order, written = fields.scalar("order_by"), fields.get("slots")
    if written is None:
        if order is not None:
            scope.findings.add(
                "P367", "`order_by` says nothing without `slots`.", order.span, hint="Add `slots: N`, or delete it."
            )
        return None
    n = fields.whole_number("slots", 1, least=1)
    anchor = scope.anchor(order) if order is not None else scope.defaults.anchor
    if anchor is None and order is None:
        scope.findings.add(
            "P367",
            "The places of this arm have no order.",
            written.span,
            why="Who comes first would be left to chance.",
            hint="Name the anchor by whose day they are given: `order_by: consent`.",
        )
    return None if anchor is None else Slots(n, anchor)


def _check_priorities(arms: tuple[Arm, ...], scope: Scope) -> None:
    seen: dict[int, str] = {}
    for arm in arms:
        if not isinstance(arm, RuleArm):
            continue
        if arm.priority in seen:
            scope.findings.add(
                "P071",
                f'Arms "{seen[arm.priority]}" and "{arm.id}" have the same priority, {arm.priority}.',
                arm.span,
                why="A patient who meets both would have no defined arm.",
                hint="Give each arm a priority of its own; the lowest is asked first.",
            )
        seen[arm.priority] = arm.id


def read_strata(node: Node | None, scope: Scope) -> tuple[Stratum, ...]:
    """Stratification factors."""
    if node is None or (isinstance(node, ScalarNode) and node.text is None):
        return ()
    if not isinstance(node, ListNode):
        wrong_shape(node, "`strata`", "a list", scope.findings, hint="Write `- id: ...` for each factor.")
        return ()
    names = Names("Stratum", scope)
    found = [_stratum(item, names, scope) for item in node.items]
    return tuple(stratum for stratum in found if stratum is not None)


def _stratum(node: Node, names: Names, scope: Scope) -> Stratum | None:
    fields = as_map(node, shapes.STRATUM, scope.findings)
    if fields is None:
        return None
    name = names.add(fields)
    ways = [way for way in ("levels", "bands", "from") if fields.has(way)]
    unknown = fields.word("unknown", words_of(StratumUnknown), StratumUnknown.BLOCK)
    if len(ways) != 1:
        scope.findings.add(
            "P072", f'Stratum "{name}" has one of levels, bands, from.', fields.span, hint="Write exactly one of them."
        )
        return None
    if ways == ["from"]:
        column = fields.column("from")
        _no_overlap_here(fields, scope)
        return None if column is None else ColumnStratum(name, column, unknown, fields.span)
    levels, otherwise = _levels(fields, scope) if ways == ["levels"] else (_bands(fields, scope), None)
    written = fields.get("levels")
    names_written = written.names() if isinstance(written, MapNode) else [level for level, _ in levels]
    overlap = _overlap(fields, [clean(level) for level in names_written], scope)
    return LevelStratum(name, levels, otherwise, overlap, unknown, fields.span) if levels else None


def _no_overlap_here(fields: Fields, scope: Scope) -> None:
    node = fields.get("overlap")
    if node is not None:
        scope.findings.add("P072", "A recorded stratum cannot overlap.", node.span, hint="Delete `overlap`.")


def _overlap(fields: Fields, levels: Sequence[str], scope: Scope) -> str | None:
    node = fields.scalar("overlap")
    if node is None or clean(node.text or "") in levels:
        return None if node is None else clean(node.text or "")
    scope.findings.add(
        "P073",
        f'`overlap` names no level: "{node.text}".',
        node.span,
        hint=nearest(node.text or "", levels) or "Delete it.",
    )
    return None


def _levels(fields: Fields, scope: Scope) -> tuple[tuple[tuple[str, Condition], ...], str | None]:
    found: list[tuple[str, Condition]] = []
    otherwise: str | None = None
    inside = fields.map("levels")
    for key, value in () if inside is None else inside.entries:
        name = clean(key.text or "")
        if isinstance(value, ScalarNode) and value.text == "otherwise":
            if otherwise is not None:
                scope.findings.add(
                    "P074", f'Two levels are `otherwise`: "{otherwise}" and "{name}".', value.span, hint="Keep one."
                )
            otherwise = name
            continue
        condition = read_condition(value, scope)
        if condition is not None:
            found.append((name, condition))
    if inside is not None and not any(isinstance(value, MapNode) for _, value in inside.entries):
        scope.findings.add(
            "P075", "The stratum has no level with a condition.", inside.span, hint="Write `name: {condition}`."
        )
    return tuple(found), otherwise


def _bands(fields: Fields, scope: Scope) -> tuple[tuple[str, Condition], ...]:
    inside = fields.map("bands")
    if inside is None:
        return ()
    bands = Fields(inside, shapes.BANDS, scope.findings)
    of, cuts = bands.map("of"), bands.list("cuts")
    leaf = None
    if of is not None:
        heads = [name for name in of.names() if name in shapes.UNCOMPARED]
        if len(heads) == 1:
            leaf = read_uncompared(of, heads[0], scope)
        else:
            scope.findings.add(
                "P058",
                "`bands` cuts a value, a measure, a biomarker, an age, a change or a derived measure.",
                of.span,
                hint="Write `of: {measure: NAME}`.",
            )
    return () if cuts is None else _cut(leaf, cuts, scope)


def _cut(leaf: Uncompared | None, cuts: ListNode, scope: Scope) -> tuple[tuple[str, Condition], ...]:
    found: dict[str, Condition] = {}
    if not cuts.items:
        scope.findings.add("P075", "`cuts` is empty.", cuts.span, hint='Write `cuts: ["< 1 %", ">= 1 %"]`.')
    for item in cuts.items:
        text = scalar(item, "A cut", scope.findings)
        compare = None if text is None else comparison_of(text, scope)
        if compare is not None and isinstance(leaf, AgeIs):
            compare = bare_number(compare, item, scope, "An age")
        if text is None or compare is None:
            continue
        level = str(compare) if "$" in (text.text or "") else clean(text.text or "")
        if level in found:
            scope.findings.add("P052", f'The cut "{level}" stands twice.', text.span, hint="Delete one.")
        elif isinstance(leaf, Computed) and ordered_tests(compare) is None:
            not_one_range(leaf.name, text.span, scope)
        elif leaf is not None:
            found[level] = replace(leaf, compare=compare)
    return tuple(found.items())
