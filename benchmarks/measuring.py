"""Time and memory of contenders in one run: only ratios mean anything on a machine that does other work as well."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Contender = Callable[[], object]


@dataclass(frozen=True)
class Line:
    """One line of the table: how many times faster than the peer, and the peer's memory over ours."""

    work: str
    peer: str
    faster: float | None = None
    bar: float | None = None
    memory: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.faster is None or self.bar is None:
            return ""
        return "holds" if self.faster >= self.bar else "MISSED"


def medians(contenders: Mapping[str, Contender], runs: int) -> dict[str, float]:
    """Median seconds of each; one run of each to warm up, then in turns, so that all meet the same weather."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(runs + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def peak(function: str, folder: Path) -> int:
    """Peak memory in bytes of ``module:function`` on a folder, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measuring", function, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(done.stdout.split()[-1])


def _report_peak(function: str, folder: str) -> None:
    module, name = function.split(":")
    getattr(import_module(module), name)(Path(folder))
    print(_peak())


def _peak() -> int:
    """Linux hands a parent's ``ru_maxrss`` on to its children, so there the process's own mark is read."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage: bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    _report_peak(*sys.argv[1:])
