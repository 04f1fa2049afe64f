"""An endpoint from columns of times and events: what cannot be right stops the work, what is missing is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stratify.analysis.endpoints.values import CENSORED, EVENT, EndpointData
from stratify.analysis.populations import Population
from stratify.compile.compare import compare_plain
from stratify.diagnostics import DataPlace, Finding, Findings, nearest
from stratify.model.dictionary import PATIENTS, ColumnKind
from stratify.model.expression import ColumnRef
from stratify.model.study import ByTime, Endpoint, Occurrence
from stratify.model.value import Comparison, Op

_SHOWN = 10


def from_columns(endpoint: Endpoint, source: ByTime, population: Population, findings: Findings) -> EndpointData | None:
    """Read an endpoint of columns; findings say what stands in the way."""
    place = _Place(endpoint, population, findings)
    time = _times(source.time, "time", place)
    entry = None if source.entry is None else _times(source.entry, "entry", place)
    causes = [_events(occurrence, place) for occurrence in (source.event, *source.competing.values())]
    if findings.errors:
        return None
    known = time.is_not_null()
    for happened in causes:
        known &= happened.is_not_null()
    if entry is not None:
        known &= entry.is_not_null()
        _check_entry(entry, time, source, place)
    codes = _causes([happened.fill_null(value=False).to_numpy() for happened in causes], known.to_numpy(), place)
    if findings.errors:
        return None
    rows = known.to_numpy()
    return EndpointData(
        endpoint,
        np.where(rows, time.fill_null(0.0).to_numpy(), 0.0),
        codes,
        rows,
        (endpoint.label or endpoint.id, *source.competing),
        None if entry is None else np.where(rows, entry.fill_null(0.0).to_numpy(), 0.0),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Whose columns are read, and where findings go."""

    endpoint: Endpoint
    population: Population
    findings: Findings

    def ids(self, rows: pl.Series) -> tuple[str, ...]:
        return tuple(map(str, self.population.ids.filter(rows).head(_SHOWN).to_list()))


def _causes(happened: list[NDArray[np.bool_]], known: NDArray[np.bool_], place: _Place) -> NDArray[np.int64]:
    """A code for each patient; two events at once cannot both have been first."""
    several = known & (np.sum(happened, axis=0) > 1)
    if several.any():
        place.findings.add(
            "A015",
            f'Endpoint "{place.endpoint.id}": {int(several.sum())} eligible patients have two events at one time.',
            DataPlace(PATIENTS, patients=place.ids(pl.Series(several))),
            why="A competing event is one that precludes the event of interest: only the first of them counts.",
            hint="Declare codes that exclude each other.",
        )
    codes = np.full(len(known), CENSORED)
    for code, occurred in reversed(list(enumerate(happened, EVENT))):
        codes[occurred & known] = code
    return codes


def _check_entry(entry: pl.Series, time: pl.Series, source: ByTime, place: _Place) -> None:
    late = (entry >= time).fill_null(value=False)
    if late.any():
        place.findings.add(
            "A016",
            f'Follow-up of endpoint "{place.endpoint.id}" ends before it begins for {int(late.sum())} patients.',
            DataPlace(PATIENTS, str(source.entry and source.entry.column), patients=place.ids(late)),
            why="A patient is at risk after entry and up to the time; entry at the time is no follow-up at all.",
            hint="Correct the data, or leave the entry empty: such patients are left out and counted.",
        )


def _times(column: ColumnRef, what: str, place: _Place) -> pl.Series:
    endpoint, population, findings = place.endpoint, place.population, place.findings
    nothing = pl.Series(values=[None] * population.n, dtype=pl.Float64)
    kind = _kind(endpoint, column, population, findings)
    if kind is None or kind is ColumnKind.EMPTY:
        return nothing
    if kind is not ColumnKind.NUMBER:
        findings.add(
            "A003",
            f'The {what} of endpoint "{endpoint.id}" is a column of {kind.value}, not of numbers.',
            endpoint.span,
            hint=f"Name a column with the time in {endpoint.unit.value} from the start of follow-up.",
        )
        return nothing
    time = population.patients[column.column].cast(pl.Float64)
    faulty = ((time < 0) | ~time.is_finite()).fill_null(value=False)
    if faulty.any():
        findings.items.append(_bad_times(endpoint, column, what, population.ids.filter(faulty)))
    return time


