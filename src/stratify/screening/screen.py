"""Screening: a plan meets the tables of a cohort, in one collect."""

from __future__ import annotations

from stratify.compile import Frames, Plan
from stratify.screening.verdicts import Verdicts


def screen(plan: Plan, frames: Frames) -> Verdicts:
    """Ask every patient of the cohort everything the plan asks.

    Parameters
    ----------
    plan
        A plan compiled for tables of these kinds.
    frames
        The tables in normal form, by name; event rows of patients who are not in ``patients`` are not looked at.
    """
    return Verdicts(plan.protocol, plan.query(frames).collect(engine="streaming"))
