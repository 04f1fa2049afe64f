"""Time.

Days are whole calendar days, counted from an anchor: day 0 is the anchor's date. In these examples the anchor is
`c1d1`, the first day of treatment, and `day -14` stands for the date 14 days before it.
"""

from __future__ import annotations

import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from spec.harness import refused, spec


def test_line_15_windows_are_whole_days_closed_at_both_ends() -> None:
    """`within: [-14, 0]` holds the 14th day before the anchor and the anchor's own day, and no other day beyond."""
    spec(
        """
        in window: {exists: diagnoses, within: [-14, 0]}
        ALT in window: {measure: ALT, within: [-14, 0], is: "> 0 U/L"}
        """,
        """
        patient || in window | ALT in window
        1       || F         | (out_of_window)
        2       || T         | T
        3       || T         | T
        4       || F         | (out_of_window)
        """,
        diagnoses="""
        patient | date
        1       | day -15
        2       | day -14
        3       | day 0
        4       | day 1
        """,
        labs="""
        patient | date    | value
        1       | day -15 | 20
        2       | day -14 | 20
        3       | day 0   | 20
        4       | day 1   | 20
        """,
    )


def test_line_15_the_time_of_day_does_not_matter() -> None:
    """One minute before midnight of the last day is inside, whatever the anchor's own time."""
    spec(
        "in window: {exists: diagnoses, within: [-14, 0]}",
        """
        patient | c1d1             || in window
        1       | 2026-04-20T08:00 || F
        2       | 2026-04-20T08:00 || T
        3       | 2026-04-20T08:00 || T
        4       | 2026-04-20T08:00 || F
        """,
        diagnoses="""
        patient | date
        1       | 2026-04-05T23:59
        2       | 2026-04-06T00:01
        3       | 2026-04-20T23:59
        4       | 2026-04-21T00:00
        """,
    )


def test_line_15_weeks_and_months_are_counted_by_the_calendar() -> None:
    """Windows may be written in days, weeks, months or years; a month before 31 March is the end of February."""
    spec(
        """
        two weeks: {exists: diagnoses, within: [-2 wk, 0 d]}
        a month: {exists: diagnoses, within: [-1, 0], unit: months}
        """,
        """
        patient | c1d1       || two weeks | a month
        1       | 2026-03-31 || F         | T
        2       | 2026-03-31 || F         | F
        3       | 2026-03-31 || T         | T
        4       | 2026-03-31 || F         | T
        """,
        diagnoses="""
        patient | date
        1       | 2026-02-28
        2       | 2026-02-27
        3       | 2026-03-17
        4       | 2026-03-16
        """,
    )


def test_line_16_within_21_days_is_not_at_least_21_days_since() -> None:
    """A treatment that ended 21 days ago is long enough ago, and is still within 21 days.

    A gap of `>= 21 d` allows 21 whole days and does not allow 20.
    """
    spec(
        """
        long enough ago: {gap: treatments, from: end_date, none: infinite, is: ">= 21 d"}
        too recent: {gap: treatments, from: end_date, none: infinite, is: "< 21 d"}
        exactly: {gap: treatments, from: end_date, none: infinite, is: "== 21 d"}
        started within 21 days: {exists: treatments, within: [-21, 0]}
        """,
        """
        patient || long enough ago | too recent | exactly | started within 21 days
        1       || F               | T          | F       | T
        2       || T               | F          | T       | T
        3       || T               | F          | F       | F
        """,
        treatments="""
        patient | date    | end
        1       | day -20 | day -20
        2       | day -21 | day -21
        3       | day -22 | day -22
        """,
    )


def test_line_16_a_gap_starts_at_the_last_event_before_the_anchor() -> None:
    """Of several treatments the one that ended last counts; one that starts after the anchor has not happened yet."""
    spec(
        """
        since end: {gap: treatments, from: end_date, none: infinite, is: ">= 21 d"}
        since start: {gap: treatments, from: date, none: infinite, is: ">= 21 d"}
        since platinum: {gap: treatments, code: platinum, from: end_date, none: infinite, is: ">= 21 d"}
        """,
        """
        patient || since end | since start | since platinum
        1       || T         | T           | T
        2       || F         | T           | T
        3       || T         | T           | T
        4       || F         | T           | F
        """,
        treatments="""
        patient | code     | date    | end
        1       | platinum | day -90 | day -60
        1       | taxane   | day -80 | day -30
        2       | platinum | day -90 | day -60
        2       | taxane   | day -80 | day -10
        3       | platinum | day -90 | day -60
        3       | platinum | day 1   | day 10
        4       | platinum | day -90 | day 10
        """,
    )


