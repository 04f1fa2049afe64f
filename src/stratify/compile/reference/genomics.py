"""The leaf on a gene: is it altered, and if not, did a test rule that out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from stratify.compile.reference.compare import highest, same_number, scalar
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, Row, When
from stratify.compile.reference.explained import Evidence, LeafAnswer
from stratify.compile.reference.rows import where_outcome
from stratify.model.alteration import (
    Alternative,
    CopyNumberKind,
    Covers,
    FusionKind,
    MinVaf,
    VariantKind,
    class_excludes,
    classes_by_notation,
    kind_sought,
    protein_change,
)
from stratify.model.expression import AlterationIs
from stratify.model.genomic_words import (
    CopyState,
    Finds,
    assay_is,
    call_is,
    class_of,
    copies_are,
    exon_number,
    finds,
    origin_is,
    same_gene,
)
from stratify.model.genomics import (
    AssayTable,
    CopyNumberTable,
    FusionTable,
    Genomics,
    GenomicTable,
    PanelRow,
    VariantTable,
    named_columns,
)
from stratify.model.protein_pattern import ProteinPattern, parse_pattern
from stratify.model.truth import (
    FALSE,
    TRUE,
    Outcome,
    Reason,
    Truth,
    conjunction,
    disjunction,
    negation,
    of_bool,
    unknown,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a genomic table: where it lies, and whether it is one of those asked."""

    table: str
    index: int
    when: When
    place: Place
    match: Outcome
    evidence: Evidence

    @property
    def doubts(self) -> int:
        """Why the row only perhaps counts."""
        doubts = self.match.reasons
        if self.place is Place.MAYBE:
            doubts |= (self.when.doubt or Reason.PARTIAL_DATE).bit
        return doubts


def answer_alteration(leaf: AlterationIs, context: Context) -> LeafAnswer:
    """Whether the gene is altered. All anchors must have a date."""
    genomics = context.dictionary.genomics
    rows = [row for table, asked in _questions(leaf, genomics) for row in _rows(table, asked, leaf, context)]
    inside = [row for row in rows if row.place is not Place.OUT and row.match.truth is not Truth.FALSE]
    sure = [row for row in inside if not row.doubts]
    if sure:
        return LeafAnswer(TRUE, tuple(row.evidence for row in sure))
    if inside:
        reason = max(highest(row.doubts) for row in inside)
        return LeafAnswer(unknown(reason), tuple(row.evidence for row in inside))
    if genomics.assays is None:
        window = context.window(leaf.window)
        asked = [context.dictionary.tables[table.table] for table, _ in _questions(leaf, genomics)]
        complete = all(context.absence_means_no(table, window) for table in asked)
        return LeafAnswer(FALSE if complete else unknown(Reason.NOT_TESTED))
    return _by_tests(leaf, genomics.assays, context)


_Question = tuple[GenomicTable, tuple[Alternative, ...]]


def _questions(leaf: AlterationIs, genomics: Genomics) -> Iterator[_Question]:
    """The tables that are asked, each with its alternatives; no alternatives: any small variant."""
    tables = {
        Finds.VARIANTS: genomics.variants,
        Finds.COPY_NUMBER: genomics.copy_number,
        Finds.FUSIONS: genomics.fusions,
    }
    for kind, table in tables.items():
        asked = tuple(one for one in leaf.any_of if kind_sought(one) is kind)
        if asked or (kind is Finds.VARIANTS and not leaf.any_of):
            if table is None:
                raise ValueError(f"the dictionary has no table of {kind.value}")
            yield table, asked


# --- one row -----------------------------------------------------------------------------------------------------


def _rows(table: GenomicTable, asked: Sequence[Alternative], leaf: AlterationIs, context: Context) -> Iterator[_Row]:
    for index, row in enumerate(context.rows(table.table)):
        when, place = _place(table, row, leaf, context)
        match = conjunction(_conditions(table, asked, leaf, row, context))
        yield _Row(table.table, index, when, place, match, _evidence(table, index, row, place, when, match, context))


def _place(table: GenomicTable, row: Row, leaf: AlterationIs, context: Context) -> tuple[When, Place]:
    words = context.dictionary.tables[table.table]
    when = context.row_date(words, row)
    return when, Place.IN if words.date is None else context.window(leaf.window).place(when)


