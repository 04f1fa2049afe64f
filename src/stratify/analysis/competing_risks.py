"""Competing risks: cumulative incidence by cause and group, Gray's tests, hazard ratios of both kinds.

The subdistribution hazard ratio orders cumulative incidences; the cause-specific one compares rates among patients who
are still free of every event. They answer different questions, so both stand in the report under their own names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratify.analysis.conventions import Conventions
from stratify.analysis.curves import limits
from stratify.analysis.endpoints import EVENT, EndpointData
from stratify.analysis.estimates import of_hazard_ratio, of_incidence, of_test
from stratify.analysis.groups import Groups, groups_by
from stratify.analysis.hazards import TIES, TIES_REFERENCE
from stratify.analysis.marks import risk_marks
from stratify.analysis.populations import Population
from stratify.analysis.references import Reference
from stratify.analysis.refusal import refuse_delayed_entry
from stratify.analysis.regression import ModelRows, model_rows, terms_in_words
from stratify.analysis.results import (
    Effect,
    EffectsResult,
    EffectTable,
    IncidenceFigure,
    Measure,
    StepCurve,
    TestResult,
)
from stratify.analysis.results.effects import CUMULATIVE_INCIDENCE, HAZARD_RATIO, SUBDISTRIBUTION_HAZARD_RATIO
from stratify.model.study import CompetingRisksSpec
from stratify.stats.cox import cox
from stratify.stats.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from stratify.stats.design import design
from stratify.stats.fine_gray import fine_gray
from stratify.stats.gray import gray_test
from stratify.stats.hazard_ratio import HazardRatio
from stratify.stats.incidence_curve import IncidenceCurve
from stratify.stats.variables import Categorical


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The patients, their groups (positions in the groups' order) and the names of the causes."""

    spec: CompetingRisksSpec
    groups: Groups
    code: NDArray[np.int64]
    rows: ModelRows
    causes: tuple[str, ...]
    conventions: Conventions

    @property
    def compared(self) -> bool:
        return len(self.groups.names) > 1


def competing_risks(
    spec: CompetingRisksSpec, data: EndpointData, population: Population, conventions: Conventions
) -> EffectsResult:
    """Estimate cumulative incidence by group, and compare the groups.

    Raises
    ------
    StratifyError
        Names or references that are not known; delayed entry (A017).
    """
    refuse_delayed_entry("A competing-risks analysis", data.entry, spec.span)
    groups = groups_by(spec.by, spec.reference, population, spec.span)
    rows = model_rows(
        data, population, spec.covariates, spec.references, spec.span, strata=spec.strata, grouped=groups.factor
    )
    asked = _Asked(spec, groups, groups.factor.codes[rows.rows], rows, data.causes, conventions)
    incidences = [_incidence(asked, i) for i in range(len(groups.names))]
    at = tuple(dict.fromkeys(map(float, spec.at)))
    marks = risk_marks(float(rows.time.max(initial=0.0)), data.endpoint.unit)
    tests = tuple(_tests(asked)) if asked.compared else ()
    tables = [*_at(asked, incidences, at)]
    if asked.compared or spec.covariates:
        tables += [_ratios(asked, SUBDISTRIBUTION_HAZARD_RATIO), _ratios(asked, HAZARD_RATIO)]
    notes = (groups.ungrouped and f"{groups.ungrouped}: all patients together", rows.note, *_notes(incidences))
    return EffectsResult(
        id=spec.id,
        kind=spec.kind,
        endpoint=data.endpoint.id,
        endpoint_label=data.label,
        heading=f"{data.label} with competing risks, by {spec.by}",
        unit=data.endpoint.unit.value,
        n=rows.n,
        events=rows.events,
        excluded=rows.excluded,
        tables=tuple(tables),
        tests=tests,
        figures=(_figure(asked, incidences, marks),),
        primary=tests[0] if tests else None,
        level=conventions.level,
        described=tuple(_described(asked)),
        notes=tuple(dict.fromkeys(note for note in notes if note)),
    )


def _incidence(asked: _Asked, group: int) -> CumulativeIncidence:
    here = asked.code == group
    return cumulative_incidence(
        asked.rows.time[here], asked.rows.cause[here], causes=asked.causes, level=asked.conventions.level
    )


def _at(asked: _Asked, incidences: list[CumulativeIncidence], at: tuple[float, ...]) -> Iterator[EffectTable]:
    """A table for each cause: the incidence of each group at the times of the plan."""
    for position, cause in enumerate(asked.causes if at else ()):
        effects = []
        for group, found in zip(asked.groups.names, incidences, strict=True):
            for reading in found.curves[position].at(at):
                term = f"{group}, at {reading.time:.10g}"
                effects.append(
                    Effect(
                        CUMULATIVE_INCIDENCE,
                        of_incidence(reading),
                        term,
                        reading.method,
                        group,
                        stratum=cause,
                        time=reading.time,
                    )
                )
        yield EffectTable(f"Cumulative incidence of {cause}", tuple(effects), effects[0].method)


