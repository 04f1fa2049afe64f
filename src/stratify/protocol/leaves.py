"""Leaves of a rule: one question each to the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from stratify.model.expression import (
    AgeIs,
    AgeUnit,
    All,
    Computed,
    Condition,
    Count,
    Exists,
    Gap,
    LastRows,
    MeasureIs,
    NoEvent,
    Paired,
    Selection,
    Take,
    Tie,
    ValueIs,
)
from stratify.model.value import Comparison, Window
from stratify.protocol import shapes
from stratify.protocol.alterations import read_alteration, read_tested
from stratify.protocol.code_sets import read_code
from stratify.protocol.comparisons import PLACEHOLDER, read_bare_number, read_comparison, read_duration_test
from stratify.protocol.computed import read_change, read_derived
from stratify.protocol.last_rows import read_last
from stratify.protocol.nodes import MapNode
from stratify.protocol.rows import empty_group, read_where
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, clean, texts, words_of
from stratify.protocol.windows import read_window


def _late(head: str) -> tuple[str, ...]:
    """Keys whose parameters are replaced where they are read, with their units and anchors."""
    return ("is", "from", "to") if head == "change" else ("is", "within", "times")


def read_leaf(head: str, node: MapNode, scope: Scope) -> Condition | None:
    """One leaf, or ``None`` after a finding."""
    fields = scope.fields(node, shapes.LEAVES[head], keep=_late(head))
    return _READERS[head](fields, scope)


Uncompared: TypeAlias = ValueIs | AgeIs | MeasureIs | Computed | Paired
"""Leaves that bands cut."""


def read_uncompared(node: MapNode, head: str, scope: Scope) -> Uncompared | None:
    """A leaf without ``is``, holding a placeholder for each band's comparison."""
    fields = scope.fields(node, shapes.UNCOMPARED[head], keep=_late(head))
    match head:
        case "value":
            return _value_is(fields, PLACEHOLDER)
        case "age":
            return _age_is(fields, scope, PLACEHOLDER)
        case "biomarker":
            return _biomarker_is(fields, scope, PLACEHOLDER)
        case "change":
            return read_change(fields, scope, PLACEHOLDER)
        case "derived":
            return read_derived(fields, scope, PLACEHOLDER)
        case _:
            return _measure_is(fields, scope, PLACEHOLDER)


def _value(fields: Fields, scope: Scope) -> Condition | None:
    return _value_is(fields, read_comparison(fields, scope))


def _value_is(fields: Fields, compare: Comparison | None) -> ValueIs | None:
    column = fields.column("value")
    return ValueIs(column, compare, fields.span) if column is not None and compare is not None else None


def _age(fields: Fields, scope: Scope) -> Condition | None:
    return _age_is(fields, scope, read_bare_number(fields, scope, "An age"))


def _age_is(fields: Fields, scope: Scope, compare: Comparison | None) -> AgeIs | None:
    unit = fields.word("age", words_of(AgeUnit), AgeUnit.YEARS)
    at = fields.scalar("at")
    anchor = scope.anchor(at) if at is not None else scope.default_anchor("The age", fields.span)
    return AgeIs(unit, anchor, compare, fields.span) if anchor is not None and compare is not None else None


def _measure(fields: Fields, scope: Scope) -> Condition | None:
    return _measure_is(fields, scope, read_comparison(fields, scope))


def _measure_is(fields: Fields, scope: Scope, compare: Comparison | None, head: str = "measure") -> MeasureIs | None:
    name = clean(fields.text(head))
    take, tie, window = _repeated(fields, scope)
    last, times = read_last(fields, take, scope), _times(fields, scope)
    where = read_where(fields.get("where"), scope)
    if not name or compare is None or _refused(fields, last, times):
        return None
    return MeasureIs(name, take, compare, window, where, tie, last, fields.span, times=times)


def _biomarker(fields: Fields, scope: Scope) -> Condition | None:
    return _biomarker_is(fields, scope, read_comparison(fields, scope))


def _biomarker_is(fields: Fields, scope: Scope, compare: Comparison | None) -> MeasureIs | None:
    tested = read_tested(fields, scope)
    found = _measure_is(fields, scope, compare, "biomarker")
    return None if found is None else replace(found, tested=tested)


