"""Restricted mean survival time: the area under the Kaplan-Meier curve up to tau, and its comparison between two arms.

Royston & Parmar (2013); variance and contrasts as Uno et al. (2014) and R's survRM2. The restricted mean time lost is
``tau`` minus the restricted mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from stratify.stats.inputs import SurvivalInput, binary_arm, checked_level, survival_input
from stratify.stats.risk_table import RiskTable, risk_table
from stratify.stats.ties import fix_ties

Statistic: TypeAlias = Literal["rmst_difference", "rmst_ratio", "rmtl_ratio"]

_NO_SPREAD = "no interval or test: the standard error is 0"
_METHOD = "area under the Kaplan-Meier curve, Greenwood plug-in variance"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """Restricted mean survival time up to ``tau`` and mean time lost (``rmtl``), in the unit of time.

    Both have the same ``standard_error``; limits are normal and may pass 0 and tau, as in survRM2. ``events`` counts
    the events up to tau, ``at_risk`` the patients still at risk at tau.
    """

    tau: float
    rmst: float | None = None
    standard_error: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    rmtl: float | None = None
    rmtl_ci_lower: float | None = None
    rmtl_ci_upper: float | None = None
    level: float
    method: str = _METHOD
    n: int
    events: int = 0
    at_risk: int = 0
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A difference (null value 0) or a ratio (null value 1; interval and test on the log scale) of arm 1 to arm 0.

    ``standard_error`` is that of the difference, or of the log ratio.
    """

    statistic: Statistic
    estimate: float | None = None
    standard_error: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    p_value: float | None = None
    level: float
    method: str
    n: int
    events: int
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RestrictedMeanComparison:
    """Two arms and the three contrasts of arm 1 to arm 0."""

    tau: float
    arm1: RestrictedMean
    arm0: RestrictedMean
    difference: Contrast
    ratio: Contrast
    rmtl_ratio: Contrast


def largest_tau(arms: Sequence[tuple[ArrayLike, ArrayLike]]) -> float | None:
    """Largest tau up to which the restricted means of all arms are identified, by survRM2's rule.

    An arm whose last observation is censored (or is an event together with a censoring) is known up to there and no
    further; an arm that ends in an event has survival 0 from there on. So: the smallest last time among the arms that
    end in a censoring; if none does, the largest last time. Empty arms are passed over; None if all are empty.

    Parameters
    ----------
    arms : sequence of (time, event)
        As in ``kaplan_meier``.
    """
    inputs = [survival_input(time, event) for time, event in arms]
    return _largest_tau([data for data in inputs if data.time.size])


def rmst(time: ArrayLike, event: ArrayLike, tau: float, level: float = 0.95) -> RestrictedMean:
    """Restricted mean survival time of one group.

    Parameters
    ----------
    time, event : array_like of shape (n,)
        As in ``kaplan_meier``, but neither weights nor delayed entry: the variance is that of patients who count alike
        and are followed from time 0.
    tau : float
        Upper end of the area, in the unit of time; greater than 0 and within follow-up.
    level : float
        Confidence level.

    Raises
    ------
    ValueError
        Where tau lies beyond ``largest_tau``, naming that.
    """
    data = survival_input(time, event)
    check_tau(tau, [data])
    return restricted_mean(data, tau, checked_level(level))


def rmst_difference(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, tau: float, level: float = 0.95
) -> RestrictedMeanComparison:
    """Compare the restricted means of two arms: difference, ratio and ratio of the times lost, arm 1 to arm 0.

    Parameters
    ----------
    time, event : array_like of shape (n,)
        As in ``kaplan_meier``.
    arm : array_like of shape (n,)
        1 or 0 (missing arms are not accepted).
    tau, level : float
        As in ``rmst``.

    Raises
    ------
    ValueError
        Where tau lies beyond ``largest_tau`` of the two arms, naming that.
    """
    data = survival_input(time, event)
    in_arm1 = binary_arm(arm, len(data.time))
    checked_level(level)
    first, zero = both_arms(data, in_arm1)
    check_tau(tau, [first, zero])
    arm1, arm0 = restricted_mean(first, tau, level), restricted_mean(zero, tau, level)
    return RestrictedMeanComparison(
        tau=float(tau),
        arm1=arm1,
        arm0=arm0,
        difference=difference(arm1, arm0),
        ratio=_ratio("rmst_ratio", arm1, arm0),
        rmtl_ratio=_ratio("rmtl_ratio", arm1, arm0),
    )


def both_arms(data: SurvivalInput, in_arm1: NDArray[np.bool_]) -> tuple[SurvivalInput, SurvivalInput]:
    """The rows of arm 1 and of arm 0."""
    first, zero = (SurvivalInput(data.time[rows], data.event[rows], None, None) for rows in (in_arm1, ~in_arm1))
    return first, zero


def check_tau(tau: float, arms: Sequence[SurvivalInput]) -> None:
    """Refuse a tau that is no positive time or lies beyond ``largest_tau`` of the arms (a ValueError naming it)."""
    if not (np.isfinite(tau) and tau > 0):
        raise ValueError(f"tau must be finite and greater than 0, not {tau}")
    largest = _largest_tau([data for data in arms if data.time.size])
    if largest is None:
        return
    # 0.1 + 0.2 asked for where 0.3 was observed is within follow-up.
    asked, known = fix_ties([tau], [largest])
    if asked[0] > known[0]:
        raise ValueError(
            f"tau = {tau:g} is beyond follow-up: the largest possible tau is {largest:.10g} (the smallest last time "
            "among arms whose last observation is censored; if there is none, the largest last time)"
        )


