"""``change`` and ``derived``: leaves whose value is computed before it is compared."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from stratify.diagnostics import SourceSpan, nearest
from stratify.model.computed import (
    MAX_VARYING,
    AgeInput,
    Change,
    ColumnInput,
    Computed,
    DefinitionInput,
    Input,
    MeasureInput,
    Paired,
    PickInput,
    change_expression,
    ordered_tests,
)
from stratify.model.expression import RowCondition, Take, Tie
from stratify.model.formula import Formula, FormulaInput, FromAge, FromColumn, FromDefinition, FromMeasure, Pairing
from stratify.model.value import Comparison, Window, shift
from stratify.protocol.comparisons import PLACEHOLDER
from stratify.protocol.last_rows import read_last
from stratify.protocol.rows import read_where
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, clean, words_of
from stratify.protocol.windows import read_window, read_within


def read_change(fields: Fields, scope: Scope, compare: Comparison | None) -> Computed | None:
    """A change of one measure between two windows, or ``None`` after a finding."""
    name = clean(fields.text("change"))
    kind = fields.word("as", words_of(Change), Change.DIFFERENCE)
    take, tie, where = _picking(fields, scope)
    windows = {key: read_within(fields, scope, key) for key in ("from", "to")}
    compare = _ordered(compare, "A change", fields, scope)
    if not all(window.bounds for window in windows.values()) or not name or compare is None:
        return None
    if not _picks_one(take, "A change", fields, scope) or not _in_order(windows["from"], windows["to"], fields, scope):
        return None
    of = MeasureInput(name, own_unit=True)
    inputs = tuple((key, PickInput(of, take, window, where, tie)) for key, window in windows.items())
    unit = "%" if kind is Change.PERCENT else None
    return Computed(name, name, change_expression(kind), inputs, unit, compare, tie, kind, fields.span)


def read_derived(fields: Fields, scope: Scope, compare: Comparison | None) -> Computed | Paired | None:
    """A formula of a library, or ``None`` after a finding."""
    node = fields.scalar("derived")
    if node is None:
        return None
    name = clean(node.text or "")
    formula = scope.library.formulas.get(name)
    if formula is None:
        formula = scope.built_in().get(name)
    if formula is None:
        known = {*scope.library.formulas, *scope.built_in()}
        scope.findings.add(
            "P350",
            f'There is no formula "{name}".',
            node.span,
            hint=nearest(name, known) or "Write it into a library of your own, and name that under `use`.",
        )
        return None
    match formula.pairing:
        case Pairing.WINDOW:
            return _computed(formula, fields, scope, compare)
        case Pairing.SAME_TIME:
            return _paired(formula, fields, scope, compare)
        case _:
            assert_never(formula.pairing)


def _computed(formula: Formula, fields: Fields, scope: Scope, compare: Comparison | None) -> Computed | None:
    take, tie, where = _picking(fields, scope)
    window = read_window(fields, scope)
    compare = _ordered(compare, formula.id, fields, scope)
    one = _picks_one(take, formula.id, fields, scope)
    for key in ("of_last", "same_day", "need"):
        node = fields.get(key)
        if node is not None:
            scope.findings.add(
                "P356",
                f"{formula.id} takes each of its inputs by itself, so it has no last rows.",
                node.span,
                why="Its values were not measured together: a weight and a later creatinine.",
                hint=f"Delete `{key}`; `take` and the window say which value of each input is used.",
            )
    ages = _age_anchor(formula, window, fields, scope)
    words = [item for item in formula.inputs.values() if item.words and isinstance(item.source, FromMeasure)]
    if words and not take.picks_by_date:
        _unfit(f"{formula.id} takes {words[0].name} as a word, which has no {take.value}.", "take", fields, scope)
        one = False
    _check_definitions(formula, fields.span, scope)
    if compare is None or not one or (ages is None and _has_age(formula)):
        return None
    inputs = tuple((name, _input(item, take, tie, where, window, ages or "")) for name, item in formula.inputs.items())
    varying = sum(
        isinstance(item, AgeInput) or (isinstance(item, PickInput) and not item.of.words) for _, item in inputs
    )
    if varying > MAX_VARYING:
        scope.findings.add(
            "P358",
            f"{formula.id} has {varying} inputs that may have several values; at most {MAX_VARYING} can be asked.",
            fields.span,
            why="Each of them doubles the combinations that must agree.",
            hint="Write the formula in parts, each a formula of its own.",
        )
        return None
    return Computed(
        formula.id, formula.title, formula.expression, inputs, formula.unit, compare, tie, None, fields.span
    )


def _input(item: FormulaInput, take: Take, tie: Tie, where: RowCondition | None, window: Window, age_at: str) -> Input:
    match item.source:
        case FromMeasure():
            return PickInput(_measure_input(item), take, window, where, tie)
        case FromAge(unit):
            return AgeInput(unit, age_at)
        case FromColumn(column):
            return ColumnInput(column, tuple(item.words.items()))
        case FromDefinition(name):
            return DefinitionInput(name)
        case _:
            assert_never(item.source)


def _measure_input(item: FormulaInput) -> MeasureInput:
    if not isinstance(item.source, FromMeasure):
        raise TypeError(f"{item.name} is no measure")
    return MeasureInput(item.source.measure, item.unit, words=tuple(item.words.items()))


def _paired(formula: Formula, fields: Fields, scope: Scope, compare: Comparison | None) -> Paired | None:
    take, tie, where = _picking(fields, scope)
    window = read_window(fields, scope)
    last = read_last(fields, take, scope)
    if fields.has("at"):
        _unfit(f"{formula.id} has no age, so `at` says nothing.", "at", fields, scope)
    others = [item.name for item in formula.inputs.values() if not isinstance(item.source, FromMeasure)]
    if others:
        scope.findings.add(
            "P357",
            f"{formula.id} puts values of one time together, and {others[0]} is not measured.",
            fields.span,
            hint="Give the formula `pairing: window`.",
        )
    if others or compare is None or (last is None and fields.has("of_last")):
        return None
    inputs = tuple((name, _measure_input(item)) for name, item in formula.inputs.items())
    return Paired(
        formula.id,
        formula.title,
        formula.expression,
        inputs,
        formula.unit,
        take,
        compare,
        window,
        where,
        tie,
        last,
        fields.span,
    )


# --- parts -------------------------------------------------------------------------------------------------------


def _picking(fields: Fields, scope: Scope) -> tuple[Take, Tie, RowCondition | None]:
    take = fields.word("take", words_of(Take), scope.defaults.take)
    tie = fields.word("tie", words_of(Tie), scope.defaults.tie)
    return take, tie, read_where(fields.get("where"), scope)


def _ordered(compare: Comparison | None, what: str, fields: Fields, scope: Scope) -> Comparison | None:
    if compare is None or compare is PLACEHOLDER or ordered_tests(compare) is not None:
        return compare
    node = fields.get("is")
    not_one_range(what, fields.span if node is None else node.span, scope)
    return None


def not_one_range(what: str, where: SourceSpan, scope: Scope) -> None:
    """The finding for a comparison whose answer the corners of what the inputs may be do not decide."""
    scope.findings.add(
        "P354",
        f"{what} can only be compared with one range of numbers.",
        where,
        why="Its inputs may have several values, and whether the results between are in a set cannot be said.",
        hint='Write for example ">= 50 mL/min" or "5 .. 6".',
    )


def _picks_one(take: Take, what: str, fields: Fields, scope: Scope) -> bool:
    if take not in {Take.ANY, Take.ALL}:
        return True
    _unfit(f"{what} needs one value of each input, not {take.value} of them.", "take", fields, scope)
    return False


def _unfit(message: str, key: str, fields: Fields, scope: Scope) -> None:
    node = fields.get(key)
    hint = "Write `take: latest`, earliest or closest." if key == "take" else f"Delete `{key}`."
    scope.findings.add("P355", message, fields.span if node is None else node.span, hint=hint)


def _varies(item: Input) -> bool:
    return isinstance(item, AgeInput) or (isinstance(item, PickInput) and not item.of.words)


def _has_age(formula: Formula) -> bool:
    return any(isinstance(item.source, FromAge) for item in formula.inputs.values())


def _age_anchor(formula: Formula, window: Window, fields: Fields, scope: Scope) -> str | None:
    """The anchor at which age is taken: ``at``, else the window's, else the default."""
    at = fields.scalar("at")
    if not _has_age(formula):
        if at is not None:
            _unfit(f"{formula.id} has no age, so `at` says nothing.", "at", fields, scope)
        return None
    if at is not None:
        return scope.anchor(at)
    if window.bounds:
        return window.bounds[0].anchor
    return scope.default_anchor(f"The age in {formula.id}", fields.span)


def _check_definitions(formula: Formula, span: SourceSpan, scope: Scope) -> None:
    for item in formula.inputs.values():
        if isinstance(item.source, FromDefinition) and item.source.name not in scope.definitions:
            scope.findings.add(
                "P351",
                f'{formula.id} asks the definition "{item.source.name}", which the protocol does not have.',
                span,
                hint=nearest(item.source.name, scope.definitions) or f"Add `{item.source.name}:` under `define`.",
            )


def _in_order(start: Window, end: Window, fields: Fields, scope: Scope) -> bool:
    """Whether the earlier window is not wholly after the later one; the finding where it is."""
    some_day = date(2024, 1, 1)
    first, last = (shift(some_day, bound.offset) for bound in (start.starts[0], end.ends[0]))
    node = fields.get("from")
    if start.starts[0].anchor != end.ends[0].anchor or first <= last or node is None:
        return True
    scope.findings.add(
        "P359",
        "`from` lies after `to`.",
        node.span,
        why="A change is from the earlier value to the later one.",
        hint="Exchange the two windows.",
    )
    return False
