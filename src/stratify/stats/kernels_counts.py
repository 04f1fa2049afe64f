"""Compiled counting over time: who leaves when, the Kaplan-Meier product, log-rank sums for many weights at once."""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled, compiled_in_place

FLEMING_HARRINGTON, GEHAN, TARONE_WARE, PETO_PETO = range(4)


@compiled
def are_times(values: Floats) -> bool:
    """Whether all values are finite and none is negative."""
    good = True
    for i in range(len(values)):
        good &= (values[i] >= 0) & (values[i] < np.inf)
    return good


@compiled
def count_days(time: Floats, event: Flags, leaving: Ints, deaths: Ints) -> None:
    """Add the rows and the events of each whole time to ``leaving`` and ``deaths``."""
    for i in range(len(time)):
        day = np.int64(time[i])
        leaving[day] += 1
        deaths[day] += event[i]


@compiled
def tally(
    time: Floats, order: Ints, event: Flags, width: float, at_risk: Floats, events: Floats, censored: Floats
) -> int:
    """Make distinct times of sorted ones and count at each who is at risk, has the event and is censored.

    Fills the first of ``time`` and the others, and says how many. Times no further apart than ``width`` are tied.
    """
    n, g, before = len(order), -1, 0.0
    for i in range(n):
        if g < 0 or time[i] - before > width:
            g += 1
            at_risk[g] = n - i
            events[g] = 0.0
            censored[g] = 0.0
            before = time[i]
            time[g] = before
        else:
            before = time[i]
        died = event[order[i]]
        events[g] += died
        censored[g] += 1 - died
    return g + 1


@compiled
def product_limit(at_risk: Floats, events: Floats, survival: Floats, log_error: Floats) -> None:
    """Fill the Kaplan-Meier estimate and Greenwood's standard error of its logarithm, infinite where nobody is left."""
    s, total = 1.0, 0.0
    for g in range(len(at_risk)):
        if events[g] > 0:
            staying = at_risk[g] - events[g]
            s *= staying / at_risk[g]
            total += events[g] / (at_risk[g] * staying)
        survival[g] = s
        log_error[g] = np.sqrt(total)


@compiled_in_place
def weights_at(
    kinds: Ints, rho: Floats, gamma: Floats, at_risk: float, before: float, modified: float, out: Floats
) -> None:
    """Each test's weight at one time; ``before`` is survival just before it, ``modified`` Peto and Peto's after it."""
    for w in range(len(kinds)):
        if kinds[w] == GEHAN:
            out[w] = at_risk
        elif kinds[w] == TARONE_WARE:
            out[w] = np.sqrt(at_risk)
        elif kinds[w] == PETO_PETO:
            out[w] = modified
        else:
            out[w] = 1.0
            if rho[w] != 0:
                out[w] *= before ** rho[w]
            if gamma[w] != 0:
                out[w] *= (1 - before) ** gamma[w]


@compiled_in_place
def add_time(
    kinds: Ints,
    rho: Floats,
    gamma: Floats,
    present: Ints,
    died: Ints,
    state: Floats,
    weight: Floats,
    share: Floats,
    observed: Floats,
    expected: Floats,
    variance: Floats,
) -> None:
    """Add one time with events to the sums of a log-rank test.

    ``present`` and ``died`` (k) count by group who is at risk and who has the event. ``state`` holds the pooled
    Kaplan-Meier estimate before and Peto and Peto's ``prod(1 - d / (n + 1))``, and is taken past this time.
    ``observed`` and ``expected`` are (tests, k), ``variance`` (tests, tests, k, k), lower triangle of the last two.
    """
    k = len(present)
    n = d = 0
    for j in range(k):
        n += present[j]
        d += died[j]
    state[1] *= 1 - d / (n + 1)
    weights_at(kinds, rho, gamma, n, state[0], state[1], weight)
    state[0] *= 1 - d / n
    for j in range(k):
        share[j] = present[j] / n
    # With one patient at risk the death is certain and tells nothing.
    spread = d * (n - d) / max(n - 1, 1)
    for a in range(len(weight)):
        for j in range(k):
            observed[a, j] += weight[a] * died[j]
            expected[a, j] += weight[a] * d * share[j]
        for b in range(len(weight)):
            both = weight[a] * weight[b] * spread
            for j in range(k):
                part = both * share[j]
                variance[a, b, j, j] += part * (1 - share[j])
                for i in range(j):
                    variance[a, b, j, i] -= part * share[i]


