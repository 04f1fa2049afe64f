"""Whether the effect of a group differs between the levels of a biomarker."""

from __future__ import annotations

from stratify.analysis.cohort import complete_cases
from stratify.analysis.conventions import Conventions
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.factors import factor
from stratify.analysis.forest import Forest, both_arms, named_levels
from stratify.analysis.groups import groups_by, pair_codes
from stratify.analysis.hazards import cox_method
from stratify.analysis.populations import Population
from stratify.analysis.refusal import refuse_delayed_entry
from stratify.analysis.results import InteractionResult, NotDone
from stratify.model.study import InteractionSpec
from stratify.stats.interaction import interaction as test_interaction

KIND = "interaction"


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
    refuse_delayed_entry("An interaction analysis", data.entry, spec.span)
    cohort = complete_cases(data, groups.factor)
    versus, group = (groups.names[i] for i in pair)
    found = test_interaction(
        cohort.time,
        cohort.event,
        pair_codes(groups, pair)[cohort.rows],
        marker.codes[cohort.rows],
        levels=named_levels(marker),
        arms=(versus, group),
        ties=conventions.ties,
        level=conventions.level,
    )
    name, forest = spec.biomarker, Forest(spec.by, group, versus)
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
        rows=tuple(forest.row(name, level, level.within_level) for level in found.levels),
        model_rows=tuple(forest.row(name, level, level.from_interaction_model) for level in found.levels),
        interaction=forest.test(found.interaction, both_arms(found.levels)),
        prognostic=tuple(forest.row(name, by_level[ratio.term], ratio) for ratio in found.prognostic),
        level=found.level,
        method=cox_method(conventions),
    )
