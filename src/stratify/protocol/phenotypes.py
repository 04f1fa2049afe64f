"""The section ``phenotypes`` of a library: what the diplotypes of a gene mean, with the cases that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from stratify.diagnostics import Findings, nearest
from stratify.model.gene import gene_symbol
from stratify.model.phenotype import Band, Pair, PhenotypeTable, diplotype
from stratify.protocol import shapes
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.source import Fields, as_map, clean, decimal, scalar, wrong_shape


def read_phenotypes(node: Node, findings: Findings) -> Mapping[str, PhenotypeTable]:
    """The tables by gene."""
    if not isinstance(node, MapNode):
        wrong_shape(node, "`phenotypes`", "a mapping of genes", findings, hint="Write `CYP2C19: {...}`.")
        return {}
    found = {}
    for key, value in node.entries:
        gene = gene_symbol(key.text or "")
        fields = as_map(value, shapes.PHENOTYPES, findings)
        table = None if fields is None else _table(gene, fields, findings)
        if table is not None and fields is not None:
            _check(table, fields, findings)
            found[gene] = table
    return found


def _table(gene: str, fields: Fields, findings: Findings) -> PhenotypeTable:
    diplotypes = {p: name for name, p in _listed(fields, "diplotypes", findings)}
    by_function = {p: name for name, p in _listed(fields, "by_function", findings)}
    return PhenotypeTable(
        gene,
        MappingProxyType(diplotypes),
        MappingProxyType(_functions(fields, findings)),
        MappingProxyType(by_function),
        MappingProxyType(_activities(fields, findings)),
        _bands(fields, findings),
        fields.text("source"),
    )


def _listed(fields: Fields, key: str, findings: Findings) -> list[tuple[str, Pair]]:
    """``phenotype: [one/other, ...]`` as pairs."""
    node = fields.map(key)
    found: list[tuple[str, Pair]] = []
    owner: dict[Pair, str] = {}
    for name, value in () if node is None else node.entries:
        phenotype = clean(name.text or "")
        for item in value.items if isinstance(value, ListNode) else (value,):
            written = scalar(item, f"`{name.text}`", findings)
            both = None if written is None else diplotype(clean(written.text or ""))
            if written is not None and both is None:
                findings.add(
                    "P344",
                    f'"{written.text}" does not name two, as in one/other.',
                    written.span,
                    hint='Write both with a slash between: "*1/*2", normal/none.',
                )
            if both is not None and written is not None:
                _once(both, phenotype, owner, written, findings)
                found.append((phenotype, both))
    return found


def _once(both: Pair, phenotype: str, owner: dict[Pair, str], written: ScalarNode, findings: Findings) -> None:
    other = owner.setdefault(both, phenotype)
    if other != phenotype:
        findings.add(
            "P344",
            f'"{written.text}" is both {other} and {phenotype}.',
            written.span,
            why="The order of two alleles says nothing: *1/*2 is *2/*1.",
            hint="Keep it in one of the two.",
        )


def _functions(fields: Fields, findings: Findings) -> dict[str, str]:
    node = fields.map("functions")
    found = {}
    for key, value in () if node is None else node.entries:
        written = scalar(value, f"The function of {key.text}", findings)
        if written is not None:
            found[clean(key.text or "")] = clean(written.text or "")
    return found


def _activities(fields: Fields, findings: Findings) -> dict[str, Decimal]:
    node = fields.map("activities")
    found = {}
    for key, value in () if node is None else node.entries:
        what = f"The activity value of {key.text}"
        written = scalar(value, what, findings)
        number = None if written is None else decimal(written, what, findings)
        if number is not None:
            found[clean(key.text or "")] = number
    return found


def _bands(fields: Fields, findings: Findings) -> tuple[Band, ...]:
    node = fields.map("by_score")
    found: list[Band] = []
    for key, value in () if node is None else node.entries:
        items = value.items if isinstance(value, ListNode) else (value,)
        written = [scalar(item, f"`{key.text}`", findings) for item in items]
        numbers = [None if item is None else decimal(item, f"`{key.text}`", findings) for item in written]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            continue
        if len(known) not in {1, 2} or known[0] > known[-1]:
            findings.add(
                "P344", f"`{key.text}` is one score, or [lowest, highest].", value.span, hint="Write `[1, 1.5]`."
            )
            continue
        band = Band(known[0], known[-1], clean(key.text or ""))
        other = next((b for b in found if b.lowest <= band.highest and band.lowest <= b.highest), None)
        if other is not None:
            findings.add(
                "P344",
                f"The scores of {other.phenotype} and {band.phenotype} overlap.",
                value.span,
                why="A score in both would be either.",
                hint="Let one end before the other begins.",
            )
        found.append(band)
    return tuple(found)


def _check(table: PhenotypeTable, fields: Fields, findings: Findings) -> None:
    """Functions that no allele has, and tests that do not hold."""
    known = set(table.functions.values())
    node = fields.get("by_function")
    for both in table.by_function:
        for name in both:
            if name not in known and node is not None:
                findings.add(
                    "P344",
                    f'No allele of {table.gene} has the function "{name}".',
                    node.span,
                    hint=nearest(name, known) or "Add it under `functions`.",
                )
    tests = fields.map("tests")
    for key, value in () if tests is None else tests.entries:
        said = table.phenotype(clean(key.text or "")) or "unknown"
        written = scalar(value, f"`{key.text}`", findings)
        wanted = "" if written is None else clean(written.text or "")
        if written is not None and said != wanted:
            findings.add(
                "P345",
                f"{table.gene} {key.text} is {said} by this table, its test expects {wanted}.",
                written.span,
                hint="Correct the table or the test; `unknown` is what the table does not say.",
            )
