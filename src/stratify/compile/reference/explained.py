"""An outcome with what decided it, as a tree of the shape of the condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from stratify.compile.reference.days import Place
from stratify.model.expression import Condition
from stratify.model.truth import CriterionResult, Outcome, Verdict

NEWER_NULL = "newer_null"
"""Note: a newer row than the one picked has no value."""
DUPLICATES = "duplicates"
"""Start of the note ``duplicates N``: N exact copies of other rows were not counted."""

COMPUTED = "computed"
"""Start of the note ``computed CRCL_CG is 53.2 mL/min``: what a formula gave."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row that decided a leaf, or kept it open.

    Parameters
    ----------
    row
        Number of the row among the patient's rows of the table, from 0.
    date, value, threshold
        As text; the date as far as it is known, empty where there is none.
    place
        Whether the row is inside the window.
    outcome
        What the row says of the condition, by itself.
    doubts
        Mask of the reasons why this row alone leaves something open.
    fields
        Of an event: its code, where codes are asked, and the columns that ``where`` names, each with its value as
        text, empty where there is none. Of an input of a formula: its name and value. ``None`` for a value.
    reference
        The reference limit that the row has by a fallback table, and the lines that say it; else empty.
    """

    table: str
    row: int
    date: str
    value: str
    threshold: str
    place: Place
    outcome: Outcome
    doubts: int = 0
    fields: tuple[tuple[str, str], ...] | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class LeafAnswer:
    """The outcome of a leaf, the rows that decided it, and notes."""

    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnchorEvidence:
    """An anchor derived from events: its day as text, empty where there is none, and the rows it comes from."""

    name: str
    day: str
    rows: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A condition answered for one patient.

    Parameters
    ----------
    evidence
        The rows that decided a leaf; empty for connectives.
    notes
        :data:`NEWER_NULL`, ``duplicates N``, or ``computed`` and the result of a formula.
    facts
        For an unknown leaf: the facts that would settle it, in words, without a patient's value.
    children
        The parts of a connective, in the order of :func:`stratify.model.expression.children`; for a reference the
        definition, for a formula the definitions among its inputs.
    anchors
        Of a leaf: the derived anchors that it counts from, each after those it builds on.
    """

    condition: Condition
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    children: tuple[Explained, ...] = ()
    anchors: tuple[AnchorEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionAnswer:
    """What a criterion says of a patient.

    ``outcome`` is "does not apply, or is satisfied", where an exclusion is satisfied when its rule is false.
    ``rule`` and ``applies`` are the conditions as written.
    """

    result: CriterionResult
    outcome: Outcome
    rule: Explained
    applies: Explained | None = None


@dataclass(frozen=True, slots=True)
class PatientResult:
    """What a protocol says of a patient.

    Parameters
    ----------
    criteria
        By criterion id, in the protocol's order.
    failed, unknown
        Bit ``i`` is set where the ``i``-th criterion, required or advisory, is not met, or unknown.
    arm
        ``None`` where there is none yet, or none can be said.
    strata
        Level by stratum id; ``None`` blocks allocation.
    entitled, order
        Only where an arm has a number of places: whether the patient is entitled to each arm by rule (``None`` must
        be settled first), and the last day that each anchor may be in whose order places are given.
    """

    patient_id: str | int
    criteria: Mapping[str, CriterionAnswer]
    verdict: Verdict
    failed: int
    unknown: int
    definitions: Mapping[str, Outcome]
    arm: str | None
    strata: Mapping[str, str | None]
    entitled: Mapping[str, bool | None] = field(default_factory=lambda: MappingProxyType({}))
    order: Mapping[str, int | None] = field(default_factory=lambda: MappingProxyType({}))
