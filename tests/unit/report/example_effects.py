"""Analyses of effects for the example release: each kind of table, test and figure once.

Survival is that of GBSG-2 by hormone therapy; competing events, effects over time and ratios are made up. The report is
tested on what it prints, not on these numbers.
"""

from __future__ import annotations

import math

import numpy as np

from stratify.analysis.results import (
    CoefficientFigure,
    Effect,
    EffectsResult,
    EffectTable,
    Estimate,
    IncidenceFigure,
    LogMinusLogFigure,
    RestrictedAreaFigure,
    StepCurve,
    TestResult,
)
from stratify.analysis.results import effects as measures

CAUSES = ("Recurrence", "death without recurrence")
EVENTS = 40


def result(kind: str, heading: str, **parts) -> EffectsResult:
    """An analysis of effects with what a test does not care for filled in."""
    filled = {
        "id": kind,
        "kind": kind,
        "endpoint": "rfs",
        "endpoint_label": "Recurrence-free survival",
        "heading": heading,
        "unit": "days",
        "n": 620,
        "events": 270,
        "excluded": 2,
        **dict.fromkeys(("tables", "tests", "figures", "described", "notes"), ()),
        "primary": None,
        "level": 0.95,
        **parts,
    }
    return EffectsResult(**filled)


def incidence_figure(groups: tuple[str, ...], marks: tuple[float, ...] = (0.0, 500.0, 1000.0)) -> IncidenceFigure:
    """Curves of two causes; the last step of the first group has no interval."""
    curves = []
    for place, group in enumerate(groups):
        for cause, most in zip(CAUSES, (0.4, 0.1), strict=True):
            times = tuple(float(t) for t in range(100 + 50 * place, 1100, 200))
            values = tuple(most * (i + 1) / len(times) / (place + 1) for i in range(len(times)))
            lower = tuple(v * 0.7 for v in values)
            upper = (*(v * 1.4 for v in values[:-1]), None if place == 0 else values[-1] * 1.4)
            at_risk = tuple(300 - 100 * place - 80 * i for i in range(len(marks)))
            curves.append(StepCurve(group, times, values, lower, upper, at_risk, cause))
    return IncidenceFigure(tuple(curves), marks, "Aalen-Johansen")


def coefficient_figure(term: str = "Positive nodes", joint: bool = False) -> CoefficientFigure:
    """Residuals around a wave, a smooth through them, seven marks."""
    x = np.linspace(0, 0.6, EVENTS)
    effects = 0.4 + np.sin(6 * x) / 3 + np.where(np.arange(EVENTS) % 2, 1.0, -1.0)
    grid = np.linspace(0, 0.6, 13)
    smooth = 0.4 + np.sin(6 * grid) / 3
    return CoefficientFigure(
        term,
        tuple(x.tolist()),
        tuple(effects.tolist()),
        tuple(grid.tolist()),
        tuple(smooth.tolist()),
        tuple((smooth - 0.3).tolist()),
        tuple((smooth + 0.3).tolist()),
        float(np.mean(effects)),
        joint,
        tuple(np.linspace(0, 0.6, 7).tolist()),
        (72.0, 310.0, 500.5, 700.0, 1000.0, 1500.0, 2400.0),
    )


def cox_model() -> EffectsResult:
    """Ratios with a forest, a table without any p-value, tests of which one has no answer."""
    ratios = (
        ("grade: III versus I", Estimate(2.1, 1.2, 3.7, 0.29, 0.0097)),
        ("positive nodes, per unit", Estimate(1.05, 1.03, 1.07, 0.01, 0.00001)),
        ("always the same, per unit", Estimate(None, note="the covariate is constant")),
        ("separated: yes versus no", Estimate(math.inf, 3.0, math.inf, note="no event in one of the levels")),
    )
    effects = tuple(Effect(measures.HAZARD_RATIO, estimate, term, "Cox") for term, estimate in ratios)
    quality = (
        Effect(measures.CONCORDANCE, Estimate(0.69, 0.65, 0.73, 0.02), "Harrell's C", "Harrell"),
        Effect(measures.LOG_LIKELIHOOD, Estimate(-1520.25), "log partial likelihood", "Cox", single=True),
    )
    tests = (
        TestResult("likelihood-ratio, all covariates", 61.2, 3, 1e-12, "likelihood-ratio test"),
        TestResult("score, all covariates", None, 3, None, "score test", "infinite estimate"),
    )
    tables = (
        EffectTable("Hazard ratios", effects, "Cox model, Efron ties", forest=True),
        EffectTable("Quality of the model", quality, "in the patients it was fitted to"),
    )
    return result(
        "cox", "Cox model of grade and nodes", tables=tables, tests=tests, primary=tests[0], notes=("a note",)
    )


