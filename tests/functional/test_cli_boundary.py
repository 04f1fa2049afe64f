"""The last line between the program and its user: crashes, interruptions, colours, encodings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from functional.commands import (
    PLANTED_NUMBER,
    PLANTED_TEXT,
    STRATIFY,
    Here,
    assert_silent_about_patients,
    contents,
    environment,
    patients,
    stratify,
)
from stratify.cli import boundary
from stratify.diagnostics import ExitCode, Finding, StratifyError


class Panic(BaseException):
    """As Polars' panics: no Exception."""


def crash(kind: type[BaseException]) -> None:
    raise kind(f"{PLANTED_TEXT} is {PLANTED_NUMBER}")


@pytest.mark.parametrize("kind", [ValueError, KeyError, pl.exceptions.ComputeError, RecursionError, Panic])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_crash_shows_no_value(kind: type[BaseException], as_json: bool, capfd: pytest.CaptureFixture[str]) -> None:
    code = boundary.guarded(lambda: crash(kind), as_json)
    out, err = capfd.readouterr()
    assert code == 70
    assert PLANTED_TEXT not in out + err
    assert PLANTED_NUMBER not in out + err
    assert "Traceback" not in out + err
    message = f"internal error {kind.__name__} in crash, line"
    if as_json:
        finding = json.loads(out)["findings"][0]
        assert (finding["code"], err) == ("R199", "")
        assert finding["message"].startswith(message)
    else:
        assert out == ""
        assert f"error R199: {message}" in err


def test_a_developer_may_ask_for_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATIFY_TRACEBACK", "1")
    with pytest.raises(ValueError, match=PLANTED_TEXT):
        boundary.guarded(lambda: crash(ValueError), as_json=False)


