"""Fine-Gray regression: what covariates do to the cumulative incidence of one cause, other causes competing.

Fine & Gray (1999) JASA 94:496: proportional hazards of the subdistribution, in which a patient whom another cause took
stays at risk, with the weight of not having been censored since. A subdistribution hazard ratio orders cumulative
incidences; it is no rate among patients alive, which the cause-specific hazard ratio compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.censoring_weights import Convention, censoring_weights
from stratify.stats.competing_risks import CompetingInput, cause_number, competing_input
from stratify.stats.cox import fit_likelihood, not_fitted
from stratify.stats.cox_fit import CoxFit
from stratify.stats.cox_rows import CoxRows, codes_of, cox_rows
from stratify.stats.hazard_ratio import ChiSquareTest, HazardRatio, Setting
from stratify.stats.inputs import SurvivalInput, checked_level
from stratify.stats.landmarks import checked_times
from stratify.stats.risk_sets import Flags, Floats, risk_sets
from stratify.stats.subdistribution import SubdistributionLikelihood
from stratify.stats.ties import tie_width

_PSEUDO = "a weighted likelihood has no chi-square distribution: see the Wald and the robust score test"
_LOST = (
    "by the estimated censoring and entry distributions nobody is followed at the time of some competing event, "
    "because the risk set empties under left truncation: consider a later start"
)
_VARIANCE = {
    "crr": "Fine-Gray variance with the estimated censoring distribution",
    "finegray": "Lin-Wei robust variance",
}


@dataclass(frozen=True, eq=False, slots=True)
class PredictedIncidence:
    """Cumulative incidence predicted for given covariates at given times: shape (patients, times), without interval."""

    cause: str
    time: Floats
    incidence: Floats
    method: str
    note: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class FineGrayFit:
    """A fitted Fine-Gray model, or the reason why nothing could be fitted.

    Attributes
    ----------
    cause
        The cause whose cumulative incidence is modelled.
    model
        Subdistribution hazard ratios (one of ``terms`` for each covariate, robust errors), covariance, pseudo
        log-likelihoods, the Wald and the robust score test. ``events`` are those of the cause.
    competing_events
        Events of the other causes.
    time, cumulative_hazard
        Breslow's estimate of the subdistribution's cumulative hazard at the covariates ``centre``, from each distinct
        time on; empty where nothing was fitted or a hazard ratio is 0 or infinite.
    """

    cause: str
    model: CoxFit
    competing_events: int
    time: Floats
    cumulative_hazard: Floats
    centre: Floats

    def term(self, name: str) -> HazardRatio:
        """The subdistribution hazard ratio of the covariate with this name.

        Raises
        ------
        KeyError
            No such covariate.
        """
        return self.model.term(name)

    def cumulative_incidence(self, x: ArrayLike, times: ArrayLike) -> PredictedIncidence:
        """Predict ``1 - exp(-H0(t) exp(b x))`` for rows ``x`` (q, p) at given times, finite and at least 0.

        Before the first event it is 0; after the last observed time it is carried forward and noted.

        Raises
        ------
        ValueError
            Nothing was fitted, a hazard ratio is 0 or infinite, or covariates that do not fit.
        """
        if self.model.not_estimable is not None:
            raise ValueError(f"nothing was fitted: {self.model.not_estimable}")
        rows = np.asarray(x, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.centre) or not np.all(np.isfinite(rows)):
            raise ValueError(f"x must hold finite numbers, a row per patient and {len(self.centre)} columns")
        marks, width = checked_times(times), tie_width(self.time)
        # Kept a float: an infinite ratio times a hazard of 0 before the first event would be no number.
        ratio = np.exp(np.minimum(self.model.risk_score(rows - self.centre), 700.0))
        place = np.searchsorted(self.time, marks + width, side="right")
        hazard = np.append(0.0, self.cumulative_hazard)[place]
        beyond = bool(np.any(marks > self.time[-1] + width))
        return PredictedIncidence(
            cause=self.cause,
            time=marks,
            incidence=-np.expm1(-np.outer(ratio, hazard)),
            method=f"{self.model.method}; Breslow baseline, no interval",
            note="after the last observed time: carried forward" if beyond else None,
        )


def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str],
    causes: Sequence[str],
    interest: str,
    censoring_group: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    convention: Convention = "crr",
    level: float = 0.95,
) -> FineGrayFit:
    """Fit a Fine-Gray model, by Breslow's treatment of ties.

    Parameters
    ----------
    time, cause
        Exit times, shape (n,), not negative, and the event that ended them: 0 censored, 1 to k.
    x
        Covariates, shape (n, p); a row with a NaN is left out and counted. No intercept column.
    names
        Of the p covariates, all different.
    causes, interest
        Names of the causes 1 to k, and the one whose cumulative incidence is modelled.
    censoring_group
        Whole-number codes of groups censored each in its own way, -1 for missing (the row is left out and counted):
        weights are estimated within each. Needed where censoring depends on covariates.
    entry
        Entry times (left truncation): at risk when ``entry < t <= time``. Only by ``"finegray"``.
    weights
        Positive case weights of the likelihood; the censoring distribution is estimated without them, as in R. Only
        by ``"finegray"``.
    convention
        ``"crr"``, of R's ``cmprsk``: the variance counts the estimation of the censoring distribution, in which an
        event tied with a censoring is at risk. ``"finegray"``, of R's ``survival`` (``finegray``, then a weighted
        ``coxph`` by patient): weights are taken as known, events leave before censorings of the same time. Without
        such ties the estimates are the same.
    level
        Of the intervals.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, causes that were not declared, options that do not go
        together.
    """
    if convention not in _VARIANCE:
        raise ValueError(f'convention must be "crr" or "finegray", not {convention!r}')
    if convention == "crr" and not (entry is None and weights is None):
        raise ValueError('convention "crr" knows neither entry times nor weights: take "finegray"')
    data = competing_input(time, cause, causes, entry, weights)
    number, n = cause_number(causes, interest), len(data.cause)
    source = codes_of(np.zeros(n, np.int64) if censoring_group is None else censoring_group, "censoring_group", n)
    rows = cox_rows(_of_interest(data, number), x, names, strata=source, cluster=None, offset=None)
    competing = (data.data.event & (data.cause != number))[rows.kept]
    events = int(rows.data.event.sum())
    setting = Setting(checked_level(level), _method(rows, interest, convention), len(rows.x), events)
    if not events:
        return _not_fitted(
            f'no events of "{interest}"' if len(rows.x) else "no patients", interest, rows, names, setting, competing
        )
    return _fit(interest, rows, competing, names, setting, convention)


def _fit(
    interest: str, rows: CoxRows, competing: Flags, names: Sequence[str], setting: Setting, convention: Convention
) -> FineGrayFit:
    sets = risk_sets(rows.data)
    source = np.zeros(len(rows.x), np.int64) if rows.strata is None else rows.strata
    beyond = censoring_weights(rows.data, sets, competing, source, convention)
    if beyond.lost:
        return _not_fitted(_LOST, interest, rows, names, setting, competing)
    whole = SubdistributionLikelihood.weighted(rows.x, sets, beyond, convention, rows.data.weights)
    model = fit_likelihood(whole, rows, names, setting, robust=True, profile=False)
    if model.not_estimable is None:
        pseudo = (ChiSquareTest.absent(_PSEUDO, f"{name} test") for name in ("likelihood-ratio", "score"))
        model = replace(model, likelihood_ratio=next(pseudo), score=next(pseudo))
    fitted = model.not_estimable is None and not any(term.hazard_ratio in {0.0, np.inf} for term in model.terms)
    known = np.isfinite(model.coefficients)
    beta = np.where(known, np.nan_to_num(model.coefficients) * np.where(known, whole.scale, 0.0), 0.0)
    return FineGrayFit(
        cause=interest,
        model=model,
        competing_events=int(competing.sum()),
        time=sets.time if fitted else np.empty(0),
        cumulative_hazard=whole.cumulative_hazard(beta) if fitted else np.empty(0),
        centre=whole.centre,
    )


def _not_fitted(
    reason: str, interest: str, rows: CoxRows, names: Sequence[str], setting: Setting, competing: Flags
) -> FineGrayFit:
    model = not_fitted(reason, dict.fromkeys(names, reason), rows, names, setting)
    return FineGrayFit(interest, model, int(competing.sum()), np.empty(0), np.empty(0), np.zeros(len(names)))


def _of_interest(data: CompetingInput, number: int) -> SurvivalInput:
    rows = data.data
    return SurvivalInput(rows.time, data.cause == number, rows.entry, rows.weights)


def _method(rows: CoxRows, interest: str, convention: Convention) -> str:
    groups = 1 if rows.strata is None else len(np.unique(rows.strata))
    said = {
        f'Fine-Gray subdistribution hazards of "{interest}"': True,
        "Breslow ties": True,
        _VARIANCE[convention]: True,
        f"censoring weights in {groups} groups": groups > 1,
        "case weights": rows.data.weights is not None,
        "delayed entry": rows.data.entry is not None,
    }
    return ", ".join(part for part, holds in said.items() if holds)
