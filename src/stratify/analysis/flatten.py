"""Results as rows, one row a statistic: the analysis results data that other tools read.

``group`` and ``versus`` are groups of the analysis' factor, ``time`` is in the endpoint's unit. ``stratum`` says of
which patients or of which variable a row speaks: ``ER=yes`` for a subgroup or a level, ``age`` for a variable.
Limits, standard error and p-value of an estimate follow it and share its other fields, ``method`` above all; no two
rows of one analysis are alike in all fields but value and note.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import assert_never

import polars as pl

from stratify.analysis.flatten_effects import effects_rows
from stratify.analysis.flatten_forest import interaction_rows, subgroups_rows
from stratify.analysis.flatten_survival import survival_rows
from stratify.analysis.flatten_tables import baseline_rows, enrichment_rows
from stratify.analysis.results import (
    Analyses,
    AnalysisResult,
    BaselineResult,
    EffectsResult,
    EnrichmentResult,
    FamilyResult,
    InteractionResult,
    NotDone,
    Statistic,
    SubgroupsResult,
    SurvivalResult,
)

_OF_WHOM = ("analysis", "endpoint", "population", "group", "versus", "stratum", "time")
COLUMNS = (*_OF_WHOM, "statistic", "value", "method", "profile", "note")
"""The columns of both files."""


def flatten(
    results: Sequence[AnalysisResult | NotDone], family: FamilyResult | None, profile: str
) -> tuple[Statistic, ...]:
    """The statistics of all results in the order of the plan, then those of the family."""
    rows = [row for result in results for row in _rows(result)]
    rows.extend(_family_rows(family))
    return tuple(_finite(replace(row, profile=profile)) for row in rows)


def results_frame(analyses: Analyses) -> pl.DataFrame:
    """``results.parquet``: the statistics as a table."""
    return pl.DataFrame(
        {name: [getattr(row, name) for row in analyses.statistics] for name in COLUMNS},
        schema={name: pl.Float64 if name in {"value", "time"} else pl.String for name in COLUMNS},
    )


def results_json(analyses: Analyses) -> str:
    """``results.json``: a list of objects, one a line; the same results give the same bytes."""
    lines = (
        json.dumps({name: getattr(row, name) for name in COLUMNS}, ensure_ascii=False, allow_nan=False)
        for row in analyses.statistics
    )
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _rows(result: AnalysisResult | NotDone) -> Iterable[Statistic]:
    match result:
        case BaselineResult():
            return baseline_rows(result)
        case SurvivalResult():
            return survival_rows(result)
        case InteractionResult():
            return interaction_rows(result)
        case SubgroupsResult():
            return subgroups_rows(result)
        case EnrichmentResult():
            return enrichment_rows(result)
        case EffectsResult():
            return effects_rows(result)
        case NotDone():
            return [Statistic(result.id, "not_done", None, method=result.kind, note=result.reason)]
        case _:
            assert_never(result)


def _family_rows(family: FamilyResult | None) -> Iterator[Statistic]:
    for member in () if family is None else family.members:
        note = "" if member.p_adjusted is not None else "not estimable: not in the adjustment"
        method = f"{family_method(family)}, {member.test}"
        yield Statistic(member.analysis, "p_adjusted", member.p_adjusted, method=method, note=note)


def family_method(family: FamilyResult | None) -> str:
    """How the p-values of a family were adjusted."""
    return "" if family is None else f"{family.method} over {sum(m.p_value is not None for m in family.members)} tests"


def _finite(row: Statistic) -> Statistic:
    """JSON has no infinity: an infinite hazard ratio is null, and the note says so. Nor has it a use for -0.0."""
    if row.value is None:
        return row
    if math.isfinite(row.value):
        return replace(row, value=float(row.value) + 0.0)
    said = "infinite" if math.isinf(row.value) else "not a number"
    return replace(row, value=None, note=f"{said}; {row.note}" if row.note else said)
