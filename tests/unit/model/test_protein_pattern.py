"""Patterns of protein changes: T, F and unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratify.model.hgvs import parse_protein
from stratify.model.protein_change import Kind, ProteinChange, Residue
from stratify.model.protein_pattern import IN_FRAME, SUBSTITUTIONS, ProteinPattern, parse_pattern
from unit.model.protein_changes import AMINO, changes, missense, over_a_range, placed

T, F, U = True, False, None


def answers(pattern, text, include=()):
    """The pattern's answer to each change of a text."""
    asked = parse_pattern(pattern, include)
    return {one: asked.matches(parse_protein(one)) for one in text.split()}


CASES = [
    ("p.L858R", T, "L858R p.L858R p.Leu858Arg p.(Leu858Arg) NP_005219.2:p.Leu858Arg p.858R"),
    ("p.L858R", F, "L858Q L858= L858* L858fs L859R M858R T790M X858_splice p.0 p.= M1? L858_A859delinsRK L858del"),
    ("p.L858R", U, "p.? L858Xaa EGFR rubbish R83 p.[E746_R748del;A750P]"),
    ("Leu858Arg", T, "L858R"),
    ("p.V600", T, "V600E V600K V600G p.Val600Arg p.600E"),
    ("p.V600", F, "V600_K601delinsE V600= V600* V600fs V600del V600dup T599_V600insT M600E V601E K601E p.600V p.0 p.="),
    ("p.V600", U, "p.? V600Xaa V600"),
    ("p.600", T, "V600E M600E"),
    ("p.G12", T, "G12C G12D"),
    ("p.M1", T, "M1V M1? M1*"),
    ("p.M1", F, "M1fs M1ext-5 M1del A1V"),
    (
        "p.746_750",
        T,
        "E746_A750del L747_P753delinsS L747_T751del E746K A750P K745_E746insV A750_T751insV R748dup E746[2]",
    ),
    (
        "p.746_750",
        F,
        "K745E T751_E758del K745del T751I G745_V746insA* L747* L747fs L747= M1ext-5 p.0 p.= X745_splice",
    ),
    ("p.746_750", U, "p.? X748_splice R748Xaa"),
    ("p.E746_A750", T, "E746_A750del p.746_750del L747_P753delinsS R748G"),
    ("p.E746_A750", F, "G746_A750del E746_G750del G746K p.745_750GGLREA>V"),
    ("p.E746_A750del", T, "E746_A750delELREA p.746_750del p.ELREA746del"),
    ("p.E746_A750del", F, "E746_T751del L747_A750del E746_A750delinsQ E746_A750dup"),
    ("p.R97fs", T, "R97fs R97Pfs*23 Arg97ProfsTer5 p.97fs"),
    ("p.R97fs", F, "R97* R98fs K97fs R97P"),
    ("p.R97Pfs*23", T, "R97Pfs*23 Arg97ProfsTer23"),
    ("p.R97Pfs*23", F, "R97Pfs*22 R97Qfs*23 R98Pfs*23"),
    ("p.R97Pfs*23", U, "R97fs R97Pfs R97fs*23"),
    ("p.*214L", T, "*214L *214Lext*15 Ter214Leu"),
    ("p.*214Lext*15", U, "*214L *214ext*15"),
    ("p.*214Lext*15", F, "*214Lext*14 *214Wext*15"),
    ("p.M1?", T, "M1? M1V"),
    ("p.M1V", U, "M1?"),
    ("p.M1V", F, "M1L"),
    ("p.0", T, "p.0 p.0?"),
    ("p.0", F, "L858R p.="),
    ("p.L858=", T, "L858L p.Leu858="),
    ("p.L858=", U, "p.="),
    ("p.D770_N771insSVD", T, "D770_N771insSVD N771_P772>SVDNP"),
    ("p.D770_N771insSVD", F, "D770_N771insSVG D770_N771insSV D770_N771insGL P772_H773insSVD"),
    ("p.D770_N771insSVD", U, "D770_N771insXXX D770_N771insSXD"),
    ("p.D770_N771insSVD", F, "D770_N771insXX D770_N771insSXG"),
    # one event, two names
    ("p.H773dup", T, "H773_V774insH P772_H773insH H773dup"),
    ("p.H773dup", F, "H773_V774insG H773_V774insHH V774_C775insH"),
    ("p.H773_V774insH", T, "H773dup"),
    ("p.Y772_A775dup", U, "A775_G776insYVMA"),
    ("p.Y772_A775dupYVMA", T, "A775_G776insYVMA Y772_A775dup"),
    ("p.Y772_A775dup", F, "A775_G776insYVMG A775_G776insYVA G776_S777insYVMA"),
    ("p.A775_G776insYVMA", T, "Y772_A775dupYVMA"),
    ("p.A775_G776insYVMA", U, "Y772_A775dup"),
    ("p.X312_splice", T, "X312_splice G312_splice"),
    ("p.X312_splice", F, "X313_splice G312C"),
]


