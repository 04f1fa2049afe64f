"""Results of which only a limit is known: ``<0.5`` is every number below 0.5, ``>=1000`` every one from there on.

Each is a half-line, and a comparison is constant between its thresholds. So a half-line that reaches down has one
answer if, and only if, it ends before the first threshold at which the answer changes, and one that reaches up if it
starts after the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import polars as pl

from stratify.compile.compare import around, float_of, number_in
from stratify.compile.kleene import answer
from stratify.model.dictionary import Limit
from stratify.model.truth import Reason
from stratify.model.value import Comparison


def half_line_code(
    number: pl.Expr, limit: pl.Expr, compare: Comparison, code: pl.Expr, *, met: int, unmet: int, unknown: int
) -> pl.Expr:
    """The answer for limits of results; ``code``, the number's own, where the number is the result.

    Parameters
    ----------
    number, limit
        The number and which :class:`~stratify.model.dictionary.Limit` it is.
    met, unmet, unknown
        Answers for true and false, and what is added to the reason where both are possible.
    """
    points = _points(compare)
    truths = [_holds(compare, points, region) for region in range(2 * len(points) + 1)]
    sides = ((limit < 0, truths, points, False), (limit > 0, truths[::-1], points[::-1], True))
    for reaches, values, ends, upward in sides:
        said = answer(met if values[0] else unmet)
        inside = _inside(number, limit, values, ends, upward=upward)
        if inside is not None:
            said = pl.when(inside).then(said).otherwise(answer(Reason.CENSORED_VALUE + unknown))
        code = pl.when(reaches & (limit.abs() <= Limit.ABOVE)).then(said).otherwise(code)
    return code


def _inside(
    number: pl.Expr, limit: pl.Expr, truths: Sequence[bool], points: Sequence[Fraction], *, upward: bool
) -> pl.Expr | None:
    """Whether the half-line stops where the answer does not yet change; ``None`` where it never does."""
    change = next((region for region, truth in enumerate(truths) if truth != truths[0]), None)
    if change is None:
        return None
    lowest, highest = (float_of(end) for end in around(points[(change - 1) // 2]))
    reaches = number >= lowest if upward else number <= highest
    if change % 2 == 0:  # the answer changes beyond the threshold, which the half-line may touch
        return reaches
    short_of = number > highest if upward else number < lowest
    touching = limit == (Limit.AT_LEAST if upward else Limit.AT_MOST)
    return pl.when(touching).then(short_of).otherwise(reaches)


def _points(compare: Comparison) -> list[Fraction]:
    """The thresholds, rising; those that are equal within the tolerance once."""
    numbers = sorted({Fraction(number_in(literal)) for literal in compare.literals})
    kept: list[Fraction] = []
    for number in numbers:
        if not kept or number > around(kept[-1])[1]:
            kept.append(number)
    return kept


def _holds(compare: Comparison, points: Sequence[Fraction], region: int) -> bool:
    """Whether the comparison holds in a region: 0 below all thresholds, 1 on the first, 2 between it and the next."""

    def sign(threshold: Fraction) -> int:
        place = 2 * sum(point < around(threshold)[0] for point in points) + 1
        return (region > place) - (region < place)

    inside = any(
        all(test.op.holds(sign(Fraction(number_in(test.value)))) for test in tests) for tests in compare.alternatives
    )
    return inside != compare.negated