def _bad_times(endpoint: Endpoint, column: ColumnRef, what: str, ids: pl.Series) -> Finding:
    who = tuple(map(str, ids.head(_SHOWN).to_list()))
    return Finding(
        "A005",
        f'The {what} of endpoint "{endpoint.id}" is negative or not finite for {len(ids)} eligible patients.',
        DataPlace(PATIENTS, column.column, patients=who),
        why="Nobody is followed up for less than no time; such a row is a mistake in dates.",
        hint="Correct the data, or leave the time empty: patients without a time are left out and counted.",
    )


def _events(occurrence: Occurrence, place: _Place) -> pl.Series:
    endpoint, population, findings = place.endpoint, place.population, place.findings
    nothing = pl.Series(values=[None] * population.n, dtype=pl.Boolean)
    kind = _kind(endpoint, occurrence.column, population, findings)
    if kind is None or kind is ColumnKind.EMPTY:
        return nothing
    if kind.is_date:
        findings.add(
            "A004",
            f'The event of endpoint "{endpoint.id}" is a column of {kind.value}.',
            endpoint.span,
            hint="Name a column that says whether the event occurred.",
        )
        return nothing
    column = pl.col(occurrence.column.column)
    if occurrence.occurred is not None:
        if not _comparable(kind, occurrence.occurred):
            findings.items.append(_not_comparable(endpoint, occurrence.occurred, kind))
            return nothing
        return population.patients.select(compare_plain(column, kind, occurrence.occurred).alias("event"))["event"]
    values = population.patients[occurrence.column.column]
    if kind is ColumnKind.BOOLEAN:
        return values
    is_text = kind in {ColumnKind.TEXT, ColumnKind.RESULT}
    if is_text or not values.drop_nulls().is_in([0.0, 1.0]).all():
        findings.items.append(_bad_codes(endpoint, occurrence.column, None if is_text else values))
        return nothing
    return values == 1


def _bad_codes(endpoint: Endpoint, column: ColumnRef, values: pl.Series | None) -> Finding:
    found = "text"
    if values is not None:
        codes = values.drop_nulls().unique().sort().to_list()
        found = ", ".join(f"{code:g}" for code in codes) if len(codes) <= _SHOWN else f"{len(codes)} different numbers"
    return Finding(
        "A004",
        f'The event of endpoint "{endpoint.id}" is not coded 0 and 1; found: {found}.',
        endpoint.span or DataPlace(PATIENTS, column.column),
        why="1 is censored in some files and dead in others; the code of the event is declared, never guessed.",
        hint=f"Write `event: {{column: {column}, is: == CODE}}` with the code that is the event.",
    )


def _comparable(kind: ColumnKind, occurred: Comparison) -> bool:
    """Whether the values named are of the column's kind; only numbers have an order."""
    tests = [test for alternative in occurred.alternatives for test in alternative]
    equality = all(test.op in {Op.EQ, Op.NE} for test in tests)
    match kind:
        case ColumnKind.NUMBER:
            return occurred.unit is None and all(test.value.number is not None for test in tests)
        case ColumnKind.BOOLEAN:
            return equality and all(test.value.boolean is not None for test in tests)
        case ColumnKind.TEXT | ColumnKind.RESULT:
            return equality
        case _:
            return True


def _not_comparable(endpoint: Endpoint, occurred: Comparison, kind: ColumnKind) -> Finding:
    return Finding(
        "A004",
        f'The event of endpoint "{endpoint.id}" is a column of {kind.value}, which "{occurred}" cannot be asked of.',
        endpoint.span,
        hint="Compare numbers with numbers, text with `==` or `in`, true/false with `== true`.",
    )


def _kind(endpoint: Endpoint, column: ColumnRef, population: Population, findings: Findings) -> ColumnKind | None:
    if column.table != PATIENTS:
        findings.add(
            "A002",
            f'Endpoint "{endpoint.id}" names a column of table {column.table}.',
            endpoint.span,
            hint=f"Times and events are columns of the table `{PATIENTS}`, one row per patient.",
        )
        return None
    if column.column not in population.kinds:
        findings.add(
            "A002",
            f'Endpoint "{endpoint.id}" names the column "{column}", which is not there.',
            endpoint.span,
            hint=nearest(column.column, population.kinds),
        )
        return None
    return population.kinds[column.column]
