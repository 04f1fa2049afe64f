"""Decisions.

From conditions to a criterion, and from criteria to a verdict: what does not apply, what is chosen between, what
excludes, and what becomes of what is not known.
"""

from __future__ import annotations

import pytest

from spec.harness import refused, spec, warned

BOOLEANS = """
a: {value: patients.a, is: "== true"}
b: {value: patients.b, is: "== true"}
c: {value: patients.c, is: "== true"}
"""


def test_line_9_not_applicable_counts_as_met() -> None:
    """A pregnancy test is asked only of women of childbearing potential.

    Where the criterion does not apply it counts as met and is shown as N/A. Where it is not known whether it applies,
    the answer is unknown, unless the rule itself is met: then it does not matter.
    """
    spec(
        """
        - id: HCG
          kind: inclusion
          text: Negative pregnancy test, for women of childbearing potential.
          applies_when: {value: patients.childbearing, is: "== true"}
          rule: {value: patients.hcg, is: "== negative"}
        """,
        """
        patient | childbearing | hcg      || HCG          | verdict
        1       | true         | negative || met          | ELIGIBLE
        2       | true         | positive || not met      | INELIGIBLE
        3       | true         |          || (null_value) | UNDETERMINED
        4       | false        | negative || N/A          | ELIGIBLE
        5       | false        | positive || N/A          | ELIGIBLE
        6       | false        |          || N/A          | ELIGIBLE
        7       |              | negative || met          | ELIGIBLE
        8       |              | positive || (null_value) | UNDETERMINED
        9       |              |          || (null_value) | UNDETERMINED
        """,
    )


def test_line_10_choose_with_an_unknown_condition_takes_what_its_branches_have_in_common() -> None:
    """If c then a, otherwise b: where c is not known, only an answer that a and b share is an answer.

    All 27 combinations. The same is said by (c and a) or (not c and b) or (a and b).
    """
    spec(
        """
        choose: {choose: [{when: {ref: c}, then: {ref: a}}, {otherwise: {ref: b}}]}
        same: {any: [{all: [{ref: c}, {ref: a}]}, {all: [{not: {ref: c}}, {ref: b}]}, {all: [{ref: a}, {ref: b}]}]}
        """,
        """
        patient | c     | a     | b     || choose | same
        1       | true  | true  | true  || T      | T
        2       | true  | true  | false || T      | T
        3       | true  | true  |       || T      | T
        4       | true  | false | true  || F      | F
        5       | true  | false | false || F      | F
        6       | true  | false |       || F      | F
        7       | true  |       | true  ||        |
        8       | true  |       | false ||        |
        9       | true  |       |       ||        |
        10      | false | true  | true  || T      | T
        11      | false | true  | false || F      | F
        12      | false | true  |       ||        |
        13      | false | false | true  || T      | T
        14      | false | false | false || F      | F
        15      | false | false |       ||        |
        16      | false |       | true  || T      | T
        17      | false |       | false || F      | F
        18      | false |       |       ||        |
        19      |       | true  | true  || T      | T
        20      |       | true  | false ||        |
        21      |       | true  |       ||        |
        22      |       | false | true  ||        |
        23      |       | false | false || F      | F
        24      |       | false |       ||        |
        25      |       |       | true  ||        |
        26      |       |       | false ||        |
        27      |       |       |       ||        |
        """,
        define=BOOLEANS,
    )


def test_line_10_choose_asks_its_branches_in_order() -> None:
    """The first branch whose condition holds decides; the branch that is ruled out leaves no reason behind."""
    spec(
        """
        limit:
          choose:
            - {when: {value: patients.liver, is: "== true"}, then: {value: patients.alt, is: "<= 5"}}
            - {when: {value: patients.bone, is: "== true"}, then: {value: patients.alp, is: "<= 5"}}
            - otherwise: {measure: ALT, is: "<= 100 U/L"}
        """,
        """
        patient | liver | bone  | alt | alp || limit
        1       | true  | true  | 4   | 9   || T
        2       | false | true  | 4   | 9   || F
        3       | false | false | 4   | 9   || (no_record)
        4       |       | true  | 4   | 4   || T
        5       |       | true  | 4   | 9   || (null_value)
        6       |       |       | 9   | 9   || (no_record, null_value)
        """,
    )


