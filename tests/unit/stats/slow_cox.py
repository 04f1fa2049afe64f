"""A slow, obvious Cox partial likelihood, event time by event time, to hold the compiled one against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SlowCox:
    """Rows of a Cox problem; all arrays have shape (n,), ``x`` (n, p)."""

    time: np.ndarray
    event: np.ndarray
    x: np.ndarray
    strata: np.ndarray
    weights: np.ndarray
    entry: np.ndarray
    offset: np.ndarray
    ties: str

    def at(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, gradient, information."""
        p = len(beta)
        value, gradient, information = 0.0, np.zeros(p), np.zeros((p, p))
        risk = self.weights * np.exp(self.x @ beta + self.offset)
        for stratum in np.unique(self.strata):
            inside = self.strata == stratum
            for t in np.unique(self.time[inside & self.event]):
                at_risk = inside & (self.entry < t) & (t <= self.time)
                dead = inside & self.event & (self.time == t)
                d = int(dead.sum())
                value += self.weights[dead] @ (self.x[dead] @ beta + self.offset[dead])
                gradient += self.weights[dead] @ self.x[dead]
                for step in range(d):
                    share = step / d if self.ties == "efron" else 0.0
                    r = risk * (at_risk - share * dead)
                    w = self.weights[dead].sum() / d
                    mean = r @ self.x / r.sum()
                    value -= w * np.log(r.sum())
                    gradient -= w * mean
                    information += w * ((self.x.T * r) @ self.x / r.sum() - np.outer(mean, mean))
        return value, gradient, information
