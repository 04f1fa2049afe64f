"""The analysis plan carried out: protocol, allocation and tables bound to the estimators of :mod:`stratify.stats`."""

from stratify.analysis.analyse import analyse, anchors_of, tables_of
from stratify.analysis.flatten import results_frame, results_json
from stratify.analysis.methods import Methods, describe_methods
from stratify.analysis.results import Analyses

__all__ = [
    "Analyses",
    "Methods",
    "analyse",
    "anchors_of",
    "describe_methods",
    "results_frame",
    "results_json",
    "tables_of",
]
