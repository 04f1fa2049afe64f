"""Which facts would settle an alteration."""

from __future__ import annotations

from collections.abc import Iterator

from stratify.compile.reference.anchor_facts import anchor_facts
from stratify.compile.reference.context import Context
from stratify.compile.reference.days import Place, read_date
from stratify.compile.reference.explained import Evidence, LeafAnswer
from stratify.compile.reference.fact_words import condition_text, window_text
from stratify.model.alteration import Covers, VariantKind
from stratify.model.expression import AlterationIs, row_fields
from stratify.model.genomics import AssayTable, GenomicTable, named_columns
from stratify.model.truth import Reason


def alteration_facts(leaf: AlterationIs, answer: LeafAnswer, context: Context) -> Iterator[str]:
    """What is missing in the rows that leave it open; where no row does, the test that is missing."""
    for row in answer.evidence:
        if row.place is not Place.OUT:
            yield from _row_facts(leaf, row, context)
    if answer.outcome.reasons == Reason.PARTIAL_DATE.bit:
        for anchor in context.anchors_of(leaf):
            yield from anchor_facts(anchor, context)
    missing = Reason.NOT_TESTED.bit | Reason.NOT_COVERED.bit | Reason.OUT_OF_WINDOW.bit
    if answer.outcome.reasons & missing:
        yield _test_text(leaf, context)


def _test_text(leaf: AlterationIs, context: Context) -> str:
    types = leaf.negative_needs or leaf.assays
    by = f" by {' or '.join(types)}" if types else ""
    what = "the whole gene" if leaf.covers is Covers.GENE else "all that is asked"
    covering = f", covering {what}" if context.dictionary.genomics.assays is not None else ""
    return f"a {leaf.gene} test{by}{window_text(leaf.window)}{condition_text(leaf.where)}{covering}"


def _row_facts(leaf: AlterationIs, row: Evidence, context: Context) -> Iterator[str]:
    table = next(one for one in context.dictionary.genomics.tables if one.table == row.table)
    place = f"row {row.row + 1} of {row.table}"
    if row.doubts & Reason.NULL_DATE.bit:
        yield f"the date of {place}"
    if row.doubts & Reason.PARTIAL_DATE.bit and not _dated(row, context):
        yield f"the complete date of {place}"
    if row.doubts & Reason.NULL_VALUE.bit or (isinstance(table, AssayTable) and not row.doubts):
        yield from _value_facts(leaf, table, row, place, context)


def _dated(row: Evidence, context: Context) -> bool:
    column = context.dictionary.tables[row.table].date
    return column is None or read_date(context.rows(row.table)[row.row], column).exact


def _value_facts(leaf: AlterationIs, table: GenomicTable, row: Evidence, place: str, context: Context) -> Iterator[str]:
    """The cells that are empty, of those asked; where none is, what the words that are there mean."""
    cells = context.rows(row.table)[row.row]
    columns = list(dict.fromkeys(_asked(leaf, table)))
    empty = [column for column in columns if cells.get(column) is None]
    if empty:
        yield from (f"{column} in {place}" for column in empty)
    elif row.doubts:
        words = [column for column in columns if column not in _plain(table, context)]
        yield f"what {' and '.join(words or columns)} in {place} {'means' if len(words) == 1 else 'mean'}"


def _plain(table: GenomicTable, context: Context) -> set[str]:
    """Columns whose cells, where there are any, can be compared as they are."""
    plain = ("gene", "partner", "panel", "vaf", *(() if context.dictionary.genomics.assay_types else ("assay",)))
    return {column for role, column in named_columns(table).items() if role in plain}


def _asked(leaf: AlterationIs, table: GenomicTable) -> Iterator[str]:
    """The columns that decide whether a row is one of those asked."""
    named = named_columns(table)
    kinds = [one for one in leaf.any_of if isinstance(one, VariantKind)]
    wanted = {
        "gene": not isinstance(table, AssayTable) or "panel" not in named,
        "partner": True,
        "panel": True,
        "protein": any(one.protein is not None for one in kinds),
        "consequence": any(one.consequence is not None for one in kinds),
        "exon": any(one.exon is not None for one in kinds),
        "vaf": leaf.min_vaf is not None,
        "call": bool(leaf.calls) or ("consequence" not in named and "protein" not in named),
        "origin": leaf.origin is not None,
        "assay": bool(leaf.assays or leaf.negative_needs),
    }
    yield from (column for role, column in named.items() if wanted[role])
    if not isinstance(table, AssayTable):
        yield from (item.column for item in row_fields(leaf.where))
