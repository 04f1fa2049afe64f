"""Attrition: who is lost where, reproduced from the patients' bit masks alone."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stratify.compile import result_column
from stratify.model.protocol import Criterion, CriterionSeverity
from stratify.model.truth import CriterionResult, Verdict
from stratify.screening.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class AttritionRow:
    """One criterion.

    Parameters
    ----------
    persons_in, persons_out
        Patients who reach the criterion when the required criteria are applied in the protocol's order, and those
        of them who fail it. Unknown is not a failure: such a patient goes on.
    failed
        Patients who fail it, whatever else they fail (marginal).
    failed_only
        Patients who fail it and no other required criterion (unique).
    unknown, assumed, not_applicable
        Patients with that result.
    """

    criterion: Criterion
    persons_in: int
    persons_out: int
    failed: int
    failed_only: int
    unknown: int
    assumed: int
    not_applicable: int


@dataclass(frozen=True, slots=True)
class Attrition:
    """From everyone screened to the eligible, with the undetermined in a place of their own."""

    screened: int
    eligible: int
    undetermined: int
    ineligible: int
    rows: tuple[AttritionRow, ...]
    failing_together: tuple[tuple[tuple[str, ...], int], ...]
    """Sets of required criteria failed together and the patients who fail exactly these, most frequent first."""


def attrition(verdicts: Verdicts) -> Attrition:
    """Count attrition. Advisory criteria are counted, but remove nobody."""
    criteria = verdicts.protocol.criteria
    required = sum(1 << i for i, c in enumerate(criteria) if c.severity is CriterionSeverity.REQUIRED)
    failed = verdicts.frame["failed"] & required
    return Attrition(
        verdicts.n,
        verdicts.count(Verdict.ELIGIBLE),
        verdicts.count(Verdict.UNDETERMINED),
        verdicts.count(Verdict.INELIGIBLE),
        tuple(_row(verdicts, i, failed, required) for i in range(len(criteria))),
        _together(verdicts, failed),
    )


def _row(verdicts: Verdicts, index: int, failed: pl.Series, required: int) -> AttritionRow:
    criterion = verdicts.protocol.criteria[index]
    bit = 1 << index
    earlier = required & (bit - 1)
    reached = (failed & earlier) == 0
    fails = (verdicts.frame["failed"] & bit) != 0
    results = verdicts.frame[result_column(criterion.id)]
    decides = bool(required & bit)
    return AttritionRow(
        criterion,
        persons_in=int(reached.sum()),
        persons_out=int((reached & fails).sum()) if decides else 0,
        failed=int(fails.sum()),
        failed_only=int((failed == bit).sum()) if decides else 0,
        unknown=int((results == int(CriterionResult.UNKNOWN)).sum()),
        assumed=int((results == int(CriterionResult.ASSUMED)).sum()),
        not_applicable=int((results == int(CriterionResult.NOT_APPLICABLE)).sum()),
    )


def _together(verdicts: Verdicts, failed: pl.Series) -> tuple[tuple[tuple[str, ...], int], ...]:
    counts = failed.filter(failed != 0).value_counts().rows()
    named = [(tuple(c.id for i, c in enumerate(verdicts.protocol.criteria) if mask >> i & 1), n) for mask, n in counts]
    return tuple(sorted(named, key=lambda item: (-item[1], item[0])))
