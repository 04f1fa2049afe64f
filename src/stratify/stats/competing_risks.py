"""Competing risks as arrays: one code per patient for which cause ended follow-up, each cause named by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.inputs import SurvivalInput, survival_input
from stratify.stats.risk_sets import Flags, Ints

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CompetingInput:
    """Checked rows: ``cause`` is 0 for censored or 1 to k, a position in ``causes``; ``data.event`` means any cause."""

    data: SurvivalInput
    cause: Ints
    causes: tuple[str, ...]

    def take(self, rows: Flags) -> CompetingInput:
        """Some of the rows."""
        d = self.data
        entry, weights = (None if values is None else values[rows] for values in (d.entry, d.weights))
        return CompetingInput(SurvivalInput(d.time[rows], d.event[rows], entry, weights), self.cause[rows], self.causes)


def competing_input(
    time: ArrayLike,
    cause: ArrayLike,
    causes: Sequence[str],
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> CompetingInput:
    """Check competing-risks data: times, entries and weights as ``survival_input``, codes as ``cause_codes``.

    Raises
    ------
    ValueError
        For anything else, naming the positions at fault (for causes: the distinct codes).
    """
    codes = cause_codes(cause, causes)
    rows = survival_input(time, np.zeros(np.shape(time), np.bool_), entry, weights)
    if len(codes) != len(rows.time):
        raise ValueError(f"cause has {len(codes)} entries, time has {len(rows.time)}")
    return CompetingInput(replace(rows, event=codes > 0), codes, tuple(causes))


def cause_codes(cause: ArrayLike, causes: Sequence[str]) -> Ints:
    """Whole-number codes 0 (censored) and 1 to k for the k causes declared by name; other codings are an error.

    Which code is which cause is declared, never guessed: a file with 1 dead, 2 alive, 3 dead of other causes must be
    translated by the caller, and a code without a name is not a further cause. A declared cause need not occur.

    Raises
    ------
    ValueError
        No causes or names that repeat; codes that are not declared, naming the distinct codes found.
    """
    if isinstance(causes, str) or not causes or len(set(causes)) != len(causes):
        raise ValueError("causes must be a sequence of names, at least one and all different")
    raw = np.asarray(cause)
    if raw.ndim != 1:
        raise ValueError(f"cause must be one-dimensional, not of shape {raw.shape}")
    if raw.size == 0:
        return np.zeros(0, dtype=np.int64)
    if raw.dtype.kind in "biuf" and bool(np.isin(raw, np.arange(len(causes) + 1)).all()):
        return raw.astype(np.int64)
    codes = sorted({str(code) for code in raw.tolist()})
    shown = ", ".join(codes[:_SHOWN]) + (", ..." if len(codes) > _SHOWN else "")
    declared = ", ".join(f'{code} ("{name}")' for code, name in enumerate(causes, start=1))
    raise ValueError(f"cause must be coded 0 (censored) and {declared}; distinct codes found: {shown}")


def cause_number(causes: Sequence[str], cause: str) -> int:
    """The code of a cause by its name.

    Raises
    ------
    ValueError
        No such cause among those declared.
    """
    if cause not in causes:
        known = ", ".join(f'"{name}"' for name in causes)
        raise ValueError(f'"{cause}" is not among the causes declared: {known}')
    return list(causes).index(cause) + 1
