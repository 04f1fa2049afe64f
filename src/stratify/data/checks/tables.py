"""Tables without rows."""

from __future__ import annotations

from collections.abc import Iterator

from stratify.data.cohort import CohortTables
from stratify.data.queries import count
from stratify.diagnostics import DataPlace, Finding, Severity
from stratify.model.dictionary import PATIENTS


def check_rows(cohort: CohortTables) -> Iterator[Finding]:
    """D023: a table has no row. For the patients' table a warning: nobody is screened."""
    for name, frame in cohort.frames.items():
        if count(frame, name) == 0:
            severity = Severity.WARNING if name == PATIENTS else Severity.NOTE
            why = "nobody is screened" if name == PATIENTS else "for every patient this is a table without a row"
            yield Finding("D023", "the table has no rows", DataPlace(name), why, severity=severity)
