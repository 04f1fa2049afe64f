"""The manifest: what went into a run, with what it was made, and what came out, as digests that can be compared."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path, PurePosixPath

import stratify
from stratify.audit.release import InputFile
from stratify.diagnostics import ExitCode, Finding, Severity, StratifyError
from stratify.model.protocol import Protocol
from stratify.model.study import Study

MANIFEST_FORMAT = "stratify-manifest/1"
"""The version of the manifest that is written and read."""
MANIFEST_FILE = "manifest.json"
"""Its name in the folder of a run."""

_PACKAGES = ("polars", "pyarrow", "numpy", "scipy", "numba", "statsmodels", "lifelines", "ruamel.yaml")
"""Packages whose version may show in a number."""


def manifest(
    protocol: Protocol,
    *,
    inputs: Iterable[InputFile],
    outputs: Mapping[str, str],
    version: str,
    finished: str,
    study: Study | None = None,
    dictionary: str = "",
    seeds: Mapping[str, int] | None = None,
) -> dict[str, object]:
    """Say what a run was made of, as plain data.

    Parameters
    ----------
    inputs
        The data files read.
    outputs
        SHA-256 of each file written, by its name below the run's folder.
    version, finished
        Of this package; when the run finished, ISO 8601. Nothing else here depends on the clock or the machine but
        the versions of Python and packages.
    study
        The analysis plan, for a run that has one.
    dictionary
        SHA-256 of the dictionary file, where there is one.
    seeds
        Of the random numbers drawn, by what they were for.
    """
    return {
        "format": MANIFEST_FORMAT,
        "stratify": {"version": version, "code": code_digest()},
        "python": platform.python_version(),
        "packages": _versions(),
        "protocol": {"file": protocol.file, "sha256": protocol.digest, "trial": protocol.trial.id},
        "libraries": {str(pin): pin.digest for pin in sorted(protocol.library.pins, key=str)},
        "parameters": {p.name: p.value for p in protocol.parameters if p.overridden},
        "study": None if study is None else {"file": study.file, "sha256": study.digest},
        "dictionary": dictionary or None,
        "data": [{"file": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in sorted(inputs, key=lambda f: f.name)],
        "seeds": dict(sorted((seeds or {}).items())),
        "outputs": dict(sorted(outputs.items())),
        "finished": finished,
    }


def manifest_json(content: Mapping[str, object]) -> bytes:
    """The manifest as the bytes of its file."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_manifest(folder: Path) -> dict[str, object]:
    """The manifest of a run.

    Raises
    ------
    StratifyError
        There is no such folder, no manifest in it, or not one that this version reads (R001).
    """
    path = folder / MANIFEST_FILE
    if not folder.is_dir():
        message = f'There is no folder "{folder}".'
        raise StratifyError([Finding("R001", message, hint="Name the folder of a finished run.")], ExitCode.BAD_DATA)
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise _unreadable(folder, "cannot be read") from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise _unreadable(folder, "is not JSON") from error
    if not isinstance(content, dict) or content.get("format") != MANIFEST_FORMAT:
        raise _unreadable(folder, f"is not of the format {MANIFEST_FORMAT}")
    return content


def compare_manifest(old: Mapping[str, object], folder: Path) -> tuple[Finding, ...]:
    """What is no longer as the manifest says: outputs that are missing (R002) or have changed (R003).

    A name that leaves the folder is not followed (R004). A package or Python of another version is only noted (R005):
    the bytes are the same or they are not.
    """
    outputs = old.get("outputs")
    if not isinstance(outputs, Mapping):
        return (Finding("R001", "The manifest lists no outputs.", hint="Do the run again."),)
    found = [_compared(str(name), digest, folder) for name, digest in sorted(outputs.items())]
    return (*(finding for finding in found if finding is not None), *_other_versions(old))


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's contents as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_digest() -> str:
    """SHA-256 over this package's source files: two runs with the same digest ran the same code."""
    root = Path(stratify.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda p: p.relative_to(root).as_posix()):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + sha256_file(path).encode() + b"\n")
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    installed = {dist.metadata["Name"].lower(): dist.version for dist in map(_distribution, _PACKAGES) if dist}
    return dict(sorted(installed.items()))


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _compared(name: str, digest: object, folder: Path) -> Finding | None:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name:
        return Finding("R004", f'The manifest names "{name}", which is not below the folder.', hint="Do not trust it.")
    path = folder / relative
    if not path.is_file():
        return Finding("R002", f'The output "{name}" is missing.', hint="Do the run again.")
    if sha256_file(path) != digest:
        return Finding(
            "R003",
            f'The output "{name}" has changed since the run.',
            why="Its SHA-256 is not the one in the manifest.",
            hint="Do the run again, or take the file from where it has not been changed.",
        )
    return None


def _other_versions(old: Mapping[str, object]) -> list[Finding]:
    packages = old.get("packages")
    then = dict(packages) if isinstance(packages, Mapping) else {}
    now: dict[str, str] = _versions()
    pairs = [(name, then[name], now.get(name, "none")) for name in sorted(then)]
    pairs.append(("python", old.get("python"), platform.python_version()))
    return [
        Finding("R005", f"The run used {name} {before}, here is {here}.", severity=Severity.NOTE)
        for name, before, here in pairs
        if before is not None and before != here
    ]


def _unreadable(folder: Path, what: str) -> StratifyError:
    return StratifyError(
        [
            Finding(
                "R001",
                f'The manifest of "{folder.name}" {what}.',
                why="The manifest is written last: without one there is no finished run.",
                hint="Name the folder of a finished run, or do the run again.",
            )
        ],
        ExitCode.BAD_DATA,
    )
