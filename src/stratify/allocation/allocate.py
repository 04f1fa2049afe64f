"""From verdicts to arms and strata: the eligible patients, and how many there are of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

import polars as pl

from stratify.allocation.places import give_places
from stratify.compile import stratum_column
from stratify.compile.outputs import UNKNOWN_LEVEL
from stratify.model.dictionary import PATIENT_KEY
from stratify.model.protocol import ArmColumn, ColumnStratum, LevelStratum, Protocol, Stratum, StratumUnknown
from stratify.model.truth import Verdict
from stratify.screening import NO_SLOT_LEFT, Verdicts


@dataclass(frozen=True, slots=True)
class AllocatedArm:
    """An arm and the number of its eligible patients."""

    id: str
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class AllocatedStratum:
    """A stratification factor: eligible patients at each level, and those whose level is not known (``missing``)."""

    id: str
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The eligible patients with their arms and strata.

    Parameters
    ----------
    frame
        One row per eligible patient, by ascending id: ``patient_id``, ``arm`` (null without one) and a column
        ``stratum:ID`` for each stratification factor.
    arms
        In the protocol's order, those with nobody too; the recorded values in ascending order where the protocol
        names a column of arms.
    without_arm, without_slot
        Eligible patients without an arm, and those of them for whom no place was left.
    strata
        In the protocol's order.
    """

    frame: pl.DataFrame
    arms: tuple[AllocatedArm, ...]
    without_arm: int
    strata: tuple[AllocatedStratum, ...]
    without_slot: int = 0

    @property
    def n(self) -> int:
        """Eligible patients."""
        return self.frame.height


def allocate(verdicts: Verdicts) -> Allocation:
    """Take the eligible patients with the arms and strata that their verdicts name, as far as there are places."""
    verdicts = give_places(verdicts)
    protocol = verdicts.protocol
    columns = [stratum_column(stratum.id) for stratum in protocol.strata]
    eligible = pl.col("verdict") == int(Verdict.ELIGIBLE)
    frame = verdicts.frame.filter(eligible).select(PATIENT_KEY, "arm", *columns).sort(PATIENT_KEY)
    counts = _counts(frame["arm"])
    arms = tuple(AllocatedArm(name, label, counts.get(name, 0)) for name, label in _arms(protocol, verdicts.frame))
    strata = tuple(_stratum(stratum, _counts(frame[stratum_column(stratum.id)])) for stratum in protocol.strata)
    full = int(verdicts.frame[NO_SLOT_LEFT].sum()) if NO_SLOT_LEFT in verdicts.frame.columns else 0
    return Allocation(frame, arms, counts.get(None, 0), strata, full)


def _arms(protocol: Protocol, screened: pl.DataFrame) -> tuple[tuple[str, str], ...]:
    """Ids and labels. A recorded arm of which nobody is eligible is an arm still: it has 0 patients."""
    if isinstance(protocol.arms, ArmColumn):
        recorded = _ascending(level for level in screened["arm"].unique().to_list() if level is not None)
        return tuple((level, level) for level in recorded)
    return tuple((arm.id, arm.label or arm.id) for arm in protocol.arms)


def _stratum(stratum: Stratum, counts: dict[str | None, int]) -> AllocatedStratum:
    levels = _levels(stratum, counts)
    return AllocatedStratum(stratum.id, levels, tuple(counts.get(level, 0) for level in levels), counts.get(None, 0))


def _levels(stratum: Stratum, counts: dict[str | None, int]) -> tuple[str, ...]:
    lacking = (UNKNOWN_LEVEL,) if stratum.unknown is StratumUnknown.LEVEL else ()
    match stratum:
        case LevelStratum():
            others = (level for level in (stratum.otherwise, stratum.overlap) if level is not None)
            return tuple(dict.fromkeys((*(name for name, _ in stratum.levels), *others, *lacking)))
        case ColumnStratum():
            recorded = _ascending(level for level in counts if level is not None and level not in lacking)
            return (*recorded, *lacking)
        case _:
            assert_never(stratum)


def _counts(levels: pl.Series) -> dict[str | None, int]:
    return dict(levels.alias("level").value_counts(name="n").rows())


def _ascending(levels: Iterable[str]) -> list[str]:
    """Numbers by size, then text: grade 2 comes before grade 10."""
    return sorted(levels, key=_rank)


def _rank(level: str) -> tuple[int, float, str]:
    try:
        return 0, float(level), level
    except ValueError:
        return 1, 0.0, level
