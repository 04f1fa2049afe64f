"""Truth.

A condition is true, false or unknown, by strong Kleene logic, and what is unknown says why. Nothing inside a rule ever
turns unknown into true or false; only a finished criterion meets its policy.
"""

from __future__ import annotations

from itertools import product

import pytest

from spec.harness import refused, spec

BOOLEANS = """
a: {value: patients.a, is: "== true"}
b: {value: patients.b, is: "== true"}
c: {value: patients.c, is: "== true"}
"""
KLEENE = ("T", "F", "")
CELL = {"T": "true", "F": "false", "": ""}


def test_line_1_no_row_is_not_a_negative() -> None:
    """A patient without a value is not a patient with a low value.

    Without a result in the window the answer is unknown, and so is the answer to the opposite question. The reason
    says whether there is no result at all, or only none in the window.
    """
    spec(
        """
        ALT is low: {measure: ALT, within: [-14, 0], is: "<= 100 U/L"}
        ALT is not low: {not: {ref: ALT is low}}
        """,
        """
        patient || ALT is low      | ALT is not low
        1       || T               | F
        2       || F               | T
        3       || (out_of_window) | (out_of_window)
        4       || (no_record)     | (no_record)
        """,
        labs="""
        patient | test | date    | value
        1       | ALT  | day -3  | 20
        2       | ALT  | day -3  | 300
        3       | ALT  | day -20 | 20
        """,
    )


def test_line_2_never_tested_is_not_a_negative_test() -> None:
    """Positive, negative and never tested are three answers.

    "Has a mutation" and "has no mutation" are both unknown for the patient who was never tested.
    """
    spec(
        """
        mutant: {measure: EGFR, take: any, is: "== mutant"}
        not mutant: {not: {ref: mutant}}
        """,
        """
        patient || mutant      | not mutant
        1       || T           | F
        2       || F           | T
        3       || (no_record) | (no_record)
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables:
          patients: {dates: [c1d1, cutoff]}
          panel: {}
        measures:
          EGFR: {table: panel, rows: {gene: EGFR}, value: result}
        """,
        panel="""
        patient | gene | result
        1       | EGFR | mutant
        2       | EGFR | wild type
        """,
    )


def test_line_4_all_nine_rows_of_AND_and_OR() -> None:
    """AND is false as soon as one part is false, OR true as soon as one is true, whatever is not known."""
    spec(
        """
        both: {all: [{ref: a}, {ref: b}]}
        either: {any: [{ref: a}, {ref: b}]}
        not a: {not: {ref: a}}
        """,
        """
        patient | a     | b     || both | either | not a
        1       | true  | true  || T    | T      | F
        2       | true  | false || F    | T      | F
        3       | true  |       ||      | T      | F
        4       | false | true  || F    | T      | T
        5       | false | false || F    | F      | T
        6       | false |       || F    |        | T
        7       |       | true  ||      | T      |
        8       |       | false || F    |        |
        9       |       |       ||      |        |
        """,
        define="""
        a: {value: patients.a, is: "== true"}
        b: {value: patients.b, is: "== true"}
        """,
    )


def test_line_4_at_least_n_of_three() -> None:
    """At least n: true when enough are true, false when even the unknown ones would not be enough."""
    spec(
        """
        one: {at_least: {n: 1, of: [{ref: a}, {ref: b}, {ref: c}]}}
        two: {at_least: {n: 2, of: [{ref: a}, {ref: b}, {ref: c}]}}
        three: {at_least: {n: 3, of: [{ref: a}, {ref: b}, {ref: c}]}}
        """,
        """
        patient | a     | b     | c     || one | two | three
        1       | true  | true  | true  || T   | T   | T
        2       | true  | true  | false || T   | T   | F
        3       | true  | true  |       || T   | T   |
        4       | true  | false | false || T   | F   | F
        5       | true  | false |       || T   |     | F
        6       | true  |       |       || T   |     |
        7       | false | false | false || F   | F   | F
        8       | false | false |       ||     | F   | F
        9       | false |       |       ||     |     | F
        10      |       |       |       ||     |     |
        """,
        define=BOOLEANS,
    )


