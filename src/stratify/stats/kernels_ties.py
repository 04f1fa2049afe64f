"""Compiled loops of the exact likelihoods of tied deaths, and nothing else compiled.

Groups, ``last``, ``left`` and ``carried`` as in :mod:`stratify.stats.kernels`. ``members`` lists the rows group by
group, the deaths of a group before its other rows: the deaths of group ``g`` stand from ``starts[2 g]`` to
``starts[2 g + 1]``, the others up to ``starts[2 g + 2]``. ``r_i = exp(eta_i)``; rows have no case weights, since a tied
set has no half members.

References: Gail, Lubin & Rubinstein (1981) Biometrika 68:703; Kalbfleisch & Prentice (1973) Biometrika 60:267;
DeLong, Guirguis & So (1994) Biometrika 81:607; Trefethen & Weideman (2014) SIAM Review 56:385.
"""

# ruff: noqa: PLR0912, C901 - a compiled loop takes its arrays by position, and is one loop for speed's sake

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled

NODES = 2048
"""Room for the nodes of one tied group's integral; a few dozen are the rule."""
_NEGLIGIBLE = 42.0  # e^-42: what falls below the largest integrand by this is below its rounding
_SAME = 1e-8  # of two trapezoidal sums whose nodes interleave: the error of their mean is about the square of this


@compiled
def add_member(x: Floats, risk: float, size: int, top: int, ratio: Floats, mean: Floats, spread: Floats) -> None:
    """Take one row of ``x`` (p) into a set of ``size`` rows from which subsets of up to ``top`` rows are drawn.

    A subset of k rows has the probability proportional to the product of its risks, whose sum over all subsets is the
    elementary symmetric polynomial ``e_k``. ``ratio[k]`` is ``e_{k-1} / e_k`` (a ratio, because ``e_k`` itself ends
    beyond 1e308 for 200 of 2,000 rows), ``mean[k]`` and ``spread[k]`` (lower triangle) the mean and covariance of the
    sum of a subset's covariates. The row is a member of a subset of k with probability ``a = r e_{k-1} / e'_k``; so the
    new set is a mixture of two old ones, and no difference of large sums is ever taken.
    """
    p = len(x)
    for k in range(min(size + 1, top), 0, -1):
        if k > size:
            a, b = 1.0, 0.0
            ratio[k] = (1 + risk * ratio[k - 1]) / risk
        else:
            odds = risk * ratio[k]
            b = 1 / (1 + odds)
            a = odds * b
            ratio[k] *= (1 + risk * ratio[k - 1]) * b
        for j in range(p):
            difference = mean[k - 1, j] + x[j] - mean[k, j]
            for i in range(j + 1):
                other = mean[k - 1, i] + x[i] - mean[k, i]
                spread[k, j, i] = b * spread[k, j, i] + a * spread[k - 1, j, i] + a * b * difference * other
        for j in range(p):
            mean[k, j] = b * mean[k, j] + a * (mean[k - 1, j] + x[j])


@compiled
def discrete_terms(
    x: Floats,
    eta: Floats,
    members: Ints,
    starts: Ints,
    left: Ints,
    last: Flags,
    gradient: Floats,
    information: Floats,
    squares: Floats,
) -> float:
    """The log of the conditional logistic likelihood: at each time, why these ``d`` of those at risk and no others.

    Adds to ``gradient`` (p), ``information`` (p, p, lower triangle) and ``squares`` (p), the second moments from which
    the information's diagonal is what remains. Without delayed entry the risk sets grow backward in time and each row
    is taken in once; with it each risk set is built anew.
    """
    groups = len(last)
    p = x.shape[1]
    delayed = len(left) > 0
    needed = np.zeros(groups, np.int64)  # the most deaths of a group and those before it: larger subsets never matter
    for g in range(groups):
        needed[g] = starts[2 * g + 1] - starts[2 * g]
        if g > 0 and not last[g - 1]:
            needed[g] = max(needed[g], needed[g - 1])
    most = needed.max() if groups else 0
    ratio, mean, spread = np.zeros(most + 1), np.zeros((most + 1, p)), np.zeros((most + 1, p, p))
    total, size, end = 0.0, 0, 0
    for g in range(groups - 1, -1, -1):
        if last[g]:
            size, end = 0, starts[2 * g + 2]
        deaths = starts[2 * g + 1] - starts[2 * g]
        if delayed:
            size = 0
            for m in range(starts[2 * g], end if deaths else 0):
                i = members[m]
                if left[i] < g:
                    add_member(x[i], np.exp(eta[i]), size, deaths, ratio, mean, spread)
                    size += 1
        else:
            for m in range(starts[2 * g], starts[2 * g + 2]):
                i = members[m]
                add_member(x[i], np.exp(eta[i]), size, needed[g], ratio, mean, spread)
                size += 1
        for m in range(starts[2 * g], starts[2 * g + 1]):
            i = members[m]
            total += eta[i] + np.log(ratio[m - starts[2 * g] + 1])
            for j in range(p):
                gradient[j] += x[i, j]
        if deaths:
            for j in range(p):
                gradient[j] -= mean[deaths, j]
                squares[j] += spread[deaths, j, j] + mean[deaths, j] ** 2
                for k in range(j + 1):
                    information[j, k] += spread[deaths, j, k]
    return total


