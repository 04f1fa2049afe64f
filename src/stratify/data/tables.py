"""One table from what its files have to what the dictionary calls it, and from there to normal form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from stratify.data.codes import code_columns
from stratify.data.dates import date_column, needs_zone, parts_of
from stratify.data.infer import typed
from stratify.data.normal import code, is_text, key, normal, normal_kind
from stratify.data.reading import Reading
from stratify.data.results import result_columns
from stratify.data.roles import Roles
from stratify.diagnostics import DataPlace, Findings, nearest
from stratify.model.dictionary import (
    PATIENT_KEY,
    ColumnKind,
    Reference,
    Table,
    first_day,
    last_day,
    limit_of,
    number_of,
    second_of_day,
)


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table's rows and types under the dictionary's names, values as the files have them.

    ``tidy`` are text columns known to be in normal form as they are.
    """

    table: Table
    roles: Roles
    frame: pl.LazyFrame
    types: dict[str, pl.DataType]
    declared: bool
    tidy: frozenset[str] = frozenset()

    @property
    def key_is_text(self) -> bool | None:
        """Whether patient ids are text (or numbers); ``None`` where the file does not say."""
        kind = self.types[PATIENT_KEY]
        if kind == pl.Null or (not self.declared and kind.is_integer()):
            return None
        return is_text(kind)

    def with_text(self, *columns: str) -> NamedTable:
        """The same, where files do not say the types, with these columns left as text."""
        if self.declared:
            return self
        kept = {name: pl.String() for name in columns if self.types.get(name, pl.Null()) != pl.Null}
        return NamedTable(self.table, self.roles, self.frame, self.types | kept, declared=False)

    def original(self) -> pl.LazyFrame:
        """The rows in the types of the file."""
        return self.frame if self.declared else typed(self.frame, self.types)


def name_columns(reading: Reading, table: Table, roles: Roles, findings: Findings) -> NamedTable | None:
    """The table under the dictionary's names, or ``None`` with findings: columns miss (D005) or clash (D008)."""
    have = reading.types
    sources = {PATIENT_KEY: table.columns.get(table.key, table.key)}
    sources |= {name: source for name, source in table.columns.items() if name != table.key}
    places = dict.fromkeys(sources, "columns") | {PATIENT_KEY: "key"}
    used = set(sources.values())
    clash = [name for name in have if name not in used and sources.get(name) in have]
    sources |= {name: name for name in have if name not in used and name not in sources}
    before = len(findings.items)
    for name, source in sources.items():
        if source not in have:
            _missing(findings, table, source, places[name], have)
    for name in (name for name in roles.named if name not in sources and name != table.key):
        _missing(findings, table, name, roles.named[name], (*sources, *have))
    for name in clash:
        message = f"the dictionary calls {sources[name]} {name}, but the file has another column {name}"
        findings.add("D008", message, DataPlace(table.name), hint="choose another name in the dictionary")
    for name in [part for date in roles.dates for part in _parts(date) if part in sources]:
        findings.add("D008", f"the name {name} is reserved for a part of a date", DataPlace(table.name))
    for name in [part for result in roles.results for part in _result_parts(result) if part in sources]:
        findings.add("D008", f"the name {name} is reserved for a part of a result", DataPlace(table.name))
    if len(findings.items) > before:
        return None
    frame = reading.frame.select(pl.col(source).alias(name) for name, source in sources.items())
    types = {name: have[source] for name, source in sources.items()}
    tidy = frozenset(name for name, source in sources.items() if source in reading.tidy)
    named = NamedTable(table, roles, frame, types, reading.declared, tidy)
    years = [name for name in roles.dates if not isinstance(types[name], pl.Date | pl.Datetime)]
    codes = [name for name in roles.codes if types[name] != pl.Boolean]
    return named.with_text(*codes, *years)


def as_text(reading: Reading, reference: Reference, wanted: Iterable[str], findings: Findings) -> pl.LazyFrame | None:
    """A reference table under the dictionary's names, all text; ``None`` with a finding where a column misses.

    ``wanted`` are columns that the dictionary names elsewhere.
    """
    sources = {source: name for name, source in reference.columns.items()}
    have = {sources.get(name, name) for name in reading.types}
    missing = [(source, "columns") for source in sources if source not in reading.types]
    missing += [(name, "hierarchies") for name in dict.fromkeys(wanted) if name not in {*have, *sources.values()}]
    for name, place in missing:
        message = f"there is no column {name}, which the dictionary names as {place}"
        findings.add("D005", message, DataPlace(reference.name), hint=nearest(name, reading.types))
    if missing:
        return None
    # A file that does not say its types is read as it is written: "007" stays "007".
    types = reading.types if reading.declared else dict.fromkeys(reading.types, pl.String())
    columns = [
        code(name, kind, tidy=name in reading.tidy).alias(sources.get(name, name))
        for name, kind in types.items()
        if normal_kind(kind) is not None
    ]
    return reading.frame.select(columns)


