"""Each shipped protocol over a cohort mixed from its own examples: the plan and the reference interpreter agree.

Every example is a patient. The others have the row of one example, and each table of another, so that questions meet
which no example asks together: a missing laboratory value beside a known mutation.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import polars as pl
import pytest

from generative.strategies import Cohort
from generative.test_backends_agree import by_interpreter
from stratify.compile import compile_plan
from stratify.data import open_cohort
from stratify.model.dictionary import PATIENT_KEY, PATIENTS, Absence, Dictionary, Grain
from stratify.model.protocol import Example, Protocol
from stratify.protocol import (
    example_columns,
    example_tables,
    implied_dictionary,
    load_dictionary,
    load_protocol,
    typecheck,
)
from stratify.screening import with_descendants
from support import ROOT

RULES = ROOT / "rules"
PROTOCOLS = [
    path
    for path in sorted(RULES.rglob("*.yaml"))
    if not {"libraries", "dictionaries"} & {*path.relative_to(RULES).parts}
]
MIXED = 60


def _mixed(examples: Sequence[Example], random: Random) -> Example:
    """A patient with each table of some example that lists it, or without it."""
    tables = {name for example in examples for name in example.tables}
    rows = {name: random.choice(examples).tables.get(name, ()) for name in sorted(tables)}
    return Example("mixed", random.choice(examples).patient, rows)


_Patient = Mapping[str, Sequence[Mapping[str, str | None]]]


def _write(folder: Path, patients: Sequence[_Patient], named: Mapping[str, Sequence[str]]) -> None:
    for table in patients[0]:
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [PATIENT_KEY, *named[table]])
            writer.writeheader()
            for number, patient in enumerate(patients, 1):
                writer.writerows({**row, PATIENT_KEY: str(number)} for row in patient[table])


def _as_files(dictionary: Dictionary, absence: Absence) -> Dictionary:
    tables = {
        name: replace(
            table,
            file=f"{name}.csv",
            key=PATIENT_KEY,
            columns={},
            absence=absence if table.grain is Grain.MANY else table.absence,
        )
        for name, table in dictionary.tables.items()
    }
    return replace(dictionary, tables=tables)


def _cohort(protocol: Protocol, folder: Path, absence: Absence) -> Cohort:
    random = Random(str(protocol.trial.id))
    dictionary = _as_files(implied_dictionary(protocol), absence)
    patients = [*protocol.examples, *(_mixed(protocol.examples, random) for _ in range(MIXED))]
    rows = [example_tables(patient, dictionary, protocol) for patient in patients]
    _write(folder, rows, example_columns(dictionary, protocol))
    opened = open_cohort(folder, dictionary)
    frames = {name: frame.collect() for name, frame in opened.frames.items()}
    return Cohort(dictionary, opened.catalogue, frames)


@pytest.mark.parametrize("absence", [Absence.FALSE, Absence.UNKNOWN])
@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.relative_to(RULES).as_posix())
def test_both_back_ends_say_the_same(path: Path, absence: Absence, tmp_path: Path) -> None:
    protocol = load_protocol(path)
    cohort = _cohort(protocol, tmp_path, absence)
    protocol = with_descendants(protocol, cohort.dictionary, {})
    assert cohort.frames[PATIENTS].height == len(protocol.examples) + MIXED
    frames = {name: frame.lazy() for name, frame in cohort.frames.items()}
    plan = compile_plan(protocol, cohort.dictionary, cohort.catalogue)
    actual = plan.query(frames).collect().drop("stratum").to_dicts()
    expected = by_interpreter(protocol, cohort)
    assert actual == [{name: row[name] for name in shown} for row, shown in zip(expected, actual, strict=True)]
    assert pl.Series([row["verdict"] for row in actual]).n_unique() > 1, "a cohort in which all are alike shows nothing"


@pytest.mark.parametrize(
    "name", ["pharmacogenomics/dpyd-dosing", "oncology-basket/nci-match", "oncology-umbrella/lung-map"]
)
def test_a_protocol_fits_the_dictionary_that_is_shipped_for_it(name: str) -> None:
    dictionary = load_dictionary(RULES / "dictionaries/precision-oncology.yaml")
    protocol = replace(load_protocol(RULES / f"{name}.yaml"), examples=())  # a site has no columns for examples alone
    # Drugs and procedures share a table, so that no set of drugs names the system of procedures: that is P329.
    assert {finding.code for finding in typecheck(protocol, dictionary)} <= {"P329"}
