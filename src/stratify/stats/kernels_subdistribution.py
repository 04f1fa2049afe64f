"""Compiled loop of the subdistribution hazard: risk sets that patients with a competing event never quite leave."""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Floats, Ints, compiled


@compiled
def followed_sums(
    x: Floats,
    risk: Floats,
    group: Ints,
    left: Ints,
    carried: Ints,
    out: Floats,
) -> None:
    """Add to ``out`` (groups, 1 + p) the sums of ``r (1, x)`` over the rows still followed at each time.

    Rows and groups as in ``kernels``, in one stratum; where nobody stays (``carried`` 0) the sums start afresh.
    """
    n, p = x.shape
    groups = len(carried)
    removed = np.zeros((groups if len(left) > 0 else 0, 1 + p))
    for i in range(n):
        out[group[i], 0] += risk[i]
        for j in range(p):
            out[group[i], j + 1] += risk[i] * x[i, j]
        if len(left) > 0 and left[i] >= 0:
            removed[left[i], 0] += risk[i]
            for j in range(p):
                removed[left[i], j + 1] += risk[i] * x[i, j]
    s = np.zeros(1 + p)
    for g in range(groups - 1, -1, -1):
        if carried[g] == 0:
            s[:] = 0.0
        elif len(removed) > 0:
            s -= removed[g]
        for j in range(1 + p):
            s[j] += out[g, j]
            out[g, j] = s[j]


@compiled
def competing_sums(
    x: Floats,
    risk: Floats,
    group: Ints,
    deaths: Ints,
    rows: Ints,
    source: Ints,
    share: Floats,
    weight: Floats,
    out: Floats,
) -> None:
    """Add to ``out`` (groups, 1 + p), where there are events, the sums of ``w r (1, x)`` over competing events before.

    ``rows`` had a competing event and come by ascending group; each counts its ``share`` times the ``weight`` (sources,
    groups) of its ``source`` at the later time. A weight that is a product of a factor of the patient and a factor of
    the time needs one running sum and no pairs.
    """
    p = x.shape[1]
    gone = np.zeros((len(weight), 1 + p))
    k = 0
    for g in range(len(deaths)):
        if deaths[g] > 0:
            for c in range(len(weight)):
                for j in range(1 + p):
                    out[g, j] += weight[c, g] * gone[c, j]
        while k < len(rows) and group[rows[k]] == g:
            i = rows[k]
            r = risk[i] * share[k]
            gone[source[i], 0] += r
            for j in range(p):
                gone[source[i], j + 1] += r * x[i, j]
            k += 1
