"""An analysis of effects as rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from stratify.analysis.results import EffectsResult, IncidenceFigure, Statistic
from stratify.analysis.results.effects import CUMULATIVE_INCIDENCE, HAZARD_RATIO, Effect
from stratify.analysis.statistic_rows import count, estimate, test


def effects_rows(result: EffectsResult) -> Iterator[Statistic]:
    """Counts, each table's effects, the tests, and the steps of cumulative incidence curves."""
    base = Statistic(result.id, "n", None, endpoint=result.endpoint)
    yield count(base, "n", result.n)
    yield count(base, "events", result.events)
    yield count(base, "excluded", result.excluded)
    for table in result.tables:
        for effect in table.effects:
            yield from _effect_rows(base, effect)
    for found in result.tests:
        yield from test(replace(base, stratum=found.stratum), found)
    for figure in result.figures:
        if isinstance(figure, IncidenceFigure):
            yield from _incidence_rows(base, figure)


def _effect_rows(base: Statistic, effect: Effect) -> Iterator[Statistic]:
    own = replace(base, group=effect.group, versus=effect.versus, stratum=effect.stratum, time=effect.time)
    if effect.single:
        yield replace(
            own,
            statistic=effect.measure.statistic,
            value=effect.estimate.value,
            method=effect.method,
            note=effect.estimate.note,
        )
        return
    yield from estimate(own, effect.measure.statistic, effect.estimate, effect.method)
    value = effect.estimate.value
    if effect.measure == HAZARD_RATIO and value is not None and 0 < value < math.inf:
        yield replace(own, statistic="log_hazard_ratio", value=math.log(value), method=effect.method)


def _incidence_rows(base: Statistic, figure: IncidenceFigure) -> Iterator[Statistic]:
    for curve in figure.curves:
        own = replace(
            base, group=curve.group or None, stratum=curve.cause, method=f"{figure.method}, step of the curve"
        )
        for time, value, lower, upper in zip(curve.times, curve.values, curve.lower, curve.upper, strict=True):
            step = replace(own, time=time)
            absent = "" if lower is not None else "no interval exists here"
            yield replace(step, statistic=CUMULATIVE_INCIDENCE.statistic, value=value)
            yield replace(step, statistic="ci_lower", value=lower, note=absent)
            yield replace(step, statistic="ci_upper", value=upper, note=absent)
