"""A study as frozen values: cohort, protocol, endpoints and the analysis plan of ``study.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from stratify.diagnostics import SourceSpan
from stratify.model.expression import ColumnRef
from stratify.model.value import Comparison


class Profile(Enum):
    """Conventions of numbers, named beside each: R's defaults or SAS's."""

    R = "r"
    SAS = "sas"


class TimeUnit(Enum):
    """Unit of an endpoint's time."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A right-censored time to event.

    ``event`` is a 0/1 or true/false column, or with ``occurred`` a column and the comparison that is the event; the
    event code is declared, never guessed.
    """

    id: str
    time: ColumnRef
    event: ColumnRef
    occurred: Comparison | None = None
    unit: TimeUnit = TimeUnit.DAYS
    label: str = ""
    span: SourceSpan | None = field(default=None, compare=False)


ARM = "arm"
"""Name by which analyses speak of the arm."""

# A factor is named by ``arm``, a stratum's id, a definition's name, or a column of the patients table.


@dataclass(frozen=True, slots=True)
class BaselineSpec:
    """Table 1: ``variables`` by the levels of ``by``, with standardised mean differences."""

    id: str
    variables: tuple[str, ...]
    by: str = ARM
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SurvivalSpec:
    """Kaplan-Meier, log-rank and Cox by group, also stratified, with landmarks ``at`` and restricted means.

    ``reference`` is the level of ``by`` that the others are compared with; ``rmst`` the horizon in the endpoint's unit.
    """

    id: str
    endpoint: str
    by: str = ARM
    reference: str | None = None
    strata: tuple[str, ...] = ()
    at: tuple[float, ...] = ()
    rmst: float | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class InteractionSpec:
    """Whether the effect of ``by`` differs between the levels of a biomarker."""

    id: str
    endpoint: str
    biomarker: str
    by: str = ARM
    reference: str | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SubgroupsSpec:
    """The effect of ``by`` in the levels of several factors, as a forest."""

    id: str
    endpoint: str
    factors: tuple[str, ...]
    by: str = ARM
    reference: str | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EnrichmentSpec:
    """Which features are more frequent (or higher) in one group, adjusted for their number."""

    id: str
    features: tuple[str, ...]
    group: str = ARM
    reference: str | None = None
    adjust: str = "bh"
    span: SourceSpan | None = field(default=None, compare=False)


AnalysisSpec: TypeAlias = BaselineSpec | SurvivalSpec | InteractionSpec | SubgroupsSpec | EnrichmentSpec


@dataclass(frozen=True, slots=True)
class Multiplicity:
    """A family of analyses whose primary p-values are adjusted together."""

    family: tuple[str, ...]
    method: str = "holm"


@dataclass(frozen=True, slots=True)
class Study:
    """Everything ``study.yaml`` says. Paths are as written, relative to the file's folder and never above it."""

    cohort: str
    protocol: str
    endpoints: Mapping[str, Endpoint] = field(default_factory=lambda: MappingProxyType({}))
    analyses: tuple[AnalysisSpec, ...] = ()
    multiplicity: Multiplicity | None = None
    profile: Profile = Profile.R
    output: str = "out/"
    dictionary: str = ""
    title: str = ""
    level: float = 0.95
    digest: str = ""
    file: str = ""
