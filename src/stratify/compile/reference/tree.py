"""A condition answered for one patient, connectives and references included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from stratify.compile.reference.anchors import context_of
from stratify.compile.reference.computed import answer_computed
from stratify.compile.reference.context import Context, PatientRecord, Polarity
from stratify.compile.reference.events import answer_count, answer_exists
from stratify.compile.reference.explained import AnchorEvidence, Explained, LeafAnswer
from stratify.compile.reference.gap import answer_gap
from stratify.compile.reference.genomics import answer_alteration
from stratify.compile.reference.measure import answer_measure
from stratify.compile.reference.moments import answer_paired
from stratify.compile.reference.settle import facts_that_settle
from stratify.compile.reference.single import answer_age, answer_value
from stratify.model.dictionary import Catalogue, Dictionary
from stratify.model.expression import (
    AgeIs,
    All,
    AlterationIs,
    AnyOf,
    AtLeast,
    Choose,
    Computed,
    Condition,
    Count,
    Exists,
    Gap,
    Leaf,
    MeasureIs,
    Not,
    Paired,
    Ref,
    ValueIs,
    children,
)
from stratify.model.protocol import Protocol
from stratify.model.truth import Outcome, Reason, Truth, at_least, choose, conjunction, disjunction, negation, unknown


def interpret(
    condition: Condition,
    record: PatientRecord,
    protocol: Protocol,
    dictionary: Dictionary,
    catalogue: Catalogue,
    polarity: Polarity = Polarity.PLUS,
) -> Explained:
    """Answer a condition for one patient.

    Parameters
    ----------
    condition
        A condition that the type checker accepts for this dictionary.
    polarity
        What a yes means to the criterion; it decides ties.

    Returns
    -------
    Explained
        Outcomes with what decided them.

    Raises
    ------
    ValueError
        If the condition asks what the dictionary does not have, such as ``>=`` of a text.
    """
    return explain(condition, context_of(record, protocol, dictionary, catalogue), polarity)


def explain(condition: Condition, context: Context, polarity: Polarity) -> Explained:
    """Answer a condition in a patient's context."""
    match condition:
        case All(items):
            parts = _each(items, context, polarity)
            return _joined(condition, conjunction(part.outcome for part in parts), parts)
        case AnyOf(items):
            parts = _each(items, context, polarity)
            return _joined(condition, disjunction(part.outcome for part in parts), parts)
        case AtLeast(n, items):
            parts = _each(items, context, polarity)
            return _joined(condition, at_least(n, [part.outcome for part in parts]), parts)
        case Not(item):
            part = explain(item, context, polarity.flipped)
            return _joined(condition, negation(part.outcome), (part,))
        case Choose():
            return _chosen(condition, context, polarity)
        case Ref(name):
            part = explain(context.protocol.definitions[name], context, polarity)
            return _joined(condition, part.outcome, (part,))
        case ValueIs() | AgeIs() | MeasureIs() | Exists() | Count() | Gap() | AlterationIs() | Computed() | Paired():
            return _answered(condition, context, polarity)
        case _:
            assert_never(condition)


def _each(items: Sequence[Condition], context: Context, polarity: Polarity) -> tuple[Explained, ...]:
    return tuple(explain(item, context, polarity) for item in items)


def _joined(condition: Condition, outcome: Outcome, parts: tuple[Explained, ...]) -> Explained:
    return Explained(condition, outcome, children=parts)


def _chosen(condition: Choose, context: Context, polarity: Polarity) -> Explained:
    otherwise = explain(condition.otherwise, context, polarity)
    branches = [
        (explain(when, context, Polarity.MIXED), explain(then, context, polarity)) for when, then in condition.branches
    ]
    outcome = otherwise.outcome
    for when, then in reversed(branches):
        outcome = choose(when.outcome, then.outcome, outcome)
    return _joined(condition, outcome, (*(part for branch in branches for part in branch), otherwise))


def _answered(leaf: Leaf, context: Context, polarity: Polarity) -> Explained:
    parts = tuple(explain(part, context, Polarity.MIXED) for part in children(leaf))
    if context.missing(context.anchors_of(leaf)):
        answer = LeafAnswer(unknown(Reason.ANCHOR_MISSING))
    else:
        answer = _answer(leaf, parts, context, polarity)
    facts = facts_that_settle(leaf, answer, context) if answer.outcome.truth is Truth.UNKNOWN else ()
    found = ((name, context.derived[name]) for name in context.derived_for(leaf))
    anchors = tuple(AnchorEvidence(name, anchor.text, anchor.rows) for name, anchor in found)
    return Explained(leaf, answer.outcome, answer.evidence, answer.notes, facts, parts, anchors)


def _answer(leaf: Leaf, parts: tuple[Explained, ...], context: Context, polarity: Polarity) -> LeafAnswer:
    match leaf:
        case ValueIs():
            return answer_value(leaf, context)
        case AgeIs():
            return answer_age(leaf, context)
        case MeasureIs():
            return answer_measure(leaf, context, polarity)
        case Exists():
            return answer_exists(leaf, context)
        case Count():
            return answer_count(leaf, context)
        case Gap():
            return answer_gap(leaf, context)
        case AlterationIs():
            return answer_alteration(leaf, context)
        case Computed():
            outcomes = {name: part.outcome for name, part in zip(leaf.definitions, parts, strict=True)}
            return answer_computed(leaf, outcomes, context, polarity)
        case Paired():
            return answer_paired(leaf, context, polarity)
        case _:
            assert_never(leaf)
