"""Are hazards proportional: the score test by term and together, effects over time, log-minus-log curves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stratify.analysis.conventions import Conventions
from stratify.analysis.cox_model import fitted
from stratify.analysis.endpoints import EndpointData
from stratify.analysis.estimates import of_hazard_ratio, of_test
from stratify.analysis.hazards import TIES
from stratify.analysis.populations import Population
from stratify.analysis.references import Reference
from stratify.analysis.regression import ModelRows, model_rows, terms_in_words
from stratify.analysis.results import (
    CoefficientFigure,
    Effect,
    EffectsResult,
    EffectTable,
    FigureData,
    LogMinusLogFigure,
    StepCurve,
    TestResult,
)
from stratify.analysis.results.effects import HAZARD_RATIO
from stratify.model.study import PhCheckSpec
from stratify.stats.cox_fit import CoxFit
from stratify.stats.proportional_hazards import (
    ProportionalHazardsTest,
    TermInTime,
    TimeTransform,
    proportional_hazards_test,
)
from stratify.stats.survival import kaplan_meier

_TRANSFORMS: dict[str, TimeTransform] = {"km": "km", "rank": "rank", "identity": "identity", "log": "log"}
_MARKS = 7
OVERALL = "proportional hazards, all terms"


def ph_check(spec: PhCheckSpec, data: EndpointData, population: Population, conventions: Conventions) -> EffectsResult:
    """Fit the model and test it.

    Raises
    ------
    StratifyError
        Names that are not known, of the wrong kind, or references that are no level.
    """
    rows = model_rows(data, population, spec.covariates, spec.references, spec.span, strata=spec.strata)
    fit = fitted(rows, conventions)
    found = proportional_hazards_test(fit, transform=_TRANSFORMS[spec.transform], terms=rows.design.terms)
    overall = of_test(found.overall, OVERALL)
    return EffectsResult(
        id=spec.id,
        kind=spec.kind,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        heading=f"{data.label}: are hazards proportional?",
        unit=data.endpoint.unit.value,
        n=rows.n,
        events=rows.events,
        excluded=rows.excluded,
        tables=(_ratios(data, rows, fit),),
        tests=(*_tests(found), overall),
        figures=tuple(_figures(rows, found, conventions)),
        primary=overall,
        level=conventions.level,
        described=(
            (
                f"Proportional hazards are judged by the score test for an effect that changes with time "
                f"({_WORDS[spec.transform]}) in a Cox model with {TIES[conventions.ties]}, by term and together, and "
                "by scaled Schoenfeld residuals with a natural-spline smooth.",
                (Reference.COX, Reference.GRAMBSCH_THERNEAU),
            ),
        ),
        notes=tuple(dict.fromkeys(note for note in (rows.note, *rows.design.notes, *found.notes) if note)),
    )


_WORDS = {
    "km": "1 less the Kaplan-Meier estimate",
    "rank": "its rank",
    "identity": "time itself",
    "log": "its logarithm",
}


def _ratios(data: EndpointData, rows: ModelRows, fit: CoxFit) -> EffectTable:
    effects = []
    for term in rows.design.terms:
        for column, words, level, reference in terms_in_words(term):
            ratio = fit.term(column)
            estimate = of_hazard_ratio(ratio)
            effects.append(Effect(HAZARD_RATIO, estimate, words, ratio.method, level, reference, term.name))
    return EffectTable(f"{data.label}: hazard ratios averaged over time", tuple(effects), fit.method)


def _tests(found: ProportionalHazardsTest) -> Iterator[TestResult]:
    for term in found.terms:
        yield of_test(term.test, f"proportional hazards, {term.name}", term.name)


def _figures(rows: ModelRows, found: ProportionalHazardsTest, conventions: Conventions) -> Iterator[FigureData]:
    for term in rows.design.terms:
        if term.columns and term.reference is not None:
            yield LogMinusLogFigure(
                term.name, tuple(_log_minus_log(rows, (term.reference, *term.levels), term.columns))
            )
    for in_time in found.terms:
        if len(in_time.event):
            yield _coefficient(in_time, found, conventions)


def _log_minus_log(rows: ModelRows, levels: tuple[str, ...], columns: tuple[str, ...]) -> Iterator[StepCurve]:
    place = [rows.design.names.index(column) for column in columns]
    level = 1 + np.argmax(rows.design.x[:, place], axis=1)
    level[~np.any(rows.design.x[:, place] == 1, axis=1)] = 0
    for code, name in enumerate(levels):
        here = level == code
        entry = None if rows.entry is None else rows.entry[here]
        curve = kaplan_meier(rows.time[here], rows.event[here], entry=entry)
        drawn = (curve.events > 0) & (curve.survival > 0) & (curve.survival < 1) & (curve.time > 0)
        values = np.log(-np.log(curve.survival[drawn]))
        yield StepCurve(name, tuple(curve.time[drawn].tolist()), tuple(values.tolist()))


def _coefficient(term: TermInTime, found: ProportionalHazardsTest, conventions: Conventions) -> CoefficientFigure:
    smooth = found.smooth(term.name, level=conventions.level)
    marks = np.linspace(0, len(found.x) - 1, min(_MARKS, len(found.x))).astype(np.int64)
    order = np.argsort(found.x)
    return CoefficientFigure(
        term=term.name,
        x=tuple(found.x[term.event].tolist()),
        effects=tuple(term.effect.tolist()),
        smooth_x=tuple(smooth.x.tolist()),
        smooth=tuple(smooth.effect.tolist()),
        lower=tuple(smooth.ci_lower.tolist()),
        upper=tuple(smooth.ci_upper.tolist()),
        average=float(np.mean(term.effect)),
        joint=len(term.columns) > 1,
        places=tuple(found.x[order][marks].tolist()),
        times=tuple(found.time[order][marks].tolist()),
        note=smooth.reason or "",
    )