@pytest.mark.parametrize(("pattern", "answer", "text"), CASES)
def test_answers(pattern, answer, text):
    found = answers(pattern, text)
    assert found == dict.fromkeys(found, answer)


@pytest.mark.parametrize(
    ("pattern", "kind", "text"),
    [
        ("p.V600", Kind.DELINS, "V600_K601delinsE T599_V600delinsK"),
        ("p.V600", Kind.NONSENSE, "V600*"),
        ("p.V600", Kind.FRAMESHIFT, "V600fs V600Gfs*4"),
        ("p.V600", Kind.SYNONYMOUS, "V600="),
        ("p.V600", Kind.DELETION, "V600del T599_V600del"),
        ("p.V600", Kind.INSERTION, "V600_K601insA T599_V600insT"),
        ("p.V600", Kind.SPLICE, "X600_splice V600_splice"),
        ("p.746_750", Kind.NONSENSE, "L747* E746_L747insA*"),
        ("p.*110", Kind.EXTENSION, "*110Q *110Qext*17"),
    ],
)
def test_a_place_asks_for_further_kinds(pattern, kind, text):
    included = answers(pattern, text, {kind})
    assert included == dict.fromkeys(included, T)
    if pattern != "p.*110":
        assert T not in answers(pattern, text).values()


@pytest.mark.parametrize(
    "text",
    [
        *[
            "p.G12X",
            "G12X",
            "p.Gly12Xaa",
            "p.(G12X)",
            "p.X110Q",
            "p.X600",
            "p.A12_C13insXX",
            "p.L1_M5delinsAX",
            "p.Xaa600",
            "p.*110",
            "p.?",
            "p.=",
        ],
        *["", "p.", "600", "746_750", "V600E/K", "exon 19", "p.750_746", "p.G12_", "L", "p.ELREA746"],
    ],
)
def test_what_is_no_pattern_is_refused(text):
    assert parse_pattern(text) is None


def test_one_change_cannot_be_widened():
    assert parse_pattern("p.L858R", {Kind.DELINS}) is None


def test_the_unreadable_is_unknown_to_every_pattern():
    assert [parse_pattern(text).matches(None) for text in ("p.L858R", "p.V600", "p.746_750", "p.0")] == [None] * 4


@given(changes)
def test_a_change_matches_the_pattern_made_of_it_however_written(change):
    pattern = parse_pattern(str(change))
    if change.kind is Kind.UNKNOWN or change == ProteinChange(Kind.SYNONYMOUS):
        assert pattern is None
    else:
        assert pattern.exact == change
        assert pattern.matches(change) is True
        assert parse_pattern(str(pattern)) == pattern


@given(placed, st.integers(1, 30), st.booleans())
def test_no_neighbour_matches(change, by, up):
    """The same change at other positions, with the same amino acids."""
    moved = by if up or change.first.position <= by + 1 else -by  # at position 1 a methionine is the start
    if change.first.is_start:
        return

    def shifted(residue):
        return Residue(residue.position + moved, residue.amino)

    other = ProteinChange(
        change.kind, shifted(change.first), shifted(change.last), change.alternate, change.count, change.sequence
    )
    assert parse_pattern(str(change)).matches(other) is False


@given(missense, st.sampled_from(AMINO), st.sampled_from([-1, 1]))
def test_a_position_matches_any_substitution_there_and_none_beside(change, amino, beside):
    place = parse_pattern(f"p.{change.first}")
    assert place == ProteinPattern(None, change.first, change.first, SUBSTITUTIONS)
    assert parse_pattern(str(place)) == place
    assert place.matches(parse_protein(f"{change.first}{amino}")) is (amino != change.first.amino)
    neighbour = Residue(change.first.position + beside, change.first.amino)
    assert place.matches(parse_protein(f"{neighbour}{change.alternate}")) is False
    if amino != change.first.amino:
        other = parse_protein(f"{amino}{change.first.position}{change.first.amino}")
        assert place.matches(other) is False


@given(over_a_range(), st.integers(1, 40_050), st.integers(0, 40))
def test_a_range_matches_what_shares_a_residue(change, start, length):
    start = max(1, change.first.position - 20 + start % 40)
    place = parse_pattern(f"p.{start}_{start + length + 1}")
    touched = set(range(change.first.position, change.last.position + 1))
    assert place.kinds == IN_FRAME
    assert place.matches(change) is bool(touched & set(range(start, start + length + 2)))


@given(st.text(max_size=200) | st.text("pXG12V600_splice.*()E=", max_size=30))
def test_no_text_raises(text):
    pattern = parse_pattern(text)
    assert pattern is None or parse_pattern(str(pattern)) == pattern


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (ProteinChange(Kind.NO_PROTEIN), Residue(1), Residue(1), IN_FRAME),
        (None, Residue(1), None, IN_FRAME),
        (None, Residue(1), Residue(1)),
    ],
)
def test_nonsense_cannot_be_built(arguments):
    with pytest.raises(ValueError, match="pattern"):
        ProteinPattern(*arguments)
