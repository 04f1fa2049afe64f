"""The effect of a group in the levels of several factors, as a forest."""

from __future__ import annotations

from stratify.analysis.cohort import complete_cases
from stratify.analysis.conventions import Conventions
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_hazard_ratio
from stratify.analysis.factors import factor
from stratify.analysis.forest import Forest, both_arms, named_levels
from stratify.analysis.groups import groups_by, pair_codes
from stratify.analysis.hazards import cox_method
from stratify.analysis.populations import Population
from stratify.analysis.refusal import refuse_delayed_entry
from stratify.analysis.results import ForestRow, NotDone, Subgroup, SubgroupsResult
from stratify.model.study import SubgroupsSpec
from stratify.stats.subgroups import SubgroupFactor, SubgroupForest, subgroup_forest

KIND = "subgroups"
OVERALL = "all patients"
"""Factor and level of the line above the subgroups."""


def subgroups(
    spec: SubgroupsSpec, data: EndpointData, population: Population, conventions: Conventions
) -> SubgroupsResult | NotDone:
    """Estimate the hazard ratio in every level of every factor, and test each factor's interaction.

    Raises
    ------
    StratifyError
        Names or a reference that are not known, or what is no factor.
    """
    groups = groups_by(spec.by, spec.reference, population, spec.span)
    factors = [factor(name, population, spec.span) for name in spec.factors]
    pair = None if groups.ungrouped else groups.pair
    if pair is None:
        return NotDone(spec.id, KIND, groups.no_pair)
    refuse_delayed_entry("A subgroups analysis", data.entry, spec.span)
    cohort = complete_cases(data, groups.factor)
    versus, group = (groups.names[i] for i in pair)
    found = subgroup_forest(
        cohort.time,
        cohort.event,
        pair_codes(groups, pair)[cohort.rows],
        {item.name: (item.codes[cohort.rows], named_levels(item)) for item in factors},
        arms=(versus, group),
        ties=conventions.ties,
        level=conventions.level,
    )
    forest = Forest(spec.by, group, versus)
    return SubgroupsResult(
        id=spec.id,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        by=spec.by,
        group=group,
        versus=versus,
        overall=_overall(found),
        subgroups=tuple(_subgroup(item, forest, population.n - found.n) for item in found.factors),
        level=found.level,
        method=cox_method(conventions),
    )


def _overall(found: SubgroupForest) -> ForestRow:
    n, events = found.n_by_arm[::-1], found.events_by_arm[::-1]
    return ForestRow(OVERALL, OVERALL, found.n, found.events, n, events, of_hazard_ratio(found.overall))


def _subgroup(found: SubgroupFactor, forest: Forest, left_out: int) -> Subgroup:
    rows = tuple(forest.row(found.factor, line, line.effect) for line in found.levels)
    test = forest.test(found.interaction, both_arms(found.levels))
    return Subgroup(found.factor, found.factor, rows, test, found.missing + left_out)
