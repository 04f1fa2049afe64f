"""The reference cases computed by R, with their data: what a golden test of the statistics starts from.

``load("S-cox-efron-lung")`` gives the case and its rows; ``assert_matches(actual, case["expected"], tolerance(case))``
compares any nesting of mappings, sequences and numbers and names the place that differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from support import reference_case, shared_path


@dataclass(frozen=True)
class Tolerance:
    """Two numbers agree when ``|actual - expected| <= atol + rtol * |expected|``."""

    rtol: float
    atol: float


def tolerance(case: Mapping[str, Any]) -> Tolerance:
    """The tolerance that the case itself suggests; never a wider one."""
    suggested = case["tolerance_suggested"]
    return Tolerance(rtol=float(suggested["rtol"]), atol=float(suggested["atol"]))


def load(case_id: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """The case and its rows in file order, after the case's own ``filter_sql`` (skips where the data is absent)."""
    case = reference_case(case_id)
    rows = _read(shared_path("reference", "data", f"{case['dataset']}.parquet"))
    condition = case.get("filter_sql")
    if condition:
        rows = pl.SQLContext(d=rows, eager=True).execute(f"SELECT * FROM d WHERE {condition}")  # noqa: S608 - fixed file
    if len(rows) != case["n_rows"]:
        raise AssertionError(f"{case_id}: {len(rows)} rows read, the case was computed on {case['n_rows']}")
    return case, rows


@cache
def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path)


def column(rows: pl.DataFrame, name: str) -> np.ndarray:
    """A numeric column as floats, null as NaN."""
    return rows[name].cast(pl.Float64).to_numpy()


def codes(rows: pl.DataFrame, name: str, levels: Sequence[object]) -> np.ndarray:
    """The position of each value in ``levels``; -1 where the value is null or not among them."""
    place = {level: i for i, level in enumerate(levels)}
    return np.array([place.get(value, -1) for value in rows[name].to_list()], dtype=np.int64)


def assert_matches(actual: object, expected: object, allowed: Tolerance, place: str = "") -> None:
    """Fail with the place and both values where ``actual`` departs from ``expected``.

    Every key and every element of ``expected`` must be in ``actual``. ``None`` matches ``None`` only, the strings
    ``"Inf"`` and ``"-Inf"`` match the infinities, other strings match themselves. A single value stands for a sequence
    of one, as R's vectors of length one are written.
    """
    if isinstance(expected, Mapping):
        assert isinstance(actual, Mapping), f"{place}: a mapping expected, got {actual!r}"
        missing = expected.keys() - actual.keys()
        assert not missing, f"{place}: not computed: {sorted(missing)}"
        for key, value in expected.items():
            assert_matches(actual[key], value, allowed, f"{place}.{key}")
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        assert isinstance(actual, Sequence | np.ndarray), f"{place}: a sequence expected, got {actual!r}"
        assert len(actual) == len(expected), f"{place}: {len(actual)} values, expected {len(expected)}"
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            assert_matches(a, e, allowed, f"{place}[{i}]")
    else:
        alone = isinstance(actual, Sequence | np.ndarray) and not isinstance(actual, str) and len(actual) == 1
        _assert_value(actual[0] if alone else actual, expected, allowed, place)


def _assert_value(actual: Any, expected: Any, allowed: Tolerance, place: str) -> None:
    if isinstance(expected, str) and expected not in {"Inf", "-Inf"}:
        assert actual == expected, f"{place}: {actual!r} is not {expected!r}"
        return
    assert (actual is None) == (expected is None), f"{place}: {actual!r}, expected {expected!r}"
    if expected is None:
        return
    want, got = float(expected), float(actual)
    if np.isinf(want):
        assert got == want, f"{place}: {got!r} is not {want!r}"
    else:
        bound, gap = allowed.atol + allowed.rtol * abs(want), abs(got - want)
        assert gap <= bound, f"{place}: {got!r} differs from {want!r} by {gap:.3g} > {bound:.3g}"
