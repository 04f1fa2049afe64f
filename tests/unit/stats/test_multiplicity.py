"""Adjusted p-values by hand, by their definitions and on what cannot be tested."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.stats.multiplicity import ADJUST_METHODS, adjust

# R: p.adjust(c(.01, .04, .03, .005), method); n = 4
BY_HAND = {
    "bonferroni": [0.04, 0.16, 0.12, 0.02],
    "holm": [0.03, 0.06, 0.06, 0.02],
    "hochberg": [0.03, 0.04, 0.04, 0.02],
    "hommel": [0.03, 0.04, 0.04, 0.02],
    "bh": [0.02, 0.04, 0.04, 0.02],
    "by": [0.02 * 25 / 12, 0.04 * 25 / 12, 0.04 * 25 / 12, 0.02 * 25 / 12],
}

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@pytest.mark.parametrize("method", ADJUST_METHODS)
def test_four_tests_by_hand(method):
    result = adjust([0.01, 0.04, 0.03, 0.005], method)
    assert result.p_adjusted == pytest.approx(BY_HAND[method])
    assert (result.n, result.n_not_estimable, result.method, result.note) == (4, 0, method, None)


@pytest.mark.parametrize("method", ADJUST_METHODS)
def test_what_could_not_be_tested_is_no_test(method):
    result = adjust([0.01, None, 0.04, 0.03, float("nan"), 0.005], method)
    assert result.p_adjusted[1] is None
    assert result.p_adjusted[4] is None
    assert [p for p in result.p_adjusted if p is not None] == pytest.approx(BY_HAND[method])
    assert (result.n, result.n_not_estimable) == (4, 2)
    assert result.note == "2 of 6 tests not estimable: adjusted for 4"


def test_nothing_to_adjust():
    assert adjust([], "bh").p_adjusted == ()
    assert adjust([None], "bh").p_adjusted == (None,)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="not so at positions 1, 2"):
        adjust([0.1, -0.1, 1.5], "holm")
    with pytest.raises(ValueError, match="method must be one of"):
        adjust([0.1], "sidak")


@given(p_lists)
def test_hommel_is_the_closed_simes_test(p):
    # the definition: the largest Simes p-value over all intersections that contain the hypothesis
    def simes(subset):
        ordered = np.sort([p[i] for i in subset])
        return float(np.min(len(ordered) * ordered / np.arange(1, len(ordered) + 1)))

    sets = [s for k in range(1, len(p) + 1) for s in combinations(range(len(p)), k)]
    closed = [max(simes(s) for s in sets if i in s) for i in range(len(p))]
    assert adjust(p, "hommel").p_adjusted == pytest.approx(closed, abs=1e-12)


@given(p_lists)
def test_holm_is_the_closed_bonferroni_test(p):
    sets = [s for k in range(1, len(p) + 1) for s in combinations(range(len(p)), k)]
    closed = [max(min(1.0, len(s) * min(p[i] for i in s)) for s in sets if j in s) for j in range(len(p))]
    assert adjust(p, "holm").p_adjusted == pytest.approx(closed, abs=1e-12)


@given(p_lists, st.randoms(use_true_random=False), st.sampled_from(ADJUST_METHODS))
def test_order_does_not_matter_and_nothing_gets_smaller(p, random, method):
    order = list(range(len(p)))
    random.shuffle(order)
    adjusted, shuffled = adjust(p, method).p_adjusted, adjust([p[i] for i in order], method).p_adjusted
    assert [adjusted[i] for i in order] == pytest.approx(shuffled)
    assert all(raw <= adj + 1e-15 and adj <= 1 for raw, adj in zip(p, adjusted, strict=True))
