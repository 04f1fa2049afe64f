"""What every file of this room has: a format line, a digest, and findings in the order of its lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from stratify.diagnostics import DataPlace, Finding, Findings, Severity, SourceSpan, StratifyError
from stratify.model.library import Pin
from stratify.protocol.source import Fields

NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})
"""No parameter set from outside."""


MOST_ERRORS = 200
"""Errors after which a file is not read further: who has so many has one cause, and reads the first."""


class EnoughError(StratifyError):
    """A file has so many errors that it is not read further; carries those found."""


class FileFindings(Findings):
    """The findings of one file; the error after :data:`MOST_ERRORS` ends the reading."""

    errors_left = MOST_ERRORS

    def add(
        self,
        code: str,
        message: str,
        where: SourceSpan | DataPlace | None = None,
        *,
        why: str = "",
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Record one finding.

        Raises
        ------
        EnoughError
            There are too many errors (P369).
        """
        if severity is Severity.ERROR and self.errors_left == 0:
            message = f"There are more than {MOST_ERRORS} errors; the rest of the file is not looked at."
            super().add("P369", message, where, hint="Correct these first; many errors often have one cause.")
            raise EnoughError(in_order(self))
        self.errors_left -= severity is Severity.ERROR
        super().add(code, message, where, why=why, hint=hint, severity=severity)


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
