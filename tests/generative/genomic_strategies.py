"""Genomic tables, and rules on alterations and biomarkers, for the differential test."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from stratify.model import alteration as al
from stratify.model import dictionary as md
from stratify.model import expression as ex
from stratify.model import genomic_words as gw
from stratify.model import genomics as mg
from stratify.model.library import Library
from stratify.model.phenotype import Band, PhenotypeTable
from stratify.model.protein_change import Kind
from stratify.model.protein_pattern import ProteinPattern, parse_pattern
from stratify.model.value import Window

K = md.ColumnKind
Columns = dict[str, tuple[md.ColumnKind, list[object]]]

_GENES: list[object] = ["EGFR", "egfr", "EGFR", "TP53"]
_PROTEINS: list[object] = ["p.L858R", "L858R", "p.Glu746_Ala750del", "L747_P753delinsS", "T790M", "?", "fs", "E746fs"]
_CLASSES: list[object] = ["Missense_Mutation", "In_Frame_Del", "Silent", "Splice_Site", "ours", "odd"]
_TYPES: list[object] = ["tissue_ngs", "Tissue NGS", "ctdna", "FISH"]


def tables(random: Random, date: md.ColumnKind) -> dict[str, Columns]:
    """The columns of the genomic tables; now and then one holds nothing at all."""

    def text(values: list[object]) -> tuple[md.ColumnKind, list[object]]:
        return (K.TEXT if random.random() < 0.95 else K.EMPTY), values

    return {
        "variants": {
            "date": (date, []),
            "gene": text(_GENES),
            "change": text(_PROTEINS),
            "class": text(_CLASSES),
            "exon": text(["19", "19/28", "exon 21", "18-19"]),
            "vaf": (random.choice([K.NUMBER, K.NUMBER, K.EMPTY]), [0.4, 0.5, 0.005, 12.0]),
            "origin": text(["Somatic", "GERMLINE", "mine", "LOH"]),
            "call": text(["Pathogenic", "LP", "Pathogenic/Likely_pathogenic", "VUS", "mine", "?"]),
            "assay": text(_TYPES),
            "depth": (K.NUMBER, [10.0, 500.0]),
        },
        "cna": {
            "date": (date, []),
            "gene": text(_GENES),
            "state": text(["2", "-2", "0", "AMP", "?"]),
            "assay": text(_TYPES),
            "origin": text(["somatic"]),
            "depth": (K.NUMBER, [10.0, 500.0]),
        },
        "sv": {
            "date": (date, []),
            "site1": text([*_GENES, "ALK"]),
            "site2": text([*_GENES, "ALK"]),
            "assay": text(_TYPES),
            "origin": text(["germline"]),
            "depth": (K.NUMBER, [10.0, 500.0]),
        },
        "tests": {
            "date": (random.choice([K.DATE, K.PARTIAL_DATE]), []),
            "assay": text(_TYPES),
            "panel": text(["whole", "exons", "spots", "copies", "nothing"]),
            "gene": text(_GENES),
        },
        "markers": {
            "date": (date, []),
            "value": (K.TEXT, ["MSI High", "MSS", "equivocal", "*1/*2", "*2/*1", "*2/*2", "*1/*9", "odd"]),
            "assay": text(["22C3", "SP142"]),
            "specimen": text(["tissue", "blood"]),
            "fasting": (K.BOOLEAN, [True, False]),
        },
    }


_PANELS = (
    mg.PanelRow("whole", "EGFR"),
    mg.PanelRow("whole", "TP53"),
    mg.PanelRow("exons", "EGFR", exon="19"),
    mg.PanelRow("spots", "EGFR", protein="L858R"),
    mg.PanelRow("spots", "EGFR", protein="p.T790"),
    mg.PanelRow("copies", "EGFR", finds="cna"),
)


@st.composite
def genomics(draw: st.DrawFn) -> mg.Genomics:
    """What a dictionary says of them, with and without tests, panels, types and words of its own."""
    some = st.booleans()
    variants = mg.VariantTable(
        "variants",
        "gene",
        "change",
        draw(st.sampled_from(["class", "class", None])),
        "exon",
        "vaf",
        draw(st.sampled_from(gw.VafUnit)),
        "origin",
        "call",
        "assay",
        gw.words_of([("mine", "germline")]) if draw(some) else gw.words_of(()),
        gw.words_of([("mine", "likely_pathogenic")]) if draw(some) else gw.words_of(()),
        gw.words_of([("ours", "inframe_deletion")]) if draw(some) else gw.words_of(()),
    )
    tests = [
        mg.AssayTable("tests", "assay", "panel"),
        mg.AssayTable("tests", "assay", "panel", "gene"),
        mg.AssayTable("tests", "assay", None, "gene"),
        mg.AssayTable("tests", "assay"),
        None,
    ]
    panels = mg.Panels("panels", "panel", "gene", "exon", "protein", "finds", _PANELS)
    return mg.Genomics(
        variants,
        mg.CopyNumberTable("cna", "gene", "state", "origin", "assay", gw.words_of([("2", "amplification")])),
        mg.FusionTable("sv", "site1", "site2", "origin", "assay"),
        draw(st.sampled_from(tests)),
        panels if draw(st.sampled_from([True, True, False])) else None,
        gw.words_of([("tissue_ngs", "tissue_ngs"), ("ctdna", "ctdna")]) if draw(some) else gw.words_of(()),
    )


MEASURES = {
    "MSI": md.Measure(
        "MSI", "markers", "value", categories={"MSI High": "high", "MSS": "stable"}, assay="assay", specimen="specimen"
    ),
    "PGX": md.Measure("PGX", "markers", "value", phenotypes="CYP", assay="assay", specimen="specimen"),
}
LIBRARY = Library(
    phenotypes={
        "CYP": PhenotypeTable(
            "CYP",
            {("*2", "*2"): "poor"},
            {"*1": "normal", "*2": "none"},
            {("none", "normal"): "intermediate"},
            {"*1": Decimal(1), "*9": Decimal("0.5")},
            (Band(Decimal(1), Decimal("1.5"), "intermediate"),),
        )
    }
)


# --- rules -------------------------------------------------------------------------------------------------------


def pattern(text: str, *include: Kind) -> ProteinPattern:
    found = parse_pattern(text, include)
    assert found is not None
    return found


_proteins = st.sampled_from(
    [
        pattern("p.L858R"),
        pattern("p.T790"),
        pattern("p.E746_A750"),
        pattern("p.L858", Kind.DELINS),
        pattern("E746_A750del"),
        pattern("E746Kfs*5"),
    ]
)


@st.composite
def _variants(draw: st.DrawFn) -> al.Alternative:
    classes = st.sampled_from(["inframe_deletion", "inframe_delins", "truncating", "missense", "synonymous"])
    match draw(st.sampled_from(["protein", "class", "exon", "both", "exon and class"])):
        case "protein":
            return al.VariantKind(draw(_proteins))
        case "class":
            return al.VariantKind(consequence=draw(classes))
        case "exon":
            return al.VariantKind(exon=19)
        case "both":
            return al.VariantKind(draw(_proteins), draw(classes))
        case _:
            return al.VariantKind(consequence=draw(classes), exon=19)


_alternatives: st.SearchStrategy[al.Alternative] = st.one_of(
    _variants(),
    _variants(),
    st.builds(al.CopyNumberKind, st.sampled_from(gw.CopyState)),
    st.builds(al.FusionKind, st.sampled_from([None, "ALK"])),
)
_types = st.sampled_from([(), (), ("tissue_ngs",), ("tissue_ngs", "ctdna"), ("fish",)])
_vafs = st.builds(al.MinVaf, st.just(Decimal("0.5")), st.sampled_from(gw.VafUnit), st.sampled_from([(), ("ctdna",)]))


@st.composite
def alterations(
    draw: st.DrawFn, windows: st.SearchStrategy[Window], where: st.SearchStrategy[ex.RowCondition]
) -> ex.AlterationIs:
    """Any question to a gene."""
    rarely = st.sampled_from([False, False, True])
    return ex.AlterationIs(
        draw(st.sampled_from(["EGFR", "EGFR", "EGFR", "TP53", "ALK"])),
        tuple(dict.fromkeys(draw(st.lists(_alternatives, max_size=3)))),
        draw(st.sampled_from([None, None, *gw.Origin])),
        draw(st.sampled_from([frozenset(), frozenset(), *gw.CALL_GROUPS.values()])),
        draw(_vafs) if draw(rarely) else None,
        draw(_types),
        draw(st.sampled_from(al.Covers)),
        draw(_types),
        draw(where) if draw(rarely) else None,
        draw(windows),
    )


tested = st.builds(al.Tested, st.sampled_from([(), ("22C3",), ("22C3", "SP142")]), st.sampled_from([(), ("tissue",)]))
