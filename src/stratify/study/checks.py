"""Questions about files that need no run: check, format, inspect, test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stratify.data import infer_dictionary
from stratify.diagnostics import ExitCode, Finding, Findings, StratifyError
from stratify.protocol import (
    LOCK,
    approved_text,
    dictionary_yaml,
    format_text,
    load_dictionary,
    load_protocol,
    read_protocol,
    typecheck,
    with_hashes,
)
from stratify.protocol.yaml_source import read_text
from stratify.study.cohort import DICTIONARY, open_and_conform
from stratify.study.writing import write_text
from stratify.verification import CaseResult, run_examples


def check_protocol(
    protocol: Path,
    *,
    data: Path | None = None,
    dictionary: Path | None = None,
    strict: bool = False,
    overrides: Mapping[str, str],
) -> tuple[Finding, ...]:
    """All findings about a protocol; with data or a dictionary also about how they fit together."""
    loaded, findings = read_protocol(protocol, overrides=overrides)
    if data is not None:
        try:
            cohort = open_and_conform(data, dictionary, strict=strict)
        except StratifyError as error:
            return (*findings, *error.findings)
        more = () if loaded is None else typecheck(loaded, cohort.dictionary, cohort.tables.catalogue)
        return (*findings, *cohort.findings, *more)
    if dictionary is not None and loaded is not None:
        return (*findings, *typecheck(loaded, load_dictionary(dictionary)))
    return findings


def lock_rules(protocol: Path) -> tuple[Path, tuple[str, ...]]:
    """Write the hash that the text of an approved protocol has now into the lock file beside it.

    All else in the lock file stays. Gives the lock file, and what was locked: the trial's id, or nothing.

    Raises
    ------
    StratifyError
        The protocol, or the lock file that is there, cannot be read.
    """
    target, approved = protocol.parent / LOCK, approved_text(protocol)
    if approved is None:
        return target, ()
    write_text(target, with_hashes(protocol.parent, "protocols", dict([approved])))
    return target, (approved[0],)


def format_file(path: Path, *, write: bool) -> bool:
    """Whether the file is not in its canonical layout; with ``write`` it is afterwards.

    Raises
    ------
    StratifyError
        The file cannot be read (P001, P002), or is not YAML.
    """
    findings = Findings()
    before = read_text(path, findings, "file")
    if before is None:
        raise StratifyError(findings.items)
    after = format_text(before, str(path))
    if write and after != before:
        write_text(path, after)
    return after != before


def inspect_data(data: Path, *, write: bool, force: bool) -> tuple[str, tuple[str, ...], Path | None]:
    """A first dictionary as YAML, what was seen, and where it was written (if it was)."""
    dictionary, seen = infer_dictionary(data)
    text = dictionary_yaml(dictionary)
    if not write:
        return text, seen, None
    target = (data if data.is_dir() else data.parent) / DICTIONARY
    if target.exists() and not force:
        finding = Finding(
            "R121", f"{target} is there already", hint="use --force to replace it, or print it without --write"
        )
        raise StratifyError([finding], ExitCode.USAGE)
    write_text(target, text)
    return text, seen, target


def run_protocol_examples(
    path: Path, *, dictionary: Path | None, overrides: Mapping[str, str]
) -> tuple[Path, tuple[CaseResult, ...]]:
    """Run a protocol's examples."""
    protocol = load_protocol(path, overrides=overrides)
    known = None if dictionary is None else load_dictionary(dictionary)
    return path, run_examples(protocol, known)
