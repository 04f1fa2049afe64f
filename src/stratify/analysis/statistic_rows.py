"""The rows that every estimate and every test turns into."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from stratify.analysis.results import Estimate, ForestRow, Statistic, TestResult


def count(base: Statistic, statistic: str, value: int) -> Statistic:
    """A count."""
    return replace(base, statistic=statistic, value=float(value), method="count")


def estimate(base: Statistic, statistic: str, found: Estimate, method: str) -> Iterator[Statistic]:
    """An estimate; limits where there is an estimate, standard error and p-value where they exist."""
    row = replace(base, method=method, note=found.note)
    yield replace(row, statistic=statistic, value=found.value)
    if found.value is None:
        return
    yield replace(row, statistic="ci_lower", value=found.lower)
    yield replace(row, statistic="ci_upper", value=found.upper)
    yield from known(row, "standard_error", found.standard_error)
    yield from known(row, "p_value", found.p_value)


def hazard_ratio(base: Statistic, found: Estimate, method: str) -> Iterator[Statistic]:
    """A hazard ratio and its logarithm, which the standard error is that of."""
    yield from estimate(base, "hazard_ratio", found, method)
    if found.value is not None and 0 < found.value < math.inf:
        yield replace(base, statistic="log_hazard_ratio", value=math.log(found.value), method=method, note=found.note)


def test(base: Statistic, found: TestResult) -> Iterator[Statistic]:
    """A test: its statistic, chi-square or z, with degrees of freedom where it has them, and p."""
    row = replace(base, method=found.method, note=found.note)
    if found.z is not None:
        yield replace(row, statistic="z", value=found.z)
        yield replace(row, statistic="p_value", value=found.p_value)
        return
    yield replace(row, statistic="chi_square", value=found.chi_square)
    yield replace(row, statistic="df", value=float(found.df))
    yield replace(row, statistic="p_value", value=found.p_value)


def known(base: Statistic, statistic: str, value: float | None) -> Iterator[Statistic]:
    """A value, where it exists."""
    if value is not None:
        yield replace(base, statistic=statistic, value=value)


def forest_counts(base: Statistic, row: ForestRow) -> Iterator[Statistic]:
    """Patients and events of a line of a forest, together and by arm; ``base`` names the two arms."""
    together = replace(base, group=None, versus=None)
    yield count(together, "n", row.n)
    yield count(together, "events", row.events)
    for arm, n, events in zip((base.group, base.versus), row.arm_n, row.arm_events, strict=True):
        yield count(replace(base, group=arm, versus=None), "n", n)
        yield count(replace(base, group=arm, versus=None), "events", events)
