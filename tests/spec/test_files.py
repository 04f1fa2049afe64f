"""Files.

Which types of columns a file may have, how attrition is counted from what comes out, and how the text of a rule is
read.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from spec.drawing import drawn
from spec.files import write
from spec.harness import Screened, refused, spec
from stratify.data import open_cohort
from stratify.diagnostics import StratifyError
from stratify.model.protocol import CriterionSeverity, Protocol
from stratify.protocol import parse_dictionary
from stratify.screening import Verdicts, attrition

COLUMN_TYPES = {
    "strings": {"patients.sex": pa.string(), "diagnoses.code": pa.string(), "labs.value": pa.float64()},
    "large strings": {"patients.sex": pa.large_string(), "diagnoses.code": pa.large_string()},
    "string views": {"patients.sex": pa.string_view(), "diagnoses.code": pa.string_view()},
    "dictionary": {
        "patients.sex": pa.dictionary(pa.int32(), pa.string()),
        "diagnoses.code": pa.dictionary(pa.int32(), pa.string()),
    },
    "decimal": {"labs.value": pa.decimal128(12, 3), "labs.uln": pa.decimal128(9, 1)},
    "small integers": {"labs.value": pa.int16(), "labs.uln": pa.uint8()},
    "single precision": {"labs.value": pa.float32(), "labs.uln": pa.float32()},
    "dates": {"patients.c1d1": pa.date32(), "diagnoses.date": pa.date32(), "labs.date": pa.date64()},
    "times": {
        "patients.c1d1": pa.timestamp("ms"),
        "diagnoses.date": pa.timestamp("us"),
        "labs.date": pa.timestamp("ns"),
    },
    "true and false": {"patients.smoker": pa.bool_()},
    "nulls": {"patients.no": pa.null(), "labs.nothing": pa.null(), "diagnoses.status": pa.null()},
    "ids as large strings": {f"{t}.patient_id": pa.large_string() for t in ("patients", "labs", "diagnoses")},
    "ids as integers": {
        f"{t}.patient_id": pa.int64() for t in ("patients", "labs", "history", "diagnoses", "treatments")
    },
}


@pytest.mark.parametrize("form", ["parquet", "ipc", "ipc_stream"])
@pytest.mark.parametrize("kind", list(COLUMN_TYPES))
def test_line_47_every_type_of_column_says_the_same(kind: str, form: str) -> None:
    """Text, numbers and dates may be stored in many ways; the answers are the same.

    Parquet and Arrow IPC (file and stream), with categories, plain, large and view strings, decimals, whole numbers,
    single precision, dates, times, and columns of the type null.
    """
    spec(
        """
        male: {value: patients.sex, is: "== m"}
        smoker: {value: patients.smoker, is: "== true"}
        nothing: {value: patients.no, is: "== 1"}
        recent: {exists: diagnoses, code: [C34, C50], within: [-14, 0]}
        ALT: {measure: ALT, within: [-14, 0], is: "<= 3 xULN"}
        """,
        """
        patient | sex  | smoker | no | c1d1  || male         | smoker       | nothing      | recent       | ALT
        1       | m    | true   |    | day 0 || T            | T            | (null_value) | T            | T
        2       | f    | false  |    | day 0 || F            | F            | (null_value) | F            | F
        3       |      |        |    | day 0 || (null_value) | (null_value) | (null_value) | (null_value) | (null_value)
        """,
        diagnoses="""
        patient | date   | code
        1       | day -3 | C34
        2       | day -3 | C18
        3       | day -3 |
        """,
        labs="""
        patient | date   | value | uln | nothing
        1       | day -3 | 120   | 40  |
        2       | day -3 | 121   | 40  |
        3       | day -3 |       | 40  |
        """,
        form=form,
        types=COLUMN_TYPES[kind],
    )


@pytest.mark.parametrize("form", ["parquet", "ipc", "ipc_stream"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_line_47_zoned_timestamps(form: str, unit: str) -> None:
    """An instant is a calendar day of the dictionary's zone, in whatever zone the file keeps it."""
    spec(
        "day 0: {exists: visits, within: [0, 0]}",
        """
        patient || day 0
        1       || T
        2       || F
        3       || (null_date)
        """,
        dictionary="""
        format: stratify-dictionary/1
        zone: Europe/Vienna
        tables:
          patients: {dates: [c1d1, cutoff]}
          visits: {date: date, absence_means: false}
        """,
        visits="""
        patient | date
        1       | 2026-04-19T22:00+00:00
        2       | 2026-04-19T21:59+00:00
        3       |
        """,
        form=form,
        types={"visits.date": pa.timestamp(unit, tz="America/New_York")},
    )


