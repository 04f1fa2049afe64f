"""Results of analyses as frozen values: what the report draws and what ``results.json`` flattens."""

from stratify.analysis.results.curves import Contrast, Curve, SurvivalResult
from stratify.analysis.results.effects import (
    CoefficientFigure,
    Effect,
    EffectsResult,
    EffectTable,
    FigureData,
    IncidenceFigure,
    LogMinusLogFigure,
    Measure,
    RestrictedAreaFigure,
    Scale,
    StepCurve,
)
from stratify.analysis.results.forests import ForestRow, InteractionResult, Subgroup, SubgroupsResult
from stratify.analysis.results.plan import Analyses, AnalysisResult, FamilyMember, FamilyResult, NotDone
from stratify.analysis.results.tables import (
    BaselineResult,
    BaselineVariable,
    CategoricalSummary,
    ContinuousSummary,
    EnrichmentResult,
    EnrichmentRow,
)
from stratify.analysis.results.values import Estimate, Statistic, TestResult

__all__ = [
    "Analyses",
    "AnalysisResult",
    "BaselineResult",
    "BaselineVariable",
    "CategoricalSummary",
    "CoefficientFigure",
    "ContinuousSummary",
    "Contrast",
    "Curve",
    "Effect",
    "EffectTable",
    "EffectsResult",
    "EnrichmentResult",
    "EnrichmentRow",
    "Estimate",
    "FamilyMember",
    "FamilyResult",
    "FigureData",
    "ForestRow",
    "IncidenceFigure",
    "InteractionResult",
    "LogMinusLogFigure",
    "Measure",
    "NotDone",
    "RestrictedAreaFigure",
    "Scale",
    "Statistic",
    "StepCurve",
    "Subgroup",
    "SubgroupsResult",
    "SurvivalResult",
    "TestResult",
]
