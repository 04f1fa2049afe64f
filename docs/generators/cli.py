"""``reference/cli.md``: every command with its arguments, options and example, from the application itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from generators.markdown import doc, fenced, page, table
from stratify.cli.app import app
from stratify.diagnostics import ExitCode

_EXIT = {
    ExitCode.OK: "done; nothing that is an error was found",
    ExitCode.FINDINGS: "findings that are errors, such as faults of a protocol, or an example that does not hold",
    ExitCode.USAGE: "the command was not called as it can be",
    ExitCode.BAD_DATA: "an input (protocol, study, dictionary, data, finished run) is not there or cannot be opened, "
    "or the data contradict themselves",
    ExitCode.TOO_MANY_UNKNOWN: "more patients are undetermined than `--max-unknown` allows",
}
_LEAD = """Results go to standard output; progress, findings beside a result and errors go to standard error. Every
command takes `--json` and then prints one JSON document. `NO_COLOR` turns colours off. `stratify --version` prints the
version, `stratify --install-completion` installs completion for the shell."""
_AFTER = """Code 70 is an error of `stratify` itself: please report it. Code 130 is an interruption (Control-C); what
was there before is unchanged."""


def pages() -> dict[str, str]:
    """The page of the commands."""
    codes = table(("code", "meaning"), [(str(int(code)), meaning) for code, meaning in _EXIT.items()])
    commands = [_command(info.callback) for info in app.registered_commands if info.callback is not None]
    return {"reference/cli.md": page("Commands", _LEAD, *commands, "## Exit codes", codes, _AFTER)}


def _command(callback: Callable[..., Any]) -> str:
    name = callback.__name__
    prose, _, example = (inspect.getdoc(callback) or "").rpartition("\n\nExample: ")
    given = list(_parameters(callback))
    arguments = [row for row, kind in given if kind is ArgumentInfo]
    options = [row for row, kind in given if kind is OptionInfo]
    usage = " ".join(["stratify", name, *(row[0].strip("`") for row in arguments), *(["[OPTIONS]"] if options else [])])
    parts = [f"## stratify {name}", doc(prose or example), fenced("text", usage)]
    if arguments:
        parts.append(table(("argument", "takes", "meaning"), arguments))
    if options:
        parts.append(table(("option", "takes", "meaning"), options))
    if prose:
        parts.append(f"Example:\n\n{fenced('sh', example)}")
    return "\n\n".join(part.strip("\n") for part in parts)


def _parameters(callback: Callable[..., Any]) -> Iterator[tuple[tuple[str, str, str], type]]:
    hints = get_type_hints(callback, include_extras=True)
    for parameter in inspect.signature(callback).parameters.values():
        hint = hints[parameter.name]
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{callback.__name__}: {parameter.name} is not annotated with typer's help")
        kind, info = get_args(hint)[:2]
        takes, several = _takes(kind)
        meaning = (info.help or "") + _default(parameter.default)
        if parameter.default is parameter.empty and isinstance(info, OptionInfo):
            meaning += " Required."
        if isinstance(info, ArgumentInfo):
            name = (info.metavar or parameter.name).strip("_").upper() + ("..." if several else "")
            yield (f"`{name if parameter.default is parameter.empty else f'[{name}]'}`", takes, meaning), ArgumentInfo
        else:
            yield (_option(parameter.name, info, kind), info.metavar or takes, meaning), OptionInfo


def _option(name: str, info: OptionInfo, kind: object) -> str:
    plain = f"--{name.replace('_', '-')}"
    # Inside Annotated, typer keeps the first name where a default would stand.
    declared = [word for word in (info.default, *(info.param_decls or ())) if isinstance(word, str) and word[0] == "-"]
    if declared:
        return ", ".join(f"`{word}`" for word in declared)
    return f"`{plain}`, `--no-{plain[2:]}`" if kind is bool else f"`{plain}`"


def _takes(kind: Any) -> tuple[str, bool]:
    """What a value is, in a word or the words allowed, and whether there may be several."""
    if get_origin(kind) in {UnionType, Union}:
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is list:
        return _takes(get_args(kind)[0])[0], True
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind), False
    return {bool: "", Path: "path", str: "text", int: "whole number", float: "number"}[kind], False


def _default(value: object) -> str:
    if value is inspect.Parameter.empty or value is None or value is False:
        return ""
    shown = value.value if isinstance(value, Enum) else value
    return re.sub(r"\s+", " ", f" Default: `{shown}`.")
