"""Writing a run: all of it or none, whatever happens halfway."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stratify.audit import sha256_file, write_run
from stratify.diagnostics import StratifyError

OLD = {"manifest.json": b"old manifest", "results.json": b"old results", "gone.json": b"old and kept"}


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def codes(caught: pytest.ExceptionInfo[StratifyError]) -> list[str]:
    return [finding.code for finding in caught.value.findings]


def test_bytes_and_writers(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    write_run(out, {"results.json": b"[]", "tables/t.csv": lambda path: path.write_text("a,b") and None})
    assert contents(out) == {"results.json": b"[]", "tables/t.csv": b"a,b"}
    assert names(out.parent) == ["out"]  # neither lock nor staging is left


def test_manifest_is_made_last_and_sees_the_others(tmp_path: Path) -> None:
    def manifest(path: Path) -> None:
        path.write_text(sha256_file(path.parent / "z.txt"))

    write_run(tmp_path / "out", {"manifest.json": manifest, "z.txt": b"z"})
    assert (tmp_path / "out" / "manifest.json").read_text() == sha256_file(tmp_path / "out" / "z.txt")


def test_new_replaces_old_and_leaves_the_rest(tmp_path: Path) -> None:
    write_run(tmp_path / "out", OLD)
    write_run(tmp_path / "out", {"manifest.json": b"new", "results.json": b"new"})
    assert contents(tmp_path / "out") == {"manifest.json": b"new", "results.json": b"new", "gone.json": b"old and kept"}


def test_failure_while_writing_leaves_the_old_result(tmp_path: Path) -> None:
    write_run(tmp_path / "out", OLD)

    def fails(path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_run(tmp_path / "out", {"manifest.json": b"new", "a.json": b"new", "results.json": fails})
    assert contents(tmp_path / "out") == OLD
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("at", range(5))
def test_failure_while_moving_brings_the_old_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Two old files go, three new ones come: the move fails at each of the five."""
    write_run(tmp_path / "out", OLD)
    calls, replace = iter(range(100)), os.replace

    def failing(source: Path, target: Path) -> None:
        if next(calls) == at:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(StratifyError) as caught:
        write_run(tmp_path / "out", {"manifest.json": b"new", "results.json": b"new", "added.json": b"new"})
    assert codes(caught) == ["R012"]
    assert contents(tmp_path / "out") == OLD
    assert names(tmp_path) == ["out"]


def test_the_old_manifest_goes_before_anything_else_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "out", OLD)
    moved, replace = [], os.replace

    def watching(source: Path, target: Path) -> None:
        moved.append((source.name, target.parent == tmp_path / "out"))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watching)
    write_run(tmp_path / "out", {"manifest.json": b"new", "results.json": b"new"})
    assert moved[0] == ("manifest.json", False)
    assert moved[-1] == ("manifest.json", True)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(StratifyError) as caught:
        write_run(tmp_path / "out", {"a": b""})
    assert codes(caught) == ["R010"]
    assert (tmp_path / "out").read_text() == "mine"


def test_two_runs_at_once(tmp_path: Path) -> None:
    def second(path: Path) -> None:
        path.write_text("first")
        with pytest.raises(StratifyError) as caught:
            write_run(tmp_path / "out", {"a": b"second"})
        assert codes(caught) == ["R011"]

    write_run(tmp_path / "out", {"a": second})
    assert contents(tmp_path / "out") == {"a": b"first"}
    write_run(tmp_path / "out", {"a": b"third"})  # the lock is gone


@pytest.mark.parametrize("name", ["", "../a", "/a", "a/../../b", "a\\b"])
def test_names_stay_below_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="below the folder"):
        write_run(tmp_path / "out", {name: b""})
    assert names(tmp_path) == []
