"""The measures of ``dictionary.yaml``: rows, value, units and what is plausible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from stratify.diagnostics import Findings, nearest
from stratify.model.analytes import IDENTITY, Analyte, analyte, analytes, conversion, readable_units
from stratify.model.dictionary import Measure, Table
from stratify.model.gene import gene_symbol
from stratify.model.measure_units import named_analytes
from stratify.protocol import shapes
from stratify.protocol.categories import read_categories
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.source import Fields, as_map, clean, decimal, scalar, texts

_NONE = "none"
_DIGITS = 30
"""Powers of ten that no factor between units and no plausible value has."""


def read_measure(name: ScalarNode, node: Node, tables: Mapping[str, Table], findings: Findings) -> Measure | None:
    """A measure as the dictionary has it; ``None`` with findings where it has no table or no value."""
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
    unit = clean(fields.text("unit")) or None
    written = fields.get("aliases")
    aliases = () if written is None else tuple(clean(text) for text in texts(written, "An alias", findings))
    title = clean(name.text or "")
    categories, phenotypes = read_categories(fields, findings), gene_symbol(fields.text("phenotypes")) or None
    words = bool(categories) or phenotypes is not None
    analyte = None if words else _analyte(fields, name, (title, *aliases), unit, findings)
    plausible = fields.get("plausible")
    any_value = isinstance(plausible, ScalarNode) and plausible.text == _NONE
    if table is None or not value:
        return None
    return Measure(
        name=title,
        table=(table.text or "").strip(),
        value=value,
        rows=MappingProxyType(_rows(fields, findings)),
        unit=unit,
        unit_column=fields.text("unit_column") or None,
        units=MappingProxyType(_units(fields, unit, findings)),
        reference_low=fields.text("ref_low") or None,
        reference_high=fields.text("ref_high") or None,
        plausible=None if any_value else _plausible(fields, findings),
        aliases=aliases,
        analyte=analyte,
        any_value=any_value,
        censored=fields.flag("censored"),
        categories=MappingProxyType(categories),
        phenotypes=phenotypes,
        assay=fields.text("assay") or None,
        specimen=fields.text("specimen") or None,
    )


def _analyte(
    fields: Fields, name: ScalarNode, names: Sequence[str], unit: str | None, findings: Findings
) -> Analyte | None:
    """The analyte that is named under ``analyte``, or that the measure's names mean."""
    node = fields.scalar("analyte")
    if node is not None:
        return _named_analyte(node, unit, findings)
    found = named_analytes(names, unit)
    if len(found) > 1:
        ids = " and ".join(analyte.id for analyte in found)
        findings.add(
            "P230",
            f'The names of measure "{names[0]}" are those of different analytes: {ids}.',
            name.span,
            why="Each has factors between units of its own.",
            hint=f"Write `analyte: {found[0].id}`, or `analyte: none` to convert nothing.",
        )
    return found[0] if len(found) == 1 else None


def _named_analyte(node: ScalarNode, unit: str | None, findings: Findings) -> Analyte | None:
    written = clean(node.text or "")
    if written == _NONE:
        return None
    found = analyte(written)
    if found is None:
        findings.add(
            "P231",
            f'There is no analyte "{written}".',
            node.span,
            why="The table of analytes has the factors between units, and nothing is converted without them.",
            hint=nearest(written, analytes()) or "Write `analyte: none`, and factors under `units`.",
        )
    elif unit is None:
        findings.add(
            "P233",
            "`analyte` needs `unit`, the unit that values are converted to.",
            node.span,
            why="A number without a unit may be in any of the analyte's.",
            hint=f"Add `unit: {found.unit}`, or whichever the data have.",
        )
    elif conversion(found, unit, found.unit) is None:
        findings.add(
            "P232",
            f"{found.id} cannot be read in {unit}.",
            node.span,
            why="Its factors between units would turn every value into another.",
            hint=f"Units of {found.id}: {', '.join(readable_units(found))}.",
        )
    else:
        return found
    return None


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
        wrong = _wrong_factor(name, unit, factor)
        if wrong:
            findings.add(
                "P205",
                f"The factor of {name} must be {wrong}.",
                value.span,
                why=f"A value in {name} times the factor is the value in {unit or 'the unit of the measure'}.",
                hint="Write the factor of this analyte: 1 mg/dL creatinine is 88.4 umol/L.",
            )
        else:
            units[name] = factor
    if inside is not None and unit is None:
        findings.add("P206", "`units` needs `unit`, the unit they are converted to.", inside.span, hint="Add `unit:`.")
    return units


def _wrong_factor(name: str, unit: str | None, factor: Decimal) -> str:
    """What the factor must be and is not."""
    if factor <= 0:
        return "above 0"
    if abs(factor.adjusted()) > _DIGITS:
        return "between 1E-30 and 1E30"
    own = unit is not None and (name == unit or conversion(None, name, unit) == IDENTITY)
    return "1" if own and factor != 1 else ""


def _plausible(fields: Fields, findings: Findings) -> tuple[Decimal, Decimal] | None:
    node = fields.list("plausible")
    if node is None:
        return None
    written = [scalar(item, "A plausible limit", findings) for item in node.items]
    limits = [None if item is None else decimal(item, "A plausible limit", findings) for item in written]
    found = [limit for limit in limits if limit is not None]
    endless = any(limit.adjusted() > _DIGITS for limit in found)
    if len(limits) != 2 or endless or (len(found) == 2 and found[0] > found[1]):
        findings.add(
            "P207", "`plausible` must be [lowest, highest].", node.span, hint="Write for example `plausible: [2, 25]`."
        )
        return None
    return (found[0], found[1]) if len(found) == 2 else None


def check_names(node: Node | None, measures: Mapping[str, Measure], findings: Findings) -> None:
    """Findings where two measures have a name in common."""
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
