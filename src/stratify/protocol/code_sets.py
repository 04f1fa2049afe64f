"""``code`` of a rule and ``code_sets`` of a library: which codes, of which systems, with what lies below them."""

from __future__ import annotations

from collections.abc import Mapping

from stratify.diagnostics import Findings, Severity, nearest
from stratify.model.codes import CodeEntry, CodeSet, system_name
from stratify.protocol import shapes
from stratify.protocol.code_check import check_code
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, as_map, clean, named, scalar, wrong_shape


def read_code(node: Node, scope: Scope) -> CodeSet | None:
    """``code`` of a rule: a code, a list of codes, or a mapping; ``None`` after a finding.

    One word under ``in`` is the name of a library's set, a list under it holds codes: in a list nobody could tell the
    set ``platinum`` from a drug that is recorded as platinum.
    """
    if not isinstance(node, MapNode):
        return _of_codes(node, (None,), descendants=False, scope=scope)
    fields = scope.fields(node, shapes.CODE, keep=("in",))
    inside = fields.get("in")
    if inside is None:
        return None
    entry = scope.entry(inside)
    if entry is None and isinstance(inside, ScalarNode) and not (inside.text or "").strip().startswith("$"):
        return _named(inside, fields, scope)
    if entry is None and isinstance(inside, ScalarNode):
        return None  # scope.entry has said that there is no such parameter
    if isinstance(inside, MapNode):
        wrong_shape(inside, "`in`", "the name of a set or a list of codes", scope.findings, hint="Write `in: [C78.7]`.")
        return None
    systems = _systems(fields, scope.findings)
    descendants = fields.flag("descendants")
    return _of_codes(scope.resolve(inside), systems or (None,), descendants=descendants, scope=scope)


def _named(node: ScalarNode, fields: Fields, scope: Scope) -> CodeSet | None:
    name = scalar(node, "`in`", scope.findings)
    if name is None:
        return None
    for key in ("system", "descendants"):
        beside = fields.get(key)
        if beside is not None:
            scope.findings.add(
                "P322",
                f"`{key}` stands beside the name of a code set.",
                beside.span,
                why="The set says itself of which systems its codes are and what lies below them.",
                hint=f"Delete `{key}`, or list the codes: `in: [...]`.",
            )
    text, sets = clean(name.text or ""), scope.library.code_sets
    if text not in sets and not _library_is_missing(scope):
        scope.findings.add(
            "P320",
            f'Code set "{text}" is not known.',
            name.span,
            hint=_where_to_look(text, scope),
        )
    return sets.get(text)


def _library_is_missing(scope: Scope) -> bool:
    """Whether another finding says already that a library could not be read: its sets are not known for that."""
    return any(f.code.startswith("P30") and f.severity is Severity.ERROR for f in scope.findings.items)


def _where_to_look(name: str, scope: Scope) -> str:
    near = nearest(name, scope.library.code_sets)
    return near or f"List codes (`in: [{name}]`), or name a library that has the set under `use`."


def _of_codes(node: Node, systems: tuple[str | None, ...], *, descendants: bool, scope: Scope) -> CodeSet | None:
    entries = _entries(node, systems, descendants=descendants, findings=scope.findings)
    for item in node.items if isinstance(node, ListNode) else (node,):
        text = clean(item.text or "") if isinstance(item, ScalarNode) else ""
        if text in scope.library.code_sets:
            scope.findings.add(
                "P321",
                f'"{text}" names a code set, but stands where codes are written.',
                item.span,
                why="No row has that code, so the rule would ask for nothing.",
                hint=f"Write `code: {{in: {text}}}`; join several sets with `any`.",
            )
    return CodeSet(entries) if entries else None


def read_code_sets(node: Node, findings: Findings) -> Mapping[str, CodeSet]:
    """``code_sets`` of a library, by name."""
    sets: dict[str, CodeSet] = {}
    for key, value in named(node, "`code_sets`", findings):
        fields = as_map(value, shapes.CODE_SET, findings)
        codes = None if fields is None else fields.list("codes")
        if fields is None or codes is None:
            continue
        entries = tuple(entry for item in codes.items for entry in _library_entries(item, findings))
        if not codes.items:
            _nothing(codes, findings)
        if entries:
            name = clean(key.text or "")
            sets[name] = CodeSet(entries, name, fields.text("title"))
    return sets


def _library_entries(node: Node, findings: Findings) -> tuple[CodeEntry, ...]:
    fields = as_map(node, shapes.CODES, findings)
    codes = None if fields is None else fields.get("in")
    if fields is None or codes is None:
        return ()
    systems = _systems(fields, findings)
    return _entries(codes, systems, descendants=fields.flag("descendants"), findings=findings)


def _systems(fields: Fields, findings: Findings) -> tuple[str, ...]:
    node = fields.get("system")
    items = () if node is None else node.items if isinstance(node, ListNode) else (node,)
    written = [scalar(item, "`system`", findings) for item in items]
    return tuple(dict.fromkeys(system_name(item.text or "") for item in written if item is not None))


def _entries(
    node: Node, systems: tuple[str | None, ...], *, descendants: bool, findings: Findings
) -> tuple[CodeEntry, ...]:
    if isinstance(node, ListNode) and not node.items:
        _nothing(node, findings)
    written = [scalar(item, "A code", findings) for item in (node.items if isinstance(node, ListNode) else (node,))]
    found = [item for item in written if item is not None]
    entries = []
    for system in systems:
        sound = [item for item in found if check_code(clean(item.text or ""), system, descendants, item.span, findings)]
        codes = tuple(dict.fromkeys(clean(item.text or "") for item in sound))
        entries += [CodeEntry(codes, system, descendants)] if codes else []
    return tuple(entries)


def _nothing(node: Node, findings: Findings) -> None:
    findings.add("P021", "An empty code set selects nothing.", node.span, hint="Name the codes, or delete `code`.")
