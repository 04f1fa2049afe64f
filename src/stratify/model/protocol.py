"""A protocol as frozen values: what text becomes when it has been read without a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from stratify.diagnostics import SourceSpan
from stratify.model.anchor import Anchor, EventAnchor, anchor_levels
from stratify.model.codes import CodeSet
from stratify.model.expression import ColumnRef, Condition, Count, Exists, Gap, Selection, walk, with_codes
from stratify.model.library import Library
from stratify.model.truth import CriterionResult, Reason, UnknownPolicy, Verdict
from stratify.model.value import Comparison

MAX_CRITERIA = 63
"""Criteria a protocol can have: one bit each in the masks of failed and unknown criteria, a signed 64-bit integer."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Who this protocol belongs to. ``protocol_version``, ``protocol_date`` and ``rules_version`` as written.

    ``approved_by`` names those who signed a protocol whose ``status`` is ``approved``.
    """

    id: str
    title: str = ""
    phase: str = ""
    protocol_version: str = ""
    protocol_date: str = ""
    rules_version: str = ""
    status: str = "draft"
    approved_by: tuple[str, ...] = ()

    @property
    def approved(self) -> bool:
        """Whether the rules are signed: then their text is locked by its hash."""
        return self.status == "approved"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named threshold, as text; ``overridden`` when it was set on the command line."""

    name: str
    value: str
    unit: str = ""
    source: str = ""
    overridden: bool = False


class Kind(Enum):
    """An inclusion must hold, an exclusion must not."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class CriterionSeverity(Enum):
    """A required criterion decides the verdict, an advisory one is only reported."""

    REQUIRED = "required"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: the protocol's words and the rule that says the same.

    ``waivable`` says whether the sponsor may let a patient in who does not meet it, ``None`` where the protocol does
    not say. It is shown beside the criterion and changes no verdict.
    """

    id: str
    kind: Kind
    text: str
    rule: Condition
    ref: str = ""
    applies_when: Condition | None = None
    unknown: UnknownPolicy = UnknownPolicy.QUERY
    severity: CriterionSeverity = CriterionSeverity.REQUIRED
    category: str = ""
    waivable: bool | None = None
    span: SourceSpan | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.waivable is False and self.severity is CriterionSeverity.ADVISORY:
            raise ValueError("an advisory criterion keeps nobody out, so there is nothing that may not be waived")


@dataclass(frozen=True, slots=True)
class RecordedArm:
    """An arm that the data records: the column's value meets ``compare``."""

    id: str
    label: str
    column: ColumnRef
    compare: Comparison
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Slots:
    """Places of an arm by rule, given in the order of the day of ``order_by``, an anchor, then of patient ids.

    A day that is not exactly known counts as the last that it may be; patients without one come last.
    """

    n: int
    order_by: str

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError("an arm without a place is no arm")


@dataclass(frozen=True, slots=True)
class RuleArm:
    """An arm for those who meet ``requires``; the lowest ``priority`` is asked first.

    ``unknown``: ``fail`` goes on to the next arm, ``query`` leaves the patient without an arm until it is settled.
    Who finds no place (``slots``) goes on to the next arm.
    """

    id: str
    label: str
    requires: Condition
    priority: int
    unknown: UnknownPolicy = UnknownPolicy.QUERY
    slots: Slots | None = None
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RandomisedArm:
    """An arm that randomisation assigns, with its part of the ratio, to at most ``slots`` patients."""

    id: str
    label: str
    ratio: int = 1
    slots: int | None = None
    span: SourceSpan | None = field(default=None, compare=False)


Arm: TypeAlias = RecordedArm | RuleArm | RandomisedArm


@dataclass(frozen=True, slots=True)
class ArmColumn:
    """Arms as a column records them: every distinct value is an arm."""

    column: ColumnRef
    span: SourceSpan | None = field(default=None, compare=False)


class StratumUnknown(Enum):
    """A patient whose level is unknown cannot be allocated, or has the level "unknown"."""

    BLOCK = "block"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class LevelStratum:
    """A stratification factor by conditions (``bands`` are read as conditions too).

    ``otherwise`` names the level of those who meet no condition; without it they are unknown. ``overlap`` names the
    level of those who meet more than one; without it they are unknown (a conflict).
    """

    id: str
    levels: tuple[tuple[str, Condition], ...]
    otherwise: str | None = None
    overlap: str | None = None
    unknown: StratumUnknown = StratumUnknown.BLOCK
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ColumnStratum:
    """A stratification factor as a column records it."""

    id: str
    column: ColumnRef
    unknown: StratumUnknown = StratumUnknown.BLOCK
    span: SourceSpan | None = field(default=None, compare=False)


