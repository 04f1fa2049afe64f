"""A protocol as compact logic, for the eye of a programmer; printed from the model and never read back."""

from __future__ import annotations

from typing import assert_never

from stratify.model.anchor import EventAnchor
from stratify.model.codes import CodeEntry, CodeSet
from stratify.model.computed import AgeInput, ColumnInput, DefinitionInput, Input, MeasureInput, PickInput
from stratify.model.expression import (
    AgeIs,
    All,
    AlterationIs,
    AnyOf,
    AtLeast,
    Choose,
    Computed,
    Condition,
    Count,
    Exists,
    FieldIs,
    Gap,
    LastRows,
    Leaf,
    MeasureIs,
    Not,
    Paired,
    Ref,
    RowAll,
    RowAny,
    RowCondition,
    RowNot,
    Selection,
    Tie,
    ValueIs,
)
from stratify.model.protocol import (
    Arm,
    ArmColumn,
    ColumnStratum,
    CriterionSeverity,
    Kind,
    LevelStratum,
    Protocol,
    RandomisedArm,
    RecordedArm,
    RuleArm,
    Stratum,
)
from stratify.model.truth import UnknownPolicy
from stratify.model.value import Bound, Comparison, Window
from stratify.protocol.alteration_words import alteration_text, tested_text

_AND, _OR, _NOT = " ∧ ", " ∨ ", "¬"


def formula(protocol: Protocol) -> str:
    """One line for each code set, derived anchor, definition, criterion, arm and level, and the one that decides."""
    lines = [f"{name} = {_members(codes)}" for name, codes in protocol.code_sets().items()]
    lines += [_anchor(anchor) for anchor in protocol.anchors.values() if isinstance(anchor, EventAnchor)]
    lines += [f"{name} := {condition_text(condition)}" for name, condition in protocol.definitions.items()]
    for criterion in protocol.criteria:
        applies = "" if criterion.applies_when is None else f"{condition_text(criterion.applies_when)} → "
        policy = "" if criterion.unknown is UnknownPolicy.QUERY else f"  [unknown: {criterion.unknown.value}]"
        waivable = "" if criterion.waivable is None else f"  [waivable: {str(criterion.waivable).lower()}]"
        lines.append(f"{criterion.id} := {applies}{condition_text(criterion.rule)}{policy}{waivable}")
    required = [c for c in protocol.criteria if c.severity is CriterionSeverity.REQUIRED]
    parts = [c.id if c.kind is Kind.INCLUSION else f"{_NOT}{c.id}" for c in required]
    lines.append(f"eligible := {_AND.join(parts) or 'true'}")
    if isinstance(protocol.arms, ArmColumn):
        lines.append(f"arm := {protocol.arms.column}")
    else:
        lines += [_arm(arm) for arm in protocol.arms]
    for stratum in protocol.strata:
        lines += _stratum(stratum)
    return "\n".join(lines) + "\n"


def condition_text(condition: Condition) -> str:
    """A condition as logic; the same text exactly for the same condition."""
    match condition:
        case Ref(name):
            return name
        case All(items):
            return f"({_AND.join(map(condition_text, items))})"
        case AnyOf(items):
            return f"({_OR.join(map(condition_text, items))})"
        case Not(item):
            return f"{_NOT}({condition_text(item)})"
        case AtLeast(n, items):
            return f"at_least({n}; {', '.join(map(condition_text, items))})"
        case Choose(branches, otherwise):
            parts = [f"{condition_text(when)} ? {condition_text(then)}" for when, then in branches]
            return f"({' : '.join([*parts, condition_text(otherwise)])})"
        case ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap() | AlterationIs() | Computed() | Paired():
            return _leaf(condition)
        case _:
            assert_never(condition)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case ValueIs(column, compare):
            return _compared(str(column), compare)
        case AgeIs(unit, anchor, compare):
            return _compared(f"age({unit.value}, {anchor})", compare)
        case MeasureIs(measure, take, compare, window, where, tie, last):
            parts = [measure, *tested_text(leaf.tested), *_within(window), *_where(where), *_last(last), *_tie(tie)]
            if leaf.times is not None:
                return _compared(f"count({', '.join([*parts, _compared('value', compare)])})", leaf.times)
            return _compared(f"{take.value}({', '.join(parts)})", compare)
        case Exists(selection):
            return f"exists({_selection(selection)})"
        case Count(selection, compare):
            return _compared(f"count({_selection(selection)})", compare)
        case Gap(selection, column, anchor, op, than, none, open_ended):
            parts = [_selection(selection), *([f"from {column}"] if column else []), f"to {anchor}"]
            parts += [f"none {none.value}", *(["open-ended"] if open_ended else [])]
            return f"gap({', '.join(parts)}) {op.value} {than}"
        case AlterationIs():
            return alteration_text(leaf, _where(leaf.where), _within(leaf.window))
        case Computed(name, change=None):
            inputs = [f"{key}: {_input(item)}" for key, item in leaf.inputs]
            return _compared(f"{name}({', '.join([*inputs, *_tie(leaf.tie)])})", leaf.compare)
        case Computed(name, change=change):
            inputs = [f"{key}: {_input(item)}" for key, item in leaf.inputs]
            kind = "" if change is None else change.value
            return _compared(f"change({', '.join([name, kind, *inputs, *_tie(leaf.tie)])})", leaf.compare)
        case Paired(name, take=take, last=last):
            inputs = [f"{key}: {_measured(of)}" for key, of in leaf.inputs]
            parts = [*inputs, *_within(leaf.window), *_where(leaf.where), *_last(last), *_tie(leaf.tie)]
            return _compared(f"{take.value}({name}({', '.join(parts)}))", leaf.compare)
        case _:
            assert_never(leaf)


