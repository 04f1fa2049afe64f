"""Codes beside their column in the form of their system, and what lies below them by a table."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from stratify.data import codes_below, open_cohort, read_table
from stratify.diagnostics import StratifyError
from stratify.model.dictionary import Hierarchy, code_in, system_known
from stratify.protocol import parse_dictionary
from support import shared_path

TREE = Hierarchy("tree", "above", "below")


def test_codes_stand_beside_what_the_file_holds(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\n1\n")
    (tmp_path / "dx.csv").write_text("patient_id,code,voc\n1,c78.7,A\n1,198.4,B\n1,198.4,\n1,198.4,other\n1,,A\n")
    words = parse_dictionary(
        "format: stratify-dictionary/1\ntables:\n  patients: {}\n"
        "  dx: {code: code, code_system: {column: voc, systems: {A: ICD-10, B: ICD-9}}}\n"
    )
    cohort = open_cohort(tmp_path, words)
    frame = cohort.frames["dx"].collect()
    assert set(cohort.catalogue["dx"]) == {"patient_id", "code", "voc"}
    assert frame["code"].to_list() == ["c78.7", "198.4", "198.4", "198.4", None]
    assert frame[code_in("code", "ICD-10")].to_list() == ["C787", "", "1984", "1984", None]
    assert frame[code_in("code", "ICD-9")].to_list() == ["", "1984", "1984", "1984", ""]
    assert frame[system_known("code")].to_list() == [True, True, False, False, True]


def test_the_column_of_systems_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\n1\n")
    (tmp_path / "dx.csv").write_text("patient_id,code\n1,a\n")
    (tmp_path / "tree.csv").write_text("above,under\na,b\n")
    words = parse_dictionary(
        "format: stratify-dictionary/1\ntables:\n  patients: {}\n"
        "  dx: {code: code, code_system: {column: voc, systems: [SNOMED]}}\n"
        "references: {tree: {}}\nhierarchies: {SNOMED: {reference: tree, ancestor: above, descendant: below}}\n"
    )
    with pytest.raises(StratifyError) as caught:
        open_cohort(tmp_path, words)
    assert [finding.code for finding in caught.value.findings] == ["D005", "D005"]
    assert {"code_system", "hierarchies"} == {f.message.rpartition(" ")[2] for f in caught.value.findings}


@pytest.mark.parametrize(
    "pairs",
    [
        [("1", "2"), ("1", "3"), ("2", "3"), ("1", "1"), ("4", "5")],  # all pairs
        [("1", "2"), ("2", "3"), ("4", "5")],  # parents and children
        [("1", "2"), ("2", "3"), ("3", "2"), ("3", "1"), ("4", "5")],  # circles
        [("1.0", "02"), ("2", "3.0"), ("4", "5"), (None, "6"), ("1", None)],  # as files have ids
    ],
)
def test_what_lies_below(pairs: list[tuple[str | None, str | None]]) -> None:
    table = pl.LazyFrame(pairs, schema={"above": pl.String, "below": pl.String}, orient="row")
    found = codes_below(["1", "2", "5"], "SNOMED", TREE, {"tree": table})
    circle = ("3", "1") in pairs
    assert found == {
        "1": frozenset({"2", "3"}),
        "2": frozenset({"3", "1"} if circle else {"3"}),
        "5": frozenset(),
    }


def test_a_long_chain_ends() -> None:
    table = pl.LazyFrame({"above": list(map(str, range(1, 300))), "below": list(map(str, range(2, 301)))})
    assert len(codes_below(["1"], "OMOP", TREE, {"tree": table})["1"]) == 299


@pytest.mark.shared
def test_omop_concept_ancestor_works_as_it_is() -> None:
    """The closure of an OMOP vocabulary against a query that knows that the table has all pairs."""
    pairs = read_table(shared_path("data", "omop_synthea27nj", "concept_ancestor.parquet"))
    columns = Hierarchy("tree", "ancestor_concept_id", "descendant_concept_id")
    text = pairs.select(pl.col(columns.ancestor, columns.descendant).cast(pl.String))
    frame = pairs.select(columns.ancestor, columns.descendant).collect()
    most = frame.group_by(columns.ancestor).len().sort("len", columns.ancestor, descending=True).head(3)
    asked = most.get_column(columns.ancestor).to_list()
    found = codes_below(map(str, asked), "OMOP", columns, {"tree": text.lazy()})
    for code in asked:
        direct = frame.filter(pl.col(columns.ancestor) == code).get_column(columns.descendant)
        assert found[str(code)] == {str(below) for below in direct} - {str(code)}
