"""Twenty patients, two causes, ties of every kind, on which R was run by hand (survival 3.5-3, cmprsk 2.2-12).

``d <- data.frame(entry, time, cause, group, strat, x, w)`` with the columns below, ``d$g <- d$group == 1``.
"""

from __future__ import annotations

import numpy as np

CAUSES = ("relapse", "death")
ENTRY = np.array([0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0, 5.0])
TIME = np.array([1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12.0])
CAUSE = np.array([1, 2, 0, 1, 2, 0, 1, 1, 0, 2, 1, 2, 1, 0, 2, 1, 1, 0, 2, 0])
GROUP = np.array([0, 1, 2, 0, 1, 2, 1, 1, 0, 2, 2, 0, 0, 1, 2, 2, 1, 0, 0, 1])
STRATUM = np.array([0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
X = np.array([1.2, 0.4, -0.3, 0.8, 2.1, -1, 0.5, 0.1, 1.5, -0.2, 0.9, 0, 1.1, -0.6, 0.3, 0.7, -0.4, 0.2, -1.1, 0.6])
WEIGHT = np.array([1, 2, 0.5, 1, 1.5, 1, 2, 0.5, 1, 1, 1.5, 0.5, 1, 2, 1, 0.5, 1, 1, 1.5, 2])
COVARIATES = np.column_stack([X, GROUP == 1])
