"""The test values of a formula: inputs and the result that a publication or a computation by hand gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from stratify.diagnostics import Findings, nearest
from stratify.model.arithmetic import Value
from stratify.model.formula import FormulaInput, FormulaTest, FromDefinition
from stratify.model.value import TOLERANCE
from stratify.protocol import shapes
from stratify.protocol.nodes import MapNode, Node, ScalarNode
from stratify.protocol.source import Fields, as_map, clean, decimal, one_of, scalar

MAX_TESTS = 100
"""Most tests of one formula; all of them are run whenever the library is read."""

_YES_NO = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a test may give: every name that is written, and the inputs among them that could be read."""

    names: tuple[str, ...]
    inputs: Mapping[str, FormulaInput]
    findings: Findings


def read_tests(fields: Fields, inputs: Mapping[str, FormulaInput], findings: Findings) -> tuple[FormulaTest, ...]:
    """The tests of a formula that can be read; there must be one."""
    node, written = fields.list("tests"), fields.map("inputs")
    if node is None:
        return ()
    if not 1 <= len(node.items) <= MAX_TESTS:
        findings.add(
            "P318",
            f"A formula has 1 to {MAX_TESTS} tests, this one has {len(node.items)}.",
            node.span,
            why="Nobody would see that a digit is wrong.",
            hint="Compute a few patients by hand, those at the edges of clamps and cases first.",
        )
        return ()
    scope = _Scope(() if written is None else written.names(), inputs, findings)
    found = [_test(item, scope) for item in node.items]
    return tuple(test for test in found if test is not None)


def _test(node: Node, scope: _Scope) -> FormulaTest | None:
    findings = scope.findings
    fields = as_map(node, shapes.FORMULA_TEST, findings)
    if fields is None:
        return None
    inside, written = fields.map("given"), fields.scalar("gives")
    given = {} if inside is None else _given(inside, scope)
    if written is None:
        return None
    unknown = written.text == "unknown"
    gives = None if unknown else decimal(written, "`gives`", findings)
    within = _within(fields, gives, findings)
    if gives is None and not unknown:
        return None
    return FormulaTest(MappingProxyType(given), gives, within, clean(fields.text("source")), written.span)


def _within(fields: Fields, gives: Decimal | None, findings: Findings) -> Decimal:
    """How far the result may be; without it, as far as two numbers are equal everywhere in the language."""
    node = fields.scalar("within")
    found = None if node is None else decimal(node, "`within`", findings)
    if node is not None and found is not None and found < 0:
        findings.add("P317", "`within` is a distance and not below 0.", node.span, hint="Write for example 0.01.")
    return abs(gives or Decimal(0)) * TOLERANCE if found is None else found


def _given(node: MapNode, scope: _Scope) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for key, inside in node.entries:
        name = key.text or ""
        if name in scope.inputs:
            given[name] = _value(scope.inputs[name], inside, scope.findings)
        elif name not in scope.names:
            hint = nearest(name, scope.names) or "Add it to `inputs`."
            scope.findings.add("P317", f'The test gives "{name}", which is no input.', key.span, hint=hint)
    missing = [name for name in scope.inputs if name not in given]
    if missing:
        scope.findings.add(
            "P317",
            f"The test does not give {', '.join(missing)}.",
            node.span,
            hint="Give every input; write null for one that is missing.",
        )
    return given


def _value(one: FormulaInput, node: Node, findings: Findings) -> Value:
    if isinstance(node, ScalarNode) and node.text is None:
        return None
    written = scalar(node, one.name, findings)
    if written is None:
        return None
    if isinstance(one.source, FromDefinition):
        return one_of(written, one.name, _YES_NO, findings, 0.0)
    if one.numeric:
        number = decimal(written, one.name, findings)
        return None if number is None else float(number)
    text = clean(written.text or "")
    word = one.word(text)
    if word is None:
        message = f'"{text}" is no word of {one.name}.'
        findings.add("P317", message, written.span, hint=nearest(text, one.words) or "Add it to `words`.")
    return word
