"""Compiled loop of the subdistribution hazard: risk sets that patients with a competing event never quite leave."""

from __future__ import annotations

import numpy as np

from stratify.stats.kernels import Floats, Ints, compiled


@compiled
def subdistribution_sums(
    added: Floats,
    removed: Floats,
    carried: Ints,
    deaths: Ints,
    x: Floats,
    risk: Floats,
    rows: Ints,
    group: Ints,
    source: Ints,
    share: Floats,
    weight: Floats,
    out: Floats,
) -> None:
    """Fill ``out`` (groups, 1 + p) with the sums of ``w r (1, x)`` over the risk set of each time with events.

    Backward in time those still followed are added up (``added``, ``removed``, ``carried`` as in ``kernels``), each
    with weight one. Forward in time those whom a competing event took earlier: ``rows`` by ascending ``group``, each
    with ``share`` times its source of censoring's ``weight`` (sources, groups) at the later time. A weight that is a
    product of a factor of the patient and a factor of the time needs one running sum and no pairs.
    """
    groups, q = added.shape
    s = np.zeros(q)
    for g in range(groups - 1, -1, -1):
        if carried[g] == 0:
            s[:] = 0.0
        elif removed.shape[0] > 0:
            for j in range(q):
                s[j] -= removed[g, j]
        for j in range(q):
            s[j] += added[g, j]
            out[g, j] = s[j]
    gone = np.zeros((len(weight), q))
    k = 0
    for g in range(groups):
        if deaths[g] > 0:
            for c in range(len(weight)):
                for j in range(q):
                    out[g, j] += weight[c, g] * gone[c, j]
        while k < len(rows) and group[rows[k]] == g:
            i = rows[k]
            r = risk[i] * share[k]
            gone[source[k], 0] += r
            for j in range(q - 1):
                gone[source[k], j + 1] += r * x[i, j]
            k += 1
