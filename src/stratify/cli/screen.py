"""``stratify screen``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, emit, now, overrides, warn
from stratify.diagnostics import ExitCode


def screen(
    protocols: Annotated[list[Path], typer.Argument(metavar="PROTOCOL", help="Protocol files (YAML).")],
    data: Annotated[Path, typer.Option(help="Cohort folder or file.")],
    out: Annotated[Path, typer.Option(help="Folder for verdicts; of several protocols, one folder for each.")],
    dictionary: Annotated[Path | None, typer.Option(help="Data dictionary, if it is not beside the data.")] = None,
    strict: Annotated[
        bool, typer.Option(help="Rows of patients who are not in the patients table are errors.")
    ] = False,
    max_unknown: Annotated[
        float | None, typer.Option(min=0, max=100, help="Exit 4 if more than this percentage is undetermined.")
    ] = None,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Screen patients: a verdict for each, with every criterion's result and reason.

    Example: stratify screen rules/gbsg2.yaml --data data/ --out verdicts/
    """
    from stratify.study.screening import screen_protocols

    done, refused = screen_protocols(
        protocols, data, out, finished=now(), overrides=overrides(set_), dictionary=dictionary, strict=strict
    )
    warn(dict.fromkeys(finding for one in done for finding in one.findings))
    findings = [finding for error in refused for finding in error.findings]
    warn(findings)
    rows = [
        {
            "protocol": one.protocol,
            "folder": str(one.folder),
            **{name: getattr(one.attrition, name) for name in ("screened", "eligible", "undetermined", "ineligible")},
        }
        for one in done
    ]
    lines = [
        f"{r['protocol']}: {r['screened']} screened, {r['eligible']} eligible, {r['undetermined']} undetermined, "
        f"{r['ineligible']} ineligible -> {r['folder']}"
        for r in rows
    ]
    emit(as_json, {"screened": rows, "refused": [f.as_dict() for f in findings]}, "\n".join(lines))
    if refused:
        raise typer.Exit(max(error.exit_code for error in refused))
    if max_unknown is not None and any(
        one.attrition.undetermined * 100 > max_unknown * one.attrition.screened for one in done
    ):
        raise typer.Exit(ExitCode.TOO_MANY_UNKNOWN)
