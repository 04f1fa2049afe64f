"""An analysis that is refused, for one reason."""

from __future__ import annotations

from stratify.diagnostics import DataPlace, Finding, SourceSpan, StratifyError


def refused(
    code: str, message: str, where: SourceSpan | DataPlace | None = None, *, why: str = "", hint: str = ""
) -> StratifyError:
    """The error to raise, with its one finding."""
    return StratifyError([Finding(code, message, where, why, hint)])
