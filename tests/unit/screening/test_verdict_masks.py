"""The masks of failed and unknown criteria as other tools read them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from stratify.compile import compile_plan
from stratify.data import open_cohort
from stratify.model.protocol import MAX_CRITERIA
from stratify.protocol import parse_dictionary, parse_protocol
from stratify.screening import attrition, screen


def test_masks_are_signed_and_hold_every_criterion(tmp_path: Path) -> None:
    """R has no unsigned 64-bit integers; with as many criteria as there may be, the last is not the sign."""
    (tmp_path / "patients.csv").write_text("patient_id,x\n1,0\n2,\n3,2\n", encoding="utf-8")
    criteria = "".join(
        f'  - {{id: C{i}, kind: inclusion, text: t, rule: {{value: patients.x, is: "> 1"}}}}\n'
        for i in range(MAX_CRITERIA)
    )
    protocol = parse_protocol(f"format: stratify/1\ntrial: {{id: T}}\ncriteria:\n{criteria}")
    tables = open_cohort(tmp_path, parse_dictionary("{format: stratify-dictionary/1, tables: {patients: {}}}"))
    verdicts = screen(compile_plan(protocol, tables.dictionary, tables.catalogue), tables.frames)
    table = verdicts.verdict_table()
    assert [table.schema[name] for name in ("failed", "unknown")] == [pl.Int64, pl.Int64]
    assert table.select("failed", "unknown").rows() == [(2**63 - 1, 0), (0, 2**63 - 1), (0, 0)]
    first, *_, last = attrition(verdicts).rows
    assert (first.persons_out, last.failed, last.unknown, last.failed_only) == (1, 1, 1, 0)
