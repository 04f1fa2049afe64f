"""Cox, log-rank and Kaplan-Meier against R's ``survival`` and ``lifelines``, on made-up times with five covariates.

Data are in memory before the clock starts, on every side. Cox is Efron's, with variance and the three tests. The
estimates must agree with R's before a ratio means anything.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from numpy.typing import NDArray

from benchmarks.measuring import Line, medians
from stratify.stats import cox, kaplan_meier, logrank

_NAMES = tuple("abcde")
_EFFECTS = (0.3, 0.1, -0.2, 0.0, 0.1)
_COX_BARS = {(1_000, "continuous"): 10.0, (100_000, "continuous"): 20.0}
_COX_BARS |= {(1_000_000, "continuous"): 10.0, (1_000_000, "whole days"): 40.0}
_LIFELINES_COX = 100_000  # rows beyond which lifelines takes too long to ask again and again
_TOLERANCE = 1e-9

Numbers = NDArray[np.float64]


def lines(folder: Path, patients: int, runs: int) -> list[Line]:
    """The sizes of the bars; log-rank and Kaplan-Meier at a million rows."""
    del folder, patients
    return [line for (n, kind), bar in _COX_BARS.items() for line in _size(n, kind, bar, runs)]


def _size(n: int, kind: str, bar: float, runs: int) -> list[Line]:
    data = _data(n, kind)
    time, event, x = data[:, 0], data[:, 1].astype(bool), np.ascontiguousarray(data[:, 2:])
    group = x[:, 0].astype(int)
    ours = {
        "cox": lambda: cox(time, event, x, names=_NAMES),
        "logrank": lambda: logrank(time, event, group),
        "kaplan-meier": lambda: kaplan_meier(time, event),
    }
    frame = pd.DataFrame(data, columns=["time", "event", *_NAMES])
    theirs = {
        "cox": lambda: CoxPHFitter().fit(frame, "time", "event"),
        "logrank": lambda: multivariate_logrank_test(time, group, event),
        "kaplan-meier": lambda: KaplanMeierFitter().fit(time, event),
    }
    asked = list(ours) if n == max(size for size, _ in _COX_BARS) else ["cox"]
    seconds = medians({name: ours[name] for name in asked}, max(runs, 20 if n <= 1_000 else runs))
    result = _against_r(data, kind, seconds, bar, max(runs, 20 if n <= 1_000 else 3))
    for name in (name for name in asked if name != "cox" or n <= _LIFELINES_COX):
        slow = medians({name: theirs[name]}, 3)[name]
        result.append(Line(f"{name}, {n:,} rows, {kind}", "lifelines", slow / seconds[name], _lifelines_bar(name)))
    return result


def _lifelines_bar(name: str) -> float | None:
    return None if name == "cox" else 10.0


def _against_r(data: Numbers, kind: str, seconds: dict[str, float], bar: float, runs: int) -> list[Line]:
    n = len(data)
    if shutil.which("Rscript") is None:
        return [Line(f"{name}, {n:,} rows, {kind}", "R survival", note="skipped: no Rscript") for name in seconds]
    said = _r(data, runs)
    result = []
    for name, mine in seconds.items():
        slow, numbers = said[name]
        note = _agreement(name, data, numbers)
        limit = bar if name == "cox" else 50.0
        result.append(Line(f"{name}, {n:,} rows, {kind}", "R survival", slow / mine, limit, note=note))
    return result


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
            ours, numbers = np.array([len(curve.time), curve.survival.sum()]), numbers[:2]
    error = float(np.max(np.abs(ours - numbers) / np.maximum(1.0, np.abs(numbers))))
    if error > _TOLERANCE:
        raise AssertionError(f"{name}, {len(data):,} rows: differs from R by {error:.1e}")
    return f"equal to {error:.0e}"


def _r(data: Numbers, runs: int) -> dict[str, tuple[float, Numbers]]:
    script = Path(__file__).with_suffix(".R")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data"
        data.tofile(file)
        done = subprocess.run(
            ["Rscript", "--vanilla", script, file, str(runs)], check=True, capture_output=True, text=True
        )
    rows = [line.split() for line in done.stdout.splitlines()]
    return {name: (float(seconds), np.array(numbers, dtype=float)) for name, seconds, *numbers in rows}


def _data(n: int, kind: str) -> Numbers:
    random = np.random.default_rng(1)
    x = random.normal(size=(n, 5))
    x[:, 0] = x[:, 0] > 0
    event_time = random.exponential(np.exp(-x @ np.array(_EFFECTS)))
    censoring = random.exponential(2.0, size=n)
    time = np.minimum(event_time, censoring)
    time = np.ceil(time * 365) if kind == "whole days" else time
    return np.column_stack([time, event_time <= censoring, x])
