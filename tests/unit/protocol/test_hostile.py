"""Files made to occupy a machine are refused in bounded time and memory, also by the command."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from functional.commands import environment
from stratify.protocol import read_protocol_text
from unit.protocol.hostile import HOSTILE

SECONDS = 30
"""Processor time that no file may take; each takes less than 5 on a machine with nothing else to do."""
MEGABYTES = 600
"""Most memory that checking may take, Python and what it imports included; 120 are used."""
_MAIN = "import sys; from stratify.cli import main; sys.argv = ['stratify', 'check', sys.argv[1]]; main()"


@pytest.mark.parametrize(("made", "code"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_soon(made: Callable[[], str], code: str) -> None:
    text = made()
    start = time.process_time()
    protocol, findings = read_protocol_text(text)
    assert time.process_time() - start < SECONDS
    assert protocol is None
    assert code in {finding.code for finding in findings}
    assert sum(len(str(finding)) for finding in findings) < 100_000


@pytest.mark.parametrize("name", ["10 MB", "10,000 brackets", "100,000 values", "10,000 anchors in a circle"])
def test_the_command_refuses_it_in_little_memory(name: str, tmp_path: Path) -> None:
    made, code = HOSTILE[name]
    path = tmp_path / "p.yaml"
    path.write_text(made(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20)),
    )
    assert done.returncode == 1, done.stderr
    assert f"error {code}" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