def test_line_17_a_gap_says_what_no_event_means() -> None:
    """A washout of 21 days is met by who was never treated; 28 days since brain radiotherapy is not.

    `none: fail` makes the comparison false, whatever it asks. Where the table cannot say "no", no event is unknown.
    """
    spec(
        """
        infinite: {gap: treatments, none: infinite, is: ">= 21 d"}
        infinite and recent: {gap: treatments, none: infinite, is: "< 21 d"}
        fail: {gap: treatments, none: fail, is: ">= 21 d"}
        fail and recent: {gap: treatments, none: fail, is: "< 21 d"}
        unknown: {gap: treatments, none: unknown, is: ">= 21 d"}
        history: {gap: history, none: infinite, is: ">= 21 d"}
        """,
        """
        patient || infinite | infinite and recent | fail | fail and recent | unknown     | history
        1       || T        | F                | F    | F            | (no_record) | (no_record)
        2       || T        | F                | T    | F            | T           | T
        3       || F        | T                | F    | T            | F           | F
        """,
        treatments="""
        patient | date
        2       | day -30
        3       | day -10
        """,
        history="""
        patient | date
        2       | day -30
        3       | day -10
        """,
    )


def test_line_17_a_gap_without_an_answer_for_no_event_is_refused() -> None:
    """Leaving it out is an error, not a default."""
    refused('washout: {gap: treatments, is: ">= 21 d"}', "P059", "1:10")


def test_line_18_no_end_date_is_ongoing_only_where_the_status_says_so() -> None:
    """A null end date may also be one that nobody wrote down.

    Patient 1 is still treated; of patients 2 and 3 the end is not known; patient 5 started 5 days ago, so that the gap
    is 5 days at most, whenever the treatment ended.
    """
    spec(
        """
        off for 14 days: {gap: treatments, from: end_date, open_ended: ongoing, none: infinite, is: ">= 14 d"}
        on treatment: {gap: treatments, from: end_date, open_ended: ongoing, none: fail, is: "== 0 d"}
        status not asked: {gap: treatments, from: end_date, none: infinite, is: ">= 14 d"}
        """,
        """
        patient || off for 14 days | on treatment | status not asked
        1       || F               | T            | (null_date)
        2       || (null_date)     | (null_date)  | (null_date)
        3       || (null_date)     | (null_date)  | (null_date)
        4       || T               | F            | T
        5       || F               | (null_date)  | F
        """,
        treatments="""
        patient | date    | end     | status
        1       | day -30 |         | ongoing
        2       | day -30 |         | stopped
        3       | day -30 |         |
        4       | day -30 | day -20 | stopped
        5       | day -5  |         | stopped
        """,
    )


def test_line_19_before_is_an_earlier_day_and_by_allows_the_same_day() -> None:
    """`before` and `after` are strict, `by` and `from` are not; together they make a window."""
    spec(
        """
        before: {exists: diagnoses, before: c1d1}
        by: {exists: diagnoses, by: c1d1}
        after: {exists: diagnoses, after: c1d1}
        from: {exists: diagnoses, from: c1d1}
        between: {exists: diagnoses, after: c1d1, before: cutoff}
        """,
        """
        patient | cutoff || before | by | after | from | between
        1       | day 2  || T      | T  | F     | F    | F
        2       | day 2  || F      | T  | F     | T    | F
        3       | day 2  || F      | F  | T     | T    | T
        4       | day 2  || F      | F  | T     | T    | F
        """,
        diagnoses="""
        patient | date
        1       | day -1
        2       | day 0
        3       | day 1
        4       | day 2
        """,
    )


