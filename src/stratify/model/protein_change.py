"""A change of a protein as a value: kind, residues, new sequence.

Two notations are the same change when these agree. The reference sequence, ``p.``, the parentheses of a predicted
change, and amino acids repeated for the reader (``delELREA``) are no part of it.

A change that exists is in normal form: what a replacement leaves as it was is no part of the replacement, so that
``V600delinsE`` is the missense ``V600E`` and ``N771_P772delinsSVDNP`` an insertion before N771 (HGVS Nomenclature,
"Prioritisation"). What cannot be known without the reference sequence is left as written: a deletion that is not
moved to its most C-terminal place is another change than the one that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from stratify.model.amino_acid import STOP, THREE_LETTER, UNKNOWN

MAX_POSITION = 999_999
"""Positions have at most six digits; the longest human protein has 35,991 residues."""


class Kind(Enum):
    """Kinds of protein change."""

    MISSENSE = "missense"
    """One amino acid for another: ``L858R``."""
    NONSENSE = "nonsense"
    """A stop for an amino acid: ``W288*``."""
    SYNONYMOUS = "synonymous"
    """No change: of a residue, ``L858=``, or of the whole protein, ``p.=``."""
    DELETION = "deletion"
    INSERTION = "insertion"
    """Between two neighbours: ``D770_N771insSVD``."""
    DUPLICATION = "duplication"
    DELINS = "delins"
    """Residues replaced by others: ``V600_K601delinsE``."""
    FRAMESHIFT = "frameshift"
    """From the first residue that changes: ``R97Pfs*23``."""
    EXTENSION = "extension"
    """Beyond the stop, ``*110Qext*17``, or before the start, ``M1ext-5``."""
    START_LOST = "start_lost"
    """A change of the first methionine, of which nobody knows what it does: ``M1?``, ``M1V``."""
    REPEAT = "repeat"
    """A number of copies: ``A2[10]``."""
    SPLICE = "splice"
    """A change of a splice site near a residue, as MAF files name it: ``X312_splice``."""
    NO_PROTEIN = "no_protein"
    """``p.0``."""
    UNKNOWN = "unknown"
    """``p.?``."""


_ALTERNATE_LENGTH = {
    Kind.MISSENSE: (1, 1),
    Kind.INSERTION: (1, None),
    Kind.DELINS: (1, None),
    Kind.FRAMESHIFT: (0, 1),
    Kind.EXTENSION: (0, 1),
    Kind.START_LOST: (0, 1),
}
_ONE_RESIDUE = {Kind.MISSENSE, Kind.NONSENSE, Kind.FRAMESHIFT, Kind.EXTENSION, Kind.START_LOST, Kind.SPLICE}
_WITH_SEQUENCE = {Kind.DELETION, Kind.DUPLICATION, Kind.DELINS, Kind.REPEAT}


@dataclass(frozen=True, slots=True)
class Residue:
    """A place in the reference protein and, where the notation says it, the amino acid there (one letter, or stop)."""

    position: int
    amino: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.position <= MAX_POSITION:
            raise ValueError("a position is a number from 1")
        if self.amino is not None and (self.amino not in THREE_LETTER or self.amino == UNKNOWN):
            raise ValueError("an amino acid is one letter, or not told")

    @property
    def is_start(self) -> bool:
        """Whether this is the methionine with which translation starts."""
        return self.position == 1 and self.amino == "M"

    def agrees(self, other: Residue) -> bool:
        """Whether nothing said of the two disagrees: same position, and not two different amino acids."""
        return self.position == other.position and (None in {self.amino, other.amino} or self.amino == other.amino)

    def __str__(self) -> str:
        return f"{self.amino or ''}{self.position}"


@dataclass(frozen=True, slots=True)
class ProteinChange:
    """One change of a protein. ``str`` gives its one canonical form: ``p.``, one letter, no parentheses.

    Parameters
    ----------
    kind
        What happens.
    first, last
        The residues deleted, replaced, duplicated or repeated, the same one twice when there is one; for an insertion
        the two neighbours; for a frameshift the first that changes. Both ``None`` where the kind has no place.
    alternate
        The new residues, one letter each, ``X`` for one that is not known. Empty where the kind has none, or where
        the notation does not say: ``R97fs``, ``M1?``.
    count
        Frameshift: the new stop's distance, the first changed residue being 1. Extension: residues added, negative
        before the start. ``None`` for both where it is not known. Repeat: copies.
    sequence
        The residues from first to last where the notation spells them out. No part of the identity.
    """

    kind: Kind
    first: Residue | None = None
    last: Residue | None = None
    alternate: str = ""
    count: int | None = None
    sequence: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for holds, why in (
            (self._has_its_place(), "the residues do not fit the kind of change"),
            (self._has_its_alternate(), "the new residues do not fit the kind of change"),
            (self._has_its_count(), "the number does not fit the kind of change"),
            (self._has_its_sequence(), "the residues spelled out are not those of the place"),
            (self._is_normal(), "the change has a simpler kind"),
        ):
            if not holds:
                raise ValueError(why)

    def _has_its_place(self) -> bool:
        if self.first is None or self.last is None:
            free = {Kind.UNKNOWN, Kind.NO_PROTEIN, Kind.SYNONYMOUS}
            return self.first is self.last and self.kind in free
        distance = self.last.position - self.first.position
        if self.kind is Kind.INSERTION:
            return distance == 1
        if self.kind in {Kind.UNKNOWN, Kind.NO_PROTEIN} or distance < 0:
            return False
        return self.first == self.last or (distance > 0 and self.kind not in _ONE_RESIDUE)

    def _has_its_alternate(self) -> bool:
        low, high = _ALTERNATE_LENGTH.get(self.kind, (0, 0))
        if self.kind in {Kind.FRAMESHIFT, Kind.EXTENSION, Kind.START_LOST} and self.alternate == UNKNOWN:
            return False  # "not known" is the empty text: R97fs
        length = len(self.alternate)
        return low <= length <= (length if high is None else high) and all(a in THREE_LETTER for a in self.alternate)

    def _has_its_count(self) -> bool:
        if self.kind is Kind.REPEAT:
            return self.count is not None and self.count >= 1
        if self.kind is Kind.EXTENSION and self.first is not None and self.first.is_start:
            return self.count is not None and self.count < 0
        return self.count is None or (self.kind in {Kind.FRAMESHIFT, Kind.EXTENSION} and self.count >= 1)

    def _has_its_sequence(self) -> bool:
        if not self.sequence:
            return True
        if self.kind not in _WITH_SEQUENCE or self.first is None or self.last is None:
            return False
        ends = (self.first.amino or UNKNOWN) + (self.last.amino or UNKNOWN)
        return len(self.sequence) == self.length and self.sequence[0] + self.sequence[-1] == ends

    def _is_normal(self) -> bool:
        if self.first is None or self.last is None:
            return True
        match self.kind:
            case Kind.MISSENSE:
                return self.alternate not in {self.first.amino, STOP} and not (
                    self.first.is_start or self.first.amino == STOP
                )
            case Kind.NONSENSE:
                return not self.first.is_start and self.first.amino != STOP
            case Kind.START_LOST:
                return self.first.is_start and self.alternate != "M"
            case Kind.EXTENSION:
                return self.first.is_start or (self.first.amino == STOP and self.alternate != STOP)
            case Kind.DELINS:
                ends = self.alternate[0] == self.first.amino or self.alternate[-1] == self.last.amino
                return not ends and (self.length, len(self.alternate)) != (1, 1)
            case _:
                return True

    @property
    def length(self) -> int:
        """How many residues of the reference lie from first to last; 0 where the kind has no place."""
        return 0 if self.first is None or self.last is None else self.last.position - self.first.position + 1

    @property
    def net_length(self) -> int | None:
        """Residues gained (lost, when negative) by a change that keeps the frame; ``None`` for all others.

        ``L747_P753delinsS`` loses six. A new stop inside the inserted residues makes it ``None``: the end is not known.
        """
        if STOP in self.alternate:
            return None
        match self.kind:
            case Kind.MISSENSE | Kind.SYNONYMOUS:
                return 0
            case Kind.DELETION | Kind.DELINS:
                return len(self.alternate) - self.length
            case Kind.INSERTION:
                return len(self.alternate)
            case Kind.DUPLICATION:
                return self.length
            case _:
                return None

    def __str__(self) -> str:
        return f"p.{self._place()}{self._what()}"

    def _place(self) -> str:
        if self.first is None:
            return ""
        if self.kind is Kind.SPLICE:
            return f"{self.first.amino or UNKNOWN}{self.first.position}"
        return str(self.first) if self.first == self.last else f"{self.first}_{self.last}"

    def _what(self) -> str:
        match self.kind:
            case Kind.MISSENSE:
                # p.L858X would be read as a stop
                return THREE_LETTER[UNKNOWN] if self.alternate == UNKNOWN else self.alternate
            case Kind.INSERTION | Kind.DELINS:
                return f"{'ins' if self.kind is Kind.INSERTION else 'delins'}{self.alternate}"
            case Kind.FRAMESHIFT:
                return f"{self.alternate}fs{'' if self.count is None else f'*{self.count}'}"
            case Kind.EXTENSION:
                before_start = self.first is not None and self.first.is_start
                return f"{self.alternate}ext{'' if before_start else STOP}{self.count or '?'}"
            case Kind.START_LOST:
                return self.alternate or "?"
            case Kind.REPEAT:
                return f"[{self.count}]"
            case _:
                return _WRITTEN[self.kind]


_WRITTEN = {
    Kind.NONSENSE: STOP,
    Kind.SYNONYMOUS: "=",
    Kind.DELETION: "del",
    Kind.DUPLICATION: "dup",
    Kind.SPLICE: "_splice",
    Kind.NO_PROTEIN: "0",
    Kind.UNKNOWN: "?",
}


def substitution(residue: Residue, alternate: str) -> ProteinChange:
    """One amino acid for another, by what it means: ``*359S`` extends, ``M1V`` loses the start, ``L858L`` is none."""
    if alternate == residue.amino:
        return ProteinChange(Kind.SYNONYMOUS, residue, residue)
    told = "" if alternate == UNKNOWN else alternate
    if residue.amino == STOP:
        return ProteinChange(Kind.EXTENSION, residue, residue, told)
    if residue.is_start:
        return ProteinChange(Kind.START_LOST, residue, residue, told)
    if alternate == STOP:
        return ProteinChange(Kind.NONSENSE, residue, residue)
    return ProteinChange(Kind.MISSENSE, residue, residue, alternate)


def replacement(first: Residue, last: Residue, sequence: str, alternate: str) -> ProteinChange | None:
    """Residues replaced by others, in normal form; ``None`` for an insertion before the first residue.

    Equal residues are taken off the front first, so that what remains lies as far towards the end as it can.
    """
    start, end = first.position, last.position

    def at(position: int) -> Residue:
        if first.position <= position <= last.position and sequence:
            amino: str | None = sequence[position - first.position]
        else:
            amino = {last.position: last.amino, first.position: first.amino}.get(position)
        return Residue(position, None if amino == UNKNOWN else amino)

    while alternate and start <= end and at(start).amino == alternate[0]:
        start, alternate = start + 1, alternate[1:]
    while alternate and start <= end and at(end).amino == alternate[-1]:
        end, alternate = end - 1, alternate[:-1]
    rest = sequence[start - first.position : end - first.position + 1]
    if start > end:
        if not alternate:
            return ProteinChange(Kind.SYNONYMOUS, first, last)
        return None if start == 1 else ProteinChange(Kind.INSERTION, at(start - 1), at(start), alternate)
    if not alternate:
        return ProteinChange(Kind.DELETION, at(start), at(end), sequence=rest)
    if start == end and len(alternate) == 1:
        return substitution(at(start), alternate)
    return ProteinChange(Kind.DELINS, at(start), at(end), alternate, sequence=rest)
