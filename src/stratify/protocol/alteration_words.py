"""Alterations in English and as logic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from stratify.model.alteration import Alternative, CopyNumberKind, Covers, FusionKind, Tested, VariantKind
from stratify.model.expression import AlterationIs
from stratify.model.genomic_words import CALL_GROUPS, Call, CopyState
from stratify.model.protein_pattern import IN_FRAME, SUBSTITUTIONS, ProteinPattern
from stratify.protocol.row_words import rows_words
from stratify.protocol.wording import Lexicon, english_list

_CALLS = {
    Call.PATHOGENIC: "pathogenic",
    Call.LIKELY_PATHOGENIC: "likely pathogenic",
    Call.UNCERTAIN: "of uncertain significance",
    Call.LIKELY_BENIGN: "likely benign",
    Call.BENIGN: "benign",
}
_STATES = {
    CopyState.AMPLIFICATION: "amplification",
    CopyState.GAIN: "gain of copies",
    CopyState.NEUTRAL: "normal number of copies",
    CopyState.SHALLOW_DELETION: "loss of one copy",
    CopyState.DEEP_DELETION: "deep deletion (loss of all copies)",
}
_ACRONYMS = {
    "ctdna": "ctDNA",
    "cfdna": "cfDNA",
    **{word.lower(): word for word in ("NGS", "PCR", "FISH", "IHC", "DNA", "RNA", "WES", "WGS")},
}
_CLASSES = {
    "truncating": "truncating variant (nonsense, frameshift or splice site)",
    "null": "null variant (nonsense, frameshift, splice site or lost start)",
    "inframe": "in-frame deletion, insertion or replacement",
    "inframe_deletion": "in-frame deletion",
    "inframe_insertion": "in-frame insertion",
    "inframe_delins": "in-frame replacement",
    "splice": "splice site variant",
    "splice_region": "variant in a splice region",
    "noncoding": "variant outside the coding sequence",
    "stop_lost": "lost stop",
    "start_lost": "lost start",
}


def alteration_words(leaf: AlterationIs, words: Lexicon) -> str:
    """An alteration in English: ``EGFR exon 19 in-frame deletion or L858R, ...; absent only where ...``."""
    parts = [_altered_words(leaf)]
    if leaf.calls:
        parts.append(f"called {english_list([_CALLS[call] for call in _in_order(leaf.calls)], 'or')}")
    if leaf.assays:
        parts.append(f"found by {types_words(leaf.assays)}")
    if leaf.min_vaf is not None:
        unit = f" {leaf.min_vaf.unit.value}" if leaf.min_vaf.unit.value == "%" else ""
        by = f" where found by {types_words(leaf.min_vaf.assays)}" if leaf.min_vaf.assays else ""
        parts.append(f"with an allele fraction of at least {leaf.min_vaf.value}{unit}{by}")
    found = ", found" if leaf.window.bounds and not leaf.assays else "," if leaf.window.bounds else ""
    rows = rows_words(leaf.window, leaf.where, words, goes_on=False, behind=True)
    return f"{', '.join(parts)}{found}{rows}; {_negative_words(leaf)}"


def _altered_words(leaf: AlterationIs) -> str:
    origin = "" if leaf.origin is None else f"{leaf.origin.value} "
    if not leaf.any_of:
        return f"any {origin}small variant of {leaf.gene}"
    return f"{origin}{leaf.gene} {english_list([_alternative_words(one) for one in leaf.any_of], 'or')}"


def _negative_words(leaf: AlterationIs) -> str:
    types = leaf.negative_needs or leaf.assays
    test = types_words(types) if types else "a test"
    what = "the whole gene" if leaf.covers is Covers.GENE else "all of this"
    return f"absent only where {test} covered {what}"


def types_words(types: Iterable[str]) -> str:
    """Types of tests as physicians write them: ``tissue_ngs`` and ``ctdna`` as ``tissue NGS or ctDNA``."""
    words = (" ".join(_ACRONYMS.get(part, part) for part in text.split("_")) for text in types)
    return english_list(list(words), "or")


def tested_words(tested: Tested | None) -> str:
    """What a biomarker asks of assay and specimen, with a leading blank."""
    if tested is None:
        return ""
    assay = f" by {types_words(tested.assays)}" if tested.assays else ""
    specimen = f" in {types_words(tested.specimens)}" if tested.specimens else ""
    return assay + specimen


def _in_order(calls: frozenset[Call]) -> list[Call]:
    return [call for call in Call if call in calls]


def _alternative_words(one: Alternative) -> str:
    match one:
        case VariantKind():
            return _variant_words(one)
        case CopyNumberKind(state):
            return _STATES[state]
        case FusionKind(partner):
            return "fusion" if partner is None else f"fusion with {partner}"
        case _:
            assert_never(one)


def _variant_words(one: VariantKind) -> str:
    exon = "" if one.exon is None else f"exon {one.exon} "
    kind = "" if one.consequence is None else _CLASSES.get(one.consequence, f"{one.consequence} variant")
    protein = "" if one.protein is None else _protein_words(one.protein)
    if protein and kind:
        return f"{exon}{protein} that is a {kind}"
    return f"{exon}{protein or kind or 'variant'}"


def _protein_words(pattern: ProteinPattern) -> str:
    if pattern.exact is not None:
        return str(pattern.exact).removeprefix("p.")
    place = f"{pattern}".removeprefix("p.").partition(" ")[0]
    if pattern.kinds == SUBSTITUTIONS:
        return f"substitution of {place}"
    if pattern.kinds == IN_FRAME:
        return f"in-frame change of {place.replace('_', ' to ')}"
    further = english_list(sorted(kind.value.replace("_", " ") for kind in pattern.kinds), "or")
    return f"change of {place.replace('_', ' to ')} that is a {further}"


# --- as logic ----------------------------------------------------------------------------------------------------


def alteration_text(leaf: AlterationIs, where: list[str], window: list[str]) -> str:
    """An alteration as logic; the same text exactly for the same question."""
    parts = [f"{{{' ∨ '.join(map(_alternative_text, leaf.any_of))}}}" if leaf.any_of else "any variant"]
    if leaf.origin is not None:
        parts.append(leaf.origin.value)
    if leaf.calls:
        parts.append(f"call in {{{_calls_text(leaf.calls)}}}")
    if leaf.min_vaf is not None:
        asked = f" by {{{', '.join(leaf.min_vaf.assays)}}}" if leaf.min_vaf.assays else ""
        parts.append(f"vaf >= {leaf.min_vaf.value} {leaf.min_vaf.unit.value}{asked}")
    if leaf.assays:
        parts.append(f"assay in {{{', '.join(leaf.assays)}}}")
    if leaf.covers is Covers.GENE:
        parts.append("covers gene")
    if leaf.negative_needs:
        parts.append(f"negative needs {{{', '.join(leaf.negative_needs)}}}")
    return f"altered({', '.join([leaf.gene, *parts, *where, *window])})"


def _calls_text(calls: frozenset[Call]) -> str:
    group = next((name for name, members in CALL_GROUPS.items() if members == calls), None)
    return group or ", ".join(call.value for call in _in_order(calls))


def tested_text(tested: Tested | None) -> list[str]:
    """What makes a measure a biomarker, as logic."""
    if tested is None:
        return []
    assay = [f"assay in {{{', '.join(tested.assays)}}}"] if tested.assays else []
    specimen = [f"specimen in {{{', '.join(tested.specimens)}}}"] if tested.specimens else []
    return ["biomarker", *assay, *specimen]


def _alternative_text(one: Alternative) -> str:
    match one:
        case VariantKind(protein, consequence, exon):
            parts = [] if protein is None else [_pattern_text(protein)]
            parts += [] if consequence is None else [f"class {consequence}"]
            parts += [] if exon is None else [f"exon {exon}"]
            return " ∧ ".join(parts)
        case CopyNumberKind(state):
            return f"copies {state.value}"
        case FusionKind(partner):
            return f"fusion {partner or 'any'}"
        case _:
            assert_never(one)


def _pattern_text(pattern: ProteinPattern) -> str:
    if pattern.exact is not None or pattern.kinds in {SUBSTITUTIONS, IN_FRAME}:
        return str(pattern)
    return f"{pattern} [{', '.join(sorted(kind.value for kind in pattern.kinds))}]"
