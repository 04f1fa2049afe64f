"""What a plan says of a patient: criteria, verdict, arm and strata as expressions over finished conditions.

This is the one place of this back end where unknown becomes a decision: by the criterion's policy, as
:func:`stratify.model.truth.decide` does for one patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

import polars as pl

from stratify.compile import kleene
from stratify.compile.compare import compare_column
from stratify.compile.kleene import TRUE, Kleene
from stratify.compile.picks import BOTH_WAYS, FAVOURABLE_WHEN_TRUE
from stratify.compile.to_polars import Compiler, patient_column
from stratify.compile.windows import anchor_column
from stratify.model.dictionary import ColumnKind, first_day, last_day
from stratify.model.expression import ColumnRef
from stratify.model.protocol import (
    ArmColumn,
    ColumnStratum,
    Criterion,
    CriterionSeverity,
    Kind,
    LevelStratum,
    RecordedArm,
    RuleArm,
    Stratum,
    StratumUnknown,
)
from stratify.model.truth import CriterionResult, UnknownPolicy, Verdict

UNKNOWN_LEVEL = "unknown"
"""Level of a stratum whose policy gives unknown a level of its own."""


def result_column(criterion: str) -> str:
    """Name of the output column with a criterion's result."""
    return f"result:{criterion}"


def reasons_column(criterion: str) -> str:
    """Name of the output column with the mask of a criterion's reasons."""
    return f"reasons:{criterion}"


def definition_column(name: str) -> str:
    """Name of the output column with a definition's truth."""
    return f"define:{name}"


def stratum_column(stratum: str) -> str:
    """Name of the output column with a patient's level."""
    return f"stratum:{stratum}"


def entitled_column(arm: str) -> str:
    """Name of the output column that says whether a patient is entitled to an arm by rule; null: must be settled."""
    return f"entitled:{arm}"


def order_column(anchor: str) -> str:
    """Name of the output column with the last day an anchor may be, in whose order places are given."""
    return f"order:{anchor}"


def anchor_days(anchor: str) -> tuple[str, str]:
    """Names of the output columns with the first and the last day an anchor may be, where its days are asked for."""
    return f"anchor:{anchor}:first", f"anchor:{anchor}:last"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Stages of named expressions over the conditions' columns, and the columns of the result."""

    stages: tuple[tuple[pl.Expr, ...], ...]
    columns: tuple[str, ...]


def compile_outputs(compiler: Compiler, days: Sequence[str] = ()) -> Outputs:
    """Compile everything the protocol says, and the ``days`` of anchors; the conditions are left in the compiler."""
    protocol = compiler.protocol
    first: list[pl.Expr] = []
    for criterion in protocol.criteria:
        first.extend(_criterion(compiler, criterion))
    for name, condition in protocol.definitions.items():
        pair = compiler.condition(condition, FAVOURABLE_WHEN_TRUE)
        first.append(pair.truth.alias(definition_column(name)))
    first.extend(_stratum(compiler, stratum).alias(stratum_column(stratum.id)) for stratum in protocol.strata)
    second = _verdict(protocol.criteria)
    levels = [
        pl.concat_str(pl.lit(f"{s.id}="), pl.col(stratum_column(s.id)).fill_null(UNKNOWN_LEVEL))
        for s in protocol.strata
    ]
    stratum = pl.concat_str(levels, separator="; ") if levels else pl.lit(None, pl.String)
    slots = _slots(compiler)
    dates = _days(days)
    third = (_arm(compiler).alias("arm"), stratum.alias("stratum"), *slots.values(), *dates.values())
    columns = (
        *("verdict", "arm", "stratum", "failed", "unknown"),
        *(name for c in protocol.criteria for name in (result_column(c.id), reasons_column(c.id))),
        *(definition_column(name) for name in protocol.definitions),
        *(stratum_column(s.id) for s in protocol.strata),
        *slots,
        *dates,
    )
    return Outputs((tuple(first), second, third), columns)


def _days(anchors: Sequence[str]) -> dict[str, pl.Expr]:
    days: dict[str, pl.Expr] = {}
    for anchor in anchors:
        for name, of in zip(anchor_days(anchor), (first_day, last_day), strict=True):
            days[name] = pl.col(of(anchor_column(anchor))).alias(name)
    return days