@compiled
def share(u: float) -> float:
    """``u / (exp(u) - 1)``: the slope of ``log(1 - exp(-u))`` by the logarithm of ``u``."""
    if u < 1e-300:
        return 1.0
    return u / float(np.expm1(u)) if u < 700 else 0.0


@compiled
def log_integrand(y: float, odds: Floats) -> float:
    """The logarithm of ``t exp(-t) prod(1 - exp(-c t))`` over the ``odds`` c, at ``t = exp(y)``."""
    t = np.exp(y)
    value = float(y - t)
    for c in odds:
        value += float(np.log(-np.expm1(-c * t)))
    return value


@compiled
def top_and_width(odds: Floats) -> tuple[float, float]:
    """Where the integrand over ``y`` is largest, and its width there as if it were a normal density.

    It is log-concave, with its top between ``t = 1`` and ``t = 1 + d``, since its slope is ``1 - t`` plus d shares that
    lie between 0 and 1 each.
    """
    low, high = 0.0, np.log(1.0 + len(odds))
    y = high / 2
    for _ in range(60):
        t = np.exp(y)
        slope, curvature = 1 - t, t
        for c in odds:
            s = share(c * t)
            slope += s
            curvature -= s * (1 - s - c * t)
        if slope > 0:
            low = y
        else:
            high = y
        step = slope / curvature
        y = y + step if low < y + step < high else (low + high) / 2
        if abs(step) < 1e-3:
            break
    return y, 1 / np.sqrt(curvature)


@compiled
def log_integral(odds: Floats, node: Floats, weight: Floats) -> tuple[float, int]:
    """The logarithm of the integral of ``exp(-t) prod(1 - exp(-c t))`` over t from 0, and the number of nodes used.

    Fills ``node`` with values of t and ``weight`` with what share of the integral each stands for. The trapezoidal rule
    over ``y = log t`` converges exponentially, for the integrand is entire and vanishes at both ends; nodes are put in
    between until both sums agree to 1e-8, their mean then to rounding. NaN if they never do.
    """
    y0, width = top_and_width(odds)
    highest = log_integrand(y0, odds)
    step = 0.6 * width
    used, total = 0, 0.0
    for level in range(8):
        # Level 0 lays nodes at y0 + step Z; each further level puts nodes midway between those there are.
        spacing = step if level == 0 else step / 2 ** (level - 1)
        first = y0 if level == 0 else y0 + spacing / 2
        added = 0.0
        for direction in range(2):
            k = 0 if direction == 0 else 1
            while True:
                y = first + k * spacing if direction == 0 else first - k * spacing
                below = log_integrand(y, odds) - highest
                if used == len(node):
                    return np.nan, 0
                if below < -_NEGLIGIBLE:
                    break
                node[used] = np.exp(y)
                weight[used] = np.exp(below)
                added += weight[used]
                used += 1
                k += 1
        if level > 0 and abs(total - added) <= _SAME * added:
            total += added
            for k in range(used):
                weight[k] /= total
            return highest + np.log(total * spacing / 2), used
        total += added
    return np.nan, 0


@compiled
def add_row(x: Floats, risk: float, sums: Floats, products: Floats) -> None:
    """Add one row's ``risk`` times ``(1, x)`` to ``sums`` (1 + p) and ``x x'`` to ``products`` (lower triangle)."""
    sums[0] += risk
    for j in range(len(x)):
        sums[j + 1] += risk * x[j]
        for k in range(j + 1):
            products[j, k] += risk * x[j] * x[k]


