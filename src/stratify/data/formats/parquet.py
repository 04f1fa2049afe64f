"""Apache Parquet, read lazily: only the columns asked for are ever read from the disk."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from stratify.data.formats.format import Format, unreadable


def _recognise(head: bytes) -> bool:
    return head.startswith(b"PAR1")


def _scan(path: Path, label: str) -> pl.LazyFrame:
    frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    try:
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(label, FORMAT.name) from error
    return frame


FORMAT = Format("Parquet", (".parquet", ".pq"), _recognise, _scan)
