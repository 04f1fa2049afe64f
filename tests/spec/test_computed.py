"""Computed values.

A mean of the last three recordings, a change between two windows, a clearance from age, weight and creatinine: the
value is computed first and then compared.
"""

from __future__ import annotations

from spec.harness import refused, spec

FORMULAS = """
format: stratify-dictionary/1
tables:
  patients: {birth: birth, dates: [c1d1, cutoff]}
  labs: {date: date}
  ecg: {date: date}
measures:
  WEIGHT: {table: labs, rows: {test: WEIGHT}, value: value, unit: kg, plausible: [20, 400]}
  CREAT: {table: labs, rows: {test: CREAT}, value: value, unit: umol/L, unit_column: unit}
  HBA1C: {table: labs, rows: {test: HBA1C}, value: value, unit: "%"}
  LESIONS: {table: labs, rows: {test: LESIONS}, value: value, unit: mm}
  QT: {table: ecg, rows: {test: QT}, value: value, unit: ms}
  RR: {table: ecg, rows: {test: RR}, value: value, unit: ms}
"""
NUMBERED = FORMULAS.replace("ecg: {date: date}", "ecg: {date: date, sequence: number}")


def test_line_26_the_last_three_of_the_last_day() -> None:
    """The mean of a triplicate: the last three values of the last day that has any, and no fewer than three.

    Patient 3 has two values on the last day; the third, from the day before, belongs to another triplicate.
    """
    spec(
        """
        triplicate:
          {measure: ALT, take: mean, of_last: 3, same_day: true, within: [-28, 0], is: "== 60 U/L"}
        last three: {measure: ALT, take: mean, of_last: 3, within: [-28, 0], is: "== 60 U/L"}
        """,
        """
        patient || triplicate  | last three
        1       || T           | T
        2       || T           | T
        3       || (no_record) | T
        4       || (no_record) | (no_record)
        """,
        labs="""
        patient | date             | value
        1       | 2026-04-17T08:00 | 50
        1       | 2026-04-17T08:01 | 60
        1       | 2026-04-17T08:02 | 70
        1       | 2026-04-10T08:00 | 900
        2       | 2026-04-17T07:59 | 900
        2       | 2026-04-17T08:00 | 50
        2       | 2026-04-17T08:01 | 60
        2       | 2026-04-17T08:02 | 70
        3       | 2026-04-16T08:00 | 50
        3       | 2026-04-17T08:00 | 60
        3       | 2026-04-17T08:01 | 70
        4       | 2026-04-17T08:00 | 60
        """,
    )


def test_line_26_as_many_as_are_wanted_are_needed_unless_the_rule_says_fewer() -> None:
    """The mean of three values is another number than one value; who is content with fewer says so by `need`.

    Too few rows are like none: values outside the window and rows without one are named as the reason.
    """
    spec(
        """
        three: {measure: ALT, take: max, of_last: 3, within: [-28, 0], is: "<= 100 U/L"}
        at least one: {measure: ALT, take: max, of_last: 3, need: 1, within: [-28, 0], is: "<= 100 U/L"}
        """,
        """
        patient || three           | at least one
        1       || (out_of_window) | T
        2       || (null_value)    | T
        3       || (no_record)     | (no_record)
        """,
        labs="""
        patient | date    | value
        1       | day -3  | 60
        1       | day -90 | 60
        1       | day -91 | 60
        2       | day -3  | 60
        2       | day -4  |
        2       | day -5  | 60
        """,
    )


def test_line_26_every_take_of_the_last_rows() -> None:
    """`mean`, `median`, `max`, `min`, `any` and `all` of the last two; the older value is not asked."""
    spec(
        """
        mean: {measure: ALT, take: mean, of_last: 2, is: "== 30 U/L"}
        median: {measure: ALT, take: median, of_last: 2, is: "== 30 U/L"}
        max: {measure: ALT, take: max, of_last: 2, is: "== 40 U/L"}
        min: {measure: ALT, take: min, of_last: 2, is: "== 20 U/L"}
        any: {measure: ALT, take: any, of_last: 2, is: "> 100 U/L"}
        all: {measure: ALT, take: all, of_last: 2, is: "<= 100 U/L"}
        """,
        """
        patient || mean | median | max | min | any | all
        1       || T    | T      | T   | T   | F   | T
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20
        1       | day -4 | 40
        1       | day -9 | 300
        """,
    )


