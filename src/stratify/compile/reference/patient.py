"""A whole protocol answered for one patient: criteria, verdict, definitions, arm and strata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from stratify.compile.reference.anchors import context_of
from stratify.compile.reference.context import Context, PatientRecord, Polarity
from stratify.compile.reference.explained import CriterionAnswer, PatientResult
from stratify.compile.reference.single import column_outcome, text_of
from stratify.compile.reference.tree import explain
from stratify.model.dictionary import Catalogue, Dictionary
from stratify.model.expression import ColumnRef
from stratify.model.protocol import (
    ArmColumn,
    ColumnStratum,
    Criterion,
    CriterionSeverity,
    Kind,
    LevelStratum,
    Protocol,
    RecordedArm,
    RuleArm,
    Stratum,
    StratumUnknown,
)
from stratify.model.truth import (
    TRUE,
    CriterionResult,
    Truth,
    UnknownPolicy,
    Verdict,
    decide,
    disjunction,
    negation,
    verdict,
)

UNKNOWN_LEVEL = "unknown"
"""Name of the level of patients whose level is unknown, where the stratum has such a level."""


def interpret_patient(
    record: PatientRecord, protocol: Protocol, dictionary: Dictionary, catalogue: Catalogue
) -> PatientResult:
    """Answer a protocol for one patient; see :func:`~stratify.compile.reference.tree.interpret` for what is asked."""
    context = context_of(record, protocol, dictionary, catalogue)
    answers = {criterion.id: _criterion(criterion, context) for criterion in protocol.criteria}
    results = [answers[criterion.id].result for criterion in protocol.criteria]
    required = [
        answers[criterion.id].result
        for criterion in protocol.criteria
        if criterion.severity is CriterionSeverity.REQUIRED
    ]
    said = verdict(required)
    return PatientResult(
        patient_id=record.patient_id,
        criteria=answers,
        verdict=said,
        failed=_mask(results, CriterionResult.NOT_MET),
        unknown=_mask(results, CriterionResult.UNKNOWN),
        definitions={
            name: explain(condition, context, Polarity.PLUS).outcome for name, condition in protocol.definitions.items()
        },
        arm=_arm(context, said),
        strata={stratum.id: _level(stratum, context) for stratum in protocol.strata},
        entitled=_entitled(context, said),
        order=_order(context),
    )


def _mask(results: Sequence[CriterionResult], which: CriterionResult) -> int:
    return sum(1 << index for index, result in enumerate(results) if result is which)


def _criterion(criterion: Criterion, context: Context) -> CriterionAnswer:
    inclusion = criterion.kind is Kind.INCLUSION
    rule = explain(criterion.rule, context, Polarity.PLUS if inclusion else Polarity.MINUS)
    satisfied = rule.outcome if inclusion else negation(rule.outcome)
    asked = criterion.applies_when
    applies = None if asked is None else explain(asked, context, Polarity.MIXED)
    applicable = TRUE if applies is None else applies.outcome
    outcome = disjunction((negation(applicable), satisfied))
    return CriterionAnswer(decide(satisfied, applicable, criterion.unknown), outcome, rule, applies)


# --- arms --------------------------------------------------------------------------------------------------------


def _arm(context: Context, said: Verdict) -> str | None:
    arms = context.protocol.arms
    if isinstance(arms, ArmColumn):
        return _column_text(arms.column, context)
    recorded = [arm.id for arm in arms if isinstance(arm, RecordedArm) and _is_recorded(arm, context)]
    if recorded:
        return recorded[0] if len(recorded) == 1 else None
    if said is not Verdict.ELIGIBLE:
        return None
    return _arm_by_rule(sorted((a for a in arms if isinstance(a, RuleArm)), key=lambda a: a.priority), context)


def _is_recorded(arm: RecordedArm, context: Context) -> bool:
    return column_outcome(arm.column, arm.compare, context).truth is Truth.TRUE


def _arm_by_rule(arms: Sequence[RuleArm], context: Context) -> str | None:
    for arm in arms:
        truth = explain(arm.requires, context, Polarity.PLUS).outcome.truth
        if truth is Truth.TRUE:
            return arm.id
        if truth is Truth.UNKNOWN and arm.unknown is not UnknownPolicy.FAIL:
            return None
    return None


def _entitled(context: Context, said: Verdict) -> dict[str, bool | None]:
    """Each arm by rule, where one of them has a number of places."""
    arms = context.protocol.arms
    if isinstance(arms, ArmColumn) or not context.protocol.slot_arms:
        return {}
    recorded = any(isinstance(arm, RecordedArm) and _is_recorded(arm, context) for arm in arms)
    asked = said is Verdict.ELIGIBLE and not recorded
    return {arm.id: _is_entitled(arm, context) if asked else False for arm in arms if isinstance(arm, RuleArm)}


def _is_entitled(arm: RuleArm, context: Context) -> bool | None:
    match explain(arm.requires, context, Polarity.PLUS).outcome.truth:
        case Truth.TRUE:
            return True
        case Truth.UNKNOWN if arm.unknown is not UnknownPolicy.FAIL:
            return None
        case _:
            return False


def _order(context: Context) -> dict[str, int | None]:
    found = {}
    for arm in context.protocol.slot_arms:
        if arm.slots is not None:
            day = context.anchor(arm.slots.order_by)
            found[arm.slots.order_by] = None if day.missing else int(day.last)
    return found


def _column_text(column: ColumnRef, context: Context) -> str | None:
    return text_of(context.value(column))


# --- strata ------------------------------------------------------------------------------------------------------


def _level(stratum: Stratum, context: Context) -> str | None:
    without = UNKNOWN_LEVEL if stratum.unknown is StratumUnknown.LEVEL else None
    match stratum:
        case ColumnStratum():
            text = _column_text(stratum.column, context)
            return without if text is None else text
        case LevelStratum():
            return _level_by_rule(stratum, without, context)
        case _:
            assert_never(stratum)


def _level_by_rule(stratum: LevelStratum, without: str | None, context: Context) -> str | None:
    truths = [(name, explain(condition, context, Polarity.MIXED).outcome.truth) for name, condition in stratum.levels]
    met = [name for name, truth in truths if truth is Truth.TRUE]
    is_open = any(truth is Truth.UNKNOWN for _, truth in truths)
    if len(met) > 1:
        return stratum.overlap or without
    if len(met) == 1:  # without a level for overlaps the levels exclude each other
        return met[0] if not is_open or stratum.overlap is None else without
    if is_open or stratum.otherwise is None:
        return without
    return stratum.otherwise