def competing_risks(groups: tuple[str, ...]) -> EffectsResult:
    """Incidence at a time, one ratio (which is no forest), Gray's test."""
    at = tuple(
        Effect(
            measures.CUMULATIVE_INCIDENCE,
            Estimate(0.2, 0.1, 0.3),
            f"{group}, at 365",
            "AJ",
            group,
            None,
            CAUSES[0],
            365.0,
        )
        for group in groups
    )
    ratio = Effect(
        measures.SUBDISTRIBUTION_HAZARD_RATIO,
        Estimate(0.6, 0.4, 0.9, 0.2, 0.013),
        f"{groups[1]} versus {groups[0]}",
        "Fine-Gray",
        groups[1],
        groups[0],
    )
    tests = (TestResult(f"Gray, {CAUSES[0]}", 6.2, 1, 0.0128, "Gray's test", stratum=CAUSES[0]),)
    tables = (
        EffectTable(f"Cumulative incidence of {CAUSES[0]}", at, "Aalen-Johansen"),
        EffectTable("Subdistribution hazard ratios", (ratio,), "Fine-Gray", forest=True),
    )
    figures = (incidence_figure(groups),)
    return result("competing_risks", "Recurrence by arm", tables=tables, tests=tests, primary=tests[0], figures=figures)


def restricted_means(curves: tuple[StepCurve, ...], horizon: float) -> EffectsResult:
    """Means and times lost by group, and their difference."""
    names = tuple(curve.group for curve in curves)
    by_group = tuple(
        Effect(measure, Estimate(value, value - 60, value + 60, 30.0), name, "area", name, time=horizon)
        for measure, value in ((measures.RMST, 1301.5), (measures.RMTL, 523.5))
        for name in names
    )
    difference = Effect(
        measures.RMST_DIFFERENCE,
        Estimate(134.2, 21.6, 246.8, 57.4, 0.0194),
        f"{names[1]} versus {names[0]}",
        "area",
        names[1],
        names[0],
        time=horizon,
    )
    tables = (
        EffectTable(f"Restricted means to {horizon:g}, compared", (difference,), "Area under the curve"),
        EffectTable(f"Restricted means to {horizon:g} by arm", by_group, "Area under the curve"),
    )
    heading = f"Restricted means to {horizon:g} days"
    return result("rmst", heading, tables=tables, figures=(RestrictedAreaFigure(curves, horizon),))


def proportional_hazards(curves: tuple[StepCurve, ...]) -> EffectsResult:
    """Log-minus-log curves, effects of one column and of several."""
    steps = []
    for curve in curves:
        pairs = [(t, math.log(-math.log(s))) for t, s in zip(curve.times, curve.values, strict=True) if 0 < s < 1]
        times, values = zip(*pairs, strict=True)
        steps.append(StepCurve(curve.group, times, values))
    figures = (
        LogMinusLogFigure("arm", tuple(steps)),
        coefficient_figure(),
        coefficient_figure("Tumour grade", joint=True),
    )
    tests = (
        TestResult("proportional hazards, nodes", 4.1, 1, 0.0429, "score test", stratum="Positive nodes"),
        TestResult("proportional hazards, all terms", None, 3, 0.2, "score test", z=1.28),
    )
    return result("ph_check", "Are hazards proportional?", tests=tests, primary=tests[-1], figures=figures)
