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
    place, part = np.empty(_TILE, np.int64), np.empty(_TILE)
    for low in range(start, stop, _TILE):
        high = min(low + _TILE, stop)
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
    r, where, died = risk[start:stop], group[start:stop], event[start:stop]
    late = left[start:stop]
    for i in range(len(r)):
        met = hazard[where[i]] - tied_share[where[i]] * died[i]
        if delayed and late[i] >= 0:
            met -= hazard[late[i]]
        r[i] *= met


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

    Turns ``risk`` from ``exp(x' beta)`` into the row's risk times the hazard it met. Rows are taken by the tile from
    the end, within a stratum: the sums run over a tile column by column, then its groups are looked at.
    """
    p, n = x.shape
    q = p + 1
    s, dying = np.zeros(q), np.zeros(q)
    running = np.empty((q, _TILE))
    means, jumps, place = np.empty((p, _TILE)), np.empty(_TILE), np.empty(_TILE, np.int64)
    total, product, factor = 0.0, 1.0, 1.0
    g, high = len(deaths) - 1, n
    start, first = n, n  # of group g, and of its stratum
    if n:
        start, first = n - rows[g], _first_row(rows, last, g, n)
    while high > 0:
        low = max(first, high - _TILE)
        _run_on(x, base, risk, low, high, s, running)
        held = 0
        while g >= 0 and start >= low:
            d, w = deaths[g], death_weight[g]
            hazard[g] = tied_share[g] = 0.0
            if efron and d > 1:
                _sum_dying(x, risk, event, start, start + rows[g], dying)
                for j in range(q):
                    s[j] = running[j, start - low]
                logs, hazard[g], tied_share[g] = add_tied(s, dying, d, w, gradient, outer)
                total -= logs
            elif d > 0:
                denominator = running[0, start - low]
                hazard[g] = w / denominator
                place[held], jumps[held] = start - low, w
                held += 1
                if not (1 / _LARGE < denominator < _LARGE):
                    total -= w * np.log(denominator)
                else:
                    if w != factor or not (1 / _LARGE < product < _LARGE):
                        total -= factor * np.log(product)
                        product, factor = 1.0, w
                    product *= denominator
            g -= 1
            if start <= first:
                break
            start -= rows[g]
        add_means(running, place[:held], jumps[:held], means, gradient, outer)
        for j in range(q):
            s[j] = running[j, 0]
        high = low
        if high == first and high > 0:
            s[:] = 0.0
            start, first = high - rows[g], _first_row(rows, last, g, high)
    total -= factor * np.log(product)
    met, end = 0.0, 0
    for g in range(len(deaths)):
        start, end = end, end + rows[g]
        met += hazard[g]
        for i in range(start, end):
            risk[i] *= met - tied_share[g] * event[i]
        if last[g]:
            met = 0.0
    return total


@compiled
def _first_row(rows: Ints, last: Flags, g: int, end: int) -> int:
    """The first row of the stratum of which ``g`` is the last group and ``end`` where its rows end."""
    end -= rows[g]
    while g > 0 and not last[g - 1]:
        g -= 1
        end -= rows[g]
    return end


@compiled
def _run_on(x: Floats, base: Floats, risk: Floats, low: int, high: int, s: Floats, running: Floats) -> None:
    """Multiply ``risk`` by ``base``; fill ``running`` with ``s`` plus the sums of ``r_i (1, x_i)`` from each row on.

    Three sums at a time: one alone would wait for each addition to end.
    """
    m, q = high - low, len(s)
    r, weight = risk[low:high], base[low:high]
    head = running[0, :m]
    for i in range(m):
        r[i] *= weight[i]
        head[i] = r[i]
    for j in range(1, q):
        out, column = running[j, :m], x[j - 1, low:high]
        for i in range(m):
            out[i] = r[i] * column[i]
    j = 0
    while j + 2 < q:
        a, b, c = running[j, :m], running[j + 1, :m], running[j + 2, :m]
        sa, sb, sc = s[j], s[j + 1], s[j + 2]
        for k in range(1, m + 1):
            sa += a[m - k]
            sb += b[m - k]
            sc += c[m - k]
            a[m - k] = sa
            b[m - k] = sb
            c[m - k] = sc
        j += 3
    while j < q:
        a, sa = running[j, :m], s[j]
        for k in range(1, m + 1):
            sa += a[m - k]
            a[m - k] = sa
        j += 1


@compiled
def _sum_dying(x: Floats, risk: Floats, event: Flags, start: int, stop: int, dying: Floats) -> None:
    dying[:] = 0.0
    for i in range(start, stop):
        if event[i]:
            dying[0] += risk[i]
            for j in range(len(x)):
                dying[j + 1] += risk[i] * x[j, i]


@compiled
def add_means(
    running: Floats, place: Ints, jumps: Floats, means: Floats, gradient: Floats, outer: Floats
) -> None:
    """Add the means of ``running`` (1 + p, tile) at some places, weighted, to gradient (less) and outer products."""
    held = len(place)
    part, inverse = np.empty(held), np.empty(held)
    for i in range(held):
        inverse[i] = 1 / running[0, place[i]]
    for j in range(len(gradient)):
        mean, sums = means[j, :held], running[j + 1]
        for i in range(held):
            mean[i] = sums[place[i]] * inverse[i]
        for i in range(held):
            part[i] = jumps[i] * mean[i]
        gradient[j] -= dot(jumps, mean)
        for k in range(j + 1):
            outer[j, k] += dot(part, means[k, :held])


@compiled
def gram(x: Floats, weight: Floats, start: int, stop: int, out: Floats) -> None:
    """Add to ``out`` (p, p, lower triangle) the sum of ``x_i x_i'`` weighted by ``weight``, ``x`` (p, n)."""
    product = np.empty(_TILE)
    for low in range(start, stop, _TILE):
        high = min(low + _TILE, stop)
        part, w = product[: high - low], weight[low:high]
        for j in range(x.shape[0]):
            column = x[j, low:high]
            for i in range(len(part)):
                part[i] = w[i] * column[i]
            for k in range(j + 1):
                out[j, k] += dot(part, x[k, low:high])
