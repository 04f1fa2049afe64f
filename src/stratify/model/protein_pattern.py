"""Which protein changes a rule asks for: one change, or any change at a residue or in a range.

``p.L858R``  this change, however it is written.
``p.V600``   a substitution of valine 600: V600E, V600K. Not V600*, V600=, V600fs, nor V600_K601delinsE, unless the
             pattern includes their kind.
``p.746_750``, ``p.E746_A750``  a change that keeps the frame and touches one of these residues.

Answers are true, false or ``None``, unknown; unknown is never made false: a change that could not be read, ``p.?``, and
every notation that says less than is asked (``R97fs`` where ``p.R97Pfs*23`` is asked).

*Touching.* A change touches the residues it deletes, replaces, duplicates or repeats; an insertion touches the two
residues that it parts; a frameshift the first that changes.

*Residues.* An amino acid of the pattern that is another in the data does not match: M600E is not p.V600, and its
numbers are those of another protein. Where either does not say, positions decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stratify.model.amino_acid import STOP, UNKNOWN
from stratify.model.hgvs import clean, parse_protein, read_place
from stratify.model.protein_change import Kind, ProteinChange, Residue

SUBSTITUTIONS = frozenset({Kind.MISSENSE, Kind.START_LOST})
"""Kinds a pattern of one residue asks for. The only residue whose substitution is a lost start is methionine 1."""
IN_FRAME = frozenset(
    {Kind.MISSENSE, Kind.DELETION, Kind.INSERTION, Kind.DUPLICATION, Kind.DELINS, Kind.REPEAT},
)
"""Kinds a range asks for: the protein changes there and goes on in the same frame."""

_ENDS_IN_X = re.compile(r"[0-9]x(?:aa)?$")


@dataclass(frozen=True, slots=True)
class ProteinPattern:
    """A question to protein changes: ``exact`` asks for one, ``first`` to ``last`` for any of ``kinds`` there.

    Built by :func:`parse_pattern`.
    """

    exact: ProteinChange | None = None
    first: Residue | None = None
    last: Residue | None = None
    kinds: frozenset[Kind] = frozenset()

    def __post_init__(self) -> None:
        if (self.exact is None) is (self.first is None) or (self.first is None) is not (self.last is None):
            raise ValueError("a pattern asks for one change, or for a place")
        if self.exact is None and not self.kinds:
            raise ValueError("a pattern of a place needs kinds of change")

    def matches(self, change: ProteinChange | None) -> bool | None:
        """Whether a change is one of those asked for; ``None`` is unknown, as is a change that could not be read.

        ``p.0`` matches only the pattern ``p.0``: without a protein no residue of it is another.
        """
        if change is None or change.kind is Kind.UNKNOWN:
            return None
        if self.exact is not None:
            return _same(self.exact, change)
        return self._touched(change)

    def _touched(self, change: ProteinChange) -> bool | None:
        touched = change.first, change.last
        if self.first is None or self.last is None or touched[0] is None or touched[1] is None:
            return False
        if touched[1].position < self.first.position or self.last.position < touched[0].position:
            return False
        if any(_disagree(asked, change) for asked in (self.first, self.last)):
            return False
        kind = Kind.NONSENSE if STOP in change.alternate and change.kind in IN_FRAME else change.kind
        if kind not in self.kinds:
            # what a splice variant does to the frame its notation does not say: MET exon 14 skipping keeps it
            return None if kind is Kind.SPLICE and self.kinds >= IN_FRAME else False
        if kind is Kind.MISSENSE and change.alternate == UNKNOWN:
            return None  # p.V600Xaa may be V600V
        # p.600V names no amino acid that it replaces; at p.V600 it is none
        return not (kind is Kind.MISSENSE and self.first == Residue(touched[0].position, change.alternate))

    def __str__(self) -> str:
        if self.exact is not None:
            return str(self.exact)
        return f"p.{self.first}" if self.first == self.last else f"p.{self.first}_{self.last}"


def _disagree(asked: Residue, change: ProteinChange) -> bool:
    """Whether the change tells another amino acid at the residue asked for."""
    told = {residue.position: residue.amino for residue in (change.first, change.last) if residue is not None}
    if change.sequence and change.first is not None:
        told |= dict(enumerate(change.sequence, change.first.position))
    amino = told.get(asked.position)
    return amino not in {None, UNKNOWN} and not asked.agrees(Residue(asked.position, amino))


def _every(answers: Iterable[bool | None]) -> bool | None:
    """Kleene's "and"."""
    known = set(answers)
    return False if False in known else None if None in known else True


