"""The endpoints of ``study.yaml``: from time and event columns, from a parameter of ADTTE, or from dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from stratify.diagnostics import Findings
from stratify.model.study import ByDates, ByParameter, ByTime, Endpoint, Occurrence, TimeUnit
from stratify.protocol import shapes
from stratify.protocol.comparisons import read_comparison
from stratify.protocol.nodes import MapNode, Node
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, Shape, as_map, column_ref, named, scalar, texts, words_of


def read_endpoints(fields: Fields, scope: Scope) -> dict[str, Endpoint]:
    """The endpoints that could be read, by name; what is wrong with the others is found."""
    found: dict[str, Endpoint] = {}
    for key, node in named(fields.get("endpoints"), "`endpoints`", scope.findings):
        inside = as_map(node, _shape(node), scope.findings)
        source = None if inside is None else _source(inside, scope)
        if inside is None:
            continue
        unit = inside.word("unit", words_of(TimeUnit), TimeUnit.DAYS)
        if source is not None:
            name = (key.text or "").strip()
            found[name] = Endpoint(name, source, unit, inside.text("label", name), key.span)
    return found


def _shape(node: Node) -> Shape:
    """Which of the three forms is meant: the word that only it has decides."""
    written = set(node.names()) if isinstance(node, MapNode) else set()
    if "adtte" in written:
        return shapes.ENDPOINT_OF_PARAMETER
    return shapes.ENDPOINT_OF_DATES if written & {"from", "to"} else shapes.ENDPOINT


def _source(fields: Fields, scope: Scope) -> ByTime | ByParameter | ByDates | None:
    if fields.shape is shapes.ENDPOINT_OF_PARAMETER:
        parameter, table = fields.text("adtte"), fields.text("table", "adtte")
        return ByParameter(parameter, table, _descriptions(fields, scope.findings)) if parameter else None
    if fields.shape is shapes.ENDPOINT_OF_DATES:
        return _dates(fields, scope.findings)
    time, event = fields.column("time"), _occurrence(fields.get("event"), scope)
    entry, competing = fields.column("entry"), _competing(fields, scope)
    return None if time is None or event is None else ByTime(time, event, entry, competing)


def _occurrence(node: Node | None, scope: Scope) -> Occurrence | None:
    """A column, or a column with the comparison that is the event."""
    if node is None:
        return None
    if isinstance(node, MapNode):
        inside = Fields(node, shapes.EVENT, scope.findings)
        column, occurred = inside.column("column"), read_comparison(inside, scope)
        return None if column is None or occurred is None else Occurrence(column, occurred)
    written = scalar(node, "An event", scope.findings)
    plain = None if written is None else column_ref(written, scope.findings)
    return None if plain is None else Occurrence(plain)


def _competing(fields: Fields, scope: Scope) -> Mapping[str, Occurrence]:
    found = {}
    for key, node in named(fields.get("competing"), "`competing`", scope.findings):
        occurrence = _occurrence(node, scope)
        if occurrence is not None:
            found[(key.text or "").strip()] = occurrence
    return MappingProxyType(found)


def _descriptions(fields: Fields, findings: Findings) -> Mapping[str, str]:
    found = {}
    for key, node in named(fields.get("competing"), "`competing`", findings):
        written = scalar(node, "A description of an event", findings)
        if written is not None:
            found[(key.text or "").strip()] = (written.text or "").strip()
    return MappingProxyType(found)


def _dates(fields: Fields, findings: Findings) -> ByDates | None:
    start, to = fields.text("from"), _names(fields, "to", findings)
    competing = _names(fields, "competing", findings)
    twice = [name for name in competing if name in to]
    if twice:
        findings.add(
            "S010",
            f'"{twice[0]}" is both the event and a competing one.',
            fields.span,
            why="A patient who has it would have to be counted as both.",
            hint="Name it under `to` or under `competing`.",
        )
    if not (fields.has("censor") or fields.has("until") or fields.has("cut_off")):
        findings.add(
            "S015",
            "The endpoint does not say what ends follow-up.",
            fields.span,
            why="Patients without the event would all be left out, and only those with it would remain.",
            hint="Add `censor: [last_contact]`, or `cut_off: 2024-06-30`.",
        )
    if not start or not to:
        return None
    return ByDates(
        start,
        to,
        _names(fields, "censor", findings),
        _names(fields, "until", findings),
        competing,
        _cut_off(fields, findings),
    )


def _names(fields: Fields, key: str, findings: Findings) -> tuple[str, ...]:
    node = fields.get(key)
    return () if node is None else tuple(dict.fromkeys(texts(node, f"A date in `{key}`", findings)))


def _cut_off(fields: Fields, findings: Findings) -> date | None:
    node = fields.scalar("cut_off")
    if node is None:
        return None
    try:
        return date.fromisoformat((node.text or "").strip())
    except ValueError:
        findings.add(
            "S011",
            "`cut_off` is no date.",
            node.span,
            why="Nobody is followed up beyond the cut-off: it must be a day.",
            hint="Write the day as 2024-06-30.",
        )
        return None
