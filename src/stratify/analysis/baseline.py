"""Table 1: who the patients are, by group."""

from __future__ import annotations

from typing import assert_never

from stratify.analysis.estimates import join, known
from stratify.analysis.factors import variable
from stratify.analysis.groups import groups_by
from stratify.analysis.populations import Population
from stratify.analysis.results import (
    BaselineResult,
    BaselineVariable,
    CategoricalSummary,
    ContinuousSummary,
)
from stratify.model.study import BaselineSpec
from stratify.stats import baseline as stats
from stratify.stats.baseline import CategoricalRow, ContinuousRow, baseline_table

_METHOD = (
    "mean, standard deviation, median and quartiles (type 7); counts by level; standardised differences, "
    "the largest pairwise one with more than two groups"
)


def baseline(spec: BaselineSpec, population: Population) -> BaselineResult:
    """Describe the variables by group; patients without a group are in no column.

    Raises
    ------
    StratifyError
        Names that are not known, or mean nothing that can be described.
    """
    groups = groups_by(spec.by, None, population, spec.span)
    variables = [variable(name, population, spec.span) for name in spec.variables]
    table = baseline_table(variables, groups.factor.codes, groups.names)
    return BaselineResult(
        spec.id,
        spec.by,
        table.groups,
        table.n,
        tuple(map(_variable, table.rows)),
        join(_METHOD, groups.ungrouped and f"{groups.ungrouped}: all patients together"),
    )


def _variable(row: ContinuousRow | CategoricalRow) -> BaselineVariable:
    smd, note = None, "one group"
    if row.smd is not None:
        smd, note = known(row.smd.smd), join(row.smd.reason, row.smd.note)
        if len(row.pairwise) > 1:
            note = join(f"{row.smd.group} against {row.smd.versus}", note)
    match row:
        case ContinuousRow():
            summaries, levels, overall = tuple(map(_numbers, row.groups)), (), _numbers(row.overall)
            return BaselineVariable(row.name, row.name, levels, summaries, overall, smd, note)
        case CategoricalRow():
            counts = tuple(map(_levels, row.groups))
            return BaselineVariable(row.name, row.name, row.levels, counts, _levels(row.overall), smd, note)
        case _:
            assert_never(row)


def _numbers(found: stats.ContinuousSummary) -> ContinuousSummary:
    return ContinuousSummary(
        found.n, found.missing, found.mean, found.sd, found.median, found.q1, found.q3, found.minimum, found.maximum
    )


def _levels(found: stats.CategoricalSummary) -> CategoricalSummary:
    return CategoricalSummary(found.n, found.missing, found.counts)
