"""``stratify test``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, emit, overrides
from stratify.diagnostics import ExitCode


def test(
    protocols: Annotated[list[Path], typer.Argument(metavar="PROTOCOL", help="Protocol files (YAML).")],
    dictionary: Annotated[Path | None, typer.Option(help="Run the examples under this data dictionary.")] = None,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Run the examples of protocols, each literal patient against what it expects.

    Example: stratify test rules/gbsg2.yaml
    """
    from stratify.study.checks import run_protocol_examples

    reports = [run_protocol_examples(path, dictionary=dictionary, overrides=overrides(set_)) for path in protocols]
    failed = sum(not case.passed for _, cases in reports for case in cases)
    lines = []
    for path, cases in reports:
        lines.append(f"{path}: {sum(case.passed for case in cases)} of {len(cases)} examples hold")
        for case in cases:
            lines.extend(f"  FAILED {case.name}: {problem}" for problem in case.problems)
    data = {
        "protocols": [
            {
                "file": str(path),
                "examples": [{"name": c.name, "passed": c.passed, "problems": list(c.problems)} for c in cases],
            }
            for path, cases in reports
        ]
    }
    emit(as_json, data, "\n".join(lines))
    raise typer.Exit(ExitCode.FINDINGS if failed else ExitCode.OK)
