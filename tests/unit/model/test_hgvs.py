"""Protein changes: every notation of one change is that change, and what is not understood is nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from stratify.model.gene import gene_symbol
from stratify.model.hgvs import MAX_LENGTH, parse_protein
from stratify.model.protein_change import Kind, ProteinChange, Residue, replacement
from unit.model.protein_changes import AMINO, WHOLE, changes, over_a_range, placed, spell

PREFIXES = ["", "NP_005219.2:", "EGFR:", "ENSP00000256474.2:", "NP_005219.2(EGFR):", "EGFR:NM_005228:exon21:c.2573T>G:"]


@given(placed, st.booleans(), st.booleans(), st.sampled_from(PREFIXES), st.sampled_from(["", "p.", "p.(", "("]))
def test_every_way_to_write_a_change_is_that_change(change, three, capitals, prefix, marked):
    closing = ")" if marked.endswith("(") else ""
    text = f"{prefix}{marked}{spell(change, three=three, capitals=three and capitals)}{closing}"
    assert parse_protein(f"  {text} ") == change


@given(changes)
def test_the_canonical_form_round_trips(change):
    assert parse_protein(str(change)) == change
    assert hash(parse_protein(str(change))) == hash(change)


@pytest.mark.parametrize("kind", Kind)
def test_the_generator_makes_every_kind(kind):
    assert find(changes, lambda change: change.kind is kind).kind is kind


@given(over_a_range(), st.data())
def test_residues_spelled_out_are_no_part_of_the_change(change, data):
    inner = data.draw(st.text(AMINO, min_size=max(change.length - 2, 0), max_size=max(change.length - 2, 0)))
    sequence = change.first.amino if change.length == 1 else f"{change.first.amino}{inner}{change.last.amino}"
    one = str(change)
    if change.kind in {Kind.DELETION, Kind.DUPLICATION}:
        assert parse_protein(one + sequence) == change
        assert parse_protein(one + sequence + "A") is None
        other = "A" if sequence[-1] != "A" else "C"
        assert parse_protein(one + sequence[:-1] + other) is None
    if change.kind is Kind.DELINS:
        numbers = f"p.{change.first.position}_{change.last.position}"
        for text in (one.replace("delins", f"del{sequence}ins"), f"{numbers}{sequence}>{change.alternate}"):
            assert parse_protein(text) == change


@given(st.text(AMINO, min_size=1, max_size=7), st.text(AMINO, min_size=1, max_size=7), st.integers(2, 900))
def test_a_replacement_in_normal_form_makes_the_same_protein(old, new, start):
    """Both notations are applied to the residues that the first one names, with one more on either side."""
    first, last = Residue(start, old[0]), Residue(start + len(old) - 1, old[-1])
    change = replacement(first, last, old, new)
    assert apply(change, f"-{old}-", start - 1) == f"-{new}-"
    assert parse_protein(f"p.{start}_{last.position}{old}>{new}") == change
    assert parse_protein(str(change)) == change


def apply(change, protein, offset):
    at, end = change.first.position - offset, change.last.position - offset + 1
    if change.kind is Kind.SYNONYMOUS:
        return protein
    if change.kind is Kind.INSERTION:
        at, end = at + 1, end - 1
    return protein[:at] + change.alternate + protein[end:]


NOTATIONS = {
    "p.L858R": "L858R p.L858R P.L858R p.Leu858Arg p.(Leu858Arg) (p.L858R) LEU858ARG leu858arg NP_005219.2:p.Leu858Arg"
    " EGFR:L858R L858>R L858delinsR",
    "p.W288*": "W288* W288X W288Ter p.Trp288* p.(Trp288Ter) TRP288TER",
    "p.L858=": "L858L p.Leu858= p.L858= p.Leu858Leu",
    "p.*110=": "*110* Ter110= *110=",
    "p.=": "p.= p.(=) NP_001180305.1:p.=",
    "p.0": "p.0 p.0? p.(0)",
    "p.?": "p.? p.(?)",
    "p.E746_A750del": "E746_A750del E746_A750delELREA p.ELREA746del p.746_750delELREA Glu746_Ala750del E746_A750del5"
    " p.Glu746_Ala750delGluLeuArgGluAla E746_A750DELELREA GLU746_ALA750DEL",
    "p.K745del": "K745del Lys745del K745delK p.(Lys745del) K745_K745del K745DEL",
    "p.A746del": "ALA746del Ala746del A746del",
    "p.D770_N771insSVD": "D770_N771insSVD Asp770_Asn771insSerValAsp ASP770_ASN771INSSERVALASP D770_N771INSSVD",
    "p.D770_N771insALA": "D770_N771insALA D770_N771insAlaLeuAla",
    "p.D770_N771insA": "Asp770_Asn771insAla ASP770_ASN771INSALA",
    "p.D770_N771insXXX": "D770_N771insXXX D770_N771insX[3] Asp770_Asn771insXaa[3] D770_N771ins3 D770_N771insXaaXaaXaa",
    "p.770_N771insSVD": "N771_P772>SVDNP Asn771_Pro772delinsSerValAspAsnPro",
    "p.D600_601insSSDNEYF": "p.600_600D>DSSDNEYF D600delinsDSSDNEYF",
    "p.S193_C196dup": "p.193_196dupSTSC S193_C196dup S193_C196DUP STSC193dup",
    "p.V600_K601delinsE": "V600_K601delinsE p.Val600_Lys601delinsGlu V600_K601>E V600_K601DELINSE V600_K601delVKinsE",
    "p.E1_K6del": "E1_K6DELEINSAK E1_K6delEINSAK",
    "p.D2_L4delinsA": "p.2_4DEL>A D2_L4>A D2_L4delDELinsA",
    "p.E746_S752delinsV": "p.746_752ELREATS>V E746_S752>V",
    "p.R97fs": "R97fs Arg97fs R97fs* R97fs*? R97fsTer R97fs*12+ R97Xfs R97FS p.(Arg97fs)",
    "p.R97Pfs*23": "R97Pfs*23 Arg97ProfsTer23 R97PfsX23 Arg97Profs*23 R97PFS*23 ARG97PROFSTER23",
    "p.K2014fs": "p.KIM2014fs K2014fs",
    "p.*228Ifs*12": "p.Ter228IlefsTer12 *228Ifs*12",
    "p.*110Qext*17": "*110Qext*17 Ter110GlnextTer17 X110QextX17 TER110GLNEXTTER17",
    "p.*214Lext*?": "*214L TER214LEU X214L Ter214LeuextTer? *214Lext* *214Lext*?",
    "p.M1ext-5": "M1ext-5 Met1ext-5 M1extM-5 M1ext\N{MINUS SIGN}5",
    "p.M1Vext-12": "Met1ValextMet-12 M1Vext-12",
    "p.M1?": "M1? Met1? p.(Met1?)",
    "p.M1V": "M1V Met1Val p.(Met1Val)",
    "p.X312_splice": "X312_splice p.X312_splice Xaa312_splice X312_Splice",
    "p.G1665_splice": "G1665_splice p.Gly1665_splice",
    "p.A2[10]": "A2[10] p.Ala2[10] p.(Ala2[10])",
    "p.R65_S67[12]": "p.Arg65_Ser67[12] R65_S67[12]",
    "p.G12Xaa": "p.Gly12Xaa G12XAA",
    "p.U46C": "p.Sec46Cys U46C",
    "p.W15O": "p.Trp15Pyl W15O",
    "p.600E": "p.600E p.600delinsE",
}


@pytest.mark.parametrize("canonical", NOTATIONS)
def test_notations_of_one_change(canonical):
    found = {text: parse_protein(text) for text in NOTATIONS[canonical].split()}
    assert {text: str(change) for text, change in found.items()} == dict.fromkeys(found, canonical)
    assert len(set(found.values())) == 1


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", ".", "-", "p.", "p.()", "NULL", "N/A", "EGFR", "EGFR:", "p.R83", "R83", "v600e", "p.v600e", "é12F"],
        *["?", "0", "=", "746_750del", "123A>G", "c.2573T>G", "NM_005157.5:c.763G>A", "NM_005157.5:c.763del", "chr7:1"],
        *["E746_A750delELRE", "E746_A750delALREA", "E746_A750delELREAT", "E746_A750del4", "E746_A750delELREinsQP"],
        *["A750_E746del", "A5_G5del", "A0del", "p.A0_5del", "A5_G0del", "p.A9999999del", "ELREA999998del"],
        *[
            "D770_N772insSVD",
            "D770insSVD",
            "D770_N771ins",
            "D770_N771insB",
            "D770_N771ins0",
            "V600delins",
            "A12>1",
            "p.M1_A11>?",
        ],
        *["L858?", "p.L858", "L858RR", "B12C", "L858J", "R97fs*0", "R97fs23", "A2[0]", "A2[10", "M1ext5", "M1ext-0"],
        *["L858Rext*5", "*110ext-5", "*110*ext*4", "p.110Qext*5", "E746_A750R", "E746_A750fs", "E746_A750_splice"],
        *["p.[E746_R748del; A750P]", "Q157P/R", "P554P*X", "p.-920fs", "EGFR L858R", "p.cTrp117LeufsTer15"],
        *[
            "p.splice site 375G>A",
            "p.promoter -124C>T",
            "RS121913530",
            "BCR-ABL",
            "EXON 19 DELETION",
            "R200W (c.598C>T)",
        ],
    ],
)
def test_what_is_not_understood_is_nothing(text):
    assert parse_protein(text) is None


ALPHABET = "p.()_:*=?>[]-+0123456789 ACDEFGHIKLMNPQRSTVWYXUOdelinsupfxtagrTer\u2212\u0661é\x00"


@given(st.text(ALPHABET, max_size=500) | st.text(max_size=500))
def test_no_text_raises_and_what_is_read_round_trips(text):
    change = parse_protein(text)
    assert change is None or parse_protein(str(change)) == change


PIECES = [*"()_*=?>[]-A1XM", "p.", "del", "ins", "dup", "fs", "ext", "Ter", "Leu", "12", "_splice", "DEL", "INS"]


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_no_shuffled_notation_raises(parts):
    change = parse_protein("".join(parts))
    assert change is None or parse_protein(str(change)) == change


@pytest.mark.parametrize(
    "unit", ["A", "Leu", "1", "A1_", "del", "ins", "fs", "(", ":", "p.", "ext", "*", "X[9", "fsX", ">"]
)
@pytest.mark.parametrize("frame", ["{}", "p.{}", "p.E746_A750del{}", "p.E746_A750delins{}", "L858{}", "a:{}!", "{}1fs"])
def test_time_is_bounded_by_the_length(unit, frame):
    text = frame.format(unit * (MAX_LENGTH // len(unit)))[:MAX_LENGTH]
    started = time.process_time()
    parse_protein(text)
    parse_protein(text * 50)
    assert time.process_time() - started < 0.25  # some 100 times what it takes; backtracking would take hours


RESIDUE, STOP_110, START = Residue(858, "L"), Residue(110, "*"), Residue(1, "M")


@pytest.mark.parametrize(
    "arguments",
    [
        (Kind.MISSENSE,),
        (Kind.MISSENSE, RESIDUE, None, "R"),
        (Kind.MISSENSE, RESIDUE, RESIDUE),
        (Kind.MISSENSE, RESIDUE, RESIDUE, "L"),
        (Kind.MISSENSE, RESIDUE, RESIDUE, "*"),
        (Kind.MISSENSE, RESIDUE, RESIDUE, "j"),
        (Kind.MISSENSE, RESIDUE, RESIDUE, "R", 3),
        (Kind.MISSENSE, RESIDUE, Residue(859, "A"), "R"),
        (Kind.MISSENSE, START, START, "V"),
        (Kind.MISSENSE, STOP_110, STOP_110, "V"),
        (Kind.NONSENSE, START, START),
        (Kind.NONSENSE, STOP_110, STOP_110),
        (Kind.START_LOST, RESIDUE, RESIDUE),
        (Kind.START_LOST, START, START, "M"),
        (Kind.EXTENSION, RESIDUE, RESIDUE, "Q", 17),
        (Kind.EXTENSION, START, START, "", 5),
        (Kind.EXTENSION, STOP_110, STOP_110, "Q", -5),
        (Kind.EXTENSION, STOP_110, STOP_110, "*", 5),
        (Kind.INSERTION, RESIDUE, Residue(860, "A"), "R"),
        (Kind.DELETION, Residue(860, "A"), RESIDUE),
        (Kind.DELETION, RESIDUE, RESIDUE, "", None, "R"),
        (Kind.DELETION, RESIDUE, Residue(860, "A"), "", None, "LA"),
        (Kind.DELINS, RESIDUE, RESIDUE, "R"),
        (Kind.DELINS, RESIDUE, Residue(860, "A"), "LR"),
        (Kind.DELINS, RESIDUE, Residue(860, "A"), "RA"),
        (Kind.FRAMESHIFT, RESIDUE, RESIDUE, "X"),
        (Kind.FRAMESHIFT, RESIDUE, RESIDUE, "", 0),
        (Kind.REPEAT, RESIDUE, RESIDUE),
        (Kind.REPEAT, RESIDUE, RESIDUE, "", 0),
        (Kind.UNKNOWN, RESIDUE, RESIDUE),
        (Kind.INSERTION, RESIDUE, Residue(859), "R", None, "LA"),
    ],
)
def test_nonsense_cannot_be_built(arguments):
    with pytest.raises(ValueError, match=r"fit|simpler|spelled"):
        ProteinChange(*arguments)


@pytest.mark.parametrize("arguments", [(0,), (1_000_000,), (5, "X"), (5, "x"), (5, "")])
def test_a_residue_is_a_position_and_a_letter(arguments):
    with pytest.raises(ValueError, match="is"):
        Residue(*arguments)


@pytest.mark.parametrize(
    ("text", "net"),
    [
        ("L747_P753delinsS", -6),
        ("E746_A750del", -5),
        ("D770_N771insSVD", 3),
        ("S193_C196dup", 4),
        ("L858R", 0),
        ("L858=", 0),
        ("p.601_602insQRI*I", None),
        ("R97fs", None),
        ("W288*", None),
        ("A2[10]", None),
    ],
)
def test_net_length(text, net):
    assert parse_protein(text).net_length == net


def test_changes_of_the_whole_protein_have_no_place():
    assert [(change.first, change.last, change.length) for change in WHOLE] == [(None, None, 0)] * 3


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("EGFR", "EGFR"),
        (" egfr ", "EGFR"),
        ("HLA-A", "HLA-A"),
        ("C9orf72", "C9ORF72"),
        ("\uff34P53", "TP53"),
        ("NO", "NO"),
    ],
)
def test_gene_symbol(text, symbol):
    assert gene_symbol(text) == symbol
