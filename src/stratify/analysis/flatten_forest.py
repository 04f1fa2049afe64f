"""Interactions and forests of subgroups as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stratify.analysis.results import ForestRow, InteractionResult, Statistic, SubgroupsResult
from stratify.analysis.statistic_rows import count, forest_counts, hazard_ratio, test

WITHIN = "patients of the level alone"
JOINT = "model with interaction"
MAIN = "model with main effects"


def interaction_rows(result: InteractionResult) -> Iterator[Statistic]:
    """Each level by its own patients and by the model, the test, the biomarker's own effect."""
    base = Statistic(result.id, "n", None, endpoint=result.endpoint)
    effect = replace(base, group=result.group, versus=result.versus)
    yield count(base, "excluded", result.excluded)
    for row in result.rows:
        here = replace(effect, stratum=level_of(row))
        yield from forest_counts(here, row)
        yield from hazard_ratio(here, row.hazard_ratio, f"{result.method}; {WITHIN}")
    for row in result.model_rows:
        yield from hazard_ratio(replace(effect, stratum=level_of(row)), row.hazard_ratio, f"{result.method}; {JOINT}")
    yield from test(replace(effect, stratum=result.biomarker), result.interaction)
    first = next((level_of(row) for row in result.rows if row.n), None)
    for row in result.prognostic:
        biomarker = replace(base, group=level_of(row), versus=first)
        yield from hazard_ratio(biomarker, row.hazard_ratio, f"{result.method}; {MAIN}")


def subgroups_rows(result: SubgroupsResult) -> Iterator[Statistic]:
    """All patients, then each factor's levels and its test."""
    base = Statistic(result.id, "n", None, endpoint=result.endpoint, group=result.group, versus=result.versus)
    yield from forest_counts(base, result.overall)
    yield from hazard_ratio(base, result.overall.hazard_ratio, result.method)
    for subgroup in result.subgroups:
        whole = replace(base, stratum=subgroup.factor)
        yield count(replace(whole, group=None, versus=None), "excluded", subgroup.excluded)
        for row in subgroup.rows:
            here = replace(base, stratum=level_of(row))
            yield from forest_counts(here, row)
            yield from hazard_ratio(here, row.hazard_ratio, result.method)
        yield from test(whole, subgroup.interaction)


def level_of(row: ForestRow) -> str:
    """A level with its factor: ``menostat=Post``."""
    return f"{row.factor}={row.level}"
