"""Compiled loops of the Cox partial likelihood, and nothing else compiled.

Rows carry the number of their *risk group*: the tied exit times of one stratum are one group, groups ascend in time
within a stratum and strata follow each other. The sums over a risk set are then sums over groups to the right, so rows
need no order; sorted rows are merely kinder to the cache. Everything here is arrays in, arrays out, checked elsewhere.

Notation: ``r_i = w_i exp(eta_i)``, ``S0, S1`` the sums of ``r_i`` and ``r_i x_i`` over a risk set, ``D0, D1`` those
over the tied deaths of a group. With ``d`` deaths in a group Efron's approximation has the denominators
``S0 - (l / d) D0``, ``l = 0 .. d-1``; Breslow's has ``S0`` alone. The second derivative needs no running matrix:
the sum over times of ``S2 / S0`` is the Gram matrix of the covariates weighted by each row's ``r_i`` times the
hazard it was exposed to.

References: Breslow (1974) Biometrics 30:89; Efron (1977) JASA 72:557; Therneau & Grambsch (2000), ch. 3 and 7.
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


@compiled
def standardise(x: Floats, weight: Floats, order: Ints, out: Floats, centre: Floats, scale: Floats) -> None:
    """Fill ``out`` with ``(x - centre) / scale`` in ``order`` (empty: as given), with weighted mean and mean deviation.

    A column whose values are all the same becomes exactly zero, its scale infinite: the mean of a million times 0.1
    is not 0.1, and the rounding error divided by itself would pass for a covariate.
    """
    n, p = x.shape
    low, high = x[0].copy(), x[0].copy()
    total = 0.0
    for i in range(n):
        total += weight[i]
        for j in range(p):
            value = x[i, j]
            centre[j] += weight[i] * value
            low[j] = min(low[j], value)
            high[j] = max(high[j], value)
    for j in range(p):
        centre[j] /= total
    for i in range(n):
        for j in range(p):
            scale[j] += weight[i] * abs(x[i, j] - centre[j])
    for j in range(p):
        scale[j] = scale[j] / total if low[j] < high[j] else np.inf
    factor = 1 / scale
    for i in range(n):
        k = order[i] if len(order) else i
        for j in range(p):
            out[i, j] = (x[k, j] - centre[j]) * factor[j]


@compiled
def risk_sums(
    x: Floats,
    base: Floats,
    group: Ints,
    left: Ints,
    tied_death: Flags,
    beta: Floats,
    risk: Floats,
    added: Floats,
    removed: Floats,
    dying: Floats,
) -> None:
    """Fill ``risk`` (n) with ``r_i = base_i exp(x_i beta)`` and add ``r_i (1, x_i)`` to each row's group.

    ``base`` is the weight times the exponential of the offset. ``added`` (groups, 1 + p) gets every row, ``removed``
    the rows at the last group before they entered (``left``: -1 for none; empty where nobody enters late), ``dying``
    the deaths that are tied with others. The three are expected zeroed.
    """
    n, p = x.shape
    delayed = len(left) > 0
    for i in range(n):
        eta = 0.0
        for j in range(p):
            eta += x[i, j] * beta[j]
        r = base[i] * np.exp(eta)
        risk[i] = r
        g = group[i]
        added[g, 0] += r
        for j in range(p):
            added[g, j + 1] += r * x[i, j]
        if delayed and left[i] >= 0:
            k = left[i]
            removed[k, 0] += r
            for j in range(p):
                removed[k, j + 1] += r * x[i, j]
        if tied_death[i]:
            dying[g, 0] += r
            for j in range(p):
                dying[g, j + 1] += r * x[i, j]


@compiled
def group_terms(
    added: Floats,
    removed: Floats,
    dying: Floats,
    last: Flags,
    carried: Ints,
    deaths: Ints,
    death_weight: Floats,
    efron: bool,
    hazard: Floats,
    tied_share: Floats,
    gradient: Floats,
    outer: Floats,
) -> float:
    """One backward pass over the groups: minus the sum of ``w log(denominator)``, with its derivatives.

    Adds to ``gradient`` (p) the part without the deaths' own covariates and to ``outer`` (p, p, lower triangle) the
    sum of ``w xbar xbar'``. ``hazard`` becomes the cumulative hazard of the stratum up to and including each group;
    ``tied_share`` what a tied death of the group is spared under Efron. ``carried`` counts the rows at risk that stay
    beyond the group: where it is zero the running sums are set to zero exactly, so that rounding left behind by rows
    that came and went cannot pose as a risk set.
    """
    groups, q = added.shape
    p = q - 1
    s = np.zeros(q)
    total = 0.0
    for g in range(groups - 1, -1, -1):
        if last[g] or carried[g] == 0:
            s[:] = 0.0
        elif removed.shape[0] > 0:
            for j in range(q):
                s[j] -= removed[g, j]
        for j in range(q):
            s[j] += added[g, j]
        hazard[g] = 0.0
        tied_share[g] = 0.0
        if deaths[g] == 0:
            continue
        steps = deaths[g] if efron else 1
        w = death_weight[g] / steps
        ss = sd = dd = 0.0
        for step in range(steps):
            share = step / steps
            denominator = s[0] - share * dying[g, 0] if steps > 1 else s[0]
            total -= w * np.log(denominator)
            h = w / denominator
            hazard[g] += h
            tied_share[g] += h * share
            ss += h / denominator
            sd += h * share / denominator
            dd += h * share * share / denominator
        for j in range(p):
            a = s[j + 1]
            gradient[j] -= hazard[g] * a
            if steps == 1:
                for k in range(j + 1):
                    outer[j, k] += ss * a * s[k + 1]
            else:
                b = dying[g, j + 1]
                gradient[j] += tied_share[g] * b
                for k in range(j + 1):
                    c = s[k + 1]
                    e = dying[g, k + 1]
                    outer[j, k] += ss * a * c - sd * (a * e + b * c) + dd * b * e
    for g in range(1, groups):
        if not last[g - 1]:
            hazard[g] += hazard[g - 1]
    return total


@compiled
def gram(
    x: Floats,
    risk: Floats,
    group: Ints,
    left: Ints,
    tied_death: Flags,
    hazard: Floats,
    tied_share: Floats,
    out: Floats,
) -> None:
    """Add to ``out`` (p, p, lower triangle) the sum of ``x_i x_i'`` weighted by ``r_i`` times the hazard met."""
    n, p = x.shape
    delayed = len(left) > 0
    for i in range(n):
        met = hazard[group[i]]
        if delayed and left[i] >= 0:
            met -= hazard[left[i]]
        if tied_death[i]:
            met -= tied_share[group[i]]
        met *= risk[i]
        for j in range(p):
            scaled = met * x[i, j]
            for k in range(j + 1):
                out[j, k] += scaled * x[i, k]


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