def test_line_19_on_the_same_day_times_decide_where_the_rule_says_so() -> None:
    """With `exact_time`, where the row and the anchor both carry a time, the times of the same day are compared.

    Without a time on either side (patients 4 and 5) days decide, as without `exact_time`.
    """
    spec(
        """
        before: {exists: diagnoses, before: c1d1}
        exactly before: {exists: diagnoses, before: c1d1, exact_time: true}
        exactly by: {exists: diagnoses, by: c1d1, exact_time: true}
        exactly after: {exists: diagnoses, after: c1d1, exact_time: true}
        """,
        """
        patient | c1d1             || before | exactly before | exactly by | exactly after
        1       | 2026-04-20T08:00 || F      | T               | T           | F
        2       | 2026-04-20T08:00 || F      | F               | T           | F
        3       | 2026-04-20T08:00 || F      | F               | F           | T
        4       | 2026-04-20T08:00 || F      | F               | T           | F
        5       | 2026-04-20       || F      | F               | T           | F
        6       | 2026-04-20T08:00 || T      | T               | T           | F
        """,
        diagnoses="""
        patient | date
        1       | 2026-04-20T07:59
        2       | 2026-04-20T08:00
        3       | 2026-04-20T08:01
        4       | 2026-04-20
        5       | 2026-04-20T07:00
        6       | 2026-04-19T23:00
        """,
    )


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("ms"), pa.string()], ids=str)
def test_line_20_a_date_and_a_time_are_compared_as_days(kind: pa.DataType) -> None:
    """1 January, 15:00, is on 1 January: not after it, and not before it, whichever side carries the time."""
    spec(
        """
        by: {exists: diagnoses, by: c1d1}
        before: {exists: diagnoses, before: c1d1}
        same day: {exists: diagnoses, within: [0, 0]}
        """,
        """
        patient | c1d1       || by | before | same day
        1       | 2020-01-01 || T  | F      | T
        2       | 2020-01-02 || T  | T      | F
        3       | 2019-12-31 || F  | F      | F
        """,
        diagnoses="""
        patient | date
        1       | 2020-01-01T15:00
        2       | 2020-01-01T15:00
        3       | 2020-01-01T15:00
        """,
        form="parquet",
        types={"diagnoses.date": kind, "patients.c1d1": pa.date32()},
    )


@pytest.mark.parametrize("form", ["parquet", "ipc", "ipc_stream"])
def test_line_20_an_instant_is_the_calendar_day_of_the_zone(form: str) -> None:
    """23:30 in New York is stored as half past three of the next day in UTC; it is day 0 all the same.

    The zone in whose calendar the trial lives stands in the data dictionary.
    """
    spec(
        """
        day 0: {exists: visits, within: [0, 0]}
        day 1: {exists: visits, within: [1, 1]}
        """,
        """
        patient | c1d1       || day 0 | day 1
        1       | 2026-04-20 || T     | F
        2       | 2026-04-20 || F     | T
        3       | 2026-04-20 || T     | F
        4       | 2026-04-20 || F     | F
        """,
        dictionary="""
        format: stratify-dictionary/1
        zone: America/New_York
        tables:
          patients: {dates: [c1d1, cutoff]}
          visits: {date: date, absence_means: false}
        """,
        visits="""
        patient | date
        1       | 2026-04-21T03:30+00:00
        2       | 2026-04-21T04:00+00:00
        3       | 2026-04-20T04:00+00:00
        4       | 2026-04-20T03:59+00:00
        """,
        form=form,
        types={"visits.date": pa.timestamp("us", tz="UTC"), "patients.c1d1": pa.date32()},
    )


def test_line_20_text_with_an_offset_is_an_instant_too() -> None:
    """The same in a file of text."""
    spec(
        """
        day 0: {exists: visits, within: [0, 0]}
        day 1: {exists: visits, within: [1, 1]}
        """,
        """
        patient | c1d1       || day 0 | day 1
        1       | 2026-04-20 || T     | F
        2       | 2026-04-20 || T     | F
        3       | 2026-04-20 || F     | T
        """,
        dictionary="""
        format: stratify-dictionary/1
        zone: America/New_York
        tables:
          patients: {dates: [c1d1, cutoff]}
          visits: {date: date, absence_means: false}
        """,
        visits="""
        patient | date
        1       | 2026-04-21T03:30:00Z
        2       | 2026-04-20T23:30:00-04:00
        3       | 2026-04-21T00:30:00-04:00
        """,
    )


