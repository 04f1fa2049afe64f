"""What a plan comes to: the result of each analysis, those not done, the family adjusted together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from stratify.analysis.results.curves import SurvivalResult
from stratify.analysis.results.effects import EffectsResult
from stratify.analysis.results.forests import InteractionResult, SubgroupsResult
from stratify.analysis.results.tables import BaselineResult, EnrichmentResult
from stratify.analysis.results.values import Statistic

AnalysisResult: TypeAlias = (
    BaselineResult | SurvivalResult | InteractionResult | SubgroupsResult | EnrichmentResult | EffectsResult
)


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
