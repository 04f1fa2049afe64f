"""The section ``genomics`` of a dictionary, and its text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields as fields_of

from stratify.diagnostics import Findings, nearest
from stratify.model.genomic_words import CALL_GROUPS, CopyState, Origin, VafUnit, Words, word, words_of
from stratify.model.genomics import AssayTable, CopyNumberTable, FusionTable, Genomics, Panels, VariantTable
from stratify.model.variant_class import CLASSES
from stratify.protocol import shapes
from stratify.protocol.nodes import MapNode, Node
from stratify.protocol.source import Fields, as_map, clean, texts
from stratify.protocol.source import words_of as members

_Quoted = Callable[[str], str]

_ORIGINS = tuple(member.value for member in Origin)
_STATES = tuple(member.value for member in CopyState)
_RENAMED = {"consequence": "class"}
"""Fields that have another name in the file, ``class`` being a word of Python."""


def read_genomics(node: Node | None, tables: Iterable[str], references: Iterable[str], findings: Findings) -> Genomics:
    """The genomic tables that the section names."""
    section = None if node is None else as_map(node, shapes.GENOMICS, findings)
    if section is None:
        return Genomics()
    known, listed = tuple(tables), tuple(references)
    parts = {
        name: inside
        for name, shape in shapes.GENOMIC_TABLES.items()
        if (written := section.get(name)) is not None and (inside := as_map(written, shape, findings)) is not None
    }
    for name, fields in parts.items():
        _check_table(fields, "reference" if name == "panels" else "table", listed if name == "panels" else known)
    types = section.map("assay_types")
    return Genomics(
        _variants(parts["variants"]) if "variants" in parts else None,
        _copy_number(parts["copy_number"]) if "copy_number" in parts else None,
        _fusions(parts["fusions"]) if "fusions" in parts else None,
        _assays(parts["assays"]) if "assays" in parts else None,
        _panels(parts["panels"]) if "panels" in parts else None,
        words_of(()) if types is None else _assay_types(types, findings),
    )


def _check_table(fields: Fields, key: str, known: tuple[str, ...]) -> None:
    node = fields.scalar(key)
    name = "" if node is None else clean(node.text or "")
    if node is not None and name not in known:
        section = "references" if key == "reference" else "tables"
        fields.findings.add(
            "P220",
            f'{fields.shape.what} is in "{name}", which is not under `{section}`.',
            node.span,
            hint=nearest(name, known) or f"Add it under `{section}`.",
        )


def _variants(fields: Fields) -> VariantTable:
    return VariantTable(
        fields.text("table"),
        fields.text("gene"),
        fields.text("protein") or None,
        fields.text("class") or None,
        fields.text("exon") or None,
        fields.text("vaf") or None,
        fields.word("vaf_unit", members(VafUnit), VafUnit.PERCENT),
        fields.text("origin") or None,
        fields.text("call") or None,
        fields.text("assay") or None,
        _words(fields, "origins", _ORIGINS),
        _words(fields, "calls", tuple(CALL_GROUPS)),
        _words(fields, "classes", CLASSES),
    )


def _copy_number(fields: Fields) -> CopyNumberTable:
    return CopyNumberTable(
        fields.text("table"),
        fields.text("gene"),
        fields.text("call"),
        fields.text("origin") or None,
        fields.text("assay") or None,
        _words(fields, "calls", _STATES),
        _words(fields, "origins", _ORIGINS),
    )


def _fusions(fields: Fields) -> FusionTable:
    return FusionTable(
        fields.text("table"),
        fields.text("gene"),
        fields.text("partner") or None,
        fields.text("origin") or None,
        fields.text("assay") or None,
        _words(fields, "origins", _ORIGINS),
    )


def _assays(fields: Fields) -> AssayTable:
    return AssayTable(
        fields.text("table"),
        fields.text("assay") or None,
        fields.text("panel") or None,
        fields.text("gene") or None,
    )


def _panels(fields: Fields) -> Panels:
    return Panels(
        fields.text("reference"),
        fields.text("panel"),
        fields.text("gene"),
        fields.text("exon") or None,
        fields.text("protein") or None,
        fields.text("finds") or None,
    )


def _words(fields: Fields, key: str, known: tuple[str, ...]) -> Words:
    """The site's own words under one key: ``{amplification: ["2", AMP]}``."""
    node = fields.map(key)
    pairs = [] if node is None else list(_pairs(node, fields.findings, known))
    return words_of(pairs)


def _assay_types(node: MapNode, findings: Findings) -> Words:
    names = [clean(key.text or "") for key, _ in node.entries]
    return words_of([*((name, name) for name in names), *_pairs(node, findings, None)])


def _pairs(node: MapNode, findings: Findings, known: tuple[str, ...] | None) -> Iterable[tuple[str, str]]:
    seen: dict[str, str] = {}
    for key, value in node.entries:
        meaning = clean(key.text or "")
        if known is not None and meaning not in known:
            hint = nearest(meaning, known) or f"Known: {', '.join(known)}."
            findings.add("P221", f'"{meaning}" is no word that rules ask for.', key.span, hint=hint)
            continue
        for text in texts(value, f"`{key.text}`", findings):
            other = seen.setdefault(word(text), meaning)
            if other != meaning:
                findings.add(
                    "P222",
                    f'"{text}" is said to mean both {other} and {meaning}.',
                    value.span,
                    why="A row with this word would be both.",
                    hint="Keep it in one of the two lists.",
                )
            yield text, meaning


# --- as text -----------------------------------------------------------------------------------------------------


def genomics_lines(genomics: Genomics, quoted: _Quoted) -> list[str]:
    """The section as lines of YAML; empty where it says nothing."""
    parts = {name: getattr(genomics, name) for name in shapes.GENOMIC_TABLES}
    lines = [f"  {name}: {{{_entries(part, quoted)}}}" for name, part in parts.items() if part is not None]
    if genomics.assay_types:
        lines.append(f"  assay_types: {_grouped(genomics.assay_types, quoted)}")
    return ["genomics:", *lines] if lines else []


def _entries(part: object, quoted: _Quoted) -> str:
    found = []
    for item in fields_of(part):  # type: ignore[arg-type]
        value = getattr(part, item.name)
        name = _RENAMED.get(item.name, item.name)
        if isinstance(value, VafUnit):
            found += [f"{name}: {quoted(value.value)}"] if value is not VafUnit.PERCENT else []
        elif isinstance(value, str):
            found.append(f"{name}: {quoted(value)}")
        elif isinstance(value, Mapping) and value:
            found.append(f"{name}: {_grouped(value, quoted)}")
    return ", ".join(found)


def _grouped(words: Words, quoted: _Quoted) -> str:
    groups: dict[str, list[str]] = {}
    for text, meaning in words.items():
        groups.setdefault(meaning, []).append(quoted(text))
    found = [f"{quoted(meaning)}: [{', '.join(texts)}]" for meaning, texts in groups.items()]
    return f"{{{', '.join(found)}}}"
