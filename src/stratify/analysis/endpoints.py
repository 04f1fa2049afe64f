"""An endpoint's times and events, checked: what cannot be right stops the work, what is missing is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stratify.analysis.populations import Population
from stratify.compile.compare import compare_plain
from stratify.diagnostics import DataPlace, ExitCode, Finding, Findings, nearest
from stratify.model.dictionary import PATIENTS, ColumnKind
from stratify.model.expression import ColumnRef
from stratify.model.study import Endpoint
from stratify.model.value import Comparison, Op

_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class EndpointData:
    """Times and events of a population's patients, in its order.

    Parameters
    ----------
    time
        Not negative, in the endpoint's unit; 0 where the endpoint is missing.
    event
        Whether it occurred; false where the endpoint is missing.
    known
        Whether the patient has both time and event.
    """

    endpoint: Endpoint
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def label(self) -> str:
        """What the endpoint is called."""
        return self.endpoint.label or self.endpoint.id


def endpoint_data(endpoint: Endpoint, population: Population) -> EndpointData:
    """Read an endpoint.

    Raises
    ------
    StratifyError
        The columns are not there (A002) or not of a kind that can be a time (A003) or an event (A004); the event is
        coded otherwise than 0 and 1 and no code is declared (A004); times are negative or not finite (A005), naming
        the patients.
    """
    findings = Findings()
    time = _times(endpoint, population, findings)
    event = _events(endpoint, population, findings)
    findings.stop_on_errors(ExitCode.BAD_DATA)
    known = (time.is_not_null() & event.is_not_null()).to_numpy()
    return EndpointData(
        endpoint,
        time.fill_null(0.0).to_numpy(),
        event.fill_null(value=False).to_numpy() & known,
        known,
    )


def _times(endpoint: Endpoint, population: Population, findings: Findings) -> pl.Series:
    nothing = pl.Series(values=[None] * population.n, dtype=pl.Float64)
    kind = _kind(endpoint, endpoint.time, population, findings)
    if kind is None or kind is ColumnKind.EMPTY:
        return nothing
    if kind is not ColumnKind.NUMBER:
        findings.add(
            "A003",
            f'The time of endpoint "{endpoint.id}" is a column of {kind.value}, not of numbers.',
            endpoint.span,
            hint=f"Name a column with the time in {endpoint.unit.value} from the start of follow-up.",
        )
        return nothing
    time = population.patients[endpoint.time.column].cast(pl.Float64)
    faulty = ((time < 0) | ~time.is_finite()).fill_null(value=False)
    if faulty.any():
        findings.items.append(_bad_times(endpoint, population.ids.filter(faulty)))
    return time


def _bad_times(endpoint: Endpoint, ids: pl.Series) -> Finding:
    who = tuple(map(str, ids.head(_SHOWN).to_list()))
    return Finding(
        "A005",
        f'The time of endpoint "{endpoint.id}" is negative or not finite for {len(ids)} eligible patients.',
        DataPlace(PATIENTS, endpoint.time.column, patients=who),
        why="Nobody is followed up for less than no time; such a row is a mistake in dates.",
        hint="Correct the data, or leave the time empty: patients without a time are left out and counted.",
    )


def _events(endpoint: Endpoint, population: Population, findings: Findings) -> pl.Series:
    nothing = pl.Series(values=[None] * population.n, dtype=pl.Boolean)
    kind = _kind(endpoint, endpoint.event, population, findings)
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
    column = pl.col(endpoint.event.column)
    if endpoint.occurred is not None:
        if not _comparable(kind, endpoint.occurred):
            findings.items.append(_not_comparable(endpoint, endpoint.occurred, kind))
            return nothing
        return population.patients.select(compare_plain(column, kind, endpoint.occurred).alias("event"))["event"]
    values = population.patients[endpoint.event.column]
    if kind is ColumnKind.BOOLEAN:
        return values
    is_text = kind in {ColumnKind.TEXT, ColumnKind.RESULT}
    if is_text or not values.drop_nulls().is_in([0.0, 1.0]).all():
        findings.items.append(_bad_codes(endpoint, None if is_text else values))
        return nothing
    return values == 1


def _bad_codes(endpoint: Endpoint, values: pl.Series | None) -> Finding:
    found = "text"
    if values is not None:
        codes = values.drop_nulls().unique().sort().to_list()
        found = ", ".join(f"{code:g}" for code in codes) if len(codes) <= _SHOWN else f"{len(codes)} different numbers"
    return Finding(
        "A004",
        f'The event of endpoint "{endpoint.id}" is not coded 0 and 1; found: {found}.',
        endpoint.span or DataPlace(PATIENTS, endpoint.event.column),
        why="1 is censored in some files and dead in others; the code of the event is declared, never guessed.",
        hint=f"Write `event: {{column: {endpoint.event}, is: == CODE}}` with the code that is the event.",
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
