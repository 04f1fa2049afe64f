"""What a formula says: its text, with the named steps put in their places.

Steps are there for the reader of a long formula: each is a formula of inputs and of steps above it. In the model they
are gone, so that no back end has to know them. What they grow to is bounded before they are put in: thirty steps that
each use the one above twice would be a billion numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stratify.diagnostics import Findings, nearest
from stratify.model.arithmetic import Expression, Variable, WordIs, levels, substitute
from stratify.model.formula import FormulaInput
from stratify.model.notation import MAX_LEVELS, NAME, FormulaError, parse_formula
from stratify.protocol.formula_inputs import check_name
from stratify.protocol.nodes import MapNode, ScalarNode
from stratify.protocol.source import Fields, named, scalar

MAX_PARTS = 2_000
"""Most numbers, inputs and operations of a formula with its steps."""


@dataclass(slots=True)
class _Scope:
    """What the texts of one formula may name, and have named."""

    inputs: Mapping[str, FormulaInput]
    names: tuple[str, ...]
    later: tuple[str, ...]
    findings: Findings
    steps: dict[str, Expression | None] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    unread: bool = False

    def knows(self, name: str) -> bool:
        return name in self.names or name in self.steps

    @property
    def parts(self) -> dict[str, Expression]:
        return {name: step for name, step in self.steps.items() if step is not None}


def read_expression(fields: Fields, inputs: Mapping[str, FormulaInput], findings: Findings) -> Expression | None:
    """The expression of ``is`` with its ``steps`` put in; ``None`` where one of them cannot be read."""
    written = fields.map("inputs")
    steps = named(fields.get("steps"), "`steps`", findings)
    scope = _Scope(
        inputs, () if written is None else written.names(), tuple(name.text or "" for name, _ in steps), findings
    )
    for name, inside in steps:
        _read_step(name, scalar(inside, f"`{name.text}`", findings), scope)
    text = fields.scalar("is")
    whole = None if text is None else _read_text(text, "", scope)
    if not scope.unread and whole is not None:
        _check_used(written, [name for name, _ in steps], scope)
    return whole


def _read_step(name: ScalarNode, text: ScalarNode | None, scope: _Scope) -> None:
    check_name(name, "a step", scope.findings)
    label = name.text or ""
    if label in scope.names:
        scope.findings.add(
            "P319",
            f'"{label}" names an input and a step.',
            name.span,
            why="A formula that uses the name could mean either.",
            hint="Rename the step.",
        )
        return
    scope.steps[label] = None if text is None else _read_text(text, label, scope)
    scope.unread = scope.unread or scope.steps[label] is None


def _read_text(node: ScalarNode, label: str, scope: _Scope) -> Expression | None:
    try:
        expression = parse_formula(node.text or "")
    except FormulaError as error:
        scope.findings.add("P310", error.message, node.at(error.offset), hint=error.hint)
        return None
    _check_names(expression, node, scope)
    size, height = _size(expression, scope.sizes)
    if size > MAX_PARTS or height > MAX_LEVELS:
        scope.findings.add(
            "P310",
            f"With its steps the formula has more than {MAX_PARTS} parts or {MAX_LEVELS} levels.",
            node.span,
            hint="Say it with fewer steps inside steps.",
        )
        return None
    scope.sizes[label] = size, height
    return substitute(expression, scope.parts)


def _size(expression: Expression, sizes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """How many nodes and levels the expression has once the steps are put in."""
    size = height = 0
    for node, level in levels(expression):
        inside, levels_inside = sizes.get(node.name, (1, 1)) if isinstance(node, Variable) else (1, 1)
        size += inside
        height = max(height, level + levels_inside - 1)
    return size, height


def _check_names(expression: Expression, node: ScalarNode, scope: _Scope) -> None:
    asked: set[int] = set()
    for part, _ in levels(expression):
        if isinstance(part, WordIs):
            asked.add(id(part.variable))
            _check_word(part, node, scope)
        elif isinstance(part, Variable):
            scope.used.add(part.name)
            _check_variable(part, node, scope, asked_for_a_word=id(part) in asked)


def _check_variable(part: Variable, node: ScalarNode, scope: _Scope, *, asked_for_a_word: bool) -> None:
    one = scope.inputs.get(part.name)
    if not scope.knows(part.name):
        scope.unread = True  # what it was meant to be is then not used, and that is no fault of its own
        below = part.name in scope.later
        scope.findings.add(
            "P311",
            f'"{part.name}" is ' + ("a step that stands below." if below else "no input and no step of this formula."),
            node.at(part.offset),
            hint="Move it up: a step uses inputs and the steps above it."
            if below
            else nearest(part.name, (*scope.names, *scope.steps)) or "Add it to `inputs`.",
        )
    elif one is not None and not one.numeric and not asked_for_a_word:
        scope.findings.add(
            "P313",
            f"{part.name} is a word and has no place in arithmetic.",
            node.at(part.offset),
            hint=f"Write cases: {{a if {part.name} is {next(iter(one.words))}, b otherwise}}.",
        )


def _check_word(part: WordIs, node: ScalarNode, scope: _Scope) -> None:
    one = scope.inputs.get(part.variable.name)
    if one is None and part.variable.name not in scope.steps:
        return  # another finding says that it is not known
    if one is None or one.numeric:
        name = part.variable.name
        hint = f"Compare it: {name} >= 1; or declare `words` for it."
        scope.findings.add("P313", f"{name} is a number and no word.", node.at(part.variable.offset), hint=hint)
    elif part.word not in one.words:
        message = f"{one.name} has no word {part.word}."
        scope.findings.add("P313", message, node.at(part.offset), hint=nearest(part.word, one.words))


def _check_used(inputs: MapNode | None, steps: list[ScalarNode], scope: _Scope) -> None:
    written = [key for key, _ in inputs.entries] if inputs is not None else []
    for what, names in (("input", written), ("step", steps)):
        for name in names:
            if name.text not in scope.used and NAME.fullmatch(name.text or ""):
                scope.findings.add(
                    "P312",
                    f"The {what} {name.text} is not used.",
                    name.span,
                    why="A missing value of it would make the result unknown, or something has been left out.",
                    hint="Use it or delete it.",
                )
