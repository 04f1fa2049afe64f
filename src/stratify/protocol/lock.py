"""``rules.lock``: the hashes that the libraries and the approved protocols of a folder had when they were signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from stratify.diagnostics import Findings, Severity
from stratify.model.library import Pin
from stratify.protocol import shapes
from stratify.protocol.envelope import check_format
from stratify.protocol.nodes import ScalarNode
from stratify.protocol.source import as_map, scalar
from stratify.protocol.yaml_source import read_text, read_yaml

LOCK = "rules.lock"
"""Name of the lock file beside the protocols."""
LOCK_FORMAT = "stratify-lock/1"
"""The version of lock files that this room reads and writes."""

Hashes = Mapping[str, Mapping[str, str]]
"""Section (``libraries``, ``protocols``) -> name -> SHA-256 as hexadecimal digits."""
_SECTIONS = ("libraries", "protocols")


def read_lock(folder: Path, findings: Findings) -> Hashes:
    """What the lock file of a folder holds; empty where there is none."""
    path = folder / LOCK
    hashes: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    text = read_text(path, findings, "lock file") if path.is_file() else None
    root = None if text is None else read_yaml(text, str(path), findings)
    fields = None if root is None else as_map(root, shapes.LOCK, findings)
    if fields is None:
        return hashes
    check_format(fields, LOCK_FORMAT, findings)
    for section in _SECTIONS:
        inside = fields.map(section)
        for key, value in () if inside is None else inside.entries:
            written = scalar(value, f"The hash of {key.text}", findings)
            if written is not None:
                hashes[section][key.text or ""] = (written.text or "").strip()
    return hashes


def lock_text(hashes: Hashes) -> str:
    """A lock file's text, in the order of names."""
    lines = [
        "# Written by `stratify check --lock`. A change here is a change of what the rules mean.",
        f"format: {LOCK_FORMAT}",
    ]
    for section in _SECTIONS:
        entries = hashes.get(section, {})
        if entries:
            lines += [f"{section}:", *(f'  "{name}": {entries[name]}' for name in sorted(entries))]
    return "\n".join(lines) + "\n"


def with_hashes(folder: Path, new: Hashes) -> str:
    """The text of a folder's lock file with these entries, by section and name; all else in it stays.

    Raises
    ------
    StratifyError
        The lock file that is there cannot be read: what it holds would be lost.
    """
    findings = Findings()
    known = read_lock(folder, findings)
    findings.stop_on_errors()
    return lock_text({section: {**known[section], **new.get(section, {})} for section in _SECTIONS})


def check_pins(pins: Iterable[tuple[Pin, ScalarNode]], protocol: Path, findings: Findings) -> None:
    """Findings for libraries that are not locked, or not what they were when they were."""
    known = read_lock(protocol.parent, findings)["libraries"]
    for pin, where in pins:
        locked = known.get(str(pin))
        if locked is None:
            findings.add(
                "P305",
                f"Library {pin} is not in {LOCK}.",
                where.span,
                why="Without its hash nobody would notice that it changed.",
                hint=f"Run `stratify check {protocol.name} --lock` and keep the file beside the rules.",
                severity=Severity.WARNING,
            )
        elif locked != pin.digest:
            findings.add(
                "P306",
                f"Library {pin} is not what it was when it was locked.",
                where.span,
                why="The rules would mean something else than what was signed.",
                hint="Restore the file, give the change a version of its own, or lock it anew with `stratify check"
                f" {protocol.name} --lock`.",
            )
