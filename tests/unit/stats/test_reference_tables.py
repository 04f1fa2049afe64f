"""Fisher, chi-square, multiplicity, Table 1 and risk differences against the values that R computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stratify.stats.baseline import CategoricalRow, ContinuousRow, baseline_table
from stratify.stats.contingency import chi_square_test, fisher_exact, independence_test, risk_difference
from stratify.stats.enrichment import enrichment
from stratify.stats.mean_difference import welch_t
from stratify.stats.multiplicity import adjust
from stratify.stats.variables import Categorical, Continuous, cross_table
from support import reference_case
from unit.stats.reference import assert_matches, codes, column, load, tolerance

pytestmark = pytest.mark.shared


def two_way(rows, row_name, row_levels, column_name, column_levels):
    variable = Categorical(row_name, codes(rows, row_name, row_levels), tuple(map(str, row_levels)))
    return cross_table(variable, codes(rows, column_name, column_levels), len(column_levels))


def test_fisher_birthwt():
    """All keys but ``p_blaker`` and ``ci_blaker``: Blaker's interval is not computed.

    The case's note calls the mid-p "min-likelihood"; its number is twice the smaller one-sided mid-p (0.029149, the
    "central" test), the minimum-likelihood mid-p would be 0.030538.
    """
    case, rows = load("S-fisher-birthwt")
    table = two_way(rows, "smoke", [0, 1], "low", [0, 1])
    result = fisher_exact(table)
    actual = {
        "table": table.T.ravel().tolist(),
        "p": result.p_value,
        "or_cmle": result.odds_ratio,
        "ci": [result.ci_lower, result.ci_upper],
        "p_greater": result.p_greater,
        "p_less": result.p_less,
        "p_midp": result.p_mid,
        "ci_midp": [result.mid_ci_lower, result.mid_ci_upper],
    }
    expected = {key: value for key, value in case["expected"].items() if "blaker" not in key}
    assert_matches(actual, expected, tolerance(case))


def test_freeman_halton_birthwt():
    case, rows = load("S-fisher-rxc-birthwt")
    race = two_way(rows, "race", [1, 2, 3], "low", [0, 1])
    smoke = two_way(rows, "smoke", [0, 1], "low", [0, 1])
    exact, pearson = independence_test(race), chi_square_test(race)
    assert exact.method == "Fisher-Freeman-Halton exact test"
    actual = {
        "p_ffh": exact.p_value,
        "chisq": pearson.chi_square,
        "p_chisq": pearson.p_value,
        "yates_smoke": chi_square_test(smoke, yates=True).chi_square,
        "pearson_smoke": chi_square_test(smoke).chi_square,
    }
    assert_matches(actual, case["expected"], tolerance(case))


R_METHODS = {"holm": "holm", "hochberg": "hochberg", "hommel": "hommel", "bonferroni": "bonferroni", "BH": "bh",
             "BY": "by", "fdr": "bh"}  # fmt: skip


def test_multiplicity():
    """The ``adjusted`` part; the graphical and closed procedures are tested with their own modules."""
    case = reference_case("S-multiplicity")
    actual = {name: adjust(case["parameters"]["p"], ours).p_adjusted for name, ours in R_METHODS.items()}
    assert_matches(actual, case["expected"]["adjusted"], tolerance(case))


def test_multiplicity_on_seventy_genes():
    """The ``adjusted`` part of the gene screen, from R's own unadjusted p-values."""
    case = reference_case("S-screen-nki70")
    expected = case["expected"]["adjusted"]
    actual = {name: adjust(case["expected"]["p"], R_METHODS[name]).p_adjusted for name in expected}
    assert_matches(actual, expected, tolerance(case))


def test_table1_pbc():
    """All keys. Baseline tables carry no p-values: R's come from the tests that have their own functions here."""
    case, rows = load("S-table1-pbc")
    # R's difference is arm 1 minus arm 2: arm 2 is the reference
    group = codes(rows, "trt", [2, 1])
    continuous = [Continuous(name, column(rows, name)) for name in case["parameters"]["cont"]]
    categorical = []
    for name in case["parameters"]["cat"]:
        levels = sorted(rows[name].drop_nulls().unique().to_list(), key=level_order)
        categorical.append(Categorical(name, codes(rows, name, levels), tuple(map(str, levels))))
    table = baseline_table([*continuous, *categorical], group, ("placebo", "D-penicillamine"))
    ranks = {row.feature: row.p_value for row in enrichment(continuous, group).features}
    actual: dict[str, Any] = {"n": table.n[::-1], "continuous": {}, "categorical": {}}
    for row in table.rows:
        match row:
            case ContinuousRow():
                arms = row.groups[::-1]
                actual["continuous"][row.name] = {
                    key: [getattr(arm, key) for arm in arms] for key in ("mean", "sd", "median", "q1", "q3")
                } | {"smd": row.smd.smd, "wilcox_p": ranks[row.name], "t_p": t_test(column(rows, row.name), group)}
            case CategoricalRow():
                counts = np.array([arm.counts for arm in row.groups[::-1]])
                actual["categorical"][row.name] = {
                    "counts": counts.ravel().tolist(),
                    "smd": row.smd.smd,
                    "chisq_p": chi_square_test(counts).p_value,
                }
    assert_matches(actual, case["expected"], tolerance(case))


def t_test(values, group):
    return welch_t(values[group == 1], values[group == 0]).p_value


def level_order(level):
    """R's order of levels: numbers ascending; sex as the factor's levels m, f."""
    return {"m": 0, "f": 1}.get(level, level)


@pytest.mark.parametrize(
    ("name", "counts"), [("newcombe_paper_a", (56, 70, 48, 80)), ("newcombe_paper_h", (10, 10, 0, 20))]
)
def test_newcombe(name, counts):
    """Method 10 (R's "score") of the risk-difference case; the other methods belong to the response module."""
    case = reference_case("S-riskdiff")
    result = risk_difference(*counts)
    actual = [result.risk_difference, result.ci_lower, result.ci_upper]
    assert_matches(actual, case["expected"][name]["DescTools"]["score"], tolerance(case))
