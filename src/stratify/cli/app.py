"""The application: every command in one tuple, and the one place where a run of it begins and ends."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from stratify import __version__
from stratify.cli import (
    check,
    demo,
    enrich,
    explain,
    fmt,
    init,
    inspect,
    run,
    screen,
    show,
    survival,
    test,
    verify,
)
from stratify.cli.boundary import guarded

COMMANDS = (
    demo.demo,
    init.init,
    inspect.inspect,
    check.check,
    fmt.fmt,
    show.show,
    test.test,
    screen.screen,
    explain.explain,
    run.run,
    survival.survival,
    enrich.enrich,
    verify.verify,
)


class PlainUsage(TyperCommand):
    """A command whose usage line says ``PATIENT`` where typer would say ``{PATIENT}``, which reads as a template."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # typer keeps the class of its contexts to itself
        """Names of options and arguments; those that may be left out are in brackets."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]


app = typer.Typer(
    name="stratify",
    help="Clinical-trial patient stratification: declarative eligibility rules in three-valued logic, arms and "
    "strata, enrichment and survival analysis, one report.\n\nBegin with: stratify demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in COMMANDS:
    app.command(cls=PlainUsage, no_args_is_help=False)(_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"stratify {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Entry point of the command ``stratify``."""
    sys.exit(guarded(app, as_json="--json" in sys.argv))