def test_line_4_at_least_in_every_order_of_its_parts() -> None:
    """The order of the parts of AND, OR and at-least never matters: all 27 combinations of three answers."""
    rows = []
    for number, parts in enumerate(product(KLEENE, repeat=3)):
        trues, unknowns = parts.count("T"), parts.count("")
        answers = ["T" if trues >= n else "F" if trues + unknowns < n else "" for n in (1, 2, 3)]
        rows.append(" | ".join((str(number), *(CELL[part] for part in parts))) + " || " + " | ".join(answers * 2))
    spec(
        """
        one: {at_least: {n: 1, of: [{ref: a}, {ref: b}, {ref: c}]}}
        two: {at_least: {n: 2, of: [{ref: a}, {ref: b}, {ref: c}]}}
        three: {at_least: {n: 3, of: [{ref: a}, {ref: b}, {ref: c}]}}
        any: {any: [{ref: c}, {ref: a}, {ref: b}]}
        two again: {at_least: {n: 2, of: [{ref: c}, {ref: b}, {ref: a}]}}
        all: {all: [{ref: b}, {ref: c}, {ref: a}]}
        """,
        "patient | a | b | c || one | two | three | any | two again | all\n" + "\n".join(rows),
        define=BOOLEANS,
    )


def test_line_5_a_group_of_nulls_and_an_empty_group() -> None:
    """Rows without a value say nothing, and no rows say nothing either.

    For `any` and `all` a missing value is one more unknown answer; `max`, `min`, `mean` and `latest` leave it out, but
    are unknown where nothing else is left. Nobody gets "all values are low" for having no values.
    """
    spec(
        """
        any: {measure: ALT, take: any, is: "<= 100 U/L"}
        all: {measure: ALT, take: all, is: "<= 100 U/L"}
        max: {measure: ALT, take: max, is: "<= 100 U/L"}
        min: {measure: ALT, take: min, is: "<= 100 U/L"}
        mean: {measure: ALT, take: mean, is: "<= 100 U/L"}
        latest: {measure: ALT, take: latest, is: "<= 100 U/L"}
        """,
        """
        patient || any          | all          | max          | min          | mean         | latest
        1       || (null_value) | (null_value) | (null_value) | (null_value) | (null_value) | (null_value)
        2       || (no_record)  | (no_record)  | (no_record)  | (no_record)  | (no_record)  | (no_record)
        3       || T            | (null_value) | T            | T            | T            | T
        4       || (null_value) | F            | F            | F            | F            | F
        """,
        labs="""
        patient | date   | value
        1       | day -3 |
        1       | day -2 |
        3       | day -3 | 20
        3       | day -2 |
        4       | day -3 | 300
        4       | day -2 |
        """,
    )


def test_line_5_counts_of_nothing_and_of_nulls() -> None:
    """A count over rows that perhaps match is an interval, and no row counts 0 only where absence means "no".

    In `treatments` no row means no treatment, in `history` it means nothing. A row without a code may be any code.
    """
    spec(
        """
        at most 1 (treatments): {count: treatments, code: X, is: "<= 1"}
        at least 1 (treatments): {count: treatments, code: X, is: ">= 1"}
        at most 1 (history): {count: history, code: X, is: "<= 1"}
        at least 1 (history): {count: history, code: X, is: ">= 1"}
        """,
        """
        patient || at most 1 (treatments) | at least 1 (treatments) | at most 1 (history) | at least 1 (history)
        1       || T                      | F                       | (no_record)         | (no_record)
        2       || T                      | (null_value)            | (null_value)        | (null_value)
        3       || (null_value)           | T                       | (null_value)        | T
        4       || F                      | T                       | F                   | T
        """,
        treatments="""
        patient | date   | code
        2       | day -3 |
        3       | day -3 | X
        3       | day -2 |
        4       | day -3 | X
        4       | day -2 | X
        """,
        history="""
        patient | date   | code
        2       | day -3 |
        3       | day -3 | X
        3       | day -2 |
        4       | day -3 | X
        4       | day -2 | X
        """,
    )


