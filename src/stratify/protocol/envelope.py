"""What every file of this room has: a format line, a digest, and findings in the order of its lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from stratify.diagnostics import Finding, Findings, SourceSpan
from stratify.model.library import Pin
from stratify.protocol.source import Fields

NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})
"""No parameter set from outside."""


def check_format(fields: Fields, wanted: str, findings: Findings) -> None:
    """The finding for a file of another version or kind."""
    node = fields.scalar("format")
    if node is not None and node.text != wanted:
        findings.add(
            "P010",
            f'The format "{node.text}" is not read here.',
            node.span,
            why="The same words may mean something else in another version.",
            hint=f"Write `format: {wanted}`.",
        )


def digest_of(text: str, overrides: Mapping[str, str] = NO_OVERRIDES, pins: Iterable[Pin] = ()) -> str:
    """SHA-256 of a file's text and, where there are any, of the libraries it uses and parameters set from outside."""
    digest = hashlib.sha256(text.encode("utf-8"))
    for pin in sorted(pins, key=str):
        digest.update(f"\0{pin}:{pin.digest}".encode())
    for name in sorted(overrides):
        digest.update(f"\0{name}={overrides[name]}".encode())
    return digest.hexdigest()


def in_order(findings: Findings) -> tuple[Finding, ...]:
    """The findings, each once, in the order of the file; those of the whole file last."""
    return tuple(dict.fromkeys(sorted(findings.items, key=_by_place)))


def _by_place(finding: Finding) -> tuple[bool, int, int]:
    where = finding.where
    return (False, where.line, where.column) if isinstance(where, SourceSpan) else (True, 0, 0)
