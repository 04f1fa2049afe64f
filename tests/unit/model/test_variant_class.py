"""Classes of variants: from the notation, from the words of annotators, and where they meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.hgvs import parse_protein
from stratify.model.variant_class import CLASSES, GROUPS, consequence_class, variant_class
from unit.model.protein_changes import changes


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("missense", "L858R p.Gly12Cys"),
        ("nonsense", "W288* R213X p.601_602insQRI*I*F V600_K601delins*"),
        ("frameshift", "R97fs R97Pfs*23 M5fs M1fs"),
        ("inframe_deletion", "E746_A750del K745del p.310_311TQ>T"),
        ("inframe_insertion", "D770_N771insSVD A767_V769dup N771_P772>SVDNP p.600_600D>DSSD"),
        ("inframe_delins", "V600_K601delinsE E746_A750>QP"),
        ("synonymous", "L858= L858L *110*"),
        ("start_lost", "M1? M1V M1_A5del M1Vext-12"),
        ("stop_lost", "*110Qext*17 *359S X110Q *228Ifs*12 K100_*110del K100_*110delinsG"),
        ("splice", "X312_splice G1665_splice"),
        (None, "p.? p.0 p.= A2[10] G12Xaa p.600E M1ext-5 rubbish"),
    ],
)
def test_what_a_notation_proves(name, text):
    found = {one: variant_class(parse_protein(one)) for one in text.split()}
    assert found == dict.fromkeys(found, name)


@given(changes)
def test_every_class_has_a_name(change):
    assert variant_class(change) in {None, *CLASSES}


TERMS = {
    "missense": "Missense_Mutation missense_variant missense MISSENSE nonsynonymous_SNV",
    "nonsense": "Nonsense_Mutation stop_gained stopgain nonsense",
    "frameshift": "Frame_Shift_Del Frame_Shift_Ins Frameshift frameshift_variant frame_shift_del frameshift_truncation",
    "inframe_deletion": "In_Frame_Del inframe_deletion disruptive_inframe_deletion nonframeshift_deletion",
    "inframe_insertion": "In_Frame_Ins inframe_insertion conservative_inframe_insertion",
    "inframe_delins": "inframe_delins nonframeshift_substitution",
    "splice": "Splice_Site splice_donor_variant splice_acceptor_variant Splice_Acceptor splicing",
    "splice_region": "Splice_Region splice_region_variant",
    "synonymous": "Silent synonymous_variant stop_retained_variant",
    "start_lost": "Translation_Start_Site start_lost",
    "stop_lost": "Nonstop_Mutation stop_lost stoploss nonstop",
    "noncoding": "5'Flank 3'Flank 5'UTR 3'UTR Intron RNA IGR lincRNA intron_variant 3_prime_UTR_variant 3_prime_UTR"
    " intergenic_variant upstream_gene_variant",
    None: "Targeted_Region protein_altering_variant coding_sequence_variant transcript_ablation Amp Mutation Unknown"
    " De_novo_Start_InFrame nonsynonymous_variant loss_of_function_variant splicing_variant fusion N/A",
}


@pytest.mark.parametrize("name", TERMS)
def test_words_of_annotators(name):
    found = {term: consequence_class(term) for term in TERMS[name].split()}
    assert found == dict.fromkeys(found, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("missense_variant,splice_region_variant", "missense"),
        ("missense_variant&NMD_transcript_variant", "missense"),
        ("stop_gained,frameshift_variant,splice_region_variant", "nonsense"),
        ("splice_donor_variant, coding_sequence_variant, intron_variant", "splice"),
        ("frameshift_variant,stop_lost", "stop_lost"),
        ("start_lost,inframe_deletion", "start_lost"),
        ("splice_region_variant,synonymous_variant", "splice_region"),
        ("frameshift insertion", "frameshift"),
        ("missense_variant,something_new", None),
        (" Missense_Mutation ", "missense"),
        ("", None),
        (",", None),
    ],
)
def test_several_terms(text, name):
    assert consequence_class(text) == name


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_its_own_word(name):
    assert consequence_class(name) == name


def test_groups_name_classes():
    assert all(group <= set(CLASSES) for group in GROUPS.values())
    assert not set(GROUPS) & set(CLASSES)
    assert GROUPS["truncating"] < GROUPS["null"]


@given(st.text(max_size=200))
def test_no_text_raises(text):
    assert consequence_class(text) in {None, *CLASSES}
