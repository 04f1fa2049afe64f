"""Three-valued truth: strong Kleene logic that never loses the reason for an unknown.

Nothing in this file turns unknown into yes or no. That happens in one place only, :func:`decide`, where a
*finished* criterion meets its declared policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum


class Truth(Enum):
    """What is known of a condition for one patient."""

    TRUE = "T"
    FALSE = "F"
    UNKNOWN = "U"


class Reason(IntEnum):
    """Why something is unknown.

    One leaf (one question to the data) gives one reason: of several that apply, the highest of this order, so that
    the answer does not depend on the order of rows. Connectives keep the reasons of all their unknown parts.
    """

    NO_RECORD = 1
    OUT_OF_WINDOW = 2
    NULL_VALUE = 3
    NULL_DATE = 4
    PARTIAL_DATE = 5
    UNIT_UNKNOWN = 6
    NO_REFERENCE_RANGE = 7
    NOT_TESTED = 8
    NOT_COVERED = 9
    CENSORED_VALUE = 10
    CONFLICT = 11
    IMPLAUSIBLE = 12
    ANCHOR_MISSING = 13

    @property
    def bit(self) -> int:
        """The reason's bit in a mask of reasons."""
        return 1 << int(self)

    @property
    def label(self) -> str:
        """The name used in YAML and in outputs."""
        return self.name.lower()


REASONS = {reason.label: reason for reason in Reason}
"""Reasons by the name that YAML and outputs use."""


def reason_labels(mask: int) -> tuple[str, ...]:
    """Names of the reasons in a mask, in the order of :class:`Reason`."""
    return tuple(reason.label for reason in Reason if mask & reason.bit)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truth of a condition for one patient, with a mask of reasons that is empty unless it is unknown."""

    truth: Truth
    reasons: int = 0

    def __post_init__(self) -> None:
        if (self.truth is Truth.UNKNOWN) != (self.reasons != 0):
            raise ValueError("an outcome has reasons exactly when it is unknown")


TRUE = Outcome(Truth.TRUE)
FALSE = Outcome(Truth.FALSE)


def unknown(reason: Reason) -> Outcome:
    """Unknown, for one reason."""
    return Outcome(Truth.UNKNOWN, reason.bit)


def of_bool(value: bool) -> Outcome:
    """A known outcome."""
    return TRUE if value else FALSE


def negation(item: Outcome) -> Outcome:
    """NOT: unknown stays unknown, for the same reasons."""
    match item.truth:
        case Truth.TRUE:
            return FALSE
        case Truth.FALSE:
            return TRUE
        case Truth.UNKNOWN:
            return item


def conjunction(items: Iterable[Outcome]) -> Outcome:
    """AND: false if any is false, else unknown if any is unknown, else true."""
    outcomes = tuple(items)
    return at_least(len(outcomes), outcomes)


def disjunction(items: Iterable[Outcome]) -> Outcome:
    """OR: true if any is true, else unknown if any is unknown, else false."""
    return at_least(1, tuple(items))


def at_least(n: int, items: Sequence[Outcome]) -> Outcome:
    """At least ``n`` are true: decided as soon as the unknown ones cannot change it.

    (T, F, U) with n = 1 is true, with n = 3 false, with n = 2 unknown for the reasons of the third.
    """
    trues = sum(item.truth is Truth.TRUE for item in items)
    unknowns = [item for item in items if item.truth is Truth.UNKNOWN]
    if trues >= n:
        return TRUE
    if trues + len(unknowns) < n:
        return FALSE
    mask = 0
    for item in unknowns:
        mask |= item.reasons
    return Outcome(Truth.UNKNOWN, mask)


def choose(when: Outcome, then: Outcome, otherwise: Outcome) -> Outcome:
    """If-then-else: a known condition gives its branch, an unknown one the value common to both branches.

    Its truth equals ``(when and then) or (not when and otherwise) or (then and otherwise)``; the branch that a known
    condition rules out contributes no reason.
    """
    match when.truth:
        case Truth.TRUE:
            return then
        case Truth.FALSE:
            return otherwise
        case Truth.UNKNOWN:
            return disjunction(
                (conjunction((when, then)), conjunction((when, otherwise)), conjunction((then, otherwise)))
            )


class UnknownPolicy(Enum):
    """What a finished criterion does with unknown: ask, fail, or pass as an assumption."""

    QUERY = "query"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105 (a policy, not a password)


class CriterionResult(IntEnum):
    """What a criterion says of a patient. ``ASSUMED``: passed by policy, never reported as met."""

    NOT_MET = 0
    UNKNOWN = 1
    ASSUMED = 2
    NOT_APPLICABLE = 3
    MET = 4

    @property
    def label(self) -> str:
        """The name used in YAML and in outputs."""
        return self.name.lower()


RESULTS = {result.label: result for result in CriterionResult}
"""Criterion results by the name that YAML and outputs use."""


class Verdict(IntEnum):
    """What a protocol says of a patient."""

    INELIGIBLE = 0
    UNDETERMINED = 1
    ELIGIBLE = 2


def decide(satisfied: Outcome, applies: Outcome, policy: UnknownPolicy) -> CriterionResult:
    """The result of a finished criterion: the one place where unknown meets a policy.

    Parameters
    ----------
    satisfied
        Whether the rule is satisfied (for an exclusion: whether the excluding condition is absent).
    applies
        Whether the criterion applies; not applicable counts as met and is shown as such.
    policy
        What unknown becomes. Unknown applicability is unknown unless the rule itself is satisfied.
    """
    if applies.truth is Truth.FALSE:
        return CriterionResult.NOT_APPLICABLE
    match disjunction((negation(applies), satisfied)).truth:
        case Truth.TRUE:
            return CriterionResult.MET
        case Truth.FALSE:
            return CriterionResult.NOT_MET
        case Truth.UNKNOWN:
            return {
                UnknownPolicy.QUERY: CriterionResult.UNKNOWN,
                UnknownPolicy.FAIL: CriterionResult.NOT_MET,
                UnknownPolicy.PASS: CriterionResult.ASSUMED,
            }[policy]


def verdict(required: Iterable[CriterionResult]) -> Verdict:
    """The patient's verdict from the results of all required criteria."""
    results = tuple(required)
    if CriterionResult.NOT_MET in results:
        return Verdict.INELIGIBLE
    if CriterionResult.UNKNOWN in results:
        return Verdict.UNDETERMINED
    return Verdict.ELIGIBLE
