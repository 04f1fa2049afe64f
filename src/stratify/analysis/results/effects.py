"""Analyses that answer with a table of effects: regression models, competing risks, restricted means.

They differ in what is estimated, not in what an estimate is; so there is one shape for all, and a kind of analysis is
one file that fills it. What is drawn is data here and lines in the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from stratify.analysis.references import Reference
from stratify.analysis.results.values import Estimate, TestResult


class Scale(Enum):
    """How a number is printed."""

    RATIO = "ratio"
    TIME = "time"
    PROBABILITY = "probability"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Measure:
    """What is estimated: its name in ``results.json``, its name in words, and how it is printed."""

    statistic: str
    words: str
    scale: Scale


HAZARD_RATIO = Measure("hazard_ratio", "hazard ratio", Scale.RATIO)
SUBDISTRIBUTION_HAZARD_RATIO = Measure("subdistribution_hazard_ratio", "subdistribution hazard ratio", Scale.RATIO)
TIME_RATIO = Measure("time_ratio", "time ratio", Scale.RATIO)
RMST = Measure("rmst", "restricted mean", Scale.TIME)
RMST_DIFFERENCE = Measure("rmst_difference", "restricted mean difference", Scale.TIME)
RMST_RATIO = Measure("rmst_ratio", "restricted mean ratio", Scale.RATIO)
RMTL = Measure("rmtl", "restricted mean time lost", Scale.TIME)
RMTL_RATIO = Measure("rmtl_ratio", "restricted mean time lost ratio", Scale.RATIO)
CUMULATIVE_INCIDENCE = Measure("cumulative_incidence", "cumulative incidence", Scale.PROBABILITY)
CONCORDANCE = Measure("concordance", "concordance", Scale.PROBABILITY)
LOG_LIKELIHOOD = Measure("log_likelihood", "log-likelihood", Scale.NUMBER)
AIC = Measure("aic", "Akaike's information criterion", Scale.NUMBER)
SCALE = Measure("scale", "scale", Scale.NUMBER)
MEDIAN = Measure("median", "median", Scale.TIME)


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of a table.

    ``term`` is what the line is of, in words: ``age, per unit``, ``grade III versus I``. The other names tell the
    statistic's row from its neighbours (:class:`~stratify.analysis.results.values.Statistic`).
    """

    measure: Measure
    estimate: Estimate
    term: str
    method: str
    group: str | None = None
    versus: str | None = None
    stratum: str | None = None
    time: float | None = None
    single: bool = False
    """A number without an interval, as a log-likelihood."""


@dataclass(frozen=True, slots=True)
class EffectTable:
    """Effects that are read together; ``forest`` where their ratios are also drawn."""

    title: str
    effects: tuple[Effect, ...]
    method: str
    forest: bool = False


@dataclass(frozen=True, slots=True)
class StepCurve:
    """A step function of one group (and cause): at ``times[i]`` it becomes ``values[i]``; limits as they exist."""

    group: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()
    at_risk: tuple[int, ...] = ()
    """Number at risk at the figure's ``marks``."""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class IncidenceFigure:
    """Cumulative incidence by group and cause, with numbers at risk at ``marks``."""

    curves: tuple[StepCurve, ...]
    marks: tuple[float, ...]
    method: str


@dataclass(frozen=True, slots=True)
class RestrictedAreaFigure:
    """Survival by group with the area up to ``horizon``, which is the restricted mean."""

    curves: tuple[StepCurve, ...]
    horizon: float


@dataclass(frozen=True, slots=True)
class LogMinusLogFigure:
    """``log(-log S(t))`` over ``log t`` by level of a factor: proportional hazards are parallel lines."""

    factor: str
    curves: tuple[StepCurve, ...]


@dataclass(frozen=True, slots=True)
class CoefficientFigure:
    """One term's effect over (transformed) time: a point an event, a smooth and its pointwise band.

    ``effects`` are scaled Schoenfeld residuals plus the coefficient, log hazard ratios at that time; of a term of
    several columns (``joint``) the factor by which all its coefficients are multiplied there, 1 on average. ``average``
    is their mean. ``places`` and ``times`` are axis marks: where on the transformed axis each time lies. ``note`` says
    why there is no smooth.
    """

    term: str
    x: tuple[float, ...]
    effects: tuple[float, ...]
    smooth_x: tuple[float, ...]
    smooth: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    average: float
    joint: bool
    places: tuple[float, ...]
    times: tuple[float, ...]
    note: str = ""


FigureData: TypeAlias = IncidenceFigure | RestrictedAreaFigure | LogMinusLogFigure | CoefficientFigure


@dataclass(frozen=True, slots=True)
class EffectsResult:
    """An analysis of one of the kinds cox, rmst, competing_risks, aft and ph_check.

    Parameters
    ----------
    kind
        As in ``study.yaml``.
    n, events, excluded
        Patients and events analysed; eligible patients left out, whose reasons are in ``notes``.
    tables, tests, figures
        In the order of reading.
    primary
        The test that takes part in a multiplicity family; ``None`` where the analysis has none.
    described
        Sentences of the methods paragraph with the publications that they name.
    """

    id: str
    kind: str
    endpoint: str
    endpoint_label: str
    heading: str
    unit: str
    n: int
    events: int
    excluded: int
    tables: tuple[EffectTable, ...]
    tests: tuple[TestResult, ...]
    figures: tuple[FigureData, ...]
    primary: TestResult | None
    level: float
    described: tuple[tuple[str, tuple[Reference, ...]], ...]
    notes: tuple[str, ...] = ()
