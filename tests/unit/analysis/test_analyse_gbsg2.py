"""The analyses of the demonstration trial, against R 4.2.2 (survival 3.5) and hand counts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache

import polars as pl
import pytest

from stratify.analysis import Analyses, results_frame, results_json
from stratify.analysis.results import (
    BaselineResult,
    CategoricalSummary,
    ContinuousSummary,
    Curve,
    EnrichmentResult,
    InteractionResult,
    Statistic,
    SubgroupsResult,
    SurvivalResult,
)
from stratify.model.study import (
    BaselineSpec,
    EnrichmentSpec,
    InteractionSpec,
    Multiplicity,
    Profile,
    SubgroupsSpec,
    SurvivalSpec,
)
from unit.analysis.trial import gbsg2_site

KM = SurvivalSpec("km", "rfs", reference="control", strata=("menostat",), at=(365, 1095, 1825), rmst=1825)
PLAN = (
    BaselineSpec("t1", ("age", "menostat", "tgrade", "HR_POS")),
    KM,
    InteractionSpec("pred", "rfs", "HR_POS"),
    SubgroupsSpec("sub", "rfs", ("menostat", "tgrade", "HR_POS")),
    EnrichmentSpec("enr", ("HR_POS", "tgrade", "pnodes")),
)
FAMILY = Multiplicity(("km", "pred"))


@cache
def answer(profile: Profile = Profile.R) -> Analyses:
    return gbsg2_site().analyse(*PLAN, multiplicity=FAMILY, profile=profile)


def survival(profile: Profile = Profile.R) -> SurvivalResult:
    found = answer(profile).results[1]
    assert isinstance(found, SurvivalResult)
    return found


def near(value: float, digits: float = 1e-6) -> object:
    return pytest.approx(value, abs=digits)


def test_counts() -> None:
    found = survival()
    assert (found.n, found.events, found.excluded) == (620, 272, 0)
    assert [(c.group, c.n) for c in found.curves] == [("control", 411), ("hormone", 209)]
    assert sum(c.events for c in found.curves) == 272


def test_hazard_ratios_are_of_hormone_to_control() -> None:
    (contrast,) = survival().contrasts
    assert (contrast.group, contrast.versus) == ("hormone", "control")
    assert contrast.hazard_ratio.value == near(0.739732)
    assert contrast.stratified_hazard_ratio is not None
    assert contrast.stratified_hazard_ratio.value == near(0.714230)


def test_interval_and_p_value_follow_from_estimate_and_error() -> None:
    ratio = survival().contrasts[0].hazard_ratio
    assert ratio.value is not None
    assert ratio.standard_error is not None
    beta = math.log(ratio.value)
    assert ratio.lower == near(math.exp(beta - 1.959963984540054 * ratio.standard_error))
    assert ratio.p_value == near(math.erfc(abs(beta / ratio.standard_error) / math.sqrt(2)))


def test_interaction_with_the_receptor() -> None:
    found = answer().results[2]
    assert isinstance(found, InteractionResult)
    rows = {row.level: row for row in found.rows}
    assert (rows["yes"].n, rows["no"].n) == (442, 178)
    assert rows["yes"].hazard_ratio.value == near(0.611138)
    assert rows["no"].hazard_ratio.value == near(1.016119)
    assert [row.level for row in found.rows] == ["no", "yes"]
    assert [(row.level, row.n) for row in found.prognostic] == [("yes", 442)]
    assert sum(row.arm_n[0] for row in found.rows) == 209  # the treated come first
    assert found.interaction.df == 1


def test_subgroups_share_the_numbers_of_the_interaction() -> None:
    found, pred = answer().results[3], answer().results[2]
    assert isinstance(found, SubgroupsResult)
    assert isinstance(pred, InteractionResult)
    assert found.overall.hazard_ratio == survival().contrasts[0].hazard_ratio
    by_factor = {subgroup.factor: subgroup for subgroup in found.subgroups}
    assert by_factor["HR_POS"].rows == pred.rows
    assert by_factor["HR_POS"].interaction == pred.interaction
    assert [row.level for row in by_factor["tgrade"].rows] == ["I", "II", "III"]
    assert by_factor["tgrade"].interaction.df == 2


def test_curves_start_below_one_and_landmarks_lie_on_them() -> None:
    found = survival()
    for curve in found.curves:
        assert list(curve.survival) == sorted(curve.survival, reverse=True)
        for time, landmark in zip(found.at, curve.landmarks, strict=True):
            assert landmark.value == [s for t, s in zip(curve.times, curve.survival, strict=True) if t <= time][-1]
        assert curve.at_risk[0] == curve.n
    assert found.marks == (0, 365, 730, 1095, 1460, 1825, 2190, 2555)


def test_restricted_mean_is_the_area_under_the_steps() -> None:
    found = survival()
    means = []
    for curve in found.curves:
        times = [0.0, *(t for t in curve.times if t < 1825), 1825.0]
        heights = (1.0, *curve.survival)
        area = sum((b - a) * s for a, b, s in zip(times, times[1:], heights, strict=False))
        assert curve.restricted_mean is not None
        assert curve.restricted_mean.value == near(area, 1e-8)
        means.append(area)
    difference = found.contrasts[0].rmst_difference
    assert difference is not None
    assert difference.value == near(means[1] - means[0], 1e-8)


def test_sas_profile_takes_breslow_and_log_log() -> None:
    r, sas = survival(), survival(Profile.SAS)
    assert "Breslow" in sas.cox_method
    assert "log-log" in sas.km_method
    assert r.contrasts[0].hazard_ratio.value != sas.contrasts[0].hazard_ratio.value
    assert r.curves[0].survival == sas.curves[0].survival
    assert r.curves[0].landmarks[0].lower != sas.curves[0].landmarks[0].lower
    assert {row.profile for row in answer(Profile.SAS).statistics} == {"sas"}


def test_baseline_counts_by_hand() -> None:
    found = answer().results[0]
    assert isinstance(found, BaselineResult)
    assert found.sizes == (411, 209)
    rows = gbsg2_site().patients.filter(pl.col("age").is_between(18, 65))
    age, menopause, grade, positive = found.variables
    treated = rows.filter(pl.col("horTh") == "yes")
    assert isinstance(age.groups[1], ContinuousSummary)
    assert age.groups[1].mean == near(treated["age"].mean(), 1e-9)
    assert menopause.levels == ("Post", "Pre")
    counts = tuple(int((treated["menostat"] == level).sum()) for level in menopause.levels)
    assert menopause.groups[1] == CategoricalSummary(209, 0, counts)
    assert isinstance(grade.overall, CategoricalSummary)
    assert grade.overall.counts == tuple(int((rows["tgrade"] == g).sum()) for g in ("I", "II", "III"))
    assert positive.levels == ("no", "yes")
    assert isinstance(positive.overall, CategoricalSummary)
    assert positive.overall.counts == (178, 442)


def test_standardised_difference_is_of_the_treated_to_the_control() -> None:
    found = answer().results[0]
    assert isinstance(found, BaselineResult)
    rows = gbsg2_site().patients.filter(pl.col("age").is_between(18, 65))
    no, yes = (rows.filter(pl.col("horTh") == arm)["age"] for arm in ("no", "yes"))
    expected = (yes.mean() - no.mean()) / math.sqrt((yes.var() + no.var()) / 2)
    assert found.variables[0].smd == near(expected, 1e-9)


def test_enrichment_rows() -> None:
    found = answer().results[4]
    assert isinstance(found, EnrichmentResult)
    assert found.groups == ("control", "hormone")
    named = {(row.feature, row.level): row for row in found.rows}
    receptor = named["HR_POS", "yes"]
    assert sum(receptor.counts) == 442
    assert receptor.totals == (411, 209)
    assert named["tgrade", None].p_value is not None
    assert named["tgrade", "III"].p_value is None
    assert named["pnodes", None].medians == (3.0, 3.0)
    tested = [row for row in found.rows if row.p_value is not None]
    assert len(tested) == 3
    assert all(row.p_adjusted >= row.p_value for row in tested)


def test_family_adjusts_stratified_log_rank_and_interaction_by_holm() -> None:
    family, tests = answer().family, {t.name: t for t in survival().tests}
    assert family is not None
    km, pred = family.members
    assert (km.test, km.p_value) == ("stratified log-rank", tests["stratified log-rank"].p_value)
    low, high = sorted((km, pred), key=lambda member: member.p_value)
    assert low.p_adjusted == near(2 * low.p_value, 1e-12)
    assert high.p_adjusted == near(max(2 * low.p_value, high.p_value), 1e-12)


def test_turning_the_reference_round_inverts_ratio_and_interval() -> None:
    turned = gbsg2_site().analyse(replace(KM, reference="hormone")).results[0]
    assert isinstance(turned, SurvivalResult)
    there, back = survival().contrasts[0], turned.contrasts[0]
    assert (back.group, back.versus) == ("control", "hormone")
    assert back.hazard_ratio.value == near(1 / there.hazard_ratio.value)
    assert back.hazard_ratio.lower == near(1 / there.hazard_ratio.upper)
    assert back.hazard_ratio.p_value == near(there.hazard_ratio.p_value, 1e-9)
    assert back.rmst_difference.value == near(-there.rmst_difference.value, 1e-9)


def test_order_of_rows_gives_the_same_bytes() -> None:
    site = gbsg2_site()
    expected = results_json(site.analyse(*PLAN, multiplicity=FAMILY))
    for seed in (1, 2):
        assert results_json(site.shuffled(seed).analyse(*PLAN, multiplicity=FAMILY)) == expected


_AXES = {"times", "censor_times", "marks", "at", "rmst_horizon", "level", "statistics"}


def _numbers(node: object) -> Iterator[float]:
    """Every number in the results but axes: the times at which something is said, and the level."""
    if is_dataclass(node):
        for field in fields(node):
            if field.name not in _AXES:
                yield from _numbers(getattr(node, field.name))
    elif isinstance(node, tuple):
        for item in node:
            yield from _numbers(item)
    elif isinstance(node, (int, float)):
        yield float(node)


def test_every_number_of_the_results_is_a_row() -> None:
    found = answer()
    written = {row.value for row in found.statistics}
    lost = [number for number in _numbers(found) if number not in written]
    assert lost == []
    assert len(list(_numbers(found))) > 1000


def test_no_two_rows_say_the_same_thing() -> None:
    keys = [replace(row, value=None, note="") for row in answer().statistics]
    assert len(set(keys)) == len(keys)


def test_every_row_has_method_and_profile() -> None:
    assert all(row.method and row.profile == "r" and row.population == "eligible" for row in answer().statistics)


def test_json_and_frame_are_the_same_rows() -> None:
    found = answer()
    frame = results_frame(found)
    assert frame.columns == [
        "analysis", "endpoint", "population", "group", "versus", "stratum", "time", "statistic", "value", "method",
        "profile", "note",
    ]  # fmt: skip
    assert frame.rows(named=True) == json.loads(results_json(found))
    row = frame.row(
        by_predicate=(pl.col("statistic") == "hazard_ratio") & pl.col("method").str.contains("menostat"), named=True
    )
    assert row["value"] == near(0.714230)
    assert (row["analysis"], row["endpoint"], row["group"], row["versus"]) == ("km", "rfs", "hormone", "control")


def test_log_hazard_ratio_is_the_logarithm() -> None:
    rows: dict[tuple[object, ...], dict[str, Statistic]] = {}
    for row in answer().statistics:
        rows.setdefault((row.analysis, row.group, row.stratum, row.method), {})[row.statistic] = row
    pairs = [both for both in rows.values() if "log_hazard_ratio" in both]
    assert pairs
    for both in pairs:
        assert both["log_hazard_ratio"].value == near(math.log(both["hazard_ratio"].value), 1e-12)


def test_curves_are_the_two_arms_only() -> None:
    assert all(isinstance(curve, Curve) for curve in survival().curves)
    assert len(survival().curves) == 2
