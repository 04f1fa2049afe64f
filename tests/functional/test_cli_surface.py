"""What the command says of itself, how fast, and what it loads to say it."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from functional.commands import STRATIFY, Here, environment, stratify, write_study
from stratify import __version__
from stratify.cli.app import COMMANDS

NAMES = [command.__name__ for command in COMMANDS]
HEAVY = {"polars", "numpy", "scipy", "matplotlib", "numba", "pandas", "pyarrow", "ruamel", "lifelines", "statsmodels"}


def test_every_command_of_the_plan_is_there() -> None:
    assert set(NAMES) == {
        "demo", "init", "inspect", "check", "fmt", "show", "test", "screen", "explain", "run", "survival", "enrich",
        "verify",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command_shows_an_example_and_json(name: str, here: Here) -> None:
    answer = here(name, "--help")
    assert answer.code == 0
    assert f"Example: stratify {name}" in answer.words
    assert "--json" in answer.out
    assert answer.err == ""


def test_version(tmp_path: Path) -> None:
    answer = stratify("--version", cwd=tmp_path)
    assert (answer.code, answer.out, answer.err) == (0, f"stratify {__version__}\n", "")


def test_alone_it_shows_all_commands_and_where_to_begin(tmp_path: Path) -> None:
    answer = stratify(cwd=tmp_path)
    assert answer.code == 2
    assert all(name in answer.words for name in NAMES)
    assert "Begin with: stratify demo" in answer.words


def test_an_unknown_command_is_a_usage_error_on_stderr(here: Here) -> None:
    answer = here("scren")
    assert answer.code == 2
    assert answer.out == ""
    assert "scren" in answer.err


@pytest.mark.parametrize(
    "args", [("check",), ("screen", "x.yaml"), ("survival", "x.csv", "--time", "t"), ("run", "--no-such")]
)
def test_wrong_usage_is_code_2_with_nothing_on_stdout(args: tuple[str, ...], here: Here) -> None:
    answer = here(*args)
    assert (answer.code, answer.out) == (2, "")
    assert "Usage" in answer.err


def test_words_that_are_allowed_are_named_plainly(here: Here) -> None:
    answer = here("show", "x.yaml", "--as", "foo")
    assert (answer.code, "Value error" in answer.err) == (2, False)
    assert "'--as': write prose, formula or schema, not 'foo'" in answer.words
    assert "write days, weeks, months or years" in here("survival", "x", *TIMES, "--unit", "d").words
    assert "write r or sas" in here("survival", "x", *TIMES, "--profile", "spss").words


TIMES = ("--time", "t", "--event", "e")


@pytest.mark.parametrize("name", NAMES)
def test_usage_names_arguments_in_capitals_without_braces(name: str, here: Here) -> None:
    usage = here(name, "--help").out.split("Usage: ")[1].split("\n")[0].split()
    assert usage[:3] == ["stratify", name, "[OPTIONS]"]
    assert len(usage) == 4
    assert re.fullmatch(
        r"PATIENT|STUDY|DATA|FOLDER|PROTOCOL|PROTOCOL\.\.\.|FILES\.\.\.|\[(FOLDER|PROTOCOL)\]", usage[3]
    )


def loaded(args: list[str], cwd: Path) -> set[str]:
    """Top-level modules in memory after a command."""
    code = (
        "import sys, json\n"
        "from stratify.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "json.dump(sorted({name.partition('.')[0] for name in sys.modules}), open('modules.json', 'w'))\n"
    )
    subprocess.run([sys.executable, "-c", code, *args], cwd=cwd, env=environment(), check=True, capture_output=True)
    return set(json.loads((cwd / "modules.json").read_text(encoding="utf-8")))


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded(["--help"], tmp_path) & HEAVY == set()
    assert loaded(["survival", "--help"], tmp_path) & HEAVY == set()


def test_check_loads_no_statistics_and_no_plots(tmp_path: Path) -> None:
    write_study(tmp_path)
    modules = loaded(["check", "rules/tiny.yaml", "--data", "data"], tmp_path)
    assert "polars" in modules
    assert modules & {"numba", "matplotlib", "statsmodels", "lifelines", "pandas"} == set()


def test_help_takes_less_than_twice_an_empty_program(tmp_path: Path) -> None:
    empty = tmp_path / "empty.py"
    empty.write_text(
        "import typer\napp = typer.Typer()\n@app.command()\ndef main() -> None:\n    '''Nothing.'''\napp()\n",
        encoding="utf-8",
    )
    ratios = []
    for _ in range(5):  # another process on the machine may disturb one comparison, not all
        mine, other = [], []
        for _ in range(5):
            mine.append(seconds([str(STRATIFY), "--help"], tmp_path))
            other.append(seconds([sys.executable, str(empty), "--help"], tmp_path))
        ratios.append(statistics.median(mine) / statistics.median(other))
        if ratios[-1] < 2:
            return
    pytest.fail(f"--help is slow: {', '.join(f'{ratio:.2f}' for ratio in ratios)} times an empty program")


def seconds(command: list[str], cwd: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment(), check=True, capture_output=True)
    return time.perf_counter() - begin