def _conditions(
    table: GenomicTable, asked: Sequence[Alternative], leaf: AlterationIs, row: Row, context: Context
) -> Iterator[Outcome]:
    """Everything that must hold on this one row."""
    types = context.dictionary.genomics.assay_types
    if leaf.where is not None:
        yield where_outcome(leaf.where, row, context.catalogue[table.table])
    match table:
        case VariantTable():
            yield _is_gene(row, table.gene, leaf.gene)
            if asked:
                yield disjunction(_is_variant(one, table, row) for one in asked if isinstance(one, VariantKind))
            if leaf.calls:
                text = _text(row, table.call)
                yield _known(None if text is None else call_is(text, leaf.calls, table.calls))
            if leaf.min_vaf is not None:
                yield _has_fraction(leaf.min_vaf, table, row, context)
        case CopyNumberTable():
            yield _is_gene(row, table.gene, leaf.gene)
            yield disjunction(_has_copies(one.state, table, row) for one in asked if isinstance(one, CopyNumberKind))
        case FusionTable():
            yield disjunction(_is_fusion(one, table, leaf.gene, row) for one in asked if isinstance(one, FusionKind))
        case AssayTable():
            raise ValueError("a test is no alteration")
        case _:
            assert_never(table)
    if leaf.origin is not None:
        text = _text(row, table.origin)
        yield _known(None if text is None else origin_is(text, leaf.origin, table.origins))
    if leaf.assays:
        text = _text(row, table.assay)
        yield _known(None if text is None else assay_is(text, leaf.assays, types))


def _known(said: bool | None) -> Outcome:
    return unknown(Reason.NULL_VALUE) if said is None else of_bool(said)


def _text(row: Row, column: str | None) -> str | None:
    value = None if column is None else row.get(column)
    return None if value is None else str(value)


def _is_gene(row: Row, column: str, gene: str) -> Outcome:
    text = _text(row, column)
    return _known(None if text is None else same_gene(text, gene))


def _is_variant(one: VariantKind, table: VariantTable, row: Row) -> Outcome:
    parts = []
    if one.protein is not None:
        parts.append(_known(_is_change(one.protein, table, row)))
    if one.consequence is not None:
        parts.append(_known(_is_class(one.classes, table, row)))
    if one.exon is not None:
        text = _text(row, table.exon)
        number = None if text is None else exon_number(text)
        parts.append(_known(None if number is None else number == one.exon))
    return conjunction(parts)


def _is_change(pattern: ProteinPattern, table: VariantTable, row: Row) -> bool | None:
    notation, consequence = _text(row, table.protein), _text(row, table.consequence)
    said = None if notation is None else pattern.matches(protein_change(notation))
    found = None if consequence is None else class_of(consequence, table.classes)
    if said is None and found is not None and class_excludes(found, pattern):
        return False
    return said


def _is_class(wanted: frozenset[str], table: VariantTable, row: Row) -> bool | None:
    notation, consequence = _text(row, table.protein), _text(row, table.consequence)
    proved = frozenset() if notation is None else classes_by_notation(notation)
    if proved & wanted:
        return True
    found = None if consequence is None else class_of(consequence, table.classes)
    if found is not None:
        return found in wanted
    return False if proved else None


def _has_fraction(asked: MinVaf, table: VariantTable, row: Row, context: Context) -> Outcome:
    """The fraction is high enough, or the row is of a test of which none is asked."""
    value = scalar(None if table.vaf is None else row.get(table.vaf))
    lowest = Fraction(asked.value_in(table.vaf_unit))
    enough = value >= lowest or same_number(value, lowest) if isinstance(value, Fraction) else None
    if not asked.assays:
        return _known(enough)
    text = _text(row, table.assay)
    types = context.dictionary.genomics.assay_types
    applies = _known(None if text is None else assay_is(text, asked.assays, types))
    return disjunction((negation(applies), _known(enough)))


def _has_copies(state: CopyState, table: CopyNumberTable, row: Row) -> Outcome:
    text = _text(row, table.call)
    return _known(None if text is None else copies_are(text, state, table.calls))


def _is_fusion(one: FusionKind, table: FusionTable, gene: str, row: Row) -> Outcome:
    first = _is_gene(row, table.gene, gene)
    second = FALSE if table.partner is None else _is_gene(row, table.partner, gene)
    if one.partner is None:
        return disjunction((first, second))
    if table.partner is None:
        raise ValueError("the dictionary does not say where partners of fusions are")
    forward = conjunction((first, _is_gene(row, table.partner, one.partner)))
    backward = conjunction((second, _is_gene(row, table.gene, one.partner)))
    return disjunction((forward, backward))


# --- tests -------------------------------------------------------------------------------------------------------


