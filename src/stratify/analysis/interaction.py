"""Whether the effect of a group differs between the levels of a biomarker."""

from __future__ import annotations

from stratify.analysis.cohort import complete_cases
from stratify.analysis.conventions import Conventions
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_chi_square, of_hazard_ratio
from stratify.analysis.factors import factor
from stratify.analysis.groups import groups_by, pair_codes
from stratify.analysis.populations import Population
from stratify.analysis.results import ForestRow, InteractionResult, NotDone
from stratify.model.study import InteractionSpec
from stratify.stats.hazard_ratio import HazardRatio
from stratify.stats.interaction import BiomarkerLevel
from stratify.stats.interaction import interaction as test_interaction

KIND = "interaction"
INTERACTION_TEST = "interaction"


def interaction(
    spec: InteractionSpec, data: EndpointData, population: Population, conventions: Conventions
) -> InteractionResult | NotDone:
    """Estimate the hazard ratio at each level of the biomarker and test whether they differ.

    Raises
    ------
    StratifyError
        Names or a reference that are not known, or a biomarker that is no factor.
    """
    groups = groups_by(spec.by, spec.reference, population, spec.span)
    marker = factor(spec.biomarker, population, spec.span)
    pair = None if groups.ungrouped else groups.pair
    if pair is None:
        return NotDone(spec.id, KIND, groups.no_pair)
    if not marker.levels:
        return NotDone(spec.id, KIND, f'no eligible patient has a value of "{spec.biomarker}"')
    cohort = complete_cases(data, groups.factor)
    versus, group = (groups.names[i] for i in pair)
    found = test_interaction(
        cohort.time,
        cohort.event,
        pair_codes(groups, pair)[cohort.rows],
        marker.codes[cohort.rows],
        levels=marker.levels,
        arms=(versus, group),
        ties=conventions.ties,
        level=conventions.level,
    )
    name = spec.biomarker
    by_level = {level.level: level for level in found.levels}
    return InteractionResult(
        id=spec.id,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        by=spec.by,
        group=group,
        versus=versus,
        biomarker=name,
        excluded=population.n - found.n,
        rows=tuple(forest_row(name, level, level.within_level) for level in found.levels),
        model_rows=tuple(forest_row(name, level, level.from_interaction_model) for level in found.levels),
        interaction=of_chi_square(found.interaction, INTERACTION_TEST),
        prognostic=tuple(forest_row(name, by_level[ratio.term], ratio) for ratio in found.prognostic),
        level=found.level,
        method=f"{found.method}; Wald interval",
    )


def forest_row(name: str, level: BiomarkerLevel, ratio: HazardRatio) -> ForestRow:
    """One line of a forest; counts by arm are the treated, then the reference."""
    return ForestRow(
        name,
        level.level,
        level.n,
        level.events,
        level.n_by_arm[::-1],
        level.events_by_arm[::-1],
        of_hazard_ratio(ratio),
    )
