"""Which facts would give an anchor its exact day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from stratify.compile.reference.context import Context
from stratify.compile.reference.fact_words import record_text, rows_text, window_text
from stratify.model.anchor import ColumnAnchor, EventAnchor, needs
from stratify.model.expression import ColumnRef


def column_facts(column: ColumnRef, context: Context) -> Iterator[str]:
    """The date in a column, or what is missing of it; nothing where it is complete."""
    if context.date(column).missing:
        yield str(column)
    elif not context.date(column).exact:
        yield f"the complete date in {column}"


def anchor_facts(name: str, context: Context) -> Iterator[str]:
    """What would give an anchor its exact day; nothing where it has one."""
    anchor, when = context.protocol.anchors[name], context.anchor(name)
    if when.exact:
        return
    match anchor:
        case ColumnAnchor(_, column):
            yield from column_facts(column, context)
        case EventAnchor():
            needed = needs(context.protocol.anchors, context.protocol.as_of)[name]
            for other in needed:
                yield from anchor_facts(other, context)
            if context.missing(needed):
                return
            rows = context.derived[name].rows
            if rows:
                yield f"the exact dates and codes of {rows_text([*rows])}, for {name}"
            elif when.missing:
                selection = anchor.selection
                yield f"a {record_text(selection)}{window_text(selection.window)}, for {name}"
        case _:
            assert_never(anchor)
