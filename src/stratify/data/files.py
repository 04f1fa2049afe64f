"""Which file a table is in, and whether a file is what its name says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stratify.data.formats import FORMATS, Format
from stratify.diagnostics import ExitCode, Finding, StratifyError, nearest
from stratify.model.dictionary import Reference, Table

_HEAD = 4096
_SUFFIXES = {suffix: form for form in FORMATS for suffix in form.suffixes}
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive (perhaps a spreadsheet)"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"PARE", "Parquet with an encrypted footer"),
    (b"HEADER RECORD*******", "a SAS transport file"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"FEA1", "Feather version 1"),
    (b"ORC", "Apache ORC"),
)
_READ = ", ".join(form.name for form in FORMATS)


def label_of(path: Path) -> str:
    """How a finding names a path: by its last part, also where it is written ``.`` or ``/``."""
    return path.name or path.resolve().name or str(path)


def not_there(path: Path, what: str = "file or folder") -> StratifyError:
    """The error (D001) for a path that names nothing."""
    hint = nearest(path.name, _names(path.parent)) or f"name a file, or a folder of files: {_READ}"
    return _error("D001", f"there is no {what} {label_of(path)}", hint)


def no_table(path: Path, label: str = "") -> StratifyError:
    """The error (D001) for a folder without a file that is read."""
    return _error(
        "D001", f"the folder {label or label_of(path)} holds no table", f"put the table's files into it: {_READ}"
    )


def recognise(path: Path, label: str) -> Format:
    """The format of a file by its contents.

    Raises
    ------
    StratifyError
        For an empty file (D003), one that is not what its name says, and one of no format that is read (D002).
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise _error("D003", f"{label} cannot be opened", "check the file's permissions") from error
    if not head:
        raise _error(
            "D003", f"{label} is empty: not a byte in it", "export the table again; no rows still need a header"
        )
    promised = _SUFFIXES.get(path.suffix.lower())
    foreign = next((name for magic, name in _FOREIGN if head.startswith(magic)), None)
    found = None if foreign else next((form for form in FORMATS if form.recognise(head)), None)
    is_text = found is not None and not found.typed
    if found is not None and (found is promised or (promised is None and not (is_text and path.suffix))):
        return found
    contents = foreign or ("text" if is_text else found.name if found else "of no known format")
    if promised is None:
        raise _error("D002", f"{label} is {contents}, which is not read", f"convert it to one of {_READ}")
    raise _error(
        "D002",
        f"{label} is named like {promised.name} but is {contents}",
        "rename it after what it is, or export it again",
    )


def is_table_file(path: Path) -> bool:
    """Whether a file in a folder claims to be a table: by its ending, not hidden, no marker such as ``_SUCCESS``.

    A ``.txt`` is read only where a dictionary names it: beside tables it is more often a README.
    """
    suffix = path.suffix.lower()
    return path.is_file() and not path.name.startswith((".", "_")) and suffix in _SUFFIXES and suffix != ".txt"


def table_files(path: Path, label: str) -> tuple[Path, ...]:
    """The files of a table: the file itself, or those of a folder, by name."""
    if not path.is_dir():
        return (path,)
    files = tuple(sorted(file for file in path.iterdir() if is_table_file(file)))
    if not files:
        raise no_table(path, label)
    return files


def locate(root: Path, table: Table | Reference) -> Path:
    """The file or folder of a table below the cohort folder.

    Without ``file`` in the dictionary it is the table's name with the ending of a format, or a folder of that name.

    Raises
    ------
    StratifyError
        For a path that leaves the folder (D004), a missing file (D001), and several that fit (D012).
    """
    if table.file:
        found = root / table.file
        if not _inside(root, found):
            hint = "give a path below the cohort folder; copy the file there if need be"
            raise _error("D004", f"table {table.name}: the file {table.file} is outside the cohort folder", hint)
        if not found.exists():
            message = f"table {table.name}: there is no file {table.file} in the cohort folder"
            near = nearest(table.file, _names(root))
            raise _error("D001", message, near or f"put the table's file into the folder: {_READ}")
        return found
    fitting = [entry for entry in table_entries(root) if table.name in (entry.stem, entry.name)]
    if not fitting:
        message = f"table {table.name}: there is no file of that name in the cohort folder"
        near = nearest(table.name, (entry.stem for entry in table_entries(root)))
        raise _error("D001", message, near or f"put the table's file into the folder: {_READ}")
    if len(fitting) > 1:
        names = ", ".join(entry.name for entry in fitting)
        raise _error(
            "D012", f"table {table.name}: several files fit: {names}", "name one of them as the table's `file`"
        )
    if not _inside(root, fitting[0]):
        message = f"table {table.name}: {fitting[0].name} is a link to outside the cohort folder"
        raise _error("D004", message, "copy the file into the cohort folder")
    return fitting[0]


def table_entries(root: Path) -> tuple[Path, ...]:
    """Files that claim to be tables, and folders of such files, by name."""
    if not root.is_dir():
        return ()
    return tuple(
        entry
        for entry in sorted(root.iterdir())
        if is_table_file(entry) or (entry.is_dir() and any(map(is_table_file, entry.iterdir())))
    )


def check_inside(root: Path, files: Iterable[Path], table: str) -> None:
    """Every file of a table, links followed, lies below the cohort folder, or StratifyError (D004)."""
    for file in files:
        if not _inside(root, file):
            message = f"table {table}: {file.name} is a link to outside the cohort folder"
            raise _error("D004", message, "copy the file into the cohort folder")


def _inside(root: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


def _names(root: Path) -> tuple[str, ...]:
    return tuple(entry.name for entry in table_entries(root))


def _error(code: str, message: str, hint: str) -> StratifyError:
    return StratifyError([Finding(code, message, hint=hint)], ExitCode.BAD_DATA)
