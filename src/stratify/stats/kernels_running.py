"""Compiled sums over risk sets that run with sorted rows, for a Cox partial likelihood without delayed entry.

Notation and references: ``kernels_likelihood``. Nothing is stored per group but the hazard.
"""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled
from stratify.stats.kernels_likelihood import TILE, add_tied, dot

_LARGE = 1e100  # denominators are multiplied up to here before a logarithm is taken


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
    """As ``risk_sums``, ``group_terms`` and ``weigh`` in one, for rows by group of which none enters late.

    Turns ``risk`` from ``exp(x' beta)`` into the row's risk times the hazard it met. Rows are taken by the tile from
    the end, within a stratum: the sums run over a tile column by column, then its groups are looked at.
    """
    p, n = x.shape
    q = p + 1
    s, dying = np.zeros(q), np.zeros(q)
    running = np.empty((q, TILE))
    means, jumps, place = np.empty((p, TILE)), np.empty(TILE), np.empty(TILE, np.int64)
    total, product, factor = 0.0, 1.0, 1.0
    g, high = len(deaths) - 1, n
    start, first = n, n  # of group g, and of its stratum
    if n:
        start, first = n - rows[g], _first_row(rows, last, g, n)
    while high > 0:
        low = max(first, high - TILE)
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
    total -= factor * float(np.log(product))
    _weigh_sorted(event, last, rows, hazard, tied_share, risk)
    return total


@compiled
def _weigh_sorted(event: Flags, last: Flags, rows: Ints, hazard: Floats, tied_share: Floats, risk: Floats) -> None:
    """Multiply ``risk`` by the hazard each row met, from each group's part of the hazard."""
    met, end = 0.0, 0
    for g in range(len(rows)):
        start, end = end, end + rows[g]
        met += hazard[g]
        for i in range(start, end):
            risk[i] *= met - tied_share[g] * event[i]
        if last[g]:
            met = 0.0


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
def add_means(running: Floats, place: Ints, jumps: Floats, means: Floats, gradient: Floats, outer: Floats) -> None:
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
