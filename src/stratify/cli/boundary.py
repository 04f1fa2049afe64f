"""The boundary to the user: data on stdout, everything else on stderr, findings instead of tracebacks.

A crash that is our own fault says where in our code it happened and nothing else: the text of an exception can
carry a patient's value.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from stratify.diagnostics import ExitCode, Finding, Severity, StratifyError

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
SetParameter = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter of the protocol; may be repeated; is recorded."),
]


def emit(as_json: bool, data: Mapping[str, Any], text: str) -> None:
    """Print a command's result: ``data`` as JSON or ``text`` as it is."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n" if as_json else f"{text}\n")


def now() -> str:
    """The time to record: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which step is under way; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def note(text: str) -> None:
    """Say something on stderr."""
    sys.stderr.write(f"{text}\n")


def overrides(settings: list[str] | None) -> dict[str, str]:
    """``--set name=value`` as a mapping."""
    pairs = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"write NAME=VALUE, not {setting!r}", param_hint="--set")
        pairs[name.strip()] = value.strip()
    return pairs


def report_findings(as_json: bool, findings: Iterable[Finding], ok: str) -> ExitCode:
    """Print findings as the result of a command that looks for them; errors are exit code 1."""
    items = tuple(findings)
    errors = sum(f.severity is Severity.ERROR for f in items)
    warnings = sum(f.severity is Severity.WARNING for f in items)
    lines = [str(f) for f in items]
    summary = f"{_many(errors, 'error')}, {_many(warnings, 'warning')}" if items else ok
    emit(as_json, {"findings": [f.as_dict() for f in items]}, "\n".join([*lines, summary]))
    return ExitCode.FINDINGS if errors else ExitCode.OK


def warn(findings: Iterable[Finding]) -> None:
    """Print findings beside a command's result, on stderr."""
    for finding in findings:
        note(str(finding))


def guarded(command: Callable[[], Any], as_json: bool) -> int:
    """Run a command; whatever goes wrong becomes findings and an exit code."""
    try:
        command()
    except StratifyError as error:
        if as_json:
            emit(True, {"findings": [f.as_dict() for f in error.findings]}, "")
        else:
            warn(error.findings)
        return int(error.exit_code)
    except OSError as error:
        place = f" ({os.path.basename(error.filename)})" if isinstance(error.filename, str) else ""  # noqa: PTH119
        note(f"error R100: the system refused{place}: {error.strerror or type(error).__name__}")
        note("    do:  check that the file exists, may be read or written, and that the disk is not full")
        return int(ExitCode.BAD_DATA)
    except KeyboardInterrupt:
        note("interrupted: what was there before is unchanged")
        return 130
    except Exception as error:
        if os.environ.get("STRATIFY_TRACEBACK"):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        note(f"error R199: internal error {type(error).__name__} in {last.name}, line {last.lineno}; this is our fault")
        note("    do:  please report it; STRATIFY_TRACEBACK=1 shows more, which may include values from your data")
        return 70
    return 0


def _many(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"
