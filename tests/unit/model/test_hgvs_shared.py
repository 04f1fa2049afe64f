"""Protein changes in public data sets: how many are read, which are not and why, and what the files say beside them."""

from __future__ import annotations

import re
from collections import Counter

import polars as pl
import pytest

from stratify.model.hgvs import parse_protein
from stratify.model.protein_change import Kind
from stratify.model.protein_pattern import parse_pattern
from stratify.model.variant_class import GROUPS, consequence_class, variant_class
from support import shared_path

pytestmark = pytest.mark.shared

KINDS_NOT_READ = {
    "a position between residues": r"p\.-\d+fs",
    "several changes": r"p\.\[.*;.*\]|P554P\*X",
    "a position alone": r"p\.R83",
    "nucleotides": r"e\d+[+-]\d+|p\.promoter .*",
    "a splice site in nucleotides": r"p\.splice site .*",
    "a result that is not known": r"p\.M1_A11>\?",
    "a slip of the pen": r".*:p\.cTrp117LeufsTer15",
}


def table(*parts: str) -> pl.DataFrame:
    return pl.read_parquet(shared_path("data", *parts))


def texts(column: str, *parts: str) -> list[str]:
    return table(*parts)[column].drop_nulls().to_list()


def foundation_medicine() -> list[str]:
    """``c.824G>T_p.C275F(0.27,593); c.708C>G_p.Y236*(0.17,492)``: protein parts of each call."""
    calls = table("imvigor210", "fmone_alterations.parquet").filter(pl.col("kind").str.ends_with("_short"))["call"]
    form = re.compile(r".*_(p\..*)\([\d.]+,\d+\)")
    return [form.fullmatch(one)[1] for call in calls for one in call.split("; ")]


def civic_proteins() -> list[str]:
    cells = texts("hgvs_expressions", "civic", "variants.parquet")
    return [one for cell in cells for one in cell.split(",") if ":p." in one]


SOURCES = {
    "TCGA LAML, MAF": (
        lambda: texts("Protein_Change", "tcga_laml", "maf.parquet"),
        (2120, 2131, {"a position between residues": 11}),
    ),
    "TCGA breast, MAF": (
        lambda: texts("HGVSp_Short", "tcga_brca", "maf_tnbc.parquet"),
        (11949, 11950, {"several changes": 1}),
    ),
    "TCGA breast, VEP": (lambda: texts("HGVSp", "tcga_brca", "maf_tnbc.parquet"), (11658, 11658, {})),
    "cBioPortal example, MAF": (lambda: texts("HGVSp_Short", "cbio_study_es_0", "maf.parquet"), (36, 36, {})),
    "cBioPortal example, VEP": (lambda: texts("HGVSp", "cbio_study_es_0", "maf.parquet"), (22, 22, {})),
    "cBioPortal example, genome centre": (
        lambda: texts("amino_acid_change_WU", "cbio_study_es_0", "maf.parquet"),
        (17, 19, {"a position alone": 1, "nucleotides": 1}),
    ),
    "MatchMiner": (
        lambda: texts("HARMONIZED_PROTEIN_CHANGE", "matchminer", "genomic.parquet"),
        (299, 300, {"several changes": 1}),
    ),
    "IMvigor210, FoundationOne": (
        foundation_medicine,
        (1051, 1324, {"nucleotides": 186, "a splice site in nucleotides": 86, "a result that is not known": 1}),
    ),
    "CIViC, HGVS": (civic_proteins, (569, 570, {"a slip of the pen": 1})),
}


@pytest.mark.parametrize("source", SOURCES)
def test_share_that_is_read(source):
    read, (parsed, of, unread) = SOURCES[source]
    counts = Counter(read())
    changes = {text: parse_protein(text) for text in counts}
    left = {text: n for text, n in counts.items() if changes[text] is None}
    assert (counts.total() - sum(left.values()), counts.total()) == (parsed, of)
    kinds = Counter()
    for text, n in left.items():
        kinds[next(kind for kind, form in KINDS_NOT_READ.items() if re.fullmatch(form, text))] += n
    assert kinds == unread
    assert all(parse_protein(str(change)) == change for change in changes.values() if change is not None)


