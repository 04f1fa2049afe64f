"""Whether a comparison can be asked of a column of a kind."""

from __future__ import annotations

from stratify.diagnostics import Findings, SourceSpan
from stratify.model.dictionary import ColumnKind
from stratify.model.expression import Take
from stratify.model.units import parse_unit
from stratify.model.value import Comparison, Op

NUMERIC_TAKES = frozenset({Take.MAX, Take.MIN, Take.MEAN, Take.MEDIAN})
"""Picks that need numbers."""

_EQUALITY = {Op.EQ, Op.NE}


def orders(compare: Comparison) -> bool:
    """Whether a comparison asks for more than equality."""
    return any(test.op not in _EQUALITY for alternative in compare.alternatives for test in alternative)


def check_kind(
    what: str, compare: Comparison, kind: ColumnKind | None, where: SourceSpan | None, findings: Findings
) -> None:
    """Findings where the comparison makes no sense for the column; ``kind`` is ``None`` where it is not known."""
    match kind:
        case ColumnKind.NUMBER:
            if not compare.numeric:
                findings.add(
                    "P107",
                    f"{what} holds numbers and is compared with something else.",
                    where,
                    hint="Compare it with numbers.",
                )
        case ColumnKind.TEXT | ColumnKind.RESULT:
            if orders(compare):
                findings.add(
                    "P107",
                    f"{what} holds text, which has no order.",
                    where,
                    why='As text, "10" comes before "9".',
                    hint="Use ==, != or in {...}, or make the column a number in the data.",
                )
        case ColumnKind.BOOLEAN:
            if orders(compare) or any(item.boolean is None for item in compare.literals):
                findings.add("P117", f"{what} is true or false.", where, hint='Write "== true" or "== false".')
        case ColumnKind.DATE | ColumnKind.DATETIME | ColumnKind.PARTIAL_DATE:
            if any(item.day is None for item in compare.literals):
                findings.add(
                    "P114",
                    f"{what} holds dates and is compared with something else.",
                    where,
                    hint='Compare it with complete dates: ">= 2026-03-14".',
                )
        case ColumnKind.EMPTY:
            pass
        case None:
            if orders(compare) and any(item.number is None and item.day is None for item in compare.literals):
                findings.add(
                    "P107",
                    f"{what} is compared by order with something that is no number and no date.",
                    where,
                    hint="Use ==, != or in {...} for text.",
                )


def check_unit(
    what: str, compare: Comparison, declared: str | None, where: SourceSpan | None, findings: Findings
) -> None:
    """The finding for a unit that is not the one the dictionary declares for the column."""
    if compare.unit is None or (declared is not None and _same_unit(compare.unit, declared)):
        return
    findings.add(
        "P116",
        f"{what} {'has no declared unit' if declared is None else f'is in {declared}'}, but is compared in"
        f" {compare.unit}.",
        where,
        why="Nobody would check that the column is in that unit."
        if declared is None
        else "Only the values of measures are converted.",
        hint='Delete the unit, quote a text that looks like one (== "2 weeks"), or declare it in the dictionary:'
        " `units: {column: mm}` of the table, or a measure."
        if declared is None
        else f"Write the threshold in {declared}, or declare a measure.",
    )


def _same_unit(one: str, other: str) -> bool:
    """Whether two texts are spellings of one unit."""
    return one == other or ((unit := parse_unit(one)) is not None and unit == parse_unit(other))
