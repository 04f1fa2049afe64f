"""Interaction and subgroups: a hazard ratio in each level."""

from __future__ import annotations

from dataclasses import dataclass

from stratify.analysis.results.values import Estimate, TestResult


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
