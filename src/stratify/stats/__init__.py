"""Statistics: arrays in, frozen results out. Knows no patient, table or file.

A result carries its estimate, interval, level, method and numbers, the ``reason`` where it is not estimable and a
``note`` where it is shaky.
"""

from stratify.stats.aft import aft
from stratify.stats.aft_fit import AftFit, PredictedSurvival, PredictedTime, TimeRatio
from stratify.stats.aft_likelihood import AftDistribution
from stratify.stats.baseline import BaselineTable, CategoricalRow, ContinuousRow, baseline_table
from stratify.stats.cause_specific import CauseSpecificCox, cause_specific_cox
from stratify.stats.concordance import Concordance, concordance
from stratify.stats.contingency import chi_square_test, fisher_exact, independence_test, risk_difference
from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.cumulative_incidence import CauseCounts, CumulativeIncidence, cumulative_incidence
from stratify.stats.design import Design, DesignTerm, design
from stratify.stats.enrichment import EnrichmentTable, FeatureEnrichment, enrichment
from stratify.stats.fine_gray import FineGrayFit, PredictedIncidence, fine_gray
from stratify.stats.gray import GrayGroup, GrayTest, gray_test
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio
from stratify.stats.incidence_curve import IncidenceAt, IncidenceCurve
from stratify.stats.interaction import BiomarkerLevel, Interaction, interaction
from stratify.stats.landmarks import Landmark, LandmarkDifference, MarkCount, landmark_difference
from stratify.stats.logrank import LogRankGroup, LogRankTest, TrendTest, logrank, logrank_trend
from stratify.stats.maxcombo import MaxComboTest, WeightedStatistic, maxcombo
from stratify.stats.mean_difference import MeanDifference, welch_t
from stratify.stats.multiplicity import ADJUST_METHODS, AdjustedPValues, AdjustMethod, adjust
from stratify.stats.nelson_aalen import CumulativeHazard, nelson_aalen
from stratify.stats.predicted_survival import predicted_hazard, predicted_survival
from stratify.stats.proportional_hazards import (
    ProportionalHazardsTest,
    SmoothEffect,
    TermInTime,
    TimeTransform,
    proportional_hazards_test,
)
from stratify.stats.quantiles import Quantile, QuantileRule
from stratify.stats.rank_sum import RankSum, rank_sum
from stratify.stats.residuals import CoxResiduals, cox_residuals
from stratify.stats.rmst import RestrictedMean, RestrictedMeanComparison, largest_tau, rmst, rmst_difference
from stratify.stats.rmst_adjusted import AdjustedRestrictedMeans, rmst_adjusted
from stratify.stats.rmst_stratified import rmst_stratified
from stratify.stats.smd import StandardisedDifference
from stratify.stats.subgroups import SubgroupFactor, SubgroupForest, SubgroupLevel, subgroup_forest
from stratify.stats.survival import SurvivalCurve, kaplan_meier, median_follow_up
from stratify.stats.survival_intervals import CONF_TYPES, ConfType
from stratify.stats.variables import Categorical, Continuous, Variable

__all__ = [
    "ADJUST_METHODS",
    "CONF_TYPES",
    "AdjustMethod",
    "AdjustedPValues",
    "AdjustedRestrictedMeans",
    "AftDistribution",
    "AftFit",
    "BaselineTable",
    "BiomarkerLevel",
    "Categorical",
    "CategoricalRow",
    "CauseCounts",
    "CauseSpecificCox",
    "ChiSquareTest",
    "Concordance",
    "ConfType",
    "Continuous",
    "ContinuousRow",
    "CoxFit",
    "CoxResiduals",
    "CumulativeHazard",
    "CumulativeIncidence",
    "Design",
    "DesignTerm",
    "EnrichmentTable",
    "FeatureEnrichment",
    "FineGrayFit",
    "GrayGroup",
    "GrayTest",
    "HazardRatio",
    "IncidenceAt",
    "IncidenceCurve",
    "Interaction",
    "Landmark",
    "LandmarkDifference",
    "LogRankGroup",
    "LogRankTest",
    "MarkCount",
    "MaxComboTest",
    "MeanDifference",
    "PredictedIncidence",
    "PredictedSurvival",
    "PredictedTime",
    "ProportionalHazardsTest",
    "Quantile",
    "QuantileRule",
    "RankSum",
    "RestrictedMean",
    "RestrictedMeanComparison",
    "SmoothEffect",
    "StandardisedDifference",
    "SubgroupFactor",
    "SubgroupForest",
    "SubgroupLevel",
    "SurvivalCurve",
    "TermInTime",
    "TimeRatio",
    "TimeTransform",
    "TrendTest",
    "Variable",
    "WeightedStatistic",
    "adjust",
    "aft",
    "baseline_table",
    "cause_specific_cox",
    "chi_square_test",
    "concordance",
    "cox",
    "cox_residuals",
    "cumulative_incidence",
    "design",
    "enrichment",
    "fine_gray",
    "fisher_exact",
    "gray_test",
    "independence_test",
    "interaction",
    "kaplan_meier",
    "landmark_difference",
    "largest_tau",
    "logrank",
    "logrank_trend",
    "maxcombo",
    "median_follow_up",
    "nelson_aalen",
    "predicted_hazard",
    "predicted_survival",
    "proportional_hazards_test",
    "rank_sum",
    "risk_difference",
    "rmst",
    "rmst_adjusted",
    "rmst_difference",
    "rmst_stratified",
    "subgroup_forest",
    "welch_t",
]
