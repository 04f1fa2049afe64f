"""Protein changes of every kind for generated tests, and the ways in which people write them."""

from __future__ import annotations

from hypothesis import strategies as st

from stratify.model.amino_acid import STOP, THREE_LETTER, UNKNOWN
from stratify.model.protein_change import Kind, ProteinChange, Residue, substitution

AMINO = "".join(code for code in THREE_LETTER if code not in {STOP, UNKNOWN})
aminos = st.sampled_from(AMINO)
positions = st.integers(2, 40_000)
residues = st.builds(Residue, positions, aminos)
sequences = st.text(AMINO, min_size=1, max_size=8)
WHOLE = [ProteinChange(Kind.UNKNOWN), ProteinChange(Kind.NO_PROTEIN), ProteinChange(Kind.SYNONYMOUS)]
START = Residue(1, "M")


@st.composite
def ranges(draw: st.DrawFn) -> tuple[Residue, Residue]:
    first = draw(residues)
    length = draw(st.integers(1, 12))
    return (first, first) if length == 1 else (first, Residue(first.position + length - 1, draw(aminos)))


@st.composite
def over_a_range(draw: st.DrawFn) -> ProteinChange:
    first, last = draw(ranges())
    kind = draw(st.sampled_from([Kind.DELETION, Kind.DUPLICATION, Kind.REPEAT, Kind.DELINS]))
    if kind is Kind.REPEAT:
        return ProteinChange(kind, first, last, count=draw(st.integers(1, 99)))
    if kind is not Kind.DELINS:
        return ProteinChange(kind, first, last)
    alternate = draw(
        sequences.filter(
            lambda new: new[0] != first.amino and new[-1] != last.amino and (first != last or len(new) > 1),
        )
    )
    return ProteinChange(kind, first, last, alternate)


@st.composite
def insertions(draw: st.DrawFn) -> ProteinChange:
    first = draw(residues)
    return ProteinChange(Kind.INSERTION, first, Residue(first.position + 1, draw(aminos)), draw(sequences))


@st.composite
def frameshifts(draw: st.DrawFn) -> ProteinChange:
    residue = draw(residues)
    count = draw(st.none() | st.integers(1, 400))
    return ProteinChange(Kind.FRAMESHIFT, residue, residue, draw(st.just("") | aminos), count)


@st.composite
def ends(draw: st.DrawFn) -> ProteinChange:
    stop = Residue(draw(positions), STOP)
    added = draw(st.integers(1, 99))
    lost = draw(st.just("") | aminos.filter(lambda amino: amino != "M"))
    return draw(
        st.sampled_from(
            [
                ProteinChange(Kind.EXTENSION, stop, stop, draw(st.just("") | aminos), draw(st.none() | st.just(added))),
                ProteinChange(Kind.EXTENSION, START, START, lost, -added),
                ProteinChange(Kind.START_LOST, START, START, lost),
            ]
        )
    )


missense = st.builds(substitution, residues, aminos).filter(lambda change: change.kind is Kind.MISSENSE)
single = st.builds(substitution, residues, st.just(STOP)) | st.builds(
    lambda residue, kind: ProteinChange(kind, residue, residue),
    residues,
    st.sampled_from([Kind.SYNONYMOUS, Kind.SPLICE]),
)
placed = missense | single | over_a_range() | insertions() | frameshifts() | ends()
changes = placed | st.sampled_from(WHOLE)


def spell(change: ProteinChange, *, three: bool, capitals: bool = False) -> str:
    """The change without ``p.``, written here and not by ``str``."""

    def amino(letters: str) -> str:
        text = "".join(map(THREE_LETTER.__getitem__, letters)) if three else letters
        return text.upper() if capitals else text

    def residue(at: Residue) -> str:
        return f"{amino(at.amino or '')}{at.position}"

    stop, before = amino(STOP), change.first == START
    alternate = amino(change.alternate)
    what = {
        Kind.MISSENSE: alternate,
        Kind.NONSENSE: stop,
        Kind.SYNONYMOUS: "=",
        Kind.DELETION: "del",
        Kind.INSERTION: f"ins{alternate}",
        Kind.DUPLICATION: "dup",
        Kind.DELINS: f"delins{alternate}",
        Kind.FRAMESHIFT: f"{alternate}fs{'' if change.count is None else f'{stop}{change.count}'}",
        Kind.EXTENSION: f"{alternate}ext" + (str(change.count) if before else f"{stop}{change.count or '?'}"),
        Kind.START_LOST: alternate or "?",
        Kind.REPEAT: f"[{change.count}]",
        Kind.SPLICE: "_splice",
        Kind.NO_PROTEIN: "0",
        Kind.UNKNOWN: "?",
    }[change.kind]
    if change.first is None or change.last is None:
        return what
    place = residue(change.first) + ("" if change.first == change.last else f"_{residue(change.last)}")
    return place + what