def _tests(asked: _Asked) -> Iterator[TestResult]:
    """Gray's test of the event of interest (stratified, where there are strata), then of the competing ones."""
    for cause in asked.causes:
        found = gray_test(
            asked.rows.time,
            asked.rows.cause,
            asked.code,
            causes=asked.causes,
            interest=cause,
            levels=asked.groups.names,
            strata=asked.rows.strata,
        )
        name = "stratified Gray" if asked.rows.strata is not None else "Gray"
        yield of_test(found, f"{name}, {cause}", cause)


def _ratios(asked: _Asked, measure: Measure) -> EffectTable:
    """Ratios of the event of interest: of the groups to the reference, and of the covariates."""
    first = asked.groups.reference_first()
    grouping = Categorical(first.name, first.codes[asked.rows.rows], first.levels)
    of_groups = design([grouping])
    columns = np.column_stack([d.x for d in (of_groups, asked.rows.design) if d.terms])
    names = (*of_groups.names, *asked.rows.design.names)
    found = _subdistribution(asked, columns, names) if measure == SUBDISTRIBUTION_HAZARD_RATIO else None
    terms = _cause_specific(asked, columns, names) if found is None else found
    effects = []
    for term in (*of_groups.terms, *asked.rows.design.terms):
        for column, words, level, reference in terms_in_words(term):
            ratio = terms[column]
            estimate = of_hazard_ratio(ratio)
            effects.append(Effect(measure, estimate, words, ratio.method, level, reference, term.name))
    title = f"{asked.causes[0]}: {measure.words}s" if found is not None else f"{asked.causes[0]}: cause-specific"
    method = effects[0].method if effects else ""
    return EffectTable(title if found is not None else f"{title} hazard ratios", tuple(effects), method, forest=True)


def _subdistribution(asked: _Asked, x: NDArray[np.float64], names: tuple[str, ...]) -> dict[str, HazardRatio]:
    rows = asked.rows
    fit = fine_gray(
        rows.time,
        rows.cause,
        x,
        names=names,
        causes=asked.causes,
        interest=asked.causes[0],
        level=asked.conventions.level,
    )
    return {name: fit.term(name) for name in names}


def _cause_specific(asked: _Asked, x: NDArray[np.float64], names: tuple[str, ...]) -> dict[str, HazardRatio]:
    rows, conventions = asked.rows, asked.conventions
    fit = cox(
        rows.time,
        rows.cause == EVENT,
        x,
        names=names,
        strata=rows.strata,
        ties=conventions.ties,
        level=conventions.level,
    )
    return {name: fit.term(name) for name in names}


def _figure(asked: _Asked, incidences: list[CumulativeIncidence], marks: tuple[float, ...]) -> IncidenceFigure:
    curves = []
    for group, found in zip(asked.groups.names, incidences, strict=True):
        at_risk = tuple(int(n) for n in found.event_free.number_at_risk(marks)) if marks else ()
        curves += [_steps(group, curve, at_risk) for curve in found.curves]
    method = incidences[0].curves[0].method
    return IncidenceFigure(tuple(curves), marks, method)


def _steps(group: str, curve: IncidenceCurve, at_risk: tuple[int, ...]) -> StepCurve:
    """The curve's steps at events of its cause, and a last point at the end of follow-up."""
    kept = curve.events > 0
    if len(kept):
        kept[-1] = True
    return StepCurve(
        group,
        tuple(curve.time[kept].tolist()),
        tuple(curve.incidence[kept].tolist()),
        limits(curve.ci_lower[kept]),
        limits(curve.ci_upper[kept]),
        at_risk,
        curve.cause,
    )


def _notes(incidences: list[CumulativeIncidence]) -> Iterator[str]:
    for found in incidences:
        yield from (curve.note for curve in found.curves if curve.note)


def _described(asked: _Asked) -> Iterator[tuple[str, tuple[Reference, ...]]]:
    yield (
        "Cumulative incidence is estimated by Aalen-Johansen, other causes competing, with log-log intervals.",
        (Reference.AALEN_JOHANSEN,),
    )
    if asked.compared:
        yield "Cumulative incidences are compared by Gray's test.", (Reference.GRAY,)
    if asked.compared or asked.spec.covariates:
        ties = asked.conventions.ties
        yield (
            "Subdistribution hazard ratios are Fine and Gray's, which order cumulative incidences; cause-specific "
            f"hazard ratios are from Cox models with {TIES[ties]} that censor competing events.",
            (Reference.FINE_GRAY, Reference.COX, TIES_REFERENCE[ties]),
        )
