"""MatchMiner's nested and/or trees have the same truth tables as ours, and its patients match its TMB trial.

Eight of the nine trees are what MatchMiner makes of them; the ninth is what its clause says, which MatchMiner misses.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from functional.ctml import condition, leaves, of_clause, of_paths, published_paths, published_tree, ways
from stratify.cli.app import app
from stratify.compile import compile_plan, result_column
from stratify.compile.reference import interpret_patient, patient_records
from stratify.model.truth import CriterionResult
from stratify.protocol import parse_protocol
from stratify.screening import screen
from stratify.study.cohort import open_and_conform
from support import shared_path

CASES = ("and_and_and", "and_and_or", "and_or_and", "and_or_or", "or_and_and", "or_and_or", "or_or_and", "or_or_or")
ALL_CASES = "all_cases"
VALUES = (True, False, None)
RESULTS = {True: CriterionResult.MET, False: CriterionResult.NOT_MET, None: CriterionResult.UNKNOWN}

Row = dict[str, bool | None]


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared_path("data", "matchminer") / "original"


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def protocol_text(rule: str) -> str:
    return (
        "format: stratify/1\ntrial: {id: CTML}\ncriteria:\n"
        f"  - {{id: TREE, kind: inclusion, text: The match clause., rule: {rule}}}\n"
    )


def answers(rule: str, rows: list[Row], where: Path) -> tuple[list[CriterionResult], list[CriterionResult]]:
    """What the plan and the reference interpreter say of each row."""
    names = [str(number) for number in range(len(rows))]
    schema = dict.fromkeys(rows[0], pl.Boolean)
    frame = pl.DataFrame(rows, schema=schema).insert_column(0, pl.Series("patient_id", names))
    frame.write_parquet(where / "patients.parquet")
    cohort = open_and_conform(where)
    protocol = parse_protocol(protocol_text(rule))
    plan = compile_plan(protocol, cohort.dictionary, cohort.tables.catalogue)
    said = screen(plan, cohort.tables.frames).frame
    fast = dict(zip(said["patient_id"], said[result_column("TREE")], strict=True))
    records = patient_records({name: table.collect() for name, table in cohort.tables.frames.items()})
    slow = {
        record.patient_id: interpret_patient(record, protocol, cohort.dictionary, cohort.tables.catalogue)
        for record in records
    }
    return [CriterionResult(fast[n]) for n in names], [slow[n].criteria["TREE"].result for n in names]


# --- the nine trees ------------------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES)
def test_a_tree_has_the_truth_table_of_the_oracle_in_two_and_three_values(
    case: str, folder: Path, tmp_path: Path
) -> None:
    """All 729 rows of six leaves; the 64 without an unknown are among them."""
    clause = read(folder / "ctml_boolean_cases" / f"{case}.json")
    paths = published_paths(read(folder / "get_match_paths_expected.json")[f"{case}.json"])
    names = list(leaves(clause))
    assert len(names) == 6
    rows: list[Row] = [dict(zip(names, values, strict=True)) for values in product(VALUES, repeat=6)]
    assert len(rows) == 729
    expected = [RESULTS[of_paths(paths, row)] for row in rows]
    assert expected == [RESULTS[of_clause(clause, row)] for row in rows]
    assert {CriterionResult.MET, CriterionResult.NOT_MET, CriterionResult.UNKNOWN} == set(expected)
    assert answers(condition(clause), rows, tmp_path) == (expected, expected)


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES)
def test_a_tree_is_the_same_function_as_the_paths_and_the_tree_of_the_oracle(case: str, folder: Path) -> None:
    ours = our_ways(read(folder / "ctml_boolean_cases" / f"{case}.json"))
    assert ours == published_paths(read(folder / "get_match_paths_expected.json")[f"{case}.json"])
    assert ours == published_tree(read(folder / "create_match_tree_expected.json")[f"{case}.json"])


@pytest.mark.shared
def test_the_ninth_tree_differs_from_the_oracle_by_one_or_that_the_oracle_loses(folder: Path) -> None:
    """Where ``or: [{and: [g10.., {or: [g12, c12]}]}, ..]`` has clauses beside it, MatchMiner goes from g10 (node 9)
    either to g12 or c12 (node 25) or to the clauses beside it (node 12). The clause asks for both.

    A patient with g, c, g6, c6, g8, c8, g10, c10, g11, c11 and g12 alone matches there, without any of g2, c2 and g3.
    Joined in a row, as MatchMiner joins every other ``or``, its tree is the same function as ours.
    """
    clause = read(folder / "ctml_boolean_cases" / f"{ALL_CASES}.json")
    tree = read(folder / "create_match_tree_expected.json")[f"{ALL_CASES}.json"]
    published = published_tree(tree)
    assert published == published_paths(read(folder / "get_match_paths_expected.json")[f"{ALL_CASES}.json"])
    ours = our_ways(clause)
    assert ours != published
    assert [9, 12] in tree["edges"]
    in_a_row = [(a, b) for a, b in tree["edges"] if (a, b) != (9, 12)] + [(26, 12), (27, 12)]
    assert published_tree(tree, in_a_row) == ours

    held = ("g_", "c_", "g6_", "c6_", "g8_", "c8_", "g10_", "c10_", "g11_", "c11_", "g12_")
    row = {name: name.startswith(held) for name in leaves(clause)}
    assert (of_paths(published, row), of_clause(clause, row), of_paths(ours, row)) == (True, False, False)


@pytest.mark.shared
def test_the_tree_of_thirty_leaves_where_it_turns_and_at_random(folder: Path, tmp_path: Path) -> None:
    """Too many rows to list: each smallest way to match, the same less one leaf (false, then unknown), and 2000."""
    clause = read(folder / "ctml_boolean_cases" / f"{ALL_CASES}.json")
    names = list(leaves(clause))
    assert len(names) == 30
    rows: list[Row] = []
    for path in sorted(our_ways(clause), key=sorted):
        exact: Row = {name: name in path for name in names}
        rows += [exact, *({**exact, leaf: less} for leaf in sorted(path) for less in (False, None))]
    chance = random.Random(20000712)
    rows += [dict(zip(names, chance.choices(VALUES, (8, 1, 2), k=30), strict=True)) for _ in range(2000)]
    expected = [RESULTS[of_clause(clause, row)] for row in rows]
    assert expected[0] is CriterionResult.MET
    assert min(expected.count(result) for result in RESULTS.values()) > 100
    assert answers(condition(clause), rows, tmp_path) == (expected, expected)


def our_ways(clause: Mapping) -> frozenset[frozenset[str]]:
    return ways(parse_protocol(protocol_text(condition(clause))).criteria[0].rule)


# --- the trial on mutational burden --------------------------------------------------------------------------------

DICTIONARY = """\
format: stratify-dictionary/1
key: id
tables:
  patients:
    file: clinical.parquet
    columns: {tmb: TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE}
