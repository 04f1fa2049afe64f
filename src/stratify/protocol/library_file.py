"""``use``: libraries, found beside the protocol or shipped, pinned by version, their hashes kept in a lock file.

``oncology-core@1.4.0`` is the file ``libraries/oncology-core/1.4.0.yaml`` beside the protocol or, failing that, among
the rules that come with the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stratify.diagnostics import Findings, StratifyError, nearest
from stratify.model.formula import Formula
from stratify.model.library import Library, Pin
from stratify.protocol import shapes
from stratify.protocol.code_sets import read_code_sets
from stratify.protocol.envelope import FileFindings, check_format, digest_of
from stratify.protocol.library_formulas import read_formulas
from stratify.protocol.lock import check_pins
from stratify.protocol.nodes import ListNode, MapNode, Node, ScalarNode
from stratify.protocol.phenotypes import read_phenotypes
from stratify.protocol.source import Fields, as_map, clean, scalar, wrong_shape
from stratify.protocol.yaml_source import read_text, read_yaml

LIBRARY_FORMAT = "stratify-library/1"
"""The version of library files that this room reads."""
FOLDER = "libraries"
"""Name of the folder beside a protocol in which its libraries are looked for."""
BUILT_IN = ("clinical-formulas", "1.0.0")
"""Name and version of the library whose formulas need no ``use``."""
_WRITTEN = re.compile(r"([A-Za-z0-9][\w-]*(?:/[A-Za-z0-9][\w-]*)*)@(\d[\w.+-]*)")

SectionReader = Callable[[Node, Findings], Mapping[str, Any]]
"""Reads a section of a library file into named things."""
SECTIONS: Mapping[str, SectionReader] = MappingProxyType(
    {"code_sets": read_code_sets, "formulas": read_formulas, "phenotypes": read_phenotypes}
)
"""Readers by the section's name, which is also the field of :class:`Library` that holds what they read."""
_SHAPE = replace(shapes.LIBRARY, keys=(*shapes.LIBRARY.keys, *SECTIONS))


@dataclass(frozen=True, slots=True)
class _Found:
    """A library file that could be read: its place, its pin, and its sections."""

    where: ScalarNode
    pin: Pin
    sections: Mapping[str, Mapping[str, Any]]


def read_use(node: Node | None, protocol: Path, findings: Findings) -> Library:
    """The libraries that ``use`` names, brought together; what is wrong with them are findings.

    Parameters
    ----------
    protocol
        The protocol's file; libraries are looked for beside it, and its folder's lock holds their hashes.
    """
    found = _all_found(node, protocol, findings)
    check_pins([(library.pin, library.where) for library in found], protocol, findings)
    return _together(found, findings)


def read_pins(path: Path) -> tuple[Pin, ...]:
    """The libraries that a protocol uses, as they are now, whatever its lock says.

    Raises
    ------
    StratifyError
        With every finding, where the protocol is no YAML or one of its libraries cannot be read.
    """
    findings = Findings()
    text = read_text(path, findings, "protocol")
    root = None if text is None else read_yaml(text, str(path), findings)
    node = root.get("use") if isinstance(root, MapNode) else None
    found = _all_found(node, path, findings)
    findings.stop_on_errors()
    return tuple(library.pin for library in found)


def _all_found(node: Node | None, protocol: Path, findings: Findings) -> tuple[_Found, ...]:
    if node is None:
        return ()
    if not isinstance(node, ListNode):
        wrong_shape(node, "`use`", "a list of libraries", findings, hint="Write `use: [oncology-core@1.4.0]`.")
        return ()
    found: dict[str, _Found] = {}
    for item in node.items:
        written = scalar(item, "A library", findings)
        library = None if written is None else _library(written, protocol.parent, findings)
        if library is not None and _is_new(library, found, findings):
            found[library.pin.name] = library
    return tuple(found.values())


def shipped_rules() -> Path:
    """The folder of the rules that come with the package: installed, or in the source tree of an editable install."""
    package = Path(str(files("stratify")))
    installed = package / "_rules"
    return installed if installed.exists() else package.parent.parent / "rules"


@cache
def built_in_formulas() -> Mapping[str, Formula]:
    """The published clinical formulas that come with the package and need no ``use``.

    A formula of the same name in a library that the protocol uses comes before them: the protocol names that one, with
    its version and its hash.
    """
    findings = Findings()
    path = shipped_rules() / FOLDER / BUILT_IN[0] / f"{BUILT_IN[1]}.yaml"
    text = _text(path, findings)
    root = None if text is None else read_yaml(text, str(path), findings)
    node = root.get("formulas") if isinstance(root, MapNode) else None
    found = read_formulas(node, findings) if node is not None else {}
    if findings.errors:
        raise StratifyError(findings.items)
    return found


