"""Harrell's and Uno's C against their definitions, pair by pair, and the inputs without a pair."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from sksurv.metrics import concordance_index_ipcw

from stratify.stats.concordance import concordance


def test_three_patients() -> None:
    """Events at 1 and 2, censored at 3; scores 2, 3, 1: (1, 2) discordant, (1, 3) and (2, 3) concordant."""
    found = concordance([1, 2, 3], [1, 1, 0], [2, 3, 1])
    assert (found.concordant, found.discordant, found.tied_score) == (2, 1, 0)
    assert found.concordance == pytest.approx(2 / 3)
    # Influence of each patient: (own concordant pairs - C x own pairs) / pairs = -1/9, -1/9, 2/9.
    assert found.standard_error == pytest.approx(math.sqrt(6) / 9)


def test_high_score_may_mean_long_survival() -> None:
    assert concordance([1, 2, 3], [1, 1, 0], [1, 2, 3], high="survival").concordance == 1.0
    assert concordance([1, 2, 3], [1, 1, 0], [1, 2, 3]).concordance == 0.0


@st.composite
def scored(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(2, 20))

    def vector(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    time = vector(st.integers(1, 6)) * draw(st.sampled_from([1.0, 0.3]))
    entry = np.minimum(vector(st.integers(0, 5)), time - 0.05)
    return {
        "time": time,
        "event": vector(st.booleans()),
        "score": vector(st.integers(0, 4)),
        "entry": entry if draw(st.booleans()) else np.zeros(n),
        "strata": vector(st.integers(0, 1)),
        "weights": vector(st.sampled_from([0.5, 1.0, 2.0])),
    }


def test_uno_by_hand() -> None:
    """Events at 1 and 3, censored at 2 and 4: at 3 two thirds are uncensored, so its one pair counts 9/4.

    Scores 2, 1, 1, 3: the first event is concordant with two of three; the second, 1 against 3, discordant.
    """
    arrays = [1, 2, 3, 4], [1, 0, 1, 0], [2, 1, 1, 3]
    found = concordance(*arrays, estimator="uno")
    assert (found.concordant, found.discordant, found.tied_score) == pytest.approx((2, 1 + 9 / 4, 0))
    assert found.concordance == pytest.approx(2 / (3 + 9 / 4))
    assert found.method == "Uno's concordance, infinitesimal jackknife"
    early = concordance(*arrays, estimator="uno", tau=2)
    assert early.concordance == pytest.approx(2 / 3)
    assert early.method == "Uno's concordance, events up to 2, infinitesimal jackknife"
    # An event at tau counts, an event just after does not; 0.1 + 0.2 is 0.3.
    assert concordance(*arrays, tau=3).concordance == concordance(*arrays).concordance == pytest.approx(2 / 4)
    noisy = concordance([0.1, 0.2, 0.1 + 0.2, 0.4], *arrays[1:], estimator="uno", tau=0.3)
    assert noisy.concordance == pytest.approx(found.concordance)


def test_who_dies_leaves_before_who_is_censored_at_the_same_time() -> None:
    """Of 5 one dies and one is censored at 1: 3 of the 4 that live stay, so the event at 2 counts 16/9."""
    found = concordance([1, 1, 2, 3, 3], [1, 0, 1, 0, 0], [5, 4, 3, 2, 1], estimator="uno")
    assert (found.concordant, found.concordance) == (pytest.approx(4 + 2 * 16 / 9), 1)


def test_uno_is_harrell_without_censoring() -> None:
    rng = np.random.default_rng(8)
    time, score = rng.exponential(size=30), rng.normal(size=30)
    plain, uno = (concordance(time, np.ones(30, int), score, estimator=e) for e in ("harrell", "uno"))
    assert (uno.concordance, uno.standard_error) == (plain.concordance, plain.standard_error)


def test_scikit_survival_agrees() -> None:
    rng = np.random.default_rng(9)
    time, event, score = rng.exponential(size=80), rng.random(80) < 0.7, rng.normal(size=80)
    outcome = np.array(list(zip(event, time, strict=True)), dtype=[("event", bool), ("time", float)])
    theirs = concordance_index_ipcw(outcome, outcome, score, tau=1.0)
    found = concordance(time, event, score, estimator="uno", tau=1.0)
    assert found.concordance == pytest.approx(theirs[0], rel=1e-9)


def uncensored(data: dict[str, np.ndarray], i: int) -> float:
    """Kaplan-Meier chance of not being censored before the time of row i, in its stratum; the dead leave first."""
    inside = data["strata"] == data["strata"][i]
    chance = 1.0
    for t in np.unique(data["time"][inside & ~data["event"]]):
        if t < data["time"][i]:
            left = inside & ((data["time"] > t) | ((data["time"] == t) & ~data["event"]))
            chance *= 1 - data["weights"][left & (data["time"] == t)].sum() / data["weights"][left].sum()
    return chance


@given(scored(), st.sampled_from(["harrell", "uno"]), st.sampled_from([None, 1.0, 3.0]))
def test_the_definition_pair_by_pair(data: dict[str, np.ndarray], estimator: Any, tau: float | None) -> None:
    options = {"estimator": estimator, "tau": tau}
    if estimator == "uno":
        options["entry"] = None
        data["entry"] = np.zeros(len(data["time"]))
    time, event, score, weights = (data[k] for k in ("time", "event", "score", "weights"))
    n = len(time)
    pairs = np.zeros((n, 3))
    for i in np.flatnonzero(event & (time <= (tau or np.inf) + 1e-9)):
        factor = uncensored(data, i) ** -2 if estimator == "uno" else 1.0
        for j in range(n):
            beyond = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if beyond and data["entry"][j] < time[i] and data["strata"][i] == data["strata"][j]:
                kind = 2 if score[i] == score[j] else int(score[i] < score[j])
                pairs[i, kind] += factor * weights[j]
                pairs[j, kind] += factor * weights[i]
    concordant, discordant, tied = weights @ pairs / 2
    found = concordance(**(data | options))
    assert (found.concordant, found.discordant, found.tied_score) == pytest.approx((concordant, discordant, tied))
    total = concordant + discordant + tied
    if not total:
        assert found.concordance is None
        assert found.not_estimable in {"no events", "no event up to tau", "no pair of patients can be compared"}
        return
    value = (concordant + tied / 2) / total
    influence = weights * (pairs @ [1, 0, 0.5] - value * pairs.sum(axis=1)) / total
    assert found.concordance == pytest.approx(value)
    assert found.standard_error == pytest.approx(math.sqrt(influence @ influence), abs=1e-12)
    clusters = np.arange(n) // 2
    by_cluster = np.bincount(clusters, influence)
    clustered = concordance(**(data | options), cluster=clusters)
    assert clustered.standard_error == pytest.approx(math.sqrt(by_cluster @ by_cluster), abs=1e-12)


def test_interval_stays_between_zero_and_one() -> None:
    found = concordance([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], [5, 4, 2, 3, 1], level=0.99)
    assert found.ci_upper == 1.0
    assert 0 < found.ci_lower < found.concordance


def test_no_event_up_to_tau() -> None:
    assert concordance([1, 2, 3], [0, 1, 1], [1, 2, 3], tau=1.5).not_estimable == "no event up to tau"


@pytest.mark.parametrize(
    ("time", "event", "reason"),
    [
        ([], [], "no patients"),
        ([1, 2], [0, 0], "no events"),
        ([1, 1], [1, 1], "no pair of patients can be compared"),
        ([1], [1], "no pair of patients can be compared"),
    ],
)
def test_without_a_pair(time: list[int], event: list[int], reason: str) -> None:
    found = concordance(time, event, np.arange(len(time)))
    assert (found.concordance, found.not_estimable) == (None, reason)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": [1.0, math.nan]}, "score"),
        ({"score": [1.0]}, "score"),
        ({"strata": [0, -1]}, "strata"),
        ({"cluster": [0, -1]}, "cluster"),
        ({"high": "hazard"}, "high"),
        ({"estimator": "gonen"}, "estimator"),
        ({"estimator": "uno", "entry": [0, 0]}, "entry"),
        ({"tau": 0.0}, "tau"),
        ({"tau": math.nan}, "tau"),
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        concordance(**({"time": [1, 2], "event": [1, 0], "score": [1, 2]} | changes))