def test_line_21_an_incomplete_date_is_every_day_it_may_be() -> None:
    """An event of April 2026 is inside a window only if every day of April is, and outside only if none is.

    The anchor is 20 April 2026. A middle of the month is never made up.
    """
    spec(
        """
        last 60 days: {exists: diagnoses, within: [-60, 0]}
        last 14 days: {exists: diagnoses, within: [-14, 0]}
        ever: {exists: diagnoses}
        """,
        """
        patient || last 60 days   | last 14 days   | ever
        1       || (partial_date) | (partial_date) | T
        2       || T              | F              | T
        3       || (partial_date) | F              | T
        4       || (partial_date) | (partial_date) | T
        5       || F              | F              | T
        6       || (partial_date) | (partial_date) | T
        7       || T              | T              | T
        """,
        diagnoses="""
        patient | date
        1       | 2026-04
        2       | 2026-03
        3       | 2026-02
        4       | 2026
        5       | 2025
        6       | 2026---14
        7       | 2026-04
        7       | 2026-04-10
        """,
    )


def test_line_21_age_from_an_incomplete_date_of_birth() -> None:
    """Born some day of April 2008, a patient may or may not be 18 on 20 April 2026; born in March, is."""
    spec(
        """
        adult: {age: years, at: c1d1, is: ">= 18"}
        at least 17: {age: years, at: c1d1, is: ">= 17"}
        """,
        """
        patient | birth   || adult          | at least 17
        1       | 2008-04 || (partial_date) | T
        2       | 2008-03 || T              | T
        3       | 2008-05 || F              | T
        4       | 2008    || (partial_date) | T
        5       | 2007    || T              | T
        6       |         || (null_date)    | (null_date)
        """,
    )


def test_line_21_an_incomplete_anchor_and_an_incomplete_latest_value() -> None:
    """The same holds for the anchor, and for which of two values is the latest.

    Patient 1 starts some day of April. Of patient 3's values either may be the latest: they answer differently.
    """
    spec(
        """
        recent: {exists: diagnoses, within: [-14, 0]}
        long ago: {gap: diagnoses, none: infinite, is: ">= 21 d"}
        ALT low: {measure: ALT, take: latest, is: "<= 100 U/L"}
        """,
        """
        patient | c1d1       || recent         | long ago       | ALT low
        1       | 2026-04    || (partial_date) | (partial_date) | (no_record)
        2       | 2026-04    || F              | T              | (no_record)
        3       | 2026-04-20 || F              | T              | (partial_date)
        4       | 2026-04-20 || F              | T              | T
        5       | 2026-04-20 || F              | T              | F
        """,
        diagnoses="""
        patient | date
        1       | 2026-03-31
        2       | 2026-03-10
        """,
        labs="""
        patient | date       | value
        3       | 2026-03    | 300
        3       | 2026-03-15 | 20
        4       | 2026-03    | 30
        4       | 2026-03-15 | 20
        5       | 2026-03    | 300
        5       | 2026-02-15 | 20
        """,
    )


@pytest.mark.parametrize("kind", [pa.string(), pa.date32(), pa.timestamp("us"), pa.timestamp("ns")], ids=str)
def test_line_22_a_birthday_completes_the_year(kind: pa.DataType) -> None:
    """The day before the 18th birthday is 17, the birthday is 18, whatever the type of the column.

    On the 18th birthday `>= 18` is true and `> 18` is false. Leap days between do not matter.
    """
    spec(
        """
        at least 18: {age: years, at: c1d1, is: ">= 18"}
        over 18: {age: years, at: c1d1, is: "> 18"}
        is 18: {age: years, at: c1d1, is: "== 18"}
        """,
        """
        patient | birth      | c1d1       || at least 18 | over 18 | is 18
        1       | 2008-04-20 | 2026-04-19 || F           | F       | F
        2       | 2008-04-20 | 2026-04-20 || T           | F       | T
        3       | 2008-04-20 | 2026-04-21 || T           | F       | T
        4       | 2008-04-20 | 2027-04-19 || T           | F       | T
        5       | 2008-04-20 | 2027-04-20 || T           | T       | F
        """,
        form="parquet",
        types={"patients.birth": kind, "patients.c1d1": kind},
    )


def test_line_22_born_on_29_february() -> None:
    """The birthday is 1 March in common years, and 29 February in leap years."""
    spec(
        """
        at least 18: {age: years, at: c1d1, is: ">= 18"}
        at least 20: {age: years, at: c1d1, is: ">= 20"}
        """,
        """
        patient | birth      | c1d1       || at least 18 | at least 20
        1       | 2000-02-29 | 2018-02-28 || F           | F
        2       | 2000-02-29 | 2018-03-01 || T           | F
        3       | 2000-02-29 | 2020-02-28 || T           | F
        4       | 2000-02-29 | 2020-02-29 || T           | T
        """,
    )