def test_line_27_more_rows_of_one_moment_than_are_wanted() -> None:
    """Three values of a day without times, of which two are wanted: which two?

    The same value of another row makes no difference, and the same row twice counts once.
    """
    spec(
        """
        last two: {measure: ALT, take: mean, of_last: 2, is: "<= 100 U/L"}
        last four: {measure: ALT, take: mean, of_last: 4, need: 3, is: "<= 100 U/L"}
        """,
        """
        patient || last two   | last four
        1       || (conflict) | T
        2       || T          | T
        3       || T          | (no_record)
        """,
        labs="""
        patient | date   | value | uln
        1       | day -3 | 20    | 40
        1       | day -3 | 30    | 40
        1       | day -3 | 40    | 40
        2       | day -3 | 30    | 40
        2       | day -3 | 30    | 41
        2       | day -3 | 30    | 42
        3       | day -3 | 20    | 40
        3       | day -3 | 20    | 40
        3       | day -4 | 60    | 40
        """,
    )


def test_line_24_a_row_that_could_be_among_the_last() -> None:
    """A row without a date, or with half of one, could be one of the last; then it is unknown which these are.

    What the row holds is not looked at: the mean would be another.
    """
    spec(
        """
        last two: {measure: ALT, take: mean, of_last: 2, within: [-28, 0], is: "<= 100 U/L"}
        """,
        """
        patient || last two
        1       || (null_date)
        2       || (partial_date)
        3       || T
        """,
        labs="""
        patient | date    | value
        1       | day -3  | 60
        1       | day -4  | 60
        1       |         | 60
        2       | day -3  | 60
        2       | day -9  | 60
        2       | 2026-04 | 60
        3       | day -3  | 60
        3       | day -4  | 60
        3       | 2026-03 | 300
        """,
    )


def test_line_28_a_row_without_a_value_is_not_one_of_the_last() -> None:
    """The last rows with a value are asked, and the last day is the last one that has a value."""
    spec(
        'last day: {measure: ALT, take: mean, of_last: 2, same_day: true, within: [-28, 0], is: "== 30 U/L"}',
        """
        patient || last day
        1       || T
        """,
        labs="""
        patient | date   | value
        1       | day -3 |
        1       | day -4 | 20
        1       | day -4 | 40
        """,
    )


def test_line_26_of_last_with_a_pick_of_one_row_is_refused() -> None:
    """The latest of the last three is the latest."""
    refused('bad: {measure: ALT, of_last: 3, is: "> 1 U/L"}', "P356", "1:30")
    refused('bad: {measure: ALT, take: mean, of_last: 2, need: 3, is: "> 1 U/L"}', "P356", "1:42")
    refused('bad: {measure: ALT, take: mean, same_day: true, is: "> 1 U/L"}', "P356", "1:43")


def test_line_26_a_change_is_between_two_picks_of_one_measure() -> None:
    """From 8.0 to 7.4: a difference of -0.6, a change of -7.5 %, a ratio of 0.925."""
    spec(
        """
        difference: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, is: "<= -0.6 %"}
        percent: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: percent, is: "<= -7.5 %"}
        ratio: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: ratio, is: "<= 0.925"}
        """,
        """
        patient || difference      | percent         | ratio
        1       || T               | T               | T
        2       || F               | F               | F
        3       || (out_of_window) | (out_of_window) | (out_of_window)
        4       || (null_value)    | (null_value)    | (null_value)
        5       || (no_record)     | (no_record)     | (no_record)
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test  | date     | value
        1       | HBA1C | day -200 | 8.9
        1       | HBA1C | day -100 | 8.0
        1       | HBA1C | day -60  | 5
        1       | HBA1C | day -10  | 7.4
        2       | HBA1C | day -100 | 8.0
        2       | HBA1C | day -10  | 7.41
        3       | HBA1C | day -60  | 8.0
        3       | HBA1C | day -10  | 7.0
        4       | HBA1C | day -100 |
        4       | HBA1C | day -10  | 7.0
        """,
    )


