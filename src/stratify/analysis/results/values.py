"""What every result is made of: a statistic, an estimate with its interval, a test.

A number that cannot be estimated is ``None`` beside a ``note`` that says why. Times are in the endpoint's unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Statistic:
    """One row of the analysis results data; the field names are those of ``results.json``."""

    analysis: str
    statistic: str
    value: float | None
    endpoint: str | None = None
    population: str = "eligible"
    group: str | None = None
    versus: str | None = None
    stratum: str | None = None
    time: float | None = None
    method: str = ""
    profile: str = "r"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval. ``note`` says why a part is missing or shaky."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    standard_error: float | None = None
    p_value: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TestResult:
    """A test: with a chi-square statistic, or with ``z`` where its distribution is another (MaxCombo's largest z)."""

    __test__: ClassVar[bool] = False  # pytest would take the name for its own

    name: str
    chi_square: float | None
    df: int
    p_value: float | None
    method: str
    note: str = ""
    stratum: str | None = None
    """Of which term or cause it speaks, where an analysis has several of one name."""
    z: float | None = None
