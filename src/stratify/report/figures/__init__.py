"""Figures as inline SVG: drawn from results, with selectable text in the reader's own fonts.

Each function returns one ``<svg>`` element with a title and a description, the same bytes for the same result.
"""

from stratify.report.figures.consort import consort_flow
from stratify.report.figures.effects import Drawn, effect_figures
from stratify.report.figures.enrichment import enrichment_forest
from stratify.report.figures.failing_together import failing_together
from stratify.report.figures.forests import interaction_forest, subgroup_forest
from stratify.report.figures.kaplan_meier import kaplan_meier

__all__ = [
    "Drawn",
    "consort_flow",
    "effect_figures",
    "enrichment_forest",
    "failing_together",
    "interaction_forest",
    "kaplan_meier",
    "subgroup_forest",
]
