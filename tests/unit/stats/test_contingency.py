"""Exact and asymptotic tests of two-way tables by hand, by enumeration and by R at the edges."""

from __future__ import annotations

from itertools import product
from math import comb, factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stratify.stats.contingency import chi_square_test, fisher_exact, independence_test, risk_difference

cells = st.integers(0, 12)
tables = st.lists(cells, min_size=4, max_size=4).map(lambda c: np.reshape(c, (2, 2)))


def estimable(table):
    return bool((table.sum(0) > 0).all() and (table.sum(1) > 0).all())


# --- Fisher ------------------------------------------------------------------------------------------------------


def test_the_lady_tasting_tea():
    # margins 4, 4, 4, 4: probabilities 1, 16, 36, 16, 1 of 70
    result = fisher_exact([[3, 1], [1, 3]])
    assert result.p_value == pytest.approx(34 / 70)
    assert result.p_greater == pytest.approx(17 / 70)
    assert result.p_less == pytest.approx(69 / 70)
    assert result.p_mid == pytest.approx((2 * 1 + 16) / 70)
    assert result.n == 8
    # the conditional likelihood 16 w^3 / P(w) with P = 1 + 16 w + 36 w^2 + 16 w^3 + w^4 is largest where E(X) = 3
    w = result.odds_ratio
    weights = np.array([1, 16, 36, 16, 1]) * w ** np.arange(5)
    assert weights @ np.arange(5) / weights.sum() == pytest.approx(3, rel=1e-12)
    assert w == pytest.approx(6.4083, abs=1e-4)
    # limits: P(X >= 3; lower) = P(X <= 3; upper) = 0.025.  R's own root finding is good to 1e-4 of 1/odds ratio only:
    # it prints 621.93 for the upper limit, at which P(X <= 3) is 0.02517
    for limit, inside in ((result.ci_lower, [0, 0, 0, 1, 1]), (result.ci_upper, [1, 1, 1, 1, 0])):
        weights = np.array([1, 16, 36, 16, 1]) * limit ** np.arange(5)
        assert weights @ inside / weights.sum() == pytest.approx(0.025, rel=1e-9)
    assert (result.ci_lower, result.ci_upper) == pytest.approx((0.21174, 626.24), rel=5e-5)
    weights = np.array([1, 16, 36, 16, 1]) * result.mid_ci_lower ** np.arange(5)
    assert weights @ [0, 0, 0, 0.5, 1] / weights.sum() == pytest.approx(0.025, rel=1e-9)


def test_zero_cells_give_one_sided_intervals():
    # fisher.test: odds ratio 0 (0, 0.8257) and Inf (4.368, Inf); its root finding is good to four digits
    none = fisher_exact([[0, 5], [6, 2]])
    assert (none.odds_ratio, none.ci_lower, none.ci_upper) == (0, 0, pytest.approx(0.825771835191071, rel=1e-4))
    assert (none.p_value, none.p_less) == (pytest.approx(0.020979020979021), pytest.approx(0.0163170163170163))
    assert none.note == "a zero cell: the interval is one-sided"
    all_ = fisher_exact([[10, 2], [0, 9]])
    assert (all_.odds_ratio, all_.ci_lower, all_.ci_upper) == (
        np.inf,
        pytest.approx(4.36825793519577, rel=1e-4),
        np.inf,
    )
    assert all_.p_value == pytest.approx(0.000221141088014153)


def test_small_tails_keep_their_digits():
    # fisher.test(matrix(c(120, 80, 30, 200), 2))
    assert fisher_exact([[120, 30], [80, 200]]).p_value == pytest.approx(3.77423891927484e-25, rel=1e-9)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[0, 0], [6, 2]], "no counts in row 1"),
        ([[0, 5], [0, 7]], "no counts in column 1"),
        ([[0, 0], [0, 0]], "no counts in row 1 and row 2 and column 1 and column 2"),
    ],
)
def test_an_empty_margin_is_not_estimable(table, reason):
    result = fisher_exact(table)
    assert (result.odds_ratio, result.ci_lower, result.p_value, result.reason) == (None, None, None, reason)


@pytest.mark.parametrize("table", [[[1, 2]], [1, 2], [[1, -1], [2, 2]], [[0.5, 1], [1, 1]], [[np.nan, 1], [1, 1]]])
def test_what_is_no_2x2_table_is_refused(table):
    with pytest.raises(ValueError, match="table"):
        fisher_exact(table)


@given(tables.filter(estimable))
def test_swapping_the_rows_inverts_the_odds_ratio(table):
    one, two = fisher_exact(table), fisher_exact(table[::-1])
    assert two.p_value == pytest.approx(one.p_value)
    assert two.p_less == pytest.approx(one.p_greater)
    for a, b in ((one.odds_ratio, two.odds_ratio), (one.ci_lower, two.ci_upper), (one.ci_upper, two.ci_lower)):
        assert b == (np.inf if a == 0 else pytest.approx(0 if np.isinf(a) else 1 / a, rel=1e-9))


@given(tables.filter(estimable))
def test_p_values_are_scipy_s(table):
    result = fisher_exact(table)
    for p, side in ((result.p_value, "two-sided"), (result.p_less, "less"), (result.p_greater, "greater")):
        assert p == pytest.approx(stats.fisher_exact(table, alternative=side).pvalue, rel=1e-9)


