"""Text to tree: YAML read as text, with the line and column of every node, and without its surprises.

Gene ``NO``, ``12:30``, ``1E30``, ``1.10``, ``08`` and ``yes`` stay what was written; only ``null``, ``~`` and an empty
value are null. Duplicate keys, aliases, tags and further documents are findings. Size, number and depth of nodes are
bounded, so that no file can occupy a machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from stratify.diagnostics import ExitCode, Finding, Findings, SourceSpan, StratifyError
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode, what_is

MAX_BYTES = 2_000_000
"""Largest file read, in bytes."""
MAX_NODES = 100_000
"""Most values and keys a file may have."""
MAX_CHARACTERS = 20_000
"""Longest value or key, in characters."""
MAX_DEPTH = 60
"""Deepest nesting of lists and mappings."""

_NULLS = {"", "~", "null", "Null", "NULL"}


def read_text(path: Path, findings: Findings, kind: str) -> str | None:
    """The text of a UTF-8 file; ``None`` with a finding where it is none. ``kind`` names it: "protocol".

    Raises
    ------
    StratifyError
        The file is not there or cannot be opened (P001): bad data, as where a table is not there.
    """
    file = str(path)
    raw = _read_bytes(path, findings, kind)
    if raw is None:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        findings.add(
            "P002",
            f"The {kind} is not UTF-8 text: byte {error.start + 1} does not belong to any character.",
            _place(file, before, len(before)),
            why="A file in another encoding would be read with other letters than were written.",
            hint="Save the file as UTF-8.",
        )
        return None


def _read_bytes(path: Path, findings: Findings, kind: str) -> bytes | None:
    try:
        if path.is_file():
            if path.stat().st_size <= MAX_BYTES:
                return path.read_bytes()
            _too_big(findings, SourceSpan(str(path), 1, 1))
            return None
        reason = "it is a folder" if path.is_dir() else "there is no such file"
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
    message = f"The {kind} {str(path)!r} cannot be read: {reason}."
    raise StratifyError([Finding("P001", message, hint="Give the path of a readable YAML file.")], ExitCode.BAD_DATA)


def read_yaml(text: str, file: str, findings: Findings) -> Node | None:
    """The tree of a text with one YAML document; ``None`` with findings where it cannot be read as one."""
    if len(text) > MAX_BYTES:
        _too_big(findings, SourceSpan(file, 1, 1))
        return None
    text = text.removeprefix("\ufeff")
    composer = _Composer(text, file, findings)
    try:
        return composer.document()
    except _RefusedError:
        return None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = SourceSpan(file, mark.line + 1, mark.column + 1) if mark is not None else SourceSpan(file, 1, 1)
        findings.add("P004", f"This is not YAML: {_problem(error)}.", where, hint=_hint(error, composer.line(where)))
    except ReaderError as error:
        findings.add(
            "P004",
            f"This is not YAML: a control character (U+{ord(text[error.position]):04X}) stands in the text.",
            _place(file, text, error.position),
            hint="Delete the character.",
        )
    except (YAMLError, ValueError):
        findings.add("P004", "This is not YAML.", SourceSpan(file, 1, 1), hint="Check the file in a YAML editor.")
    return None


class _RefusedError(Exception):
    """Reading stops; the finding has been made."""


class _Composer:
    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self.file = file
        self.findings = findings
        self.lines = text.splitlines()
        self.events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self.count = 0
        self.aliased = False

    def line(self, where: SourceSpan) -> str:
        return self.lines[where.line - 1] if where.line <= len(self.lines) else ""

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse("P008", "A second YAML document starts here.", event, "Keep one document in a file.")
                root = self.node(next(self.events), 1)
        if root is None:
            self.findings.add("P009", "The file is empty.", SourceSpan(self.file, 1, 1), hint="Write a mapping.")
        return None if self.aliased else root  # what an alias stands for is not there to be judged

    def node(self, event: Event, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            self.refuse("P003", f"The file has more than {MAX_NODES} values.", event, "Split it.")
        if depth > MAX_DEPTH:
            self.refuse("P003", f"Lists and mappings are nested deeper than {MAX_DEPTH}.", event, "Use `define`.")
        self.check_decoration(event)
        match event:
            case ScalarEvent():
                return self.scalar(event)
            case SequenceStartEvent():
                return self.list(event, depth)
            case MappingStartEvent():
                return self.map(event, depth)
            case _:  # an alias, already a finding
                return ScalarNode(None, self.span(event))

    def check_decoration(self, event: Event) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "ctag", None)
        self.aliased = self.aliased or isinstance(event, AliasEvent)
        if isinstance(event, AliasEvent) or anchor is not None:
            mark = "*" if isinstance(event, AliasEvent) else "&"
            self.findings.add(
                "P006",
                f"YAML {'alias' if mark == '*' else 'anchor'} `{mark}{anchor}` is not accepted.",
                self.span(event),
                why="A reviewer should read what a rule says where it stands; aliases also let a small file grow.",
                hint=f"Use `define` and `ref`, or quote a text that starts with {mark}.",
            )
        if tag is not None:
            self.findings.add(
                "P007",
                f"YAML tag `{tag}` is not accepted.",
                self.span(event),
                why="Values are typed by the rule language, never by YAML.",
                hint='Put a comparison in quotes: is: "!= yes".',
            )

    def scalar(self, event: ScalarEvent) -> ScalarNode:
        span = self.span(event)
        text: str | None = event.value
        if len(event.value) > MAX_CHARACTERS:
            self.refuse("P003", f"A value is longer than {MAX_CHARACTERS:,} characters.", event, "Shorten it.")
        if event.ctag == "!=":  # what was meant, so that the tag is the only finding
            return ScalarNode(f"!= {text}", span)
        if event.style is None and text in _NULLS:
            return ScalarNode(None, span)
        inner = span.column + (1 if event.style in {"'", '"'} else 0)
        literal = text is not None and self.line(span)[inner - 1 :].startswith(text)
        return ScalarNode(text, span, inner if literal and event.style not in {"|", ">"} else None)

    def list(self, start: SequenceStartEvent, depth: int) -> ListNode:
        items: list[Node] = []
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                break
            items.append(self.node(event, depth + 1))
        return ListNode(tuple(items), self.span(start))

    def map(self, start: MappingStartEvent, depth: int) -> MapNode:
        entries: list[tuple[ScalarNode, Node]] = []
        seen: dict[str, SourceSpan] = {}
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                break
            key = self.key(self.node(event, depth + 1), seen)
            value = self.node(next(self.events), depth + 1)
            if key is not None:
                entries.append((key, value))
        return MapNode(tuple(entries), self.span(start))

    def key(self, node: Node, seen: dict[str, SourceSpan]) -> ScalarNode | None:
        if not isinstance(node, ScalarNode) or node.text is None:
            self.findings.add("P013", f"A key must be text, this is {what_is(node)}.", node.span, hint="Write a name.")
            return None
        if node.text == "<<":
            self.findings.add("P006", "YAML merge `<<` is not accepted.", node.span, hint="Use `define` and `ref`.")
            return None
        if node.text in seen:
            first = seen[node.text]
            self.findings.add(
                "P005",
                f'Key "{node.text}" stands twice; first at line {first.line}, column {first.column}.',
                node.span,
                why="Only one of the two values could count, and a reader cannot tell which.",
                hint="Delete or rename one.",
            )
            return None
        seen[node.text] = node.span
        return node

    def span(self, event: Event) -> SourceSpan:
        mark = event.start_mark
        return SourceSpan(self.file, mark.line + 1, mark.column + 1)

    def refuse(self, code: str, message: str, event: Event, hint: str) -> None:
        self.findings.add(code, message, self.span(event), hint=hint)
        raise _RefusedError


def _too_big(findings: Findings, where: SourceSpan) -> None:
    findings.add("P003", f"The file is larger than {MAX_BYTES // 1_000_000} MB.", where, hint="Split it.")


def _place(file: str, text: str, index: int) -> SourceSpan:
    before = text[:index]
    return SourceSpan(file, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _problem(error: MarkedYAMLError) -> str:
    parts = (error.context, error.problem)
    return ", ".join(str(part) for part in parts if part).replace("\t", "\\t") or "the text cannot be parsed"


def _hint(error: MarkedYAMLError, line: str) -> str:
    problem = f"{error.context or ''} {error.problem or ''}"
    if "\\t" in repr(problem) or "\t" in line[: len(line) - len(line.lstrip())]:
        return "Indent with spaces, never with tabs."
    return next((hint for words, hint in _HINTS.items() if words in problem), "Check the indentation here and above.")


_HINTS = {
    "block scalar": 'Put comparisons in quotes: is: "> 5".',
    "quoted scalar": "Close the quotes.",
    "mapping values are not allowed": "Check the indentation, and put a text that contains a colon in quotes.",
    "flow": "Close every [ with ] and every { with }, and separate items with commas.",
    "cannot start any token": "Put a text that starts with %, @ or ` in quotes.",
}
