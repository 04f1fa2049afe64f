"""A survival analysis as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stratify.analysis.results import (
    AnalysisResult,
    Contrast,
    Curve,
    EffectsResult,
    NotDone,
    SurvivalResult,
    TestResult,
)
from stratify.cli.tables import table
from stratify.report.format import (
    count,
    fixed,
    interval_name,
    p_value,
    plain,
    probability_interval,
    ratio_interval,
    time_interval,
)
from stratify.report.summary import effect_text

if TYPE_CHECKING:
    from rich.console import RenderableType


def survival_text(result: AnalysisResult | NotDone, *, grouped: bool) -> Iterator[RenderableType]:
    """Groups, comparisons, tests, methods. Without groups the note that there are none is left out."""
    if isinstance(result, NotDone):
        yield f"not done: {result.reason}"
    if isinstance(result, EffectsResult):
        yield from _effects(result)
    if not isinstance(result, SurvivalResult):
        return
    yield f"{count(result.n)} patients, {count(result.events)} events, {count(result.excluded)} excluded"
    horizons = [] if result.rmst_horizon is None else [f"RMST to {plain(result.rmst_horizon)}"]
    interval = interval_name(result.level)
    heads = [f"median, {result.unit} ({interval})", *horizons, *(f"S({plain(time)})" for time in result.at)]
    yield table(
        [result.by if grouped else "", "n", "events", *heads], (_curve(curve, result) for curve in result.curves)
    )
    if result.contrasts:
        yield table(
            ["comparison", "measure", f"estimate ({interval})", "p (Wald)"],
            (row for contrast in result.contrasts for row in _contrast(contrast, result)),
            left=2,
        )
    for test in result.tests:
        yield _test(test)
    yield from result.notes if grouped else result.notes[1:]
    methods = (result.km_method, result.cox_method if result.contrasts else "", result.rmst_method)
    yield "; ".join(method for method in methods if method)


def _effects(result: EffectsResult) -> Iterator[RenderableType]:
    """The tables and tests of a model."""
    yield result.heading
    interval = interval_name(result.level)
    for shown in result.tables:
        rows = (
            [
                effect.term,
                effect.measure.words,
                effect_text(effect, result.unit),
                "" if effect.estimate.p_value is None else p_value(effect.estimate.p_value),
            ]
            for effect in shown.effects
        )
        yield table([shown.title, "measure", f"estimate ({interval})", "p (Wald)"], rows, left=2)
    yield from map(_test, result.tests)
    yield from result.notes
    yield "; ".join(dict.fromkeys(shown.method for shown in result.tables))


def _curve(curve: Curve, result: SurvivalResult) -> list[str]:
    means = [] if curve.restricted_mean is None else [time_interval(curve.restricted_mean, result.unit)]
    landmarks = map(probability_interval, curve.landmarks)
    median = time_interval(curve.median, result.unit)
    return [curve.group, count(curve.n), count(curve.events), median, *means, *landmarks]


def _contrast(contrast: Contrast, result: SurvivalResult) -> Iterator[list[str]]:
    who = f"{contrast.group} v {contrast.versus}"
    ratios = {
        "hazard ratio": contrast.hazard_ratio,
        f"hazard ratio, stratified by {', '.join(result.strata)}": contrast.stratified_hazard_ratio,
    }
    for name, ratio in ratios.items():
        if ratio is not None:
            yield [who, name, ratio_interval(ratio), p_value(ratio.p_value)]
    for time, at in zip(result.at, contrast.survival_differences, strict=bool(contrast.survival_differences)):
        yield [who, f"difference of S({plain(time)})", probability_interval(at), p_value(at.p_value)]
    difference = contrast.rmst_difference
    if difference is not None:
        yield [
            who,
            f"RMST difference, {result.unit}",
            time_interval(difference, result.unit),
            p_value(difference.p_value),
        ]


def _test(test: TestResult) -> str:
    if test.z is not None:
        return f"{test.name}: z {fixed(test.z, 3)}, p {p_value(test.p_value)}"
    if test.chi_square is None:
        return f"{test.name}: not estimable" + (f": {test.note}" if test.note else "")
    return f"{test.name}: chi-square {fixed(test.chi_square, 3)}, df {test.df}, p {p_value(test.p_value)}"