def _criterion(compiler: Compiler, criterion: Criterion) -> tuple[pl.Expr, pl.Expr]:
    polarity = FAVOURABLE_WHEN_TRUE if criterion.kind is Kind.INCLUSION else FAVOURABLE_WHEN_TRUE.flipped()
    rule = compiler.condition(criterion.rule, polarity)
    outcome = rule if criterion.kind is Kind.INCLUSION else kleene.negation(rule)
    exempt = pl.lit(False)
    if criterion.applies_when is not None:
        applies = compiler.condition(criterion.applies_when, BOTH_WAYS)
        outcome = kleene.disjunction((kleene.negation(applies), outcome))
        exempt = ~applies.truth.fill_null(True)
    undecided = {
        UnknownPolicy.QUERY: CriterionResult.UNKNOWN,
        UnknownPolicy.FAIL: CriterionResult.NOT_MET,
        UnknownPolicy.PASS: CriterionResult.ASSUMED,
    }[criterion.unknown]
    result = (
        pl.when(exempt)
        .then(_result(CriterionResult.NOT_APPLICABLE))
        .when(outcome.truth)
        .then(_result(CriterionResult.MET))
        .when(~outcome.truth)
        .then(_result(CriterionResult.NOT_MET))
        .otherwise(_result(undecided))
    )
    return result.alias(result_column(criterion.id)), outcome.reasons.alias(reasons_column(criterion.id))


def _result(result: CriterionResult) -> pl.Expr:
    return pl.lit(int(result), pl.UInt8)


