"""The way through the house: a study file in, a folder of results out, each step once and in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from stratify import __version__
from stratify.allocation import allocate, give_places
from stratify.analysis import analyse, anchors_of, results_frame, results_json, tables_of
from stratify.audit import Release, release, write_run
from stratify.compile import compile_plan
from stratify.model.dictionary import PATIENTS
from stratify.protocol import criterion_prose, load_study
from stratify.report import render_html
from stratify.screening import attrition, screen
from stratify.study.cohort import open_and_conform, read_rules, reading
from stratify.study.outputs import Provenance, input_files, screening_files, with_manifest, write_parquet

Say = Callable[[str], None]
"""Told the name of each step as it begins."""


@dataclass(frozen=True, slots=True)
class StudyRun:
    """A finished run: the folder it wrote, and the release that its report was made of."""

    folder: Path
    release: Release

    @property
    def report(self) -> Path:
        """The report."""
        return self.folder / "report.html"


def run_study(
    path: Path, *, finished: str, overrides: Mapping[str, str], output: Path | None = None, say: Say = lambda _: None
) -> StudyRun:
    """Screen, allocate, analyse, release and report a study.

    Parameters
    ----------
    path
        The study file; its paths are relative to its folder.
    finished
        The time to put into report and manifest, ISO 8601: the clock is the caller's.
    overrides
        Parameters of the protocol set from outside; they are recorded.
    output
        Where to write, instead of where the study says.

    Raises
    ------
    StratifyError
        With all findings of the first step that cannot go on; what was written before stays as it was.
    """
    say("reading the study")
    study = load_study(path)
    home = path.parent
    cohort = open_and_conform(home / study.cohort, home / study.dictionary if study.dictionary else None)
    protocol, findings = read_rules(home / study.protocol, cohort, overrides)
    protocol, study = replace(protocol, file=study.protocol), replace(study, file=path.name)
    say("screening")
    tables = cohort.tables
    plan = compile_plan(protocol, cohort.dictionary, tables.catalogue, days=anchors_of(study, protocol))
    with reading(cohort):
        verdicts, patients = give_places(screen(plan, tables.frames)), tables.patients.collect()
        times = {name: tables.frames[name].collect() for name in tables_of(study) if name in tables.frames}
    lost, allocation = attrition(verdicts), allocate(verdicts)
    say("analysing")
    analyses = analyse(study, protocol, verdicts, allocation, patients, tables.catalogue[PATIENTS], times)
    say("writing the report")
    inputs = input_files(cohort)
    released = release(
        study,
        protocol,
        verdicts,
        lost,
        allocation,
        analyses,
        prose={criterion.id: criterion_prose(criterion, protocol) for criterion in protocol.criteria},
        inputs=inputs,
        findings=findings,
        version=__version__,
        finished=finished,
    )
    folder = output or home / study.output
    files = {
        **screening_files(verdicts, lost),
        "results.json": results_json(analyses).encode(),
        "results.parquet": partial(write_parquet, results_frame(analyses)),
        "report.html": render_html(released).encode(),
    }
    write_run(folder, with_manifest(files, folder, Provenance(protocol, cohort, inputs, finished, path, study)))
    return StudyRun(folder, released)
