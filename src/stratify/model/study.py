"""A study as frozen values: cohort, protocol, endpoints and the analysis plan of ``study.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, TypeAlias

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
class Occurrence:
    """When something has occurred: a 0/1 or true/false column, or with ``occurred`` a column and a comparison.

    The code of an event is declared, never guessed.
    """

    column: ColumnRef
    occurred: Comparison | None = None


@dataclass(frozen=True, slots=True)
class ByTime:
    """An endpoint whose times are in the data: time and event columns, entry where patients are followed up late.

    ``competing`` names events that preclude the event of interest: at ``time`` one of them may have occurred instead.
    """

    time: ColumnRef
    event: Occurrence
    entry: ColumnRef | None = None
    competing: Mapping[str, Occurrence] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ByParameter:
    """An endpoint that is a parameter of a table of times to event, one row a patient (CDISC ADTTE).

    ``CNSR`` 0 is the event, anything above is censored, for the reason in ``CNSDTDSC`` where the table has one.
    ``competing`` names the values of ``EVNTDESC`` that are competing events.
    """

    parameter: str
    table: str = "adtte"
    competing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ByDates:
    """An endpoint from dates: anchors, or columns of the patients table.

    The earliest of ``to`` is the event, on the same day the one named first; ``competing`` are those that preclude it.
    Who has none is censored at the latest of ``censor``. Nobody is followed up beyond the earliest of ``until`` (the
    start of another treatment) and the ``cut_off``; what happens on those days still counts.
    """

    start: str
    to: tuple[str, ...]
    censor: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    competing: tuple[str, ...] = ()
    cut_off: date | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A right-censored time to event, and where its times come from."""

    id: str
    source: ByTime | ByParameter | ByDates
    unit: TimeUnit = TimeUnit.DAYS
    label: str = ""
    span: SourceSpan | None = field(default=None, compare=False)


ARM = "arm"
"""Name by which analyses speak of the arm."""

TESTS = ("logrank", "fh:RHO:GAMMA", "gehan", "tarone-ware", "peto", "maxcombo")
"""Tests of equal survival as a plan writes them; RHO and GAMMA are numbers of at least 0."""
_FLEMING_HARRINGTON = re.compile(r"fh:(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")


def is_test(text: str) -> bool:
    """Whether a plan may write a test so."""
    return text in TESTS[:1] + TESTS[2:] or fleming_harrington(text) is not None


def fleming_harrington(text: str) -> tuple[float, float] | None:
    """Rho and gamma of ``fh:0:1``; ``None`` for another text."""
    found = _FLEMING_HARRINGTON.fullmatch(text)
    return None if found is None else (float(found[1]), float(found[2]))


# A factor is named by ``arm``, a stratum's id, a definition's name, or a column of the patients table.


@dataclass(frozen=True, slots=True)
class BaselineSpec:
    """Table 1: ``variables`` by the levels of ``by``, with standardised mean differences."""

    kind: ClassVar[str] = "baseline"

    id: str
    variables: tuple[str, ...]
    by: str = ARM
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SurvivalSpec:
    """Kaplan-Meier, log-rank and Cox by group, also stratified, with landmarks ``at`` and restricted means.

    ``reference`` is the level of ``by`` that the others are compared with; ``rmst`` the horizon in the endpoint's unit;
    ``tests`` are asked for besides the log-rank test, the last of them is the primary one; ``weights`` a column.
    """

    kind: ClassVar[str] = "survival"

    id: str
    endpoint: str
    by: str = ARM
    reference: str | None = None
    strata: tuple[str, ...] = ()
    at: tuple[float, ...] = ()
    rmst: float | None = None
    tests: tuple[str, ...] = ()
    weights: str | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class InteractionSpec:
    """Whether the effect of ``by`` differs between the levels of a biomarker."""

    kind: ClassVar[str] = "interaction"

    id: str
    endpoint: str
    biomarker: str
    by: str = ARM
    reference: str | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SubgroupsSpec:
    """The effect of ``by`` in the levels of several factors, as a forest."""

    kind: ClassVar[str] = "subgroups"

    id: str
    endpoint: str
    factors: tuple[str, ...]
    by: str = ARM
    reference: str | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EnrichmentSpec:
    """Which features are more frequent (or higher) in one group, adjusted for their number."""

    kind: ClassVar[str] = "enrichment"

    id: str
    features: tuple[str, ...]
    group: str = ARM
    reference: str | None = None
    adjust: str = "bh"
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CoxSpec:
    """A Cox model of several covariates, factors against their ``references`` (the first level where none is named).

    ``cluster`` names a column whose patients are alike (robust variance), ``weights`` one of case weights (likewise).
    """

    kind: ClassVar[str] = "cox"

    id: str
    endpoint: str
    covariates: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    weights: str | None = None
    offset: str | None = None
    interval: str = "wald"
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PhCheckSpec:
    """Whether hazards are proportional: score tests by term and together, residuals over time, log-minus-log curves."""

    kind: ClassVar[str] = "ph_check"

    id: str
    endpoint: str
    covariates: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    strata: tuple[str, ...] = ()
    transform: str = "km"
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CompetingRisksSpec:
    """Cumulative incidence by cause and group, Gray's tests, cause-specific and subdistribution hazard ratios."""

    kind: ClassVar[str] = "competing_risks"

    id: str
    endpoint: str
    by: str = ARM
    reference: str | None = None
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    at: tuple[float, ...] = ()
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RmstSpec:
    """Restricted means up to ``horizon`` by group, their differences and ratios, also adjusted for covariates."""

    kind: ClassVar[str] = "rmst"

    id: str
    endpoint: str
    horizon: float
    by: str = ARM
    reference: str | None = None
    covariates: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AftSpec:
    """A parametric accelerated failure time model."""

    kind: ClassVar[str] = "aft"

    id: str
    endpoint: str
    covariates: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    distribution: str = "weibull"
    span: SourceSpan | None = field(default=None, compare=False)


AnalysisSpec: TypeAlias = (
    BaselineSpec
    | SurvivalSpec
    | CoxSpec
    | PhCheckSpec
    | CompetingRisksSpec
    | RmstSpec
    | AftSpec
    | InteractionSpec
    | SubgroupsSpec
    | EnrichmentSpec
)


@dataclass(frozen=True, slots=True)
class Multiplicity:
    """A family of analyses whose primary p-values are adjusted together."""

    family: tuple[str, ...]
    method: str = "holm"


@dataclass(frozen=True, slots=True)
class Study:
    """Everything ``study.yaml`` says. Paths are as written, relative to the file's folder and never above it.

    ``ties`` and ``conf_type`` take the place of the profile's conventions.
    """

    cohort: str
    protocol: str
    endpoints: Mapping[str, Endpoint] = field(default_factory=lambda: MappingProxyType({}))
    analyses: tuple[AnalysisSpec, ...] = ()
    multiplicity: Multiplicity | None = None
    profile: Profile = Profile.R
    ties: str | None = None
    conf_type: str | None = None
    output: str = "out/"
    dictionary: str = ""
    title: str = ""
    level: float = 0.95
    digest: str = ""
    file: str = ""
