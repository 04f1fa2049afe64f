"""Classes of variants by their consequence: what a protein notation proves, and what other vocabularies say.

The words are those of :data:`CLASSES`. ``None`` is unknown, never "none of these".

A file and a notation may use different words of one variant: MAF calls ``L747_P753delinsS`` In_Frame_Del, by its
notation it is ``inframe_delins``; :attr:`.ProteinChange.net_length` says that it loses residues. ``V600_K601delinsEN``,
two substitutions side by side, is Missense_Mutation in MAF and ``inframe_delins`` here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from stratify.model.amino_acid import STOP, UNKNOWN
from stratify.model.protein_change import Kind, ProteinChange

CLASSES = (
    "splice",
    "nonsense",
    "stop_lost",
    "frameshift",
    "start_lost",
    "inframe_delins",
    "inframe_insertion",
    "inframe_deletion",
    "missense",
    "splice_region",
    "synonymous",
    "noncoding",
)
"""Every class, the graver first, in Ensembl's order of Sequence Ontology terms but for one: a frameshift that takes the
stop away (``*228Ifs*12``) is ``stop_lost``, because nothing is cut off. ``splice`` is the two bases on the intron's
side, ``splice_region`` those around; ``noncoding`` is every place where no protein is changed."""

GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "truncating": frozenset({"nonsense", "frameshift", "splice"}),
        "null": frozenset({"nonsense", "frameshift", "splice", "start_lost"}),
        "inframe": frozenset({"inframe_deletion", "inframe_insertion", "inframe_delins"}),
    }
)
"""Classes under one name.

``truncating``: the MAF classes Nonsense_Mutation, Frame_Shift_Del, Frame_Shift_Ins and Splice_Site, as panels of
tumour sequencing count them. Splice sites belong to it by that custom, although some keep the frame (MET exon 14
skipping). Some lists add Nonstop_Mutation; not this one: that protein is longer.
``null``: with the lost start, the null variants of ACMG/AMP criterion PVS1 (Richards et al., Genet Med 2015;17:405),
but for deletions of exons, which are no protein notation.
"""

_OF_KIND = {
    Kind.NONSENSE: "nonsense",
    Kind.INSERTION: "inframe_insertion",
    Kind.DUPLICATION: "inframe_insertion",
    Kind.DELETION: "inframe_deletion",
    Kind.DELINS: "inframe_delins",
    Kind.FRAMESHIFT: "frameshift",
    Kind.START_LOST: "start_lost",
    Kind.SPLICE: "splice",
}


def variant_class(change: ProteinChange | None) -> str | None:
    """The consequence that the notation alone proves, or ``None``.

    A new stop among inserted residues is ``nonsense``; a deletion with methionine 1 ``start_lost``, with the stop
    ``stop_lost``. Nothing is proved by ``p.?``, ``p.0`` (start lost, or gene lost), ``p.=`` (which annotators also
    write for changes of a splice site), a number of copies (of how many before?), a residue replaced by an unknown one,
    or a start moved forward (``M1ext-5``).
    """
    if change is None or change.first is None or change.last is None:
        return None
    if change.kind is Kind.SYNONYMOUS:
        return "synonymous"
    if change.kind is Kind.MISSENSE:
        return "missense" if change.first.amino is not None and change.alternate != UNKNOWN else None
    if change.kind is Kind.EXTENSION:
        return "stop_lost" if change.first.amino == STOP else "start_lost" if change.alternate else None
    if change.kind in {Kind.INSERTION, Kind.DELINS} and STOP in change.alternate:
        return "nonsense"
    if change.kind in {Kind.DELETION, Kind.DELINS} and change.first.is_start:
        return "start_lost"
    if change.kind in {Kind.DELETION, Kind.DELINS, Kind.FRAMESHIFT} and STOP in {change.first.amino, change.last.amino}:
        return "stop_lost"
    return _OF_KIND.get(change.kind)


_VOCABULARY = {
    "splice": """
        Splice_Site Splice_Site_SNP Splice_Site_Del Splice_Site_Ins Splice_Acceptor Splice_Donor Splicing
        splice_acceptor_variant splice_donor_variant""",
    "nonsense": "Nonsense_Mutation stop_gained stopgain",
    "stop_lost": "Nonstop_Mutation stop_lost stoploss",
    "frameshift": """
        Frame_Shift_Del Frame_Shift_Ins Frameshift frameshift_variant frameshift_deletion frameshift_insertion
        frameshift_substitution frameshift_truncation frameshift_elongation minus_1_frameshift_variant
        minus_2_frameshift_variant plus_1_frameshift_variant plus_2_frameshift_variant""",
    "start_lost": "Translation_Start_Site Start_Codon_SNP start_lost initiator_codon_variant startloss",
    "inframe_delins": "inframe_delins nonframeshift_substitution",
    "inframe_insertion": """
        In_Frame_Ins inframe_insertion conservative_inframe_insertion disruptive_inframe_insertion
        nonframeshift_insertion""",
    "inframe_deletion": """
        In_Frame_Del inframe_deletion conservative_inframe_deletion disruptive_inframe_deletion
        nonframeshift_deletion""",
    "missense": """
        Missense_Mutation missense_variant conservative_missense_variant non_conservative_missense_variant
        nonsynonymous_SNV""",
    "splice_region": """
        Splice_Region splice_region_variant splice_donor_5th_base_variant splice_donor_region_variant
        splice_polypyrimidine_tract_variant exonic_splice_region_variant""",
    "synonymous": "Silent synonymous_variant synonymous_SNV stop_retained_variant start_retained_variant",
    "noncoding": """
        5'Flank 3'Flank 5'UTR 3'UTR Intron RNA lincRNA IGR ncRNA intronic intergenic upstream downstream
        5_prime_UTR_variant 3_prime_UTR_variant 5_prime_UTR_exon_variant intron_variant intergenic_variant
        upstream_gene_variant downstream_gene_variant non_coding_transcript_exon_variant mature_miRNA_variant
        coding_transcript_intron_variant""",
}
_BESIDE = "NMD_transcript_variant non_coding_transcript_variant coding_sequence_variant"


def _word(text: str) -> str:
    """A term without case and signs: ``Missense_Mutation`` and ``missense mutation`` are one."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", text).lower())


def _words() -> dict[str, str]:
    """The class of every term, also without its ending: ``missense``.

    Endings are taken off here and not off what is read: ``splicing`` is ANNOVAR's word for the two bases beside an
    exon, ``splicing_variant`` Sequence Ontology's for much more.
    """
    terms = [(_word(term), name) for name, all_terms in _VOCABULARY.items() for term in (name, *all_terms.split())]
    return {
        form: name for term, name in terms for form in (term, term.removesuffix("mutation").removesuffix("variant"))
    }


_CLASS_OF = _words()
_SAYS_NOTHING = frozenset(map(_word, _BESIDE.split()))


def consequence_class(text: str) -> str | None:
    """The class of a term of MAF, Sequence Ontology (also several: ``stop_gained,frameshift_variant``) or ANNOVAR.

    Of several the gravest; ``None`` where one is not known, for it might be graver. Terms that only say where
    (``coding_sequence_variant``) prove nothing alone and change nothing beside others.
    """
    words = [word for word in map(_word, re.split(r"[,&;+|]", text)) if word]
    classes = {_CLASS_OF.get(word) for word in words if word not in _SAYS_NOTHING}
    return None if None in classes else min(filter(None, classes), key=CLASSES.index, default=None)
