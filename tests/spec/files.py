"""Drawn tables as the files of a cohort: CSV, or Parquet and Arrow IPC with a type for each column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from spec.drawing import Cell, Drawing
from stratify.model.codes import RowSystems
from stratify.model.dictionary import Dictionary, Table
from stratify.model.genomics import named_columns

Types = Mapping[str, pa.DataType]
"""Arrow type of columns, by ``table.column``; other columns are what their cells look like."""


def completed(table: Table, drawing: Drawing, dictionary: Dictionary) -> Drawing:
    """The drawing with the columns that the dictionary names and nobody drew.

    They are null, but for the column that selects a measure's rows: a table of labs without names of tests is one
    of the first measure.
    """
    for name in (*table.date_columns, table.code, table.sequence, table.ongoing[0] if table.ongoing else None):
        drawing = drawing if name is None else drawing.with_column(name, None)
    if isinstance(table.code_system, RowSystems):
        drawing = drawing.with_column(table.code_system.column, None)
    for other in dictionary.tables.values():
        for ref in other.coverage or ():
            drawing = drawing.with_column(ref.column, None) if ref.table == table.name else drawing
    for key in () if dictionary.fallback is None else dictionary.fallback.keys:
        drawing = drawing.with_column(key.patients.column, None) if key.patients.table == table.name else drawing
    for part in dictionary.genomics.tables:
        for column in named_columns(part).values() if part.table == table.name else ():
            drawing = drawing.with_column(column, None)
    for measure in dictionary.measures.values():
        if measure.table == table.name:
            for column, values in measure.rows.items():
                drawing = drawing.with_column(column, values[0])
            limits = (measure.reference_low, measure.reference_high)
            named = (measure.value, measure.unit_column, *limits, measure.assay, measure.specimen)
            for column in (name for name in named if name is not None):
                drawing = drawing.with_column(column, None)
    return drawing


def write(folder: Path, table: Table, drawing: Drawing, form: str, types: Types) -> None:
    """One table as a file: form is csv, parquet, ipc (file) or ipc_stream."""
    names = [table.key if name == "patient" else name for name in drawing.columns]
    if form == "csv":
        with (folder / f"{table.name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([names, *drawing.rows])
        return
    types = {f"{table.name}.{table.key}": pa.string(), **types}
    arrays = {
        name: array([row[i] for row in drawing.rows], types.get(f"{table.name}.{name}")) for i, name in enumerate(names)
    }
    _WRITERS[form](folder, table.name, pa.table(arrays))


def array(cells: Sequence[Cell], kind: pa.DataType | None = None) -> pa.Array:
    """Cells as an Arrow array."""
    if kind is None:
        kind = _looks_like([cell for cell in cells if cell is not None])
    if pa.types.is_null(kind):
        return pa.nulls(len(cells))
    if pa.types.is_dictionary(kind):
        return pa.array(cells, pa.string()).dictionary_encode()
    read = next((read for test, read in _READERS if test(kind)), str)
    return pa.array([None if cell is None else read(cell) for cell in cells], kind)


def _looks_like(cells: Sequence[str]) -> pa.DataType:
    if cells and all(cell in {"true", "false"} for cell in cells):
        return pa.bool_()
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return pa.string()
    return pa.float64() if numbers else pa.string()


_READERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str], object]], ...] = (
    (pa.types.is_boolean, lambda cell: cell == "true"),
    (pa.types.is_floating, float),
    (pa.types.is_integer, int),
    (pa.types.is_decimal, Decimal),
    (pa.types.is_date, date.fromisoformat),
    (pa.types.is_timestamp, datetime.fromisoformat),
)


def _parquet(folder: Path, name: str, table: pa.Table) -> None:
    pyarrow.parquet.write_table(table, folder / f"{name}.parquet")


def _ipc(folder: Path, name: str, table: pa.Table) -> None:
    pyarrow.feather.write_feather(table, folder / f"{name}.arrow", compression="uncompressed")


def _ipc_stream(folder: Path, name: str, table: pa.Table) -> None:
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


_WRITERS: Mapping[str, Callable[[Path, str, pa.Table], None]] = {
    "parquet": _parquet,
    "ipc": _ipc,
    "ipc_stream": _ipc_stream,
}
