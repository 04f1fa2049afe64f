"""Arms with a number of places: who comes first is in, the others go on to the next arm they are entitled to."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from stratify.compile import entitled_column, order_column
from stratify.model.dictionary import PATIENT_KEY
from stratify.model.protocol import ArmColumn, Protocol, RuleArm
from stratify.screening import NO_SLOT_LEFT, Verdicts


def give_places(verdicts: Verdicts) -> Verdicts:
    """The verdicts with arms in which nobody is beyond the number of places; unchanged where no arm has one.

    The arms by rule are filled in the order of their priority. Who is entitled to an arm comes in the order of the
    last day that its anchor may be, patients without one last, then of ids. Who finds no place goes on to the next
    arm; one that must be settled first holds a patient as it does without places. The column
    :data:`~stratify.screening.NO_SLOT_LEFT` says of whom no arm was left.
    """
    protocol = verdicts.protocol
    if not protocol.slot_arms or NO_SLOT_LEFT in verdicts.frame.columns:
        return verdicts
    arms = _by_priority(protocol)
    frame = verdicts.frame.with_columns(given=pl.lit(None, pl.String), held=pl.lit(False))
    waiting = pl.col("given").is_null() & ~pl.col("held")
    for arm in arms:
        entitled = pl.col(entitled_column(arm.id))
        asked = frame.filter(waiting & entitled)
        if arm.slots is not None:
            order = order_column(arm.slots.order_by)
            asked = asked.sort(order, PATIENT_KEY, nulls_last=True).head(arm.slots.n)
        placed = pl.col(PATIENT_KEY).is_in(asked[PATIENT_KEY].implode())
        frame = frame.with_columns(
            given=pl.when(placed).then(pl.lit(arm.id)).otherwise("given"),
            held=pl.col("held") | (waiting & entitled.is_null()),
        )
    by_rule = pl.any_horizontal(pl.col(entitled_column(arm.id)).fill_null(True) for arm in arms)
    some = pl.any_horizontal(pl.col(entitled_column(arm.id)).fill_null(False) for arm in arms)
    frame = frame.with_columns(
        pl.when(by_rule).then(pl.col("given")).otherwise(pl.col("arm")).alias("arm"),
        (waiting & some).alias(NO_SLOT_LEFT),
    )
    return replace(verdicts, frame=frame.drop("given", "held"))


def _by_priority(protocol: Protocol) -> list[RuleArm]:
    arms = () if isinstance(protocol.arms, ArmColumn) else protocol.arms
    return sorted((arm for arm in arms if isinstance(arm, RuleArm)), key=lambda arm: arm.priority)
