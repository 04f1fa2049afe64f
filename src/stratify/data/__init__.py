"""The data room: files of a cohort become tables in normal form, or findings that say why not.

Normal form is described in :mod:`stratify.model.dictionary`. Nothing here writes to a source file or repairs a value.
"""

from stratify.data.checks import conform
from stratify.data.cohort import CohortTables, Source, open_cohort, open_references
from stratify.data.fallback import with_fallback
from stratify.data.hierarchies import codes_below
from stratify.data.inspect import infer_dictionary
from stratify.data.one_table import open_one_table
from stratify.data.panels import with_panels
from stratify.data.reading import read_table

__all__ = [
    "CohortTables",
    "Source",
    "codes_below",
    "conform",
    "infer_dictionary",
    "open_cohort",
    "open_one_table",
    "open_references",
    "read_table",
    "with_fallback",
    "with_panels",
]
