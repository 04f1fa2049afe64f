"""Arrays that the estimators accept, checked once: what is wrong is named with the positions, never with a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stratify.stats.kernels_counts import are_times
from stratify.stats.ties import fix_ties

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SurvivalInput:
    """Checked times, event indicators, entry times and weights of the same length, float-noise ties not yet joined."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    entry: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None


def survival_input(
    time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None, weights: ArrayLike | None = None
) -> SurvivalInput:
    """Check survival data: finite times of at least 0, events 0 or 1, entry before exit, positive finite weights.

    Raises
    ------
    ValueError
        For anything else, naming the 0-based positions (for events: the distinct codes).
    """
    t = _vector(time, "time")
    d = event_indicator(event)
    _same_length(t, d, "event")
    if not are_times(t):
        _reject(~np.isfinite(t) | (t < 0), "time must be finite and not negative")
    e = None
    if entry is not None:
        e = _vector(entry, "entry")
        _same_length(t, e, "entry")
        _reject(~np.isfinite(e) | (e < 0), "entry must be finite and not negative")
        e, t = fix_ties(e, t)
        _reject(e >= t, "entry must be before time (equal up to rounding counts as equal)")
    w = None
    if weights is not None:
        w = _vector(weights, "weights")
        _same_length(t, w, "weights")
        _reject(~np.isfinite(w) | (w <= 0), "weights must be finite and greater than 0")
    return SurvivalInput(t, d, e, w)


def positive_times(data: SurvivalInput) -> None:
    """Refuse a time of 0 where its logarithm is needed.

    Raises
    ------
    ValueError
        Naming the 0-based positions.
    """
    _reject(data.time <= 0, "time must be greater than 0 in a model of log time")


def event_indicator(event: ArrayLike) -> NDArray[np.bool_]:
    """Events as booleans from 0/1 or booleans; any other coding is an error that names the distinct codes.

    Codes are declared, never guessed: ``1/2`` (censored/dead in some files, alive/dead in others) must be translated
    by the caller.
    """
    raw = np.asarray(event)
    if raw.ndim != 1:
        raise ValueError(f"event must be one-dimensional, not of shape {raw.shape}")
    if raw.dtype == np.bool_:
        return raw
    if raw.size == 0:
        return np.zeros(0, dtype=np.bool_)
    if raw.dtype.kind in "iuf":
        ones: NDArray[np.bool_] = raw == 1
        if bool((ones | (raw == 0)).all()):
            return ones
    codes = sorted({str(code) for code in raw.tolist()})
    shown = ", ".join(codes[:_SHOWN]) + (", ..." if len(codes) > _SHOWN else "")
    raise ValueError(f"event must be coded 0 (censored) and 1 (event); distinct codes found: {shown}")


def group_codes(group: ArrayLike, levels: int, name: str = "group") -> NDArray[np.int64]:
    """Integer codes ``0 .. levels-1`` with -1 for missing; anything else is a ValueError naming the codes."""
    raw = np.asarray(group)
    if raw.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not of shape {raw.shape}")
    if raw.dtype.kind not in "iub" and raw.size:
        raise ValueError(f"{name} must hold integer codes, not {raw.dtype}")
    codes = raw.astype(np.int64, copy=False)
    if codes.size and (codes.min() < -1 or codes.max() >= levels):
        found = ", ".join(map(str, np.unique(codes)[:_SHOWN].tolist()))
        raise ValueError(f"{name} codes must be 0 to {levels - 1}, or -1 for missing; distinct codes found: {found}")
    return codes


def binary_arm(arm: ArrayLike, n: int) -> NDArray[np.bool_]:
    """Arm membership 1 (True) or 0; missing arms are not accepted."""
    codes = group_codes(arm, 2, "arm")
    if len(codes) != n:
        raise ValueError(f"arm has {len(codes)} entries, time has {n}")
    _reject(codes < 0, "arm must be 0 or 1, not missing")
    in_arm1: NDArray[np.bool_] = codes == 1
    return in_arm1


def checked_level(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1 (0.95 for 95 %), not {level}")
    return float(level)


def _vector(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of numbers") from None
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not of shape {array.shape}")
    return array


def _same_length(time: NDArray[np.float64], other: NDArray[np.generic], name: str) -> None:
    if len(time) != len(other):
        raise ValueError(f"{name} has {len(other)} entries, time has {len(time)}")


def _reject(bad: NDArray[np.bool_], rule: str) -> None:
    if bad.any():
        where = np.flatnonzero(bad)
        shown = ", ".join(map(str, where[:_SHOWN].tolist())) + (", ..." if len(where) > _SHOWN else "")
        raise ValueError(f"{rule}; {len(where)} at fault, at positions {shown}")
