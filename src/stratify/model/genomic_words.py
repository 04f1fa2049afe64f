"""Words of genomic data: origins, calls, numbers of copies, classes, exons, and what a test looks for.

A word that is not known here and not mapped by the dictionary may mean anything: what it says is unknown, never no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from stratify.model.gene import gene_symbol
from stratify.model.variant_class import CLASSES, GROUPS, consequence_class


class Origin(Enum):
    """Where a variant comes from."""

    SOMATIC = "somatic"
    GERMLINE = "germline"


class Call(Enum):
    """What a variant does, in the five tiers of ACMG/AMP (Richards et al., Genet Med 2015;17:405)."""

    PATHOGENIC = "pathogenic"
    LIKELY_PATHOGENIC = "likely_pathogenic"
    UNCERTAIN = "vus"
    LIKELY_BENIGN = "likely_benign"
    BENIGN = "benign"


CALL_GROUPS: Mapping[str, frozenset[Call]] = MappingProxyType(
    {call.value: frozenset({call}) for call in Call}
    | {
        "pathogenic_or_likely": frozenset({Call.PATHOGENIC, Call.LIKELY_PATHOGENIC}),
        "benign_or_likely": frozenset({Call.BENIGN, Call.LIKELY_BENIGN}),
    }
)
"""What a rule may ask of a call."""


class CopyState(Enum):
    """The number of copies of a gene, as discrete calls have it."""

    AMPLIFICATION = "amplification"
    GAIN = "gain"
    NEUTRAL = "neutral"
    SHALLOW_DELETION = "shallow_deletion"
    DEEP_DELETION = "deep_deletion"


class Finds(Enum):
    """Which kind of alteration a test looks for."""

    VARIANTS = "variants"
    COPY_NUMBER = "copy_number"
    FUSIONS = "fusions"


class VafUnit(Enum):
    """Units of a variant allele fraction."""

    PERCENT = "%"
    FRACTION = "fraction"


CLASS_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {name: frozenset({name}) for name in CLASSES} | dict(GROUPS)
)
"""What a rule may ask of a variant's class: a class, or a group of classes."""

_ORIGINS = {
    Origin.SOMATIC: "somatic acquired tumor tumour",
    Origin.GERMLINE: "germline inherited constitutional",
}
_CALLS = {
    "pathogenic p": frozenset({Call.PATHOGENIC}),
    "likely_pathogenic probably_pathogenic lp": frozenset({Call.LIKELY_PATHOGENIC}),
    "pathogenic_likely_pathogenic pathogenic_or_likely_pathogenic": CALL_GROUPS["pathogenic_or_likely"],
    "vus uncertain_significance variant_of_uncertain_significance": frozenset({Call.UNCERTAIN}),
    "likely_benign probably_benign lb": frozenset({Call.LIKELY_BENIGN}),
    "benign_likely_benign benign_or_likely_benign": CALL_GROUPS["benign_or_likely"],
    "benign b": frozenset({Call.BENIGN}),
}
_COPIES = {
    CopyState.AMPLIFICATION: "amplification amplified amp high_level_amplification",
    CopyState.GAIN: "gain gained low_level_gain",
    CopyState.NEUTRAL: "neutral diploid copy_neutral normal",
    CopyState.SHALLOW_DELETION: "shallow_deletion hemizygous_deletion heterozygous_deletion hetloss shallowdel",
    CopyState.DEEP_DELETION: "deep_deletion homozygous_deletion homdel deepdel",
}
_FINDS = {
    Finds.VARIANTS: "variants variant mutations mutation snv",
    Finds.COPY_NUMBER: "copy_number copy_numbers cna cnv",
    Finds.FUSIONS: "fusions fusion sv rearrangements rearrangement",
}


def word(text: str) -> str:
    """A word of a vocabulary as it is compared: ``Likely Pathogenic`` and ``likely_pathogenic`` are one."""
    number = text.strip()
    return number if re.fullmatch(r"[+-]?\d+(\.\d+)?", number) else re.sub(r"[\W_]", "", number.lower())


_ORIGIN_OF = {word(text): origin for origin, texts in _ORIGINS.items() for text in texts.split()}
_CALL_OF = {word(text): calls for texts, calls in _CALLS.items() for text in texts.split()}
_COPIES_OF = {word(text): state for state, texts in _COPIES.items() for text in texts.split()}
_FINDS_OF = {word(text): kind for kind, texts in _FINDS.items() for text in texts.split()}

Words: TypeAlias = Mapping[str, str]
"""What a site's own words stand for: the word as it is compared -> a word of this module."""


def origin_is(text: str, wanted: Origin, own: Words) -> bool | None:
    """Whether a word says this origin; ``None`` for a word that is not known."""
    mapped = own.get(word(text))
    said = Origin(mapped) if mapped is not None else _ORIGIN_OF.get(word(text))
    return None if said is None else said is wanted


def call_is(text: str, wanted: frozenset[Call], own: Words) -> bool | None:
    """Whether a word says one of these calls; ``None`` for a word that is not known, or that leaves it open."""
    mapped = own.get(word(text))
    said = CALL_GROUPS[mapped] if mapped is not None else _CALL_OF.get(word(text))
    if said is None:
        return None
    return True if said <= wanted else None if said & wanted else False


def copies_are(text: str, wanted: CopyState, own: Words) -> bool | None:
    """Whether a word says this number of copies; ``None`` for a word that is not known."""
    mapped = own.get(word(text))
    said = CopyState(mapped) if mapped is not None else _COPIES_OF.get(word(text))
    return None if said is None else said is wanted


def class_of(text: str, own: Words) -> str | None:
    """The class that a word says, ``None`` where it is not known."""
    return own.get(word(text)) or consequence_class(text)


def finds(text: str | None, kind: Finds) -> bool:
    """Whether a test whose panel says this looks for the kind of alteration; one that says nothing looks for all."""
    return text is None or _FINDS_OF.get(word(text)) is kind


def exon_number(text: str) -> int | None:
    """The number of an exon: ``19``, ``19/28``, ``exon 19``; ``None`` for what names none, or several."""
    found = re.fullmatch(r"(?:exon|ex)?[\s_]*(\d{1,4})(?:\.0)?(?:\s*(?:/|of)\s*\d{1,4})?", text.strip().lower())
    return int(found[1]) if found else None


def same_gene(text: str, gene: str) -> bool:
    """Whether a text is this gene's symbol."""
    return gene_symbol(text) == gene


def words_of(pairs: Iterable[tuple[str, str]]) -> Words:
    """A site's words as they are compared."""
    return MappingProxyType({word(text): meaning for text, meaning in pairs})


def assay_is(text: str, wanted: Iterable[str], own: Words) -> bool | None:
    """Whether a test is of one of these types.

    Where the site lists its types (``assay_types``), a text that is in none of them is unknown; otherwise every text
    is a type of its own.
    """
    said = own.get(word(text)) if own else text
    return None if said is None else word(said) in {word(name) for name in wanted}
