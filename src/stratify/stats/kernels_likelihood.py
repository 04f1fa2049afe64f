"""Compiled loops of the Cox partial likelihood: risks, denominators, gradient and information.

Rows carry the number of their *risk group*: the tied exit times of one stratum are one group, groups ascend in time
within a stratum and strata follow each other. The sums over a risk set are then sums over groups to the right, so rows
need no order; where they have one, and nobody enters late, the sums run with them and nothing is stored per group.
Covariates come one a row of ``x`` (p, n): loops over patients are then loops over neighbours in memory, several at a
time. Everything here is arrays in, arrays out, checked elsewhere.

Notation: ``r_i = w_i exp(eta_i)``, ``S0, S1`` the sums of ``r_i`` and ``r_i x_i`` over a risk set, ``D0, D1`` those
over the tied deaths of a group. With ``d`` deaths in a group Efron's approximation has the denominators
``S0 - (l / d) D0``, ``l = 0 .. d-1``; Breslow's has ``S0`` alone. The second derivative needs no running matrix:
the sum over times of ``S2 / S0`` is the Gram matrix of the covariates weighted by each row's ``r_i`` times the
hazard it was exposed to.

References: Breslow (1974) Biometrics 30:89; Efron (1977) JASA 72:557; Therneau & Grambsch (2000), ch. 3 and 7.
"""

# ruff: noqa: PLR0912, C901 - a compiled loop takes its arrays by position, and is one loop for speed's sake

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled, compiled_sum

_TILE = 256  # rows whose products stay in the nearest cache
_MANY = 32  # tied deaths, and risk beyond them, from which on the Euler-Maclaurin sum is exact to the last digits
_LARGE = 1e100  # denominators are multiplied up to here before a logarithm is taken


@compiled
def column_sums(x: Floats, weight: Floats, start: int, stop: int, out: Floats) -> None:
    """Of rows ``start`` to ``stop`` of ``x`` (n, p): fill ``out`` (4, p) with weight, weighted sum, least and most."""
    p = x.shape[1]
    for j in range(p):
        out[0, j] = out[1, j] = 0.0
        out[2, j] = out[3, j] = x[start, j] if start < stop else 0.0
    for i in range(start, stop):
        w = weight[i]
        for j in range(p):
            value = x[i, j]
            out[0, j] += w
            out[1, j] += w * value
            out[2, j] = min(out[2, j], value)
            out[3, j] = max(out[3, j], value)


@compiled
def deviations(x: Floats, weight: Floats, centre: Floats, start: int, stop: int, out: Floats) -> None:
    """Of rows ``start`` to ``stop`` of ``x`` (n, p): fill ``out`` (p) with the weighted sum of ``|x - centre|``."""
    p = x.shape[1]
    for j in range(p):
        out[j] = 0.0
    for i in range(start, stop):
        w = weight[i]
        for j in range(p):
            out[j] += w * abs(x[i, j] - centre[j])


@compiled
def arrange(x: Floats, order: Ints, centre: Floats, factor: Floats, start: int, stop: int, out: Floats) -> None:
    """Fill columns ``start`` to ``stop`` of ``out`` (p, n) with ``(x - centre) * factor`` in ``order`` (empty: as is).

    A factor of zero makes the column exactly zero.
    """
    p = x.shape[1]
    for i in range(start, stop):
        k = order[i] if len(order) else i
        for j in range(p):
            out[j, i] = (x[k, j] - centre[j]) * factor[j]


@compiled_sum
def dot(a: Floats, b: Floats) -> float:
    """Sum of products, several sums at a time; the order of summation depends on the length alone."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@compiled
def linear_predictor(x: Floats, beta: Floats, start: int, stop: int, out: Floats) -> None:
    """Fill ``out`` from ``start`` to ``stop`` with ``x' beta``, ``x`` (p, n)."""
    for low in range(start, stop, _TILE):
        high = min(low + _TILE, stop)
        for i in range(low, high):
            out[i] = 0.0
        for j in range(len(beta)):
            b = beta[j]
            for i in range(low, high):
                out[i] += b * x[j, i]


