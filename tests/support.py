"""What several test modules share: where the public data lies, when it is there."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def shared_path(*parts: str) -> Path:
    """A path below the shared folder; skips the test, saying so, where the folder is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"public data not beside the project: shared/{'/'.join(parts)}")
    return path


COMPARED: set[str] = set()
"""Ids of the reference cases that the tests of this process have asked for."""


@cache
def _reference_cases(path: Path) -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def reference_case(case_id: str) -> dict[str, Any]:
    """One case of the values computed by R: id, dataset, filter_sql, parameters, expected, tolerance_suggested."""
    case = _reference_cases(shared_path("reference", "survival_r.json"))[case_id]
    COMPARED.add(case_id)
    return case
