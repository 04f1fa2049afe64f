"""Words of genomic data: what is known, what a site maps, and that everything else is unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.alteration import MinVaf, VariantKind, class_excludes, classes_by_notation
from stratify.model.genomic_words import (
    CALL_GROUPS,
    Call,
    CopyState,
    Finds,
    Origin,
    VafUnit,
    assay_is,
    call_is,
    class_of,
    copies_are,
    exon_number,
    finds,
    origin_is,
    words_of,
)
from stratify.model.protein_change import Kind
from stratify.model.protein_pattern import parse_pattern

NONE = words_of(())
LIKELY = CALL_GROUPS["pathogenic_or_likely"]


@pytest.mark.parametrize(
    ("text", "pathogenic", "likely"),
    [
        ("Pathogenic", True, True),
        ("likely pathogenic", False, True),
        ("LP", False, True),
        ("Pathogenic/Likely_pathogenic", None, True),
        ("VUS", False, False),
        ("Benign/Likely benign", False, False),
        ("Conflicting interpretations of pathogenicity", None, None),
        ("not pathogenic", None, None),
        ("", None, None),
    ],
)
def test_calls(text: str, pathogenic: bool | None, likely: bool | None) -> None:
    assert call_is(text, frozenset({Call.PATHOGENIC}), NONE) is pathogenic
    assert call_is(text, LIKELY, NONE) is likely


def test_a_site_maps_its_own_words_and_they_come_first() -> None:
    own = words_of([("Tier I", "pathogenic"), ("P", "pathogenic_or_likely"), ("unclear", "vus")])
    assert call_is("tier_i", LIKELY, own) is True
    assert call_is("P", frozenset({Call.PATHOGENIC}), own) is None
    assert call_is("Unclear", LIKELY, own) is False


def test_origins() -> None:
    said = {text: origin_is(text, Origin.GERMLINE, NONE) for text in ("Germline", "SOMATIC", "LOH", "Unknown")}
    assert said == {"Germline": True, "SOMATIC": False, "LOH": None, "Unknown": None}
    assert origin_is("LOH", Origin.SOMATIC, words_of([("loh", "somatic")])) is True


def test_numbers_of_copies_mean_nothing_until_a_site_says_so() -> None:
    assert copies_are("2", CopyState.AMPLIFICATION, NONE) is None
    own = words_of([("2", "amplification"), ("-2", "deep_deletion")])
    assert copies_are("2", CopyState.AMPLIFICATION, own) is True
    assert copies_are("-2", CopyState.AMPLIFICATION, own) is False
    assert copies_are("-2", CopyState.DEEP_DELETION, own) is True
    assert copies_are("+2", CopyState.AMPLIFICATION, own) is None
    assert copies_are("HOMDEL", CopyState.DEEP_DELETION, NONE) is True
    assert copies_are("deletion", CopyState.DEEP_DELETION, NONE) is None  # of one copy, or of both?


@pytest.mark.parametrize(
    ("text", "number"),
    [("19", 19), ("19/28", 19), ("exon 19", 19), ("Exon_19", 19), ("19 of 28", 19), ("19.0", 19)],
)
def test_exons(text: str, number: int) -> None:
    assert exon_number(text) == number


@pytest.mark.parametrize("text", ["18-19", "18,19", "intron 19", "", "19del", "exons 18 to 20"])
def test_what_names_no_single_exon(text: str) -> None:
    assert exon_number(text) is None


def test_types_of_tests_are_texts_unless_a_site_lists_them() -> None:
    assert assay_is("Tissue NGS", ["tissue_ngs"], NONE) is True
    assert assay_is("MSK-IMPACT", ["tissue_ngs"], NONE) is False
    own = words_of([("tissue_ngs", "tissue_ngs"), ("MSK-IMPACT", "tissue_ngs"), ("ctdna", "ctdna")])
    assert assay_is("msk impact", ["tissue_ngs"], own) is True
    assert assay_is("ctDNA", ["tissue_ngs"], own) is False
    assert assay_is("something new", ["tissue_ngs"], own) is None


def test_what_a_panel_finds() -> None:
    assert all(finds(None, kind) for kind in Finds)
    assert [finds("CNA", kind) for kind in Finds] == [False, True, False]
    assert not any(finds("whatever", kind) for kind in Finds)


@given(st.text(max_size=30))
def test_no_text_is_ever_an_error(text: str) -> None:
    exon_number(text)
    class_of(text, NONE)
    classes_by_notation(text)
    for said in (call_is(text, LIKELY, NONE), origin_is(text, Origin.SOMATIC, NONE)):
        assert said in {True, False, None}


def test_a_replacement_that_loses_residues_is_a_deletion_too() -> None:
    assert classes_by_notation("L747_P753delinsS") == {"inframe_delins", "inframe_deletion"}
    assert classes_by_notation("D770delinsGY") == {"inframe_delins", "inframe_insertion"}
    assert classes_by_notation("E746_A750del") == {"inframe_deletion"}
    assert classes_by_notation("V600_K601delinsEN") == {"inframe_delins"}
    assert classes_by_notation("see report") == frozenset()


@pytest.mark.parametrize(
    ("found", "text", "excluded"),
    [
        ("synonymous", "p.L858R", True),
        ("noncoding", "p.L858", True),
        ("frameshift", "p.746_750", True),
        ("frameshift", "E746fs", False),
        ("nonsense", "W288*", False),
        ("splice", "p.L858R", True),
        ("splice", "p.746_750", False),  # the skipped exon of MET keeps the frame
        ("missense", "E746_A750del", False),  # a MAF calls two neighbouring substitutions missense
        ("synonymous", "L858=", False),
    ],
)
def test_a_class_that_cannot_be_what_is_asked(found: str, text: str, excluded: bool) -> None:
    pattern = parse_pattern(text)
    assert pattern is not None
    assert class_excludes(found, pattern) is excluded


def test_a_frameshift_is_not_excluded_where_the_place_asks_for_frameshifts() -> None:
    pattern = parse_pattern("p.746_750", {Kind.FRAMESHIFT})
    assert pattern is not None
    assert not class_excludes("frameshift", pattern)


def test_fractions_convert_exactly() -> None:
    asked = MinVaf(Decimal("0.5"))
    assert (asked.value_in(VafUnit.PERCENT), asked.value_in(VafUnit.FRACTION)) == (Decimal("0.5"), Decimal("0.005"))
    assert MinVaf(Decimal("0.005"), VafUnit.FRACTION).value_in(VafUnit.PERCENT) == Decimal("0.5")


def test_an_alternative_says_something() -> None:
    with pytest.raises(ValueError, match="says something"):
        VariantKind()
    with pytest.raises(ValueError, match="no such class"):
        VariantKind(consequence="bad")
