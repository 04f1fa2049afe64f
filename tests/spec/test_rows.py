"""One row at a time.

Conditions on rows hold on one and the same row; a row that stands in the data twice is one row; and that there is no
such row is not that there is another one.
"""

from __future__ import annotations

from spec.harness import spec


def test_line_29_all_conditions_of_where_hold_on_one_row() -> None:
    """A grade 1 event of the liver and a grade 3 event of the lung are no grade 3 event of the liver."""
    spec(
        """
        one row:
          exists: diagnoses
          where: {all: [{field: site, is: "== liver"}, {field: grade, is: ">= 3"}]}
        two rows:
          all:
            - {exists: diagnoses, where: {field: site, is: "== liver"}}
            - {exists: diagnoses, where: {field: grade, is: ">= 3"}}
        """,
        """
        patient || one row      | two rows
        1       || F            | T
        2       || T            | T
        3       || (null_value) | (null_value)
        4       || F            | F
        """,
        diagnoses="""
        patient | date    | site  | grade
        1       | day -30 | liver | 1
        1       | day -30 | lung  | 3
        2       | day -30 | liver | 3
        2       | day -30 | lung  | 1
        3       | day -30 | liver |
        4       | day -30 | lung  | 3
        """,
    )


def test_line_29_a_measure_reads_the_rows_of_its_own_test() -> None:
    """ALT 20 and AST 300 at the same time is not "ALT above 100"."""
    spec(
        """
        ALT high: {measure: ALT, take: max, is: "> 100 U/L"}
        AST high: {measure: AST, take: max, is: "> 100 U/L"}
        high at night: {measure: ALT, take: max, where: {field: ward, is: "== night"}, is: "> 100 U/L"}
        """,
        """
        patient || ALT high | AST high    | high at night
        1       || F        | T           | F
        2       || T        | (no_record) | F
        """,
        labs="""
        patient | test | date   | value | ward
        1       | ALT  | day -3 | 20    | night
        1       | AST  | day -3 | 300   | night
        2       | ALT  | day -3 | 300   | day
        2       | ALT  | day -3 | 20    | night
        """,
    )


def test_line_30_exact_duplicates_count_once() -> None:
    """A row that an export wrote twice is one treatment; how many copies there were is noted.

    Patient 2's second cycle on the same day differs in its dose: two rows.
    """
    screened = spec(
        'two cycles: {count: treatments, code: cisplatin, is: ">= 2"}',
        """
        patient || two cycles
        1       || F
        2       || T
        3       || T
        """,
        treatments="""
        patient | date    | code      | dose
        1       | day -30 | cisplatin | 75
        1       | day -30 | cisplatin | 75
        2       | day -30 | cisplatin | 75
        2       | day -30 | cisplatin | 50
        3       | day -30 | cisplatin | 75
        3       | day -51 | cisplatin | 75
        """,
    )
    assert screened.notes("1", "two cycles") == ("duplicates 1",)
    assert screened.notes("2", "two cycles") == ()
    assert "D028" in screened.codes(), "the loader reports the copies too"


def test_line_30_duplicates_do_not_weigh_in_a_mean() -> None:
    """20 twice on paper and 300 are two values, of mean 160; the same test with another value is a tie, not a copy."""
    screened = spec(
        """
        mean: {measure: ALT, take: mean, is: "== 160 U/L"}
        median: {measure: ALT, take: median, is: "== 160 U/L"}
        mean of the last: {measure: ALT, take: latest, tie: mean, is: "== 160 U/L"}
        no conflict: {measure: ALT, take: earliest, tie: error, is: "== 20 U/L"}
        """,
        """
        patient || mean | median | mean of the last | no conflict
        1       || T    | T      | T                | (conflict)
        2       || T    | T      | F                | T
        """,
        labs="""
        patient | date   | value
        1       | day -3 | 20
        1       | day -3 | 20
        1       | day -3 | 300
        2       | day -9 | 20
        2       | day -9 | 20
        2       | day -3 | 300
        """,
    )
    assert screened.notes("1", "mean") == ("duplicates 1",)


def test_line_31_no_such_row_is_not_some_other_row() -> None:
    """That a patient has no T790M means that no row is T790M, not that some row is something else."""
    spec(
        """
        no T790M: {not: {exists: diagnoses, code: T790M}}
        something else: {exists: diagnoses, where: {field: code, is: "!= T790M"}}
        """,
        """
        patient || no T790M     | something else
        1       || F            | T
        2       || T            | T
        3       || F            | F
        4       || T            | F
        5       || (null_value) | (null_value)
        """,
        diagnoses="""
        patient | date    | code
        1       | day -30 | T790M
        1       | day -30 | L858R
        2       | day -30 | L858R
        3       | day -30 | T790M
        5       | day -30 |
        """,
    )
