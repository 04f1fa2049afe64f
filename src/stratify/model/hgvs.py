"""Protein changes as people write them: HGVS, one-letter and three-letter, current and former, and as MAF files do.

``L858R``, ``p.L858R``, ``p.Leu858Arg``, ``p.(Leu858Arg)``, ``NP_005219.2:p.Leu858Arg`` and ``LEU858ARG`` are one
change. What is not understood is ``None``, which is unknown and never "no change". After the HGVS Nomenclature (den
Dunnen et al., Hum Mutat 2016;37:564) with these decisions:

*X.* A lone ``X`` in a substitution, behind ``fs`` or ``ext`` is a stop: ``R213X`` and ``fsX23`` are former HGVS and
fill data sets. Elsewhere it is an amino acid that is not known: among inserted residues, and before a position, where
``X312_splice`` only means residue 312. ``Xaa`` is never a stop.

*Three capitals.* ``ALA746del`` is the deletion of one alanine, not of the three residues A, L, A; ``KIM2014fs``, which
is no three-letter code, starts at lysine 2014.

*Checks.* ``E746_A750delELREA`` is ``E746_A750del``; a deleted, duplicated or replaced sequence that is not as long as
its range, or differs at its ends, is a mistake somewhere: ``None``.

*Numbers without letters* (``746_750del``) need ``p.``: without it they may be nucleotides. So do ``0``, ``?``, ``=``.

*The frameshift's end.* ``fs``, ``fs*``, ``fs*?`` and ``fs*12+`` (at least 12) all leave it unknown.

*Not read.* Several changes in one text (``p.[E746_R748del; A750P]``, ``Q157P/R``), ``p.-920fs`` (a position between
residues), a position alone (``R83``: a pattern, not a change), nucleotides.

The reference sequence's name is not compared: numbers of two isoforms are the caller's affair.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from stratify.model.amino_acid import STOP, THREE_LETTER, UNKNOWN, amino_acid, amino_acids, is_three_letter
from stratify.model.protein_change import MAX_POSITION, Kind, ProteinChange, Residue, replacement, substitution

MAX_LENGTH = 2000
"""Characters of the longest text that is read."""

_REFERENCE = re.compile(r"[^\s,;]+")
_PLACE = re.compile(r"([A-Za-z]+|\*)?([0-9]{1,6})(?:_([A-Za-z]+|\*)?([0-9]{1,6}))?(?![0-9])")
_FRAMESHIFT = re.compile(
    r"([A-Za-z]{1,3}?|\*)??(?:fs|FS)(?:(?:\*|[Xx]|[Tt][Ee][Rr])(?:([0-9]{1,6})|\?|[0-9]{1,6}\+)?)?"
)
_EXTENSION = re.compile(
    r"([A-Za-z]{1,3}?)??(?:ext|EXT)(?:(?:\*|[Xx]|[Tt][Ee][Rr])([0-9]{1,6}|\?)?|(?:M|[Mm][Ee][Tt])?(-[0-9]{1,6}))"
)
_COPIES = re.compile(r"\[([0-9]{1,6})\]")
_UNKNOWN_RESIDUES = re.compile(r"(?:X|[Xx][Aa][Aa])\[([0-9]{1,4})\]|([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Place:
    """What stands before the change: ``E746_A750``, ``ELREA746``, ``746_752``."""

    first: Residue
    last: Residue
    sequence: str = ""
    """All residues from first to last, where they are spelled out."""
    bare_x: bool = False
    """Whether the only letter is an ``X``."""
    three_letter: bool | None = None
    """How residues are written; ``None`` without letters."""

    @property
    def single(self) -> bool:
        """Whether one residue is named."""
        return self.first == self.last


def clean(text: str) -> tuple[str, bool]:
    """A notation without reference sequence, ``p.`` and parentheses, and whether ``p.`` was there."""
    text = unicodedata.normalize("NFKC", text).strip().replace("\N{MINUS SIGN}", "-") if len(text) <= MAX_LENGTH else ""
    reference, colon, rest = text.rpartition(":")
    if colon and _REFERENCE.fullmatch(reference):
        text = rest
    text = _without_parentheses(text)
    marked = text[:2] in {"p.", "P."}
    return (_without_parentheses(text[2:]), True) if marked else (text, False)


def _without_parentheses(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _residues(letters: str | None) -> str | None:
    """The letters before a position, one letter each: one residue, or a run of them; ``None`` for no residues."""
    if letters is None:
        return ""
    return amino_acid(letters) or amino_acids(letters, three_letter=False)


def _residue(amino: str, position: int) -> Residue:
    return Residue(position, None if amino in {"", UNKNOWN} else amino)


def read_place(text: str) -> tuple[Place, str] | None:
    """The residues with which a notation begins, and what follows them."""
    found = _PLACE.match(text)
    if found is None:
        return None
    before, after = _residues(found[1]), _residues(found[3])
    if before is None or after is None or len(after) > 1:
        return None
    letters = found[1] or found[3]
    style = None if letters in {None, STOP, UNKNOWN} else is_three_letter(str(letters))
    start, end, run = int(found[2]), int(found[4] or found[2]), ""
    if len(before) > 1:
        if found[4] is not None:
            return None
        run, end, after = before, start + len(before) - 1, before[-1]
    if not 1 <= start <= end <= MAX_POSITION:
        return None
    first, last = _residue(before[:1], start), _residue(after, end)
    if start == end:  # A746 and A746_A746, or 600_600
        if not first.agrees(last):
            return None
        first = last = first if last.amino is None else last
    return Place(first, last, run, found[1] == UNKNOWN, style), text[found.end() :]


def _spelled(place: Place, text: str) -> Place | None:
    """The place with its residues spelled out behind the change; ``None`` where the two disagree."""
    if not text:
        return place
    length = place.last.position - place.first.position + 1
    if text.isdecimal():
        return place if text == str(length) else None
    sequence = amino_acids(text, three_letter=place.three_letter)
    if sequence is None or len(sequence) != length or (place.sequence and sequence != place.sequence):
        return None
    ends = _residue(sequence[0], place.first.position), _residue(sequence[-1], place.last.position)
    if not (ends[0].agrees(place.first) and ends[1].agrees(place.last)):
        return None
    if UNKNOWN in {sequence[0], sequence[-1]}:
        return place
    return Place(*ends, sequence, place.bare_x, place.three_letter)


def _inserted(text: str, three_letter: bool | None) -> str | None:
    count = _UNKNOWN_RESIDUES.fullmatch(text)
    if count is not None:
        return UNKNOWN * int(count[1] or count[2]) or None
    return amino_acids(text, three_letter=three_letter) or None


def _over(kind: Kind, place: Place | None, count: int | None = None) -> ProteinChange | None:
    """A change of whole residues: deletion, duplication, repeat."""
    if place is None:
        return None
    return ProteinChange(kind, place.first, place.last, count=count, sequence=place.sequence)


def _replaced(place: Place | None, text: str) -> ProteinChange | None:
    alternate = None if place is None else _inserted(text, place.three_letter)
    if place is None or alternate is None:
        return None
    return replacement(place.first, place.last, place.sequence, alternate)


def _deleted(place: Place, text: str, *, capitals: bool) -> ProteinChange | None:
    """``del``, ``delELREA``, ``delinsQP``, ``delELREAinsQP``.

    In capitals INS may be the residues I, N, S: a sequence that fits its range is one.
    """
    if capitals and not text.startswith("INS"):
        whole = _spelled(place, text)
        if whole is not None:
            return _over(Kind.DELETION, whole)
    deleted, ins, inserted = text.partition("INS" if capitals else "ins")
    place_read = _spelled(place, deleted)
    return _replaced(place_read, inserted) if ins else _over(Kind.DELETION, place_read)


def _insertion(place: Place, text: str) -> ProteinChange | None:
    alternate = _inserted(text, place.three_letter)
    if alternate is None or place.sequence or place.last.position - place.first.position != 1:
        return None
    return ProteinChange(Kind.INSERTION, place.first, place.last, alternate)


def _arrow(place: Place, text: str) -> ProteinChange | None:
    """The former ``E746_A750>QP`` and ``746_752ELREATS>V``. ``600_600D>DSSD`` names its one residue twice."""
    replaced, _, inserted = text.partition(">")
    return None if inserted.isdecimal() else _replaced(_spelled(place, replaced), inserted)


def _frameshift(place: Place, found: re.Match[str]) -> ProteinChange | None:
    alternate = amino_acid(found[1] or UNKNOWN)
    count = int(found[2]) if found[2] else None
    if alternate is None or count == 0 or not (place.single or place.sequence):
        return None
    return ProteinChange(
        Kind.FRAMESHIFT, place.first, place.first, "" if alternate == UNKNOWN else alternate, count=count
    )


def _extension(residue: Residue, found: re.Match[str]) -> ProteinChange | None:
    alternate = amino_acid(found[1] or UNKNOWN)
    count = found[3] or found[2]
    number = int(count) if count and count != "?" else None
    if alternate in {None, STOP} or number == 0 or residue.is_start is not bool(found[3]):
        return None
    if residue.amino != STOP and not residue.is_start:
        return None
    told = "" if alternate in {UNKNOWN, residue.amino} else str(alternate)
    return ProteinChange(Kind.EXTENSION, residue, residue, told, number)


def _single(place: Place, text: str) -> ProteinChange | None:
    """What happens to one residue: a substitution, ``=``, ``?``, an extension. ``X`` is a stop here."""
    residue = Residue(place.first.position, STOP) if place.bare_x else place.first
    extension = _EXTENSION.fullmatch(text)
    if extension is not None:
        return _extension(residue, extension)
    if text == "=":
        return ProteinChange(Kind.SYNONYMOUS, residue, residue)
    if text == "?":
        return ProteinChange(Kind.START_LOST, residue, residue) if residue.is_start else None
    alternate = STOP if text in {"X", "x"} else amino_acid(text)
    return None if alternate is None else substitution(residue, alternate)


def _change(place: Place, text: str) -> ProteinChange | None:
    if ">" in text:  # first: 2_4DEL>A replaces D, E and L
        return _arrow(place, text)
    word = text[:3].lower() if text[:3] in {"del", "DEL", "ins", "INS", "dup", "DUP"} else ""
    if word == "del":
        return _deleted(place, text[3:], capitals=text[:3] == "DEL")
    if word == "ins":
        return _insertion(place, text[3:])
    if word == "dup":
        return _over(Kind.DUPLICATION, _spelled(place, text[3:]))
    frameshift, copies = _FRAMESHIFT.fullmatch(text), _COPIES.fullmatch(text)
    if frameshift is not None:
        return _frameshift(place, frameshift)
    if copies is not None:
        return _over(Kind.REPEAT, place, int(copies[1])) if int(copies[1]) else None
    if not place.single:
        return ProteinChange(Kind.SYNONYMOUS, place.first, place.last) if text == "=" and not place.sequence else None
    if text.lower() == "_splice":
        return ProteinChange(Kind.SPLICE, place.first, place.first)
    return _single(place, text)


_WHOLE = {
    "?": ProteinChange(Kind.UNKNOWN),
    "0": ProteinChange(Kind.NO_PROTEIN),
    "0?": ProteinChange(Kind.NO_PROTEIN),
    "=": ProteinChange(Kind.SYNONYMOUS),
}
_LETTER_FIRST = frozenset("".join(THREE_LETTER) + "".join(THREE_LETTER).lower())


def parse_protein(text: str) -> ProteinChange | None:
    """The protein change that a text names; ``None`` for text that names none or is not understood.

    Never raises; takes time in proportion to the text.
    """
    body, marked = clean(text)
    if marked and body in _WHOLE:
        return _WHOLE[body]
    if not body or not (marked or body[0] in _LETTER_FIRST):
        return None
    found = read_place(body)
    return None if found is None else _change(*found)
