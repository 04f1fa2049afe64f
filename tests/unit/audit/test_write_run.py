"""Writing a run: all of it or none, whatever happens halfway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
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


WRITER = """
import sys, time
from pathlib import Path
from stratify.audit import write_run

def write(path):
    path.write_text("half of it")
    print("writing", flush=True)
    time.sleep(60)

write_run(Path(sys.argv[1]), {"a": write})
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is in the middle of writing into ``out``."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "out"], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def test_a_run_of_another_process_is_not_disturbed(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    with pytest.raises(StratifyError) as caught:
        write_run(tmp_path / "out", {"a": b"second"})
    assert codes(caught) == ["R011"]
    assert writer.poll() is None
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a process there is ended, not killed by a signal")
def test_the_lock_of_a_killed_process_dies_with_it(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    """A lock that is a file's mere presence would keep the folder closed until somebody deletes it by hand."""
    writer.send_signal(signal.SIGKILL)
    assert writer.wait() == -signal.SIGKILL
    assert (tmp_path / ".out.lock").exists(), "nobody was left to tidy up"
    write_run(tmp_path / "out", {"a": b"second"})
    assert contents(tmp_path / "out") == {"a": b"second"}
    assert not (tmp_path / ".out.lock").exists()


@pytest.mark.parametrize("name", ["", "../a", "/a", "a/../../b", "a\\b"])
def test_names_stay_below_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="below the folder"):
        write_run(tmp_path / "out", {name: b""})
    assert names(tmp_path) == []
