"""The rule language as frozen nodes: what can be asked, and nothing else.

A node that exists is well formed; whether its tables, columns and units exist is a question to the dictionary
(:mod:`stratify.protocol.typecheck`). The back ends of :mod:`stratify.compile` ``match`` over these classes and
close with ``assert_never``, so a new node does not type-check until all of them know it.

What every leaf answers, for one patient
----------------------------------------
*Membership.* With a window, a row is *in* when every day its date may be lies inside, *out* when none does, and
otherwise *perhaps in*: reason ``null_date`` when it has no date, ``partial_date`` when it has half of one. A missing
anchor makes the whole leaf unknown(anchor_missing). Without a window every row is in.

*Matching.* Code and ``where`` bind to one row; a null code or field makes the match unknown(null_value). A code is
compared in its own system: where a row does not say which, one that could be meant is unknown(null_value) as well.

*Absence.* Without a deciding row: unknown(out_of_window) when matching rows exist outside the window, else
unknown(no_record); but false (or a count of 0) where the table's dictionary entry says ``absence_means: false``
and its coverage contains the window.

*Completions.* A leaf is true or false only when it is so for every day an incomplete date may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias, assert_never

from stratify.diagnostics import SourceSpan
from stratify.model.alteration import Alternative, Covers, MinVaf, Tested
from stratify.model.codes import CodeSet
from stratify.model.computed import Change, Computed, Paired
from stratify.model.genomic_words import Call, Origin
from stratify.model.parts import (
    ANY_TIME,
    AgeUnit,
    ColumnRef,
    FieldIs,
    LastRows,
    RowAll,
    RowAny,
    RowCondition,
    RowNot,
    Take,
    Tie,
    not_empty,
    row_fields,
)
from stratify.model.value import Comparison, Duration, Op, Window

__all__ = [
    "ANY_TIME",
    "AgeIs",
    "AgeUnit",
    "All",
    "AnyOf",
    "AtLeast",
    "Change",
    "Choose",
    "ColumnRef",
    "Computed",
    "Condition",
    "Count",
    "Exists",
    "FieldIs",
    "Gap",
    "LastRows",
    "Leaf",
    "MeasureIs",
    "NoEvent",
    "Not",
    "Paired",
    "Ref",
    "RowAll",
    "RowAny",
    "RowCondition",
    "RowNot",
    "Selection",
    "Take",
    "Tie",
    "ValueIs",
    "children",
    "row_fields",
    "walk",
    "with_codes",
]


class NoEvent(Enum):
    """What a gap is when there certainly was no event."""

    INFINITE = "infinite"
    FAIL = "fail"
    UNKNOWN = "unknown"


# --- leaves ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ValueIs:
    """A column of a one-row-per-patient table, compared; null is unknown(null_value), no row unknown(no_record)."""

    column: ColumnRef
    compare: Comparison
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AgeIs:
    """Completed age at an anchor. A birth date known to the month gives an age only if every day agrees.

    A null birth date is unknown(null_date), an incomplete birth date or anchor that matters unknown(partial_date).
    """

    unit: AgeUnit
    anchor: str
    compare: Comparison
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of an event table are asked: ``codes`` (any of them), ``where`` (on one row) and a window."""

    table: str
    codes: CodeSet | None = None
    where: RowCondition | None = None
    window: Window = ANY_TIME

    def with_codes(self, change: Callable[[str, CodeSet], CodeSet]) -> Selection:
        """The same with another code set, given the table it is asked of."""
        return self if self.codes is None else replace(self, codes=change(self.table, self.codes))


