"""The inputs of a formula: where each value is from, its unit, and for words the texts that mean each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stratify.diagnostics import Findings
from stratify.model.expression import AgeUnit
from stratify.model.formula import FormulaInput, FromAge, FromColumn, FromDefinition, FromMeasure, Source
from stratify.model.notation import NAME, RESERVED
from stratify.model.units import parse_unit
from stratify.protocol import shapes
from stratify.protocol.nodes import MapNode, Node, ScalarNode
from stratify.protocol.source import Fields, as_map, clean, texts, words_of


def check_name(name: ScalarNode, what: str, findings: Findings) -> None:
    """The finding for a name that the notation of formulas cannot say."""
    text = name.text or ""
    if NAME.fullmatch(text) and text not in RESERVED:
        return
    why = f'"{text}" is a word of the notation.' if text in RESERVED else "Other signs mean something in a formula."
    hint = "Use letters, digits and underscores, and begin with a letter."
    findings.add("P319", f'"{text}" cannot name {what}.', name.span, why=why, hint=hint)


def read_inputs(node: MapNode | None, findings: Findings) -> Mapping[str, FormulaInput]:
    """The inputs by name; one whose source could not be read is left out."""
    found: dict[str, FormulaInput] = {}
    for name, inside in () if node is None else node.entries:
        check_name(name, "an input", findings)
        one = _input(name, inside, findings)
        if one is not None:
            found[one.name] = one
    return MappingProxyType(found)


def _input(name: ScalarNode, node: Node, findings: Findings) -> FormulaInput | None:
    fields = as_map(node, shapes.FORMULA_INPUT, findings)
    if fields is None:
        return None
    source = _source(fields, findings)
    unit = read_unit(fields, findings)
    words = _words(fields.map("words"), findings)
    _check_together(fields, findings)
    return None if source is None else FormulaInput(name.text or "", source, unit, words)


def _source(fields: Fields, findings: Findings) -> Source | None:
    written = [key for key in shapes.FORMULA_SOURCES if fields.has(key)]
    if len(written) != 1:
        findings.add(
            "P315",
            f"An input has one source, this one has {'none' if not written else ' and '.join(written)}.",
            fields.span,
            hint="Write one of `measure: CREAT`, `age: years`, `value: patients.sex` and `ref: definition`.",
        )
        return None
    match written[0]:
        case "measure":
            measure = clean(fields.text("measure"))
            return FromMeasure(measure) if measure else None
        case "age":
            return FromAge(fields.word("age", words_of(AgeUnit), AgeUnit.YEARS))
        case "value":
            column = fields.column("value")
            return None if column is None else FromColumn(column)
        case _:
            definition = fields.text("ref")
            return FromDefinition(definition) if definition else None


def read_unit(fields: Fields, findings: Findings) -> str | None:
    """A unit's text; the finding for one that nothing could be converted to."""
    node = fields.scalar("unit")
    if node is None:
        return None
    text = clean(node.text or "")
    if parse_unit(text) is None:
        findings.add(
            "P314",
            f'"{text}" is not known as a unit.',
            node.span,
            why="Values are converted to it before the formula is computed.",
            hint="Write for example mg/dL, 10*9/L, % or mL/min/{1.73_m2}; leave it out for a score.",
        )
    return text


def _words(node: MapNode | None, findings: Findings) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for key, inside in () if node is None else node.entries:
        word = key.text or ""
        check_name(key, "a word", findings)
        accepted = tuple(dict.fromkeys((word, *(clean(text) for text in texts(inside, f"`{word}`", findings)))))
        for text in accepted:
            if owner.setdefault(text, word) != word:
                findings.add(
                    "P315",
                    f'The text "{text}" means two words: {owner[text]} and {word}.',
                    inside.span,
                    hint="Keep it under one of them.",
                )
        found[word] = accepted
    return MappingProxyType(found)


def _check_together(fields: Fields, findings: Findings) -> None:
    """The finding for parts that do not go with one another; an empty ``words`` leaves nothing to say."""
    extra = [key for key in ("unit", "words") if fields.has(key)]
    words = fields.get("words")
    if isinstance(words, MapNode) and not words.entries:
        findings.add("P315", "`words` names no word.", words.span, hint="Write `words: {female: [F], male: [M]}`.")
    if len(extra) == 2:
        findings.add("P315", "An input is a word or has a unit.", fields.span, hint="Delete `unit` or `words`.")
        return
    for key in extra if fields.has("age") or fields.has("ref") else ():
        what = "An age is in the unit it names" if fields.has("age") else "A definition is yes or no"
        node = fields.get(key)
        findings.add("P315", f"{what}.", fields.span if node is None else node.span, hint=f"Delete `{key}`.")
