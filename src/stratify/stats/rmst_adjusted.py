"""Restricted mean survival time of two arms adjusted for covariates.

Regression of the time cut at tau, each known one weighted by the inverse probability of being known (Tian, Zhao & Wei
2014 Biostatistics 15:222), that probability by Kaplan-Meier within each arm; an identity link gives the difference, a
log link the ratio. Estimates, variance and the treatment of ties are those of R's survRM2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats.cox_rows import cox_rows
from stratify.stats.design_matrix import DesignMatrix, Flags, Floats, dependence, dependent_columns
from stratify.stats.inputs import SurvivalInput, binary_arm, checked_level, survival_input
from stratify.stats.risk_table import risk_table
from stratify.stats.rmst import Contrast, Statistic, both_arms, check_tau, log_contrast, normal_contrast
from stratify.stats.ties import fix_ties

_METHOD = "regression weighted by the inverse probability of remaining uncensored, by arm"
_ITERATIONS = 100
_ROUNDING = 1e-13
_FLAT = 1e-12  # least curvature, as a share of the greatest, of a maximum that is one


@dataclass(frozen=True, slots=True)
class AdjustedRestrictedMeans:
    """The three contrasts of arm 1 to arm 0 at equal covariates.

    Attributes
    ----------
    tau
        Upper end of the mean.
    difference, ratio, rmtl_ratio
        Of the restricted means, and of the restricted mean times lost.
    missing
        Rows left out because a covariate is missing.
    notes
        Covariates left out because they say nothing new.
    """

    tau: float
    difference: Contrast
    ratio: Contrast
    rmtl_ratio: Contrast
    missing: int
    notes: tuple[str, ...] = ()


def rmst_adjusted(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str],
    tau: float,
    level: float = 0.95,
) -> AdjustedRestrictedMeans:
    """Compare the restricted means of two arms at equal covariates.

    Parameters
    ----------
    time, event : array_like of shape (n,)
        As in ``kaplan_meier``; neither weights nor delayed entry.
    arm : array_like of shape (n,)
        1 or 0.
    x : array_like of shape (n, p)
        Covariates; a row with a NaN is left out and counted. Neither the arm nor an intercept.
    names : sequence of str
        Of the p covariates.
    tau, level : float
        As in ``rmst``.

    Raises
    ------
    ValueError
        Where tau lies beyond ``largest_tau`` of the two arms, naming that; shapes that do not fit.
    """
    data = survival_input(time, event)
    in_arm1 = binary_arm(arm, len(data.time))
    rows = cox_rows(data, x, names, strata=None, cluster=None, offset=None)
    if rows.missing:
        in_arm1 = in_arm1[~np.isnan(np.asarray(x, dtype=np.float64)).any(axis=1)]
    checked_level(level)
    first, zero = both_arms(rows.data, in_arm1)
    check_tau(tau, [first, zero])
    empty = [name for name, part in (("arm 1", first), ("arm 0", zero)) if not len(part.time)]
    fit = None if empty else _Regression.of(rows.data, in_arm1, rows.x, names, tau)
    reason = f"no patients in {' and '.join(empty)}" if fit is None else fit.reason
    times, end = fix_ties(rows.data.time, [tau])
    events = int((rows.data.event & (times <= end)).sum())

    def contrast(statistic: Statistic) -> Contrast:
        link = "identity" if statistic == "rmst_difference" else "log"
        nothing = Contrast(
            statistic=statistic, level=level, method=f"{_METHOD}, {link} link", n=len(rows.x), events=events,
            reason=reason,
        )  # fmt: skip
        return nothing if fit is None or reason else fit.contrast(nothing)

    return AdjustedRestrictedMeans(
        tau=float(tau),
        difference=contrast("rmst_difference"),
        ratio=contrast("rmst_ratio"),
        rmtl_ratio=contrast("rmtl_ratio"),
        missing=rows.missing,
        notes=() if fit is None else fit.notes,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Regression:
    """Patients arm by arm, their cut times as shares of tau, weights and design, the arm's column second."""

    design: DesignMatrix
    columns: NDArray[np.intp]
    time: Floats
    arms: tuple[_Censoring, _Censoring]
    tau: float
    reason: str | None
    notes: tuple[str, ...]

    @classmethod
    def of(cls, data: SurvivalInput, in_arm1: Flags, x: Floats, names: Sequence[str], tau: float) -> _Regression:
        time, end = fix_ties(data.time, [tau])
        cut = np.minimum(time, end[0])
        known = data.event | (time >= end[0])
        one, zero = (_Censoring.of(cut, known, np.flatnonzero(side)) for side in (in_arm1, ~in_arm1))
        # Standardised by the patients whose cut time is known: only they tell the coefficients.
        informed = DesignMatrix.of(np.column_stack([in_arm1, x])[known])
        dependent = dependent_columns(informed.x)
        every = np.column_stack([in_arm1, x])
        design = replace(informed, x=np.column_stack([np.ones(len(every)), (every - informed.centre) / informed.scale]))
        titles = ("arm", *names)
        notes = tuple(
            f"among patients known up to tau {dependence(j, informed.x, dependent, titles)}: left out"
            for j in map(int, np.flatnonzero(dependent))
        )
        columns = np.flatnonzero(~dependent)
        reason = None
        if known.sum() <= len(columns):
            reason = "no more patients with a time known up to tau than coefficients"
        return cls(design, columns, cut / end[0], (one, zero), float(tau), reason, notes)

    def contrast(self, nothing: Contrast) -> Contrast:
        """Estimate, standard error, interval and test of one contrast."""
        lost, log_link = nothing.statistic == "rmtl_ratio", nothing.statistic != "rmst_difference"
        y = 1 - self.time if lost else self.time
        x, weight = self.design.x[:, self.columns], np.zeros(len(y))
        for arm in self.arms:
            weight[arm.rows] = arm.weight
        what = "time lost" if lost else "survival time"
        zero = [
            name
            for name, arm in zip(("arm 1", "arm 0"), self.arms, strict=True)
            if log_link and not np.any(weight[arm.rows] * y[arm.rows] > 0)
        ]
        if zero:
            return replace(nothing, reason=f"the restricted mean {what} is 0 in {' and '.join(zero)}")
        beta = _log_linear(x, y, weight) if log_link else _linear(x, y, weight)
        if beta is None:
            return replace(nothing, reason="the log-linear regression has no maximum: an estimate is infinite")
        mean = np.exp(x @ beta) if log_link else x @ beta
        score = x * (weight * (y - mean))[:, None]
        influence = np.vstack([arm.influence(score[arm.rows]) for arm in self.arms])
        slope = x.T @ (x * (mean if log_link else np.ones_like(mean))[:, None])
        moved = np.linalg.solve(slope, influence.T)[1]
        unit = float(self.design.scale[0])
        estimate, error = float(beta[1]) / unit, float(np.linalg.norm(moved)) / unit
        if float(np.abs(score).max()) <= _ROUNDING * float((np.abs(x) * (weight * np.abs(y))[:, None]).max()):
            error = 0.0
        if log_link:
            return log_contrast(nothing, estimate, error)
        return normal_contrast(nothing, estimate * self.tau, error * self.tau)


