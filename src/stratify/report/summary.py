"""The few results that a reader wants first, shared by the page and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from stratify.analysis.results import (
    AnalysisResult,
    BaselineResult,
    Contrast,
    Effect,
    EffectsResult,
    EffectTable,
    EnrichmentResult,
    Estimate,
    InteractionResult,
    NotDone,
    Scale,
    SubgroupsResult,
    SurvivalResult,
    TestResult,
)
from stratify.audit.release import Release
from stratify.report.format import (
    NOT_ESTIMABLE,
    count,
    fixed,
    interval_name,
    known,
    not_estimable,
    number_interval,
    p_value,
    probability_interval,
    ratio_interval,
    time_interval,
)

WALD = "p (Wald)"
"""Name of the p-value beside an estimate: the estimate over its standard error, as a normal deviate."""


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """An estimate as text, with the group or level it belongs to where there are several."""

    text: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.label}: {self.text}" if self.label else self.text


@dataclass(frozen=True, slots=True)
class KeyResult:
    """One row of the key results; all fields are ready to print, the estimate in one line or more."""

    analysis: str
    question: str
    measure: str
    estimate: tuple[EstimateLine, ...]
    p_value: str


_KINDS: dict[type, str] = {
    BaselineResult: "baseline",
    SurvivalResult: "survival",
    InteractionResult: "interaction",
    SubgroupsResult: "subgroups",
    EnrichmentResult: "enrichment",
}


def kind_of(result: AnalysisResult) -> str:
    """The kind of an analysis, as in ``study.yaml``."""
    return result.kind if isinstance(result, EffectsResult) else _KINDS[type(result)]


def key_results(release: Release) -> tuple[KeyResult, ...]:
    """Medians, primary tests, hazard ratios, interaction tests and enriched features, in the plan's order.

    A p-value says of which test it is: that of an estimate is Wald's, the primary test has a row of its own.
    """
    found: list[KeyResult] = []
    for result in release.analyses.results:
        match result:
            case SurvivalResult():
                found += _survival(result)
            case InteractionResult():
                found.append(_interaction(result))
            case EnrichmentResult():
                found.append(_enrichment(result, release.level))
            case EffectsResult():
                found += _effects(result)
            case BaselineResult() | SubgroupsResult() | NotDone():
                pass
    return tuple(found)


def _survival(result: SurvivalResult) -> list[KeyResult]:
    medians = tuple(EstimateLine(time_interval(c.median, result.unit), c.group) for c in result.curves)
    shown = [KeyResult(result.id, result.endpoint_label, f"median, {result.unit}", medians, "")]
    shown += [_primary_test(result, test) for test in result.tests[-1:]]
    for contrast in result.contrasts:
        shown += _contrast(result, contrast)
    return shown


def _primary_test(result: SurvivalResult | EffectsResult, test: TestResult) -> KeyResult:
    """The log-rank test, stratified where there are strata: the last of an analysis' tests is its primary one."""
    if test.p_value is None:
        text, p = not_estimable(test.note), "–"
    elif test.chi_square is None:
        text, p = f"z {fixed(test.z, 2)}", p_value(test.p_value)
    else:
        text, p = f"χ² {fixed(test.chi_square, 2)}, df {test.df}", p_value(test.p_value)
    question = result.heading if isinstance(result, EffectsResult) else f"{result.endpoint_label} by {result.by}"
    return KeyResult(result.id, question, f"{test.name} test", (EstimateLine(text),), p)


def _contrast(result: SurvivalResult, contrast: Contrast) -> list[KeyResult]:
    question = f"{result.endpoint_label}: {contrast.group} v {contrast.versus}"
    rows = []
    if contrast.stratified_hazard_ratio is not None:
        rows.append(_ratio(result.id, question, f"hazard ratio, stratified; {WALD}", contrast.stratified_hazard_ratio))
    rows.append(_ratio(result.id, question, f"hazard ratio; {WALD}", contrast.hazard_ratio))
    if contrast.rmst_difference is not None:
        difference = contrast.rmst_difference
        name = f"RMST difference, {result.unit}; {WALD}"
        rows.append(
            KeyResult(
                result.id,
                question,
                name,
                (EstimateLine(time_interval(difference, result.unit)),),
                estimate_p(difference),
            )
        )
    return rows


