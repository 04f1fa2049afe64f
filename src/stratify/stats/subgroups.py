"""The subgroup forest: the treatment's hazard ratio within every level of every factor, and the test of each factor.

Whether the effect differs between subgroups is answered by the interaction test of the factor, never by comparing the
p-values of its levels (Wang et al. 2007 NEJM 357:2189). Tests of several factors are not adjusted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio
from stratify.stats.inputs import checked_level
from stratify.stats.interaction import BiomarkerLevel, Setup, interaction_of
from stratify.stats.scaled_rows import Ties
from stratify.stats.treatment_effect import treatment_effect, trial_rows


@dataclass(frozen=True, slots=True)
class SubgroupLevel:
    """One line of the forest; counts by arm are control, experimental."""

    level: str
    n: int
    events: int
    n_by_arm: tuple[int, int]
    events_by_arm: tuple[int, int]
    effect: HazardRatio


@dataclass(frozen=True, slots=True)
class SubgroupFactor:
    """One factor: its levels in the order given, empty ones too, and the likelihood-ratio test of its interaction.

    ``missing`` counts the patients of the forest that this factor leaves out because its value is missing.
    """

    factor: str
    levels: tuple[SubgroupLevel, ...]
    interaction: ChiSquareTest
    missing: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SubgroupForest:
    """The overall effect and the factors; ``missing`` counts rows without arm or stratum, which nothing here uses."""

    overall: HazardRatio
    factors: tuple[SubgroupFactor, ...]
    n: int
    events: int
    n_by_arm: tuple[int, int]
    events_by_arm: tuple[int, int]
    missing: int
    level: float
    method: str


def subgroup_forest(
    time: ArrayLike,
    event: ArrayLike,
    arm01: ArrayLike,
    factors: Mapping[str, tuple[ArrayLike, Sequence[str]]],
    *,
    strata: ArrayLike | None = None,
    arms: tuple[str, str] = ("control", "experimental"),
    ties: Ties = "efron",
    level: float = 0.95,
) -> SubgroupForest:
    """Estimate the treatment's hazard ratio in subgroups.

    Parameters
    ----------
    time, event
        Shape (n,), as for :func:`stratify.stats.cox.cox`.
    arm01
        1 experimental, 0 control, -1 missing.
    factors
        For each factor its codes (n,), -1 for missing, and the names of its levels.
    strata
        Whole-number codes, -1 for missing; the models are stratified by them.
    arms
        What control and experimental arm are called in reasons and notes.
    ties, level
        As for :func:`stratify.stats.cox.cox`.

    Raises
    ------
    ValueError
        Shapes or codes that do not fit, and what survival data may not hold.
    """
    setup = Setup(arms, ties, checked_level(level))
    rows = trial_rows(time, event, arm01, strata=strata)
    total = len(np.asarray(time))
    n, events = rows.by_arm()
    overall = treatment_effect(rows, "overall", arms, ties, level)
    found = []
    for name, (codes, levels) in factors.items():
        result = interaction_of(rows, codes, levels, total, setup)
        lines = tuple(map(_line, result.levels))
        note = "; ".join(result.interaction_model.notes)
        found.append(SubgroupFactor(name, lines, result.interaction, sum(n) - result.n, note))
    return SubgroupForest(overall, tuple(found), sum(n), sum(events), n, events, total - sum(n), level, overall.method)


def _line(found: BiomarkerLevel) -> SubgroupLevel:
    return SubgroupLevel(found.level, found.n, found.events, found.n_by_arm, found.events_by_arm, found.within_level)
