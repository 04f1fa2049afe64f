"""``reference/python.md``: what each room offers to Python, with signature and first paragraph."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from generators.markdown import page, summary, table

ROOMS = (
    "stratify.study.run",
    "stratify.study.screening",
    "stratify.study.replay",
    "stratify.protocol",
    "stratify.data",
    "stratify.compile",
    "stratify.screening",
    "stratify.analysis",
    "stratify.verification",
    "stratify.stats",
)
"""From the whole way to the single estimator. A module without ``__all__`` shows what it defines itself."""

_LEAD = """Every room of the package has one door: the names listed here. What is not listed may change without notice.
Bad input of rules, data and studies raises `stratify.diagnostics.StratifyError`, which carries all findings; a wrong
shape or type given to `stratify.stats` raises `ValueError`. `stratify.stats` takes arrays and knows no patient, table
or file."""


def pages() -> dict[str, str]:
    """The page of the rooms."""
    return {"reference/python.md": page("Python", _LEAD, *map(_room, ROOMS))}


def _room(name: str) -> str:
    module = importlib.import_module(name)
    public = [(label, getattr(module, label)) for label in _names(module)]
    functions = [f"### {label}\n\n{_function(label, thing)}" for label, thing in public if inspect.isfunction(thing)]
    classes = [(f"`{label}`", summary(thing)) for label, thing in public if inspect.isclass(thing)]
    types = f"Types of `{name}`:\n\n{table(('type', 'meaning'), classes)}" if classes else ""
    return "\n\n".join(part.strip("\n") for part in (f"## {name}", summary(module), *functions, types) if part)


def _names(module: Any) -> Iterator[str]:
    if hasattr(module, "__all__"):
        yield from sorted(module.__all__)
        return
    for label, thing in vars(module).items():
        if not label.startswith("_") and getattr(thing, "__module__", "") == module.__name__:
            yield label


def _function(label: str, function: Callable[..., Any]) -> str:
    return f"```python\n{_signature(label, function)}\n```\n\n{summary(function)}"


def _signature(label: str, function: Callable[..., Any]) -> str:
    """The signature on one line, or where it is long a line for each parameter; annotations as the source has them."""
    signature = inspect.signature(function)
    parts: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "" if parameter.default is parameter.empty else f" = {_shown(parameter.default)}"
        parts.append(f"{parameter.name}: {_annotation(parameter.annotation)}{default}")
    returns = _annotation(signature.return_annotation)
    line = f"{label}({', '.join(parts)}) -> {returns}"
    if len(line) <= 100:
        return line
    return f"{label}(\n" + "".join(f"    {part},\n" for part in parts) + f") -> {returns}"


def _shown(default: object) -> str:
    return "..." if inspect.isfunction(default) else repr(default)


def _annotation(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
