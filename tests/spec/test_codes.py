"""Codes.

A code belongs to a system, and is compared as that system writes it. What lies below it is meant only where the rule
says so.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from spec.harness import refused, spec

ICD_10 = """
format: stratify-dictionary/1
tables:
  patients:  {dates: [c1d1, cutoff]}
  diagnoses: {date: date, code: code, code_system: ICD-10, absence_means: false}
"""

ICD_9 = """
format: stratify-dictionary/1
tables:
  patients:  {dates: [c1d1, cutoff]}
  diagnoses: {date: date, code: code, code_system: ICD-9, absence_means: false}
"""

ICD_10_OR_NOT_SAID = """
format: stratify-dictionary/1
tables:
  patients:  {dates: [c1d1, cutoff]}
  diagnoses: {date: date, code: code, code_system: ICD-10, absence_means: false}
  history:   {date: date, code: code, absence_means: false}
"""

TWO = """
format: stratify-dictionary/1
tables:
  patients:  {dates: [c1d1, cutoff]}
  diagnoses:
    date: date
    code: code
    code_system: {column: vocabulary, systems: {ICD9CM: ICD-9, ICD10: ICD-10}}
    absence_means: false
"""

SNOMED = """
format: stratify-dictionary/1
tables:
  patients:  {dates: [c1d1, cutoff]}
  diagnoses: {date: date, code: code, code_system: SNOMED, absence_means: false}
references:
  concept_ancestor: {}
hierarchies:
  SNOMED: {reference: concept_ancestor, ancestor: ancestor_concept_id, descendant: descendant_concept_id}
