"""Apache Parquet, read lazily: only the columns asked for are ever read from the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from stratify.data.formats.format import Format, unreadable

_PER_VALUE = 2


def _recognise(head: bytes) -> bool:
    return head.startswith(b"PAR1")


def _scan(path: Path, label: str) -> pl.LazyFrame:
    frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    try:
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(label, FORMAT.name) from error
    return frame


def _texts(path: Path, columns: Collection[str]) -> dict[str, pl.Series]:
    """The texts of columns that the file keeps as numbers into a dictionary.

    Long dictionaries (free text, patient ids) are not worth reading: a column is listed if it takes at most two bytes
    a value.
    """
    try:
        listed = _listed(pq.ParquetFile(path).metadata, columns)
        if not listed:
            return {}
        file = pq.ParquetFile(path, read_dictionary=listed)
        dictionaries: dict[str, list[pl.Series]] = {name: [] for name in listed}
        for group in range(file.num_row_groups):  # one at a time: the rows' numbers are not to be held
            rows = file.read_row_group(group, columns=listed)
            for name, texts in dictionaries.items():
                texts += [pl.Series(name, chunk.dictionary, dtype=pl.String) for chunk in rows.column(name).chunks]
        return {name: pl.concat(texts).unique().drop_nulls() for name, texts in dictionaries.items()}
    except (pa.ArrowException, OSError):
        return {}  # what Arrow cannot read Polars perhaps can, or has better words for


def _listed(metadata: pq.FileMetaData, columns: Collection[str]) -> list[str]:
    size, rows, plain = Counter[str](), metadata.num_rows, set[str]()
    for group in range(metadata.num_row_groups):
        chunks = metadata.row_group(group)
        for position in range(metadata.num_columns):
            chunk = chunks.column(position)
            size[chunk.path_in_schema] += chunk.total_uncompressed_size
            plain |= set() if chunk.has_dictionary_page else {chunk.path_in_schema}
    # The path of a column "a.b" is that of the field b of a struct a.
    return [n for n in columns if n in size and n not in plain and "." not in n and size[n] <= _PER_VALUE * rows]


FORMAT = Format("Parquet", (".parquet", ".pq"), _recognise, _scan, _texts)
