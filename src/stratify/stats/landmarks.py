"""Survival at a fixed time, and the difference between two curves there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from stratify.stats.inputs import checked_level
from stratify.stats.survival_intervals import confidence_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """Survival at one time; ``standard_error`` and limits are None where undefined, and ``note`` says why."""

    time: float
    at_risk: float
    survival: float | None = None
    standard_error: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    level: float
    method: str
    n: int
    events: float
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MarkCount:
    """Number at risk at a time, and events and censorings up to and including it (sums of weights, if any)."""

    time: float
    at_risk: float
    events: float
    censored: float


DifferenceScale: TypeAlias = Literal["plain", "log-log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkDifference:
    """Survival of arm 1 minus survival of arm 0 at one time, with interval and test on the scale ``method`` names.

    ``standard_error`` is that of the difference itself on either scale.
    """

    time: float
    survival_difference: float | None
    standard_error: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    z: float | None = None
    p_value: float | None = None
    level: float
    method: str
    n: int
    events: float
    reason: str | None = None
    note: str | None = None


def landmark_difference(
    arm1: Landmark, arm0: Landmark, level: float = 0.95, scale: DifferenceScale = "plain"
) -> LandmarkDifference:
    """Difference in survival between two independent groups at the same time.

    Parameters
    ----------
    arm1, arm0 : Landmark
        From ``SurvivalCurve.at``, at the same time.
    level : float
        Confidence level.
    scale : {"plain", "log-log"}
        Plain: normal interval and test of the difference. Log-log: the test compares ``log(-log S)``, which keeps its
        level in small groups and near 0 and 1 (Klein et al. 2007 Stat Med 26:4505); ``z`` has the sign of the
        difference. The interval joins the log-log limits of the two arms (Zou & Donner 2008 Stat Med 27:1693) and
        stays within -1 and 1.
    """
    if scale not in {"plain", "log-log"}:
        raise ValueError(f"scale must be 'plain' or 'log-log', not {scale!r}")
    if arm1.time != arm0.time:
        raise ValueError(f"the landmarks are at different times, {arm1.time:g} and {arm0.time:g}")
    interval = "plain interval" if scale == "plain" else "log-log test, interval from the arms' log-log limits"
    empty = LandmarkDifference(
        time=arm1.time,
        survival_difference=None,
        level=checked_level(level),
        method=f"difference of Kaplan-Meier estimates, Greenwood variance, {interval}",
        n=arm1.n + arm0.n,
        events=arm1.events + arm0.events,
    )
    if arm1.survival is None or arm0.survival is None:
        nobody = " and ".join(name for name, arm in (("arm 1", arm1), ("arm 0", arm0)) if arm.survival is None)
        return replace(empty, reason=f"no patients in {nobody}")
    result = replace(empty, survival_difference=arm1.survival - arm0.survival)
    if arm1.standard_error is None or arm0.standard_error is None:
        note = "no interval or test: survival is 0 in an arm, where Greenwood's error does not exist"
        return replace(result, note=note)
    error = float(np.hypot(arm1.standard_error, arm0.standard_error))
    if error == 0:
        note = "no interval or test: no event in either arm by this time"
        return replace(result, standard_error=0.0, note=note)
    notes = [f"arm {i}: {arm.note}" for i, arm in ((1, arm1), (0, arm0)) if arm.note]
    result = replace(result, standard_error=error, note="; ".join(notes) or None)
    pairs = ((arm1.survival, arm1.standard_error), (arm0.survival, arm0.standard_error))
    return _plain(result, error) if scale == "plain" else _log_log(result, *pairs)


def _plain(result: LandmarkDifference, error: float) -> LandmarkDifference:
    difference = result.survival_difference or 0.0
    half = float(ndtri(0.5 + result.level / 2)) * error
    return _tested(replace(result, ci_lower=difference - half, ci_upper=difference + half), difference / error)


def _log_log(result: LandmarkDifference, arm1: tuple[float, float], arm0: tuple[float, float]) -> LandmarkDifference:
    if 1.0 in {arm1[0], arm0[0]}:
        note = "no interval or test: survival is 1 in an arm, where the log-log scale does not exist"
        return replace(result, note=note)
    (s1, e1), (s0, e0) = arm1, arm0
    survival, log_error = np.array([s1, s0]), np.array([e1 / s1, e0 / s0])
    height, spread = np.log(-np.log(survival)), log_error / np.log(survival)
    arms = [confidence_limits(survival[[i]], log_error[[i]], "log-log", result.level) for i in (0, 1)]
    (lower1, upper1), (lower0, upper0) = ((float(lower[0]), float(upper[0])) for lower, upper in arms)
    difference = s1 - s0
    limits = replace(
        result,
        ci_lower=difference - float(np.hypot(s1 - lower1, upper0 - s0)),
        ci_upper=difference + float(np.hypot(upper1 - s1, s0 - lower0)),
    )
    return _tested(limits, float((height[1] - height[0]) / np.linalg.norm(spread)))


def _tested(result: LandmarkDifference, z: float) -> LandmarkDifference:
    return replace(result, z=z, p_value=2 * float(ndtr(-abs(z))))


def checked_times(times: ArrayLike, start: float = 0.0) -> NDArray[np.float64]:
    """Times at which a curve is read: one-dimensional (a single number is one time), finite, at least ``start``."""
    marks = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if marks.ndim != 1 or not np.isfinite(marks).all() or (marks < start).any():
        raise ValueError(f"times must be a one-dimensional array of finite numbers of at least {start:g}")
    return marks


def no_interval_note(survival: float, conf_type: str) -> str | None:
    """Why a point of a curve has no confidence interval, or None where it has one."""
    if survival == 0:
        return "survival is 0: Greenwood's error and the interval do not exist"
    if survival == 1 and conf_type not in {"plain", "log"}:
        return f"no event yet: the {conf_type} interval does not exist at survival 1"
    return None