@given(tables.filter(estimable))
def test_the_interval_holds_the_estimate_and_inverts_the_one_sided_tests(table):
    result = fisher_exact(table)
    assert result.ci_lower <= result.mid_ci_lower <= result.odds_ratio <= result.mid_ci_upper <= result.ci_upper
    assert (result.ci_lower > 1) == (result.p_greater < 0.025)
    assert (result.ci_upper < 1) == (result.p_less < 0.025)


# --- r x c -------------------------------------------------------------------------------------------------------


def brute_force(table):
    """Freeman-Halton by listing every table with these margins."""
    rows, columns = table.sum(1), table.sum(0)
    constant = prod(factorial(int(m)) for m in [*rows, *columns]) / factorial(int(table.sum()))

    def columns_of(total):
        parts = product(*(range(min(int(r), int(total)) + 1) for r in rows))
        return [c for c in parts if sum(c) == total]

    probabilities = [
        constant / prod(factorial(x) for column in filled for x in column)
        for filled in product(*(columns_of(total) for total in columns))
        if (np.sum(filled, axis=0) == rows).all()
    ]
    observed = constant / prod(factorial(int(x)) for x in table.ravel())
    assert sum(probabilities) == pytest.approx(1)
    return sum(p for p in probabilities if p <= observed * (1 + 1e-9))


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9).map(lambda c: np.reshape(c, (3, 3))).filter(estimable))
def test_freeman_halton_by_enumeration(table):
    assert independence_test(table).p_value == pytest.approx(brute_force(table), rel=1e-9)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ([[3, 0, 2, 1], [4, 1, 0, 2], [5, 2, 2, 1]], 0.779103653110911),
        ([[10, 20, 30], [15, 25, 10], [5, 9, 12]], 0.0185965650510736),
    ],
)
def test_freeman_halton_is_r_s(table, p):
    result = independence_test(table)
    assert result.p_value == pytest.approx(p, rel=1e-10)
    assert independence_test(np.transpose(table)).p_value == pytest.approx(p, rel=1e-10)
    assert (result.method, result.chi_square) == ("Fisher-Freeman-Halton exact test", None)


def test_on_two_by_two_it_is_fisher_s_test():
    assert independence_test([[3, 1], [1, 3]]).p_value == pytest.approx(34 / 70)


def test_too_large_a_table_is_tested_by_chi_square_and_says_so():
    table = np.array([[40, 55, 61, 38], [52, 47, 33, 60], [45, 39, 58, 71], [66, 42, 51, 49]])
    result = independence_test(table)
    theirs = stats.chi2_contingency(table, correction=False)
    assert result.method == "Pearson chi-square test"
    assert result.note == "too many tables to enumerate: chi-square instead of the exact test"
    assert (result.p_value, result.chi_square, result.df) == pytest.approx((theirs.pvalue, theirs.statistic, 9))


def test_empty_levels_are_left_out_and_named():
    result = independence_test([[3, 0, 1], [0, 0, 0], [1, 0, 3]])
    assert result.p_value == pytest.approx(34 / 70)
    assert result.note == "empty rows or columns left out"
    alone = independence_test([[3, 0], [2, 0]])
    assert (alone.p_value, alone.reason) == (None, "fewer than two rows or columns have counts")


def test_chi_square_by_hand():
    # expected 4 everywhere, distance 2: 4 * 4/4; Yates 4 * 1.5^2/4
    assert chi_square_test([[6, 2], [2, 6]]).chi_square == pytest.approx(4)
    assert chi_square_test([[6, 2], [2, 6]]).note is not None
    assert chi_square_test([[6, 2], [2, 6]], yates=True).chi_square == pytest.approx(2.25)
    # the correction never overshoots: observed equals expected
    assert chi_square_test([[5, 5], [5, 5]], yates=True).chi_square == 0
    assert chi_square_test([[5, 0], [5, 0]]).reason == "a row or column has no counts"
    with pytest.raises(ValueError, match="2x2"):
        chi_square_test([[1, 2, 3], [4, 5, 6]], yates=True)


# --- risk difference ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "limits"),
    # Newcombe (1998), Table II, method 10, cases a, b, c, d, e, g
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
    ],
)
def test_newcombe_s_published_examples(counts, limits):
    result = risk_difference(*counts)
    assert (result.ci_lower, result.ci_upper) == pytest.approx(limits, abs=5e-5)
    swapped = risk_difference(*counts[2:], *counts[:2])
    assert (-swapped.ci_upper, -swapped.ci_lower) == pytest.approx((result.ci_lower, result.ci_upper))
    assert result.risk_difference == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])


def test_risk_difference_without_patients():
    assert risk_difference(0, 0, 1, 3).reason == "no patients in group 1"
    with pytest.raises(ValueError, match="between 0 and the number of patients"):
        risk_difference(4, 3, 0, 1)


def test_hypergeometric_probabilities_sum_as_counted():
    # one-sided p of [[a, .], [., .]] by binomial coefficients
    expected = sum(comb(10, x) * comb(9, 7 - x) for x in range(5, 8)) / comb(19, 7)
    assert fisher_exact([[5, 5], [2, 7]]).p_greater == pytest.approx(expected)