def _largest_tau(arms: Sequence[SurvivalInput]) -> float | None:
    if not arms:
        return None
    tables = [risk_table(data) for data in arms]
    censored_last = [float(table.time[-1]) for table in tables if table.censored[-1] > 0]
    return min(censored_last) if censored_last else max(float(table.time[-1]) for table in tables)


def restricted_mean(data: SurvivalInput, tau: float, level: float) -> RestrictedMean:
    """Restricted mean of checked data, tau within follow-up."""
    n = len(data.time)
    result = RestrictedMean(tau=float(tau), level=level, n=n)
    if n == 0:
        return replace(result, reason="no patients")
    table = risk_table(data)
    times, end = fix_ties(table.time, [tau])
    inside = times <= end
    area, variance = _area(table, inside, tau)
    error = float(np.sqrt(variance))
    half = float(ndtri(0.5 + level / 2)) * error
    events = int(table.events[inside].sum())
    return replace(
        result,
        rmst=area,
        standard_error=error,
        ci_lower=area - half,
        ci_upper=area + half,
        rmtl=tau - area,
        rmtl_ci_lower=tau - area - half,
        rmtl_ci_upper=tau - area + half,
        events=events,
        at_risk=int((table.events + table.censored)[times >= end].sum()),
        note=None if events else "no event up to tau: the standard error is 0",
    )


def _area(table: RiskTable, inside: NDArray[np.bool_], tau: float) -> tuple[float, float]:
    """Area under the curve to tau, and its variance: squared areas beyond each event times Greenwood's terms."""
    staying = (table.at_risk - table.events)[inside]
    survival = np.concatenate(([1.0], np.cumprod(staying / table.at_risk[inside])))
    edges = np.minimum(np.concatenate(([0.0], table.time[inside], [tau])), tau)
    pieces = survival * np.diff(edges)
    beyond = np.cumsum(pieces[:0:-1])[::-1]
    left = staying > 0
    terms = table.events[inside][left] / (table.at_risk[inside][left] * staying[left])
    return float(pieces.sum()), float(np.sum(beyond[left] ** 2 * terms))


def _empty_contrast(statistic: Statistic, arm1: RestrictedMean, arm0: RestrictedMean) -> Contrast:
    scale = "normal interval" if statistic == "rmst_difference" else "log-scale interval"
    nobody = " and ".join(name for name, arm in (("arm 1", arm1), ("arm 0", arm0)) if arm.rmst is None)
    return Contrast(
        statistic=statistic,
        level=arm1.level,
        method=f"{_METHOD}, {scale}",
        n=arm1.n + arm0.n,
        events=arm1.events + arm0.events,
        reason=f"no patients in {nobody}" if nobody else None,
    )


def normal_contrast(empty: Contrast, estimate: float, error: float, note: str | None = None) -> Contrast:
    """A difference with its normal interval and test; neither where the error is 0, and ``note`` says so."""
    if error == 0:
        return replace(empty, estimate=estimate, standard_error=0.0, note=_NO_SPREAD)
    half = float(ndtri(0.5 + empty.level / 2)) * error
    return replace(
        empty,
        estimate=estimate,
        standard_error=error,
        ci_lower=estimate - half,
        ci_upper=estimate + half,
        p_value=2 * float(ndtr(-abs(estimate) / error)),
        note=note,
    )


def log_contrast(empty: Contrast, log_ratio: float, error: float, note: str | None = None) -> Contrast:
    """A ratio with interval and test on the log scale, ``error`` being that of the log ratio."""
    found = normal_contrast(empty, log_ratio, error, note)
    lower, upper = (None if limit is None else float(np.exp(limit)) for limit in (found.ci_lower, found.ci_upper))
    return replace(found, estimate=float(np.exp(log_ratio)), ci_lower=lower, ci_upper=upper)


def difference(arm1: RestrictedMean, arm0: RestrictedMean) -> Contrast:
    """Restricted mean of arm 1 less that of arm 0."""
    result = _empty_contrast("rmst_difference", arm1, arm0)
    if arm1.rmst is None or arm0.rmst is None or arm1.standard_error is None or arm0.standard_error is None:
        return result
    error = float(np.hypot(arm1.standard_error, arm0.standard_error))
    return normal_contrast(result, arm1.rmst - arm0.rmst, error, _one_sided_note(arm1, arm0))


def _ratio(statistic: Statistic, arm1: RestrictedMean, arm0: RestrictedMean) -> Contrast:
    result = _empty_contrast(statistic, arm1, arm0)
    lost = statistic == "rmtl_ratio"
    top, bottom = (arm.rmtl if lost else arm.rmst for arm in (arm1, arm0))
    if top is None or bottom is None or arm1.standard_error is None or arm0.standard_error is None:
        return result
    zero = [name for name, mean in (("arm 1", top), ("arm 0", bottom)) if mean <= 0]
    if zero:
        what = "time lost" if lost else "survival time"
        return replace(result, reason=f"the restricted mean {what} is 0 in {' and '.join(zero)}")
    error = float(np.hypot(arm1.standard_error / top, arm0.standard_error / bottom))
    return log_contrast(result, float(np.log(top / bottom)), error, _one_sided_note(arm1, arm0))


def _one_sided_note(arm1: RestrictedMean, arm0: RestrictedMean) -> str | None:
    quiet = [name for name, arm in (("arm 1", arm1), ("arm 0", arm0)) if not arm.events]
    return f"no event up to tau in {quiet[0]}: its variance counts as 0" if quiet else None
