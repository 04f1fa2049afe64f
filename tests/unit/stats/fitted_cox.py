"""Small Cox problems that have a finite estimate: what tests of diagnostics start from."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis import assume

from stratify.stats.cox import cox
from stratify.stats.cox_fit import CoxFit

Problem = dict[str, Any]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Arguments of ``cox``: ties, perhaps delayed entry, strata, weights and an offset."""
    n = draw(st.integers(10, 18))

    def vector(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    steps = vector(st.integers(2, 7))
    problem: Problem = {
        "time": steps * draw(st.sampled_from([1.0, 0.1])),  # tenths of a day are sorted, whole days counted
        "event": vector(st.sampled_from([True, True, False])),
        "x": np.column_stack([vector(st.integers(-2, 2)), vector(st.integers(0, 1))]).astype(float),
        "names": ["dose", "sex"],
        "weights": vector(st.sampled_from([0.5, 1.0, 2.0])),
        "offset": vector(st.sampled_from([0.0, -0.7, 0.4])),
        "ties": draw(st.sampled_from(["efron", "breslow"])),
    }
    if draw(st.booleans()):
        problem["entry"] = vector(st.integers(0, 1)) * problem["time"] / 3
    if draw(st.booleans()):
        problem["strata"] = vector(st.integers(0, 1))
    return problem


def fitted(problem: Problem) -> CoxFit:
    """Its fit; the problem is passed over where an estimate is infinite or there is none."""
    fit = cox(**problem)
    assume(all(term.standard_error is not None and term.standard_error < 20 for term in fit.terms))
    return fit


def rearranged(problem: Problem, rows: np.ndarray) -> Problem:
    """The problem with some of its rows, in some order."""
    n = len(problem["time"])
    return {
        name: value[rows] if isinstance(value, np.ndarray) and len(value) == n else value
        for name, value in problem.items()
    }