@dataclass(frozen=True, slots=True)
class MeasureIs:
    """A repeated measurement, compared after a pick.

    Each row is compared in its own unit and with its own reference range: an unknown unit is unknown(unit_unknown),
    a reference limit that is null, zero or negative unknown(no_reference_range), a value outside the plausible range
    unknown(implausible), a limit such as ``<0.5`` that does not decide unknown(censored_value). The pick then chooses
    among the rows' answers.

    With ``last`` only the last rows with a value are asked, by date and time. Where more rows than are wanted share
    the last of these moments and their values differ, unknown(conflict); where rows whose date is not exactly known
    could be among the last, unknown for their reason; where there are too few, unknown as for no row.

    ``tested`` makes it a biomarker: a result by another assay, or of another specimen, does not count, and no result
    at all is unknown(not_tested).

    ``times`` compares how many results meet the comparison, each distinct row being one. Results that perhaps do make
    the number an interval. As for ``any``, the results of the window that are recorded are all there are; without
    one that surely is there and has a value, there may be any number.
    """

    measure: str
    take: Take
    compare: Comparison
    window: Window = ANY_TIME
    where: RowCondition | None = None
    tie: Tie = Tie.WORST
    last: LastRows | None = None
    span: SourceSpan | None = field(default=None, compare=False)
    tested: Tested | None = None
    times: Comparison | None = None

    def __post_init__(self) -> None:
        if self.last is not None and self.take.picks_by_date:
            raise ValueError("of the last rows one cannot be picked by date")
        if self.times is not None and (self.take is not Take.ANY or self.times.unit or not self.times.numeric):
            raise ValueError("a number of results is one of any of them, compared with numbers")


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether some row matches; the same as a count of at least one."""

    selection: Selection
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match, compared; exact duplicate rows count once.

    Rows that perhaps match make the count an interval; where absence is not false it has no upper end.
    """

    selection: Selection
    compare: Comparison
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """Time from the last matching event on or before the anchor to the anchor: ``>= 21 d``.

    The event lasts from the table's date to ``column``, a date column of the table or one of its roles ``date`` and
    ``end_date`` (``None`` is ``date``; an event without extent when both are one column). One that has started
    and not yet ended at the anchor gives a gap of 0; one that starts after the anchor is not counted. A null end is
    ongoing when ``open_ended`` and the dictionary's status column says so, and may otherwise be any day from the
    start on (null_date); so may an end that lies after the protocol's ``as_of``, for on that day it is not known.
    ``>= 6 mo`` is by the calendar: the end moved by six months is not after the anchor.
    """

    selection: Selection
    column: str | None
    anchor: str
    op: Op
    than: Duration
    none: NoEvent
    open_ended: bool = False
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AlterationIs:
    """Whether a gene is altered; a gene that was not tested is unknown, never wild type.

    True if one row surely is one of ``any_of`` (without it: any small variant, never a copy number or a fusion) and
    meets every other condition: window, ``where``, ``origin``, the assay among ``assays``, and, of small variants,
    ``calls`` and ``min_vaf``. A row that perhaps does makes it unknown for that row's reason.

    Else each alternative must have been ruled out by a test of the types named, inside the window, that covers it;
    without one: unknown(not_covered) where a test was done inside the window, (out_of_window) where one was done
    outside, else (not_tested). Where the dictionary has no table of tests: false only where every table asked says
    ``absence_means: false`` and its coverage contains the window, else unknown(not_tested).
    """

    gene: str
    any_of: tuple[Alternative, ...] = ()
    origin: Origin | None = None
    calls: frozenset[Call] = frozenset()
    min_vaf: MinVaf | None = None
    assays: tuple[str, ...] = ()
    covers: Covers = Covers.VARIANT
    negative_needs: tuple[str, ...] = ()
    where: RowCondition | None = None
    window: Window = ANY_TIME
    span: SourceSpan | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """A named definition."""

    name: str
    span: SourceSpan | None = field(default=None, compare=False)


# --- connectives -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds (Kleene AND)."""

    items: tuple[Condition, ...]

    def __post_init__(self) -> None:
        not_empty(self.items)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some condition holds (Kleene OR)."""

    items: tuple[Condition, ...]

    def __post_init__(self) -> None:
        not_empty(self.items)


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold; unknown stays unknown."""

    item: Condition


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``n`` different conditions hold; the same condition twice counts once."""

    n: int
    items: tuple[Condition, ...]

    def __post_init__(self) -> None:
        not_empty(self.items)
        if self.n < 1:
            raise ValueError("at least 0 of anything is always true")
        object.__setattr__(self, "items", tuple(dict.fromkeys(self.items)))


@dataclass(frozen=True, slots=True)
class Choose:
    """The first branch whose condition holds; an unknown condition takes what the branches have in common."""

    branches: tuple[tuple[Condition, Condition], ...]
    otherwise: Condition

    def __post_init__(self) -> None:
        not_empty(self.branches)


Leaf: TypeAlias = ValueIs | AgeIs | MeasureIs | Exists | Count | Gap | AlterationIs | Computed | Paired
Condition: TypeAlias = Leaf | Ref | All | AnyOf | Not | AtLeast | Choose


def children(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside one."""
    match condition:
        case All(items) | AnyOf(items) | AtLeast(_, items):
            return items
        case Not(item):
            return (item,)
        case Choose(branches, otherwise):
            return (*(part for branch in branches for part in branch), otherwise)
        case Computed():
            return tuple(map(Ref, condition.definitions))
        case _:
            return ()


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and everything inside it, outermost first; references are not followed."""
    yield condition
    for child in children(condition):
        yield from walk(child)


def with_codes(condition: Condition, change: Callable[[str, CodeSet], CodeSet]) -> Condition:
    """The condition with every code set changed, given the table it is asked of."""
    match condition:
        case Exists() | Count() | Gap():
            return replace(condition, selection=condition.selection.with_codes(change))
        case ValueIs() | AgeIs() | MeasureIs() | AlterationIs() | Computed() | Paired() | Ref():
            return condition
        case All(items) | AnyOf(items) | AtLeast(_, items):
            return replace(condition, items=tuple(with_codes(item, change) for item in items))
        case Not(item):
            return Not(with_codes(item, change))
        case Choose(branches, otherwise):
            changed = tuple((with_codes(when, change), with_codes(then, change)) for when, then in branches)
            return Choose(changed, with_codes(otherwise, change))
        case _:
            assert_never(condition)
