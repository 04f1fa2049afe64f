"""Sorting by time against numpy's stable sort, and Efron's sums against their terms."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from stratify.stats.kernels_likelihood import tied_sums
from stratify.stats.ordering import ascending

TIMES = st.one_of(
    st.floats(0, 1e300),
    st.integers(0, 5).map(float),
    # Closer together than the leading bits tell apart, once a far time is among them.
    st.integers(0, 40).map(lambda k: 1.0 + k * 2.0**-50),
    st.sampled_from([0.0, -0.0, 5e-324, 1e308]),
)


@given(arrays(np.float64, st.integers(0, 80), elements=TIMES))
def test_order_is_that_of_a_stable_sort(time: np.ndarray) -> None:
    order, in_order = ascending(time)
    expected = np.argsort(time, kind="stable")
    assert order.tolist() == expected.tolist()
    assert in_order.tolist() == time[expected].tolist()


@pytest.mark.parametrize("rows", [70_000, 1 << 20])
def test_order_of_many(rows: int) -> None:
    rng = np.random.default_rng(3)
    time = np.r_[0.0, 1e9 + rng.random(rows // 2) * 1e-3, np.ceil(rng.exponential(200.0, rows // 2)), 1e-300]
    rng.shuffle(time)
    assert np.array_equal(ascending(time)[0], np.argsort(time, kind="stable"))


@pytest.mark.parametrize("deaths", [2, 31, 32, 33, 500, 20_000])
@pytest.mark.parametrize("share_dying", [1.0, 0.97, 0.5, 1e-3, 1e-9])
@pytest.mark.parametrize("s", [1e-80, 0.3, 4e7])
def test_efrons_sums_are_those_of_their_terms(deaths: int, share_dying: float, s: float) -> None:
    dead = share_dying * s
    part = np.arange(deaths) / deaths
    c = s - part * dead
    terms = (np.log(c), 1 / c, part / c, 1 / c**2, part / c**2, part**2 / c**2)
    logs, *sums = tied_sums(s, dead, deaths)
    assert logs == pytest.approx(terms[0].sum(), rel=1e-13, abs=1e-11)
    for found, term in zip(sums, terms[1:], strict=True):
        assert found == pytest.approx(term.sum(), rel=2e-11, abs=0)
