"""The leaves on genes and biomarkers."""

from __future__ import annotations

from decimal import Decimal

from stratify.diagnostics import nearest
from stratify.model.alteration import (
    Alternative,
    CopyNumberKind,
    Covers,
    FusionKind,
    MinVaf,
    Tested,
    VariantKind,
    class_excludes,
    classes_by_notation,
)
from stratify.model.expression import AlterationIs
from stratify.model.gene import gene_symbol
from stratify.model.genomic_words import CALL_GROUPS, CLASS_WORDS, Call, CopyState, Origin, VafUnit
from stratify.model.protein_change import Kind
from stratify.model.protein_pattern import ProteinPattern, parse_pattern
from stratify.protocol import shapes
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.rows import empty_group, read_where
from stratify.protocol.scope import Scope
from stratify.protocol.source import Fields, clean, decimal, one_of, scalar, texts, words_of, wrong_shape
from stratify.protocol.windows import read_window

_KINDS = words_of(Kind)
_CLASS_WORDS = {name: name for name in CLASS_WORDS}


def read_alteration(fields: Fields, scope: Scope) -> AlterationIs | None:
    """The leaf ``alteration``."""
    gene = gene_symbol(fields.text("alteration"))
    any_of = _any_of(fields, scope)
    tested = fields.map("tested")
    inside = None if tested is None else scope.fields(tested, shapes.TESTED, keep=())
    assays = () if inside is None else _names(inside, "assays", scope)
    covers = Covers.VARIANT if inside is None else inside.word("covers", words_of(Covers), Covers.VARIANT)
    negative_needs = _names(fields, "negative_needs", scope)
    _check_within(fields.get("negative_needs"), negative_needs, assays, "negative_needs", scope)
    origin = fields.word("origin", words_of(Origin), Origin.SOMATIC) if fields.has("origin") else None
    calls, min_vaf = _calls(fields, scope), _min_vaf(fields, assays, scope)
    where, window = read_where(fields.get("where"), scope), read_window(fields, scope)
    if not gene or any_of is None:
        return None
    return AlterationIs(
        gene, any_of, origin, calls, min_vaf, assays, covers, negative_needs, where, window, fields.span
    )


def read_tested(fields: Fields, scope: Scope) -> Tested:
    """What a biomarker asks of assay and specimen."""
    return Tested(_names(fields, "assay", scope), _names(fields, "specimen", scope))


def _names(fields: Fields, key: str, scope: Scope) -> tuple[str, ...]:
    node = fields.get(key)
    if node is None:
        return ()
    if isinstance(node, ListNode) and not node.items:
        scope.findings.add(
            "P021", f"An empty list under `{key}` accepts nothing.", node.span, hint="Name one, or delete it."
        )
    return tuple(dict.fromkeys(clean(text) for text in texts(node, f"`{key}`", scope.findings)))


def _check_within(node: Node | None, names: tuple[str, ...], assays: tuple[str, ...], key: str, scope: Scope) -> None:
    for name in names if assays and node is not None else ():
        if name not in assays:
            scope.findings.add(
                "P337",
                f"`{key}` names {name}, which is not among `tested: {{assays}}`.",
                node.span if node is not None else None,
                why="A test that does not count cannot settle anything.",
                hint=nearest(name, assays) or f"Add {name} to the assays, or delete it here.",
            )


def _calls(fields: Fields, scope: Scope) -> frozenset[Call]:
    node = fields.get("call")
    if node is None:
        return frozenset()
    items = node.items if isinstance(node, ListNode) else (node,)
    written = [scalar(item, "`call`", scope.findings) for item in items]
    none: frozenset[Call] = frozenset()
    found = [one_of(item, "`call`", CALL_GROUPS, scope.findings, none) for item in written if item is not None]
    return frozenset().union(*found)


def _min_vaf(fields: Fields, assays: tuple[str, ...], scope: Scope) -> MinVaf | None:
    node = fields.map("min_vaf")
    if node is None:
        return None
    inside = scope.fields(node, shapes.MIN_VAF, keep=())
    unit = inside.word("unit", words_of(VafUnit), VafUnit.PERCENT)
    applies_to = _names(inside, "applies_to", scope)
    _check_within(inside.get("applies_to"), applies_to, assays, "applies_to", scope)
    written = inside.scalar("value")
    value = None if written is None else decimal(written, "`min_vaf`", scope.findings)
    if value is None or written is None:
        return None
    most = Decimal(1 if unit is VafUnit.FRACTION else 100)
    if not 0 < value <= most:
        scope.findings.add(
            "P339",
            f"An allele fraction of {written.text} {unit.value} is not above 0 and at most {most}.",
            written.span,
            hint='Write for example `min_vaf: {value: 5, unit: "%"}`.',
        )
        return None
    return MinVaf(value, unit, applies_to)


# --- alternatives ------------------------------------------------------------------------------------------------


def _any_of(fields: Fields, scope: Scope) -> tuple[Alternative, ...] | None:
    """The alternatives; empty where none is written, ``None`` after a finding in each of them."""
    node = fields.list("any_of")
    if node is None:
        return None if fields.has("any_of") else ()
    if not node.items:
        empty_group("any_of", node, scope)
    found = tuple(one for one in (_alternative(item, scope) for item in node.items) if one is not None)
    return tuple(dict.fromkeys(found)) or None


