"""The section ``ref_fallback`` of a dictionary, reference limits for rows that have none, and its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from stratify.diagnostics import Findings, nearest
from stratify.model.dictionary import Grain, Reference, Table
from stratify.model.fallback import Fallback, FallbackKey
from stratify.protocol import shapes
from stratify.protocol.categories import read_categories
from stratify.protocol.nodes import Node
from stratify.protocol.source import Fields, as_map, clean

_Quoted = Callable[[str], str]


def read_fallback(
    node: Node | None, tables: Mapping[str, Table], references: Mapping[str, Reference], findings: Findings
) -> Fallback | None:
    """Which reference table has limits for rows without, and what its columns are."""
    fields = None if node is None else as_map(node, shapes.FALLBACK, findings)
    if fields is None:
        return None
    _check_reference(fields, references)
    _check_ages(fields, tables)
    site, sex = (_key(fields, name, tables) for name in ("site", "sex"))
    low, high = fields.text("low") or None, fields.text("high") or None
    if not (fields.has("low") or fields.has("high")):
        findings.add(
            "P236",
            "`ref_fallback` names no column with a limit.",
            fields.span,
            why="No row would have a limit by it.",
            hint="Name `high`, `low`, or both.",
        )
    reference, measure = clean(fields.text("reference")), fields.text("measure")
    if not reference or not measure or (low is None and high is None):
        return None
    return Fallback(
        reference,
        measure,
        low,
        high,
        fields.text("unit") or None,
        site,
        sex,
        fields.text("age_from") or None,
        fields.text("age_to") or None,
    )


def _check_reference(fields: Fields, references: Mapping[str, Reference]) -> None:
    node = fields.scalar("reference")
    name = "" if node is None else clean(node.text or "")
    if node is not None and name not in references:
        fields.findings.add(
            "P234",
            f'The limits of `ref_fallback` are in "{name}", which is not under `references`.',
            node.span,
            hint=nearest(name, references) or "Add it under `references`.",
        )


def _check_ages(fields: Fields, tables: Mapping[str, Table]) -> None:
    node = fields.get("age_from") or fields.get("age_to")
    if node is not None and all(table.birth is None for table in tables.values()):
        fields.findings.add(
            "P237",
            "The limits are by age, and no table has a date of birth.",
            node.span,
            why="No patient would have an age, so that no line by age could ever apply.",
            hint="Name the column, in its table: `birth: birth_date`.",
        )


def _key(fields: Fields, name: str, tables: Mapping[str, Table]) -> FallbackKey | None:
    node = fields.get(name)
    inside = None if node is None else as_map(node, shapes.FALLBACK_KEY, fields.findings)
    if inside is None:
        return None
    column, patients, written = inside.text("column"), inside.column("from"), inside.scalar("from")
    if patients is None or written is None:
        return None
    table = tables.get(patients.table)
    if table is None or table.grain is Grain.MANY:
        hint = "Name a column of a table with `grain: one`, such as patients."
        fields.findings.add(
            "P235",
            f"The {name} of a patient, {patients}, is not in a table with one row per patient.",
            written.span,
            why="Which of several rows should say it?",
            hint=(nearest(patients.table, tables) or hint) if table is None else hint,
        )
    words = read_categories(inside, fields.findings)
    names = {category: category for category in words.values()}
    return FallbackKey(column, patients, MappingProxyType(names | words)) if column else None


# --- as text -----------------------------------------------------------------------------------------------------


def fallback_lines(fallback: Fallback | None, quoted: _Quoted) -> list[str]:
    """The section as lines of YAML; none without one."""
    if fallback is None:
        return []
    keys = {"site": fallback.site, "sex": fallback.sex}
    written = {"reference": quoted(fallback.reference)}
    for role, column in fallback.columns.items():
        key = keys.get(role)
        written[role] = quoted(column) if key is None else _key_text(key, quoted)
    return ["ref_fallback:", *(f"  {name}: {text}" for name, text in written.items())]


def _key_text(key: FallbackKey, quoted: _Quoted) -> str:
    parts = [f"column: {quoted(key.column)}", f"from: {quoted(str(key.patients))}"]
    groups: dict[str, list[str]] = {}
    for text, category in key.words.items():
        groups.setdefault(category, []).append(quoted(text))
    if groups:
        inside = ", ".join(f"{quoted(category)}: [{', '.join(texts)}]" for category, texts in groups.items())
        parts.append(f"categories: {{{inside}}}")
    return f"{{{', '.join(parts)}}}"
