"""Input of a Cox model, checked and made complete: rows with a missing covariate, stratum or cluster are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.inputs import SurvivalInput, group_codes
from stratify.stats.risk_sets import Flags, Floats, Ints


@dataclass(frozen=True, eq=False, slots=True)
class CoxRows:
    """Complete rows; ``strata`` and ``cluster`` are codes from 0, ``missing`` counts the rows left out.

    ``kept`` marks them among the rows given; ``strata_given`` holds the codes of all rows given.
    """

    data: SurvivalInput
    x: Floats
    strata: Ints | None
    cluster: Ints | None
    offset: Floats | None
    missing: int
    kept: Flags
    strata_given: Ints | None = None


def cox_rows(
    data: SurvivalInput,
    x: ArrayLike,
    names: Sequence[str],
    *,
    strata: ArrayLike | None,
    cluster: ArrayLike | None,
    offset: ArrayLike | None,
) -> CoxRows:
    """Check what is peculiar to a Cox model against survival data already checked.

    Raises
    ------
    ValueError
        Shapes that do not fit, infinite covariates, offsets that are not finite, names that repeat.
    """
    n = len(data.time)
    covariates = np.asarray(x, dtype=np.float64, order="C")
    if covariates.shape != (n, len(names)):
        raise ValueError(
            f"x has shape {covariates.shape}, expected ({n}, {len(names)}): a row per time, a column per name"
        )
    if len(set(names)) != len(names):
        raise ValueError("names must differ from one another")
    complete = np.ones(n, np.bool_)
    if not np.isfinite(covariates.sum()):  # one pass for the usual case; a NaN or an infinity always shows in the sum
        if np.isinf(covariates).any():
            raise ValueError(f"x is infinite in {_columns(np.isinf(covariates), names)}")
        complete = ~np.asarray(np.isnan(covariates).any(axis=1))
    stratum, clusters = codes_of(strata, "strata", n), codes_of(cluster, "cluster", n)
    for codes in (stratum, clusters):
        complete &= True if codes is None else codes >= 0
    shift = None if offset is None else np.asarray(offset, dtype=np.float64)
    if shift is not None and (shift.shape != (n,) or not np.all(np.isfinite(shift))):
        raise ValueError(f"offset must hold {n} finite numbers")
    given = None if strata is None else np.asarray(strata, dtype=np.int64)
    return _complete(CoxRows(data, covariates, stratum, clusters, shift, 0, complete, given))


def codes_of(codes: ArrayLike | None, name: str, n: int) -> Ints | None:
    """Whole-number codes renumbered from 0 in their order, -1 staying missing; ``None`` stays ``None``.

    Raises
    ------
    ValueError
        Another length or type, or a code below -1.
    """
    if codes is None:
        return None
    raw = group_codes(codes, np.iinfo(np.int64).max, name)
    if len(raw) != n:
        raise ValueError(f"{name} has {len(raw)} entries, time has {n}")
    present, inverse = np.unique(raw, return_inverse=True)
    return inverse - int(np.searchsorted(present, 0))


def _complete(rows: CoxRows) -> CoxRows:
    complete = rows.kept
    if np.all(complete):
        return rows
    data, left = rows.data, int(complete.sum())
    weights = _some(data.weights, complete)
    return CoxRows(
        SurvivalInput(data.time[complete], data.event[complete], _some(data.entry, complete), weights),
        rows.x[complete],
        codes_of(None if rows.strata is None else rows.strata[complete], "strata", left),
        codes_of(None if rows.cluster is None else rows.cluster[complete], "cluster", left),
        _some(rows.offset, complete),
        int(np.sum(~complete)),
        complete,
        rows.strata_given,
    )


def _some(values: Floats | None, rows: Flags) -> Floats | None:
    return None if values is None else values[rows]


def _columns(bad: Flags, names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name, column in zip(names, bad.T, strict=True) if column.any())