def _ratio(analysis: str, question: str, name: str, estimate: Estimate) -> KeyResult:
    return KeyResult(analysis, question, name, (EstimateLine(ratio_interval(estimate)),), estimate_p(estimate))


def estimate_p(estimate: Estimate) -> str:
    """The p-value beside an estimate; a dash beside one without a value, which has said ``not estimable`` already."""
    if known(estimate.p_value) is None:
        return "–" if known(estimate.value) is None else NOT_ESTIMABLE
    return p_value(estimate.p_value)


def _interaction(result: InteractionResult) -> KeyResult:
    levels = tuple(EstimateLine(ratio_interval(row.hazard_ratio), row.level) for row in result.rows)
    question = f"{result.endpoint_label}: does {result.biomarker} change the effect of {result.group}?"
    return KeyResult(result.id, question, "hazard ratio by level; p for interaction", levels, _test_p(result))


def _test_p(result: InteractionResult) -> str:
    test = result.interaction
    return p_value(test.p_value) if known(test.p_value) is not None else not_estimable(test.note)


def _enrichment(result: EnrichmentResult, level: float) -> KeyResult:
    tested = [row for row in result.rows if known(row.p_adjusted) is not None]
    found = sum(1 for row in tested if row.p_adjusted is not None and row.p_adjusted <= round(1 - level, 12))
    question = f"Features unequal between {' and '.join(result.groups)}"
    text = f"{count(found)} of {count(len(tested))} with adjusted p ≤ {round(1 - level, 12):g}"
    return KeyResult(result.id, question, "features", (EstimateLine(text),), "")


def _effects(result: EffectsResult) -> list[KeyResult]:
    """The effects of the first table, a line for each measure, and the primary test."""
    shown = []
    effects = [effect for effect in result.tables[0].effects if not effect.single] if result.tables else []
    for measure in dict.fromkeys(effect.measure for effect in effects):
        of = [effect for effect in effects if effect.measure == measure]
        lines = tuple(EstimateLine(effect_text(effect, result.unit), effect.term) for effect in of)
        p = estimate_p(of[0].estimate) if len(of) == 1 and of[0].estimate.p_value is not None else ""
        words = f"{measure.words}, {result.unit}" if measure.scale is Scale.TIME else measure.words
        shown.append(KeyResult(result.id, result.heading, words, lines, p))
    return shown if result.primary is None else [*shown, _primary_test(result, result.primary)]


def effect_text(effect: Effect, unit: str) -> str:
    """An effect with its interval, as its scale is printed."""
    match effect.measure.scale:
        case Scale.RATIO:
            return ratio_interval(effect.estimate)
        case Scale.TIME:
            return time_interval(effect.estimate, unit)
        case Scale.PROBABILITY:
            return probability_interval(effect.estimate)
        case Scale.NUMBER:
            return fixed(effect.estimate.value, 3) if effect.single else number_interval(effect.estimate)
        case _:
            assert_never(effect.measure.scale)


def first_heading(table: EffectTable) -> str:
    """What the first column of a table of effects names: groups, comparisons, or the terms of a model."""
    if all(effect.versus is not None for effect in table.effects):
        return "Comparison"
    return "Group" if all(effect.group is not None for effect in table.effects) else "Term"


def headline_counts(release: Release) -> tuple[tuple[str, int], ...]:
    """Patients by verdict."""
    a = release.attrition
    return (
        ("Screened", a.screened),
        ("Excluded", a.ineligible),
        ("Undetermined", a.undetermined),
        ("Eligible", a.eligible),
    )


def interval_heading(release: Release) -> str:
    """Heading of the column of estimates."""
    return f"Estimate ({interval_name(release.level)})"