@compiled
def admit(
    entering: Ints, e: int, entry: Floats, strata: Ints, stratum: int, now: float, code: Ints, present: Ints
) -> int:
    """Count as present who of the stratum enters before ``now``, from place ``e`` on; the place reached."""
    while e < len(entering):
        row = entering[e]
        own = strata[row] if len(strata) else 0
        if own > stratum or (own == stratum and entry[row] >= now):
            break
        if own == stratum:
            present[code[row]] += 1
        e += 1
    return e


@compiled
def logrank_rows(
    order: Ints,
    key: Ints,
    times: int,
    distinct: Floats,
    event: Flags,
    code: Ints,
    entry: Floats,
    entering: Ints,
    strata: Ints,
    mark: Ints,
    kinds: Ints,
    rho: Floats,
    gamma: Floats,
    observed: Floats,
    expected: Floats,
    variance: Floats,
) -> None:
    """Log-rank sums over rows in ``order``, by ascending ``key``: ``stratum * times + position`` in ``distinct``.

    ``entering`` lists the rows by stratum and entry where some enter late, and is else empty, as are ``strata`` where
    there are none; ``mark`` is room for a number of each row.
    """
    n, k = len(order), observed.shape[1]
    present, died, leaving = np.zeros(k, np.int64), np.zeros(k, np.int64), np.zeros(k, np.int64)
    state, weight, share = np.ones(2), np.empty(len(kinds)), np.empty(k)
    # Group and event of each row in order, gathered beforehand: the branches below would wait for each row to arrive.
    for j in range(n):
        mark[j] = 2 * code[order[j]] + event[order[j]]
    stratum, beyond, i, e = 0, 0, 0, 0
    while i < n:
        if key[i] >= beyond:
            stratum = key[i] // times
            beyond = (stratum + 1) * times
            present[:] = 0
            state[:] = 1.0
            j = i
            while len(entering) == 0 and j < n and key[j] < beyond:
                present[mark[j] >> 1] += 1
                j += 1
        if len(entering):
            e = admit(entering, e, entry, strata, stratum, distinct[key[i] - stratum * times], code, present)
        for j in range(k):
            died[j] = leaving[j] = 0
        here, deaths = key[i], 0
        while i < n and key[i] == here:
            leaving[mark[i] >> 1] += 1
            died[mark[i] >> 1] += mark[i] & 1
            deaths += mark[i] & 1
            i += 1
        if deaths:
            add_time(kinds, rho, gamma, present, died, state, weight, share, observed, expected, variance)
        for j in range(k):
            present[j] -= leaving[j]


@compiled
def count_groups(code: Ints, event: Flags, rows: Ints, events: Ints) -> None:
    """Add the rows and events of each group."""
    for i in range(len(code)):
        rows[code[i]] += 1
        events[code[i]] += event[i]


@compiled
def count_cells(
    time: Floats, low: float, span: int, strata: Ints, code: Ints, event: Flags, leaving: Ints, died: Ints
) -> None:
    """Count rows and events of whole times by stratum, time and group: ``leaving`` and ``died`` (strata * span, k)."""
    k = leaving.shape[1]
    rows, deaths = leaving.reshape(-1), died.reshape(-1)
    for i in range(len(time)):
        cell = np.int64(time[i] - low)
        if len(strata):
            cell += strata[i] * span
        cell = cell * k + code[i]
        rows[cell] += 1
        deaths[cell] += event[i]


@compiled
def logrank_cells(
    leaving: Ints,
    died: Ints,
    entering: Ints,
    span: int,
    kinds: Ints,
    rho: Floats,
    gamma: Floats,
    observed: Floats,
    expected: Floats,
    variance: Floats,
) -> None:
    """As :func:`logrank_rows` over counts by stratum, time and group; ``entering`` is empty where nobody is late."""
    k = leaving.shape[1]
    present = np.zeros(k, np.int64)
    state, weight, share = np.ones(2), np.empty(len(kinds)), np.empty(k)
    for first in range(0, len(leaving), span):
        present[:] = 0
        state[:] = 1.0
        if len(entering) == 0:
            for cell in range(first, first + span):
                for j in range(k):
                    present[j] += leaving[cell, j]
        for cell in range(first, first + span):
            deaths = 0
            for j in range(k):
                deaths += died[cell, j]
            if deaths:
                add_time(kinds, rho, gamma, present, died[cell], state, weight, share, observed, expected, variance)
            for j in range(k):
                present[j] -= leaving[cell, j]
                if len(entering):
                    present[j] += entering[cell, j]