def test_line_47_instants_without_a_zone_to_read_them_in_are_refused(tmp_path: Path) -> None:
    """The same instant is another calendar day elsewhere: the dictionary must name the zone (D010)."""
    dictionary = parse_dictionary("{format: stratify-dictionary/1, tables: {patients: {birth: birth}}}")
    table, types = dictionary.tables["patients"], {"patients.birth": pa.timestamp("us", tz="UTC")}
    write(tmp_path, table, drawn("patient | birth\n1 | 2026-04-19T22:00+00:00"), "parquet", types)
    with pytest.raises(StratifyError) as caught:
        open_cohort(tmp_path, dictionary)
    assert [finding.code for finding in caught.value.findings] == ["D010"]


def counted(screened: Screened, drawing: str) -> None:
    """Assert the drawn attrition, and every count again from the bit masks of failed and unknown criteria alone."""
    rows = attrition(Verdicts(screened.protocol, screened.frame)).rows
    said = [
        (row.criterion.id, row.persons_in, row.persons_out, row.failed, row.failed_only, row.unknown) for row in rows
    ]
    expected = [(str(cells[0]), *(int(str(cell)) for cell in cells[1:])) for cells in drawn(drawing).rows]
    assert said == expected
    assert _from_masks(screened.protocol, screened.frame) == expected


def _from_masks(protocol: Protocol, frame: pl.DataFrame) -> list[tuple[object, ...]]:
    failed, unknown = frame["failed"].to_list(), frame["unknown"].to_list()
    decides = [criterion.severity is CriterionSeverity.REQUIRED for criterion in protocol.criteria]
    required = sum(1 << bit for bit, decisive in enumerate(decides) if decisive)
    rows: list[tuple[object, ...]] = []
    for bit, criterion in enumerate(protocol.criteria):
        mine, before = 1 << bit, required & ((1 << bit) - 1)
        reached = [mask for mask in failed if not mask & before]
        lost = sum(bool(mask & mine) for mask in reached) if decides[bit] else 0
        only = sum(mask & required == mine for mask in failed) if decides[bit] else 0
        marginal, open_ = (sum(bool(mask & mine) for mask in masks) for masks in (failed, unknown))
        rows.append((criterion.id, len(reached), lost, marginal, only, open_))
    return rows


def test_line_48_attrition_depends_on_the_order_of_the_criteria() -> None:
    """Who is lost at which step depends on the order of the criteria; who fails a criterion, and only that, does not.

    Six patients, three required criteria and an advisory one, in two orders. Unknown is no failure: who is unknown goes
    on. Nobody is lost at an advisory criterion. The counts come from the patients' bit masks alone.
    """
    first = spec(
        """
        - {id: A, kind: inclusion, text: First., rule: {value: patients.a, is: "== 1"}}
        - {id: B, kind: exclusion, text: Second., rule: {value: patients.b, is: "== 0"}}
        - {id: N, kind: inclusion, text: Noted., severity: advisory, rule: {value: patients.n, is: "== 1"}}
        - {id: C, kind: inclusion, text: Third., rule: {value: patients.c, is: "== 1"}}
        """,
        """
        patient | a | b | n | c || verdict
        1       | 1 | 1 | 1 | 1 || ELIGIBLE
        2       | 0 | 1 | 1 | 1 || INELIGIBLE
        3       | 0 | 0 | 1 | 1 || INELIGIBLE
        4       | 1 | 0 | 0 | 1 || INELIGIBLE
        5       | 1 | 1 | 0 |   || UNDETERMINED
        6       | 0 |   | 1 | 0 || INELIGIBLE
        """,
    )
    counted(
        first,
        """
        criterion | reach it | lost there | fail it | fail only it | unknown
        A         | 6        | 3          | 3       | 1            | 0
        B         | 3        | 1          | 2       | 1            | 1
        N         | 2        | 0          | 2       | 0            | 0
        C         | 2        | 0          | 1       | 0            | 1
        """,
    )
    second = spec(
        """
        - {id: C, kind: inclusion, text: Third., rule: {value: patients.c, is: "== 1"}}
        - {id: B, kind: exclusion, text: Second., rule: {value: patients.b, is: "== 0"}}
        - {id: N, kind: inclusion, text: Noted., severity: advisory, rule: {value: patients.n, is: "== 1"}}
        - {id: A, kind: inclusion, text: First., rule: {value: patients.a, is: "== 1"}}
        """,
        """
        patient | a | b | n | c || verdict
        1       | 1 | 1 | 1 | 1 || ELIGIBLE
        2       | 0 | 1 | 1 | 1 || INELIGIBLE
        3       | 0 | 0 | 1 | 1 || INELIGIBLE
        4       | 1 | 0 | 0 | 1 || INELIGIBLE
        5       | 1 | 1 | 0 |   || UNDETERMINED
        6       | 0 |   | 1 | 0 || INELIGIBLE
        """,
    )
    counted(
        second,
        """
        criterion | reach it | lost there | fail it | fail only it | unknown
        C         | 6        | 1          | 1       | 0            | 1
        B         | 5        | 2          | 2       | 1            | 1
        N         | 3        | 0          | 2       | 0            | 0
        A         | 3        | 1          | 3       | 1            | 0
        """,
    )