@dataclass(frozen=True, eq=False, slots=True)
class _Censoring:
    """One arm: which rows, each one's inverse probability of being known (0 where censored), and its risk table.

    ``place`` is each row's position in ``at_risk`` and ``censored``, counts at the distinct cut times.
    """

    rows: NDArray[np.intp]
    weight: Floats
    known: Flags
    place: NDArray[np.intp]
    at_risk: Floats
    censored: Floats

    @classmethod
    def of(cls, cut: Floats, known: Flags, rows: NDArray[np.intp]) -> _Censoring:
        """Kaplan-Meier with censoring as the event, read at the time itself: survRM2's convention at ties."""
        time, is_known = cut[rows], known[rows]
        table = risk_table(SurvivalInput(time, ~is_known, None, None))
        place = np.searchsorted(table.time, time, side="right") - 1
        uncensored = np.cumprod(1 - table.events / table.at_risk)[place]
        weight = np.zeros(len(rows))
        weight[is_known] = 1 / uncensored[is_known]
        return cls(rows, weight, is_known, place, table.at_risk, table.events)

    def influence(self, score: Floats) -> Floats:
        """Each row's influence on the sum of scores, that on the censoring curve included (a martingale)."""
        by_time = np.column_stack([np.bincount(self.place, column, len(self.at_risk)) for column in score.T])
        later = np.cumsum(by_time[::-1], axis=0)[::-1] / self.at_risk[:, None]
        compensator = np.cumsum(later * (self.censored / self.at_risk)[:, None], axis=0)
        return np.asarray(score + later[self.place] * ~self.known[:, None] - compensator[self.place])


def _linear(x: Floats, y: Floats, weight: Floats) -> Floats:
    root = np.sqrt(weight)
    return np.asarray(np.linalg.lstsq(x * root[:, None], y * root)[0])


def _log_linear(x: Floats, y: Floats, weight: Floats) -> Floats | None:
    """Zero of ``sum of weight x (y - exp(x beta))`` by Newton's method with step halving; None where there is none."""
    beta = np.zeros(x.shape[1])
    beta[0] = np.log((weight @ y) / weight.sum())

    def height(at: Floats) -> float:
        with np.errstate(over="ignore"):
            return float(weight @ (y * (x @ at) - np.exp(x @ at)))

    for _ in range(_ITERATIONS):
        mean = np.exp(x @ beta)
        information = x.T @ (x * (weight * mean)[:, None])
        if not np.linalg.eigvalsh(information)[0] > _FLAT * np.linalg.eigvalsh(information)[-1]:
            return None
        step = np.linalg.solve(information, x.T @ (weight * (y - mean)))
        while not height(beta + step) >= height(beta) - _ROUNDING and np.max(np.abs(step)) > _ROUNDING:
            step = step / 2
        beta = beta + step
        if np.max(np.abs(step)) < 1e-11:
            return np.asarray(beta)
    return None
