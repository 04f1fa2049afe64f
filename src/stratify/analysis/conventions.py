"""The two profiles of numbers: which convention each estimator follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never, get_args

from stratify.model.study import Profile, Study
from stratify.stats.quantiles import QuantileRule
from stratify.stats.scaled_rows import Ties
from stratify.stats.survival_intervals import CONF_TYPES, ConfType


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
    """The conventions that a study asks for: its profile's, but for what it says itself."""
    match study.profile:
        case Profile.R:
            profile = Conventions("r", study.level, "efron", "log", "r")
        case Profile.SAS:
            profile = Conventions("sas", study.level, "breslow", "log-log", "sas")
        case _:
            assert_never(study.profile)
    ties = next((ties for ties in get_args(Ties) if ties == study.ties), profile.ties)
    interval = next((scale for scale in CONF_TYPES if scale == study.conf_type), profile.interval)
    return replace(profile, ties=ties, interval=interval)