def test_line_49_values_stay_what_was_written() -> None:
    """A gene called NO is not "false", 12:30 is not 750, and 1.10 is not 1.1.

    A rule is read as text, and what a value means is decided by the column it is compared with.
    """
    spec(
        """
        NO: {value: patients.said, is: == NO}
        time: {value: patients.said, is: == 12:30}
        power: {value: patients.said, is: == 1E30}
        version: {value: patients.said, is: == 1.10}
        other: {value: patients.said, is: == 1.1}
        zero: {value: patients.said, is: "in {08, yes}"}
        codes: {exists: diagnoses, code: [NO, 1E30, 08, 1.10, 12:30, yes]}
        """,
        """
        patient | said  || NO | time | power | version | other | zero | codes
        1       | NO    || T  | F    | F     | F       | F     | F    | T
        2       | 12:30 || F  | T    | F     | F       | F     | F    | T
        3       | 1E30  || F  | F    | T     | F       | F     | F    | T
        4       | 1.10  || F  | F    | F     | T       | F     | F    | T
        5       | 1.1   || F  | F    | F     | F       | T     | F    | F
        6       | 08    || F  | F    | F     | F       | F     | T    | T
        7       | 8     || F  | F    | F     | F       | F     | F    | F
        8       | yes   || F  | F    | F     | F       | F     | T    | T
        9       | false || F  | F    | F     | F       | F     | F    | F
        """,
        diagnoses="""
        patient | date   | code
        1       | day -3 | NO
        2       | day -3 | 12:30
        3       | day -3 | 1E30
        4       | day -3 | 1.10
        5       | day -3 | 1.1
        6       | day -3 | 08
        7       | day -3 | 8
        8       | day -3 | yes
        9       | day -3 | false
        """,
    )


def test_line_49_a_number_is_a_number_however_it_is_written() -> None:
    """Compared with a column of numbers, 1.10 is 1.1 and 08 is 8."""
    spec(
        """
        one: {value: patients.x, is: == 1.10}
        eight: {value: patients.x, is: == 08}
        ten: {value: patients.x, is: == 1E1}
        """,
        """
        patient | x   || one | eight | ten
        1       | 1.1 || T   | F     | F
        2       | 8   || F   | T     | F
        3       | 10  || F   | F     | T
        """,
    )


def test_line_49_duplicate_and_unknown_keys_are_errors_at_their_place() -> None:
    """The last of two keys does not win quietly, and a key that is not understood is not skipped."""
    twice = """
        ILD:
          exists: diagnoses
          code: ILD
          by: c1d1
          code: COPD
        """
    assert "line 8, column 5" in refused(twice, "P005", "5:3").message, "six lines stand before the rule"
    unknown = """
        ILD:
          exists: diagnoses
          cod: ILD
        """
    assert refused(unknown, "P011", "3:3").hint == 'did you mean "code"?'
    refused("ILD: {exists: diagnoses, code: ILD, withn: [-14, 0]}", "P011", "1:37")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{exists: &d diagnoses}", "P006"),
        ("{exists: !!str diagnoses}", "P007"),
        ("{<<: {exists: diagnoses}}", "P006"),
        ("{value: patients.sex, is: != female}", "P007"),
    ],
)
def test_line_49_the_surprises_of_YAML_are_refused(rule: str, code: str) -> None:
    """Anchors, tags and merges make a file say something else than what a reviewer reads."""
    refused(f"rule: {rule}", code)
