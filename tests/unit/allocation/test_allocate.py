"""Verdicts to arms and strata: counts by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from stratify.allocation import AllocatedArm, AllocatedStratum, Allocation, allocate
from stratify.model import value
from stratify.model.expression import ColumnRef, ValueIs
from stratify.model.protocol import (
    ArmColumn,
    ColumnStratum,
    LevelStratum,
    Protocol,
    RandomisedArm,
    StratumUnknown,
    Trial,
)
from stratify.model.truth import Verdict
from stratify.screening import Verdicts

SITE = ColumnRef("patients", "site")
OLD = ValueIs(ColumnRef("patients", "age"), value.Comparison(((value.Test(value.Op.GE, value.Literal("65")),),)))
PROTOCOL = Protocol(
    Trial("T"), (), arms=(RandomisedArm("b", "Beta"), RandomisedArm("a", "")), strata=(ColumnStratum("site", SITE),)
)
YES, NO, OPEN = int(Verdict.ELIGIBLE), int(Verdict.INELIGIBLE), int(Verdict.UNDETERMINED)
FRAME = pl.DataFrame(
    {
        "patient_id": ["p3", "p1", "p2", "p4", "p5", "p6"],
        "verdict": pl.Series([YES, YES, YES, NO, OPEN, YES], dtype=pl.UInt8),
        "arm": ["a", "b", None, "a", "b", "b"],
        "stratum:site": ["10", "2", "2", "north", "2", None],
    }
)


def allocated(protocol: Protocol, frame: pl.DataFrame = FRAME) -> Allocation:
    return allocate(Verdicts(protocol, frame))


def test_only_the_eligible_by_id() -> None:
    found = allocated(PROTOCOL)
    assert found.n == 4
    assert found.frame.columns == ["patient_id", "arm", "stratum:site"]
    assert found.frame["patient_id"].to_list() == ["p1", "p2", "p3", "p6"]


def test_arms_in_the_order_of_the_protocol_with_label_or_id() -> None:
    found = allocated(PROTOCOL)
    assert found.arms == (AllocatedArm("b", "Beta", 2), AllocatedArm("a", "a", 1))
    assert found.without_arm == 1


def test_recorded_arms_ascend_and_keep_those_without_eligible() -> None:
    frame = FRAME.with_columns(arm=pl.Series(["10", "9", "9", "x", None, "9"]))
    found = allocated(replace(PROTOCOL, arms=ArmColumn(ColumnRef("patients", "arm"))), frame)
    assert found.arms == (AllocatedArm("9", "9", 3), AllocatedArm("10", "10", 1), AllocatedArm("x", "x", 0))


def test_column_strata_ascend_as_numbers() -> None:
    assert allocated(PROTOCOL).strata == (AllocatedStratum("site", ("2", "10"), (2, 1), 1),)


def test_column_stratum_with_a_level_for_unknown() -> None:
    protocol = replace(PROTOCOL, strata=(ColumnStratum("site", SITE, StratumUnknown.LEVEL),))
    frame = FRAME.with_columns(pl.col("stratum:site").fill_null("unknown"))
    assert allocated(protocol, frame).strata == (AllocatedStratum("site", ("2", "10", "unknown"), (2, 1, 1), 0),)


@pytest.mark.parametrize(
    ("extra", "levels", "counts"),
    [
        ({}, ("old", "10"), (0, 1)),
        ({"otherwise": "2"}, ("old", "10", "2"), (0, 1, 2)),
        ({"otherwise": "10", "overlap": "both"}, ("old", "10", "both"), (0, 1, 0)),
        ({"overlap": "2", "unknown": StratumUnknown.LEVEL}, ("old", "10", "2", "unknown"), (0, 1, 2, 0)),
    ],
)
def test_declared_levels_in_their_order(
    extra: dict[str, object], levels: tuple[str, ...], counts: tuple[int, ...]
) -> None:
    protocol = replace(PROTOCOL, strata=(LevelStratum("site", (("old", OLD), ("10", OLD)), **extra),))
    assert allocated(protocol).strata == (AllocatedStratum("site", levels, counts, 1),)


def test_nobody_eligible() -> None:
    found = allocated(PROTOCOL, FRAME.with_columns(verdict=pl.lit(OPEN, pl.UInt8)))
    assert (found.n, found.without_arm, [arm.n for arm in found.arms]) == (0, 0, [0, 0])
    assert found.strata == (AllocatedStratum("site", (), (), 0),)


def test_order_of_rows_does_not_matter() -> None:
    one, other = allocated(PROTOCOL), allocated(PROTOCOL, FRAME.reverse())
    assert one.frame.equals(other.frame)
    assert (one.arms, one.strata) == (other.arms, other.strata)
