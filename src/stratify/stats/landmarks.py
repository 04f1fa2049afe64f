"""Survival at a fixed time, and the difference between two curves there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from stratify.stats.inputs import checked_level


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkDifference:
    """Survival of arm 1 minus survival of arm 0 at one time, with a normal (plain) interval and test."""

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


def landmark_difference(arm1: Landmark, arm0: Landmark, level: float = 0.95) -> LandmarkDifference:
    """Difference in survival between two independent groups at the same time (Klein et al. 2007, untransformed).

    Parameters
    ----------
    arm1, arm0 : Landmark
        From ``SurvivalCurve.at``, at the same time.
    level : float
        Confidence level.
    """
    if arm1.time != arm0.time:
        raise ValueError(f"the landmarks are at different times, {arm1.time:g} and {arm0.time:g}")
    z_level = float(ndtri(0.5 + checked_level(level) / 2))
    empty = LandmarkDifference(
        time=arm1.time,
        survival_difference=None,
        level=level,
        method="difference of Kaplan-Meier estimates, Greenwood variance, plain interval",
        n=arm1.n + arm0.n,
        events=arm1.events + arm0.events,
    )
    if arm1.survival is None or arm0.survival is None:
        nobody = " and ".join(name for name, arm in (("arm 1", arm1), ("arm 0", arm0)) if arm.survival is None)
        return replace(empty, reason=f"no patients in {nobody}")
    difference = arm1.survival - arm0.survival
    if arm1.standard_error is None or arm0.standard_error is None:
        note = "no interval or test: survival is 0 in an arm, where Greenwood's error does not exist"
        return replace(empty, survival_difference=difference, note=note)
    error = float(np.hypot(arm1.standard_error, arm0.standard_error))
    if error == 0:
        note = "no interval or test: no event in either arm by this time"
        return replace(empty, survival_difference=difference, standard_error=0.0, note=note)
    z = difference / error
    notes = [f"arm {i}: {arm.note}" for i, arm in ((1, arm1), (0, arm0)) if arm.note]
    return replace(
        empty,
        survival_difference=difference,
        standard_error=error,
        ci_lower=difference - z_level * error,
        ci_upper=difference + z_level * error,
        z=z,
        p_value=2 * float(ndtr(-abs(z))),
        note="; ".join(notes) or None,
    )


def checked_times(times: ArrayLike) -> NDArray[np.float64]:
    """Times at which a curve is read: one-dimensional (a single number is one time), finite, at least 0."""
    marks = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if marks.ndim != 1 or not np.isfinite(marks).all() or (marks < 0).any():
        raise ValueError("times must be a one-dimensional array of finite numbers of at least 0")
    return marks


def no_interval_note(survival: float, conf_type: str) -> str | None:
    """Why a point of a curve has no confidence interval, or None where it has one."""
    if survival == 0:
        return "survival is 0: Greenwood's error and the interval do not exist"
    if survival == 1 and conf_type not in {"plain", "log"}:
        return f"no event yet: the {conf_type} interval does not exist at survival 1"
    return None
