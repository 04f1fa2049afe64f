"""A protocol meets a cohort: what lies below the codes that it asks for becomes codes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

import polars as pl

from stratify.data import codes_below
from stratify.model.codes import CodeEntry, CodeSet, RowSystems, has_levels
from stratify.model.dictionary import Dictionary
from stratify.model.protocol import Protocol


def with_descendants(protocol: Protocol, dictionary: Dictionary, references: Mapping[str, pl.LazyFrame]) -> Protocol:
    """The protocol with every code below the codes it asks for, where a hierarchy table says what lies below.

    Codes of systems whose levels are in their codes stay as they are: a beginning is quicker to compare than a list.
    Each table is asked once, for all rules, and only for what lies below their codes.

    Parameters
    ----------
    protocol
        One that has passed :func:`stratify.protocol.typecheck` against the dictionary.
    """
    asked: dict[str, dict[str, None]] = {}
    for selection in protocol.selections():
        if selection.codes is not None:
            for entry in _entries(selection.codes, selection.table, dictionary):
                system = entry.system
                if system is not None and system in dictionary.hierarchies and _is_open(entry):
                    asked.setdefault(system, {}).update(dict.fromkeys(entry.normal))
    below = {
        system: codes_below(codes, system, dictionary.hierarchies[system], references)
        for system, codes in asked.items()
    }

    def resolved(table: str, codes: CodeSet) -> CodeSet:
        entries = (_resolved(entry, below) for entry in _entries(codes, table, dictionary))
        return replace(codes, entries=tuple(entries))

    return protocol.with_codes(resolved)


def _entries(codes: CodeSet, table: str, dictionary: Dictionary) -> tuple[CodeEntry, ...]:
    """The entries that can be asked of a table, each with its system."""
    said = dictionary.tables[table].code_system
    match said:
        case None:
            return codes.entries
        case str():
            return tuple(entry.in_system(said) for entry in codes.entries)
        case RowSystems():
            return tuple(_of_an_example(entry, said) for entry in codes.entries)
        case _:
            assert_never(said)


def _of_an_example(entry: CodeEntry, said: RowSystems) -> CodeEntry:
    """Where no row says this system, as beside the rules of an example, only codes that are listed can be meant."""
    listed = entry.system in said.unsaid and entry.system not in said.systems.values()
    return replace(entry, below=frozenset()) if listed and _is_open(entry) else entry


def _is_open(entry: CodeEntry) -> bool:
    return entry.descendants and entry.below is None and not has_levels(entry.system)


def _resolved(entry: CodeEntry, below: Mapping[str, Mapping[str, frozenset[str]]]) -> CodeEntry:
    known = None if entry.system is None else below.get(entry.system)
    if known is None or not _is_open(entry):
        return entry
    return replace(entry, below=frozenset().union(*(known[code] for code in entry.normal)))
