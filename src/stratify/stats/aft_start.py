"""Estimates of lifelines' accelerated failure-time fitters, in the parametrisation of R's ``survreg``.

lifelines' optimiser stops where the log-likelihood no longer changes in the ninth digit, that is at the third or fourth
digit of a coefficient (veteran, log-logistic: trt -0.03348 where the maximum is at -0.03386), so that its answer is
where Newton's method begins.
"""

from __future__ import annotations

import warnings

import numpy as np

from stratify.stats.aft_likelihood import AftDistribution, AftRows
from stratify.stats.design_matrix import Floats

# Name of the fitter, of its parameters for location and shape, and the sign of log scale in the second.
_FITTERS: dict[AftDistribution, tuple[str, str, str, int]] = {
    "weibull": ("WeibullAFTFitter", "lambda_", "rho_", -1),
    "lognormal": ("LogNormalAFTFitter", "mu_", "sigma_", 1),
    "loglogistic": ("LogLogisticAFTFitter", "alpha_", "beta_", -1),
}


def lifelines_estimates(rows: AftRows, distribution: AftDistribution) -> tuple[Floats | None, list[str]]:
    """Coefficients and log scale, or None where lifelines finds none or has no such model; and what it warned of.

    The first column of ``rows.x`` must be the intercept's.
    """
    if distribution not in _FITTERS:
        return None, []  # lifelines has no exponential regression
    # Three seconds of import that a study without such a model need not wait for.
    import lifelines  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    from lifelines.exceptions import ConvergenceError  # noqa: PLC0415

    fitter, location, shape, sign = _FITTERS[distribution]
    covariates = [f"x{j}" for j in range(1, rows.x.shape[1])]
    table = pd.DataFrame(rows.x[:, 1:], columns=covariates)
    table["time"], table["event"], table["weight"] = np.exp(rows.log_time), rows.event, rows.weight
    options = {"weights_col": "weight"} if np.any(rows.weight != 1) else {}
    if not options:
        del table["weight"]
    if np.any(np.isfinite(rows.log_entry)):
        table["entry"], options["entry_col"] = np.exp(rows.log_entry), "entry"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = getattr(lifelines, fitter)().fit(table, "time", "event", **options).params_
        except (ConvergenceError, np.linalg.LinAlgError):
            return None, ["lifelines did not converge: Newton's method from a neutral start"]
    coefficients = [found[location, name] for name in ("Intercept", *covariates)]
    start = np.array([*coefficients, sign * found[shape, "Intercept"]], dtype=np.float64)
    said = dict.fromkeys(" ".join(str(w.message).split()) for w in caught if "robust" not in str(w.message))
    return (start if np.all(np.isfinite(start)) else None), [f"lifelines: {text}" for text in said]
