"""Harrell's C against its definition, pair by pair, and the inputs without a pair."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

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


@given(scored())
def test_the_definition_pair_by_pair(data: dict[str, np.ndarray]) -> None:
    time, event, score, weights = (data[k] for k in ("time", "event", "score", "weights"))
    n = len(time)
    pairs = np.zeros((n, 3))
    for i in np.flatnonzero(event):
        for j in range(n):
            beyond = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if beyond and data["entry"][j] < time[i] and data["strata"][i] == data["strata"][j]:
                kind = 2 if score[i] == score[j] else int(score[i] < score[j])
                pairs[i, kind] += weights[j]
                pairs[j, kind] += weights[i]
    concordant, discordant, tied = weights @ pairs / 2
    found = concordance(**data)
    assert (found.concordant, found.discordant, found.tied_score) == pytest.approx((concordant, discordant, tied))
    total = concordant + discordant + tied
    if not total:
        assert found.concordance is None
        assert found.not_estimable in {"no events", "no pair of patients can be compared"}
        return
    value = (concordant + tied / 2) / total
    influence = weights * (pairs @ [1, 0, 0.5] - value * pairs.sum(axis=1)) / total
    assert found.concordance == pytest.approx(value)
    assert found.standard_error == pytest.approx(math.sqrt(influence @ influence), abs=1e-12)
    clusters = np.arange(n) // 2
    by_cluster = np.bincount(clusters, influence)
    clustered = concordance(**data, cluster=clusters)
    assert clustered.standard_error == pytest.approx(math.sqrt(by_cluster @ by_cluster), abs=1e-12)


def test_interval_stays_between_zero_and_one() -> None:
    found = concordance([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], [5, 4, 2, 3, 1], level=0.99)
    assert found.ci_upper == 1.0
    assert 0 < found.ci_lower < found.concordance


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
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        concordance(**({"time": [1, 2], "event": [1, 0], "score": [1, 2]} | changes))
