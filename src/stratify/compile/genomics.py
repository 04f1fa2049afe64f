"""``alteration``: what the rows of variants, copy numbers and fusions say, and which tests prove a negative.

Each table is asked in the one pass that it has anyway: a code on its rows, of which the patient's highest decides. What
panels cover was read when the cohort was opened, so that coverage is one look-up in a set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import TypeVar

import polars as pl

from stratify.compile.compare import compare_number
from stratify.compile.events import covered, row_answer
from stratify.compile.kleene import ANSWER, FALSE, TRUE, answer
from stratify.compile.panels import covering_panels
from stratify.compile.rows import NO_VALUE, OUTSIDE, UNSETTLED, Events, LeafPlan, Match, highest, match_where
from stratify.compile.windows import Clock
from stratify.compile.words import told
from stratify.model.alteration import (
    CopyNumberKind,
    FusionKind,
    VariantKind,
    class_excludes,
    classes_by_notation,
    protein_change,
)
from stratify.model.dictionary import ColumnKind
from stratify.model.expression import AlterationIs
from stratify.model.genomic_words import (
    Call,
    CopyState,
    Origin,
    Words,
    assay_is,
    call_is,
    class_of,
    copies_are,
    exon_number,
    origin_is,
)
from stratify.model.genomics import AssayTable, CopyNumberTable, FusionTable, Genomics, VariantTable
from stratify.model.protein_pattern import ProteinPattern
from stratify.model.truth import Reason
from stratify.model.value import Comparison, Literal, Op, Test

T = TypeVar("T")

NOT_COVERED = int(Reason.NOT_COVERED)

EventsOf = Callable[[str], Events]
"""The table of that name, as leaves see it."""


@dataclass(frozen=True, slots=True)
class AlterationPlan:
    """What an alteration asks of each of its tables, and the answer over all of them."""

    parts: tuple[LeafPlan, ...]
    answer: pl.Expr


def alteration(leaf: AlterationIs, genomics: Genomics, events_of: EventsOf, clock: Clock, name: str) -> AlterationPlan:
    """The plan of an alteration: the rows that match, else the tests that prove that there is none."""
    asked = [_variants(leaf, genomics), _copies(leaf, genomics), _fusions(leaf, genomics)]
    parts = [
        _part(part, events_of(part.table), leaf, genomics, clock, f"{name}:{number}")
        for number, part in enumerate(part for part in asked if part is not None)
    ]
    found = reduce(pl.max_horizontal, (part.answer for part in parts))
    if genomics.assays is None:
        tables = [events_of(part.table).table for part in parts]
        complete = [covered(table, clock.effective(leaf.window, table), clock) for table in tables]
        every = reduce(lambda a, b: a & b, complete)
        negative = pl.when(every).then(answer(FALSE)).otherwise(answer(Reason.NOT_TESTED))
    else:
        tests = _tests(leaf, genomics.assays, genomics, events_of(genomics.assays.table), clock, f"{name}:tests")
        negative = tests.answer
        parts.append(tests)
    result = (
        pl.when(found == TRUE)
        .then(answer(TRUE))
        .when(found > UNSETTLED)
        .then((found - UNSETTLED).cast(ANSWER))
        .otherwise(negative)
    )
    return AlterationPlan(tuple(parts), result)


# --- rows that say that the gene is altered ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one table: its gene, and further conditions, given the kinds of its columns."""

    table: str
    gene: Callable[[Events], pl.Expr]
    conditions: Callable[[Events], list[pl.Expr]]


def _part(asked: _Asked, events: Events, leaf: AlterationIs, genomics: Genomics, clock: Clock, name: str) -> LeafPlan:
    """The highest code of the patient's rows, as ``exists`` has it."""
    gene = asked.gene(events)
    truth = reduce(lambda a, b: a & b, [gene, *asked.conditions(events)])
    reason: pl.Expr = answer(NO_VALUE)
    if leaf.where is not None:
        where = match_where(leaf.where, events.kinds)
        own = pl.when(truth.is_null()).then(answer(NO_VALUE)).otherwise(answer(0))
        reason = highest(own, pl.when(where.truth.is_null()).then(where.reason).otherwise(answer(0)))
        truth = truth & where.truth
    window = clock.effective(leaf.window, events.table)
    match = Match(truth, reason).kept(events.rows)
    code = events.rows.keep(row_answer(match, clock.membership(events.table, window, events.rows)))
    possible = gene.fill_null(True)
    seen = pl.col(name).fill_null(0)
    return LeafPlan(events.table.name, possible, (code.max().alias(name),), seen, clock.needed(leaf.window))


def _variants(leaf: AlterationIs, genomics: Genomics) -> _Asked | None:
    kinds = [one for one in leaf.any_of if isinstance(one, VariantKind)]
    if leaf.any_of and not kinds:
        return None
    table = _there(genomics.variants)

    def conditions(events: Events) -> list[pl.Expr]:
        asked = [_variant(one, table, events) for one in kinds]
        found = [reduce(lambda a, b: a | b, asked)] if asked else []
        if leaf.calls:
            found.append(_told(events, table.call, partial(_call, leaf.calls, dict(table.calls))))
        if leaf.min_vaf is not None:
            found.append(_fraction(leaf, table, genomics, events))
        return [*found, *_of_row(leaf, table, genomics, events)]

    return _Asked(table.table, lambda events: _gene(events, table.gene, leaf.gene), conditions)


