"""What a dictionary says of codes: of which system a table's are, and what lies below them."""

from __future__ import annotations

from collections.abc import Mapping

from stratify.diagnostics import Findings, nearest
from stratify.model.codes import CodeSystems, RowSystems, has_levels, system_name
from stratify.model.dictionary import Hierarchy, Reference
from stratify.protocol import shapes
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.source import Fields, as_map, clean, named, scalar, texts, wrong_shape


def read_code_system(fields: Fields, findings: Findings) -> CodeSystems | None:
    """``code_system`` of a table: one system, or the column in which each row says its own."""
    node = fields.get("code_system")
    if node is None:
        return None
    if not fields.has("code"):
        findings.add(
            "P211",
            "The table has a system of codes, but no column of codes.",
            node.span,
            hint="Name the column: `code: column`.",
        )
    if not isinstance(node, MapNode):
        written = scalar(node, "`code_system`", findings)
        return None if written is None else system_name(written.text or "")
    inside = Fields(node, shapes.ROW_SYSTEMS, findings)
    column, systems = inside.text("column"), _systems(inside.get("systems"), findings)
    return RowSystems(column, systems) if column and systems else None


def _systems(node: Node | None, findings: Findings) -> dict[str, str]:
    """The systems by what the rows say: a mapping, or a list of values that are systems' names themselves."""
    if node is None:
        return {}
    if isinstance(node, MapNode):
        written = [(key, scalar(value, f"The system of {key.text}", findings)) for key, value in node.entries]
        systems = {clean(key.text or ""): system_name(name.text or "") for key, name in written if name is not None}
    elif isinstance(node, ListNode):
        systems = {clean(text): system_name(text) for text in texts(node, "A system", findings)}
    else:
        wrong_shape(node, "`systems`", "a mapping or a list", findings, hint="Write `systems: {ICD10CM: ICD-10-CM}`.")
        return {}
    if not systems:
        findings.add("P021", "No system is named, so no code could be told.", node.span, hint="Name the systems.")
    return systems


def read_hierarchies(
    node: Node | None, references: Mapping[str, Reference], findings: Findings
) -> Mapping[str, Hierarchy]:
    """``hierarchies``, by the one name of the system."""
    found: dict[str, Hierarchy] = {}
    for key, value in named(node, "`hierarchies`", findings):
        system = system_name(key.text or "")
        _check_system(key, system, found, findings)
        fields = as_map(value, shapes.HIERARCHY, findings)
        reference = None if fields is None else fields.scalar("reference")
        if fields is None or reference is None:
            continue
        name = clean(reference.text or "")
        if name not in references:
            findings.add(
                "P212",
                f'Reference "{name}" is not known.',
                reference.span,
                hint=nearest(name, references) or "Add it under `references`.",
            )
        above, below = fields.text("ancestor"), fields.text("descendant")
        if above and below:
            found[system] = Hierarchy(name, above, below)
    return found


def _check_system(key: ScalarNode, system: str, found: Mapping[str, Hierarchy], findings: Findings) -> None:
    if system in found:
        findings.add(
            "P213",
            f"System {system} has two hierarchies.",
            key.span,
            why="What lies below a code would depend on which is asked.",
            hint="Keep one; two names of a system are one system.",
        )
    if has_levels(system):
        findings.add(
            "P214",
            f"System {system} has its hierarchy in its codes.",
            key.span,
            why="What lies below a code are the longer ones that begin with it, so the table would not be asked.",
            hint="Delete the hierarchy.",
        )