def test_line_5_a_null_field_answers_neither_a_condition_nor_its_opposite() -> None:
    """A metastasis of unknown site may be in the liver, and may be elsewhere."""
    spec(
        """
        in the liver: {exists: diagnoses, where: {field: site, is: "== liver"}}
        elsewhere: {exists: diagnoses, where: {not: {field: site, is: "== liver"}}}
        """,
        """
        patient || in the liver | elsewhere
        1       || T            | F
        2       || F            | T
        3       || (null_value) | (null_value)
        4       || T            | (null_value)
        5       || F            | F
        """,
        diagnoses="""
        patient | date    | site
        1       | day -30 | liver
        2       | day -30 | lung
        3       | day -30 |
        4       | day -30 | liver
        4       | day -20 |
        """,
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_6_not_a_number_is_no_value(form: str) -> None:
    """NaN in a file is a missing value: it is neither large nor small, and never the latest.

    Patient 1 has NaN only; patient 2 has NaN yesterday and 1.4 before; patient 3 NaN yesterday and 1.5 before.
    """
    spec(
        """
        hb above: {value: patients.hb, is: ">= 1.5"}
        hb other: {value: patients.hb, is: "!= 1.5"}
        any: {measure: ALT, take: any, is: ">= 1.5 U/L"}
        max: {measure: ALT, take: max, is: ">= 1.5 U/L"}
        latest: {measure: ALT, take: latest, is: ">= 1.5 U/L"}
        """,
        """
        patient | hb  || hb above     | hb other     | any          | max          | latest
        1       | NaN || (null_value) | (null_value) | (null_value) | (null_value) | (null_value)
        2       | 1.4 || F            | T            | (null_value) | F            | F
        3       | 1.5 || T            | F            | T            | T            | T
        """,
        labs="""
        patient | date   | value
        1       | day -1 | NaN
        2       | day -1 | NaN
        2       | day -3 | 1.4
        3       | day -1 | NaN
        3       | day -3 | 1.5
        """,
        form=form,
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_7_a_reference_limit_of_zero_is_no_reference_limit(form: str) -> None:
    """A value is not infinitely many times the upper limit because the limit was entered as 0.

    Without a positive reference limit on the row the answer is unknown; an infinite value is no value.
    """
    spec(
        """
        high: {measure: ALT, within: [-14, 0], is: "> 3 xULN"}
        not high: {measure: ALT, within: [-14, 0], is: "<= 3 xULN"}
        low: {measure: ALT, within: [-14, 0], is: "< 1 xLLN"}
        """,
        """
        patient || high                 | not high             | low
        1       || T                    | F                    | F
        2       || (no_reference_range) | (no_reference_range) | (no_reference_range)
        3       || (no_reference_range) | (no_reference_range) | (no_reference_range)
        4       || (no_reference_range) | (no_reference_range) | (no_reference_range)
        5       || (no_reference_range) | (no_reference_range) | (no_reference_range)
        6       || (null_value)         | (null_value)         | (null_value)
        """,
        labs="""
        patient | date   | value | uln | lln
        1       | day -3 | 130   | 40  | 10
        2       | day -3 | 130   | 0   | 0
        3       | day -3 | 130   |     |
        4       | day -3 | 130   | -1  | -1
        5       | day -3 | 130   | inf | inf
        6       | day -3 | inf   | 40  | 10
        """,
        form=form,
    )


def test_line_8_absence_is_a_property_of_the_table() -> None:
    """Whether "nothing recorded" means "did not happen" is said once, of the table, in the data dictionary.

    `diagnoses` are complete (`absence_means: false`); `history` is what a patient happened to mention
    (`absence_means: unknown`). No rule can say otherwise.
    """
    spec(
        """
        ILD in diagnoses: {exists: diagnoses, code: ILD, by: c1d1}
        ILD in history: {exists: history, code: ILD, by: c1d1}
        """,
        """
        patient || ILD in diagnoses | ILD in history
        1       || T                | T
        2       || F                | (no_record)
        3       || F                | (no_record)
        4       || F                | (out_of_window)
        """,
        diagnoses="""
        patient | date     | code
        1       | day -100 | ILD
        2       | day -100 | COPD
        4       | day 5    | ILD
        """,
        history="""
        patient | date     | code
        1       | day -100 | ILD
        2       | day -100 | COPD
        4       | day 5    | ILD
        """,
    )
    refused("ILD: {exists: diagnoses, code: ILD, absence_means: false}", "P011")


def test_line_8_absence_means_no_only_inside_the_coverage() -> None:
    """A claims table says "no" only for the days in which the patient was insured.

    The window reaches 90 days back: it must lie inside the coverage as a whole. A coverage that is not known covers
    nothing.
    """
    spec(
        """
        stroke: {exists: claims, code: I63, within: [-90, 0]}
        no stroke: {not: {ref: stroke}}
        none ever: {not: {exists: claims, code: I63}}
        """,
        """
        patient | from     | to     || stroke      | no stroke   | none ever
        1       | day -90  | day 0  || F           | T           | (no_record)
        2       | day -89  | day 0  || (no_record) | (no_record) | (no_record)
        3       | day -90  | day -1 || (no_record) | (no_record) | (no_record)
        4       | day -400 |        || (no_record) | (no_record) | (no_record)
        5       | day -90  | day 0  || T           | F           | F
        6       | day -10  | day 0  || T           | F           | F
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables:
          patients: {dates: [c1d1, cutoff]}
          claims: {date: date, code: code, absence_means: false, coverage: [patients.from, patients.to]}
        """,
        claims="""
        patient | date    | code
        1       | day -9  | I10
        5       | day -9  | I63
        6       | day -40 | I63
        """,
    )