def test_line_7_a_change_from_zero() -> None:
    """From 0 there is a difference, but neither a percentage nor a ratio: no value, so unknown(null_value)."""
    spec(
        """
        difference: {change: LESIONS, from: [-365, -90], to: [-28, 0], as: difference, is: ">= 5 mm"}
        percent: {change: LESIONS, from: [-365, -90], to: [-28, 0], as: percent, is: ">= 5"}
        ratio: {change: LESIONS, from: [-365, -90], to: [-28, 0], as: ratio, is: ">= 5"}
        """,
        """
        patient || difference | percent      | ratio
        1       || T          | (null_value) | (null_value)
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test    | date     | value
        1       | LESIONS | day -100 | 0
        1       | LESIONS | day -10  | 5
        """,
    )


def test_line_32_what_has_not_changed_has_a_change_of_zero() -> None:
    """1.1 mg/dL is 97.24 umol/L, in whatever unit it was recorded, and not more by the last bit."""
    spec(
        """
        risen: {change: CREAT, from: [-365, -90], to: [-28, 0], as: difference, is: "> 0 umol/L"}
        fallen: {change: CREAT, from: [-365, -90], to: [-28, 0], as: percent, is: "< 0 %"}
        """,
        """
        patient || risen | fallen
        1       || F     | F
        2       || F     | F
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test  | date     | value | unit
        1       | CREAT | day -100 | 1.1   | mg/dL
        1       | CREAT | day -10  | 97.24 | umol/L
        2       | CREAT | day -100 | 61.88 | umol/L
        2       | CREAT | day -10  | 0.7   | mg/dL
        """,
    )


def test_line_27_ties_of_a_change() -> None:
    """Two values of one moment give two changes: the worst, the best, that of the mean, or a conflict."""
    spec(
        """
        worst: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, is: "<= -0.5 %"}
        best: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, tie: best, is: "<= -0.5 %"}
        mean: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, tie: mean, is: "<= -0.5 %"}
        error: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, tie: error, is: "<= -0.5 %"}
        excluded: {not: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, is: "> -0.5 %"}}
        """,
        """
        patient || worst | best | mean | error      | excluded
        1       || F     | T    | T    | (conflict) | F
        2       || T     | T    | T    | (conflict) | T
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test  | date     | value
        1       | HBA1C | day -100 | 8.0
        1       | HBA1C | day -10  | 7.8
        1       | HBA1C | day -10  | 7.0
        2       | HBA1C | day -100 | 8.0
        2       | HBA1C | day -10  | 7.3
        2       | HBA1C | day -10  | 7.2
        """,
    )


def test_line_21_rows_that_could_be_picked_must_agree() -> None:
    """The value of April may be from before or after the one of day -10; where both give one answer it is known."""
    spec(
        'fallen: {change: HBA1C, from: [-365, -90], to: [-28, 0], as: difference, is: "<= -0.5 %"}',
        """
        patient || fallen
        1       || T
        2       || (partial_date)
        3       || (null_date)
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test  | date     | value
        1       | HBA1C | day -100 | 8.0
        1       | HBA1C | day -10  | 7.0
        1       | HBA1C | 2026-04  | 7.2
        2       | HBA1C | day -100 | 8.0
        2       | HBA1C | day -10  | 7.0
        2       | HBA1C | 2026-04  | 7.9
        3       | HBA1C | day -100 | 8.0
        3       | HBA1C | day -10  | 7.0
        3       | HBA1C |          | 7.9
        """,
    )


