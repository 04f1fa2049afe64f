"""The figures: what is drawn lies where the numbers say."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from stratify.analysis.results import EnrichmentResult, Estimate, InteractionResult, SubgroupsResult, SurvivalResult
from stratify.audit.release import ArmCount
from stratify.report.figures import (
    consort_flow,
    enrichment_forest,
    failing_together,
    interaction_forest,
    kaplan_meier,
    subgroup_forest,
)
from stratify.report.figures.axis import LogScale, Scale, ratio_scale, ratio_ticks, thinned, time_ticks
from stratify.report.figures.curve_shape import bands, censor_marks, staircase, steps
from stratify.report.figures.drawing import Drawing
from stratify.report.figures.frame import STYLES, style
from stratify.report.figures.lettering import text_width, wrapped
from unit.report.drawn_text import LONG, SVG, text_is_neither_clipped_nor_overlapping, texts
from unit.report.example_release import example_release


def the(kind):
    return next(r for r in example_release().analyses.results if isinstance(r, kind))


def figures():
    release = example_release()
    return {
        "consort": consort_flow(release),
        "together": failing_together(release.attrition),
        "curves": kaplan_meier(the(SurvivalResult)),
        "interaction": interaction_forest(the(InteractionResult)),
        "subgroups": subgroup_forest(the(SubgroupsResult)),
        "enrichment": enrichment_forest(the(EnrichmentResult), 0.95),
    }


def crowded():
    """Long labels, many groups, reasons of several lines, thousands of patients."""
    release, survival, subgroups = example_release(), the(SurvivalResult), the(SubgroupsResult)
    curves = tuple(replace(c, group=f"{i} {LONG}", at_risk=(123_456,) * 8) for c in survival.curves for i in range(4))
    factor = subgroups.subgroups[0]
    rows = (
        replace(factor.rows[0], level=LONG, hazard_ratio=Estimate(None, note=LONG)),
        replace(factor.rows[1], level="x" * 80, hazard_ratio=Estimate(3.0, 0.001, 900.0)),
    )
    long_factor = replace(factor, label=LONG, rows=rows)
    attrition = replace(
        release.attrition,
        screened=1_234_567,
        rows=tuple(
            replace(r, persons_out=54_321, criterion=replace(r.criterion, text=LONG * 3))
            for r in release.attrition.rows
        ),
        failing_together=tuple((("I01", "E01"), 123_456) for _ in range(30)),
    )
    arms = tuple(ArmCount(str(i), LONG, 100_000) for i in range(6))
    enrichment = the(EnrichmentResult)
    features = tuple(replace(r, feature=LONG) for r in enrichment.rows)
    return {
        "consort": consort_flow(replace(release, arms=arms, attrition=attrition)),
        "together": failing_together(attrition),
        "curves": kaplan_meier(replace(survival, curves=curves, endpoint_label=LONG * 2)),
        "interaction": interaction_forest(replace(the(InteractionResult), group=LONG, versus=LONG, rows=rows)),
        "subgroups": subgroup_forest(replace(subgroups, group=LONG, versus=LONG, subgroups=(long_factor,))),
        "enrichment": enrichment_forest(replace(enrichment, rows=features, groups=(LONG, LONG)), 0.95),
    }


@pytest.mark.parametrize("name", list(figures()))
@pytest.mark.parametrize("draw", [figures, crowded])
def test_a_figure_is_well_formed_and_its_text_neither_clipped_nor_overlapping(draw, name):
    svg = draw()[name]
    text_is_neither_clipped_nor_overlapping(svg)


def test_every_text_is_large_enough_to_print():
    for svg in figures().values():
        assert all(float(t.get("font-size", "12")) >= 11 for t in texts(svg))


def test_steps_start_at_one_and_fall_at_the_event():
    x, y = Scale(0, 10, 0, 100), Scale(0, 1, 100, 0)
    corners = [(t, s) for t, s in steps((2.0, 5.0), (0.75, 0.5)) if s is not None]
    expected = [(0, 0), (20, 0), (20, 25), (50, 25), (50, 50), (80, 50)]
    assert staircase(corners, 8.0, x, y) == expected


def test_a_curve_given_from_time_zero_is_not_started_twice():
    assert steps((0.0, 2.0), (1.0, 0.5)) == [(0.0, 1.0), (2.0, 0.5)]


def test_steps_finer_than_paper_are_joined_but_end_where_they_must():
    x, y = Scale(0, 1, 0, 100), Scale(0, 1, 100, 0)
    corners = [(i / 100_000, 1 - i / 100_000) for i in range(100_001)]
    points = staircase(corners, 1.0, x, y)
    assert len(points) < 2100
    assert points[-1] == pytest.approx((100, 100), abs=0.2)


def test_a_band_has_a_gap_where_a_limit_is_missing():
    curve = replace(
        the(SurvivalResult).curves[0],
        times=(0.0, 1.0, 2.0, 3.0),
        survival=(1.0, 0.8, 0.6, 0.4),
        lower=(1.0, 0.7, None, 0.2),
        upper=(1.0, 0.9, 0.8, math.nan),
        censor_times=(4.0,),
    )
    outlines = list(bands(curve, Scale(0, 4, 0, 400), Scale(0, 1, 100, 0)))
    assert len(outlines) == 1
    assert max(x for x, _ in outlines[0]) == 200


def test_censored_patients_are_marked_on_the_curve():
    curve = replace(
        the(SurvivalResult).curves[0], times=(0.0, 2.0), survival=(1.0, 0.5), censor_times=(1.0, 2.0, 3.0, 3.0)
    )
    marks = censor_marks(curve, Scale(0, 4, 0, 40), Scale(0, 1, 100, 0))
    assert marks == [(10, 0), (20, 50), (30, 50)]


def test_numbers_at_risk_stand_below_their_time():
    result = the(SurvivalResult)
    svg = kaplan_meier(result)
    ticks = {t.text: float(t.get("x", "0")) for t in texts(svg) if t.get("text-anchor") == "middle"}
    for curve in result.curves:
        for mark, n in zip(result.marks, curve.at_risk, strict=True):
            place = ticks[f"{mark:g}"]
            assert any(t.text == str(n) and float(t.get("x", "0")) == place for t in texts(svg))


def test_groups_differ_by_dash_and_not_by_colour_alone():
    assert len({dash for _, dash in STYLES}) == len(STYLES)
    assert len({style(i) for i in range(24)}) == 24


def test_a_curve_figure_without_marks_has_ticks_and_no_table():
    svg = kaplan_meier(replace(the(SurvivalResult), marks=()))
    assert "Number at risk" not in svg
    assert ">2000<" in svg


def squares(svg) -> dict[float, float]:
    """Side by height of the middle, of the filled squares."""
    found = ET.fromstring(svg).iter(f"{SVG}rect")  # noqa: S314 - our own figure
    filled = [r for r in found if r.get("fill") == "#1a1a1a"]
    return {
        round(float(r.get("y", "0")) + float(r.get("height", "0")) / 2, 1): float(r.get("width", "0")) for r in filled
    }


def test_the_square_of_more_information_is_larger_in_proportion():
    result = the(SubgroupsResult)
    factor = result.subgroups[0]
    rows = tuple(
        replace(row, hazard_ratio=Estimate(0.8, 0.8 / width, 0.8 * width))
        for row, width in zip(factor.rows, (math.e**0.25, math.e**0.5), strict=True)
    )
    sides = list(squares(subgroup_forest(replace(result, subgroups=(replace(factor, rows=rows),)))).values())
    assert sides[0] / sides[1] == pytest.approx(2, rel=0.01)


def test_an_interval_beyond_the_axis_ends_in_an_arrow_and_an_infinite_estimate_has_no_square():
    result = the(SubgroupsResult)
    factor = result.subgroups[0]
    row = replace(factor.rows[0], hazard_ratio=Estimate(math.inf, 2.0, math.inf))
    svg = subgroup_forest(replace(result, subgroups=(replace(factor, rows=(row,)),)))
    assert squares(svg) == {}
    assert "∞ (2.00 to ∞)" in svg
    assert not re.search(r"\b(nan|inf)\b", svg)


def test_a_forest_prints_the_reason_of_a_row_it_cannot_draw():
    assert "not estimable: no events" in subgroup_forest(the(SubgroupsResult))


def test_enrichment_without_any_odds_ratio_has_no_figure():
    result = the(EnrichmentResult)
    rows = tuple(replace(r, odds_ratio=Estimate(None, note="n")) for r in result.rows)
    assert enrichment_forest(replace(result, rows=rows), 0.95) is None


@pytest.mark.parametrize("number", [1, 2, 5, 9])
def test_every_arm_has_a_box(number):
    arms = tuple(ArmCount(f"a{i}", f"Arm {i}", 10 + i) for i in range(number))
    shown = [t.text for t in texts(consort_flow(replace(example_release(), arms=arms)))]
    for arm in arms:
        assert arm.label in shown
        assert f"n = {arm.n}" in shown


def test_undetermined_patients_have_a_column_of_their_own():
    release = example_release()
    counts = replace(release.attrition, undetermined=7, eligible=613)
    placed = {t.text: float(t.get("x", "0")) for t in texts(consort_flow(replace(release, attrition=counts)))}
    assert placed["Eligible"] < placed["Excluded"] < placed["Undetermined"]
    assert placed["n = 7"] == placed["Undetermined"]


def test_scales_and_ticks():
    scale = LogScale(0.1, 10, 0, 100)
    assert scale(1) == pytest.approx(50)
    assert (scale(0), scale(math.inf)) == (0, 100)
    assert scale.beyond(0.05)
    assert not scale.beyond(10)
    assert 1 in ratio_ticks(scale)
    around = ratio_scale([0.7, 35.0], [0.001, math.inf], 0, 200)
    assert 0.04 < around.low < 0.05
    assert 35 < around.high < 40
    assert ratio_scale([0.8], [0.5, math.inf, 0.0], 0, 200) == ratio_scale([0.8], [0.5], 0, 200)
    assert time_ticks(2659) == (0, 500, 1000, 1500, 2000, 2500)
    assert time_ticks(0) == (0.0,)
    assert thinned([0, 10, 20, 30], [12, 12, 12, 12]) == [0, 2]


def test_text_is_wrapped_cut_and_broken():
    assert wrapped("", 100) == [""]
    assert wrapped("one two", 1000) == ["one two"]
    lines = wrapped("a rather long label for a small box", 60)
    assert all(text_width(line) <= 60 for line in lines)
    assert " ".join(lines) == "a rather long label for a small box"
    assert "".join(wrapped("x" * 50, 60)) == "x" * 50
    cut = wrapped("a rather long label for a small box", 60, most=1)
    assert len(cut) == 1
    assert cut[0].endswith("…")
    assert text_width(cut[0]) <= 60


def test_attributes_and_text_are_escaped():
    drawing = Drawing('"><script>', "<&>")
    drawing.text(0, 12, "<b>&")
    drawing.fitted(0, 30, '</title><script>"' * 10, 80)
    svg = drawing.finish(40)
    root = ET.fromstring(svg)  # noqa: S314 - our own figure
    assert root.get("aria-label") == '"><script>'
    assert "<script" not in svg