def _verdict(criteria: tuple[Criterion, ...]) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Verdict and the two masks; every criterion has its bit, the required ones decide."""
    failed, unknown = _mask(criteria, CriterionResult.NOT_MET), _mask(criteria, CriterionResult.UNKNOWN)
    required = sum(1 << i for i, c in enumerate(criteria) if c.severity is CriterionSeverity.REQUIRED)
    decides = pl.lit(required, pl.Int64)
    verdict = (
        pl.when(failed & decides != 0)
        .then(pl.lit(int(Verdict.INELIGIBLE), pl.UInt8))
        .when(unknown & decides != 0)
        .then(pl.lit(int(Verdict.UNDETERMINED), pl.UInt8))
        .otherwise(pl.lit(int(Verdict.ELIGIBLE), pl.UInt8))
    )
    return verdict.alias("verdict"), failed.alias("failed"), unknown.alias("unknown")


def _mask(criteria: tuple[Criterion, ...], result: CriterionResult) -> pl.Expr:
    """Bit i for the i-th criterion. Signed, for R has no other whole numbers: 63 criteria leave the sign free."""
    bits = [
        pl.when(pl.col(result_column(c.id)) == int(result))
        .then(pl.lit(1 << i, pl.Int64))
        .otherwise(pl.lit(0, pl.Int64))
        for i, c in enumerate(criteria)
    ]
    return reduce(lambda a, b: a | b, bits, pl.lit(0, pl.Int64))


def _slots(compiler: Compiler) -> dict[str, pl.Expr]:
    """Where an arm has a number of places: to which arms by rule each patient is entitled, and who comes first.

    Nobody but the eligible who are recorded in no arm is entitled to any.
    """
    protocol = compiler.protocol
    if not protocol.slot_arms or isinstance(protocol.arms, ArmColumn):
        return {}
    asked = pl.col("verdict") == int(Verdict.ELIGIBLE)
    for arm in protocol.arms:
        if isinstance(arm, RecordedArm):
            asked &= ~_meets(compiler, arm)
    columns: dict[str, pl.Expr] = {}
    for arm in protocol.arms:
        if isinstance(arm, RuleArm):
            truth = compiler.condition(arm.requires, FAVOURABLE_WHEN_TRUE).truth
            entitled = truth.fill_null(False) if arm.unknown is UnknownPolicy.FAIL else truth
            name = entitled_column(arm.id)
            columns[name] = pl.when(asked).then(entitled).otherwise(False).alias(name)
    for arm in protocol.slot_arms:
        if arm.slots is not None:
            name = order_column(arm.slots.order_by)
            columns[name] = pl.col(last_day(anchor_column(arm.slots.order_by))).alias(name)
    return columns


def _arm(compiler: Compiler) -> pl.Expr:
    """The arm recorded, else for the eligible the first arm by rule; randomisation is not a rule."""
    arms = compiler.protocol.arms
    if isinstance(arms, ArmColumn):
        return _as_text(compiler, arms.column)
    assigned = pl.lit(None, pl.String)
    by_rule = sorted((arm for arm in arms if isinstance(arm, RuleArm)), key=lambda arm: arm.priority)
    for arm in reversed(by_rule):
        pair = compiler.condition(arm.requires, FAVOURABLE_WHEN_TRUE)
        undecided = assigned if arm.unknown is UnknownPolicy.FAIL else pl.lit(None, pl.String)
        falls = pl.when(~pair.truth).then(assigned).otherwise(undecided)
        assigned = pl.when(pair.truth).then(pl.lit(arm.id)).otherwise(falls)
    assigned = pl.when(pl.col("verdict") == int(Verdict.ELIGIBLE)).then(assigned)
    recorded = [(arm.id, _meets(compiler, arm)) for arm in arms if isinstance(arm, RecordedArm)]
    if not recorded:
        return assigned
    meeting = pl.sum_horizontal(meets.cast(pl.Int32) for _, meets in recorded)
    only = pl.coalesce(*(pl.when(meets).then(pl.lit(name)) for name, meets in recorded))
    # A row recorded in two arms is in neither: which one it was is not for us to say.
    return pl.when(meeting == 1).then(only).when(meeting == 0).then(assigned)


def _meets(compiler: Compiler, arm: RecordedArm) -> pl.Expr:
    compiler.patient_columns[arm.column] = None
    kind = compiler.catalogue[arm.column.table][arm.column.column]
    return compare_column(patient_column(arm.column), kind, arm.compare) == TRUE


def _stratum(compiler: Compiler, stratum: Stratum) -> pl.Expr:
    lacking = pl.lit(UNKNOWN_LEVEL) if stratum.unknown is StratumUnknown.LEVEL else pl.lit(None, pl.String)
    match stratum:
        case ColumnStratum():
            return _as_text(compiler, stratum.column).fill_null(lacking)
        case LevelStratum():
            pairs = [(name, compiler.condition(condition, BOTH_WAYS)) for name, condition in stratum.levels]
            return _level(stratum, pairs, lacking)
        case _:
            assert_never(stratum)


def _level(stratum: LevelStratum, pairs: list[tuple[str, Kleene]], lacking: pl.Expr) -> pl.Expr:
    """The only level that holds; several are an overlap, none is ``otherwise`` unless one may hold."""
    held = pl.sum_horizontal(pair.truth.fill_null(False).cast(pl.Int32) for _, pair in pairs)
    may_hold = pl.sum_horizontal(pair.truth.is_null().cast(pl.Int32) for _, pair in pairs)
    only = pl.coalesce(*(pl.when(pair.truth).then(pl.lit(name)) for name, pair in pairs))
    several = lacking if stratum.overlap is None else pl.lit(stratum.overlap)
    neither = lacking if stratum.otherwise is None else pl.lit(stratum.otherwise)
    # Where overlaps have a level of their own, one level that holds beside one that may hold is not settled.
    settled = pl.lit(True) if stratum.overlap is None else may_hold == 0
    return (
        pl.when(held > 1)
        .then(several)
        .when((held == 1) & settled)
        .then(only)
        .when((held == 1) | (may_hold > 0))
        .then(lacking)
        .otherwise(neither)
    )


def _as_text(compiler: Compiler, column: ColumnRef) -> pl.Expr:
    """A recorded level as text: 2.0 is "2", true is "true"; a date is its first day only if complete."""
    compiler.patient_columns[column] = None
    kind = compiler.catalogue[column.table][column.column]
    name = patient_column(column)
    value = pl.col(name)
    match kind:
        case ColumnKind.TEXT | ColumnKind.RESULT:
            return value
        case ColumnKind.NUMBER:
            whole = value.cast(pl.Int64, strict=False)
            return pl.when(whole.cast(pl.Float64) == value).then(whole.cast(pl.String)).otherwise(value.cast(pl.String))
        case ColumnKind.BOOLEAN:
            return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
        case ColumnKind.EMPTY:
            return pl.lit(None, pl.String)
        case ColumnKind.DATE | ColumnKind.DATETIME | ColumnKind.PARTIAL_DATE:
            return pl.col(first_day(name)).cast(pl.Date).cast(pl.String)
