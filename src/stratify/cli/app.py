"""The application: every command in one tuple, and the one place where a run of it begins and ends."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

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

app = typer.Typer(
    name="stratify",
    help="Clinical-trial patient stratification: declarative eligibility rules in three-valued logic, arms and "
    "strata, enrichment and survival analysis, one report.\n\nBegin with: stratify demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in COMMANDS:
    app.command(no_args_is_help=False)(_command)


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
