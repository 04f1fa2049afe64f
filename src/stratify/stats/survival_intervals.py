"""Pointwise confidence limits of a survival curve on five scales, by the conventions of R's survfit.

Formulas: Kalbfleisch & Prentice (2002) section 1.4; Klein & Moeschberger (2003) section 4.3; Borgan & Liestøl (1990)
for the arcsine scale.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

ConfType = Literal["plain", "log", "log-log", "logit", "arcsin"]
CONF_TYPES: tuple[ConfType, ...] = get_args(ConfType)

_Floats = NDArray[np.float64]


def confidence_limits(
    survival: _Floats, log_error: _Floats, conf_type: ConfType, level: float
) -> tuple[_Floats, _Floats]:
    """Lower and upper limits of survival probabilities.

    Parameters
    ----------
    survival : array
        Survival probabilities, not increasing.
    log_error : array
        Standard errors of log survival (the square root of Greenwood's sum).
    conf_type : {"plain", "log", "log-log", "logit", "arcsin"}
        Scale on which the interval is symmetric; limits are cut at 0 and 1.
    level : float
        Confidence level.

    Returns
    -------
    tuple of arrays
        Lower and upper limits. NaN at survival 0, where Greenwood's error does not exist, and at survival 1 on the
        log-log, logit and arcsin scales, where 1 lies at infinity or has no slope (plain and log give 1 to 1).
    """
    if conf_type not in CONF_TYPES:
        raise ValueError(f"conf_type must be one of {', '.join(CONF_TYPES)}, not {conf_type!r}")
    lower, upper = np.empty(survival.shape), np.empty(survival.shape)
    inside = slice(int(np.count_nonzero(survival == 1)), int(np.count_nonzero(survival > 0)))
    half = float(ndtri(0.5 + level / 2)) * log_error[inside]
    lower[inside], upper[inside] = _limits(survival[inside], half, conf_type)
    lower[: inside.start] = upper[: inside.start] = 1.0 if conf_type in {"plain", "log"} else np.nan
    lower[inside.stop :] = upper[inside.stop :] = np.nan
    return lower, upper


def _limits(s: _Floats, half: _Floats, conf_type: ConfType) -> tuple[_Floats, _Floats]:
    """Limits for survival strictly between 0 and 1; ``half`` is the half-width on the log scale."""
    match conf_type:
        case "plain":
            return np.maximum(s - s * half, 0.0), np.minimum(s + s * half, 1.0)
        case "log":
            factor = np.exp(half, out=half)  # in place: for a million patients fresh memory is most of the work
            lower = s / factor
            return lower, np.minimum(np.multiply(s, factor, out=factor), 1.0, out=factor)
        case "log-log":
            stretch = np.exp(half / -np.log(s))
            return s**stretch, s ** (1 / stretch)
        case "logit":
            centre, width = logit(s), half / (1 - s)
            return expit(centre - width), expit(centre + width)
        case "arcsin":
            angle, width = np.arcsin(np.sqrt(s)), half / 2 * np.sqrt(s / (1 - s))
            return np.sin(np.maximum(angle - width, 0.0)) ** 2, np.sin(np.minimum(angle + width, np.pi / 2)) ** 2
