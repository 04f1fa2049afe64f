"""Categories of a measure: what its texts stand for, and whether a rule asks for one of them."""

from __future__ import annotations

from collections.abc import Collection

from stratify.diagnostics import Findings, SourceSpan, nearest
from stratify.model.value import Comparison
from stratify.protocol.source import Fields, clean, texts


def read_categories(fields: Fields, findings: Findings) -> dict[str, str]:
    """Text -> category, from ``categories: {MSI-H: [MSI-H, MSI High]}`` of a measure."""
    node = fields.map("categories")
    found: dict[str, str] = {}
    for key, value in () if node is None else node.entries:
        category = clean(key.text or "")
        for text in texts(value, f"`{key.text}`", findings):
            other = found.setdefault(clean(text), category)
            if other != category:
                findings.add(
                    "P223",
                    f'"{text}" is in two categories: {other} and {category}.',
                    value.span,
                    hint="Keep it in one of them.",
                )
    if node is not None and (fields.has("phenotypes") or fields.has("unit") or fields.has("units")):
        findings.add(
            "P224",
            "`categories` of a measure that has a unit or phenotypes mean nothing.",
            node.span,
            why="A category is a word; it has no unit, and a phenotype is already one.",
            hint="Delete the unit, or the categories.",
        )
    return found


def check_categories(
    what: str, compare: Comparison, known: Collection[str], where: SourceSpan | None, findings: Findings
) -> None:
    """Findings for every word of a comparison that is no category."""
    for literal in compare.literals:
        if literal.text not in known:
            findings.add(
                "P341",
                f'{what} has no category "{literal.text}".',
                where,
                why="No result could ever be it, so that the rule would be false for everybody.",
                hint=nearest(literal.text, known) or f"Its categories: {', '.join(sorted(known))}.",
            )
