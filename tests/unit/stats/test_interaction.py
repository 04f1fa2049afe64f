"""Treatment by biomarker: the closed form of two independent levels, GBSG-2, and the levels that have no estimate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from stratify.stats.cox import cox
from stratify.stats.interaction import Interaction, interaction
from unit.stats.gbsg2 import gbsg2


def marker_trial(n: int = 400, seed: int = 3) -> dict[str, Any]:
    """Treatment works in level 1 alone; the marker doubles the hazard in both arms."""
    rng = np.random.default_rng(seed)
    arm, marker = rng.integers(0, 2, n), rng.integers(0, 2, n)
    time = rng.exponential(np.exp(-0.7 * marker + 1.1 * arm * marker))
    return {"time": np.minimum(time, 3), "event": time < 3, "arm01": arm, "biomarker_codes": marker}


def found(**changes: Any) -> Interaction:
    return interaction(**(marker_trial() | {"levels": ["low", "high"]} | changes))


def test_model_stratified_by_the_marker_agrees_with_the_separate_fits() -> None:
    """Own baseline hazard per level: the two ways of finding a level's hazard ratio become one.

    And the likelihood-ratio statistic is twice the difference of the separate maxima from the common one.
    """
    trial = marker_trial()
    result = found(strata=trial["biomarker_codes"])
    for level in result.levels:
        apart, joint = level.within_level, level.from_interaction_model
        assert joint.hazard_ratio == pytest.approx(apart.hazard_ratio, rel=1e-8)
        assert (joint.ci_lower, joint.ci_upper) == pytest.approx((apart.ci_lower, apart.ci_upper), rel=1e-7)
    # In the reference level the marker cannot be told from its stratum, so only the product has a coefficient.
    assert result.prognostic[0].not_estimable is not None
    separate = 0.0
    for k in (0, 1):
        rows = trial["biomarker_codes"] == k
        fit = cox(trial["time"][rows], trial["event"][rows], trial["arm01"][rows, None], names=["arm"])
        separate += fit.log_likelihood or math.nan
    common = result.main_effects_model.log_likelihood
    assert result.interaction.chi_square == pytest.approx(2 * (separate - (common or math.nan)), rel=1e-6)


def test_predictive_and_prognostic_are_told_apart() -> None:
    result = found()
    assert result.interaction.df == 1
    assert result.interaction.p_value is not None
    assert result.interaction.p_value < 0.001
    low, high = (level.within_level.hazard_ratio for level in result.levels)
    assert high < 0.5
    assert low > 0.8
    assert result.reference_level == "low"
    assert [t.term for t in result.prognostic] == ["high"]
    assert [t.term for t in result.interaction_terms] == ["treatment x high"]
    joint = [level.from_interaction_model.hazard_ratio for level in result.levels]
    assert result.interaction_terms[0].hazard_ratio == pytest.approx(joint[1] / joint[0])


def test_test_is_twice_the_difference_of_the_log_likelihoods() -> None:
    result = found()
    gain = result.interaction_model.log_likelihood - result.main_effects_model.log_likelihood
    assert result.interaction.chi_square == pytest.approx(2 * gain)
    assert result.interaction.p_value == pytest.approx(special.chdtrc(1, 2 * gain))
    trial = marker_trial()
    alone = cox(trial["time"], trial["event"], trial["arm01"][:, None], names=["arm"])
    marker_gain = result.main_effects_model.log_likelihood - alone.log_likelihood
    assert result.prognostic_test.chi_square == pytest.approx(2 * marker_gain)


def test_coding_of_arms_and_levels_does_not_matter() -> None:
    trial = marker_trial()
    result = found()
    swapped = found(arm01=1 - trial["arm01"], biomarker_codes=1 - trial["biomarker_codes"], levels=["high", "low"])
    assert swapped.interaction.chi_square == pytest.approx(result.interaction.chi_square, rel=1e-6)
    for level, other in zip(result.levels, reversed(swapped.levels), strict=True):
        assert (level.level, level.n_by_arm) == (other.level, other.n_by_arm[::-1])
        assert other.within_level.hazard_ratio == pytest.approx(1 / level.within_level.hazard_ratio, rel=1e-7)
        joint, other_joint = level.from_interaction_model, other.from_interaction_model
        assert other_joint.hazard_ratio == pytest.approx(1 / joint.hazard_ratio, rel=1e-6)
        assert other_joint.standard_error == pytest.approx(joint.standard_error, rel=1e-5)


def test_gbsg2_hormone_therapy_by_receptor() -> None:
    trial = gbsg2()
    result = interaction(trial.time, trial.event, trial.arm, trial.positive, levels=["neg", "pos"])
    negative, positive = result.levels
    assert positive.within_level.hazard_ratio == pytest.approx(0.611138, abs=5e-7)
    assert negative.within_level.hazard_ratio == pytest.approx(1.016119, abs=5e-7)
    assert (negative.n, positive.n, result.n, result.events) == (178, 442, 620, 272)
    assert negative.events + positive.events == 272
    assert sum(positive.n_by_arm) == 442
    assert result.interaction.df == 1


def test_rows_with_a_missing_code_are_left_out_and_counted() -> None:
    trial = marker_trial()
    arm, marker = trial["arm01"].copy(), trial["biomarker_codes"].copy()
    arm[[0, 5]], marker[[5, 9]] = -1, -1
    adjust = np.ones((400, 1)) * np.arange(400)[:, None]
    adjust[20] = np.nan
    result = found(arm01=arm, biomarker_codes=marker, adjust=adjust, adjust_names=["age"])
    assert (result.n, result.missing) == (396, 4)
    assert sum(level.n for level in result.levels) == 396
    kept = np.setdiff1d(np.arange(400), [0, 5, 9, 20])
    rest = found(**{k: v[kept] for k, v in trial.items()}, adjust=adjust[kept], adjust_names=["age"])
    assert result.interaction.chi_square == pytest.approx(rest.interaction.chi_square)


def test_empty_level_has_a_reason_and_takes_no_degree_of_freedom() -> None:
    result = found(biomarker_codes=2 * marker_trial()["biomarker_codes"], levels=["low", "middle", "high"])
    middle = result.levels[1]
    assert middle.within_level.not_estimable == middle.from_interaction_model.not_estimable == "no patients"
    assert result.interaction.df == 1
    assert result.interaction.chi_square == pytest.approx(found().interaction.chi_square)


def test_empty_first_level_is_not_the_reference() -> None:
    result = found(biomarker_codes=1 + marker_trial()["biomarker_codes"], levels=["none", "low", "high"])
    assert result.reference_level == "low"
    assert result.interaction.chi_square == pytest.approx(found().interaction.chi_square)


def test_level_with_one_arm() -> None:
    trial = marker_trial()
    codes = np.where((trial["arm01"] == 1) & (np.arange(400) < 60), 2, trial["biomarker_codes"])
    result = found(biomarker_codes=codes, levels=["low", "high", "odd"], arms=("placebo", "drug"))
    assert result.levels[2].within_level.not_estimable == "only one arm: no patients in arm placebo"
    assert result.levels[2].from_interaction_model.hazard_ratio is None
    assert result.interaction.df == 1  # the product with the third level cannot be told from its main effect
    assert result.levels[1].from_interaction_model.hazard_ratio is not None


def test_level_without_events() -> None:
    trial = marker_trial()
    result = found(event=trial["event"] & (trial["biomarker_codes"] == 0))
    assert result.levels[1].within_level.not_estimable == "no events"
    assert result.levels[1].from_interaction_model.not_estimable == "no events"
    assert result.levels[0].within_level.hazard_ratio is not None


def test_level_without_events_in_one_arm_is_monotone() -> None:
    trial = marker_trial()
    silent = (trial["biomarker_codes"] == 1) & (trial["arm01"] == 1)
    result = found(event=trial["event"] & ~silent, arms=("placebo", "drug"))
    apart = result.levels[1].within_level
    assert apart.hazard_ratio == 0.0
    assert 0 < apart.ci_upper < 1
    assert "no events in arm drug" in apart.note
    assert "infinite" in (result.levels[1].from_interaction_model.not_estimable or "") or "monotone" in (
        result.levels[1].from_interaction_model.not_estimable or ""
    )
    assert result.interaction.chi_square is not None
    assert result.interaction.chi_square > 10


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event": np.zeros(400, int)}, "no events"),
        ({"arm01": np.ones(400, int)}, '"treatment" is constant: it does not differ between patients'),
        ({"biomarker_codes": np.zeros(400, int)}, "only one level of the biomarker has patients"),
        ({"biomarker_codes": np.full(400, -1)}, "no patients"),
    ],
)
def test_no_test_at_all(changes: dict[str, Any], reason: str) -> None:
    result = found(**changes)
    assert result.not_estimable == result.interaction.not_estimable == reason
    assert (result.interaction.chi_square, result.interaction.p_value) == (None, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arm01": np.full(400, 2)}, "arm01"),
        ({"arm01": np.zeros(3, int)}, "arm01 has 3"),
        ({"biomarker_codes": np.full(400, 2)}, "biomarker_codes"),
        ({"biomarker_codes": np.zeros(3, int)}, "biomarker_codes has 3"),
        ({"adjust": np.zeros(400)}, "adjust has shape"),
        ({"level": 2.0}, "level"),
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        found(**changes)
