"""``stratify --help`` against a typer program that does nothing: what starting costs beyond Python and typer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import Line, medians

_EMPTY = """
import typer
app = typer.Typer()
@app.command()
def nothing(): pass
@app.command()
def neither(): pass
app()
"""
_OURS = "from stratify.cli import main; main()"


def lines(folder: Path, patients: int, runs: int) -> list[Line]:
    """Time both programs' help."""
    del folder, patients
    contenders = {"ours": lambda: _help(_OURS), "typer": lambda: _help(_EMPTY)}
    seconds = medians(contenders, max(runs, 9))
    return [Line("stratify --help", "an empty typer program", seconds["typer"] / seconds["ours"], bar=0.5)]


def _help(program: str) -> None:
    subprocess.run([sys.executable, "-c", program, "--help"], check=True, capture_output=True)
