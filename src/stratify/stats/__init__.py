"""Statistics: arrays in, frozen results out. Knows no patient, table or file.

A result carries its estimate, interval, level, method and numbers, the ``reason`` where it is not estimable and a
``note`` where it is shaky.
"""

from stratify.stats.baseline import BaselineTable, CategoricalRow, ContinuousRow, baseline_table
from stratify.stats.concordance import Concordance, concordance
from stratify.stats.contingency import chi_square_test, fisher_exact, independence_test, risk_difference
from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.enrichment import EnrichmentTable, FeatureEnrichment, enrichment
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio
from stratify.stats.interaction import BiomarkerLevel, Interaction, interaction
from stratify.stats.landmarks import Landmark, LandmarkDifference, MarkCount, landmark_difference
from stratify.stats.logrank import LogRankGroup, LogRankTest, TrendTest, logrank, logrank_trend
from stratify.stats.maxcombo import MaxComboTest, WeightedStatistic, maxcombo
from stratify.stats.mean_difference import MeanDifference, welch_t
from stratify.stats.multiplicity import ADJUST_METHODS, AdjustedPValues, AdjustMethod, adjust
from stratify.stats.nelson_aalen import CumulativeHazard, nelson_aalen
from stratify.stats.quantiles import Quantile, QuantileRule
from stratify.stats.rank_sum import RankSum, rank_sum
from stratify.stats.rmst import RestrictedMean, RestrictedMeanComparison, largest_tau, rmst, rmst_difference
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
    "BaselineTable",
    "BiomarkerLevel",
    "Categorical",
    "CategoricalRow",
    "ChiSquareTest",
    "Concordance",
    "ConfType",
    "Continuous",
    "ContinuousRow",
    "CoxFit",
    "CumulativeHazard",
    "EnrichmentTable",
    "FeatureEnrichment",
    "HazardRatio",
    "Interaction",
    "Landmark",
    "LandmarkDifference",
    "LogRankGroup",
    "LogRankTest",
    "MarkCount",
    "MaxComboTest",
    "MeanDifference",
    "Quantile",
    "QuantileRule",
    "RankSum",
    "RestrictedMean",
    "RestrictedMeanComparison",
    "StandardisedDifference",
    "SubgroupFactor",
    "SubgroupForest",
    "SubgroupLevel",
    "SurvivalCurve",
    "TrendTest",
    "Variable",
    "WeightedStatistic",
    "adjust",
    "baseline_table",
    "chi_square_test",
    "concordance",
    "cox",
    "enrichment",
    "fisher_exact",
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
    "rank_sum",
    "risk_difference",
    "rmst",
    "rmst_difference",
    "subgroup_forest",
    "welch_t",
]
