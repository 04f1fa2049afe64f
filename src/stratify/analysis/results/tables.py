"""Baseline and enrichment: tables of variables by group."""

from __future__ import annotations

from dataclasses import dataclass

from stratify.analysis.results.values import Estimate


@dataclass(frozen=True, slots=True)
class ContinuousSummary:
    """A number in one group; ``q1`` and ``q3`` by R's type 7."""

    n: int
    missing: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class CategoricalSummary:
    """A factor in one group: counts in the order of the variable's levels."""

    n: int
    missing: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BaselineVariable:
    """One variable of Table 1; ``levels`` is empty for a number. Summaries in the order of the table's groups."""

    name: str
    label: str
    levels: tuple[str, ...]
    groups: tuple[ContinuousSummary | CategoricalSummary, ...]
    overall: ContinuousSummary | CategoricalSummary
    smd: float | None
    smd_note: str = ""


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """Table 1."""

    id: str
    by: str
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    variables: tuple[BaselineVariable, ...]
    method: str


@dataclass(frozen=True, slots=True)
class EnrichmentRow:
    """One feature (or level of one): how often in each group, and how unequal.

    ``counts`` and ``totals`` in the order of the result's groups; for a number ``medians`` instead of counts.
    """

    feature: str
    level: str | None
    counts: tuple[int, ...]
    totals: tuple[int, ...]
    medians: tuple[float | None, ...]
    odds_ratio: Estimate
    p_value: float | None
    p_adjusted: float | None
    missing: int
    method: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class EnrichmentResult:
    """Features compared between two groups, adjusted for their number."""

    id: str
    group_factor: str
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    rows: tuple[EnrichmentRow, ...]
    adjust: str
    method: str