def test_a_crash_deep_inside_shows_no_value(tiny: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        crash(KeyError)

    monkeypatch.setattr("stratify.study.run.analyse", broken)
    before = contents(tiny)
    answer = here("run", "study/study.yaml")
    assert answer.code == 70
    assert "R199" in answer.err
    assert_silent_about_patients(answer)
    assert contents(tiny) == before


@pytest.mark.parametrize("code", list(ExitCode)[1:])
def test_findings_keep_their_exit_code(code: ExitCode, capfd: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        raise StratifyError([Finding("X001", "one"), Finding("X002", "two")], code)

    assert boundary.guarded(command, as_json=False) == code
    assert [line[:11] for line in capfd.readouterr().err.splitlines()] == ["error X001:", "error X002:"]


def test_an_interruption_says_that_nothing_was_lost(capfd: pytest.CaptureFixture[str]) -> None:
    assert boundary.guarded(lambda: crash(KeyboardInterrupt), as_json=False) == 130
    assert capfd.readouterr().err == "interrupted: what was there before is unchanged\n"


def test_the_system_refuses(here: Here, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    answer = here("init", tmp_path / "file/study")
    assert answer.code == 3
    assert "error R100: the system refused (study" in answer.err
    assert "Not a directory" in answer.err


def test_a_table_damaged_while_it_is_screened(tiny: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """What :func:`stratify.data.conform` does not read may still be unreadable when the plan is carried out."""
    table = pl.DataFrame([{"id": row["id"], "age": int(row["age"]), "trt": row["trt"]} for row in patients()])
    path = tiny / "data/patients.parquet"
    table.write_parquet(path, compression="uncompressed")
    dictionary = tiny / "data/dictionary.yaml"
    dictionary.write_text(dictionary.read_text(encoding="utf-8").replace(".csv", ".parquet"), encoding="utf-8")

    from stratify.study import screening

    def damaged_meanwhile(*args: object, **options: object) -> object:
        path.write_bytes(path.read_bytes()[:40])
        return sound(*args, **options)  # type: ignore[arg-type]

    sound = screening.screen
    monkeypatch.setattr(screening, "screen", damaged_meanwhile)
    before = contents(tiny / "out")
    answer = here("screen", "study/rules/tiny.yaml", "--data", "study/data", "--out", "study/out")
    assert answer.code == 3, answer.err
    assert "table patients: error D003" in answer.err
    assert_silent_about_patients(answer)
    assert contents(tiny / "out") == before


def test_an_error_of_our_own_is_not_called_damage(tiny: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratify.study.screening.screen", lambda *_: crash(pl.exceptions.ComputeError))
    answer = here("screen", "study/rules/tiny.yaml", "--data", "study/data", "--out", "study/out")
    assert answer.code == 70
    assert "R199" in answer.err


# --- processes -----------------------------------------------------------------------------------------------------


SIGNALLED = """
import os, sys
number, moment, moves, replace = int(sys.argv.pop(1)), int(sys.argv.pop(1)), [0], os.replace
def counted(*args, **options):
    moves[0] += 1
    if moves[0] == moment + 1:
        os.kill(os.getpid(), number)
    replace(*args, **options)
os.replace = counted
from stratify.cli import main
main()
"""


def run_signalled(number: signal.Signals, moment: int, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the study in a process that gets a signal when it is about to move a file for the n-th time."""
    command = [sys.executable, "-c", SIGNALLED, str(int(number)), str(moment), "run", "study/study.yaml"]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_run_that_is_killed_leaves_the_old_result_or_none(tiny: Path, here: Here) -> None:
    """Seven old files are moved away, then seven new ones into place, the manifest last.

    The lock dies with its process: its file stays behind, and keeps nobody out.
    """
    before = contents(tiny / "out")
    lock = tiny / ".out.lock"
    # Before anything is moved; with one new file in place; before the manifest (that one file is all that is old).
    for moment, left in ((0, set(before)), (8, {"attrition.json"}), (7, set(before) - {"manifest.json"})):
        assert run_signalled(signal.SIGKILL, moment, tiny.parent).returncode == -signal.SIGKILL
        found = contents(tiny / "out")
        assert set(found) == left
        assert "manifest.json" not in found or found == before, "a manifest speaks for whole results only"
        assert lock.exists()
    assert here("run", "study/study.yaml").code == 0
    assert set(contents(tiny / "out")) == set(before)


def test_control_c_while_files_are_moved_puts_the_old_result_back(tiny: Path) -> None:
    before = contents(tiny)
    stopped = run_signalled(signal.SIGINT, 9, tiny.parent)
    assert stopped.returncode == 130
    assert stopped.stdout == ""
    assert stopped.stderr == "interrupted: what was there before is unchanged\n"
    assert contents(tiny) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_colour_on_a_terminal_and_not_with_no_color(tiny: Path) -> None:
    assert "\x1b[" in on_a_terminal("run", "study/study.yaml", cwd=tiny.parent, TERM="xterm-256color")
    assert "\x1b" not in on_a_terminal("run", "study/study.yaml", cwd=tiny.parent, TERM="xterm-256color", NO_COLOR="1")


def on_a_terminal(*args: str, cwd: Path, **env: str) -> str:
    """What the command writes to stdout where that is a terminal of 100 columns; stderr is none."""
    import pty

    terminal, end = pty.openpty()
    try:
        with subprocess.Popen(
            [str(STRATIFY), *args], cwd=cwd, env=environment(env), stdout=end, stderr=subprocess.DEVNULL
        ) as process:
            os.close(end)
            text = b""
            while chunk := _read(terminal):
                text += chunk
        assert process.returncode == 0
    finally:
        os.close(terminal)
    return text.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_a_terminal_of_ascii_gets_valid_json(demo: Path) -> None:
    answer = stratify("show", "rules/gbsg2.yaml", "--json", cwd=demo, env={"PYTHONIOENCODING": "ascii"})
    assert answer.code == 0
    assert answer.out.isascii()
    assert answer.json()["protocol"] == "GBSG-2"
