"""Which facts would settle a formula that is unknown: those of its inputs that are missing or uncertain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import assert_never

from stratify.compile.reference.context import Context
from stratify.compile.reference.explained import Evidence, LeafAnswer
from stratify.compile.reference.inputs import Span, input_span
from stratify.model.computed import AgeInput, ColumnInput, Computed, DefinitionInput, Input, Paired, PickInput
from stratify.model.expression import AgeIs, MeasureIs
from stratify.model.truth import Reason, unknown
from stratify.model.value import Comparison, Literal, Op, Test

OneLeafFacts = Callable[[AgeIs | MeasureIs, LeafAnswer, Context], Iterable[str]]
"""The facts that settle a leaf on one input."""
_UNASKED = Comparison(((Test(Op.EQ, Literal("")),),))


def computed_facts(leaf: Computed, answer: LeafAnswer, context: Context, facts: OneLeafFacts) -> Iterator[str]:
    """The facts on each input that leaves a formula open, with the input's name."""
    spans = {
        name: (item, input_span(name, item, {}, context))
        for name, item in leaf.inputs
        if not isinstance(item, DefinitionInput)  # a definition has facts of its own
    }
    found = [
        f"{fact}, for {name} of {leaf.name}"
        for name, (item, span) in spans.items()
        for fact in _input_facts(item, span, context, facts)
    ]
    yield from found
    if answer.outcome.reasons == Reason.CONFLICT.bit and not found:
        for name, (item, span) in spans.items():
            if isinstance(item, PickInput) and not span.settled:
                yield f"which {item.of.measure} result of {_rows(span.evidence)} is right, for {name} of {leaf.name}"
    if answer.outcome.reasons == Reason.NULL_VALUE.bit and not found and not leaf.definitions:
        yield f"whether the inputs of {leaf.name} are right: it has no value for them"


def _input_facts(item: Input, span: Span, context: Context, facts: OneLeafFacts) -> Iterable[str]:
    reason = span.reason or span.doubt
    if reason is None:
        return ()
    answer = LeafAnswer(unknown(reason), span.evidence)
    match item:
        case PickInput():
            return facts(
                MeasureIs(item.of.measure, item.take, _UNASKED, item.window, item.where, item.tie), answer, context
            )
        case AgeInput(unit, anchor):
            return facts(AgeIs(unit, anchor, _UNASKED), answer, context)
        case ColumnInput(column):
            return (str(column),)
        case DefinitionInput():
            return ()
        case _:
            assert_never(item)


def paired_facts(leaf: Paired, rows: Iterable[str], window: str) -> Iterator[str]:
    """The facts on rows that leave a formula of one moment open; without any, that its values are missing."""
    found = tuple(rows)
    yield from found
    if not found:
        names = [of.measure for _, of in leaf.inputs]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        yield f"{listed} of one time{window}, for {leaf.name}"


def _rows(evidence: tuple[Evidence, ...]) -> str:
    numbers = " and ".join(str(row.row + 1) for row in evidence)
    return f"row{'s' if len(evidence) > 1 else ''} {numbers} of {evidence[0].table}"