def _copies(leaf: AlterationIs, genomics: Genomics) -> _Asked | None:
    kinds = [one for one in leaf.any_of if isinstance(one, CopyNumberKind)]
    if not kinds:
        return None
    table = _there(genomics.copy_number)

    def conditions(events: Events) -> list[pl.Expr]:
        asked = [_told(events, table.call, partial(_state, one.state, dict(table.calls))) for one in kinds]
        return [reduce(lambda a, b: a | b, asked), *_of_row(leaf, table, genomics, events)]

    return _Asked(table.table, lambda events: _gene(events, table.gene, leaf.gene), conditions)


def _fusions(leaf: AlterationIs, genomics: Genomics) -> _Asked | None:
    kinds = [one for one in leaf.any_of if isinstance(one, FusionKind)]
    if not kinds:
        return None
    table = _there(genomics.fusions)

    def gene(events: Events) -> pl.Expr:
        first = _gene(events, table.gene, leaf.gene)
        return first if table.partner is None else first | _gene(events, table.partner, leaf.gene)

    def conditions(events: Events) -> list[pl.Expr]:
        asked = [_fusion(one, table, leaf.gene, events) for one in kinds]
        return [reduce(lambda a, b: a | b, asked), *_of_row(leaf, table, genomics, events)]

    return _Asked(table.table, gene, conditions)


def _fusion(one: FusionKind, table: FusionTable, gene: str, events: Events) -> pl.Expr:
    """A fusion of the gene with the partner; which of the two stands first does not matter."""
    if one.partner is None:
        return pl.lit(True)  # the gene is asked in any case
    partner = _there(table.partner)
    forward = _gene(events, table.gene, gene) & _gene(events, partner, one.partner)
    return forward | (_gene(events, table.gene, one.partner) & _gene(events, partner, gene))


def _of_row(
    leaf: AlterationIs, table: VariantTable | CopyNumberTable | FusionTable, genomics: Genomics, events: Events
) -> list[pl.Expr]:
    """The conditions that rows of every kind can meet: origin, and the test that found it."""
    found = []
    if leaf.origin is not None:
        found.append(_told(events, table.origin, partial(_origin, leaf.origin, dict(table.origins))))
    if leaf.assays:
        found.append(_told(events, table.assay, partial(_assay, leaf.assays, dict(genomics.assay_types))))
    return found


def _variant(one: VariantKind, table: VariantTable, events: Events) -> pl.Expr:
    asked = []
    if one.protein is not None:
        asked.append(_protein(one.protein, table, events))
    if one.consequence is not None:
        asked.append(_class(one.classes, table, events))
    if one.exon is not None:
        asked.append(_told(events, table.exon, partial(_exon, one.exon)))
    return reduce(lambda a, b: a & b, asked)


def _protein(pattern: ProteinPattern, table: VariantTable, events: Events) -> pl.Expr:
    """What the notation says; where it leaves it open, a class that cannot be it says no."""
    told_by_notation = _told(events, table.protein, partial(_matches, pattern))
    if table.consequence is None:
        return told_by_notation
    excluded = _told(events, table.consequence, partial(_excluded, pattern, dict(table.classes)))
    return pl.when(told_by_notation.is_null() & excluded.fill_null(False)).then(False).otherwise(told_by_notation)


def _class(wanted: frozenset[str], table: VariantTable, events: Events) -> pl.Expr:
    """Yes where column or notation says so; no where the column, or for want of its word the notation, says another."""
    by_column = pl.lit(None, pl.Boolean)
    if table.consequence is not None:
        by_column = _told(events, table.consequence, partial(_class_is, wanted, dict(table.classes)))
    if table.protein is None:
        return by_column
    by_notation = _told(events, table.protein, partial(_notation_is, wanted))
    return pl.when(by_notation.fill_null(False)).then(True).otherwise(pl.coalesce(by_column, by_notation))


def _fraction(leaf: AlterationIs, table: VariantTable, genomics: Genomics, events: Events) -> pl.Expr:
    asked = _there(leaf.min_vaf)
    column = _there(table.vaf)
    lowest = Literal(f"{asked.value_in(table.vaf_unit):f}")
    enough = pl.lit(None, pl.Boolean)
    if events.kinds[column] is not ColumnKind.EMPTY:
        enough = compare_number(pl.col(column), Comparison(((Test(Op.GE, lowest),),)))
    if not asked.assays:
        return enough
    return enough | ~_told(events, table.assay, partial(_assay, asked.assays, dict(genomics.assay_types)))


def _gene(events: Events, column: str, gene: str) -> pl.Expr:
    if events.kinds[column] is ColumnKind.EMPTY:
        return pl.lit(None, pl.Boolean)
    return pl.col(column).str.to_uppercase() == gene


