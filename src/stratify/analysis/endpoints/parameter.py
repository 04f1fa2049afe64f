"""An endpoint from a table of times to event: one row a patient and parameter, as CDISC's ADTTE.

``PARAMCD`` names the parameter, ``AVAL`` holds the time, ``CNSR`` is 0 for the event and above 0 for a censoring,
``EVNTDESC`` says which event it was and ``CNSDTDSC`` why the patient is censored (CDISC ADaM Basic Data Structure for
Time-to-Event Analyses 1.0). Columns are found whatever the case of their names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stratify.analysis.endpoints.values import CENSORED, EVENT, EndpointData
from stratify.analysis.populations import Population
from stratify.diagnostics import DataPlace, Findings, nearest
from stratify.model.dictionary import PATIENT_KEY
from stratify.model.study import ByParameter, Endpoint

_SHOWN = 10
_NEEDED = ("PARAMCD", "AVAL", "CNSR")
_UNITS = {"days": {"day", "days", "d"}, "weeks": {"week", "weeks", "wk"}, "months": {"month", "months", "mo"}}
_UNITS["years"] = {"year", "years", "a", "yr"}


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The parameter's rows under the standard's names, one for each patient of the population, in its order."""

    frame: pl.DataFrame
    columns: frozenset[str]


def from_parameter(
    endpoint: Endpoint, source: ByParameter, population: Population, findings: Findings
) -> EndpointData | None:
    """Read an endpoint of ADTTE; findings say what stands in the way."""
    rows = _rows(endpoint, source, population, findings)
    if rows is None:
        return None
    _check(endpoint, source, rows, population.ids, findings)
    if findings.errors:
        return None
    time, code = rows.frame["AVAL"].cast(pl.Float64), rows.frame["CNSR"].cast(pl.Float64)
    known = (time.is_not_null() & code.is_not_null()).to_numpy()
    happened = (code == 0).fill_null(value=False).to_numpy() & known
    cause = np.where(happened, EVENT, CENSORED)
    if source.competing:
        described = rows.frame["EVNTDESC"].fill_null("")
        for position, description in enumerate(source.competing.values(), EVENT + 1):
            cause = np.where(happened & (described == description).to_numpy(), position, cause)
    reason, reasons = _reasons(rows, happened | ~known)
    times = np.where(known, time.fill_null(0.0).to_numpy(), 0.0)
    causes = (endpoint.label or endpoint.id, *source.competing)
    return EndpointData(endpoint, times, cause, known, causes, reason=reason, reasons=reasons)


def _rows(endpoint: Endpoint, source: ByParameter, population: Population, findings: Findings) -> _Rows | None:
    table = population.tables.get(source.table)
    if table is None:
        findings.add(
            "A011",
            f'Endpoint "{endpoint.id}" is in table "{source.table}", which the cohort does not have.',
            endpoint.span,
            hint=nearest(source.table, population.tables) or "Add the table to the dictionary.",
        )
        return None
    standard = table.rename({name: name.upper() for name in table.columns if name != PATIENT_KEY})
    needed = (*_NEEDED, *(("EVNTDESC",) if source.competing else ()))
    missing = [name for name in needed if name not in standard.columns]
    if missing:
        findings.add(
            "A011",
            f'Table "{source.table}" has no column {", ".join(missing)}.',
            DataPlace(source.table),
            why="Times to event are read by the names of the standard: PARAMCD, AVAL, CNSR.",
            hint="Name the columns so, or write the endpoint with `time:` and `event:`.",
        )
        return None
    mine = standard.filter(pl.col("PARAMCD").cast(pl.String) == source.parameter)
    if mine.is_empty():
        known = sorted({str(code) for code in standard["PARAMCD"].drop_nulls().unique()})
        findings.add(
            "A012",
            f'Table "{source.table}" has no rows of parameter "{source.parameter}".',
            endpoint.span,
            hint=nearest(source.parameter, known),
        )
        return None
    twice = mine[PATIENT_KEY].filter(mine[PATIENT_KEY].is_duplicated()).unique().sort()
    if len(twice):
        findings.add(
            "A013",
            f'Parameter "{source.parameter}" has several rows for {len(twice)} patients.',
            DataPlace(source.table, "PARAMCD", patients=tuple(map(str, twice.head(_SHOWN)))),
            why="Which of them is the patient's time cannot be guessed.",
            hint="Keep one row per patient and parameter.",
        )
        return None
    columns = [name for name in ("AVAL", "CNSR", "EVNTDESC", "CNSDTDSC", "AVALU") if name in mine.columns]
    aligned = population.ids.to_frame().join(
        mine.select(PATIENT_KEY, *columns), on=PATIENT_KEY, how="left", maintain_order="left"
    )
    return _Rows(aligned, frozenset(columns))


def _check(endpoint: Endpoint, source: ByParameter, rows: _Rows, ids: pl.Series, findings: Findings) -> None:
    time, code = rows.frame["AVAL"], rows.frame["CNSR"]
    for name, values in (("AVAL", time), ("CNSR", code)):
        if not (values.dtype.is_numeric() or values.dtype == pl.Null):
            findings.add(
                "A003" if name == "AVAL" else "A004",
                f'Column {name} of table "{source.table}" holds no numbers.',
                DataPlace(source.table, name),
                hint="AVAL is the time as a number, CNSR 0 for the event and above 0 for a censoring.",
            )
    if findings.errors:
        return
    bad = ((time < 0) | ~time.cast(pl.Float64).is_finite()).fill_null(value=False)
    if bad.any():
        who = tuple(map(str, ids.filter(bad).head(_SHOWN)))
        findings.add(
            "A005",
            f'The time of endpoint "{endpoint.id}" is negative or not finite for {int(bad.sum())} eligible patients.',
            DataPlace(source.table, "AVAL", patients=who),
            why="Nobody is followed up for less than no time; such a row is a mistake in dates.",
            hint="Correct the data, or leave the time empty: patients without a time are left out and counted.",
        )
    if (code < 0).any():
        findings.add("A004", "CNSR is negative.", DataPlace(source.table, "CNSR"), hint="0 is the event.")
    units = set() if "AVALU" not in rows.columns else {str(u).lower() for u in rows.frame["AVALU"].drop_nulls()}
    if units - _UNITS[endpoint.unit.value]:
        findings.add(
            "A014",
            f'Endpoint "{endpoint.id}" is in {endpoint.unit.value}, table "{source.table}" says another unit.',
            DataPlace(source.table, "AVALU"),
            hint="Write the endpoint's `unit:` as AVALU says it.",
        )


def _reasons(rows: _Rows, not_censored: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if "CNSDTDSC" not in rows.columns:
        return None, ()
    said = rows.frame["CNSDTDSC"].cast(pl.String)
    names = tuple(said.filter(pl.Series(~not_censored)).drop_nulls().unique().sort())
    codes = said.replace_strict(names, range(len(names)), default=-1, return_dtype=pl.Int64).fill_null(-1)
    return np.where(not_censored, -1, codes.to_numpy()), names