"""


def tmb_protocol(trial: Mapping) -> str:
    """Each alternative of the trial's arm as a criterion of its own, and the whole as one more."""
    (step,) = trial["treatment_list"]["step"]
    (clause,) = step["arm"][0]["match"]
    asked = [item["clinical"]["tmb_numerical"] for item in clause["or"]]
    rules = [f'{{value: patients.tmb, is: "{expression}"}}' for expression in asked]
    lines = [
        f"  - {{id: TMB-{number}, kind: inclusion, severity: advisory, text: Burden {text}., rule: {rule}}}"
        for number, (text, rule) in enumerate(zip(map(json.dumps, asked), rules, strict=True), 1)
    ]
    lines = [line.replace('Burden "', '"Burden ').replace('".,', '.",') for line in lines]
    whole = f"  - {{id: ARM, kind: inclusion, text: The arm., rule: {{any: [{', '.join(rules)}]}}}}"
    head = f"format: stratify/1\ntrial: {{id: {trial['protocol_no']}}}\ncriteria:"
    return "\n".join([head, *lines, whole]) + "\n"


@pytest.mark.shared
def test_patients_with_a_burden_of_40_10_and_16_match_four_three_and_four_times(folder: Path, tmp_path: Path) -> None:
    trial = read(folder / "integration_trials" / "tmb.json")
    rules, dictionary = tmp_path / "tmb.yaml", tmp_path / "dictionary.yaml"
    rules.write_text(tmb_protocol(trial), encoding="utf-8")
    dictionary.write_text(DICTIONARY, encoding="utf-8")
    args = ["screen", rules, "--data", folder.parent, "--dictionary", dictionary, "--out", tmp_path / "out"]
    done = CliRunner().invoke(app, [*map(str, args)])
    assert done.exit_code == 0, done.output
    assert "130 screened, 3 eligible, 127 undetermined, 0 ineligible" in done.output

    table = pl.read_parquet(tmp_path / "out" / "criteria.parquet")
    alternatives = table.filter(pl.col("criterion") != "ARM")
    met = alternatives.filter(pl.col("result") == "met").group_by("patient_id").len()
    clinical = pl.read_parquet(folder.parent / "clinical.parquet")
    burden = dict(clinical.select("id", "TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE").drop_nulls().iter_rows())
    assert {burden[patient]: count for patient, count in met.iter_rows()} == {40: 4, 10: 3, 16: 4}

    # The same without stratify: each alternative by a query on the table in place.
    tmb = pl.col("TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE")
    queries = [tmb >= 10, tmb > 15, tmb <= 40, tmb < 40, tmb == 40]
    for number, query in enumerate(queries, 1):
        rows = alternatives.filter(pl.col("criterion") == f"TMB-{number}")
        by_result = {
            result: set(rows.filter(pl.col("result") == result)["patient_id"]) for result in ("met", "not_met")
        }
        assert by_result["met"] == set(clinical.filter(query)["id"])
        assert by_result["not_met"] == set(clinical.filter(query.not_())["id"])
        open_rows = rows.filter(pl.col("result") == "unknown")
        assert set(open_rows["patient_id"]) == set(clinical.filter(tmb.is_null())["id"])
        assert open_rows["reason"].unique().to_list() == ["null_value"]
