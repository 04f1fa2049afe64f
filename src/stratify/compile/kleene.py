"""Three-valued logic as Polars expressions.

Two encodings. A *Kleene pair* is a nullable Boolean (null is unknown) with a UInt16 mask of reasons that is 0 unless
the Boolean is null. An *answer* is one small integer, so that one ``max`` over a patient's rows can decide a leaf:
``TRUE``, ``FALSE``, or the number of a :class:`~stratify.model.truth.Reason`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from stratify.model.truth import Reason

TRUE = 40
FALSE = 19
ANSWER = pl.Int8


def answer(value: int) -> pl.Expr:
    """A constant answer."""
    return pl.lit(value, ANSWER)


@dataclass(frozen=True, slots=True)
class Kleene:
    """A pair of expressions: what is known, and why not."""

    truth: pl.Expr
    reasons: pl.Expr


def from_answer(code: pl.Expr) -> Kleene:
    """The pair that an answer encodes."""
    truth = pl.when(code == TRUE).then(True).when(code == FALSE).then(False)
    mask = pl.when((code != TRUE) & (code != FALSE)).then(pl.lit(2, pl.Int64).pow(code.cast(pl.Int64))).otherwise(0)
    return Kleene(truth, mask.cast(pl.UInt16))


def to_answer(item: Kleene) -> pl.Expr:
    """The answer that a pair encodes, with the highest of its reasons: a leaf has one reason."""
    kept = answer(0)
    for reason in Reason:  # in rising order, so that a higher one replaces a lower
        kept = pl.when(item.reasons >= reason.bit).then(answer(reason)).otherwise(kept)
    return pl.when(item.truth).then(answer(TRUE)).when(~item.truth).then(answer(FALSE)).otherwise(kept)


def negation(item: Kleene) -> Kleene:
    """NOT."""
    return Kleene(~item.truth, item.reasons)


def conjunction(items: Sequence[Kleene]) -> Kleene:
    """AND. Polars' ``&`` is Kleene's; its ``all_horizontal`` is too, but folds of two read better in a plan."""
    truth = reduce(lambda a, b: a & b, (item.truth for item in items))
    return _with_reasons(truth, items)


def disjunction(items: Sequence[Kleene]) -> Kleene:
    """OR."""
    truth = reduce(lambda a, b: a | b, (item.truth for item in items))
    return _with_reasons(truth, items)


def at_least(n: int, items: Sequence[Kleene]) -> Kleene:
    """At least ``n`` true."""
    trues = pl.sum_horizontal(item.truth.fill_null(False).cast(pl.Int32) for item in items)
    unknowns = pl.sum_horizontal(item.truth.is_null().cast(pl.Int32) for item in items)
    truth = pl.when(trues >= n).then(True).when(trues + unknowns < n).then(False)
    return _with_reasons(truth, items)


def choose(when: Kleene, then: Kleene, otherwise: Kleene) -> Kleene:
    """If-then-else; unknown conditions take what the branches have in common."""
    truth = (when.truth & then.truth) | (~when.truth & otherwise.truth) | (then.truth & otherwise.truth)
    from_when = pl.when(when.truth.is_null()).then(when.reasons).otherwise(pl.lit(0, pl.UInt16))
    # A branch that the condition rules out says nothing, and neither does its reason.
    from_then = pl.when(when.truth.fill_null(True)).then(then.reasons).otherwise(pl.lit(0, pl.UInt16))
    from_otherwise = pl.when(~when.truth.fill_null(False)).then(otherwise.reasons).otherwise(pl.lit(0, pl.UInt16))
    return Kleene(truth, _only_if_unknown(truth, from_when | from_then | from_otherwise))


def _with_reasons(truth: pl.Expr, items: Sequence[Kleene]) -> Kleene:
    return Kleene(truth, _only_if_unknown(truth, reduce(lambda a, b: a | b, (item.reasons for item in items))))


def _only_if_unknown(truth: pl.Expr, mask: pl.Expr) -> pl.Expr:
    return pl.when(truth.is_null()).then(mask).otherwise(pl.lit(0, pl.UInt16))
