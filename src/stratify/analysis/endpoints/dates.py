"""An endpoint from dates: the earliest event, the end of follow-up, and the reason of each censoring.

A date known only in part (a month, a year) is a range of days. Where it may lie before the day on which follow-up
ends, nobody knows when that is, and the patient is left out and counted; one that lies wholly after it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stratify.analysis.endpoints.values import CENSORED, EVENT, EndpointData
from stratify.analysis.populations import Population
from stratify.compile import anchor_days
from stratify.diagnostics import DataPlace, Findings, nearest
from stratify.model.dictionary import PATIENTS, first_day, last_day
from stratify.model.study import ByDates, Endpoint, TimeUnit

DAYS_PER_UNIT = {TimeUnit.DAYS: 1.0, TimeUnit.WEEKS: 7.0, TimeUnit.MONTHS: 30.4375, TimeUnit.YEARS: 365.25}
"""Days in a unit of time, a year being a quarter day longer than 365 days."""

_NEVER = 1 << 40  # a day after every other
_SHOWN = 10
_EPOCH = 719_163  # ordinal of 1970-01-01, from which days are counted

_Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Dates:
    """Days since 1970 of one date: the first and last it may be, ``_NEVER`` for none."""

    first: _Days
    last: _Days

    @property
    def some(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.first < _NEVER
        return found

    @property
    def partial(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.first < self.last
        return found

    @property
    def day(self) -> _Days:
        """The day, where it is one."""
        return np.where(self.partial, _NEVER, self.first)


def from_dates(endpoint: Endpoint, source: ByDates, population: Population, findings: Findings) -> EndpointData | None:
    """Read an endpoint of dates; findings say what stands in the way."""
    named = {
        name: _dates(name, endpoint, population, findings)
        for name in (source.start, *source.to, *source.competing, *source.censor, *source.until)
    }
    if any(dates is None for dates in named.values()):
        return None
    dates = {name: found for name, found in named.items() if found is not None}
    start, end = dates[source.start], _end(source, dates, population.n)
    days = end.day - start.day
    known = start.some & ~start.partial & ~end.unknown & (np.abs(end.day) < _NEVER)
    early = known & (days < 0)
    if early.any():
        who = tuple(map(str, population.ids.filter(pl.Series(early)).head(_SHOWN).to_list()))
        findings.add(
            "A005",
            f'Endpoint "{endpoint.id}" ends before its start for {int(early.sum())} eligible patients.',
            DataPlace(PATIENTS, source.start, patients=who),
            why="Nobody is followed up for less than no time; such a row is a mistake in dates.",
            hint="Correct the dates, or leave them empty: patients without a date are left out and counted.",
        )
        return None
    time = np.where(known, days / DAYS_PER_UNIT[endpoint.unit], 0.0)
    return EndpointData(
        endpoint,
        time,
        np.where(known, end.cause, CENSORED),
        known,
        (endpoint.label or endpoint.id, *source.competing),
        reason=end.reason,
        reasons=_reasons(source),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    day: _Days
    cause: _Days
    reason: _Days
    unknown: NDArray[np.bool_]


def _end(source: ByDates, dates: dict[str, _Dates], n: int) -> _End:
    events = (*source.to, *source.competing)
    event_days = np.stack([dates[name].day for name in events])
    which, event = event_days.argmin(axis=0), event_days.min(axis=0)  # of one day the event named first
    codes = np.array([EVENT] * len(source.to) + list(range(EVENT + 1, EVENT + 1 + len(source.competing))))
    stop, stopped_by = _stop(source, dates, n)
    last, last_of = _last(source, dates, n)
    happened = (event < _NEVER) & (event <= stop)
    # Who has the event after the stop was event-free until then, whatever the dates of contact say.
    until_stop = ~happened & ((event < _NEVER) | (stop <= last))
    day = np.where(happened, event, np.where(until_stop, stop, last))
    cause = np.where(happened, codes[which], CENSORED)
    reason = np.where(happened, -1, np.where(until_stop, stopped_by, last_of))
    unknown = np.zeros(n, np.bool_)
    for name in (*events, *source.until):
        unknown |= dates[name].partial & (dates[name].first <= day)
    for name in source.censor:
        unknown |= ~happened & ~until_stop & dates[name].partial & (dates[name].last > day)
    return _End(day, cause, reason, unknown)


def _stop(source: ByDates, dates: dict[str, _Dates], n: int) -> tuple[_Days, _Days]:
    """The day beyond which nobody is followed up, and by which reason."""
    stop, by = np.full(n, _NEVER), np.full(n, -1)
    for position, name in enumerate(source.until):
        earlier = dates[name].day < stop
        stop, by = np.where(earlier, dates[name].day, stop), np.where(earlier, len(source.censor) + position, by)
    if source.cut_off is not None:
        cut_off = source.cut_off.toordinal() - _EPOCH
        earlier = cut_off < stop
        stop, by = np.where(earlier, cut_off, stop), np.where(earlier, len(source.censor) + len(source.until), by)
    return stop, by


def _last(source: ByDates, dates: dict[str, _Dates], n: int) -> tuple[_Days, _Days]:
    """The last day of which something is known, and by which reason; ``-_NEVER`` for a patient without any.

    Without a date of contact nobody knows how long a patient was seen, not even until the cut-off. Where no such date
    is declared, patients are taken to be followed up until they are stopped.
    """
    if not source.censor:
        return np.full(n, _NEVER), np.full(n, -1)
    last, by = np.full(n, -_NEVER), np.full(n, -1)
    for position, name in enumerate(source.censor):
        later = dates[name].some & ~dates[name].partial & (dates[name].day > last)
        last, by = np.where(later, dates[name].day, last), np.where(later, position, by)
    return last, by


def _reasons(source: ByDates) -> tuple[str, ...]:
    cut_off = () if source.cut_off is None else (f"the cut-off {source.cut_off.isoformat()}",)
    return (*source.censor, *source.until, *cut_off)


def _dates(name: str, endpoint: Endpoint, population: Population, findings: Findings) -> _Dates | None:
    """A column of dates of the patients table, else an anchor of the protocol."""
    kind = population.kinds.get(name)
    if kind is not None and kind.is_date:
        return _of(population.patients, first_day(name), last_day(name))
    first, last = anchor_days(name)
    if first in population.dates.columns:
        return _of(population.dates, first, last)
    columns = [column for column, of in population.kinds.items() if of.is_date]
    is_column = f", the column of {kind.value} is not one" if kind is not None else ""
    findings.add(
        "A010",
        f'Endpoint "{endpoint.id}" names the date "{name}", which is not known{is_column}.',
        endpoint.span,
        why="A date is a column of dates of the patients table, or an anchor of the protocol.",
        hint=nearest(name, (*columns, *population.protocol.anchors)) or "Declare an anchor for it.",
    )
    return None


def _of(frame: pl.DataFrame, first: str, last: str) -> _Dates:
    ends = (frame[name].cast(pl.Int64).fill_null(_NEVER).to_numpy() for name in (first, last))
    return _Dates(*ends)
