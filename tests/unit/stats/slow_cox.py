"""A slow, obvious Cox partial likelihood, event time by event time, to hold the compiled one against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
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


@st.composite
def problems(draw: st.DrawFn) -> SlowCox:
    """Small problems of every kind: ties, strata, weights, offsets, delayed entry."""
    n, p = draw(st.integers(2, 14)), draw(st.integers(1, 3))

    def vector(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    # Few distinct times make ties; tenths of a day take the sorting way, whole days the counting way.
    unit = draw(st.sampled_from([1.0, 0.1]))
    steps = vector(st.integers(1, 6))
    late = vector(st.integers(0, 5)) if draw(st.booleans()) else np.zeros(n, int)
    return SlowCox(
        time=steps * unit,
        event=vector(st.booleans()),
        x=np.column_stack([vector(st.integers(-3, 3)) for _ in range(p)]).astype(float),
        strata=vector(st.integers(0, 2)) if draw(st.booleans()) else np.zeros(n, int),
        weights=vector(st.sampled_from([0.5, 1.0, 2.0, 3.0])),
        entry=np.where(late < steps, late, -1) * unit if late.any() else np.full(n, -1.0),
        offset=vector(st.sampled_from([0.0, -0.7, 0.4])),
        ties=draw(st.sampled_from(["efron", "breslow"])),
    )
