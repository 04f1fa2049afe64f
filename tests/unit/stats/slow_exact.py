"""The exact likelihoods of tied deaths by counting: each subset that could have died, each order they could die in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import hypothesis.strategies as st
import numpy as np


@dataclass(frozen=True, eq=False)
class SlowExact:
    """Rows of a Cox problem without weights; all arrays have shape (n,), ``x`` (n, p)."""

    time: np.ndarray
    event: np.ndarray
    x: np.ndarray
    strata: np.ndarray
    entry: np.ndarray
    offset: np.ndarray
    ties: str

    @property
    def tied_sets(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """At each event time of each stratum, the positions of those at risk and of those who die."""
        for stratum in np.unique(self.strata):
            inside = self.strata == stratum
            for t in np.unique(self.time[inside & self.event]):
                at_risk = inside & (self.entry < t) & (t <= self.time)
                yield np.flatnonzero(at_risk), np.flatnonzero(inside & self.event & (self.time == t))

    def at(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, gradient, information."""
        p = len(beta)
        value, gradient, information = 0.0, np.zeros(p), np.zeros((p, p))
        for at_risk, dead in self.tied_sets:
            part = self._discrete if self.ties == "discrete" else self._marginal
            v, g, i = part(at_risk, dead, np.exp(self.x @ beta + self.offset))
            value, gradient, information = value + v, gradient + g, information + i
        return value, gradient, information

    def _discrete(
        self, at_risk: np.ndarray, dead: np.ndarray, risk: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray]:
        subsets = [list(some) for some in combinations(at_risk, len(dead))]
        weight = np.array([risk[some].prod() for some in subsets])
        sums = np.array([self.x[some].sum(axis=0) for some in subsets])
        share = weight / weight.sum()
        mean = share @ sums
        covariance = (sums - mean).T * share @ (sums - mean)
        return float(np.log(risk[dead].prod() / weight.sum())), self.x[dead].sum(axis=0) - mean, covariance

    def _marginal(
        self, at_risk: np.ndarray, dead: np.ndarray, risk: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Each order is a product of untied deaths; of the sum's logarithm the information is a mixture's."""
        chances, slopes, curves = [], [], []
        for order in permutations(dead):
            left, chance, slope, curve = list(at_risk), 1.0, 0.0, 0.0
            for i in order:
                share = risk[left] / risk[left].sum()
                mean = share @ self.x[left]
                chance *= risk[i] / risk[left].sum()
                slope = slope + self.x[i] - mean
                curve = curve + (self.x[left] - mean).T * share @ (self.x[left] - mean)
                left.remove(i)
            chances.append(chance)
            slopes.append(slope)
            curves.append(curve)
        share = np.array(chances) / sum(chances)
        s = np.array(slopes)
        gradient = share @ s
        information = np.einsum("k,kij->ij", share, np.array(curves)) - (s - gradient).T * share @ (s - gradient)
        return float(np.log(sum(chances))), gradient, information


@st.composite
def tied_problems(draw: st.DrawFn, most_tied: int = 5) -> SlowExact:
    """Few distinct times, at most ``most_tied`` deaths at one: larger sets have too many orders to count."""
    n, p = draw(st.integers(2, 12)), draw(st.integers(1, 3))

    def vector(values: st.SearchStrategy[object]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    unit = draw(st.sampled_from([1.0, 0.1]))  # tenths of a day take the sorting way, whole days the counting way
    steps = vector(st.integers(1, 4))
    late = vector(st.integers(0, 3)) if draw(st.booleans()) else np.zeros(n, int)
    strata = vector(st.integers(0, 1)) if draw(st.booleans()) else np.zeros(n, int)
    event = vector(st.booleans())
    for _, dead in SlowExact(steps, event, np.zeros((n, 1)), strata, np.full(n, -1), np.zeros(n), "").tied_sets:
        event[dead[most_tied:]] = False
    return SlowExact(
        time=steps * unit,
        event=event,
        x=np.column_stack([vector(st.integers(-3, 3)) for _ in range(p)]).astype(float),
        strata=strata,
        entry=np.where(late < steps, late, -1) * unit if late.any() else np.full(n, -1.0),
        offset=vector(st.sampled_from([0.0, -0.7, 0.4])),
        ties=draw(st.sampled_from(["discrete", "marginal"])),
    )
