"""Which features are more frequent, or higher, in one group of patients than in another."""

from __future__ import annotations

from stratify.analysis.estimates import join, known
from stratify.analysis.factors import variable
from stratify.analysis.groups import groups_by
from stratify.analysis.populations import Population
from stratify.analysis.refusal import refused
from stratify.analysis.results import EnrichmentResult, EnrichmentRow, Estimate, NotDone
from stratify.diagnostics import nearest
from stratify.model.study import EnrichmentSpec
from stratify.stats.baseline import CategoricalSummary, ContinuousSummary
from stratify.stats.enrichment import FeatureEnrichment
from stratify.stats.enrichment import enrichment as test_features
from stratify.stats.multiplicity import ADJUST_METHODS, AdjustMethod

KIND = "enrichment"
NOT_ADJUSTED = "none"


def enrichment(spec: EnrichmentSpec, population: Population, level: float) -> EnrichmentResult | NotDone:
    """Compare the features between the groups; the reference is the first of the result's groups.

    Raises
    ------
    StratifyError
        Names or a reference that are not known, and methods of adjustment that are not (A009).
    """
    groups = groups_by(spec.group, spec.reference, population, spec.span)
    features = [variable(name, population, spec.span) for name in spec.features]
    method = _adjust_method(spec)
    if groups.ungrouped or len(groups.names) == 1:
        return NotDone(spec.id, KIND, groups.no_pair)
    by = groups.reference_first()
    found = test_features(features, by.codes, by.levels, level=level, adjust_method=method or "bonferroni")
    rows = [row for feature in found.features for row in _rows(feature, adjusted=method is not None)]
    return EnrichmentResult(spec.id, spec.group, found.groups, found.n, tuple(rows), spec.adjust, METHOD)


def _adjust_method(spec: EnrichmentSpec) -> AdjustMethod | None:
    for method in ADJUST_METHODS:
        if spec.adjust == method:
            return method
    if spec.adjust == NOT_ADJUSTED:
        return None
    hint = nearest(spec.adjust, [*ADJUST_METHODS, NOT_ADJUSTED])
    raise refused("A009", f'The method of adjustment "{spec.adjust}" is not known.', spec.span, hint=hint)


METHOD = "exact tests for factors, rank tests for numbers"
"""How features are compared; each row names its own test, the result its adjustment."""


def _rows(found: FeatureEnrichment, *, adjusted: bool) -> tuple[EnrichmentRow, ...]:
    """A number or a feature of two levels is one row; one of more is a row with the test and a row for each level."""
    match found.kind:
        case "continuous":
            summaries = [s for s in found.groups if isinstance(s, ContinuousSummary)]
            medians = tuple(s.median for s in summaries)
            why = Estimate(None, note="a number has no odds ratio")
            return (_row(found, None, (), tuple(s.n for s in summaries), medians, why, adjusted=adjusted),)
        case "binary":
            return (_level_row(found, 1, _odds_ratio(found), adjusted=adjusted),)
        case "categorical":
            totals = tuple(s.n for s in found.groups)
            why = Estimate(None, note="more than two levels")
            whole = _row(found, None, (), totals, (), why, adjusted=adjusted)
            return whole, *(_part_row(found, i) for i in range(len(found.levels)))


def _odds_ratio(found: FeatureEnrichment) -> Estimate:
    if found.fisher is None:
        return Estimate(None, note=found.reason or "more than two groups")
    fisher = found.fisher
    note = join(fisher.reason, fisher.note)
    return Estimate(
        known(fisher.odds_ratio), known(fisher.ci_lower), known(fisher.ci_upper), p_value=fisher.p_value, note=note
    )


def _counts(found: FeatureEnrichment, level: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    summaries = [s for s in found.groups if isinstance(s, CategoricalSummary)]
    return tuple(s.counts[level] for s in summaries), tuple(s.n for s in summaries)


def _level_row(found: FeatureEnrichment, level: int, ratio: Estimate, *, adjusted: bool) -> EnrichmentRow:
    counts, totals = _counts(found, level)
    return _row(found, found.levels[level], counts, totals, (), ratio, adjusted=adjusted)


def _part_row(found: FeatureEnrichment, level: int) -> EnrichmentRow:
    """A level of a feature whose test stands in the row above."""
    counts, totals = _counts(found, level)
    return EnrichmentRow(
        found.feature, found.levels[level], counts, totals, (), Estimate(None), None, None, found.missing, found.method
    )


def _row(
    found: FeatureEnrichment,
    level: str | None,
    counts: tuple[int, ...],
    totals: tuple[int, ...],
    medians: tuple[float | None, ...],
    ratio: Estimate,
    *,
    adjusted: bool,
) -> EnrichmentRow:
    return EnrichmentRow(
        feature=found.feature,
        level=level,
        counts=counts,
        totals=totals,
        medians=medians,
        odds_ratio=ratio,
        p_value=known(found.p_value),
        p_adjusted=known(found.p_adjusted) if adjusted else None,
        missing=found.missing,
        method=found.method,
        note=join(found.reason, found.note),
    )
