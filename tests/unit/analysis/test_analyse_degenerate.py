"""Data that is legal and says nothing: a defined answer with its reason, never a crash, never NaN."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from stratify.analysis import Analyses, results_frame, results_json
from stratify.analysis.results import (
    BaselineResult,
    EnrichmentResult,
    InteractionResult,
    NotDone,
    SubgroupsResult,
    SurvivalResult,
)
from stratify.model.study import (
    AftSpec,
    BaselineSpec,
    CoxSpec,
    EnrichmentSpec,
    InteractionSpec,
    Multiplicity,
    PhCheckSpec,
    Profile,
    RmstSpec,
    SubgroupsSpec,
    SurvivalSpec,
)
from unit.analysis.trial import small_site

PLAN = (
    BaselineSpec("t1", ("marker", "size", "blank")),
    SurvivalSpec("km", "rfs", strata=("marker",), at=(2.0, 9.0)),
    InteractionSpec("pred", "rfs", "marker"),
    SubgroupsSpec("sub", "rfs", ("marker",)),
    EnrichmentSpec("enr", ("marker", "size", "blank")),
)
Row = Mapping[str, object]


def patients(*rows: tuple[str | None, float | None, int | None, str | None]) -> list[Row]:
    """Arm, time, event, marker; ``size`` is a number of its own for each, ``blank`` is always empty."""
    return [
        {"arm": arm, "time": time, "cens": event, "marker": marker, "size": i + 0.5, "blank": None}
        for i, (arm, time, event, marker) in enumerate(rows)
    ]


BOTH = patients(
    ("a", 1, 1, "x"), ("a", 3, 0, "y"), ("b", 2, 1, "x"), ("b", 4, 1, "y"), ("a", 5, 1, "y"), ("b", 6, 0, "x")
)
CASES: dict[str, list[Row]] = {
    "nobody is eligible": [{**row, "ok": False} for row in BOTH],
    "nobody has an arm": [{**row, "arm": None} for row in BOTH],
    "one arm": [{**row, "arm": "a"} for row in BOTH],
    "only the second arm": [{**row, "arm": "b"} for row in BOTH],
    "no events": [{**row, "cens": 0} for row in BOTH],
    "no events in one arm": [{**row, "cens": 0 if row["arm"] == "b" else row["cens"]} for row in BOTH],
    "no events in the reference": [{**row, "cens": 0 if row["arm"] == "a" else row["cens"]} for row in BOTH],
    "no time for anybody": [{**row, "time": None} for row in BOTH],
    "no event for anybody": [{**row, "cens": None} for row in BOTH],
    "one patient": BOTH[:1],
    "one patient each": [BOTH[0], BOTH[2]],
    "all at time zero": [{**row, "time": 0} for row in BOTH],
    "one marker level": [{**row, "marker": "x"} for row in BOTH],
    "marker is the arm": [{**row, "marker": row["arm"]} for row in BOTH],
    "no marker": [{**row, "marker": None} for row in BOTH],
    "everybody different": [{**row, "marker": str(i)} for i, row in enumerate(BOTH)],
    "same size": [{**row, "size": 1.5} for row in BOTH],
}


def run(rows: Sequence[Row], arms: Sequence[str] = ("a", "b"), **study: object) -> Analyses:
    return small_site(rows, arms=arms).analyse(*PLAN, multiplicity=Multiplicity(("km", "pred", "t1")), **study)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("name", CASES)
def test_every_case_has_an_answer(name: str, profile: Profile) -> None:
    found = run(CASES[name], profile=profile)
    assert [result.id for result in found.results] == [spec.id for spec in PLAN]
    rows = json.loads(results_json(found))  # refuses NaN and infinity
    assert rows == results_frame(found).rows(named=True)
    silent = [row for row in rows if row["value"] is None and not row["note"]]
    assert silent == []


@pytest.mark.parametrize("name", CASES)
def test_row_order_does_not_matter(name: str) -> None:
    site = small_site(CASES[name])
    assert results_json(site.shuffled(3).analyse(*PLAN)) == results_json(site.analyse(*PLAN))


def test_empty_population_says_so() -> None:
    found = run(CASES["nobody is eligible"])
    assert all(isinstance(result, NotDone) and result.reason == "no eligible patients" for result in found.results)
    assert [result.kind for result in found.results if isinstance(result, NotDone)] == [
        "baseline", "survival", "interaction", "subgroups", "enrichment",
    ]  # fmt: skip
    assert found.family is not None
    assert [member.p_adjusted for member in found.family.members] == [None] * 3


@pytest.mark.parametrize(
    ("arms", "name", "reason"),
    [
        ((), "nobody has an arm", "the protocol has no arms"),
        (("a", "b"), "nobody has an arm", "no eligible patient has an arm"),
    ],
)
def test_without_arms_everyone_is_one_group(arms: Sequence[str], name: str, reason: str) -> None:
    table, km, pred, sub, enr = run(CASES[name], arms).results
    assert isinstance(table, BaselineResult)
    assert (table.groups, table.sizes) == (("all patients",), (6,))
    assert isinstance(km, SurvivalResult)
    assert [(curve.group, curve.n, curve.events) for curve in km.curves] == [("all patients", 6, 4)]
    assert (km.contrasts, km.tests) == ((), ())
    assert any(reason in note for note in km.notes)
    assert [r.reason for r in (pred, sub, enr) if isinstance(r, NotDone)] == [reason] * 3


def test_an_arm_with_nobody_is_named() -> None:
    km, pred = run(CASES["one arm"]).results[1:3]
    assert isinstance(km, SurvivalResult)
    assert [curve.n for curve in km.curves] == [6, 0]
    assert km.curves[1].median.value is None
    assert km.curves[1].median.note == "no patients"
    (contrast,) = km.contrasts
    assert (contrast.hazard_ratio.value, contrast.hazard_ratio.note) == (None, "no patients in b")
    assert isinstance(pred, InteractionResult)
    assert all("b" in row.hazard_ratio.note for row in pred.rows)


def test_a_reference_with_nobody_leaves_no_ratio() -> None:
    km = run(CASES["only the second arm"]).results[1]
    assert isinstance(km, SurvivalResult)
    assert km.contrasts[0].hazard_ratio.note == "no patients in a"
    assert km.tests[0].p_value is None


def test_no_event_in_an_arm_gives_zero_and_a_test() -> None:
    km = run(CASES["no events in one arm"]).results[1]
    assert isinstance(km, SurvivalResult)
    ratio = km.contrasts[0].hazard_ratio
    assert ratio.value == 0
    assert ratio.upper is not None
    assert ratio.note
    assert km.tests[0].p_value is not None


def test_infinite_ratio_is_null_with_a_note_in_the_rows() -> None:
    found = run(CASES["no events in the reference"])
    km = found.results[1]
    assert isinstance(km, SurvivalResult)
    assert km.contrasts[0].hazard_ratio.value == float("inf")
    row = next(row for row in found.statistics if row.statistic == "hazard_ratio" and row.analysis == "km")
    assert row.value is None
    assert row.note.startswith("infinite")


def test_missing_is_left_out_and_counted_by_reason() -> None:
    rows = [*BOTH, *patients((None, 1, 1, "x"), ("a", None, 1, "x"), ("b", 1, None, "y"), ("b", 1, 1, None))]
    km, pred = run(rows).results[1:3]
    assert isinstance(km, SurvivalResult)
    assert (km.n, km.excluded) == (6, 4)
    assert 'left out: 1 without a value of "arm", 2 without time or event, 1 without a stratum' in km.notes
    assert isinstance(pred, InteractionResult)
    assert pred.excluded == 4


def test_three_arms_compare_with_the_reference_in_one_model() -> None:
    rows = [*BOTH, *patients(("c", 2.5, 1, "x"), ("c", 3.5, 1, "y"))]
    site = small_site(rows, arms=("a", "b", "c"))
    km, pred = site.analyse(SurvivalSpec("km", "rfs", reference="b", rmst=4.0), PLAN[2]).results
    assert isinstance(km, SurvivalResult)
    assert [(c.group, c.versus) for c in km.contrasts] == [("a", "b"), ("c", "b")]
    assert km.tests[0].df == 2
    # Arm c ends in an event at 3.5: beyond it survival is 0, so its mean up to 4 is that up to 3.5.
    assert km.curves[2].restricted_mean is not None
    assert km.curves[2].restricted_mean.value == pytest.approx(2.5 + 0.5)
    assert km.contrasts[1].rmst_difference is not None
    assert isinstance(pred, NotDone)
    assert pred.reason == 'two groups are compared here, "arm" has 3'


def test_two_of_three_arms_with_patients_are_compared() -> None:
    found = small_site(BOTH, arms=("a", "empty", "b")).analyse(PLAN[2], PLAN[3]).results
    assert all(isinstance(result, InteractionResult | SubgroupsResult) for result in found)
    assert [(r.group, r.versus) for r in found if isinstance(r, InteractionResult | SubgroupsResult)] == [
        ("b", "a")
    ] * 2


def test_a_recorded_reference_with_nobody_eligible_is_no_error() -> None:
    rows = [{**row, "ok": row["arm"] == "b"} for row in BOTH]
    km = small_site(rows, column=True).analyse(replace(PLAN[1], reference="a")).results[0]
    assert isinstance(km, SurvivalResult)
    assert [(curve.group, curve.n) for curve in km.curves] == [("a", 0), ("b", 3)]


def test_a_column_as_reference_with_nobody_eligible_is_no_error() -> None:
    rows = [{**row, "ok": row["marker"] == "x"} for row in BOTH]
    km = small_site(rows).analyse(SurvivalSpec("km", "rfs", by="marker", reference="y")).results[0]
    assert isinstance(km, SurvivalResult)
    assert km.contrasts[0].hazard_ratio.note == "no patients in y"


def test_constant_feature_is_not_tested() -> None:
    enr = run(CASES["one marker level"]).results[4]
    assert isinstance(enr, EnrichmentResult)
    marker = enr.rows[0]
    assert marker.p_value is None
    assert "constant" in marker.note


def test_a_level_may_be_called_treatment() -> None:
    rows = [{**row, "marker": {"x": "treatment", "y": "none"}[str(row["marker"])]} for row in BOTH]
    pred, sub = small_site(rows).analyse(PLAN[2], PLAN[3]).results
    assert isinstance(pred, InteractionResult)
    assert [row.level for row in pred.rows] == ["none", "treatment"]
    assert isinstance(sub, SubgroupsResult)
    assert sub.subgroups[0].rows == pred.rows


def test_the_untestable_interaction_names_the_empty_arm() -> None:
    pred = run(CASES["one arm"]).results[2]
    assert isinstance(pred, InteractionResult)
    assert pred.interaction.note == "no patients in b"


KINDS = (
    SurvivalSpec("km", "rfs", at=(2.0,), tests=("fh:0:1", "gehan", "tarone-ware", "peto", "maxcombo")),
    CoxSpec("cox", "rfs", ("arm",)),
    PhCheckSpec("ph", "rfs", ("arm",)),
    AftSpec("aft", "rfs", ("arm",)),
    RmstSpec("rmst", "rfs", 1.0),
)


@pytest.mark.parametrize("ties", [None, "discrete", "marginal"])
@pytest.mark.parametrize(
    "rows",
    [
        [{"arm": "a", "time": 2, "cens": 1}],
        [{"arm": "a", "time": 2, "cens": 1}, {"arm": "a", "time": 3, "cens": 0}],
        [{"arm": "a", "time": 2, "cens": 0}, {"arm": "b", "time": 3, "cens": 0}],
        [{"arm": "a", "time": 2, "cens": 1}, {"arm": "b", "time": 3, "cens": 0}],
        [{"arm": "a", "time": None, "cens": 1}, {"arm": None, "time": 3, "cens": 0}],
    ],
    ids=["one patient", "one arm", "no events", "one event", "nobody complete"],
)
def test_every_kind_answers_what_cannot_be_estimated(rows: Sequence[Mapping[str, object]], ties: str | None) -> None:
    """Nothing is left without a value and without a reason."""
    for result in small_site(rows).analyse(*KINDS, ties=ties).statistics:
        if result.value is None:
            assert result.note, result
