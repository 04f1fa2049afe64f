"""Cox, log-rank and Kaplan-Meier against R's ``survival`` and ``lifelines``, on made-up times with five covariates.

Data are in memory before the clock starts, on every side. Cox is Efron's, with variance and the three tests. The
estimates must agree with R's before a ratio means anything.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from numpy.typing import NDArray

from benchmarks.measuring import Contender, Line
from stratify.stats import cox, kaplan_meier, logrank

_NAMES = tuple("abcde")
_EFFECTS = (0.3, 0.1, -0.2, 0.0, 0.1)
_COX_BARS = {(1_000, "continuous"): 10.0, (100_000, "continuous"): 20.0}
_COX_BARS |= {(1_000_000, "continuous"): 10.0, (1_000_000, "whole days"): 40.0}
_LIFELINES_COX = 100_000  # rows beyond which lifelines takes too long to ask again and again
_TOLERANCE = 1e-9

Numbers = NDArray[np.float64]
Asked = Callable[[str], tuple[float, Numbers]]
"""Runs one contender by its name: seconds and numbers."""


def lines(folder: Path, patients: int, runs: int) -> list[Line]:
    """The sizes of the bars; log-rank and Kaplan-Meier at a million rows."""
    del folder, patients
    return [line for (n, kind), bar in _COX_BARS.items() for line in _size(n, kind, bar, runs)]


def _size(n: int, kind: str, bar: float, runs: int) -> list[Line]:
    data = _data(n, kind)
    time, event, x = data[:, 0].copy(), data[:, 1].astype(bool), np.ascontiguousarray(data[:, 2:])
    group = x[:, 0].astype(int)
    ours: dict[str, Contender] = {
        "cox": lambda: cox(time, event, x, names=_NAMES),
        "logrank": lambda: logrank(time, event, group),
        "kaplan-meier": lambda: kaplan_meier(time, event),
    }
    frame = pd.DataFrame(data, columns=["time", "event", *_NAMES])
    theirs: dict[str, Contender] = {
        "cox": lambda: CoxPHFitter().fit(frame, "time", "event"),
        "logrank": lambda: multivariate_logrank_test(time, group, event),
        "kaplan-meier": lambda: KaplanMeierFitter().fit(time, event),
    }
    asked = list(ours) if n == max(size for size, _ in _COX_BARS) else ["cox"]
    batch = 20 if n <= 1_000 else 1
    result = []
    if shutil.which("Rscript") is None:
        result = [Line(f"{name}, {n:,} rows, {kind}", "R survival", note="skipped: no Rscript") for name in asked]
    else:
        with _r(data) as ask:
            for name in asked:
                note = _agreement(name, data, ask(name)[1])
                faster = _faster(ours[name], lambda name=name: ask(name)[0], runs, batch)  # type: ignore[misc]
                limit = bar if name == "cox" else 50.0
                result.append(Line(f"{name}, {n:,} rows, {kind}", "R survival", faster, limit, note=note))
    for name in (name for name in asked if name != "cox" or n <= _LIFELINES_COX):
        faster = _faster(ours[name], lambda name=name: _seconds(theirs[name]), 3)  # type: ignore[misc]
        result.append(Line(f"{name}, {n:,} rows, {kind}", "lifelines", faster, None if name == "cox" else 10.0))
    return result


def _faster(ours: Contender, theirs: Callable[[], float], turns: int, batch: int = 1) -> float:
    """The median ratio of neighbouring batches of runs, so that both meet the same weather; the first does not count.

    Runs of a millisecond come in batches, else each would find the caches filled by the other side.
    """
    ratios = []
    for _ in range(turns + 1):
        fast = [_seconds(ours) for _ in range(batch)]
        slow = [theirs() for _ in range(batch)]
        fast += [_seconds(ours) for _ in range(batch)]
        ratios.append(statistics.median(slow) / statistics.median(fast))
    return statistics.median(ratios[1:])


def _seconds(run: Contender) -> float:
    start = clock.perf_counter()
    run()
    return clock.perf_counter() - start


def _agreement(name: str, data: Numbers, numbers: Numbers) -> str:
    """Our numbers against R's; an error beyond the tolerance."""
    time, event, x = data[:, 0], data[:, 1].astype(bool), data[:, 2:]
    match name:
        case "cox":
            ours = cox(time, event, x, names=_NAMES).coefficients
        case "logrank":
            ours = np.array([logrank(time, event, x[:, 0].astype(int)).chi_square])
        case _:
            curve = kaplan_meier(time, event)
            ours = np.array([len(curve.time), curve.survival.sum()])
    error = float(np.max(np.abs(ours - numbers) / np.maximum(1.0, np.abs(numbers))))
    if error > _TOLERANCE:
        raise AssertionError(f"{name}, {len(data):,} rows: differs from R by {error:.1e}")
    return f"equal to {error:.0e}"


@contextmanager
def _r(data: Numbers) -> Iterator[Asked]:
    """R with the data in memory, to be asked for one run after the other."""
    script = Path(__file__).with_suffix(".R")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data"
        data.tofile(file)
        command = ["Rscript", "--vanilla", str(script), str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            to_r, from_r = process.stdin, process.stdout
            if to_r is None or from_r is None:
                raise RuntimeError("R has no standard input or output")

            def ask(name: str) -> tuple[float, Numbers]:
                to_r.write(f"{name}\n")
                seconds, *numbers = from_r.readline().split()
                return float(seconds), np.array(numbers, dtype=float)

            yield ask
            to_r.close()


def _data(n: int, kind: str) -> Numbers:
    random = np.random.default_rng(1)
    x = random.normal(size=(n, 5))
    x[:, 0] = x[:, 0] > 0
    event_time = random.exponential(np.exp(-x @ np.array(_EFFECTS)))
    censoring = random.exponential(2.0, size=n)
    # In days: of times about 1, R would also tie those that are 1.5e-8 apart in absolute terms; we do not (ties.py).
    time = np.minimum(event_time, censoring) * 365
    time = np.ceil(time) if kind == "whole days" else time
    return np.column_stack([time, event_time <= censoring, x])