def _parts(date: str) -> tuple[str, ...]:
    return first_day(date), last_day(date), second_of_day(date), parts_of(date)


def _result_parts(result: str) -> tuple[str, ...]:
    return number_of(result), limit_of(result), parts_of(result)


def _missing(
    findings: Findings, table: Table, column: str, place: str, known: Mapping[str, object] | tuple[str, ...]
) -> None:
    message = f"there is no column {column}, which the dictionary names as {place}"
    findings.add("D005", message, DataPlace(table.name), hint=nearest(column, known))


def to_normal_form(
    named: NamedTable, findings: Findings, *, key_as_text: bool
) -> tuple[pl.LazyFrame, dict[str, ColumnKind]]:
    """The table in normal form and the kind of each column; findings for columns that cannot be what they should."""
    zone = _checked_zone(named.table, findings)
    prepared: list[pl.Expr] = []
    columns: list[pl.Expr] = []
    kinds: dict[str, ColumnKind] = {}
    for name, kind in named.types.items():
        if name == PATIENT_KEY:
            columns.append(key(name, kind, as_text=key_as_text))
            kinds[name] = ColumnKind.TEXT if key_as_text else ColumnKind.NUMBER
        elif name in named.roles.dates or isinstance(kind, pl.Date | pl.Datetime):
            date = date_column(name, kind, zone)
            if date is None:
                _not_dates(named, name, kind, findings)
                continue
            if name in named.roles.named and name not in named.roles.dates:
                _not_a_value(named, name, kind, findings)
            prepared.extend([] if date.prepare is None else [date.prepare])
            columns.extend(date.columns)
            kinds[name] = date.kind
        elif normal_kind(kind) is None:
            _not_a_value(named, name, kind, findings)
        elif name in named.roles.results and is_text(kind):
            prepared.append(normal(name, kind, tidy=name in named.tidy).alias(parts_of(name)))
            columns.extend(result_columns(name, pl.col(parts_of(name))))
            kinds[name] = ColumnKind.RESULT
        else:
            as_code = name in named.roles.codes
            columns.append((code if as_code else normal)(name, kind, tidy=name in named.tidy))
            found = normal_kind(pl.String() if as_code else kind)
            kinds |= {name: found} if found is not None else {}
    rows = named.original().with_columns(prepared).select(columns)
    further = code_columns(named.table)
    return rows.with_columns(further) if further else rows, kinds


def _checked_zone(table: Table, findings: Findings) -> str | None:
    if table.zone is None:
        return None
    try:
        return ZoneInfo(table.zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "use an IANA name such as Europe/Vienna"
        findings.add("D010", f"there is no time zone {table.zone}", DataPlace(table.name), hint=hint)
        return None


def _not_dates(named: NamedTable, name: str, kind: pl.DataType, findings: Findings) -> None:
    if name not in named.roles.named and name not in named.roles.dates:
        return  # an instant that nobody asks for; without a zone it is no calendar day and is left out
    place = DataPlace(named.table.name, name)
    if needs_zone(kind):
        if named.table.zone is None:
            why = "the same instant is another calendar day in another zone"
            hint = "give the table a `zone`, such as Europe/Vienna: the one the trial's calendar is kept in"
            findings.add(
                "D010",
                "the column holds instants and the dictionary no zone to read them in",
                place,
                why=why,
                hint=hint,
            )
        return
    hint = "name a column of dates, or of ISO 8601 text such as 2026-03-14"
    findings.add("D009", f"the dictionary names the column as a date, but it is {_plain(kind)}", place, hint=hint)


def _not_a_value(named: NamedTable, name: str, kind: pl.DataType, findings: Findings) -> None:
    if name in named.roles.named or name in named.table.columns:
        message = f"the dictionary names the column, but it is {_plain(kind)}: rules speak of single values"
        hint = "write what it holds to columns of numbers, text, dates or true/false"
        findings.add("D009", message, DataPlace(named.table.name, name), hint=hint)


def _plain(kind: pl.DataType) -> str:
    known = normal_kind(kind)
    return f"of type {kind}" if known is None else {ColumnKind.NUMBER: "numbers"}.get(known, known.value)
