"""Parts of the words in which a fact is named: the condition on a row, and its window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stratify.compile.reference.explained import Evidence
from stratify.model.codes import CodeSet
from stratify.model.expression import RowCondition, Selection, row_fields
from stratify.model.value import Bound, Window


def condition_text(where: RowCondition | None) -> str:
    """The columns that a row condition names, with a leading blank; empty where there is none."""
    columns = dict.fromkeys(field.column for field in row_fields(where))
    return f" that meets the condition on {' and '.join(columns)}" if columns else ""


def window_text(window: Window) -> str:
    """The days of a window, with a leading blank; empty without bounds."""
    match window:
        case Window((Bound(anchor, start, True),), (Bound(other, end, True),)) if anchor == other:
            return f" dated within [{start}, {end}] of {anchor}"
        case Window(starts, ends):
            texts = (*_bounds_text(starts, "from", "after"), *_bounds_text(ends, "by", "before"))
            return f" dated {' and '.join(texts)}" if texts else ""


def _bounds_text(bounds: Iterable[Bound], closed: str, open_: str) -> Iterator[str]:
    for bound in bounds:
        offset = f" {bound.offset.count:+d} {bound.offset.unit.value}" if bound.offset.count else ""
        yield f"{closed if bound.closed else open_} {bound.anchor}{offset}"


def record_text(selection: Selection) -> str:
    """A record of an event table with the codes and the condition asked."""
    codes = "" if selection.codes is None else f" with {_codes_text(selection.codes)}"
    return f"record in {selection.table}{codes}{condition_text(selection.where)}"


def _codes_text(codes: CodeSet) -> str:
    """The codes of a set."""
    if codes.name:
        return f'a code of "{codes.title or codes.name}"'
    texts = [f"{' or '.join(e.codes)}{' or below' if e.descendants else ''}" for e in codes.entries]
    return f"code {' or '.join(dict.fromkeys(texts))}"


def rows_text(rows: list[Evidence]) -> str:
    """``rows 1 and 3 of labs``."""
    numbers = " and ".join(str(row.row + 1) for row in rows)
    return f"row{'s' if len(rows) > 1 else ''} {numbers} of {rows[0].table}"
