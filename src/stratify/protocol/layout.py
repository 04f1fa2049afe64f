"""The canonical layout of a YAML file of this project: same meaning, same comments, one shape.

Mappings are indented by two, lists by two with their dash, flow collections stand on one line, nulls are ``null``;
quotes, comments and the order of keys stay. Nothing is typed on the way: ``08`` and ``NO`` stay what was
written. The result is read back and compared; a file that this layout cannot carry is left alone with a finding.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode as RuamelScalar
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from stratify.diagnostics import Findings, SourceSpan, StratifyError
from stratify.protocol.envelope import in_order
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.yaml_source import read_yaml

_NULL, _TEXT = Tag(suffix="tag:yaml.org,2002:null"), Tag(suffix="tag:yaml.org,2002:str")
_COMMENT = re.compile(r"(?:^|\s)(#.*?)\s*$", re.MULTILINE)


def format_text(text: str, file: str = "protocol.yaml") -> str:
    """A YAML text in canonical layout; formatting it again changes nothing.

    Raises
    ------
    StratifyError
        Where the text is not YAML as this project reads it, or could not be laid out without loss.
    """
    findings = Findings()
    before = read_yaml(text, file, findings)
    if before is None or findings.errors:
        raise StratifyError(in_order(findings))
    laid_out = _settled(text.removeprefix("\ufeff"))
    if laid_out is not None and _same(before, text, laid_out):
        return laid_out
    findings.add(
        "P090",
        "This file cannot be laid out without changing it.",
        SourceSpan(file, 1, 1),
        why="A comment or a value would be lost or moved, so the file is left alone.",
        hint="Move comments from inside brackets to lines of their own.",
    )
    raise StratifyError(findings.items)


def _settled(text: str) -> str | None:
    """The layout that stays as it is when it is laid out again."""
    for _ in range(4):
        laid_out = _lay_out(text)
        if laid_out is None or laid_out == text:
            return laid_out
        text = laid_out
    return None


def _lay_out(text: str) -> str | None:
    yaml = YAML(typ="rt")
    yaml.Resolver = _TextResolver
    yaml.Representer = _TextRepresenter
    yaml.preserve_quotes = True
    yaml.width = 16 * len(text) + 4096  # a folded rule or text is harder to compare than a long line
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    try:
        yaml.dump(yaml.load(text), out)
    except (YAMLError, ValueError):
        return None
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _same(before: Node, text: str, laid_out: str) -> bool:
    findings = Findings()
    after = read_yaml(laid_out, "", findings)
    if after is None or findings.errors or plain(before) != plain(after):
        return False
    return Counter(_COMMENT.findall(text)) == Counter(_COMMENT.findall(laid_out))


def plain(node: Node) -> Any:
    """A tree as plain lists, pairs and texts, without places."""
    match node:
        case ScalarNode(text):
            return text
        case ListNode(items):
            return [plain(item) for item in items]
        case MapNode(entries):
            return [(key.text, plain(value)) for key, value in entries]


class _TextResolver(VersionedResolver):
    """Every plain scalar is text, but for null."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is RuamelScalar and implicit[0]:
            return _NULL if value in {"", "~", "null", "Null", "NULL"} else _TEXT
        return super().resolve(kind, value, (False, False))


class _TextRepresenter(RoundTripRepresenter):
    """A null is written so that it can be seen."""

    def represent_none(self, data: Any) -> Any:
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_TextRepresenter.add_representer(type(None), _TextRepresenter.represent_none)
