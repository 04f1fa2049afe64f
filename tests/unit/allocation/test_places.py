"""Arms with a number of places: filled by hand, and against a patient-by-patient walk."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.allocation import allocate, give_places
from stratify.audit.build import WITHOUT_ARM, _arms
from stratify.model import value
from stratify.model.expression import ColumnRef, ValueIs
from stratify.model.protocol import Protocol, RandomisedArm, RecordedArm, RuleArm, Slots, Trial
from stratify.model.truth import Verdict
from stratify.screening import NO_SLOT_LEFT, Verdicts

SAME = value.Comparison(((value.Test(value.Op.EQ, value.Literal("1")),),))
ASKED = ValueIs(ColumnRef("patients", "x"), SAME)
YES, NO = int(Verdict.ELIGIBLE), int(Verdict.INELIGIBLE)


def protocol(first: int | None, second: int | None) -> Protocol:
    """Arm B is asked after arm A, although it stands before it."""
    slots = [None if n is None else Slots(n, "consent") for n in (first, second)]
    arms = (RuleArm("B", "", ASKED, 2, slots=slots[1]), RuleArm("A", "Alpha", ASKED, 1, slots=slots[0]))
    return Protocol(Trial("T"), (), arms=arms)


def verdicts(rules: Protocol, *rows: tuple[str, int, int | None, bool | None, bool | None]) -> Verdicts:
    """Rows of id, verdict, day of consent, entitled to A, entitled to B."""
    names = ["patient_id", "verdict", "order:consent", "entitled:A", "entitled:B"]
    types = [pl.String, pl.UInt8, pl.Int32, pl.Boolean, pl.Boolean]
    frame = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
    return Verdicts(rules, frame.with_columns(arm=pl.lit(None, pl.String)))


def placed(said: Verdicts) -> dict[str, str | None]:
    return dict(give_places(said).frame.select("patient_id", "arm").sort("patient_id").iter_rows())


def test_the_earlier_day_comes_first_and_the_others_go_on() -> None:
    said = verdicts(
        protocol(1, 1),
        ("p1", YES, 30, True, True),
        ("p2", YES, 10, True, False),
        ("p3", YES, 20, True, True),
        ("p4", YES, 5, False, False),
    )
    assert placed(said) == {"p1": None, "p2": "A", "p3": "B", "p4": None}
    allocation = allocate(said)
    assert [(arm.id, arm.n) for arm in allocation.arms] == [("B", 1), ("A", 1)]
    assert (allocation.without_arm, allocation.without_slot) == (2, 1)
    assert give_places(said).frame.filter(NO_SLOT_LEFT)["patient_id"].to_list() == ["p1"]
    assert _arms(allocation)[-1].label == f"{WITHOUT_ARM}, 1 of them: no slot left"


def test_the_same_day_is_settled_by_id_and_no_day_comes_last() -> None:
    said = verdicts(
        protocol(2, None),
        ("p9", YES, None, True, True),
        ("p3", YES, 7, True, True),
        ("p2", YES, 7, True, True),
        ("p1", YES, 8, True, False),
    )
    assert placed(said) == {"p1": None, "p2": "A", "p3": "A", "p9": "B"}


def test_what_must_be_settled_first_holds_a_patient() -> None:
    """Whose right to arm A is open takes no place of B; who finds none in A and may have a right to B waits."""
    said = verdicts(protocol(1, 5), ("p1", YES, 1, None, True), ("p2", YES, 2, True, None), ("p3", YES, 3, True, None))
    assert placed(said) == {"p1": None, "p2": "A", "p3": None}
    assert allocate(said).without_slot == 0


def test_recorded_arms_stay() -> None:
    said = verdicts(protocol(1, 1), ("p1", NO, 1, False, False), ("p2", YES, 2, False, False))
    said = replace(said, frame=said.frame.with_columns(arm=pl.Series(["R", "R"])))
    assert placed(said) == {"p1": "R", "p2": "R"}


def test_without_places_nothing_changes() -> None:
    rules = protocol(None, None)
    said = Verdicts(rules, pl.DataFrame({"patient_id": ["p1"], "verdict": [YES], "arm": ["A"]}))
    assert give_places(said) is said
    assert allocate(said).without_slot == 0
    other = give_places(verdicts(protocol(1, 1), ("p1", YES, 1, True, True)))
    assert give_places(other) is other


def test_places_are_of_arms_and_at_least_one() -> None:
    with pytest.raises(ValueError, match="without a place"):
        Slots(0, "consent")
    assert (
        Protocol(
            Trial("T"),
            (),
            arms=(RandomisedArm("A", "", slots=3), RecordedArm("R", "", ColumnRef("patients", "x"), SAME)),
        ).slot_arms
        == ()
    )


@given(
    st.integers(1, 4),
    st.none() | st.integers(1, 4),
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 3),
            st.sampled_from([True, True, False, None]),
            st.sampled_from([True, False, None]),
        ),
        max_size=9,
    ),
    st.randoms(use_true_random=False),
)
def test_places_as_if_patients_came_one_by_one(
    first: int, second: int | None, patients: list[tuple[int | None, bool | None, bool | None]], random: Random
) -> None:
    rules = protocol(first, second)
    rows = [(f"p{i}", YES, *patient) for i, patient in enumerate(patients)]
    left = {"A": first, "B": len(rows) if second is None else second}
    expected: dict[str, str | None] = {}
    for name, _, _, a, b in sorted(rows, key=lambda row: (row[2] is None, row[2] or 0, row[0])):
        expected[name] = None
        for arm, entitled in (("A", a), ("B", b)):
            if entitled is None:
                break
            if entitled and left[arm]:
                left[arm] -= 1
                expected[name] = arm
                break
    random.shuffle(rows)
    assert placed(verdicts(rules, *rows)) == expected
