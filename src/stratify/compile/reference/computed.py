"""The leaf on a formula of picked inputs."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from stratify.compile.reference.compare import meets_test
from stratify.compile.reference.context import Context, Polarity
from stratify.compile.reference.explained import COMPUTED, LeafAnswer
from stratify.compile.reference.inputs import Span, input_span
from stratify.model.arithmetic import Value, evaluate
from stratify.model.computed import Computed, ordered_tests
from stratify.model.expression import Tie
from stratify.model.truth import FALSE, TRUE, Outcome, Reason, unknown


def answer_computed(
    leaf: Computed, outcomes: Mapping[str, Outcome], context: Context, polarity: Polarity
) -> LeafAnswer:
    """The answer of a formula. All anchors must have a date; ``outcomes`` are those of its definitions."""
    spans = spans_of(leaf, outcomes, context)
    evidence = tuple(row for span in spans.values() for row in span.evidence)
    missing = [span.reason for span in spans.values() if span.reason is not None]
    if missing:
        return LeafAnswer(unknown(max(missing)), evidence)
    results = [evaluate(leaf.expression, corner) for corner in _corners(spans)]
    doubts = [span.doubt for span in spans.values() if span.doubt is not None]
    numbers = [Fraction(result) for result in results if result is not None]
    if len(numbers) < len(results) or any(_spans_zero(spans[name]) for name in leaf.nonzero):
        return LeafAnswer(unknown(max([*doubts, Reason.NULL_VALUE])), evidence)
    outcome = _compared(leaf, numbers, doubts, polarity)
    return LeafAnswer(outcome, evidence, (result_note(leaf.name, leaf.unit, numbers),))


def spans_of(leaf: Computed, outcomes: Mapping[str, Outcome], context: Context) -> dict[str, Span]:
    """What each input may be."""
    return {name: input_span(name, item, outcomes, context) for name, item in leaf.inputs}


def result_note(name: str, unit: str | None, numbers: list[Fraction], when: str = "") -> str:
    """The note on what a formula gave."""
    ends = dict.fromkeys(f"{float(number):.6g}" for number in (min(numbers), max(numbers)))
    return f"{COMPUTED} {name} is {' .. '.join(ends)}{f' {unit}' if unit else ''}{f' on {when}' if when else ''}"


def _corners(spans: Mapping[str, Span]) -> list[dict[str, Value]]:
    ends = [dict.fromkeys((span.low, span.high)) for span in spans.values()]
    return [dict(zip(spans, map(_plain, chosen), strict=True)) for chosen in product(*ends)]


def _plain(value: Fraction | str | None) -> Value:
    return float(value) if isinstance(value, Fraction) else value


def _spans_zero(span: Span) -> bool:
    return isinstance(span.low, Fraction) and isinstance(span.high, Fraction) and span.low <= 0 and span.high >= 0


def _compared(leaf: Computed, numbers: list[Fraction], doubts: list[Reason], polarity: Polarity) -> Outcome:
    tests = ordered_tests(leaf.compare)
    if tests is None:
        raise ValueError("corners say nothing of this comparison")
    if all(meets_test(number, test) for number in numbers for test in tests):
        return TRUE
    if any(not any(meets_test(number, test) for number in numbers) for test in tests):
        return FALSE
    if doubts:
        return unknown(max(doubts))
    some_corner = any(all(meets_test(number, test) for test in tests) for number in numbers)
    match leaf.tie, polarity:
        case (Tie.WORST, Polarity.PLUS) | (Tie.BEST, Polarity.MINUS):
            return FALSE
        case (Tie.WORST, Polarity.MINUS) | (Tie.BEST, Polarity.PLUS) if some_corner:
            return TRUE
        case _:
            return unknown(Reason.CONFLICT)