@compiled
def risk_sums(
    x: Floats,
    base: Floats,
    event: Flags,
    group: Ints,
    left: Ints,
    start: int,
    stop: int,
    risk: Floats,
    added: Floats,
    removed: Floats,
    dying: Floats,
) -> None:
    """Turn ``risk`` from ``exp(x' beta)`` into ``r_i``, multiplying by ``base``, and sum ``r_i (1, x_i)`` by group.

    ``base`` is the weight times the exponential of the offset. ``added`` (groups, 1 + p) gets every row, ``removed``
    the rows at the last group before they entered (``left``: -1 for none; empty where nobody enters late), ``dying``
    the deaths (no groups where none are tied). The three are expected zeroed.
    """
    p = x.shape[0]
    delayed, tied = len(left) > 0, len(dying) > 0
    for i in range(start, stop):
        r = base[i] * risk[i]
        risk[i] = r
        g = group[i]
        added[g, 0] += r
        for j in range(p):
            added[g, j + 1] += r * x[j, i]
        if delayed and left[i] >= 0:
            k = left[i]
            removed[k, 0] += r
            for j in range(p):
                removed[k, j + 1] += r * x[j, i]
        if tied and event[i]:
            dying[g, 0] += r
            for j in range(p):
                dying[g, j + 1] += r * x[j, i]


@compiled
def tied_sums(s: float, dead: float, d: int) -> tuple[float, float, float, float, float, float]:
    """Efron's sums over the denominators ``c_l = s - (l / d) dead``, ``l = 0 .. d-1``.

    Of ``log c``, ``1 / c``, ``(l/d) / c``, ``1 / c^2``, ``(l/d) / c^2`` and ``(l/d)^2 / c^2``. Where deaths are many
    the sums of ``1 / (z - l)`` and the like, ``z = d s / dead``, are had from their integral and the ends
    (Euler-Maclaurin), with an error below the last digit.
    """
    logs = one = share = ss = sd = dd = 0.0
    unit = dead / d
    z = s / unit
    y = z - d
    if not (d >= _MANY and y >= _MANY and z < 1e12):
        for step in range(d):
            part = step / d
            denominator = s - part * dead
            h = 1 / denominator
            logs += np.log(denominator)
            one += h
            share += h * part
            ss += h * h
            sd += h * h * part
            dd += h * h * part * part
        return logs, one, share, ss, sd, dd
    v, w = 1 / y, 1 / z
    v2, w2 = v * v, w * w
    v3, w3 = v2 * v, w2 * w
    v4, w4 = v2 * v2, w2 * w2
    inside = np.log1p(-d * w)
    first = -inside - (v - w) / 2 + (v2 - w2) / 12 - (v4 - w4) / 120 + (v4 * v2 - w4 * w2) / 252
    first -= (v4 * v4 - w4 * w4) / 240
    second = v - w - (v2 - w2) / 2 + (v3 - w3) / 6 - (v4 * v - w4 * w) / 30 + (v4 * v3 - w4 * w3) / 42
    logs = d * np.log(s) - y * inside - d - inside / 2 - (v - w) / 12 + (v3 - w3) / 360 - (v4 * v - w4 * w) / 1260
    total = d * unit
    return (
        logs,
        first / unit,
        (z * first - d) / total,
        second / (unit * unit),
        (z * second - first) / (total * unit),
        (z * z * second - 2 * z * first + d) / (total * total),
    )


@compiled
def add_tied(
    s: Floats, dying: Floats, deaths: int, weight: float, gradient: Floats, outer: Floats
) -> tuple[float, float, float]:
    """Add one group of tied deaths to gradient and outer products; its sum of logs, hazard, and share spared."""
    w = weight / deaths
    logs, one, share, ss, sd, dd = tied_sums(s[0], dying[0], deaths)
    for j in range(len(gradient)):
        a, b = s[j + 1], dying[j + 1]
        gradient[j] -= w * (one * a - share * b)
        for k in range(j + 1):
            c, e = s[k + 1], dying[k + 1]
            outer[j, k] += w * (ss * a * c - sd * (a * e + b * c) + dd * b * e)
    return w * logs, w * one, w * share


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
        if efron and deaths[g] > 1:
            logs, hazard[g], tied_share[g] = add_tied(s, dying[g], deaths[g], death_weight[g], gradient, outer)
            total -= logs
            continue
        h = death_weight[g] / s[0]
        hazard[g] = h
        total -= death_weight[g] * np.log(s[0])
        for j in range(p):
            gradient[j] -= h * s[j + 1]
            for k in range(j + 1):
                outer[j, k] += h * s[j + 1] * (s[k + 1] / s[0])
    for g in range(1, groups):
        if not last[g - 1]:
            hazard[g] += hazard[g - 1]
    return total


