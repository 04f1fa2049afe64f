"""Time.

Days are whole calendar days, counted from an anchor: day 0 is the anchor's date. In these examples the anchor is
`c1d1`, the first day of treatment, and `day -14` stands for the date 14 days before it.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from spec.harness import refused, spec


def test_line_15_windows_are_whole_days_closed_at_both_ends() -> None:
    """Windows are whole days, closed at both ends.

    `within: [-14, 0]` holds the 14th day before the anchor and the anchor's own day, and no day beyond either.
    """
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


KEYS = {
    "within: [-2, 1]": ("FTTTTFF", "day -3 | day -2 | day -1 | day 0 | day 1 | day 2 | day 3"),
    "within: [-2, 1], of: cutoff": ("FFTTTTF", "day -3 | day -2 | day -1 | day 0 | day 1 | day 2 | day 3"),
    "within: [-2 wk, 1 wk]": ("FTTTF", "day -15 | day -14 | day 0 | day 7 | day 8"),
    "within: [-2, 1], unit: weeks": ("FTTTF", "day -15 | day -14 | day 0 | day 7 | day 8"),
    "within: [-2 mo, 1 mo]": ("FTTTF", "2026-02-19 | 2026-02-20 | day 0 | 2026-05-20 | 2026-05-21"),
    "within: [-2, 1], unit: months, of: cutoff": (
        "FTTTF",
        "2026-02-20 | 2026-02-21 | day 0 | 2026-05-21 | 2026-05-22",
    ),
    "within: [-1 y, 0 d]": ("FTTF", "2025-04-19 | 2025-04-20 | day 0 | day 1"),
    "within: [-1, 1], unit: years": ("FTTF", "2025-04-19 | 2025-04-20 | 2027-04-20 | 2027-04-21"),
    "before: cutoff": ("TTFF", "day -1 | day 0 | day 1 | day 2"),
    "by: cutoff": ("TTTF", "day -1 | day 0 | day 1 | day 2"),
    "after: cutoff": ("FFFT", "day -1 | day 0 | day 1 | day 2"),
    "from: cutoff": ("FFTT", "day -1 | day 0 | day 1 | day 2"),
    "after: c1d1, by: cutoff": ("FFTF", "day -1 | day 0 | day 1 | day 2"),
    "within: [-9, 9], from: c1d1, before: cutoff": ("FTFF", "day -1 | day 0 | day 1 | day 2"),
}


@pytest.mark.parametrize("window", KEYS)
def test_line_15_every_leaf_that_asks_rows_takes_every_window(window: str) -> None:
    """`exists`, `count`, `measure`, `each` and derived anchors take `within` around the default anchor or `of` another,
    in days, weeks, months and years, and `before`, `by`, `after`, `from`; several keys hold together.
    """
    inside, days = KEYS[window]
    dates = [day.strip() for day in days.split("|")]
    rows = "\n".join(f"{number} | {day}" for number, day in enumerate(dates))
    answers = [
        " | ".join((str(number), "day 1", *([said] * 3), *(["T" if said == "T" else ""] * 4)))
        for number, said in enumerate(inside)
    ]
    spec(
        f"""
        exists: {{exists: diagnoses, {window}}}
        count: {{count: diagnoses, is: ">= 1", {window}}}
        not none: {{not: {{count: diagnoses, is: "== 0", {window}}}}}
        measure: {{measure: ALT, take: any, is: "> 0 U/L", {window}}}
        latest: {{measure: ALT, is: "> 0 U/L", {window}}}
        each: {{each: [ALT, ALT], is: "> 0 U/L", {window}}}
        anchor: {{exists: diagnoses, within: [0, 0], of: found}}
        """,
        "patient | cutoff || exists | count | not none | measure | latest | each | anchor\n"
        + "\n".join(line.replace("day 1 |", "day 1 ||", 1) for line in answers),
        anchors=f"found: {{latest: diagnoses, {window}}}",
        diagnoses=f"patient | date\n{rows}",
        labs="patient | date | value\n" + "\n".join(f"{line} | 20" for line in rows.splitlines()),
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