def _tie(tie: Tie) -> list[str]:
    return [f"tie {tie.value}"] if tie is not Tie.WORST else []


def _last(last: LastRows | None) -> list[str]:
    if last is None:
        return []
    return [f"last {last.n}{' of one day' if last.same_day else ''}, need {last.need}"]


def _input(item: Input) -> str:
    match item:
        case PickInput(of, take, window, where, tie):
            return f"{take.value}({', '.join([_measured(of), *_within(window), *_where(where), *_tie(tie)])})"
        case AgeInput(unit, anchor):
            return f"age({unit.value}, {anchor})"
        case ColumnInput(column):
            return str(column)
        case DefinitionInput(name):
            return name
        case _:
            assert_never(item)


def _measured(of: MeasureInput) -> str:
    return f"{of.measure} in {of.unit}" if of.unit else of.measure


def _compared(what: str, compare: Comparison) -> str:
    text = str(compare)
    ranged = len(compare.alternatives) == 1 and len(compare.alternatives[0]) > 1 and not compare.negated
    return f"{what} in [{text}]" if ranged else f"{what} {text}"


def _selection(selection: Selection) -> str:
    codes = [] if selection.codes is None else [f"code in {_codes(selection.codes)}"]
    return ", ".join([selection.table, *codes, *_where(selection.where), *_within(selection.window)])


def _codes(codes: CodeSet) -> str:
    """``{C78.7, C79.3}``, ``{ICD-10: C34 and below}``, or the name of a set."""
    return codes.name or _members(codes)


def _members(codes: CodeSet) -> str:
    return f"{{{'; '.join(map(_entry, codes.entries))}}}"


def _entry(entry: CodeEntry) -> str:
    system = f"{entry.system}: " if entry.system else ""
    return f"{system}{', '.join(entry.codes)}{' and below' if entry.descendants else ''}"


def _within(window: Window) -> list[str]:
    parts = [f"day >{'=' if bound.closed else ''} {_bound(bound)}" for bound in window.starts]
    parts += [f"day <{'=' if bound.closed else ''} {_bound(bound)}" for bound in window.ends]
    return parts + (["exact time"] if window.exact_time else [])


def _bound(bound: Bound) -> str:
    if bound.offset.count == 0:
        return bound.anchor
    sign = "-" if bound.offset.count < 0 else "+"
    return f"{bound.anchor} {sign} {abs(bound.offset.count)} {bound.offset.unit.value}"


def _where(where: RowCondition | None) -> list[str]:
    return [] if where is None else [row_text(where)]


def row_text(where: RowCondition) -> str:
    """A row condition as logic."""
    match where:
        case FieldIs(column, compare):
            return _compared(f".{column}", compare)
        case RowAll(items):
            return f"({_AND.join(map(row_text, items))})"
        case RowAny(items):
            return f"({_OR.join(map(row_text, items))})"
        case RowNot(item):
            return f"{_NOT}({row_text(item)})"
        case _:
            assert_never(where)


def _anchor(anchor: EventAnchor) -> str:
    column = "" if anchor.column is None else f", {anchor.column}"
    return f"{anchor.name} := {anchor.pick.value}({_selection(anchor.selection)}{column})"


def _arm(arm: Arm) -> str:
    match arm:
        case RecordedArm(name, _, column, compare):
            return f"arm {name} := {_compared(str(column), compare)}"
        case RuleArm(name, _, requires, priority, unknown, slots):
            places = "" if slots is None else f", slots: {slots.n} by {slots.order_by}"
            return f"arm {name} := {condition_text(requires)}  [priority {priority}, unknown: {unknown.value}{places}]"
        case RandomisedArm(name, _, ratio, slots):
            places = "" if slots is None else f", slots: {slots}"
            return f"arm {name} := random  [ratio {ratio}{places}]"
        case _:
            assert_never(arm)


def _stratum(stratum: Stratum) -> list[str]:
    match stratum:
        case ColumnStratum(name, column):
            return [f"stratum {name} := {column}  [unknown: {stratum.unknown.value}]"]
        case LevelStratum(name, levels, otherwise, overlap):
            lines = [f"stratum {name} = {level} := {condition_text(condition)}" for level, condition in levels]
            lines += [] if otherwise is None else [f"stratum {name} = {otherwise} := otherwise"]
            more = "" if overlap is None else f", overlap: {overlap}"
            return [*lines, f"stratum {name}  [unknown: {stratum.unknown.value}{more}]"]
        case _:
            assert_never(stratum)
