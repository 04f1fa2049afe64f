"""Settings of the whole test suite."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import hypothesis
import pytest

from support import COMPARED

hypothesis.settings.register_profile("dev", max_examples=50, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True)
hypothesis.settings.register_profile("nightly", max_examples=10_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands the ids of its reference cases to the process that reports."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["reference_cases"] = sorted(COMPARED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    COMPARED.update(getattr(node, "workeroutput", {}).get("reference_cases", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the cases computed by R were compared, by topic."""
    if COMPARED:
        topics = Counter(case.split("-")[1] for case in COMPARED)
        terminalreporter.write_sep("-", f"{len(COMPARED)} reference cases computed by R were compared")
        terminalreporter.write_line(", ".join(f"{topic} {n}" for topic, n in sorted(topics.items())))