def _told(events: Events, column: str | None, ask: Callable[[str], bool | None]) -> pl.Expr:
    column = _there(column)
    return events.rows.keep(told(column, events.kinds[column], ask))


def _there(thing: T | None) -> T:
    if thing is None:
        raise ValueError("the dictionary does not name what the rule asks; the type check should have said so")
    return thing


# Questions to one text, at the top of the module so that they can be pickled.


def _matches(pattern: ProteinPattern, text: str) -> bool | None:
    return pattern.matches(protein_change(text))


def _excluded(pattern: ProteinPattern, own: Words, text: str) -> bool:
    found = class_of(text, own)
    return found is not None and class_excludes(found, pattern)


def _class_is(wanted: frozenset[str], own: Words, text: str) -> bool | None:
    found = class_of(text, own)
    return None if found is None else found in wanted


def _notation_is(wanted: frozenset[str], text: str) -> bool | None:
    found = classes_by_notation(text)
    return bool(found & wanted) if found else None


def _exon(wanted: int, text: str) -> bool | None:
    number = exon_number(text)
    return None if number is None else number == wanted


def _call(wanted: frozenset[Call], own: Words, text: str) -> bool | None:
    return call_is(text, wanted, own)


def _origin(wanted: Origin, own: Words, text: str) -> bool | None:
    return origin_is(text, wanted, own)


def _state(wanted: CopyState, own: Words, text: str) -> bool | None:
    return copies_are(text, wanted, own)


def _assay(wanted: tuple[str, ...], own: Words, text: str) -> bool | None:
    return assay_is(text, wanted, own)


# --- tests that prove that it is not -------------------------------------------------------------------------------


def _tests(
    leaf: AlterationIs, table: AssayTable, genomics: Genomics, events: Events, clock: Clock, name: str
) -> LeafPlan:
    """False where every alternative was ruled out by some test; the highest reason of those that were not."""
    window = clock.effective(leaf.window, events.table)
    place = clock.membership(events.table, window, events.rows)
    accepted = pl.lit(True)
    for types in filter(None, (leaf.assays, leaf.negative_needs)):
        accepted &= _told(events, table.assay, partial(_assay, types, dict(genomics.assay_types)))
    accepted = events.rows.keep(accepted)
    requirements = dict.fromkeys(covering_panels(one, leaf, genomics.panels) for one in leaf.any_of or (None,))
    aggregates, answers = [], []
    for number, panels in enumerate(requirements):
        covers = events.rows.keep(_covers(leaf, table, panels, events))
        perhaps = pl.when(place.perhaps).then(place.reason).otherwise(answer(0))
        open_ = pl.when(accepted.is_null() | covers.is_null()).then(answer(NO_VALUE)).otherwise(answer(0))
        code = (
            pl.when(~accepted.fill_null(True))
            .then(answer(0))
            .when(place.out)
            .then(answer(OUTSIDE))
            .when(~covers.fill_null(True))
            .then(answer(NOT_COVERED))
            .when(place.sure & accepted & covers)
            .then(answer(TRUE))
            .otherwise(UNSETTLED + highest(perhaps, open_))
            .cast(ANSWER)
        )
        column = f"{name}:{number}"
        aggregates.append(events.rows.keep(code).max().alias(column))
        answers.append(_ruled_out(pl.col(column).fill_null(0)))
    reasons = [pl.when(said == FALSE).then(answer(0)).otherwise(said) for said in answers]
    highest_reason = highest(*reasons)
    result = pl.when(highest_reason == 0).then(answer(FALSE)).otherwise(highest_reason)
    return LeafPlan(events.table.name, None, tuple(aggregates), result, clock.needed(leaf.window))


def _covers(leaf: AlterationIs, table: AssayTable, panels: frozenset[str], events: Events) -> pl.Expr:
    """Whether a test covers what is asked: by its panel, or because the gene is the one that it tested."""
    own_gene = pl.lit(False) if table.gene is None else _gene(events, table.gene, leaf.gene)
    if table.panel is None or events.kinds[table.panel] is ColumnKind.EMPTY:
        return own_gene if table.gene is not None or table.panel is None else pl.lit(None, pl.Boolean)
    panel = pl.col(table.panel)
    listed = panel.is_in(sorted(panels)) if panels else panel.is_null()  # an empty list has no type
    by_panel = listed | own_gene.fill_null(False)
    without_panel = pl.lit(None, pl.Boolean) if table.gene is None else own_gene
    return pl.when(panel.is_not_null()).then(by_panel).otherwise(without_panel)


def _ruled_out(code: pl.Expr) -> pl.Expr:
    return (
        pl.when(code == TRUE)
        .then(answer(FALSE))
        .when(code >= UNSETTLED)
        .then((code - UNSETTLED).cast(ANSWER))
        .when(code > 0)
        .then(code.cast(ANSWER))
        .otherwise(answer(Reason.NOT_TESTED))
    )
