"""Input that must be answered, not crashed on or silently passed: the survival rows of the table, one section each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stratify.stats import (
    aft,
    concordance,
    cox,
    interaction,
    kaplan_meier,
    landmark_difference,
    logrank,
    logrank_trend,
    median_follow_up,
    nelson_aalen,
    rmst,
    rmst_adjusted,
    rmst_difference,
    rmst_stratified,
    subgroup_forest,
)

TIME = np.array([2.0, 3, 4, 6, 1, 3.5, 5, 7])
EVENT = np.array([1, 0, 1, 1, 1, 1, 0, 1])
ARM = np.array([1, 1, 1, 1, 0, 0, 0, 0])
AGE = np.array([50.0, 61, 47, 70, 66, 52, 58, 49])

X = AGE[:, None]

# Every survival analysis, of times, events and, where it takes them, entry times.
ANALYSES: dict[str, Callable[..., Any]] = {
    "Kaplan-Meier": kaplan_meier,
    "Nelson-Aalen": nelson_aalen,
    "follow-up": median_follow_up,
    "log-rank": lambda t, e, **k: logrank(t, e, ARM, **k),
    "Cox": lambda t, e, **k: cox(t, e, X, names=["age"], **k),
    "concordance": lambda t, e, **k: concordance(t, e, AGE, **k),
    "AFT": lambda t, e, **k: aft(t, e, X, names=["age"], distribution="exponential", **k),
    "RMST": lambda t, e: rmst(t, e, 4),
    "RMST difference": lambda t, e: rmst_difference(t, e, ARM, 4),
    "RMST adjusted": lambda t, e: rmst_adjusted(t, e, ARM, X, names=["age"], tau=4),
    "RMST stratified": lambda t, e: rmst_stratified(t, e, ARM, np.zeros(8, int), 4),
}
WITH_ENTRY = [name for name in ANALYSES if not name.startswith("RMST")]

every_analysis = pytest.mark.parametrize("name", ANALYSES)
every_analysis_with_entry = pytest.mark.parametrize("name", WITH_ENTRY)


def told(result: Any) -> str:
    """Every reason and note in a result, and that no number in it is NaN without one."""
    words = [
        getattr(result, name, None) for name in ("reason", "not_estimable", "note", "notes") if hasattr(result, name)
    ]
    return " ".join(" ".join(word) if isinstance(word, tuple) else word for word in words if word)


def assert_no_silent_nan(result: Any) -> None:
    """No float field of a result, or of the results in it, is NaN: what is not estimable is None, with a reason."""
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        parts = value if isinstance(value, tuple) else (value,)
        for part in parts:
            if isinstance(part, float):
                assert not np.isnan(part), f"{type(result).__name__}.{field.name} is NaN"
            elif dataclasses.is_dataclass(part):
                assert_no_silent_nan(part)


# --- event coded 1/2 or as text, or a third value: error naming the values; 0/1/2 is competing only where declared --


@every_analysis
@pytest.mark.parametrize(
    ("codes", "named"),
    [
        ([1, 2, 1, 2, 2, 1, 1, 2], "1, 2"),
        (["dead", "alive"] * 4, "alive, dead"),
        ([0, 1, 2, 0, 1, 2, 0, 1], "0, 1, 2"),
        ([0, 1, np.nan, 0, 1, 1, 0, 1], "0.0, 1.0, nan"),
        ([0.0, 1, 0.5, 0, 1, 1, 0, 1], "0.0, 0.5, 1.0"),
        ([True, None] * 4, "None, True"),
    ],
)
def test_event_codes_are_declared_never_guessed(name, codes, named):
    with pytest.raises(ValueError, match=f"event must be coded 0 .* and 1 .*; distinct codes found: {named}$"):
        ANALYSES[name](TIME, codes)


@every_analysis
def test_booleans_and_zero_one_of_any_number_type_are_the_same(name):
    results = [ANALYSES[name](TIME, EVENT.astype(kind)) for kind in (bool, np.int8, np.float64)]
    assert repr(results[0]) == repr(results[1]) == repr(results[2])


# --- negative time; entry >= exit; NaN or infinite time: rejected, the rows named -----------------------------------


@every_analysis
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, -np.inf])
def test_impossible_times_are_rejected_with_their_rows(name, bad):
    time = TIME.copy()
    time[[2, 5]] = bad
    with pytest.raises(ValueError, match=r"time must be finite and not negative; 2 at fault, at positions 2, 5$"):
        ANALYSES[name](time, EVENT)


@every_analysis_with_entry
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_impossible_entry_times_are_rejected_with_their_rows(name, bad):
    entry = np.zeros(8)
    entry[3] = bad
    with pytest.raises(ValueError, match=r"entry must be finite and not negative; 1 at fault, at positions 3$"):
        ANALYSES[name](TIME, EVENT, entry=entry)


@every_analysis_with_entry
@pytest.mark.parametrize("late", [0.0, 1.0])
def test_entry_at_or_after_exit_is_rejected_with_its_rows(name, late):
    entry = np.zeros(8)
    entry[[0, 4]] = TIME[[0, 4]] + late
    with pytest.raises(ValueError, match=r"entry must be before time .*; 2 at fault, at positions 0, 4$"):
        ANALYSES[name](TIME, EVENT, entry=entry)


@every_analysis
def test_arrays_of_other_lengths_are_rejected(name):
    with pytest.raises(ValueError, match="event has 7 entries, time has 8"):
        ANALYSES[name](TIME, EVENT[:7])


def test_time_zero_is_a_time_but_has_no_logarithm():
    time = np.append(0.0, TIME[1:])
    assert kaplan_meier(time, EVENT).at(0)[0].survival == pytest.approx(7 / 8)
    with pytest.raises(ValueError, match="time must be greater than 0 in a model of log time; 1 at fault"):
        ANALYSES["AFT"](time, EVENT)


# --- no events; no events in one arm; one arm; empty arm; one patient: not estimable, with the reason and the arm ---


@every_analysis
def test_no_events(name):
    result = ANALYSES[name](TIME, np.zeros(8, int))
    assert_no_silent_nan(result)
    if name == "follow-up":
        assert (result.quantile, result.events) == (pytest.approx(3.75), 8)  # everybody's follow-up is known
    elif name in {"RMST", "RMST difference", "RMST stratified", "RMST adjusted"}:
        means = {"RMST": result, "RMST stratified": result}
        found = means.get(name) or result.difference
        assert "standard error is 0" in found.note
    else:
        assert "no events" in told(result)


def test_no_events_leaves_no_test_and_no_ratio():
    test = logrank(TIME, np.zeros(8, int), ARM)
    assert (test.p_value, test.chi_square, test.z, test.not_estimable) == (None, None, None, "no events")
    assert logrank_trend(test, [0, 1]).not_estimable == "no events"
    fit = cox(TIME, np.zeros(8, int), ARM[:, None], names=["arm"])
    assert (fit.terms[0].hazard_ratio, fit.terms[0].not_estimable) == (None, "no events")
    assert (fit.score.p_value, fit.score.not_estimable) == (None, "no events")


def test_no_events_in_one_arm_keeps_the_tests_that_exist():
    event = np.where(ARM == 1, 0, EVENT)
    test = logrank(TIME, event, ARM, levels=["control", "active"])
    assert (test.note, test.not_estimable) == ("no events in active", None)
    assert 0 < test.p_value < 1
    fit = cox(TIME, event, ARM[:, None], names=["arm"])
    assert fit.score.p_value == pytest.approx(test.p_value, rel=1e-9)  # without ties they are one test
    assert fit.wald.p_value is None
    assert fit.terms[0].hazard_ratio == 0
    means = rmst_difference(TIME, event, ARM, 4)
    assert means.difference.note == "no event up to tau in arm 1: its variance counts as 0"
    assert means.rmtl_ratio.reason == "the restricted mean time lost is 0 in arm 1"
    assert aft(TIME, event, ARM[:, None], names=["arm"]).terms[0].time_ratio == np.inf


def test_one_arm():
    test = logrank(TIME, EVENT, np.ones(8, int), levels=["control", "active"])
    assert (test.p_value, test.not_estimable) == (None, 'only one group has patients: "active"')
    assert test.note == "no patients in control"
    fit = cox(TIME, EVENT, np.ones((8, 1)), names=["arm"])
    assert fit.terms[0].not_estimable == '"arm" is constant: it does not differ between patients'
    assert fit.not_estimable == fit.terms[0].not_estimable
    for means in (
        rmst_difference(TIME, EVENT, np.ones(8, int), 4),
        rmst_adjusted(TIME, EVENT, np.ones(8, int), X, names=["age"], tau=4),
    ):
        for contrast in (means.difference, means.ratio, means.rmtl_ratio):
            assert (contrast.estimate, contrast.reason) == (None, "no patients in arm 0")
    stratified = rmst_stratified(TIME, EVENT, np.ones(8, int), np.zeros(8, int), 4)
    assert stratified.reason == "no stratum with patients in both arms"


def test_empty_arm():
    curve = kaplan_meier([], [])
    assert (curve.reason, curve.quantile().reason, curve.at(1)[0].reason) == ("no patients",) * 3
    difference = landmark_difference(kaplan_meier(TIME, EVENT).at(3)[0], curve.at(3)[0])
    assert (difference.survival_difference, difference.reason) == (None, "no patients in arm 0")
    assert rmst([], [], 4).reason == "no patients"
    assert median_follow_up([], []).reason == "no patients"
    assert nelson_aalen([], []).reason == "no patients"
    three = logrank(TIME, EVENT, ARM * 2, levels=["a", "b", "c"])
    assert (three.df, three.note) == (1, "no patients in b")
    assert three.p_value == pytest.approx(logrank(TIME, EVENT, ARM).p_value)


def test_nobody_at_all():
    nothing = np.empty((0, 1))
    assert logrank([], [], np.empty(0, int)).not_estimable == "no patients"
    assert cox([], [], nothing, names=["age"]).not_estimable == "no patients"
    assert aft([], [], nothing, names=["age"]).not_estimable == "no patients"
    assert concordance([], [], []).not_estimable == "no patients"
    both = "no patients in arm 1 and arm 0"
    assert rmst_difference([], [], np.empty(0, int), 4).difference.reason == both
    assert rmst_adjusted([], [], np.empty(0, int), nothing, names=["age"], tau=4).difference.reason == both


@pytest.mark.parametrize("event", [0, 1])
def test_one_patient(event):
    one = np.ones(1, int)
    assert kaplan_meier([3], [event]).survival.tolist() == [1 - event]
    assert logrank([3], [event], one).not_estimable is not None
    fit = cox([3], [event], [[50.0]], names=["age"])
    assert fit.terms[0].hazard_ratio is None
    assert fit.not_estimable == ('"age" is constant: it does not differ between patients' if event else "no events")
    pairs = concordance([3], [event], [50.0])
    assert pairs.not_estimable == ("no pair of patients can be compared" if event else "no events")
    assert aft([3], [event], np.empty((1, 0)), names=[]).not_estimable is not None
    assert rmst([3], [event], 3).rmst == 3


# --- monotone likelihood: infinite or zero ratio with a one-sided profile limit, never a Wald interval --------------


@pytest.mark.parametrize("upside_down", [False, True])
def test_monotone_likelihood(upside_down):
    event, arm = np.where(ARM == 1, 0, EVENT), 1 - ARM if upside_down else ARM
    for term, estimate in (
        (cox(TIME, event, arm[:, None], names=["arm"]).terms[0], "hazard_ratio"),
        (aft(TIME, event, arm[:, None], names=["arm"]).terms[0], "time_ratio"),
    ):
        low = (estimate == "hazard_ratio") != upside_down
        assert getattr(term, estimate) == (0 if low else np.inf)
        known, unknown = (term.ci_upper, term.ci_lower) if low else (term.ci_lower, term.ci_upper)
        assert 0 < known < np.inf
        assert unknown == (0 if low else np.inf)
        assert term.standard_error is None
        assert "monotone likelihood" in term.note
        assert "Wald" not in term.method
        assert 0 < term.p_value < 1


def test_monotone_likelihood_in_one_level_of_a_forest():
    # nobody over 55 has an event on treatment; nobody has an unknown age
    older = (AGE > 55).astype(int)
    event = np.where((ARM == 1) & (older == 1), 0, EVENT)
    levels = ["younger", "older", "unknown"]
    forest = subgroup_forest(TIME, event, ARM, {"age": (older, levels)})
    younger, old, unknown = forest.factors[0].levels
    assert 0 < younger.effect.hazard_ratio < np.inf
    assert (old.effect.hazard_ratio, old.effect.ci_lower, old.effect.standard_error) == (0, 0, None)
    assert 0 < old.effect.ci_upper < np.inf
    assert (unknown.n, unknown.effect.hazard_ratio) == (0, None)
    assert "no patients" in unknown.effect.not_estimable
    assert_no_silent_nan(forest)
    found = interaction(TIME, event, ARM, older, levels=levels)
    assert found.interaction.p_value == forest.factors[0].interaction.p_value
    assert found.interaction.p_value is not None


# --- constant, collinear or huge-scale covariate: named; scaled internally; deterministic choice --------------------

REGRESSIONS = {"Cox": cox, "AFT": lambda *a, **k: aft(*a, distribution="exponential", **k)}
every_regression = pytest.mark.parametrize("fit", REGRESSIONS.values(), ids=REGRESSIONS)


@every_regression
def test_constant_and_collinear_covariates_are_named_and_the_later_yields(fit):
    x = np.column_stack([np.full(8, 3.0), AGE, 2 * AGE + 1, ARM])
    found = fit(TIME, EVENT, x, names=["site", "age", "twice", "arm"])
    plain = fit(TIME, EVENT, x[:, [1, 3]], names=["age", "arm"])
    assert found.term("site").not_estimable == '"site" is constant: it does not differ between patients'
    assert found.term("twice").not_estimable == '"twice" is a linear combination of "age"'
    for name in ("age", "arm"):
        assert found.term(name).standard_error == pytest.approx(plain.term(name).standard_error, rel=1e-9)
    assert found.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)
    turned = fit(TIME, EVENT, x[:, [0, 2, 1, 3]], names=["site", "twice", "age", "arm"])
    assert turned.term("age").not_estimable == '"age" is a linear combination of "twice"'


@every_regression
@pytest.mark.parametrize("unit", [1e-80, 1e-9, 1e9, 1e80])
@pytest.mark.parametrize("shift", [0, 1e6])
def test_scale_and_origin_of_a_covariate_do_not_matter(fit, unit, shift):
    plain = fit(TIME, EVENT, np.column_stack([AGE, ARM]), names=["age", "arm"])
    moved = fit(TIME, EVENT, np.column_stack([(AGE + shift) * unit, ARM]), names=["age", "arm"])
    for name in ("age", "arm"):
        assert moved.term(name).z == pytest.approx(plain.term(name).z, rel=1e-5)
    assert moved.term("age").standard_error * unit == pytest.approx(plain.term("age").standard_error, rel=1e-6)


@every_regression
def test_missing_and_infinite_covariates(fit):
    x = np.column_stack([AGE, ARM]).astype(float)
    x[[1, 4], 0] = np.nan
    found = fit(TIME, EVENT, x, names=["age", "arm"])
    kept = np.isfinite(x).all(axis=1)
    alone = fit(TIME[kept], EVENT[kept], x[kept], names=["age", "arm"])
    assert (found.n, found.missing) == (6, 2)
    assert any("left out" in note for note in found.notes)
    assert found.log_likelihood == alone.log_likelihood
    x[1, 0] = np.inf
    with pytest.raises(ValueError, match='x is infinite in "age"'):
        fit(TIME, EVENT, x, names=["age", "arm"])


# --- ties by float noise (0.1 + 0.2 v 0.3): tied, as R's timefix -----------------------------------------------------

NOISY = np.array([0.1 + 0.2, 0.3, 0.4, 0.6, 0.1, 0.7 - 0.4, 0.5, 0.7])
CLEAN = np.array([0.3, 0.3, 0.4, 0.6, 0.1, 0.3, 0.5, 0.7])


def test_the_noise_is_there():
    assert len(np.unique(NOISY)) > len(np.unique(CLEAN))


@pytest.mark.parametrize("name", [name for name in WITH_ENTRY if name != "AFT"])  # a density has no ties
def test_times_equal_up_to_rounding_are_tied(name):
    noisy, clean = ANALYSES[name](NOISY, EVENT), ANALYSES[name](CLEAN, EVENT)
    assert str(noisy) == str(clean)


def test_rmst_with_times_equal_up_to_rounding():
    for tau in (0.3, 0.1 + 0.2, 0.5):
        noisy, clean = (
            rmst_difference(NOISY, EVENT, ARM, tau),
            rmst_difference(CLEAN, EVENT, ARM, 0.3 if tau < 0.4 else tau),
        )
        assert noisy.difference.estimate == pytest.approx(clean.difference.estimate)
        assert noisy.difference.events == clean.difference.events
        adjusted = [rmst_adjusted(time, EVENT, ARM, X, names=["age"], tau=tau).difference for time in (NOISY, CLEAN)]
        assert adjusted[0].estimate == pytest.approx(adjusted[1].estimate)
        assert adjusted[0].standard_error == pytest.approx(adjusted[1].standard_error)


def test_entry_equal_to_exit_up_to_rounding_is_no_time_at_risk():
    for name in WITH_ENTRY:
        entry = np.zeros(8)
        entry[0] = 0.3
        with pytest.raises(ValueError, match="equal up to rounding counts as equal"):
            ANALYSES[name](np.append(0.1 + 0.2, CLEAN[1:]), EVENT, entry=entry)


# --- S(t) = 0.5 on a flat step: midpoint, with a tolerance -----------------------------------------------------------


def test_a_flat_step_at_one_half_has_the_midpoint_for_median():
    for rule in ("r", "sas"):
        assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1]).quantile(0.5, rule).quantile == 3
        for n in (20, 24):  # 19/20 x 18/19 x ... misses 0.5 by a last digit, from below and from above
            assert kaplan_meier(np.arange(1, n + 1), np.ones(n)).quantile(0.5, rule).quantile == (n + 1) / 2


def test_a_flat_step_to_the_end_is_noted():
    median = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).quantile()
    assert median.quantile == 3
    assert "0.5 to the end of follow-up: midpoint of that step" in median.note


# --- RMST tau beyond follow-up: error naming the largest tau ---------------------------------------------------------


def test_tau_beyond_follow_up_names_the_largest():
    event = np.where(TIME >= 6, 0, EVENT)  # last of arm 1 censored at 6, of arm 0 at 7
    calls: list[Callable[[float], Any]] = [
        lambda tau: rmst(TIME[ARM == 1], event[ARM == 1], tau),
        lambda tau: rmst_difference(TIME, event, ARM, tau),
        lambda tau: rmst_adjusted(TIME, event, ARM, X, names=["age"], tau=tau),
        lambda tau: rmst_stratified(TIME, event, ARM, np.zeros(8, int), tau),
    ]
    for call in calls:
        call(6)
        with pytest.raises(ValueError, match=r"tau = 6.5 is beyond follow-up: the largest possible tau is 6 \("):
            call(6.5)


# --- left truncation whose risk set empties: warned, conditional start offered ---------------------------------------


def test_emptied_risk_set_is_said_and_the_start_offered_works():
    time, event, entry = [1, 5, 6, 7], [1, 1, 0, 1], [0, 2, 2, 3]
    curve = kaplan_meier(time, event, entry=entry)
    assert curve.survival.tolist() == [0, 0, 0, 0]
    assert "risk set empties" in curve.note
    assert "conditional on survival beyond 1 (start)" in curve.note
    offered = kaplan_meier(time, event, entry=entry, start=1)
    assert offered.survival == pytest.approx([2 / 3, 2 / 3, 0])
    assert "risk set empties" not in offered.note
    # regression and test condition on who is at risk: the patient alone at 1 tells them nothing
    late = [50.0, 61, 47, 70]
    whole = cox(time, event, np.array([late]).T, names=["age"], entry=entry)
    rest = cox(time[1:], event[1:], np.array([late[1:]]).T, names=["age"], entry=entry[1:])
    assert whole.terms[0].log_hazard_ratio == pytest.approx(rest.terms[0].log_hazard_ratio)


# --- one row for all: a table of only good rows still says nothing ---------------------------------------------------


@every_analysis
def test_good_input_has_no_reason(name):
    result = ANALYSES[name](TIME, EVENT if name != "follow-up" else 1 - EVENT)  # whose median is that of censoring
    assert getattr(result, "reason", None) is None
    assert getattr(result, "not_estimable", None) is None
    assert_no_silent_nan(result)
