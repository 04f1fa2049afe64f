"""Anchors derived from events.

Windows, gaps and ages may be counted from a day that no column holds: the end of the last platinum treatment, the
first progression after it. Such an anchor is the `latest` or the `earliest` date of the rows that match and lie in its
bounds by the date of their table.
"""

from __future__ import annotations

from spec.harness import refused, spec


def test_line_15_within_six_months_of_the_last_platinum_dose() -> None:
    """The anchor is the latest end of the platinum treatments that started before treatment; day 0 is that day."""
    spec(
        """
        resistant: {exists: diagnoses, code: progression, within: [0, 6], unit: months, of: platinum}
        """,
        """
        patient || resistant
        1       || T
        2       || T
        3       || F
        4       || F
        5       || T
        """,
        anchors="platinum: {latest: treatments, code: [cisplatin, carboplatin], column: end_date, before: c1d1}",
        treatments="""
        patient | date       | end        | code
        1       | 2025-01-05 | 2025-03-31 | cisplatin
        1       | 2025-04-01 | 2026-01-01 | paclitaxel
        2       | 2025-01-05 | 2025-03-31 | cisplatin
        3       | 2025-01-05 | 2025-03-31 | cisplatin
        4       | 2025-01-05 | 2025-03-31 | cisplatin
        5       | 2024-01-05 | 2024-03-31 | cisplatin
        5       | 2025-01-05 | 2025-03-31 | carboplatin
        """,
        diagnoses="""
        patient | date       | code
        1       | 2025-03-31 | progression
        2       | 2025-09-30 | progression
        3       | 2025-10-01 | progression
        4       | 2025-03-30 | progression
        5       | 2025-09-01 | progression
        """,
    )


def test_line_23_without_such_a_row_there_is_no_day() -> None:
    """Nobody can say "within six months of the last platinum dose" of a patient who never had one.

    Everything that is counted from the anchor is unknown(anchor_missing), also where the dictionary says that no row
    means that nothing happened: that there is no event does not make a day. So it is where the bound has no day.
    """
    spec(
        """
        resistant: {exists: diagnoses, code: progression, within: [0, 6], unit: months, of: platinum}
        long ago: {gap: treatments, of: platinum, none: infinite, is: ">= 3 d"}
        grown up: {age: years, at: platinum, is: ">= 18"}
        other: {exists: diagnoses}
        """,
        """
        patient | c1d1   | birth      || resistant        | long ago         | grown up         | other
        1       | day 0  | 1970-01-01 || (anchor_missing) | (anchor_missing) | (anchor_missing) | F
        2       | day 0  | 1970-01-01 || (anchor_missing) | (anchor_missing) | (anchor_missing) | T
        3       |        | 1970-01-01 || (anchor_missing) | (anchor_missing) | (anchor_missing) | F
        4       | day 0  | 1970-01-01 || F                | F                | T                | F
        """,
        anchors="platinum: {latest: treatments, code: cisplatin, before: c1d1}",
        treatments="""
        patient | date   | code
        2       | day 0  | cisplatin
        2       | day -9 | paclitaxel
        3       | day -9 | cisplatin
        4       | day -9 | cisplatin
        """,
        diagnoses="""
        patient | date   | code
        2       | day -9 | progression
        """,
    )


def test_line_21_an_anchor_is_every_day_it_may_be() -> None:
    """An incomplete date makes the anchor an interval of days, and a rule is true or false only if all days agree.

    The last dose was in March 2026: a progression on 1 April is after it, one on 15 March may be, one on 28 February
    is not. An earlier treatment with an exact date changes nothing, a later one decides.
    """
    spec(
        "after the last dose: {exists: diagnoses, after: platinum}",
        """
        patient || after the last dose
        1       || T
        2       || (partial_date)
        3       || F
        4       || (partial_date)
        5       || F
        """,
        anchors="platinum: {latest: treatments, before: c1d1}",
        treatments="""
        patient | date
        1       | 2026-03
        2       | 2026-03
        3       | 2026-03
        4       | 2026-03
        4       | 2026-02-01
        5       | 2026-03
        5       | 2026-04-02
        """,
        diagnoses="""
        patient | date
        1       | 2026-04-01
        2       | 2026-03-15
        3       | 2026-02-28
        4       | 2026-03-15
        5       | 2026-04-01
        """,
    )


