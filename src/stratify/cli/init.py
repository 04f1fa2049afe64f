"""``stratify init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, emit


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to make.")],
    as_json: AsJson = False,
) -> None:
    """Write a study folder to start from: data, dictionary, protocol and plan that run as they are.

    Example: stratify init my-study && stratify run my-study/study.yaml
    """
    from stratify.study.start import start_study

    files = [str(path) for path in start_study(folder)]
    next_ = [
        f"change a threshold in {folder}/rules/gbsg2.yaml, then:",
        f"  stratify check {folder}/rules/gbsg2.yaml --data {folder}/data",
        f"  stratify run {folder}/study.yaml",
        f"  stratify explain 1 --run {folder}/out",
    ]
    emit(as_json, {"files": files}, "\n".join([*(f"wrote {name}" for name in files), *next_]))
