"""Which panels cover what an alternative asks: plain sets, made once when a plan is compiled."""

from __future__ import annotations

from stratify.model.alteration import Alternative, Covers, VariantKind, kind_sought
from stratify.model.expression import AlterationIs
from stratify.model.gene import gene_symbol
from stratify.model.genomic_words import Finds, exon_number, finds
from stratify.model.genomics import PanelRow, Panels
from stratify.model.protein_pattern import ProteinPattern, parse_pattern


def covering_panels(one: Alternative | None, leaf: AlterationIs, panels: Panels | None) -> frozenset[str]:
    """The panels of which some line covers the alternative (``None``: any small variant)."""
    rows = () if panels is None else panels.rows
    mine = (row for row in rows if gene_symbol(row.gene) == leaf.gene)
    return frozenset(row.panel for row in mine if _covers(row, one, leaf.covers))


def _covers(row: PanelRow, one: Alternative | None, covers: Covers) -> bool:
    if not finds(row.finds, Finds.VARIANTS if one is None else kind_sought(one)):
        return False
    if row.exon is None and row.protein is None:
        return True
    if covers is Covers.GENE or not isinstance(one, VariantKind):
        return False
    if row.protein is not None:
        return one.protein is not None and _is_hotspot(row.protein, one.protein)
    return one.exon is not None and exon_number(row.exon or "") == one.exon


def _is_hotspot(text: str, asked: ProteinPattern) -> bool:
    listed = parse_pattern(text)
    if listed is None:
        return False
    return listed == asked or (asked.exact is not None and listed.matches(asked.exact) is True)
