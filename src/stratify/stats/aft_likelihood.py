"""Log-likelihood of accelerated failure-time models with gradient and Hessian, and its maximum by Newton's method.

``log T = x beta + scale * error``; the error is the smallest extreme value (Weibull, exponential), normal or logistic.
Kalbfleisch & Prentice (2002) chapter 3; Lawless (2003) chapter 6. For right-censored rows the likelihood is concave in
``beta / scale`` and ``1 / scale`` (Burridge 1981 JRSS B 43:41), so that a maximum that is found is the maximum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from stratify.stats.design_matrix import Flags, Floats

AftDistribution: TypeAlias = Literal["weibull", "lognormal", "loglogistic", "exponential"]
DISTRIBUTIONS: tuple[AftDistribution, ...] = get_args(AftDistribution)

_Derivatives: TypeAlias = tuple[Floats, Floats, Floats]

_MAX_ITERATIONS = 200
_GAIN = 1e-13  # relative change of the log-likelihood below which a further step is rounding
_LONGEST_STEP = 5.0  # per scaled coefficient: exp(z) of a Weibull error must stay a float
_SMALLEST_STEP = 1e-12
_FLAT = 1e-10  # least curvature, as a share of the greatest, of a maximum that is one


@dataclass(frozen=True, eq=False, slots=True)
class ErrorLaw:
    """A distribution of the error: log density and log survival of z, each with two derivatives; inverse survival."""

    density: Callable[[Floats], _Derivatives]
    survival: Callable[[Floats], _Derivatives]
    quantile: Callable[[Floats], Floats]


def _extreme_density(z: Floats) -> _Derivatives:
    grown = np.exp(z)
    return z - grown, 1 - grown, -grown


def _extreme_survival(z: Floats) -> _Derivatives:
    grown = np.exp(z)
    return -grown, -grown, -grown


def _normal_density(z: Floats) -> _Derivatives:
    return -z * z / 2 - 0.5 * np.log(2 * np.pi), -z, -np.ones_like(z)


def _normal_survival(z: Floats) -> _Derivatives:
    log_survival = special.log_ndtr(-z)
    hazard = np.exp(-z * z / 2 - 0.5 * np.log(2 * np.pi) - log_survival)
    return log_survival, -hazard, -hazard * (hazard - z)


def _logistic_density(z: Floats) -> _Derivatives:
    p = special.expit(z)
    return z - 2 * np.logaddexp(0.0, z), 1 - 2 * p, -2 * p * (1 - p)


def _logistic_survival(z: Floats) -> _Derivatives:
    p = special.expit(z)
    return -np.logaddexp(0.0, z), -p, -p * (1 - p)


_EXTREME = ErrorLaw(_extreme_density, _extreme_survival, lambda s: np.log(-np.log(s)))
LAWS: dict[AftDistribution, ErrorLaw] = {
    "weibull": _EXTREME,
    "exponential": _EXTREME,
    "lognormal": ErrorLaw(_normal_density, _normal_survival, lambda s: -special.ndtri(s)),
    "loglogistic": ErrorLaw(_logistic_density, _logistic_survival, lambda s: -special.logit(s)),
}


@dataclass(frozen=True, eq=False, slots=True)
class AftRows:
    """Rows ready for the likelihood.

    Attributes
    ----------
    log_time, log_entry
        Shape (n,); ``log_entry`` is -inf where a row is at risk from time 0.
    event, weight
        Shape (n,).
    x
        Shape (n, k), the intercept's column among them.
    offset
        Shape (n,), added to the linear predictor.
    """

    log_time: Floats
    log_entry: Floats
    event: Flags
    weight: Floats
    x: Floats
    offset: Floats

    def only(self, columns: NDArray[np.intp]) -> AftRows:
        """The same rows with some of the columns."""
        return replace(self, x=self.x[:, columns])

    def fixing(self, column: int, value: float) -> AftRows:
        """The same rows with one coefficient held at ``value``, as an offset."""
        return replace(self, x=np.delete(self.x, column, axis=1), offset=self.offset + value * self.x[:, column])

    def where(self, rows: Flags) -> AftRows:
        """Some of the rows."""
        return AftRows(
            self.log_time[rows], self.log_entry[rows], self.event[rows], self.weight[rows], self.x[rows],
            self.offset[rows],
        )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class AftPoint:
    """Log-likelihood at ``parameters``: the coefficients, then log scale unless the scale is fixed at 1."""

    parameters: Floats
    log_likelihood: float
    gradient: Floats
    information: Floats


@dataclass(frozen=True, eq=False, slots=True)
class AftMaximum:
    """Where Newton's method ended, and whether that is a maximum."""

    point: AftPoint
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False, slots=True)
class AftLikelihood:
    """The log-likelihood of right-censored, left-truncated, weighted rows under one distribution."""

    rows: AftRows
    distribution: AftDistribution

    @property
    def has_scale(self) -> bool:
        """Whether the scale is estimated: always but for the exponential distribution."""
        return self.distribution != "exponential"

    def neutral_start(self) -> Floats:
        """Least squares of log time, censored rows taken as they stand, and the spread about that line."""
        rows = self.rows
        root = np.sqrt(rows.weight)
        left = (rows.log_time - rows.offset) * root
        start = np.asarray(np.linalg.lstsq(rows.x * root[:, None], left)[0], dtype=np.float64)
        if not self.has_scale:
            return start
        spread = float(np.linalg.norm(left - rows.x @ start * root) / np.linalg.norm(root))
        return np.append(start, np.log(spread) if spread > 0 else 0.0)

    def at(self, parameters: Floats) -> AftPoint:
        """Log-likelihood, gradient and minus the Hessian (observed information)."""
        value, scores, information = self._terms(parameters)
        with np.errstate(over="ignore", invalid="ignore"):
            return AftPoint(parameters, value, scores.sum(axis=0), information)

    def scores(self, parameters: Floats) -> Floats:
        """Gradient of each row, weighted, shape (n, number of parameters)."""
        return self._terms(parameters)[1]

    def _terms(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        rows, law, k = self.rows, LAWS[self.distribution], self.rows.x.shape[1]
        log_scale = float(parameters[-1]) if self.has_scale else 0.0
        scale = np.exp(log_scale)
        linear = rows.x @ parameters[:k] + rows.offset
        size = len(parameters)
        scores, information, value = np.zeros((len(linear), size)), np.zeros((size, size)), 0.0
        late = np.isfinite(rows.log_entry)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a step too far: its likelihood is 0
            parts = (
                (rows.event, rows.log_time, law.density, 1.0),
                (~rows.event, rows.log_time, law.survival, 1.0),
                (late, rows.log_entry, law.survival, -1.0),
            )
            for chosen, log_time, function, sign in parts:
                z = (log_time[chosen] - linear[chosen]) / scale
                w, x = sign * rows.weight[chosen], rows.x[chosen]
                height, slope, bend = function(z)
                value += float(w @ height)
                scores[chosen, :k] -= (w * slope / scale)[:, None] * x
                information[:k, :k] -= x.T @ (x * (w * bend / scale**2)[:, None])
                if self.has_scale:
                    scores[chosen, k] -= w * slope * z
                    cross = x.T @ (w * (bend * z + slope)) / scale
                    information[:k, k] -= cross
                    information[k, :k] -= cross
                    information[k, k] -= w @ (bend * z * z + slope * z)
        dead = rows.weight[rows.event]
        value -= float(dead.sum() * log_scale + dead @ rows.log_time[rows.event])
        if self.has_scale:
            scores[rows.event, k] -= dead
        return value, scores, information


def maximise(likelihood: AftLikelihood, start: Floats) -> AftMaximum:
    """Newton's method with a line search; where the Hessian is not definite its eigenvalues are taken absolutely."""
    point, iteration = likelihood.at(start), 0
    while iteration < _MAX_ITERATIONS:
        iteration += 1
        step = _step(point)
        following = likelihood.at(point.parameters + step)
        while not _usable(following, point) and np.max(np.abs(step), initial=0.0) > _SMALLEST_STEP:
            step = step / 2
            following = likelihood.at(point.parameters + step)
        if not _usable(following, point):
            break
        gain = following.log_likelihood - point.log_likelihood
        point = following
        if gain <= _GAIN * (1 + abs(point.log_likelihood)):
            break
    return AftMaximum(point, iteration, _is_maximum(point))


def _step(point: AftPoint) -> Floats:
    values, vectors = np.linalg.eigh(point.information)
    floor = 1e-12 * max(float(np.max(np.abs(values), initial=0.0)), 1e-300)
    step = vectors @ ((vectors.T @ point.gradient) / np.maximum(np.abs(values), floor))
    length = float(np.max(np.abs(step), initial=0.0))
    return np.asarray(step if length <= _LONGEST_STEP else step / length * _LONGEST_STEP)


def _usable(new: AftPoint, old: AftPoint) -> bool:
    finite = np.isfinite(new.log_likelihood) and bool(np.all(np.isfinite(new.information)))
    return finite and new.log_likelihood >= old.log_likelihood


def _is_maximum(point: AftPoint) -> bool:
    """Whether the information is definite and the next Newton step nothing against the standard errors."""
    values = np.linalg.eigvalsh(point.information)
    if values.size and not values[0] > _FLAT * values[-1]:
        return False
    decrement = float(point.gradient @ _step(point))
    return 0 <= decrement < 1e-8
