"""Log-rank tests: hand computations, invariances, the score test of Cox as second witness, inputs without an answer."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from lifelines.statistics import logrank_test
from scipy import special

from stratify.stats.cox import cox
from stratify.stats.logrank import logrank, logrank_trend
from unit.stats.gbsg2 import gbsg2

FIVE = {"time": [1, 2, 3, 4, 5], "event": [1, 1, 0, 1, 1], "group": [0, 1, 0, 1, 0]}


def test_five_patients() -> None:
    """At risk (group 0, group 1) at the events 1, 2, 4, 5: (3, 2), (2, 2), (1, 1), (1, 0)."""
    test = logrank(**FIVE)
    expected = 3 / 5 + 2 / 4 + 1 / 2 + 1
    variance = 6 / 25 + 4 / 16 + 1 / 4
    assert [g.observed for g in test.groups] == [2, 2]
    assert [g.expected for g in test.groups] == pytest.approx([expected, 4 - expected])
    assert test.variance == pytest.approx(np.array([[1, -1], [-1, 1]]) * variance)
    assert test.chi_square == pytest.approx((2 - expected) ** 2 / variance)
    assert test.p_value == pytest.approx(special.chdtrc(1, (2 - expected) ** 2 / variance))
    assert test.z == pytest.approx((expected - 2) / math.sqrt(variance))
    assert (test.df, test.n, test.events, test.missing, test.method) == (1, 5, 4, 0, "log-rank test")


def test_tied_deaths_have_the_hypergeometric_variance() -> None:
    """Two of four die together, one of each arm of two: d (n-d)/(n-1) p q = 2 * 2/3 * 1/4."""
    test = logrank([1, 1, 2, 2], [1, 1, 0, 0], [0, 1, 0, 1])
    assert test.variance[0, 0] == pytest.approx(1 / 3)
    assert test.chi_square == pytest.approx(0.0, abs=1e-15)


def test_fleming_harrington_weights_are_survival_just_before() -> None:
    """Pooled S before the events 1, 2, 4, 5: 1, 4/5, 3/5, 3/10."""
    test = logrank(**FIVE, rho=1, gamma=2)
    before = np.array([1, 4 / 5, 3 / 5, 3 / 10])
    weight = before * (1 - before) ** 2
    assert test.score[0] == pytest.approx(weight @ [1 - 3 / 5, -1 / 2, -1 / 2, 0])
    assert test.variance[0, 0] == pytest.approx(weight**2 @ [6 / 25, 1 / 4, 1 / 4, 0])
    assert test.method == "Fleming-Harrington test, rho 1, gamma 2"


@pytest.mark.parametrize(("weighting", "weight"), [("gehan", [5, 4, 2, 1]), ("tarone-ware", np.sqrt([5, 4, 2, 1]))])
def test_weights_by_number_at_risk(weighting: Any, weight: list[float]) -> None:
    test = logrank(**FIVE, weighting=weighting)
    assert test.score[0] == pytest.approx(np.array(weight) @ [1 - 3 / 5, -1 / 2, -1 / 2, 0])


def test_peto_and_petos_weights_are_their_own_estimate_of_survival() -> None:
    """Of 5, 4, 2, 1 at risk one dies each time: 5/6, 5/6 * 4/5, 2/3 * 2/3, 4/9 * 1/2."""
    test = logrank(**FIVE, weighting="peto-peto")
    assert test.score[0] == pytest.approx(np.array([5 / 6, 2 / 3, 4 / 9, 2 / 9]) @ [1 - 3 / 5, -1 / 2, -1 / 2, 0])
    assert test.method == "Peto-Peto test"


@pytest.mark.parametrize(
    ("weighting", "name"), [("gehan", "wilcoxon"), ("tarone-ware", "tarone-ware"), ("peto-peto", "peto")]
)
def test_gbsg2_against_lifelines(weighting: Any, name: str) -> None:
    trial = gbsg2()
    test = logrank(trial.time, trial.event, trial.arm, weighting=weighting)
    arms = (trial.arm == 0, trial.arm == 1)
    theirs = logrank_test(*(trial.time[a] for a in arms), *(trial.event[a] for a in arms), weightings=name)
    assert test.chi_square == pytest.approx(theirs.test_statistic, rel=1e-9)


def test_strata_add_scores_and_variances_and_weights_start_anew() -> None:
    a, b = logrank(**FIVE, rho=1), logrank([3, 1, 2], [1, 1, 0], [0, 1, 0], rho=1)
    both = logrank(
        FIVE["time"] + [3, 1, 2],
        FIVE["event"] + [1, 1, 0],
        FIVE["group"] + [0, 1, 0],
        strata=[4] * 5 + [9] * 3,
        rho=1,
    )
    assert both.score == pytest.approx(a.score + b.score)
    assert both.variance == pytest.approx(a.variance + b.variance)
    assert both.method.endswith("2 strata")


def test_delayed_entry_is_open_on_the_left() -> None:
    """The third patient enters at 1 and so is at risk at 2 only: (1, 1) at 1, (0, 2) at 2."""
    test = logrank([1, 2, 3], [1, 1, 0], [0, 1, 1], entry=[0, 0, 1])
    assert [g.expected for g in test.groups] == pytest.approx([1 / 2, 3 / 2])


@st.composite
def trials(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(4, 30))

    def vector(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    unit = draw(st.sampled_from([1.0, 0.37]))
    return {
        "time": vector(st.integers(1, 8)) * unit,
        "event": vector(st.booleans()),
        "group": vector(st.integers(0, 2)),
        "strata": vector(st.integers(0, 1)),
    }


@given(trials(), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_groups_do_not_matter(trial: dict[str, np.ndarray], random: Any) -> None:
    order = np.array(random.sample(range(len(trial["time"])), len(trial["time"])))
    test = logrank(**trial, levels=["a", "b", "c"], rho=1)
    moved = {k: v[order] for k, v in trial.items()}
    moved["group"] = 2 - moved["group"]
    other = logrank(**moved, levels=["c", "b", "a"], rho=1)
    assert (test.not_estimable is None) == (other.not_estimable is None)
    if test.chi_square is not None:
        assert other.chi_square == pytest.approx(test.chi_square, rel=1e-7, abs=1e-9)
        assert other.df == test.df
    assert other.score[::-1] == pytest.approx(test.score, abs=1e-12)
    assert test.score.sum() == pytest.approx(0, abs=1e-12)


@given(trials(), st.sampled_from(["fleming-harrington", "gehan", "peto-peto"]), st.booleans())
def test_whole_times_are_counted_as_others_are_sorted(trial: dict[str, np.ndarray], weighting: Any, late: bool) -> None:
    trial["time"] = np.rint(trial["time"] / trial["time"].min())
    entry = np.arange(len(trial["time"])) % 3 if late else None
    if entry is not None:
        entry = np.where(entry < trial["time"], entry, 0.0)
    shape = {"rho": 1, "gamma": 0.5} if weighting == "fleming-harrington" else {}
    whole = logrank(**trial, weighting=weighting, levels=["a", "b", "c"], entry=entry, **shape)
    trial["time"] = trial["time"] * 0.3
    tenths = logrank(
        **trial, weighting=weighting, levels=["a", "b", "c"], entry=None if entry is None else entry * 0.3, **shape
    )
    assert tenths.score == pytest.approx(whole.score, abs=1e-12)
    assert tenths.variance == pytest.approx(whole.variance, abs=1e-12)


@given(trials())
def test_the_slow_definition(trial: dict[str, np.ndarray]) -> None:
    score, variance = np.zeros(3), np.zeros((3, 3))
    for s in (0, 1):
        inside = trial["strata"] == s
        for t in np.unique(trial["time"][inside & trial["event"]]):
            at_risk = np.bincount(trial["group"][inside & (trial["time"] >= t)], minlength=3)
            dead = np.bincount(trial["group"][inside & (trial["time"] == t) & trial["event"]], minlength=3)
            n, d = at_risk.sum(), dead.sum()
            share = at_risk / n
            score += dead - d * share
            if n > 1:
                variance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    test = logrank(**trial, levels=["a", "b", "c"])
    assert test.score == pytest.approx(score, abs=1e-12)
    assert test.variance == pytest.approx(variance, abs=1e-12)
    if test.chi_square is not None:
        used = np.diag(variance) > 1e-12
        inverse = np.linalg.pinv(variance[np.ix_(used, used)], rcond=1e-9)
        assert test.chi_square == pytest.approx(score[used] @ inverse @ score[used], rel=1e-6, abs=1e-9)


@given(trials())
def test_without_ties_it_is_the_score_test_of_cox(trial: dict[str, np.ndarray]) -> None:
    n = len(trial["time"])
    time, group = np.arange(1.0, n + 1) / 7, np.minimum(trial["group"], 1)
    test = logrank(time, trial["event"], group, levels=["a", "b"])
    fit = cox(time, trial["event"], group[:, None], names=["arm"])
    assume(test.chi_square is not None)
    assert test.chi_square == pytest.approx(fit.score.chi_square, rel=1e-9)


def test_gbsg2_against_the_score_test() -> None:
    trial = gbsg2()
    test = logrank(trial.time, trial.event, trial.arm, strata=trial.post)
    fit = cox(trial.time, trial.event, trial.arm[:, None], names=["horTh"], strata=trial.post)
    # 272 events share 236 days: ties keep the two a little apart.
    assert test.chi_square == pytest.approx(fit.score.chi_square, rel=2e-3)
    assert (test.n, test.events) == (620, 272)


def test_times_apart_by_rounding_are_tied() -> None:
    noisy = logrank([0.1 + 0.2, 0.3, 1], [1, 1, 0], [0, 1, 1])
    tied = logrank([0.3, 0.3, 1], [1, 1, 0], [0, 1, 1])
    assert noisy.score == pytest.approx(tied.score)


# --- what has no answer, and why


def test_no_events() -> None:
    test = logrank([1, 2], [0, 0], [0, 1])
    assert (test.not_estimable, test.chi_square, test.p_value, test.df) == ("no events", None, None, 0)


def test_no_patients() -> None:
    assert logrank([], [], np.empty(0, int)).not_estimable == "no patients"


def test_one_arm() -> None:
    test = logrank([1, 2], [1, 1], [1, 1], levels=["control", "drug"])
    assert test.not_estimable == 'only one group has patients: "drug"'
    assert test.note == "no patients in control"


def test_no_events_in_one_arm_still_has_a_test() -> None:
    test = logrank([1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1], levels=["control", "drug"])
    assert test.chi_square == pytest.approx((2 - 1 / 2 - 1 / 3) ** 2 / (1 / 4 + 2 / 9))
    assert test.note == "no events in drug"


def test_empty_group_takes_no_degree_of_freedom() -> None:
    with_empty = logrank(**FIVE, levels=["a", "b", "c"])
    assert with_empty.df == 1
    assert with_empty.chi_square == pytest.approx(logrank(**FIVE).chi_square)
    assert with_empty.groups[2].n == 0


def test_groups_never_at_risk_together() -> None:
    test = logrank([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 1, 1], strata=[0, 0, 1, 1])
    assert test.chi_square is None
    assert "at no event" in (test.not_estimable or "")


def test_missing_groups_and_strata_are_left_out_and_counted() -> None:
    test = logrank([1, 2, 3, 4, 5, 6, 7], [1, 1, 0, 1, 1, 1, 1], [0, 1, 0, 1, 0, -1, 0], strata=[0] * 6 + [-1])
    assert (test.n, test.missing) == (5, 2)
    assert test.chi_square == pytest.approx(logrank(**FIVE).chi_square)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"event": [1, 2, 1, 1, 1]}, "event"),
        ({"time": [1, 2, 3, 4, math.nan]}, "time"),
        ({"group": [0, 1]}, "group has 2 entries"),
        ({"group": [0, 1, 5, 0, 0], "levels": ["a", "b"]}, "group codes"),
        ({"strata": [0]}, "strata has 1 entries"),
        ({"rho": -1}, "rho"),
        ({"weighting": "gehan", "rho": 1}, "gehan"),
        ({"weighting": "peto"}, "weighting"),
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        logrank(**(FIVE | changes))


# --- trend


def test_trend_of_two_groups_is_the_log_rank_test() -> None:
    test = logrank(**FIVE)
    trend = logrank_trend(test, [0, 1])
    assert trend.z == pytest.approx(test.z)
    assert trend.p_value == pytest.approx(test.p_value)


def test_trend_does_not_depend_on_origin_and_unit_of_the_scores() -> None:
    test = logrank([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 1], [0, 1, 2, 0, 1, 2])
    assert logrank_trend(test, [10, 30, 50]).z == pytest.approx(logrank_trend(test, [0, 1, 2]).z)


def test_trend_without_an_answer() -> None:
    assert logrank_trend(logrank(**FIVE), [3, 3]).not_estimable is not None
    assert logrank_trend(logrank([1, 2], [0, 0], [0, 1]), [0, 1]).not_estimable == "no events"
    with pytest.raises(ValueError, match="2 finite numbers"):
        logrank_trend(logrank(**FIVE), [1, 2, 3])
