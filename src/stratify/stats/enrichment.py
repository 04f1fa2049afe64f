"""Which features are more frequent, or higher, in one group of patients than in another.

Binary features by Fisher's exact test with conditional odds ratio and exact interval and by the risk difference;
features with more levels, or more groups, by the Freeman-Halton test; continuous ones by Wilcoxon's rank-sum test (more
groups: Kruskal-Wallis). P-values are adjusted over the features that could be tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats.baseline import CategoricalSummary, ContinuousSummary, summarise, summarise_levels
from stratify.stats.contingency import FisherResult, RiskDifference, fisher_exact, independence_test, risk_difference
from stratify.stats.inputs import checked_level, group_codes
from stratify.stats.multiplicity import AdjustMethod, adjust
from stratify.stats.rank_sum import RankSum, kruskal_wallis, rank_sum
from stratify.stats.variables import Categorical, Continuous, Variable, cross_table


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureEnrichment:
    """One feature against the groups.

    ``groups`` describes the feature in each group, in the order of the table's groups. Effects are those of group 1 to
    group 0 and exist for two groups only: ``fisher`` and ``risk_difference`` for binary features (presence = second
    level), ``rank_sum`` for continuous ones. ``n`` patients have the feature and a group; ``missing`` have a group
    but not the feature.
    """

    feature: str
    kind: Literal["binary", "categorical", "continuous"]
    levels: tuple[str, ...]
    groups: tuple[CategoricalSummary, ...] | tuple[ContinuousSummary, ...]
    n: int
    missing: int
    method: str
    p_value: float | None = None
    p_adjusted: float | None = None
    fisher: FisherResult | None = None
    risk_difference: RiskDifference | None = None
    rank_sum: RankSum | None = None
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichmentTable:
    """All features, in their order; ``n_tested`` of them entered the adjustment by ``adjust_method``."""

    groups: tuple[str, ...]
    n: tuple[int, ...]
    group_missing: int
    level: float
    adjust_method: AdjustMethod
    n_tested: int
    n_not_estimable: int
    features: tuple[FeatureEnrichment, ...]


def enrichment(
    features: Sequence[Variable],
    group: ArrayLike,
    groups: Sequence[str] = ("0", "1"),
    *,
    level: float = 0.95,
    adjust_method: AdjustMethod = "bh",
) -> EnrichmentTable:
    """Test features for association with a group.

    Parameters
    ----------
    features : sequence of Categorical or Continuous
        All with one element a patient. A categorical feature with two levels is binary, its second level presence.
    group : array_like of shape (n,)
        Codes ``0 .. k-1``; -1 for patients without a group: counted and left out.
    groups : sequence of str
        Names of the k groups, at least two.
    level : float
        Confidence level of each interval (not adjusted for multiplicity).
    adjust_method : str
        As in ``adjust``; Benjamini-Hochberg by default.

    Returns
    -------
    EnrichmentTable
        A feature that is constant, or that nobody of a group has a value of, has a ``reason`` instead of a test and
        does not count in the adjustment.
    """
    if len(groups) < 2:
        raise ValueError("at least two groups are needed")
    codes = group_codes(group, len(groups))
    checked_level(level)
    for feature in features:
        if len(feature.missing) != len(codes):
            raise ValueError(f"{feature.name} has {len(feature.missing)} entries, group has {len(codes)}")
    tested = [_tested(feature, codes, tuple(groups), level) for feature in features]
    adjusted = adjust([row.p_value for row in tested], adjust_method)
    return EnrichmentTable(
        groups=tuple(groups),
        n=tuple(int((codes == g).sum()) for g in range(len(groups))),
        group_missing=int((codes < 0).sum()),
        level=level,
        adjust_method=adjust_method,
        n_tested=adjusted.n,
        n_not_estimable=adjusted.n_not_estimable,
        features=tuple(replace(row, p_adjusted=p) for row, p in zip(tested, adjusted.p_adjusted, strict=True)),
    )


def _tested(feature: Variable, codes: NDArray[np.int64], groups: tuple[str, ...], level: float) -> FeatureEnrichment:
    match feature:
        case Continuous():
            row = _continuous(feature, codes, groups, level)
        case Categorical():
            row = _categorical(feature, codes, groups, level)
    if not row.missing:
        return row
    absent = f"missing in {row.missing} of {row.n + row.missing} patients"
    return replace(row, note="; ".join(filter(None, (row.note, absent))))


def _continuous(
    feature: Continuous, codes: NDArray[np.int64], groups: tuple[str, ...], level: float
) -> FeatureEnrichment:
    samples = [feature.values[(codes == g) & ~feature.missing] for g in range(len(groups))]
    pooled = np.concatenate(samples)
    row = FeatureEnrichment(
        feature=feature.name, kind="continuous", levels=(),
        groups=tuple(summarise(feature.values[codes == g]) for g in range(len(groups))),
        n=len(pooled), missing=int((feature.missing & (codes >= 0)).sum()),
        method="Wilcoxon rank-sum test" if len(groups) == 2 else "Kruskal-Wallis test",
    )  # fmt: skip
    reason = _untestable([len(s) for s in samples], groups, constant=bool(len(pooled)) and np.ptp(pooled) == 0)
    if reason:
        return replace(row, reason=reason)
    if len(groups) > 2:
        return replace(row, p_value=kruskal_wallis([s for s in samples if len(s)]), note=_left_out(groups, samples))
    test = rank_sum(samples[1], samples[0], level)
    return replace(row, rank_sum=test, method=test.method, p_value=test.p_value, note=test.note)


def _categorical(
    feature: Categorical, codes: NDArray[np.int64], groups: tuple[str, ...], level: float
) -> FeatureEnrichment:
    table = cross_table(feature, codes, len(groups))
    missing = [int((feature.missing & (codes == g)).sum()) for g in range(len(groups))]
    binary = len(feature.levels) == 2
    row = FeatureEnrichment(
        feature=feature.name, kind="binary" if binary else "categorical", levels=feature.levels,
        groups=tuple(summarise_levels(table[:, g], missing[g]) for g in range(len(groups))),
        n=int(table.sum()), missing=sum(missing), method="Fisher-Freeman-Halton exact test",
    )  # fmt: skip
    n = table.sum(0).tolist()
    reason = _untestable(n, groups, constant=int((table.sum(1) > 0).sum()) == 1)
    if reason:
        return replace(row, reason=reason)
    if not binary or len(groups) > 2:
        test = independence_test(table)
        return replace(row, method=test.method, p_value=test.p_value, reason=test.reason, note=test.note)
    present = table[1].tolist()
    fisher = fisher_exact([[present[1], n[1] - present[1]], [present[0], n[0] - present[0]]], level)
    return replace(
        row,
        method=fisher.method,
        p_value=fisher.p_value,
        fisher=fisher,
        risk_difference=risk_difference(present[1], n[1], present[0], n[0], level),
        note=fisher.note,
    )


def _untestable(n: list[int], groups: tuple[str, ...], *, constant: bool) -> str | None:
    nobody = [name for name, count in zip(groups, n, strict=True) if count == 0]
    if len(groups) - len(nobody) < 2:
        return f"no patients with a value in {' and '.join(nobody)}"
    return "constant: all patients have the same value" if constant else None


def _left_out(groups: tuple[str, ...], samples: list[NDArray[np.float64]]) -> str | None:
    nobody = [name for name, sample in zip(groups, samples, strict=True) if not len(sample)]
    return f"groups without a value left out: {', '.join(nobody)}" if nobody else None
