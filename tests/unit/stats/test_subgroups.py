"""The subgroup forest: that each line is the fit of its subgroup, that nobody is lost, and that gaps carry reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stratify.stats.cox import cox
from stratify.stats.interaction import interaction
from stratify.stats.subgroups import SubgroupForest, subgroup_forest
from unit.stats.gbsg2 import gbsg2

TRIAL = gbsg2()
FACTORS: dict[str, Any] = {
    "menostat": (TRIAL.post, ["Pre", "Post"]),
    "receptor": (TRIAL.positive, ["neg", "pos"]),
    "age": (np.digitize(TRIAL.age, [45, 55]), ["<45", "45-54", "55-65"]),
}


def forest(**changes: Any) -> SubgroupForest:
    return subgroup_forest(
        **({"time": TRIAL.time, "event": TRIAL.event, "arm01": TRIAL.arm, "factors": FACTORS} | changes)
    )


def test_overall_line_is_the_whole_trial() -> None:
    found = forest()
    assert (found.n, found.events, found.missing) == (620, 272, 0)
    assert found.overall.hazard_ratio == pytest.approx(0.739732, abs=5e-7)
    assert sum(found.n_by_arm) == 620
    assert sum(found.events_by_arm) == 272


def test_levels_of_a_factor_partition_the_trial() -> None:
    found = forest()
    assert [f.factor for f in found.factors] == list(FACTORS)
    for factor in found.factors:
        assert [line.level for line in factor.levels] == FACTORS[factor.factor][1]
        assert sum(line.n for line in factor.levels) == 620
        assert np.sum([line.n_by_arm for line in factor.levels], axis=0).tolist() == list(found.n_by_arm)
        assert np.sum([line.events_by_arm for line in factor.levels], axis=0).tolist() == list(found.events_by_arm)
        assert factor.interaction.df == len(factor.levels) - 1


def test_each_line_is_the_fit_of_its_subgroup() -> None:
    found = forest(strata=TRIAL.post)
    for factor in found.factors:
        codes, _ = FACTORS[factor.factor]
        for k, line in enumerate(factor.levels):
            rows = codes == k
            fit = cox(
                TRIAL.time[rows], TRIAL.event[rows], TRIAL.arm[rows, None], names=["arm"], strata=TRIAL.post[rows]
            )
            assert line.effect.hazard_ratio == pytest.approx(fit.term("arm").hazard_ratio, rel=1e-12)
            assert line.effect.ci_upper == pytest.approx(fit.term("arm").ci_upper, rel=1e-12)
            assert (line.n, line.events) == (fit.n, fit.events) == (line.effect.n, line.effect.events)


def test_interaction_of_a_factor_is_that_of_the_biomarker_analysis() -> None:
    codes, levels = FACTORS["receptor"]
    alone = interaction(TRIAL.time, TRIAL.event, TRIAL.arm, codes, levels=levels)
    assert forest().factors[1].interaction == alone.interaction


def test_missing_factor_code_costs_this_factor_alone() -> None:
    codes = TRIAL.post.copy()
    codes[:50] = -1
    found = forest(factors={"menostat": (codes, ["Pre", "Post"]), "receptor": FACTORS["receptor"]})
    assert [f.missing for f in found.factors] == [50, 0]
    assert sum(line.n for line in found.factors[0].levels) == 570
    assert found.factors[1].interaction == forest().factors[1].interaction


def test_missing_arm_is_left_out_of_everything() -> None:
    arm = TRIAL.arm.copy()
    arm[:7] = -1
    found = forest(arm01=arm)
    assert (found.n, found.missing) == (613, 7)
    assert [f.missing for f in found.factors] == [0, 0, 0]


def test_gaps_carry_their_reasons() -> None:
    n = 620
    codes = np.zeros(n, int)
    codes[np.flatnonzero(TRIAL.arm == 1)[:20]] = 1  # one arm only
    codes[np.flatnonzero(TRIAL.event == 0)[-40:]] = 2  # no events
    levels = ["most", "treated", "quiet", "nobody"]
    found = forest(factors={"odd": (codes, levels)}, arms=("no", "yes")).factors[0]
    reasons = [line.effect.not_estimable for line in found.levels]
    assert reasons == [None, "only one arm: no patients in arm no", "no events", "no patients"]
    assert [line.n for line in found.levels][1:] == [20, 40, 0]
    assert found.levels[1].n_by_arm == (0, 20)
    for line in found.levels[1:]:
        assert (line.effect.hazard_ratio, line.effect.ci_lower, line.effect.p_value) == (None, None, None)
    assert found.interaction.p_value is not None


def test_no_events_in_one_arm_has_one_limit() -> None:
    event = TRIAL.event * ~((TRIAL.positive == 1) & (TRIAL.arm == 1))
    line = forest(event=event, arms=("no", "yes")).factors[1].levels[1]
    assert line.effect.hazard_ratio == 0.0
    assert line.events_by_arm[1] == 0
    assert 0 < line.effect.ci_upper < 0.1
    assert line.effect.standard_error is None
    assert line.effect.note.startswith("no events in arm yes; monotone likelihood")


def test_small_subgroup_is_noted() -> None:
    codes = np.zeros(620, int)
    codes[np.flatnonzero((TRIAL.event == 1) & (TRIAL.arm == 1))[:3]] = 1
    codes[np.flatnonzero((TRIAL.event == 1) & (TRIAL.arm == 0))[:4]] = 1
    line = forest(factors={"few": (codes, ["rest", "few"])}).factors[0].levels[1]
    assert "events are few (7" in line.effect.note


def test_nobody_at_all() -> None:
    found = forest(arm01=np.full(620, -1))
    assert found.overall.not_estimable == "no patients"
    assert {line.effect.not_estimable for f in found.factors for line in f.levels} == {"no patients"}
    assert {f.interaction.not_estimable for f in found.factors} == {"no patients"}


def test_factor_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has 3 entries"):
        forest(factors={"short": (np.zeros(3, int), ["a"])})
