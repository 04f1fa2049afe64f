"""Round marks below a curve, and the bookkeeping of groups and strata."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.analysis.factors import strata_codes
from stratify.analysis.groups import Groups, pair_codes
from stratify.analysis.marks import risk_marks
from stratify.model.study import TimeUnit
from stratify.stats.variables import Categorical


@pytest.mark.parametrize(
    ("longest", "unit", "step", "last"),
    [
        (2659, TimeUnit.DAYS, 365, 2555),
        (180, TimeUnit.DAYS, 30, 180),
        (60, TimeUnit.MONTHS, 12, 60),
        (5, TimeUnit.YEARS, 1, 5),
        (104, TimeUnit.WEEKS, 13, 104),
        (0.012, TimeUnit.YEARS, 0.002, 0.012),
        (60_000, TimeUnit.DAYS, 10_000, 60_000),
    ],
)
def test_marks_fall_on_round_times(longest: float, unit: TimeUnit, step: float, last: float) -> None:
    marks = risk_marks(longest, unit)
    assert marks[:2] == (0, step)
    assert marks[-1] == pytest.approx(last)


@given(st.floats(1e-6, 1e9), st.sampled_from(TimeUnit))
def test_marks_are_about_seven_and_within_follow_up(longest: float, unit: TimeUnit) -> None:
    marks = risk_marks(longest, unit)
    assert 3 <= len(marks) <= 14
    assert 0 == marks[0] < marks[-1] <= longest * (1 + 1e-9)


def test_no_follow_up_has_one_mark() -> None:
    assert risk_marks(0.0, TimeUnit.DAYS) == (0.0,)


def test_reference_first_moves_codes_with_their_names() -> None:
    groups = Groups(Categorical("arm", [0, 1, 2, -1, 2], ("a", "b", "c")), reference=2)
    turned = groups.reference_first()
    assert turned.levels == ("c", "a", "b")
    assert turned.codes.tolist() == [1, 2, 0, -1, 0]


def test_pair_codes() -> None:
    groups = Groups(Categorical("arm", [0, 1, 2, -1, 2], ("a", "b", "c")), reference=2)
    assert groups.pair is None
    assert pair_codes(groups, (2, 0)).tolist() == [1, -1, 0, -1, 0]


def test_strata_are_the_combinations_that_occur() -> None:
    sex = Categorical("sex", [0, 1, 0, -1, 0], ("f", "m"))
    site = Categorical("site", [2, 0, 2, 1, 0], ("x", "y", "z"))
    codes = strata_codes((sex, site), 5)
    assert codes[0] == codes[2]
    assert codes[3] == -1
    assert len({codes[0], codes[1], codes[4]}) == 3
    assert strata_codes((), 3).tolist() == [0, 0, 0]


def test_many_factors_do_not_overflow() -> None:
    rng = np.random.default_rng(1)
    factors = [Categorical(f"f{i}", rng.integers(0, 50, 20), tuple(map(str, range(50)))) for i in range(20)]
    together = {tuple(f.codes[i] for f in factors) for i in range(20)}
    assert len(set(strata_codes(factors, 20).tolist())) == len(together)
