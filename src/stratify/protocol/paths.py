"""Paths in files: below the file's own folder, never above it."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from stratify.diagnostics import Findings
from stratify.protocol.source import Fields


def inside_folder(fields: Fields, name: str, findings: Findings) -> str:
    """A relative path that does not leave its folder; otherwise a finding."""
    node = fields.scalar(name)
    text = "" if node is None else (node.text or "").strip()
    if node is not None and leaves_folder(text):
        findings.add(
            "S001",
            f"`{name}` leaves the folder of this file.",
            node.span,
            why="A study that is moved or sent takes only its own folder with it.",
            hint="Write a path below the folder, without a leading / and without ..",
        )
    return text


def leaves_folder(text: str) -> bool:
    """Whether a path as written is absolute, has a drive, goes above its start, or cannot be a path."""
    windows, posix = PureWindowsPath(text), PurePosixPath(text)
    absolute = posix.is_absolute() or bool(windows.drive) or bool(windows.root) or text.startswith("~")
    return absolute or ".." in windows.parts or "\0" in text
