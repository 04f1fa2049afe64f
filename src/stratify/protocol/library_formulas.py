"""The formulas of a library: each with its inputs, its text and its test values, and every finding at its place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stratify.diagnostics import Findings
from stratify.model.arithmetic import evaluate
from stratify.model.formula import Formula, Pairing
from stratify.protocol import shapes
from stratify.protocol.formula_inputs import check_name, read_inputs, read_unit
from stratify.protocol.formula_steps import read_expression
from stratify.protocol.formula_tests import read_tests
from stratify.protocol.nodes import Node, ScalarNode
from stratify.protocol.source import as_map, clean, named, words_of


def read_formulas(node: Node | None, findings: Findings) -> Mapping[str, Formula]:
    """The section ``formulas:`` of a library, by id; a formula with an error is left out, its findings are made."""
    found: dict[str, Formula] = {}
    for name, inside in named(node, "`formulas`", findings):
        formula = _formula(name, inside, findings)
        if formula is not None:
            found[formula.id] = formula
    return MappingProxyType(found)


def _formula(name: ScalarNode, node: Node, findings: Findings) -> Formula | None:
    before = len(findings.errors)
    check_name(name, "a formula", findings)
    fields = as_map(node, shapes.FORMULA, findings)
    if fields is None:
        return None
    inputs = read_inputs(fields.map("inputs"), findings)
    expression = read_expression(fields, inputs, findings)
    tests = read_tests(fields, inputs, findings)
    unit = read_unit(fields, findings)
    pairing = fields.word("pairing", words_of(Pairing), Pairing.WINDOW)
    reference, title, note = (clean(fields.text(key)) for key in ("reference", "title", "note"))
    if expression is None or len(findings.errors) > before:
        return None
    formula = Formula(
        id=clean(name.text or ""),
        title=title,
        unit=unit,
        inputs=inputs,
        expression=expression,
        reference=reference,
        pairing=pairing,
        tests=tests,
        note=note,
        span=name.span,
    )
    _run_tests(formula, findings)
    return formula


def _run_tests(formula: Formula, findings: Findings) -> None:
    for test in formula.tests:
        result = evaluate(formula.expression, test.given)
        if test.passes(result):
            continue
        shown = "nothing" if result is None else f"{result:.10g}"
        expected = "unknown" if test.gives is None else str(test.gives)
        findings.add(
            "P316",
            f"{formula.id} gives {shown} for this test, which expects {expected}.",
            test.span,
            why="A formula that does not give the published value is not the published formula.",
            hint="Compare text, units and `within` with the publication.",
        )
