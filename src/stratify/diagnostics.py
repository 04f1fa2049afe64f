"""Findings: what is wrong, where, why, and what to do about it.

A finding is a value. Rooms collect findings and hand them on, so that a user sees all of them at once; only the
boundary (the command line) turns them into text and an exit code. No finding carries a patient's value: tables,
columns, row numbers and patient ids locate a fault, the fault's content stays in the data.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Severity(Enum):
    """How much a finding matters: an error stops the work, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class ExitCode(IntEnum):
    """Exit codes of every command, also what an exception of this package maps to."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    BAD_DATA = 3
    TOO_MANY_UNKNOWN = 4


@dataclass(frozen=True, slots=True, order=True)
class SourceSpan:
    """A place in a text file, 1-based as editors count; ``file`` as the user named it."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class DataPlace:
    """A place in the data: a table, perhaps a column and the first few rows (0-based) or patient ids at fault."""

    table: str
    column: str | None = None
    rows: tuple[int, ...] = ()
    patients: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"table {self.table}" + (f", column {self.column}" if self.column else "")
        if self.rows:
            text += ", rows " + ", ".join(map(str, self.rows))
        if self.patients:
            text += ", patients " + ", ".join(self.patients)
        return text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or suspect.

    Parameters
    ----------
    code
        Stable identifier; ``docs/errors/CODE.md`` explains it. ``P`` protocol, ``D`` data and dictionary,
        ``S`` study, ``A`` analysis, ``R`` run.
    message
        What is wrong, in one sentence, naming the thing.
    where
        The place, or ``None`` when the whole input is meant.
    why
        Why it matters (may be empty).
    hint
        What to do (may be empty); the nearest known name belongs here.
    """

    code: str
    message: str
    where: SourceSpan | DataPlace | None = None
    why: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        lines = [f"{head}{self.severity.value} {self.code}: {self.message}"]
        if self.why:
            lines.append(f"    why: {self.why}")
        if self.hint:
            lines.append(f"    do:  {self.hint}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        """The finding as plain data for ``--json``."""
        where: dict[str, object] | None = None
        match self.where:
            case SourceSpan(file, line, column):
                where = {"file": file, "line": line, "column": column}
            case DataPlace(table, column_name, rows, patients):
                where = {"table": table, "column": column_name, "rows": list(rows), "patients": list(patients)}
            case None:
                pass
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "where": where,
            "why": self.why,
            "hint": self.hint,
        }


class StratifyError(Exception):
    """Work could not go on; carries every finding. The only exception that crosses a room for bad input."""

    def __init__(self, findings: Iterable[Finding], exit_code: ExitCode = ExitCode.FINDINGS) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        self.exit_code = exit_code
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(slots=True)
class Findings:
    """A collector for one piece of work: add as many as there are, then ``stop_on_errors`` once."""

    items: list[Finding] = field(default_factory=list)

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
        """Record one finding."""
        self.items.append(Finding(code, message, where, why, hint, severity))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Record several findings."""
        self.items.extend(findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Those that stop the work."""
        return tuple(f for f in self.items if f.severity is Severity.ERROR)

    def stop_on_errors(self, exit_code: ExitCode = ExitCode.FINDINGS) -> None:
        """Raise a :class:`StratifyError` with all findings if one of them is an error."""
        if self.errors:
            raise StratifyError(self.items, exit_code)


_COMPARED = 500


def nearest(name: str, known: Iterable[str]) -> str:
    """Text of the kind ``did you mean "age"?``, or, when nothing is near, the known names (at most twelve)."""
    names = sorted(set(known))
    if len(names) > _COMPARED:  # each is compared with the name, letter by letter
        alike = [other for other in names if other[:1].lower() == name[:1].lower()]
        names = (alike or names)[:_COMPARED]
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{lowered[close[0]]}"?'
    return f"known: {join_some(names)}" if names else ""


def join_some(names: Sequence[str], limit: int = 12) -> str:
    """Comma-joined names, cut after ``limit`` with the number left out."""
    shown = ", ".join(names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
