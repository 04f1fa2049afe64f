"""Repeated values.

A patient has many results of one test. `take` says which of them a rule asks, `tie` what decides between values of the
same moment.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import permutations

import polars as pl

from spec.harness import Engine, Screened, spec


def test_line_26_latest_any_and_latest_among_those_are_three_questions() -> None:
    """300 three days ago and 20 ten days ago, against a limit of 100: no, yes, yes."""
    spec(
        """
        latest is low: {measure: ALT, take: latest, within: [-14, 0], is: "<= 100 U/L"}
        some are low: {measure: ALT, take: any, within: [-14, 0], is: "<= 100 U/L"}
        latest of the low ones:
          {measure: ALT, take: latest, within: [-14, 0], where: {field: value, is: "<= 100"}, is: "<= 100 U/L"}
        """,
        """
        patient || latest is low | some are low | latest of the low ones
        1       || F             | T            | T
        """,
        labs="""
        patient | date    | value
        1       | day -3  | 300
        1       | day -10 | 20
        """,
    )


def test_line_26_every_take() -> None:
    """Nine ways to take one answer from several values: their mean is 80, their median 60.

    `closest` is the value nearest to the window's anchor, before or after it.
    """
    spec(
        """
        latest: {measure: ALT, take: latest, within: [-30, 30], is: "== 20 U/L"}
        earliest: {measure: ALT, take: earliest, within: [-30, 30], is: "== 40 U/L"}
        closest: {measure: ALT, take: closest, within: [-30, 30], is: "== 180 U/L"}
        max: {measure: ALT, take: max, within: [-30, 30], is: "== 180 U/L"}
        min: {measure: ALT, take: min, within: [-30, 30], is: "== 20 U/L"}
        mean: {measure: ALT, take: mean, within: [-30, 30], is: "== 80 U/L"}
        median: {measure: ALT, take: median, within: [-30, 30], is: "== 60 U/L"}
        any: {measure: ALT, take: any, within: [-30, 30], is: "== 80 U/L"}
        all: {measure: ALT, take: all, within: [-30, 30], is: "20 .. 180 U/L"}
        """,
        """
        patient || latest | earliest | closest | max | min | mean | median | any | all
        1       || T      | T        | T       | T   | T   | T    | T      | T   | T
        """,
        labs="""
        patient | date    | value
        1       | day -20 | 40
        1       | day -10 | 80
        1       | day 2   | 180
        1       | day 12  | 20
        """,
    )


def test_line_26_each_asks_several_measures_alike() -> None:
    """`each` is one rule for several measures: all of them must meet it."""
    spec(
        'liver: {each: [ALT, AST], within: [-14, 0], is: "<= 2.5 xULN"}',
        """
        patient || liver
        1       || T
        2       || F
        3       || (no_record)
        4       || F
        """,
        labs="""
        patient | test | date   | value | uln
        1       | ALT  | day -3 | 100   | 40
        1       | AST  | day -3 | 80    | 35
        2       | ALT  | day -3 | 100   | 40
        2       | AST  | day -3 | 90    | 35
        3       | ALT  | day -3 | 100   | 40
        4       | ALT  | day -3 | 101   | 40
        """,
    )


def test_line_27_a_time_of_day_orders_values_of_one_day() -> None:
    """The later of two values of one day is the latest; a time decides before any tie is looked at."""
    spec(
        """
        latest: {measure: ALT, take: latest, is: "<= 100 U/L"}
        earliest: {measure: ALT, take: earliest, is: "<= 100 U/L"}
        """,
        """
        patient || latest | earliest
        1       || T      | F
        2       || F      | T
        """,
        labs="""
        patient | date             | value
        1       | 2026-04-17T08:00 | 300
        1       | 2026-04-17T16:00 | 20
        2       | 2026-04-17T08:00 | 20
        2       | 2026-04-17T16:00 | 300
        """,
    )


def test_line_27_values_of_the_same_day_and_time_are_a_tie() -> None:
    """Worst, best, mean, or an error: the rule says what two values of one moment mean together.

    The default is the worst: what is least favourable to the criterion.
    """
    spec(
        """
        default: {measure: ALT, take: latest, is: "<= 100 U/L"}
        worst: {measure: ALT, take: latest, tie: worst, is: "<= 100 U/L"}
        best: {measure: ALT, take: latest, tie: best, is: "<= 100 U/L"}
        mean: {measure: ALT, take: latest, tie: mean, is: "<= 100 U/L"}
        error: {measure: ALT, take: latest, tie: error, is: "<= 100 U/L"}
        """,
        """
        patient || default | worst | best | mean | error
        1       || F       | F     | T    | F    | (conflict)
        2       || F       | F     | T    | T    | (conflict)
        3       || T       | T     | T    | T    | (conflict)
        4       || T       | T     | T    | T    | T
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20
        1       | day -3 | 300
        2       | day -3 | 20
        2       | day -3 | 150
        3       | day -3 | 20
        3       | day -3 | 30
        4       | day -3 | 20
        4       | day -9 | 300
        """,
    )


def test_line_27_values_at_the_same_distance_are_a_tie_too() -> None:
    """For `closest` three days before and three days after are equally near; a day farther is not."""
    spec(
        """
        worst: {measure: ALT, take: closest, within: [-30, 30], is: "<= 100 U/L"}
        best: {measure: ALT, take: closest, within: [-30, 30], tie: best, is: "<= 100 U/L"}
        error: {measure: ALT, take: closest, within: [-30, 30], tie: error, is: "<= 100 U/L"}
        """,
        """
        patient || worst | best | error
        1       || F     | T    | (conflict)
        2       || T     | T    | T
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20
        1       | day 3  | 300
        2       | day -3 | 20
        2       | day 4  | 300
        """,
    )


def test_line_27_the_worst_is_what_is_least_favourable_to_the_criterion() -> None:
    """The same two values, 20 and 300: the worst for an inclusion is a no, for an exclusion a yes.

    Under NOT the sides change. Where one condition is asked both ways round, as the `when` of a `choose` is, values
    that answer differently are a conflict; here both branches come to the same, and it does not matter.
    """
    spec(
        """
        - {id: in-low, kind: inclusion, text: Low., rule: {measure: ALT, is: "<= 100 U/L"}}
        - {id: in-high, kind: inclusion, text: High., rule: {measure: ALT, is: "> 100 U/L"}}
        - {id: in-not-high, kind: inclusion, text: Not high., rule: {not: {measure: ALT, is: "> 100 U/L"}}}
        - {id: ex-low, kind: exclusion, text: Low., rule: {measure: ALT, is: "<= 100 U/L"}}
        - {id: ex-high, kind: exclusion, text: High., rule: {measure: ALT, is: "> 100 U/L"}}
        - id: choose
          kind: inclusion
          text: Two limits.
          rule:
            choose:
              - {when: {measure: ALT, is: "> 100 U/L"}, then: {value: patients.a, is: "== 1"}}
              - otherwise: {value: patients.b, is: "== 1"}
        """,
        """
        patient | a | b || in-low  | in-high | in-not-high | ex-low  | ex-high | choose
        1       | 1 | 1 || not met | not met | not met     | not met | not met | met
        2       | 1 | 0 || not met | not met | not met     | not met | not met | (conflict)
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20
        1       | day -3 | 300
        2       | day -3 | 20
        2       | day -3 | 300
        """,
    )


def _bytes(frame: pl.DataFrame) -> bytes:
    """The file that the verdicts are kept in."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _in_other_orders(screened: Screened, table: str) -> Iterator[pl.DataFrame]:
    """The plan's output for every order of a table's rows, in one chunk and in one chunk a row, on both engines."""
    rows = screened.frames[table]
    for number, order in enumerate(permutations(range(rows.height))):
        engine: Engine = "in-memory" if number % 3 == 0 else "streaming"
        yield screened.rerun({**screened.frames, table: rows[list(order)]}, engine)
    pieces = pl.concat([rows[[i]] for i in range(rows.height)], rechunk=False)
    yield screened.rerun({**screened.frames, table: pieces})