def test_names_of_civic_that_are_protein_changes():
    """Of 1,467 names 468 are one change and nothing else; the rest are events, fusions and names with nucleotides."""
    names = texts("variant", "civic", "variants.parquet")
    read = {name: parse_protein(name) for name in names}
    assert sum(read[name] is not None for name in names) == 468
    plain = [name for name in names if re.fullmatch(r"[A-Z]\d+[A-Z*]", name)]
    assert len(plain) > 380
    assert all(read[name] is not None for name in plain)
    words = [name for name in names if re.fullmatch(r"[A-Z -]+", name)]
    assert len(words) > 300
    assert not [name for name in words if read[name] is not None]


def test_one_and_three_letters_of_a_row_are_one_change():
    """But for splice variants, of which one column names the residue only, and one silent change named ``p.=``."""
    for parts in (("tcga_brca", "maf_tnbc.parquet"), ("cbio_study_es_0", "maf.parquet")):
        rows = table(*parts).select("HGVSp_Short", "HGVSp").drop_nulls().unique()
        assert rows.height >= 18
        other = [
            (short, long)
            for short, long in rows.iter_rows()
            if parse_protein(short) != parse_protein(long) and parse_protein(short).kind is not Kind.SPLICE
        ]
        assert other in ([], [("p.H157H", "p.=")])


def compared(protein: str, classification: str, *parts: str) -> Counter:
    rows = table(*parts).select(protein, classification).drop_nulls()
    return Counter(
        (variant_class(parse_protein(text)), consequence_class(term))
        for text, term in rows.iter_rows()
        if parse_protein(text) is not None
    )


def test_the_file_and_the_notation_name_one_class():
    """Where they differ: splice sites with a protein change, new stops of an indel, and delins, which MAF lacks."""
    found = compared("Protein_Change", "Variant_Classification", "tcga_laml", "maf.parquet")
    agree = {name: n for (name, other), n in found.items() if name == other}
    assert agree["missense"] == 1342
    assert agree["synonymous"] == 449
    assert agree["nonsense"] == 103
    assert agree["frameshift"] == 132
    assert {pair for pair in found if pair[0] != pair[1] and pair[1] != "splice"} == {
        ("nonsense", "inframe_insertion"),
        ("inframe_delins", "inframe_insertion"),
        ("inframe_delins", "inframe_deletion"),
    }


def test_truncating_is_the_same_by_notation_and_by_file():
    found = compared("HGVSp_Short", "Variant_Classification", "tcga_brca", "maf_tnbc.parquet")
    truncating = GROUPS["truncating"]
    differ = {pair: n for pair, n in found.items() if (pair[0] in truncating) is not (pair[1] in truncating)}
    assert differ == {
        ("stop_lost", "frameshift"): 4,  # *228Ifs*12
        ("start_lost", "frameshift"): 1,  # M1?
        ("inframe_deletion", "splice"): 1,
    }
    assert sum(found.values()) == 11949


def test_npm1_w288_and_flt3_duplications_of_acute_myeloid_leukaemia():
    rows = table("tcga_laml", "maf.parquet").select("Hugo_Symbol", "Protein_Change").drop_nulls()
    npm1 = parse_pattern("p.W288fs")
    found = Counter(npm1.matches(parse_protein(text)) for gene, text in rows.iter_rows() if gene == "NPM1")
    assert found[True] >= 26
    assert found[None] >= 1  # p.-287fs
    itd = parse_pattern("p.590_612")
    flt3 = [parse_protein(text) for gene, text in rows.iter_rows() if gene == "FLT3"]
    inserted = [change for change in flt3 if change.kind is Kind.INSERTION and change.first.position >= 590]
    assert len(inserted) >= 25
    assert all(itd.matches(change) is ("*" not in change.alternate) for change in inserted)


def test_egfr_exon_19_of_matchminer():
    column = texts("HARMONIZED_PROTEIN_CHANGE", "matchminer", "genomic.parquet")
    pattern = parse_pattern("p.E746_A750del")
    matching = Counter(text for text in column if pattern.matches(parse_protein(text)))
    assert set(matching) == {"p.ELREA746del", "p.E746_A750del"}
    assert matching.total() == 6