def test_line_22_months_clamp_to_the_end_of_the_month() -> None:
    """Six months after 31 August is the last day of February: 28 February, or the 29th in a leap year.

    A month of age is completed on the same day of the next month, or else on the first day after it.
    """
    spec(
        """
        six months ago: {gap: diagnoses, none: infinite, is: ">= 6 mo"}
        less: {gap: diagnoses, none: infinite, is: "< 6 mo"}
        more: {gap: diagnoses, none: infinite, is: "> 6 mo"}
        one month old: {age: months, at: c1d1, is: ">= 1"}
        """,
        """
        patient | birth      | c1d1       || six months ago | less | more | one month old
        1       | 2026-01-31 | 2026-02-27 || F              | T    | F    | F
        2       | 2026-01-31 | 2026-02-28 || T              | F    | F    | F
        3       | 2026-01-31 | 2026-03-01 || T              | F    | T    | T
        4       | 2024-01-31 | 2024-02-28 || F              | T    | F    | F
        5       | 2024-01-29 | 2024-02-29 || T              | F    | F    | T
        """,
        diagnoses="""
        patient | date
        1       | 2025-08-31
        2       | 2025-08-31
        3       | 2025-08-31
        4       | 2023-08-31
        5       | 2023-08-31
        """,
    )


def test_line_23_without_its_anchor_a_rule_is_unknown() -> None:
    """Nothing can be said of the days before a date that is not known. Rules without the anchor are not touched."""
    spec(
        """
        recent: {exists: diagnoses, within: [-14, 0]}
        not recent: {not: {ref: recent}}
        counted: {count: diagnoses, by: c1d1, is: ">= 1"}
        washed out: {gap: treatments, none: infinite, is: ">= 21 d"}
        ALT low: {measure: ALT, within: [-14, 0], is: "<= 100 U/L"}
        adult: {age: years, at: c1d1, is: ">= 18"}
        ever: {exists: diagnoses}
        """,
        """
        patient | birth      | c1d1  || recent           | not recent       | counted          | washed out       | ever
        1       | 1980-01-01 |       || (anchor_missing) | (anchor_missing) | (anchor_missing) | (anchor_missing) | T
        2       | 1980-01-01 |       || (anchor_missing) | (anchor_missing) | (anchor_missing) | (anchor_missing) | F
        3       | 1980-01-01 | day 0 || T                | F                | T                | T                | T
        """,
        diagnoses="""
        patient | date
        1       | day -3
        3       | day -3
        """,
    )
    spec(
        """
        ALT low: {measure: ALT, within: [-14, 0], is: "<= 100 U/L"}
        adult: {age: years, at: c1d1, is: ">= 18"}
        any day: {measure: ALT, is: "<= 100 U/L"}
        """,
        """
        patient | birth      | c1d1  || ALT low          | adult            | any day
        1       | 1980-01-01 |       || (anchor_missing) | (anchor_missing) | T
        2       |            |       || (anchor_missing) | (anchor_missing) | (no_record)
        3       | 1980-01-01 | day 0 || T                | T                | T
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20
        3       | day -3 | 20
        """,
    )


def test_line_24_a_row_without_a_date_is_never_in_a_window() -> None:
    """It may have been in the window; where that could decide, the answer is unknown.

    Patient 2 has a dated diagnosis besides, which settles it.
    """
    spec(
        """
        recent: {exists: diagnoses, within: [-14, 0]}
        not recent: {not: {ref: recent}}
        ever: {exists: diagnoses}
        at most 1: {count: diagnoses, within: [-14, 0], is: "<= 1"}
        """,
        """
        patient || recent      | not recent  | ever | at most 1
        1       || (null_date) | (null_date) | T    | T
        2       || T           | F           | T    | (null_date)
        3       || F           | T           | T    | T
        """,
        diagnoses="""
        patient | date    | code
        1       |         | X
        2       |         | X
        2       | day -3  | Y
        3       | day -30 | X
        """,
    )


