"""English for durations and windows."""

from __future__ import annotations

from stratify.model.value import Bound, Duration, DurationUnit, Window
from stratify.protocol.wording import NameOf

_DURATIONS = {
    DurationUnit.DAYS: "day",
    DurationUnit.WEEKS: "week",
    DurationUnit.MONTHS: "month",
    DurationUnit.YEARS: "year",
}
_FAR_BACK = 50
"""Years after which a lower end is only there because a window has two: ``[-100 y, -4 wk]``."""


def duration_words(duration: Duration) -> str:
    """``21 days``, without a sign."""
    count = abs(duration.count)
    return f"{count} {_DURATIONS[duration.unit]}{'' if count == 1 else 's'}"


def window_words(window: Window, name: NameOf) -> str:
    """`` from 14 days before Cycle 1 Day 1 to that day``, with a leading blank; empty without bounds.

    A window is where all its bounds hold, so that they may be said in any order: first those that go together.
    """
    if not window.bounds:
        return ""
    pairs, single = _paired(window)
    words = [_span(start, end, name) for start, end in pairs]
    words += [_bound(bound, name, side) for bound, side in single]
    return f" {', and '.join(words)}{' (to the minute where times are known)' if window.exact_time else ''}"


def _paired(window: Window) -> tuple[list[tuple[Bound, Bound]], list[tuple[Bound, str]]]:
    """Starts with ends, those of one anchor first; and what is left over, or leaves its own day out."""
    starts, ends = [bound for bound in window.starts if bound.closed], [bound for bound in window.ends if bound.closed]
    pairs: list[tuple[Bound, Bound]] = []
    for same in (True, False):
        for start in tuple(starts):
            end = next((end for end in ends if not same or end.anchor == start.anchor), None)
            if end is not None:
                pairs.append((start, end))
                starts.remove(start)
                ends.remove(end)
    starts += [bound for bound in window.starts if not bound.closed]
    ends += [bound for bound in window.ends if not bound.closed]
    return pairs, [*((bound, "after") for bound in starts), *((bound, "before") for bound in ends)]


def _span(start: Bound, end: Bound, name: NameOf) -> str:
    """Both ends; an anchor that both count from is named once."""
    if start.anchor != end.anchor:
        return f"from {_day(start, name)} to {_day(end, name)}"
    if start.offset == end.offset:
        return f"{'on ' if start.offset.count == 0 else ''}{_day(start, name)}"
    if start.offset.unit is DurationUnit.YEARS and start.offset.count <= -_FAR_BACK:
        return f"{_until(end, name)} (looking back {duration_words(start.offset)})"
    if end.offset.count == 0:
        return f"from {_day(start, name)} to that day"
    if start.offset.count == 0:
        return f"from {name(start.anchor)} to {_distance(end)} it"
    if (start.offset.count < 0) is (end.offset.count < 0):
        same = start.offset.unit is end.offset.unit
        first = str(abs(start.offset.count)) if same else duration_words(start.offset)
        return f"from {first} to {_day(end, name)}"
    return f"from {_distance(start)} to {_day(end, name)}"


def _until(end: Bound, name: NameOf) -> str:
    if end.offset.count < 0:
        return f"{duration_words(end.offset)} or more before {name(end.anchor)}"
    return _bound(end, name, "before") if end.offset.count == 0 else f"until {_day(end, name)}"


def _day(bound: Bound, name: NameOf) -> str:
    if bound.offset.count == 0:
        return name(bound.anchor)
    return f"{_distance(bound)} {name(bound.anchor)}"


def _distance(bound: Bound) -> str:
    return f"{duration_words(bound.offset)} {'before' if bound.offset.count < 0 else 'after'}"


def _bound(bound: Bound, name: NameOf, side: str) -> str:
    return f"{'on or ' if bound.closed else ''}{side} {_day(bound, name)}"
