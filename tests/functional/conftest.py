"""Runs that several modules share, each done once."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from functional.commands import Answer, Here, stratify, write_study
from stratify.cli import main


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """The demo, run by the installed command with ``--json``: the folder above it, and the answer."""
    home = tmp_path_factory.mktemp("demo")
    return home, stratify("demo", "trial", "--json", cwd=home)


@pytest.fixture
def demo(demo_run: tuple[Path, Answer], tmp_path: Path) -> Path:
    """A copy of the finished demo."""
    return Path(shutil.copytree(demo_run[0] / "trial", tmp_path / "trial"))


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study, finished."""
    folder = write_study(tmp_path_factory.mktemp("tiny") / "study")
    answer = stratify("run", "study/study.yaml", cwd=folder.parent)
    assert answer.code == 0, answer.err
    return folder


@pytest.fixture
def tiny(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished small study, ``study/`` below the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(tiny_run, tmp_path / "study"))


@pytest.fixture
def here(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Run the command inside this process: the same entry point, without the seconds of a start."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "STRATIFY_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: object) -> Answer:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["stratify", *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capfd.readouterr()
        code = stop.value.code
        assert isinstance(code, int)
        return Answer(code, out, err)

    return run
