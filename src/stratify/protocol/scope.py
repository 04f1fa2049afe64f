"""What a rule may refer to while it is read: parameters, anchors, definitions and the protocol's defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from stratify.diagnostics import Findings, SourceSpan, nearest
from stratify.model.expression import Take, Tie
from stratify.model.formula import Formula
from stratify.model.library import Library
from stratify.model.truth import UnknownPolicy
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scalars import ParameterValue
from stratify.protocol.source import Fields, Shape


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter as written: the node of its value (overridden or not), its unit, and for windows its anchor."""

    name: str
    node: Node
    unit: str = ""
    of: ScalarNode | None = None

    @property
    def value(self) -> ParameterValue:
        """What ``$name`` stands for inside a comparison."""
        items = self.node.items if isinstance(self.node, ListNode) else (self.node,)
        texts = (item.text for item in items if isinstance(item, ScalarNode))
        return ParameterValue(tuple(text.strip() for text in texts if text is not None), self.unit)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a leaf or a criterion has when it says nothing."""

    anchor: str | None = None
    unknown: UnknownPolicy = UnknownPolicy.QUERY
    take: Take = Take.LATEST
    tie: Tie = Tie.WORST
    as_of: str | None = None


def no_formulas() -> Mapping[str, Formula]:
    """No formula is built in."""
    return {}


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything in sight of a rule, and the collector of findings.

    ``built_in`` gives the formulas that a protocol may name without ``use``; they are read when one is asked for.
    """

    findings: Findings
    parameters: Mapping[str, Entry] = field(default_factory=dict)
    anchors: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    defaults: Defaults = Defaults()
    library: Library = field(default_factory=Library)
    built_in: Callable[[], Mapping[str, Formula]] = no_formulas

    def entry(self, node: Node) -> Entry | None:
        """The parameter that a whole value ``$name`` names; an unknown one is a finding."""
        if not isinstance(node, ScalarNode) or node.text is None or not node.text.strip().startswith("$"):
            return None
        name = node.text.strip()[1:]
        if name not in self.parameters:
            self.findings.add(
                "P030",
                f'Parameter "${name}" is not known.',
                node.span,
                hint=nearest(name, self.parameters) or "Add it under `parameters`.",
            )
            return None
        return self.parameters[name]

    def resolve(self, node: Node) -> Node:
        """A value with ``$name`` replaced by the parameter's value, which then stands where it is used."""
        entry = self.entry(node)
        return node if entry is None else _moved(entry.node, node.span)

    def fields(self, node: MapNode, shape: Shape, keep: tuple[str, ...]) -> Fields:
        """A mapping with every ``$name`` replaced, but for the values of the keys in ``keep``.

        A key whose parameter is unknown has its finding and is then as if it were not written.
        """
        unknown = {key.text for key, value in node.entries if key.text not in keep and self._is_unknown(value)}
        resolved = ((key, value if key.text in keep else self.resolve(value)) for key, value in node.entries)
        entries = tuple((key, value) for key, value in resolved if key.text not in unknown)
        required = tuple(name for name in shape.required if name not in unknown)
        return Fields(replace(node, entries=entries), replace(shape, required=required), self.findings)

    def _is_unknown(self, node: Node) -> bool:
        text = node.text.strip() if isinstance(node, ScalarNode) and node.text is not None else ""
        return text.startswith("$") and text[1:] not in self.parameters

    def anchor(self, node: ScalarNode) -> str | None:
        """The name of a known anchor; an unknown one is a finding."""
        name = (node.text or "").strip()
        if name in self.anchors:
            return name
        self.findings.add(
            "P040",
            f'Anchor "{name}" is not known.',
            node.span,
            hint=nearest(name, self.anchors) or "Add it under `anchors`.",
        )
        return None

    def default_anchor(self, what: str, where: SourceSpan) -> str | None:
        """The anchor of ``defaults``; a finding where there is none."""
        if self.defaults.anchor is None:
            self.findings.add(
                "P041",
                f"{what} has no anchor.",
                where,
                why="Days are counted from an anchor's date.",
                hint="Name one with `of:` (age: `at:`), or set `defaults: {anchor: ...}`.",
            )
        return self.defaults.anchor


def _moved(node: Node, span: SourceSpan) -> Node:
    match node:
        case ScalarNode():
            return ScalarNode(node.text, span)
        case ListNode(items):
            return ListNode(tuple(_moved(item, span) for item in items), span)
        case MapNode(entries):
            return MapNode(tuple((key, _moved(value, span)) for key, value in entries), span)