def test_line_27_every_order_of_the_rows_gives_the_same_bytes() -> None:
    """The order of the rows, how they are cut into pieces, and what reads them, never matter.

    Every permutation of five results, with a tie, a null, an undated row and an exact copy among them.
    """
    screened = spec(
        """
        latest: {measure: ALT, take: latest, is: "<= 100 U/L"}
        best: {measure: ALT, take: latest, tie: best, within: [-14, 0], is: "<= 100 U/L"}
        mean of the last: {measure: ALT, take: latest, tie: mean, within: [-14, 0], is: "<= 100 U/L"}
        earliest: {measure: ALT, take: earliest, within: [-14, 0], is: "<= 100 U/L"}
        closest: {measure: ALT, take: closest, within: [-14, 0], tie: error, is: "<= 100 U/L"}
        max: {measure: ALT, take: max, within: [-14, 0], is: "<= 100 U/L"}
        mean: {measure: ALT, take: mean, within: [-14, -1], where: {field: value, is: "> 0"}, is: "== 110.1 U/L"}
        any: {measure: ALT, take: any, within: [-14, 0], is: "<= 100 U/L"}
        count: {count: labs, within: [-14, 0], is: ">= 3"}
        """,
        """
        patient || latest      | best | mean of the last | earliest | closest    | max | any | count
        1       || F           | T    | F                | F        | (conflict) | F   | T   | T
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20.1
        1       | day -3 | 200.1
        1       | day -9 | 110.2
        1       | day -9 | 110.2
        1       | day -2 |
        """,
    )
    expected = _bytes(screened.frame)
    assert all(_bytes(frame) == expected for frame in _in_other_orders(screened, "labs"))


