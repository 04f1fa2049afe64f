"""A data dictionary as YAML that :func:`~stratify.protocol.load_dictionary` reads back to the same dictionary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from stratify.model.codes import CodeSystems, RowSystems
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Absence, Dictionary, Grain, Hierarchy, Measure, Table
from stratify.model.measure_units import named_analytes
from stratify.protocol.dictionary_fallback import fallback_lines
from stratify.protocol.dictionary_file import DICTIONARY_FORMAT
from stratify.protocol.genomics_file import genomics_lines

# Words that some YAML reader takes for true, false or null; anything that starts like a number is quoted as well.
_TYPED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(?: [\w./()-]+)*")


def dictionary_yaml(dictionary: Dictionary) -> str:
    """The dictionary as text, with ``patients`` first and only what differs from the defaults."""
    lines = [f"format: {DICTIONARY_FORMAT}", "tables:"]
    for table in sorted(dictionary.tables.values(), key=lambda t: t.name != PATIENTS):
        lines += _block(table.name, _table(table))
    if dictionary.measures:
        lines.append("measures:")
    for measure in dictionary.measures.values():
        lines += _block(measure.name, _measure(measure))
    if dictionary.references:
        lines.append("references:")
    for reference in dictionary.references.values():
        columns = _map({name: quoted(physical) for name, physical in reference.columns.items()})
        lines += _block(reference.name, {"file": _scalar(reference.file), "columns": columns})
    if dictionary.hierarchies:
        lines.append("hierarchies:")
    for system, hierarchy in dictionary.hierarchies.items():
        lines += _block(system, _hierarchy(hierarchy))
    lines += genomics_lines(dictionary.genomics, quoted)
    lines += fallback_lines(dictionary.fallback, quoted)
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A scalar that every YAML reader takes for this text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _TYPED and text.isascii():
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\x85", "\\N")


def _block(name: str, entries: Mapping[str, str | None]) -> list[str]:
    written = [f"    {key}: {value}" for key, value in entries.items() if value is not None]
    return [f"  {quoted(name)}:" + ("" if written else " {}"), *written]


def _scalar(text: str | None) -> str | None:
    return None if not text else quoted(text)


def _list(items: Iterable[str]) -> str | None:
    found = [quoted(item) for item in items]
    return f"[{', '.join(found)}]" if found else None


def _map(entries: Mapping[str, str]) -> str | None:
    found = [f"{quoted(key)}: {value}" for key, value in entries.items()]
    return f"{{{', '.join(found)}}}" if found else None


def _table(table: Table) -> dict[str, str | None]:
    default = Grain.ONE if table.name == PATIENTS else Grain.MANY
    return {
        "file": _scalar(table.file),
        "key": None if table.key == PATIENT_KEY else quoted(table.key),
        "grain": table.grain.value if table.grain is not default or table.name == PATIENTS else None,
        "columns": _map({name: quoted(physical) for name, physical in table.columns.items()}),
        "date": _scalar(table.date),
        "end": _scalar(table.end),
        "code": _scalar(table.code),
        "code_system": _code_system(table.code_system),
        "birth": _scalar(table.birth),
        "dates": _list(table.dates),
        "zone": _scalar(table.zone),
        "sequence": _scalar(table.sequence),
        "ongoing": None if table.ongoing is None else _map({table.ongoing[0]: quoted(table.ongoing[1])}),
        "units": _map({column: quoted(unit) for column, unit in table.units.items()}),
        "absence_means": table.absence.value if table.absence is not Absence.UNKNOWN else None,
        "coverage": None if table.coverage is None else _list(str(column) for column in table.coverage),
    }


def _code_system(said: CodeSystems | None) -> str | None:
    if not isinstance(said, RowSystems):
        return _scalar(said)
    systems = _map({value: quoted(system) for value, system in said.systems.items()}) or "{}"
    return f"{{column: {quoted(said.column)}, systems: {systems}}}"


def _hierarchy(hierarchy: Hierarchy) -> dict[str, str | None]:
    columns = {"reference": hierarchy.reference, "ancestor": hierarchy.ancestor, "descendant": hierarchy.descendant}
    return {key: quoted(name) for key, name in columns.items()}


def _measure(measure: Measure) -> dict[str, str | None]:
    rows = {
        column: quoted(values[0]) if len(values) == 1 else _list(values) or "[]"
        for column, values in measure.rows.items()
    }
    return {
        "table": quoted(measure.table),
        "rows": _map(rows),
        "value": quoted(measure.value),
        "analyte": _analyte(measure),
        "unit": _scalar(measure.unit),
        "unit_column": _scalar(measure.unit_column),
        "units": _map({unit: str(factor) for unit, factor in measure.units.items()}),
        "ref_low": _scalar(measure.reference_low),
        "ref_high": _scalar(measure.reference_high),
        "plausible": _plausible(measure),
        "censored": "true" if measure.censored else None,
        "aliases": _list(measure.aliases),
        "categories": _categories(measure),
        "phenotypes": _scalar(measure.phenotypes),
        "assay": _scalar(measure.assay),
        "specimen": _scalar(measure.specimen),
    }


def _categories(measure: Measure) -> str | None:
    groups: dict[str, list[str]] = {}
    for text, category in measure.categories.items():
        groups.setdefault(category, []).append(text)
    return _map({category: _list(texts) or "[]" for category, texts in groups.items()})


def _analyte(measure: Measure) -> str | None:
    """What must be said of the analyte: nothing where the measure's names say it."""
    named = named_analytes((measure.name, *measure.aliases), measure.unit)
    if measure.analyte is None:
        return "none" if named and not measure.categorical else None
    return None if named == (measure.analyte,) else quoted(measure.analyte.id)


def _plausible(measure: Measure) -> str | None:
    if measure.plausible is None:
        return "none" if measure.any_value else None
    return f"[{measure.plausible[0]}, {measure.plausible[1]}]"
