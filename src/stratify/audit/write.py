"""Writing a run: everything aside first, then moved into place, the manifest last.

A run that is interrupted while writing leaves the old result. One that is killed while the finished files are moved
leaves a folder without a manifest, which is no result; never half of one under the manifest of another.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from stratify.audit.manifest import MANIFEST_FILE
from stratify.diagnostics import ExitCode, Finding, StratifyError

Content: TypeAlias = bytes | Callable[[Path], None]
"""A file's bytes, or what writes the file at the path given."""


def write_run(folder: Path, files: Mapping[str, Content]) -> None:
    """Write the files of a run into a folder, all or none.

    Parameters
    ----------
    folder
        Made where it does not exist; files of other names in it stay.
    files
        Content by name below the folder. ``manifest.json`` is made last, when the others lie beside it, so that what
        writes it can read their digests.

    Raises
    ------
    StratifyError
        The folder is a file (R010), another run is writing into it (R011), or cannot be written to (R012).
    ValueError
        A name that is not below the folder.
    """
    names = sorted(files, key=lambda name: (name == MANIFEST_FILE, name))
    for name in names:
        _check(name)
    if folder.exists() and not folder.is_dir():
        raise StratifyError(
            [Finding("R010", f'"{folder.name}" is a file, not a folder.', hint="Name a folder for the output.")],
            ExitCode.USAGE,
        )
    with _system_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder), _staging(folder) as staging:
            for name in names:
                _write(staging / "new" / name, files[name])
            _move(staging, folder, names)


def _check(name: str) -> None:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise ValueError(f"{name!r} is no name below the folder")


def _write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def _move(staging: Path, folder: Path, names: list[str]) -> None:
    """Put the new files in place of the old ones, which come back if that fails halfway."""
    folder.mkdir(exist_ok=True)
    taken: list[str] = []
    placed: list[str] = []
    try:
        # The old manifest goes first: from here on the folder is no finished run.
        for name in reversed(names):
            if (folder / name).exists():
                _replace(folder / name, staging / "old" / name)
                taken.append(name)
        for name in names:
            _replace(staging / "new" / name, folder / name)
            placed.append(name)
    except BaseException:
        for name in placed:
            (folder / name).unlink()
        for name in reversed(taken):
            _replace(staging / "old" / name, folder / name)
        raise


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)  # noqa: PTH105 (the one call that replaces a file at once on every system)


@contextlib.contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside, on the same file system, so that a move is a rename."""
    path = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield path
    except BaseException:
        # Where even putting the old files back was cut short, they are still here, and here they stay.
        shutil.rmtree(path / "new", ignore_errors=True)
        if not any(old.is_file() for old in path.rglob("*")):
            shutil.rmtree(path, ignore_errors=True)
        raise
    shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold a lock of the system on a file beside the folder; the system lets go when a run dies, however it dies."""
    path = folder.parent / f".{folder.name}.lock"
    handle = _opened(path)
    try:
        _hold(handle)
    except OSError as error:
        os.close(handle)
        raise StratifyError(
            [
                Finding(
                    "R011",
                    f'Another run is writing into "{folder.name}".',
                    why="Two runs in one folder would leave files of both.",
                    hint="Wait for it, or name another folder.",
                )
            ]
        ) from error
    try:
        yield
    finally:
        os.close(handle)
        with contextlib.suppress(OSError):  # another run may have opened it by now
            path.unlink()


def _opened(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)


def _hold(handle: int) -> None:
    """Take the lock without waiting; OSError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def _system_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        finding = Finding(
            "R012",
            f'"{folder.name}" cannot be written to: {error.strerror}.',
            hint="Name a folder that you may write to, with room for the files.",
        )
        raise StratifyError([finding], ExitCode.USAGE) from error