def test_line_11_unequal_and_not_in_are_unknown_for_null() -> None:
    """What is not known is not different either.

    A null is never a member of a set: `null` inside braces is a text of four letters.
    """
    spec(
        """
        equal: {value: patients.stage, is: "== IV"}
        unequal: {value: patients.stage, is: "!= IV"}
        in: {value: patients.stage, is: "in {III, IV}"}
        not in: {value: patients.stage, is: "not in {III, IV}"}
        with null: {value: patients.stage, is: "in {III, IV, null}"}
        """,
        """
        patient | stage || equal        | unequal      | in           | not in       | with null
        1       | IV    || T            | F            | T            | F            | T
        2       | III   || F            | T            | T            | F            | T
        3       | II    || F            | T            | F            | T            | F
        4       |       || (null_value) | (null_value) | (null_value) | (null_value) | (null_value)
        """,
    )
    spec(
        """
        in: {exists: diagnoses, where: {field: stage, is: "in {III, IV}"}}
        not in: {exists: diagnoses, where: {field: stage, is: "not in {III, IV}"}}
        other code: {exists: diagnoses, code: [C34, C50]}
        """,
        """
        patient || in           | not in       | other code
        1       || T            | F            | T
        2       || F            | T            | F
        3       || (null_value) | (null_value) | (null_value)
        """,
        diagnoses="""
        patient | date    | stage | code
        1       | day -30 | IV    | C34
        2       | day -30 | II    | C18
        3       | day -30 |       |
        """,
    )


def test_line_11_an_empty_set_is_refused() -> None:
    """Nothing is in an empty set, and everything outside it: nobody means that."""
    refused('stage: {value: patients.stage, is: "in {}"}', "P021", "1:40")
    refused('stage: {value: patients.stage, is: "not in {}"}', "P021")
    refused("codes: {exists: diagnoses, code: []}", "P021")


def test_line_12_a_group_of_one_is_its_member() -> None:
    """AND, OR and at least 1 of a single condition say what the condition says."""
    spec(
        """
        itself: {value: patients.a, is: "== true"}
        all: {all: [{ref: itself}]}
        any: {any: [{ref: itself}]}
        at least: {at_least: {n: 1, of: [{ref: itself}]}}
        """,
        """
        patient | a     || itself       | all          | any          | at least
        1       | true  || T            | T            | T            | T
        2       | false || F            | F            | F            | F
        3       |       || (null_value) | (null_value) | (null_value) | (null_value)
        """,
    )


@pytest.mark.parametrize(
    "rule",
    [
        "{all: []}",
        "{any: []}",
        "{at_least: {n: 1, of: []}}",
        '{each: [], is: "<= 5"}',
        "{exists: diagnoses, where: {all: []}}",
        "{exists: diagnoses, where: {any: []}}",
    ],
)
def test_line_12_an_empty_group_is_refused(rule: str) -> None:
    """`all` of nothing would be true for everybody, `any` of nothing for nobody."""
    refused(f"empty: {rule}", "P057")


def test_line_13_the_same_condition_twice_counts_once() -> None:
    """Two risk factors are two different ones; the checker says that one was named twice."""
    rules = """
        two factors: {at_least: {n: 2, of: [{ref: a}, {ref: a}, {ref: b}]}}
        """
    define = """
        a: {value: patients.a, is: "== true"}
        b: {value: patients.b, is: "== true"}
        """
    spec(
        rules,
        """
        patient | a     | b     || two factors
        1       | true  | true  || T
        2       | true  | false || F
        3       | true  |       || (null_value)
        4       |       | false || F
        """,
        define=define,
    )
    warned(rules, "P054", define=define)
    refused("two factors: {at_least: {n: 2, of: [{ref: a}, {ref: a}]}}", "P055", define=define)


def test_line_14_an_exclusion_states_the_condition_that_excludes() -> None:
    """Write what keeps a patient out; the engine does the negating.

    An exclusion is met when what it states is absent. Unknown stays unknown.
    """
    spec(
        """
        - id: EXC-01
          kind: exclusion
          text: Interstitial lung disease.
          rule: {value: patients.ild, is: "== true"}
        - id: EXC-02
          kind: exclusion
          text: ALT above 3 x ULN in the last 14 days.
          rule: {measure: ALT, within: [-14, 0], is: "> 3 xULN"}
        """,
        """
        patient | ild   || EXC-01       | EXC-02      | verdict
        1       | false || met          | met         | ELIGIBLE
        2       | true  || not met      | met         | INELIGIBLE
        3       |       || (null_value) | met         | UNDETERMINED
        4       | false || met          | not met     | INELIGIBLE
        5       | false || met          | (no_record) | UNDETERMINED
        6       | true  || not met      | (no_record) | INELIGIBLE
        """,
        labs="""
        patient | date   | value | uln
        1       | day -3 | 20    | 40
        2       | day -3 | 20    | 40
        3       | day -3 | 20    | 40
        4       | day -3 | 200   | 40
        """,
    )


