"""``dictionary.yaml``: how a site's tables answer a protocol's names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stratify.diagnostics import Findings, StratifyError, nearest
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Absence, Dictionary, Grain, Measure, Reference, Table
from stratify.model.expression import ColumnRef
from stratify.protocol import shapes
from stratify.protocol.dictionary_codes import read_code_system, read_hierarchies
from stratify.protocol.envelope import check_format, in_order
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.paths import inside_folder
from stratify.protocol.source import (
    Fields,
    Shape,
    as_map,
    clean,
    column_ref,
    decimal,
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
    findings = Findings()
    text = read_text(path, findings, "dictionary")
    if text is None:
        raise StratifyError(findings.items)
    return parse_dictionary(text, str(path))


def parse_dictionary(text: str, file: str = "dictionary.yaml") -> Dictionary:
    """A data dictionary from its text; ``file`` is its name in findings. Raises as :func:`load_dictionary` does."""
    findings = Findings()
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
        if (measure := _measure(name, node, tables, findings)) is not None
    }
    _check_coverage(fields.get("tables"), tables, findings)
    _check_names(fields.get("measures"), measures, findings)
    patients = tables.get(PATIENTS)
    if patients is None or patients.grain is not Grain.ONE:
        _no_patients(fields, patients is None, findings)
        return None
    references = {
        reference.name: reference
        for name, node in named(fields.get("references"), "`references`", findings)
        if (reference := _reference(name, node, tables, findings)) is not None
    }
    return Dictionary(
        MappingProxyType(tables),
        MappingProxyType(measures),
        MappingProxyType(references),
        file,
        MappingProxyType(dict(read_hierarchies(fields.get("hierarchies"), references, findings))),
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
        absence=fields.word("absence_means", words_of(Absence), Absence.UNKNOWN),
        coverage=_coverage(fields, findings),
        code_system=read_code_system(fields, findings),
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


def _measure(name: ScalarNode, node: Node, tables: Mapping[str, Table], findings: Findings) -> Measure | None:
    fields = as_map(node, shapes.MEASURE, findings)
    if fields is None:
        return None
    table, value = fields.scalar("table"), fields.text("value")
    if table is not None and (table.text or "").strip() not in tables:
        findings.add(
            "P204",
            f'Table "{table.text}" is not known.',
            table.span,
            hint=nearest(table.text or "", tables) or "Add it.",
        )
    aliases = fields.get("aliases")
    unit = clean(fields.text("unit")) or None
    if table is None or not value:
        return None
    return Measure(
        name=clean(name.text or ""),
        table=(table.text or "").strip(),
        value=value,
        rows=MappingProxyType(_rows(fields, findings)),
        unit=unit,
        unit_column=fields.text("unit_column") or None,
        units=MappingProxyType(_units(fields, unit, findings)),
        reference_low=fields.text("ref_low") or None,
        reference_high=fields.text("ref_high") or None,
        plausible=_plausible(fields, findings),
        aliases=() if aliases is None else tuple(clean(text) for text in texts(aliases, "An alias", findings)),
    )


def _rows(fields: Fields, findings: Findings) -> dict[str, tuple[str, ...]]:
    inside = fields.map("rows")
    rows: dict[str, tuple[str, ...]] = {}
    for key, value in () if inside is None else inside.entries:
        values = tuple(clean(text) for text in texts(value, f"`{key.text}`", findings))
        if isinstance(value, ListNode) and not value.items:
            findings.add("P021", "An empty list selects no row.", value.span, hint="Name the values.")
        rows[(key.text or "").strip()] = values
    return rows


def _units(fields: Fields, unit: str | None, findings: Findings) -> dict[str, Decimal]:
    inside = fields.map("units")
    units: dict[str, Decimal] = {}
    for key, value in () if inside is None else inside.entries:
        written = scalar(value, f"The factor of {key.text}", findings)
        factor = None if written is None else decimal(written, f"The factor of {key.text}", findings)
        name = clean(key.text or "")
        if factor is None:
            continue
        if factor <= 0 or (name == unit and factor != 1):
            findings.add(
                "P205",
                f"The factor of {name} must be above 0." if factor <= 0 else f"The factor of {name} must be 1.",
                value.span,
                why=f"A value in {name} times the factor is the value in {unit or 'the unit of the measure'}.",
                hint="Write the factor of this analyte: 1 mg/dL creatinine is 88.4 umol/L.",
            )
        units[name] = factor
    if inside is not None and unit is None:
        findings.add("P206", "`units` needs `unit`, the unit they are converted to.", inside.span, hint="Add `unit:`.")
    return units


def _plausible(fields: Fields, findings: Findings) -> tuple[Decimal, Decimal] | None:
    node = fields.list("plausible")
    if node is None:
        return None
    written = [scalar(item, "A plausible limit", findings) for item in node.items]
    limits = [None if item is None else decimal(item, "A plausible limit", findings) for item in written]
    found = [limit for limit in limits if limit is not None]
    if len(limits) != 2 or (len(found) == 2 and found[0] > found[1]):
        findings.add(
            "P207", "`plausible` must be [lowest, highest].", node.span, hint="Write for example `plausible: [2, 25]`."
        )
        return None
    return (found[0], found[1]) if len(found) == 2 else None


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


def _check_names(node: Node | None, measures: Mapping[str, Measure], findings: Findings) -> None:
    owner: dict[str, str] = {}
    for measure in measures.values():
        for name in (measure.name, *measure.aliases):
            if name in owner:
                inside = node.get(measure.name) if isinstance(node, MapNode) else None
                findings.add(
                    "P209",
                    f'"{name}" names two measures: {owner[name]} and {measure.name}.',
                    None if inside is None else inside.span,
                    why="A rule that asks for it could mean either.",
                    hint="Give each measure names of its own.",
                )
            owner.setdefault(name, measure.name)
