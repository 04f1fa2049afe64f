"""``stratify check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, note, overrides, report_findings


def check(
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML).")],
    data: Annotated[Path | None, typer.Option(help="Cohort folder: also check the rules against its tables.")] = None,
    dictionary: Annotated[Path | None, typer.Option(help="Data dictionary, if it is not beside the data.")] = None,
    strict: Annotated[
        bool, typer.Option(help="Rows of patients who are not in the patients table are errors.")
    ] = False,
    lock: Annotated[
        bool,
        typer.Option("--lock", help="Write the hashes of its libraries, and of an approved protocol, into rules.lock."),
    ] = False,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Check a protocol and say everything that is wrong: code, line, column, why, what to do.

    Example: stratify check rules/gbsg2.yaml --data data/
    """
    from stratify.study.checks import check_protocol, lock_rules

    locked = lock_rules(protocol) if lock else None
    found = check_protocol(protocol, data=data, dictionary=dictionary, strict=strict, overrides=overrides(set_))
    more = {}
    if locked is not None:
        file, hashes = locked
        names = [name for section in hashes.values() for name in section]
        more = {"locked": {"file": str(file), **{section: list(entries) for section, entries in hashes.items()}}}
        nothing = f"{protocol} uses no libraries and is not approved; nothing is locked"
        if not as_json:
            note(f"{file}: {', '.join(names)}" if names else nothing)
    raise typer.Exit(report_findings(as_json, found, f"{protocol}: no findings", more=more))
