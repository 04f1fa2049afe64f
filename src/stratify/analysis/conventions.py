"""The two profiles of numbers: which convention each estimator follows."""

from __future__ import annotations

from dataclasses import dataclass

from stratify.model.study import Profile, Study
from stratify.stats.quantiles import QuantileRule
from stratify.stats.scaled_rows import Ties
from stratify.stats.survival_intervals import ConfType


@dataclass(frozen=True, slots=True)
class Conventions:
    """Confidence level, and the conventions of a profile.

    ``r`` are the defaults of R's survival package: Efron's ties, log interval, midpoint quantile rule. ``sas`` are
    those of PROC PHREG and PROC LIFETEST: Breslow's ties, log-log interval, SAS's quantile rule.
    """

    profile: str
    level: float
    ties: Ties
    interval: ConfType
    quantile: QuantileRule


def conventions_of(study: Study) -> Conventions:
    """The conventions that a study asks for."""
    match study.profile:
        case Profile.R:
            return Conventions("r", study.level, "efron", "log", "r")
        case Profile.SAS:
            return Conventions("sas", study.level, "breslow", "log-log", "sas")
