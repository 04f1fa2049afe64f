"""The boundary to the user: data on stdout, everything else on stderr, findings instead of tracebacks.

A crash that is our own fault says where in our code it happened and nothing else: the text of an exception can
carry a patient's value.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from stratify.diagnostics import ExitCode, Finding, Severity, StratifyError

if TYPE_CHECKING:
    from rich.console import RenderableType

INTERRUPTED = 130
"""Exit code after Control-C, as a shell gives it."""
CRASHED = 70
"""Exit code of an error that is our own: sysexits.h, EX_SOFTWARE."""

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
SetParameter = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter of the protocol; may be repeated; is recorded."),
]


def emit(as_json: bool, data: Mapping[str, Any], *parts: RenderableType) -> None:
    """Print a command's result: ``data`` as JSON, or ``parts``, each a text that is printed as it is or a rich table.

    A table is as wide as the terminal, or 100 columns where there is none, and has no colour there or with NO_COLOR.
    """
    if as_json:
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=not _is_utf8(), allow_nan=False) + "\n")
        return
    for part in parts:
        if isinstance(part, str):
            sys.stdout.write(f"{part}\n")
        else:
            _print_rich(part)


def _print_rich(part: RenderableType) -> None:
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()
    console = Console(
        file=sys.stdout,
        width=shutil.get_terminal_size((100, 24)).columns,
        color_system=None if plain else "auto",
        force_terminal=not plain,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(part)


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("_", "-") in {"utf-8", "utf8"}


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


_Choice = TypeVar("_Choice", bound=StrEnum)


def one_of(kind: type[_Choice]) -> Callable[[str], _Choice]:
    """What reads an option with few possible words, and names them where another is written."""

    def parse(text: str) -> _Choice:
        try:
            return kind(text)
        except ValueError as error:
            *others, last = kind
            raise typer.BadParameter(f"write {', '.join(others)} or {last}, not {text!r}") from error

    parse.__name__ = "|".join(kind)  # what --help shows as the option's type
    return parse


def overrides(settings: list[str] | None) -> dict[str, str]:
    """``--set name=value`` as a mapping."""
    pairs = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"write NAME=VALUE, not {setting!r}", param_hint="--set")
        pairs[name.strip()] = value.strip()
    return pairs


def report_findings(
    as_json: bool,
    findings: Iterable[Finding],
    ok: str,
    *,
    despite_notes: bool = False,
    more: Mapping[str, Any] | None = None,
) -> ExitCode:
    """Print findings as the result of a command that looks for them; errors are exit code 1.

    ``ok`` is said where there is nothing, or nothing but notes if it is true ``despite_notes``; ``more`` is put into
    the JSON.
    """
    items = tuple(findings)
    errors = sum(f.severity is Severity.ERROR for f in items)
    warnings = sum(f.severity is Severity.WARNING for f in items)
    lines = [str(f) for f in items]
    sound = not (errors or warnings) if despite_notes else not items
    summary = ok if sound else f"{_many(errors, 'error')}, {_many(warnings, 'warning')}"
    emit(as_json, {**(more or {}), "findings": [f.as_dict() for f in items]}, "\n".join([*lines, summary]))
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
        _show(error.findings, as_json)
        return int(error.exit_code)
    except OSError as error:
        _show([_refused(error)], as_json)
        return int(ExitCode.BAD_DATA)
    except KeyboardInterrupt:
        return _interrupted()
    except SystemExit as stop:
        # What typer makes of Control-C.
        return _interrupted() if stop.code == INTERRUPTED else _code(stop)
    except BaseException as error:  # a panic of Polars is no Exception; see the module's docstring
        if os.environ.get("STRATIFY_TRACEBACK"):
            raise
        _show([_crash(error)], as_json)
        return CRASHED
    return int(ExitCode.OK)


def _show(findings: Iterable[Finding], as_json: bool) -> None:
    if as_json:
        emit(True, {"findings": [finding.as_dict() for finding in findings]})
    else:
        warn(findings)


def _refused(error: OSError) -> Finding:
    place = f" ({os.path.basename(error.filename)})" if isinstance(error.filename, str) else ""  # noqa: PTH119
    message = f"the system refused{place}: {error.strerror or type(error).__name__}"
    return Finding(
        "R100", message, hint="check that the file exists, may be read or written, and that the disk is not full"
    )


def _crash(error: BaseException) -> Finding:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Finding(
        "R199",
        f"internal error {type(error).__name__} in {last.name}, line {last.lineno}; this is our fault",
        hint="please report it; STRATIFY_TRACEBACK=1 shows more, which may include values from your data",
    )


def _interrupted() -> int:
    note("interrupted: what was there before is unchanged")
    return INTERRUPTED


def _code(stop: SystemExit) -> int:
    return stop.code if isinstance(stop.code, int) else int(stop.code is not None)


def _many(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"