def test_the_policy_of_a_criterion_decides_what_unknown_becomes() -> None:
    """Ask, fail, or pass: the policy belongs to the finished criterion, and a pass by policy is shown as *assumed*.

    The three criteria ask the same; their negation inside the rule is still unknown before any policy is looked at.
    """
    spec(
        """
        - {id: query, kind: inclusion, text: Asked., unknown: query, rule: {not: {ref: smoker}}}
        - {id: fail, kind: inclusion, text: Failed., unknown: fail, rule: {not: {ref: smoker}}}
        - {id: pass, kind: inclusion, text: Passed., unknown: pass, rule: {not: {ref: smoker}}}
        """,
        """
        patient | smoker || query        | fail                 | pass
        1       | false  || met          | met                  | met
        2       | true   || not met      | not met              | not met
        3       |        || (null_value) | not met (null_value) | assumed (null_value)
        """,
        define='smoker: {value: patients.smoker, is: "== true"}',
    )
    spec(
        """
        - {id: query, kind: exclusion, text: Asked., unknown: query, rule: {ref: smoker}}
        - {id: fail, kind: exclusion, text: Failed., unknown: fail, rule: {ref: smoker}}
        - {id: pass, kind: exclusion, text: Passed., unknown: pass, rule: {ref: smoker}}
        """,
        """
        patient | smoker || query        | fail                 | pass
        1       | false  || met          | met                  | met
        2       | true   || not met      | not met              | not met
        3       |        || (null_value) | not met (null_value) | assumed (null_value)
        """,
        define='smoker: {value: patients.smoker, is: "== true"}',
    )


def test_the_policy_and_applicability() -> None:
    """A criterion that does not apply meets no policy; unknown applicability does."""
    spec(
        """
        - id: pass
          kind: inclusion
          text: Negative pregnancy test, assumed where it is not known.
          unknown: pass
          applies_when: {value: patients.childbearing, is: "== true"}
          rule: {value: patients.hcg, is: "== negative"}
        """,
        """
        patient | childbearing | hcg      || pass                 | verdict
        1       | false        |          || N/A                  | ELIGIBLE
        2       |              | positive || assumed (null_value) | ELIGIBLE
        3       | true         |          || assumed (null_value) | ELIGIBLE
        4       | true         | positive || not met              | INELIGIBLE
        """,
    )


def test_the_verdict_of_a_patient() -> None:
    """INELIGIBLE if a required criterion is not met, else UNDETERMINED if one is unknown, else ELIGIBLE.

    An advisory criterion is reported and decides nothing; an assumption does not stand in the way.
    """
    spec(
        """
        - {id: adult, kind: inclusion, text: Adult., rule: {value: patients.adult, is: "== true"}}
        - {id: ild, kind: exclusion, text: ILD., rule: {value: patients.ild, is: "== true"}}
        - {id: fit, kind: inclusion, text: Fit., unknown: pass, rule: {value: patients.fit, is: "== true"}}
        - {id: note, kind: inclusion, text: Noted., severity: advisory, rule: {value: patients.note, is: "== true"}}
        """,
        """
        patient | adult | ild   | fit   | note  || adult   | ild     | fit     | note    | verdict
        1       | true  | false | true  | true  || met     | met     | met     | met     | ELIGIBLE
        2       | true  |       | true  | true  || met     |         | met     | met     | UNDETERMINED
        3       | false |       | true  | true  || not met |         | met     | met     | INELIGIBLE
        4       | true  | true  |       | true  || met     | not met | assumed | met     | INELIGIBLE
        5       | true  | false |       | true  || met     | met     | assumed | met     | ELIGIBLE
        6       | true  | false | false | true  || met     | met     | not met | met     | INELIGIBLE
        7       | true  | false | true  | false || met     | met     | met     | not met | ELIGIBLE
        8       | true  | false | true  |       || met     | met     | met     |         | ELIGIBLE
        """,
    )