def test_line_24_an_undated_value_that_agrees_decides_nothing() -> None:
    """An undated value of 20 cannot change that all values, and the latest, are below 100; one of 300 could."""
    spec(
        """
        latest: {measure: ALT, take: latest, within: [-14, 0], is: "<= 100 U/L"}
        max: {measure: ALT, take: max, within: [-14, 0], is: "<= 100 U/L"}
        any: {measure: ALT, take: any, within: [-14, 0], is: "<= 100 U/L"}
        mean: {measure: ALT, take: mean, within: [-14, 0], is: "<= 100 U/L"}
        """,
        """
        patient || latest      | max         | any         | mean
        1       || (null_date) | (null_date) | (null_date) | (null_date)
        2       || T           | T           | T           | (null_date)
        3       || (null_date) | (null_date) | T           | (null_date)
        4       || (null_date) | F           | (null_date) | (null_date)
        """,
        labs="""
        patient | date   | value
        1       |        | 20
        2       |        | 20
        2       | day -3 | 20
        3       |        | 300
        3       | day -3 | 20
        4       |        | 20
        4       | day -3 | 300
        """,
    )


AS_OF_RULES = """
        latest: {measure: ALT, take: latest, is: "<= 100 U/L"}
        max: {measure: ALT, take: max, within: [-14, 60], is: "<= 100 U/L"}
        diagnosed: {exists: diagnoses, code: X}
        counted: {count: diagnoses, code: Y, is: "== 1"}
        washed out: {gap: treatments, of: cutoff, none: infinite, is: ">= 21 d"}
        adult: {age: years, at: c1d1, is: ">= 18"}
        """


def test_line_25_what_is_recorded_after_the_data_cut_off_is_not_known() -> None:
    """With `as_of: cutoff` a record after the cut-off changes nothing: patients 1 and 2 differ only in later records.

    Patient 3 has later records alone, which are outside of every window.
    """
    spec(
        """
        latest: {measure: ALT, take: latest, is: "<= 100 U/L"}
        max: {measure: ALT, take: max, within: [-14, 60], is: "<= 100 U/L"}
        diagnosed: {exists: diagnoses, code: X}
        counted: {count: diagnoses, code: Y, is: "== 1"}
        washed out: {gap: treatments, of: cutoff, none: infinite, is: ">= 21 d"}
        """,
        """
        patient | cutoff || latest           | max              | diagnosed        | counted          | washed out
        1       | day 30 || T                | T                | F                | T                | T
        2       | day 30 || T                | T                | F                | T                | T
        3       | day 30 || (out_of_window)  | (out_of_window)  | F                | F                | T
        4       |        || (anchor_missing) | (anchor_missing) | (anchor_missing) | (anchor_missing) | (anchor_missing)
        """,
        defaults="{anchor: c1d1, as_of: cutoff}",
        labs="""
        patient | date   | value
        1       | day 30 | 20
        2       | day 30 | 20
        2       | day 31 | 300
        3       | day 31 | 300
        """,
        diagnoses="""
        patient | date   | code
        1       | day 30 | Y
        2       | day 30 | Y
        2       | day 31 | X
        2       | day 31 | Y
        3       | day 31 | X
        """,
        treatments="""
        patient | date   | end
        1       | day -5 | day 1
        2       | day -5 | day 1
        2       | day 31 | day 40
        3       | day 31 | day 40
        """,
    )


def test_line_25_adding_a_later_record_changes_nothing_before_it() -> None:
    """Two extracts of the same patient, one month apart, screened as of the same day: the outputs are equal."""
    patients = """
        patient | birth      | cutoff
        1       | 1980-01-01 | day 30
        """
    labs = """
        patient | date    | value
        1       | day -10 | 300
        1       | day -3  | 20
        """
    diagnoses = """
        patient | date    | code
        1       | day -90 | Y
        """
    treatments = """
        patient | date    | end
        1       | day -90 | day -60
        """
    as_of = "{anchor: c1d1, as_of: cutoff}"
    first = spec(AS_OF_RULES, patients, defaults=as_of, labs=labs, diagnoses=diagnoses, treatments=treatments)
    second = spec(
        AS_OF_RULES,
        patients,
        defaults=as_of,
        labs=labs + "1 | day 31 | 300\n1 | day 40 | \n1 | 2026-06 | 999",
        diagnoses=diagnoses + "1 | day 31 | X\n1 | day 32 | Y\n1 | 2027 | X",
        treatments=treatments + "1 | day 31 | \n1 | day 40 | day 50",
    )
    assert_frame_equal(first.frame, second.frame)
