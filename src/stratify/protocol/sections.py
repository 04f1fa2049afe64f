"""The sections before the criteria: trial, parameters, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stratify.diagnostics import Findings, SourceSpan, nearest
from stratify.model.expression import Take, Tie
from stratify.model.protocol import Parameter, Trial
from stratify.model.truth import UnknownPolicy
from stratify.protocol import shapes
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scalars import PARAMETER_NAME
from stratify.protocol.scope import Defaults, Entry, Scope
from stratify.protocol.source import Fields, as_map, clean, named, scalar, texts, words_of
from stratify.protocol.yaml_source import read_yaml

_STATUS = {"draft": "draft", "in_review": "in_review", "approved": "approved"}


def read_trial(node: Node | None, findings: Findings) -> Trial | None:
    """Who the protocol belongs to."""
    fields = None if node is None else as_map(node, shapes.TRIAL, findings)
    if fields is None:
        return None
    inner = fields.map("protocol")
    version = None if inner is None else Fields(inner, shapes.TRIAL_VERSION, findings)
    return Trial(
        id=fields.text("id"),
        title=fields.text("title"),
        phase=fields.text("phase"),
        protocol_version="" if version is None else version.text("version"),
        protocol_date="" if version is None else version.text("date"),
        rules_version=fields.text("rules_version"),
        status=fields.word("status", _STATUS, "draft"),
        approved_by=_names(fields),
    )


def _names(fields: Fields) -> tuple[str, ...]:
    node = fields.list("approved_by")
    return () if node is None else tuple(clean(name) for name in texts(node, "A name", fields.findings))


def read_parameters(node: Node | None, overrides: Mapping[str, str], scope: Scope) -> Mapping[str, Entry]:
    """Parameters with the values set from outside in the place of their own."""
    entries: dict[str, Entry] = {}
    for key, value in named(node, "`parameters`", scope.findings):
        name = key.text or ""
        if not PARAMETER_NAME.fullmatch(name):
            scope.findings.add(
                "P031", f'"{name}" cannot name a parameter.', key.span, hint="Use letters, digits and underscores."
            )
        fields = as_map(value, shapes.PARAMETER, scope.findings)
        written = None if fields is None else fields.get("value")
        if fields is None or written is None:
            continue
        of = fields.scalar("of")
        if of is not None and scope.anchor(of) is None:
            of = None
        entries[name] = Entry(name, _value(written, scope.findings), clean(fields.text("unit")), of)
    for name, text in overrides.items():
        if name not in entries:
            scope.findings.add(
                "P032", f'No parameter "{name}" can be set.', hint=nearest(name, entries) or "There are no parameters."
            )
            continue
        changed = _override(name, text, entries[name].node.span, scope.findings)
        if changed is not None:
            entries[name] = replace(entries[name], node=changed)
    return entries


def _value(node: Node, findings: Findings) -> Node:
    if isinstance(node, ListNode):
        for item in node.items:
            scalar(item, "A value of the parameter", findings)
    else:
        scalar(node, "The parameter's value", findings)
    return node


def _override(name: str, text: str, where: SourceSpan, findings: Findings) -> Node | None:
    file = f"--set {name}"
    node = read_yaml(text, file, findings) if text.strip().startswith("[") else None
    if isinstance(node, ListNode):
        return _value(node, findings)
    if not text.strip():
        findings.add("P033", f'Parameter "{name}" is set to nothing.', where, hint=f"Write --set {name}=VALUE.")
        return None
    return ScalarNode(text.strip(), SourceSpan(file, 1, 1))


def parameters_of(
    node: Node | None, entries: Mapping[str, Entry], overrides: Mapping[str, str]
) -> tuple[Parameter, ...]:
    """Parameters as the model records them; lists as ``[-14, 0]``."""
    sections = node if isinstance(node, MapNode) else MapNode((), SourceSpan("", 1, 1))
    found = []
    for name, entry in entries.items():
        values = entry.value.values
        text = f"[{', '.join(values)}]" if isinstance(entry.node, ListNode) else "".join(values)
        inner = sections.get(name)
        source = inner.get("source") if isinstance(inner, MapNode) else None
        words = source.text if isinstance(source, ScalarNode) else None
        found.append(Parameter(name, text, entry.unit, words or "", name in overrides))
    return tuple(found)


def read_defaults(node: Node | None, scope: Scope) -> Defaults:
    """What leaves and criteria have when they say nothing."""
    fields = None if node is None else as_map(node, shapes.DEFAULTS, scope.findings)
    if fields is None:
        return Defaults()
    anchor, as_of = fields.scalar("anchor"), fields.scalar("as_of")
    return Defaults(
        anchor=None if anchor is None else scope.anchor(anchor),
        unknown=fields.word("unknown", words_of(UnknownPolicy), UnknownPolicy.QUERY),
        take=fields.word("take", words_of(Take), Take.LATEST),
        tie=fields.word("tie", words_of(Tie), Tie.WORST),
        as_of=None if as_of is None else scope.anchor(as_of),
    )
