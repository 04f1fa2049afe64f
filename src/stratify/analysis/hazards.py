"""Hazard ratios of several groups to one reference, from one Cox model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from stratify.analysis.cohort import Cohort
from stratify.analysis.conventions import Conventions
from stratify.analysis.estimates import join, of_hazard_ratio
from stratify.analysis.groups import Groups
from stratify.analysis.references import Reference
from stratify.analysis.results import Estimate
from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit
from stratify.stats.hazard_ratio import HazardRatio


@dataclass(frozen=True, slots=True)
class ReferenceRatios:
    """Hazard ratios by the position of the group; none for the reference."""

    estimates: Mapping[int, Estimate]


def ratios_to_reference(
    groups: Groups, cohort: Cohort, conventions: Conventions, *, stratified: bool = False
) -> ReferenceRatios:
    """Fit group membership as the model's only covariates; a group with nobody has a reason instead of a ratio.

    With weights the variance is robust: a patient who counts 2.5 is still one patient.
    """
    others = [i for i in range(len(groups.names)) if i != groups.reference]
    sizes = np.bincount(cohort.group, minlength=len(groups.names))
    fitted = [i for i in others if sizes[i]]
    membership = np.column_stack([np.empty((cohort.n, 0)), *(cohort.group == i for i in fitted)])

    def fit_model(*, firth: bool) -> CoxFit:
        return cox(
            cohort.time,
            cohort.event,
            membership,
            names=[groups.names[i] for i in fitted],
            strata=cohort.strata if stratified else None,
            entry=cohort.entry,
            weights=cohort.weights,
            robust=cohort.weights is not None,
            ties=conventions.ties,
            firth=firth,
            level=conventions.level,
        )

    fit = fit_model(firth=False)
    penalised = fit_model(firth=True) if can_be_penalised(fit, conventions, robust=cohort.weights is not None) else None
    estimates = {}
    for i in others:
        reason = _nobody(groups, sizes.tolist(), i)
        estimates[i] = Estimate(None, note=reason) if reason else _beside(fit, penalised, groups.names[i])
    return ReferenceRatios(estimates)


def can_be_penalised(fit: CoxFit, conventions: Conventions, *, robust: bool) -> bool:
    """Whether an estimate is infinite or zero, so that Firth's stands beside it, where that is defined."""
    exact = conventions.ties in {"discrete", "marginal"}
    return not (exact or robust) and any(is_infinite(term) for term in fit.terms)


def is_infinite(term: HazardRatio) -> bool:
    """Whether the likelihood is monotone in a term."""
    return term.hazard_ratio in {0.0, math.inf}


def _beside(fit: CoxFit, penalised: CoxFit | None, name: str) -> Estimate:
    """The estimate; of a monotone likelihood with Firth's penalised one in its note."""
    term = fit.term(name)
    estimate = of_hazard_ratio(term)
    firth = None if penalised is None else penalised.term(name)
    if firth is None or firth.hazard_ratio is None or not is_infinite(term):
        return estimate
    limits = (firth.ci_lower, firth.ci_upper)
    lower, upper = ("not reached" if limit is None else f"{limit:.4g}" for limit in limits)
    said = f"Firth's penalised estimate {firth.hazard_ratio:.4g} ({lower} to {upper})"
    return replace(estimate, note=join(estimate.note, said))


TIES = {"efron": "Efron ties", "breslow": "Breslow ties", "discrete": "exact discrete ties", "marginal": "exact ties"}
"""What the treatment of ties is called in words."""

TIES_REFERENCE = {
    "efron": Reference.EFRON,
    "breslow": Reference.BRESLOW,
    "discrete": Reference.COX,
    "marginal": Reference.KALBFLEISCH_PRENTICE,
}
"""Who published it."""


def cox_method(conventions: Conventions, *, weighted: bool = False) -> str:
    """What the method is called beside each ratio; where a likelihood is monotone the ratio's note says more."""
    robust = ", weighted, robust variance" if weighted else ""
    return f"Cox proportional hazards, {TIES[conventions.ties]}{robust}; Wald interval"


def _nobody(groups: Groups, sizes: list[int], group: int) -> str:
    empty = [groups.names[i] for i in (groups.reference, group) if not sizes[i]]
    return f"no patients in {' and '.join(empty)}" if empty else ""
