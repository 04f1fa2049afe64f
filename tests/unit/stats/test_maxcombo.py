"""MaxCombo: hand computations, its numerical p against quadrature, R's case and where R's integration ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from stratify.stats.logrank import logrank
from stratify.stats.maxcombo import maxcombo, normal_maximum
from unit.stats.reference import assert_matches, column, load, tolerance

FIVE = {"time": [1, 2, 3, 4, 5], "event": [1, 1, 0, 1, 1], "group": [0, 1, 0, 1, 0]}


def trial(n: int = 400, seed: int = 5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    time = rng.weibull(1 + 0.5 * group, n) + 0.01
    censored = rng.uniform(0.2, 3, n)
    strata = rng.integers(0, 3, n)
    return {"time": np.minimum(time, censored), "event": time <= censored, "group": group, "strata": strata}


def test_five_patients() -> None:
    """At the events 1, 2, 4, 5 the weights are 1 and S = 1, 4/5, 3/5, 3/10; the variances 6/25, 1/4, 1/4, 0."""
    test = maxcombo(**FIVE, weights=[(0, 0), (1, 0)])
    v, s = np.array([6 / 25, 1 / 4, 1 / 4]), np.array([1, 4 / 5, 3 / 5])
    seen_less_due = np.array([-2 / 5, 1 / 2, 1 / 2])
    assert [t.z for t in test.tests] == pytest.approx(
        [seen_less_due.sum() / np.sqrt(v.sum()), s @ seen_less_due / np.sqrt(s**2 @ v)]
    )
    assert test.correlation[0, 1] == pytest.approx(s @ v / np.sqrt(v.sum() * (s**2 @ v)))
    assert (test.n, test.events, test.missing) == (5, 4, 0)
    assert test.method == "MaxCombo test, Fleming-Harrington weights (0, 0), (1, 0)"


def test_of_two_the_p_is_that_of_the_bivariate_normal() -> None:
    test = maxcombo(**FIVE, weights=[(0, 0), (1, 0)])
    c, rho = test.statistic, test.correlation[0, 1]
    assert c is not None

    def within(z: float) -> float:
        spread = np.sqrt(1 - rho**2)
        return float(stats.norm.pdf(z) * (special.ndtr((c - rho * z) / spread) - special.ndtr((-c - rho * z) / spread)))

    assert test.p_value == pytest.approx(1 - integrate.quad(within, -c, c)[0], abs=test.p_error)


def test_of_one_it_is_the_weighted_test() -> None:
    data = trial()
    test, alone = maxcombo(**data, weights=[(1, 1)]), logrank(**data, rho=1, gamma=1)
    assert test.p_value == pytest.approx(alone.p_value, rel=1e-12)
    assert test.p_error == 0
    assert test.tests[0].z == pytest.approx(alone.z)


def test_strata_add_covariances_and_weights_start_anew() -> None:
    data = trial()
    whole = maxcombo(**data)
    score, covariance = np.zeros(4), np.zeros((4, 4))
    for s in range(3):
        rows = data["strata"] == s
        part = maxcombo(data["time"][rows], data["event"][rows], data["group"][rows])
        error = [
            np.sqrt(
                logrank(*(data[k][rows] for k in ("time", "event", "group")), rho=t.rho, gamma=t.gamma).variance[1, 1]
            )
            for t in part.tests
        ]
        score += np.array([t.z for t in part.tests]) * error
        covariance += part.correlation * np.outer(error, error)
    error = np.sqrt(covariance.diagonal())
    assert [t.z for t in whole.tests] == pytest.approx(score / error)
    assert whole.correlation == pytest.approx(covariance / np.outer(error, error))
    assert whole.method.endswith("3 strata")


def test_order_of_rows_unit_of_time_and_names_of_groups_do_not_matter() -> None:
    data = trial()
    order = np.random.default_rng(1).permutation(len(data["time"]))
    moved = {k: v[order] for k, v in data.items()} | {
        "time": data["time"][order] * 365,
        "group": 1 - data["group"][order],
    }
    one, other = maxcombo(**data), maxcombo(**moved)
    assert [t.z for t in other.tests] == pytest.approx([-t.z for t in one.tests])
    assert other.p_value == pytest.approx(one.p_value, rel=1e-6)


def test_p_lies_between_the_smallest_and_bonferronis_and_comes_out_alike_again() -> None:
    data = trial(seed=8)
    test = maxcombo(**data)
    least = min(t.p_value for t in test.tests)
    assert test.p_value is not None
    assert least < test.p_value < 4 * least
    assert maxcombo(**data).p_value == test.p_value


@pytest.mark.parametrize("bound", [0.1, 0.5, 2.0, 5.0, 8.0])
def test_independent_variables(bound: float) -> None:
    p, error = normal_maximum(bound, np.eye(3))
    assert p == pytest.approx(-np.expm1(3 * np.log1p(-2 * special.ndtr(-bound))), rel=1e-3, abs=0)
    assert error <= 1e-3 * p


def test_a_probability_too_small_for_a_float_is_zero() -> None:
    assert normal_maximum(45.0, np.eye(2)) == (0.0, 0.0)


# --- R


def by_quadrature(bound: float, correlation: np.ndarray, points: int) -> float:
    """The mean over all directions of a chi-square tail beyond where the direction leaves the cube; rank 3."""
    values, vectors = np.linalg.eigh(correlation)
    root = vectors[:, -3:] * np.sqrt(values[-3:])
    x, weight = np.polynomial.legendre.leggauss(points)
    angle = (np.arange(2 * points) + 0.5) * np.pi / points
    flat = np.sqrt(1 - x**2)[:, None]
    u = np.stack(np.broadcast_arrays(flat * np.cos(angle), flat * np.sin(angle), x[:, None]))
    reach = np.abs(np.tensordot(root, u, 1)).max(axis=0)
    return float(weight @ special.chdtrc(3, (bound / reach) ** 2).mean(axis=1) / 2)


@pytest.mark.shared
def test_colon_agrees_with_r_but_for_its_integration() -> None:
    """The four statistics are nph's. Its p, 1.918e-5, is off by the 1e-5 that its quasi Monte Carlo is allowed.

    The event that the second or the third statistic lies beyond the bound is part of the event that any does, and its
    probability, an integral in one dimension, is already larger than nph's.
    """
    case, rows = load("S-maxcombo-colon")
    test = maxcombo(column(rows, "time"), column(rows, "status"), (rows["rx"] != "Obs").cast(int).to_numpy())
    expected = dict(case["expected"])
    nph = expected.pop("p_maxcombo")
    found = {
        "z": [-t.z for t in test.tests],  # nph counts events in the other group
        "p_unadjusted": [t.p_value for t in test.tests],
        "p_bonferroni": 4 * min(t.p_value for t in test.tests),
    }
    assert_matches(found, expected, tolerance(case))
    assert test.statistic is not None
    assert test.p_value is not None
    assert np.linalg.matrix_rank(test.correlation) == 3  # the weights S and 1 - S add up to the log-rank test's 1
    exact = by_quadrature(test.statistic, test.correlation, 600)
    assert test.p_value == pytest.approx(exact, abs=test.p_error)
    pair, error = normal_maximum(test.statistic, test.correlation[1:3, 1:3])
    assert nph * 1.02 < pair - error < test.p_value


@pytest.mark.shared
def test_weighted_statistics_agree_with_nph() -> None:
    case, rows = load("S-fh-nph-colon")
    test = maxcombo(column(rows, "time"), column(rows, "status"), (rows["rx"] != "Obs").cast(int).to_numpy())
    assert_matches({"z": [-t.z for t in test.tests]}, case["expected"], tolerance(case))


# --- what has no answer, and why


def test_no_events_no_patients_one_arm() -> None:
    assert maxcombo([1, 2], [0, 0], [0, 1]).not_estimable == "no events"
    assert maxcombo([], [], np.empty(0, int)).not_estimable == "no patients"
    one = maxcombo([1, 2], [1, 1], [1, 1], levels=["control", "drug"])
    assert one.not_estimable == 'only one group has patients: "drug"'
    assert (one.statistic, one.p_value, one.p_error, one.tests) == (None, None, None, ())
    assert one.note == "no patients in control"


def test_a_weight_that_is_zero_at_every_event_is_named() -> None:
    """All events come at the first time, before which 1 - S is 0."""
    test = maxcombo([1, 1, 2, 3], [1, 1, 0, 0], [0, 1, 0, 1])
    assert test.not_estimable is not None
    assert test.not_estimable.startswith("Fleming-Harrington test, rho 0, gamma 1")


def test_missing_groups_are_left_out_and_counted() -> None:
    test = maxcombo([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 1], [0, 1, 0, 1, 0, -1])
    assert (test.n, test.missing) == (5, 1)
    assert test.statistic == pytest.approx(maxcombo(**FIVE).statistic)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": []}, "weights"),
        ({"weights": [(0, 0), (0, 0)]}, "weights"),
        ({"weights": [(-1, 0)]}, "rho"),
        ({"weights": [(0, float("nan"))]}, "gamma"),
        ({"group": [0, 1, 2, 0, 1]}, "two groups"),
        ({"event": [1, 2, 1, 1, 1]}, "event"),
        ({"time": [-1, 2, 3, 4, 5]}, "time"),
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        maxcombo(**(FIVE | changes))
