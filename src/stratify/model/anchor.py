"""Anchors: the named days from which windows, gaps and ages are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from graphlib import TopologicalSorter
from typing import TypeAlias

from stratify.diagnostics import SourceSpan
from stratify.model.expression import ColumnRef, Selection


@dataclass(frozen=True, slots=True)
class ColumnAnchor:
    """A named date of the patient, from a column of a one-row-per-patient table."""

    name: str
    column: ColumnRef
    label: str = ""
    span: SourceSpan | None = field(default=None, compare=False)


SOME_DAY = (date(1000, 1, 1), date(9000, 1, 1))
"""The days a date may be of which nothing is known. The calendar's own ends leave no room for a window around them."""


class Pick(Enum):
    """Which day of several an anchor is."""

    LATEST = "latest"
    EARLIEST = "earliest"


@dataclass(frozen=True, slots=True)
class EventAnchor:
    """A named date of the patient, derived from events: the latest (earliest) date in ``column`` of the rows asked.

    The rows are those of ``selection``: they match on one row and lie in the window by the table's date. ``column``
    is a date column of the table or one of its roles ``date`` (``None``) and ``end_date``.

    The anchor is the day that it would be for every completion of the rows, or the interval of all these days: from
    the latest of the first days of rows that surely count to the latest of the last days of all that perhaps count
    (``earliest``: mirrored). A row's own days are its date as far as it is known; of one that is not exactly known
    and is the table's date, those in the window. A null may be any day (:data:`SOME_DAY`), of an end any day from
    the start on; an end before its start may be either day; a date after the day of ``as_of`` is not known then, and
    is some later day.

    Where no row surely counts the anchor is missing, for there may be no such day; what a missing row means in this
    table does not matter. A time of day is carried where it is the same for every completion.
    """

    name: str
    pick: Pick
    selection: Selection
    column: str | None = None
    label: str = ""
    span: SourceSpan | None = field(default=None, compare=False)

    @property
    def builds_on(self) -> tuple[str, ...]:
        """The anchors that bound its window, each once."""
        return tuple(dict.fromkeys(bound.anchor for bound in self.selection.window.bounds))


Anchor: TypeAlias = ColumnAnchor | EventAnchor


def before(anchors: Mapping[str, Anchor], name: str) -> frozenset[str]:
    """An anchor and all that it builds on, at every depth."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        anchor = anchors[waiting.pop()]
        if anchor.name not in found and isinstance(anchor, EventAnchor):
            waiting += anchor.builds_on
        found.add(anchor.name)
    return frozenset(found)


def needs(anchors: Mapping[str, Anchor], as_of: str | None) -> Mapping[str, tuple[str, ...]]:
    """What the day of each derived anchor depends on: the anchors it builds on, and the day of ``as_of``.

    The day of ``as_of`` itself, and what it builds on, must be known to know what is known: they do not heed it.
    """
    free = frozenset[str]() if as_of is None else before(anchors, as_of)
    known_to = () if as_of is None else (as_of,)
    return {
        name: anchor.builds_on if name in free else tuple(dict.fromkeys((*anchor.builds_on, *known_to)))
        for name, anchor in anchors.items()
        if isinstance(anchor, EventAnchor)
    }


def anchor_levels(anchors: Mapping[str, Anchor], as_of: str | None) -> tuple[tuple[EventAnchor, ...], ...]:
    """Anchors derived from events in levels: each level builds on columns and on the levels before it.

    Raises
    ------
    ValueError
        If some of them build on one another in a circle.
    """
    derived = needs(anchors, as_of)
    sorter = TopologicalSorter(
        {name: [other for other in needed if other in derived] for name, needed in derived.items()}
    )
    sorter.prepare()
    levels = []
    while sorter.is_active():
        ready = sorter.get_ready()
        levels.append(tuple(anchor for name in ready if isinstance(anchor := anchors[name], EventAnchor)))
        sorter.done(*ready)
    return tuple(levels)