@compiled
def weigh(
    event: Flags,
    group: Ints,
    left: Ints,
    hazard: Floats,
    tied_share: Floats,
    start: int,
    stop: int,
    risk: Floats,
) -> None:
    """Multiply ``risk`` by the hazard each row met."""
    delayed = len(left) > 0
    for i in range(start, stop):
        met = hazard[group[i]]
        if delayed and left[i] >= 0:
            met -= hazard[left[i]]
        if event[i]:
            met -= tied_share[group[i]]
        risk[i] *= met


@compiled
def sorted_terms(
    x: Floats,
    base: Floats,
    event: Flags,
    last: Flags,
    rows: Ints,
    deaths: Ints,
    death_weight: Floats,
    efron: bool,
    risk: Floats,
    hazard: Floats,
    tied_share: Floats,
    gradient: Floats,
    outer: Floats,
) -> float:
    """As :func:`risk_sums`, :func:`group_terms` and :func:`weigh` in one, for rows by group of which none enters late.

    Turns ``risk`` from ``exp(x' beta)`` into the row's risk times the hazard it met. The means at single deaths are
    kept by the tile: their outer products are then sums over neighbours in memory.
    """
    p, n = x.shape
    groups = len(deaths)
    s, dying = np.zeros(p + 1), np.zeros(p + 1)
    means, jumps = np.empty((p, _TILE)), np.empty(_TILE)
    held = 0
    total, product, factor = 0.0, 1.0, 1.0
    end = n
    for g in range(groups - 1, -1, -1):
        if last[g]:
            s[:] = 0.0
        start = end - rows[g]
        d, w = deaths[g], death_weight[g]
        tied = efron and d > 1
        if tied:
            dying[:] = 0.0
        for i in range(start, end):
            r = base[i] * risk[i]
            risk[i] = r
            s[0] += r
            for j in range(p):
                s[j + 1] += r * x[j, i]
            if tied and event[i]:
                dying[0] += r
                for j in range(p):
                    dying[j + 1] += r * x[j, i]
        end = start
        hazard[g] = 0.0
        tied_share[g] = 0.0
        if d == 0:
            continue
        if tied:
            logs, hazard[g], tied_share[g] = add_tied(s, dying, d, w, gradient, outer)
            total -= logs
            continue
        inverse = 1 / s[0]
        hazard[g] = w * inverse
        jumps[held] = w
        for j in range(p):
            means[j, held] = s[j + 1] * inverse
        held += 1
        if held == _TILE:
            add_means(means, jumps, held, gradient, outer)
            held = 0
        if not (1 / _LARGE < s[0] < _LARGE):
            total -= w * np.log(s[0])
            continue
        if w != factor or not (1 / _LARGE < product < _LARGE):
            total -= factor * np.log(product)
            product, factor = 1.0, w
        product *= s[0]
    total -= factor * np.log(product)
    add_means(means, jumps, held, gradient, outer)
    met, end = 0.0, 0
    for g in range(groups):
        start, end = end, end + rows[g]
        met += hazard[g]
        for i in range(start, end):
            risk[i] *= met - tied_share[g] if event[i] else met
        if last[g]:
            met = 0.0
    return total


@compiled
def add_means(means: Floats, jumps: Floats, held: int, gradient: Floats, outer: Floats) -> None:
    """Add the first ``held`` means (p, tile), weighted by ``jumps``, to gradient (less) and outer products."""
    part = np.empty(held)
    for j in range(len(gradient)):
        for i in range(held):
            part[i] = jumps[i] * means[j, i]
            gradient[j] -= part[i]
        for k in range(j + 1):
            outer[j, k] += dot(part, means[k, :held])


@compiled
def gram(x: Floats, weight: Floats, start: int, stop: int, out: Floats) -> None:
    """Add to ``out`` (p, p, lower triangle) the sum of ``x_i x_i'`` weighted by ``weight``, ``x`` (p, n)."""
    part = np.empty(_TILE)
    for low in range(start, stop, _TILE):
        high = min(low + _TILE, stop)
        for j in range(x.shape[0]):
            for i in range(low, high):
                part[i - low] = weight[i] * x[j, i]
            for k in range(j + 1):
                out[j, k] += dot(part[: high - low], x[k, low:high])
