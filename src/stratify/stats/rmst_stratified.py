"""Difference of restricted means within strata, averaged over the strata by direct standardisation.

Each stratum weighs by its share of patients, so that the answer is the difference in a population with these strata;
strata are independent, so that the variances of ``rmst`` add up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from stratify.stats.inputs import SurvivalInput, binary_arm, checked_level, group_codes, survival_input
from stratify.stats.rmst import Contrast, both_arms, check_tau, difference, normal_contrast, restricted_mean

_METHOD = "areas under Kaplan-Meier curves within strata, weighted by patients, normal interval"


def rmst_stratified(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, strata: ArrayLike, tau: float, level: float = 0.95
) -> Contrast:
    """Difference of the restricted means of two arms, adjusted for strata.

    Parameters
    ----------
    time, event, arm : array_like of shape (n,)
        As in ``rmst_difference``.
    strata : array_like of shape (n,)
        Whole-number codes from 0; a missing stratum (-1) is not accepted.
    tau, level : float
        As in ``rmst``. A stratum without patients in one arm is left out and named in the note.

    Raises
    ------
    ValueError
        Where tau lies beyond ``largest_tau`` of the arms of a stratum, naming the stratum; shapes that do not fit.
    """
    data = survival_input(time, event)
    in_arm1 = binary_arm(arm, len(data.time))
    code = group_codes(strata, np.iinfo(np.int64).max, "strata")
    if len(code) != len(in_arm1) or np.any(code < 0):
        raise ValueError(f"strata must be {len(in_arm1)} whole-number codes from 0, none missing")
    level, estimates, left_out = checked_level(level), [], []
    for stratum in np.unique(code).tolist():
        chosen = code == stratum
        part = SurvivalInput(data.time[chosen], data.event[chosen], None, None)
        arms = both_arms(part, in_arm1[chosen])
        if not all(len(side.time) for side in arms):
            left_out.append(str(stratum))
            continue
        try:
            check_tau(tau, arms)
        except ValueError as beyond:
            raise ValueError(f"stratum {stratum}: {beyond}") from None
        estimates.append(difference(*(restricted_mean(side, tau, level) for side in arms)))
    note = f"without patients in one arm and left out: stratum {', '.join(left_out)}" if left_out else None
    sizes = np.array([estimate.n for estimate in estimates])
    nothing = Contrast(
        statistic="rmst_difference", level=level, method=f"{_METHOD}, {len(sizes)} strata", n=int(sizes.sum()),
        events=sum(estimate.events for estimate in estimates), note=note,
        reason=None if estimates else "no stratum with patients in both arms",
    )  # fmt: skip
    if not estimates:
        return nothing
    share = sizes / sizes.sum()
    found = float(share @ [estimate.estimate for estimate in estimates])
    error = float(np.linalg.norm(share * [estimate.standard_error for estimate in estimates]))
    return normal_contrast(nothing, found, error, note)
