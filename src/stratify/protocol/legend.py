"""What stands below a protocol in English: the names of its measures and the codes of its sets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from stratify.model.analytes import analyte
from stratify.model.codes import CodeSet
from stratify.model.computed import Computed, Paired
from stratify.model.expression import MeasureIs
from stratify.model.measure_units import named_analytes
from stratify.model.protocol import Protocol
from stratify.model.value import LLN, ULN
from stratify.protocol.row_words import set_words

_WORD = re.compile(r"[a-z]{4}")
"""What tells a name in words (``alkaline phosphatase``) from a further abbreviation (``ALKP``, ``SGPT``)."""


class Titles:
    """The titles of a protocol's code sets; where two are the same, with the set's own name."""

    def __init__(self, protocol: Protocol) -> None:
        self.count = Counter(codes.title for codes in protocol.code_sets().values())

    def __call__(self, codes: CodeSet) -> str:
        """What the set is called in the text."""
        if not codes.title:
            return codes.name
        return codes.title if self.count[codes.title] == 1 else f"{codes.title} ({codes.name})"


def code_set_lines(protocol: Protocol) -> list[str]:
    """The section of code sets, empty where there are none."""
    titles = Titles(protocol)
    lines = [f'  "{titles(codes)}": {set_words(codes)}' for codes in protocol.code_sets().values()]
    return ["", "Code sets", *lines] if lines else []


def measure_lines(protocol: Protocol) -> list[str]:
    """The section that says what abbreviations of measures stand for, of those that are known."""
    names = {name: words for name, unit in _asked(protocol) if (words := _measure_words(name, unit))}
    return ["", "Measures", *(f"  {name}: {names[name]}" for name in sorted(names))] if names else []


def _asked(protocol: Protocol) -> Iterator[tuple[str, str | None]]:
    """Every measure with a unit in which it is asked."""
    for node in protocol.nodes():
        match node:
            case MeasureIs():
                yield node.measure, node.compare.unit
            case Computed(change=None):
                yield from ((pick.of.measure, pick.of.unit) for pick in node.picks)
            case Computed():
                yield node.name, node.compare.unit
            case Paired():
                yield from ((of.measure, of.unit) for _, of in node.inputs)
            case _:
                pass


def _measure_words(name: str, unit: str | None) -> str:
    """What the analyte is called; nothing where the unit leaves open which it is: ``EGFR`` may be the gene."""
    of = analyte(name) if unit in {ULN, LLN} else next(iter(named_analytes((name,), unit)), None)
    words = () if of is None else of.names
    return next((text for text in words if _WORD.search(text) and len(text) > len(name)), "")
