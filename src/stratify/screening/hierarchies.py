"""A protocol meets a cohort: what lies below the codes that it asks for becomes codes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from stratify.data import codes_below
from stratify.model.codes import CodeEntry, CodeSet, has_levels
from stratify.model.dictionary import Dictionary
from stratify.model.expression import Count, Exists, Gap
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
    for node in protocol.nodes():
        if isinstance(node, Exists | Count | Gap) and node.selection.codes is not None:
            for entry in _entries(node.selection.codes, node.selection.table, dictionary):
                if entry.system is not None and _is_open(entry, dictionary):
                    asked.setdefault(entry.system, {}).update(dict.fromkeys(entry.normal))
    if not asked:
        return protocol
    below = {
        system: codes_below(codes, system, dictionary.hierarchies[system], references)
        for system, codes in asked.items()
    }

    def resolved(codes: CodeSet, table: str) -> CodeSet:
        entries = (_resolved(entry, dictionary, below) for entry in _entries(codes, table, dictionary))
        return replace(codes, entries=tuple(entries))

    return protocol.with_codes(lambda table, codes: resolved(codes, table))


def _entries(codes: CodeSet, table: str, dictionary: Dictionary) -> tuple[CodeEntry, ...]:
    said = dictionary.tables[table].code_system
    return tuple(entry.in_system(said) if isinstance(said, str) else entry for entry in codes.entries)


def _is_open(entry: CodeEntry, dictionary: Dictionary) -> bool:
    return entry.descendants and not has_levels(entry.system) and entry.system in dictionary.hierarchies


def _resolved(entry: CodeEntry, dictionary: Dictionary, below: Mapping[str, Mapping[str, frozenset[str]]]) -> CodeEntry:
    if entry.system is None or not _is_open(entry, dictionary):
        return entry
    known = below[entry.system]
    return replace(entry, below=frozenset().union(*(known[code] for code in entry.normal)))