def _same_residues(asked: str, told: str) -> bool | None:
    """Whether two sequences are one; an ``X`` could be any."""
    if len(asked) != len(told):
        return False
    return _every(None if UNKNOWN in {a, b} else a == b for a, b in zip(asked, told, strict=True))


def _same_place(asked: Residue | None, told: Residue | None) -> bool | None:
    if asked is None:
        return told is None
    return None if told is None else asked.agrees(told)


def _same(asked: ProteinChange, told: ProteinChange) -> bool | None:
    """Whether a change is the one asked for. What is not asked need not be told: R97fs asks for any shift there."""
    if {asked.kind, told.kind} == {Kind.DUPLICATION, Kind.INSERTION}:
        return _same_copy(asked, told) if asked.kind is Kind.DUPLICATION else _same_copy(told, asked)
    if asked.kind is not told.kind:
        return False
    return _every(
        (
            _same_place(asked.first, told.first),
            _same_place(asked.last, told.last),
            True
            if not asked.alternate
            else _same_residues(asked.alternate, told.alternate)
            if told.alternate
            else None,
            True if asked.count is None else None if told.count is None else asked.count == told.count,
        )
    )


def _same_copy(copy: ProteinChange, inserted: ProteinChange) -> bool | None:
    """Whether an insertion is the duplication: A775_G776insYVMA is Y772_A775dup, if V and M lie between Y and A.

    Unknown unless the duplication spells its residues out or has no others than its ends.
    """
    if copy.first is None or copy.last is None or inserted.first is None or inserted.last is None:
        return False
    behind = inserted.first.agrees(copy.last)
    ahead = inserted.last.agrees(copy.first)
    if copy.length != len(inserted.alternate) or not (behind or ahead):
        return False
    ends = copy.first.amino or UNKNOWN, copy.last.amino or UNKNOWN
    one = ends[0] if copy.length == 1 else ends[0] + UNKNOWN * (copy.length - 2) + ends[1]
    return _same_residues(copy.sequence or one, inserted.alternate)


def _is_ambiguous(body: str) -> bool:
    """Whether an ``X`` may be a stop or any amino acid. In ``X312_splice`` it only means residue 312."""
    return _ENDS_IN_X.search(body) is not None or (body.startswith("x") and not body.endswith("_splice"))


def parse_pattern(text: str, include: Iterable[Kind] = ()) -> ProteinPattern | None:
    """The pattern that a text names; ``None`` for text that is none.

    Parameters
    ----------
    text
        A change, a residue (``p.V600``; without its amino acid ``p.600``), or a range (``p.746_750``, ``p.E746_A750``).
        A place needs ``p.`` when it names no amino acid.
    include
        Further kinds a place asks for: ``{Kind.DELINS}`` makes ``p.V600`` match V600_K601delinsE.

    Notes
    -----
    Refused: ``p.G12X``, which some write for "any substitution of G12" (that is ``p.G12``) and others for a stop
    (``p.G12*``); new residues that are not known (``insXX``), of which nothing could be said but "unknown"; ``p.?`` and
    ``p.=``, which name no change; a stop as a place (``p.*110``), whose substitution is an extension, unless extensions
    are included; ``include`` with one exact change, which it could not widen.
    """
    further = frozenset(include)
    body, marked = clean(text)
    if _is_ambiguous(body.lower()):
        return None
    found = read_place(body)
    if found is not None and not found[1] and not found[0].sequence:
        first, last = found[0].first, found[0].last
        if not (marked or first.amino) or (first.amino == STOP and Kind.EXTENSION not in further):
            return None
        return ProteinPattern(None, first, last, (SUBSTITUTIONS if first == last else IN_FRAME) | further)
    change = parse_protein(text)
    if change is None or further or change.kind is Kind.UNKNOWN or UNKNOWN in change.alternate:
        return None
    if change.kind is Kind.SYNONYMOUS and change.first is None:
        return None
    return ProteinPattern(change)
