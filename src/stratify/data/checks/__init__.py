"""Does the data fit the dictionary? Everything that does not is said at once, and nothing is repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stratify.data.checks import dates, duplicates, fallback, measures, numbers, patients, tables
from stratify.data.cohort import CohortTables
from stratify.diagnostics import Finding, StratifyError

_CHECKS: tuple[Callable[[CohortTables], Iterator[Finding]], ...] = (
    tables.check_rows,
    patients.check_ids,
    patients.check_orphans,
    numbers.check_finite,
    dates.check_text,
    dates.check_order,
    dates.check_range,
    dates.check_ongoing,
    measures.check_measures,
    fallback.check_fallback,
    duplicates.check_duplicates,
)


def conform(cohort: CohortTables) -> tuple[Finding, ...]:
    """What in the tables does not fit the dictionary, or is suspect.

    Reads the tables. Findings name tables, columns, units, row numbers (0-based, in the order of the file) and
    patient ids, the first few of each; never any other value.

    Parameters
    ----------
    cohort
        From :func:`open_cohort`.

    Returns
    -------
    tuple of Finding
        Errors (patient ids that are null D020 or twice D021; with ``strict`` also orphans D022), warnings and notes
        (D022 to D057), in the order of the checks and of the dictionary. A file that turns out to be damaged when it
        is read is an error (D003).
    """
    found: dict[Finding, None] = {}
    for check in _CHECKS:
        try:
            found |= dict.fromkeys(check(cohort))
        except StratifyError as error:
            found |= dict.fromkeys(error.findings)
    return tuple(found)
