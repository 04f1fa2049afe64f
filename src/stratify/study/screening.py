"""Screening alone: protocols against a cohort, a folder of verdicts for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stratify.allocation import give_places
from stratify.audit import write_run
from stratify.compile import compile_plan
from stratify.diagnostics import Finding, StratifyError
from stratify.screening import Attrition, attrition, screen
from stratify.study.cohort import open_and_conform, read_rules, reading
from stratify.study.outputs import Provenance, input_files, screening_files, with_manifest


@dataclass(frozen=True, slots=True)
class Screened:
    """One protocol screened: where its verdicts lie, the attrition, and what was found on the way."""

    protocol: str
    folder: Path
    attrition: Attrition
    findings: tuple[Finding, ...]


def screen_protocols(
    protocols: Sequence[Path],
    data: Path,
    out: Path,
    *,
    finished: str,
    overrides: Mapping[str, str],
    dictionary: Path | None = None,
    strict: bool = False,
) -> tuple[tuple[Screened, ...], tuple[StratifyError, ...]]:
    """Screen a cohort for one or more protocols.

    One protocol writes into ``out``, several into ``out/TRIAL``. Findings of one do not stop the others: it is
    refused, and its error returned beside the results of those that could be screened.

    Raises
    ------
    StratifyError
        If the data cannot be read.
    """
    cohort = open_and_conform(data, dictionary, strict=strict)
    inputs = input_files(cohort)
    done: list[Screened] = []
    refused: list[StratifyError] = []
    for path in protocols:
        try:
            protocol, findings = read_rules(path, cohort, overrides)
        except StratifyError as error:
            refused.append(error)
            continue
        folder = out if len(protocols) == 1 else out / protocol.trial.id
        if any(other.folder == folder for other in done):
            message = f"two protocols are of trial {protocol.trial.id}; the second, {path.name}, was not screened"
            finding = Finding("R123", message, hint="give each protocol a trial id of its own")
            refused.append(StratifyError([finding]))
            continue
        protocol = replace(protocol, file=path.name)
        plan = compile_plan(protocol, cohort.dictionary, cohort.tables.catalogue)
        with reading(cohort):
            verdicts = give_places(screen(plan, cohort.tables.frames))
        lost = attrition(verdicts)
        provenance = Provenance(protocol, cohort, inputs, finished, path)
        write_run(folder, with_manifest(screening_files(verdicts, lost), folder, provenance))
        done.append(Screened(protocol.trial.id, folder, lost, findings))
    return tuple(done), tuple(refused)
