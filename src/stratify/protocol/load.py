"""Protocol files to protocols: all findings, not the first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from stratify.diagnostics import Finding, Findings, StratifyError
from stratify.model.protocol import Protocol, Trial
from stratify.protocol import shapes
from stratify.protocol.anchors import read_anchors
from stratify.protocol.approval import check_approval
from stratify.protocol.arms import read_arms, read_strata
from stratify.protocol.criteria import ExampleReader, read_criteria
from stratify.protocol.definitions import read_definitions
from stratify.protocol.envelope import NO_OVERRIDES, EnoughError, FileFindings, check_format, digest_of, in_order
from stratify.protocol.library_file import built_in_formulas, read_use
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scope import Scope
from stratify.protocol.sections import (
    parameters_of,
    read_defaults,
    read_parameters,
    read_trial,
)
from stratify.protocol.source import Fields, as_map, clean
from stratify.protocol.yaml_source import read_text, read_yaml

FORMAT = "stratify/1"
"""The version of the rule language that this room reads."""


def load_protocol(path: Path, *, overrides: Mapping[str, str] = NO_OVERRIDES) -> Protocol:
    """A protocol from its file.

    Parameters
    ----------
    path
        A UTF-8 YAML file of at most 2 MB.
    overrides
        Parameter name -> value as text, replacing the file's (``--set alt_limit=3``); a list is written
        ``[-28, 0]``. They are recorded in ``Parameter.overridden`` and enter the digest.

    Raises
    ------
    StratifyError
        With every finding, when one of them is an error. :func:`read_protocol` also gives warnings.
    """
    return _or_raise(*read_protocol(path, overrides=overrides))


def parse_protocol(text: str, file: str = "protocol.yaml", *, overrides: Mapping[str, str] = NO_OVERRIDES) -> Protocol:
    """A protocol from its text; ``file`` is its name in findings. Raises as :func:`load_protocol` does."""
    return _or_raise(*read_protocol_text(text, file, overrides=overrides))


def read_protocol(
    path: Path, *, overrides: Mapping[str, str] = NO_OVERRIDES
) -> tuple[Protocol | None, tuple[Finding, ...]]:
    """A protocol and all its findings, warnings included; ``None`` where one of them is an error.

    Raises
    ------
    StratifyError
        The file is not there or cannot be opened (P001).
    """
    findings = Findings()
    text = read_text(path, findings, "protocol")
    if text is None:
        return None, tuple(findings.items)
    return read_protocol_text(text, str(path), overrides=overrides)


def read_protocol_text(
    text: str, file: str = "protocol.yaml", *, overrides: Mapping[str, str] = NO_OVERRIDES
) -> tuple[Protocol | None, tuple[Finding, ...]]:
    """A protocol and all its findings from a text."""
    findings = FileFindings()
    try:
        root = read_yaml(text, file, findings)
        fields = None if root is None else as_map(root, shapes.PROTOCOL, findings)
        protocol = None if fields is None else _protocol(fields, text, file, overrides, findings)
    except EnoughError as enough:
        return None, enough.findings
    items = in_order(findings)
    return (None if findings.errors else protocol), items


def _protocol(
    fields: Fields, text: str, file: str, overrides: Mapping[str, str], findings: Findings
) -> Protocol | None:
    check_format(fields, FORMAT, findings)
    trial = read_trial(fields.get("trial"), findings)
    section = fields.get("trial")
    if trial is not None and isinstance(section, MapNode):
        check_approval(trial, section, text, Path(file), overrides, findings)
    library = read_use(fields.get("use"), Path(file), findings)
    anchor_names = _names(fields.get("anchors"))
    definition_names = _names(fields.get("define"))
    outer = Scope(findings, anchors=anchor_names)
    entries = read_parameters(fields.get("parameters"), overrides, outer)
    defaults = read_defaults(fields.get("defaults"), outer)
    scope = Scope(findings, entries, anchor_names, definition_names, defaults, library, built_in_formulas)
    anchors = read_anchors(fields.get("anchors"), scope)
    definitions = read_definitions(fields.get("define"), scope)
    criteria = read_criteria(fields.get("criteria"), scope)
    arms = read_arms(fields.get("arms"), scope)
    strata = read_strata(fields.get("strata"), scope)
    examples = ExampleReader(_ids(fields.get("criteria")), _ids(fields.get("arms")), arms, strata, scope)
    return Protocol(
        trial=trial or Trial(""),
        criteria=criteria,
        anchors=MappingProxyType(dict(anchors)),
        parameters=parameters_of(fields.get("parameters"), entries, overrides),
        definitions=MappingProxyType(dict(definitions)),
        arms=arms,
        strata=strata,
        examples=examples.read(fields.get("examples")),
        as_of=defaults.as_of,
        library=library,
        digest=digest_of(text, overrides, library.pins),
        file=file,
    )


def _names(node: Node | None) -> tuple[str, ...]:
    return tuple(key.text or "" for key, _ in (node.entries if isinstance(node, MapNode) else ()))


def _ids(node: Node | None) -> tuple[str, ...]:
    """Every id written in a list, also of items with findings, so that one fault is one finding."""
    items = node.items if isinstance(node, ListNode) else ()
    ids = (item.get("id") for item in items if isinstance(item, MapNode))
    return tuple(clean(node.text) for node in ids if isinstance(node, ScalarNode) and node.text is not None)


def _or_raise(protocol: Protocol | None, items: tuple[Finding, ...]) -> Protocol:
    if protocol is None:
        raise StratifyError(items)
    return protocol
