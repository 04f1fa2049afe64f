"""Restricted means of several groups up to one horizon, and their differences to the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stratify.analysis.cohort import Cohort
from stratify.analysis.estimates import of_difference, of_restricted_mean, of_time_lost
from stratify.analysis.groups import Groups
from stratify.analysis.refusal import refused
from stratify.analysis.results import Estimate
from stratify.diagnostics import StratifyError
from stratify.model.study import RmstSpec, SurvivalSpec
from stratify.stats.rmst import largest_tau, rmst, rmst_difference
from stratify.stats.ties import fix_ties


@dataclass(frozen=True, slots=True)
class RestrictedMeans:
    """Restricted means by the position of the group, and contrasts to the reference (none for itself).

    ``lost`` are the restricted mean times lost, ``ratios`` those of the means and of the times lost.
    """

    groups: tuple[Estimate, ...]
    lost: tuple[Estimate, ...]
    differences: Mapping[int, Estimate]
    ratios: Mapping[int, tuple[Estimate, Estimate]]
    method: str


def restricted_means(
    spec: SurvivalSpec | RmstSpec, tau: float, groups: Groups, cohort: Cohort, level: float
) -> RestrictedMeans:
    """Restricted means up to ``tau``.

    Raises
    ------
    StratifyError
        The horizon lies beyond follow-up (A008), naming the largest that does not; or follow-up begins late for some,
        or patients have weights (A017): no variance of a restricted mean is known here for them.
    """
    largest = _largest(cohort, range(len(groups.names)))
    if cohort.entry is not None or cohort.weights is not None:
        raise _not_made_for(spec, "delayed entry" if cohort.entry is not None else "weights")
    if largest is not None and _beyond(tau, largest):
        raise _too_late(spec, tau, largest)
    means = []
    for i in range(len(groups.names)):
        time, event, _ = _members(cohort, (i,))
        means.append(rmst(time, event, within(tau, cohort, (i,)), level))
    differences, ratios = {}, {}
    for i in range(len(groups.names)):
        if i != groups.reference:
            time, event, arm = _members(cohort, (groups.reference, i))
            pair = rmst_difference(time, event, arm, within(tau, cohort, (groups.reference, i)), level)
            names = groups.names[i], groups.names[groups.reference]
            differences[i] = of_difference(pair.difference, *names)
            ratios[i] = (of_difference(pair.ratio, *names), of_difference(pair.rmtl_ratio, *names))
    return RestrictedMeans(
        tuple(map(of_restricted_mean, means)), tuple(map(of_time_lost, means)), differences, ratios, means[0].method
    )


def _members(cohort: Cohort, positions: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, events and whether in the last of the groups named."""
    rows = np.isin(cohort.group, positions)
    return cohort.time[rows], cohort.event[rows], (cohort.group[rows] == positions[-1]).astype(np.int64)


def _largest(cohort: Cohort, positions: range | tuple[int, ...]) -> float | None:
    return largest_tau([_members(cohort, (i,))[:2] for i in positions])


def within(tau: float, cohort: Cohort, positions: tuple[int, ...]) -> float:
    """The horizon, or for groups that all end before it in an event that end: they have no area beyond.

    Deaths at 2 and 5 and nobody else: the mean up to 8 is the mean up to 5.
    """
    largest = _largest(cohort, positions)
    return tau if largest is None else min(tau, largest)


def _beyond(tau: float, largest: float) -> bool:
    # 0.1 + 0.2 asked for where 0.3 was observed is within follow-up.
    asked, seen = fix_ties([tau], [largest])
    return bool(asked[0] > seen[0])


def _not_made_for(spec: SurvivalSpec | RmstSpec, what: str) -> StratifyError:
    return refused(
        "A017",
        f'The restricted mean of analysis "{spec.id}" is not made for {what}.',
        spec.span,
        why="Its variance is that of patients who are all followed up from the start and count alike.",
        hint="Ask for an endpoint without it, or leave the restricted mean out.",
    )


def _too_late(spec: SurvivalSpec | RmstSpec, tau: float, largest: float) -> StratifyError:
    return refused(
        "A008",
        f'The restricted mean of analysis "{spec.id}" is asked for up to {tau:g}, beyond follow-up.',
        spec.span,
        why="Where the last patient of a group is censored, its survival after that is not known.",
        hint=f"The largest possible `{'rmst' if isinstance(spec, SurvivalSpec) else 'horizon'}` is {largest:.10g}.",
    )
