"""Genomics in a dictionary: which tables and columns hold alterations and assays, and what panels cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from stratify.model.genomic_words import VafUnit, Words


def _no_words() -> Words:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class VariantTable:
    """Small variants, a row each: columns by what they hold.

    Parameters
    ----------
    protein
        Protein change, in HGVS or as MAF files have it.
    consequence
        Class of the variant, in words of MAF, Sequence Ontology or ANNOVAR, or of the site (``classes``).
    vaf, vaf_unit
        Variant allele fraction, a number, and whether it is in percent.
    origin, call
        Somatic or germline; pathogenic or not; further words of the site under ``origins`` and ``calls``.
    assay
        The type of the test that found it.
    """

    table: str
    gene: str
    protein: str | None = None
    consequence: str | None = None
    exon: str | None = None
    vaf: str | None = None
    vaf_unit: VafUnit = VafUnit.PERCENT
    origin: str | None = None
    call: str | None = None
    assay: str | None = None
    origins: Words = field(default_factory=_no_words)
    calls: Words = field(default_factory=_no_words)
    classes: Words = field(default_factory=_no_words)


@dataclass(frozen=True, slots=True)
class CopyNumberTable:
    """Copy number, a row for each gene that was called. ``calls`` are the site's words and numbers.

    Numbers mean nothing unless ``calls`` says so: 2 is an amplification in one file, and two copies in another.
    """

    table: str
    gene: str
    call: str
    origin: str | None = None
    assay: str | None = None
    calls: Words = field(default_factory=_no_words)
    origins: Words = field(default_factory=_no_words)


@dataclass(frozen=True, slots=True)
class FusionTable:
    """Fusions, a row each; which partner stands under ``gene`` and which under ``partner`` does not matter."""

    table: str
    gene: str
    partner: str | None = None
    origin: str | None = None
    assay: str | None = None
    origins: Words = field(default_factory=_no_words)


@dataclass(frozen=True, slots=True)
class AssayTable:
    """Who was tested: the type of each test, its panel, or the one gene that it tested whole; the table's date."""

    table: str
    assay: str | None = None
    panel: str | None = None
    gene: str | None = None


GenomicTable: TypeAlias = VariantTable | CopyNumberTable | FusionTable | AssayTable


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One line of what a panel covers; neither exon nor protein: the whole gene. ``finds`` empty: every kind."""

    panel: str
    gene: str
    exon: str | None = None
    protein: str | None = None
    finds: str | None = None


@dataclass(frozen=True, slots=True)
class Panels:
    """What panels cover: a reference table, its columns by what they hold, and (once data are open) its rows."""

    reference: str
    panel: str
    gene: str
    exon: str | None = None
    protein: str | None = None
    finds: str | None = None
    rows: tuple[PanelRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Genomics:
    """The genomic tables of a dictionary, each of which may be missing.

    ``assay_types`` are the site's names of tests, by the type that rules name.
    """

    variants: VariantTable | None = None
    copy_number: CopyNumberTable | None = None
    fusions: FusionTable | None = None
    assays: AssayTable | None = None
    panels: Panels | None = None
    assay_types: Words = field(default_factory=_no_words)

    @property
    def tables(self) -> tuple[GenomicTable, ...]:
        """The tables about patients."""
        found = (self.variants, self.copy_number, self.fusions, self.assays)
        return tuple(table for table in found if table is not None)


def named_columns(table: GenomicTable) -> Mapping[str, str]:
    """The columns that a genomic table names, by what they hold."""
    roles = ("gene", "protein", "consequence", "exon", "vaf", "origin", "call", "assay", "partner", "panel")
    found = {role: getattr(table, role, None) for role in roles}
    return {role: column for role, column in found.items() if column is not None}