def test_line_27_the_order_of_patients_does_not_matter() -> None:
    """Patients come out in the order of their ids, whatever order they came in."""
    screened = spec(
        "recent: {exists: diagnoses, within: [-14, 0]}",
        """
        patient || recent
        3       || F
        1       || T
        10      || F
        2       || T
        """,
        diagnoses="""
        patient | date
        2       | day -1
        1       | day -3
        10      | day -30
        """,
    )
    assert screened.frame.get_column("patient_id").to_list() == [1, 2, 3, 10]
    expected = _bytes(screened.frame)
    assert all(_bytes(frame) == expected for frame in _in_other_orders(screened, "patients"))
    assert all(_bytes(frame) == expected for frame in _in_other_orders(screened, "diagnoses"))


HIV = """
format: stratify-dictionary/1
tables: {patients: {dates: [c1d1, cutoff]}, labs: {date: date}}
measures:
  HIVRNA: {table: labs, rows: {test: HIVRNA}, value: value, unit: copies/mL, unit_column: unit}
"""


def test_line_26_how_many_results_meet_the_comparison() -> None:
    """`times` counts results: two of 50 or more are not one, whatever the latest of them is.

    As for `any`, the results that are recorded in the window are all there are; where none is, their number is unknown.
    """
    spec(
        """
        some: {measure: HIVRNA, within: [-365, -1], is: ">= 50 copies/mL", times: ">= 1"}
        two: {measure: HIVRNA, within: [-365, -1], is: ">= 50 copies/mL", times: ">= 2"}
        none: {measure: HIVRNA, within: [-365, -1], is: ">= 50 copies/mL", times: "== 0"}
        two of three: {measure: HIVRNA, within: [-365, -1], of_last: 3, is: ">= 50 copies/mL", times: ">= 2"}
        """,
        """
        patient || some            | two             | none            | two of three
        1       || T               | T               | F               | F
        2       || T               | F               | F               | (no_record)
        3       || F               | F               | T               | (no_record)
        4       || (no_record)     | (no_record)     | (no_record)     | (no_record)
        5       || (out_of_window) | (out_of_window) | (out_of_window) | (out_of_window)
        """,
        dictionary=HIV,
        labs="""
        patient | test   | date     | value | unit
        1       | HIVRNA | day -300 | 60    | copies/mL
        1       | HIVRNA | day -200 | 50    | copies/mL
        1       | HIVRNA | day -100 | 49    | copies/mL
        1       | HIVRNA | day -50  | 30    | copies/mL
        2       | HIVRNA | day -300 | 60    | copies/mL
        2       | HIVRNA | day -200 | 49    | copies/mL
        3       | HIVRNA | day -300 | 20    | copies/mL
        5       | HIVRNA | day -400 | 90    | copies/mL
        """,
    )


def test_line_37_results_that_perhaps_count_are_the_ends_of_a_number() -> None:
    """Of patients 1 and 2 the "<200" may be 50 or more, and may not: one or two results are.

    So may a result without a value, in an unknown unit, or of a day that is not known. What is decided either way is
    decided. Without one result that surely is there nothing bounds the number.
    """
    said = spec(
        """
        two: {measure: HIVRNA, within: [-365, -1], is: ">= 50 copies/mL", times: ">= 2"}
        at most two: {measure: HIVRNA, within: [-365, -1], is: ">= 50 copies/mL", times: "<= 2"}
        one: {measure: HIVRNA, within: [-365, -1], is: ">= 50 copies/mL", times: "== 1"}
        """,
        """
        patient || two              | at most two      | one
        1       || (censored_value) | T                | (censored_value)
        2       || T                | (censored_value) | F
        3       || F                | T                | T
        4       || (null_value)     | T                | (null_value)
        5       || (unit_unknown)   | T                | (unit_unknown)
        6       || (partial_date)   | T                | (partial_date)
        7       || (null_date)      | (null_date)      | (null_date)
        8       || (partial_date)   | (partial_date)   | (partial_date)
        """,
        dictionary=HIV,
        labs="""
        patient | test   | date     | value | unit
        1       | HIVRNA | day -300 | 60    | copies/mL
        1       | HIVRNA | day -200 | <200  | copies/mL
        2       | HIVRNA | day -300 | 60    | copies/mL
        2       | HIVRNA | day -200 | >75   | copies/mL
        2       | HIVRNA | day -100 | <200  | copies/mL
        3       | HIVRNA | day -300 | 60    | copies/mL
        3       | HIVRNA | day -200 | <50   | copies/mL
        4       | HIVRNA | day -300 | 60    | copies/mL
        4       | HIVRNA | day -200 |       | copies/mL
        5       | HIVRNA | day -300 | 60    | copies/mL
        5       | HIVRNA | day -200 | 900   | odd
        6       | HIVRNA | day -300 | 60    | copies/mL
        6       | HIVRNA | 2025-04  | 900   | copies/mL
        7       | HIVRNA |          | 900   | copies/mL
        8       | HIVRNA | 2025-04  | 20    | copies/mL
        """,
    )
    rule = said.answers["1"].criteria["two"].rule.children[0]
    assert rule.facts == ("the HIVRNA result of row 2 of labs, of which only a limit is known",)
    rule = said.answers["7"].criteria["two"].rule.children[0]
    assert rule.facts == ("the date of row 1 of labs",)