Stratum: TypeAlias = LevelStratum | ColumnStratum


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an example expects of a criterion: a result, and where it says so a reason."""

    criterion: str
    result: CriterionResult
    reason: Reason | None = None


NOTHING = ""
"""The arm, or the level of a stratum, that an example expects of a patient who must have none."""


@dataclass(frozen=True, slots=True)
class Example:
    """A tiny literal patient. Values are text as written; ``None`` is a null.

    What is not asked of it is ``None`` (``verdict``, ``arm``) or missing; see :data:`NOTHING`.
    """

    name: str
    patient: Mapping[str, str | None]
    tables: Mapping[str, tuple[Mapping[str, str | None], ...]] = field(default_factory=lambda: MappingProxyType({}))
    expect: tuple[Expectation, ...] = ()
    verdict: Verdict | None = None
    arm: str | None = None
    strata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Protocol:
    """A whole protocol.

    ``as_of`` names the anchor after whose day nothing is known; ``digest`` is the SHA-256 of the file's text, the
    libraries it uses and the parameters set from outside.
    """

    trial: Trial
    criteria: tuple[Criterion, ...]
    anchors: Mapping[str, Anchor] = field(default_factory=lambda: MappingProxyType({}))
    parameters: tuple[Parameter, ...] = ()
    definitions: Mapping[str, Condition] = field(default_factory=lambda: MappingProxyType({}))
    arms: tuple[Arm, ...] | ArmColumn = ()
    strata: tuple[Stratum, ...] = ()
    examples: tuple[Example, ...] = ()
    as_of: str | None = None
    library: Library = field(default_factory=Library)
    digest: str = ""
    file: str = ""

    @property
    def anchor_levels(self) -> tuple[tuple[EventAnchor, ...], ...]:
        """The anchors derived from events; those of a level build on columns and on the levels before it only."""
        return anchor_levels(self.anchors, self.as_of)

    @property
    def slot_arms(self) -> tuple[RuleArm, ...]:
        """Arms by rule that have a number of places."""
        arms = () if isinstance(self.arms, ArmColumn) else self.arms
        return tuple(arm for arm in arms if isinstance(arm, RuleArm) and arm.slots is not None)

    def conditions(self) -> Iterator[Condition]:
        """Every top-level condition: definitions, criteria, applicability, arms, levels."""
        yield from self.definitions.values()
        for criterion in self.criteria:
            yield criterion.rule
            if criterion.applies_when is not None:
                yield criterion.applies_when
        if not isinstance(self.arms, ArmColumn):
            yield from (arm.requires for arm in self.arms if isinstance(arm, RuleArm))
        for stratum in self.strata:
            if isinstance(stratum, LevelStratum):
                yield from (condition for _, condition in stratum.levels)

    def nodes(self) -> Iterator[Condition]:
        """Every condition at every depth."""
        for condition in self.conditions():
            yield from walk(condition)

    def selections(self) -> Iterator[Selection]:
        """Which rows of event tables are asked, by anchors and by conditions."""
        yield from (anchor.selection for anchor in self.anchors.values() if isinstance(anchor, EventAnchor))
        yield from (node.selection for node in self.nodes() if isinstance(node, Exists | Count | Gap))

    def code_sets(self) -> Mapping[str, CodeSet]:
        """The named sets of codes that rules ask for, by name."""
        sets: dict[str, CodeSet] = {}
        for selection in self.selections():
            if selection.codes is not None and selection.codes.name:
                sets[selection.codes.name] = selection.codes
        return sets

    def with_codes(self, change: Callable[[str, CodeSet], CodeSet]) -> Protocol:
        """The protocol with every code set changed, given the table it is asked of."""

        def changed(condition: Condition) -> Condition:
            return with_codes(condition, change)

        def bounded(anchor: Anchor) -> Anchor:
            if isinstance(anchor, EventAnchor):
                return replace(anchor, selection=anchor.selection.with_codes(change))
            return anchor

        arms = self.arms
        if not isinstance(arms, ArmColumn):
            arms = tuple(replace(a, requires=changed(a.requires)) if isinstance(a, RuleArm) else a for a in arms)
        return replace(
            self,
            anchors=MappingProxyType({name: bounded(anchor) for name, anchor in self.anchors.items()}),
            definitions=MappingProxyType({name: changed(item) for name, item in self.definitions.items()}),
            criteria=tuple(
                replace(
                    criterion,
                    rule=changed(criterion.rule),
                    applies_when=None if criterion.applies_when is None else changed(criterion.applies_when),
                )
                for criterion in self.criteria
            ),
            arms=arms,
            strata=tuple(
                replace(stratum, levels=tuple((name, changed(item)) for name, item in stratum.levels))
                if isinstance(stratum, LevelStratum)
                else stratum
                for stratum in self.strata
            ),
        )
