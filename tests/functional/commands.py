"""How the functional tests run the command, and a small study of made-up patients that they break in many ways."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STRATIFY = Path(sys.executable).with_name("stratify")
"""The installed command."""

PLANTED_TEXT = "SECRET-4711"
PLANTED_NUMBER = "987654.25"
"""Values planted among the patients: no message may ever show one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """All of stdout as JSON."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def words(self) -> str:
        """Everything said, line breaks and boxes of tables aside."""
        return " ".join(self.said.replace("│", " ").split())


Here = Callable[..., Answer]
"""Runs the command inside this process."""


def stratify(*args: object, cwd: Path, env: Mapping[str, str] | None = None, **options: Any) -> Answer:
    """Run the installed command in a process of its own."""
    done = subprocess.run(
        [str(STRATIFY), *map(str, args)],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what would colour or widen the output."""
    unwanted = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERMINAL_WIDTH", "STRATIFY_TRACEBACK"}
    return {**{k: v for k, v in os.environ.items() if k not in unwanted}, **(more or {})}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def assert_silent_about_patients(answer: Answer) -> None:
    """A failing command: no traceback, no planted value."""
    assert "Traceback" not in answer.said
    assert PLANTED_TEXT not in answer.said
    assert PLANTED_NUMBER not in answer.said
    assert PLANTED_NUMBER.partition(".")[0] not in answer.said.replace(",", "")


# --- a small study ------------------------------------------------------------------------------------------------

PROTOCOL = """\
format: stratify/1
trial: {id: TINY, title: Made-up patients}
criteria:
  - {id: INC-01, kind: inclusion, text: Adults., rule: {value: patients.age, is: ">= 18"}}
arms: {from: patients.trt}
"""
STUDY = """\
format: stratify-study/1
cohort: data/
protocol: rules/tiny.yaml
endpoints:
  os: {time: patients.time, event: patients.status}
analyses:
  - {id: table1, kind: baseline, variables: [age, group]}
  - {id: km, kind: survival, endpoint: os, reference: A}
  - {id: pred, kind: interaction, endpoint: os, biomarker: group, reference: A}
output: out/
"""
DICTIONARY = """\
format: stratify-dictionary/1
key: id
tables:
  patients: {file: patients.csv, grain: one}
"""
COLUMNS = ("id", "age", "trt", "time", "status", "group", "note", "income")

Rows = list[dict[str, str]]


def patients(n: int = 24) -> Rows:
    """Patients 1 to n: arms A and B in turn, times 10, 20, ..., two of three with the event, a secret in each row."""
    return [
        {
            "id": str(i),
            "age": str(30 + i),
            "trt": "AB"[i % 2],
            "time": str(10 * i),
            "status": str(int(i % 3 > 0)),
            "group": "xy"[i // 2 % 2],
            "note": PLANTED_TEXT,
            "income": PLANTED_NUMBER,
        }
        for i in range(1, n + 1)
    ]


def csv_text(rows: Rows, columns: tuple[str, ...] = COLUMNS) -> str:
    """Rows as CSV, every cell quoted."""
    lines = [",".join(columns)]
    lines += [",".join('"' + row[name].replace('"', '""') + '"' for name in columns) for row in rows]
    return "\n".join(lines) + "\n"


def write_study(folder: Path, rows: Rows | None = None) -> Path:
    """Write the small study and give its folder."""
    for name, text in {
        "study.yaml": STUDY,
        "rules/tiny.yaml": PROTOCOL,
        "data/dictionary.yaml": DICTIONARY,
        "data/patients.csv": csv_text(patients() if rows is None else rows),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place where a file says ``old``."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
