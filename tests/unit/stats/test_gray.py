"""Gray's test: hand computation, cmprsk on twenty patients, invariances and the inputs without a test."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from stratify.stats.gray import gray_test
from stratify.stats.logrank import logrank
from unit.stats.competing import CAUSE, CAUSES, GROUP, STRATUM, TIME

# --- by hand

SIX = {
    "time": [1, 3, 5, 2, 4, 6],
    "cause": [1, 2, 0, 2, 1, 0],
    "group": [0, 0, 0, 1, 1, 1],
    "causes": CAUSES,
    "interest": "relapse",
    "levels": ["A", "B"],
}


def test_score_of_six_patients() -> None:
    """At 1 three in each group are at risk: A expects 1/2. At 4 A has one left, S = 2/3 x 1/2 = 1/3 and F = 1/3, so
    1 (1 - 1/3) / (1/3) = 2 as if at risk; B has two, S = 2/3 and F = 0, so 2 / (2/3) = 3. A expects 2/5.
    """
    test = gray_test(**SIX)
    assert [g.expected for g in test.groups] == pytest.approx([1 / 2 + 2 / 5, 1 / 2 + 3 / 5])
    assert test.score == pytest.approx([1 / 10, -1 / 10])


def test_variance_of_six_patients() -> None:
    """Y / S is 3 in both groups at 1 and at 4, the pooled incidence 1/6, then 2/6; a step of the score by a group's own
    hazard is 3/2, the drift that it leaves behind 3/2 x 1/6 = 1/4 at 1 and 3/2 x (1/6) / (5/6) = 3/10 at 4.
    """
    test = gray_test(**SIX)
    relapse_at_1 = ((3 / 2 - 1 / 4 * 3 / 10) ** 2 + (3 / 2 + 1 / 6 * 3 / 10) ** 2) / 18
    death_at_2, death_at_3 = (5 / 4 * 3 / 10) ** 2 / 9, (5 / 2 * 3 / 10) ** 2 * (2 / 3) ** 2 / 4
    relapse_at_4 = 2 * (3 / 2) ** 2 / 18
    variance = relapse_at_1 + death_at_2 + death_at_3 + relapse_at_4
    assert test.variance == pytest.approx(variance * np.array([[1, -1], [-1, 1]]))
    assert test.chi_square == pytest.approx(0.01 / variance)
    assert (test.df, test.method) == (1, "Gray's test")


# --- R: cuminc(d$time, d$cause, d$group, strata, rho)$Tests


@pytest.mark.parametrize(
    ("options", "chi_square", "p_value"),
    [
        ({}, [0.0536777830978845, 0.4749707356708283], [0.973518070879206, 0.788608429944997]),
        ({"rho": 1}, [0.185304805589509, 0.385898185510590], [0.911510283663599, 0.824523947313081]),
        ({"strata": STRATUM}, [0.117130977451771, 1.184474479203441], [0.943116474880915, 0.553088508017647]),
    ],
)
def test_three_groups_as_r(options: dict[str, Any], chi_square: list[float], p_value: list[float]) -> None:
    tests = [gray_test(TIME, CAUSE, GROUP, causes=CAUSES, interest=name, **options) for name in CAUSES]
    assert [t.chi_square for t in tests] == pytest.approx(chi_square, rel=1e-11)
    assert [t.p_value for t in tests] == pytest.approx(p_value, rel=1e-11)
    assert [t.df for t in tests] == [2, 2]


# --- special cases and invariances


def trial(draw: st.DrawFn, groups: int = 3) -> dict[str, Any]:
    n = draw(st.integers(6, 20))

    def vector(low: int, high: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(low, high), min_size=n, max_size=n)))

    return {"time": vector(1, 9).astype(float), "cause": vector(0, 2), "group": vector(0, groups - 1)}


trials = st.composite(trial)()


def compared(rows: dict[str, Any], **options: Any) -> Any:
    return gray_test(**rows, causes=CAUSES, interest="relapse", **options)


@given(trials)
def test_one_cause_has_the_score_of_the_log_rank_test(rows: dict[str, Any]) -> None:
    """Without competing events 1 - F = S, so those as if at risk are those at risk; the variances differ."""
    rows = rows | {"cause": rows["cause"] == 1}
    if rows["cause"].any():
        test = gray_test(**rows, causes=["relapse"], interest="relapse")
        assert test.score == pytest.approx(logrank(rows["time"], rows["cause"], rows["group"]).score, abs=1e-9)


@given(trials, st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_groups_do_not_matter(rows: dict[str, Any], random: Any) -> None:
    levels = ["a", "b", "c"]
    test = compared(rows, levels=levels)
    order = np.array(random.sample(range(len(rows["time"])), len(rows["time"])))
    renamed = np.array([2, 0, 1])
    other = compared({"time": rows["time"][order] * 30.4375, "cause": rows["cause"][order]}
                   | {"group": renamed[rows["group"][order]]}, levels=levels)  # fmt: skip
    assert other.score[renamed] == pytest.approx(test.score, abs=1e-9)
    assert (test.chi_square is None) == (other.chi_square is None)
    if test.chi_square is not None:
        assert other.chi_square == pytest.approx(test.chi_square, rel=1e-6, abs=1e-9)


@given(trials, trials)
def test_strata_add_up(first: dict[str, Any], second: dict[str, Any]) -> None:
    both = {name: np.append(first[name], second[name]) for name in first}
    strata = np.repeat([0, 1], [len(first["time"]), len(second["time"])])
    levels = ["a", "b", "c"]
    parts = [compared(rows, levels=levels) for rows in (first, second)]
    whole = compared(both, levels=levels, strata=strata)
    assert whole.score == pytest.approx(sum(part.score for part in parts), abs=1e-9)
    assert whole.variance == pytest.approx(sum(part.variance for part in parts), abs=1e-9)
    assert whole.n == len(both["time"])


def test_missing_groups_and_strata_are_counted() -> None:
    group = np.where(np.arange(20) == 3, -1, GROUP)
    strata = np.where(np.arange(20) == 7, -1, 0)
    test = gray_test(TIME, CAUSE, group, causes=CAUSES, interest="death", strata=strata)
    kept = (group >= 0) & (strata >= 0)
    without = gray_test(TIME[kept], CAUSE[kept], GROUP[kept], causes=CAUSES, interest="death")
    assert (test.missing, test.n) == (2, 18)
    assert test.chi_square == pytest.approx(without.chi_square)
    assert test.method == "Gray's test, 1 strata"


def test_times_apart_by_rounding_are_tied() -> None:
    time = np.array(SIX["time"], dtype=float)
    tied, noisy = time.copy(), time.copy()
    tied[[1, 4]] = 0.3
    noisy[[1, 4]] = 0.3, 0.1 + 0.2
    tests = [gray_test(**SIX | {"time": t}) for t in (tied, noisy)]
    assert tests[0].chi_square == tests[1].chi_square


# --- without a test


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"time": [], "cause": [], "group": []}, "no patients"),
        ({"cause": [2, 2, 0, 2, 2, 0]}, 'no events of "relapse"'),
        ({"group": [1, 1, 1, 1, 1, 1]}, 'only one group has patients: "B"'),
        ({"time": [1, 1, 2, 5, 6, 7], "cause": [0, 0, 0, 1, 1, 1]},
         'at no event of "relapse" were patients of two groups at risk with an outcome in doubt'),
    ],
)  # fmt: skip
def test_not_estimable(changed: dict[str, Any], reason: str) -> None:
    test = gray_test(**SIX | changed)
    assert (test.chi_square, test.p_value, test.df) == (None, None, 0)
    assert test.not_estimable == reason


def test_one_patient() -> None:
    test = gray_test(**SIX | {"time": [1], "cause": [1], "group": [0]})
    assert test.not_estimable == 'only one group has patients: "A"'


def test_a_group_without_events_and_a_group_without_patients() -> None:
    test = gray_test(**SIX | {"cause": [1, 2, 0, 2, 2, 0], "levels": ["A", "B", "C"]})
    assert test.chi_square is not None
    assert test.df == 1
    assert test.note == 'no patients in C; no events of "relapse" in B'
    assert [g.competing_events for g in test.groups] == [1, 2, 0]


def test_a_group_that_dies_out_early() -> None:
    """The pooled incidence 1/6 + 1/6 of both groups, then 1/4 four times of B alone: 13/12 before the last event.

    cmprsk prints 5.2136 all the same, here with a note; weighted by (1 - F0)^(1/2) there is none.
    """
    rows = {"time": [1, 2, 3, 4, 5, 6], "cause": [1] * 6, "group": [0, 0, 1, 1, 1, 1]}
    test = compared(rows)
    assert test.chi_square == pytest.approx(5.21364452423698)
    assert test.note.endswith("passes 1 before the last event: the variance is doubtful")
    weighted = compared(rows, rho=0.5)
    assert weighted.chi_square is None
    assert "reaches 1 before the last event" in weighted.not_estimable


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"interest": "stroke"}, "not among the causes declared"),
        ({"cause": [1, 3, 0, 2, 1, 0]}, "distinct codes found: 0, 1, 2, 3"),
        ({"group": [0, 0, 0, 1, 1]}, "group has 5 entries"),
        ({"group": [0, 0, 0, 1, 1, 2]}, "group codes must be 0 to 1"),
        ({"strata": [0, 0]}, "strata has 2 entries"),
        ({"rho": -1}, "rho"),
        ({"rho": np.inf}, "rho"),
        ({"time": [1, 3, np.nan, 2, 4, 6]}, "positions 2"),
    ],
)
def test_input_that_is_answered(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gray_test(**SIX | changed)