def _by_tests(leaf: AlterationIs, table: AssayTable, context: Context) -> LeafAnswer:
    """No, where for each alternative a test ruled it out."""
    asked: tuple[Alternative | None, ...] = leaf.any_of or (None,)
    outcomes = [_ruled_out(one, leaf, table, context) for one in asked]
    rows = {row.index: row.evidence for _, found in outcomes for row in found}
    evidence = tuple(rows[index] for index in sorted(rows))
    reasons = [highest(outcome.reasons) for outcome, _ in outcomes if outcome.reasons]
    return LeafAnswer(unknown(max(reasons)) if reasons else FALSE, evidence)


def _ruled_out(
    one: Alternative | None, leaf: AlterationIs, table: AssayTable, context: Context
) -> tuple[Outcome, list[_Row]]:
    """Whether a test rules the alternative out, with the tests that say so or leave it open."""
    done = [row for row in _tests(one, leaf, table, context) if row.match.truth is not Truth.FALSE]
    inside = [row for row in done if row.place is not Place.OUT]
    covering = [row for row in inside if _coverage(one, leaf, table, row, context).truth is not Truth.FALSE]
    decided = [row for row in covering if not _open(one, leaf, table, row, context)]
    if decided:
        return FALSE, decided
    if covering:
        return unknown(max(highest(_open(one, leaf, table, row, context)) for row in covering)), covering
    if inside:
        return unknown(Reason.NOT_COVERED), inside
    return unknown(Reason.OUT_OF_WINDOW if done else Reason.NOT_TESTED), done


def _tests(one: Alternative | None, leaf: AlterationIs, table: AssayTable, context: Context) -> Iterator[_Row]:
    """The patient's tests; a match is one of a type that is accepted and can settle a negative."""
    types = context.dictionary.genomics.assay_types
    for index, row in enumerate(context.rows(table.table)):
        when, place = _place(table, row, leaf, context)
        text = _text(row, table.assay)
        wanted = [names for names in (leaf.assays, leaf.negative_needs) if names]
        match = conjunction(_known(None if text is None else assay_is(text, names, types)) for names in wanted)
        yield _Row(table.table, index, when, place, match, _evidence(table, index, row, place, when, match, context))


def _open(one: Alternative | None, leaf: AlterationIs, table: AssayTable, row: _Row, context: Context) -> int:
    return row.doubts | _coverage(one, leaf, table, row, context).reasons


def _coverage(one: Alternative | None, leaf: AlterationIs, table: AssayTable, row: _Row, context: Context) -> Outcome:
    """Whether the test's panel covers the alternative, or the test was of this very gene."""
    cells = context.rows(table.table)[row.index]
    panel = _text(cells, table.panel)
    own = FALSE if table.gene is None else _is_gene(cells, table.gene, leaf.gene)
    if panel is not None:
        panels = context.dictionary.genomics.panels
        listed = () if panels is None else panels.rows
        covers = any(line.panel == panel and _line_covers(line, one, leaf) for line in listed)
        return of_bool(covers or own.truth is Truth.TRUE)
    if table.panel is not None and table.gene is None:
        return unknown(Reason.NULL_VALUE)
    return own


def _line_covers(line: PanelRow, one: Alternative | None, leaf: AlterationIs) -> bool:
    kind = Finds.VARIANTS if one is None else kind_sought(one)
    if not same_gene(line.gene, leaf.gene) or not finds(line.finds, kind):
        return False
    if line.exon is None and line.protein is None:
        return True
    if leaf.covers is Covers.GENE or not isinstance(one, VariantKind):
        return False
    if line.protein is None:
        return one.exon is not None and exon_number(str(line.exon)) == one.exon
    hotspot = parse_pattern(line.protein)
    if hotspot is None or one.protein is None:
        return False
    exact = one.protein.exact
    return hotspot == one.protein or (exact is not None and hotspot.matches(exact) is True)


def _evidence(
    table: GenomicTable, index: int, row: Row, place: Place, when: When, match: Outcome, context: Context
) -> Evidence:
    """The row as an explanation shows it: all that the dictionary names of it."""
    dated = context.dictionary.tables[table.table].date is not None
    fields = tuple((name, _text(row, column) or "") for name, column in named_columns(table).items())
    doubts = match.reasons
    if place is Place.MAYBE:
        doubts |= (when.doubt or Reason.PARTIAL_DATE).bit
    outcome = unknown(highest(doubts)) if doubts and match.truth is not Truth.FALSE else match
    return Evidence(table.table, index, str(when) if dated else "", "", "", place, outcome, doubts, fields)
