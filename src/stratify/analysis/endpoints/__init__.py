"""Endpoints: from a study's words and a population's data to times, events and causes."""

from __future__ import annotations

from typing import assert_never

from stratify.analysis.endpoints.columns import from_columns
from stratify.analysis.endpoints.dates import DAYS_PER_UNIT, from_dates
from stratify.analysis.endpoints.parameter import from_parameter
from stratify.analysis.endpoints.values import CENSORED, EVENT, EndpointData
from stratify.analysis.populations import Population
from stratify.diagnostics import ExitCode, Findings, StratifyError
from stratify.model.study import ByDates, ByParameter, ByTime, Endpoint

__all__ = ["CENSORED", "DAYS_PER_UNIT", "EVENT", "EndpointData", "endpoint_data"]


def endpoint_data(endpoint: Endpoint, population: Population) -> EndpointData:
    """Read an endpoint.

    Raises
    ------
    StratifyError
        With every finding: columns that are not there (A002) or not of a kind that can be a time (A003) or an event
        (A004), which also is said of codes that are not declared; times that cannot be (A005), two events at once
        (A015), entry after the end (A016); dates that are not known (A010); a table of times to event without its
        columns (A011), the parameter (A012) or with several rows of a patient (A013), in another unit (A014).
    """
    findings = Findings()
    found = _read(endpoint, population, findings)
    findings.stop_on_errors(ExitCode.BAD_DATA)
    if found is None:
        raise StratifyError(findings.items, ExitCode.BAD_DATA)
    return found


def _read(endpoint: Endpoint, population: Population, findings: Findings) -> EndpointData | None:
    match endpoint.source:
        case ByTime():
            return from_columns(endpoint, endpoint.source, population, findings)
        case ByParameter():
            return from_parameter(endpoint, endpoint.source, population, findings)
        case ByDates():
            return from_dates(endpoint, endpoint.source, population, findings)
        case _:
            assert_never(endpoint.source)
