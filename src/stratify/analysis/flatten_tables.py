"""Table 1 and enrichment as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from stratify.analysis.results import (
    BaselineResult,
    BaselineVariable,
    CategoricalSummary,
    ContinuousSummary,
    EnrichmentResult,
    EnrichmentRow,
    Statistic,
)
from stratify.analysis.statistic_rows import count, estimate, known

_PERCENTAGE = "of patients with a value"
_QUANTILE = "sample quantile, type 7"
_NUMBERS = {
    "mean": "arithmetic mean",
    "sd": "sample standard deviation",
    "median": _QUANTILE,
    "q1": _QUANTILE,
    "q3": _QUANTILE,
    "minimum": "smallest value",
    "maximum": "largest value",
}
_SMD_NUMBER = "standardised difference of means"
_SMD_LEVELS = "standardised difference of proportions, Yang-Dalton"


def baseline_rows(result: BaselineResult) -> Iterator[Statistic]:
    """Sizes of the groups, then each variable by group, overall, and its standardised difference."""
    base = Statistic(result.id, "n", None)
    pair = result.groups[::-1] if len(result.groups) == 2 else (None, None)
    for name, size in zip(result.groups, result.sizes, strict=True):
        yield count(replace(base, group=name), "n", size)
    for variable in result.variables:
        named = replace(base, stratum=variable.name)
        for name, summary in zip(result.groups, variable.groups, strict=True):
            yield from _summary_rows(replace(named, group=name), summary, variable)
        yield from _summary_rows(named, variable.overall, variable)
        compared = replace(named, group=pair[0], versus=pair[1], method=_SMD_LEVELS if variable.levels else _SMD_NUMBER)
        yield replace(compared, statistic="smd", value=variable.smd, note=variable.smd_note)


def _summary_rows(
    base: Statistic, summary: ContinuousSummary | CategoricalSummary, variable: BaselineVariable
) -> Iterator[Statistic]:
    yield count(base, "n", summary.n)
    yield count(base, "missing", summary.missing)
    match summary:
        case ContinuousSummary():
            for name, method in _NUMBERS.items():
                value = getattr(summary, name)
                yield replace(
                    base, statistic=name, value=value, method=method, note="" if value is not None else _absent(summary)
                )
        case CategoricalSummary():
            for level, n in zip(variable.levels, summary.counts, strict=True):
                here = replace(base, stratum=f"{variable.name}={level}")
                yield count(here, "count", n)
                yield from proportion(here, n, summary.n)
        case _:
            assert_never(summary)


def _absent(summary: ContinuousSummary) -> str:
    return "one patient" if summary.n else "no patients with a value"


def proportion(base: Statistic, n: int, total: int) -> Iterator[Statistic]:
    """A share, where there is anybody."""
    if total:
        yield replace(base, statistic="proportion", value=n / total, method=_PERCENTAGE)


def enrichment_rows(result: EnrichmentResult) -> Iterator[Statistic]:
    """Sizes of the groups, then each feature: counts or medians by group, odds ratio, p-values."""
    base = Statistic(result.id, "n", None)
    for name, size in zip(result.groups, result.sizes, strict=True):
        yield count(replace(base, group=name), "n", size)
    for row in result.rows:
        name = row.feature if row.level is None else f"{row.feature}={row.level}"
        yield from _feature_rows(replace(base, stratum=name), row, result)


def _feature_rows(base: Statistic, row: EnrichmentRow, result: EnrichmentResult) -> Iterator[Statistic]:
    groups = result.groups
    for i, (name, total) in enumerate(zip(groups, row.totals, strict=True)):
        here = replace(base, group=name)
        yield count(here, "n", total)
        if row.counts:
            yield count(here, "count", row.counts[i])
            yield from proportion(here, row.counts[i], total)
        if row.medians:
            note = "" if total else "no patients with a value"
            yield replace(here, statistic="median", value=row.medians[i], method=_QUANTILE, note=note)
    yield count(base, "missing", row.missing)
    pair = replace(base, group=groups[1], versus=groups[0]) if len(groups) == 2 else base
    if row.odds_ratio.value is not None:
        without_p = replace(row.odds_ratio, p_value=None)
        yield from estimate(pair, "odds_ratio", without_p, row.method)
    if row.p_value is not None or row.note:
        yield replace(pair, statistic="p_value", value=row.p_value, method=row.method, note=row.note)
    yield from known(replace(pair, method=f"{row.method}; {result.adjust}"), "p_adjusted", row.p_adjusted)
