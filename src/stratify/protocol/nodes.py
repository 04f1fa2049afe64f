"""The YAML tree of this room: text, lists and mappings, each of which knows its line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from stratify.diagnostics import SourceSpan


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A scalar as written; ``text`` is ``None`` for ``null``, ``~`` and nothing.

    ``inner`` is the column of the first character of the text (after an opening quote), or ``None`` where the text
    is folded, escaped or on other lines, so that its characters have no columns of their own.
    """

    text: str | None
    span: SourceSpan
    inner: int | None = None

    def at(self, offset: int) -> SourceSpan:
        """The place of one character of the text, as exactly as it can be known."""
        if self.inner is None:
            return self.span
        return SourceSpan(self.span.file, self.span.line, self.inner + offset)


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    items: tuple[Node, ...]
    span: SourceSpan


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping, in the order of the file; keys are text and each stands once."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    span: SourceSpan

    def get(self, name: str) -> Node | None:
        """The value of a key, or ``None``."""
        return next((value for key, value in self.entries if key.text == name), None)

    def names(self) -> tuple[str, ...]:
        """The keys, in order."""
        return tuple(key.text for key, _ in self.entries if key.text is not None)


Node: TypeAlias = ScalarNode | ListNode | MapNode


def what_is(node: Node) -> str:
    """What a node is, in a reader's words."""
    match node:
        case ScalarNode(text=None):
            return "nothing"
        case ScalarNode():
            return "a single value"
        case ListNode():
            return "a list"
        case MapNode():
            return "a mapping"