def test_line_34_a_number_of_results_in_any_unit_and_of_the_rows_own_limit() -> None:
    """Each row is compared in its own unit, or with its own upper limit of normal."""
    spec(
        """
        mg: {measure: CREAT, is: "> 1.5 mg/dL", times: ">= 2"}
        uln: {measure: CREAT, is: "> 1 xULN", times: ">= 2"}
        """,
        """
        patient || mg | uln
        1       || F  | (no_reference_range)
        2       || T  | T
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables: {patients: {dates: [c1d1, cutoff]}, labs: {date: date}}
        measures:
          CREAT: {table: labs, rows: {test: CREAT}, value: value, unit: umol/L, unit_column: unit, ref_high: uln}
        """,
        labs="""
        patient | test  | date   | value  | unit   | uln
        1       | CREAT | day -9 | 1.51   | mg/dL  | 1.2
        1       | CREAT | day -5 | 132.6  | umol/L |
        2       | CREAT | day -9 | 1.51   | mg/dL  | 1.2
        2       | CREAT | day -5 | 132.61 | umol/L | 110
        """,
    )


def test_line_30_copies_of_a_result_are_one() -> None:
    """Exact copies of a row count once; a result of the same moment with another value is another result."""
    said = spec(
        'two: {measure: HIVRNA, is: ">= 50 copies/mL", times: ">= 2"}',
        """
        patient || two
        1       || F
        2       || T
        """,
        dictionary=HIV,
        labs="""
        patient | test   | date   | value | unit
        1       | HIVRNA | day -9 | 60    | copies/mL
        1       | HIVRNA | day -9 | 60    | copies/mL
        2       | HIVRNA | day -9 | 60    | copies/mL
        2       | HIVRNA | day -9 | 61    | copies/mL
        """,
    )
    assert said.answers["1"].criteria["two"].rule.children[0].notes == ("duplicates 1",)


def test_line_29_what_is_counted_meets_all_conditions_on_one_row() -> None:
    """A condition on the row binds to it, and of several measures each is counted by itself."""
    spec(
        """
        fasting: {measure: ALT, where: {field: fasting, is: "== true"}, is: "> 40 U/L", times: ">= 2"}
        both: {each: [ALT, AST], is: "> 40 U/L", times: ">= 2"}
        """,
        """
        patient || fasting      | both
        1       || F            | F
        2       || T            | T
        3       || (null_value) | F
        """,
        labs="""
        patient | test | date   | value | fasting
        1       | ALT  | day -3 | 100   | true
        1       | ALT  | day -2 | 100   | false
        1       | AST  | day -3 | 100   | true
        2       | ALT  | day -3 | 100   | true
        2       | ALT  | day -2 | 100   | true
        2       | AST  | day -3 | 100   | true
        2       | AST  | day -2 | 100   | true
        3       | ALT  | day -3 | 100   | true
        3       | ALT  | day -2 | 100   |
        3       | AST  | day -2 | 100   |
        """,
    )


def test_line_28_the_latest_value_is_the_latest_that_is_one() -> None:
    """A newer row without a value is skipped, and a note says so; a newer null is not "no longer high"."""
    screened = spec(
        'ALT low: {measure: ALT, take: latest, within: [-14, 0], is: "<= 100 U/L"}',
        """
        patient || ALT low
        1       || T
        2       || F
        3       || T
        4       || (null_value)
        """,
        labs="""
        patient | date    | value
        1       | day -10 | 20
        1       | day -3  |
        2       | day -10 | 300
        2       | day -3  |
        3       | day -10 |
        3       | day -3  | 20
        4       | day -3  |
        4       | day -20 | 20
        """,
    )
    assert {patient: screened.notes(patient, "ALT low") for patient in "1234"} == {
        "1": ("newer_null",),
        "2": ("newer_null",),
        "3": (),
        "4": (),
    }
