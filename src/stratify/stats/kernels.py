"""Compiled loops over risk groups: how they are compiled, score residuals, concordance.

Rows carry the number of their *risk group*: see ``kernels_likelihood``, whose notation is used here. Everything here
is arrays in, arrays out, checked elsewhere.

References: Therneau & Grambsch (2000), ch. 4 and 7.
"""

# ruff: noqa: PLR0912, C901 - a compiled loop takes its arrays by position, and is one loop for speed's sake

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., object])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def compiled(function: F) -> F:
    """Compile to machine code once per machine; releases the interpreter's lock while running."""
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_sum(function: F) -> F:
    """As :func:`compiled`, for one sum that may be taken as several side by side.

    How many depends on the processor and the number of terms, never on threads: the same machine gives the same bits.
    """
    fast = {"reassoc", "contract", "nsz"}
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=fast)(function))


def compiled_in_place(function: F) -> F:
    """As :func:`compiled`, put into its callers: handing over a dozen arrays would cost more than a short body."""
    return cast("F", numba.njit(nogil=True, error_model="numpy", inline="always")(function))


@compiled
def score_residuals(
    x: Floats,
    risk: Floats,
    weight: Floats,
    event: Flags,
    group: Ints,
    left: Ints,
    added: Floats,
    removed: Floats,
    dying: Floats,
    last: Flags,
    carried: Ints,
    deaths: Ints,
    death_weight: Floats,
    efron: bool,
    out: Floats,
) -> None:
    """Fill ``out`` (n, p) with the weighted score residuals, whose column sums are the gradient.

    A row's residual is its own ``x - xbar`` at death less the integral of ``x - xbar`` against the hazard it met; under
    Efron's ties a death of the group has the mean of the group's ``xbar`` and its share of each hazard step
    (Therneau & Grambsch 2000, 4.6; Lin & Wei 1989 JASA 84:1074).
    """
    groups, q = added.shape
    n, p = x.shape
    delayed = len(left) > 0
    s = np.zeros(q)
    # Per group, in columns: the hazard and its product with xbar, then what a tied death is spared of both.
    met = np.zeros((groups, q))
    spared = np.zeros((groups, q))
    centre = np.zeros((groups, p))
    for g in range(groups - 1, -1, -1):
        if last[g] or carried[g] == 0:
            s[:] = 0.0
        elif removed.shape[0] > 0:
            for j in range(q):
                s[j] -= removed[g, j]
        for j in range(q):
            s[j] += added[g, j]
        if deaths[g] == 0:
            continue
        steps = deaths[g] if efron else 1
        for step in range(steps):
            share = step / steps
            denominator = s[0] - share * dying[g, 0] if steps > 1 else s[0]
            h = death_weight[g] / steps / denominator
            met[g, 0] += h
            spared[g, 0] += h * share
            for j in range(p):
                tied = share * dying[g, j + 1] if steps > 1 else 0.0
                mean = (s[j + 1] - tied) / denominator
                met[g, j + 1] += h * mean
                spared[g, j + 1] += h * share * mean
                centre[g, j] += mean / steps
    for g in range(1, groups):
        if not last[g - 1]:
            met[g] += met[g - 1]
    for i in range(n):
        g = group[i]
        h = met[g, 0]
        if delayed and left[i] >= 0:
            h -= met[left[i], 0]
        if event[i]:
            h -= spared[g, 0]
        for j in range(p):
            hx = met[g, j + 1]
            if delayed and left[i] >= 0:
                hx -= met[left[i], j + 1]
            if event[i]:
                hx -= spared[g, j + 1]
            out[i, j] = risk[i] * (hx - h * x[i, j])
            if event[i]:
                out[i, j] += weight[i] * (x[i, j] - centre[g, j])


@compiled
def concordance_sums(
    rank: Ints,
    weight: Floats,
    event: Flags,
    factor: Floats,
    by_exit: Ints,
    exits: Ints,
    by_left: Ints,
    lefts: Ints,
    last: Flags,
    distinct: int,
    out: Floats,
) -> None:
    """Fill ``out`` (n, 3): for each row, the weight of its partners in concordant, discordant and score-tied pairs.

    A pair is an event and a row at risk beyond it. ``rank`` is the score's rank from 0, concordant is the higher rank
    for the earlier event; ``factor`` weighs the pairs of each group's events.
    ``by_exit`` lists rows by group, ``exits`` (groups + 1) where each group starts in it;
    ``by_left`` and ``lefts`` the same for the last group before entry. Two sweeps over time with a binary indexed tree
    over ranks: backward for the events, forward for those who outlive them.
    """
    groups = len(exits) - 1
    tree = np.zeros(distinct + 1)
    for g in range(groups - 1, -1, -1):
        if last[g]:
            tree[:] = 0.0
        for k in range(lefts[g], lefts[g + 1]):
            tree_add(tree, rank[by_left[k]], -weight[by_left[k]])
        for k in range(exits[g], exits[g + 1]):
            if not event[by_exit[k]]:
                tree_add(tree, rank[by_exit[k]], weight[by_exit[k]])
        for k in range(exits[g], exits[g + 1]):
            i = by_exit[k]
            if event[i]:
                below, upto, all_ = tree_sum(tree, rank[i]), tree_sum(tree, rank[i] + 1), tree_sum(tree, distinct)
                out[i, 0] += factor[g] * below
                out[i, 1] += factor[g] * (all_ - upto)
                out[i, 2] += factor[g] * (upto - below)
        for k in range(exits[g], exits[g + 1]):
            if event[by_exit[k]]:
                tree_add(tree, rank[by_exit[k]], weight[by_exit[k]])
    tree[:] = 0.0
    for g in range(groups):
        for late in range(2):
            # Who has an event at this time outlives the earlier events only, who is censored the events of now too.
            for k in range(exits[g], exits[g + 1]):
                i = by_exit[k]
                if event[i] == (late == 0):
                    below, upto, all_ = tree_sum(tree, rank[i]), tree_sum(tree, rank[i] + 1), tree_sum(tree, distinct)
                    out[i, 0] += all_ - upto
                    out[i, 1] += below
                    out[i, 2] += upto - below
            if late == 0:
                for k in range(exits[g], exits[g + 1]):
                    if event[by_exit[k]]:
                        tree_add(tree, rank[by_exit[k]], factor[g] * weight[by_exit[k]])
        for k in range(lefts[g], lefts[g + 1]):
            i = by_left[k]
            below, upto, all_ = tree_sum(tree, rank[i]), tree_sum(tree, rank[i] + 1), tree_sum(tree, distinct)
            out[i, 0] -= all_ - upto
            out[i, 1] -= below
            out[i, 2] -= upto - below
        if last[g]:
            tree[:] = 0.0


@compiled
def tree_add(tree: Floats, position: int, value: float) -> None:
    """Add to one element of a binary indexed tree (Fenwick 1994)."""
    k = position + 1
    while k < len(tree):
        tree[k] += value
        k += k & -k


@compiled
def tree_sum(tree: Floats, count: int) -> float:
    """Sum of the first ``count`` elements of a binary indexed tree."""
    total = 0.0
    k = count
    while k > 0:
        total += tree[k]
        k -= k & -k
    return total
