"""The compiled loop of Firth's penalty, and nothing else compiled: third moments of the covariates over risk sets.

Notation as in :mod:`stratify.stats.kernels`, lists of rows as in :mod:`stratify.stats.kernels_ties`.
"""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Flags, Floats, Ints, compiled


@compiled
def add_moments(x: Floats, squared: float, risk: float, sums: Floats, products: Floats) -> None:
    """Add one row of ``x`` (p) to ``sums`` (2, 1 + p) and ``products`` (p, p, lower triangle) with weight ``risk``.

    The first row of ``sums`` holds ``(1, x)``, the second the same times ``squared``, the row's ``x' A x``.
    """
    sums[0, 0] += risk
    sums[1, 0] += risk * squared
    for j in range(len(x)):
        sums[0, j + 1] += risk * x[j]
        sums[1, j + 1] += risk * squared * x[j]
        for k in range(j + 1):
            products[j, k] += risk * x[j] * x[k]


@compiled
def add_skewness(
    weight: float,
    share: float,
    inverse: Floats,
    sums: Floats,
    products: Floats,
    dying: Floats,
    dying_products: Floats,
    work: Floats,
    out: Floats,
) -> None:
    """Add to ``out`` (p) ``weight`` times the mean of ``(x - xbar) (x - xbar)' A (x - xbar)`` over one risk set.

    The risk set is that of ``sums`` and ``products`` less ``share`` of the ``dying``.
    """
    p = len(out)
    mean, turned, met = work[0], work[1], work[2]  # xbar, A xbar, and the second moments times A xbar
    total = sums[0, 0] - share * dying[0, 0]
    length = 0.0
    for j in range(p):
        mean[j] = (sums[0, j + 1] - share * dying[0, j + 1]) / total
    for j in range(p):
        dot = 0.0
        for k in range(p):
            dot += inverse[j, k] * mean[k]
        turned[j] = dot
        met[j] = 0.0
        length += mean[j] * dot
    for j in range(p):
        dot = 0.0
        for k in range(j):
            product = products[j, k] - share * dying_products[j, k]
            dot += product * turned[k]
            met[k] += product * turned[j]
        met[j] += dot + (products[j, j] - share * dying_products[j, j]) * turned[j]
    squared = (sums[1, 0] - share * dying[1, 0]) / total
    for j in range(p):
        third = (sums[1, j + 1] - share * dying[1, j + 1]) / total - mean[j] * squared
        out[j] += weight * (third - 2 * (met[j] / total - mean[j] * length))


@compiled
def skewness_terms(
    x: Floats,
    squared: Floats,
    risk: Floats,
    inverse: Floats,
    members: Ints,
    starts: Ints,
    by_left: Ints,
    lefts: Ints,
    last: Flags,
    carried: Ints,
    death_weight: Floats,
    efron: bool,
    out: Floats,
) -> None:
    """Fill ``out`` (p) with the trace of ``A`` times the derivative of the information by each coefficient.

    ``inverse`` is ``A`` (p, p, symmetric), ``squared`` each row's ``x' A x``. The derivative of the information is the
    sum over the deaths of the third central moments of the covariates in their risk sets.
    """
    groups, p = len(last), x.shape[1]
    sums, products = np.zeros((2, p + 1)), np.zeros((p, p))
    dying, dying_products = np.zeros((2, p + 1)), np.zeros((p, p))
    work = np.empty((3, p))
    for g in range(groups - 1, -1, -1):
        if last[g] or carried[g] == 0:
            sums[:], products[:] = 0.0, 0.0
        elif len(by_left) > 0:
            for m in range(lefts[g], lefts[g + 1]):
                i = by_left[m]
                add_moments(x[i], squared[i], -risk[i], sums, products)
        for m in range(starts[2 * g], starts[2 * g + 2]):
            i = members[m]
            add_moments(x[i], squared[i], risk[i], sums, products)
        deaths = starts[2 * g + 1] - starts[2 * g]
        steps = deaths if efron else min(deaths, 1)
        dying[:], dying_products[:] = 0.0, 0.0
        for m in range(starts[2 * g], starts[2 * g + 1] if steps > 1 else 0):
            i = members[m]
            add_moments(x[i], squared[i], risk[i], dying, dying_products)
        for step in range(steps):
            add_skewness(
                death_weight[g] / steps,
                step / steps,
                inverse,
                sums,
                products,
                dying,
                dying_products,
                work,
                out,
            )
