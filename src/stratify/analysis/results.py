"""Results of analyses as frozen values: what the report draws and what ``results.json`` flattens.

A number that cannot be estimated is ``None`` beside a ``note`` that says why. Times are in the endpoint's unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


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
    """A chi-square test."""

    __test__: ClassVar[bool] = False  # pytest would take the name for its own

    name: str
    chi_square: float | None
    df: int
    p_value: float | None
    method: str
    note: str = ""


# --- baseline ----------------------------------------------------------------------------------------------------


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


# --- survival ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve as steps: at ``times[i]`` survival drops to ``survival[i]``; starts at (0, 1)."""

    group: str
    n: int
    events: int
    times: tuple[float, ...]
    survival: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    censor_times: tuple[float, ...]
    at_risk: tuple[int, ...]
    """Number at risk at the result's ``marks``."""
    median: Estimate
    landmarks: tuple[Estimate, ...]
    """Survival at the result's ``at``."""
    restricted_mean: Estimate | None
    median_follow_up: Estimate


@dataclass(frozen=True, slots=True)
class Contrast:
    """A group against the reference."""

    group: str
    versus: str
    hazard_ratio: Estimate
    stratified_hazard_ratio: Estimate | None
    rmst_difference: Estimate | None


@dataclass(frozen=True, slots=True)
class SurvivalResult:
    """Kaplan-Meier, log-rank, Cox and restricted means by group."""

    id: str
    endpoint: str
    endpoint_label: str
    unit: str
    by: str
    strata: tuple[str, ...]
    n: int
    events: int
    excluded: int
    """Eligible patients left out because group, time, event or a stratum is missing."""
    curves: tuple[Curve, ...]
    marks: tuple[float, ...]
    at: tuple[float, ...]
    rmst_horizon: float | None
    contrasts: tuple[Contrast, ...]
    tests: tuple[TestResult, ...]
    level: float
    km_method: str
    cox_method: str
    rmst_method: str
    notes: tuple[str, ...] = ()


# --- interaction and subgroups -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ForestRow:
    """The effect in one level: patients and events (also by arm: treated, reference), and the hazard ratio."""

    factor: str
    level: str
    n: int
    events: int
    arm_n: tuple[int, int]
    arm_events: tuple[int, int]
    hazard_ratio: Estimate


@dataclass(frozen=True, slots=True)
class InteractionResult:
    """Whether the effect differs between the levels of a biomarker."""

    id: str
    endpoint: str
    endpoint_label: str
    by: str
    group: str
    versus: str
    biomarker: str
    excluded: int
    rows: tuple[ForestRow, ...]
    """The hazard ratio within each level, from the level's patients alone."""
    model_rows: tuple[ForestRow, ...]
    """The hazard ratio at each level, from the interaction model."""
    interaction: TestResult
    prognostic: tuple[ForestRow, ...]
    """Biomarker main effect, each level against the first, in the model without interaction."""
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One factor of a forest, with its interaction test."""

    factor: str
    label: str
    rows: tuple[ForestRow, ...]
    interaction: TestResult
    excluded: int


@dataclass(frozen=True, slots=True)
class SubgroupsResult:
    """A forest of subgroups."""

    id: str
    endpoint: str
    endpoint_label: str
    by: str
    group: str
    versus: str
    overall: ForestRow
    subgroups: tuple[Subgroup, ...]
    level: float
    method: str


# --- enrichment --------------------------------------------------------------------------------------------------


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


AnalysisResult: TypeAlias = BaselineResult | SurvivalResult | InteractionResult | SubgroupsResult | EnrichmentResult


@dataclass(frozen=True, slots=True)
class NotDone:
    """An analysis that could not be done at all, with the reason."""

    id: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """One hypothesis of a multiplicity family: its primary p-value, and the adjusted one."""

    analysis: str
    test: str
    p_value: float | None
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """A family of primary tests adjusted together."""

    method: str
    members: tuple[FamilyMember, ...]


@dataclass(frozen=True, slots=True)
class Analyses:
    """Everything the plan asked for, in its order, and the same numbers as rows."""

    results: tuple[AnalysisResult | NotDone, ...]
    family: FamilyResult | None
    statistics: tuple[Statistic, ...]