@compiled
def marginal_terms(
    x: Floats,
    risk: Floats,
    members: Ints,
    starts: Ints,
    by_left: Ints,
    lefts: Ints,
    last: Flags,
    carried: Ints,
    gradient: Floats,
    information: Floats,
    squares: Floats,
) -> float:
    """The log of the marginal likelihood: at each time, the sum over all orders in which the tied could have died.

    With ``S`` the risk of those at risk who do not die there, ``c_i = r_i / S`` and ``xbar`` their mean, the sum is the
    integral of ``exp(-t) prod(1 - exp(-c_i t))`` over t, and 1 where nobody else is at risk. Under the integrand as a
    density, the gradient is the expectation of ``sum psi_i (x_i - xbar)`` with ``psi_i = share(c_i t)``. Arrays to fill
    as in :func:`discrete_terms`; ``by_left`` and ``lefts`` list the rows by the last group before they entered.
    """
    groups = len(last)
    p = x.shape[1]
    sums, products, centre = np.zeros(p + 1), np.zeros((p, p)), np.zeros(p)
    node, weight = np.empty(NODES), np.empty(NODES)
    total = 0.0
    for g in range(groups - 1, -1, -1):
        if last[g] or carried[g] == 0:
            sums[:], products[:] = 0.0, 0.0
        elif len(by_left) > 0:
            for m in range(lefts[g], lefts[g + 1]):
                add_row(x[by_left[m]], -risk[by_left[m]], sums, products)
        first, middle, end = starts[2 * g], starts[2 * g + 1], starts[2 * g + 2]
        for m in range(middle, end):
            add_row(x[members[m]], risk[members[m]], sums, products)
        if middle > first and carried[g] + end - middle > 0:
            for j in range(p):
                centre[j] = sums[j + 1] / sums[0]
            dead = members[first:middle]
            odds = risk[dead] / sums[0]
            value, dying = group_integral(x, dead, centre, odds, node, weight, gradient, information, squares)
            total += value
            for j in range(p):
                squares[j] += dying * products[j, j] / sums[0]
                for k in range(j + 1):
                    information[j, k] += dying * (products[j, k] / sums[0] - centre[j] * centre[k])
        for m in range(first, middle):
            add_row(x[members[m]], risk[members[m]], sums, products)
    return total


@compiled
def group_integral(
    x: Floats,
    dead: Ints,
    centre: Floats,
    odds: Floats,
    node: Floats,
    weight: Floats,
    gradient: Floats,
    information: Floats,
    squares: Floats,
) -> tuple[float, float]:
    """One group of :func:`marginal_terms`: its log-likelihood and the expected sum of shares, with its derivatives."""
    p, d = len(centre), len(odds)
    bend = np.zeros(d)  # the expectation of psi's own slope
    if d == 1:
        # The integral is c / (1 + c), and psi's slope and variance together are -c / (1 + c)^2.
        value, used = -np.log1p(1 / odds[0]), 1
        slopes = np.empty((1, p))
        dying = 1 / (1 + odds[0])
        bend[0] = -dying * (1 - dying)
        for j in range(p):
            slopes[0, j] = dying * (x[dead[0], j] - centre[j])
        weight[0] = 1.0
    else:
        value, used = log_integral(odds, node, weight)
        slopes = np.zeros((used, p))
        dying = 0.0
        for k in range(used):
            for i in range(d):
                u = odds[i] * node[k]
                psi = share(u)
                dying += weight[k] * psi
                bend[i] += weight[k] * psi * (1 - psi - u) if psi > 0 else 0.0
                for j in range(p):
                    slopes[k, j] += psi * (x[dead[i], j] - centre[j])
    mean = np.zeros(p)
    for k in range(used):
        for j in range(p):
            mean[j] += weight[k] * slopes[k, j]
    for j in range(p):
        gradient[j] += mean[j]
        for m in range(j + 1):
            for k in range(used):
                information[j, m] -= weight[k] * (slopes[k, j] - mean[j]) * (slopes[k, m] - mean[m])
            for i in range(d):
                information[j, m] -= bend[i] * (x[dead[i], j] - centre[j]) * (x[dead[i], m] - centre[m])
        for i in range(d):
            squares[j] -= bend[i] * (x[dead[i], j] - centre[j]) ** 2
    return value, dying
