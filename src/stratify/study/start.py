"""A study folder to start from: real trial data, a dictionary, a protocol and a plan that run as they are.

The data are the 686 patients of the German Breast Cancer Study Group 2 (Schumacher et al. 1994) that the package
lifelines ships.
"""

from __future__ import annotations

import io
import json
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import polars as pl

from stratify.diagnostics import ExitCode, Finding, StratifyError
from stratify.protocol import json_schema, shipped_rules
from stratify.study.writing import write_bytes

EXAMPLE = "gbsg2.yaml"
"""The example protocol among the shipped rules."""


def start_study(folder: Path) -> tuple[Path, ...]:
    """Write the study folder and give its files.

    Raises
    ------
    StratifyError
        If ``folder`` is a file (R010), or one of the files is there already (R122): nothing of yours is replaced.
    """
    if folder.exists() and not folder.is_dir():
        raise StratifyError(
            [Finding("R010", f"{folder} is a file, not a folder", hint="name a folder that does not exist yet")],
            ExitCode.USAGE,
        )
    contents = _contents()
    taken = [name for name in contents if (folder / name).exists()]
    if taken:
        finding = Finding(
            "R122", f"{folder} has {', '.join(taken)} already", hint="name a folder that does not exist yet"
        )
        raise StratifyError([finding], ExitCode.USAGE)
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    return tuple(folder / name for name in contents)


def _contents() -> dict[str, bytes]:
    starter = files("stratify.study.starter")
    schemas = {
        f"schema/{kind}.json": (json.dumps(json_schema(kind), indent=1) + "\n").encode()
        for kind in ("protocol", "study", "dictionary")
    }
    protocol = (shipped_rules() / EXAMPLE).read_text(encoding="utf-8")
    protocol = protocol.replace("$schema=../docs/reference/schema/protocol.json", "$schema=../schema/protocol.json")
    return {
        "study.yaml": (starter / "study.yaml").read_bytes(),
        "data/dictionary.yaml": (starter / "dictionary.yaml").read_bytes(),
        "data/patients.parquet": _gbsg2(),
        f"rules/{EXAMPLE}": protocol.encode(),
        **schemas,
    }


def _gbsg2() -> bytes:
    source = Path(str(distribution("lifelines").locate_file("lifelines/datasets/gbsg2.csv")))
    patients = pl.read_csv(source).with_row_index("patient_id", offset=1).cast({"patient_id": pl.Int64})
    buffer = io.BytesIO()
    patients.write_parquet(buffer)
    return buffer.getvalue()
