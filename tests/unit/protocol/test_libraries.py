"""``use``: libraries beside the protocol or shipped, pinned by version, hashes in the lock file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from stratify.diagnostics import Finding, Findings, Severity
from stratify.model.library import Pin
from stratify.protocol import read_protocol
from stratify.protocol.lock import LOCK, lock_text, read_lock

LIBRARY = "format: stratify-library/1\nlibrary: {name: core, version: 1.0.0}\n"


def folder(tmp_path: Path, use: str, libraries: Mapping[str, str], lock: str | None = None) -> Path:
    for name, text in libraries.items():
        path = tmp_path / "libraries" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if lock is not None:
        (tmp_path / LOCK).write_text(lock)
    protocol = tmp_path / "p.yaml"
    protocol.write_text(f"format: stratify/1\ntrial: {{id: T}}\nuse: {use}\ncriteria: []\n")
    return protocol


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where).rpartition("/")[2]) for finding in findings if finding.code != "P305"]


def test_a_library_is_pinned_by_the_hash_of_its_file(tmp_path: Path) -> None:
    digest = hashlib.sha256(LIBRARY.encode()).hexdigest()
    lock = lock_text({"libraries": {"core@1.0.0": digest}})
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": LIBRARY}, lock)
    protocol, findings = read_protocol(path)
    assert findings == ()
    assert protocol is not None
    assert protocol.library.pins == (Pin("core", "1.0.0", digest),)
    (tmp_path / LOCK).unlink()
    (tmp_path / "libraries/core/1.0.0.yaml").write_text(LIBRARY + "# another reading\n")
    changed, _ = read_protocol(path)
    assert changed is not None
    assert changed.digest != protocol.digest


def test_a_library_that_is_not_locked_is_a_warning_and_one_that_changed_an_error(tmp_path: Path) -> None:
    path = folder(tmp_path, "[core@1.0.0]", {"core/1.0.0": LIBRARY})
    protocol, (finding,) = read_protocol(path)
    assert (protocol is not None, finding.code, finding.severity) == (True, "P305", Severity.WARNING)
    (tmp_path / LOCK).write_text(lock_text({"libraries": {"core@1.0.0": "0" * 64}}))
    protocol, (finding,) = read_protocol(path)
    assert (protocol, finding.code, finding.severity) == (None, "P306", Severity.ERROR)


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    hashes = {"libraries": {"core@1.0.0": "a" * 64, "codes/x@2026.1": "b" * 64}, "protocols": {"T": "c" * 64}}
    (tmp_path / LOCK).write_text(lock_text(hashes))
    findings = Findings()
    assert read_lock(tmp_path, findings) == hashes
    assert not findings.items


@pytest.mark.parametrize(
    ("use", "code", "place"),
    [
        ("core@1.0.0", "P013", "p.yaml:3:6"),
        ("[core]", "P300", "p.yaml:3:7"),
        ("[../core@1.0.0]", "P300", "p.yaml:3:7"),
        ("[cor@1.0.0]", "P301", "p.yaml:3:7"),
        ("[core@1.0.1]", "P301", "p.yaml:3:7"),
        ("[core@1.0.0, core@1.0.0]", "P304", "p.yaml:3:19"),
        ("[core@2.0.0]", "P302", "2.0.0.yaml:2:32"),
        ("[core@3.0.0]", "P011", "3.0.0.yaml:3:1"),
    ],
)
def test_what_is_wrong_with_use_stands_where_it_is_written(tmp_path: Path, use: str, code: str, place: str) -> None:
    libraries = {
        "core/1.0.0": LIBRARY,
        "core/2.0.0": LIBRARY,
        "core/3.0.0": LIBRARY.replace("1.0.0", "3.0.0") + "typo: 1\n",
    }
    protocol, findings = read_protocol(folder(tmp_path, use, libraries))
    assert protocol is None
    assert said(findings) == [(code, place)]


def test_a_missing_version_names_those_there_are(tmp_path: Path) -> None:
    _, (finding,) = read_protocol(folder(tmp_path, "[core@1.0.1]", {"core/1.0.0": LIBRARY}))
    assert finding.hint == "There is core@1.0.0."
