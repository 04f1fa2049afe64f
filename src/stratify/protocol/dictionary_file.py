"""``dictionary.yaml``: how a site's tables answer a protocol's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stratify.diagnostics import Findings, StratifyError, nearest
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Absence, Dictionary, Grain, Reference, Table
from stratify.model.expression import ColumnRef
from stratify.protocol import shapes
from stratify.protocol.dictionary_codes import read_code_system, read_hierarchies
from stratify.protocol.dictionary_fallback import read_fallback
from stratify.protocol.dictionary_measures import check_names, read_measure
from stratify.protocol.envelope import FileFindings, check_format, in_order
from stratify.protocol.genomics_file import read_genomics
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.paths import inside_folder
from stratify.protocol.source import (
    Fields,
    Shape,
    as_map,
    clean,
    column_ref,
    named,
    scalar,
    texts,
    words_of,
    wrong_shape,
)
from stratify.protocol.yaml_source import read_text, read_yaml

DICTIONARY_FORMAT = "stratify-dictionary/1"
"""The version of the data dictionary that this room reads and writes."""


def load_dictionary(path: Path) -> Dictionary:
    """A data dictionary from its file.

    Raises
    ------
    StratifyError
        With every finding: of the YAML, of unknown keys, and of names that refer to nothing.
    """
    findings = FileFindings()
    text = read_text(path, findings, "dictionary")
    if text is None:
        raise StratifyError(findings.items)
    return parse_dictionary(text, str(path))


def parse_dictionary(text: str, file: str = "dictionary.yaml") -> Dictionary:
    """A data dictionary from its text; ``file`` is its name in findings. Raises as :func:`load_dictionary` does."""
    findings = FileFindings()
    root = read_yaml(text, file, findings)
    fields = None if root is None else as_map(root, shapes.DICTIONARY, findings)
    dictionary = None if fields is None else _dictionary(fields, file, findings)
    if dictionary is None or findings.errors:
        raise StratifyError(in_order(findings))
    return dictionary


def _dictionary(fields: Fields, file: str, findings: Findings) -> Dictionary | None:
    check_format(fields, DICTIONARY_FORMAT, findings)
    key = fields.text("key", PATIENT_KEY)
    zone = _zone(fields, findings)
    tables = {
        table.name: table
        for name, node in named(fields.get("tables"), "`tables`", findings)
        if (table := _table(name, node, key, zone, findings)) is not None
    }
    measures = {
        measure.name: measure
        for name, node in named(fields.get("measures"), "`measures`", findings)
        if (measure := read_measure(name, node, tables, findings)) is not None
    }
    _check_coverage(fields.get("tables"), tables, findings)
    check_names(fields.get("measures"), measures, findings)
    patients = tables.get(PATIENTS)
    if patients is None or patients.grain is not Grain.ONE:
        _no_patients(fields, patients is None, findings)
        return None
    references = {
        reference.name: reference
        for name, node in named(fields.get("references"), "`references`", findings)
        if (reference := _reference(name, node, tables, findings)) is not None
    }
    genomics = read_genomics(fields.get("genomics"), tables, references, findings)
    return Dictionary(
        MappingProxyType(tables),
        MappingProxyType(measures),
        MappingProxyType(references),
        file,
        MappingProxyType(dict(read_hierarchies(fields.get("hierarchies"), references, findings))),
        genomics,
        read_fallback(fields.get("ref_fallback"), tables, references, findings),
    )


def _no_patients(fields: Fields, missing: bool, findings: Findings) -> None:
    node = fields.get("tables")
    if node is None or (missing and isinstance(node, MapNode) and node.get(PATIENTS) is not None):
        return  # another finding says that it is missing, or why it could not be read
    message = "There is no table `patients`." if missing else "The table `patients` must have `grain: one`."
    findings.add(
        "P201",
        message,
        node.span,
        why="It says who the patients are: one row for each.",
        hint="Add `patients: {file: ..., grain: one}`.",
    )


def _zone(fields: Fields, findings: Findings) -> str | None:
    node = fields.scalar("zone")
    if node is None or node.text is None:
        return None
    try:
        ZoneInfo(node.text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        findings.add(
            "P202", f'"{node.text}" is no IANA time zone.', node.span, hint="Write for example Europe/Berlin or UTC."
        )
        return None
    return node.text


def _table(name: ScalarNode, node: Node, key: str, zone: str | None, findings: Findings) -> Table | None:
    title = clean(name.text or "")
    fields = _shaped(name, node, shapes.TABLE, findings)
    if fields is None:
        return None
    inside_folder(fields, "file", findings)
    dates = fields.get("dates")
    ongoing = fields.map("ongoing")
    grain = Grain.ONE if title == PATIENTS else Grain.MANY
    return Table(
        name=title,
        file=fields.text("file"),
        key=fields.text("key", key),
        grain=fields.word("grain", words_of(Grain), grain),
        columns=MappingProxyType(_columns(fields, findings)),
        date=fields.text("date") or None,
        end=fields.text("end") or None,
        code=fields.text("code") or None,
        dates=() if dates is None else texts(dates, "A date column", findings),
        birth=fields.text("birth") or None,
        zone=_zone(fields, findings) if fields.has("zone") else zone,
        ongoing=None if ongoing is None else _ongoing(ongoing, findings),
        sequence=fields.text("sequence") or None,
        absence=fields.word("absence_means", words_of(Absence), Absence.UNKNOWN),
        coverage=_coverage(fields, findings),
        code_system=read_code_system(fields, findings),
        units=MappingProxyType(dict(_units(fields, findings))),
    )


def _reference(name: ScalarNode, node: Node, tables: Mapping[str, Table], findings: Findings) -> Reference | None:
    title = clean(name.text or "")
    fields = _shaped(name, node, shapes.REFERENCE, findings)
    if fields is None:
        return None
    if title in tables:
        findings.add(
            "P210",
            f'"{title}" names a table of patients and a reference.',
            name.span,
            why="A rule or another part of the dictionary that names it could mean either.",
            hint="Give the reference a name of its own.",
        )
    inside_folder(fields, "file", findings)
    return Reference(title, fields.text("file"), MappingProxyType(_columns(fields, findings)))


def _shaped(name: ScalarNode, node: Node, shape: Shape, findings: Findings) -> Fields | None:
    """A named entry, which may be empty: ``labs:`` alone has no keys."""
    return Fields(MapNode((), name.span), shape, findings) if _is_null(node) else as_map(node, shape, findings)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.text is None


def _columns(fields: Fields, findings: Findings) -> dict[str, str]:
    columns: dict[str, str] = {}
    places: dict[str, str] = {}
    inside = fields.map("columns")
    for key, value in () if inside is None else inside.entries:
        written = scalar(value, f"`{key.text}`", findings)
        if written is None or written.text is None:
            continue
        logical, physical = (key.text or "").strip(), written.text.strip()
        if physical in places:
            findings.add(
                "P203",
                f'Two names stand for the column "{physical}": {places[physical]} and {logical}.',
                written.span,
                hint="Keep one name and use it in the rules.",
            )
        places[physical] = logical
        columns[logical] = physical
    return columns


def _ongoing(node: MapNode, findings: Findings) -> tuple[str, str] | None:
    if len(node.entries) != 1:
        wrong_shape(node, "`ongoing`", "one column with one value", findings, hint="Write `ongoing: {status: active}`.")
        return None
    key, value = node.entries[0]
    written = scalar(value, "`ongoing`", findings)
    return None if written is None else ((key.text or "").strip(), clean(written.text or ""))


def _units(fields: Fields, findings: Findings) -> Iterator[tuple[str, str]]:
    node = fields.map("units")
    for key, value in () if node is None else node.entries:
        written = scalar(value, f"The unit of {key.text}", findings)
        if written is not None:
            yield clean(key.text or ""), clean(written.text or "")


def _coverage(fields: Fields, findings: Findings) -> tuple[ColumnRef, ColumnRef] | None:
    node = fields.list("coverage")
    if node is None:
        return None
    if len(node.items) != 2:
        findings.add(
            "P013",
            "`coverage` must be a list of two columns.",
            node.span,
            hint="Write `coverage: [patients.first_visit, patients.last_visit]`.",
        )
        return None
    written = [scalar(item, "A column of `coverage`", findings) for item in node.items]
    first, last = (None if item is None else column_ref(item, findings) for item in written)
    return None if first is None or last is None else (first, last)


def _check_coverage(node: Node | None, tables: Mapping[str, Table], findings: Findings) -> None:
    for table in tables.values():
        inside = node.get(table.name) if isinstance(node, MapNode) else None
        places = inside.get("coverage") if isinstance(inside, MapNode) else None
        for position, column in enumerate(table.coverage or ()):
            other = tables.get(column.table)
            if other is not None and other.grain is Grain.ONE:
                continue
            where = places.items[position].span if isinstance(places, ListNode) else None
            hint = "Name a column of a table with `grain: one`."
            findings.add(
                "P208",
                f"Coverage column {column} is not in a table with one row per patient.",
                where,
                hint=(nearest(column.table, tables) or hint) if other is None else hint,
            )
