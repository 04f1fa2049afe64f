"""Files made to occupy a machine are refused in bounded time and memory, also by the command."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from functional.commands import environment
from stratify.compile import compile_plan, result_column
from stratify.compile.reference import interpret_patient, patient_records
from stratify.model.dictionary import ColumnKind
from stratify.model.truth import CriterionResult
from stratify.protocol import implied_dictionary, parse_protocol, read_protocol_text, typecheck
from unit.protocol.hostile import CRITERION, HEAD, HOSTILE

SECONDS = 30
"""Processor time that no file may take; each takes less than 5 on a machine with nothing else to do."""
MEGABYTES = 600
"""Most memory that checking may take, Python and what it imports included; 120 are used."""
_MAIN = "import sys; from stratify.cli import main; sys.argv = ['stratify', 'check', sys.argv[1]]; main()"


@pytest.mark.parametrize(("made", "code"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_soon(made: Callable[[], str], code: str) -> None:
    text = made()
    start = time.process_time()
    protocol, findings = read_protocol_text(text)
    assert time.process_time() - start < SECONDS
    assert protocol is None
    assert code in {finding.code for finding in findings}
    assert sum(len(str(finding)) for finding in findings) < 100_000


def test_a_number_whose_digits_would_fill_the_memory_is_answered() -> None:
    protocol = parse_protocol(HEAD + CRITERION.replace("{exists: tx}", '{count: tx, is: ">= 1E999999999"}'))
    words = implied_dictionary(protocol)
    assert typecheck(protocol, words) == ()
    patients = pl.LazyFrame({"patient_id": [1]})
    tx = pl.LazyFrame({"patient_id": [1], "date:first": [1], "date:last": [1], "date:second": [1]})
    kinds = {"patients": {"d": ColumnKind.DATE}, "tx": {"date": ColumnKind.DATE}}
    dated = patients.with_columns(**{f"d:{part}": pl.lit(1, pl.Int32) for part in ("first", "last", "second")})
    plan = compile_plan(protocol, words, kinds)
    said = plan.query({"patients": dated, "tx": tx}).collect()
    record = next(patient_records({"patients": dated.collect(), "tx": tx.collect()}))
    answer = interpret_patient(record, protocol, words, kinds).criteria["A"]
    assert said[result_column("A")].to_list() == [int(answer.result)] == [int(CriterionResult.NOT_MET)]


@pytest.mark.parametrize("name", ["10 MB", "10,000 brackets", "100,000 values", "10,000 anchors in a circle"])
def test_the_command_refuses_it_in_little_memory(name: str, tmp_path: Path) -> None:
    made, code = HOSTILE[name]
    path = tmp_path / "p.yaml"
    path.write_text(made(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20)),
    )
    assert done.returncode == 1, done.stderr
    assert f"error {code}" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
