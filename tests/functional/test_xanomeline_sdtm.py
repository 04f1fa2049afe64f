"""The CDISC pilot study screened by its own criteria, each count found again in the raw SDTM tables.

What is expected is computed from the Parquet files in ``xanomeline_queries.py``, without stratify.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from typer.testing import CliRunner

from functional.commands import stratify
from functional.xanomeline_queries import QUERIES, Raw
from stratify.cli.app import app
from stratify.compile import compile_plan, reasons_column, result_column, stratum_column
from stratify.compile.reference import interpret_patient, patient_records
from stratify.model.protocol import CriterionSeverity, Protocol
from stratify.model.truth import Verdict
from stratify.protocol import load_dictionary, load_protocol
from stratify.screening import Verdicts, attrition, screen
from stratify.study.checks import check_protocol
from stratify.study.cohort import Cohort, open_and_conform, read_rules
from stratify.verification import run_examples
from support import ROOT, shared_path

RULES = ROOT / "rules"
PROTOCOL = RULES / "xanomeline.yaml"
DICTIONARY = RULES / "dictionaries" / "cdisc-sdtm.yaml"


# --- the examples, without data --------------------------------------------------------------------------------------


def test_examples_show_every_criterion_met_not_met_and_open() -> None:
    protocol = load_protocol(PROTOCOL)
    seen: dict[str, set[str]] = {criterion.id: set() for criterion in protocol.criteria}
    for example in protocol.examples:
        for expected in example.expect:
            seen[expected.criterion].add(expected.result.label)
    assert [name for name, results in seen.items() if not {"met", "not_met"} <= results] == []
    assert [name for name, results in seen.items() if not results & {"unknown", "assumed"}] == []


def test_under_the_dictionary_of_the_study_only_what_it_decides_otherwise_differs() -> None:
    protocol = load_protocol(PROTOCOL)
    nothing = {name: () for example in protocol.examples for name in example.tables}
    every_table = tuple(replace(example, tables={**nothing, **example.tables}) for example in protocol.examples)
    cases = run_examples(replace(protocol, examples=every_table), load_dictionary(DICTIONARY))
    differing = {case.name for case in cases if not case.passed}
    ongoing_is_in_capitals = {
        "donepezil that goes on, begun in a year",
        "prednisone by mouth that goes on",
        "prednisone on an unknown way",
    }
    events_before_screening_are_not_covered = {"hospital stay a day earlier", "an event without a hospital stay"}
    history_of_the_enrolled_is_covered = {"a medical history that was never entered"}
    assert differing == (
        ongoing_is_in_capitals | events_before_screening_are_not_covered | history_of_the_enrolled_is_covered
    )


# --- the study screened --------------------------------------------------------------------------------------------


class Screened(NamedTuple):
    cohort: Cohort
    protocol: Protocol
    verdicts: Verdicts


@pytest.fixture(scope="module")
def data() -> Path:
    return shared_path("data", "pharmaverse_sdtm")


@pytest.fixture(scope="module")
def raw(data: Path) -> Raw:
    return Raw(data)


@pytest.fixture(scope="module")
def screened(data: Path) -> Screened:
    cohort = open_and_conform(data, DICTIONARY)
    protocol, _ = read_rules(PROTOCOL, cohort, {})
    plan = compile_plan(protocol, cohort.dictionary, cohort.tables.catalogue)
    return Screened(cohort, protocol, screen(plan, cohort.tables.frames))


@pytest.mark.shared
def test_check_has_no_finding(data: Path) -> None:
    assert check_protocol(PROTOCOL, data=data, dictionary=DICTIONARY, overrides={}) == ()


@pytest.mark.shared
def test_verdicts_of_the_randomised_and_of_the_screen_failures(screened: Screened, raw: Raw) -> None:
    verdicts = dict(screened.verdicts.frame.select("patient_id", "verdict").iter_rows())
    table = Counter((Verdict(verdicts[i]).name, i in raw.randomised) for i in raw.dm["USUBJID"])
    assert table == {
        ("ELIGIBLE", True): 190,
        ("INELIGIBLE", True): 58,
        ("UNDETERMINED", True): 6,
        ("UNDETERMINED", False): 52,
    }


# Of the 254 randomised: not met, unknown.
COUNTS = {
    "INC-01": (0, 0),
    "INC-02": (0, 0),
    "EXC-10": (0, 0),
    "EXC-11": (0, 0),
    "EXC-12": (3, 0),
    "EXC-13": (1, 0),
    "EXC-16": (5, 0),
    "EXC-17A": (7, 0),
    "EXC-17B": (9, 1),
    "EXC-24": (0, 1),
    "EXC-25": (3, 1),
    "EXC-27": (12, 3),
    "EXC-28": (19, 0),
    "EXC-30": (0, 0),
    "EXC-31A": (6, 0),
    "EXC-31B": (1, 2),
}

# Nothing but demography was entered for screen failures, and they have no day of enrolment.
OF_FAILURES = {
    "INC-01": ("met", None),
    "EXC-11": ("assumed", "no_record"),
    "EXC-30": ("unknown", "no_record;anchor_missing"),
    **dict.fromkeys(("EXC-10", "EXC-27", "EXC-28", "EXC-31A", "EXC-31B"), ("unknown", "anchor_missing")),
}


@pytest.mark.shared
@pytest.mark.parametrize("criterion", QUERIES)
def test_each_criterion_is_what_the_raw_tables_say(criterion: str, screened: Screened, raw: Raw) -> None:
    fails, unknown = QUERIES[criterion](raw)
    usual = {"EXC-11": "assumed", "EXC-30": "not_applicable"}.get(criterion, "met")
    open_result = "assumed" if criterion == "EXC-11" else "unknown"
    expected: dict[str, tuple[str, str | None]] = dict.fromkeys(raw.randomised, (usual, None))
    expected |= {i: (open_result, reason) for i, reason in unknown.items()} | dict.fromkeys(fails, ("not_met", None))
    if criterion == "EXC-30":
        expected["01-715-1321"] = ("met", None)
    assert not raw.failures & {i for table in (raw.mh, raw.cm, raw.ae, raw.lb, raw.vs) for i in table["USUBJID"]}
    expected |= dict.fromkeys(raw.failures, OF_FAILURES.get(criterion, ("unknown", "no_record")))
    rows = screened.verdicts.criteria_table().filter(pl.col("criterion") == criterion).collect().iter_rows()
    assert {i: (result, reason) for i, _, result, reason in rows} == expected
    assert (len(fails), 0 if criterion == "EXC-11" else len(unknown)) == COUNTS[criterion]


@pytest.mark.shared
def test_every_criterion_has_a_query(screened: Screened) -> None:
    assert [criterion.id for criterion in screened.protocol.criteria] == list(QUERIES) == list(COUNTS)


@pytest.mark.shared
def test_arms_and_strata_are_those_recorded(screened: Screened, raw: Raw) -> None:
    frame = screened.verdicts.frame
    arms = {"Placebo": "placebo", "Xanomeline Low Dose": "low", "Xanomeline High Dose": "high", "Screen Failure": None}
    recorded = {i: arms[arm] for i, arm in raw.dm.select("USUBJID", "ARM").iter_rows()}
    assert dict(frame.select("patient_id", "arm").iter_rows()) == recorded
    assert Counter(recorded.values()) == {"placebo": 86, "low": 84, "high": 84, None: 52}
    band = pl.when(pl.col("AGE") < 65).then(pl.lit("< 65")).when(pl.col("AGE") > 80).then(pl.lit("> 80"))
    levels = raw.dm.select("USUBJID", "SEX", band.otherwise(pl.lit("65 .. 80"))).rows()
    found = frame.select("patient_id", stratum_column("sex"), stratum_column("age_band")).rows()
    assert sorted(found) == sorted(levels)


@pytest.mark.shared
def test_both_back_ends_agree_on_every_subject(screened: Screened) -> None:
    cohort, protocol, verdicts = screened
    frames = {name: frame.collect() for name, frame in cohort.tables.frames.items()}
    said = {row["patient_id"]: row for row in verdicts.frame.iter_rows(named=True)}
    compared = 0
    for record in patient_records(frames):
        answer = interpret_patient(record, protocol, cohort.dictionary, cohort.tables.catalogue)
        row = said[record.patient_id]
        for name, criterion in answer.criteria.items():
            assert row[result_column(name)] == criterion.result
            assert row[reasons_column(name)] == criterion.outcome.reasons
        for name, level in answer.strata.items():
            assert row[stratum_column(name)] == level
        assert (row["verdict"], row["failed"], row["unknown"], row["arm"]) == (
            answer.verdict,
            answer.failed,
            answer.unknown,
            answer.arm,
        )
        compared += 1
    assert compared == 306


@pytest.mark.shared
def test_attrition_is_reproduced_from_the_masks(screened: Screened) -> None:
    criteria, masks = screened.protocol.criteria, screened.verdicts.frame["failed"].to_list()
    required = sum(1 << i for i, c in enumerate(criteria) if c.severity is CriterionSeverity.REQUIRED)
    expected = []
    left = masks
    for i, criterion in enumerate(criteria):
        bit = (1 << i) & required
        lost = [mask for mask in left if mask & bit]
        only = sum(mask & required == bit for mask in masks) if bit else 0
        expected.append((criterion.id, len(left), len(lost), sum(mask >> i & 1 for mask in masks), only))
        left = [mask for mask in left if not mask & bit]
    found = attrition(screened.verdicts)
    assert [
        (row.criterion.id, row.persons_in, row.persons_out, row.failed, row.failed_only) for row in found.rows
    ] == expected
    assert len(left) == found.eligible + found.undetermined == 248
    assert sum(row.persons_out for row in found.rows) == found.ineligible == 58


@pytest.mark.shared
def test_explain_shows_the_rows_with_the_partial_date(data: Path, raw: Raw) -> None:
    options = ["--protocol", str(PROTOCOL), "--data", str(data), "--dictionary", str(DICTIONARY), "--json"]
    done = CliRunner().invoke(app, ["explain", "01-704-1260", *options])
    assert done.exit_code == 0
    told = next(item for item in json.loads(done.stdout)["criteria"] if item["id"] == "EXC-31B")
    assert (told["result"], told["reasons"]) == ("unknown", ["partial_date"])
    hers = raw.cm.filter(pl.col("USUBJID") == "01-704-1260").with_row_index(offset=1)
    rows = hers.filter(pl.col("CMTRT") == "PREMARIN", pl.col("CMSTDTC") == "2012-05")["index"].to_list()
    assert len(rows) == 9  # one for each visit at which it was reported
    shown = [line.strip() for line in told["why"] if line.strip().startswith("medication, row")]
    assert shown == [
        f"medication, row {n}, dated 2012-05, code ESTROGENS CONJUGATED, name PREMARIN, open: partial_date"
        for n in rows
    ]
    assert told["settled_by"] == [f"the complete date of row {n} of medication" for n in rows]


_BLOCK = re.compile(r"^```text\n\$ stratify (.+)\n((?:.*\n)*?)```$", re.MULTILINE)


@pytest.mark.shared
def test_the_how_to_shows_what_the_commands_print(data: Path, tmp_path: Path) -> None:
    """Lines of three dots stand for lines left out; everything else is printed, in this order."""
    shutil.copytree(data, tmp_path / "sdtm")
    shutil.copytree(RULES, tmp_path / "rules")
    blocks = _BLOCK.findall((ROOT / "docs" / "how-to" / "screen-sdtm.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 4
    for command, shown in blocks:
        answer = stratify(*command.split(), cwd=tmp_path)
        printed = iter((answer.out + answer.err).splitlines())
        missing = [line for line in shown.splitlines() if line.strip() != "..." and line not in printed]
        assert missing == [], command
