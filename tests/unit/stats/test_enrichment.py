"""Enrichment of features in a group: by hand, adjusted over what was tested, with everything missing counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stratify.stats.contingency import fisher_exact, risk_difference
from stratify.stats.enrichment import enrichment
from stratify.stats.multiplicity import adjust
from stratify.stats.rank_sum import rank_sum
from stratify.stats.variables import Categorical, Continuous

NAN = np.nan
LEVELS = ("wild type", "mutated")
# wilcox.test(c(1, 2, 2, 3, 5, 8), c(2, 4, 5, 5, 7, 9, 9), exact = FALSE)$p.value
R_WILCOXON = 0.128788908519793


def only(feature, group, groups=("0", "1")):
    return enrichment([feature], group, groups).features[0]


def test_a_binary_feature_by_hand():
    # mutated: 3 of 4 in group 1, 1 of 4 in group 0
    row = only(Categorical("KRAS", [1, 1, 1, 0, 1, 0, 0, 0], LEVELS), [1, 1, 1, 1, 0, 0, 0, 0])
    assert (row.feature, row.kind, row.n, row.missing) == ("KRAS", "binary", 8, 0)
    assert [(g.counts, g.proportions) for g in row.groups] == [((3, 1), (0.75, 0.25)), ((1, 3), (0.25, 0.75))]
    assert row.p_value == pytest.approx(34 / 70)
    assert row.fisher == fisher_exact([[3, 1], [1, 3]])
    assert row.fisher.odds_ratio > 1
    assert row.risk_difference == risk_difference(3, 4, 1, 4)
    assert row.risk_difference.risk_difference == 0.5
    assert (row.reason, row.note) == (None, None)


def test_missing_features_are_counted_and_missing_groups_left_out():
    table = enrichment([Categorical("KRAS", [1, -1, 0, 1, -1, 1], LEVELS)], [1, 1, 0, 0, 0, -1])
    row = table.features[0]
    assert (table.n, table.group_missing) == ((3, 2), 1)
    assert (row.n, row.missing, [g.missing for g in row.groups]) == (3, 2, [1, 1])
    assert "missing in 2 of 5 patients" in row.note


def test_a_feature_with_three_levels_is_tested_exactly():
    row = only(Categorical("stage", [0, 0, 1, 1, 2, 2], ("I", "II", "III")), [0, 0, 0, 1, 1, 1])
    # margins (2, 2, 2) and (3, 3): 20 fillings of group 0 of 3; (2,1,0)-like tables have weight 2 each (6 of them),
    # (1,1,1) has weight 8
    assert row.p_value == pytest.approx(12 / 20)
    assert (row.kind, row.method, row.fisher) == ("categorical", "Fisher-Freeman-Halton exact test", None)


def test_three_groups():
    table = enrichment(
        [Categorical("KRAS", [0, 0, 0, 1, 1, 1], LEVELS), Continuous("age", [1, 2, 3, 4, 5, 6])],
        [0, 0, 1, 1, 2, 2],
        ("a", "b", "c"),
    )
    binary, age = table.features
    # the mutated: (0, 1, 2) of (2, 2, 2); of C(6, 3) = 20 choices 6 shapes of weight 2, one of weight 8
    assert binary.p_value == pytest.approx(12 / 20)
    assert age.method == "Kruskal-Wallis test"
    assert age.p_value == pytest.approx(stats.kruskal([1, 2], [3, 4], [5, 6]).pvalue)
    partial = only(Continuous("age", [1, 2, 3, 4, NAN]), [0, 0, 1, 1, 2], ("a", "b", "c"))
    assert partial.p_value == pytest.approx(stats.kruskal([1, 2], [3, 4]).pvalue)
    assert partial.note == "groups without a value left out: c; missing in 1 of 5 patients"


def test_a_continuous_feature_by_hand():
    # group 1: 3 5 9, group 0: 1 2 4: U = 8 of 9; z = (8 - 4.5 - 0.5) / sqrt(9 * 7 / 12)
    row = only(Continuous("ki67", [3, 5, 9, 1, 2, 4]), [1, 1, 1, 0, 0, 0])
    assert row.p_value == pytest.approx(2 * stats.norm.sf(3 / np.sqrt(5.25)))
    # the nine differences in order: -1 1 1 2 3 4 5 7 8
    assert row.rank_sum.shift == 3
    assert [g.mean for g in row.groups] == pytest.approx([7 / 3, 17 / 3])
    assert row.rank_sum.note == "too few patients for an interval at this level"
    assert row.note == row.rank_sum.note


def test_wilcoxon_of_r_with_ties():
    result = rank_sum(np.array([1.0, 2, 2, 3, 5, 8]), np.array([2.0, 4, 5, 5, 7, 9, 9]))
    assert result.p_value == pytest.approx(R_WILCOXON, rel=1e-12)
    # Hollander-Wolfe: C = floor(21 - 1.96 * 7) = 7 of the 42 ordered differences
    differences = np.sort(np.subtract.outer([1.0, 2, 2, 3, 5, 8], [2.0, 4, 5, 5, 7, 9, 9]).ravel())
    assert (result.ci_lower, result.ci_upper) == (differences[6], differences[35])
    assert result.shift == np.median(differences)


def test_the_interval_of_the_shift_by_hand():
    # five against four with distinct differences: C = floor(10 - 1.96 sqrt(200 / 12)) = 1, so the extremes
    x, y = np.array([1.0, 5, 20, 40, 81]), np.array([0.0, 2.5, 11, 33])
    result = rank_sum(x, y)
    assert (result.ci_lower, result.ci_upper) == (1 - 33, 81 - 0)
    # at 80 %: C = floor(10 - 1.2816 * 4.0825) = 4, the fourth of the twenty from either end
    ordered = np.sort(np.subtract.outer(x, y).ravel())
    narrow = rank_sum(x, y, 0.8)
    assert (narrow.ci_lower, narrow.ci_upper) == (ordered[3], ordered[-4])


def test_rank_sum_of_too_many_too_few_or_equal_values():
    many = rank_sum(np.arange(3200.0), np.arange(3200.0) + 50)
    assert (many.shift, many.note) == (None, "too many patients for the Hodges-Lehmann shift")
    assert many.p_value == pytest.approx(stats.mannwhitneyu(np.arange(3200), np.arange(3200) + 50).pvalue)
    assert rank_sum(np.zeros(0), np.ones(3)).reason == "no values in one of the groups"
    assert rank_sum(np.ones(2), np.ones(3)).reason == "constant: all values are equal"


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        (Categorical("KRAS", [1, 1, 1, 1], LEVELS), "constant: all patients have the same value"),
        (Categorical("stage", [2, 2, -1, 2], ("I", "II", "III")), "constant: all patients have the same value"),
        (Continuous("age", [5, 5, NAN, 5]), "constant: all patients have the same value"),
        (Categorical("KRAS", [1, 0, -1, -1], LEVELS), "no patients with a value in 1"),
        (Continuous("age", [NAN, NAN, 3, 4]), "no patients with a value in 0"),
        (Continuous("age", [NAN] * 4), "no patients with a value in 0 and 1"),
    ],
)
def test_what_cannot_be_tested_has_a_reason_and_counts_as_no_test(feature, reason):
    good = Categorical("TP53", [1, 0, 1, 0], LEVELS)
    table = enrichment([feature, good], [0, 0, 1, 1])
    row = table.features[0]
    assert (row.p_value, row.p_adjusted, row.fisher, row.rank_sum, row.reason) == (None, None, None, None, reason)
    assert (table.n_tested, table.n_not_estimable) == (1, 1)
    assert table.features[1].p_adjusted == table.features[1].p_value


@pytest.mark.parametrize("method", ["bh", "holm"])
def test_p_values_are_adjusted_over_the_features(method):
    rng = np.random.default_rng(7)
    group = np.repeat([0, 1], 20)
    features = [Categorical(f"g{i}", rng.integers(0, 2, 40) | (group * (i < 2)), LEVELS) for i in range(6)]
    table = enrichment(features, group, adjust_method=method)
    expected = adjust([f.p_value for f in table.features], method).p_adjusted
    assert tuple(f.p_adjusted for f in table.features) == expected
    assert any(f.p_adjusted > f.p_value for f in table.features)


def test_level_reaches_every_interval():
    features = [Categorical("KRAS", [1, 1, 0, 0, 1, 0] * 4, LEVELS), Continuous("age", np.arange(24))]
    group = [0, 1, 1] * 8
    narrow, wide = (enrichment(features, group, level=level).features for level in (0.8, 0.99))
    for part in ("fisher", "risk_difference"):
        a, b = getattr(narrow[0], part), getattr(wide[0], part)
        assert b.ci_lower < a.ci_lower < a.ci_upper < b.ci_upper
    a, b = narrow[1].rank_sum, wide[1].rank_sum
    assert b.ci_lower < a.ci_lower < a.ci_upper < b.ci_upper


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least two groups"):
        enrichment([], [0], ("all",))
    with pytest.raises(ValueError, match="age has 1 entries, group has 2"):
        enrichment([Continuous("age", [1])], [0, 1])
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        enrichment([], [0, 1], level=95)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-1, 1)), min_size=1, max_size=40))
def test_swapping_the_groups_inverts_the_odds_ratio(patients):
    group, code = (np.array(column) for column in zip(*patients, strict=True))
    feature = Categorical("KRAS", code, LEVELS)
    one, two = only(feature, group), only(feature, 1 - group)
    assert (one.p_value is None) == (two.p_value is None) == (one.reason is not None)
    if one.fisher is not None:
        assert one.p_value == pytest.approx(two.p_value)
        assert one.risk_difference.risk_difference == pytest.approx(-two.risk_difference.risk_difference)
        a, b = one.fisher.odds_ratio, two.fisher.odds_ratio
        assert a == (0 if np.isinf(b) else np.inf if b == 0 else pytest.approx(1 / b, rel=1e-9))


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=15),
    st.lists(st.integers(0, 9), min_size=1, max_size=15),
    st.integers(-5, 5),
)
def test_shifting_a_sample_shifts_the_estimate(x, y, by):
    x, y = np.array(x, float), np.array(y, float)
    one, two = rank_sum(x, y), rank_sum(x + by, y)
    if one.shift is not None and two.shift is not None:
        assert two.shift == one.shift + by
    assert rank_sum(y, x).p_value == one.p_value or rank_sum(y, x).p_value == pytest.approx(one.p_value)
