"""What a run leaves behind: screening tables, and a manifest over everything."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import polars as pl

from stratify import __version__
from stratify.audit import MANIFEST_FILE, InputFile, manifest, manifest_json, sha256_file
from stratify.model.protocol import Protocol
from stratify.model.study import Study
from stratify.screening import Attrition, Verdicts
from stratify.study.cohort import Cohort

Content = bytes | Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a run came from. ``source`` is the study file, or the protocol file of a screening."""

    protocol: Protocol
    cohort: Cohort
    inputs: tuple[InputFile, ...]
    finished: str
    source: Path
    study: Study | None = None


def input_files(cohort: Cohort) -> tuple[InputFile, ...]:
    """The data files read, and the dictionary, each with its digest."""
    data = [InputFile(source.file, source.bytes, source.sha256()) for source in cohort.tables.sources]
    file = cohort.dictionary_file
    if file is not None:
        data.append(InputFile(file.name, file.stat().st_size, sha256_file(file)))
    return tuple(dict.fromkeys(data))


def screening_files(verdicts: Verdicts, lost: Attrition) -> dict[str, Content]:
    """Verdicts, criteria and attrition as files."""
    return {
        "verdicts.parquet": partial(write_parquet, verdicts.verdict_table()),
        "criteria.parquet": partial(write_parquet, verdicts.criteria_table()),
        "attrition.json": (json.dumps(attrition_data(lost), indent=2, ensure_ascii=False) + "\n").encode(),
    }


def attrition_data(lost: Attrition) -> dict[str, object]:
    """Attrition as plain data."""
    rows = []
    for row in lost.rows:
        counts = asdict(row)
        counts["criterion"] = row.criterion.id
        said = {"kind": row.criterion.kind.value, "text": row.criterion.text, "waivable": row.criterion.waivable}
        rows.append({**said, **counts})
    together = [{"criteria": list(names), "persons": n} for names, n in lost.failing_together]
    totals = {name: getattr(lost, name) for name in ("screened", "eligible", "undetermined", "ineligible")}
    return {**totals, "criteria": rows, "failing_together": together}


def with_manifest(files: Mapping[str, Content], folder: Path, made: Provenance) -> dict[str, Content]:
    """The files with a manifest that is written last, over the others as they lie."""

    def write(path: Path) -> None:
        outputs = {name: sha256_file(path.parent / name) for name in files}
        dictionary = made.cohort.dictionary_file
        content = manifest(
            made.protocol,
            inputs=made.inputs,
            outputs=outputs,
            version=__version__,
            finished=made.finished,
            study=made.study,
            dictionary="" if dictionary is None else sha256_file(dictionary),
        )
        # Where to find the inputs again, from the output folder: no absolute path leaves the machine.
        content["replay"] = {
            "source": _from(folder, made.source),
            "data": _from(folder, made.cohort.folder),
            "dictionary": None if dictionary is None else _from(folder, dictionary),
        }
        path.write_bytes(manifest_json(content))

    return {**files, MANIFEST_FILE: write}


def write_parquet(frame: pl.DataFrame | pl.LazyFrame, path: Path) -> None:
    """Write a frame that is in memory; the same frame gives the same bytes.

    Raises
    ------
    OSError
        The file cannot be written: Polars calls a full disk an error of computing.
    """
    try:
        if isinstance(frame, pl.LazyFrame):
            frame.sink_parquet(path)
        else:
            frame.write_parquet(path)
    except pl.exceptions.ComputeError as error:
        raise OSError(errno.EIO, "no room, or a fault of the disk", path.name) from error


def _from(folder: Path, path: Path) -> str:
    # Of the places themselves: where a folder is a link, "its parent" is the parent of what it links to.
    return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(folder))).as_posix()
