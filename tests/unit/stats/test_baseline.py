"""Table 1 and standardised differences by hand and on data that has nothing to show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.stats.baseline import baseline_table, summarise
from stratify.stats.mean_difference import welch_t
from stratify.stats.smd import smd_categorical, smd_continuous
from stratify.stats.variables import Categorical, Continuous

NAN = np.nan
ARMS = ("control", "treated")
R_WELCH = (0.219284507038771, -3.644625330191450, 9.644625330191449)


def row(variable, group, groups=ARMS):
    return baseline_table([variable], group, groups).rows[0]


def test_continuous_by_hand():
    # control 1 2 3 6, treated 2 4 and one missing
    got = row(Continuous("age", [1, 2, 3, 6, 2, 4, NAN]), [0, 0, 0, 0, 1, 1, 1])
    control, treated = got.groups
    assert (control.n, control.missing, control.mean, control.median) == (4, 0, 3, 2.5)
    assert (control.q1, control.q3, control.minimum, control.maximum) == (1.75, 3.75, 1, 6)
    assert control.sd == pytest.approx(np.sqrt(14 / 3))
    assert (treated.n, treated.missing, treated.mean) == (2, 1, 3)
    assert (got.overall.n, got.overall.missing, got.overall.mean) == (6, 1, 3)
    assert (got.smd.smd, got.smd.group, got.smd.versus, got.smd.n) == (0, "treated", "control", 6)


def test_continuous_difference_by_hand():
    # means 2 and 5, variances 1 and 9
    result = smd_continuous(np.array([2.0, 5, 8]), np.array([1.0, 2, 3]), "b", "a")
    assert result.smd == pytest.approx(3 / np.sqrt(5))


def test_categorical_by_hand():
    got = row(Categorical("sex", [0, 1, 1, -1, 1, 0, 0, 0], ("f", "m")), [0, 0, 0, 0, 1, 1, 1, 1])
    control, treated = got.groups
    assert (control.counts, control.n, control.missing) == ((1, 2), 3, 1)
    assert control.proportions == pytest.approx((1 / 3, 2 / 3))
    assert (treated.counts, treated.proportions) == ((3, 1), (0.75, 0.25))
    assert (got.overall.counts, got.overall.missing) == ((4, 3), 1)
    # binary: |1/4 - 2/3| / sqrt((1/4 3/4 + 2/3 1/3) / 2)
    assert got.smd.smd == pytest.approx((2 / 3 - 1 / 4) / np.sqrt((3 / 16 + 2 / 9) / 2))


def test_three_levels_by_hand():
    # p1 = (1/2, 1/4, 1/4), p0 = (1/4, 1/4, 1/2): without the first level T = (0, -1/4)
    # S = [[3/16, -3/32], [-3/32, 7/32]], det 33/1024 - (S^-1)_22 = (3/16) / (33/1024)
    result = smd_categorical(np.array([2, 1, 1]), np.array([1, 1, 2]), "b", "a")
    assert result.smd == pytest.approx(np.sqrt((1 / 16) * (3 / 16) / (3 / 16 * 7 / 32 - 9 / 1024)))


def test_three_groups_name_the_largest_pair():
    values = [1, 2, 3, 2, 3, 4, 7, 8, 9]
    got = row(Continuous("x", values), [0, 0, 0, 1, 1, 1, 2, 2, 2], ("a", "b", "c"))
    assert [(p.group, p.versus, p.smd) for p in got.pairwise] == [("b", "a", 1), ("c", "a", 6), ("c", "b", 5)]
    assert got.smd is got.pairwise[1]
    falling = row(Continuous("x", values[::-1]), [0, 0, 0, 1, 1, 1, 2, 2, 2], ("a", "b", "c"))
    assert (falling.smd.smd, falling.smd.group, falling.smd.versus) == (-6, "c", "a")


def test_a_pair_infinitely_apart_is_shown_before_finite_ones():
    got = row(Continuous("x", [1, 1, 5, 5, 1, 3]), [0, 0, 1, 1, 2, 2], ("a", "b", "c"))
    assert (got.smd.smd, got.smd.group, got.smd.versus) == (None, "b", "a")


def test_one_group_has_no_difference():
    got = row(Continuous("x", [1, 2]), [0, 0], ("all",))
    assert (got.smd, got.pairwise) == (None, ())


def test_patients_without_a_group_are_counted_and_left_out():
    table = baseline_table([Continuous("x", [1, 2, 30])], [0, 1, -1], ARMS)
    assert (table.n, table.group_missing, table.groups) == ((1, 1), 1, ARMS)
    assert table.rows[0].overall.n == 2


def test_no_variation():
    same = smd_continuous(np.array([0.1, 0.1, 0.1]), np.array([0.1, 0.1]), "b", "a")
    assert (same.smd, same.note) == (0, "all patients have the same value")
    apart = smd_continuous(np.array([0.1, 0.1, 0.1]), np.array([0.3, 0.3]), "b", "a")
    assert (apart.smd, apart.reason) == (None, "no variation within either group, but different values: infinite")
    level = smd_categorical(np.array([3, 0]), np.array([2, 0]), "b", "a")
    assert (level.smd, level.note) == (0, "all patients have the same level")
    split = smd_categorical(np.array([3, 0]), np.array([0, 2]), "b", "a")
    assert (split.smd, split.reason) == (None, "a contrast of levels varies within neither group but differs: infinite")


def test_a_level_that_only_one_group_lacks():
    # p1 = (1/2, 1/2, 0), p0 = (0, 0, 1): the contrast of the third level varies within neither group
    split = smd_categorical(np.array([1, 1, 0]), np.array([0, 0, 4]), "b", "a")
    assert split.smd is None
    # p1 = (1/2, 1/2), p0 = (1, 0): (1/2)^2 / (1/8)
    assert smd_categorical(np.array([2, 2]), np.array([4, 0]), "b", "a").smd == pytest.approx(np.sqrt(2))
    # a level that nobody has changes nothing
    assert smd_categorical(np.array([2, 0, 2]), np.array([4, 0, 0]), "b", "a").smd == pytest.approx(np.sqrt(2))


def test_too_few_values():
    assert summarise([]).reason == "no patients with a value"
    nobody = summarise([NAN, NAN])
    assert (nobody.n, nobody.missing, nobody.mean, nobody.reason) == (0, 2, None, "no patients with a value")
    alone = summarise([4])
    assert (alone.mean, alone.sd, alone.reason) == (4, None, "one patient: no standard deviation")
    few = smd_continuous(np.array([1.0]), np.array([1.0, 2]), "b", "a")
    assert (few.smd, few.reason) == (None, "fewer than two patients with a value in b")
    empty = row(Categorical("sex", [-1, 0], ("f", "m")), [0, 1])
    assert (empty.groups[0].proportions, empty.groups[0].reason) == (None, "no patients with a value")
    assert (empty.smd.smd, empty.smd.reason) == (None, "no patients with a value in control")


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="age has 2 entries, group has 3"):
        baseline_table([Continuous("age", [1, 2])], [0, 1, 1], ARMS)
    with pytest.raises(ValueError, match="codes must be 0 to 1, or -1 for missing; distinct codes found: 0, 2"):
        baseline_table([], [0, 2], ARMS)
    with pytest.raises(ValueError, match="group must be one-dimensional"):
        baseline_table([], [[0, 1]], ARMS)
    with pytest.raises(ValueError, match="must hold integer codes"):
        baseline_table([], [0.5, 1], ARMS)
    with pytest.raises(ValueError, match="x: a one-dimensional array of finite numbers"):
        Continuous("x", [np.inf])
    with pytest.raises(ValueError, match="sex codes must be 0 to 1"):
        Categorical("sex", [0, 5], ("f", "m"))


def test_welch_by_hand():
    # means 5 and 2, squared errors 9/3 and 1/3; df = (10/3)^2 / (9/2 + 1/18)
    result = welch_t([2, 5, 8, NAN], [1, 2, 3])
    assert (result.mean_difference, result.standard_error) == (3, pytest.approx(np.sqrt(10 / 3)))
    assert (result.df, result.n) == (pytest.approx((100 / 9) / (4.5 + 1 / 18)), 6)
    # t.test(c(2, 5, 8), c(1, 2, 3)): p and interval
    assert (result.p_value, result.ci_lower, result.ci_upper) == pytest.approx(R_WELCH, rel=1e-9)


def test_welch_without_variation_or_values():
    flat = welch_t([0.1, 0.1, 0.1], [0.3, 0.3])
    assert (flat.p_value, flat.note) == (None, "no interval or test: no variation within either sample")
    assert welch_t([1], [NAN]).reason == "fewer than two values in sample 1 and sample 0"


levels = st.lists(st.tuples(st.integers(0, 1), st.integers(-1, 3)), min_size=2, max_size=40)


@given(levels, st.permutations(range(4)))
def test_the_order_of_levels_and_groups_does_not_matter(patients, order):
    group, code = (np.array(column) for column in zip(*patients, strict=True))
    relabelled = np.where(code < 0, -1, np.array(order)[code])
    names = ("w", "x", "y", "z")
    one = row(Categorical("v", code, names), group).smd
    two = row(Categorical("v", relabelled, names), group).smd
    three = row(Categorical("v", code, names), 1 - group).smd
    for other in (two, three):
        assert (one.smd is None) == (other.smd is None)
        if one.smd is not None:
            assert other.smd == pytest.approx(one.smd, abs=1e-7)


@given(
    st.lists(st.integers(-5, 5), min_size=3, max_size=20),
    st.lists(st.integers(-5, 5), min_size=3, max_size=20),
    st.sampled_from([0.01, 2.0, 1e6]),
)
def test_swap_flips_and_units_do_not_matter(x, y, unit):
    x, y = np.array(x, float), np.array(y, float)
    one = smd_continuous(x, y, "b", "a").smd
    flipped, scaled = smd_continuous(y, x, "a", "b").smd, smd_continuous(x * unit, y * unit, "b", "a").smd
    if one is None:
        assert (flipped, scaled) == (None, None)
    else:
        assert (flipped, scaled) == (pytest.approx(-one), pytest.approx(one))
