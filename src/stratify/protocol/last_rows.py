"""``of_last``, ``same_day``, ``need``: the last rows of a measure."""

from __future__ import annotations

from stratify.model.expression import LastRows, Take
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields


def read_last(fields: Fields, take: Take, scope: Scope) -> LastRows | None:
    """The last rows that are asked; ``None`` where all are, or after a finding."""
    if not fields.has("of_last"):
        for name in ("same_day", "need"):
            node = fields.get(name)
            if node is not None:
                scope.findings.add(
                    "P356",
                    f"`{name}` says nothing without `of_last`.",
                    node.span,
                    hint="Add `of_last: 3`, or delete it.",
                )
        return None
    n = fields.whole_number("of_last", 1, least=1)
    need = fields.whole_number("need", n, least=1)
    node = fields.get("of_last")
    if node is None:
        return None
    if take.picks_by_date:
        scope.findings.add(
            "P356",
            f"`of_last` is asked of several rows, `take: {take.value}` picks one.",
            node.span,
            why="The latest of the last three is the latest.",
            hint="Write `take: mean`, median, max, min, any or all, or delete `of_last`.",
        )
        return None
    if need > n:
        scope.findings.add(
            "P356",
            f"{need} rows are needed of the last {n}.",
            node.span,
            why="There can never be so many, so the answer would always be unknown.",
            hint=f"Write `need: {n}` or less.",
        )
        return None
    return LastRows(n, fields.flag("same_day"), need)
