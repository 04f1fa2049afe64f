"""One table from its file, or from several files with the same columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stratify.data.files import label_of, not_there, recognise, table_files
from stratify.data.formats import Format
from stratify.data.formats.format import unreadable
from stratify.data.infer import infer_types, typed
from stratify.data.normal import is_normal_text
from stratify.diagnostics import ExitCode, Finding, StratifyError, nearest


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as its files have it: the rows, the type of each column, and whether the files say the types.

    Where they do not (CSV) ``frame`` is all text and ``types`` is what the text looks like. ``tidy`` are text columns
    known to be in normal form as they are.
    """

    frame: pl.LazyFrame
    types: dict[str, pl.DataType]
    declared: bool
    tidy: frozenset[str] = frozenset()

    def typed(self) -> pl.LazyFrame:
        """The rows with every column in its type."""
        return self.frame if self.declared else typed(self.frame, self.types)


def read_table(path: Path) -> pl.LazyFrame:
    """A table as its file has it (not in normal form): Parquet, Arrow IPC or CSV, told apart by content.

    Parameters
    ----------
    path
        A file, or a folder whose files are one table and of one format.

    Raises
    ------
    StratifyError
        For a file that is missing (D001), not what its name says (D002), damaged (D003) or faulty CSV (D006), and
        for files of one folder whose columns differ (D007).
    """
    if not path.exists():
        raise not_there(path, "file")
    return read(table_files(path, label_of(path)), path.parent).typed()


def read(files: Sequence[Path], root: Path) -> Reading:
    """The files of one table, named in findings by their path below ``root``."""
    labels = [_label(file, root) for file in files]
    form = _one_format(files, labels)
    frames = [form.scan(file, label) for file, label in zip(files, labels, strict=True)]
    frame = frames[0] if len(frames) == 1 else _concatenated(frames, labels)
    try:
        types = dict(frame.collect_schema()) if form.typed else infer_types(frame)
    except pl.exceptions.PolarsError as error:
        raise unreadable(labels[0] if len(labels) == 1 else f"{labels[0]} or one beside it", form.name) from error
    return Reading(frame, types, form.typed, _tidy(files, form, types))


def _tidy(files: Sequence[Path], form: Format, types: Mapping[str, pl.DataType]) -> frozenset[str]:
    """Text columns with nothing to normalise: asked once of the file, not of every row of every query."""
    columns = [name for name, kind in types.items() if kind == pl.String]
    for file in files:
        if form.texts is None or not columns:
            return frozenset()
        columns = [name for name, texts in form.texts(file, columns).items() if is_normal_text(texts)]
    return frozenset(columns)


def _label(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def _one_format(files: Sequence[Path], labels: Sequence[str]) -> Format:
    forms = [recognise(file, label) for file, label in zip(files, labels, strict=True)]
    for form, label in zip(forms, labels, strict=True):
        if form is not forms[0]:
            message = f"{labels[0]} is {forms[0].name} and {label} is {form.name}: one table is in one format"
            raise StratifyError([Finding("D002", message, hint="convert or move one of them")], ExitCode.BAD_DATA)
    return forms[0]


def _concatenated(frames: Sequence[pl.LazyFrame], labels: Sequence[str]) -> pl.LazyFrame:
    schemas = [frame.collect_schema() for frame in frames]
    common = dict(schemas[0])
    findings: list[Finding] = []
    for schema, label in zip(schemas[1:], labels[1:], strict=True):
        findings.extend(_missing(schema, common, label, labels[0]))
        findings.extend(_missing(common, schema, labels[0], label))
        for name in [column for column in common if column in schema]:
            kind = _common_type(common[name], schema[name])
            if kind is None:
                findings.append(_drift(f"column {name} of {label} is {schema[name]}, before it {common[name]}"))
            else:
                common[name] = kind
    if findings:
        raise StratifyError(findings, ExitCode.BAD_DATA)
    return pl.concat(
        [
            frame.select(_converted(name, schema[name], kind) for name, kind in common.items())
            for frame, schema in zip(frames, schemas, strict=True)
        ],
        how="vertical",
    )


def _missing(
    having: pl.Schema | dict[str, pl.DataType], wanted: pl.Schema | dict[str, pl.DataType], label: str, other: str
) -> Iterator[Finding]:
    for name in wanted:
        if name not in having:
            yield _drift(f"{label} has no column {name}, {other} has one", nearest(name, having))


def _drift(message: str, hint: str = "give all files of the table the same columns and types") -> Finding:
    return Finding("D007", message, why="the files of a folder are one table", hint=hint)


def _common_type(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """The type that holds both without loss, or ``None``."""
    if one == other:
        return one
    if one == pl.Null:
        return other
    if other == pl.Null:
        return one
    if one.is_integer() and other.is_integer():
        return pl.Int64()
    if one.is_numeric() and other.is_numeric():
        return pl.Float64()
    if all(isinstance(kind, pl.String | pl.Categorical | pl.Enum) for kind in (one, other)):
        return pl.String()
    if all(isinstance(kind, pl.Datetime) for kind in (one, other)) and _zone(one) == _zone(other):
        return pl.Datetime("us", _zone(one))
    return None


def _zone(kind: pl.DataType) -> str | None:
    return kind.time_zone if isinstance(kind, pl.Datetime) else None


def _converted(name: str, kind: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if kind == wanted:
        return column
    # 1.65 as Float32 is 1.65 as Float64, not 1.649999976: it goes by its text.
    return (column.cast(pl.String) if kind == pl.Float32 else column).cast(wanted)
