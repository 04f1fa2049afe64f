"""Results of which only a limit is known: what a comparison says of every number that the result may be."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from stratify.compile.reference.compare import meets, same_number
from stratify.model.dictionary import Limit
from stratify.model.value import Comparison


def answers_of_limit(number: Fraction, limit: Limit, comparison: Comparison) -> frozenset[bool]:
    """Every answer that a result beyond this limit may have: tried at the thresholds, between them and outside."""
    thresholds = sorted({Fraction(item.exact) for item in comparison.literals if item.exact is not None})
    # A limit that is a threshold but for the last bit is that threshold.
    end = next((threshold for threshold in thresholds if same_number(number, threshold)), number)
    return frozenset(meets(value, comparison) for value in _possible(end, limit, thresholds))


def _possible(end: Fraction, limit: Limit, thresholds: list[Fraction]) -> Iterator[Fraction]:
    marks = sorted({end, *thresholds})
    far = 1 + max(abs(mark) for mark in marks)
    tried = [marks[0] - far, *marks, *((low + high) / 2 for low, high in pairwise(marks)), marks[-1] + far]
    for value in tried:
        upward = limit in {Limit.ABOVE, Limit.AT_LEAST}
        if (value > end) if upward else (value < end):
            yield value
    if limit in {Limit.AT_MOST, Limit.AT_LEAST}:
        yield end
