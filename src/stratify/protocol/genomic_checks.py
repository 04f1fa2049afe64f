"""Alterations and biomarkers against a dictionary: tables, columns, types of tests and panels that rules need."""

from __future__ import annotations

from collections.abc import Iterator

from stratify.diagnostics import Findings, Severity, SourceSpan, nearest
from stratify.model.alteration import FusionKind, VariantKind, kind_sought
from stratify.model.dictionary import ColumnKind, Dictionary, Measure
from stratify.model.expression import AlterationIs, MeasureIs
from stratify.model.gene import gene_symbol
from stratify.model.genomic_words import Finds, word
from stratify.model.genomics import CopyNumberTable, FusionTable, Genomics, VariantTable
from stratify.model.library import Library
from stratify.protocol.categories import check_categories

_SECTIONS = {Finds.VARIANTS: "variants", Finds.COPY_NUMBER: "copy_number", Finds.FUSIONS: "fusions"}

Altered = VariantTable | CopyNumberTable | FusionTable


def altered_tables(leaf: AlterationIs, genomics: Genomics) -> dict[Finds, Altered | None]:
    """The tables that an alteration asks, ``None`` for one that the dictionary does not have."""
    kinds = dict.fromkeys(kind_sought(one) for one in leaf.any_of) or {Finds.VARIANTS: None}
    have: dict[Finds, Altered | None] = {
        Finds.VARIANTS: genomics.variants,
        Finds.COPY_NUMBER: genomics.copy_number,
        Finds.FUSIONS: genomics.fusions,
    }
    return {kind: have[kind] for kind in kinds}


def check_alteration(leaf: AlterationIs, dictionary: Dictionary, findings: Findings) -> None:
    """What an alteration needs and the dictionary does not say."""
    genomics = dictionary.genomics
    for kind, table in altered_tables(leaf, genomics).items():
        if table is None:
            findings.add(
                "P334",
                f"The dictionary has no table of {kind.value.replace('_', ' ')} in which to look up {leaf.gene}.",
                leaf.span,
                hint=f"Name it in the dictionary: `genomics: {{{_SECTIONS[kind]}: {{table: ..., gene: ...}}}}`.",
            )
            continue
        for role, why in _roles(leaf, table):
            if getattr(table, role) is None:
                _missing(_SECTIONS[kind], role, why, leaf, findings)
    if genomics.assays is not None and (leaf.assays or leaf.negative_needs) and genomics.assays.assay is None:
        _missing("assays", "assay", "the type of a test", leaf, findings)
    _check_types(leaf, genomics, findings)
    _check_coverage(leaf, genomics, findings)


def _missing(section: str, role: str, why: str, leaf: AlterationIs, findings: Findings) -> None:
    name = "class" if role == "consequence" else role
    findings.add(
        "P334",
        f"The rule on {leaf.gene} asks {why}; `genomics: {{{section}}}` names no column `{name}`.",
        leaf.span,
        why="Without the column no row could ever be known to meet the rule.",
        hint=f"Name it in the dictionary: `{name}: column`.",
    )


def _roles(leaf: AlterationIs, table: Altered) -> Iterator[tuple[str, str]]:
    if leaf.origin is not None:
        yield "origin", "for somatic or germline"
    if leaf.assays:
        yield "assay", "for the type of the test"
    kinds = [one for one in leaf.any_of if isinstance(one, VariantKind)]
    partners = [one.partner for one in leaf.any_of if isinstance(one, FusionKind)]
    if isinstance(table, FusionTable) and any(partners):
        yield "partner", "for the fusion's partner"
    if not isinstance(table, VariantTable):
        return
    if leaf.calls:
        yield "call", "for what the variant does"
    if leaf.min_vaf is not None:
        yield "vaf", "for an allele fraction"
        if leaf.min_vaf.assays:
            yield "assay", "for the type of the test"
    if any(one.protein is not None for one in kinds):
        yield "protein", "for a protein change"
    if any(one.consequence is not None for one in kinds) and table.protein is None:
        yield "consequence", "for a class of variant"
    if any(one.exon is not None for one in kinds):
        yield "exon", "for an exon"


def _check_types(leaf: AlterationIs, genomics: Genomics, findings: Findings) -> None:
    known = dict.fromkeys(genomics.assay_types.values())
    asked = (*leaf.assays, *leaf.negative_needs, *(() if leaf.min_vaf is None else leaf.min_vaf.assays))
    for name in dict.fromkeys(asked) if known else ():
        if word(name) not in {word(other) for other in known}:
            findings.add(
                "P335",
                f'"{name}" is not among the types of tests of the dictionary.',
                leaf.span,
                why="No test could ever be of this type.",
                hint=nearest(name, known) or "Add it under `genomics: {assay_types}`.",
            )


def _check_coverage(leaf: AlterationIs, genomics: Genomics, findings: Findings) -> None:
    """A warning where no panel of the data covers the gene: nobody can be negative."""
    if genomics.assays is None or genomics.assays.gene is not None:
        return
    panels = genomics.panels
    if panels is not None and (not panels.rows or any(gene_symbol(row.gene) == leaf.gene for row in panels.rows)):
        return
    genes = () if panels is None else sorted({gene_symbol(row.gene) for row in panels.rows})
    findings.add(
        "P336",
        f"No panel covers {leaf.gene}."
        if panels is not None
        else f"The dictionary does not say what tests cover, {leaf.gene} among it.",
        leaf.span,
        why="Whoever has no alteration of it is then unknown(not_covered), and nobody is negative.",
        hint=nearest(leaf.gene, genes) or "Add it to the panels: `genomics: {panels: {reference: ..., gene: ...}}`.",
        severity=Severity.WARNING,
    )


def check_fraction(leaf: AlterationIs, kind: ColumnKind | None, column: str, findings: Findings) -> None:
    """An allele fraction must be a number."""
    if kind not in {None, ColumnKind.NUMBER, ColumnKind.EMPTY}:
        findings.add(
            "P338",
            f"Column {column} holds allele fractions and is not one of numbers.",
            leaf.span,
            why='"12 %" has to be read by someone who knows what it means.',
            hint="Make it a number in the data, and say `vaf_unit` in the dictionary.",
        )


def check_biomarker(leaf: MeasureIs, measure: Measure, findings: Findings) -> None:
    """A biomarker that asks for assay or specimen needs their columns."""
    tested = leaf.tested
    asked = () if tested is None else (("assay", tested.assays), ("specimen", tested.specimens))
    for role, names in asked:
        if names and getattr(measure, role) is None:
            findings.add(
                "P340",
                f"Biomarker {leaf.measure} is asked by {role}; the dictionary names no column of it.",
                leaf.span,
                hint=f"Name it in the measure: `{role}: column`.",
            )


def check_category_measure(
    leaf: MeasureIs, measure: Measure, library: Library, where: SourceSpan | None, findings: Findings
) -> None:
    """A measure of categories is compared with its categories."""
    what = f"Measure {leaf.measure}"
    if measure.phenotypes is None:
        check_categories(what, leaf.compare, set(measure.categories.values()), where, findings)
        return
    table = library.phenotypes.get(measure.phenotypes)
    if table is None:
        findings.add(
            "P342",
            f"{what} is a diplotype of {measure.phenotypes}, and no library says what its phenotypes are.",
            where,
            hint=nearest(measure.phenotypes, library.phenotypes) or "Add the library under `use`.",
        )
        return
    check_categories(what, leaf.compare, table.phenotypes, where, findings)