def test_line_24_a_row_that_perhaps_counts_widens_the_anchor() -> None:
    """A treatment without a date is perhaps in the bounds, and one without a code is perhaps the one asked.

    Patients 1 and 2 certainly had an earlier dose on day -30, and perhaps a later one: a progression on day -20 is
    perhaps before that later one, one after the bound is certainly after it. Patient 3 had perhaps no such treatment
    at all, and then there is no day.
    """
    spec(
        """
        after the last dose: {exists: diagnoses, code: progression, after: platinum}
        dead after the last dose: {exists: diagnoses, code: death, after: platinum}
        """,
        """
        patient || after the last dose | dead after the last dose
        1       || (partial_date)      | T
        2       || (partial_date)      | T
        3       || (anchor_missing)    | (anchor_missing)
        """,
        anchors="platinum: {latest: treatments, code: cisplatin, before: c1d1}",
        treatments="""
        patient | date    | code
        1       | day -30 | cisplatin
        1       |         | cisplatin
        2       | day -30 | cisplatin
        2       | day -10 |
        3       | day -10 |
        """,
        diagnoses="""
        patient | date    | code
        1       | day -20 | progression
        1       | day 0   | death
        2       | day -20 | progression
        2       | day 0   | death
        3       | day -20 | progression
        """,
    )


def test_line_18_a_row_without_an_end_leaves_the_anchor_open() -> None:
    """An end that is missing is any day from the start on, whether or not a status says that the treatment goes on.

    So the last end is after every day before that start, and nothing more is known of it. The earliest end is not
    touched: the treatment of patient 2 that has ended came to its end before the other one started.
    """
    spec(
        """
        after the last end: {exists: diagnoses, after: last}
        before the last end: {exists: diagnoses, before: last}
        after the first end: {exists: diagnoses, after: first}
        """,
        """
        patient || after the last end | before the last end | after the first end
        1       || (partial_date)     | (partial_date)      | (partial_date)
        2       || F                  | T                   | T
        3       || F                  | T                   | F
        """,
        anchors="""
        last:  {latest: treatments, column: end_date, before: c1d1}
        first: {earliest: treatments, column: end_date, before: c1d1}
        """,
        treatments="""
        patient | date    | end     | status
        1       | day -30 |         | ongoing
        2       | day -60 | day -50 |
        2       | day -30 |         |
        3       | day -30 |         |
        """,
        diagnoses="""
        patient | date
        1       | day -10
        2       | day -40
        3       | day -40
        """,
    )


def test_an_end_before_its_start_may_be_either_day() -> None:
    """One of the two dates is wrong, and nobody knows which."""
    spec(
        "after the last end: {exists: diagnoses, after: last}",
        """
        patient || after the last end
        1       || (partial_date)
        2       || T
        3       || F
        """,
        anchors="last: {latest: treatments, column: end_date}",
        treatments="""
        patient | date    | end
        1       | day -20 | day -30
        2       | day -20 | day -30
        3       | day -20 | day -30
        """,
        diagnoses="""
        patient | date
        1       | day -25
        2       | day -19
        3       | day -30
        """,
    )


