"""What a rule asks of a gene: alternatives of small variants, copy number and fusions, and what proves a negative."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TypeAlias, assert_never

from stratify.model.genomic_words import CLASS_WORDS, CopyState, Finds, VafUnit
from stratify.model.hgvs import parse_protein
from stratify.model.protein_change import Kind, ProteinChange
from stratify.model.protein_pattern import IN_FRAME, ProteinPattern
from stratify.model.variant_class import variant_class


class Covers(Enum):
    """What a test must cover to tell a negative: every alternative that is asked for, or the whole gene."""

    VARIANT = "variant"
    GENE = "gene"


@dataclass(frozen=True, slots=True)
class VariantKind:
    """One alternative among small variants; all that is said holds on one row.

    Parameters
    ----------
    protein
        The change, or the place, that is asked for.
    consequence
        Word of :data:`CLASS_WORDS`.
    """

    protein: ProteinPattern | None = None
    consequence: str | None = None
    exon: int | None = None

    def __post_init__(self) -> None:
        if self.protein is None and self.consequence is None and self.exon is None:
            raise ValueError("an alternative says something of the variant")
        if self.consequence is not None and self.consequence not in CLASS_WORDS:
            raise ValueError("no such class")

    @property
    def classes(self) -> frozenset[str]:
        """The classes that the consequence stands for; empty where none is asked."""
        return frozenset() if self.consequence is None else CLASS_WORDS[self.consequence]


@dataclass(frozen=True, slots=True)
class CopyNumberKind:
    """The gene's number of copies."""

    state: CopyState


@dataclass(frozen=True, slots=True)
class FusionKind:
    """A fusion of the gene, with this partner or with any."""

    partner: str | None = None


Alternative: TypeAlias = VariantKind | CopyNumberKind | FusionKind


def kind_sought(alternative: Alternative) -> Finds:
    """The kind of alteration that an alternative is."""
    match alternative:
        case VariantKind():
            return Finds.VARIANTS
        case CopyNumberKind():
            return Finds.COPY_NUMBER
        case FusionKind():
            return Finds.FUSIONS
        case _:
            assert_never(alternative)


@dataclass(frozen=True, slots=True)
class MinVaf:
    """The lowest allele fraction; asked only of rows of ``assays``, where these are named."""

    value: Decimal
    unit: VafUnit = VafUnit.PERCENT
    assays: tuple[str, ...] = ()

    def value_in(self, unit: VafUnit) -> Decimal:
        """The fraction in another unit."""
        if unit is self.unit:
            return self.value
        return self.value / 100 if unit is VafUnit.FRACTION else self.value * 100


@dataclass(frozen=True, slots=True)
class Tested:
    """Conditions on the assay and the specimen of a biomarker's result; an empty one asks nothing."""

    assays: tuple[str, ...] = ()
    specimens: tuple[str, ...] = ()


# --- what a notation and a class say of one row ------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def protein_change(text: str) -> ProteinChange | None:
    """The protein change of a text (:func:`~stratify.model.hgvs.parse_protein`), each text read once."""
    return parse_protein(text)


def classes_by_notation(text: str) -> frozenset[str]:
    """The classes that a protein notation proves.

    A replacement that loses residues is both ``inframe_delins`` and ``inframe_deletion``, as MAF files and physicians
    call it: ``L747_P753delinsS`` is one of the exon 19 deletions.
    """
    change = protein_change(text)
    found = variant_class(change)
    if change is None or found is None:
        return frozenset()
    net = change.net_length
    if found == "inframe_delins" and net:
        return frozenset({found, "inframe_deletion" if net < 0 else "inframe_insertion"})
    return frozenset({found})


_KINDS_OF_CLASS = {
    "nonsense": frozenset({Kind.NONSENSE, Kind.DELINS, Kind.INSERTION}),
    "frameshift": frozenset({Kind.FRAMESHIFT}),
    "splice": frozenset({Kind.SPLICE}),
    "synonymous": frozenset({Kind.SYNONYMOUS}),
    "noncoding": frozenset(),
}


def class_excludes(found: str, pattern: ProteinPattern) -> bool:
    """Whether a variant of this class cannot be one that the pattern asks for, whatever its protein notation.

    A silent variant without a notation is not L858R. Classes of which files make different use exclude nothing.
    """
    kinds = _KINDS_OF_CLASS.get(found)
    if kinds is None:
        return False
    if pattern.exact is not None:
        return pattern.exact.kind not in kinds
    if kinds & pattern.kinds:
        return False
    return not (Kind.SPLICE in kinds and pattern.kinds >= IN_FRAME)
