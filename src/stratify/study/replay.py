"""Back to a run that is finished: explain one of its patients, verify all of its bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stratify.audit import MANIFEST_FILE, compare_manifest, read_manifest
from stratify.diagnostics import ExitCode, Finding, StratifyError
from stratify.protocol import load_study
from stratify.screening import PatientExplanation, explain
from stratify.study.cohort import open_and_conform, read_rules, reading
from stratify.study.run import run_study
from stratify.study.screening import screen_protocols


def explain_patient(
    patient: str,
    *,
    run: Path | None = None,
    protocol: Path | None = None,
    data: Path | None = None,
    dictionary: Path | None = None,
    overrides: Mapping[str, str],
) -> PatientExplanation:
    """Explain a patient of a finished run, or of a protocol and data.

    Raises
    ------
    StratifyError
        If neither is named, the inputs are gone, or nobody has this id.
    """
    if run is not None:
        protocol, data, dictionary, overrides = _inputs(run)
    if protocol is None or data is None:
        message = "name a finished run (--run), or a protocol and its data (--protocol, --data)"
        raise StratifyError([Finding("R124", message)], ExitCode.USAGE)
    cohort = open_and_conform(data, dictionary)
    rules, _ = read_rules(protocol, cohort, overrides)
    with reading(cohort):
        return explain(patient, rules, cohort.dictionary, cohort.tables.catalogue, cohort.tables.frames)


@dataclass(frozen=True, slots=True)
class Verified:
    """How many files a run wrote besides its manifest, and what is not as the manifest says.

    Without an error among the findings doing the run again gives the same bytes.
    """

    files: int
    findings: tuple[Finding, ...]


def verify_run(folder: Path) -> Verified:
    """Compare a run with its manifest: its files, its inputs, and the bytes of doing it again.

    Raises
    ------
    StratifyError
        If there is no manifest to verify.
    """
    content = read_manifest(folder)
    return Verified(len(_outputs(content)), (*compare_manifest(content, folder), *_done_again(content, folder)))


def _done_again(content: Mapping[str, object], folder: Path) -> tuple[Finding, ...]:
    with tempfile.TemporaryDirectory(prefix="stratify-") as scratch:
        again = Path(scratch) / "again"
        try:
            _replay(content, folder, again)
        except (StratifyError, OSError) as error:
            found = error.findings if isinstance(error, StratifyError) else ()
            lost = Finding("R125", "the run cannot be done again from its inputs", hint="put the inputs back in place")
            return (lost, *found)
        return _differences(content, read_manifest(again))


def _replay(content: Mapping[str, object], folder: Path, again: Path) -> None:
    source, data, dictionary = _places(content, folder)
    finished, overrides = str(content["finished"]), _parameters(content)
    if content.get("study") is not None:
        run_study(source, finished=finished, overrides=overrides, output=again)
        return
    _, refused = screen_protocols([source], data, again, finished=finished, overrides=overrides, dictionary=dictionary)
    for error in refused:
        raise error


def _differences(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[Finding, ...]:
    """Outputs whose bytes are no longer the same, and the inputs that explain it."""
    before, after = _outputs(old), _outputs(new)
    other_bytes = (
        Finding("R126", f'doing the run again gives other bytes for "{name}"', why=_why(old, new))
        for name in sorted(before)
        if before[name] != after.get(name)
    )
    return (*_other_libraries(old, new), *other_bytes)


def _other_libraries(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[Finding, ...]:
    """Libraries that are not what they were, also where the bytes have come out the same."""
    before, after = (dict(found) if isinstance(found := m.get("libraries"), dict) else {} for m in (old, new))
    return tuple(
        Finding(
            "R127",
            f"library {name} is not what the run used",
            why="the rules may mean something else now, whatever the result is",
            hint="restore the library, or do the run again",
        )
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _why(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    changed = [
        name
        for name in ("data", "protocol", "libraries", "study", "dictionary", "stratify")
        if old.get(name) != new.get(name)
    ]
    return f"changed since: {', '.join(changed)}" if changed else "its inputs and the code are the same"


def _outputs(content: Mapping[str, object]) -> dict[str, str]:
    outputs = content.get("outputs")
    return {str(k): str(v) for k, v in outputs.items() if k != MANIFEST_FILE} if isinstance(outputs, dict) else {}


def _inputs(run: Path) -> tuple[Path, Path, Path | None, Mapping[str, str]]:
    content = read_manifest(run)
    source, data, dictionary = _places(content, run)
    if content.get("study") is not None:
        source = source.parent / load_study(source).protocol
    return source, data, dictionary, _parameters(content)


def _places(content: Mapping[str, object], folder: Path) -> tuple[Path, Path, Path | None]:
    replay = content.get("replay")
    if not isinstance(replay, dict) or not isinstance(replay.get("source"), str):
        raise StratifyError([Finding("R125", "the manifest does not say where the inputs are")], ExitCode.BAD_DATA)
    dictionary = replay.get("dictionary")
    return folder / replay["source"], folder / str(replay["data"]), folder / dictionary if dictionary else None


def _parameters(content: Mapping[str, object]) -> dict[str, str]:
    parameters = content.get("parameters")
    return {str(k): str(v) for k, v in parameters.items()} if isinstance(parameters, dict) else {}