def test_line_33_a_clearance_of_49_6_is_not_50() -> None:
    """Creatinine clearance after Cockcroft and Gault: age at the anchor, sex, and the latest of each measure.

    A man of 60 years with 1 mg/dL of creatinine: 45 kg give 50 mL/min, 44.64 kg give 49.6. The result is not rounded.
    """
    spec(
        'clearance: {derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}',
        """
        patient | birth      | sex    || clearance
        1       | 1966-04-20 | male   || T
        2       | 1966-04-20 | male   || F
        3       | 1966-04-20 | female || F
        4       | 1966-04-21 | male   || T
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test   | date    | value | unit
        1       | WEIGHT | day -10 | 45    |
        1       | CREAT  | day -3  | 1     | mg/dL
        2       | WEIGHT | day -10 | 44.64 |
        2       | CREAT  | day -3  | 1     | mg/dL
        3       | WEIGHT | day -10 | 45    |
        3       | CREAT  | day -3  | 1     | mg/dL
        4       | WEIGHT | day -10 | 44.64 |
        4       | CREAT  | day -3  | 1     | mg/dL
        """,
    )


def test_line_34_inputs_are_converted_to_the_units_of_the_formula() -> None:
    """88.4 umol/L of creatinine are 1 mg/dL, which is what the formula asks for; an unknown unit leaves it open."""
    spec(
        'clearance: {derived: CRCL_CG, within: [-14, 0], is: "50 .. 50.001 mL/min"}',
        """
        patient | birth      | sex  || clearance
        1       | 1966-04-20 | male || T
        2       | 1966-04-20 | male || T
        3       | 1966-04-20 | male || (unit_unknown)
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test   | date    | value | unit
        1       | WEIGHT | day -10 | 45    |
        1       | CREAT  | day -3  | 1     | mg/dL
        2       | WEIGHT | day -10 | 45    |
        2       | CREAT  | day -3  | 88.4  | umol/L
        3       | WEIGHT | day -10 | 45    |
        3       | CREAT  | day -3  | 88.4  | umol
        """,
    )


def test_line_37_of_a_limit_no_formula_can_be_computed() -> None:
    """`<0.5` may be anything down to nothing; a formula of it is unknown, for it could be infinite."""
    spec(
        """
        clearance: {derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}
        doubled: {change: CREAT, from: [-90, -15], to: [-14, 0], as: ratio, is: ">= 2"}
        last two: {measure: CREAT, take: max, of_last: 2, is: "<= 1 mg/dL"}
        """,
        """
        patient | birth      | sex  || clearance        | doubled          | last two
        1       | 1966-04-20 | male || (censored_value) | (censored_value) | T
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test   | date    | value | unit
        1       | WEIGHT | day -10 | 45    |
        1       | CREAT  | day -20 | 0.4   | mg/dL
        1       | CREAT  | day -3  | <0.5  | mg/dL
        """,
    )


def test_line_1_a_formula_without_an_input() -> None:
    """A missing input leaves the formula unknown for that input's reason, of several the highest.

    A word that the formula does not know is no word; a weight of 4 kg and a creatinine of 0 are implausible.
    """
    spec(
        'clearance: {derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}',
        """
        patient | birth      | sex     || clearance
        1       | 1966-04-20 | male    || (no_record)
        2       | 1966-04-20 | male    || (out_of_window)
        3       | 1966-04-20 | diverse || (null_value)
        4       |            | male    || (null_date)
        5       | 1966-04-20 | male    || (implausible)
        6       | 1966-04-20 | male    || (implausible)
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test   | date    | value | unit
        1       | CREAT  | day -3  | 1     | mg/dL
        2       | WEIGHT | day -90 | 45    |
        2       | CREAT  | day -3  | 1     | mg/dL
        3       | WEIGHT | day -10 | 45    |
        3       | CREAT  | day -3  | 1     | mg/dL
        4       | WEIGHT | day -10 | 45    |
        4       | CREAT  | day -3  | 1     | mg/dL
        5       | WEIGHT | day -10 | 4     |
        6       | WEIGHT | day -10 | 45    |
        6       | CREAT  | day -3  | 0     | mg/dL
        """,
    )


