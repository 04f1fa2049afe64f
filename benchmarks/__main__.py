"""Run the benchmarks: ``python -m benchmarks [question ...] [--patients N] [--runs N]``."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.measuring import ROOT, Line

QUESTIONS = ("screening", "survival", "checking", "startup")


def main() -> None:
    """Ask the questions and print one table of ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios to peers in the same run.")
    parser.add_argument("question", nargs="*", metavar="question", help=f"any of {', '.join(QUESTIONS)}; default all")
    parser.add_argument("--patients", type=int, default=100_000, help="size of the pool; the bar is at 1,000,000")
    parser.add_argument("--runs", type=int, default=5, help="runs after one to warm up; the median counts")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "benchmarks", help="where pools are kept")
    asked = parser.parse_args()
    unknown = [name for name in asked.question if name not in QUESTIONS]
    if unknown:
        parser.error(f"no question {unknown[0]}; there are {', '.join(QUESTIONS)}")
    table = []
    for name in asked.question or QUESTIONS:
        table += import_module(f"benchmarks.{name}").lines(asked.folder, asked.patients, asked.runs)
    print(_rendered(table))


def _rendered(table: list[Line]) -> str:
    header = ("work", "peer", "times faster", "bar", "", "peer's memory / ours", "")
    rows = [
        (
            *(line.work, line.peer, _number(line.faster), _number(line.bar), line.verdict),
            *(_number(line.memory), line.note),
        )
        for line in table
    ]
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in (header, *rows))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
