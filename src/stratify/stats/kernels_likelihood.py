"""Compiled loops of the Cox partial likelihood: risks, denominators, gradient and information.

Rows carry the number of their *risk group*: the tied exit times of one stratum are one group, groups ascend in time
within a stratum and strata follow each other. The sums over a risk set are then sums over groups to the right, so rows
need no order; where they have one, and nobody enters late, ``kernels_running`` is faster.
Covariates come one a row of ``x`` (p, n): loops over patients are then loops over neighbours in memory, several at a
time. Everything here is arrays in, arrays out, checked elsewhere.

Notation: ``r_i = w_i exp(eta_i)``, ``S0, S1`` the sums of ``r_i`` and ``r_i x_i`` over a risk set, ``D0, D1`` those
over the tied deaths of a group. With ``d`` deaths in a group Efron's approximation has the denominators
``S0 - (l / d) D0``, ``l = 0 .. d-1``; Breslow's has ``S0`` alone. The second derivative needs no running matrix:
the sum over times of ``S2 / S0`` is the Gram matrix of the covariates weighted by each row's ``r_i`` times the
hazard it was exposed to.

References: Breslow (1974) Biometrics 30:89; Efron (1977) JASA 72:557; Therneau & Grambsch (2000), ch. 3 and 7.
"""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled, compiled_sum

TILE = 256  # rows whose products stay in the nearest cache
_MANY = 32  # tied deaths, and risk beyond them, from which on the Euler-Maclaurin sum is exact to the last digits


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
    for low in range(start, stop, TILE):
        high = min(low + TILE, stop)
        part = out[low:high]
        part[:] = 0.0
        for j in range(len(beta)):
            column = x[j, low:high]
            for i in range(len(part)):
                part[i] += beta[j] * column[i]


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
    beyond: int,
    ending: Floats,
    removed: Floats,
) -> None:
    """Turn ``risk`` from ``exp(x' beta)`` into ``r_i``, multiplying by ``base``, and sum ``r_i (1, x_i)`` by group.

    ``base`` is the weight times the exponential of the offset. ``ending`` gets every row at the group it ends in, a
    death ``beyond`` places further on (0: with the others; the number of groups: apart); ``removed`` the rows at the
    last group before they entered (``left``: -1 for none; empty where nobody enters late). Both are expected zeroed,
    with 1 + p columns.
    """
    p = x.shape[0]
    delayed = len(left) > 0
    place, part = np.empty(TILE, np.int64), np.empty(TILE)
    for low in range(start, stop, TILE):
        high = min(low + TILE, stop)
        r, where, died, weight = risk[low:high], group[low:high], event[low:high], base[low:high]
        for i in range(len(r)):
            r[i] *= weight[i]
            place[i] = where[i] + beyond * died[i]
            ending[place[i], 0] += r[i]
        for j in range(p):
            column = x[j, low:high]
            for i in range(len(r)):
                part[i] = r[i] * column[i]
            for i in range(len(r)):
                ending[place[i], j + 1] += part[i]
        if not delayed:
            continue
        for i in range(low, high):
            k = left[i]
            if k >= 0:
                removed[k, 0] += risk[i]
                for j in range(p):
                    removed[k, j + 1] += risk[i] * x[j, i]


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
    v, w, u = 1 / y, 1 / z, d / z
    # Differences of powers by their factors: 1 / y - 1 / z as it stands would leave few digits where deaths are few.
    v2, w2 = v * v, w * w
    one_less = d * v * w
    two_less, three_less = one_less * (v + w), one_less * (v2 + v * w + w2)
    four_less = two_less * (v2 + w2)
    five_less = one_less * (v2 * v2 + v2 * v * w + v2 * w2 + v * w * w2 + w2 * w2)
    six_less = three_less * (v2 * v + w2 * w)
    seven_less = v2 * v2 * v2 * v - w2 * w2 * w2 * w
    inside = np.log1p(-u)
    # Integrals of l / (z - l), l / (z - l)^2 and (l / (z - l))^2, the first and last over d.
    if u < 0.05:
        first = second = third = 0.0
        power = 1.0
        for n in range(1, 15):
            first += power * u / (n + 1)
            third += power * u * (1 - 2 / (n + 1))
            power *= u
            second += power * (1 - 1 / n)
    else:
        first, second, third = -inside / u - 1, u / (1 - u) + inside, 1 / (1 - u) + 2 * inside / u + 1
    logs = d * np.log(s) - y * inside - d - inside / 2 - one_less / 12 + three_less / 360 - five_less / 1260
    one = -inside - one_less / 2 + two_less / 12 - four_less / 120 + six_less / 252
    ss = one_less - two_less / 2 + three_less / 6 - five_less / 30 + seven_less / 42
    share = d * first - d * v / 2 + z * (two_less / 12 - four_less / 120 + six_less / 252)
    sd = second - d * v2 / 2 + (2 * z * three_less - two_less) / 12 - (4 * z * five_less - four_less) / 120
    sd += (6 * z * seven_less - six_less) / 252
    dd = d * third - d * d * v2 / 2 + d * z * v2 * v / 6 - z * (2 * z * five_less - four_less) / 60
    dd += z * (3 * z * seven_less - six_less) / 126
    total = d * unit
    return logs, one / unit, share / total, ss / unit**2, sd / (total * unit), dd / total**2


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
    r, where, died = risk[start:stop], group[start:stop], event[start:stop]
    late = left[start:stop]
    for i in range(len(r)):
        met = hazard[where[i]] - tied_share[where[i]] * died[i]
        if delayed and late[i] >= 0:
            met -= hazard[late[i]]
        r[i] *= met


@compiled
def gram(x: Floats, weight: Floats, start: int, stop: int, out: Floats) -> None:
    """Add to ``out`` (p, p, lower triangle) the sum of ``x_i x_i'`` weighted by ``weight``, ``x`` (p, n)."""
    product = np.empty(TILE)
    for low in range(start, stop, TILE):
        high = min(low + TILE, stop)
        part, w = product[: high - low], weight[low:high]
        for j in range(x.shape[0]):
            column = x[j, low:high]
            for i in range(len(part)):
                part[i] = w[i] * column[i]
            for k in range(j + 1):
                out[j, k] += dot(part, x[k, low:high])


@compiled
def finish(
    squares: Floats, outer: Floats, observed: Floats, beta: Floats, gradient: Floats, information: Floats
) -> float:
    """Fill ``information`` (p, p) from the blocks' Gram matrices less the outer products, both lower triangles.

    Adds ``observed`` to ``gradient`` and returns its product with ``beta``; leaves the Gram matrix in ``squares[0]``.
    """
    p = len(beta)
    total = 0.0
    for j in range(p):
        total += observed[j] * beta[j]
        gradient[j] += observed[j]
        for k in range(j + 1):
            for b in range(1, len(squares)):
                squares[0, j, k] += squares[b, j, k]
            information[j, k] = information[k, j] = squares[0, j, k] - outer[j, k]
    return total