def _alternative(node: Node, scope: Scope) -> Alternative | None:
    if not isinstance(node, MapNode):
        wrong_shape(node, shapes.ALTERNATIVE.what, "a mapping", scope.findings, hint="Write `{protein: p.L858R}`.")
        return None
    signature = next((key for key, _ in node.entries if key.text == "signature"), None)
    if signature is not None:
        _no_alteration(signature, node, scope)
        return None
    fields = scope.fields(node, shapes.ALTERNATIVE, keep=())
    names = [name for name in node.names() if name in shapes.ALTERNATIVE.keys and name != "including"]
    if not names or (len(names) > 1 and {"cnv", "fusion"} & set(names)) or {"protein", "pattern"} <= set(names):
        scope.findings.add(
            "P333",
            "An alternative is one of: a small variant, a copy number, a fusion."
            if names
            else "This alternative asks nothing.",
            node.span,
            why="All that an alternative says holds on one row of one table.",
            hint="Write each as an item of its own: `[{cnv: amplification}, {class: missense}]`.",
        )
        return None
    if "cnv" in names:
        return CopyNumberKind(fields.word("cnv", words_of(CopyState), CopyState.AMPLIFICATION))
    if "fusion" in names:
        partner = fields.text("fusion")
        return FusionKind(None if partner.lower() == "any" else gene_symbol(partner)) if partner else None
    return _variant(fields, scope)


def _no_alteration(key: ScalarNode, node: MapNode, scope: Scope) -> None:
    """A signature has a score, a cut and an assay of its own, which `biomarker` asks and an alteration cannot."""
    named = node.get("signature")
    name = clean(named.text or "") if isinstance(named, ScalarNode) else ""
    scope.findings.add(
        "P343",
        "A mutational signature is no alteration of a gene.",
        key.span,
        why="It is a score of the whole tumour with a cut of its own, and no test of a gene can rule it out.",
        hint=f'Ask it beside the alteration, under `any`: `{{biomarker: {name or "HRD"}, is: ">= 42"}}` with your cut.',
    )


def _variant(fields: Fields, scope: Scope) -> VariantKind | None:
    node = fields.scalar("protein") or fields.scalar("pattern")
    protein = None if node is None else _protein(node, fields, scope)
    consequence = fields.word("class", _CLASS_WORDS, "") or None
    exon = fields.whole_number("exon", 0, least=1) or None
    if (node is not None and protein is None) or (protein, consequence, exon) == (None, None, None):
        return None
    found = VariantKind(protein, consequence, exon)
    if protein is not None and consequence is not None and _never(protein, found.classes):
        scope.findings.add(
            "P332",
            f"{protein} is never of the class {consequence}.",
            fields.span,
            why="Both hold on one row, so that this alternative could never be found.",
            hint="Write two alternatives, or correct one of the two.",
        )
    return found


def _never(protein: ProteinPattern, classes: frozenset[str]) -> bool:
    proved = frozenset() if protein.exact is None else classes_by_notation(str(protein.exact))
    if proved:
        return not proved & classes
    return all(class_excludes(name, protein) for name in classes)


def _protein(node: ScalarNode, fields: Fields, scope: Scope) -> ProteinPattern | None:
    text = clean(node.text or "")
    further = fields.get("including")
    words = () if further is None else texts(further, "`including`", scope.findings)
    kinds = {_KINDS[name] for name in words if name in _KINDS}
    for name in words:
        if name not in _KINDS and further is not None:
            hint = nearest(name, _KINDS) or f"Known: {', '.join(_KINDS)}."
            scope.findings.add("P015", f'`including` cannot be "{name}".', further.span, hint=hint)
    pattern = parse_pattern(text, kinds)
    if pattern is None:
        message, hint = _why_not(text, bool(kinds))
        scope.findings.add("P330", message, node.span, hint=hint)
        return None
    if fields.has("protein") and pattern.exact is None:
        scope.findings.add(
            "P331",
            f"`protein` names one change; {text} is a place.",
            node.span,
            why="Any change there, or a change that was not written to its end, would be other questions.",
            hint=f"Write `pattern: {text}` for any substitution there, or the whole change.",
        )
        return None
    return pattern


def _why_not(text: str, widened: bool) -> tuple[str, str]:
    """What is wrong with a notation, as far as it can be told, and what to write."""
    if widened and parse_pattern(text) is not None:
        return f"`including` widens a place; {text} is one change.", "Delete `including`, or name the place: p.V600."
    if text.lower().removeprefix("p.").endswith("x") and parse_pattern(text[:-1]) is not None:
        return (
            f"{text} may mean a stop or any amino acid.",
            f"Write {text[:-1]}* for the stop, or `pattern: {text[:-1]}` for any substitution.",
        )
    if text.lower().startswith(("c.", "g.", "n.")):
        return f"{text} names nucleotides.", "Write the protein change, as in p.L858R."
    if parse_pattern(f"p.{text}") is not None:
        return f'"{text}" does not say that it is a protein.', f"Write p.{text}."
    return (
        f'"{text}" is no protein change.',
        "Write HGVS in one or three letters: p.L858R, p.Glu746_Ala750del, p.V600 (as a pattern).",
    )
