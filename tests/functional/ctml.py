"""Match clauses of CTML, the trial language of MatchMiner, and what MatchMiner itself makes of them.

An ``and`` and an ``or`` hold a list; the keys of one object all belong to it, so that ``{"g1": ..., "c1": ...}`` asks
for both. The published trees and paths are the oracle: a path is a conjunction, and a patient matches whom some path
matches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from stratify.model.expression import All, AnyOf, Condition, ValueIs

Clause = Mapping[str, Any]
Path = frozenset[str]
"""Leaves that must all hold."""


def leaf_name(key: str, value: object) -> str:
    """A column for a leaf: two leaves with one key and different content are two."""
    return "_".join([key, *(word for word in json.dumps(value).replace('"', " ").split() if word.isidentifier())])


def leaves(item: Any) -> Iterator[str]:
    """The columns of all leaves, once each, in their order."""
    items = item if isinstance(item, list) else [item]
    found = (name for one in items for key, value in one.items() for name in _below(key, value))
    yield from dict.fromkeys(found)


def _below(key: str, value: Any) -> Iterator[str]:
    if key in {"and", "or"}:
        yield from leaves(value)
    else:
        yield leaf_name(key, value)


def condition(clause: Clause) -> str:
    """The clause as a condition of ours, in YAML's flow style."""
    parts = [_part(key, value) for key, value in clause.items()]
    return parts[0] if len(parts) == 1 else f"{{all: [{', '.join(parts)}]}}"


def _part(key: str, value: Any) -> str:
    if key in {"and", "or"}:
        return f"{{{'all' if key == 'and' else 'any'}: [{', '.join(condition(item) for item in value)}]}}"
    return f'{{value: patients.{leaf_name(key, value)}, is: "== true"}}'


Values = Mapping[str, bool | None]
"""Whether each leaf holds; ``None`` is unknown."""
_ORDER = {False: 0, None: 1, True: 2}
_VALUES = (False, None, True)


def worst(values: Iterable[bool | None]) -> bool | None:
    """``and`` in three values: unknown lies between false and true."""
    return _VALUES[min(_ORDER[value] for value in values)]


def best(values: Iterable[bool | None]) -> bool | None:
    """``or`` in three values."""
    return _VALUES[max(_ORDER[value] for value in values)]


def of_clause(clause: Clause, row: Values) -> bool | None:
    """What a clause says, word by word."""
    return worst(_of_part(key, value, row) for key, value in clause.items())


def _of_part(key: str, value: Any, row: Values) -> bool | None:
    if key in {"and", "or"}:
        return (worst if key == "and" else best)([of_clause(item, row) for item in value])
    return row[leaf_name(key, value)]


def of_paths(paths: Iterable[Path], row: Values) -> bool | None:
    """What match paths say."""
    return best(worst(row[leaf] for leaf in path) for path in paths)


# --- what makes it true: the smallest sets of leaves ---------------------------------------------------------------


def smallest(paths: Iterable[Path]) -> frozenset[Path]:
    """Without those that contain another. Of conditions without ``not``, equal sets are the same function, and in three
    values too: minimum and maximum distribute over one another as ``and`` and ``or`` do."""
    kept: list[Path] = []
    for path in sorted(set(paths), key=len):
        if not any(other <= path for other in kept):
            kept.append(path)
    return frozenset(kept)


def ways(item: Condition) -> frozenset[Path]:
    """The smallest sets of columns whose being true makes a condition of ours true."""
    match item:
        case All(items):
            return smallest(frozenset().union(*choice) for choice in _products([ways(part) for part in items]))
        case AnyOf(items):
            return smallest(path for part in items for path in ways(part))
        case ValueIs(column):
            return frozenset([frozenset([column.column])])
        case _:
            raise AssertionError(item)


def _products(groups: Sequence[frozenset[Path]]) -> Iterator[tuple[Path, ...]]:
    """One of each group, joined group by group so that what contains another is dropped early."""
    joined = frozenset([frozenset[str]()])
    for group in groups:
        joined = smallest(a | b for a, b in product(joined, group))
    yield from ((path,) for path in joined)


def published_paths(paths: Sequence[Mapping[str, Any]]) -> frozenset[Path]:
    """The oracle's match paths."""
    nodes = ([node["criteria"] for node in path["criteria_list"]] for path in paths)
    return smallest(frozenset().union(*(_asked(criteria) for criteria in path)) for path in nodes)


def published_tree(tree: Mapping[str, Any], edges: Iterable[tuple[int, int]] | None = None) -> frozenset[Path]:
    """The oracle's match tree, or one of its nodes joined by other edges: from the root to every end, all criteria on
    the way."""
    below: dict[str, list[str]] = {name: [] for name in tree["nodes"]}
    for parent, child in tree["edges"] if edges is None else edges:
        below[str(parent)].append(str(child))

    def walk(name: str) -> frozenset[Path]:
        here = _asked(tree["nodes"][name]["criteria_list"])
        further = [path for child in below[name] for path in walk(child)] or [frozenset()]
        return smallest(here | path for path in further)

    return walk("0")


def _asked(criteria: Sequence[Clause]) -> Path:
    return frozenset(leaf_name(key, value) for item in criteria for key, value in item.items())
