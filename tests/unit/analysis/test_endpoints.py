"""Endpoints: patients drawn as rows, and the time, the cause and the reason that each comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from stratify.analysis.endpoints import EndpointData, endpoint_data
from stratify.analysis.populations import Population, eligible_population
from stratify.compile import anchor_days
from stratify.diagnostics import StratifyError
from stratify.model.anchor import ColumnAnchor
from stratify.model.dictionary import ColumnKind, first_day, last_day
from stratify.model.expression import ColumnRef
from stratify.model.study import ByDates, ByParameter, ByTime, Endpoint, Occurrence, TimeUnit
from stratify.model.value import Op
from unit.analysis.trial import is_, small_site

EPOCH = date(1970, 1, 1)


def population(rows: Sequence[Mapping[str, object]], tables: Mapping[str, pl.DataFrame] | None = None) -> Population:
    site = small_site(rows)
    return eligible_population(
        site.protocol, site.verdicts, site.allocation, site.patients, site.kinds, dict(tables or {})
    )


def dated(rows: Sequence[str], names: str, *, anchors: Sequence[str] = ()) -> Population:
    """Patients as lines of days since the start of 1970, ``-`` for none, ``3..9`` for a date known only in part."""
    columns: dict[str, list[int | None]] = {}
    for line in rows:
        for name, cell in zip(names.split(), line.split(), strict=True):
            low, _, high = ("", "", "") if cell == "-" else cell.partition("..")
            for column, value in ((first_day(name), low), (last_day(name), high or low)):
                columns.setdefault(column, []).append(int(value) if value else None)
    site = small_site([{"arm": "a"}] * len(rows))
    days = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int32))
    kinds = {**site.kinds, **{name: ColumnKind.PARTIAL_DATE for name in names.split() if name not in anchors}}
    protocol = replace(site.protocol, anchors={a: ColumnAnchor(a, ColumnRef("patients", a)) for a in anchors})
    of_anchors = {
        new: days[old(a)] for a in anchors for new, old in zip(anchor_days(a), (first_day, last_day), strict=True)
    }
    verdicts = replace(site.verdicts, frame=site.verdicts.frame.with_columns(**of_anchors))
    patients = site.patients.hstack(days)
    return eligible_population(protocol, verdicts, site.allocation, patients, kinds, {})


def drawn(data: EndpointData) -> list[str]:
    """Time, what happened, and why a patient is censored; ``left out`` for who has no endpoint."""
    lines = []
    for i, known in enumerate(data.known):
        if not known:
            lines.append("left out")
            continue
        cause = int(data.cause[i])
        what = data.causes[cause - 1] if cause else "censored"
        reason = "" if data.reason is None or data.reason[i] < 0 else f" at {data.reasons[data.reason[i]]}"
        lines.append(f"{data.time[i]:g} {what}{reason}")
    return lines


def findings(endpoint: Endpoint, of: Population) -> list[str]:
    with pytest.raises(StratifyError) as caught:
        endpoint_data(endpoint, of)
    return [finding.code for finding in caught.value.findings]


PFS = Endpoint("pfs", ByDates("rand", ("pd", "died"), ("seen",)), label="PFS")


def test_the_earliest_event_or_the_last_contact() -> None:
    of = dated(
        [
            # rand pd died seen
            "10 40 90 70",  # progression comes first
            "10 -  30 20",  # death is an event too, after the last contact or not
            "10 -  -  55",  # neither: censored when last seen
            "10 10 -  10",  # on the first day
            "10 -  -  - ",  # nobody knows how long this patient was seen
            "-  40 -  70",  # no start
        ],
        "rand pd died seen",
    )
    assert drawn(endpoint_data(PFS, of)) == ["30 PFS", "20 PFS", "45 censored at seen", "0 PFS", "left out", "left out"]


def test_of_one_day_the_event_named_first_counts() -> None:
    of = dated(["0 50 50 60"], "rand pd died seen")
    first = Endpoint("ttp", ByDates("rand", ("pd",), ("seen",), competing=("died",)), label="TTP")
    other = Endpoint("death", ByDates("rand", ("died",), ("seen",), competing=("pd",)), label="Death")
    assert drawn(endpoint_data(first, of)) == ["50 TTP"]
    assert drawn(endpoint_data(other, of)) == ["50 Death"]


def test_a_competing_event_ends_follow_up() -> None:
    of = dated(["0 - 30 60", "0 40 30 60", "0 20 30 60"], "rand pd died seen")
    ttp = Endpoint("ttp", ByDates("rand", ("pd",), ("seen",), competing=("died",)), label="TTP")
    data = endpoint_data(ttp, of)
    assert drawn(data) == ["30 died", "30 died", "20 TTP"]
    assert data.event.tolist() == [False, False, True]
    assert data.notes(data.known) == ("competing events censor TTP: 2 died",)


def test_nobody_is_followed_up_beyond_the_cut_off() -> None:
    of = dated(
        [
            # rand pd died seen
            "0 100 -  120",  # the event on the day of the cut-off counts
            "0 101 -  120",  # a day later does not: event-free at the cut-off
            "0 -   -  130",  # seen after it
            "0 -   -  80",  # last seen before it: nobody knows what happened since
            "0 101 -  - ",  # an event after it: event-free until then, last contact or not
        ],
        "rand pd died seen",
    )
    cut = replace(PFS, source=replace(PFS.source, cut_off=date(1970, 4, 11)))
    at = "the cut-off 1970-04-11"
    assert (date(1970, 4, 11) - EPOCH).days == 100
    data = endpoint_data(cut, of)
    assert drawn(data) == [
        "100 PFS",
        f"100 censored at {at}",
        f"100 censored at {at}",
        "80 censored at seen",
        f"100 censored at {at}",
    ]
    assert data.notes(data.known) == (f"censored: 1 at seen, 3 at {at}",)


def test_the_cut_off_alone_takes_everybody_as_followed_up_until_then() -> None:
    of = dated(["0 - -", "0 30 -"], "rand pd died")
    only = Endpoint("pfs", ByDates("rand", ("pd", "died"), cut_off=date(1970, 4, 11)), label="PFS")
    assert drawn(endpoint_data(only, of)) == ["100 censored at the cut-off 1970-04-11", "30 PFS"]


def test_another_treatment_ends_follow_up() -> None:
    of = dated(
        [
            # rand pd died seen next
            "0 50 -  90 40",  # progression after the next line is not counted
            "0 50 -  90 50",  # on the same day it is
            "0 -  -  30 40",  # last seen before the next line began
        ],
        "rand pd died seen next",
    )
    until = replace(PFS, source=replace(PFS.source, until=("next",)))
    assert drawn(endpoint_data(until, of)) == ["40 censored at next", "50 PFS", "30 censored at seen"]


def test_a_date_known_in_part_matters_only_where_it_may_decide() -> None:
    of = dated(
        [
            # rand pd died seen
            "0 20..50 -  90",  # some day of that month
            "0 20..50 10 90",  # death came before it, whichever day it was
            "0 95..99 -  90",  # all of it after follow-up
            "0 -  -  60..80",  # last seen on some day
            "0 40 -  60..80",  # of no matter: progression is known
            "1..5 40 -  90",  # the start itself
        ],
        "rand pd died seen",
    )
    assert drawn(endpoint_data(PFS, of)) == [
        "left out",
        "10 PFS",
        "90 censored at seen",
        "left out",
        "40 PFS",
        "left out",
    ]


@pytest.mark.parametrize(
    ("unit", "time"), [(TimeUnit.DAYS, 487), (TimeUnit.WEEKS, 487 / 7), (TimeUnit.MONTHS, 16), (TimeUnit.YEARS, 4 / 3)]
)
def test_units_of_time(unit: TimeUnit, time: float) -> None:
    of = dated(["0 487 - 500"], "rand pd died seen")
    assert endpoint_data(replace(PFS, unit=unit), of).time.tolist() == [pytest.approx(time, rel=1e-12)]


def test_dates_of_anchors_count_as_those_of_columns() -> None:
    of = dated(["0 30 - 50", "0 - - 50"], "rand pd died seen", anchors=("rand", "pd"))
    assert drawn(endpoint_data(PFS, of)) == ["30 PFS", "50 censored at seen"]


def test_dates_that_cannot_be() -> None:
    assert findings(PFS, dated(["10 5 - 20"], "rand pd died seen")) == ["A005"]
    assert findings(PFS, dated(["10 5 20"], "rand pd seen")) == ["A010"]


STATUS = ByTime(
    ColumnRef("patients", "time"),
    Occurrence(ColumnRef("patients", "status"), is_(Op.EQ, "1")),
    competing={"death": Occurrence(ColumnRef("patients", "status"), is_(Op.EQ, "2"))},
)


def test_competing_events_of_a_column() -> None:
    rows = [{"arm": "a", "time": t, "status": s} for t, s in ((1, 0), (2, 1), (3, 2), (4, None), (None, 1))]
    data = endpoint_data(Endpoint("pd", STATUS, label="PD"), population(rows))
    assert drawn(data) == ["1 censored", "2 PD", "3 death", "left out", "left out"]
    assert data.event.tolist() == [False, True, False, False, False]


def test_two_events_at_once_are_refused() -> None:
    both = replace(STATUS, competing={"death": Occurrence(ColumnRef("patients", "dead"))})
    rows = [{"arm": "a", "time": 3, "status": 1, "dead": 1}, {"arm": "a", "time": 3, "status": 1, "dead": 0}]
    assert findings(Endpoint("pd", both), population(rows)) == ["A015"]


def test_delayed_entry() -> None:
    late = replace(STATUS, competing={}, entry=ColumnRef("patients", "came"))
    rows = [{"arm": "a", "time": 3, "status": 1, "came": 1}, {"arm": "a", "time": 3, "status": 0, "came": None}]
    data = endpoint_data(Endpoint("pd", late, label="PD"), population(rows))
    assert drawn(data) == ["3 PD", "left out"]
    assert data.entry is not None
    assert data.entry.tolist() == [1.0, 0.0]
    rows[0]["came"] = 3
    assert findings(Endpoint("pd", late), population(rows)) == ["A016"]


def adtte(*rows: tuple[int, str, float | None, int | None, str | None, str | None], unit: str = "DAYS") -> pl.DataFrame:
    names = ("patient_id", "PARAMCD", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC")
    frame = pl.DataFrame(list(rows), schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(pl.lit(unit).alias("AVALU"))


ADTTE = adtte(
    (0, "PFS", 30.0, 0, "Progression", None),
    (0, "OS", 90.0, 1, None, "Alive"),
    (1, "PFS", 40.0, 0, "Death", None),
    (2, "PFS", 50.0, 2, None, "New therapy"),
    (3, "PFS", 60.0, 1, None, "Alive"),
    (4, "PFS", None, 1, None, "Alive"),
)
SIX = [{"arm": "a"}] * 6


def test_a_parameter_of_adtte() -> None:
    of = population(SIX, {"adtte": ADTTE})
    data = endpoint_data(Endpoint("pfs", ByParameter("PFS"), label="PFS"), of)
    assert drawn(data) == [
        "30 PFS",
        "40 PFS",
        "50 censored at New therapy",
        "60 censored at Alive",
        "left out",
        "left out",
    ]
    ttp = endpoint_data(Endpoint("ttp", ByParameter("PFS", competing={"death": "Death"}), label="TTP"), of)
    assert drawn(ttp)[:3] == ["30 TTP", "40 death", "50 censored at New therapy"]


@pytest.mark.parametrize(
    ("code", "endpoint", "table"),
    [
        ("A011", Endpoint("pfs", ByParameter("PFS", "tte")), ADTTE),
        ("A011", Endpoint("pfs", ByParameter("PFS")), ADTTE.drop("CNSR")),
        ("A012", Endpoint("pfs", ByParameter("EFS")), ADTTE),
        ("A013", Endpoint("pfs", ByParameter("PFS")), pl.concat([ADTTE, ADTTE[:1]])),
        ("A014", Endpoint("pfs", ByParameter("PFS"), TimeUnit.MONTHS), ADTTE),
        ("A003", Endpoint("pfs", ByParameter("PFS")), ADTTE.with_columns(AVAL=pl.lit("long"))),
        ("A004", Endpoint("pfs", ByParameter("PFS")), ADTTE.with_columns(CNSR=pl.lit(-1))),
        ("A005", Endpoint("pfs", ByParameter("PFS")), ADTTE.with_columns(AVAL=-pl.col("AVAL"))),
    ],
)
def test_tables_of_times_that_cannot_be_read(code: str, endpoint: Endpoint, table: pl.DataFrame) -> None:
    assert findings(endpoint, population(SIX, {"adtte": table})) == [code]
