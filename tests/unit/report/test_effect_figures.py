"""The figures of effects: what is drawn lies where the numbers say, whatever the numbers."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest

from stratify.analysis.results import (
    CoefficientFigure,
    EffectsResult,
    IncidenceFigure,
    LogMinusLogFigure,
    RestrictedAreaFigure,
    StepCurve,
)
from stratify.report.figures import effect_figures
from stratify.report.figures.axis import around, log_time_ticks, number_ticks
from unit.report.drawn_text import LONG, SVG, text_is_neither_clipped_nor_overlapping, texts
from unit.report.example_effects import EVENTS, coefficient_figure, incidence_figure, restricted_means, result
from unit.report.example_release import GROUPS, HORIZON, example_release

EVIL = '</title><script>"&\x1b\u202e'
NAN, INF = math.nan, math.inf


def effects_of(kind: str) -> EffectsResult:
    results = example_release().analyses.results
    return next(r for r in results if isinstance(r, EffectsResult) and r.kind == kind)


def drawn(figure, **parts):
    """The one figure of an analysis that has no other."""
    [only] = effect_figures(result("ph_check", "An analysis", figures=(figure,), **parts))
    return only


def curve(times=(), values=(), **parts) -> StepCurve:
    return StepCurve(**{"group": "a", "times": times, "values": values, "cause": "c", **parts})


def coefficient(x=(), effects=(), **parts) -> CoefficientFigure:
    plain = {"term": "age", "smooth_x": (), "smooth": (), "lower": (), "upper": (), "average": 0.0, "joint": False}
    return CoefficientFigure(**{**plain, "x": x, "effects": effects, "places": (), "times": (), **parts})


def paths(svg) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}path"))  # noqa: S314 - our own figure


def points(path: ET.Element) -> list[tuple[float, float]]:
    pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", ""))
    return [(float(x), float(y)) for x, y in pairs]


def lines(svg) -> list[ET.Element]:
    return [p for p in paths(svg) if p.get("fill") == "none" and p.get("stroke-linecap") is None]


def dots(svg) -> list[tuple[float, float]]:
    return points(next(p for p in reversed(paths(svg)) if p.get("stroke-linecap") == "round"))


def below(svg) -> dict[str, float]:
    """Where the labels below the axis lie."""
    found = texts(svg)
    time = next(float(t.get("y", "0")) for t in found if (t.text or "").startswith("Time ("))
    return {t.text or "": float(t.get("x", "0")) for t in found if float(t.get("y", "0")) == time - 17}


def left(svg) -> dict[str, list[float]]:
    """Heights of the labels left of the axis, from the top."""
    heights: dict[str, list[float]] = {}
    for t in texts(svg):
        if t.get("text-anchor") == "end":
            heights.setdefault(t.text or "", []).append(float(t.get("y", "0")) - 4)
    return heights


def crowded():
    groups = tuple(f"{i} {LONG}" for i in range(7))
    many = incidence_figure(groups)
    causes = tuple(replace(c, cause=f"{i} {LONG}", at_risk=(123_456,) * 3) for c in many.curves for i in range(3))
    survival = tuple(curve((1.0, 1e6), (0.9, 0.1), group=group) for group in groups)
    return {
        "incidence": replace(many, curves=causes),
        "area": RestrictedAreaFigure(survival, 1.0),
        "parallel": LogMinusLogFigure(LONG, tuple(replace(c, values=(-1e6, 1e6)) for c in survival)),
        "effect": replace(
            coefficient_figure(LONG),
            effects=tuple(1e6 * e for e in coefficient_figure().effects),
            times=tuple(1e6 + i for i in range(7)),
        ),
    }


@pytest.mark.parametrize("name", list(crowded()))
def test_long_names_and_large_numbers_are_neither_clipped_nor_overlapping(name):
    text_is_neither_clipped_nor_overlapping(drawn(crowded()[name], unit="fortnights").svg)


@pytest.mark.parametrize("kind", ["cox", "competing_risks", "rmst", "ph_check"])
def test_the_example_has_its_figures_with_text_that_can_be_read(kind):
    figures = effect_figures(effects_of(kind))
    assert len(figures) == {"cox": 1, "competing_risks": 1, "rmst": 1, "ph_check": 3}[kind]
    for figure in figures:
        text_is_neither_clipped_nor_overlapping(figure.svg)
        assert all(float(t.get("font-size", "12")) >= 11 for t in texts(figure.svg))
        assert figure.caption[0].isupper()
        assert figure.caption.endswith(".")


# --- cumulative incidence


def test_an_incidence_rises_at_its_events_in_the_panel_of_its_cause():
    steps = curve((10.0, 30.0), (0.1, 0.3))
    other = curve((20.0, 40.0), (0.2, 0.2), cause="d")
    svg = drawn(IncidenceFigure((steps, other), (0.0, 20.0, 40.0), "m")).svg
    first, second = map(points, lines(svg))
    at, heights = below(svg), left(svg)
    zero, three = heights["0"], heights["0.3"]
    assert first[0] == (at["0"], zero[0])
    assert max(x for x, _ in first) == pytest.approx(at["0"] + 0.75 * (at["40"] - at["0"]))
    assert first[-1][1] == pytest.approx(three[0], abs=0.1)
    assert second[0] == (at["0"], zero[1])
    assert [x for x, _ in second][1:3] == [at["20"], at["20"]]
    assert second[-1][1] == pytest.approx(zero[1] + (three[1] - zero[1]) * 2 / 3, abs=0.1)


def test_all_causes_of_a_group_have_its_colour_and_dash_and_groups_differ():
    svg = drawn(incidence_figure(GROUPS)).svg
    styles = [(p.get("stroke"), p.get("stroke-dasharray")) for p in lines(svg)]
    assert styles[0] == styles[2]
    assert styles[1] == styles[3]
    assert styles[0][1] != styles[1][1]


def test_numbers_at_risk_stand_below_their_time_once_for_all_causes():
    figure = incidence_figure(GROUPS)
    svg = drawn(figure).svg
    at = below(svg)
    for numbers in {c.at_risk for c in figure.curves}:
        for mark, n in zip(figure.marks, numbers, strict=True):
            [place] = [float(t.get("x", "0")) for t in texts(svg) if t.text == str(n) and t.get("fill") == "#555555"]
            assert place == at[f"{mark:g}"]


def test_an_incidence_without_marks_has_ticks_and_no_table():
    svg = drawn(incidence_figure(GROUPS, ())).svg
    assert "Number at risk" not in svg
    assert len(below(svg)) > 3


@pytest.mark.parametrize(("most", "end"), [(0.004, "0.01"), (0.031, "0.05"), (0.21, "0.3"), (0.65, "0.8"), (1.0, "1")])
def test_the_axis_of_incidence_ends_at_a_tick_above_all_that_is_drawn_and_the_caption_says_where(most, end):
    figure = drawn(IncidenceFigure((curve((1.0, 2.0), (most / 2, most)),), (), "m"))
    assert f"The vertical axis ends at {end}." in figure.caption
    assert end in left(figure.svg)


def test_the_description_of_an_incidence_reads_its_curves():
    steps = curve((10.0, 30.0, 50.0), (0.1, 0.3, 0.4))
    svg = drawn(IncidenceFigure((steps,), (0.0, 20.0, 40.0, 60.0), "m")).svg
    assert "c, a: 0.100 at 20 days, 0.300 at 40 days." in svg


def test_a_band_of_incidence_starts_at_nothing_and_has_a_gap_where_a_limit_is_missing():
    banded = curve((10.0, 20.0, 30.0), (0.1, 0.2, 0.3), lower=(0.05, 0.1, None), upper=(0.2, 0.3, INF))
    svg = drawn(IncidenceFigure((banded,), (0.0, 30.0), "m")).svg
    [band] = [points(p) for p in paths(svg) if p.get("fill") != "none"]
    at = below(svg)
    assert min(x for x, _ in band) == at["0"]
    assert max(x for x, _ in band) == at["30"]
    assert band[0][1] == left(svg)["0"][0]


# --- restricted means


def test_the_shaded_area_ends_at_the_horizon_and_the_curve_goes_on():
    steps = curve((10.0, 40.0, 60.0), (0.8, 0.5, 0.2))
    figure = drawn(RestrictedAreaFigure((steps,), 50.0))
    [area] = [points(p) for p in paths(figure.svg) if p.get("fill") != "none"]
    [line] = map(points, lines(figure.svg))
    at = below(figure.svg)
    place = (at["0"] + at["50"] * 0) + (at["50"] - at["0"])
    assert max(x for x, _ in area) == pytest.approx(place, abs=0.1)
    assert max(x for x, _ in line) > place
    assert line[-1][1] == pytest.approx(left(figure.svg)["0.2"][0], abs=0.1)
    assert "to the horizon of 50 days" in figure.caption


def test_the_shades_of_groups_are_one_grey_so_that_what_they_share_is_darker():
    figure = effect_figures(effects_of("rmst"))[0]
    areas = [p for p in paths(figure.svg) if p.get("fill") != "none"]
    assert {(p.get("fill"), p.get("fill-opacity")) for p in areas} == {("#1a1a1a", "0.14")}
    assert "Control: restricted mean 1301.5 (1241.5 to 1361.5) days" in figure.svg
    assert "difference of their restricted means" in figure.caption


def test_a_horizon_early_in_a_long_follow_up_keeps_most_of_the_width():
    figure = drawn(RestrictedAreaFigure((curve((10.0, 9000.0), (0.9, 0.1)),), 100.0))
    assert "The time axis ends at 150 days." in figure.caption
    assert "9000" not in figure.svg


def test_a_curve_that_ends_before_the_horizon_is_shaded_only_as_far_as_it_is_known():
    figure = drawn(RestrictedAreaFigure((curve((10.0, 60.0), (0.8, 0.5)),), 100.0))
    [area] = [points(p) for p in paths(figure.svg) if p.get("fill") != "none"]
    at = below(figure.svg)
    assert max(x for x, _ in area) == pytest.approx(at["60"], abs=0.1)


# --- log-minus-log


def test_proportional_hazards_are_drawn_as_parallel_curves_over_log_time():
    first = curve((10.0, 100.0, 1000.0), (-2.0, -1.0, 0.0))
    second = replace(first, group="b", values=(-1.0, 0.0, 1.0))
    svg = drawn(LogMinusLogFigure("arm", (first, second))).svg
    one, two = map(points, lines(svg))
    at = below(svg)
    assert at["1000"] - at["100"] == pytest.approx(at["100"] - at["10"], abs=0.2)
    assert {round(a[1] - b[1], 0) for a, b in zip(one, two, strict=True)} == {round(one[0][1] - two[0][1], 0)}
    assert one[0] == pytest.approx((at["10"], left(svg)["−2"][0]), abs=0.1)


def test_a_level_of_one_step_is_a_dot_and_one_of_none_is_named_without_a_line():
    figure = LogMinusLogFigure("arm", (curve((5.0,), (-1.0,)), curve(group="b"), curve((9.0,), (-INF,), group="c")))
    svg = drawn(figure).svg
    assert lines(svg) == []
    assert svg.count("<circle") == 1
    assert "b: no event to draw" in svg
    assert "c: no event to draw" in svg


# --- effects over time


def test_a_dot_lies_at_its_effect_and_time_and_the_average_is_dashed():
    figure = coefficient(
        (0.0, 0.5, 1.0), (-1.0, 2.0, 1.0), average=0.5, places=(0.0, 0.5, 1.0), times=(10.0, 20.0, 400.0)
    )
    svg = drawn(figure).svg
    at, heights = below(svg), left(svg)
    assert dots(svg) == [
        pytest.approx((at[t], heights[e][0]), abs=0.1) for t, e in (("10", "−1"), ("20", "2"), ("400", "1"))
    ]
    level = [e for e in ET.fromstring(svg).iter(f"{SVG}line") if e.get("stroke-dasharray") == "6 4"]  # noqa: S314
    assert float(level[-1].get("y1", "0")) == pytest.approx(heights["0.5"][0], abs=0.1)
    assert "average 0.500" in svg


def test_a_smooth_and_its_band_have_gaps_where_they_are_no_number_and_stay_in_the_plot():
    figure = coefficient(
        (0.0, 1.0, 2.0),
        (0.0, 1.0, 2.0),
        smooth_x=(0.0, 0.5, 1.0, 1.5, 2.0),
        smooth=(0.0, 0.5, NAN, 1.5, 2.0),
        lower=(-INF, 0.0, NAN, 1.0, 1.5),
        upper=(1.0, 1.0, NAN, 2.0, 1e9),
    )
    svg = drawn(figure).svg
    assert len(lines(svg)) == 2
    bands = [p for p in paths(svg) if p.get("fill") != "none"]
    assert len(bands) == 3  # one in the legend
    heights = [y for p in paths(svg) for _, y in points(p)]
    lowest = next(float(t.get("y", "0")) for t in texts(svg) if (t.text or "").startswith("Time (")) - 34
    assert all(0 < y <= lowest for y in heights)


def test_a_million_events_make_a_figure_that_can_be_sent():
    many = 1_000_000
    x = tuple(i / many for i in range(many))
    effects = tuple(math.sin(i * 12.9898) * 3 for i in range(many))
    svg = drawn(coefficient(x, effects)).svg
    assert len(svg) < 500_000
    assert len(dots(svg)) > 10_000
    assert "1\u202f000\u202f000 events" in svg


def test_few_events_are_all_drawn():
    assert len(dots(drawn(coefficient_figure()).svg)) == EVENTS


def test_the_caption_says_the_test_or_why_there_is_no_smooth():
    tested = effect_figures(effects_of("ph_check"))
    assert "Test of proportional hazards: p\u00a0=\u00a00.043." in tested[1].caption
    assert "as a multiple of its average" in tested[2].caption
    alone = drawn(coefficient((1.0,), (2.0,), note="fewer than 4 event times"))
    assert "No smooth is drawn: fewer than 4 event times." in alone.caption
    assert "smooth," not in alone.svg
    assert "no smooth: fewer than 4 event times" in alone.svg


# --- whatever the numbers

NOTHING = curve()
POINT = curve((5.0,), (0.5,))
EQUAL = curve((5.0, 5.0), (0.5, 0.5), lower=(None, NAN), upper=(INF, None))
UNKNOWN = curve((1.0, 2.0), (NAN, INF), lower=(NAN, -INF), upper=(NAN, INF))
AT_ZERO = curve((0.0,), (1.0,))
DEGENERATE = {
    "incidence of nobody": IncidenceFigure((), (), "m"),
    "incidence of an empty group": IncidenceFigure((NOTHING,), (0.0,), "m"),
    "incidence at one time": IncidenceFigure((POINT, NOTHING, EQUAL, UNKNOWN, AT_ZERO), (0.0,), "m"),
    "incidence without time": IncidenceFigure((AT_ZERO,), (), "m"),
    "no survival": RestrictedAreaFigure((), 10.0),
    "survival of nobody": RestrictedAreaFigure((NOTHING,), 10.0),
    "survival at one time": RestrictedAreaFigure((POINT, NOTHING, EQUAL, UNKNOWN, AT_ZERO), 3.0),
    "a horizon of nothing": RestrictedAreaFigure((POINT,), 0.0),
    "no level": LogMinusLogFigure("f", ()),
    "levels without events": LogMinusLogFigure("f", (NOTHING, AT_ZERO, UNKNOWN)),
    "levels at one time": LogMinusLogFigure("f", (POINT, EQUAL)),
    "events without time": coefficient(average=NAN),
    "one event": coefficient((1.0,), (2.0,), average=2.0, places=(1.0,), times=(30.0,)),
    "equal effects": coefficient((1.0, 2.0), (0.0, 0.0)),
    "effects that are no numbers": coefficient(
        (1.0, NAN, 3.0),
        (NAN, INF, -INF),
        **dict.fromkeys(("smooth_x", "smooth", "lower", "upper"), (NAN, INF)),
        average=INF,
        places=(NAN, 1.0),
        times=(1.0, 2.0),
    ),
}


@pytest.mark.parametrize("name", list(DEGENERATE))
def test_what_cannot_be_drawn_is_left_out_and_said(name):
    figure = drawn(DEGENERATE[name])
    text_is_neither_clipped_nor_overlapping(figure.svg)
    assert not re.search(r"\b(nan|inf|None)\b", figure.svg + figure.caption)
    assert all(len(points(p)) > 0 for p in paths(figure.svg))
    empty = ("nobody", "empty", "no survival", "no level", "without events", "without time", "no numbers")
    if any(word in name for word in empty) and name != "incidence without time":
        assert "nothing to draw" in figure.svg


def test_every_text_of_a_user_is_cleaned_and_escaped():
    curves = tuple(replace(c, group=EVIL + c.group, cause=EVIL) for c in incidence_figure(GROUPS).curves)
    figures = (
        IncidenceFigure(curves, (0.0, 500.0, 1000.0), EVIL),
        RestrictedAreaFigure(curves, HORIZON),
        LogMinusLogFigure(EVIL, curves),
        replace(coefficient_figure(EVIL), note=EVIL),
    )
    evil = result("ph_check", EVIL, figures=figures, unit=EVIL, endpoint_label=EVIL)
    for figure in effect_figures(evil):
        assert "<script" not in figure.svg
        assert "\x1b" not in figure.svg
        assert "\u202e" not in figure.svg
        assert ET.fromstring(figure.svg).get("aria-label")  # noqa: S314 - our own figure


def test_the_same_result_gives_the_same_bytes():
    for kind in ("competing_risks", "rmst", "ph_check"):
        assert effect_figures(effects_of(kind)) == effect_figures(effects_of(kind))


def test_a_restricted_mean_that_is_not_estimable_says_why_in_the_legend():
    curves = (replace(POINT, group="a"), replace(POINT, group="b"), replace(POINT, group="c"))
    known = restricted_means(curves[:2], 3.0)
    table = known.tables[1]
    unknown = replace(table.effects[0].estimate, value=None, lower=None, upper=None, note="no patients")
    table = replace(table, effects=(replace(table.effects[0], estimate=unknown), *table.effects[1:]))
    [figure] = effect_figures(
        replace(known, tables=(known.tables[0], table), figures=(RestrictedAreaFigure(curves, 3.0),))
    )
    assert "a: restricted mean not estimable: no patients<" in figure.svg
    assert [t.text for t in texts(figure.svg)][2] == "c"


def test_ticks_are_round_and_within_the_axis():
    assert number_ticks(0.0, 1.0) == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert number_ticks(-0.34, 0.11, 5) == (-0.3, -0.2, -0.1, 0.0, 0.1)
    assert log_time_ticks(3.0, 60.0) == (5, 10, 20, 50)
    assert log_time_ticks(1.0, 1e7) == tuple(10.0**power for power in range(8))
    assert log_time_ticks(30.0, 45.0) == (30, 35, 40, 45)
    assert around([]) == (0.0, 1.0)
    assert around([0.0, 0.0]) == (-1.0, 1.0)
    assert around([5.0]) == (4.5, 5.5)
    for low, high in ((1e-12, 1.0), (0.7, 0.8), (3.0, 4.0), (1.0, 1e300)):
        ticks = log_time_ticks(low, high)
        assert all(low <= tick <= high for tick in ticks)
        assert all(a < b for a, b in pairwise(ticks))
