"""A Fine-Gray model by its definition: a weight for each pair of patient and event time, loops and no shortcut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SlowFineGray:
    """``cause`` 0 censored, 1 of interest, 2 competing; ``entry`` below all times where nobody enters late."""

    time: np.ndarray
    cause: np.ndarray
    x: np.ndarray
    source: np.ndarray
    entry: np.ndarray
    weights: np.ndarray
    convention: str

    def followed(self, source: int, t: float) -> float:
        """The share of a source's patients that would have entered and not been censored just before t."""
        own = self.source == source
        time, cause, entry = self.time[own], self.cause[own], self.entry[own]
        if t > time.max():
            return 0.0
        share = 1.0
        for u in np.unique(time[(cause == 0) & (time < t)]):
            at_risk = (entry < u) & (u <= time)
            if self.convention == "finegray":
                at_risk &= ~((time == u) & (cause > 0))
            share *= 1 - ((time == u) & (cause == 0)).sum() / at_risk.sum()
        if np.any(self.entry > self.time.min()):
            for e in np.unique(entry[entry >= t]):
                share *= 1 - (entry == e).sum() / ((entry <= e) & (e < time)).sum()
        return share

    def pair_weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Event times, and the weight of each patient at each: 1 at risk, 0 gone, between after a competing event."""
        times = np.unique(self.time[self.cause == 1])
        pairs = np.zeros((len(self.time), len(times)))
        for i, (entry, exit_, cause, source) in enumerate(
            zip(self.entry, self.time, self.cause, self.source, strict=True)
        ):
            for k, t in enumerate(times):
                if entry < t <= exit_:
                    pairs[i, k] = 1.0
                elif cause == 2 and exit_ < t:
                    pairs[i, k] = self.followed(source, t) / self.followed(source, exit_)
        return times, pairs

    def at(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, gradient and information."""
        times, pairs = self.pair_weights()
        value, gradient, information = 0.0, np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
        for k, t in enumerate(times):
            risk = self.weights * pairs[:, k] * np.exp(self.x @ beta)
            mean = risk @ self.x / risk.sum()
            spread = (self.x - mean).T @ ((self.x - mean) * risk[:, None]) / risk.sum()
            for i in np.flatnonzero((self.time == t) & (self.cause == 1)):
                value += self.weights[i] * (self.x[i] @ beta - np.log(risk.sum()))
                gradient += self.weights[i] * (self.x[i] - mean)
                information += self.weights[i] * spread
        return value, gradient, information

    def residuals(self, beta: np.ndarray) -> np.ndarray:
        """Each patient's part of the score, through the events and (``crr``) through the censoring distribution."""
        times, pairs = self.pair_weights()
        n = len(self.time)
        out, steps = np.zeros((n, len(beta))), np.zeros((n, len(times), len(beta)))
        for k, t in enumerate(times):
            risk = self.weights * pairs[:, k] * np.exp(self.x @ beta)
            mean, died = risk @ self.x / risk.sum(), (self.time == t) & (self.cause == 1)
            hazard = self.weights[died].sum() / risk.sum()
            steps[:, k] = (self.x - mean) * (risk * hazard)[:, None]
            out += np.where(died, self.weights, 0.0)[:, None] * (self.x - mean) - steps[:, k]
        if self.convention == "finegray":
            return out
        for source in np.unique(self.source):
            own = self.source == source
            for u in np.unique(self.time[own & (self.cause == 0)]):
                at_risk = own & (self.time >= u)
                later = steps[own & (self.cause == 2) & (self.time < u)][:, times >= u]
                effect = later.sum(axis=(0, 1)) / at_risk.sum()
                censored = own & (self.time == u) & (self.cause == 0)
                out[censored] += effect
                out[at_risk] -= effect * censored.sum() / at_risk.sum()
        return out
