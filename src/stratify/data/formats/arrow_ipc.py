"""Apache Arrow IPC, the file form (Feather version 2) and the stream form.

Files go to Polars' own lazy reader unless they hold string views: Polars 2.1 panics on the empty data buffer that
Arrow C++ writes for a compressed column of short string views. Those, and streams, which Polars only reads whole,
are read batch by batch with Arrow C++.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from stratify.data.formats.format import Format, unreadable

_FILE = b"ARROW1"
_STREAM = b"\xff\xff\xff\xff"  # the marker before every message since Arrow 0.15


def _recognise(head: bytes) -> bool:
    return head.startswith((_FILE, _STREAM))


def _scan(path: Path, label: str) -> pl.LazyFrame:
    try:
        with path.open("rb") as file:
            stream = file.read(4) == _STREAM
        schema = _open(path, stream, None).schema
        if not stream and not any(_is_view(field.type) for field in schema):
            frame = pl.scan_ipc(path, glob=False, hive_partitioning=False)
            frame.collect_schema()
            return frame
        if stream:
            _walk(path)
        return _scan_batches(path, schema, stream=stream)
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError) as error:
        raise unreadable(label, FORMAT.name) from error


def _open(path: Path, stream: bool, columns: list[int] | None) -> pa.RecordBatchReader | pa.ipc.RecordBatchFileReader:
    options = pa.ipc.IpcReadOptions(included_fields=columns)
    source = pa.memory_map(str(path))
    return pa.ipc.open_stream(source, options=options) if stream else pa.ipc.open_file(source, options=options)


def _walk(path: Path) -> None:
    """Go from message to message of a stream, which has no footer, so that one cut off is noticed when it is opened."""
    for _ in pa.ipc.MessageReader.open_stream(pa.memory_map(str(path))):
        pass


def _is_view(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_view(kind.value_type)
    return bool(pa.types.is_string_view(kind) or pa.types.is_binary_view(kind))


def _scan_batches(path: Path, schema: pa.Schema, *, stream: bool) -> pl.LazyFrame:
    def read(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        # A query of no column at all (a count of rows) still needs one column to count.
        names = schema.names if with_columns is None else with_columns or schema.names[:1]
        left = n_rows
        for batch in _batches(path, stream, [schema.get_field_index(name) for name in names]):
            frame = _to_polars(batch).select(names)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            yield frame if predicate is None else frame.filter(predicate)
            if left == 0:
                return

    return register_io_source(read, schema=_to_polars(schema.empty_table()).schema, is_pure=True)


def _batches(path: Path, stream: bool, columns: list[int]) -> Iterator[pa.RecordBatch]:
    reader = _open(path, stream, sorted(columns))
    if stream:
        yield from reader
    else:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _to_polars(data: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    return pl.DataFrame(data if isinstance(data, pa.Table) else pa.Table.from_batches([data]))


FORMAT = Format("Arrow IPC", (".arrow", ".feather", ".ipc", ".arrows"), _recognise, _scan)
