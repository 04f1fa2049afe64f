"""Compiled loops over the risk groups of a fitted Cox model: the risk sets' sums and hazards kept, group by group.

Groups, ``added``, ``removed``, ``dying`` and the notation are those of :mod:`stratify.stats.kernels`, whose loops keep
only totals. Everything here is arrays in, arrays out, checked elsewhere.
"""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled


@compiled
def hazard_steps(
    added: Floats,
    removed: Floats,
    dying: Floats,
    last: Flags,
    carried: Ints,
    deaths: Ints,
    death_weight: Floats,
    efron: bool,
    sums: Floats,
    steps: Floats,
) -> None:
    """Fill ``sums`` (groups, 1 + p) with ``S0, S1`` of each group's risk set and ``steps`` (groups, 5) with its hazard.

    With the hazard parts ``h = w / denominator`` of a group and their shares ``l / d`` (see the module of kernels):
    the sums of ``h``, ``h l/d``, ``h / denominator``, ``h l/d / denominator`` and ``h (l/d)^2 / denominator``. Zero
    where nobody dies. A risk set that empties starts again from exactly zero.
    """
    groups, q = added.shape
    s = np.zeros(q)
    for g in range(groups - 1, -1, -1):
        if last[g] or carried[g] == 0:
            s[:] = 0.0
        elif removed.shape[0] > 0:
            for j in range(q):
                s[j] -= removed[g, j]
        for j in range(q):
            s[j] += added[g, j]
            sums[g, j] = s[j]
        steps[g, :] = 0.0
        if deaths[g] == 0:
            continue
        parts = deaths[g] if efron else 1
        w = death_weight[g] / parts
        for part in range(parts):
            share = part / parts
            denominator = s[0] - share * dying[g, 0] if parts > 1 else s[0]
            h = w / denominator
            steps[g, 0] += h
            steps[g, 1] += h * share
            steps[g, 2] += h / denominator
            steps[g, 3] += h * share / denominator
            steps[g, 4] += h * share * share / denominator


@compiled
def accumulate(values: Floats, starts: Flags) -> None:
    """Replace ``values`` (groups, k) by their cumulative sums, from zero again where ``starts``.

    Taken as a difference of sums over all strata, a baseline hazard of 1e-9 behind one of 1e9 would be rounding.
    """
    for g in range(1, len(values)):
        if not starts[g]:
            for j in range(values.shape[1]):
                values[g, j] += values[g - 1, j]
