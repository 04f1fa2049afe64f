"""The hazard ratio of treatment in a set of patients, with counts by arm and a reason in words where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.cox import cox
from stratify.stats.cox_rows import codes_of
from stratify.stats.hazard_ratio import HazardRatio, Setting
from stratify.stats.inputs import SurvivalInput, group_codes, survival_input
from stratify.stats.risk_sets import Flags, Floats, Ints
from stratify.stats.scaled_rows import Ties

TREATMENT = "treatment"
"""The name of the treatment term in every model of this package."""


@dataclass(frozen=True, eq=False, slots=True)
class TrialRows:
    """Patients of two arms, all with arm, stratum and adjusting covariates known.

    Attributes
    ----------
    data
        Times and events.
    arm
        1 experimental, 0 control.
    strata
        Codes from 0, or none.
    adjust, adjust_names
        Further covariates, shape (n, q), and their names.
    position
        Of each patient among the rows given.
    """

    data: SurvivalInput
    arm: Ints
    strata: Ints | None
    adjust: Floats
    adjust_names: tuple[str, ...]
    position: Ints

    def take(self, rows: Flags) -> TrialRows:
        """Some of the patients."""
        data = SurvivalInput(self.data.time[rows], self.data.event[rows], None, None)
        strata = None if self.strata is None else self.strata[rows]
        return TrialRows(data, self.arm[rows], strata, self.adjust[rows], self.adjust_names, self.position[rows])

    def by_arm(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Patients, then events, of the control and the experimental arm."""
        n, events = np.bincount(self.arm, minlength=2), np.bincount(self.arm[self.data.event], minlength=2)
        return (int(n[0]), int(n[1])), (int(events[0]), int(events[1]))


def trial_rows(
    time: ArrayLike,
    event: ArrayLike,
    arm01: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    adjust: ArrayLike | None = None,
    adjust_names: Sequence[str] = (),
) -> TrialRows:
    """Check the input of a treatment comparison and leave out the rows that cannot take part.

    Raises
    ------
    ValueError
        Shapes that do not fit, arm codes other than 0, 1 and -1, and what survival data may not hold.
    """
    data = survival_input(time, event)
    n = len(data.time)
    arm = group_codes(arm01, 2, "arm01")
    if len(arm) != n:
        raise ValueError(f"arm01 has {len(arm)} entries, time has {n}")
    covariates = np.empty((n, 0)) if adjust is None else np.asarray(adjust, dtype=np.float64)
    if covariates.shape != (n, len(adjust_names)):
        raise ValueError(f"adjust has shape {covariates.shape}, expected ({n}, {len(adjust_names)})")
    stratum = codes_of(strata, "strata", n)
    complete: Flags = (arm >= 0) & ~np.asarray(np.isnan(covariates).any(axis=1))
    if stratum is not None:
        complete &= stratum >= 0
    return TrialRows(data, arm, stratum, covariates, tuple(adjust_names), np.arange(n)).take(complete)


def treatment_effect(rows: TrialRows, term: str, arms: tuple[str, str], ties: Ties, level: float) -> HazardRatio:
    """Hazard ratio of the experimental against the control arm among these patients alone."""
    reason = _reason(rows, arms)
    (n, events), method = rows.by_arm(), f"Cox proportional hazards, {ties.capitalize()} ties"
    if reason:
        return HazardRatio.absent(term, reason, Setting(level, method, sum(n), sum(events)))
    x = np.column_stack([rows.arm, rows.adjust])
    names = [TREATMENT, *rows.adjust_names]
    fit = cox(rows.data.time, rows.data.event, x, names=names, strata=rows.strata, ties=ties, level=level)
    effect = replace(fit.term(TREATMENT), term=term)
    if effect.not_estimable:
        return replace(effect, not_estimable="the arms do not differ among the patients at risk at any event")
    quiet = [arm for arm, count in zip(arms, events, strict=True) if not count]
    return replace(effect, note=f"no events in arm {quiet[0]}; {effect.note}") if quiet else effect


def _reason(rows: TrialRows, arms: tuple[str, str]) -> str:
    n, events = rows.by_arm()
    if not sum(n):
        return "no patients"
    absent = [arm for arm, count in zip(arms, n, strict=True) if not count]
    if absent:
        return f"only one arm: no patients in arm {absent[0]}"
    return "" if sum(events) else "no events"
