"""Criteria and the examples that show what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from stratify.diagnostics import Findings, nearest
from stratify.model.protocol import (
    MAX_CRITERIA,
    NOTHING,
    Arm,
    ArmColumn,
    Criterion,
    CriterionSeverity,
    Example,
    Expectation,
    Kind,
    LevelStratum,
    Stratum,
)
from stratify.model.truth import REASONS, RESULTS, CriterionResult, UnknownPolicy, Verdict
from stratify.protocol import shapes
from stratify.protocol.arms import Names
from stratify.protocol.conditions import read_condition
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, Shape, as_map, clean, one_of, scalar, words_of, wrong_shape

_VERDICTS = {verdict.name: verdict for verdict in Verdict}
_RESERVED = ("verdict", "arm", "strata")
_W = TypeVar("_W")


def read_criteria(node: Node | None, scope: Scope) -> tuple[Criterion, ...]:
    """All criteria; those with a finding are left out."""
    if node is None:
        return ()
    if not isinstance(node, ListNode):
        wrong_shape(node, "`criteria`", "a list", scope.findings, hint="Write `- id: ...` for each criterion.")
        return ()
    if len(node.items) > MAX_CRITERIA:
        scope.findings.add(
            "P053",
            f"A protocol has at most {MAX_CRITERIA} criteria, this has {len(node.items)}.",
            node.items[MAX_CRITERIA].span,
            why="Each has one bit in the masks of failed and unknown criteria.",
            hint="Join criteria that are asked together with `all`.",
        )
    names = Names("Criterion", scope)
    found = [_criterion(item, names, scope) for item in node.items]
    return tuple(criterion for criterion in found if criterion is not None)


def _criterion(node: Node, names: Names, scope: Scope) -> Criterion | None:
    fields = as_map(node, shapes.CRITERION, scope.findings)
    if fields is None:
        return None
    name = names.add(fields)
    if name in _RESERVED:
        scope.findings.add(
            "P076", f'A criterion cannot be called "{name}".', fields.span, hint="Examples use this word in `expect`."
        )
    rule = fields.get("rule")
    applies = fields.get("applies_when")
    kind = fields.word("kind", words_of(Kind), Kind.INCLUSION)
    unknown = fields.word("unknown", words_of(UnknownPolicy), scope.defaults.unknown)
    severity = fields.word("severity", words_of(CriterionSeverity), CriterionSeverity.REQUIRED)
    waivable = _waivable(fields, severity, scope)
    condition = None if rule is None else read_condition(rule, scope)
    applies_when = None if applies is None else read_condition(applies, scope)
    if condition is None:
        return None
    return Criterion(
        id=name,
        kind=kind,
        text=fields.text("text"),
        rule=condition,
        ref=fields.text("ref"),
        applies_when=applies_when,
        unknown=unknown,
        severity=severity,
        category=fields.text("category"),
        waivable=waivable,
        span=fields.span,
    )


def _waivable(fields: Fields, severity: CriterionSeverity, scope: Scope) -> bool | None:
    node = fields.scalar("waivable")
    if node is None:
        return None
    waivable = fields.flag("waivable")
    if waivable or severity is CriterionSeverity.REQUIRED:
        return waivable
    scope.findings.add(
        "P366",
        "An advisory criterion cannot be one that may not be waived.",
        node.span,
        why="It keeps nobody out, so there is nothing to waive.",
        hint="Make it `severity: required`, or delete `waivable`.",
    )
    return None


class ExampleReader:
    """Reads examples against the ids, arms and levels that the protocol has."""

    def __init__(
        self,
        criteria: tuple[str, ...],
        arm_ids: tuple[str, ...],
        arms: tuple[Arm, ...] | ArmColumn,
        strata: tuple[Stratum, ...],
        scope: Scope,
    ) -> None:
        self.criteria = criteria
        self.arms = None if isinstance(arms, ArmColumn) else {name: name for name in arm_ids}
        self.strata = {stratum.id: _levels_of(stratum) for stratum in strata}
        self.findings = scope.findings

    def read(self, node: Node | None) -> tuple[Example, ...]:
        """All examples."""
        if node is None or (isinstance(node, ScalarNode) and node.text is None):
            return ()
        if not isinstance(node, ListNode):
            wrong_shape(node, "`examples`", "a list", self.findings, hint="Write `- name: ...` for each example.")
            return ()
        found = [self.example(item) for item in node.items]
        return tuple(example for example in found if example is not None)

    def example(self, node: Node) -> Example | None:
        """One tiny patient; every key that is not name, patient or expect is a table with rows."""
        tables = tuple(name for name in node.names()) if isinstance(node, MapNode) else ()
        shape = replace(shapes.EXAMPLE, keys=(*shapes.EXAMPLE.keys, *tables))
        fields = as_map(node, shape, self.findings)
        if fields is None:
            return None
        patient, expect = fields.map("patient"), fields.map("expect")
        rows = {name: tuple(self.rows(fields.list(name))) for name in tables if name not in shapes.EXAMPLE.keys}
        expected = self.expectations(expect) if expect is not None else {}
        verdict = expect.get("verdict") if expect is not None else None
        return Example(
            name=fields.text("name"),
            patient=_row(patient, self.findings) if patient is not None else {},
            tables=MappingProxyType(rows),
            expect=tuple(expected.values()),
            verdict=self.word(verdict, "`verdict`", _VERDICTS),
            arm=self.arm(None if expect is None else expect.get("arm")),
            strata=MappingProxyType(self.levels(None if expect is None else expect.get("strata"))),
            span=fields.span,
        )

    def rows(self, node: ListNode | None) -> Iterator[Mapping[str, str | None]]:
        """The rows of one table."""
        for item in () if node is None else node.items:
            if isinstance(item, MapNode):
                yield _row(item, self.findings)
            else:
                wrong_shape(item, "A row", "a mapping", self.findings, hint="Write `{column: value}`.")

    def expectations(self, node: MapNode) -> dict[str, Expectation]:
        """What is expected of criteria."""
        found: dict[str, Expectation] = {}
        if not node.entries:
            self.findings.add("P081", "The example expects nothing.", node.span, hint="Add `expect: {CRITERION: met}`.")
        for key, value in node.entries:
            name = clean(key.text or "")
            if name in _RESERVED:
                continue
            if name not in self.criteria:
                self.findings.add(
                    "P080",
                    f'Criterion "{name}" is not known.',
                    key.span,
                    hint=nearest(name, self.criteria) or "There are no criteria.",
                )
            expectation = self.expectation(name, value)
            if expectation is not None:
                found[name] = expectation
        return found

    def expectation(self, name: str, node: Node) -> Expectation | None:
        """A result, or a result with its reason."""
        if not isinstance(node, MapNode):
            result = self.word(node, "An expected result", RESULTS)
            return None if result is None else Expectation(name, result)
        fields = Fields(node, shapes.EXPECTED, self.findings)
        result = self.word(fields.get("result"), "`result`", RESULTS)
        reason = self.word(fields.get("reason"), "`reason`", REASONS)
        if reason is not None and result not in {CriterionResult.UNKNOWN, CriterionResult.ASSUMED, None}:
            self.findings.add(
                "P082", "Only what is unknown has a reason.", node.span, hint="Write `result: unknown`, or no reason."
            )
        return None if result is None else Expectation(name, result, reason)

    def arm(self, node: Node | None) -> str | None:
        """The expected arm; null where there must be none."""
        if node is None:
            return None
        if _is_null(node):
            return NOTHING
        if self.arms is not None:
            return self.word(node, "`arm`", self.arms)
        name = scalar(node, "`arm`", self.findings)
        return None if name is None else clean(name.text or "")

    def levels(self, node: Node | None) -> dict[str, str]:
        """The expected levels of strata; null where there must be none."""
        found: dict[str, str] = {}
        if node is None:
            return found
        fields = as_map(node, Shape("`strata`", tuple(self.strata)), self.findings)
        for key, value in () if fields is None else fields.node.entries:
            known = self.strata.get(key.text or "")
            if key.text in self.strata and _is_null(value):
                found[key.text] = NOTHING
                continue
            level = scalar(value, "A level", self.findings)
            if level is None or key.text not in self.strata:
                continue
            text = clean(level.text or "")
            found[key.text or ""] = text if known is None else one_of(level, "The level", known, self.findings, text)
        return found

    def word(self, node: Node | None, what: str, words: Mapping[str, _W]) -> _W | None:
        """One of a few words, or ``None`` with a finding."""
        written = None if node is None else scalar(node, what, self.findings)
        return None if written is None else one_of(written, what, {**words}, self.findings, None)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.text is None


def _levels_of(stratum: Stratum) -> dict[str, str] | None:
    if not isinstance(stratum, LevelStratum):
        return None
    names = [*(name for name, _ in stratum.levels), *filter(None, [stratum.otherwise]), "unknown"]
    return {name: name for name in names}


def _row(node: MapNode, findings: Findings) -> Mapping[str, str | None]:
    row: dict[str, str | None] = {}
    for key, value in node.entries:
        if isinstance(value, ScalarNode):
            row[(key.text or "").strip()] = value.text
        else:
            wrong_shape(value, f"`{key.text}`", "a single value", findings)
    return MappingProxyType(row)
