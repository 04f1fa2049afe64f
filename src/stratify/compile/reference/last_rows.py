"""``of_last``: the last rows with a value, and whether it is sure which these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from stratify.compile.reference.compare import Scalar, highest
from stratify.compile.reference.days import Place, WindowDays
from stratify.compile.reference.picks import averaged, differ, rank_span
from stratify.compile.reference.quantifiers import Decision, absent, counted, quantified
from stratify.compile.reference.readings import Reading
from stratify.model.expression import LastRows, Take
from stratify.model.truth import Reason, unknown
from stratify.model.value import Comparison


@dataclass(frozen=True, slots=True)
class _Placed:
    row: Reading
    earliest: tuple[float, float]
    latest: tuple[float, float]

    @property
    def sure(self) -> bool:
        return self.row.sure and self.earliest == self.latest


def of_the_last(
    rows: Sequence[Reading],
    last: LastRows,
    take: Take,
    comparison: Comparison,
    window: WindowDays,
    times: Comparison | None = None,
) -> Decision:
    """The answer of a pick among the last rows, or of how many of them meet the comparison."""
    placed = [
        _Placed(row, *rank_span(row.when, Take.LATEST, window))
        for row in rows
        if row.place is not Place.OUT and not row.is_null
    ]
    known = sorted((item for item in placed if item.sure), key=lambda item: item.latest, reverse=True)
    if last.same_day:
        known = [item for item in known if item.latest[0] == known[0].latest[0]]
    chosen = known[: last.n]
    rivals = [item.row for item in placed if not item.sure and item.latest >= _bar(chosen, last)]
    if rivals:
        mask = 0
        for row in rivals:
            mask |= row.date_doubts
        return Decision(unknown(highest(mask)), (*(item.row for item in chosen), *rivals))
    if len(chosen) < last.need:
        lacking = absent(rows)
        return Decision(lacking.outcome, (*(item.row for item in chosen), *lacking.rows))
    return _cut_within(known, last) or _taken([item.row for item in chosen], take, comparison, times)


def _bar(chosen: Sequence[_Placed], last: LastRows) -> tuple[float, float]:
    """The moment from which on another row would be among the last."""
    if len(chosen) == last.n:
        return chosen[-1].latest
    return (chosen[0].latest[0], 0) if chosen and last.same_day else (-inf, -inf)


def _cut_within(known: Sequence[_Placed], last: LastRows) -> Decision | None:
    """Unknown, where the last of the rows wanted shares its moment with one too many and it matters which it is."""
    if len(known) <= last.n or known[last.n - 1].latest != known[last.n].latest:
        return None
    edge = [item.row for item in known if item.latest == known[last.n].latest]
    mask = 0
    for row in edge:
        mask |= row.value_doubts
    if mask:
        return Decision(unknown(highest(mask)), tuple(edge))
    values: list[Scalar | None] = [row.compared for row in edge]
    apart = differ(values) or len({row.limit for row in edge}) > 1
    return Decision(unknown(Reason.CONFLICT), tuple(edge)) if apart else None


def _taken(chosen: list[Reading], take: Take, comparison: Comparison, times: Comparison | None) -> Decision:
    if times is not None:
        return counted(chosen, comparison, times)
    if take in {Take.MEAN, Take.MEDIAN}:
        return averaged(chosen, take, comparison)
    return quantified(chosen, take, comparison)