def test_anchors_build_on_one_another() -> None:
    """A bound may be an anchor that is itself derived: the first progression after the last dose, at any depth.

    Patient 2 progressed before the last dose only, so that there is no such progression and no rescue after it.
    """
    spec(
        """
        rescued soon: {exists: treatments, code: rescue, within: [0, 14], of: progression}
        died soon: {exists: diagnoses, code: death, within: [0, 2 mo], of: rescue}
        """,
        """
        patient || rescued soon     | died soon
        1       || T                | T
        2       || (anchor_missing) | (anchor_missing)
        3       || F                | F
        """,
        anchors="""
        rescue:      {earliest: treatments, code: rescue, after: progression}
        progression: {earliest: diagnoses, code: progression, after: last_dose}
        last_dose:   {latest: treatments, code: cisplatin, column: end_date, before: c1d1}
        """,
        treatments="""
        patient | date       | end        | code
        1       | 2025-01-05 | 2025-03-31 | cisplatin
        1       | 2025-06-10 |            | rescue
        2       | 2025-01-05 | 2025-03-31 | cisplatin
        3       | 2025-01-05 | 2025-03-31 | cisplatin
        3       | 2025-06-20 |            | rescue
        """,
        diagnoses="""
        patient | date       | code
        1       | 2025-02-01 | progression
        1       | 2025-06-01 | progression
        1       | 2025-08-10 | death
        2       | 2025-02-01 | progression
        3       | 2025-06-01 | progression
        3       | 2025-08-21 | death
        """,
    )


def test_anchors_in_a_circle_are_refused() -> None:
    """The day of each would have to be known before it could be found."""
    refused(
        "ever: {exists: diagnoses}",
        "P360",
        anchors="""
        dose:        {latest: treatments, before: progression}
        progression: {earliest: diagnoses, after: dose}
        """,
    )


def test_line_19_a_time_of_day_is_carried() -> None:
    """Where the picked date carries a time, `exact_time` compares with it; where a row of that day has none, nothing
    is known of the time, and the whole day decides."""
    spec(
        """
        later that day: {exists: diagnoses, after: dose, exact_time: true}
        on a later day: {exists: diagnoses, after: dose}
        """,
        """
        patient || later that day | on a later day
        1       || T              | F
        2       || F              | F
        3       || F              | F
        """,
        anchors="dose: {latest: treatments}",
        treatments="""
        patient | date
        1       | 2026-03-01T08:00
        1       | 2026-03-01T09:00
        2       | 2026-03-01T10:00
        3       | 2026-03-01T09:00
        3       | 2026-03-01
        """,
        diagnoses="""
        patient | date
        1       | 2026-03-01T09:30
        2       | 2026-03-01T09:30
        3       | 2026-03-01T09:30
        """,
    )


def test_line_25_what_is_recorded_later_is_not_known() -> None:
    """With `as_of: cutoff` a treatment after the cut-off is not there, and an end after it is some later day."""
    spec(
        """
        after the last start: {exists: diagnoses, after: started}
        after the last end: {exists: diagnoses, after: ended}
        """,
        """
        patient | cutoff  || after the last start | after the last end
        1       | day -10 || T                    | T
        2       | day -10 || T                    | F
        3       |         || (anchor_missing)     | (anchor_missing)
        """,
        defaults="{anchor: c1d1, as_of: cutoff}",
        anchors="""
        started: {latest: treatments}
        ended:   {latest: treatments, column: end_date}
        """,
        treatments="""
        patient | date    | end
        1       | day -30 | day -25
        1       | day -5  | day -1
        2       | day -30 | day -5
        3       | day -30 | day -25
        """,
        diagnoses="""
        patient | date
        1       | day -20
        2       | day -20
        3       | day -20
        """,
    )


def test_line_25_as_of_may_itself_be_derived() -> None:
    """The day of the last scan, after which nothing is looked at. That day, and what it builds on, heeds no cut-off."""
    spec(
        """
        known progression: {exists: diagnoses, code: progression}
        """,
        """
        patient || known progression
        1       || T
        2       || F
        3       || (anchor_missing)
        """,
        defaults="{anchor: c1d1, as_of: last_scan}",
        anchors="last_scan: {latest: treatments, code: scan}",
        treatments="""
        patient | date    | code
        1       | day -30 | scan
        1       | day -10 | scan
        2       | day -30 | scan
        """,
        diagnoses="""
        patient | date    | code
        1       | day -20 | progression
        2       | day -20 | progression
        3       | day -20 | progression
        """,
    )
