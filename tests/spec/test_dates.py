"""Dates.

Birthdays and month ends go by the calendar; what is not known of a date is never made up; what is recorded later is not
known earlier. The anchor of these examples is 20 April 2026 where nothing else is drawn.
"""

from __future__ import annotations

import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from spec.harness import spec


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


def test_line_22_born_on_29_February() -> None:
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


def test_line_25_an_end_after_the_data_cut_off_is_not_known() -> None:
    """On the day of the cut-off a treatment that ended later was still going on, and nobody knew when it would end.

    Patient 1 ended it on the day of the cut-off, patient 2 the day after. Until day -10 both had it.
    """
    spec(
        """
        off 5 days: {gap: treatments, from: end_date, none: infinite, is: ">= 5 d"}
        off at cut-off: {gap: treatments, from: end_date, of: cutoff, none: infinite, is: ">= 1 d"}
        """,
        """
        patient | cutoff  || off 5 days  | off at cut-off
        1       | day -10 || T           | F
        2       | day -10 || (null_date) | F
        """,
        defaults="{anchor: c1d1, as_of: cutoff}",
        treatments="""
        patient | date    | end
        1       | day -90 | day -10
        2       | day -90 | day -9
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