def _is_new(library: _Found, found: Mapping[str, _Found], findings: Findings) -> bool:
    other = found.get(library.pin.name)
    if other is None:
        return True
    findings.add(
        "P304",
        f"Library {library.pin.name} is used twice: {other.pin.version} and {library.pin.version}.",
        library.where.span,
        why="A name would mean one thing or the other.",
        hint="Keep one version.",
    )
    return False


def _library(written: ScalarNode, folder: Path, findings: Findings) -> _Found | None:
    text = clean(written.text or "")
    parts = _WRITTEN.fullmatch(text)
    if parts is None:
        findings.add(
            "P300",
            f'"{text}" does not name a library and its version.',
            written.span,
            why="Without an exact version the rules could change without a change of this file.",
            hint="Write `name@version`, such as oncology-core@1.4.0.",
        )
        return None
    name, version = parts[1], parts[2]
    path = _path(name, version, folder)
    if path is None:
        findings.add("P301", f"There is no library {text}.", written.span, hint=_known(name, folder))
        return None
    return _read(path, name, version, written, findings)


def _path(name: str, version: str, folder: Path) -> Path | None:
    places = (folder / FOLDER, shipped_rules() / FOLDER)
    return next((path for place in places if (path := place / name / f"{version}.yaml").is_file()), None)


def _known(name: str, folder: Path) -> str:
    names: list[str] = []
    for place in (folder / FOLDER, shipped_rules() / FOLDER):
        found = sorted(place.rglob("*.yaml"))
        names += [f"{path.parent.relative_to(place).as_posix()}@{path.stem}" for path in found]
    versions = [known for known in names if known.startswith(f"{name}@")]
    if versions:
        return f"There is {', '.join(versions)}."
    return nearest(name, names) or f"Put it into {FOLDER}/{name}/ beside the protocol."


def _read(path: Path, name: str, version: str, written: ScalarNode, findings: Findings) -> _Found | None:
    inner = FileFindings()
    text = _text(path, inner)
    root = None if text is None else read_yaml(text, str(path), inner)
    fields = None if root is None else as_map(root, _SHAPE, inner)
    sections: dict[str, Mapping[str, Any]] = {}
    if fields is not None:
        check_format(fields, LIBRARY_FORMAT, inner)
        _check_title(fields, name, version, inner)
        for section, reader in SECTIONS.items():
            node = fields.get(section)
            if node is not None:
                sections[section] = reader(node, inner)
    findings.extend(inner.items)
    if text is None or fields is None:
        return None
    return _Found(written, Pin(name, version, digest_of(text)), sections)


def _text(path: Path, findings: Findings) -> str | None:
    try:
        return read_text(path, findings, "library")
    except StratifyError as error:
        findings.extend(error.findings)
        return None


def _check_title(fields: Fields, name: str, version: str, findings: Findings) -> None:
    title = fields.get("library")
    inside = None if title is None else as_map(title, shapes.LIBRARY_TITLE, findings)
    if inside is None:
        return
    for key, wanted in (("name", name), ("version", version)):
        node = inside.scalar(key)
        if node is not None and clean(node.text or "") != wanted:
            findings.add(
                "P302",
                f"The library's {key} is {clean(node.text or '')}, its file is that of {name}@{version}.",
                node.span,
                hint=f"Write `{key}: {wanted}`, or move the file.",
            )


def _together(found: Iterable[_Found], findings: Findings) -> Library:
    merged: dict[str, dict[str, Any]] = {}
    owner: dict[tuple[str, str], Pin] = {}
    pins: list[Pin] = []
    for library in found:
        pins.append(library.pin)
        for section, things in library.sections.items():
            for name, thing in things.items():
                other = owner.setdefault((section, name), library.pin)
                if other != library.pin:
                    findings.add(
                        "P303",
                        f'"{name}" is in two libraries: {other} and {library.pin}.',
                        library.where.span,
                        why="A rule that asks for it could mean either.",
                        hint="Use one of them.",
                    )
                    continue
                merged.setdefault(section, {})[name] = thing
    sections: dict[str, Any] = {section: MappingProxyType(named) for section, named in merged.items()}
    return Library(pins=tuple(pins), **sections)
