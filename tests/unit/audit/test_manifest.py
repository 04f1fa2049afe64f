"""The manifest: complete, the same for the same run, and right about what has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from stratify.audit import InputFile, compare_manifest, manifest, manifest_json, read_manifest, sha256_file
from stratify.audit.manifest import code_digest
from stratify.diagnostics import Severity, StratifyError
from stratify.model.protocol import Parameter
from stratify.model.study import Study
from unit.analysis.trial import GBSG2

PROTOCOL = replace(
    GBSG2, parameters=(Parameter("limit", "20", overridden=True), Parameter("other", "1", overridden=False))
)
INPUTS = [InputFile("b.csv", 2, "b" * 64), InputFile("a.csv", 1, "a" * 64)]


def content(outputs: dict[str, str] | None = None) -> dict[str, object]:
    return manifest(
        PROTOCOL,
        inputs=INPUTS,
        outputs=outputs or {},
        version="1.2.3",
        finished="2026-01-01T00:00:00Z",
        study=Study("data", "rules/gbsg2.yaml", digest="s" * 64, file="study.yaml"),
        dictionary="d" * 64,
        seeds={"allocation": 7},
    )


def test_says_everything_that_went_in() -> None:
    found = content({"z": "1", "a": "2"})
    assert found["format"] == "stratify-manifest/1"
    assert found["protocol"] == {"file": "rules/gbsg2.yaml", "sha256": "p" * 64, "trial": "GBSG-2"}
    assert found["study"] == {"file": "study.yaml", "sha256": "s" * 64}
    assert (found["dictionary"], found["seeds"]) == ("d" * 64, {"allocation": 7})
    assert found["parameters"] == {"limit": "20"}
    assert [entry["file"] for entry in found["data"]] == ["a.csv", "b.csv"]
    assert list(found["outputs"]) == ["a", "z"]
    assert found["stratify"] == {"version": "1.2.3", "code": code_digest()}
    assert {"numpy", "polars", "scipy"} <= set(found["packages"])


def test_same_run_same_bytes() -> None:
    assert manifest_json(content()) == manifest_json(content())


def test_sha256_file_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256_file(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()


def test_compare_finds_missing_and_changed(tmp_path: Path) -> None:
    outputs = {}
    for name in ("kept", "changed", "missing"):
        (tmp_path / name).write_bytes(name.encode())
        outputs[name] = sha256_file(tmp_path / name)
    old = content(outputs)
    assert compare_manifest(old, tmp_path) == ()
    (tmp_path / "changed").write_bytes(b"Changed")
    (tmp_path / "missing").unlink()
    found = compare_manifest(old, tmp_path)
    assert [(f.code, f.message.split('"')[1]) for f in found] == [("R003", "changed"), ("R002", "missing")]


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "a/../../b", "..\\b"])
def test_compare_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    (found,) = compare_manifest(content({name: "0"}), tmp_path)
    assert found.code == "R004"


def test_another_version_is_a_note(tmp_path: Path) -> None:
    old = content()
    old["packages"] = {**old["packages"], "numpy": "1.0"}
    (found,) = compare_manifest(old, tmp_path)
    assert (found.code, found.severity) == ("R005", Severity.NOTE)


@pytest.mark.parametrize("text", [None, b"{", b"\xff", b"[]", b'{"format": "other"}'])
def test_what_is_no_manifest(tmp_path: Path, text: bytes | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(StratifyError) as caught:
        read_manifest(tmp_path)
    assert [f.code for f in caught.value.findings] == ["R001"]


def test_round_trip(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest_json(content()))
    assert read_manifest(tmp_path) == json.loads(json.dumps(content()))


def test_outputs_that_are_no_list(tmp_path: Path) -> None:
    assert [f.code for f in compare_manifest({"outputs": ["a"]}, tmp_path)] == ["R001"]