def test_line_21_a_formula_of_half_a_birth_date() -> None:
    """Born in April 1966: 59 or 60 years old on 20 April 2026. The clearance is known only if both ages agree."""
    spec(
        'clearance: {derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}',
        """
        patient | birth   | sex  || clearance
        1       | 1966-04 | male || T
        2       | 1966-04 | male || (partial_date)
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test   | date    | value | unit
        1       | WEIGHT | day -10 | 45    |
        1       | CREAT  | day -3  | 1     | mg/dL
        2       | WEIGHT | day -10 | 44.64 |
        2       | CREAT  | day -3  | 1     | mg/dL
        """,
    )


def test_line_27_ties_of_a_formula() -> None:
    """Two weights and two creatinines of one moment: the combination least favourable to the criterion counts."""
    spec(
        """
        worst: {derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}
        best: {derived: CRCL_CG, within: [-14, 0], tie: best, is: ">= 50 mL/min"}
        error: {derived: CRCL_CG, within: [-14, 0], tie: error, is: ">= 50 mL/min"}
        asked both ways round:
          choose:
            - when: {derived: CRCL_CG, within: [-14, 0], is: ">= 50 mL/min"}
              then: {value: patients.sex, is: "== male"}
            - {otherwise: {value: patients.sex, is: "== female"}}
        """,
        """
        patient | birth      | sex  || worst | best | error      | asked both ways round
        1       | 1966-04-20 | male || F     | T    | (conflict) | (conflict)
        2       | 1966-04-20 | male || T     | T    | (conflict) | T
        """,
        dictionary=FORMULAS,
        labs="""
        patient | test   | date    | value | unit
        1       | WEIGHT | day -10 | 40    |
        1       | WEIGHT | day -10 | 50    |
        1       | CREAT  | day -3  | 1     | mg/dL
        1       | CREAT  | day -3  | 1.1   | mg/dL
        2       | WEIGHT | day -10 | 50    |
        2       | WEIGHT | day -10 | 60    |
        2       | CREAT  | day -3  | 1     | mg/dL
        """,
    )


def test_line_29_values_of_one_time_belong_together() -> None:
    """A corrected QT is made of the QT and the RR of one electrocardiogram, never of two.

    Patient 1 had a QT of 400 ms at a heart beat of 1 s, and one of 512 ms at one of 1.728 s: 400 and 426.7 ms. Patient
    2 has a QT without its RR, which is a row without a value.
    """
    spec(
        """
        all: {derived: QTCF, take: all, within: [-28, 0], is: "< 430 ms"}
        latest: {derived: QTCF, take: latest, within: [-28, 0], is: "< 430 ms"}
        mean: {derived: QTCF, take: mean, within: [-28, 0], is: "413.3 .. 413.4 ms"}
        """,
        """
        patient || all          | latest       | mean
        1       || T            | T            | T
        2       || (null_value) | T            | F
        3       || (null_value) | (null_value) | (null_value)
        4       || (no_record)  | (no_record)  | (no_record)
        """,
        dictionary=FORMULAS,
        ecg="""
        patient | test | date             | value
        1       | QT   | 2026-04-17T08:00 | 400
        1       | RR   | 2026-04-17T08:00 | 1000
        1       | QT   | 2026-04-17T08:05 | 512
        1       | RR   | 2026-04-17T08:05 | 1728
        2       | QT   | 2026-04-17T08:00 | 400
        2       | RR   | 2026-04-17T08:00 | 1000
        2       | QT   | 2026-04-17T08:05 | 512
        3       | QT   | 2026-04-17T08:00 | 400
        3       | RR   | 2026-04-17T08:05 | 1000
        """,
    )


def test_line_30_two_values_of_one_input_at_one_time() -> None:
    """Which QT goes with the RR? Without a number that says so: unknown(conflict). The same value twice is one."""
    spec(
        'corrected: {derived: QTCF, take: mean, within: [-28, 0], is: "< 430 ms"}',
        """
        patient || corrected
        1       || (conflict)
        2       || T
        """,
        dictionary=FORMULAS,
        ecg="""
        patient | test | date   | value
        1       | QT   | day -3 | 400
        1       | QT   | day -3 | 410
        1       | RR   | day -3 | 1000
        2       | QT   | day -3 | 400
        2       | QT   | day -3 | 400
        2       | RR   | day -3 | 1000
        """,
    )


