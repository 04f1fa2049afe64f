"""File formats of tables: one module each, which do not know each other.

A format is a :class:`~stratify.data.formats.format.Format`; a further one is a new module and a line in ``FORMATS``.
"""

from stratify.data.formats import arrow_ipc, csv, parquet
from stratify.data.formats.format import Format

__all__ = ["FORMATS", "Format"]

FORMATS: tuple[Format, ...] = (parquet.FORMAT, arrow_ipc.FORMAT, csv.FORMAT)
"""Every format that is read, text last: any text looks like a CSV."""
