"""Reading a mapping key by key: unknown keys, missing keys and wrong shapes become findings, all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TypeVar

from stratify.diagnostics import Findings, SourceSpan, join_some, nearest
from stratify.model.expression import ColumnRef
from stratify.model.value import Literal
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode, what_is

E = TypeVar("E")
M = TypeVar("M", bound=Enum)


def clean(text: str) -> str:
    """Text as data has it after loading: NFKC-normalised and stripped (two code points for micro are one)."""
    return unicodedata.normalize("NFKC", text).strip()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a mapping may hold: ``keys`` it knows, and those ``required`` among them."""

    what: str
    keys: tuple[str, ...]
    required: tuple[str, ...] = ()


class Fields:
    """A mapping of a known shape. Every accessor gives ``None`` where nothing is written or a finding was made."""

    def __init__(self, node: MapNode, shape: Shape, findings: Findings) -> None:
        self.node = node
        self.shape = shape
        self.findings = findings
        for key, _ in node.entries:
            if key.text not in shape.keys:
                self._unknown(key)
        for name in shape.required:
            if node.get(name) is None:
                findings.add(
                    "P012", f"{shape.what} has no `{name}`.", node.span, hint=f"Add `{name}:`; it is required here."
                )

    @property
    def span(self) -> SourceSpan:
        """Where the mapping starts."""
        return self.node.span

    def _unknown(self, key: ScalarNode) -> None:
        name = key.text or ""
        self.findings.add(
            "P011",
            f'{self.shape.what} has an unknown key "{name}".',
            key.span,
            why="A key that is not understood would be a part of the rule that nobody evaluates.",
            hint=nearest(name, self.shape.keys) or "There are none here; delete it.",
        )

    def has(self, name: str) -> bool:
        """Whether the key is written."""
        return self.node.get(name) is not None

    def get(self, name: str) -> Node | None:
        """The node under a key, or ``None``."""
        return self.node.get(name)

    def scalar(self, name: str) -> ScalarNode | None:
        """A single value that is not null."""
        node = self.node.get(name)
        return None if node is None else scalar(node, f"`{name}`", self.findings)

    def text(self, name: str, default: str = "") -> str:
        """A single value's text as written, without surrounding blanks."""
        node = self.scalar(name)
        return default if node is None or node.text is None else node.text.strip()

    def list(self, name: str) -> ListNode | None:
        """A list."""
        node = self.node.get(name)
        if node is None or isinstance(node, ListNode):
            return node
        wrong_shape(node, f"`{name}`", "a list", self.findings, hint=f"Write `{name}: [...]`.")
        return None

    def map(self, name: str) -> MapNode | None:
        """A mapping."""
        node = self.node.get(name)
        if node is None or isinstance(node, MapNode):
            return node
        wrong_shape(node, f"`{name}`", "a mapping", self.findings, hint=f"Write `{name}: {{key: value}}`.")
        return None

    def word(self, name: str, words: Mapping[str, E], default: E) -> E:
        """One of a few known words, as what it stands for."""
        node = self.scalar(name)
        return default if node is None else one_of(node, f"`{name}`", words, self.findings, default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """``true`` or ``false``."""
        return self.word(name, {"true": True, "false": False}, default)

    def whole_number(self, name: str, default: int, least: int = 0) -> int:
        """A whole number, at least ``least``."""
        node = self.scalar(name)
        if node is None or node.text is None:
            return default
        if not re.fullmatch(r"\d{1,9}", node.text) or int(node.text) < least:
            self.findings.add(
                "P016", f"`{name}` must be a whole number of at least {least}.", node.span, hint=f"{name}: {least}"
            )
            return default
        return int(node.text)

    def column(self, name: str) -> ColumnRef | None:
        """A column written ``table.column``."""
        node = self.scalar(name)
        return None if node is None else column_ref(node, self.findings)


def as_map(node: Node, shape: Shape, findings: Findings) -> Fields | None:
    """A node as a mapping of a known shape."""
    if isinstance(node, MapNode):
        return Fields(node, shape, findings)
    wrong_shape(node, shape.what, "a mapping", findings, hint=f"Known keys: {join_some(shape.keys)}.")
    return None


def named(node: Node | None, what: str, findings: Findings) -> tuple[tuple[ScalarNode, Node], ...]:
    """The entries of a section that maps names to things."""
    if node is None or (isinstance(node, ScalarNode) and node.text is None):
        return ()
    if isinstance(node, MapNode):
        return node.entries
    wrong_shape(node, what, "a mapping", findings, hint="Write `name: {...}`, one name for each.")
    return ()


def wrong_shape(node: Node, what: str, wanted: str, findings: Findings, hint: str = "") -> None:
    """The finding for a list where a value is wanted, and the like."""
    message = f"{what} must be {wanted}, this is {what_is(node)}."
    findings.add("P013", message, node.span, hint=hint or f"Write {wanted} here.")


def scalar(node: Node, what: str, findings: Findings) -> ScalarNode | None:
    """A node as a single value that is neither null nor blank."""
    if isinstance(node, ScalarNode) and node.text is not None and node.text.strip():
        return node
    wanted = "a single value"
    if isinstance(node, ScalarNode):
        findings.add("P013", f"{what} is empty.", node.span, hint="Write a value, or leave the key out.")
    else:
        wrong_shape(node, what, wanted, findings)
    return None


def one_of(node: ScalarNode, what: str, words: Mapping[str, E], findings: Findings, default: E) -> E:
    """What a word stands for; an unknown word is a finding that names the nearest."""
    text = (node.text or "").strip()
    if text in words:
        return words[text]
    findings.add(
        "P015", f'{what} cannot be "{text}".', node.span, hint=nearest(text, words) or "There are none; delete it."
    )
    return default


def words_of(kind: type[M]) -> dict[str, M]:
    """The members of an enumeration by the words that stand for them."""
    return {str(member.value): member for member in kind}


def decimal(node: ScalarNode, what: str, findings: Findings) -> Decimal | None:
    """A finite decimal number, exactly as written."""
    try:
        number = Literal((node.text or "").strip().replace("\N{MINUS SIGN}", "-")).number
    except InvalidOperation:  # an exponent that no decimal can have
        number = None
    if number is None:
        findings.add("P016", f"{what} must be a number.", node.span, hint="Write digits with a decimal point: 2.5")
    return number


_COLUMN = re.compile(r"([^.\s]+)\.(\S(?:.*\S)?)")


def column_ref(node: ScalarNode, findings: Findings) -> ColumnRef | None:
    """A column written ``table.column``."""
    found = _COLUMN.fullmatch((node.text or "").strip())
    if found:
        return ColumnRef(found[1], found[2])
    findings.add(
        "P023",
        "A column is written `table.column`.",
        node.span,
        hint='Name the table too: "patients.sex", for example.',
    )
    return None


def texts(node: Node, what: str, findings: Findings) -> tuple[str, ...]:
    """One value or a list of values, as text."""
    items: Iterable[Node] = node.items if isinstance(node, ListNode) else (node,)
    found = [scalar(item, what, findings) for item in items]
    return tuple(item.text.strip() for item in found if item is not None and item.text is not None)