def test_line_30_a_sequence_number_says_which_values_belong_together() -> None:
    """Three electrocardiograms of one day without times, numbered by the table's `sequence` column."""
    spec(
        """
        corrected: {derived: QTCF, take: mean, of_last: 3, same_day: true, within: [-28, 0], is: "== 410 ms"}
        latest: {derived: QTCF, within: [-28, 0], is: "<= 410 ms"}
        """,
        """
        patient || corrected | latest
        1       || T         | F
        """,
        dictionary=NUMBERED,
        ecg="""
        patient | test | date   | number | value
        1       | QT   | day -3 | 1      | 400
        1       | RR   | day -3 | 1      | 1000
        1       | QT   | day -3 | 2      | 410
        1       | RR   | day -3 | 2      | 1000
        1       | QT   | day -3 | 3      | 420
        1       | RR   | day -3 | 3      | 1000
        """,
    )


def test_line_26_mean_qtcf_of_the_last_triplicate() -> None:
    """Exclusion: mean QTcF above 470 ms from three resting ECGs. Two of them are not enough to say."""
    spec(
        """
        - id: EXC-05
          kind: exclusion
          text: Mean QTcF above 470 ms from three resting ECGs.
          rule: {derived: QTCF, take: mean, of_last: 3, same_day: true, need: 3, within: [-28, 0], is: "> 470 ms"}
        """,
        """
        patient || EXC-05
        1       || not met
        2       || met
        3       || (no_record)
        """,
        dictionary=FORMULAS,
        ecg="""
        patient | test | date             | value
        1       | QT   | 2026-04-17T08:00 | 460
        1       | RR   | 2026-04-17T08:00 | 1000
        1       | QT   | 2026-04-17T08:02 | 470
        1       | RR   | 2026-04-17T08:02 | 1000
        1       | QT   | 2026-04-17T08:04 | 481
        1       | RR   | 2026-04-17T08:04 | 1000
        2       | QT   | 2026-04-17T08:00 | 460
        2       | RR   | 2026-04-17T08:00 | 1000
        2       | QT   | 2026-04-17T08:02 | 470
        2       | RR   | 2026-04-17T08:02 | 1000
        2       | QT   | 2026-04-17T08:04 | 480
        2       | RR   | 2026-04-17T08:04 | 1000
        3       | QT   | 2026-04-16T08:00 | 500
        3       | RR   | 2026-04-16T08:00 | 1000
        3       | QT   | 2026-04-17T08:02 | 500
        3       | RR   | 2026-04-17T08:02 | 1000
        3       | QT   | 2026-04-17T08:04 | 500
        3       | RR   | 2026-04-17T08:04 | 1000
        """,
    )


def test_line_24_values_without_a_complete_date_are_of_no_time() -> None:
    """Nobody knows which values of a month, or of no date at all, were measured together."""
    spec(
        'corrected: {derived: QTCF, within: [-28, 0], is: "< 430 ms"}',
        """
        patient || corrected
        1       || (null_date)
        2       || (partial_date)
        3       || T
        """,
        dictionary=FORMULAS,
        ecg="""
        patient | test | date    | value
        1       | QT   |         | 400
        1       | RR   |         | 1000
        2       | QT   | 2026-04 | 400
        2       | RR   | 2026-04 | 1000
        3       | QT   | day -3  | 400
        3       | RR   | day -3  | 1000
        3       | QT   | 2026-02 | 400
        3       | RR   | 2026-02 | 1000
        """,
    )


