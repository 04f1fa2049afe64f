"""The baseline table (Table 1): each variable by group, and how far the groups lie apart.

No p-values: differences at baseline of randomised groups are due to chance, and a test there answers no question
(CONSORT 2010 item 15). Imbalance is shown by standardised differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats.inputs import group_codes
from stratify.stats.smd import StandardisedDifference, smd_categorical, smd_continuous
from stratify.stats.variables import Categorical, Continuous, Variable, cross_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousSummary:
    """A continuous variable in one group: ``n`` with a value, the rest missing; quartiles by R's type 7.

    All values are None where nobody has one, ``sd`` where one patient has; ``reason`` says so.
    """

    n: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalSummary:
    """A categorical variable in one group: counts by level, and proportions of the ``n`` with a value."""

    n: int
    missing: int
    counts: tuple[int, ...]
    proportions: tuple[float, ...] | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousRow:
    """One continuous variable: a summary for each group and overall, and the largest pairwise difference."""

    name: str
    groups: tuple[ContinuousSummary, ...]
    overall: ContinuousSummary
    smd: StandardisedDifference | None
    pairwise: tuple[StandardisedDifference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalRow:
    """One categorical variable: a summary for each group and overall, and the largest pairwise difference."""

    name: str
    levels: tuple[str, ...]
    groups: tuple[CategoricalSummary, ...]
    overall: CategoricalSummary
    smd: StandardisedDifference | None
    pairwise: tuple[StandardisedDifference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTable:
    """Table 1: rows in the order of the variables; ``n`` patients in each group, ``group_missing`` in none."""

    groups: tuple[str, ...]
    n: tuple[int, ...]
    group_missing: int
    rows: tuple[ContinuousRow | CategoricalRow, ...]


def baseline_table(variables: Sequence[Variable], group: ArrayLike, groups: Sequence[str]) -> BaselineTable:
    """Describe variables by group.

    Parameters
    ----------
    variables : sequence of Continuous or Categorical
        All with one element a patient.
    group : array_like of shape (n,)
        Codes ``0 .. k-1``, -1 for patients without a group: they are counted and left out of every column.
    groups : sequence of str
        Names of the groups; the first is the reference of the standardised differences (later minus earlier). With
        more than two groups the row's ``smd`` is the pairwise one largest in size, with its two groups named.

    Returns
    -------
    BaselineTable
    """
    codes = group_codes(group, len(groups))
    for variable in variables:
        if len(variable.missing) != len(codes):
            raise ValueError(f"{variable.name} has {len(variable.missing)} entries, group has {len(codes)}")
    names = tuple(groups)
    members = [codes == g for g in range(len(names))]
    return BaselineTable(
        groups=names,
        n=tuple(int(m.sum()) for m in members),
        group_missing=int((codes < 0).sum()),
        rows=tuple(_row(variable, codes, members, names) for variable in variables),
    )


def summarise(values: ArrayLike) -> ContinuousSummary:
    """Describe numbers, NaN being missing."""
    everything = np.asarray(values, dtype=np.float64)
    there = everything[~np.isnan(everything)]
    n, missing = len(there), int(len(everything) - len(there))
    if n == 0:
        return ContinuousSummary(n=0, missing=missing, reason="no patients with a value")
    q1, median, q3 = np.quantile(there, [0.25, 0.5, 0.75], method="linear").tolist()
    return ContinuousSummary(
        n=n,
        missing=missing,
        mean=float(there.mean()),
        sd=float(there.std(ddof=1)) if n > 1 else None,
        median=median,
        q1=q1,
        q3=q3,
        minimum=float(there.min()),
        maximum=float(there.max()),
        reason=None if n > 1 else "one patient: no standard deviation",
    )


def _row(
    variable: Variable, codes: NDArray[np.int64], members: list[NDArray[np.bool_]], names: tuple[str, ...]
) -> ContinuousRow | CategoricalRow:
    match variable:
        case Continuous():
            samples = [variable.values[m & ~variable.missing] for m in members]
            pairs = _pairwise(names, lambda i, j: smd_continuous(samples[i], samples[j], names[i], names[j]))
            return ContinuousRow(
                name=variable.name,
                groups=tuple(summarise(variable.values[m]) for m in members),
                overall=summarise(variable.values[codes >= 0]),
                smd=_largest(pairs),
                pairwise=pairs,
            )
        case Categorical():
            table = cross_table(variable, codes, len(names))
            pairs = _pairwise(names, lambda i, j: smd_categorical(table[:, i], table[:, j], names[i], names[j]))
            missing = [int((m & variable.missing).sum()) for m in members]
            return CategoricalRow(
                name=variable.name,
                levels=variable.levels,
                groups=tuple(summarise_levels(table[:, g], missing[g]) for g in range(len(names))),
                overall=summarise_levels(table.sum(1), sum(missing)),
                smd=_largest(pairs),
                pairwise=pairs,
            )


def summarise_levels(counts: NDArray[np.int64], missing: int) -> CategoricalSummary:
    """Describe counts by level."""
    n = int(counts.sum())
    return CategoricalSummary(
        n=n,
        missing=missing,
        counts=tuple(counts.tolist()),
        proportions=tuple((counts / n).tolist()) if n else None,
        reason=None if n else "no patients with a value",
    )


def _pairwise(
    names: tuple[str, ...], difference: Callable[[int, int], StandardisedDifference]
) -> tuple[StandardisedDifference, ...]:
    """The differences of all pairs, later group minus earlier."""
    return tuple(difference(j, i) for i, j in combinations(range(len(names)), 2))


def _largest(pairs: tuple[StandardisedDifference, ...]) -> StandardisedDifference | None:
    """The pair that lies furthest apart; a pair that is infinitely apart or undefined first, since it must be seen."""
    for pair in pairs:
        if pair.smd is None:
            return pair
    return max(pairs, key=lambda pair: abs(pair.smd or 0.0), default=None)
