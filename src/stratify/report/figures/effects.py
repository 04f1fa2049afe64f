"""The figures of an analysis of effects: what its data draw, and forests of its ratios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from markupsafe import Markup

from stratify.analysis.results import (
    CoefficientFigure,
    EffectsResult,
    EffectTable,
    FigureData,
    IncidenceFigure,
    LogMinusLogFigure,
    RestrictedAreaFigure,
)
from stratify.report.figures.coefficient import coefficient, coefficient_caption
from stratify.report.figures.forest import Column, Forest, Line, draw_forest
from stratify.report.figures.incidence import incidence, incidence_caption
from stratify.report.figures.log_minus_log import log_minus_log, log_minus_log_caption
from stratify.report.figures.restricted_area import restricted_area, restricted_area_caption
from stratify.report.format import interval_name, ratio_interval

_LABEL = 300.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure and the caption that stands under it."""

    svg: Markup
    caption: str


def effect_figures(result: EffectsResult) -> tuple[Drawn, ...]:
    """What there is to draw, in the order of reading."""
    return (*(_drawn(result, figure) for figure in result.figures), *_forests(result))


def _drawn(result: EffectsResult, figure: FigureData) -> Drawn:
    match figure:
        case IncidenceFigure():
            return Drawn(incidence(result, figure), incidence_caption(result, figure))
        case RestrictedAreaFigure():
            return Drawn(restricted_area(result, figure), restricted_area_caption(result, figure))
        case LogMinusLogFigure():
            return Drawn(log_minus_log(result, figure), log_minus_log_caption(figure))
        case CoefficientFigure():
            return Drawn(coefficient(result, figure), coefficient_caption(result, figure))
        case _:
            assert_never(figure)


def _forests(result: EffectsResult) -> Iterator[Drawn]:
    for table in result.tables:
        drawable = [e for e in table.effects if e.estimate.value is not None and not e.single]
        if table.forest and len(drawable) > 1:
            lines = f"lines: {interval_name(result.level)}, with an arrow where it goes on"
            caption = f"{table.title}. Squares: area in proportion to the information; {lines}."
            yield Drawn(_forest(result, table), caption)


def _forest(result: EffectsResult, table: EffectTable) -> Markup:
    effects = [effect for effect in table.effects if not effect.single]
    words = effects[0].measure.words
    said = "; ".join(f"{effect.term}: {ratio_interval(effect.estimate)}" for effect in effects)
    return draw_forest(
        Forest(
            f"{result.heading}: {table.title}",
            f"{words.capitalize()}: {said}.",
            (Column("", _LABEL, "start"),),
            1,
            tuple(Line((effect.term,), effect.estimate) for effect in effects),
            words.capitalize(),
            result.level,
        )
    )
