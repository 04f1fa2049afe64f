"""English for the rows that a rule asks: their codes, their window and what holds of each."""

from __future__ import annotations

from itertools import groupby
from typing import assert_never

from stratify.model.codes import CodeEntry, CodeSet
from stratify.model.expression import FieldIs, RowAll, RowAny, RowCondition, RowNot, Selection
from stratify.model.value import Window
from stratify.protocol.window_words import window_words
from stratify.protocol.wording import Lexicon, english_list, field_words, plain


def entry_words(selection: Selection, words: Lexicon, *, plural: bool = False, goes_on: bool = True) -> str:
    """The entries asked of a table: ``entry in treatments coded as X before randomisation, with route oral``.

    ``goes_on``: the sentence does, so that what follows the last comma ends with one.
    """
    coded = "" if selection.codes is None else f" coded as {code_words(selection.codes, words)}"
    follows = bool(selection.window.bounds) or (goes_on and selection.where is None)
    listed = "," if ", or a" in coded and follows else ""
    noun = f"{'entries' if plural else 'entry'} in {plain(selection.table)}{coded}{listed}"
    return noun + rows_words(selection.window, selection.where, words, goes_on=goes_on, behind=bool(coded))


def rows_words(
    window: Window, where: RowCondition | None, words: Lexicon, *, goes_on: bool = True, behind: bool = False
) -> str:
    """Window and row condition behind a noun: `` before randomisation, with position SUPINE,``.

    ``behind``: something stands between the noun and these.
    """
    text = window_words(window, words.day)
    if where is None:
        return f"{text}," if goes_on and ", and " in text else text
    row = with_words(where)
    if row.startswith("("):
        return f"{text} {row}"
    apart = bool(text) or behind or goes_on
    return f"{text}{',' if apart else ''} {row}{',' if apart and goes_on else ''}"


def with_words(where: RowCondition) -> str:
    """A condition on one row: ``with number 1 and maintenance: no``; in parentheses where it has parts of its own."""
    if isinstance(where, RowNot):
        return f"(not with {_part(where.item)})"
    text = _row_words(where)
    return f"(with {text})" if "(" in text or "; " in text else f"with {text}"


def _row_words(where: RowCondition) -> str:
    match where:
        case FieldIs(column, compare):
            return field_words(column, compare)
        case RowAll(items):
            return _joined(items, "and")
        case RowAny(items):
            return _joined(items, "or")
        case RowNot(item):
            return f"not {_part(item)}"
        case _:
            assert_never(where)


def _joined(items: tuple[RowCondition, ...], word: str) -> str:
    parts = [_part(item) for item in items]
    listed = any(", " in part or " or " in part for part in parts[:-1] if not part.startswith("("))
    if listed:  # "name A, B or C; and route D": where one list ends and the next begins
        return f"{'; '.join(parts[:-1])}; {word} {parts[-1]}"
    return english_list(parts, word)


def _part(item: RowCondition) -> str:
    """A part of another condition; parentheses where it has parts itself."""
    return f"({_row_words(item)})" if isinstance(item, RowAll | RowAny) else _row_words(item)


def code_words(codes: CodeSet, words: Lexicon) -> str:
    """``erlotinib or gefitinib``, ``ICD-10 C34 or a code below it``, ``"Metastasis of the liver"``."""
    if codes.name:
        return f'"{words.code_set(codes)}"'
    return ", or as ".join(_entry_words(entry) for entry in codes.entries)


def _entry_words(entry: CodeEntry) -> str:
    system = f"{entry.system} " if entry.system else ""
    if not entry.descendants:
        return f"{system}{english_list(list(entry.codes), 'or')}"
    one = len(entry.codes) == 1
    below = " or a code below it" if one else ", or a code below one of them"
    return f"{system}{english_list(list(entry.codes), 'or')}{below}"


def set_words(codes: CodeSet) -> str:
    """What a set holds, code systems with the same codes together: ``ICD-10 and ICD-10-CM C78.7 and below``."""
    parts = []
    for (listed, below), entries in groupby(codes.entries, key=lambda entry: (entry.codes, entry.descendants)):
        systems = english_list([entry.system for entry in entries if entry.system is not None] or [""])
        parts.append(f"{systems} {', '.join(listed)}{' and below' if below else ''}".lstrip())
    return "; ".join(parts)