"""


def test_line_38_a_code_is_not_what_lies_below_it() -> None:
    """C78, a metastasis of lung or digestive organs, does not match C78.7, of the liver, unless the rule says so."""
    spec(
        """
        alone: {exists: diagnoses, code: C78}
        and below: {exists: diagnoses, code: {in: [C78], descendants: true}}
        the liver: {exists: diagnoses, code: {in: [C78.7], descendants: true}}
        """,
        """
        patient || alone | and below | the liver
        1       || T     | T         | F
        2       || F     | T         | T
        3       || F     | T         | T
        4       || F     | F         | F
        5       || F     | F         | F
        """,
        dictionary=ICD_10,
        diagnoses="""
        patient | date    | code
        1       | day -30 | C78
        2       | day -30 | C78.7
        3       | day -30 | C78.70
        4       | day -30 | C7
        5       | day -30 | C79.3
        """,
    )


def test_line_38_dots_case_and_blanks_are_those_of_the_system() -> None:
    """C78.7 is written C787, c78.7 and "C78.7+" as well; in a table that does not say its system it is only itself."""
    spec(
        """
        icd: {exists: diagnoses, code: c787}
        as written: {exists: history, code: C78.7}
        """,
        """
        patient || icd | as written
        1       || T   | T
        2       || T   | F
        3       || T   | F
        4       || T   | F
        5       || F   | F
        """,
        dictionary=ICD_10_OR_NOT_SAID,
        diagnoses="""
        patient | date    | code
        1       | day -30 | C78.7
        2       | day -30 | C787
        3       | day -30 | " c78.7 "
        4       | day -30 | C78.7+
        5       | day -30 | C77.8
        """,
        history="""
        patient | date    | code
        1       | day -30 | C78.7
        2       | day -30 | C787
        3       | day -30 | " c78.7 "
        4       | day -30 | C78.7+
        5       | day -30 | C77.8
        """,
    )


def test_line_38_a_code_is_of_its_system() -> None:
    """198.4 of ICD-9 and C79.4 of ICD-10 are the same tumour, and 198.4 is nothing in ICD-10.

    Patient 5's row does not say its system and patient 6's says one that the dictionary does not list: if it is the
    code asked, nobody knows. Patient 7's code is none of those asked in either system.
    """
    spec(
        """
        icd 9: {exists: diagnoses, code: {in: ["198.4"], system: [ICD-9, ICD-10]}}
        either:
          any:
            - {exists: diagnoses, code: {in: ["198.4"], system: [ICD-9, ICD-10]}}
            - {exists: diagnoses, code: {in: [C79.4], system: [ICD-9, ICD-10]}}
        """,
        """
        patient || icd 9        | either
        1       || T            | T
        2       || F            | T
        3       || T            | T
        4       || F            | F
        5       || (null_value) | (null_value)
        6       || (null_value) | (null_value)
        7       || F            | F
        8       || (null_value) | (null_value)
        """,
        dictionary=TWO,
        diagnoses="""
        patient | date    | vocabulary | code
        1       | day -30 | ICD9CM     | 198.4
        2       | day -30 | ICD10      | C79.4
        3       | day -30 | ICD9CM     | 1984
        4       | day -30 | ICD10      | C78.7
        5       | day -30 |            | 198.4
        6       | day -30 | local      | 198.4
        7       | day -30 |            | 174.9
        8       | day -30 | ICD9CM     |
        """,
    )


def test_line_38_the_rule_says_which_system_it_means() -> None:
    """A rule that names no system asks in that of the table, where there is one."""
    spec(
        """
        said: {exists: diagnoses, code: {in: [C78.7], system: ICD10}}
        not said: {exists: diagnoses, code: C78.7}
        """,
        """
        patient || said         | not said
        1       || T            | T
        2       || (null_value) | (null_value)
        """,
        dictionary=ICD_10,
        diagnoses="""
        patient | date    | code
        1       | day -30 | C78.7
        2       | day -30 |
        """,
    )
    refused("liver: {exists: diagnoses, code: {in: [C78.7], system: ICD-10}}", "P325", "1:8")
    refused("liver: {exists: diagnoses, code: {in: [C78.7], descendants: true}}", "P325", "1:8")


def test_line_38_levels_are_those_of_the_system() -> None:
    """ATC has codes of 1, 3, 4, 5 and 7 characters: L01 takes in L01E and L01EB04, and L0 is no code."""
    spec(
        """
        antineoplastic: {exists: treatments, code: {in: [L01], descendants: true}}
        egfr inhibitor: {exists: treatments, code: {in: [L01EB], descendants: true}}
        all of L: {exists: treatments, code: {in: [L], descendants: true}}
        """,
        """
        patient || antineoplastic | egfr inhibitor | all of L
        1       || T              | T              | T
        2       || T              | F              | T
        3       || F              | F              | T
        4       || F              | F              | F
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables:
          patients:   {dates: [c1d1, cutoff]}
          treatments: {date: date, code: atc, code_system: ATC, absence_means: false}
        """,
        treatments="""
        patient | date    | atc
        1       | day -30 | L01EB04
        2       | day -30 | l01 xa02
        3       | day -30 | L04AX03
        4       | day -30 | H02AB06
        """,
    )
    refused("platinum: {exists: treatments, code: {in: [L0], system: ATC, descendants: true}}", "P324", "1:44")


def test_line_38_categories_of_icd_9_have_three_digits() -> None:
    """008 is not 8, E codes have a letter and three digits, and a file that keeps numbers has 8.45 for 008.45."""
    spec(
        """
        gut: {exists: diagnoses, code: {in: ["008"], descendants: true}}
        drugs: {exists: diagnoses, code: {in: [E850], descendants: true}}
        """,
        """
        patient || gut | drugs
        1       || T   | F
        2       || T   | F
        3       || F   | F
        4       || F   | T
        """,
        dictionary=ICD_9,
        diagnoses="""
        patient | date    | code
        1       | day -30 | 008.45
        2       | day -30 | 8.45
        3       | day -30 | 845.0
        4       | day -30 | e850.2
        """,
    )


PAIRS = """
ancestor_concept_id | descendant_concept_id
128462008           | 128462008
128462008           | 94381002
128462008           | 94225005
128462008           | 285645000
94381002            | 285645000
"""

PARENTS = """
ancestor_concept_id | descendant_concept_id
128462008           | 94381002
128462008           | 94225005
94381002            | 285645000
285645000           | 94381002
"""


TUMOURS = """
alone: {exists: diagnoses, code: "128462008"}
metastasis: {exists: diagnoses, code: {in: ["128462008"], descendants: true}}
liver: {exists: diagnoses, code: {in: ["94381002"], descendants: true}}
"""
ANSWERS = """
patient || alone | metastasis | liver
1       || T     | T          | F
2       || F     | T          | T
3       || F     | T          | F
4       || F     | T          | T
5       || F     | F          | F
"""
RECORDED = """
patient | date    | code
1       | day -30 | 128462008
2       | day -30 | 94381002
3       | day -30 | 94225005
4       | day -30 | 285645000
5       | day -30 | 73211009
"""


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.string()], ids=str)
def test_line_38_other_systems_have_a_table_of_what_lies_below(kind: pa.DataType) -> None:
    """`concept_ancestor` of OMOP works as it is. Ids may be numbers or text, in the data as in the table."""
    types = {"diagnoses.code": kind, "concept_ancestor.ancestor_concept_id": kind}
    spec(
        TUMOURS,
        ANSWERS,
        dictionary=SNOMED,
        form="parquet",
        types=types,
        concept_ancestor=PAIRS,
        diagnoses=RECORDED,
    )


def test_line_38_parents_and_children_are_enough() -> None:
    """What lies below a child lies below its parents; a circle in the table has an end."""
    spec(TUMOURS, ANSWERS, dictionary=SNOMED, concept_ancestor=PARENTS, diagnoses=RECORDED)


def test_line_38_a_system_that_is_not_known_is_as_written() -> None:
    """Codes of a site's own list are compared as they stand; names of drugs (INN) in small letters."""
    spec(
        """
        own: {exists: diagnoses, code: {in: [Leber-1], system: site list}}
        drug: {exists: treatments, code: {in: [carboplatin], system: INN}}
        """,
        """
        patient || own | drug
        1       || T   | T
        2       || F   | T
        3       || F   | F
        """,
        dictionary="""
        format: stratify-dictionary/1
        tables:
          patients:   {dates: [c1d1, cutoff]}
          diagnoses:  {date: date, code: code, code_system: site list, absence_means: false}
          treatments: {date: date, code: drug, code_system: INN, absence_means: false}
        """,
        diagnoses="""
        patient | date    | code
        1       | day -30 | Leber-1
        2       | day -30 | LEBER-1
        3       | day -30 | Leber1
        """,
        treatments="""
        patient | date    | drug
        1       | day -30 | carboplatin
        2       | day -30 | Carboplatin
        3       | day -30 | cisplatin
        """,
    )