def test_line_25_a_later_value_is_not_known() -> None:
    """Nothing after the data cut-off enters a formula, a change or the last rows."""
    spec(
        """
        clearance: {derived: CRCL_CG, is: ">= 50 mL/min"}
        corrected: {derived: QTCF, is: "< 430 ms"}
        risen: {change: CREAT, from: [-90, -10], to: [-9, 90], as: ratio, is: ">= 2"}
        last: {measure: CREAT, take: max, of_last: 1, is: "<= 90 umol/L"}
        """,
        """
        patient | birth      | sex  | cutoff  || clearance | corrected | risen           | last
        1       | 1966-04-20 | male | day 0   || T         | T         | (out_of_window) | T
        2       | 1966-04-20 | male | day 30  || F         | F         | T               | F
        """,
        dictionary=FORMULAS,
        defaults="{anchor: c1d1, as_of: cutoff}",
        labs="""
        patient | test   | date    | value | unit
        1       | WEIGHT | day -10 | 45    |
        1       | CREAT  | day -10 | 1     | mg/dL
        1       | CREAT  | day 10  | 2     | mg/dL
        2       | WEIGHT | day -10 | 45    |
        2       | CREAT  | day -10 | 1     | mg/dL
        2       | CREAT  | day 10  | 2     | mg/dL
        """,
        ecg="""
        patient | test | date   | value
        1       | QT   | day -3 | 400
        1       | RR   | day -3 | 1000
        1       | QT   | day 10 | 500
        1       | RR   | day 10 | 1000
        2       | QT   | day -3 | 400
        2       | RR   | day -3 | 1000
        2       | QT   | day 10 | 500
        2       | RR   | day 10 | 1000
        """,
    )


def test_line_12_a_score_of_definitions() -> None:
    """An input may be a definition: yes is 1, no is 0, and unknown leaves the score open.

    The Charlson index asks nineteen of them; a protocol defines them all, by its own codes.
    """
    conditions = (
        *("myocardial_infarction", "heart_failure", "peripheral_vascular", "cerebrovascular", "dementia"),
        *("chronic_pulmonary", "connective_tissue", "ulcer", "mild_liver", "moderate_or_severe_liver", "diabetes"),
        *("diabetes_with_end_organ_damage", "hemiplegia", "moderate_or_severe_renal", "tumour", "metastatic_tumour"),
        *("leukemia", "lymphoma", "aids"),
    )
    spec(
        """
        score: {derived: CHARLSON, is: "== 3"}
        at most 2: {derived: CHARLSON, is: "<= 2"}
        """,
        """
        patient | dementia || score        | at most 2
        1       | true     || T            | F
        2       | false    || F            | T
        3       |          || (null_value) | (null_value)
        """,
        define="\n".join(
            f"charlson_{name}: " + ('{value: patients.dementia, is: "== true"}' if name == "dementia" else _coded(name))
            for name in conditions
        ),
        diagnoses="""
        patient | date   | code
        1       | day -9 | diabetes_with_end_organ_damage
        1       | day -9 | diabetes
        """,
    )


def _coded(name: str) -> str:
    return f"{{exists: diagnoses, code: {name}}}"


def test_line_11_only_one_range_of_numbers_can_be_asked_of_a_formula() -> None:
    """Where an input may lie between two numbers, whether the result is in a set cannot be said."""
    refused('bad: {derived: CRCL_CG, is: "in {50, 60} mL/min"}', "P354", "1:29")
    refused('bad: {derived: CRCL_CG, is: "!= 50 mL/min"}', "P354", "1:29")
    refused('bad: {change: ALT, from: [-9, -5], to: [-4, 0], as: ratio, is: "not in {1}"}', "P354", "1:64")
    refused('bad: {derived: CRCL_CG, take: any, is: ">= 50 mL/min"}', "P355", "1:31")
    refused('bad: {derived: CRCL, is: ">= 50 mL/min"}', "P350", "1:16")
    refused('bad: {change: ALT, from: [-4, 0], to: [-9, -5], as: ratio, is: ">= 2"}', "P359", "1:26")


def test_line_34_the_unit_of_a_result_is_its_own() -> None:
    """mL/min is not mL/min/{1.73_m2}, and a change of ALT in percent is no change in U/L."""
    refused('bad: {change: ALT, from: [-9, -5], to: [-4, 0], as: percent, is: ">= 2 U/L"}', "P353", "1:6")
    refused('bad: {change: ALT, from: [-9, -5], to: [-4, 0], as: difference, is: ">= 2 %"}', "P353", "1:6")