def _repeated(fields: Fields, scope: Scope) -> tuple[Take, Tie, Window]:
    take = fields.word("take", words_of(Take), Take.ANY if fields.has("times") else scope.defaults.take)
    if fields.has("times") and take is not Take.ANY:
        _not_counted(take, fields, scope)
        take = Take.ANY
    tie = fields.word("tie", words_of(Tie), scope.defaults.tie)
    return take, tie, read_window(fields, scope)


def _not_counted(take: Take, fields: Fields, scope: Scope) -> None:
    node = fields.get("take")
    scope.findings.add(
        "P061",
        f"`times` counts results, `take: {take.value}` makes one of them.",
        fields.span if node is None else node.span,
        why="Of one value there is no number.",
        hint="Delete `take`; `of_last: 3` counts among the last three.",
    )


def _times(fields: Fields, scope: Scope) -> Comparison | None:
    """How many results are to meet the comparison."""
    return read_bare_number(fields, scope, "A number of results", "times") if fields.has("times") else None


def _refused(fields: Fields, last: LastRows | None, times: Comparison | None) -> bool:
    """Whether something is written that was read with a finding."""
    return (last is None and fields.has("of_last")) or (times is None and fields.has("times"))


def _each(fields: Fields, scope: Scope) -> Condition | None:
    names = fields.list("each")
    compare = read_comparison(fields, scope)
    take, tie, window = _repeated(fields, scope)
    last, times = read_last(fields, take, scope), _times(fields, scope)
    where = read_where(fields.get("where"), scope)
    if names is None or compare is None or _refused(fields, last, times):
        return None
    if not names.items:
        empty_group("each", names, scope)
    items: list[Condition] = []
    for node in names.items:
        items += (
            MeasureIs(clean(name), take, compare, window, where, tie, last, node.span, times=times)
            for name in texts(node, "A measure of `each`", scope.findings)
        )
    return All(tuple(items)) if items else None


def _change(fields: Fields, scope: Scope) -> Condition | None:
    return read_change(fields, scope, read_comparison(fields, scope))


def _derived(fields: Fields, scope: Scope) -> Condition | None:
    return read_derived(fields, scope, read_comparison(fields, scope))


def _exists(fields: Fields, scope: Scope) -> Condition | None:
    selection = read_selection("exists", fields, scope, read_window(fields, scope))
    return None if selection is None else Exists(selection, fields.span)


def _count(fields: Fields, scope: Scope) -> Condition | None:
    selection = read_selection("count", fields, scope, read_window(fields, scope))
    compare = read_bare_number(fields, scope, "A count")
    return Count(selection, compare, fields.span) if selection is not None and compare is not None else None


def _gap(fields: Fields, scope: Scope) -> Condition | None:
    selection = read_selection("gap", fields, scope, Window())
    test = read_duration_test(fields, scope)
    column = fields.text("from") or None
    of = fields.scalar("of")
    anchor = scope.anchor(of) if of is not None else scope.default_anchor("The gap", fields.span)
    open_ended = fields.word("open_ended", {"ongoing": True, "true": True, "false": False}, default=False)
    if not fields.has("none"):
        scope.findings.add(
            "P059",
            "The gap does not say what no event means.",
            fields.span,
            why='"21 days since the last therapy" is met by a patient who had none; "28 days since brain radiotherapy"'
            " is not.",
            hint="Add `none: infinite`, `none: fail` or `none: unknown`.",
        )
        return None
    none = fields.word("none", words_of(NoEvent), NoEvent.UNKNOWN)
    if selection is None or test is None or anchor is None:
        return None
    return Gap(selection, column, anchor, test[0], test[1], none, open_ended, fields.span)


def read_selection(head: str, fields: Fields, scope: Scope, window: Window) -> Selection | None:
    """The rows of the table named under ``head``: ``code``, ``where`` and a window that has been read."""
    table = fields.text(head)
    where = read_where(fields.get("where"), scope)
    written = fields.get("code")
    codes = None if written is None else read_code(written, scope)
    return Selection(table, codes, where, window) if table and (written is None or codes is not None) else None


_READERS: Mapping[str, Callable[[Fields, Scope], Condition | None]] = {
    "value": _value,
    "age": _age,
    "measure": _measure,
    "each": _each,
    "exists": _exists,
    "count": _count,
    "gap": _gap,
    "alteration": read_alteration,
    "biomarker": _biomarker,
    "change": _change,
    "derived": _derived,
}
