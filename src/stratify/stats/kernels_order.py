"""Compiled sorting of times, and what follows from the order: tied groups, strata, counts.

Times are not negative, so their bits sort as they do. A radix sort (Knuth, vol. 3, 5.2.5) moves integers that hold
the leading bits of the time, less those of the least time, above the row's number; the few rows that are equal in
these bits are put right afterwards by their times. Rows of equal times stay in the order given.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stratify.stats.kernels import Flags, Floats, Ints, compiled, compiled_sum

Bits = NDArray[np.uint64]

_DIGIT = 10  # bits of one pass: of more, the places written to no longer stay in the nearest cache
_VALUES = 1 << _DIGIT
_LEADING = 3 * _DIGIT  # bits of the time that are sorted by; beyond them neighbours are few
_SHORT = 32  # rows that are put right by insertion


@compiled
def ascending(time: Floats, items: Bits, spare: Bits, sorted_time: Floats) -> bool:
    """Fill ``sorted_time``, and ``spare`` with row numbers in that order; or ``items`` with them, where so answered.

    ``time`` holds at least one value; all are finite and none is negative. ``items`` and ``spare`` are as long.
    """
    n = len(time)
    bits, positive = time.view(np.uint64), ~(np.uint64(1) << np.uint64(63))  # -0.0 is 0
    least, most = bits[0] & positive, bits[0] & positive
    for i in range(n):
        least, most = min(least, bits[i] & positive), max(most, bits[i] & positive)
    row_bits, time_bits = _length(np.uint64(n - 1)), _length(most - least)
    shift = np.uint64(max(time_bits - _LEADING, 0))
    for i in range(n):
        items[i] = ((((bits[i] & positive) - least) >> shift) << np.uint64(row_bits)) | np.uint64(i)
    places = np.empty(_VALUES, np.int64)
    swapped = False
    for low in range(row_bits, row_bits + min(time_bits, _LEADING), _DIGIT):
        _by_digit(items, np.uint64(low), places, spare)
        items, spare = spare, items
        swapped = not swapped
    mask = (np.uint64(1) << np.uint64(row_bits)) - np.uint64(1)
    for i in range(n):
        row = items[i] & mask
        spare[i] = row
        sorted_time[i] = time[row]
    if shift > 0:
        _put_right(items, row_bits, spare, sorted_time)
    return swapped


@compiled
def _length(value: np.uint64) -> int:
    """How many bits a whole number has."""
    found = 0
    while value > np.uint64(0):
        value >>= np.uint64(1)
        found += 1
    return found


@compiled
def _by_digit(items: Bits, low: np.uint64, places: Ints, out: Bits) -> None:
    """Sort by the digit that begins at bit ``low``, items of equal digits as they stand."""
    mask = np.uint64(_VALUES - 1)
    places[:] = 0
    for i in range(len(items)):
        places[(items[i] >> low) & mask] += 1
    place = 0
    for value in range(_VALUES):
        count = places[value]
        places[value] = place
        place += count
    for i in range(len(items)):
        digit = (items[i] >> low) & mask
        out[places[digit]] = items[i]
        places[digit] += 1


@compiled
def _put_right(items: Bits, row_bits: int, order: Bits, ascending: Floats) -> None:
    """Sort by time the rows whose items agree in all bits of the time that they hold."""
    n = len(items)
    start = 0
    room = np.uint64(row_bits)
    while start < n:
        stop, rising = start + 1, True
        while stop < n and items[stop] >> room == items[start] >> room:
            rising = rising and ascending[stop - 1] <= ascending[stop]
            stop += 1
        if not rising and stop - start <= _SHORT:
            for i in range(start + 1, stop):
                value, row, k = ascending[i], order[i], i
                while k > start and ascending[k - 1] > value:
                    ascending[k], order[k] = ascending[k - 1], order[k - 1]
                    k -= 1
                ascending[k], order[k] = value, row
        elif not rising:
            again = np.argsort(ascending[start:stop], kind="mergesort")
            ascending[start:stop] = ascending[start:stop][again]
            order[start:stop] = order[start:stop][again]
        start = stop


@compiled
def tie_width(ascending: Floats, relative_gap: float) -> float:
    """``relative_gap`` times the mean of the distinct values among sorted ones."""
    total, distinct = 0.0, 0
    for i in range(len(ascending)):
        if i == 0 or ascending[i] != ascending[i - 1]:
            total += ascending[i]
            distinct += 1
    return relative_gap * (total / max(distinct, 1))


@compiled
def tie_groups(ascending: Floats, relative_gap: float, order: Ints, group: Ints, starts: Ints) -> int:
    """Number sorted times from 0 in ``group``, tied ones alike (see ``ties``), and how many numbers there are.

    Fills the first of ``starts`` with where each number starts. Rows tied only by rounding are put in the order of
    their numbers, as equal ones are: with 0.1 + 0.2 for 0.3 sums would else be taken in another order.
    """
    width = tie_width(ascending, relative_gap)
    found, n = 0, len(ascending)
    noisy = False
    for i in range(n + 1):
        if 0 < i < n and ascending[i] - ascending[i - 1] <= width:
            noisy = noisy or ascending[i] != ascending[i - 1]
            group[i] = found - 1
            continue
        if noisy:
            order[starts[found - 1] : i] = np.sort(order[starts[found - 1] : i])
            noisy = False
        if i < n:
            starts[found] = i
            found += 1
            group[i] = found - 1
    return found


@compiled
def by_stratum(strata: Ints, count: int, order: Ints, group: Ints, times: int) -> tuple[Ints, Ints]:
    """Rows and their keys, ``stratum * times + group``, by stratum and within it in the order given."""
    places = np.zeros(count + 1, np.int64)
    for i in range(len(order)):
        places[strata[i] + 1] += 1
    for s in range(count):
        places[s + 1] += places[s]
    rows, keys = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    for i in range(len(order)):
        s = strata[order[i]]
        rows[places[s]] = order[i]
        keys[places[s]] = s * times + group[i]
        places[s] += 1
    return rows, keys


@compiled
def describe_sorted(
    key: Ints, event: Flags, order: Ints, died: Flags, group: Ints, keys: Ints, rows: Ints, deaths: Ints
) -> None:
    """Of ascending keys: fill the distinct ones, and how many rows and events each has (zero before).

    Fills ``died`` with the events in order and ``group`` (which may be ``key``) with the number of each row's key.
    """
    for i in range(len(key)):
        died[i] = event[order[i]]
    g, before = -1, np.int64(-1)
    for i in range(len(key)):
        if key[i] != before:
            g += 1
            before = key[i]
            keys[g] = before
        group[i] = g
        rows[g] += 1
        deaths[g] += died[i]


@compiled
def distinct_keys(key: Ints) -> int:
    """How many values ascending keys have."""
    found = 0
    for i in range(len(key)):
        found += i == 0 or key[i] != key[i - 1]
    return found


@compiled
def describe_binned(
    time: Floats, low: float, span: int, strata: Ints, count: int, event: Flags, group: Ints
) -> tuple[Ints, Ints, Ints]:
    """What :func:`describe_sorted` fills, for whole times of a short range, rows as they are; no strata where empty."""
    rows_at, deaths_at = np.zeros(span * count, np.int64), np.zeros(span * count, np.int64)
    for i in range(len(time)):
        key = np.int64(time[i] - low)
        if len(strata):
            key += strata[i] * span
        group[i] = key
        rows_at[key] += 1
        deaths_at[key] += event[i]
    found = 0
    for k in range(len(rows_at)):
        found += rows_at[k] > 0
    keys, rows, deaths = np.empty(found, np.int64), np.empty(found, np.int64), np.empty(found, np.int64)
    g = 0
    for k in range(len(rows_at)):
        if rows_at[k]:
            keys[g], rows[g], deaths[g] = k, rows_at[k], deaths_at[k]
            rows_at[k] = g
            g += 1
    for i in range(len(group)):
        group[i] = rows_at[group[i]]
    return keys, rows, deaths


@compiled_sum
def range_of(values: Floats, most: float) -> tuple[float, float, bool]:
    """Least and greatest of at least one finite value; whether all are whole numbers of a size below ``most``."""
    low, high, whole = values[0], values[0], True
    for i in range(len(values)):
        v = values[i]
        low, high = min(low, v), max(high, v)
        whole &= v == np.floor(v)
    return low, high, whole and -most < low and high < most


@compiled
def suffix_sums(values: Ints, last: Flags) -> Ints:
    """Sums over each group and the later groups of its stratum."""
    out = np.empty(len(values), np.int64)
    total = 0
    for g in range(len(values) - 1, -1, -1):
        total = values[g] + (0 if last[g] else total)
        out[g] = total
    return out
